"""The signatures of `tests/vectors/trust` by pycose: an implementation of COSE that knows nothing of Selvedge.

It takes the folder of the vectors. Every document of the stores that hosts open must verify, by the keys and thresholds that its root
names. In every store that hosts refuse for a signature, at least one document must not.
"""

import hashlib
import json
import pathlib
import sys

import cbor2
from pycose.algorithms import CoseAlgorithm, EdDSA
from pycose.headers import KID, Algorithm
from pycose.keys import OKPKey
from pycose.keys.curves import Ed25519 as Curve
from pycose.messages import CoseMessage

SIGNATURE_REASONS = ("unsigned", "bad-signature", "unknown-key", "threshold-not-met", "duplicate-signature")
ROLES = {1: "root", 2: "timestamp", 3: "release", 5: "overlay", 10: "decisioning", 11: "content"}


@CoseAlgorithm.register_attribute()
class Ed25519(EdDSA):
    """The name of RFC 9864 for what pycose calls EdDSA on this curve."""

    identifier = -19
    fullname = "ED25519"


class Refused(Exception):
    pass


class Root:
    """The keys of a root and the roles that they sign for."""

    def __init__(self, document, aad):
        data = cbor2.loads(document.payload)[3]
        self.keys = data[3]
        self.roles = data[4]
        self.classes = data.get(5, {})
        self.check(document, [1], aad)

    def check(self, document, roles, aad):
        """Every signature must verify, each by another key, and each role must have enough of them."""
        kids = []
        for signer in document.signers:
            kid = signer.phdr[KID]
            if signer.phdr[Algorithm].identifier != -19 or kid in kids:
                raise Refused("a signature by another algorithm, or twice by one key")
            allowed = any(kid in self.roles[role][1] for role in roles if role in self.roles)
            if kid not in self.keys or not (allowed or roles == [1]):
                raise Refused("a signature by a key that may not sign it")
            signer.key = OKPKey(crv=Curve, x=self.keys[kid])
            signer.external_aad = aad
            if not signer.verify_signature():
                raise Refused("a signature that does not verify")
            kids.append(kid)
        for role in roles:
            threshold, known = self.roles[role]
            if sum(kid in known for kid in kids) < threshold:
                raise Refused(f"too few signatures for {ROLES[role]}")
        return len(kids)


def parse(data, role):
    message = CoseMessage.decode(data)
    kind = cbor2.loads(message.phdr_encoded).get(16)
    if kind != f"application/selvedge-{role}+cose":
        raise Refused(f"a document of the type {kind}")
    return message


def judge(attack, blob, aad):
    """The number of documents and signatures that verified."""
    root_path = f"/v1/production/root/{attack['root_version']}.cose"
    data = blob(attack["files"][root_path])
    if hashlib.sha256(data).hexdigest() != attack["root_sha256"]:
        raise Refused("another root than the pinned one")
    document = parse(data, "root")
    root = Root(document, aad)
    signatures, documents = len(document.signers), 1
    version = attack["root_version"] + 1
    while isinstance(attack["files"].get(f"/v1/production/root/{version}.cose"), str):
        document = parse(blob(attack["files"][f"/v1/production/root/{version}.cose"]), "root")
        # Enough of the keys before must have signed it too.
        before = 0
        for signer in document.signers:
            key = root.keys.get(signer.phdr[KID])
            if key is None or signer.phdr[KID] not in root.roles[1][1]:
                continue
            signer.key, signer.external_aad = OKPKey(crv=Curve, x=key), aad
            before += signer.verify_signature()
        if before < root.roles[1][0]:
            raise Refused("too few signatures by the root before")
        root = Root(document, aad)
        signatures, documents, version = signatures + len(document.signers), documents + 1, version + 1
    head = cbor2.loads(blob(attack["files"]["/v1/production/head"]))
    parts = [(head[0], "timestamp", [2]), (head[1], "release", [3])] + ([(head[3], "overlay", [5])] if head[3] else [])
    listed = cbor2.loads(parse(head[0], "timestamp").payload)[3][3]
    for data, role, signing in parts:
        signatures += root.check(parse(data, role), signing, aad)
        documents += 1
        if role != "timestamp" and listed[signing[0]][1:] != [len(data), hashlib.sha256(data).digest()]:
            raise Refused(f"the timestamp names another {role}")
    given = {}
    for data in head[4] if len(head) == 5 else []:
        message = parse(data, "approval")
        number = cbor2.loads(message.payload)[0]
        signatures += root.check(message, root.classes.get(number, []), aad)
        given[number] = True
        documents += 1
    if set(given) != set(root.classes):
        raise Refused("an approval is missing")
    return documents, signatures


def main(folder):
    folder = pathlib.Path(folder)
    vectors = json.loads((folder / "attacks.json").read_text())
    aad = f"pouf/1|{vectors['site']}|{vectors['environment']}".encode()
    blob = lambda name: (folder / "files" / name).read_bytes()
    opened = refused = documents = signatures = 0
    wrong = []
    for attack in vectors["attacks"]:
        name = f"{attack['promise']}: {attack['attack']}"
        if not all(isinstance(file, str) for file in attack["files"].values()):
            continue
        reason = attack["says"].split(": ")[-1]
        try:
            counts = judge(attack, blob, aad)
        except Refused as error:
            if attack["says"] == "opens":
                wrong.append(f"{name}: {error}")
            elif reason in SIGNATURE_REASONS:
                refused += 1
            continue
        except Exception as error:
            # What is not COSE at all is refused by the library's own errors, and no attack on a signature.
            if attack["says"] == "opens" or reason in SIGNATURE_REASONS:
                wrong.append(f"{name}: {error!r}")
            continue
        if attack["says"] == "opens":
            opened, documents, signatures = opened + 1, documents + counts[0], signatures + counts[1]
        elif reason in SIGNATURE_REASONS:
            wrong.append(f"{name}: every signature verifies, and hosts say {attack['says']}")
    print("\n".join(wrong))
    print(f"pycose: {opened} stores verified with {documents} documents and {signatures} signatures, {refused} attacks on signatures refused, {len(wrong)} differ")
    return 1 if wrong or not opened or not refused else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

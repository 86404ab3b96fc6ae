// A host that Selvedge did not write: it reads a root, a head and the payloads by RFC 8949 and RFC 9052, with Node's own Ed25519.
import { createPublicKey, verify } from "node:crypto";

import { sha256 } from "./bundle.mjs";

/** The first CBOR item of some bytes, and where it ends. Maps become lists of pairs. */
function item(bytes, at) {
  const [major, short] = [bytes[at] >> 5, bytes[at] & 31];
  if (bytes[at] === 0xf6) return [null, at + 1];
  const width = { 24: 1, 25: 2, 26: 4, 27: 8 }[short] ?? 0;
  if (short > 27 || (width === 0 && short > 23)) throw new Error("not CBOR");
  const count = width === 8 ? Number(bytes.readBigUInt64BE(at + 1)) : width ? bytes.readUIntBE(at + 1, width) : short;
  let next = at + 1 + width;
  const many = (length) => Array.from({ length }, () => ([value, next] = item(bytes, next))[0]);
  let value;
  switch (major) {
    case 0: return [count, next];
    case 1: return [-1 - count, next];
    case 2: case 3: {
      const text = bytes.subarray(next, next + count);
      if (text.length !== count) throw new Error("cut off");
      return [major === 2 ? text : text.toString(), next + count];
    }
    case 4: return [many(count), next];
    case 5: {
      const flat = many(2 * count);
      return [new Map(Array.from({ length: count }, (_, at) => [flat[2 * at], flat[2 * at + 1]])), next];
    }
    case 6: return item(bytes, next);
    default: throw new Error("not CBOR");
  }
}

function decode(bytes) {
  const [value, end] = item(bytes, 0);
  if (end !== bytes.length) throw new Error("more than one item");
  return value;
}

const bytesOf = (text) => Buffer.from(text);
const length = (major, count) => (count < 24 ? Buffer.from([(major << 5) | count]) : count < 256 ? Buffer.from([(major << 5) | 24, count]) : Buffer.from([(major << 5) | 25, count >> 8, count & 255]));
const string = (major, bytes) => Buffer.concat([length(major, bytes.length), bytes]);

/** The payload of a COSE_Sign document, if enough of a role's keys signed it. */
function signed(document, scope, role, root) {
  const [protectedHeader, , payload, signatures] = decode(document);
  const claims = decode(payload);
  const data = (root ?? claims).get(3);
  const [threshold, kids] = data.get(4).get(role);
  const good = new Set();
  for (const [header, , signature] of signatures) {
    const kid = decode(header).get(4);
    if (!kids.some((known) => known.equals(kid))) continue;
    const x = [...data.get(3)].find(([known]) => known.equals(kid))[1];
    const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: x.toString("base64url") }, format: "jwk" });
    const message = Buffer.concat([length(4, 5), string(3, bytesOf("Signature")), string(2, protectedHeader), string(2, header), string(2, bytesOf(scope)), string(2, payload)]);
    if (verify(null, message, key, signature)) good.add(kid.toString("hex"));
  }
  if (good.size < threshold) throw new Error(`role ${role} is not signed`);
  return claims;
}

/** Reads the release that a store shows: `get(key)` gives bytes or undefined. Throws if anything of it is missing or does not fit. */
export async function readRelease(get, site, environment, pin) {
  const scope = `pouf/1|${site}|${environment}`;
  const head = await get(`v1/${environment}/head`);
  if (!head) return undefined;
  const rootBytes = await get(`v1/${environment}/root/1.cose`);
  if (!rootBytes) throw new Error("there is a head without its root");
  if (pin && sha256(rootBytes) !== pin) throw new Error("the root has other bytes than it had");
  const root = signed(rootBytes, scope, 1);
  const [timestamp, release, , overlay] = decode(head);
  const listed = signed(timestamp, scope, 2, root).get(3).get(3);
  const payloads = [];
  for (const [role, document] of [[3, release], [5, overlay]]) {
    if (!document) continue;
    const [, bytes, digest] = listed.get(role);
    if (document.length !== bytes || sha256(document) !== digest.toString("hex")) throw new Error("the timestamp names another document");
    payloads.push(...signed(document, scope, role, root).get(3).get(3));
  }
  for (const [kind, bytes, digest] of payloads) {
    if (kind === 4) continue;
    const name = digest.toString("hex");
    const payload = await get(`v1/${environment}/b/${name}`);
    if (!payload) throw new Error(`the payload ${name} of the live head is missing`);
    if (payload.length !== bytes || sha256(payload) !== name) throw new Error(`the payload ${name} of the live head has other bytes`);
  }
  return { digest: sha256(release), version: decode(decode(release)[2]).get(1), payloads: payloads.length };
}

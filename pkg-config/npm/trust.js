// Trust: what stands between a file from the network and the engine. It refuses what `src/trust` refuses, with the same codes.
//
// It takes the bytes of a root and a head; gives the release that they vouch for, and opens its payloads in the Wasm. Nothing else calls that
// door. The root must be the pinned one. Nothing but the outside of a document is read before its signatures hold.

import { check } from "./cbor.js";
import { encoder } from "./core.js";
import { APPROVAL, CHUNK, CLASSES, CONSENT, DATA, FACTS, INDEX, KINDS, NAMES, OVERLAY, PROGRAM, RELEASE, ROOT, TIMESTAMP, TRUSTED } from "./documents.js";
import { approval, document, fits, isName, isSmallOrder, moved, parts, root, snapshot, targets } from "./documents.js";
import { envelope, hex, holds, sha256 } from "./signed.js";

const isChunk = ({ kind }) => kind === CHUNK || kind === TRUSTED;
const DAY = 864e5; // how far ahead of this clock a document may be issued

/**
 * Opens in `core` what a root and a head vouch for. `get` fetches a path, of at most so many bytes. Gives a function that fetches a chunk of content
 * and holds it against the release, or `false` if this engine can do too little.
 */
export async function open(core, rootBytes, headBytes, scope, get) {
  const release = await verified(rootBytes, headBytes, scope);
  const admit = async (kind, nth, cache) => {
    const target = release.targets.filter((target) => target.kind === kind || (kind === CHUNK && isChunk(target)))[nth];
    check(target, "release", "no-such-target");
    const [name] = KINDS[target.kind];
    const digest = hex(target.digest);
    const bytes = await get(`v1/${scope.environment}/b/${digest}`, target.length, cache);
    check(bytes.length === target.length, name, "length-mismatch");
    check(hex(await sha256(bytes)) === digest, name, "hash-mismatch");
    return bytes;
  };
  // Without its facts a feed counts as stale.
  const hasFacts = release.targets.some(({ kind }) => kind === FACTS);
  const asked = [admit(PROGRAM, 0), admit(INDEX, 0), hasFacts && admit(FACTS, 0).catch(() => {})];
  // Of two refusals it is always the first that is told, whichever came first.
  const [program, index, facts] = (await Promise.allSettled(asked)).map(({ value, reason }) => {
    if (reason) throw reason;
    return value;
  });
  if (facts) core.facts(release.dataExpires, facts);
  for (const { action, name, until } of release.orders) check(core.order(action, until, name), "overlay");
  const { digest } = release.targets.find(({ kind }) => kind === PROGRAM);
  // The cache of a shared device would tell the next person which content was fetched, unless all of it is in one chunk.
  const cache = release.targets.filter(isChunk).length > 1 ? "no-store" : undefined;
  return core.open(program, index, digest, release.consent) && ((nth) => admit(CHUNK, nth, cache));
}

/**
 * The release that a root and a head vouch for, with the `orders` beside it. `consent` is the digest of the manifest that was approved, or empty if
 * nobody must approve one. `floor` has the oldest versions that are acceptable, by role.
 */
export async function verified(rootBytes, headBytes, scope) {
  const { site, environment, now = Date.now(), floor = {} } = scope;
  check(isName(site) && isName(environment), "root", "bad-scope");
  const aad = encoder.encode(`pouf/1|${site}|${environment}`);
  const same = (holds, role) => check(holds, NAMES[role], "snapshot-mismatch");

  /** Time and version of a document whose signatures hold. */
  const judge = ({ role, version, issued, expires }) => {
    const part = NAMES[role];
    const isBeside = role === OVERLAY || role === DATA;
    check(isBeside || version >= (floor[part] ?? 0), part, "rollback");
    check(issued <= now + DAY, part, "not-yet-issued");
    // An overlay only denies, so an expired one is still the best there is. The facts of expired data count as stale.
    check(now < expires || isBeside, part, "expired");
  };
  const quorum = (signing, kids) => {
    for (const { role, threshold, kids: known } of policies) {
      check(!signing.includes(role) || kids.filter((kid) => known.includes(kid)).length >= threshold, NAMES[role], "threshold-not-met");
    }
  };
  /** What gives a document's payload once its signatures hold: each by another key of one of these roles, and enough of each. */
  const signed = (found, role, signing = [role]) => {
    const part = NAMES[role];
    const kids = [];
    for (const { kid, signature } of found.signatures) {
      const counts = policies.some((policy) => signing.includes(policy.role) && policy.kids.includes(kid));
      // Keys that a root lists without a role sign it too: they must verify, and do not count.
      check(keys[kid] && (counts || role === ROOT), part, "unknown-key");
      check(!kids.includes(kid), part, "duplicate-signature");
      kids.push(kid);
      // WebCrypto takes such a signature by a key that its holder chose for it, and other hosts do not.
      check(!isSmallOrder(signature), part, "bad-signature");
    }
    quorum(signing, kids);
    return async () => {
      for (const signature of found.signatures) {
        if (await holds(found, signature, keys[signature.kid], aad)) continue;
        moved(found.payload, role, scope);
        check(false, part, "bad-signature");
      }
      return found.payload;
    };
  };
  const carry = (bytes, role) => ({ bytes, role, payload: signed(envelope(bytes, role), role) });
  const opened = async ({ bytes, role, payload }) => {
    const entry = pinned.find((entry) => entry.role === role);
    same(entry && entry.length === bytes.length, role);
    const digest = hex(await sha256(bytes));
    same(entry.digest === digest, role);
    const [header, data] = document(await payload(), role, scope, (fields, hasOrders) => targets(fields, role, hasOrders));
    same(header.version === entry.version, role);
    judge(header);
    return { ...header, ...data, digest };
  };

  // The keys are inside the signed payload, so that is read before it is verified, within the caps.
  const rootFound = envelope(fits(rootBytes, "root"), ROOT);
  const [rootHeader, { keys, policies, classes }] = document(rootFound.payload, ROOT, scope, root);
  const rootSigned = signed(rootFound, ROOT);
  const [timestampBytes, releaseBytes, dataBytes, overlayBytes, approvals] = parts(headBytes);
  check(timestampBytes, "timestamp", "missing");
  const timestampFound = envelope(timestampBytes, TIMESTAMP);
  check(releaseBytes, "release", "missing");
  const timestampSigned = signed(timestampFound, TIMESTAMP);
  const carried = [carry(releaseBytes, RELEASE)];
  if (dataBytes) carried.push(carry(dataBytes, DATA));
  if (overlayBytes) carried.push(carry(overlayBytes, OVERLAY));
  const digests = []; // of what was approved, by class
  const approvalsSigned = approvals.map((bytes) => {
    const found = envelope(bytes, APPROVAL);
    const [of, digest] = approval(found.payload);
    // A class that the root does not name has no roles, so its first signature is by an unknown key.
    const payload = signed(found, APPROVAL, classes[of] ?? []);
    check(of >= digests.length, "approval", "unsupported");
    digests[of] = digest;
    return payload;
  });

  await rootSigned();
  judge(rootHeader);
  const [timestamp, pinned] = document(await timestampSigned(), TIMESTAMP, scope, snapshot);
  judge(timestamp);
  // The head carries exactly what the timestamp lists: nothing left out, nothing added, nothing exchanged.
  for (const { role } of pinned) same(carried.some((document) => document.role === role), role);
  const release = await opened(carried[0]);
  for (const payload of approvalsSigned) await payload();
  for (let of = CONSENT; of <= CLASSES; of += 1) {
    const digest = digests[of] ?? [];
    // The manifest is inside the program, which is not here yet.
    const found = of === CONSENT ? digest : await digestOf(release.targets, of);
    if (!classes[of] || !found) continue;
    if (!digest.length) quorum(classes[of], []);
    check(digest.length === 32 && hex(found) === hex(digest), "release", "not-approved");
  }
  const beside = async (role) => {
    const found = carried.find((document) => document.role === role);
    return found && (await opened(found));
  };
  const overlay = await beside(OVERLAY);
  const data = await beside(DATA);
  // An attacker who could drop an overlay could undo its withdrawals. Both are read before either is too old.
  for (const [name, found] of Object.entries({ overlay, data })) check((found?.version ?? 0) >= (floor[name] ?? 0), name, "rollback");
  return {
    targets: [...release.targets, ...(overlay?.targets ?? []), ...(data?.targets ?? [])],
    orders: overlay?.orders ?? [],
    consent: classes[CONSENT] ? digests[CONSENT] : [],
    digest: release.digest,
    dataExpires: data?.expires,
    expires: Math.min(rootHeader.expires, timestamp.expires, release.expires),
    floor: { root: rootHeader.version, timestamp: timestamp.version, release: release.version, overlay: overlay?.version ?? 0, ...(data && { data: data.version }) },
  };
}

/** The digest of what a release has of a class: of kind, length and SHA-256 of each target. None if it has nothing. */
async function digestOf(targets, of) {
  const all = targets.filter(({ kind }) => KINDS[kind][2] === of);
  const bytes = all.flatMap(({ kind, length, digest }) => [kind, 0, 0, 0, 0, length >> 24, length >> 16, length >> 8, length, ...digest]);
  return all.length && sha256(Uint8Array.from(bytes));
}

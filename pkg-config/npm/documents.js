// The payloads of signed documents: the fields of each, and the role data of root, timestamp, release, overlay and approval.
//
// It takes bytes; gives their fields, or refuses them. It never judges a signature, a time or a version: `trust.js` does, in one place. The shapes
// are those of `src/trust/mod.rs`.

import { check, list, reader } from "./cbor.js";
import { hex } from "./signed.js";

/** Of each role, by its number: the name in refusals and in the type of its documents. No key has the last one. */
export const NAMES = ["", "root", "timestamp", "release", "data", "overlay", "privacy", "legal", "engineering", "finance", "decisioning", "content", "approval"];
export const [, ROOT, TIMESTAMP, RELEASE, DATA, OVERLAY, , , , , , , APPROVAL] = NAMES.keys();
/** Of each kind of target, by its number: its name, the most bytes it may have, and the class in which somebody may have to approve it. */
export const KINDS = [[], ["program", 8 << 20, 2], ["index", 8 << 20, 3], ["chunk", 256 << 10, 3], ["debug", 64 << 20], ["notice", 16 << 20, 2], ["revocations", 6000024], ["trusted", 256 << 10, 4], ["data", 1 << 20], ["journeys", 96 << 10]];
export const [, PROGRAM, INDEX, CHUNK, , , REVOCATIONS, TRUSTED, FACTS, JOURNEYS] = KINDS.keys();
export const CONSENT = 1; // of the classes, as in `approvals`
export const CLASSES = 4;

const ENGINE = 3; // the level of documents that this reader knows
const FILE_BYTES_MAX = 16384; // of a root, and of a head
const KEYS_MAX = 32;
const TARGETS_MAX = 256;
const ORDERS_MAX = 64;
const ACTIONS = 2;
const SECONDS_MAX = 253402300799; // to the end of the year 9999
/** The points of small order, whatever the sign of their x, and those whose y is not reduced. */
const SMALL_ORDER = /^(0[01](00){30}[08]0|ec(ff){30}[7f]f|26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc[08]5|c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03[7f]a)$/;
const NOT_REDUCED = /^(e[d-f]|f.)(ff){30}[7f]f$/;

/** Whether the first 32 bytes are a point of small order, which proves nothing: as a key, or as the first half of a signature. */
export function isSmallOrder(bytes) {
  return SMALL_ORDER.test(hex(bytes.subarray(0, 32)));
}

/** Whether this can name a repository or an environment. */
export function isName(name) {
  return /^(?!\.)[\w.-]{1,64}$/.test(name);
}

/** Nothing is parsed of more bytes than a file of this part may have. */
export function fits(bytes, part) {
  check(bytes.length <= FILE_BYTES_MAX, part, "too-large");
  return bytes;
}

/** Timestamp, release, data and overlay of a head, as far as they are there, and its approvals. */
export function parts(bytes) {
  check(bytes.length, "head", "missing");
  const head = reader(fits(bytes, "head"), "head");
  const count = head.array();
  head.require(count === 4 || count === 5);
  const [timestamp, release, data, overlay] = list(4, () => head.bytesOrNull());
  const approvals = count === 5 ? head.array() : 0;
  check(approvals <= CLASSES, "head", "too-many");
  const documents = list(approvals, () => head.bytes());
  head.end();
  return [timestamp, release, data, overlay, documents];
}

/** Reads a payload: its header, and what `read` makes of the role data behind its scope. */
export function document(payload, role, scope, read) {
  const { data, ...header } = split(payload, role);
  const value = read(data, scoped(data, role, scope));
  data.end();
  return [header, value];
}

/** Refuses a payload that names another scope: it was moved rather than forged. Its other faults do not matter. */
export function moved(payload, role, scope) {
  try {
    scoped(split(payload, role).data, role, scope);
  } catch (error) {
    if (/: wrong/.test(error.message)) throw error;
  }
}

function split(payload, role) {
  const part = NAMES[role];
  const fields = reader(payload, part);
  fields.map(6);
  const version = fields.key(1).uint();
  const expires = time(fields.key(2));
  const data = reader(fields.key(3).item(), part);
  const issued = time(fields.key(4));
  const schema = fields.key(5).uint();
  const needs = fields.key(6).uint();
  fields.end();
  check(needs <= ENGINE, part, "engine-too-old");
  check(schema === 1, part, "schema-unknown");
  return { role, version, expires, issued, data };
}

/** Unix seconds as milliseconds. */
function time(fields) {
  const seconds = fields.uint();
  fields.require(seconds <= SECONDS_MAX);
  return seconds * 1000;
}

/** Reads the scope at the start of the role data. Tells if there is one field more than there must be. */
function scoped(data, role, { site, environment }) {
  const fields = data.map();
  const [repository, place] = [1, 2].map((key) => data.key(key).text());
  data.require(isName(repository) && isName(place));
  check(repository === site, NAMES[role], "wrong-repository");
  check(place === environment, NAMES[role], "wrong-environment");
  const least = role === ROOT ? 4 : 3;
  const hasMore = fields > least && (role === ROOT || role === OVERLAY);
  data.require(fields === least + hasMore);
  return hasMore;
}

/** Of a root: its keys by their ids, in how many of which each role signs, and which roles must approve a class. */
export function root(data, hasClasses) {
  const keys = {};
  const count = data.key(3).map();
  check(count <= KEYS_MAX, "root", "too-many");
  list(count, () => {
    const kid = hex(data.bytes(8));
    const key = data.bytes(32);
    const text = hex(key);
    const known = Object.keys(keys);
    check(known.every((other) => other !== kid && hex(keys[other]) !== text), "root", "duplicate-key");
    data.require(known.every((other) => other < kid));
    check(!isSmallOrder(key) && !NOT_REDUCED.test(text), "root", "weak-key");
    keys[kid] = key;
  });
  const policies = [];
  list(data.key(4).map(), () => {
    const role = data.member(APPROVAL);
    data.require(role > (policies.at(-1)?.role ?? 0));
    data.array(2);
    const threshold = data.uint();
    const kids = [];
    list(data.array(), () => {
      const kid = hex(data.bytes(8));
      data.require(kid > (kids.at(-1) ?? ""));
      check(keys[kid], NAMES[role], "unknown-key");
      // Somebody with the keys of two roles is one person where the root asks for two.
      check(!policies.some((other) => other.kids.includes(kid)), "root", "duplicate-key");
      kids.push(kid);
    });
    data.require(threshold > 0 && threshold <= kids.length);
    policies.push({ role, threshold, kids });
  });
  const hasKeys = (role) => policies.some((policy) => policy.role === role);
  data.require([ROOT, TIMESTAMP, RELEASE].every(hasKeys));
  const classes = [];
  list(hasClasses ? data.key(5).map() : 0, () => {
    const of = data.member(CLASSES);
    data.require(of >= classes.length);
    const roles = [];
    list(data.array(), () => {
      const role = data.member(APPROVAL);
      data.require(hasKeys(role) && role > (roles.at(-1) ?? 0));
      roles.push(role);
    });
    data.require(roles.length);
    classes[of] = roles;
  });
  return { keys, policies, classes };
}

/** Of a timestamp: which version of which documents it vouches for. */
export function snapshot(data) {
  let last = TIMESTAMP;
  return list(data.key(3).map(), () => {
    const role = data.member(APPROVAL);
    data.require(role > last);
    last = role;
    data.array(3);
    return { role, version: data.uint(), length: data.uint(), digest: hex(data.bytes(32)) };
  });
}

/** Of a release or an overlay: the payloads that it names, and its orders. */
export function targets(data, role, hasOrders) {
  const count = data.key(3).array();
  check(count <= TARGETS_MAX, NAMES[role], "too-many");
  const all = list(count, () => {
    data.array(3);
    // A kind that this engine does not know may take something back.
    const kind = data.member(JOURNEYS);
    data.require((kind === REVOCATIONS ? OVERLAY : kind === FACTS ? DATA : RELEASE) === role);
    const length = data.uint();
    check(length <= KINDS[kind][1], KINDS[kind][0], "too-large");
    return { kind, length, digest: data.bytes(32) };
  });
  KINDS.forEach(([name], kind) => {
    if (!name || kind === CHUNK || kind === TRUSTED) return;
    const found = all.filter((target) => target.kind === kind).length;
    check(found < 2, name, "too-many");
    check(found || (role === RELEASE ? kind > INDEX : role === OVERLAY || kind !== FACTS), name, "missing");
  });
  return { targets: all, orders: hasOrders ? orders(data) : [] };
}

function orders(data) {
  const count = data.key(4).array();
  check(count <= ORDERS_MAX, "overlay", "too-many");
  return list(count, () => {
    data.array(4);
    const order = { action: data.member(ACTIONS), name: data.text(), until: time(data) || Infinity };
    data.text(); // the reason, for people
    return order;
  });
}

/** Of an approval: its class, and the digest of what was approved. */
export function approval(payload) {
  const data = reader(payload, NAMES[APPROVAL]);
  data.array(2);
  const of = data.member(CLASSES);
  const digest = data.bytes();
  data.require(digest.length);
  data.end();
  return [of, digest];
}

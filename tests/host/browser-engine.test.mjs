// The browser's engine against bytes that nobody would write: it may refuse, and never traps.

import assert from "node:assert/strict";
import { before, after, test } from "node:test";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { start } from "./browser/fixture.mjs";

const ROUNDS = 20_000;
const DIST = join(import.meta.dirname, "../../dist/browser");
const FACTS = { path: "/", query: "", country: "DE", region: "DE", cookie: "", accept_language: "en", user_agent: "", gpc: false, now: Date.now(), randomness: "0".repeat(32) };

let core;
let memory;
let Device;
let site;
let files;

before(async () => {
  core = await import(join(DIST, "selvedge.js"));
  ({ memory } = core.initSync({ module: readFileSync(join(DIST, "selvedge_bg.wasm")) }));
  ({ Device } = await import(join(DIST, "engine.js")));
  site = await start();
  const read = (name) => readFileSync(join(site.built, "v1/development", name));
  files = { root: read("root/1.cose"), head: read("head"), read };
});
after(() => site?.close());

async function release() {
  const opening = new core.Opening(files.root, files.head, "changes", "development", Date.now());
  for (let job = opening.job(); job.length; job = opening.job()) {
    opening.answer(opening.asks_hash() ? sha256(job) : Uint8Array.of(await verifies(job)));
  }
  return opening.finish();
}

async function engine() {
  const opened = await release();
  const admit = (kind) => {
    const index = opened.target(kind, 0);
    const bytes = files.read(opened.path(index).replace("/v1/development/", ""));
    return opened.admit(index, bytes, sha256(bytes));
  };
  return new core.Engine(admit(1), admit(2));
}

test("mutated roots and heads are refused or opened, and never trap", () => {
  const random = generator(1);
  for (let round = 0; round < ROUNDS; round += 1) {
    const [root, head] = [files.root, files.head].map((file) => (random() % 2 ? mutate(file, random) : file));
    survives(() => {
      const opening = new core.Opening(root, head, "changes", "development", Date.now());
      for (let count = 0; opening.job().length && count < 40; count += 1) opening.answer(random() % 2 ? Uint8Array.of(1) : new Uint8Array(32));
      opening.finish().free();
    });
  }
});

test("an unanswered, or a wrongly answered, opening is refused", async () => {
  const opening = new core.Opening(files.root, files.head, "changes", "development", Date.now());
  assert.throws(() => opening.finish(), (reason) => reason === "head: unanswered");
  for (let job = opening.job(); job.length; job = opening.job()) opening.answer(opening.asks_hash() ? sha256(job) : Uint8Array.of(0));
  assert.throws(() => opening.finish(), (reason) => /^(root|timestamp|release): bad-signature$/.test(reason));
  const opened = await release();
  const bytes = files.read(opened.path(0).replace("/v1/development/", ""));
  assert.throws(() => opened.admit(0, bytes, new Uint8Array(32)), (reason) => /^program: hash-mismatch$/.test(reason));
  assert.throws(() => opened.admit(9_999, bytes, sha256(bytes)), (reason) => reason === "release: no-such-target");
});

test("mutated questions get an answer in JSON, or a reason", async () => {
  const device = new Device(await engine(), memory, () => new Body());
  const random = generator(2);
  const context = { attributes: { "visitor.visits_30d": 6, a: ["b", "c"] }, observed: { x: "2026-12-01T09:00:00Z" }, unknown: ["y"], grants: { storage: true }, signals: { gpc: true, cookie: "v=1" }, region: "DE", identity: { page: "p" }, locale: "en", now: 1 };
  assert.equal(JSON.parse(device.decide(context, ["page.inner"], 2.5)).decisions["page.inner"].reason, "DEFAULT");
  assert.equal((await device.page(FACTS)).page.decisions["page.request"].content, "c/request");
  const odd = [null, undefined, true, 7, 1e300, NaN, "", "é", [], ["a"], [7], {}, { a: 1 }, 2n, Symbol("s"), () => 0];
  for (let round = 0; round < ROUNDS; round += 1) {
    const changed = structuredClone(context);
    let place = changed;
    let key;
    for (;;) {
      const keys = [...Object.keys(place), "visitor.visits_30d"];
      key = keys[random() % keys.length];
      if (random() % 2 || place[key] === null || typeof place[key] !== "object") break;
      place = place[key];
    }
    place[key] = odd[random() % odd.length];
    const answer = JSON.parse(device.decide(changed));
    assert.ok(answer.error ?? answer.decisions["page.inner"]);
    if (!answer.error) assert.ok(Array.isArray(device.edits(changed)));
  }
});

test("any cookie, header and path gets an answer", async () => {
  const device = new Device(await engine(), memory, () => new Body());
  const random = generator(3);
  const parts = ["selvedge-consent=", "selvedge-state=", "selvedge-id=", "v=1&epoch=1&storage=1&personalization=1", "visitor.visits_30d=", "%", "%f", "; ", "=", "&", "-", ".", "9".repeat(30), "é", "\0", "en;q=0.", ",", "/", "*", "\ud800"];
  const text = () => Array.from({ length: random() % 12 }, () => parts[random() % parts.length]).join("");
  for (let round = 0; round < ROUNDS; round += 1) {
    const facts = { ...FACTS, path: random() % 2 ? "/" : text(), query: text(), country: text(), region: text(), cookie: text(), accept_language: text(), user_agent: text(), randomness: text() };
    const { page, cookies } = await device.page(facts);
    assert.equal(typeof page.decisions, "object");
    for (const { name, value, max_age } of cookies) assert.ok(name && typeof value === "string" && max_age >= 0);
    assert.ok(Array.isArray(device.slotsAt(text())));
  }
  await assert.rejects(device.page({ ...FACTS, now: -1e15 }), /must be a time/);
  await assert.rejects(device.page({ ...FACTS, cookies: "" }), /there is no `cookies` in a question about a page/);
});

test("the JSON escapes what the core escapes", async () => {
  const device = new Device(await engine(), memory, () => {});
  const slot = "<\u2028\u2029\\\"\n\t\b\u001f\\t\u007fé";
  assert.match(device.decide({}, [slot]), /^\{"decisions":\{"\\u003c\\u2028\\u2029\\\\\\"\\n\\u0009\\u0008\\u001f\\\\t\u007fé":\{/);
});

test("a visitor is answered as in the JSON, whatever became of those before", async () => {
  const device = new Device(await engine(), memory, () => {});
  const context = { attributes: { "visitor.visits_30d": 6 }, grants: { personalization: true, storage: true }, region: "DE", now: 1796083200000 };
  const expected = Object.entries(JSON.parse(device.decide(context)).decisions);
  const same = (visitor) => {
    for (const [slot, decision] of expected) assert.deepEqual(JSON.parse(JSON.stringify(visitor.decide(slot))), decision);
  };
  const visitor = device.visitor(context);
  same(visitor);
  for (const [wrong, why] of [
    [{ regoin: "DE" }, "there is no `regoin` in a context"],
    [{ grants: { analytic: true } }, "there is no `analytic` in the purposes"],
    [{ region: 49 }, "`region` must be a text"],
    [{ now: "soon" }, /must be a time with its offset/],
    [{ attributes: [] }, "`attributes` must be an object"],
    [7, "`context` must be an object"],
  ]) {
    assert.throws(() => device.visitor(wrong), { name: "TypeError", message: why });
    assert.equal(typeof JSON.parse(device.decide(wrong)).error, "string");
    same(visitor);
  }
  // Larger than the room, and more than the memory had: the views on it are made anew.
  const other = device.visitor({ ...context, identity: { visitor: "v".repeat(3_000_000) } });
  same(visitor);
  assert.equal(other.decide("no.such.slot").detail, "SLOT_NOT_FOUND");
  assert.equal(other.decide("no.such.slot").content, null);
  // What is inherited is not the context's own.
  same(device.visitor(Object.assign(Object.create({ regoin: "US" }), context)));
});

test("mutated pages are taken or not, and never trap", async () => {
  const opened = await engine();
  const random = generator(5);
  const written = pageBytes({ ...FACTS, cookie: "selvedge-consent=v=1&epoch=1&storage=1", query: "a=b" });
  for (let round = 0; round < ROUNDS; round += 1) {
    const bytes = mutate(written, random);
    const start = opened.room(bytes.length);
    new Uint8Array(memory.buffer, start, bytes.length).set(bytes);
    const at = opened.meet_page(bytes.length) / 4;
    const [count, first] = new Int32Array(memory.buffer).subarray(at, at + 2);
    assert.ok(count >= 0);
    if (count > 0) assert.ok(new Int32Array(memory.buffer)[opened.decide_slot(first) / 4 + 4] >= 0);
    assert.equal(typeof opened.cookies(true), "string");
  }
});

test("mutated visitors are taken or not, and never trap", async () => {
  const opened = await engine();
  const random = generator(4);
  const written = visitorBytes({ attributes: { a: "home", b: 6, c: ["é", "c"], d: true }, grants: { a: true, b: false }, unknown: ["a"], observed: { b: 1, c: 2.5 }, signals: { gpc: true, cookie: "v=1" }, region: "DE", identity: { visitor: "v", page: "p" }, locale: "en", now: 1 });
  for (let round = 0; round < ROUNDS; round += 1) {
    const bytes = mutate(written, random);
    const start = opened.room(bytes.length);
    new Uint8Array(memory.buffer, start, bytes.length).set(bytes);
    const taken = opened.meet_written(bytes.length);
    const at = opened.decide_slot(random() % 30) / 4;
    // Nobody is there to decide for when the bytes were none.
    if (taken) assert.ok(new Int32Array(memory.buffer)[at + 4] >= 0);
    opened.decide_every();
  }
  assert.equal(opened.meet_written(0xffffffff), false);
});

/** The bytes that a device writes for a page without slots. */
function pageBytes(facts) {
  const room = { buffer: new ArrayBuffer(4096) };
  let bytes;
  const listener = { room: () => 0, name: () => "", cookies: () => "", leave: () => {}, meet_page: (length) => ((bytes = new Uint8Array(room.buffer.slice(0, length))), 4000) };
  new Device(listener, room, () => {}).page(facts);
  return bytes;
}

/** The bytes that a device writes for a visitor whose attributes and purposes are a, b, c and d. */
function visitorBytes(context) {
  const room = { buffer: new ArrayBuffer(4096) };
  let bytes;
  const names = ["a", "b", "c", "d"];
  const listener = { room: () => 0, name: (_, at) => names[at], member: () => -2, meet_written: (length) => (bytes = new Uint8Array(room.buffer.slice(0, length))) };
  new Device(listener, room, () => {}).visitor(context);
  return bytes;
}

/** A chunk whose texts are not looked at. */
class Body {
  text() {
    return "";
  }
}

/** A refusal is a text; a trap, or a broken borrow, is an `Error`. */
function survives(run) {
  try {
    run();
  } catch (refusal) {
    assert.equal(typeof refusal, "string", String(refusal?.stack));
  }
}

function sha256(bytes) {
  return new Uint8Array(createHash("sha256").update(bytes).digest());
}

async function verifies(job) {
  const key = await crypto.subtle.importKey("raw", job.subarray(0, 32), "Ed25519", false, ["verify"]);
  return crypto.subtle.verify("Ed25519", key, job.subarray(32, 96), job.subarray(96));
}

/** One to four bytes changed, or the end cut off, or bytes put in. */
function mutate(bytes, random) {
  let mutated = Uint8Array.from(bytes);
  for (let count = 1 + (random() % 4); count > 0; count -= 1) mutated[random() % mutated.length] = random() % 3 ? random() : [0, 1, 0x7f, 0xff][random() % 4];
  if (random() % 8 === 0) mutated = mutated.slice(0, random() % mutated.length);
  if (random() % 8 === 0) mutated = Uint8Array.from([...mutated, ...mutated.slice(0, random() % 9)]);
  return mutated;
}

/** xorshift32: the same rounds every time. */
function generator(seed) {
  let state = seed * 0x9e3779b9;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

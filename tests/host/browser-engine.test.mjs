// The browser's engine against bytes that nobody would write: it may refuse, and never traps.

import assert from "node:assert/strict";
import { before, after, describe, test } from "node:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { start } from "./browser/fixture.mjs";

const ROUNDS = 20_000;
const ENGINES = ["rules", "language", "selvedge"];
const DIST = join(import.meta.dirname, "../../dist/browser");
const FACTS = { path: "/", query: "", country: "DE", region: "DE", cookie: "", accept_language: "en", user_agent: "", gpc: false, now: Date.now(), randomness: "0".repeat(32) };

let script;
let module;
let Device;
let site;
let files;

before(async () => {
  script = await import(join(DIST, "engine.js"));
  ({ Device } = script);
  site = await start();
  const read = (name) => readFileSync(join(site.built, "v1/development", name));
  files = { root: read("root/1.cose"), head: read("head"), read };
});
after(() => site?.close());

const fresh = () => script.core(new WebAssembly.Instance(module));

const SCOPE = { site: "changes", environment: "development" };
const payload = (path) => files.read(path.replace("v1/development/", ""));

/** Opens the site with an instance. `get` gives the bytes of a path; the files as they are, if nothing is said. */
const unlocked = (core, get = payload) => script.unlock(core, files.root, files.head, SCOPE, get);

async function engine() {
  const core = fresh();
  assert.ok(await unlocked(core));
  return core;
}

test("mutated roots and heads are refused or opened, and never break the script", async () => {
  const random = generator(1);
  for (let round = 0; round < ROUNDS / 5; round += 1) {
    const [root, head] = [files.root, files.head].map((file) => (random() % 2 ? mutate(file, random) : file));
    await script.verified(root, head, SCOPE).catch(({ message, stack }) => assert.match(message, /^[a-z]+: [a-z-]+$/, stack));
  }
});

for (const name of ENGINES) describe(`${name}.wasm`, () => {
  before(() => {
    module = new WebAssembly.Module(readFileSync(join(DIST, `${name}.wasm`)));
  });

  test("payloads that are not the named ones open nothing", async () => {
    const core = fresh();
    const refuses = (get, code) => assert.rejects(unlocked(core, get), ({ message }) => message === code);
    const flipped = (bytes) => Uint8Array.from(bytes, (byte, at) => (at ? byte : byte ^ 1));
    const { targets } = await script.verified(files.root, files.head, SCOPE);
    const [program, index] = targets.map(({ digest }) => `v1/development/b/${Buffer.from(digest).toString("hex")}`);
    const instead = (path, change) => (asked) => (asked === path ? change(payload(asked)) : payload(asked));
    await refuses(instead(program, flipped), "program: hash-mismatch");
    await refuses(instead(index, flipped), "index: hash-mismatch");
    await refuses(instead(program, (bytes) => bytes.subarray(1)), "program: length-mismatch");
    await refuses(instead(index, () => payload(program)), "index: length-mismatch");
    assert.equal(core.slots(), 0, "nothing was opened");
    assert.throws(() => core.open(new Uint8Array(), new Uint8Array(), new Uint8Array(), new Uint8Array()), /^Error: bundle: bundle$/);
    const chunk = await unlocked(core);
    assert.equal((await chunk(0)).length, targets[2].length);
    await assert.rejects(chunk(9_999), /^Error: release: no-such-target$/);
  });

  test("mutated questions get an answer in JSON, or a reason", async () => {
    const device = new Device(await engine(), () => new Uint8Array());
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
    const device = new Device(await engine(), () => new Uint8Array());
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
    const device = new Device(await engine(), () => {});
    const slot = "<\u2028\u2029\\\"\n\t\b\u001f\\t\u007fé";
    assert.match(device.decide({}, [slot]), /^\{"decisions":\{"\\u003c\\u2028\\u2029\\\\\\"\\n\\u0009\\u0008\\u001f\\\\t\u007fé":\{/);
  });

  test("a visitor is answered as in the JSON, whatever became of those before", async () => {
    const device = new Device(await engine(), () => {});
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

  // The others read no page: `arrival.js` writes them a visitor.
  if (name === "selvedge") test("mutated pages are taken or not, and never trap", async () => {
    const opened = await engine();
    const random = generator(5);
    const written = pageBytes({ ...FACTS, cookie: "selvedge-consent=v=1&epoch=1&storage=1", query: "a=b" });
    for (let round = 0; round < ROUNDS; round += 1) {
      const bytes = mutate(written, random);
      const start = opened.room(bytes.length);
      new Uint8Array(opened.memory.buffer, start, bytes.length).set(bytes);
      opened.meet_page(bytes.length);
      const at = opened.decide_slot(random() % 30) / 4;
      const cookies = opened.cookies(true);
      assert.equal(typeof cookies, "string");
      // Where nobody is there, nothing was decided and nothing is kept.
      if (!(new Int32Array(opened.memory.buffer)[at + 4] >= 0)) assert.equal(cookies, "");
    }
  });

  test("mutated visitors are taken or not, and never trap", async () => {
    const opened = await engine();
    const random = generator(4);
    const written = visitorBytes({ attributes: { a: "home", b: 6, c: ["é", "c"], d: true }, grants: { a: true, b: false }, unknown: ["a"], observed: { b: 1, c: 2.5 }, signals: { gpc: true, cookie: "v=1" }, region: "DE", identity: { visitor: "v", page: "p" }, locale: "en", now: 1 });
    for (let round = 0; round < ROUNDS; round += 1) {
      const bytes = mutate(written, random);
      const start = opened.room(bytes.length);
      new Uint8Array(opened.memory.buffer, start, bytes.length).set(bytes);
      const taken = opened.meet_written(bytes.length);
      const at = opened.decide_slot(random() % 30) / 4;
      // Nobody is there to decide for when the bytes were none.
      if (taken) assert.ok(new Int32Array(opened.memory.buffer)[at + 4] >= 0);
      opened.decide_every();
    }
    assert.equal(opened.meet_written(0xffffffff), 0);
  });

  test("memory stays as it is, however many visitors come", async () => {
    const core = await engine();
    const device = new Device(core, () => {});
    const visitor = (at) => ({ attributes: { "visitor.visits_30d": at % 9 }, observed: { "visitor.visits_30d": 1 }, unknown: ["page.part"], grants: { personalization: true, storage: true }, region: "DE", locale: "de", identity: { visitor: `v-${at}`, page: "p" }, now: 1796083200000 });
    const come = async (from, until) => {
      for (let at = from; at < until; at += 1) {
        const met = device.visitor(visitor(at));
        met.decide("page.inner");
        met.decideAll();
        if (at % 10 === 0) device.decide(visitor(at));
        if (at % 100 === 0) await device.page({ ...FACTS, cookie: `selvedge-consent=v=1&epoch=${at}&storage=1`, query: `a=${at}` });
      }
    };
    await come(0, 2_000);
    const { byteLength } = core.memory.buffer;
    await come(2_000, 100_000);
    assert.equal(core.memory.buffer.byteLength, byteLength);
  });

  test("strings of platforms are read, or refused: never taken for silence", async () => {
    const core = await engine();
    const device = new Device(core, () => {});
    const grants = { personalization: true, storage: true };
    for (const signals of [{ tcf: "" }, { usp: "1YYN" }, { onetrust: "groups=C0001:1" }, { google: { ad_storage: "denied" } }]) {
      const [key] = Object.keys(signals);
      const { error, decisions } = JSON.parse(device.decide({ grants, signals }));
      if (name === "selvedge") assert.ok(decisions["page.inner"], key);
      else assert.equal(error, `there is no \`${key}\` in signals`);
    }
    assert.ok(JSON.parse(device.decide({ grants, signals: { gpc: true, cookie: "v=1" } })).decisions);
    // As nobody writes it: past the script's own check.
    const bytes = visitorBytes({ signals: { a: "x" }, now: 1 });
    new Uint8Array(core.memory.buffer, core.room(bytes.length), bytes.length).set(bytes);
    assert.equal(core.meet_written(bytes.length), 0);
  });
});

/** The bytes that a device writes for a page without slots. */
function pageBytes(facts) {
  const memory = { buffer: new ArrayBuffer(4096) };
  let bytes;
  const listener = { memory, room: () => 0, name: () => "", cookies: () => "", leave: () => {}, slots_at: () => 4000, meet_page: (length) => (bytes = new Uint8Array(memory.buffer.slice(0, length))) };
  new Device(listener, () => {}).page(facts);
  return bytes;
}

/** The bytes that a device writes for a visitor whose attributes and purposes are a, b, c and d. */
function visitorBytes(context) {
  const memory = { buffer: new ArrayBuffer(4096) };
  let bytes;
  const names = ["a", "b", "c", "d"];
  const listener = { memory, room: () => 0, name: (_, at) => names[at], member: () => -2, meet_written: (length) => (bytes = new Uint8Array(memory.buffer.slice(0, length))) };
  new Device(listener, () => {}).visitor(context);
  return bytes;
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

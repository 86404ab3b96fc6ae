// The browser's engines hold a head against the root that the page pins: approvals, environments and orders, as the Worker does.

import assert from "node:assert/strict";
import { createHash, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { approvedShop } from "./support/approved.mjs";

const ENGINES = ["rules", "language", "selvedge"];
/** What the shop's rules need: the smallest engine leaves them to a larger one. */
const ABLE = ENGINES.slice(1);
const DIST = join(import.meta.dirname, "../../dist/browser");
const HEAD = "v1/production/head";
let script, built;
const modules = new Map();

before(async () => {
  script = await import(join(DIST, "engine.js"));
  for (const name of ENGINES) modules.set(name, new WebAssembly.Module(readFileSync(join(DIST, `${name}.wasm`))));
  built = await approvedShop();
});
after(() => built?.stop());

const fresh = (name) => script.core(new WebAssembly.Instance(modules.get(name)));
const sha256 = (bytes) => createHash("sha256").update(bytes).digest();

/** Ed25519 by Node, as WebCrypto in a browser does it. */
function verifies(job) {
  const key = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), job.subarray(0, 32)]);
  return verify(null, job.subarray(96), { key, format: "der", type: "spki" }, job.subarray(32, 96));
}

/** Opens a head with an instance that knows no release. */
function opened(core, files, head = files.get(HEAD)) {
  core.begin(files.get("v1/production/root/1.cose"), head, "storefront", "production", Date.now());
  for (let job = core.job(); job.length; job = core.job()) {
    core.answer(core.asks_hash() ? sha256(job) : Uint8Array.of(verifies(job) ? 1 : 0));
  }
  core.finish();
  return core;
}

/** The decision of the banner by this engine. */
function banner(name, files) {
  const core = opened(fresh(name), files);
  for (const kind of [1, 2]) {
    const target = core.target(kind, 0);
    const bytes = files.get(core.path(target).slice(1));
    core.admit(target, bytes, sha256(bytes));
  }
  assert.equal(core.open(), true, name);
  const context = { attributes: { "request.country": "DE" }, grants: { contextual: true, necessary: true }, region: "DE", now: Date.now() };
  const device = new script.Device(core, () => {});
  return JSON.parse(device.decide(context, ["home.banner"])).decisions["home.banner"];
}

test("what every role approved decides", async () => {
  const files = await built.files();
  for (const name of ABLE) assert.equal(banner(name, files).content, "banner/eu", name);
});

test("a head that lacks an approval is refused, with the code of the reason", async (t) => {
  const files = await built.files();
  for (const [name, [head, code]] of Object.entries(built.attacks)) {
    await t.test(name, () => {
      for (const engine of ENGINES) assert.throws(() => opened(fresh(engine), files, head), ({ message }) => message === code, engine);
    });
  }
});

test("no altered byte of a head with approvals opens", async () => {
  const files = await built.files();
  const head = files.get(HEAD);
  for (const engine of ENGINES) {
    let core;
    for (let at = 0; at < head.length; at += 1) {
      // An engine for pages frees nothing before it knows a release.
      if (at % 50 === 0) core = fresh(engine);
      const altered = Buffer.from(head);
      altered[at] ^= 1;
      assert.throws(() => opened(core, files, altered), ({ message }) => /^[a-z]+: [a-z-]+/.test(message), `${engine}, byte ${at}`);
    }
  }
});

test("a paused experience decides nothing on the device either", async () => {
  built.selvedge("pause", "banner-place", "--site", "site", "--publish", "production", "--reason", "wrong price");
  const files = await built.files();
  for (const name of ABLE) {
    const { content, reason, detail } = banner(name, files);
    assert.deepEqual([content, reason, detail], [null, "DISABLED", "PAUSED"], name);
  }
});

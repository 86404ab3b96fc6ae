// The browser's engines hold a head against the root that the page pins: approvals, environments and orders, as the Worker does.

import assert from "node:assert/strict";
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

/** Opens a head with an instance that knows no release. */
async function opened(name, files, head = files.get(HEAD)) {
  const core = fresh(name);
  const scope = { site: "storefront", environment: "production" };
  assert.ok(await script.unlock(core, files.get("v1/production/root/1.cose"), head, scope, (path) => files.get(path)), name);
  return core;
}

/** The decision of the banner by this engine. */
async function banner(name, files) {
  const context = { attributes: { "request.country": "DE" }, grants: { contextual: true, necessary: true }, region: "DE", now: Date.now() };
  const device = new script.Device(await opened(name, files), () => {});
  return JSON.parse(device.decide(context, ["home.banner"])).decisions["home.banner"];
}

test("what every role approved decides", async () => {
  const files = await built.files();
  for (const name of ABLE) assert.equal((await banner(name, files)).content, "banner/eu", name);
});

test("a head that lacks an approval is refused, with the code of the reason", async (t) => {
  const files = await built.files();
  for (const [name, [head, code]] of Object.entries(built.attacks)) {
    await t.test(name, async () => {
      for (const engine of ENGINES) await assert.rejects(opened(engine, files, head), ({ message }) => message === code, engine);
    });
  }
});

test("no altered byte of a head with approvals opens", async () => {
  const files = await built.files();
  const head = files.get(HEAD);
  for (let at = 0; at < head.length; at += 1) {
    const altered = Buffer.from(head);
    altered[at] ^= 1;
    await assert.rejects(opened("rules", files, altered), ({ message }) => /^[a-z]+: [a-z-]+$/.test(message), `byte ${at}`);
  }
});

test("a program whose manifest was not approved does not open, whatever vouches for the rest", async () => {
  const files = await built.files();
  for (const name of ABLE) {
    const core = fresh(name);
    const root = files.get("v1/production/root/1.cose");
    const { targets } = await script.verified(root, files.get(HEAD), { site: "storefront", environment: "production" });
    const [program, index] = targets.map(({ digest }) => files.get(`v1/production/b/${Buffer.from(digest).toString("hex")}`));
    assert.throws(() => core.open(program, index, targets[0].digest, new Uint8Array(32)), /^Error: bundle: consent$/, name);
  }
});

test("a paused experience decides nothing on the device either", async () => {
  built.selvedge("pause", "banner-place", "--site", "site", "--publish", "production", "--reason", "wrong price");
  const files = await built.files();
  for (const name of ABLE) {
    const { content, reason, detail } = await banner(name, files);
    assert.deepEqual([content, reason, detail], [null, "DISABLED", "PAUSED"], name);
  }
});

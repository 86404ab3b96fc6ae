// The browser's engine holds a head against the root that the page pins: approvals, environments and orders, as the Worker does.

import assert from "node:assert/strict";
import { createHash, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { approvedShop } from "./support/approved.mjs";

const DIST = join(import.meta.dirname, "../../dist/browser");
const HEAD = "v1/production/head";
let core, memory, Device, built;

before(async () => {
  core = await import(join(DIST, "selvedge.js"));
  ({ memory } = core.initSync({ module: readFileSync(join(DIST, "selvedge_bg.wasm")) }));
  ({ Device } = await import(join(DIST, "engine.js")));
  built = await approvedShop();
});
after(() => built?.stop());

const sha256 = (bytes) => createHash("sha256").update(bytes).digest();

/** Ed25519 by Node, as WebCrypto in a browser does it. */
function verifies(job) {
  const key = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), job.subarray(0, 32)]);
  return verify(null, job.subarray(96), { key, format: "der", type: "spki" }, job.subarray(32, 96));
}

function opened(files, head = files.get(HEAD)) {
  const opening = new core.Opening(files.get("v1/production/root/1.cose"), head, "storefront", "production", Date.now());
  for (let job = opening.job(); job.length; job = opening.job()) {
    opening.answer(opening.asks_hash() ? sha256(job) : Uint8Array.of(verifies(job) ? 1 : 0));
  }
  return opening.finish();
}

function engine(files, head) {
  const release = opened(files, head);
  const admit = (kind) => {
    const index = release.target(kind, 0);
    const bytes = files.get(release.path(index).slice(1));
    return release.admit(index, bytes, sha256(bytes));
  };
  return new core.Engine(admit(1), admit(2));
}

const context = { attributes: { "request.country": "DE" }, grants: { contextual: true, necessary: true }, region: "DE", now: Date.now() };
function banner(engine) {
  const device = new Device(engine, memory, () => {});
  return JSON.parse(device.decide(context, ["home.banner"])).decisions["home.banner"];
}

test("what every role approved decides", async () => {
  assert.equal(banner(engine(await built.files())).content, "banner/eu");
});

test("a head that lacks an approval is refused, with the code of the reason", async (t) => {
  const files = await built.files();
  for (const [name, [head, code]] of Object.entries(built.attacks)) {
    await t.test(name, () => assert.throws(() => opened(files, head), (reason) => reason === code));
  }
});

test("no altered byte of a head with approvals opens", async () => {
  const files = await built.files();
  const head = files.get(HEAD);
  for (let at = 0; at < head.length; at += 1) {
    const altered = Buffer.from(head);
    altered[at] ^= 1;
    assert.throws(() => opened(files, altered), (reason) => typeof reason === "string", `byte ${at}`);
  }
});

test("a paused experience decides nothing on the device either", async () => {
  built.selvedge("pause", "banner-place", "--site", "site", "--publish", "production", "--reason", "wrong price");
  const decision = banner(engine(await built.files()));
  assert.deepEqual([decision.content, decision.reason, decision.detail], [null, "DISABLED", "PAUSED"]);
});

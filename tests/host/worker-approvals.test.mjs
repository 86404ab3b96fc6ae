// A release that lacks an approval decides nothing at the edge, and a paused experience stops at the next look.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { sha256 } from "./support/bundle.mjs";
import { approvedShop } from "./support/approved.mjs";
import { everything, pageBlock, shop, shown, startWorker } from "./support/worker.mjs";

const HEAD = "v1/production/head";
let built;
const started = [];

before(async () => {
  built = await approvedShop();
});
after(async () => {
  await Promise.all(started.map((worker) => worker.stop()));
  await built?.stop();
});

async function start(files) {
  const bindings = { ENVIRONMENT: "production", ROOT_SHA256: sha256(files.get("v1/production/root/1.cose")), REFRESH_SECONDS: "1" };
  const worker = await startWorker({ files, bindings });
  started.push(worker);
  return worker;
}

const page = async (worker) => (await worker.get("/", { cookie: everything, "x-selvedge-country": "DE" })).text();
const banner = async (worker) => pageBlock(await page(worker))?.page.decisions["home.banner"];
const put = async (worker, bytes) => (await worker.miniflare.getKVNamespace("BUNDLES")).put(HEAD, new Uint8Array(bytes).buffer);

/** Asks until the answer is this one: the head is looked at behind a visitor's back. */
async function until(worker, holds) {
  let last;
  for (let tries = 0; tries < 100; tries += 1) {
    last = await banner(worker);
    if (holds(last)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.fail(`it stayed ${JSON.stringify(last)}`);
}

test("what every role approved decides", async () => {
  const worker = await start(await built.files());
  assert.ok(Object.values(shown(await page(worker))).some((content) => content !== null));
});

test("a head that lacks an approval is refused by a fresh isolate, with the reason in the log", async (t) => {
  const origin = await (await shop(new Request("https://shop.example/"))).text();
  for (const [name, [head, code]] of Object.entries(built.attacks)) {
    await t.test(name, async () => {
      const worker = await start(new Map([...(await built.files()), [HEAD, head]]));
      assert.equal(await page(worker), origin);
      assert.equal((await worker.line("failure")).reason, code);
    });
  }
});

test("an isolate with a good release keeps it, whatever stands in the store", async () => {
  const worker = await start(await built.files());
  const good = await banner(worker);
  for (const [name, [head]] of Object.entries(built.attacks)) {
    const before = worker.logged.filter(({ kind }) => kind === "failure").length;
    await put(worker, head);
    for (let tries = 0; worker.logged.filter(({ kind }) => kind === "failure").length === before; tries += 1) {
      assert.ok(tries < 150, `${name}: never looked at`);
      assert.deepEqual(await banner(worker), good, name);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.deepEqual(await banner(worker), good, name);
  }
});

test("a paused experience stops at the next look, and no older head brings it back", async () => {
  const files = await built.files();
  const worker = await start(files);
  const good = await banner(worker);
  assert.notEqual(good.content, null);
  const experience = good.experience ?? "banner-place";
  built.selvedge("pause", experience, "--site", "site", "--publish", "production", "--reason", "wrong price");
  const paused = (await built.files()).get(HEAD);
  await put(worker, paused);
  await until(worker, ({ detail }) => detail === "PAUSED");
  assert.equal((await banner(worker)).content, null);
  assert.equal((await banner(worker)).reason, "DISABLED");

  // Replayed: the head from before; and one whose overlay is altered.
  const altered = Buffer.from(paused);
  altered[paused.indexOf("wrong price")] ^= 1;
  for (const [head, code] of [[files.get(HEAD), "timestamp: rollback"], [altered, "overlay: snapshot-mismatch"]]) {
    await put(worker, head);
    const refused = () => worker.logged.some(({ kind, reason }) => kind === "failure" && reason === code);
    for (let tries = 0; !refused(); tries += 1) {
      assert.ok(tries < 150, `${code}: ${JSON.stringify(worker.logged.filter(({ kind }) => kind === "failure"))}`);
      assert.equal((await banner(worker)).detail, "PAUSED");
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  built.selvedge("resume", experience, "--site", "site", "--publish", "production");
  await put(worker, (await built.files()).get(HEAD));
  await until(worker, ({ content }) => content === good.content);
});

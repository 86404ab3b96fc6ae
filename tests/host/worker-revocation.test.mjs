// Consent withdrawn on one device, heeded on another: a signed list of keyed digests, looked up at the edge.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { environmentOf, published, sha256 } from "./support/bundle.mjs";
import { pageBlock, shown, startWorker, withoutNonce } from "./support/worker.mjs";

const shop = new URL("../../examples/storefront", import.meta.url).pathname;
// Days since 1970: agreed in September 2026, withdrawn on 5 October, asked on the 6th.
const [agreed, withdrawn, today] = [20700, 20731, 20732];
const october = { "x-selvedge-now": "2026-10-06T10:00:00+02:00" };
const state = "selvedge-state=visitor.visits_30d=6~20731&visitor.last_category=knitwear~20731";
const deviceId = "cd".repeat(16);
let folder, key;
const started = [];

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "selvedge-"));
  await cp(shop, join(folder, "site"), { recursive: true, filter: (path) => !path.includes(".selvedge") });
  selvedge("build", "site", "--out", "dist");
  selvedge("revoke", "site");
  key = (await readFile(join(folder, "site/.selvedge/keys/revocation.key"), "utf8")).trim();
});
after(async () => {
  await Promise.all(started.map((worker) => worker.stop()));
  await rm(folder, { recursive: true });
});

function selvedge(...args) {
  const ran = spawnSync(process.env.SELVEDGE, args, { cwd: folder, encoding: "utf8" });
  assert.equal(ran.status, 0, ran.stderr);
  return ran.stdout;
}

/** What somebody on another device withdrew, put beside the release. */
const revoke = (...ids) => selvedge("revoke", "site", ...ids, "--as-of", "2026-10-05T09:00:00Z", "--publish", "dist");

const files = () => published(join(folder, "dist"));

async function start(bindings = {}) {
  const all = await files();
  const pin = sha256(all.get(`v1/${environmentOf(all)}/root/1.cose`));
  const worker = await startWorker({ files: all, bindings: { ROOT_SHA256: pin, ACCOUNT_FROM: "header:x-account", REFRESH_SECONDS: "1", ...bindings } });
  started.push(worker);
  return worker;
}

/** The page of a device that came back after it had agreed on this day. */
async function page(worker, { account, day = agreed, id = "" } = {}) {
  const consent = `selvedge-consent=v=1&epoch=1&day=${day}&functional=1&analytics=1&personalization=1&storage=1`;
  const cookie = [consent, state, ...(id ? [`selvedge-id=${id}`] : [])].join("; ");
  const response = await worker.get("/", { ...october, cookie, ...(account && { "x-account": account }) });
  return { response, html: await response.text() };
}

const hero = async (worker, visitor) => shown((await page(worker, visitor)).html)["home.hero"];

/** Asks until it is so, as an isolate looks for a new head behind the visitors' backs. */
async function until(holds) {
  for (let tries = 0; tries < 100; tries++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.fail("it did not come");
}

async function upload(worker) {
  const store = await worker.miniflare.getKVNamespace("BUNDLES");
  for (const [path, bytes] of await files()) await store.put(path, new Uint8Array(bytes).buffer);
}

test("a withdrawal on one device reaches the other at its next request, and a later choice there wins", async () => {
  const worker = await start({ REVOCATION_KEY: key });
  assert.equal(await hero(worker, { account: "4711" }), "hero/continue-knitwear");

  // Device A withdraws; the same isolate goes on serving device B.
  revoke("--account", "4711");
  await upload(worker);
  await until(async () => (await hero(worker, { account: "4711" })) === null);

  const { response, html } = await page(worker, { account: "4711", id: deviceId });
  const block = pageBlock(html);
  for (const purpose of ["functional", "analytics", "personalization", "storage"]) {
    assert.equal(block.grants[purpose], false, purpose);
    assert.equal(block.never[purpose], true, "nor does the page itself believe the old cookie");
  }
  const gone = response.headers.getSetCookie().map((cookie) => cookie.split(";")[0]).sort();
  const told = "selvedge-consent=v=1&epoch=2&day=20700&functional=0&analytics=0&personalization=0&storage=0";
  assert.deepEqual(gone, [told, "selvedge-id=", "selvedge-state="], "what was kept goes, and the device's own cookie says why");
  assert.equal(await hero(worker, { account: "4712" }), "hero/continue-knitwear", "nobody else is touched");
  assert.equal(await hero(worker, {}), "hero/continue-knitwear", "nor who is not signed in");

  // Device B chooses again: on the day of the withdrawal that may have come before it, a day later it has not.
  assert.equal(await hero(worker, { account: "4711", day: withdrawn }), null);
  assert.equal(await hero(worker, { account: "4711", day: today }), "hero/continue-knitwear");
  const health = await worker.send("/__selvedge/health");
  assert.equal(health.status, 200);
  assert.equal((await health.json()).revocations, "used");
});

test("a device is known by its stored id, where that may be read", async () => {
  const worker = await start({ REVOCATION_KEY: key });
  revoke("--visitor", deviceId);
  await upload(worker);
  await until(async () => (await hero(worker, { id: deviceId })) === null);
  assert.equal(await hero(worker, { id: "ef".repeat(16) }), "hero/continue-knitwear");
  // Without storage the id is nobody's: it changes no byte.
  const closed = "selvedge-consent=v=1&epoch=1&day=20700&personalization=1&storage=0";
  const pages = await Promise.all(
    [deviceId, "ef".repeat(16)].map(async (id) => (await worker.get("/", { ...october, cookie: `${closed}; selvedge-id=${id}` })).text()),
  );
  assert.equal(withoutNonce(pages[0]), withoutNonce(pages[1]));
});

test("the list stays between the site and its Worker", async () => {
  const worker = await start({ REVOCATION_KEY: key });
  revoke("--account", "4711");
  await upload(worker);
  await until(async () => (await hero(worker, { account: "4711" })) === null);
  const all = await files();
  const lists = [...all].filter(([, bytes]) => bytes.subarray(0, 4).toString("latin1") === "SVRL");
  // Former lists stay while a head may name them.
  assert.ok(lists.length >= 1);
  for (const [path, bytes] of lists) {
    assert.equal((await worker.send(`/__selvedge/${path}`)).status, 404);
    assert.ok(!bytes.includes("4711"), "nor is an id in it");
  }
  assert.ok(!JSON.stringify(worker.logged).includes("4711"), "or in a log");
});

test("a site that publishes a list and gives the Worker no key is told so", async () => {
  revoke("--account", "4711");
  for (const [bindings, says] of [
    [{}, /REVOCATION_KEY is not set/],
    [{ REVOCATION_KEY: `9:${"00".repeat(32)}` }, /under another key/],
    [{ REVOCATION_KEY: `1:${"00".repeat(32)}` }, /under another key/],
  ]) {
    const worker = await start(bindings);
    assert.equal(await hero(worker, { account: "4711" }), "hero/continue-knitwear", "visitors keep what they said here");
    const failure = await worker.line("failure");
    assert.equal(failure.stage, "revocations");
    assert.match(failure.reason, says);
    const health = await worker.send("/__selvedge/health");
    assert.equal(health.status, 503);
    assert.match((await health.json()).revocations, says);
  }
});

test("a list that does not come leaves the last good one, and says so", async () => {
  const worker = await start({ REVOCATION_KEY: key });
  revoke("--account", "4711");
  await upload(worker);
  await until(async () => (await hero(worker, { account: "4711" })) === null);
  revoke("--account", "4713");
  const store = await worker.miniflare.getKVNamespace("BUNDLES");
  const all = await files();
  // The new head, without the list that it names.
  const head = [...all.keys()].find((path) => path.endsWith("/head"));
  await store.put(head, new Uint8Array(all.get(head)).buffer);
  worker.logged.length = 0;
  await until(async () => {
    await hero(worker, {});
    return worker.logged.some((line) => line.kind === "failure" && line.stage === "bundle");
  });
  assert.equal(await hero(worker, { account: "4711" }), null);
  assert.equal(await hero(worker, { account: "4713" }), "hero/continue-knitwear");
  await upload(worker);
  await until(async () => (await hero(worker, { account: "4713" })) === null);
});

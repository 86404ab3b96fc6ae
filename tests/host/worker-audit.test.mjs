// What the Worker logs for an audit: records that the command makes again, byte for byte, from values that the platform sealed.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { everything, shown, startWorker } from "./support/worker.mjs";

const secret = "5a".repeat(32);
const state = "6b".repeat(32);
// A ratchet that begins today: the command opens nothing of a day that is over.
const today = new Date().toISOString().slice(0, 10);
const key = `4:${secret}:${today}:${state}`;
const december = { "x-selvedge-now": "2026-12-02T10:00:00+01:00" };
const started = [];
after(() => Promise.all(started.map((worker) => worker.stop())));

async function start(bindings) {
  const worker = await startWorker({ bindings });
  started.push(worker);
  return worker;
}

/** What the command says of these records. */
async function replay(records, line = `4 ${secret} ${today} ${today} ${state}`) {
  const folder = await mkdtemp(join(tmpdir(), "selvedge-"));
  const [log, keys] = [join(folder, "log.ndjson"), join(folder, "audit.keys")];
  await writeFile(log, records.map((record) => JSON.stringify(record) + "\n").join(""));
  await writeFile(keys, `${line}\n`);
  const ran = spawnSync(process.env.SELVEDGE, ["replay", log, "--archive", process.env.SELVEDGE_BUNDLE, "--keys", keys], { encoding: "utf8" });
  await rm(folder, { recursive: true });
  return ran.stdout + ran.stderr;
}

test("a page's record is made again from the values that were sealed with it", async () => {
  const worker = await start({ AUDIT: "all", AUDIT_VALUES: "sealed", AUDIT_KEY: key });
  const response = await worker.get("/", { ...december, cookie: everything, "accept-language": "de-DE" });
  const html = await response.text();
  const record = await worker.line("audit");
  const slots = Object.fromEntries(record.slots.map(({ slot, decision }) => [slot, decision.content]));
  assert.deepEqual(slots, shown(html), "what it says is what was shown");
  assert.equal(record.key, 4);
  const version = spawnSync(process.env.SELVEDGE, ["--version"], { encoding: "utf8" }).stdout;
  assert.ok(version.includes(`engine ${record.engine}\n`), `the Worker is ${record.engine}, the command ${version}`);
  assert.match(record.visitor, /^[0-9a-f]{32}$/);
  assert.equal(record.v, 3);
  assert.match(record.at, /T\d\d:00:00Z$/, "it tells the hour");
  assert.deepEqual(Object.keys(record.sealed), ["ids", "14d", "30d", "180d", "365d"], "every class of the shop");
  assert.deepEqual(Object.keys(record.until), Object.keys(record.sealed));
  for (const sealed of Object.values(record.sealed)) assert.match(sealed, /^[0-9a-f]{568,}$/);
  assert.ok(!JSON.stringify(record).includes("v=1"), "the consent cookie is not in it");
  const cookie = response.headers.getSetCookie().find((cookie) => cookie.startsWith("selvedge-id="));
  assert.ok(cookie && !JSON.stringify(record).includes(cookie.slice(12, 44)), "the visitor's id is not in it");
  assert.equal(await replay([record]), "1 record, 1 made again byte for byte, 0 not\n");
});

test("a key of an earlier version still makes records, and the log is told once", async () => {
  const worker = await start({ AUDIT: "all", AUDIT_VALUES: "sealed", AUDIT_KEY: `4:${secret}` });
  for (let page = 0; page < 3; page++) await (await worker.get("/", { ...december, cookie: everything })).text();
  const record = await worker.line("audit");
  assert.equal(record.v, 2);
  assert.equal(await replay([record], `4 ${secret}`), "1 record, 1 made again byte for byte, 0 not\n");
  const told = worker.logged.filter(({ kind, stage }) => kind === "failure" && stage === "audit");
  assert.equal(told.length, 1);
  assert.match(told[0].reason, /AUDIT_KEY has no ratchet: records are of version 2/);
});

test("without values the record holds digests, and without consent no pseudonym", async () => {
  const worker = await start({ AUDIT: "all", AUDIT_KEY: key });
  await (await worker.get("/", december)).text();
  const record = await worker.line("audit");
  assert.deepEqual([record.visitor, record.account, record.sealed, record.evidence], [null, null, null, null]);
  assert.match(await replay([record]), /it needs .*the exact time/);
});

test("only decisions that can read sensitive data are recorded where that is asked for", async () => {
  const worker = await start({ AUDIT: "sensitive", AUDIT_KEY: key });
  await (await worker.get("/", december)).text();
  const record = await worker.line("audit");
  assert.deepEqual(record.slots.map(({ slot }) => slot), ["home.recommendations"]);
});

test("a site that asks for records and has no key shows the origin's pages", async () => {
  const worker = await start({ AUDIT: "all" });
  const html = await (await worker.get("/", december)).text();
  assert.ok(!html.includes("selvedge-page"), "nothing was decided");
  assert.match((await worker.line("failure")).reason, /AUDIT_KEY is not set/);
  const wrong = await start({ AUDIT: "all", AUDIT_KEY: `4:${secret}:${today}` });
  assert.ok(!(await (await wrong.get("/", december)).text()).includes("selvedge-page"), "nothing was decided");
  const { reason } = await wrong.line("failure");
  assert.ok(/AUDIT_KEY is not what/.test(reason) && !reason.includes(secret), reason);
});

test("records arrive apart from the other lines of their page, later and together", async () => {
  const worker = await start({ AUDIT: "all", AUDIT_KEY: `4:${secret}`, AUDIT_WAIT_SECONDS: "2" });
  for (let page = 0; page < 12; page += 1) await (await worker.get("/", { ...december, cookie: everything })).text();
  await worker.line("reasons");
  assert.ok(!worker.logged.some(({ kind }) => kind === "audit"), "no record is in a hurry");
  await new Promise((resolve) => setTimeout(resolve, 3_500));
  const [records, pages] = ["/audit", "/"].map((path) => worker.posts.filter((post) => post.path === path));
  assert.equal(pages.flatMap(({ lines }) => lines).filter(({ kind }) => kind === "reasons").length, 12);
  assert.ok(!pages.some(({ lines }) => lines.some(({ kind }) => kind === "audit")), "no record comes with its page");
  assert.equal(new Set(records.flatMap(({ lines }) => lines.map(({ id }) => id))).size, 12, "none is lost, and none comes twice");
  assert.ok(records.length < 4 && records.every(({ lines }) => lines.every(({ kind }) => kind === "audit")), `${records.length} batches`);
  const arrived = records.flatMap(({ lines }) => lines.map(({ at }) => at));
  assert.equal(arrived.length, 12);
});

test("a batch that is full leaves at once", async () => {
  const worker = await start({ AUDIT: "all", AUDIT_KEY: `4:${secret}`, AUDIT_WAIT_SECONDS: "25" });
  await Promise.all(Array.from({ length: 70 }, async () => (await worker.get("/", december)).text()));
  await worker.line("audit");
  const [batch] = worker.posts.filter(({ path }) => path === "/audit");
  assert.equal(batch.lines.length, 64);
});

test("a visitor has a pseudonym in what was shown, another one in the record, and no id in either", async () => {
  const id = "cd".repeat(16);
  const worker = await start({ AUDIT: "all", AUDIT_KEY: `4:${secret}` });
  await (await worker.get("/", { ...december, cookie: `${everything}; selvedge-id=${id}` })).text();
  const record = await worker.line("audit");
  const exposure = worker.logged.find(({ kind, unit }) => kind === "exposure" && unit === "visitor");
  assert.match(exposure.id, /^[0-9a-f]{32}$/);
  assert.equal(exposure.key, 7);
  assert.equal(exposure.at, "2026-12-02");
  assert.notEqual(exposure.id, record.visitor);
  assert.ok(!JSON.stringify(worker.logged).includes(id));
});

test("without a key for measuring nobody is named, and the log says so once", async () => {
  const id = "cd".repeat(16);
  const worker = await start({ MEASUREMENT_KEY: "" });
  for (let page = 0; page < 3; page += 1) await (await worker.get("/", { ...december, cookie: `${everything}; selvedge-id=${id}` })).text();
  await worker.line("failure");
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.ok(worker.logged.filter(({ kind }) => kind === "exposure").every((line) => line.id === null && line.key === null));
  const told = worker.logged.filter(({ kind, stage }) => kind === "failure" && stage === "measurement");
  assert.equal(told.length, 1);
  assert.match(told[0].reason, /MEASUREMENT_KEY is not set/);
});

test("one secret for both keys is refused", async () => {
  const worker = await start({ AUDIT: "all", AUDIT_KEY: `4:${secret}`, MEASUREMENT_KEY: `1:${secret}` });
  await (await worker.get("/", december)).text();
  assert.match((await worker.line("failure")).reason, /hold the same secret/);
});

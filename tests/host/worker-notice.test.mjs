// What the Worker tells visitors at the well-known paths, from the signed release.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { published } from "./support/bundle.mjs";
import { startWorker } from "./support/worker.mjs";

const TOLD = "/.well-known/personalization";
const GPC = "/.well-known/gpc.json";

let worker;
before(async () => {
  worker = await startWorker();
});
after(() => worker.stop());

test("purposes, data and how to object", async () => {
  const response = await worker.send(TOLD);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "application/json");
  assert.equal(response.headers.get("cache-control"), "public, max-age=300");
  const told = await response.json();
  assert.equal(told.version, 2);
  assert.ok(told.purposes.some(({ purpose, text }) => purpose === "personalization" && text.includes("Never prices")));
  assert.equal(worker.asked.length, 0, "the origin is not asked");
});

test("Global Privacy Control, with the two members of the specification", async () => {
  const response = await worker.send(GPC);
  assert.equal(response.headers.get("content-type"), "application/json");
  assert.deepEqual(await response.json(), { gpc: true, lastUpdate: "2026-11-20" });
});

test("conditional requests and HEAD", async () => {
  const first = await worker.send(TOLD);
  const again = await worker.send(TOLD, { headers: { "if-none-match": first.headers.get("etag") } });
  assert.equal(again.status, 304);
  const head = await worker.send(TOLD, { method: "HEAD" });
  assert.deepEqual([head.status, await head.text()], [200, ""]);
});

test("everything else there is the origin's", async () => {
  const before = worker.asked.length;
  await worker.send("/.well-known/security.txt");
  await worker.send(TOLD, { method: "POST", body: "x" });
  assert.equal(worker.asked.length, before + 2);
});

test("a release whose file was changed tells nothing of ours", async () => {
  const files = await published();
  for (const [key, bytes] of files) {
    if (bytes.includes('"objection"')) files.set(key, Buffer.from(String(bytes).replace("Never prices", "Also prices")));
  }
  const other = await startWorker({ files });
  const response = await other.send(TOLD);
  assert.ok(!(await response.text()).includes("Also prices"));
  assert.equal(other.asked.length, 1, "the origin answers");
  await other.stop();
});

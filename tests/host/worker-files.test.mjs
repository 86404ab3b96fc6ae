// What browsers fetch from the Worker: the bundle and the SDK, and nothing else of what is in KV.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { environmentOf, published } from "./support/bundle.mjs";
import { startWorker } from "./support/worker.mjs";

let worker, files, environment;
before(async () => {
  files = await published();
  environment = environmentOf(files);
  const secret = "ab".repeat(32);
  const more = [
    ["assets/loader.js", Buffer.from("export {};\n")],
    ["assets/engine_bg.wasm", Buffer.from("\0asm\x01\0\0\0", "latin1")],
    [`v1/${environment}/b/${secret}`, Buffer.from("not of this release")],
    [`debug/${secret}`, Buffer.from("sentences of the source")],
    ["v1/other/head", Buffer.from("another environment")],
  ];
  worker = await startWorker({ files: new Map([...files, ...more]) });
});
after(() => worker.stop());

const fetchFile = (path, init) => worker.send(`/__selvedge/${path}`, init);

test("every published file, as it is", async () => {
  for (const [key, bytes] of files) {
    const response = await fetchFile(key);
    // Who changed what is for those who publish.
    if (key.includes("/changes/")) {
      assert.equal(response.status, 404, key);
      continue;
    }
    assert.equal(response.status, 200, key);
    assert.deepEqual(Buffer.from(await response.arrayBuffer()), bytes, key);
    assert.equal(response.headers.get("x-content-type-options"), "nosniff");
    const cache = response.headers.get("cache-control");
    assert.equal(cache, key.endsWith("/head") ? "public, max-age=30" : "public, max-age=31536000, immutable", key);
  }
});

test("the head answers conditional requests", async () => {
  const first = await fetchFile(`v1/${environment}/head`);
  const etag = first.headers.get("etag");
  const again = await fetchFile(`v1/${environment}/head`, { headers: { "if-none-match": etag } });
  assert.equal(again.status, 304);
  assert.equal((await again.arrayBuffer()).byteLength, 0);
});

test("the SDK, with its media types", async () => {
  assert.match((await fetchFile("loader.js")).headers.get("content-type"), /^text\/javascript/);
  assert.equal((await fetchFile("engine_bg.wasm")).headers.get("content-type"), "application/wasm");
  const head = await fetchFile("loader.js", { method: "HEAD" });
  assert.equal(head.status, 200);
  assert.equal(await head.text(), "");
});

test("nothing else", async () => {
  const secret = "ab".repeat(32);
  const paths = [
    `debug/${secret}`,
    `v1/${environment}/../../debug/${secret}`,
    `v1/${environment}/b/${secret}`,
    `v1/${environment}/b/`,
    "v1/other/head",
    `v1/${environment}x/head`,
    `v1/${environment}/root/.cose`,
    `v1/${environment}/root/1.cose.bak`,
    "assets/loader.js",
    "missing.js",
    ".js",
    "loader.css",
    "",
  ];
  worker.asked.length = 0;
  for (const path of paths) {
    const response = await fetchFile(path);
    assert.equal(response.status, 404, path);
    assert.equal(await response.text(), "", path);
  }
  const ours = worker.asked.filter((request) => new URL(request.url).pathname.startsWith("/__selvedge/"));
  assert.deepEqual(ours, [], "our own paths never reach the origin");
  assert.equal((await fetchFile("loader.js", { method: "POST" })).status, 405);
});

test("nothing whose hash is not the one that vouches for it", async () => {
  const changed = new Map([...files].map(([key, bytes]) => {
    const wrong = Buffer.from(bytes);
    wrong[wrong.length - 1] ^= 1;
    return [key, wrong];
  }));
  const chunks = [...files.keys()].filter((key) => key.includes("/b/"));
  const root = `v1/${environment}/root/1.cose`;
  for (const key of [...chunks, root]) {
    const damaged = await startWorker({ files: new Map([...files, [key, changed.get(key)]]) });
    const response = await damaged.send(`/__selvedge/${key}`);
    assert.equal(response.status, 503, key);
    assert.equal(response.headers.get("cache-control"), "no-store");
    assert.equal(await response.text(), "");
    await damaged.stop();
  }
});

// Whatever fails, the visitor gets the origin's answer as it came, and the log says why.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Response } from "miniflare";

import { environmentOf, published } from "./support/bundle.mjs";
import { everything, pageBlock, shop, startWorker } from "./support/worker.mjs";

/** All that a client can compare. */
async function answer(response) {
  const headers = [...response.headers].filter(([name]) => name !== "date").sort();
  return { status: response.status, headers, body: Buffer.from(await response.arrayBuffer()).toString("latin1") };
}

/** The answer through our Worker equals the answer through one that does nothing, and `reason` is the one line in the log. */
async function untouched(options, { path = "/", init = {}, origin = shop, reason, stage = "bundle" }) {
  const worker = await startWorker({ ...options, origin });
  const passing = await startWorker({ origin, passThrough: true });
  try {
    const headers = { "x-selvedge-region": "DE", cookie: `${everything}; selvedge-state=visitor.visits_30d=6~20731`, ...init.headers };
    const [through, direct] = await Promise.all([worker, passing].map(async (to) => answer(await to.send(path, { ...init, headers }))));
    assert.deepEqual(through, direct);
    if (reason) {
      const line = await worker.line("failure");
      assert.equal(line.stage, stage);
      assert.match(line.reason, reason);
      assert.equal(worker.logged.length, 1, "one line for one page");
    } else {
      assert.deepEqual(worker.logged, []);
    }
  } finally {
    await Promise.all([worker.stop(), passing.stop()]);
  }
}

/** The published files with one of them changed. */
async function changed(which, change) {
  const files = await published();
  const key = [...files.keys()].filter((key) => which.test(key)).at(0);
  const bytes = change(Buffer.from(files.get(key)));
  if (bytes) files.set(key, bytes);
  else files.delete(key);
  return files;
}

/** The keys of program, index, notice and chunks, told apart by how they begin. */
async function keyOf(magic) {
  const files = await published();
  const blobs = [...files].filter(([key]) => key.includes("/b/"));
  const kind = (bytes) => ({ SVPR: "program", SVIX: "index", '{"gp': "notice" })[bytes.subarray(0, 4).toString("latin1")] ?? "chunk";
  const [key] = blobs.find(([, bytes]) => kind(bytes) === magic);
  return new RegExp(`^${key}$`);
}

const flipped = (at) => (bytes) => {
  bytes[at < 0 ? bytes.length + at : at] ^= 0x01;
  return bytes;
};

test("no bundle", () => untouched({ files: new Map() }, { reason: /there is no .*head in the store/ }));
test("no KV binding", () => untouched({ kv: false }, { reason: /neither the binding BUNDLES nor/ }));
test("no root", async () => untouched({ files: await changed(/root/, () => null) }, { reason: /there is no .*root\/1\.cose/ }));
test("an empty head", async () => untouched({ files: await changed(/head$/, () => Buffer.of()) }, { reason: /head/ }));
test("a truncated head", async () =>
  untouched({ files: await changed(/head$/, (bytes) => bytes.subarray(0, bytes.length - 9)) }, { reason: /head/ }));
test("a head with a byte after its end", async () =>
  untouched({ files: await changed(/head$/, (bytes) => Buffer.concat([bytes, Buffer.of(0)])) }, { reason: /head/ }));
test("an endless head", async () =>
  untouched({ files: await changed(/head$/, () => Buffer.alloc(1 << 20, 0x84)) }, { reason: /head: too-large/ }));

test("a head with any byte altered", async () => {
  const files = await published();
  const key = `v1/${environmentOf(files)}/head`;
  const html = await (await shop(new Request("https://shop.example/"))).text();
  // Each altered head meets a fresh isolate, which has no last good release.
  for (let at = 0; at < files.get(key).length; at += 61) {
    const worker = await startWorker({ files: new Map([...files, [key, flipped(at)(Buffer.from(files.get(key)))]]) });
    try {
      assert.equal(await (await worker.get("/", { cookie: everything })).text(), html, `byte ${at}`);
      assert.equal((await worker.line("failure")).stage, "bundle");
    } finally {
      await worker.stop();
    }
  }
});

test("an altered root", async () =>
  untouched({ files: await changed(/root/, flipped(-1)) }, { reason: /ROOT_SHA256 pins another/ }));
test("an altered program", async () =>
  untouched({ files: await changed(await keyOf("program"), flipped(40)) }, { reason: /program: hash-mismatch/ }));
test("a truncated program", async () =>
  untouched({ files: await changed(await keyOf("program"), (b) => b.subarray(1)) }, { reason: /program: length-mismatch/ }));
test("no program", async () =>
  untouched({ files: await changed(await keyOf("program"), () => null) }, { reason: /there is no .*\/b\// }));
test("an altered index", async () =>
  untouched({ files: await changed(await keyOf("index"), flipped(-1)) }, { reason: /index: hash-mismatch/ }));
test("an altered chunk", async () =>
  untouched({ files: await changed(await keyOf("chunk"), flipped(0)) }, { reason: /chunk: hash-mismatch/, stage: "content" }));
test("no chunk", async () =>
  untouched({ files: await changed(await keyOf("chunk"), () => null) }, { reason: /there is no .*\/b\//, stage: "content" }));

test("the pin of another root", () =>
  untouched({ bindings: { ROOT_SHA256: "0".repeat(64) } }, { reason: /ROOT_SHA256 pins another/ }));
test("no pin at all", () =>
  untouched({ bindings: { ROOT_SHA256: "" } }, { reason: /ROOT_SHA256 is not set/, stage: "settings" }));
test("a pin that is no digest", () =>
  untouched({ bindings: { ROOT_SHA256: "xyz" } }, { reason: /not a SHA-256/, stage: "settings" }));
test("a bundle of another site", () => untouched({ bindings: { SITE: "another" } }, { reason: /repository|signature/ }));

test("the origin's 500", () =>
  untouched({}, { origin: () => new Response("<h1>down</h1>", { status: 500, headers: { "content-type": "text/html" } }) }));
test("the origin's 404", () =>
  untouched({}, { origin: () => new Response("<h1>gone</h1>", { status: 404, headers: { "content-type": "text/html" } }) }));
test("the origin's redirect", () =>
  untouched({}, { origin: () => new Response(null, { status: 302, headers: { location: "/elsewhere" } }) }));
test("what is not HTML", () =>
  untouched({}, { origin: () => new Response('{"a":1}', { headers: { "content-type": "application/json" } }) }));
test("an answer without a body", () =>
  untouched({}, { origin: () => new Response(null, { status: 204, headers: { "content-type": "text/html" } }) }));

// What is served as HTML and is no page, or may not be changed. Each is left alone with its length and its headers.
const served = (body, headers = {}) => () => new Response(body, { headers: { "content-type": "text/html", ...headers } });
for (const [name, body] of Object.entries({
  JSON: '{"ok":true,"items":[1,2]}',
  "a list": " \n[]",
  "a file for a search engine": "google-site-verification: x.html",
  text: "a < b",
  nothing: "",
  spaces: " \r\n",
})) {
  test(`${name} that is served as HTML`, () => untouched({}, { origin: served(body) }));
  test(`${name} that is served as HTML, with its length`, () =>
    untouched({}, { origin: served(body, { "content-length": String(body.length) }) }));
}
const PAGE = "<!doctype html><div data-slot='home.banner'>x</div>";
test("HTML that a script fetches, at an address without slots", () => untouched({}, { path: "/nowhere/", origin: served(PAGE), init: { headers: { "sec-fetch-dest": "empty" } } }));
test("a page to be saved", () => untouched({}, { origin: served(PAGE, { "content-disposition": 'attachment; filename="a.html"' }) }));
test("a page that may not be transformed", () => untouched({}, { origin: served(PAGE, { "cache-control": "max-age=60, no-transform" }) }));
test("a part of a page", () => untouched({}, { origin: () => new Response("<p>", { status: 206, headers: { "content-type": "text/html", "content-range": "bytes 0-2/9" } }) }));

test("POST, with its body", async () => {
  const origin = async (request) => new Response(`got ${await request.text()}`, { headers: { "content-type": "text/html" } });
  const worker = await startWorker({ origin });
  try {
    const response = await worker.send("/", { method: "POST", body: "size=M" });
    assert.equal(await response.text(), "got size=M");
  } finally {
    await worker.stop();
  }
});

test("markup that is not closed, or not HTML at all, streams through", async () => {
  const bodies = ["", "<", "<div data-slot='home.hero'>", "<p>text only", "\u0000\u00ff<![CDATA[", "<script>if (a<b) {"];
  for (const body of bodies) {
    const worker = await startWorker({ origin: () => new Response(body, { headers: { "content-type": "text/html" } }) });
    try {
      const html = await (await worker.get("/", {})).text();
      assert.ok(html.startsWith(body.slice(0, 1)), JSON.stringify(body));
    } finally {
      await worker.stop();
    }
  }
});

test("after a bad head the last good release goes on", async () => {
  const worker = await startWorker();
  try {
    const headers = { cookie: everything };
    assert.ok(pageBlock(await (await worker.get("/", headers)).text()));
    const store = await worker.miniflare.getKVNamespace("BUNDLES");
    await store.put(`v1/${environmentOf(await published())}/head`, "not a head");
    const later = pageBlock(await (await worker.get("/", headers)).text());
    assert.equal(later.page.decisions["home.banner"].content, "banner/eu");
  } finally {
    await worker.stop();
  }
});

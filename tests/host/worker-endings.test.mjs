// Where a page ends, and what is no page: the origin's bytes, or a data block that changes nothing of them.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";

import { CLOSING, everything, pageBlock, startWorker } from "./support/worker.mjs";

const PAGE = "<!doctype html><title>x</title><p class='a'>text</p>";
const SLOT = "<div data-slot='home.banner'>old</div>";
let server, worker, answer;
let pages = 0;

before(async () => {
  server = createServer((request, response) => answer(request, response));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  worker = await startWorker({ service: false, bindings: { ORIGIN_URL: `http://127.0.0.1:${server.address().port}/` } });
});
after(async () => {
  await worker.stop();
  server.closeAllConnections();
  server.close();
});

/** What a visitor gets of these bytes, served with these headers. */
async function through(body, headers = {}, asked = {}) {
  answer = (_, response) => response.writeHead(200, { "content-type": "text/html", ...headers }).end(body);
  worker.logged.length = 0;
  const response = await worker.get("/", { cookie: everything, ...asked });
  return { response, html: Buffer.from(await response.arrayBuffer()).toString("latin1") };
}
const failures = () => worker.logged.filter(({ kind, stage }) => kind === "failure" && stage !== "absent");
/** Without the slots' marks. */
const origin = (html) => html.replace(/<!--selvedge:(.*?)-->.*?<template data-selvedge-control="\1">(.*?)<\/template>.*?<!--\/selvedge:\1-->/s, "$2");

for (const end of ["<a href=\"/y", "<a href='/y", "<a", "<", "</p", "<!-", "<script src=\"/app", "<img src=x onerror=\"a>1;//", "<p title='a>b' ", "<svg><![CDATA[x>y", "<plaintext>x", "<script>a > 1; //"]) {
  test(`nothing is put behind ${end}`, async () => {
    assert.equal((await through(PAGE + end)).html, PAGE + end);
    const { html } = await through(PAGE + SLOT + end);
    assert.equal(origin(html), PAGE + SLOT + end);
    assert.notEqual(html, PAGE + SLOT + end);
    await worker.line("reasons");
    // The first such page of an isolate is told, and each is counted.
    const [told] = failures();
    assert.deepEqual([failures().length, told?.stage ?? "ending"], [pages === 0 ? 1 : 0, "ending"]);
    if (told) assert.match(told.reason, /^selvedge-page: the page breaks off in a tag or a script/);
    // What no withdrawal reaches was not shown, as far as experiments count.
    assert.deepEqual(worker.logged.filter(({ kind, content }) => kind === "exposure" && content), []);
    const health = await (await worker.get("/__selvedge/health")).json();
    assert.equal(health.absent["selvedge-page"], ++pages);
  });
}

test("the block stands behind everything else that is open", async () => {
  for (const end of ["", "text", "<textarea>x", "<title>x", "<!-- a > b", "<svg><title>x", "<template><p>x", "<a title=''>x", "<script integrity=\"x=\"></script>"]) {
    const { html } = await through(PAGE + SLOT + end);
    const [page, block] = html.split(CLOSING);
    const open = /<(textarea|title)>x$/.exec(end);
    assert.equal(origin(page), PAGE + SLOT + end + (open ? `</${open[1]}>` : ""));
    assert.ok(pageBlock(block), end);
    assert.deepEqual(failures(), [], end);
  }
});

test("no label of an encoding costs a page its slots or the isolate its life", async () => {
  for (const label of ["utf8mb4", "nonsense", "'utf-8'", '"utf-8', "", "utf-8, text/html", "x-user-defined", "windows-1252", "shift_jis"]) {
    const type = { "content-type": `text/html; charset=${label}` };
    const all = await Promise.all([through(PAGE + SLOT, type), through(PAGE + SLOT, type), through(PAGE + SLOT, type)]);
    for (const { html } of all) assert.ok(pageBlock(html), label);
    assert.equal(origin(all[0].html.split(CLOSING)[0]), PAGE + SLOT, label);
    assert.deepEqual(failures(), [], label);
  }
  for (const label of ["utf-16", "iso-2022-jp", "csISO2022KR", "replacement", "unicode", "ISO-10646-UCS-2"]) {
    assert.equal((await through(PAGE + SLOT, { "content-type": `text/html; charset=${label}` })).html, PAGE + SLOT, label);
    assert.match((await worker.line("failure")).reason, /the encoding of the page/);
  }
});

test("all that came of a coding that breaks off is passed on", async () => {
  const long = PAGE + SLOT + Array.from({ length: 20_000 }, (_, at) => `<p>article ${at} ${(at * 7919) % 10007}</p>`).join("");
  for (const page of [PAGE + SLOT, long]) {
    const zipped = gzipSync(page);
    for (const body of [zipped.subarray(0, -8), zipped.subarray(0, -4), Buffer.concat([zipped, Buffer.alloc(4)])]) {
      for (const asked of [{}, { "sec-fetch-dest": "empty" }]) {
        const { html } = await through(body, { "content-encoding": "gzip" }, { "accept-encoding": "gzip", ...asked });
        assert.equal(origin(html.split(CLOSING)[0]).length, page.length, `${body.length} of ${zipped.length}`);
      }
    }
  }
});

test("what a script fetches is not kept as the page", async () => {
  const kept = { "cache-control": "public, max-age=600", vary: "accept-encoding" };
  const vary = async (body, headers, asked, path = "/") => {
    answer = (_, response) => response.writeHead(200, { "content-type": "text/html", ...headers }).end(body);
    const response = await worker.get(path, { ...asked });
    assert.equal(await response.text(), body);
    return response.headers.get("vary");
  };
  const script = { "sec-fetch-dest": "empty", "sec-fetch-mode": "cors" };
  assert.equal(await vary(PAGE + SLOT, kept, script), "accept-encoding, sec-fetch-dest, sec-fetch-mode, sec-purpose");
  assert.equal(await vary("{}", { ...kept, "content-type": "application/json" }, script), "accept-encoding");
  assert.equal(await vary(PAGE, kept, script, "/nowhere/at/all"), "accept-encoding", "no slot is there");
});

test("a page that begins with nothing but spaces is not waited for", async () => {
  const begun = Date.now();
  const body = " ".repeat(20_000_000) + PAGE + SLOT;
  assert.equal((await through(body)).html, body);
  assert.ok(Date.now() - begun < 4_000, `${Date.now() - begun} ms`);
  assert.ok(pageBlock((await through(" ".repeat(9_000) + PAGE + SLOT)).html));
});

test("XML that is served as HTML stays XML", async () => {
  for (const body of ['<?xml version="1.0"?>\n<rss version="2.0"></rss>', "<urlset xmlns='x'></urlset>", "<feed xmlns='x'></feed>"]) assert.equal((await through(body)).html, body);
  const page = '<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "x"><html xmlns="http://www.w3.org/1999/xhtml"><body></body></html>';
  assert.ok(pageBlock((await through(page)).html));
});

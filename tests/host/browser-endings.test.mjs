// A page that breaks off does in Chromium what it does without us: nothing of it runs that did not, and nothing more is shown.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";

import { startChromium } from "./support/chromium.mjs";
import { startPreview } from "./support/preview.mjs";
import { startWorker } from "./support/worker.mjs";

const SITE = new URL("../../examples/storefront", import.meta.url).pathname;
const PAGE = "<!doctype html><title>x</title><p>text</p>";
const TYPES = { "/app": "text/javascript" };
let server, worker, preview, browser, hosts, served, asked;

before(async () => {
  server = createServer((request, response) => {
    const path = request.url.split("?")[0];
    asked.push(path);
    const body = path === "/" ? served.body : path.startsWith("/app") ? "window.hit = 2" : "<p>other";
    response.writeHead(200, { "content-type": TYPES[path.slice(0, 4)] ?? "text/html; charset=utf-8", ...served.headers }).end(body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${server.address().port}`;
  worker = await startWorker({ service: false, bindings: { ORIGIN_URL: `${origin}/` } });
  preview = await startPreview(SITE, "--origin", origin);
  hosts = { origin, worker: (await worker.url()).origin, preview: preview.origin };
  browser = await startChromium();
});
after(async () => {
  await browser?.close();
  await worker?.stop();
  preview?.kill();
  server.closeAllConnections();
  server.close();
});

const SEEN = () => ({
  hit: window.hit,
  path: location.pathname,
  title: document.title,
  text: document.body?.innerText.trim(),
  fields: [...document.querySelectorAll("textarea, option")].map(({ value }) => value),
  tags: [...document.querySelectorAll("body *")].filter(({ id }) => id !== "selvedge-page").map(({ outerHTML }) => outerHTML.split(">")[0]),
});

async function seen(host, end) {
  served = { body: PAGE + end };
  asked = [];
  const context = await browser.newContext({ extraHTTPHeaders: { "x-selvedge-region": "DE" } });
  try {
    const page = await context.newPage();
    await page.goto(`${hosts[host]}/`);
    await page.waitForTimeout(250);
    const found = await page.evaluate(() => document.querySelectorAll("script#selvedge-page[type='application/json']").length);
    return { ...(await page.evaluate(SEEN)), asked: asked.filter((path) => path !== "/favicon.ico"), found };
  } finally {
    await context.close();
  }
}

const TAGS = [
  `<script src="/app`, `<meta http-equiv=refresh content="0;url=/lo`, `<img src=x onerror="window.hit=1;//`, `<img src=x onerror="1>0;window.hit=1;//`,
  `<img src=x onerror='window.hit=1//' `, `<body onload="window.hit=1;//`, `<base href="/zz`, `<link rel=stylesheet href="/st`, `<iframe src="/fr`,
  `<a href=/y`, `<`, `</p`, `<!-`, `<script>window.hit=1</scrip`, `<svg><text><![CDATA[a>b`,
];
const OPEN = [
  `<script>window.hit=1; //`, `<script>window.hit=1; /*`, "<script>window.hit=`", `<script>window.hit=1; /* ${"x> ".repeat(3000)}`, `<textarea>${"Dear shop ".repeat(10)}<b>`, `<script><!-- a\nwindow.hit=1 //`, `<script>/*<!-- <script>*/ window.hit=1 //`,
  `<textarea>Dear shop`, `<textarea>a</texta`, `<title>a</title`, `<!-- a`, `<title>abc`, `<style>p{color:red`, `<xmp>abc`, `<iframe>abc`, `<noembed>abc`, `<noframes>abc`, `<noscript>abc`, `<template><template>abc`,
  `<select><option>abc`, `<table><tr><td>x`, `<table><tr>`, `<svg><title>abc`, `<svg><style>abc`, `<!-- a > b`, `<p>&am`, `<button>x`, `</body></html>\n`, "text",
];
for (const end of [...TAGS, ...OPEN]) {
  test(`a page that ends in ${end.slice(0, 60)}`, async () => {
    const { found: none, ...direct } = await seen("origin", end);
    assert.equal(none, 0);
    assert.equal(direct.hit, undefined);
    for (const host of ["worker", "preview"]) {
      const { found, ...ours } = await seen(host, end);
      assert.deepEqual(ours, direct, host);
      // In a script that is open, the block is text that never runs.
      assert.equal(found, TAGS.includes(end) || end.startsWith("<script>") ? 0 : 1, host);
    }
  });
}

test("the browser's cache does not show what a script fetched as the page", async () => {
  const fetched = { fetch: "fetch('/').then((r) => r.text())", xhr: "new Promise((d) => { const x = new XMLHttpRequest(); x.open('GET', '/'); x.onload = d; x.send(); })", preload: "new Promise((d) => { const l = document.createElement('link'); l.rel = 'preload'; l.as = 'fetch'; l.crossOrigin = ''; l.href = '/'; l.onload = d; document.head.append(l); })" };
  served = { body: `${PAGE}<div data-slot="home.banner">old</div>`, headers: { "cache-control": "public, max-age=600", etag: '"v1"' } };
  for (const host of ["worker", "preview"]) {
    for (const [how, code] of Object.entries(fetched)) {
      asked = [];
      const context = await browser.newContext({ extraHTTPHeaders: { "x-selvedge-region": "DE" } });
      const page = await context.newPage();
      await page.goto(`${hosts[host]}/other`);
      await page.evaluate(`(async () => { await ${code}; })()`);
      await Promise.all([page.waitForURL(`${hosts[host]}/`), page.evaluate(() => void location.assign("/"))]);
      await page.waitForLoadState();
      assert.equal(await page.locator("#selvedge-page").count(), 1, `${host}, ${how}: ${asked}`);
      await context.close();
    }
  }
});

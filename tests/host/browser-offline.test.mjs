// A site on static hosting without a network: what the browser has in its own cache decides, as checked as ever. Nothing else is kept on the device.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { start, staticPage, watch } from "./browser/fixture.mjs";
import { startChromium } from "./support/chromium.mjs";

const DIST = join(import.meta.dirname, "../../dist/browser");
const TYPES = { html: "text/html; charset=utf-8", js: "text/javascript", wasm: "application/wasm" };
let site, browser, server, origin, cacheControl;

before(async () => {
  site = await start();
  // As a host of files does: pages and scripts are fresh for some minutes, and answers to conditional requests are short.
  server = createServer((request, response) => {
    const path = new URL(request.url, "http://x").pathname;
    if (path === "/favicon.ico") return response.writeHead(404).end();
    const name = path.replace("/__selvedge/", "");
    const body = path === "/" ? Buffer.from(staticPage(site)) : name.startsWith("v1/") ? readFileSync(join(site.built, name)) : readFileSync(join(DIST, name));
    const etag = `"${createHash("sha256").update(body).digest("hex").slice(0, 16)}"`;
    const type = TYPES[path === "/" ? "html" : path.split(".").pop()] ?? "application/octet-stream";
    const headers = { "content-type": type, etag, "cache-control": cacheControl(name) };
    if (request.headers["if-none-match"] === etag) return response.writeHead(304, headers).end();
    response.writeHead(200, headers).end(body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${server.address().port}/`;
  browser = await startChromium();
});
after(async () => {
  await browser?.close();
  server?.closeAllConnections();
  server?.close();
  site?.close();
});

/** One visit with a network and one without; gives the decisions of both, what was touched, and warnings. */
async function visits(context, between = () => {}) {
  const page = await context.newPage();
  const warnings = [];
  page.on("console", (message) => message.type() === "warning" && warnings.push(message.text()));
  const decided = async () => {
    await page.waitForFunction(() => window.selvedge && Object.keys(selvedge.decisions()).length, null, { timeout: 10_000 });
    const shown = await page.evaluate(() => document.querySelector("[data-slot='request']")?.textContent ?? document.body.textContent);
    return { decisions: await page.evaluate(() => selvedge.decisions()), shown };
  };
  await page.goto(origin);
  const online = await decided();
  await context.setOffline(true);
  await between();
  await page.goto("about:blank");
  await page.goto(origin);
  const offline = await decided();
  return { page, online, offline, warnings };
}

test("a page that was visited once is decided without a network", async () => {
  // The page and its scripts are fresh; what names and holds the release is not.
  cacheControl = (name) => (name.startsWith("v1/") ? "max-age=0" : "max-age=600");
  const context = await browser.newContext();
  await context.addInitScript(watch);
  try {
    const { page, online, offline, warnings } = await visits(context);
    assert.equal(online.decisions["page.request"].content, "c/request");
    assert.deepEqual(offline, online);
    assert.deepEqual(warnings, []);
    const stores = await page.evaluate(async () => [...(await caches.keys()), ...Object.keys(localStorage), ...(await indexedDB.databases())]);
    assert.deepEqual([stores, await context.cookies()], [[], []], "the browser's own cache of files is all");
  } finally {
    await context.close();
  }
});

test("without a stored copy the page stays as it is, and says why", async () => {
  cacheControl = (name) => (name.startsWith("v1/") ? "no-store" : "max-age=600");
  const context = await browser.newContext();
  try {
    await assert.rejects(visits(context), /Timeout/);
    const [page] = context.pages();
    assert.deepEqual(await page.evaluate(() => selvedge.decisions()), {});
    assert.match(await page.evaluate(() => document.querySelector("[data-slot='inner']").textContent), /Origin/);
  } finally {
    await context.close();
  }
});

test("a stored release that has expired is refused without a network too", async () => {
  cacheControl = (name) => (name.startsWith("v1/") ? "max-age=0" : "max-age=600");
  const context = await browser.newContext();
  const threeDaysLater = () => {
    const { now } = Date;
    Date.now = () => now() + 3 * 86_400_000;
  };
  try {
    await assert.rejects(visits(context, () => context.addInitScript(threeDaysLater)), /Timeout/);
    const [page] = context.pages();
    const reason = page.evaluate(() => new Promise((resolve) => (selvedge.on("error", (error) => resolve(error.message)), selvedge.decide().catch(() => {}))));
    assert.match(await reason, /timestamp: expired/);
  } finally {
    await context.close();
  }
});

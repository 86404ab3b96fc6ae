// Ways by which Chromium gets a page that are no plain navigation: through a service worker, fetched ahead, from the HTTP cache. Behind them
// stands the Worker in workerd.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Response } from "miniflare";

import { startChromium } from "./support/chromium.mjs";
import { shop, startWorker } from "./support/worker.mjs";

let worker, url, browser, context, page;
const asked = [];

async function origin(request) {
  const { pathname } = new URL(request.url);
  asked.push([pathname, request.headers.get("sec-fetch-mode"), request.headers.get("sec-fetch-dest"), request.headers.get("sec-purpose")]);
  if (pathname === "/sw.js") return new Response("onfetch = (event) => event.respondWith(fetch(event.request)); onactivate = (event) => event.waitUntil(clients.claim());", { headers: { "content-type": "text/javascript" } });
  const answer = await shop(request);
  if (pathname !== "/ahead/") return answer;
  return new Response('<!doctype html><title>ahead</title><link rel="prefetch" href="/"><a href="/">Shop</a>', { headers: { "content-type": "text/html" } });
}

before(async () => {
  worker = await startWorker({ origin });
  url = (await worker.url()).origin;
  browser = await startChromium();
  context = await browser.newContext();
  page = await context.newPage();
});
after(async () => {
  await browser?.close();
  await worker?.stop();
});

/** What the page was made of: the slots that show something. */
const shown = () => page.evaluate(() => Object.entries(JSON.parse(document.getElementById("selvedge-page").textContent).page.decisions).filter(([, { content }]) => content !== null).map(([slot]) => slot));

test("a page that was fetched ahead is personalized when it is opened", async () => {
  await page.goto(`${url}/ahead/`);
  const fetched = () => asked.filter(([path]) => path === "/");
  for (let tries = 0; fetched().length === 0 && tries < 100; tries += 1) await page.waitForTimeout(50);
  assert.equal(fetched()[0]?.[3], "prefetch", JSON.stringify(asked));
  await page.waitForTimeout(300);
  await Promise.all([page.waitForURL(`${url}/`), page.click("a")]);
  assert.ok((await shown()).length > 0, JSON.stringify(asked));
});

test("the way back shows the page as it was decided", async () => {
  await page.goto(`${url}/`);
  const first = await shown();
  await page.goto(`${url}/knitwear/`);
  await page.goBack();
  assert.deepEqual(await shown(), first);
});

test("behind a service worker that passes navigations on, every page is personalized", async () => {
  await page.goto(`${url}/`);
  const before = await shown();
  assert.ok(before.length > 0);
  await page.evaluate(async () => {
    await navigator.serviceWorker.register("/sw.js");
    await navigator.serviceWorker.ready;
  });
  await page.waitForFunction(() => navigator.serviceWorker.controller);
  asked.length = 0;
  await page.goto(`${url}/`);
  const [, mode, dest] = asked.find(([path]) => path === "/");
  assert.deepEqual([mode, dest], ["navigate", "empty"], "it went through the service worker");
  assert.deepEqual(await shown(), before);
});

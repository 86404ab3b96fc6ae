// The whole way, on the real shop: the Worker in workerd, its pages in Chromium. Nothing is touched before there is permission, nothing is left
// after it was taken back, and the edge honours both at the very next request.
//
// SELVEDGE_SOAK=1 waits the minute after a withdrawal by the clock on the wall, not by the page's.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { Response } from "miniflare";

import { watch } from "./browser/fixture.mjs";
import { startChromium } from "./support/chromium.mjs";
import { shop, startWorker } from "./support/worker.mjs";

const PAGES = ["/", "/knitwear/", "/products/harbour-jumper/", "/cart/", "/help/"];
const FILES = new URL("../../examples/storefront/pages/", import.meta.url).pathname;
const TYPES = { ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".webp": "image/webp", ".jpg": "image/jpeg", ".png": "image/png", ".woff2": "font/woff2" };
/** The one look at the strictly necessary consent cookie, and public files. */
const allowed = ({ what, method, credentials }) => what === "cookie read" || (what === "fetch" && method === "GET" && credentials === "omit");

let worker, browser, url, context, page, sent;

before(async () => {
  worker = await startWorker({ origin, sdk: true });
  url = String(await worker.url()).replace(/\/$/, "");
  browser = await startChromium();
});
after(async () => {
  await browser?.close();
  await worker?.stop();
});
beforeEach(async () => {
  worker.logged.length = 0;
  // By its own name it is a program, whose events are only counted.
  const userAgent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
  context = await browser.newContext({ locale: "de-DE", userAgent, extraHTTPHeaders: { "x-selvedge-region": "DE" } });
  await context.addInitScript(watch);
  page = await context.newPage();
  sent = [];
  page.on("request", (request) => sent.push({ method: request.method(), url: request.url(), cookie: request.headers().cookie }));
});
afterEach(() => context.close());

/** The shop's own server: pages and what they need. */
async function origin(request) {
  const { pathname } = new URL(request.url);
  const type = TYPES[extname(pathname)];
  if (!type) return shop(request);
  const body = await readFile(join(FILES, pathname)).catch(() => null);
  return new Response(body, { status: body ? 200 : 404, headers: { "content-type": type } });
}

async function go(path) {
  await page.goto(url + path, { waitUntil: "networkidle" });
  await page.waitForFunction(() => window.selvedge);
}

const touched = () => page.evaluate(() => window.touched);
const cookies = async () => (await context.cookies()).map(({ name }) => name).sort();
const today = () => Math.floor(Date.now() / 86_400_000);
/** Everything that a browser can keep of a site. */
const kept = () =>
  page.evaluate(async () => ({
    cookie: document.cookie,
    local: localStorage.length,
    session: sessionStorage.length,
    databases: (await indexedDB.databases()).length,
    caches: isSecureContext ? (await caches.keys()).length : 0,
    workers: (await navigator.serviceWorker?.getRegistrations())?.length ?? 0,
  }));
const NOTHING = { cookie: "", local: 0, session: 0, databases: 0, caches: 0, workers: 0 };

test("before permission the shop touches nothing, page after page, and is still useful", async () => {
  const shown = [];
  for (const path of PAGES) {
    await go(path);
    await page.mouse.wheel(0, 2000);
    await wait(100);
    assert.deepEqual((await touched()).filter((touch) => !allowed(touch)), [], path);
    shown.push(...Object.entries(await page.evaluate(() => selvedge.decisions())).filter(([, { content }]) => content));
    assert.deepEqual(await kept(), NOTHING, path);
  }
  assert.deepEqual(await cookies(), []);
  assert.deepEqual(sent.filter(({ method, cookie }) => method !== "GET" || cookie), [], "no beacon, no cookie");
  assert.ok(sent.every(({ url: asked }) => asked.startsWith(url)), "nobody else was asked for anything");
  assert.ok(shown.some(([, { content }]) => content === "banner/eu"), "chosen from the request itself");
  // An open complaint is read as necessary, for whoever has one: it is declared to the shop, not found out.
  assert.ok(shown.every(([, { depth, experiment }]) => ["none", "contextual", "declared"].includes(depth) && experiment === null), JSON.stringify(shown));
  const lines = worker.logged.filter(({ kind }) => kind !== "reasons");
  assert.deepEqual(lines, [], "decisions are counted without an identity");
});

test("for a child the edge and the page both wait for a parent", async () => {
  await go("/");
  await page.locator("#consent [data-privacy=accept]").click();
  // The device knows something, and a string says that its user is a child.
  const known = { "selvedge-state": `visitor.visits_30d=6~${today()}&visitor.last_category=knitwear~${today()}`, __gpp: "DBABLA~CAAqAAAAAFBA.QA" };
  const remember = () => context.addCookies(Object.entries(known).map(([name, value]) => ({ name, value, url })));
  await remember();
  await go("/");
  const KNOWN = "hero/continue-knitwear";
  /** Whether the page shows what only the device knows. Whatever the season shows to everybody says nothing. */
  const hero = async () => (await page.evaluate(() => selvedge.decisions()))["home.hero"].content === KNOWN;
  const personalized = () => page.evaluate(() => selvedge.consent.get().grants.personalization);
  /** What the engine of the device decides for the page that the edge has decided. */
  const again = async () => (await page.evaluate(() => selvedge.decide()))["home.hero"].content === KNOWN;
  assert.deepEqual([await personalized(), await hero()], [false, false], "the child agreed");
  assert.equal(await again(), false);
  assert.deepEqual((await context.cookies()).filter(({ name }) => name === "selvedge-state"), [], "what may not be kept is gone");

  await page.evaluate(() => selvedge.consent.set({ personalization: "parent" }));
  assert.equal(await personalized(), true, "a parent agreed");
  await remember();
  assert.equal(await again(), true);
  await go("/");
  assert.deepEqual([await personalized(), await hero()], [true, true], "the edge reads who agreed in the cookie");

  await page.evaluate(() => selvedge.consent.set({ personalization: true }));
  assert.equal(await personalized(), false, "a later word of the child stands in place of the parent's");
  await go("/");
  assert.deepEqual([await personalized(), await hero()], [false, false]);
});

test("after withdrawal nothing is left, sent or written, and the next request is control", async () => {
  const state = `visitor.visits_30d=6~${today()}&visitor.last_category=knitwear~${today()}`;
  await go("/");
  await page.locator("#consent [data-privacy=accept]").click();
  await context.addCookies([{ name: "selvedge-state", value: state, url }]);
  await go("/");
  assert.equal((await page.evaluate(() => selvedge.decisions()))["home.hero"].content, "hero/continue-knitwear");
  const origin = (await (await shop(new Request(`${url}/`))).text()).replaceAll("\r", "");

  const posted = [];
  page.on("request", (request) => request.method() === "POST" && posted.push(request.url()));
  if (!process.env.SELVEDGE_SOAK) await page.clock.install();
  const now = await page.evaluate(() => {
    selvedge.track("seen");
    document.querySelector("#privacy [data-privacy=withdraw]").click();
    // Read in the same task.
    const seen = { cookie: document.cookie, hero: document.querySelector("[data-slot='home.hero']").innerHTML };
    window.touched.length = 0;
    return seen;
  });
  assert.match(now.cookie, /^selvedge-consent=v=1&epoch=2&day=\d+(&\w+=0){6}$/, "only the answer is left");
  assert.ok(!now.hero.includes("selvedge:"), now.hero);
  assert.ok(origin.includes(now.hero.trim()), "the origin's own hero, byte for byte");

  await page.evaluate(() => selvedge.track("seen"));
  if (process.env.SELVEDGE_SOAK) await wait(60_000);
  else await page.clock.runFor(60_000);
  await page.evaluate(() => (dispatchEvent(new Event("pagehide")), document.dispatchEvent(new Event("visibilitychange"))));
  await wait(300);
  assert.deepEqual((await touched()).filter(({ what }) => what !== "cookie read" && what !== "fetch"), []);
  assert.deepEqual((await touched()).filter(({ what, credentials }) => what === "fetch" && credentials !== "omit"), []);
  assert.deepEqual(posted, [], "no beacon");
  assert.deepEqual(await kept(), { ...NOTHING, cookie: now.cookie });
  assert.deepEqual(await cookies(), ["selvedge-consent"]);

  worker.logged.length = 0;
  await go("/");
  const hero = (await page.evaluate(() => selvedge.decisions()))["home.hero"];
  assert.deepEqual([hero.content, hero.detail], [null, "CONSENT_WITHDRAWN"]);
  assert.equal((await page.evaluate(() => selvedge.consent.get().said)).personalization, false);
  const { slots } = await worker.line("reasons");
  assert.equal(slots.find(({ slot }) => slot === "home.hero").detail, "CONSENT_WITHDRAWN");
  assert.ok(!(await page.locator("#consent").isVisible()), "nobody asks again");
});

test("an event reaches the log under a pseudonym where consent covers one, and only while it does", async () => {
  await go("/");
  await page.locator("#consent [data-privacy=accept]").click();
  const id = "0123456789abcdef0123456789abcdef";
  await context.addCookies([{ name: "selvedge-id", value: id, url }]);
  await go("/");
  const noted = await page.evaluate(() => {
    const noted = selvedge.track("added-to-basket", { product: "harbour-jumper", pieces: 2 });
    dispatchEvent(new Event("pagehide"));
    return noted;
  });
  assert.equal(noted, true);
  const { name, detail, unit, id: logged, at } = await worker.line("event");
  assert.deepEqual({ name, detail, unit }, { name: "added-to-basket", detail: { pieces: 2, product: "harbour-jumper" }, unit: "visitor" });
  assert.match(logged, /^[0-9a-f]{32}$/);
  assert.notEqual(logged, id, "a pseudonym");
  assert.match(at, /^\d{4}-\d\d-\d\d$/, "to the day");

  // What breaks a rule of the shop's events.toml is a number.
  worker.logged.length = 0;
  await page.evaluate(() => {
    for (const pieces of [0, -1]) selvedge.track("added-to-basket", { product: "harbour-jumper", pieces });
    selvedge.track("added-to-cart");
    dispatchEvent(new Event("pagehide"));
  });
  await worker.line("refused");
  const refused = worker.logged.filter(({ kind }) => kind === "refused").map(({ rule, events }) => [rule, events]);
  assert.deepEqual(refused, [["unknown_kind", 1], ["out_of_range", 2]]);

  // One that was on its way when permission was taken back.
  worker.logged.length = 0;
  const late = await page.evaluate(async () => {
    const { epoch } = selvedge.consent.get();
    selvedge.consent.withdraw();
    const answer = await fetch("/__selvedge/beacon", { method: "POST", body: JSON.stringify({ v: 1, events: [{ name: "late", at: Date.now(), epoch, detail: {} }] }) });
    return answer.status;
  });
  assert.equal(late, 204);
  const { rule, events } = await worker.line("refused");
  assert.deepEqual([rule, events], ["consent", 1]);
  assert.ok(!worker.logged.some(({ kind }) => kind === "event"));
});

test("beacons that are none of ours are turned away", async () => {
  const send = (init) => worker.send("/__selvedge/beacon", { method: "POST", body: "{}", ...init });
  for (const headers of [{ "sec-fetch-site": "cross-site" }, { origin: "https://evil.example" }, { origin: "null" }]) {
    assert.equal((await send({ headers })).status, 403, JSON.stringify(headers));
  }
  assert.equal((await send({ method: "GET", body: undefined })).status, 405);
  assert.equal((await send({ body: "{" })).status, 400);
  assert.equal((await send({ body: "x".repeat(20_000) })).status, 413);
  // One that does not say how long it is.
  const unmeasured = (chunks) => new ReadableStream({ pull: (stream) => (chunks-- > 0 ? stream.enqueue(new Uint8Array(1024).fill(32)) : stream.close()) });
  assert.equal((await send({ body: unmeasured(20), duplex: "half" })).status, 413);
  assert.equal((await send({ body: unmeasured(10), duplex: "half" })).status, 400);
  assert.equal((await send({ body: JSON.stringify({ v: 1, events: [] }) })).status, 204);
});

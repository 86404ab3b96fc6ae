// A site on static hosting: no edge decides, and none is told. The platform speaks, the device decides, and a withdrawal gives everything back.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { chromium } from "playwright-core";

import { start, staticPage, watch } from "./browser/fixture.mjs";
import { script, tcString } from "./browser/platforms.mjs";

const startTcf = () => (window.platform = new Platforms.Tcf(10, 1, true));
const YES = tcString({ core: [1, 6, 8, 11], publisher: [1, 6, 8, 11] });
const NO = tcString({ core: [], publisher: [] });

let browser, site, platforms, context, page, errors, methods;

before(async () => {
  [site, platforms] = await Promise.all([start(), script()]);
  site.pages["/"] = staticPage(site);
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"] });
});
after(async () => {
  await browser?.close();
  site?.close();
});
beforeEach(async () => {
  context = await browser.newContext();
  await context.addInitScript(watch);
  await context.addInitScript(platforms);
  page = await context.newPage();
  [errors, methods] = [[], new Set()];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  page.on("request", (request) => methods.add(request.method()));
});
afterEach(async () => {
  await context.close();
  assert.deepEqual(errors, []);
  assert.deepEqual([...methods], ["GET"], "nobody is there to take a beacon");
});

async function go(before) {
  if (before) await page.addInitScript(before);
  await page.goto(`${site.origin}/`);
  await page.waitForFunction(() => window.selvedge && Object.keys(selvedge.decisions()).length);
}

const touched = () => page.evaluate(() => window.touched);
const shown = () => page.evaluate(() => document.querySelector("[data-slot='inner']").textContent.trim());
const grants = () => page.evaluate(() => Object.entries(selvedge.consent.get().grants).filter(([, yes]) => yes).map(([purpose]) => purpose));
const granted = () => page.waitForFunction(() => selvedge.consent.get().grants.personalization);
const cookies = async () => (await context.cookies()).map(({ name }) => name).sort();
const update = (text, asks) => page.evaluate(([text, asks]) => platform.update(text, asks), [text, asks]);
const allowed = ({ what, method, credentials }) => what === "cookie read" || (what === "fetch" && method === "GET" && credentials === "omit");

test("before permission the page is personal only as far as the request goes, and the device is not touched", async () => {
  await go(startTcf);
  await update(YES, true);
  await page.waitForTimeout(300);
  assert.deepEqual((await touched()).filter((touch) => !allowed(touch)), []);
  assert.deepEqual(await cookies(), []);
  assert.deepEqual(await grants(), ["necessary", "contextual"]);
  const decisions = await page.evaluate(() => selvedge.decisions());
  assert.equal(decisions["page.request"].content, "c/request");
  assert.deepEqual([decisions["page.inner"].content, decisions["page.inner"].detail], [null, "CONSENT_WITHHELD"]);
  assert.match(await shown(), /^Origin/);
});

test("the platform grants, the device remembers and decides; it takes back, and the page is the origin's own in that task", async () => {
  await go(startTcf);
  await update(YES, true);
  const origin = await page.evaluate(() => document.querySelector("[data-slot='inner']").innerHTML);
  await update(YES, false);
  assert.deepEqual(await grants(), ["necessary", "contextual", "analytics", "personalization", "storage"]);
  assert.equal(await page.evaluate(() => selvedge.set("visitor.visits_30d", 6)), true);
  assert.equal(await page.evaluate(() => selvedge.track("seen")), false, "no beacon without somebody to take it");
  await page.evaluate(() => selvedge.decide());
  assert.match(await shown(), /^new inner/);
  assert.deepEqual(await cookies(), ["selvedge-consent", "selvedge-id", "selvedge-state"]);

  const after = await page.evaluate((text) => {
    platform.update(text, true);
    platform.update(text, false);
    return { inner: document.querySelector("[data-slot='inner']").innerHTML, cookie: document.cookie };
  }, NO);
  assert.equal(after.inner, origin);
  assert.match(after.cookie, /^selvedge-consent=[^;]*personalization=0[^;]*$/);
  await page.waitForTimeout(300);
  assert.deepEqual(await cookies(), ["selvedge-consent"]);
  assert.match(await shown(), /^Origin/);
});

test("what the platform knows from before is heard before the first decision, so the page changes once", async () => {
  await context.addCookies([{ name: "selvedge-state", value: `visitor.visits_30d=6~${Math.floor(Date.now() / 864e5)}`, url: site.origin }]);
  await page.addInitScript(() => document.addEventListener("selvedge:change", ({ detail }) => (window.changes ??= []).push(detail.slots.includes("page.inner"))));
  await page.addInitScript(startTcf);
  await go(`platform.update(${JSON.stringify(YES)}, false)`);
  await page.waitForFunction(() => document.querySelector("[data-slot='inner']").textContent.includes("new inner"));
  await page.waitForTimeout(200);
  assert.deepEqual(await page.evaluate(() => window.changes), [true]);
});

test("a decision that a later one has overtaken changes nothing", async () => {
  let release, reached;
  const held = new Promise((resolve) => (release = resolve));
  const waiting = new Promise((resolve) => (reached = resolve));
  // The first decision waits for its content, and the platform speaks meanwhile.
  await page.route(/__selvedge\/v1\/test\/b\//, async (route) => {
    const answer = await route.fetch();
    if ((await answer.body()).includes("new inner")) {
      reached();
      await held;
    }
    await route.fulfill({ response: answer });
  });
  await page.addInitScript(() => document.addEventListener("selvedge:change", ({ detail }) => (window.changes ??= []).push(detail.slots.includes("page.inner"))));
  await page.addInitScript(startTcf);
  await page.goto(`${site.origin}/`);
  await waiting;
  await update(YES, false);
  await granted();
  const later = page.evaluate(() => {
    selvedge.set("visitor.visits_30d", 6);
    return selvedge.decide();
  });
  await page.waitForTimeout(200);
  release();
  await later;
  assert.match(await shown(), /^new inner/);
  assert.deepEqual(await page.evaluate(() => window.changes), [true], "the page changes once");
  assert.equal((await page.evaluate(() => selvedge.decisions()))["page.inner"].content, "c/inner");
});

test("Usercentrics is heard by the table that consent.toml has for it", async () => {
  await go();
  const say = (type, given) => page.evaluate(([type, given]) => void dispatchEvent(new CustomEvent("ucEvent", { detail: { event: "consent_status", type, "Our shop window": given } })), [type, given]);
  await page.waitForTimeout(200);
  await say("implicit", true);
  assert.deepEqual(await grants(), ["necessary", "contextual"]);
  await say("explicit", true);
  assert.deepEqual(await grants(), ["necessary", "contextual", "personalization", "storage"]);
  await say("explicit", false);
  assert.deepEqual(await grants(), ["necessary", "contextual"]);
});

test("a grant that is older than the law lets it be is silence, and a denial is none the less one", async () => {
  const day = Math.floor(Date.now() / 864e5) - 396;
  await context.addCookies([{ name: "selvedge-consent", value: `v=1&epoch=4&day=${day}&personalization=1&storage=1&contextual=0`, url: site.origin }]);
  await go();
  assert.deepEqual(await grants(), ["necessary"]);
  assert.equal(await page.evaluate(() => selvedge.set("visitor.visits_30d", 6)), false);
  await page.evaluate(() => selvedge.consent.set({ personalization: true }));
  assert.deepEqual(await grants(), ["necessary", "personalization"], "only what is said again");
});

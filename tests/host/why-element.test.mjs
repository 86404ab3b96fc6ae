// "Why am I seeing this?" in a real browser, on the shop as `selvedge serve` shows it: by keyboard, by roles and names, and with consequences.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { chromium } from "playwright-core";

const REPOSITORY = new URL("../../", import.meta.url).pathname;
const CSP = "default-src 'self'; script-src 'self'; style-src 'self'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
const NAME = "Why am I seeing this? About “the top of this page”";

let serve;
let origin;
let browser;
let page;
let errors;

before(async () => {
  const selvedge = process.env.SELVEDGE ?? join(REPOSITORY, "target/debug/selvedge");
  serve = spawn(selvedge, ["serve", join(REPOSITORY, "examples/storefront"), "--port", "0"], { stdio: ["ignore", "ignore", "pipe"] });
  for await (const line of createInterface(serve.stderr)) {
    origin = /^\s*pages\s+(http:\/\/[^/\s]+)/.exec(line)?.[1];
    if (origin) break;
  }
  serve.stderr.resume();
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"] });
});
after(async () => {
  await browser?.close();
  serve?.kill();
});
beforeEach(async () => {
  page = await browser.newPage({ viewport: { width: 1000, height: 800 } });
  errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
});
afterEach(() => page.close());

async function go(visitor) {
  await page.goto(`${origin}/?selvedge-visitor=${visitor}&selvedge-now=2026-12-01T09:00:00Z`);
  await page.waitForFunction(() => window.selvedge && customElements.get("selvedge-why"));
}

const button = () => page.getByRole("button", { name: NAME });
const dialog = () => page.getByRole("dialog", { name: "Why am I seeing this?" });
const filled = () => dialog().getByRole("heading", { name: "How to object" }).waitFor();
const focused = () => page.evaluate(() => document.activeElement.shadowRoot?.activeElement?.textContent ?? document.activeElement.tagName);
const told = async () => (await fetch(`${origin}/.well-known/personalization`)).json();

test("the keyboard opens it, stays inside, closes it and comes back", async () => {
  await go("returning-de");
  await button().focus();
  await page.keyboard.press("Enter");
  await filled();
  assert.equal(await focused(), "Close", "the focus is inside");
  for (let turn = 0; turn < 6; turn += 1) {
    await page.keyboard.press("Tab");
    const inside = await page.evaluate(() => document.activeElement === document.body || document.activeElement.localName === "selvedge-why");
    assert.ok(inside, "the page behind cannot be reached");
  }
  await page.keyboard.press("Escape");
  await dialog().waitFor({ state: "hidden" });
  assert.equal(await focused(), "Why am I seeing this?", "the focus is back on the button");
  assert.deepEqual(errors, []);
});

test("everything in it has a role and a name, and says what the site's own file says", async () => {
  await go("returning-de");
  await button().click();
  await filled();
  const seen = await dialog().ariaSnapshot();
  assert.match(seen, /dialog "Why am I seeing this\?"/);
  for (const heading of ["Why am I seeing this?", "What was looked at", "What it is used for", "How to object"]) assert.ok(seen.includes(`heading "${heading}"`), `${heading}\n${seen}`);
  for (const name of ["Stop this use", "Close"]) assert.ok(seen.includes(`button "${name}"`), seen);
  const text = await dialog().innerText();
  const site = await told();
  const personalization = site.purposes.find(({ purpose }) => purpose === "personalization");
  assert.ok(text.includes(personalization.text), "the sentence of the purpose");
  assert.ok(text.includes(site.objection.text) && text.includes(site.controller.name));
  assert.ok(text.includes("Visits in the last 30 days, this one not counted (from this device, at most 30 days old)"), text);
  const consent = readFileSync(join(REPOSITORY, "examples/storefront/consent.toml"), "utf8");
  assert.ok(consent.includes(personalization.text), "which is that of consent.toml");
  const tall = await dialog().evaluate((element) => [...element.querySelectorAll("button")].filter((one) => !one.hidden).map((one) => one.getBoundingClientRect().height));
  assert.ok(tall.every((height) => height >= 24), `targets are at least 24 pixels (WCAG 2.2, 2.5.8): ${tall}`);
});

test("stopping the use takes the permission back and restores the slot", async () => {
  await go("returning-de");
  assert.equal(await page.evaluate(() => selvedge.consent.get().grants.personalization), true);
  const before = await page.locator("[data-slot='home.hero']").innerText();
  await button().click();
  await filled();
  await dialog().getByRole("button", { name: "Stop this use" }).click();
  assert.match(await dialog().innerText(), /This use has stopped/);
  assert.equal(await page.evaluate(() => selvedge.consent.get().grants.personalization), false);
  assert.notEqual(await page.locator("[data-slot='home.hero']").innerText(), before, "the origin's own content is back");
  assert.deepEqual(errors, []);
});

test("a preference centre can take over", async () => {
  await go("returning-de");
  await page.evaluate(() => document.addEventListener("selvedge:object", (event) => (event.preventDefault(), (window.asked = event.detail))));
  await button().click();
  await filled();
  await dialog().getByRole("button", { name: "Stop this use" }).click();
  assert.deepEqual(await page.evaluate(() => window.asked), { slot: "home.hero", purpose: "personalization" });
  assert.equal(await page.evaluate(() => selvedge.consent.get().grants.personalization), true, "it asks by itself");
});

test("where nothing was chosen it says so, and offers nothing to stop", async () => {
  await go("first-visit-de");
  await page.evaluate(() => document.querySelector("selvedge-why").setAttribute("for", "no.such.slot"));
  await button().click();
  await filled();
  assert.match(await dialog().innerText(), /Everybody sees this here\. Nothing about you was used\./);
  assert.equal(await dialog().getByRole("button", { name: "Stop this use" }).count(), 0);
});

test("where a permission is missing it says that, and not that nothing mattered", async () => {
  await go("first-visit-de");
  await button().click();
  await filled();
  assert.match(await dialog().innerText(), /This is what everybody sees\. What could change it needs a permission that has not been given\./);
  assert.equal(await dialog().getByRole("button", { name: "Stop this use" }).count(), 0);
});

test("it fetches one public file, only once it is opened, and needs no inline style", async () => {
  const asked = [];
  page.on("request", (request) => request.url().includes("well-known") && asked.push(request));
  await page.route(`${origin}/?*`, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, headers: { ...response.headers(), "content-security-policy": CSP } });
  });
  const blocked = [];
  page.on("console", (message) => message.type() === "error" && /why-element|style/i.test(message.text()) && blocked.push(message.text()));
  await go("returning-de");
  assert.equal(asked.length, 0);
  await button().click();
  await filled();
  assert.equal(asked.length, 1);
  assert.equal((await asked[0].allHeaders()).cookie, undefined, "without cookies");
  const border = await dialog().evaluate((element) => getComputedStyle(element).borderRadius);
  assert.equal(border, "8px", "its style sheet is in force under a strict policy");
  assert.deepEqual(blocked, []);
  await dialog().getByRole("button", { name: "Close" }).click();
  await button().click();
  await filled();
  assert.equal(asked.length, 1, "and once");
});

test("a failure is said, and the next time is another chance", async () => {
  await go("returning-de");
  await page.route("**/.well-known/personalization", (route) => route.fulfill({ status: 503 }));
  await button().click();
  await dialog().getByText("could not be fetched").waitFor();
  await page.keyboard.press("Escape");
  await page.unroute("**/.well-known/personalization");
  await button().click();
  await filled();
});

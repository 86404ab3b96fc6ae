// The example shop as a newcomer meets it: what they permit changes the pages, and what they take back changes them back.

import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";

import { startChromium } from "./support/chromium.mjs";
import { startPreview } from "./support/preview.mjs";

const REPOSITORY = join(dirname(fileURLToPath(import.meta.url)), "../..");
const OWN = "Wool that gets better with weather";

let server, browser, context, page, errors;

before(async () => {
  server = await startPreview(join(REPOSITORY, "examples/storefront"));
  browser = await startChromium();
});
after(async () => {
  await browser?.close();
  server?.kill();
});
beforeEach(async () => {
  await context?.close();
  context = await browser.newContext();
  page = await context.newPage();
  errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
});

const go = (path) => page.goto(server.origin + path, { waitUntil: "load" });
const hero = () => page.textContent("[data-slot='home.hero'] h1");
const button = () => page.textContent("[data-slot='product.cta']");
const kept = async () => (await context.cookies()).map(({ name }) => name).sort();
async function withdraw() {
  await page.click("footer [data-privacy=open]");
  await page.click("[data-privacy=withdraw]");
}

test("a stranger accepts, looks at the knitwear, and the front page begins there; withdrawn, it is the shop's own at once", async () => {
  await go("/");
  assert.equal(await hero(), OWN);
  await page.click("#consent [data-privacy=accept]");
  await page.click("a.button[href='/knitwear/']");
  await page.waitForFunction(() => document.cookie.includes("visitor.last_category"));
  await go("/");
  assert.equal(await hero(), "Back to the jumpers?");
  await withdraw();
  assert.equal(await hero(), OWN);
  assert.ok(!(await kept()).some((name) => ["selvedge-state", "selvedge-id"].includes(name)));
  await go("/");
  assert.equal(await hero(), OWN);
  assert.deepEqual(errors, []);
});

test("one more piece in the basket changes the button on the same page, and a withdrawal changes it back", async () => {
  await go("/products/harbour-jumper/");
  await page.click("#consent [data-privacy=accept]");
  assert.equal(await button(), "Add to basket");
  await page.click("[data-add]");
  await page.waitForFunction(() => document.querySelector("[data-add]").textContent === "Add to the same parcel");
  await withdraw();
  assert.equal(await button(), "Add to basket");
  assert.deepEqual(errors, []);
});

test("who rejects, or says nothing, leaves nothing behind and sees the shop's own pages", async () => {
  for (const answer of [null, "reject"]) {
    await go("/knitwear/");
    if (answer) await page.click(`#consent [data-privacy=${answer}]`);
    await go("/products/harbour-jumper/");
    await page.click("[data-add]");
    await page.waitForTimeout(200);
    assert.equal(await button(), "Add to basket");
    await go("/");
    assert.equal(await hero(), OWN);
    assert.ok(!(await kept()).some((name) => ["selvedge-state", "selvedge-id"].includes(name)));
  }
  assert.deepEqual(errors, []);
});

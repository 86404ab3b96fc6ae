// "Why am I seeing this?" in a real browser, on the shop as `selvedge serve` shows it: by keyboard, by roles and names, and with consequences.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";

import { startChromium } from "./support/chromium.mjs";
import { startPreview } from "./support/preview.mjs";

const REPOSITORY = new URL("../../", import.meta.url).pathname;
const CSP = "default-src 'self'; script-src 'self'; style-src 'self'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const NAME = "Why am I seeing this? About “the top of this page”";

let serve;
let origin;
let browser;
let page;
let errors;

before(async () => {
  serve = await startPreview(join(REPOSITORY, "examples/storefront"));
  origin = serve.origin;
  browser = await startChromium();
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
  // In winter this visitor is in a test of the same slot once nothing personal is read. A known id is in its control.
  await page.context().addCookies([{ name: "selvedge-id", value: "01".repeat(16), url: origin }]);
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
  await dialog().getByText("This use has stopped. What you see was put back.").waitFor();
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
  assert.deepEqual(await page.evaluate(() => window.asked), { slot: "home.hero", purposes: ["personalization"] });
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

const about = (slot) => page.evaluate((slot) => document.querySelector("selvedge-why").setAttribute("for", slot), slot);
const press = (name) => dialog().getByRole("button", { name }).click();
const sentence = (site, wanted) => site.purposes.find(({ purpose }) => purpose === wanted).text;

test("what only the request and the page said names nothing else, and can be stopped", async () => {
  await go("first-visit-de");
  await about("home.banner");
  const banner = () => page.locator("[data-slot='home.banner']").innerText();
  assert.match(await banner(), /^Lieferung in 4 bis 6 Tagen/);
  await button().click();
  await filled();
  const [text, site] = [await dialog().innerText(), await told()];
  assert.match(text, /Country of the network address/);
  for (const other of ["personalization", "analytics", "sensitive"]) assert.ok(!text.includes(sentence(site, other)), other);
  await press("Stop this use");
  await dialog().getByText("What you see was put back.").waitFor();
  assert.equal(await banner(), "Free delivery in the UK over £75. Sixty days to change your mind.");
  assert.equal(await page.evaluate(() => selvedge.consent.get().grants.contextual), false);
});

test("sensitive data comes with the sentence of its own purpose, and only that purpose is taken back", async () => {
  await go("skin-de");
  await about("home.recommendations");
  await page.evaluate(() => document.addEventListener("selvedge:object", ({ detail }) => (window.asked = detail.purposes)));
  await button().click();
  await filled();
  const [text, site] = [await dialog().innerText(), await told()];
  assert.ok(text.includes(sentence(site, "sensitive")) && text.includes("This is sensitive data."), text);
  assert.ok(!text.includes(sentence(site, "personalization")), "nothing was read for it");
  await press("Stop this use");
  await dialog().getByText("This use has stopped.").waitFor();
  assert.deepEqual(await page.evaluate(() => window.asked), ["sensitive"]);
  const { grants } = await page.evaluate(() => selvedge.consent.get());
  assert.deepEqual([grants.sensitive, grants.personalization], [false, true]);
});

test("a test comes with the sentence of counting and its cookie, and to stop it is not to be counted", async () => {
  await go("new-de");
  await about("home.recommendations");
  await button().click();
  await filled();
  await dialog().getByText("Who gets this data").first().click();
  const [text, site] = [await dialog().innerText(), await told()];
  for (const said of ["It is part of a test of 3 versions, called “first-shelf”.", sentence(site, "analytics"), "selvedge-id, for 395 days"]) assert.ok(text.includes(said), text);
  await press("Stop this use");
  await dialog().getByText("This use has stopped.").waitFor();
  assert.equal(await page.evaluate(() => selvedge.consent.get().grants.analytics), false);
  assert.ok(!(await dialog().innerText()).includes("It is part of a test"));
});

test("after a denial it says that something is off, with the device's engine and without", async () => {
  for (const isHere of [true, false]) {
    await page.route(`${origin}/?*`, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: (await response.text()).replace(' data-decide="device"', isHere ? "$&" : "") });
    });
    await go("returning-de");
    await page.evaluate(async (isHere) => (selvedge.consent.withdraw(), isHere && (await selvedge.decide())), isHere);
    await button().click();
    await filled();
    assert.match(await dialog().innerText(), /What could change it is off, because you or your browser said no\./, `${isHere}`);
    await page.unroute(`${origin}/?*`);
  }
});

test("what is strictly necessary cannot be stopped, and it says so", async () => {
  await go("complaint-de");
  await about("home.banner");
  await button().click();
  await filled();
  assert.match(await dialog().innerText(), /What is strictly necessary cannot be stopped here\./);
  assert.equal(await dialog().getByRole("button", { name: "Stop this use" }).count(), 0);
  await dialog().getByText("Who gets this data").first().click();
  const [text, site] = [await dialog().innerText(), await told()];
  assert.ok(text.includes("Kentmere CRM Ltd: Keeps complaints and the skin survey.") && text.includes("Data goes to US (Cloudflare, Inc.)."), text);
  for (const said of [site.controller.officer, site.controller.authority, ...site.rights.map((one) => one.text)]) assert.ok(text.includes(said), said);
});

test("a use that goes on is not said to have stopped", async () => {
  await go("returning-de");
  await page.evaluate(() => (selvedge.consent.set = () => {}));
  await button().click();
  await filled();
  await press("Stop this use");
  await dialog().getByText("This use could not be stopped here.").waitFor();
  assert.ok(await dialog().getByRole("button", { name: "Stop this use" }).isVisible(), "it can be tried again");
});

test("without the engine the slot is put back, and nothing is fetched for it", async () => {
  await page.route(`${origin}/?*`, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: (await response.text()).replace(' data-decide="device"', "") });
  });
  const asked = [];
  page.on("request", (request) => asked.push(request.url()));
  await go("returning-de");
  await button().click();
  await filled();
  await press("Stop this use");
  await dialog().getByText("This use has stopped. What you see was put back.").waitFor();
  assert.match(await page.locator("[data-slot='home.hero']").innerText(), /Wool that gets better with weather/);
  assert.ok(!asked.some((url) => /engine\.js|wasm/.test(url)), asked.join(" "));
});

test("on a German page it speaks German, and no checker of accessibility finds a fault", async () => {
  const faults = async () => (await page.evaluate(() => axe.run("selvedge-why", { resultTypes: ["violations"] }))).violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`);
  for (const [lang, name, stop, details] of [["en", "Why am I seeing this?", "Stop this use", "Who gets this data"], ["de-AT", "Warum sehe ich das?", "Diese Nutzung beenden", "Wer diese Daten bekommt"]]) {
    await page.route(`${origin}/?*`, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: (await response.text()).replace('<html lang="en-GB">', `<html lang="${lang}">`) });
    });
    for (const [width, height] of [[360, 740], [1280, 900]]) {
      await page.setViewportSize({ width, height });
      await go("returning-de");
      await page.addScriptTag({ path: AXE });
      await page.locator("selvedge-why").getByRole("button").click();
      const open = page.getByRole("dialog", { name });
      await open.getByRole("button", { name: stop }).waitFor();
      const texts = (await told()).purposes.find(({ purpose }) => purpose === "personalization");
      assert.ok((await open.innerText()).includes(lang === "en" ? texts.text : texts.texts.de), lang);
      assert.deepEqual(await faults(), [], `${lang} ${width}`);
      await open.getByText(details).first().focus();
      await page.keyboard.press("Enter");
      assert.deepEqual(await faults(), [], `${lang} ${width}, unfolded`);
      const [inner, outer] = await open.evaluate((element) => [element.scrollWidth, element.clientWidth]);
      assert.ok(inner <= outer, `nothing is cut off at ${width} pixels`);
      if (process.env.SHOTS) await open.evaluate((element) => (element.scrollTop = 0)).then(() => page.screenshot({ path: `${process.env.SHOTS}/why-${lang}-${width}.png` }));
      await open.getByRole("button", { name: stop }).click();
      await open.getByText(lang === "en" ? "This use has stopped." : "Diese Nutzung ist beendet.").waitFor();
      if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/why-${lang}-${width}-stopped.png` });
      assert.deepEqual(await faults(), [], `${lang} ${width}, stopped`);
    }
    await page.unroute(`${origin}/?*`);
  }
});

// ---- the dialog against the engine

const REGIONS = ["DE", "FR", "GB", "CH", "BR", "JP", "US", "US-CA", "CA", "ZZ"];
const OPTIONAL = ["functional", "analytics", "personalization", "advertising", "sensitive", "storage"];
/** What the visitor and the browser say: nothing, the signal alone, yes, yes with the signal, no. */
const STATES = [[null, false], [null, true], [true, false], [true, true], [false, false]];
const PATHS = { "home.": "/", "category.": "/knitwear/", "product.": "/products/harbour-jumper/", "cart.": "/cart/", "help.": "/help/" };

/** A page with the elements of every slot, and a dialog. The block is the preview's. */
async function open(query, body) {
  await page.route(`${origin}/?*`, async (route) => {
    const response = await route.fetch();
    const [block] = /<script[^>]*id="selvedge-page"[^]*?<\/script>/.exec(await response.text());
    const scripts = ['loader.js" data-decide="device', "why-element.js"].map((name) => `<script type="module" src="/__selvedge/${name}"></script>`);
    await route.fulfill({ response, body: `<!doctype html><html lang="en"><head><title>All slots</title>${scripts.join("")}</head><body>${body}${block}</body></html>` });
  });
  await page.goto(`${origin}/?${query}`);
  await page.waitForFunction(() => window.selvedge && customElements.get("selvedge-why"));
  await page.unroute(`${origin}/?*`);
}

test("in ten regions, five states and all slots, it says what the engine read, and stops it or says that it cannot", async () => {
  const site = await told();
  const slots = [...new Set(site.experiences.map(({ slot }) => slot))];
  assert.equal(slots.length, 11);
  const body = `${slots.map((slot) => `<p><a href="#own" data-slot="${slot}">own</a></p>`).join("")}<selvedge-why for=""></selvedge-why>`;
  const counts = {};
  for (const region of REGIONS) {
    await open(`selvedge-region=${region}&selvedge-now=2026-12-01T09:00:00Z`, body);
    for (const one of await page.evaluate(drive, { slots, PATHS, STATES, OPTIONAL })) {
      judge(one, site, `${region} ${one.state} ${one.slot}\n${one.text}\n${one.after ?? ""}`);
      const end = one.stop ? /This use has stopped\. What you see \w+ \w+/.exec(one.after)?.[0] : "no stop";
      counts[end] = (counts[end] ?? 0) + 1;
    }
  }
  assert.equal(Object.values(counts).reduce((sum, count) => sum + count), REGIONS.length * STATES.length * slots.length);
  assert.ok(counts["This use has stopped. What you see was put"] > 200 && counts["no stop"] > 50, JSON.stringify(counts));
  assert.deepEqual(errors, []);
});

/** In the page: asks about every slot as it is decided, and stops what can be stopped. */
async function drive({ slots, PATHS, STATES, OPTIONAL }) {
  const element = document.querySelector("selvedge-why");
  const shadow = element.shadowRoot;
  const [dialog, status] = [shadow.querySelector("dialog"), shadow.querySelector("[role=status]")];
  const stop = [...shadow.querySelectorAll("button")].find((one) => one.textContent === "Stop this use");
  const day = Math.floor(Date.now() / 864e5);
  const values = { "visitor.visits_30d": 4, "visitor.last_category": "knitwear", "visitor.cart_items": 4, "visitor.cart_minor": 16000, "visitor.favourite_colours": "moss" };
  const kept = Object.entries(values).map(([name, value]) => `${name}=${value}~${day}`).join("&");
  const seen = [];
  for (const [choice, gpc] of STATES) {
    Object.defineProperty(navigator, "globalPrivacyControl", { value: gpc, configurable: true });
    for (const slot of slots) {
      selvedge.consent.set({ contextual: null, ...Object.fromEntries(OPTIONAL.map((purpose) => [purpose, choice])) });
      if (selvedge.consent.get().grants.storage) document.cookie = `selvedge-state=${kept}; Path=/`;
      history.replaceState(null, "", Object.entries(PATHS).find(([begin]) => slot.startsWith(begin))[1] + location.search);
      await selvedge.decide();
      const one = { slot, state: `${choice} ${gpc}`, before: selvedge.decisions()[slot], grants: selvedge.consent.get().grants };
      element.setAttribute("for", slot);
      await element.open();
      const items = [...shadow.querySelectorAll("h3")].find((title) => title.textContent === "What was looked at").nextElementSibling.querySelectorAll("li");
      Object.assign(one, { text: status.textContent, data: [...items].map((item) => item.textContent), stop: !stop.hidden });
      if (one.stop) {
        stop.click();
        while (/One moment/.test(status.textContent)) await new Promise((done) => setTimeout(done, 2));
        // The device decided anew, and this is what the page shows.
        Object.assign(one, { after: status.textContent, decided: selvedge.decisions()[slot], shown: document.querySelector(`[data-slot="${slot}"]`)?.closest("p").innerText });
      }
      dialog.close();
      seen.push(one);
    }
  }
  return seen;
}

/** Holds one dialog to the engine's decisions before and after. */
function judge({ before, grants, text, data, stop, after, shown, decided }, site, where) {
  const all = new Map(site.purposes.flatMap(({ data }) => data).map((one) => [one.attribute, one]));
  const described = before.read.map((name) => all.get(name).description.replace(/\.$/, ""));
  assert.deepEqual(data.map((line) => line.replace(/ \((from|at most|not)[^(]*\)( This is sensitive data\.)?$/, "")), described, where);
  const serves = (name, purpose) => site.purposes.some((one) => one.purpose === purpose && one.data.some(({ attribute }) => attribute === name));
  // No sentence of a purpose that nothing was read for.
  for (const { purpose, text: sentence } of site.purposes) {
    const isUsed = before.read.some((name) => serves(name, purpose)) || (purpose === "analytics" && before.experiment);
    if (!isUsed) assert.ok(!text.includes(sentence), `${purpose}: ${where}`);
  }
  const free = before.read.filter((name) => !serves(name, "necessary"));
  for (const name of free) {
    const sentences = site.purposes.filter(({ purpose }) => serves(name, purpose) && grants[purpose]).map((one) => one.text);
    assert.ok(sentences.some((sentence) => text.includes(sentence)), `${name}: ${where}`);
  }
  const isCounted = before.experiment && before.unit !== "page";
  assert.equal(stop, free.length > 0 || !!isCounted, where);
  if (!stop) return assert.match(text, /cannot be stopped here|nothing to stop/, where);
  assert.ok(!decided.read.some((name) => free.includes(name)), where);
  if (/What you see (was put back|stays as it was)/.test(after)) {
    assert.equal(decided.content, null, where);
    assert.equal(shown, "own", where);
    assert.equal(/was put back/.test(after), before.content !== null, where);
  } else if (/chosen without it/.test(after)) assert.notEqual(decided.content, null, where);
  else assert.fail(where);
}

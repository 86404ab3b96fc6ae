// Pages that hold what their visitors wrote, cleaned of scripts and handlers: any id, name, class, data attribute, comment, template or form. Nothing of
// it speaks for the edge, becomes code, or stops a withdrawal.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";

import { block, complete, decision, edgePage, originPage, PURPOSES, start, staticPage, watch } from "./browser/fixture.mjs";
import { startBrowser } from "./support/browser.mjs";

const ALL = complete(Object.fromEntries(PURPOSES.map((purpose) => [purpose, true])));
const GRANTED = "v=1&epoch=3&functional=1&analytics=1&personalization=1&advertising=1&sensitive=1&storage=1";

let browser, site, context, page, errors;

before(async () => {
  site = await start();
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  site?.close();
});
beforeEach(async () => {
  context = await browser.newContext();
  await context.addInitScript(watch);
  await context.addInitScript(() => {
    window.runs = 0;
    window.ran = () => void (window.runs += 1);
  });
  page = await context.newPage();
  errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
});
afterEach(() => context.close());

const consent = (value) => context.addCookies([{ name: "selvedge-consent", value, url: site.origin }]);
const cookies = async () => (await context.cookies()).map(({ name, value }) => `${name}=${value}`).sort();

/** Puts what a visitor wrote first into the body, and last before the end of the document. */
const withReviews = (html, written) => html.replace("<body>", `<body><div class="review">${written}</div>`).replace("</body>", `<div class="review">${written}</div></body>`);

async function go(path) {
  await page.goto(site.origin + path);
  await until(() => Object.hasOwn(window, "selvedge"));
}

/** Waits for what a function of the page says. `waitForFunction` reads names of `document`, and those are taken here. */
async function until(holds) {
  for (let tries = 0; tries < 200; tries += 1) {
    if (await page.evaluate(holds)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail(`never came true: ${holds}`);
}

/** The markup of what visitors wrote, as it is now. */
const reviews = () => page.evaluate(() => Array.from(Document.prototype.querySelectorAll.call(document, ".review"), ({ innerHTML }) => innerHTML));

describe("marks of the edge in what visitors wrote", () => {
  const named = (slot, attribute, value) => `<img alt="" data-selvedge-set="${slot}:${attribute}" data-selvedge-was-${attribute}="${value}">`;
  const written = {
    "a handler in place of an attribute": `<img alt="" data-selvedge-set="z:onerror z:src" data-selvedge-was-onerror="ran()" data-selvedge-was-src="x">`,
    "an attribute that a slot sets": named("page.link", "href", "javascript:ran()") + named("page.hint", "title", "forged"),
    "a document in an attribute": `<p data-selvedge-set="z:srcdoc z:formaction" data-selvedge-was-srcdoc="x" data-selvedge-was-formaction="y">x</p>`,
    "content that comes out of a template": `<!--selvedge:page.inner-->x<!--/selvedge:page.inner--><template data-selvedge-control="page.inner"><img src="x" onerror="ran()"></template>`,
    "a template on its own": `<template data-selvedge-control="page.inner"><b data-selvedge-set="z:onclick" data-selvedge-was-onclick="ran()">x</b></template>`,
    "a start without an end": `<!--selvedge:page.inner-->x`,
    "an end without a start": `x<!--/selvedge:page.inner-->`,
    "a reload": `<p data-selvedge-reload="page.inner">x</p>`,
    "a nonce of its own": `<p title="x" data-selvedge-set="page.hint~:title page.hint~0:title" data-selvedge-was-title="y">x</p><!--selvedge:page.inner~-->x<!--/selvedge:page.inner~-->`,
  };
  for (const [name, html] of Object.entries(written)) {
    test(`${name} is left as it is`, async () => {
      await consent(GRANTED);
      site.pages["/edge/"] = withReviews(edgePage(site), html);
      await go("/edge/");
      const before = await reviews();
      assert.equal(before.length, 2);
      await page.evaluate(() => void selvedge.consent.withdraw());
      await page.evaluate(() => void selvedge.restore());
      await page.waitForTimeout(150);
      assert.deepEqual(await reviews(), before);
      assert.equal(await page.evaluate(() => window.runs), 0);
      const { inner, link } = await page.evaluate(() => ({ inner: document.querySelector("[data-slot='inner'] h1")?.textContent, link: document.querySelector("[data-slot='link']").getAttribute("href") }));
      assert.deepEqual([inner, link], ["Origin inner", "/old"], "the page's own slots are restored");
      assert.equal(site.requests.filter((path) => path === "/edge/").length, 1, "nothing made it load again");
      assert.deepEqual(errors, []);
      site.requests.length = 0;
    });
  }

  test("not even a mark with the right nonce makes code of an attribute", async () => {
    await consent(GRANTED);
    const nonce = "0123456789abcdef";
    const marks = ["onclick", "srcdoc", "formaction", "href"].map((name) => `page.link~${nonce}:${name}`).join(" ");
    const values = `data-selvedge-was-onclick="ran()" data-selvedge-was-srcdoc="x" data-selvedge-was-formaction="/x" data-selvedge-was-href=" java&#10;script:ran()"`;
    site.pages["/edge/"] = edgePage(site).replace("<body>", `<body><a id="a" data-selvedge-set="${marks}" ${values}>x</a>`);
    await go("/edge/");
    await page.evaluate(() => selvedge.consent.withdraw());
    assert.deepEqual(await page.evaluate(() => document.getElementById("a").getAttributeNames()), ["id"]);
  });
});

describe("a data block that visitors wrote", () => {
  const facts = { grants: ALL, silent: ALL, epoch: 7, cookie: "session", beacon: "https://evil.example/", region: "US" };
  const json = (site) => JSON.stringify({ v: 1, page: { decisions: { "page.inner": decision("forged") } }, ...facts }).replaceAll('"', "&quot;");
  const forged = {
    "an element with its id": (site) => `<div hidden id="selvedge-page">${json(site)}</div>`,
    "an element with its id and type": (site) => `<a type="application/json" id="selvedge-page">${json(site)}</a>`,
    "a form's field": (site) => `<textarea type="application/json" id="selvedge-page" name="selvedge-page">${json(site)}</textarea>`,
  };
  for (const [name, html] of Object.entries(forged)) {
    test(`${name} is not the data block, with one of ours and without`, async () => {
      const pages = { "/": originPage(), "/edge/": originPage() + block(site), "/static/": staticPage(site) };
      for (const [path, plain] of Object.entries(pages)) {
        site.pages[path] = withReviews(plain, html(site));
        await go(path);
        const { epoch, grants } = await page.evaluate(() => selvedge.consent.get());
        assert.deepEqual([epoch, grants.personalization, grants.storage], [0, false, false], path);
        assert.ok(!(await page.evaluate(() => JSON.stringify(selvedge.decisions()))).includes("forged"), path);
        await page.evaluate(() => {
          selvedge.consent.set({ analytics: true, storage: true });
          for (let at = 0; at < 40; at += 1) selvedge.track("seen");
        });
        assert.deepEqual((await cookies()).filter((cookie) => cookie.startsWith("session")), [], "no cookie of that name");
        assert.equal((await reviews()).length, 2);
        await context.clearCookies();
      }
      assert.deepEqual(errors, []);
    });
  }

  test("the edge's own block counts, which is the last one", async () => {
    site.pages["/edge/"] = edgePage(site).replace("<body>", `<body>${block(site, facts)}`);
    await consent(GRANTED);
    await go("/edge/");
    assert.equal(await page.evaluate(() => selvedge.decisions()["page.inner"].content), "c/inner");
    assert.equal(await page.evaluate(() => selvedge.consent.get().epoch), 3);
  });

  test("our own block names a cookie that can be one, and a beacon of this origin", async () => {
    for (const cookie of ["selvedge-id", "selvedge-state", "a; Domain=example", ""]) {
      site.pages["/edge/"] = originPage() + block(site, { cookie, beacon: "https://evil.example/beacon", grants: ALL, silent: ALL, never: complete({}) });
      await go("/edge/");
      assert.equal(await page.evaluate(() => selvedge.track("seen")), false, "no beacon to another origin");
      await page.evaluate(() => selvedge.consent.set({ personalization: false }));
      assert.match((await cookies()).join(), /^selvedge-consent=/, String(cookie));
      await context.clearCookies();
    }
  });
});

describe("names of elements", () => {
  /** Every name that the platform defines on a document, a form or a window, as an element with that name. */
  const names = () => page.evaluate(() => {
    const all = new Set();
    for (const start of [Document.prototype, HTMLFormElement.prototype]) {
      for (let prototype = start; prototype; prototype = Object.getPrototypeOf(prototype)) Object.getOwnPropertyNames(prototype).forEach((name) => all.add(name));
    }
    return [...all];
  });
  const globals = ["selvedge", "dataLayer", "__tcfapi", "__gpp", "OneTrust", "OnetrustActiveGroups", "Cookiebot", "Didomi", "didomiOnReady", "didomiEventListeners", "__ucCmp", "cookieStore", "trustedTypes", "BroadcastChannel"];
  const signals = Object.fromEntries(["tcf", "gpp", "google", "onetrust", "cookiebot", "didomi", "usercentrics"].map((name) => [name, { map: { personalization: [1] } }]));

  test("`<a id=selvedge>` does not switch the loader off", async () => {
    site.pages["/edge/"] = withReviews(edgePage(site), `<a id="selvedge">x</a><form id="selvedge" name="selvedge"><input name="consent"></form>`);
    await consent(GRANTED);
    await go("/edge/");
    assert.equal(await page.evaluate(() => typeof selvedge.consent.withdraw), "function");
    await page.evaluate(() => selvedge.consent.withdraw());
    assert.equal(await page.locator("[data-slot='inner'] h1").count(), 1);
    assert.deepEqual(errors, []);
  });

  test("no name that an element can take stops a withdrawal", async () => {
    const images = (await names()).map((name) => `<img name="${name}" id="${name}" alt="">`).join("");
    const links = globals.map((name) => `<a id="${name}">x</a><form name="${name}"><input name="push"></form>`).join("");
    site.pages["/edge/"] = edgePage(site, { signals }).replace("</body>", `${images}${links}</body>`);
    await consent(GRANTED);
    await go("/edge/");
    const restored = await page.evaluate(() => {
      selvedge.consent.withdraw();
      const find = (selector) => Document.prototype.querySelector.call(document, selector);
      const cookie = Object.getOwnPropertyDescriptor(Document.prototype, "cookie").get.call(document);
      return { inner: find("[data-slot='inner'] h1")?.textContent, link: find("[data-slot='link']").getAttribute("href"), denied: cookie.includes("personalization=0") };
    });
    assert.deepEqual(restored, { inner: "Origin inner", link: "/old", denied: true });
    // The ears come in a module of their own, after the loader.
    await until(() => Array.isArray(window.dataLayer));
    assert.deepEqual(errors, []);
  });

  test("no name of a field stops a form from being changed and restored", async () => {
    const fields = (await names()).map((name) => `<input name="${name}">`).join("");
    const form = `<form data-slot="inner" class="hero">${fields}</form>`;
    const link = `<form data-slot="link" href="/old" class="x">${fields}</form>`;
    site.pages["/"] = originPage({ device: true }).replace(/<section[^]*?<\/section>/, form).replace(/<a data-slot[^]*?<\/a>/, link) + block(site, { page: undefined });
    await consent(GRANTED);
    await context.addCookies([{ name: "selvedge-state", value: `visitor.visits_30d=6~${Math.floor(Date.now() / 864e5)}`, url: site.origin }]);
    await go("/");
    await page.waitForFunction(() => Object.keys(selvedge.decisions()).length);
    const markup = (slot) => page.evaluate((slot) => Object.getOwnPropertyDescriptor(Element.prototype, "outerHTML").get.call(document.querySelector(`[data-slot='${slot}']`)), slot);
    assert.match(await markup("inner"), /<b>new inner<template/);
    assert.match(await markup("link"), /href="\/new/);
    await page.evaluate(() => selvedge.consent.withdraw());
    assert.equal(await markup("inner"), form);
    assert.equal(await markup("link"), link);
    assert.deepEqual(errors, []);
  });
});

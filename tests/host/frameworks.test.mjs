// Slots inside pages that a framework renders and takes over: React 18 and 19, Vue, Preact and Svelte, as npm has them.
//
// The preview server rewrites what each framework's own server renderer made. BROWSER=firefox runs the same in Firefox.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { FRAMEWORKS, start } from "./frameworks/pages.mjs";
import { startBrowser } from "./support/browser.mjs";

const GRANTED = "v=1&epoch=3&functional=1&analytics=1&personalization=1&storage=1";
const NEW = "New herofor you, again";
const REACT = ["react18", "react19"];
/** Svelte makes the nodes of content again, in the same task. */
const KEEPING = Object.keys(FRAMEWORKS).filter((name) => name !== "svelte");
let site, browser;

before(async () => {
  [site, browser] = await Promise.all([start(), startBrowser()]);
});
after(async () => {
  await browser?.close();
  site?.close();
});

/** Opens a page and gives it with what it said. Visitors have agreed to everything and come often, unless they are `strangers`. */
async function open(framework, ways = "", { stranger = false, javaScriptEnabled = true, clock = false } = {}) {
  const context = await browser.newContext({ javaScriptEnabled });
  const cookies = [["selvedge-consent", GRANTED], ["selvedge-state", `visitor.visits_30d=${stranger ? 0 : 6}~${Math.floor(Date.now() / 864e5)}`]];
  await context.addCookies(cookies.map(([name, value]) => ({ name, value, url: site.url })));
  const page = await context.newPage();
  const lines = [];
  page.on("pageerror", (error) => lines.push(String(error)));
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && lines.push(message.text()));
  await page.addInitScript(() => {
    window.sent = [];
    Navigator.prototype.sendBeacon = (_, body) => window.sent.push(...JSON.parse(body).events);
    document.addEventListener("selvedge:reverted", ({ detail }) => (window.reverted = detail.slots));
  });
  if (clock) {
    // It stands still until a test moves it, however slow the machine is.
    await page.clock.install({ time: Date.now() });
    await page.clock.pauseAt(Date.now() + 1000);
  }
  await page.goto(site.page(framework, ways));
  if (javaScriptEnabled && !ways.includes("late")) await hydrated(page);
  return { page, lines, close: () => context.close() };
}

/** Runs a test on a page of its own. */
async function on(framework, ways, check, options) {
  const { page, lines, close } = await open(framework, ways, options);
  try {
    await check(page, lines);
  } finally {
    await close();
  }
}

/** Waits until the framework has taken the page over and answers, and the loader is there. */
async function hydrated(page, count = 1) {
  await page.waitForFunction(() => document.querySelector("[data-selvedge-slot]") === null || window.selvedge?.frames?.mounted.size > 0);
  await page.waitForFunction((count) => {
    try {
      window.app.set({ count });
    } catch {
      return false; // not yet
    }
    return document.querySelector("output")?.textContent === String(count) && !!window.selvedge?.consent;
  }, count);
}

const text = (page, selector) => page.evaluate((selector) => document.querySelector(selector)?.textContent ?? null, selector);
/** What the app shows, element by element, past our own marks and templates. */
const order = (page) =>
  page.evaluate(() =>
    [...document.querySelectorAll("main > *")].filter(({ tagName }) => tagName !== "OUTPUT").map((element) => {
      const own = [...element.children].filter(({ tagName }) => tagName !== "TEMPLATE").map(({ tagName }) => tagName.toLowerCase());
      return `${element.className}: ${own.join(" ")}`;
    }),
  );
/** Changes the app, and waits for a frame. */
const set = async (page, change) => {
  await page.evaluate((change) => window.app.set(change), change);
  await frame(page);
};
const frame = (page) => page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))));

/** The events that the page has sent by now. */
const events = (page) => page.evaluate(() => (dispatchEvent(new Event("pagehide")), window.sent.map(({ name, detail }) => `${name} ${detail.slot} ${detail.content}`)));

/** Lets the device decide for a visitor who comes often. */
const decideAsRegular = (page) => page.evaluate(() => selvedge.set("visitor.visits_30d", 6) && selvedge.decide().then(() => {}));

for (const framework of Object.keys(FRAMEWORKS)) {
  describe(framework, { concurrency: true }, () => {
    for (const mode of REACT.includes(framework) ? ["", "&development"] : ["&development"]) {
      test(`takes the edge's content over as it stands${mode && ", and its development build says nothing"}`, () =>
        on(framework, `late${mode}`, async (page, lines) => {
          await page.waitForFunction(() => window.selvedge?.consent && window.app);
          assert.equal(await text(page, ".hero"), NEW);
          await page.evaluate(() => {
            window.kept = document.querySelector(".hero b");
            window.records = [];
            const note = (records) => window.records.push(...records.filter(({ target }) => target.parentElement?.closest("main")).map(({ target, type }) => `${type} ${target.nodeName}`));
            new MutationObserver(note).observe(document.getElementById("root"), { subtree: true, childList: true, characterData: true });
            window.app.begin();
          });
          await frame(page);
          if (KEEPING.includes(framework)) assert.deepEqual(await page.evaluate(() => window.records), [], "nothing is made again");
          await hydrated(page);
          assert.equal(await text(page, ".hero"), NEW);
          assert.equal(await text(page, ".note"), "New <note> & more");
          assert.equal(await text(page, ".quiet"), "Origin quiet");
          if (KEEPING.includes(framework)) assert.ok(await page.evaluate(() => window.kept.isConnected));
          if (REACT.includes(framework)) assert.deepEqual(await page.evaluate(() => window.recovered), []);
          const [boxes, clean] = await page.evaluate(() => {
            const hero = document.querySelector(".hero");
            const measure = (hero) => [hero, ...hero.querySelectorAll("h1, p")].map((element) => Object.values(element.getBoundingClientRect().toJSON()).join());
            const copy = hero.cloneNode();
            copy.innerHTML = "<h1>New hero</h1><p>for you, <b>again</b></p>";
            const found = measure(hero);
            hero.replaceWith(copy);
            return [found, measure(copy)];
          });
          assert.deepEqual(boxes, clean, "no box stands elsewhere than in a page that has this content alone");
          assert.deepEqual(lines, []);
        }));
    }

    test("renders again with neighbours that come and go", () =>
      on(framework, "", async (page, lines) => {
        for (const round of [2, 3]) {
          await set(page, { before: true, within: true, count: round });
          assert.deepEqual(await order(page), ["before: ", "hero: h1 p", "after: ", "note: ", "quiet: "]);
          await set(page, { before: false, within: false });
          assert.deepEqual(await order(page), ["hero: h1 p", "note: ", "quiet: "]);
        }
        assert.equal(await text(page, ".hero"), NEW);
        await set(page, { before: true, within: true, count: 7 });
        await page.evaluate(() => selvedge.consent.withdraw());
        await frame(page);
        assert.deepEqual(await order(page), ["before: ", "hero: h1 i p", "after: ", "note: ", "quiet: "]);
        assert.equal(await text(page, ".hero"), "Origin herowithincount 7");
        await set(page, { within: false, count: 8 });
        assert.equal(await text(page, ".hero"), "Origin herocount 8");
        assert.equal(await text(page, ".note"), "Origin note");
        assert.deepEqual(lines, []);
      }));

    test("shows the content again when a route comes back, and the origin's after a withdrawal", () =>
      on(framework, "", async (page, lines) => {
        await set(page, { route: "second" });
        assert.equal(await text(page, ".second"), "Origin second");
        await set(page, { route: "app" });
        assert.equal(await text(page, ".hero"), NEW);
        // What a visitor takes back is gone when the call returns, and there is no gap in the next frame.
        const shown = await page.evaluate(() => {
          selvedge.consent.withdraw();
          return document.querySelector(".hero").textContent;
        });
        assert.ok(!shown.includes("New"), shown);
        assert.equal(await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => resolve(document.querySelector(".hero").textContent)))), "Origin herocount 1");
        for (const route of ["second", "app"]) await set(page, { route });
        assert.equal(await text(page, ".hero"), "Origin herocount 1");
        assert.deepEqual(lines, []);
      }));

    test("a withdrawal before the framework comes leaves the origin's page to it", () =>
      on(framework, "late", async (page, lines) => {
        await page.waitForFunction(() => window.selvedge?.consent && window.app);
        await page.evaluate(() => selvedge.consent.withdraw());
        assert.equal(await text(page, ".hero"), "Origin herocount 0");
        await page.evaluate(() => window.app.begin());
        await hydrated(page);
        assert.equal(await text(page, ".hero"), "Origin herocount 1");
        assert.equal(await text(page, ".note"), "Origin note");
        if (REACT.includes(framework)) assert.deepEqual(await page.evaluate(() => window.recovered), []);
        assert.deepEqual(lines, []);
      }));

    test("with trusted types, nothing is refused", () =>
      on(framework, "tt", async (page, lines) => {
        assert.equal(await text(page, ".hero"), NEW);
        for (const route of ["second", "app"]) await set(page, { route });
        assert.equal(await text(page, ".hero"), NEW);
        await page.evaluate(() => selvedge.consent.withdraw());
        await frame(page);
        assert.equal(await text(page, ".hero"), "Origin herocount 1");
        assert.deepEqual(lines, []);
      }));

    test("a policy that does not name ours costs content, not the page", () =>
      on(framework, "tt&unnamed", async (page, lines) => {
        if (KEEPING.includes(framework)) assert.equal(await text(page, ".hero"), NEW);
        for (const route of ["second", "app"]) await set(page, { route });
        assert.equal(await text(page, ".hero"), "Origin herocount 1");
        // Svelte says that it renders the children in the place of what it found.
        assert.ok(lines.length > 0 && lines.every((line) => /polic|hydrate/i.test(line)), lines.join("\n"));
      }));

    test("what the device decides goes through the slot that is on the page", () =>
      on(framework, "", async (page, lines) => {
        await page.evaluate(() => history.pushState(null, "", location.pathname.replace("/app/", "/second/")));
        await set(page, { route: "second" });
        await page.evaluate(() => (window.node = document.querySelector(".second").firstChild) && selvedge.decide());
        await frame(page);
        assert.equal(await text(page, ".second"), NEW.replace("hero", "second"));
        assert.equal(await page.evaluate(() => document.querySelector("template[data-selvedge-control]")), null, "no node of the framework was moved");
        await set(page, { count: 5 });
        await page.evaluate(() => selvedge.consent.withdraw());
        await frame(page);
        assert.equal(await text(page, ".second"), "Origin second");
        await set(page, { route: "app" });
        assert.equal(await text(page, ".hero"), "Origin herocount 5");
        assert.deepEqual(lines, []);
      }));

    test("what the device decided before the slot was on the page is shown and counted then", () =>
      on(framework, "", async (page, lines) => {
        await page.evaluate(() => {
          history.pushState(null, "", location.pathname.replace("/app/", "/second/"));
          return selvedge.decide();
        });
        const exposures = async () => (await events(page)).filter((event) => event.startsWith("exposure"));
        assert.deepEqual(await exposures(), []);
        await set(page, { route: "second" });
        assert.equal(await text(page, ".second"), NEW.replace("hero", "second"));
        assert.deepEqual(await exposures(), ["exposure app.second second"]);
        for (const route of ["app", "second"]) await set(page, { route });
        assert.equal(await text(page, ".second"), NEW.replace("hero", "second"));
        assert.deepEqual(await exposures(), ["exposure app.second second"]);
        await set(page, { route: "app" });
        await page.evaluate(() => selvedge.consent.withdraw());
        await set(page, { route: "second" });
        assert.equal(await text(page, ".second"), "Origin second");
        assert.deepEqual(lines, []);
      }));

    test("what the device decides while the page is the framework's own takes the place of the children", () =>
      on(framework, "", async (page, lines) => {
        await page.evaluate(() => (window.node = document.querySelector(".hero").firstChild));
        await decideAsRegular(page);
        await frame(page);
        assert.equal(await text(page, ".hero"), NEW);
        await set(page, { before: true, within: true, count: 3 });
        assert.deepEqual(await order(page), ["before: ", "hero: h1 p", "after: ", "note: ", "quiet: "]);
        await page.evaluate(() => selvedge.consent.withdraw());
        await frame(page);
        assert.equal(await text(page, ".hero"), "Origin herowithincount 3");
        assert.equal(await text(page, ".note"), "Origin note");
        assert.deepEqual(lines, []);
      }, { stranger: true }));

    test("what the device put into the page before the framework came is taken over", () =>
      on(framework, "late", async (page, lines) => {
        await page.waitForFunction(() => window.selvedge?.consent && window.app);
        await decideAsRegular(page);
        assert.equal(await text(page, ".hero"), NEW);
        await page.evaluate(() => {
          window.kept = document.querySelector(".hero b");
          window.app.begin();
        });
        await hydrated(page);
        assert.equal(await text(page, ".hero"), NEW);
        if (KEEPING.includes(framework)) assert.ok(await page.evaluate(() => window.kept.isConnected));
        if (REACT.includes(framework)) assert.deepEqual(await page.evaluate(() => window.recovered), []);
        await page.evaluate(() => selvedge.consent.withdraw());
        await frame(page);
        assert.equal(await text(page, ".hero"), "Origin herocount 1");
        assert.deepEqual(lines, []);
      }, { stranger: true }));

    for (const ways of ["", ...(REACT.includes(framework) ? ["early"] : [])]) {
      test(`marks that a visitor wrote count for nothing${ways && `, however ${ways}`}`, () =>
        on(framework, ways, async (page, lines) => {
          assert.equal(await text(page, ".hero"), "Origin herocount 1");
          await set(page, { before: true, within: true });
          assert.equal(await text(page, ".hero"), "Origin herowithincount 1");
          assert.equal(await page.evaluate(() => document.querySelector("aside b").textContent), "forged");
          assert.deepEqual(lines, []);
        }, { stranger: true }));
    }

    test("an app without server rendering shows what the device decides", () =>
      on(framework, "client", async (page, lines) => {
        assert.equal(await text(page, ".hero"), "Origin herocount 1");
        assert.deepEqual(await page.evaluate(() => Object.keys(selvedge.decisions())), ["app.quiet"], "the edge found no element for the others");
        await page.evaluate(() => selvedge.decide().then(() => {}));
        await frame(page);
        assert.equal(await text(page, ".hero"), NEW);
        assert.equal(await text(page, ".note"), "New <note> & more");
        await set(page, { count: 2, before: true });
        assert.deepEqual(await order(page), ["before: ", "hero: h1 p", "after: ", "note: ", "quiet: "]);
        await page.evaluate(() => selvedge.consent.withdraw());
        await frame(page);
        assert.equal(await text(page, ".hero"), "Origin herocount 2");
        assert.deepEqual(lines, []);
      }));

    test("without an adapter, a page that the framework made again says so", () =>
      on(framework, "plain", async (page) => {
        const reverted = await (await page.waitForFunction(() => window.reverted)).jsonValue();
        const shown = await page.evaluate(() => ["app.hero", "app.note"].filter((slot) => document.querySelector(slot.replace("app", "")).textContent.includes("New")));
        const undone = ["app.hero", "app.note"].filter((slot) => !shown.includes(slot));
        assert.ok(undone.includes("app.hero"));
        assert.deepEqual(reverted, undone);
        assert.deepEqual(await page.evaluate(() => Object.entries(selvedge.decisions()).filter(([, { content }]) => content).map(([slot]) => slot)), shown);
        assert.deepEqual(await events(page), undone.map((slot) => `reverted ${slot} ${slot.slice(4)}`));
        assert.match(site.said(), new RegExp(`/app/${framework}/: .* renders the element of \`app.hero\` again, and undoes its content; render`));
      }));

    test("without JavaScript the content is there once", () =>
      on(framework, "", async (page) => {
        const shown = await page.locator("body").innerText();
        assert.equal(shown.split("New hero").length, 2);
        assert.ok(!shown.includes("Origin hero") && shown.includes("Origin quiet"), shown);
      }, { javaScriptEnabled: false }));
  });
}

for (const framework of REACT) {
  describe(`${framework}, more`, { concurrency: true }, () => {
    test("what the device decided and the framework undid is no exposure", () =>
      on(framework, "plain&late", async (page) => {
        await page.waitForFunction(() => window.selvedge?.consent && window.app);
        await decideAsRegular(page);
        assert.equal(await text(page, ".hero"), NEW);
        await page.evaluate(() => window.app.begin());
        await page.waitForFunction(() => document.querySelector(".hero").textContent.startsWith("Origin"));
        await page.clock.runFor(1000);
        assert.deepEqual(await events(page), ["exposure app.quiet null", "reverted app.hero hero", "reverted app.note note"]);
        assert.deepEqual(await page.evaluate(() => Object.keys(selvedge.decisions())), ["app.quiet"]);
      }, { stranger: true, clock: true }));

    for (const ways of ["strict", "suspense", "strict&suspense", "early", "early&suspense"]) {
      test(`says nothing with ${ways.replace("&", " and ")}`, () =>
        on(framework, ways, async (page, lines) => {
          await page.waitForFunction((shown) => document.querySelector(".hero").textContent === shown, NEW);
          assert.deepEqual(await page.evaluate(() => window.recovered), []);
          if (ways.includes("early")) assert.ok(await page.evaluate(() => window.kept.isConnected), "what was there before the end of the page is kept");
          for (const route of ["second", "app"]) await set(page, { route, before: true });
          await page.waitForFunction((shown) => document.querySelector(".hero").textContent === shown, NEW);
          await page.evaluate(() => selvedge.consent.withdraw());
          await frame(page);
          assert.equal(await text(page, ".hero"), "Origin herocount 1");
          assert.deepEqual(lines, []);
        }));
    }
  });
}

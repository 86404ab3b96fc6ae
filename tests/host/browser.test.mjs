// Live consent in a real browser: what a visitor takes back is gone at once, and nothing touches the device before there is permission.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";

import { block, complete, decision, edgePage, NONCE, originPage, PURPOSES, shown, start, state, watch } from "./browser/fixture.mjs";
import { startBrowser } from "./support/browser.mjs";

const ALL = Object.fromEntries(PURPOSES.map((purpose) => [purpose, true]));
const CHOICES = { personalization: true, analytics: true, storage: true };
const GRANTED = "v=1&epoch=3&functional=1&analytics=1&personalization=1&advertising=1&sensitive=1&storage=1";
// What may happen before there is permission: the one look at the strictly necessary consent cookie, and public files.
const allowed = ({ what, method, credentials }) => what === "cookie read" || (what === "fetch" && method === "GET" && credentials === "omit");

let browser;
let site;
let context;
let page;
let errors;

before(async () => {
  site = await start();
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  site?.close();
});
beforeEach(async () => {
  site.tamper = (_, bytes) => bytes;
  site.requests.length = 0;
  site.pages = { "/origin/": originPage().replace(/<script.*<\/script>\n/, ""), "/": originPage({ device: true }) + block(site, { page: undefined }), "/edge/": edgePage(site) };
  await newContext();
});
afterEach(() => context.close());

async function newContext(options) {
  await context?.close();
  context = await browser.newContext(options);
  await context.addInitScript(watch);
  page = await open();
}

async function open() {
  const page = await context.newPage();
  errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  return page;
}

async function go(path, on = page) {
  await on.goto(site.origin + path);
  await on.waitForFunction(() => window.selvedge);
}

const consentCookie = (value) => context.addCookies([{ name: "selvedge-consent", value, url: site.origin }]);
/** Without the day of the visitor's last choice, which is today. */
const undated = (text) => text.replace(`&day=${Math.floor(Date.now() / 86_400_000)}`, "");
const cookies = async () => Object.fromEntries((await context.cookies()).map(({ name, value }) => [name, undated(value)]));
/** The consent cookie of a visitor who withdrew. */
const denied = (epoch) => `v=1&epoch=${epoch}&functional=0&analytics=0&personalization=0&advertising=0&sensitive=0&storage=0`;
const body = (on = page) => on.evaluate(() => document.body.innerHTML);
const touched = (on = page) => on.evaluate(() => window.touched);
const forget = (on = page) => on.evaluate(() => void (window.touched.length = 0));
const decided = (on = page) => on.waitForFunction(() => Object.keys(selvedge.decisions()).length > 0);

async function originBody() {
  const other = await context.newPage();
  await other.goto(`${site.origin}/origin/`);
  const body = await other.evaluate(() => document.body.innerHTML);
  await other.close();
  return body;
}

/** The origin's body but for what one slot shows. */
const showing = (origin, name, content, rest) => origin.replace(rest, shown(`page.${name}`, content, rest));

describe("a page that the edge decided", () => {
  beforeEach(async () => {
    await consentCookie(GRANTED);
    await context.addCookies([{ name: "selvedge-id", value: "a".repeat(32), url: site.origin }, { name: "selvedge-state", value: state({ "visitor.visits_30d": 6 }), url: site.origin }]);
  });

  test("is taken over as it is, with one look at the consent cookie", async () => {
    await go("/edge/");
    assert.equal(await page.locator("[data-slot='inner'] b").textContent(), "new inner");
    assert.deepEqual(await touched(), [{ what: "cookie read" }]);
    assert.deepEqual(await page.evaluate(() => selvedge.consent.get().grants), ALL);
    assert.equal(await page.evaluate(() => selvedge.decisions()["page.inner"].content), "c/inner");
    assert.ok(!site.requests.some((path) => path.endsWith("engine.js")), "no engine where nothing is decided on the device");
    assert.deepEqual(errors, []);
  });

  test("shows the origin's own content the moment consent is withdrawn", async () => {
    await go("/edge/");
    const origin = await originBody();
    const now = await page.evaluate(() => {
      const heard = [];
      document.addEventListener("selvedge:change", (event) => heard.push(event.detail.slots));
      selvedge.consent.withdraw();
      // Read in the same task: nothing may be left for later.
      return { body: document.body.innerHTML, cookie: document.cookie, heard, decisions: Object.keys(selvedge.decisions()) };
    });
    const request = `<b>new request</b>`;
    assert.equal(now.body, showing(origin, "request", request, "Origin request"), "only what came from the request itself stays");
    assert.equal(undated(now.cookie), `selvedge-consent=${denied(4)}`, "only the answer stays");
    assert.deepEqual(await cookies(), { "selvedge-consent": denied(4) });
    assert.deepEqual(now.heard.map((slots) => slots.sort()), [["after", "before", "drawn", "hint", "inner", "link", "remove", "replace", "text"].map((name) => `page.${name}`)]);
    assert.deepEqual(now.decisions, ["page.request"]);
    await page.evaluate(() => selvedge.restore());
    assert.equal(await body(), origin);
    assert.deepEqual(errors, []);
  });

  test("writes nothing after withdrawal", async () => {
    await page.clock.install();
    await go("/edge/");
    await page.evaluate(() => selvedge.consent.withdraw());
    await forget();
    assert.equal(await page.evaluate(() => selvedge.set("visitor.visits_30d", 7)), false);
    await page.clock.runFor(60_000);
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await wait(300);
    assert.deepEqual((await touched()).filter(({ what }) => what !== "cookie read"), []);
    assert.deepEqual(await cookies(), { "selvedge-consent": denied(4) });
  });

  test("gives back one lowered permission in the same task, and only removes what it covered", async () => {
    await go("/edge/");
    const shown = await page.evaluate(() => {
      selvedge.consent.set({ analytics: false });
      return document.querySelector("[data-slot='drawn']").innerHTML;
    });
    assert.equal(shown, "Origin drawn");
    assert.deepEqual(Object.keys(await cookies()).sort(), ["selvedge-consent", "selvedge-state"]);
    assert.equal((await cookies())["selvedge-consent"], "v=1&epoch=4&functional=1&personalization=1&advertising=1&sensitive=1&storage=1&analytics=0");
  });

  test("forgets in the same task what no granted purpose covers, and refuses to keep it again", async () => {
    const seen = await (await go("/edge/"), page.evaluate(() => {
      const kept = selvedge.set("visitor.last_category", "knitwear");
      const unlisted = ["visitor.other", "constructor", "__proto__", ""].map((name) => selvedge.set(name, "x"));
      selvedge.consent.set({ personalization: false });
      const state = document.cookie.split("; ").find((pair) => pair.startsWith("selvedge-state="));
      const again = selvedge.set("visitor.visits_30d", 7);
      selvedge.consent.set({ functional: false });
      return { kept, unlisted, state, again, after: document.cookie, grants: selvedge.consent.get().grants.storage };
    }));
    assert.equal(seen.kept, true);
    assert.deepEqual(seen.unlisted, [false, false, false, false]);
    assert.equal(seen.state, `selvedge-state=${state({ "visitor.last_category": "knitwear" })}`);
    assert.equal(seen.again, false);
    assert.equal(seen.grants, true, "storage itself was never taken back");
    assert.ok(!seen.after.includes("selvedge-state"), seen.after);
    assert.ok(!("selvedge-state" in (await cookies())));
  });

  test("keeps a sensitive attribute only with that grant beside another", async () => {
    site.pages["/edge/"] = edgePage(site, { device: { "visitor.health": ["personalization", "sensitive"] } });
    await go("/edge/");
    const kept = await page.evaluate(() => [{}, { personalization: false }, { personalization: true, sensitive: false }].map((choices) => {
      selvedge.consent.set(choices);
      return selvedge.set("visitor.health", "well");
    }));
    assert.deepEqual(kept, [true, false, false]);
    assert.ok(!("selvedge-state" in (await cookies())));
  });

  test("reloads once where an element cannot hold its own content", async () => {
    site.pages["/edge/"] = edgePage(site, { reload: true });
    await go("/edge/");
    site.pages["/edge/"] = originPage() + block(site);
    await Promise.all([page.waitForEvent("load"), page.evaluate(() => selvedge.consent.withdraw())]);
    await page.waitForFunction(() => window.selvedge);
    assert.equal(await page.title(), "Origin title");
    assert.equal(site.requests.filter((path) => path === "/edge/").length, 2);
  });

  test("reloads where a parser would not put the origin's content back as it was", async () => {
    const decisions = { "page.inner": decision("inner") };
    const slot = `<title>x</title>${shown("page.inner", "", "<p>first of the body</p>")}`;
    site.pages["/edge/"] = `<!doctype html><script type="module" src="/__selvedge/loader.js"></script>${slot}${block(site, { page: { decisions }, grants: ALL, epoch: 3 })}`;
    await consentCookie("v=1&epoch=3&functional=1&analytics=1&personalization=1&advertising=1&sensitive=1&storage=1");
    await go("/edge/");
    site.pages["/edge/"] = originPage() + block(site);
    await Promise.all([page.waitForEvent("load"), page.evaluate(() => selvedge.consent.withdraw())]);
    await page.waitForFunction(() => window.selvedge);
    assert.equal(site.requests.filter((path) => path === "/edge/").length, 2);
  });

  test("reloads where the page's own scripts took the origin's content with the text around it", async () => {
    await go("/edge/");
    await page.evaluate(() => (document.querySelector("[data-slot='inner'] b").textContent = "sold out"));
    assert.ok(!(await page.evaluate(() => selvedge.restore())).includes("page.inner"));
    site.pages["/edge/"] = originPage() + block(site);
    await Promise.all([page.waitForEvent("load"), page.evaluate(() => selvedge.consent.withdraw())]);
    await page.waitForFunction(() => window.selvedge);
    assert.equal(await page.locator("[data-slot='inner'] h1").count(), 1);
  });

  test("does not reload for ever when the answer stays the same", async () => {
    site.pages["/edge/"] = edgePage(site, { reload: true });
    await context.addInitScript(() => Object.defineProperty(Navigator.prototype, "globalPrivacyControl", { get: () => true }));
    await go("/edge/");
    await wait(700);
    assert.equal(site.requests.filter((path) => path === "/edge/").length, 2);
    assert.match((await cookies())["selvedge-consent"], /personalization=0/);
  });

  test("restores a slot inside another, also where it is out of sight", async () => {
    const nested = `<div data-slot="outer">${shown("page.outer", "new", `<p>own <i data-selvedge-set="page.hint~${NONCE}:title" title="new">x</i> ${shown("page.inner", "deep", "shallow")}</p>`)}</div>`;
    const decisions = { "page.outer": decision("outer", { depth: "contextual" }), "page.inner": decision("inner"), "page.hint": decision("hint") };
    site.pages["/nested/"] = `<!doctype html><script type="module" src="/__selvedge/loader.js"></script><body>${nested}${block(site, { page: { decisions }, grants: ALL, epoch: 3 })}`;
    await go("/nested/");
    await page.evaluate(() => selvedge.consent.withdraw());
    assert.equal(await page.locator("[data-slot='outer']").textContent(), "new");
    assert.ok(!(await body()).includes("deep"), "hidden content is taken back too");
    await page.evaluate(() => selvedge.restore("page.outer"));
    assert.equal(await page.locator("[data-slot='outer']").innerHTML(), "<p>own <i>x</i> shallow</p>");
  });

  test("follows Global Privacy Control", async () => {
    await context.addInitScript(() => Object.defineProperty(Navigator.prototype, "globalPrivacyControl", { get: () => true }));
    await go("/edge/");
    assert.equal(await page.locator("[data-slot='inner'] h1").count(), 1);
    const { grants } = await page.evaluate(() => selvedge.consent.get());
    assert.deepEqual(grants, { ...ALL, personalization: false, advertising: false });
  });

  test("follows a withdrawal in another tab", async () => {
    await go("/edge/");
    const other = await open();
    await go("/edge/", other);
    await other.evaluate(() => selvedge.consent.withdraw());
    await page.waitForFunction(() => document.querySelector("[data-slot='inner'] h1"), null, { timeout: 3000 });
    assert.equal((await page.evaluate(() => selvedge.consent.get())).grants.personalization, false);
    assert.deepEqual(await cookies(), { "selvedge-consent": denied(4) });
  });

  test("takes a removed consent cookie for a withdrawal", async () => {
    await go("/edge/");
    await context.clearCookies({ name: "selvedge-consent" });
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    assert.equal(await page.locator("[data-slot='inner'] h1").count(), 1);
    assert.deepEqual(await cookies(), {}, "a record that was removed is not written again");
  });

  test("is put right at its start when the visitor changed their mind since it was made", async () => {
    await context.clearCookies();
    await go("/edge/");
    assert.equal(await page.locator("[data-slot='inner'] h1").count(), 1);
    await consentCookie("v=1&epoch=9&personalization=maybe");
    await go("/edge/");
    assert.equal(await page.locator("[data-slot='inner'] h1").count(), 1, "a malformed cookie denies");
  });

  test("refuses choices it does not know", async () => {
    await go("/edge/");
    const refused = await page.evaluate(() => [{ personalisation: false }, { storage: "no" }].map((choices) => {
      try {
        selvedge.consent.set(choices);
      } catch (error) {
        return `${error.name}: ${error.message}`;
      }
    }));
    assert.match(refused[0], /^TypeError: there is no purpose `personalisation`/);
    assert.match(refused[1], /^TypeError: `storage` is true, "parent", false or null/);
    assert.equal((await cookies())["selvedge-consent"], GRANTED);
  });
});

describe("a page that decides on the device", () => {
  test("touches nothing before there is permission", async () => {
    await go("/");
    await decided();
    await wait(300);
    const seen = await touched();
    assert.deepEqual(seen.filter((touch) => !allowed(touch)), []);
    assert.equal(seen.filter(({ what }) => what === "cookie read").length, 1);
    assert.deepEqual(await cookies(), {});
    assert.equal(await page.evaluate(() => selvedge.set("visitor.visits_30d", 6)), false);
    const origin = await originBody();
    assert.equal(await page.evaluate(() => { document.getElementById("selvedge-page").remove(); return document.body.innerHTML; }), showing(origin, "request", "<b>new request</b> &amp; more", "Origin request"));
    assert.deepEqual(errors, []);
  });

  test("personalizes when consent is given, and gives everything back when it is withdrawn", async () => {
    await go("/");
    await decided();
    const origin = await originBody();
    await page.evaluate((choices) => {
      window.heard = [];
      selvedge.on("error", (error) => window.heard.push(String(error)));
      selvedge.consent.set(choices);
      window.kept = selvedge.set("visitor.visits_30d", 6);
      return selvedge.decide();
    }, CHOICES);
    assert.equal(await page.evaluate(() => window.kept), true);
    await page.waitForFunction(() => document.querySelector("[data-slot='inner'] b"));
    const seen = await page.evaluate(() => {
      const text = (name) => document.querySelector(`[data-slot='${name}']`)?.textContent;
      const row = document.querySelector("tbody").firstElementChild;
      return { inner: text("inner"), text: text("text"), item: text("item"), title: document.title, replaced: text("replace"), removed: text("remove"), before: document.querySelector("[data-slot='before']").previousSibling.data, after: document.querySelector("[data-slot='after']").nextSibling.data, href: document.querySelector("[data-slot='link']").getAttribute("href"), hint: document.querySelector("[data-slot='hint']").title, row: row.nodeName };
    });
    assert.deepEqual(seen, { inner: "new inner & more", text: `new text < " & more`, item: "new item & more", title: `new title < " & more`, replaced: undefined, removed: undefined, before: `/selvedge:page.before~${NONCE}`, after: `selvedge+:page.after~${NONCE}`, href: "/new?a=1&b=2", hint: `new hint < " & more`, row: "TR" });
    assert.equal((await cookies())["selvedge-consent"], "v=1&epoch=1&analytics=1&personalization=1&storage=1");
    assert.equal((await cookies())["selvedge-state"], state({ "visitor.visits_30d": 6 }));
    assert.match((await cookies())["selvedge-id"], /^[0-9a-f]{32}$/);

    const now = await page.evaluate(() => {
      selvedge.consent.withdraw();
      return { body: document.body.innerHTML, title: document.title, cookie: document.cookie, storage: localStorage.length + sessionStorage.length };
    });
    assert.equal(now.body, showing(origin, "request", "<b>new request</b> &amp; more", "Origin request"));
    assert.deepEqual([now.title, undated(now.cookie), now.storage], ["Origin title", `selvedge-consent=${denied(2)}`, 0]);
    await page.waitForTimeout(200);
    await forget();
    await wait(500);
    assert.deepEqual(await touched(), []);
    assert.deepEqual(await page.evaluate(async () => ({ databases: (await indexedDB.databases()).length, caches: (await caches.keys()).length })), { databases: 0, caches: 0 });
    assert.equal(await body(), now.body);
    assert.deepEqual([await cookies(), await page.evaluate(() => window.heard), errors], [{ "selvedge-consent": denied(2) }, [], []]);
  });

  test("changes the first element that a selector matches, as the edge does, and no code", async () => {
    const second = `<section class="hero" data-slot="inner">second</section><p data-slot="text">second</p>`;
    site.pages["/"] = site.pages["/"].replace("</body>", `${second}</body>`).replace(/<a data-slot="link"[^>]*>/, (link) => `<iframe data-slot="link" src="/old"></iframe>${link}`);
    await go("/");
    await decided();
    await page.evaluate((choices) => {
      selvedge.consent.set(choices);
      selvedge.set("visitor.visits_30d", 6);
      return selvedge.decide();
    }, CHOICES);
    await page.waitForFunction(() => document.querySelector("[data-slot='inner'] b"));
    const seen = await page.evaluate(() => ({
      inner: [...document.querySelectorAll("[data-slot='inner']")].map(({ textContent }) => textContent.trim()),
      text: [...document.querySelectorAll("[data-slot='text']")].map(({ textContent }) => textContent.trim()),
      frame: document.querySelector("iframe").getAttribute("href"),
    }));
    assert.deepEqual([seen.inner.at(-1), seen.text.at(-1), seen.frame], ["second", "second", null]);
    assert.match(seen.inner[0], /new inner/);
    assert.match(seen.text[0], /new text/);
  });

  test("uses no value for longer than it may be kept", async () => {
    await consentCookie(GRANTED);
    const shown = [];
    for (const value of [state({ "visitor.visits_30d": 6 }, 29), state({ "visitor.visits_30d": 6 }, 31), state({ "visitor.visits_30d": 6 }, -2), "visitor.visits_30d=6"]) {
      await context.addCookies([{ name: "selvedge-state", value, url: site.origin }]);
      await go("/");
      await decided();
      shown.push((await page.evaluate(() => selvedge.decisions()))["page.inner"].content);
    }
    assert.deepEqual(shown, ["c/inner", null, null, null]);
  });

  test("keeps the listeners of what it puts back", async () => {
    await consentCookie(GRANTED);
    await context.addCookies([{ name: "selvedge-state", value: state({ "visitor.visits_30d": 6 }), url: site.origin }]);
    await page.addInitScript(() => addEventListener("DOMContentLoaded", () => { window.clicks = 0; document.querySelector("[data-slot='inner'] h1")?.addEventListener("click", () => (window.clicks += 1)); }));
    await page.route("**/engine.js", async (route) => { await wait(200); await route.continue(); });
    await go("/");
    await page.waitForFunction(() => document.querySelector("[data-slot='inner'] b"));
    await page.evaluate(() => { selvedge.consent.withdraw(); document.querySelector("[data-slot='inner'] h1").click(); });
    assert.equal(await page.evaluate(() => window.clicks), 1);
  });

  test("does not apply a decision that was begun before consent was withdrawn", async () => {
    await consentCookie(GRANTED);
    await context.addCookies([{ name: "selvedge-state", value: state({ "visitor.visits_30d": 6 }), url: site.origin }]);
    let release;
    const held = new Promise((resolve) => (release = resolve));
    let chunks = 0;
    await page.route(/__selvedge\/v1\/development\/b\//, async (route) => {
      const answer = await route.fetch();
      if ((await answer.body()).includes("new inner") && chunks++ === 0) await held;
      await route.fulfill({ response: answer });
    });
    await go("/");
    await wait(400);
    assert.equal(chunks, 1, "the decision waits for its content");
    await page.evaluate(() => selvedge.consent.withdraw());
    release();
    await wait(400);
    assert.equal(await page.locator("[data-slot='inner'] h1").count(), 1);
    assert.deepEqual(await cookies(), { "selvedge-consent": denied(4) });
  });

  const attacks = {
    "a head whose signature was altered": [(name, bytes) => (name.endsWith("/head") ? flip(bytes, endOfTimestamp(bytes)) : bytes), /timestamp: bad-signature/],
    "a head with another release": [(name, bytes) => (name.endsWith("/head") ? flip(bytes, bytes.length - 5) : bytes), /release: snapshot-mismatch/],
    "an empty head": [(name, bytes) => (name.endsWith("/head") ? Buffer.alloc(0) : bytes), /head: missing/],
    "an endless head": [(name, bytes) => (name.endsWith("/head") ? Buffer.alloc(1 << 20) : bytes), /more than the 16384 bytes/],
    "another root": [(name, bytes) => (name.includes("/root/") ? flip(bytes, 40) : bytes), /root: its SHA-256 is/],
    "an altered program": [(name, bytes) => (bytes.subarray(0, 4).toString() === "SVPG" || (name.includes("/b/") && bytes.length > 1000) ? flip(bytes, bytes.length - 3) : bytes), /program: hash-mismatch/],
    "a truncated program": [(name, bytes) => (name.includes("/b/") && bytes.length > 1000 ? bytes.subarray(0, 900) : bytes), /program: length-mismatch/],
    "altered content": [(name, bytes) => (bytes.includes("new inner") ? flip(bytes, 5) : bytes), /chunk: hash-mismatch/],
  };
  for (const [name, [tamper, reason]] of Object.entries(attacks)) {
    test(`refuses ${name}, says why, and leaves the page as it was`, async () => {
      site.tamper = tamper;
      site.pages["/quiet/"] = originPage() + block(site);
      await consentCookie(GRANTED);
      await context.addCookies([{ name: "selvedge-state", value: state({ "visitor.visits_30d": 6 }), url: site.origin }]);
      await go("/quiet/");
      const before = await body();
      const heard = await page.evaluate(async () => {
        history.replaceState(null, "", "/");
        const heard = [];
        selvedge.on("error", (error) => heard.push(String(error?.message ?? error)));
        await selvedge.decide().catch(() => heard.push("refused"));
        return heard;
      });
      assert.match(heard.join("\n"), reason);
      assert.equal(heard.at(-1), "refused");
      assert.equal(await body(), before);
    });
  }

  test("answers nonsense with a reason, and goes on", async () => {
    await go("/");
    const answers = await page.evaluate(async () => {
      const engine = await selvedge.engine();
      const loop = [];
      loop.push(loop);
      const contexts = [{ attributes: 5 }, { regiom: "DE" }, { grants: { fun: true } }, { get region() { throw new Error("no"); } }, { now: "soon" }, 7];
      const bad = contexts.map((context) => engine.decide(context));
      const odd = [{ attributes: { a: loop } }, { attributes: { "visitor.visits_30d": loop } }, { attributes: { "visitor.visits_30d": Symbol("six") } }, { attributes: { "visitor.visits_30d": 2n } }, { attributes: { "visitor.visits_30d": [[], {}] } }].map((context) => engine.decide(context, ["page.inner"]));
      return { bad, odd, unknown: engine.decide({}, ["nowhere"]), good: engine.decide({ region: "DE" }, ["page.inner"]), slots: engine.slotsAt("/"), none: engine.slotsAt("/elsewhere") };
    });
    for (const answer of answers.bad) assert.equal(typeof JSON.parse(answer).error, "string", answer);
    for (const answer of answers.odd) assert.equal(JSON.parse(answer).decisions["page.inner"].content, null);
    assert.equal(JSON.parse(answers.unknown).decisions.nowhere.detail, "SLOT_NOT_FOUND");
    assert.equal(JSON.parse(answers.good).decisions["page.inner"].detail, "CONSENT_WITHHELD");
    assert.ok(answers.slots.includes("page.inner"));
    assert.deepEqual(answers.none, []);
  });
});

test("the loader reads consent cookies as the core does", async () => {
  const cases = JSON.parse(readFileSync(join(import.meta.dirname, "../vectors/consent-cookies.json"), "utf8"));
  site.pages["/bare/"] = originPage() + block(site);
  const denied = Object.fromEntries(PURPOSES.slice(2).map((purpose) => [purpose, false]));
  for (const { value, read } of cases) {
    await consentCookie(value);
    await go("/bare/");
    const { epoch, said } = await page.evaluate(() => selvedge.consent.get());
    assert.deepEqual({ epoch, said }, read ?? { epoch: 0, said: denied }, value);
  }
});

test("a loader that is there before the end of a page waits for the data block", async () => {
  const html = edgePage(site).replace('type="module"', 'type="module" async');
  const body = html.indexOf("<body>") + 6;
  const slow = createServer(async (request, response) => {
    if (request.url !== "/") {
      const answer = await fetch(site.origin + request.url);
      return response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") }).end(Buffer.from(await answer.arrayBuffer()));
    }
    response.writeHead(200, { "content-type": "text/html" }).write(html.slice(0, body));
    await wait(600);
    response.end(html.slice(body));
  });
  await new Promise((resolve) => slow.listen(0, "127.0.0.1", resolve));
  try {
    await context.addCookies([{ name: "selvedge-consent", value: GRANTED, url: `http://127.0.0.1:${slow.address().port}` }]);
    await page.goto(`http://127.0.0.1:${slow.address().port}/`);
    await page.waitForFunction(() => window.selvedge);
    assert.deepEqual(await page.evaluate(() => selvedge.consent.get().grants), ALL);
    await page.evaluate(() => selvedge.consent.withdraw());
    assert.match(await page.textContent("[data-slot='inner']"), /Origin inner/);
  } finally {
    slow.closeAllConnections();
    slow.close();
  }
});

test("the loader says the package's version", async () => {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "../../pkg-config/npm/package.json"), "utf8"));
  site.pages["/bare/"] = originPage();
  await go("/bare/");
  assert.equal(await page.evaluate(() => selvedge.version), version);
  assert.deepEqual(await page.evaluate(() => selvedge.consent.get().grants.personalization), false, "no data block grants nothing");
});

/** The last byte of the timestamp's signature: a head begins with it, as a byte string in an array. */
function endOfTimestamp(head) {
  return head[1] === 0x59 ? 3 + head.readUInt16BE(2) : 2 + head[2];
}

function flip(bytes, at) {
  const altered = Buffer.from(bytes);
  altered[at] ^= 1;
  return altered;
}

describe("an exposure on the device", () => {
  /** The exposures of a page that is decided here, by slot; `without` are slots whose element it lacks. */
  async function exposures(id, without = []) {
    let html = originPage({ device: true });
    for (const slot of without) html = html.replace(`data-slot="${slot}"`, "");
    site.pages["/"] = html + block(site, { page: undefined, beacon: "beacon" });
    await newContext();
    await page.addInitScript(() => {
      window.sent = [];
      Navigator.prototype.sendBeacon = (_, text) => window.sent.push(...JSON.parse(text).events);
    });
    await consentCookie(GRANTED);
    await context.addCookies([{ name: "selvedge-id", value: id, url: site.origin }, { name: "selvedge-state", value: state({ "visitor.visits_30d": 6 }), url: site.origin }]);
    await go("/");
    await decided();
    const sent = await page.evaluate(() => {
      for (let at = 0; at < 32; at += 1) selvedge.track("filler");
      return window.sent;
    });
    return new Map(sent.filter(({ name }) => name === "exposure").map(({ detail }) => [detail.slot, detail]));
  }

  /** An id that the experiment `drawn` puts into this arm. */
  async function idIn(arm) {
    await go("/");
    return page.evaluate(async (arm) => {
      const engine = await selvedge.engine();
      for (let at = 0; ; at += 1) {
        const visitor = at.toString(16).padStart(32, "0");
        if (engine.visitor({ grants: { analytics: true, storage: true }, region: "DE", identity: { visitor } }).decide("page.drawn").arm === arm) return visitor;
      }
    }, arm);
  }

  test("of an arm with the origin's own content needs the element", async () => {
    const id = await idIn("control");
    const there = await exposures(id);
    assert.deepEqual([there.get("page.drawn")?.arm, there.get("page.drawn")?.content], ["control", null]);
    const lacking = await exposures(id, ["drawn"]);
    assert.ok(!lacking.has("page.drawn"), "nobody was shown anything");
    assert.ok(lacking.has("page.inner"));
  });

  test("of content needs what it put there, in every kind of change", async () => {
    const id = await idIn("c/drawn");
    const slots = ["inner", "text", "replace", "before", "after", "remove", "link", "hint", "drawn"];
    const there = await exposures(id);
    for (const slot of [...slots, "title", "item", "row"]) assert.ok(there.get(`page.${slot}`)?.content, slot);
    const lacking = await exposures(id, slots);
    for (const slot of slots) assert.ok(!lacking.has(`page.${slot}`), slot);
  });

  test("of a page that was fetched ahead is noted when it is opened, for what is there", async () => {
    const arm = { content: null, depth: "none", read: [], reason: "SPLIT", experiment: "drawn", arm: "control", unit: "visitor", point: 10 };
    const decisions = { "page.inner": decision("inner"), "page.hint": decision("hint"), "page.drawn": decision("drawn", arm), "page.nowhere": decision("nowhere", arm) };
    const unseen = { "page.drawn": "[data-slot='drawn']", "page.nowhere": "#nowhere" };
    const html = edgePage(site, { beacon: "beacon", page: { decisions, cache: "no-store", bundle: "" }, unseen, absent: ["page.hint"] }).replace(/<abbr[^>]*>/, "<abbr>");
    for (const [body, expected] of [[html, ["page.inner", "page.drawn"]], [html.replace('"unseen"', '"seen"'), []]]) {
      site.pages["/"] = body;
      await newContext();
      await page.addInitScript(() => {
        window.sent = [];
        Navigator.prototype.sendBeacon = (_, text) => window.sent.push(...JSON.parse(text).events);
      });
      await consentCookie(GRANTED);
      await go("/");
      const sent = await page.evaluate(() => {
        for (let at = 0; at < 32; at += 1) selvedge.track("filler");
        return window.sent.filter(({ name }) => name === "exposure").map(({ detail }) => detail.slot);
      });
      assert.deepEqual(sent, expected);
    }
  });

  test("of content that the edge chose, and found no element for, is none", async () => {
    const id = await idIn("c/drawn");
    // The edge says that its page has no element for `page.hint`. The device decides the same again.
    site.pages["/"] = edgePage(site, { beacon: "beacon", absent: ["page.hint"] }).replace(/<abbr[^>]*>/, "<abbr>");
    await newContext();
    await page.addInitScript(() => {
      window.sent = [];
      Navigator.prototype.sendBeacon = (_, text) => window.sent.push(...JSON.parse(text).events);
    });
    await consentCookie(GRANTED);
    await context.addCookies([{ name: "selvedge-id", value: id, url: site.origin }, { name: "selvedge-state", value: state({ "visitor.visits_30d": 6 }), url: site.origin }]);
    await go("/");
    const sent = await page.evaluate(async () => {
      await selvedge.decide();
      for (let at = 0; at < 32; at += 1) selvedge.track("filler");
      return window.sent.filter(({ name }) => name === "exposure").map(({ detail }) => detail.slot);
    });
    assert.ok(sent.includes("page.inner") && sent.includes("page.link"), String(sent));
    assert.ok(!sent.includes("page.hint"), String(sent));
  });
});

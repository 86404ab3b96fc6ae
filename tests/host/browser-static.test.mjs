// A site on static hosting: no edge decides, and none is told. The platform speaks, the device decides, and a withdrawal gives everything back.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";

import { start, staticPage, watch } from "./browser/fixture.mjs";
import { script, tcString } from "./browser/platforms.mjs";
import { startChromium } from "./support/chromium.mjs";

const startTcf = () => (window.platform = new Platforms.Tcf(10, 1, true));
const YES = tcString({ core: [1, 6, 8, 11], publisher: [1, 6, 8, 11] });
const NO = tcString({ core: [], publisher: [] });

let browser, site, platforms, context, page, errors, methods;

before(async () => {
  [site, platforms] = await Promise.all([start(), script()]);
  site.pages["/"] = staticPage(site);
  browser = await startChromium();
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
  assert.deepEqual([...methods].filter((method) => method !== "GET"), [], "nobody is there to take a beacon");
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
  await page.route(/__selvedge\/v1\/development\/b\//, async (route) => {
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

/** A page in a region where silence agrees, with these tables of platforms. */
function lawOfSilence(signals) {
  const every = ["necessary", "contextual", "functional", "analytics", "personalization", "advertising", "storage"];
  const silent = JSON.stringify(Object.fromEntries(every.map((purpose) => [purpose, true])));
  return staticPage(site, "--region", "US-CA").replace(/"silent":\{[^}]*\}/, `"silent":${silent}`).replace(/,"signals":\{.*?\}\},"epoch"/, `,"signals":${JSON.stringify(signals)},"epoch"`);
}

const group = { map: { personalization: ["C0003"], analytics: ["C0002"], storage: ["C0003"] } };
const late = [
  ["OneTrust", { onetrust: group }, "OptanonConsent=groups=C0001%3A1%2CC0002%3A0%2CC0003%3A0; OptanonAlertBoxClosed=2026-11-20T08:00:00Z", () => {
    window.OneTrust = { IsAlertBoxClosed: () => true };
    dispatchEvent(new CustomEvent("OneTrustGroupsUpdated", { detail: ["C0001"] }));
  }],
  ["Didomi", { didomi: { map: { personalization: ["p"], storage: ["p"] } } }, "didomi_token=e30", () => {
    window.Didomi = { getCurrentUserStatus: () => ({ purposes: { p: { enabled: false } } }), shouldUserStatusBeCollected: () => false };
    for (const ready of window.didomiOnReady ?? []) ready();
  }],
  ["GPP", { gpp: { fields: { personalization: ["SaleOptOut"], storage: ["SaleOptOut"] } } }, "__gpp=DBABBg~BAUAAABA.QA", () => {
    const pingData = { signalStatus: "ready", parsedSections: { usca: [{ SaleOptOut: 1 }] }, applicableSections: [8], supportedAPIs: [] };
    window.__gpp = (command, listener) => command === "addEventListener" && listener({ eventName: "signalStatus", pingData }, true);
  }],
];

for (const [name, signals, jar, answer] of late) {
  test(`${name} comes late, or never: the device withholds until it answers, and its denial stands`, async () => {
    const before = site.pages["/"];
    site.pages["/"] = lawOfSilence(signals);
    try {
      const others = jar.split("; ").map((pair) => ({ name: pair.split("=")[0], value: pair.slice(pair.indexOf("=") + 1), url: site.origin }));
      await context.addCookies([...others, { name: "selvedge-state", value: `visitor.visits_30d=6~${Math.floor(Date.now() / 864e5)}`, url: site.origin }]);
      await go();
      const read = () => page.evaluate(() => [...new Set(Object.values(selvedge.decisions()).flatMap(({ read }) => read))].filter((name) => name.startsWith("visitor.")));
      assert.deepEqual(await read(), [], "nothing of the visitor before the platform has answered");
      await page.evaluate(() => selvedge.decide());
      assert.deepEqual(await read(), [], "whoever asks");
      await page.evaluate(answer);
      await page.waitForFunction(() => selvedge.consent.get().said.personalization === false);
      await page.evaluate(() => selvedge.decide());
      assert.deepEqual(await read(), []);
      assert.equal((await context.cookies()).find(({ name }) => name === "selvedge-state"), undefined, "the denial reaches the device");
    } finally {
      site.pages["/"] = before;
    }
  });
}

test("a platform that denies nothing ends the wait", async () => {
  const before = site.pages["/"];
  site.pages["/"] = lawOfSilence({ onetrust: group });
  try {
    await context.addCookies([{ name: "selvedge-state", value: `visitor.visits_30d=6~${Math.floor(Date.now() / 864e5)}`, url: site.origin }]);
    await go();
    const read = () => page.evaluate(() => Object.values(selvedge.decisions()).some(({ read }) => read.includes("visitor.visits_30d")));
    assert.equal(await read(), false);
    await page.evaluate(() => dispatchEvent(new CustomEvent("OneTrustGroupsUpdated", { detail: ["C0001"] })));
    await page.waitForFunction(() => Object.values(selvedge.decisions()).some(({ read }) => read.includes("visitor.visits_30d")));
  } finally {
    site.pages["/"] = before;
  }
});

for (const [jar, denied] of [["1YYN", true], ["1YNN", false], ["1---", false], ["2YNN", true], ["", true], [undefined, false]]) {
  test(`US Privacy's cookie ${jar} is heard on pages as at the edge`, async () => {
    const before = site.pages["/"];
    site.pages["/"] = lawOfSilence({ usp: { cookie: "usprivacy" } });
    try {
      if (jar !== undefined) await context.addCookies([{ name: "usprivacy", value: jar, url: site.origin }]);
      await go();
      assert.equal((await grants()).includes("advertising"), !denied);
    } finally {
      site.pages["/"] = before;
    }
  });
}

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

test("the first decision takes two round trips behind the page's", async () => {
  const waves = [];
  const slow = await context.newPage();
  await slow.route("**/*", async (route) => {
    const { pathname } = new URL(route.request().url());
    waves.push([Date.now(), pathname]);
    await new Promise((done) => setTimeout(done, 300));
    await route.continue();
  });
  await slow.addInitScript(startTcf);
  const begun = Date.now();
  await slow.goto(`${site.origin}/`);
  await slow.waitForFunction(() => window.selvedge && Object.keys(selvedge.decisions()).length);
  const trips = waves.filter(([, path]) => path.startsWith("/__selvedge/")).map(([at, path]) => [Math.floor((at - begun) / 300), path]);
  const at = (part) => trips.filter(([, path]) => path.includes(part)).map(([trip]) => trip);
  const first = Math.min(...trips.map(([trip]) => trip));
  for (const part of ["loader.js", "engine.js", "cmp.js"]) assert.deepEqual(at(part), [first], `${part}: ${trips.join(" ")}`);
  const second = Math.max(...at("head"));
  assert.ok(second <= first + 2, trips.join(" "));
  for (const part of [".wasm", "root/1.cose"]) assert.ok(at(part)[0] <= second, `${part}: ${trips.join(" ")}`);
  const payloads = at("/b/").filter((trip) => trip <= second);
  assert.equal(payloads.length, 2, `program and index: ${trips.join(" ")}`);
  await slow.close();
});

test("lines of an earlier release decide alike", async () => {
  const [good] = [site.pages["/"]];
  site.pages["/"] = good.replace(/"ahead":\[[^\]]*\]/, '"ahead":["v1/development/b/' + "0".repeat(64) + '"]');
  try {
    await go(startTcf);
    assert.ok(await page.evaluate(() => Object.keys(selvedge.decisions()).length));
  } finally {
    site.pages["/"] = good;
  }
  errors = errors.filter((error) => !/404/.test(error));
});

test("a failure to decide is an Error", async () => {
  const { tamper } = site;
  site.tamper = (name, bytes) => (name.endsWith("/head") ? Buffer.from(bytes.subarray(0, 40)) : bytes);
  try {
    await page.addInitScript(startTcf);
    await page.goto(`${site.origin}/`);
    await page.waitForFunction(() => window.selvedge);
    const failed = await page.evaluate(() => selvedge.decide().then(() => null, (error) => [error instanceof Error, error.message]));
    assert.equal(failed?.[0], true, String(failed));
    assert.notEqual(failed[1], "");
  } finally {
    site.tamper = tamper;
  }
});

test("the package can be imported where there is no page", () => {
  const shipped = fileURLToPath(new URL("../../dist/browser/", import.meta.url));
  const script = `
    for (const file of ["engine.js", "why-element.js", "server.js"]) await import("file://${shipped}" + file);
    const { exports } = JSON.parse(await (await import("node:fs/promises")).readFile("${shipped}package.json", "utf8"));
    console.log(exports["."].node);`;
  assert.equal(execFileSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" }).trim(), "./server.js");
});

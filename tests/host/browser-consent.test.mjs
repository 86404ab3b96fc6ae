// Consent platforms in a real browser, the IAB's behind their official libraries: what they say is followed, in the task in which they say it.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";

import { block, complete, edgePage, originPage, start, state, watch } from "./browser/fixture.mjs";
import { script, tcString, VENDOR } from "./browser/platforms.mjs";
import { startBrowser } from "./support/browser.mjs";

const TCF = { map: { storage: [1], analytics: [8], personalization: [6], advertising: [4] } };
const GPP = { fields: { advertising: ["SaleOptOut", "SharingOptOut", "TargetedAdvertisingOptOut"] } };
const OPTED_IN = { silent: complete({ necessary: true, contextual: true, functional: true, analytics: true, personalization: true, advertising: true, storage: true }) };

let browser, site, context, page, errors, platforms;

before(async () => {
  [site, platforms] = await Promise.all([start(), script()]);
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  site?.close();
});
beforeEach(async () => {
  site.requests.length = 0;
  context = await browser.newContext();
  await context.addInitScript(watch);
  await context.addInitScript(platforms);
  page = await context.newPage();
  errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
});
afterEach(async () => {
  await context.close();
  assert.deepEqual(errors, []);
});

/** A page that the edge decided for somebody who had agreed, or left as it was for somebody who has said nothing yet. */
async function go(signals, { agreed = false, before, ...given } = {}) {
  const known = { epoch: 0, grants: given.silent ?? complete({ necessary: true, contextual: true }) };
  if (agreed) {
    const cookie = (name, value) => ({ name, value, url: site.origin });
    await context.addCookies([cookie("selvedge-consent", "v=1&epoch=3&analytics=1&personalization=1&storage=1"), cookie("selvedge-id", "a".repeat(32)), cookie("selvedge-state", state({ "visitor.visits_30d": 6 }))]);
    Object.assign(known, { epoch: 3, grants: complete({ necessary: true, contextual: true, analytics: true, personalization: true, storage: true }) });
  }
  site.pages["/edge/"] = agreed ? edgePage(site, { signals, ...known, ...given }) : originPage() + block(site, { signals, ...known, ...given });
  if (before) await page.addInitScript(before);
  await page.goto(`${site.origin}/edge/`);
  await page.waitForFunction(() => window.selvedge);
}

const grants = () => page.evaluate(() => Object.entries(selvedge.consent.get().grants).filter(([, yes]) => yes).map(([purpose]) => purpose));
/** Without the day of the visitor's last choice, which is today. */
const undated = (text) => text.replace(`&day=${Math.floor(Date.now() / 86_400_000)}`, "");
const cookies = async () => Object.fromEntries((await context.cookies()).map(({ name, value }) => [name, undated(value)]));
const restored = () => page.evaluate(() => document.querySelector("[data-slot='inner'] h1") !== null);
const granted = (purpose) => page.waitForFunction((purpose) => selvedge.consent.get().grants[purpose], purpose);

describe("a TCF platform", () => {
  const startTcf = () => (window.platform = new Platforms.Tcf(10, 1, true));

  test("grants nothing while its dialogue is open, and what the visitor chose when it closes", async () => {
    await go({ tcf: TCF }, { before: startTcf });
    const asked = tcString({ core: [1, 6, 8], publisher: [1, 6, 8] });
    await page.evaluate((asked) => platform.update(asked, true), asked);
    await page.waitForTimeout(250);
    assert.deepEqual(await grants(), ["necessary", "contextual"]);
    assert.deepEqual(await cookies(), {});
    await page.evaluate((asked) => platform.update(asked, false), asked);
    assert.deepEqual(await grants(), ["necessary", "contextual", "analytics", "personalization", "storage"]);
    assert.equal((await cookies())["selvedge-consent"], "v=1&epoch=1&analytics=1&personalization=1&storage=1&advertising=0");
  });

  test("withdraws in the very task of its event", async () => {
    await go({ tcf: TCF }, { agreed: true, before: startTcf });
    await page.evaluate((text) => platform.update(text, false), tcString({ publisher: [1, 6, 8] }));
    await page.waitForTimeout(250);
    assert.equal(await restored(), false, "what it knew already changes nothing");
    const now = await page.evaluate((text) => {
      platform.update(text, false);
      return { inner: document.querySelector("[data-slot='inner']").innerHTML, cookie: document.cookie };
    }, tcString({ publisher: [] }));
    assert.match(now.inner, /<h1/);
    assert.equal(undated(now.cookie), "selvedge-consent=v=1&epoch=5&analytics=0&personalization=0&advertising=0&storage=0");
  });

  test("is not asked to grant again what the visitor withdrew here", async () => {
    await go({ tcf: TCF }, { agreed: true, before: startTcf });
    const text = tcString({ publisher: [1, 6, 8] });
    await page.evaluate((text) => platform.update(text, false), text);
    await page.waitForTimeout(250);
    await page.evaluate(() => selvedge.consent.withdraw());
    assert.match((await cookies())["selvedge-consent"], /personalization=0/);
    await page.goto(`${site.origin}/edge/`);
    await page.waitForFunction(() => window.selvedge);
    await page.evaluate((text) => platform.update(text, false), text);
    await page.waitForTimeout(250);
    assert.deepEqual(await grants(), ["necessary", "contextual"], "an old string is no new choice");
    await page.evaluate((text) => (platform.update(text, true), platform.update(text, false)), text);
    assert.ok((await grants()).includes("personalization"), "a new choice is");
  });

  const all = [1, 4, 6, 8];
  const strings = {
    "the publisher's own segment says no": [{}, { core: all, publisher: [] }, false],
    "the publisher's own segment says yes": [{}, { core: [], publisher: all }, true],
    "without that segment the framework's purposes count": [{}, { core: all }, true],
    "a vendor with consent": [{ basis: ["vendor"], vendor: VENDOR }, { core: all, vendor: true }, true],
    "a vendor without consent": [{ basis: ["vendor"], vendor: VENDOR }, { core: all }, false],
    "a vendor that was not disclosed": [{ basis: ["vendor"], vendor: VENDOR }, { core: all, vendor: true, disclosed: false }, false],
    "a vendor where legitimate interest is all there is": [{}, { core: [], vendor: true }, false],
  };
  for (const [name, [table, model, expected]] of Object.entries(strings)) {
    test(`${name}: ${expected ? "granted" : "denied"}`, async () => {
      await go({ tcf: { ...TCF, ...table } }, { before: startTcf });
      await page.evaluate((text) => platform.update(text, false), tcString(model));
      await page.waitForFunction(() => Object.keys(selvedge.consent.get().said).length);
      assert.equal((await grants()).includes("personalization"), expected);
    });
  }

  test("that does not apply says nothing", async () => {
    await go({ tcf: TCF }, { before: startTcf, ...OPTED_IN });
    await page.evaluate(() => platform.update(null, false));
    await page.waitForTimeout(250);
    assert.ok((await grants()).includes("personalization"));
    assert.deepEqual(await cookies(), {});
  });
});

describe("a GPP platform", () => {
  const startGpp = () => (window.platform = new Platforms.Gpp(10, 1));
  const ready = (fields, changed) =>
    page.evaluate(([fields, changed]) => {
      for (const [field, value] of Object.entries(fields)) platform.setFieldValue("usca", field, value);
      platform.setApplicableSections([8]);
      platform.setSignalStatus("ready");
      if (changed) platform.fireSectionChange("usca");
    }, [fields, changed]);

  test("switches off what the visitor opted out of, and on again", async () => {
    await go({ gpp: GPP }, { before: startGpp, ...OPTED_IN });
    await page.waitForTimeout(200);
    await ready({ SaleOptOut: 1, SharingOptOut: 2 });
    await page.waitForFunction(() => !selvedge.consent.get().grants.advertising);
    assert.ok((await grants()).includes("personalization"));
    await ready({ SaleOptOut: 2, SharingOptOut: 2 }, true);
    assert.ok((await grants()).includes("advertising"));
  });

  test("is heard about an opt-out of a section that does not apply, and about the browser's at once", async () => {
    await go({ gpp: GPP }, { before: startGpp, ...OPTED_IN });
    await page.evaluate(() => {
      platform.setFieldValue("usca", "SaleOptOut", 1);
      platform.setApplicableSections([7]);
      platform.setSignalStatus("ready");
    });
    await page.waitForFunction(() => !selvedge.consent.get().grants.advertising);
    await context.clearCookies();
    await go({ gpp: GPP }, { before: startGpp, ...OPTED_IN });
    await page.evaluate(() => (platform.setFieldValue("usca", "Gpc", true), platform.fireSectionChange("usca")));
    await page.waitForFunction(() => !selvedge.consent.get().grants.advertising);
  });

  test("is not believed before it is ready, nor about sections that do not apply", async () => {
    await go({ gpp: GPP }, { before: startGpp });
    await page.evaluate(() => (platform.setFieldValue("usca", "SaleOptOut", 2), platform.setApplicableSections([8]), platform.fireSectionChange("usca")));
    await page.waitForTimeout(250);
    assert.ok(!(await grants()).includes("advertising"));
    await page.evaluate(() => (platform.setApplicableSections([7]), platform.setSignalStatus("ready")));
    assert.ok(!(await grants()).includes("advertising"));
  });
});

describe("other platforms", () => {
  test("Google Consent Mode: defaults grant nothing, updates do, and take back", async () => {
    const gtag = () => {
      window.dataLayer = [];
      window.gtag = function () {
        dataLayer.push(arguments);
      };
      gtag("consent", "default", { analytics_storage: "granted", personalization_storage: "granted" });
    };
    await go({ google: { map: { analytics: ["analytics_storage"], personalization: ["personalization_storage"] } } }, { before: gtag });
    await page.waitForTimeout(250);
    assert.deepEqual(await grants(), ["necessary", "contextual"]);
    // The visitor answers one question: the other is still the site's own default.
    await page.evaluate(() => gtag("consent", "update", { analytics_storage: "granted" }));
    assert.deepEqual(await grants(), ["necessary", "contextual", "analytics", "storage"]);
    await page.evaluate(() => gtag("consent", "update", { personalization_storage: "granted" }));
    assert.deepEqual(await grants(), ["necessary", "contextual", "analytics", "personalization", "storage"]);
    await page.evaluate(() => gtag("consent", "update", { personalization_storage: "denied" }));
    assert.deepEqual(await grants(), ["necessary", "contextual", "analytics", "storage"]);
  });

  test("OneTrust: groups are defaults until the banner is closed", async () => {
    const onetrust = () => {
      window.closed_ = false;
      window.OneTrust = { IsAlertBoxClosed: () => window.closed_ };
      window.say = (groups) => dispatchEvent(new CustomEvent("OneTrustGroupsUpdated", { detail: groups }));
    };
    await go({ onetrust: { map: { analytics: ["C0002"], functional: ["C0003"], advertising: ["C0004", "C0005"] } } }, { before: onetrust });
    await page.waitForTimeout(250);
    await page.evaluate(() => say(["C0001", "C0002", "C0003"]));
    assert.deepEqual(await grants(), ["necessary", "contextual"]);
    await page.evaluate(() => ((window.closed_ = true), say(["C0001", "C0002", "C0004"])));
    assert.deepEqual(await grants(), ["necessary", "contextual", "analytics", "storage"], "half of advertising is none");
    await page.evaluate(() => say(["C0001"]));
    assert.deepEqual(await grants(), ["necessary", "contextual"]);
  });

  test("OneTrust: what was refused stays refused while it asks again, and what was granted does not stay granted", async () => {
    const onetrust = () => {
      window.OneTrust = { IsAlertBoxClosed: () => true, IsAlertBoxClosedAndValid: () => false };
      window.OnetrustActiveGroups = ",C0001,C0002,";
    };
    const silent = { ...complete({ necessary: true, contextual: true }), analytics: true, functional: true, advertising: true };
    await go({ onetrust: { map: { analytics: ["C0002"], functional: ["C0003"], advertising: ["C0004"] } } }, { before: onetrust, silent });
    await page.waitForFunction(() => !selvedge.consent.get().grants.advertising);
    assert.deepEqual(await grants(), ["necessary", "contextual", "analytics"]);
    assert.equal((await cookies())["selvedge-consent"], "v=1&epoch=1&functional=0&advertising=0&storage=0");
  });

  test("OneTrust: it asks again as its cookies say, where its own interface says that the banner is open", async () => {
    const onetrust = () => {
      document.cookie = "OptanonAlertBoxClosed=2026-11-10T10:00:00.000Z; path=/";
      document.cookie = "OptanonConsent=groups=C0002%3A0&AwaitingReconsent=true; path=/";
      window.OneTrust = { IsAlertBoxClosed: () => false };
      window.OnetrustActiveGroups = ",C0001,";
    };
    const silent = { ...complete({ necessary: true, contextual: true }), analytics: true };
    await go({ onetrust: { map: { analytics: ["C0002"] } } }, { before: onetrust, silent });
    await page.waitForFunction(() => !selvedge.consent.get().grants.analytics);
    assert.equal((await cookies())["selvedge-consent"], "v=1&epoch=1&analytics=0&storage=0");
  });

  test("OneTrust: a browser's opt-out counts before the banner is closed", async () => {
    const onetrust = () => {
      document.cookie = "OptanonConsent=isGpcEnabled=0&browserGpcFlag=1&groups=C0001%3A1%2CC0004%3A1; path=/";
      window.OneTrust = { IsAlertBoxClosed: () => false };
      window.OnetrustActiveGroups = ",C0001,C0004,";
    };
    await go({ onetrust: { map: { advertising: ["C0004"] } } }, { before: onetrust, ...OPTED_IN });
    await page.waitForFunction(() => !selvedge.consent.get().grants.advertising);
    assert.equal((await cookies())["selvedge-consent"], "v=1&epoch=1&advertising=0");
  });

  test("a withdrawal made here outlives what a platform that the page feeds merely knows", async () => {
    const known = { personalization: true, storage: true, analytics: true };
    const hear = (level) => page.evaluate(([level, known]) => selvedge.consent.hear("ours", level, known), [level, known]);
    const again = async () => {
      await page.goto(`${site.origin}/edge/`);
      await page.waitForFunction(() => window.selvedge);
    };
    // Withdrawn after the platform spoke on this page, and before it did.
    for (const isFirst of [true, false]) {
      await go(undefined, { agreed: true });
      if (isFirst) await hear("known");
      await page.evaluate(() => selvedge.consent.withdraw());
      if (!isFirst) await hear("known");
      assert.match((await cookies())["selvedge-consent"], /personalization=0/);
      await again();
      await hear("known");
      assert.deepEqual(await grants(), ["necessary", "contextual"]);
    }
    await hear("chosen");
    assert.ok((await grants()).includes("personalization"), "a new choice is one");
  });

  test("a law that asks for a parent takes a parent's grant alone, by any way that it comes", async () => {
    const law = { parental: complete({ personalization: true }), never: complete({ advertising: true }) };
    const set = (choices) => page.evaluate((choices) => selvedge.consent.set(choices), choices);
    const hear = (level, choices) => page.evaluate(([level, choices]) => selvedge.consent.hear("ours", level, choices), [level, choices]);
    const NOBODY = ["necessary", "contextual", "storage"];
    const PARENT = ["necessary", "contextual", "personalization", "storage"];
    const written = async () => (await cookies())["selvedge-consent"];

    await go(undefined, law);
    await set({ personalization: true, storage: true, advertising: true });
    assert.deepEqual(await grants(), NOBODY, "the child's own word");
    assert.equal(await written(), "v=1&epoch=1&personalization=1&advertising=1&storage=1");
    await set({ personalization: "parent", advertising: "parent" });
    assert.deepEqual(await grants(), PARENT, "nobody can agree to advertising");
    assert.equal(await written(), "v=1&epoch=2&storage=1&personalization=2&advertising=2");
    assert.equal(await page.evaluate(() => selvedge.consent.get().said.personalization), "parent");
    await go(undefined, law);
    assert.deepEqual(await grants(), PARENT, "as the cookie says");
    await set({ personalization: false });
    assert.deepEqual(await grants(), NOBODY, "the child says no");
    await assert.rejects(set({ personalization: "self" }), /is true, "parent", false or null/);

    // A platform that can tell.
    await context.clearCookies();
    await go(undefined, law);
    await hear("known", { personalization: true, storage: true });
    assert.deepEqual(await grants(), NOBODY);
    await hear("chosen", { personalization: "parent", storage: true });
    assert.deepEqual(await grants(), PARENT);
    await hear("known", { personalization: true, storage: true });
    assert.deepEqual(await grants(), PARENT, "what it merely knows takes nothing back");
    await hear("pending", { personalization: true, storage: true });
    await hear("chosen", { personalization: true, storage: true });
    assert.deepEqual(await grants(), NOBODY, "what was chosen last counts");
    await hear("chosen", { personalization: "parent", storage: true });
    await hear("pending", { storage: true });
    assert.deepEqual(await grants(), NOBODY, "taken back");

    // Where the law asks for nobody in particular, both count.
    await context.clearCookies();
    await go();
    await set({ personalization: "parent", storage: true });
    assert.deepEqual(await grants(), PARENT);
  });

  test("Cookiebot: only an explicit answer counts", async () => {
    const cookiebot = () => {
      window.Cookiebot = { hasResponse: true, consent: { method: "implied", preferences: true, statistics: true, marketing: true } };
      window.answer = (event, consent) => (Object.assign(Cookiebot.consent, consent), dispatchEvent(new Event(event)));
    };
    await go({ cookiebot: { map: { functional: ["preferences"], analytics: ["statistics"], advertising: ["marketing"] } } }, { before: cookiebot });
    await page.waitForTimeout(250);
    assert.deepEqual(await grants(), ["necessary", "contextual"]);
    await page.evaluate(() => answer("CookiebotOnAccept", { method: "explicit", marketing: false }));
    assert.deepEqual(await grants(), ["necessary", "contextual", "functional", "analytics", "storage"]);
    await page.evaluate(() => answer("CookiebotOnDecline", { statistics: false, preferences: false }));
    assert.deepEqual(await grants(), ["necessary", "contextual"]);
  });

  test("Didomi: purposes count once the notice was answered", async () => {
    const didomi = () => {
      window.userStatus = { purposes: { perso: { enabled: true }, mesure: { enabled: true } } };
      window.open_ = true;
      window.Didomi = { getCurrentUserStatus: () => window.userStatus, shouldUserStatusBeCollected: () => window.open_ };
    };
    await go({ didomi: { map: { personalization: ["perso"], analytics: ["mesure"] } } }, { before: didomi });
    await page.waitForFunction(() => window.didomiEventListeners?.length);
    await page.evaluate(() => didomiOnReady.forEach((call) => call(Didomi)));
    assert.deepEqual(await grants(), ["necessary", "contextual"]);
    await page.evaluate(() => ((window.open_ = false), didomiEventListeners.forEach(({ listener }) => listener())));
    assert.deepEqual(await grants(), ["necessary", "contextual", "analytics", "personalization", "storage"]);
    await page.evaluate(() => ((userStatus.purposes.perso.enabled = false), didomiEventListeners.forEach(({ listener }) => listener())));
    assert.deepEqual(await grants(), ["necessary", "contextual", "analytics", "storage"]);
  });

  test("Usercentrics: services and categories, when the answer was explicit", async () => {
    await go({ usercentrics: { event: "ucEvent", map: { analytics: ["Our statistics"], functional: ["functional"] } } });
    const say = (detail) => page.evaluate((detail) => void dispatchEvent(new CustomEvent("ucEvent", { detail })), detail);
    await page.waitForTimeout(250);
    await say({ event: "consent_status", type: "IMPLICIT", "Our statistics": true, ucCategory: { functional: true } });
    assert.deepEqual(await grants(), ["necessary", "contextual"]);
    await say({ event: "consent_status", type: "EXPLICIT", "Our statistics": true, ucCategory: { functional: null } });
    assert.deepEqual(await grants(), ["necessary", "contextual", "analytics", "storage"]);
  });

  test("Usercentrics: what it knew before anybody listened, and categories by their state", async () => {
    const details = (type, functional, statistics) => ({
      consent: { type },
      services: { a1: { name: "Our statistics", consent: { given: statistics, type } } },
      categories: { functional: { state: functional, dps: null } },
    });
    const table = { usercentrics: { event: "UC_CONSENT", map: { analytics: ["Our statistics"], functional: ["functional"] } } };
    await go(table, { before: `window.__ucCmp = { isInitialized: async () => true, getConsentDetails: async () => (${JSON.stringify(details("EXPLICIT", "ALL_ACCEPTED", true))}) }` });
    await granted("functional");
    assert.deepEqual(await grants(), ["necessary", "contextual", "functional", "analytics", "storage"]);
    const say = (detail) => page.evaluate((detail) => void dispatchEvent(new CustomEvent("UC_CONSENT", { detail })), detail);
    await say(details("EXPLICIT", "SOME_ACCEPTED", true));
    assert.deepEqual(await grants(), ["necessary", "contextual", "analytics", "storage"], "some of a category is not the category");
    await say(details("EXPLICIT", "ALL_DENIED", false));
    assert.deepEqual(await grants(), ["necessary", "contextual"]);
  });

  test("one denial is one, whatever the others say", async () => {
    const both = () => {
      window.dataLayer = [];
      window.platform = new Platforms.Tcf(10, 1, true);
    };
    await go({ tcf: TCF, google: { map: { personalization: ["personalization_storage"] } } }, { before: both });
    await page.evaluate((text) => platform.update(text, false), tcString({ publisher: [1, 6, 8] }));
    await granted("personalization");
    await page.evaluate(() => dataLayer.push(["consent", "update", { personalization_storage: "denied" }]));
    assert.ok(!(await grants()).includes("personalization"));
  });
});

describe("events", () => {
  const beacons = async () => (await page.evaluate(() => window.touched)).filter(({ what }) => what === "sendBeacon");
  const agreed = { agreed: true };

  test("are not noted without permission", async () => {
    await go(undefined);
    assert.equal(await page.evaluate(() => selvedge.track("added-to-basket", { value: 3 })), false);
    await page.evaluate(() => dispatchEvent(new Event("pagehide")));
    assert.deepEqual(await beacons(), []);
  });

  test("go out in one beacon, without an id", async () => {
    site.pages["/__selvedge/beacon"] = "";
    await go(undefined, agreed);
    const posted = page.waitForRequest((request) => request.method() === "POST");
    assert.equal(await page.evaluate(() => selvedge.track("added-to-basket", { value: 3 })), true);
    await page.evaluate(() => (selvedge.track("seen"), dispatchEvent(new Event("pagehide"))));
    await posted;
    while (site.posted.length === 0) await page.waitForTimeout(10);
    const { v, events } = JSON.parse(site.posted.splice(0).join(""));
    assert.equal(v, 1);
    assert.deepEqual(events.map(({ at, ...event }) => event), [{ name: "added-to-basket", epoch: 3, detail: { value: 3 } }, { name: "seen", epoch: 3, detail: {} }]);
    assert.ok(events.every(({ at }) => at % 60_000 === 0), "to the minute");
  });

  test("that wait are gone when consent is withdrawn, and none follow in the next minute", async () => {
    await page.clock.install();
    await go(undefined, agreed);
    await page.evaluate(() => {
      selvedge.track("seen");
      selvedge.consent.withdraw();
      window.touched.length = 0;
      selvedge.track("seen");
    });
    await page.clock.runFor(60_000);
    await page.evaluate(() => (dispatchEvent(new Event("pagehide")), document.dispatchEvent(new Event("visibilitychange"))));
    const touched = await page.evaluate(() => window.touched);
    assert.deepEqual(touched.filter(({ what }) => what !== "cookie read"), []);
    assert.deepEqual(await cookies(), { "selvedge-consent": "v=1&epoch=4&functional=0&analytics=0&personalization=0&advertising=0&sensitive=0&storage=0" });
    assert.equal(await restored(), true);
  });

  test("from before another choice are not joined to those after it", async () => {
    await go(undefined, agreed);
    const noted = await page.evaluate(() => {
      selvedge.track("seen");
      selvedge.consent.set({ functional: true });
      dispatchEvent(new Event("pagehide"));
      return window.touched.filter(({ what }) => what === "sendBeacon").length;
    });
    assert.equal(noted, 0);
  });
});

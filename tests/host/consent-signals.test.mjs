// One answer for edge and page: what the edge reads in a string or a cookie, the page hears through the platform's own interface.
//
// The table is what the edge reads in California; `tests/suite/consent.rs` holds it to that. Here the official libraries decode the same strings, and
// stand-ins of the other platforms hold what their cookies say.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { GppModel } from "@iabgpp/cmpapi";
import { TCString } from "@iabtechlabtcf/core";

const CASES = JSON.parse(readFileSync(join(import.meta.dirname, "../vectors/consent-signals.json"), "utf8"));
// As an edge writes them for the shipped mapping.
const TABLES = {
  tcf: { basis: ["publisher_tc", "vendor", "core_purposes"], vendor: 0, map: { contextual: [11], analytics: [8], personalization: [6], advertising: [4], storage: [1] } },
  gpp: { fields: { advertising: ["SaleOptOut", "OptOutSale", "SharingOptOut", "TargetedAdvertisingOptOut"], sensitive: ["SensitiveDataProcessing"] } },
  onetrust: { map: { necessary: ["C0001"], functional: ["C0003"], analytics: ["C0002"], advertising: ["C0004"] } },
  cookiebot: { map: { functional: ["preferences"], analytics: ["statistics"], advertising: ["marketing"] } },
  didomi: { map: { personalization: ["perso"], analytics: ["mesure"] } },
  google: {
    map: {
      necessary: ["security_storage"],
      functional: ["functionality_storage"],
      analytics: ["analytics_storage"],
      personalization: ["personalization_storage"],
      advertising: ["ad_storage", "ad_user_data", "ad_personalization"],
    },
  },
};

/** What a page has of each platform, given what the edge has. */
const pages = {
  tcf({ tcf }) {
    const model = TCString.decode(tcf);
    const flags = (ids) => Object.fromEntries(Array.from(ids.values(), (id) => [id, true]));
    const data = {
      tcString: tcf,
      gdprApplies: true,
      eventStatus: "tcloaded",
      tcfPolicyVersion: model.policyVersion,
      isServiceSpecific: model.isServiceSpecific,
      purpose: { consents: flags(model.purposeConsents) },
      publisher: { consents: flags(model.publisherConsents) },
      vendor: { consents: flags(model.vendorConsents), disclosedVendors: flags(model.vendorsDisclosed) },
    };
    return { __tcfapi: (command, version, listener) => listener(data, true) };
  },
  gpp({ gpp }) {
    const pingData = { signalStatus: "ready", applicableSections: [6, 7, 8], supportedAPIs: [], parsedSections: new GppModel(gpp).toObject() };
    return { __gpp: (command, listener) => listener({ eventName: "signalStatus", pingData }, true) };
  },
  onetrust({ onetrust, onetrust_closed: closed }) {
    // The platform writes its defaults over an answer that it cannot read.
    const groups = /groups=((?:\w+%3A[01](?:%2C)?)+)$|groups=((?:\w+%3A[01](?:%2C)?)+)&/.exec(onetrust)?.slice(1).find(Boolean) ?? "C0001%3A1%2CC0002%3A1%2CC0004%3A1";
    const isClosed = closed !== undefined;
    return {
      cookie: [onetrust !== undefined && `OptanonConsent=${onetrust}`, isClosed && `OptanonAlertBoxClosed=${closed}`].filter(Boolean).join("; "),
      OneTrust: { IsAlertBoxClosed: () => isClosed },
      OnetrustActiveGroups: decodeURIComponent(groups).split(",").flatMap((group) => (group.endsWith(":1") ? group.slice(0, -2) : [])).join(","),
    };
  },
  cookiebot({ cookiebot }) {
    if (cookiebot === "-1") return { Cookiebot: { hasResponse: false, consent: { method: null } } };
    const pairs = cookiebot.slice(1, -1).split(",").map((pair) => pair.split(":"));
    return { Cookiebot: { hasResponse: true, consent: Object.fromEntries(pairs.map(([name, value]) => [name, name === "method" ? value.slice(1, -1) : value === "true"])) } };
  },
  didomi({ didomi }) {
    const { purposes, purposes_li } = JSON.parse(atob(didomi));
    const status = [...purposes.enabled.map((id) => [id, !purposes_li.disabled.includes(id)]), ...purposes.disabled.map((id) => [id, false])];
    const user = { purposes: Object.fromEntries(status.map(([id, enabled]) => [id, { id, enabled }])) };
    return { didomiOnReady: { push: (ready) => ready() }, Didomi: { shouldUserStatusBeCollected: () => false, getCurrentUserStatus: () => user } };
  },
  google: ({ google }) => ({ dataLayer: [["consent", "update", google]] }),
};

class Document {
  constructor(cookie) {
    this.jar = cookie;
  }
  get cookie() {
    return this.jar;
  }
}

globalThis.addEventListener = () => {};
globalThis.window = globalThis;
const OWN = new Set(Object.getOwnPropertyNames(globalThis));
const { listen } = await import("../../pkg-config/npm/cmp.js");

/** What the page hears of a platform that holds these signals. */
function hear(platform, signals) {
  const { cookie = "", ...globals } = pages[platform](signals);
  for (const name of Object.getOwnPropertyNames(globalThis)) if (!OWN.has(name)) delete globalThis[name];
  Object.assign(globalThis, globals);
  globalThis.document = new Document(cookie);
  let heard = {};
  listen((name, level, choices) => (heard = level === "pending" ? {} : choices), { [platform]: TABLES[platform] }, () => {});
  return Object.fromEntries(Object.entries(heard).filter(([purpose, choice]) => choice !== undefined && purpose !== "necessary"));
}

for (const platform of Object.keys(pages)) {
  const cases = CASES.filter(({ signals }) => Object.keys(signals).some((name) => name.startsWith(platform)));
  test(`${platform}: ${cases.length} answers are the edge's`, () => {
    assert.ok(cases.length > 5);
    for (const { signals, said } of cases) assert.deepEqual(hear(platform, signals), said, JSON.stringify(signals));
  });
}

// Selvedge ears: what the site's consent platform says, in the words of our purposes.
//
// It takes `signals` of the page's data block, one table for each platform that the site uses, and gives every change to the loader. It asks a
// platform through that platform's own interface, keeps nothing, and never takes a platform's defaults, or a dialogue that is still open, for a
// visitor's choice.
//
// A table maps our purposes to what the platform calls its own; all that is named must hold: `{ "tcf": { "map": { "personalization": [6] } } }`.

import { global } from "./plain.js";

const POLL_MS = 100;
const POLL_MAX = 100;
const SETTLED = { tcloaded: "known", useractioncomplete: "chosen" };
const NOT_ALLOWED = 0;
const LEGITIMATE_INTEREST = 2;
const US_FIRST = 6; // the section id of the first of these
const US = "uspv1 usnat usca usva usco usut usct usfl usmt usor ustx usde usia usne usnh usnj ustn usmn usmd usin usky usri".split(" ");
const platforms = { tcf, gpp, google, onetrust, cookiebot, didomi, usercentrics };

/** Listens to every platform that has a table. `hear(platform, level, choices)`: see the loader. */
export function listen(hear, tables) {
  for (const [name, table] of Object.entries(tables)) {
    // A platform that throws is not heard; the others are.
    if (Object.hasOwn(platforms, name)) platforms[name](table, (level, choices) => hear(name, level, choices));
  }
}

/**
 * What groups of cookies, or types of storage, stand for. One that is granted grants storage; where all that were asked about are off, so is storage,
 * unless a group stands for it. A choice that is no longer current grants nothing, and its denials stay.
 */
function ofGroups(table, holds, current = true) {
  const said = Object.fromEntries(Object.entries(choices(table, holds)).filter(([, yes]) => current || !yes));
  const answers = Object.values(said);
  return answers.length ? { storage: answers.includes(true), ...said } : said;
}

/** The choices of a table's purposes, where `holds(name)` says what the platform grants. */
function choices({ map = {} }, holds) {
  return Object.fromEntries(Object.entries(map).filter(([, names]) => names.length).map(([purpose, names]) => [purpose, names.every((name) => holds(name) === true)]));
}

/** Levels for platforms that do not say themselves which is which: what comes after something else is the visitor's own act. */
function levels() {
  let heard = false;
  return (settled) => {
    const level = !settled ? "pending" : heard ? "chosen" : "known";
    heard = true;
    return level;
  };
}

/** The list of this name that the page and a platform share. */
function list(name) {
  return global(name) ?? (window[name] = []);
}

/** Calls `found` with the global of this name, once there is one. */
function awaited(name, found, tries = 0) {
  if (global(name)) found(global(name));
  else if (tries < POLL_MAX) setTimeout(awaited, POLL_MS, name, found, tries + 1);
}

// ---- IAB

/** Transparency and Consent Framework 2.2 and later. */
function tcf(table, hear) {
  const { basis = ["publisher_tc", "vendor", "core_purposes"], vendor, service_specific = true } = table;
  awaited("__tcfapi", (api) =>
    api("addEventListener", 2, (data, success) => {
      if (!success || !data) return hear("pending", {});
      // Another law applies: this framework has nothing to say.
      if (data.gdprApplies === false) return hear("known", {});
      const level = (data.gdprApplies === true && SETTLED[data.eventStatus]) || "pending";
      const { purpose = {}, publisher = {} } = data;
      const sources = {
        publisher_tc: hasPublisherSegment(data.tcString) && ((id) => publisher.consents?.[id]),
        vendor: vendor && ((id) => purpose.consents?.[id] && allows(data, vendor, id)),
        core_purposes: (id) => purpose.consents?.[id],
      };
      const source = basis.map((name) => sources[name]).find(Boolean);
      const valid = !service_specific || data.isServiceSpecific !== false;
      hear(level, choices(table, (id) => !!source && valid && source(id)));
    }),
  );
}

/** Three bits say what a segment is, and 3 is the publisher's own. */
function hasPublisherSegment(text = "") {
  return text.split(".").slice(1).some((segment) => /^[Y-Za-f]/.test(segment));
}

/** Whether the vendor was shown to the visitor, has their consent, and is not restricted. */
function allows({ vendor: vendors = {}, publisher = {}, tcfPolicyVersion = 0 }, vendor, purpose) {
  const restriction = publisher.restrictions?.[purpose]?.[vendor];
  const shown = tcfPolicyVersion < 5 || vendors.disclosedVendors?.[vendor] === true;
  return vendors.consents?.[vendor] === true && shown && restriction !== NOT_ALLOWED && restriction !== LEGITIMATE_INTEREST;
}

/** Global Privacy Platform: the sections of the United States. European strings are heard through their own interface. */
function gpp(table, hear) {
  const level = levels();
  awaited("__gpp", (api) =>
    api("addEventListener", (event, success) => {
      const ping = event?.pingData;
      if (!success || !ping || event.eventName === "listenerRegistered" && ping.signalStatus !== "ready") return;
      hear(level(ping.signalStatus === "ready"), opinions(table, sections(ping)));
    }),
  );
}

/** The fields of the sections that apply here. A section that came later than this list is found by what the platform calls it. */
function sections({ parsedSections = {}, applicableSections = [], supportedAPIs = [] }) {
  const named = new Map(supportedAPIs.map((api) => api.split(":")));
  const names = applicableSections.map((id) => US[id - US_FIRST] ?? named.get(String(id)));
  return names.filter((name) => name?.startsWith("us")).flatMap((name) => parsedSections[name] ?? []);
}

/** `fields` of a table: our purpose → the fields that speak of it. */
function opinions({ fields = {} }, sections) {
  const said = Object.entries(fields).map(([purpose, names]) => [purpose, votes(sections.flatMap((section) => names.flatMap((name) => section[name] ?? [])))]);
  // A section carries Global Privacy Control, too.
  if (sections.some(({ Gpc }) => Gpc === true)) said.push(["advertising", false]);
  // Nobody agrees to special categories by leaving a box alone.
  return Object.fromEntries(said.filter(([purpose, vote]) => vote === false || (vote && purpose !== "sensitive")));
}

/** 0 does not apply, 1 opted out, 2 did not, 3 is malformed; `Y` and `N` are the older string's. */
function votes(values) {
  if (values.some((value) => value === 1 || value === 3 || value === "Y" || value === true)) return false;
  return values.some((value) => value === 2 || value === "N") ? true : undefined;
}

// ---- tag managers and platforms

/**
 * Google Consent Mode: commands in the data layer. Defaults are the site's, so only what an update names was answered: a purpose is granted
 * where every type of it was, denied where one was denied, and silent where one is still a default.
 */
function google(table, hear) {
  const layer = list("dataLayer");
  const level = levels();
  const answers = {};
  const read = (entry) => {
    if (entry?.[0] !== "consent" || !["default", "update"].includes(entry[1])) return;
    if (entry[1] === "default") return hear(level(false), {});
    Object.assign(answers, entry[2]);
    const answered = ([, types]) => types.every((type) => type in answers) || types.some((type) => answers[type] === "denied");
    const map = Object.fromEntries(Object.entries(table.map ?? {}).filter(answered));
    hear(level(true), ofGroups({ map }, (type) => answers[type] === "granted"));
  };
  Array.from(layer).forEach(read);
  const push = layer.push;
  layer.push = function (...entries) {
    const length = push.apply(this, entries);
    entries.forEach(read);
    return length;
  };
}

function onetrust(table, hear) {
  const level = levels();
  const read = (groups) => {
    const OneTrust = global("OneTrust");
    // Before the banner is closed the groups are defaults. Once it asks again, the last choice no longer grants.
    const awaits = OneTrust?.IsAlertBoxClosedAndValid?.() === false || /\bAwaitingReconsent=true/.test(document.cookie);
    const settled = OneTrust?.IsAlertBoxClosed?.() === true || (awaits && /\bOptanonAlertBoxClosed=\w/.test(document.cookie));
    hear(level(settled), settled ? ofGroups(table, (group) => groups.includes(group), !awaits) : {});
  };
  if (global("OnetrustActiveGroups")) read(window.OnetrustActiveGroups.split(","));
  addEventListener("OneTrustGroupsUpdated", ({ detail }) => Array.isArray(detail) && read(detail));
}

function cookiebot(table, hear) {
  const level = levels();
  const read = () => {
    const { consent, hasResponse } = global("Cookiebot") ?? {};
    const settled = hasResponse === true && consent?.method === "explicit";
    hear(level(settled), settled ? ofGroups(table, (category) => consent[category]) : {});
  };
  if (global("Cookiebot")?.hasResponse) read();
  for (const event of ["CookiebotOnConsentReady", "CookiebotOnAccept", "CookiebotOnDecline"]) addEventListener(event, read);
}

function didomi(table, hear) {
  const read = (level) => {
    const platform = global("Didomi");
    if (!platform?.getCurrentUserStatus) return;
    const settled = platform.shouldUserStatusBeCollected?.() === false;
    const { purposes = {} } = platform.getCurrentUserStatus() ?? {};
    hear(settled ? level : "pending", settled ? ofGroups(table, (id) => purposes[id]?.enabled) : {});
  };
  list("didomiOnReady").push(() => read("known"));
  list("didomiEventListeners").push({ event: "consent.changed", listener: () => read("chosen") });
}

/** Its event carries services and categories; `event` names it where the site's own settings do. What it knew before this listened, it is asked for. */
function usercentrics(table, hear) {
  const level = levels();
  const read = (detail) => {
    const explicit = /^explicit$/i.test(detail?.type ?? detail?.consent?.type ?? "");
    const services = Object.values(detail?.services ?? {});
    const holds = (name) => {
      const service = services.find((service) => service.name === name)?.consent?.given;
      const category = detail.categories?.[name];
      return service ?? (category ? category.state === "ALL_ACCEPTED" : detail.ucCategory?.[name] ?? detail[name]);
    };
    hear(level(explicit), explicit ? ofGroups(table, holds) : {});
  };
  let told = false;
  addEventListener(table.event ?? "UC_CONSENT", ({ detail }) => {
    told = true;
    read(detail);
  });
  awaited("__ucCmp", async (api) => {
    const known = (await api.isInitialized?.()) && (await api.getConsentDetails?.());
    // An event in the meantime is newer than this answer.
    if (known && !told) read(known);
  });
}

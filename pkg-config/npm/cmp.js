// Selvedge ears: what the site's consent platform says, in the words of our purposes.
//
// It takes `signals` of the page's data block, one table for each platform that the site uses, and gives every change to the loader. It
// also says when no platform is left that may hold a denial. It asks a
// platform through that platform's own interface, keeps nothing, and never takes a platform's defaults, or a dialogue that is still open, for a
// visitor's choice.
//
// A table maps our purposes to what the platform calls its own; all that is named must hold: `{ "tcf": { "map": { "personalization": [6] } } }`.

import { global, plain } from "./plain.js";

const POLL_MS = 100;
const POLL_MAX = 100;
const SETTLED = { tcloaded: "known", useractioncomplete: "chosen" };
// As in `src/consent/tcf/statement.rs`: the oldest policy that is valid today, and the first that names the vendors that were shown.
const POLICY_MIN = 4;
const DISCLOSING_POLICY = 5;
const DISCLOSED_FROM = Date.UTC(2026, 1, 28);
const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const [DISCLOSED_VENDORS, PUBLISHER_TC] = [1, 3];
const NOT_ALLOWED = 0;
const LEGITIMATE_INTEREST = 2;
const US_FIRST = 6; // the section id of the first of these
const US = "uspv1 usnat usca usva usco usut usct usfl usmt usor ustx usde usia usne usnh usnj ustn usmn usmd usin usky usri".split(" ");
const platforms = { tcf, gpp, usp, google, onetrust, cookiebot, didomi, usercentrics };
// Those that keep a denial in a cookie, which only the edge and the whole engine read.
const IN_COOKIES = ["tcf", "gpp", "usp", "onetrust", "cookiebot", "didomi"];

/**
 * Listens to every platform that has a table. `hear(platform, level, choices)`: see the loader. `answered` is called once every platform that may
 * hold a denial has told what it holds; a dialogue of TCF or GPP that is still open has not.
 */
export function listen(hear, tables, answered) {
  const awaited = new Set(IN_COOKIES.filter((name) => tables[name]));
  for (const [name, table] of Object.entries(tables)) {
    // A platform that throws is not heard; the others are.
    if (!Object.hasOwn(platforms, name)) continue;
    platforms[name](table, (level, choices) => {
      hear(name, level, choices);
      if ((level !== "pending" || !["tcf", "gpp"].includes(name)) && awaited.delete(name) && !awaited.size) answered();
    });
  }
  if (!awaited.size) answered();
}

/**
 * What groups of cookies, or types of storage, stand for. One that is granted grants storage; where all that were asked about are off, so is storage,
 * unless a group stands for it. A choice that is no longer current grants nothing, and its denials stay.
 */
function ofGroups(table, holds, current = true) {
  const said = Object.fromEntries(Object.entries(choices(table, holds)).filter(([, yes]) => current || !yes));
  const { necessary, contextual, ...optional } = said;
  const answers = Object.values(optional);
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
        publisher_tc: hasSegment(data, PUBLISHER_TC) && ((id) => publisher.consents?.[id]),
        vendor: vendor && ((id) => purpose.consents?.[id] && allows(data, vendor, id)),
        core_purposes: (id) => purpose.consents?.[id],
      };
      const source = basis.map((name) => sources[name]).find(Boolean);
      const valid = isValid(data) && (!service_specific || data.isServiceSpecific !== false);
      const { contextual, ...others } = choices(table, (id) => !!source && valid && source(id));
      // An invalid string denies only what needs a permission.
      hear(level, valid ? { contextual, ...others } : others);
    }),
  );
}

/** Three bits say what a segment is. */
function hasSegment({ tcString = "" }, type) {
  return tcString.split(".").slice(1).some(([digit]) => DIGITS.indexOf(digit) >> 3 === type);
}

/** The framework calls a string of an older policy invalid, and one of today that does not name the vendors that were shown. */
function isValid(data) {
  const digits = Array.from(data.tcString ?? "", (digit) => DIGITS.indexOf(digit));
  const created = digits.slice(1, 7).reduce((tenths, digit) => tenths * 64 + digit, 0) * 100;
  const policy = digits[22];
  return policy >= POLICY_MIN && (hasSegment(data, DISCLOSED_VENDORS) || (policy < DISCLOSING_POLICY && created < DISCLOSED_FROM));
}

/** Whether the vendor was shown to the visitor, has their consent, and is not restricted. */
function allows(data, vendor, purpose) {
  const { vendor: vendors = {}, publisher = {} } = data;
  const restriction = publisher.restrictions?.[purpose]?.[vendor];
  const shown = !hasSegment(data, DISCLOSED_VENDORS) || vendors.disclosedVendors?.[vendor] === true;
  return vendors.consents?.[vendor] === true && shown && restriction !== NOT_ALLOWED && restriction !== LEGITIMATE_INTEREST;
}

/** US Privacy: four characters in a cookie, which the edge reads, too. They can only deny, and what cannot be read does. */
function usp({ cookie }, hear) {
  const values = plain(document).cookie.split("; ").filter((pair) => pair.startsWith(`${cookie}=`));
  const isSilent = values.every((pair) => /=1[YN-][N-][YN-]$/.test(pair)) && new Set(values).size < 2;
  hear("known", isSilent ? {} : { advertising: false });
}

/** Global Privacy Platform: the sections of the United States. European strings are heard through their own interface. */
function gpp(table, hear) {
  const level = levels();
  awaited("__gpp", (api) =>
    api("addEventListener", (event, success) => {
      const ping = event?.pingData;
      if (!success || !ping || event.eventName === "listenerRegistered" && ping.signalStatus !== "ready") return;
      const found = sections(ping);
      const settled = level(ping.signalStatus === "ready");
      const said = opinions(settled === "pending" ? {} : table, found);
      // A setting of the browser is no answer that the visitor is still giving.
      hear(settled === "pending" && found.some(({ Gpc }) => Gpc === true) ? "known" : settled, said);
    }),
  );
}

/**
 * The parts of the sections of the United States, and whether each applies here. A section that came later than this list is found by what the
 * platform calls it.
 */
function sections({ parsedSections = {}, applicableSections = [], supportedAPIs = [] }) {
  const named = new Map(supportedAPIs.map((api) => api.split(":")));
  const applies = new Set(applicableSections.map((id) => US[id - US_FIRST] ?? named.get(String(id))));
  const american = Object.entries(parsedSections).filter(([name]) => name.startsWith("us"));
  return american.flatMap(([name, parts]) => [parts].flat().map((part) => ({ ...part, name, applies: applies.has(name) })));
}

/**
 * `fields` of a table: our purpose → the fields that speak of it. A section that does not apply here grants nothing. Its opt-outs are heard: networks
 * and platforms misplace visitors.
 */
function opinions({ fields = {} }, sections) {
  const vote = (sections, names) => votes(sections.flatMap((section) => names.flatMap((name) => section[name] ?? [])));
  const here = sections.filter(({ applies }) => applies);
  const said = Object.entries(fields).map(([purpose, names]) => [purpose, vote(sections, names) !== false && vote(here, names)]);
  const ages = said.length ? sections.map(({ name, KnownChildSensitiveDataConsents: codes = [] }) => age(name, [codes].flat())) : [];
  // No law of the United States allows this with a minor's data in silence. Only a parent agrees for a child, and no string tells of a parent.
  if (ages.includes("child")) said.push(["advertising", false], ["personalization", false], ["sensitive", false]);
  else if (ages.includes("teen") && !said.some(([purpose, vote]) => purpose === "advertising" && vote)) said.push(["advertising", false]);
  // A section carries Global Privacy Control, too.
  if (sections.some(({ Gpc }) => Gpc === true)) said.push(["advertising", false]);
  // Nobody agrees to special categories by leaving a box alone.
  return Object.fromEntries(said.filter(([purpose, vote]) => vote === false || (vote && purpose !== "sensitive")));
}

/** Any answer about minors is about somebody who is known to be one. As in `src/consent/gpp/us.rs`. */
function age(name, codes) {
  if (!codes.some((code) => code > 0)) return undefined;
  return name === "usca" || codes[name === "usnat" ? 1 : 0] > 0 ? "child" : "teen";
}

/** 0 does not apply, 1 opted out, 2 did not, 3 is malformed; `Y` is the older string's opt-out, and its `N` is no permission. */
function votes(values) {
  if (values.some((value) => value === 1 || value === 3 || value === "Y" || value === true)) return false;
  return values.includes(2) ? true : undefined;
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
    const { cookie } = plain(document);
    // Somebody chose, and the cookie with the choice is lost or cut off. The platform then writes its defaults there.
    const lost = /\bOptanonAlertBoxClosed=/.test(cookie) && !/\bgroups=([^&;:,%]+(%3A|:)[01](%2C|,|(?=[&;]|$)))+(?![^&;])/i.test(cookie);
    if (lost) groups = [];
    // Before the banner is closed the groups are defaults. Once it asks again, the last choice no longer grants.
    const awaits = OneTrust?.IsAlertBoxClosedAndValid?.() === false || /\bAwaitingReconsent=true/.test(cookie);
    const settled = lost || OneTrust?.IsAlertBoxClosed?.() === true || (awaits && /\bOptanonAlertBoxClosed=\w/.test(cookie));
    // A setting of the browser is no choice in the banner: it counts at once.
    const gpc = /\b(isGpcEnabled|browserGpcFlag)=1(?![^&;])/.test(cookie);
    const known = level(settled);
    hear(gpc && !settled ? "known" : known, { ...(settled && ofGroups(table, (group) => groups.includes(group), !awaits)), ...(gpc && { advertising: false }) });
  };
  if (global("OnetrustActiveGroups")) read(window.OnetrustActiveGroups.split(","));
  addEventListener("OneTrustGroupsUpdated", ({ detail }) => Array.isArray(detail) && read(detail));
}

function cookiebot(table, hear) {
  const level = levels();
  const read = () => {
    const { consent, hasResponse } = global("Cookiebot") ?? {};
    // Of an answer that nobody gave explicitly the denials count.
    const settled = hasResponse === true && !!consent;
    hear(level(settled), settled ? ofGroups(table, (category) => consent[category], consent.method === "explicit") : {});
  };
  if (global("Cookiebot")?.hasResponse) read();
  // The dialogue shows where nobody has answered.
  for (const event of ["OnConsentReady", "OnAccept", "OnDecline", "OnDialogDisplay"]) addEventListener(`Cookiebot${event}`, read);
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

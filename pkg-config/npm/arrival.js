// The visitor of the page that is shown, read from what the page knows of its own request: `src/page/arrive.rs`, in JavaScript.
//
// It takes those facts, writes a visitor with the attributes that a request has; gives the cookies to set once the page is decided. Consent comes
// first: the Wasm settles it, and before that nothing of the device but the consent cookie is parsed.

import { decoder, encoder } from "./core.js";
import { ATTRIBUTE, COOKIE, FROM } from "./words.js";

const ID = "selvedge-id";
const STATE = "selvedge-state";
const ID_SECONDS = 395 * 86400;
const STATE_SECONDS = 30 * 86400;
const DAY = 864e5;
const TIME_MIN = -62167219200000;
const TIME_MAX = 253402300799999;
/** Purposes by their bits, and the unit that a device's id stands for. */
const CONTEXTUAL = 2;
const SENSITIVE = 64;
const STORAGE = 128;
const VISITOR = 256;
/** What an attribute's place may be, by its number. */
const [HOST, COUNTRY, REGION, LANGUAGE, DEVICE, PATH, PATHS, HEADER, QUERY, CRUMB] = Array(10).keys();
/** What an attribute's value may be, by its number. */
const [BOOL, , , STRING, SYMBOL, LIST, TIMESTAMP] = Array(7).keys();
const lossy = new TextDecoder("utf-8", { ignoreBOM: true });

/** Lets the Wasm meet the visitor whom `said` describes. Gives a function of whether their id was drawn by: the cookies to set. */
export function arrive(core, pen, said) {
  const { gpc, now, country, region } = said;
  // As bytes cross: a half of a pair of surrogates is none.
  const text = (what) => decoder.decode(encoder.encode(said[what] ?? ""));
  const [path, query, cookie, languages, agent, randomness] = ["path", "query", "cookie", "accept_language", "user_agent", "randomness"].map(text);
  const jar = crumbs(cookie);
  const found = (name) => jar.filter((crumb) => crumb.name === name);
  // A comma may be part of a value that another system wrote, so a cookie behind a comma counts last.
  const valueOf = (name) => (found(name).find(({ isLate }) => !isLate) ?? found(name)[0])?.value;
  const spoken = new Set(found(core.name(COOKIE, 0)).map(({ value }) => value));
  // Two that differ: what cannot be read denies.
  const consent = spoken.size > 1 ? "groups=:" : [...spoken][0];

  const meet = (locale, visitor, missing, observed, values) => {
    pen.begin();
    for (const byte of [0, 0, gpc ? 1 : 0, 0, 0]) pen.byte(byte);
    for (const each of [consent, region, locale, randomness, null, visitor, null]) pen.optional(each);
    pen.byte(0);
    pen.number(now);
    pen.half(missing.length);
    for (const at of missing) pen.half(at);
    pen.half(observed.length);
    for (const [at, when] of observed) {
      pen.half(at);
      pen.number(when);
    }
    pen.half(0); // feeds that count as stale, whatever their facts say
    for (const [at, value] of values) pen.value(at, value);
    core.meet_written(pen.at);
  };
  const [missing, observed, values] = [[], [], []];
  meet(null, null, missing, observed, values);
  const granted = core.granted();
  const hasStorage = granted & STORAGE;
  const hasId = hasStorage && granted & VISITOR;

  const tags = tagsOf(languages);
  const headers = { cookie: hasStorage ? cookie : null, "accept-language": languages, "user-agent": agent, "sec-gpc": gpc ? "1" : undefined };
  const state = (hasStorage && valueOf(STATE)) || "";
  const covered = new Set(); // attributes that the state cookie may keep
  for (let at = 0, about; (about = core.attribute(at)) >= 0; at += 1) {
    const from = (about >> 3) & 15;
    const isDevice = about & 128;
    const put = (text) => text == null || values.push([at, typed(about & 7, text)]);
    if (isDevice && from === HOST) {
      const name = core.name(ATTRIBUTE, at);
      if ((about >> 16) & granted && !(about & 256 && !(granted & SENSITIVE))) covered.add(name);
      const kept = parameter(state, name);
      if (kept === undefined) continue;
      const [, value = kept, day] = /^(.*)~(\d+)$/s.exec(kept) ?? [];
      // If values may only be so old, a value of unknown age is unknown. So is one of a day to come.
      const isDated = day <= Math.floor(now / DAY);
      if (isDated) observed.push([at, day * DAY]);
      if (!isDated && about & 512) missing.push(at);
      else put(value);
      continue;
    }
    const name = core.name(FROM, at);
    // A page cannot see the headers of its own request. They were not read, so the value is unknown and not absent.
    if (from === HEADER && headers[name] === undefined) missing.push(at);
    if (isDevice && !hasStorage) continue;
    if (from === COUNTRY) put(country);
    else if (from === REGION) put(region);
    else if (from === LANGUAGE) put(languageOf(tags));
    else if (from === DEVICE) put(deviceOf(agent));
    else if (from === PATH) put(path);
    else if (from === PATHS) put(core.path_value(at, path));
    else if (from === HEADER) put(headers[name]);
    else if (from === QUERY) put(parameter(query, name));
    else if (from === CRUMB && hasStorage) put(valueOf(name) && decoded(valueOf(name)));
  }
  const known = isId(valueOf(ID)) ? valueOf(ID) : undefined;
  const visitor = hasId ? known ?? randomness : null;
  // Without a language that the site knows it is the first, where the site says what every language falls back to.
  const locale = tags.find((tag) => core.locale(tag)) ?? (core.locale("*") ? tags[0] : null);
  meet(granted & CONTEXTUAL ? locale : null, visitor, missing, observed, values);
  core.shown();

  return (isDrawn) => {
    const cookies = [];
    const set = (name, value, max_age) => cookies.push({ name, value, max_age });
    if (found(ID).length && !hasId) set(ID, "", 0);
    const pairs = state.split("&").filter(Boolean);
    const left = pairs.filter((pair) => pair.includes("=") && covered.has(decoded(pair.slice(0, pair.indexOf("=")))));
    if (found(STATE).length && !hasStorage) set(STATE, "", 0);
    else if (left.length < pairs.length) {
      // It goes into a header again. We never write a character that a cookie may not have.
      const value = left.filter((pair) => /^[!-~]*$/.test(pair) && !/[",;\\]/.test(pair)).join("&");
      set(STATE, value, value ? STATE_SECONDS : 0);
    }
    if (hasId && !known && isDrawn) set(ID, visitor, ID_SECONDS);
    return cookies;
  };
}

/** The cookies of a header. One begins behind a comma only where a name and `=` follow: other commas are part of a value. */
function crumbs(header) {
  const parts = header.split(/(;|,(?= [^\0- =,;:"{\x7f-\uffff]*=))/);
  const all = [];
  for (let at = 0; at < parts.length; at += 2) {
    const [, name, value] = /^([^=]*)=(.*)$/s.exec(parts[at]) ?? [];
    if (value !== undefined) all.push({ name: trimmed(name), value: trimmed(value), isLate: parts[at - 1] === "," });
  }
  return all;
}

function trimmed(text) {
  return text.replace(/^\p{White_Space}+|\p{White_Space}+$/gu, "");
}

/** The decoded value of the first parameter with this name in `a=1&b=2`. */
function parameter(parameters, name) {
  for (const pair of parameters.split("&")) {
    const [, key, value] = /^([^=]*)=(.*)$/s.exec(pair) ?? [];
    if (value !== undefined && decoded(key) === name) return decoded(value);
  }
}

/** Undoes percent-encoding and `+`. Bytes that are not UTF-8 become U+FFFD; a `%` that introduces nothing stays. */
function decoded(text) {
  if (!/[%+]/.test(text)) return text;
  const bytes = Array.from(encoder.encode(text.replaceAll("+", " ")), (byte) => String.fromCharCode(byte)).join("");
  const plain = bytes.replace(/%([\da-f]{2})/gi, (_, code) => String.fromCharCode(parseInt(code, 16)));
  return lossy.decode(Uint8Array.from(plain, (character) => character.charCodeAt(0)));
}

/** Language ranges by falling weight; equal weights keep their order, weight 0 is a refusal. */
function tagsOf(languages) {
  const ranges = languages.split(",", 32).map((range) => {
    const [tag, ...parts] = range.split(";").map(trimmed);
    const quality = trimmed(parts.find((part) => part.startsWith("q="))?.slice(2) ?? "1");
    return [tag, /^\+?0*[01](\.\d{0,3})?$/.test(quality) ? Math.min(1, quality) : 0];
  });
  return ranges.filter(([tag, weight]) => tag && weight).sort(([, a], [, b]) => b - a).map(([tag]) => tag);
}

/** The visitor's first language as its primary subtag, in lower case. */
function languageOf([tag]) {
  const primary = tag?.split("-", 1)[0];
  return primary === "*" ? undefined : primary?.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

function deviceOf(agent) {
  if (/iPad|Tablet/.test(agent) || (/Android/.test(agent) && !/Mobile/.test(agent))) return "tablet";
  return /Mobi/.test(agent) ? "mobile" : "desktop";
}

/** Ids are what we made. */
function isId(id) {
  return /^[\da-f]{32,64}$/i.test(id);
}

/** A text as a value of its attribute's type; what does not parse is `null`, so that the attribute is unknown rather than absent. */
function typed(type, text) {
  if (type === STRING || type === SYMBOL) return text;
  if (type === LIST) return text.split(",").filter(Boolean);
  if (type === BOOL) return /^(true|1)$/.test(text) || (/^(false|0)$/.test(text) ? false : null);
  const number = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? +text : NaN;
  // The Wasm reads a time with its offset, and refuses what is none.
  if (type === TIMESTAMP) return Number.isInteger(number) && number >= TIME_MIN && number <= TIME_MAX ? number : text;
  return Number.isFinite(number) ? number : null;
}

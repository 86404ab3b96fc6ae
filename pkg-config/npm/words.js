// What crosses into the Wasm and out of it, by name: kinds of names, what callers may hand in, and JSON as every host writes it.

/** What the Wasm has names for, by the number of its kind, as in `src/browser/engine.rs`. */
export const [CONTENT, LOCALE, EXPERIENCE, REASON, DETAIL, DEPTH, EXPERIMENT, UNIT, ATTRIBUTE, PURPOSE, SLOT, SELECTOR, CHANGE, HTML_ATTRIBUTE, LAYER, CACHE, SIGNAL, HOLDOUT, FROM, COOKIE, CONTACT, DIGEST] =
  Array(22).keys();

/** What an object says itself, without what it inherits; `null` says nothing. */
export function object(value, what) {
  if (value === undefined || value === null) return {};
  if (typeof value !== "object" || Array.isArray(value)) throw new TypeError(`\`${what}\` must be an object`);
  return Object.getPrototypeOf(value) === Object.prototype ? value : Object.fromEntries(Object.entries(value));
}

export function truth(value, what) {
  if (value === undefined || value === null || typeof value === "boolean") return value;
  throw new TypeError(`\`${what}\` must be true, false or null`);
}

/** Whether this is a text. Throws if it is not nothing either. */
export function isText(value, what) {
  if (typeof value === "string" || value === undefined || value === null) return typeof value === "string";
  throw new TypeError(`\`${what}\` must be a text`);
}

export function unknown(key, place) {
  return new TypeError(`there is no \`${key}\` in ${place}`);
}

export function isTexts(value) {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

/** JSON as the core writes it: no line of JavaScript ends in it, and no element of HTML. */
export function json(value) {
  return JSON.stringify(value).replace(/\\.|[<\u2028\u2029]/g, (escape) => ESCAPES[escape] ?? escape);
}

const ESCAPES = { "\\b": "\\u0008", "\\t": "\\u0009", "\\f": "\\u000c", "\\r": "\\u000d", "<": "\\u003c", "\u2028": "\\u2028", "\u2029": "\\u2029" };

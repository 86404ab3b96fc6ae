// The workload: rules and visitors in no engine's own words.
//
// Takes a seed and a number of flags, gives the same flags and visitors for the same seed. A flag is on for a visitor when its three
// conditions hold; then it is split 50/50 by the visitor's id.

const STRINGS = {
  country: ["DE", "AT", "CH", "GB", "FR", "US", "CA", "IE", "IT", "ES", "NL", "BE", "DK", "SE", "NO", "FI", "PL", "CZ", "PT", "JP"],
  plan: ["free", "basic", "pro", "team"],
  device: ["desktop", "mobile", "tablet"],
  browser: ["chrome", "safari", "firefox", "edge", "other"],
  language: ["de", "en", "fr", "it", "es", "nl", "da", "sv", "pl", "ja"],
  segment: Array.from({ length: 40 }, (_, at) => `segment-${at}`),
};
/** Inclusive bounds; a cart has cents. */
const NUMBERS = { visits: [0, 99], age: [18, 79], days: [0, 364], cart: [0, 499] };
const PATHS = ["/", "/shop/", "/shop/knitwear/", "/shop/home/", "/help/", "/help/returns/", "/journal/", "/account/"];
const PREFIXES = ["/shop/", "/help/", "/shop/k", "/journal/", "/"];
const SHARE_WITH_VERSION = 0.2;
const SHARE_WITH_PATH = 0.15;

export const VISITORS = 1000;

/** `{strings, numbers, paths}`: the attributes there are, `version` and `path` beside them. */
export const attributes = { strings: STRINGS, numbers: NUMBERS };

/** `count` flags and {@link VISITORS} visitors. */
export function workload(seed, count) {
  const random = randomOf(seed);
  const visitors = Array.from({ length: VISITORS }, (_, at) => visitor(at, random));
  const flags = Array.from({ length: count }, (_, at) => ({ key: `flag-${at}`, conditions: conditions(random) }));
  return { seed, flags, visitors };
}

/**
 * One slot with `count` rules, of which the first whose conditions hold decides. Each is for few: with rules that many match, the first few
 * would decide, and the others would cost nothing anywhere.
 */
export function slotWorkload(seed, count) {
  const { visitors } = workload(seed, 0);
  const random = randomOf(seed + 1);
  const is = (attribute) => ({ attribute, operator: "is", value: one(STRINGS[attribute], random) });
  const flags = Array.from({ length: count }, (_, at) => ({ key: `rule-${at}`, conditions: ["country", "segment", "language"].map(is) }));
  return { seed, flags, visitors };
}

/** Numbers in [0, 1) from a seed: mulberry32. */
export function randomOf(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

function visitor(at, random) {
  const made = { id: `visitor-${at}-${Math.floor(random() * 2 ** 32).toString(16)}` };
  for (const [name, values] of Object.entries(STRINGS)) made[name] = one(values, random);
  for (const [name, bounds] of Object.entries(NUMBERS)) made[name] = number(name, bounds, random);
  made.path = one(PATHS, random) + Math.floor(random() * 1000);
  made.version = version(random);
  return made;
}

function conditions(random) {
  const made = [];
  if (random() < SHARE_WITH_VERSION) made.push({ attribute: "version", operator: "atLeast", value: version(random) });
  if (random() < SHARE_WITH_PATH) made.push({ attribute: "path", operator: "startsWith", value: one(PREFIXES, random) });
  while (made.length < 3) {
    const next = random() < 0.5 ? text(random) : compared(random);
    if (made.every(({ attribute }) => attribute !== next.attribute)) made.push(next);
  }
  return made;
}

function text(random) {
  const attribute = one(Object.keys(STRINGS), random);
  const values = STRINGS[attribute];
  if (values.length <= 5 && random() < 0.35) return { attribute, operator: "is", value: one(values, random) };
  const share = 0.35 + 0.45 * random();
  const some = values.filter(() => random() < share).slice(0, 16);
  return { attribute, operator: "in", value: some.length ? some : [values[0]] };
}

function compared(random) {
  const attribute = one(Object.keys(NUMBERS), random);
  return { attribute, operator: random() < 0.5 ? "over" : "under", value: number(attribute, NUMBERS[attribute], random) };
}

function number(name, [low, high], random) {
  return name === "cart" ? Math.round(100 * (low + random() * (high - low))) / 100 : low + Math.floor(random() * (high - low + 1));
}

function version(random) {
  return `${Math.floor(random() * 5)}.${Math.floor(random() * 12)}.${Math.floor(random() * 10)}`;
}

function one(list, random) {
  return list[Math.floor(random() * list.length)];
}

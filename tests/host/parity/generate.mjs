// Random contexts for a site: what a host could hand over, and much that it should not.
import { readFile } from "node:fs/promises";
import { join } from "node:path";

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

/** `count` lines of JSON for the site in `folder`. */
export async function contexts(folder, count, random) {
  const attributes = catalogue(await readFile(join(folder, "attributes.toml"), "utf8"));
  const feeds = [...new Set(attributes.map(({ feed }) => feed).filter(Boolean))];
  return Array.from({ length: count }, () => JSON.stringify(context(attributes, feeds, random)));
}

const PURPOSES = ["necessary", "contextual", "functional", "analytics", "personalization", "advertising", "sensitive", "storage"];
const REGIONS = [null, "", "DE", "AT", "CH", "GB", "FR", "US", "US-CA", "US-HI", "CA", "CA-QC", "BR", "KI", "AE", "de", "XX", "US-", "🧶"];
const LOCALES = [null, "", "de", "de-AT", "de-CH-1996", "DE-de", "en", "en-GB", "gsw", "fr-CA", "ar-EG", "lb", "zh-Hant-TW", "zh", "*", "x".repeat(300)];
const TEXTS = ["", " ", "x", "ab", "äöü", "🧶🧶", "xab🧶", "<script>", "\u2028", "\u0000", "\"\\/", "null", "mend-socks", "é", "y".repeat(400)];
const NUMBERS = [0, -0, 1, -1, 2, 3, 6, 7, 23, 24, 0.1, 0.30000000000000004, 2.5, 1e21, 1e300, -1e300, 5e-324, 1.7976931348623157e308, 9007199254740991, -9007199254740991, 9007199254740992, 18446744073709552000];
// Around daylight saving, schedules, expiries, and the ends of what a date can say.
const TIMES = ["2026-03-29T01:30:00Z", "2026-03-29T02:30:00+01:00", "2026-10-25T00:30:00Z", "2026-06-01T00:00:00Z", "2026-05-31T23:59:59.999Z", "2026-12-01T07:00:00Z", "2026-12-01T08:00:00+01:00", "2027-03-01T00:00:00-05:00", "2026-12-24T23:00:00Z", "2026-12-26T22:59:59.999Z", "2026-12-03T19:59:59Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z", 0, 1796083200000, -1];

// Around the time at which `pkg-config/xtask/parity.rs` has the facts of feeds taken: a day before it, as old as they may be, and past that.
const TAKEN = Date.parse("2026-06-01T00:00:00Z");
const AGES = [-86_400_001, -86_400_000, -1, 0, 1, 3_600_000, 7_199_999, 7_200_000];

function context(attributes, feeds, random) {
  const one = (list) => list[Math.floor(random() * list.length)];
  const often = (share) => random() < share;
  const value = (attribute) => {
    if (often(0.12)) return one([null, true, [], [1], {}, { a: [] }, ["x", null], one(TEXTS), one(NUMBERS)]);
    switch (attribute.type) {
      case "bool":
        return often(0.5);
      case "int":
      case "double":
        return often(0.6) ? Math.floor(random() * 12) - 2 : one(NUMBERS);
      case "list":
        return Array.from({ length: Math.floor(random() * 5) }, () => one(attribute.values ?? TEXTS));
      default:
        return often(0.8) && attribute.values ? one(attribute.values) : one(TEXTS);
    }
  };
  const time = () => (often(0.5) ? one(TIMES) : new Date(1767225600000 + Math.floor(random() * 5e10)).toISOString());

  const visit = { attributes: {}, now: time() };
  if (feeds.length && often(0.7)) visit.now = TAKEN + one(AGES);
  if (feeds.length && often(0.1)) visit.stale = feeds.filter(() => often(0.7));
  // What the host hands over takes the place of a fact.
  for (const attribute of attributes) if (often(attribute.feed ? 0.15 : 0.65)) visit.attributes[attribute.name] = value(attribute);
  if (often(0.1)) visit.attributes["not.declared"] = value({ type: "string" });
  if (often(0.6)) visit.grants = Object.fromEntries(PURPOSES.filter(() => often(0.6)).map((name) => [name, one([true, true, "parent", false, null])]));
  if (often(0.5)) visit.region = one(REGIONS);
  if (often(0.5)) visit.locale = one(LOCALES);
  if (often(0.3)) visit.minor = one(["unknown", "child", "teen", "adult", null]);
  if (often(0.7)) {
    const id = () => one([null, "", `v-${Math.floor(random() * 5000)}`, "🧶", "i".repeat(257), "\u0000"]);
    visit.identity = { visitor: id(), account: id(), session: id(), page: id() };
    if (often(0.5)) visit.identity.links = one([null, [], Array.from({ length: one([1, 2, 3, 5, 64, 65]) }, () => link(one, often, time, visit))]);
  }
  if (often(0.5)) {
    const choices = PURPOSES.filter(() => often(0.5)).map((name) => `&${name}=${one([0, 1, 1, 1, 1, 2, 2, 3])}`).join("");
    visit.signals = { gpc: often(0.3), cookie: often(0.7) ? `v=1&epoch=${Math.floor(random() * 9)}${choices}` : one([null, "", "v=2", "v=1&", "é"]) };
  }
  if (often(0.2)) visit.observed = Object.fromEntries(attributes.filter(() => often(0.4)).map(({ name }) => [name, time()]));
  if (often(0.2)) visit.unknown = attributes.filter(() => often(0.2)).map(({ name }) => name);
  if (often(0.5)) visit.contacts = one([null, [], Array.from({ length: Math.floor(random() * 6) }, () => contact(one, often, time, visit.now))]);
  if (often(0.3)) visit.contact_state = one([null, "", "", "AQ", "x"]);
  return visit;
}

/** A link of the visit's own ids, or of others, about the times for which links hold. */
function link(one, often, time, visit) {
  const { visitor, account } = visit.identity;
  const age = one([0, 1, -1, 1000, 86400000, 34127999999, 34128000000, -86400000]);
  const at = often(0.8) && typeof visit.now === "string" && /^20[0-9]{2}/.test(visit.now) ? Date.parse(visit.now) - age : time();
  const said = { visitor: one([visitor ?? "v-1", "v-1", "v-2", ""]), account: one([account ?? "a-1", "a-1"]), at };
  if (often(0.3)) said.linked = often(0.4);
  return said;
}

/** A contact before: named as in `examples/letters`, or as nothing. */
function contact(one, often, time, now) {
  const age = one([0, 1, 3600000, 14400000, 14399999, 86400000, 604800000, 604799999, -5000]);
  const at = often(0.8) && typeof now === "string" && !now.startsWith("0000") && !now.startsWith("9999") ? Date.parse(now) - age : time();
  const said = { at };
  if (often(0.5)) said.channel = one(["web", "email", "post", null]);
  if (often(0.5)) said.class = one(["promotional", "service", "legal", null]);
  if (often(0.5)) said.experience = one(["home-offer", "letter-offer", "home-parcel", "x", null]);
  if (often(0.5)) said.content = one(["offer/socks", "note/parcel", "x", null]);
  if (often(0.3)) said.dismissed = often(0.7);
  return said;
}

/** Names, types and closed sets of a catalogue. Named sets are given a few members and one that is none. */
function catalogue(toml) {
  return toml.split(/^\[/m).slice(1).map((table) => {
    const type = table.match(/^type\s*=\s*"(\w+)"/m)[1];
    const values = table.match(/^values\s*=\s*(\[.*\]|".*")/m)?.[1];
    const named = { '"iso-3166-1"': ["DE", "AT", "CH", "GB", "US", "CA", "IE", "FR", "UK"], '"iso-639-1"': ["de", "en", "fr", "xx"] };
    const feed = table.match(/^source\s*=\s*"feed:(.*)"/m)?.[1];
    return { name: table.slice(0, table.indexOf("]")), type, feed, values: values && (named[values] ?? JSON.parse(values)) };
  });
}

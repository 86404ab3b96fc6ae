// Contexts on their way into the Wasm: the facts of a visitor, or of the page that is shown, checked and written by numbers.
//
// It takes plain objects and says what is wrong with them; gives bytes in the order of `src/browser/written.rs`. It decides nothing.

import { arrive } from "./arrival.js";
import { ATTRIBUTE, DEPTH, PURPOSE, SIGNAL, isText, isTexts, object, truth, unknown } from "./words.js";

const TIME_MIN = -62167219200000; // as in `src/words/time.rs`
const TIME_MAX = 253402300799999;
const ORDER_MAX = 64; // attributes whose place in a context is remembered
const AGES = ["child", "teen", "adult"];
/** What a page says of itself: `gpc` and `now`, then texts in the order in which they are written. */
const FACTS = ["gpc", "now", "path", "query", "country", "region", "cookie", "accept_language", "user_agent", "randomness"];
const CLASSES = ["promotional", "service", "legal"];
const OPEN = new Map(); // stands for a set that any text is in

/** What writes for the visitors of one engine: it remembers where their attributes are. */
export class Writer {
  #core;
  #pen;
  #attributes;
  #members = [];
  #order = [];
  #purposes;
  #depths;
  #platforms;

  constructor(core, pen) {
    this.#core = core;
    this.#pen = pen;
  }

  /** Writes a context by numbers; gives how many bytes that is. Throws what is wrong with it. */
  context(context, now) {
    const pen = this.#pen.begin();
    const said = object(context, "context");
    let attributes, observed, missing, stale, grants, signals, region, identity, locale, minor, depth, contacts, kept;
    for (const key in said) {
      const value = said[key];
      if (key === "attributes") attributes = value;
      else if (key === "grants") grants = value;
      else if (key === "identity") identity = value;
      else if (key === "region") region = value;
      else if (key === "locale") locale = value;
      else if (key === "signals") signals = value;
      else if (key === "now") now = value ?? now;
      else if (key === "minor") minor = value;
      else if (key === "depth") depth = value;
      else if (key === "observed") observed = value;
      else if (key === "unknown") missing = value;
      else if (key === "stale") stale = value;
      else if (key === "contacts") contacts = value;
      else if (key === "contact_state") kept = value;
      else if (value !== undefined) throw unknown(key, "a context");
    }
    this.#choices(pen, object(grants, "grants"));
    let gpc, cookie;
    let others = false;
    signals = object(signals, "signals");
    for (const key in signals) {
      if (key === "gpc") gpc = signals[key];
      else if (key === "cookie") cookie = signals[key];
      else if ((this.#platforms ??= this.#positions(SIGNAL)).has(key) || (key === "google" && this.#platforms.size)) others = true;
      else if (signals[key] !== undefined) throw unknown(key, "signals");
    }
    pen.byte(truth(gpc, "gpc") ? 1 : 0);
    pen.byte(minor === "unknown" ? 0 : 1 + this.#word(minor, AGES, "minor"));
    pen.byte(1 + this.#word(depth, (this.#depths ??= [...this.#positions(DEPTH).keys()]), "depth"));
    let page, session, visitor, account, links;
    identity = object(identity, "identity");
    for (const key in identity) {
      const id = identity[key];
      if (key === "visitor") visitor = id;
      else if (key === "account") account = id;
      else if (key === "session") session = id;
      else if (key === "page") page = id;
      else if (key === "links") links = id;
      else if (id !== undefined) throw unknown(key, "an identity");
    }
    pen.optional(cookie, "cookie");
    pen.optional(region, "region");
    pen.optional(locale, "locale");
    pen.optional(page, "page");
    pen.optional(session, "session");
    pen.optional(visitor, "visitor");
    pen.optional(account, "account");
    pen.byte(others ? 1 : 0);
    if (others) this.#signals(pen, signals);
    pen.number(this.#instant(now, "now"));
    this.#quality(pen, missing ?? [], object(observed, "observed"));
    if (!isTexts((stale ??= []))) throw new TypeError("`stale` must be a list of texts");
    pen.half(stale.length);
    for (const feed of stale) pen.optional(feed, "stale");
    // The engine that lacks nothing knows contact policies and links, too.
    if (this.#core.meet_page) {
      this.#contacts(pen, contacts, kept);
      this.#links(pen, links ?? []);
    }
    this.#values(pen, object(attributes, "attributes"));
    return pen.at;
  }

  /** Lets the Wasm meet whoever looks at the page that is shown. Gives a function of whether their id was drawn by: the cookies to set. With a
   * content that they dismissed it gives those that keep the dismissal.
   */
  page(facts) {
    const said = { ...object(facts, "question") };
    for (const key in said) if (said[key] !== undefined && !FACTS.includes(key)) throw unknown(key, "a question about a page");
    said.gpc = truth(said.gpc, "gpc");
    said.now = this.#instant(said.now ?? 0, "now");
    for (const what of FACTS.slice(2)) isText(said[what], what);
    const core = this.#core;
    // The engine that lacks nothing reads cookies of consent platforms, too.
    if (!core.meet_page) return arrive(core, this.#pen, said);
    const pen = this.#pen.begin();
    pen.byte(said.gpc ? 1 : 0);
    for (const what of FACTS.slice(2)) pen.optional(said[what]);
    pen.number(said.now);
    core.meet_page(pen.at);
    return (isDrawn, dismissed) => {
      const lines = (dismissed === undefined ? core.cookies(isDrawn) : core.dismiss(dismissed) ?? "").split("\n");
      const cookies = [];
      for (let at = 0; at + 2 < lines.length; at += 3) cookies.push({ name: lines[at], value: lines[at + 1], max_age: Number(lines[at + 2]) });
      return cookies;
    };
  }

  /** The position of a word in its list, or -1 for none. */
  #word(word, words, what) {
    if (word === undefined || word === null) return -1;
    const position = words.indexOf(word);
    if (position < 0) throw new TypeError(`\`${what}\` is one of ${words.join(", ")}`);
    return position;
  }

  #signals(pen, signals) {
    this.#platforms ??= this.#positions(SIGNAL);
    for (const platform of this.#platforms.keys()) pen.optional(signals[platform], platform);
    const types = Object.entries(object(signals.google, "google")).filter(([, state]) => state !== undefined && state !== null);
    pen.half(types.length);
    for (const [type, state] of types) {
      pen.optional(type, type);
      if (typeof state !== "string") throw new TypeError(`\`${type}\` must be a text`);
      pen.optional(state, type);
    }
  }

  #choices(pen, grants) {
    let granted = 0;
    let denied = 0;
    for (const name in grants) {
      const choice = grants[name];
      if (choice === undefined) continue;
      this.#purposes ??= this.#positions(PURPOSE);
      const purpose = this.#purposes.get(name);
      if (purpose === undefined) throw unknown(name, "the purposes");
      // A parent's grant is written as both.
      if (truth(choice === "parent" || choice, name)) granted |= 1 << purpose;
      if (choice === "parent" || choice === false) denied |= 1 << purpose;
    }
    pen.byte(granted);
    pen.byte(denied);
  }

  /** What nobody could look up, and what was looked up before now. */
  #quality(pen, missing, observed) {
    if (!isTexts(missing)) throw new TypeError("`unknown` must be a list of texts");
    const times = [];
    for (const name in observed) {
      const position = this.#attribute(name);
      if (observed[name] === undefined || observed[name] === null) continue;
      const time = this.#instant(observed[name], name);
      if (position !== undefined) times.push([position, time]);
    }
    const positions = missing.map((name) => this.#attribute(name)).filter((position) => position !== undefined);
    pen.half(positions.length);
    for (const position of positions) pen.half(position);
    pen.half(times.length);
    for (const [position, time] of times) {
      pen.half(position);
      pen.number(time);
    }
  }

  /** Contacts before, as the caller tells them and as the device keeps them. */
  #contacts(pen, contacts, kept) {
    if (contacts !== undefined && contacts !== null && !Array.isArray(contacts)) throw new TypeError("`contacts` must be a list");
    pen.byte(contacts ? 1 : 0);
    // A longer list counts as none that is known.
    const told = (contacts ?? []).slice(0, 65535);
    pen.half(told.length);
    for (const one of told) {
      const { at, channel, class: of, experience, content, dismissed, ...others } = object(one, "contact");
      for (const key in others) if (others[key] !== undefined) throw unknown(key, "a contact");
      pen.number(this.#instant(at, "at"));
      pen.optional(channel, "channel");
      pen.byte(1 + this.#word(of, CLASSES, "class"));
      pen.optional(experience, "experience");
      pen.optional(content, "content");
      pen.byte(truth(dismissed, "dismissed") ? 1 : 0);
    }
    pen.optional(kept, "contact_state");
  }

  /** Links between devices and accounts. */
  #links(pen, links) {
    if (!Array.isArray(links)) throw new TypeError("`links` must be a list");
    // A longer list links nothing.
    const told = links.slice(0, 65535);
    pen.half(told.length);
    for (const one of told) {
      const { visitor, account, at, linked, ...others } = object(one, "link");
      for (const key in others) if (others[key] !== undefined) throw unknown(key, "a link");
      for (const [key, id] of Object.entries({ visitor, account })) {
        if (typeof id !== "string") throw new TypeError(`\`${key}\` of a link must be a text`);
        pen.optional(id, key);
      }
      pen.number(this.#instant(at, "at"));
      if (linked === null) throw new TypeError("`linked` must be true or false");
      pen.byte(linked === undefined || truth(linked, "linked") ? 1 : 0);
    }
  }

  #values(pen, attributes) {
    let turn = 0;
    for (const name in attributes) {
      const value = attributes[name];
      // Contexts of one host name their attributes in one order: most names are where they were last time.
      const before = this.#order[turn];
      let position = before?.position;
      if (before?.name !== name) {
        position = this.#attribute(name);
        if (turn < ORDER_MAX) this.#order[turn] = { name, position };
      }
      turn += 1;
      if (position === undefined || value === undefined || value === null) continue;
      const member = typeof value === "string" ? this.#member(position, value) : -1;
      if (member >= 0) pen.member(position, member);
      else pen.value(position, value);
    }
  }

  #attribute(name) {
    this.#attributes ??= this.#positions(ATTRIBUTE);
    return this.#attributes.get(name);
  }

  /** A time with its offset, or Unix milliseconds, as milliseconds. */
  #instant(value, what) {
    // A clock may carry a fraction of a millisecond.
    const ms = typeof value === "number" ? Math.trunc(value) : typeof value === "string" ? this.#core.instant(value) : NaN;
    if (ms >= TIME_MIN && ms <= TIME_MAX) return ms;
    throw new TypeError(`\`${what}\` must be a time with its offset, as in "2026-12-01T09:00:00Z", or Unix milliseconds`);
  }

  /** The number of a text in the attribute's closed set, or less than 0. Found once; a set has an end, and so have these. */
  #member(attribute, text) {
    const known = (this.#members[attribute] ??= new Map());
    if (known === OPEN) return -1;
    let member = known.get(text);
    if (member === undefined) {
      member = this.#core.member(attribute, text);
      if (member >= 0) known.set(text, member);
      else if (member < -1) this.#members[attribute] = OPEN;
    }
    return member;
  }

  #positions(kind) {
    const positions = new Map();
    for (let at = 0, name; (name = this.#core.name(kind, at)) !== undefined; at += 1) positions.set(name, at);
    return positions;
  }
}

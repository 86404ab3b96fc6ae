// The engine's one door: the facts of a visitor, or of the page that is shown, cross into the Wasm once, then each decision is a handful of
// whole numbers.
//
// It takes plain objects and says what is wrong with them; gives decisions whose numbers get their names when they are asked for, and the
// JSON that every host writes. The Wasm holds one visitor at a time: one that another has taken the place of is written again when it is
// asked, so nothing has to be freed.

const [CONTENT, LOCALE, EXPERIENCE, REASON, DETAIL, DEPTH, EXPERIMENT, UNIT, ATTRIBUTE, PURPOSE, SLOT, SELECTOR, CHANGE, HTML_ATTRIBUTE, LAYER, CACHE, DIGEST] =
  Array(17).keys();
const NUMBERS = 16; // of a decision, as in `src/browser/visitor.rs`
const NO_TEXT = 0xffffffff;
const TIME_MIN = -62167219200000; // as in `src/time.rs`
const TIME_MAX = 253402300799999;
const SHORT = 48; // characters: up to here a loop is faster than a TextEncoder
const ORDER_MAX = 64; // attributes whose place in a context is remembered
const OPEN = new Map(); // stands for a set that any text is in
const encoder = new TextEncoder();

/** What the visitors of one engine share. */
export class Desk {
  here = null;
  #core;
  #memory;
  #pen;
  #numbers = new Int32Array(0);
  #names = Array.from({ length: DIGEST + 1 }, () => []);
  #slots = new Map();
  #attributes;
  #members = [];
  #order = [];
  #purposes;

  constructor(core, memory) {
    this.#core = core;
    this.#memory = memory;
    this.#pen = new Pen(core, memory);
  }

  /** Lets the Wasm know who is there. Throws what is wrong with a context. */
  meet(context, now) {
    this.here = null;
    this.#core.meet_written(this.#write(context, now));
  }

  /** Lets the Wasm know who looks at the page that is shown; gives the names of its slots. */
  meetPage(facts) {
    this.here = null;
    const pen = this.#pen.begin();
    let path, query, country, region, cookie, accept_language, user_agent, randomness, gpc, now;
    for (const [key, value] of Object.entries(object(facts, "question"))) {
      if (key === "path") path = value;
      else if (key === "query") query = value;
      else if (key === "country") country = value;
      else if (key === "region") region = value;
      else if (key === "cookie") cookie = value;
      else if (key === "accept_language") accept_language = value;
      else if (key === "user_agent") user_agent = value;
      else if (key === "randomness") randomness = value;
      else if (key === "gpc") gpc = value;
      else if (key === "now") now = value;
      else if (value !== undefined) throw unknown(key, "a question about a page");
    }
    pen.byte(truth(gpc, "gpc") ? 1 : 0);
    for (const [what, text] of Object.entries({ path, query, country, region, cookie, accept_language, user_agent, randomness })) pen.optional(text, what);
    pen.number(this.#instant(now ?? 0, "now"));
    return this.#list(this.#core.meet_page(pen.at));
  }

  /** The names of the slots of the page at `path`. */
  slotsAt(path) {
    return this.#list(this.#core.slots_at(path));
  }

  /**
   * Decides slots by their names, or every one, for whoever is there: the JSON that every host writes, the changes that the decisions
   * make, and the cookies to set when a page is decided.
   */
  answer(names) {
    if (names !== undefined && names !== null && !isTexts(names)) throw new TypeError("`slots` must be a list of texts");
    const slots = names ?? Array.from({ length: this.#core.slots() }, (_, slot) => this.name(SLOT, slot));
    const edits = [];
    let cache = 0;
    let isDrawn = false;
    const decisions = slots.map((slot) => {
      const position = this.#position(slot);
      const at = this.#core.decide_slot(position) >>> 2;
      const all = this.#view();
      const numbers = all.slice(at, at + NUMBERS + 1 + all[at + NUMBERS]);
      cache = Math.max(cache, numbers[11]);
      isDrawn ||= numbers[12] === 1;
      const decision = new Decision(this, null, slot, numbers);
      if (numbers[13] >= 0) edits.push(this.#edit(position, decision, numbers));
      return `${json(slot)}:${json(decision)}`;
    });
    const text = `{"decisions":{${decisions}},"cache":${json(this.name(CACHE, cache))},"bundle":${json(this.name(DIGEST, 0))}}`;
    return { text, edits, isDrawn };
  }

  /** The cookies to set once the page is decided. */
  cookies(isDrawn) {
    const lines = this.#core.cookies(isDrawn).split("\n");
    const cookies = [];
    for (let at = 0; at + 2 < lines.length; at += 3) cookies.push({ name: lines[at], value: lines[at + 1], max_age: Number(lines[at + 2]) });
    return cookies;
  }

  /** Leaves nobody there. */
  forget() {
    this.here = null;
    this.#core.leave();
  }

  /** Decides the slot of this name for whoever is there. */
  decide(slot, visitor) {
    const at = this.#core.decide_slot(this.#position(slot)) >>> 2;
    const n = this.#view();
    const numbers = [n[at], n[at + 1], n[at + 2], n[at + 3], n[at + 4], n[at + 5], n[at + 6], n[at + 7], n[at + 8], n[at + 9], n[at + 10]];
    return new Decision(this, visitor, slot, numbers);
  }

  /** The attributes that the slot's decision read. */
  read(slot) {
    const at = this.#core.decide_slot(this.#position(slot)) / 4;
    const numbers = this.#view();
    return this.readOf(numbers.slice(at, at + NUMBERS + 1 + numbers[at + NUMBERS]));
  }

  /** The attributes behind the numbers of a decision and of what it read. */
  readOf(numbers) {
    return Array.from(numbers.subarray(NUMBERS + 1), (position) => this.name(ATTRIBUTE, position));
  }

  /** Every slot's content, reason, detail and depth. */
  decideAll() {
    const at = this.#core.decide_every() >>> 2;
    const count = this.#core.slots();
    return new All(this, this.#view().slice(at, at + 2 * count), count);
  }

  /** The name behind a number, or `null` for -1. */
  name(kind, position) {
    if (position < 0) return null;
    const names = this.#names[kind];
    return (names[position] ??= this.#core.name(kind, position));
  }

  arm(split, arm) {
    return split < 0 ? null : this.#core.arm(split, arm);
  }

  #view() {
    // Memory that has grown leaves its views with nothing.
    if (this.#numbers.length === 0) this.#numbers = new Int32Array(this.#memory.buffer);
    return this.#numbers;
  }

  #position(slot) {
    let position = this.#slots.get(slot);
    if (position === undefined) {
      position = this.#core.slot(String(slot));
      // A name that is no slot's is not kept: there is no end of those.
      if (position < this.#core.slots()) this.#slots.set(slot, position);
    }
    return position;
  }

  #list(pointer) {
    const at = pointer >>> 2;
    const numbers = this.#view();
    return Array.from(numbers.slice(at + 1, at + 1 + numbers[at]), (slot) => this.name(SLOT, slot));
  }

  #edit(position, { content }, numbers) {
    const [slot, selector, change, attribute] = [SLOT, SELECTOR, CHANGE, HTML_ATTRIBUTE].map((kind) => this.name(kind, position));
    return { slot, selector, change, attribute, content, chunk: numbers[13], start: numbers[14], length: numbers[15] };
  }

  /** Writes a context by numbers; gives the bytes. */
  #write(context, now) {
    const pen = this.#pen.begin();
    const said = object(context, "context");
    let attributes, observed, missing, grants, signals, region, identity, locale;
    for (const key in said) {
      const value = said[key];
      if (key === "attributes") attributes = value;
      else if (key === "grants") grants = value;
      else if (key === "identity") identity = value;
      else if (key === "region") region = value;
      else if (key === "locale") locale = value;
      else if (key === "signals") signals = value;
      else if (key === "now") now = value ?? now;
      else if (key === "observed") observed = value;
      else if (key === "unknown") missing = value;
      else if (value !== undefined) throw unknown(key, "a context");
    }
    this.#choices(pen, object(grants, "grants"));
    let gpc, cookie;
    signals = object(signals, "signals");
    for (const key in signals) {
      if (key === "gpc") gpc = signals[key];
      else if (key === "cookie") cookie = signals[key];
      else if (signals[key] !== undefined) throw unknown(key, "signals");
    }
    pen.byte(truth(gpc, "gpc") ? 1 : 0);
    let page, session, visitor, account;
    identity = object(identity, "identity");
    for (const key in identity) {
      const id = identity[key];
      if (key === "visitor") visitor = id;
      else if (key === "account") account = id;
      else if (key === "session") session = id;
      else if (key === "page") page = id;
      else if (id !== undefined) throw unknown(key, "an identity");
    }
    pen.optional(cookie, "cookie");
    pen.optional(region, "region");
    pen.optional(locale, "locale");
    pen.optional(page, "page");
    pen.optional(session, "session");
    pen.optional(visitor, "visitor");
    pen.optional(account, "account");
    pen.number(this.#instant(now, "now"));
    this.#quality(pen, missing ?? [], object(observed, "observed"));
    this.#values(pen, object(attributes, "attributes"));
    return pen.at;
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
      if (truth(choice, name)) granted |= 1 << purpose;
      else if (choice === false) denied |= 1 << purpose;
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

/** Writes into the room that the Wasm keeps for it. */
class Pen {
  at = 0;
  bytes = new Uint8Array(0);
  #core;
  #memory;
  #view;
  #asked = 1024;

  constructor(core, memory) {
    this.#core = core;
    this.#memory = memory;
  }

  begin() {
    this.at = 0;
    if (this.bytes.length === 0) this.#open();
    return this;
  }

  byte(byte) {
    this.#room(1);
    this.bytes[this.at++] = byte;
  }

  number(number) {
    this.#room(8);
    this.#view.setFloat64(this.at, number, true);
    this.at += 8;
  }

  half(number) {
    this.#room(2);
    this.#view.setUint16(this.at, number, true);
    this.at += 2;
  }

  /** A text, or none. */
  optional(text, what) {
    if (typeof text === "string") this.#text(text);
    else if (text === undefined || text === null) {
      this.#room(4);
      this.#view.setUint32(this.at, NO_TEXT, true);
      this.at += 4;
    } else throw new TypeError(`\`${what}\` must be a text`);
  }

  /** An attribute with an item of its closed set. */
  member(position, member) {
    this.#room(5);
    this.#view.setUint16(this.at, position, true);
    this.bytes[this.at + 2] = 6;
    this.#view.setUint16(this.at + 3, member, true);
    this.at += 5;
  }

  /** An attribute with its value; what no attribute can be is said to be that. */
  value(position, value) {
    this.#room(11);
    this.#view.setUint16(this.at, position, true);
    this.at += 3;
    const tag = this.at - 1;
    if (typeof value === "string") {
      this.bytes[tag] = 4;
      this.#text(value);
    } else if (typeof value === "number") {
      this.bytes[tag] = 3;
      this.#view.setFloat64(this.at, value, true);
      this.at += 8;
    } else if (typeof value === "boolean") this.bytes[tag] = value ? 2 : 1;
    else if (isTexts(value)) {
      this.bytes[tag] = 5;
      this.#view.setUint32(this.at, value.length, true);
      this.at += 4;
      for (const item of value) this.#text(item);
    } else this.bytes[tag] = 7;
  }

  #text(text) {
    const length = text.length;
    this.#room(4 + 3 * length);
    const bytes = this.bytes;
    const start = this.at + 4;
    let done = 0;
    if (length <= SHORT) {
      for (; done < length; done += 1) {
        const unit = text.charCodeAt(done);
        if (unit > 127) break;
        bytes[start + done] = unit;
      }
    }
    if (done < length) done = encoder.encodeInto(text, bytes.subarray(start)).written;
    this.#view.setUint32(this.at, done, true);
    this.at = start + done;
  }

  #room(bytes) {
    if (this.at + bytes <= this.bytes.length) return;
    this.#asked = Math.max(2 * this.#asked, this.at + bytes);
    this.#open();
  }

  #open() {
    const start = this.#core.room(this.#asked) >>> 0;
    this.bytes = new Uint8Array(this.#memory.buffer, start, this.#asked);
    this.#view = new DataView(this.#memory.buffer, start, this.#asked);
  }
}

/** One visitor. Their context is read now, and again when another visitor was asked about in between. */
export class Visitor {
  #desk;
  #context;
  #now = Date.now();

  constructor(desk, context) {
    this.#desk = desk;
    this.#context = context;
    this.#arrive();
  }

  /** Decides one slot. */
  decide(slot) {
    if (this.#desk.here !== this) this.#arrive();
    return this.#desk.decide(slot, this);
  }

  /** Decides every slot. */
  decideAll() {
    if (this.#desk.here !== this) this.#arrive();
    return this.#desk.decideAll();
  }

  /** The attributes that a slot's decision read. */
  read(slot) {
    if (this.#desk.here !== this) this.#arrive();
    return this.#desk.read(slot);
  }

  #arrive() {
    this.#desk.meet(this.#context, this.#now);
    this.#desk.here = this;
  }
}

/** A decision: as in the JSON, each name looked up when it is asked for. */
class Decision {
  #desk;
  #visitor;
  #slot;
  #numbers;

  constructor(desk, visitor, slot, numbers) {
    this.#desk = desk;
    this.#visitor = visitor;
    this.#slot = slot;
    this.#numbers = numbers;
  }

  get content() {
    return this.#desk.name(CONTENT, this.#numbers[0]);
  }
  get locale() {
    return this.#desk.name(LOCALE, this.#numbers[1]);
  }
  get experience() {
    return this.#desk.name(EXPERIENCE, this.#numbers[2]);
  }
  get rule() {
    return orNull(this.#numbers[3]);
  }
  get reason() {
    return this.#desk.name(REASON, this.#numbers[4]);
  }
  get detail() {
    return this.#desk.name(DETAIL, this.#numbers[5]);
  }
  get depth() {
    return this.#desk.name(DEPTH, this.#numbers[6]);
  }
  get read() {
    return this.#visitor === null ? this.#desk.readOf(this.#numbers) : this.#visitor.read(this.#slot);
  }
  get experiment() {
    return this.#desk.name(EXPERIMENT, this.#numbers[7]);
  }
  get layer() {
    return this.#desk.name(LAYER, this.#numbers[7]) ?? undefined;
  }
  get arm() {
    return this.#desk.arm(this.#numbers[7], this.#numbers[9]);
  }
  get unit() {
    return this.#desk.name(UNIT, this.#numbers[8]);
  }
  get point() {
    return orNull(this.#numbers[10]);
  }

  toJSON() {
    const { content, locale, experience, rule, reason, detail, depth, read, experiment, layer, arm, unit, point } = this;
    const inLayer = layer && { layer };
    return { content, locale, experience, rule, reason, detail, depth, read, experiment, ...inLayer, arm, unit, point };
  }
}

/** The decisions of every slot, by number. */
class All {
  /** Contents by slot, -1 for the origin's own; `contentName` names them. */
  contents;
  #desk;
  #outcomes;

  constructor(desk, numbers, count) {
    this.#desk = desk;
    this.contents = numbers.subarray(0, count);
    this.#outcomes = numbers.subarray(count);
  }

  get length() {
    return this.contents.length;
  }
  slot(at) {
    return this.#desk.name(SLOT, at);
  }
  content(at) {
    return this.#desk.name(CONTENT, this.contents[at]);
  }
  reason(at) {
    return this.#desk.name(REASON, this.#outcomes[at] & 255);
  }
  detail(at) {
    return this.#desk.name(DETAIL, ((this.#outcomes[at] >> 8) & 255) - 1);
  }
  depth(at) {
    return this.#desk.name(DEPTH, (this.#outcomes[at] >> 16) & 255);
  }
}

/** What an object says itself, without what it inherits; `null` says nothing. */
function object(value, what) {
  if (value === undefined || value === null) return {};
  if (typeof value !== "object" || Array.isArray(value)) throw new TypeError(`\`${what}\` must be an object`);
  return Object.getPrototypeOf(value) === Object.prototype ? value : Object.fromEntries(Object.entries(value));
}

function truth(value, what) {
  if (value === undefined || value === null || typeof value === "boolean") return value;
  throw new TypeError(`\`${what}\` must be true, false or null`);
}

function unknown(key, place) {
  return new TypeError(`there is no \`${key}\` in ${place}`);
}

function isTexts(value) {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

/** JSON as the core writes it: no line of JavaScript ends in it, and no element of HTML. */
export function json(value) {
  return JSON.stringify(value).replace(/\\.|[<\u2028\u2029]/g, (escape) => ESCAPES[escape] ?? escape);
}

const ESCAPES = { "\\b": "\\u0008", "\\t": "\\u0009", "\\f": "\\u000c", "\\r": "\\u000d", "<": "\\u003c", "\u2028": "\\u2028", "\u2029": "\\u2029" };

function orNull(number) {
  return number < 0 ? null : number;
}

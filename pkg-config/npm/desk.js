// A visitor on the engine's fast side: their facts cross into the Wasm once, then each decision is a handful of whole numbers.
//
// It takes a context and gives the same answers as `decide`, whose numbers get their names when they are asked for. The Wasm holds one
// visitor at a time: one that another has taken the place of is written again when it is asked, so nothing has to be freed.

const [CONTENT, LOCALE, EXPERIENCE, REASON, DETAIL, DEPTH, EXPERIMENT, UNIT, ATTRIBUTE, PURPOSE, LAYER, SLOT] = Array(12).keys();
const NUMBERS = 12; // of a decision, as in `src/browser/visitor.rs`
const NO_TEXT = 0xffffffff;
const TIME_END = 2 ** 42; // a time that needs no further look: from 1970 to 2109
const SHORT = 48; // characters: up to here a loop is faster than a TextEncoder
const ORDER_MAX = 64; // attributes whose place in a context is remembered
const OPEN = new Map(); // stands for a set that any text is in
const encoder = new TextEncoder();

/** What the visitors of one engine share. */
export class Desk {
  here = null;
  #core;
  #memory;
  #wire;
  #pen;
  #numbers = new Int32Array(0);
  #names = Array.from({ length: SLOT + 1 }, () => []);
  #slots = new Map();
  #attributes;
  #members = [];
  #order = [];
  #purposes;

  constructor(core, memory, wire) {
    this.#core = core;
    this.#memory = memory;
    this.#wire = wire;
    this.#pen = new Pen(core, memory);
  }

  /** Lets the Wasm know who is there. Throws what is wrong with a context. */
  meet(context, now) {
    const bytes = this.#write(context, now);
    if (bytes && this.#core.meet_written(bytes)) return;
    const fault = this.#core.meet(this.#wire({ context: context ?? {}, slots: null, now }));
    if (fault !== undefined) throw new TypeError(fault);
  }

  /** Leaves nobody there. */
  forget() {
    this.here = null;
    this.#core.leave();
  }

  /** Decides the slot of this name for whoever is there. */
  decide(slot, visitor) {
    let position = this.#slots.get(slot);
    if (position === undefined) {
      position = this.#core.slot(String(slot));
      // A name that is no slot's is not kept: there is no end of those.
      if (position < this.#core.slots()) this.#slots.set(slot, position);
    }
    const at = this.#core.decide_slot(position) >>> 2;
    const n = this.#view();
    const numbers = [n[at], n[at + 1], n[at + 2], n[at + 3], n[at + 4], n[at + 5], n[at + 6], n[at + 7], n[at + 8], n[at + 9], n[at + 10], n[at + 11]];
    return new Decision(this, visitor, slot, numbers);
  }

  /** The attributes that the slot's decision read. */
  read(slot) {
    const at = this.#core.decide_slot(this.#slots.get(slot) ?? this.#core.slots()) / 4 + NUMBERS;
    const numbers = this.#view();
    return Array.from(numbers.subarray(at + 1, at + 1 + numbers[at]), (position) => this.name(ATTRIBUTE, position));
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

  /** Writes a context by numbers; gives the bytes, or 0 for one that only its names can tell what is wrong with. */
  #write(context, now) {
    if (!plain(context)) return 0;
    const pen = this.#pen.begin();
    let attributes, grants, signals, region, identity, locale;
    for (const key in context) {
      const value = context[key];
      if (value === undefined || value === null) continue;
      if (key === "attributes") attributes = value;
      else if (key === "grants") grants = value;
      else if (key === "identity") identity = value;
      else if (key === "region") region = value;
      else if (key === "locale") locale = value;
      else if (key === "signals") signals = value;
      else if (key === "now") now = value;
      else return 0;
    }
    if (!(now >= 0 && now < TIME_END) || typeof now !== "number") return 0;
    if (!this.#choices(pen, grants)) return 0;
    let gpc, cookie;
    if (signals !== undefined) {
      if (!plain(signals)) return 0;
      for (const key in signals) {
        if (key === "gpc") gpc = signals[key];
        else if (key === "cookie") cookie = signals[key];
        else return 0;
      }
      if (gpc !== undefined && gpc !== null && typeof gpc !== "boolean") return 0;
    }
    pen.byte(gpc ? 1 : 0);
    let page, session, visitor, account;
    if (identity !== undefined) {
      if (!plain(identity)) return 0;
      for (const key in identity) {
        const id = identity[key];
        if (key === "visitor") visitor = id;
        else if (key === "account") account = id;
        else if (key === "session") session = id;
        else if (key === "page") page = id;
        else return 0;
      }
    }
    const said = pen.optional(cookie) && pen.optional(region) && pen.optional(locale);
    if (!said || !pen.optional(page) || !pen.optional(session) || !pen.optional(visitor) || !pen.optional(account)) return 0;
    pen.number(now);
    return this.#values(pen, attributes) ? pen.at : 0;
  }

  #choices(pen, grants) {
    let granted = 0;
    let denied = 0;
    if (grants !== undefined) {
      if (!plain(grants)) return false;
      this.#purposes ??= this.#positions(PURPOSE);
      for (const name in grants) {
        const choice = grants[name];
        const purpose = this.#purposes.get(name);
        if (purpose === undefined) return false;
        if (choice === true) granted |= 1 << purpose;
        else if (choice === false) denied |= 1 << purpose;
        else if (choice !== undefined && choice !== null) return false;
      }
    }
    pen.byte(granted);
    pen.byte(denied);
    return true;
  }

  #values(pen, attributes) {
    if (attributes === undefined) return true;
    if (!plain(attributes)) return false;
    const positions = (this.#attributes ??= this.#positions(ATTRIBUTE));
    let turn = 0;
    for (const name in attributes) {
      const value = attributes[name];
      // Contexts of one host name their attributes in one order: most names are where they were last time.
      const before = this.#order[turn];
      let position = before?.position;
      if (before?.name !== name) {
        position = positions.get(name);
        if (turn < ORDER_MAX) this.#order[turn] = { name, position };
      }
      turn += 1;
      if (position === undefined || value === undefined || value === null) continue;
      const member = typeof value === "string" ? this.#member(position, value) : -1;
      if (member >= 0) pen.member(position, member);
      else if (!pen.value(position, value)) return false;
    }
    return true;
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

  /** A text, or none; `false` for what is neither. */
  optional(text) {
    if (typeof text === "string") this.#text(text);
    else if (text === undefined || text === null) {
      this.#room(4);
      this.#view.setUint32(this.at, NO_TEXT, true);
      this.at += 4;
    } else return false;
    return true;
  }

  /** An attribute with an item of its closed set. */
  member(position, member) {
    this.#room(5);
    this.#view.setUint16(this.at, position, true);
    this.bytes[this.at + 2] = 6;
    this.#view.setUint16(this.at + 3, member, true);
    this.at += 5;
  }

  /** An attribute with its value; `false` for a value that is not as simple as it should be. */
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
    else if (Array.isArray(value)) {
      this.bytes[tag] = 5;
      this.#view.setUint32(this.at, value.length, true);
      this.at += 4;
      for (const item of value) {
        if (typeof item !== "string") return false;
        this.#text(item);
      }
    } else return false;
    return true;
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
    this.#desk.here = null;
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
    return this.#visitor.read(this.#slot);
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

/** Whether nothing can be inherited: what is, `decide` does not see either. */
function plain(object) {
  return object !== null && typeof object === "object" && Object.getPrototypeOf(object) === Object.prototype;
}

function orNull(number) {
  return number < 0 ? null : number;
}

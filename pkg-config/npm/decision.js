// Visitors and their decisions as JavaScript reads them: whole numbers, whose names are looked up when they are asked for.
//
// It takes what a desk answers with and asks it for names; it keeps no name itself.

import { CONTENT, LOCALE, EXPERIENCE, REASON, DETAIL, DEPTH, EXPERIMENT, UNIT, SLOT, LAYER, HOLDOUT, CONTACT } from "./words.js";

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

  /** What gave way in a slot. */
  way(slot) {
    if (this.#desk.here !== this) this.#arrive();
    return this.#desk.way(slot);
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
export class Decision {
  #desk;
  #visitor;
  #slot;
  #numbers;
  #way;

  constructor(desk, visitor, slot, numbers, way) {
    this.#desk = desk;
    this.#visitor = visitor;
    this.#slot = slot;
    this.#numbers = numbers;
    this.#way = way;
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
  get holdout() {
    return this.#desk.name(HOLDOUT, this.#numbers[11]) ?? undefined;
  }
  get would() {
    return this.holdout && this.#desk.name(CONTENT, this.#numbers[12]);
  }
  get contact() {
    return this.#numbers[18] & 1 ? this.#desk.name(CONTACT, this.#numbers[19]) : undefined;
  }
  get not_before() {
    const [flags, , low, high] = this.#numbers.slice(18);
    if (!(flags & 2)) return undefined;
    return flags & 4 ? new Date(high * 2 ** 32 + (low >>> 0)).toISOString().replace(".000Z", "Z") : null;
  }
  get memory() {
    return this.#numbers[18] & 8 ? "page" : undefined;
  }
  get gave_way() {
    const [experience, why, to] = (this.#visitor ? this.#visitor.way(this.#slot) : this.#way) ?? [-1];
    if (experience < 0) return;
    return { experience: this.#desk.name(EXPERIENCE, experience), why: ["repeat", "conflict", "changes", "class"][why], to: this.#desk.name(SLOT, to) };
  }
  get when() {
    return this.#delivery().when;
  }
  get how() {
    return this.#delivery().how;
  }
  get unit() {
    return this.#desk.name(UNIT, this.#numbers[8]);
  }
  get point() {
    return orNull(this.#numbers[10]);
  }

  toJSON() {
    const { content, locale, experience, rule, reason, detail, depth, read, experiment, layer, arm, holdout, would, contact, not_before, memory, gave_way, unit, point } = this;
    const inLayer = layer && { layer };
    const held = holdout && { holdout, would };
    return { content, locale, experience, rule, reason, detail, depth, read, experiment, ...inLayer, arm, ...held, contact, not_before, memory, ...(gave_way && { gave_way }), ...this.#delivery(), unit, point };
  }

  #delivery() {
    const [content, , experience, rule] = this.#numbers;
    return content < 0 || experience < 0 ? {} : this.#desk.delivery(experience, rule);
  }
}

/** The decisions of every slot, by number. */
export class All {
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

function orNull(number) {
  return number < 0 ? null : number;
}

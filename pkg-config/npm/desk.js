// The engine's one door: whoever is there crosses into the Wasm once, then each decision is a handful of whole numbers.
//
// It takes contexts, which `context.js` writes; gives decisions, which `decision.js` reads, and the JSON that every host writes. The Wasm holds
// one visitor at a time: one that another has taken the place of is written again when it is asked, so nothing has to be freed.

import { All, Decision } from "./decision.js";
import { ATTRIBUTE, SLOT, SELECTOR, CHANGE, HTML_ATTRIBUTE, CACHE, DIGEST, isTexts, json } from "./words.js";

const NUMBERS = 22; // of a decision, as in `src/browser/visitor.rs`

/** What the visitors of one engine share. */
export class Desk {
  here = null;
  #core;
  #writer;
  #numbers = new Int32Array(0);
  #names = Array.from({ length: DIGEST + 1 }, () => []);
  #slots = new Map();

  constructor(core, writer) {
    this.#core = core;
    this.#writer = writer;
  }

  /** Lets the Wasm know who is there. Throws what is wrong with a context. */
  meet(context, now) {
    this.here = null;
    this.#core.meet_written(this.#writer.context(context, now));
  }

  /** Lets the Wasm know who looks at the page that is shown; gives the names of its slots, and a function for the cookies to set. */
  meetPage(facts) {
    this.here = null;
    const cookies = this.#writer.page(facts);
    return [this.slotsAt(facts.path ?? ""), cookies];
  }

  /** The names of the slots of the page at `path`. */
  slotsAt(path) {
    return this.#list(this.#core.slots_at(path));
  }

  /** The selector of the slot of this name. */
  selector(slot) {
    return this.name(SELECTOR, this.#position(slot));
  }

  /**
   * Decides slots by their names, or every one, for whoever is there: the JSON that every host writes, the changes that the decisions
   * make, the chunks to fetch on a page whatever was decided, and whether a decision drew by the device's id.
   */
  answer(names) {
    if (names !== undefined && names !== null && !isTexts(names)) throw new TypeError("`slots` must be a list of texts");
    const slots = names ?? Array.from({ length: this.#core.slots() }, (_, slot) => this.name(SLOT, slot));
    const edits = [];
    const chunks = [];
    // The slots of one page are decided together.
    const { plan } = this.#core;
    plan?.(-1);
    if (plan && names) for (const slot of slots) plan(this.#position(slot));
    let cache = 0;
    let isDrawn = false;
    const decisions = slots.map((slot) => {
      const position = this.#position(slot);
      const at = this.#core.decide_slot(position) >>> 2;
      const all = this.#view();
      let end = at + NUMBERS + 1 + all[at + NUMBERS];
      const numbers = all.slice(at, end);
      while (all[end] >= 0) chunks.push(all[end++]);
      cache = Math.max(cache, numbers[13]);
      isDrawn ||= numbers[14] === 1;
      const decision = new Decision(this, null, slot, numbers, plan && all.slice(end + 1, end + 4));
      if (numbers[15] >= 0) edits.push(this.#edit(position, decision, numbers));
      return `${json(slot)}:${json(decision)}`;
    });
    const text = `{"decisions":{${decisions}},"cache":${json(this.name(CACHE, cache))},"bundle":${json(this.name(DIGEST, 0))}}`;
    return { text, edits, chunks, isDrawn };
  }

  /** Leaves nobody there; and nothing that the open page remembers, if it is to be forgotten too. */
  forget(isWhole) {
    this.here = null;
    this.#core.leave();
    if (isWhole) this.#core.unremember?.();
  }

  /** Decides the slot of this name for whoever is there. */
  decide(slot, visitor) {
    const at = this.#core.decide_slot(this.#position(slot)) >>> 2;
    const n = this.#view();
    // Few decisions are held back by a contact policy.
    const numbers = n[at + 18] ? n.slice(at, at + NUMBERS) : [n[at], n[at + 1], n[at + 2], n[at + 3], n[at + 4], n[at + 5], n[at + 6], n[at + 7], n[at + 8], n[at + 9], n[at + 10], n[at + 11], n[at + 12]];
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

  /** What gave way in the slot, why, and to what, in numbers; none if the engine knows no plans. */
  way(slot) {
    if (!this.#core.plan) return;
    let at = this.#core.decide_slot(this.#position(slot)) / 4;
    const numbers = this.#view();
    at += NUMBERS + 1 + numbers[at + NUMBERS];
    while (numbers[at] >= 0) at++;
    return numbers.slice(at + 1, at + 4);
  }

  /** When a rule's message is due, and how it is shown. */
  delivery(experience, rule) {
    const [after, high, low, ...rest] = (this.#core.delivery?.(experience, rule) ?? "").split("\n");
    const not_before = high && new Date(high * 1e6 + +low).toISOString().replace(".000Z", "Z");
    const layout = rest.join("\n");
    const when = (after || high) && { when: { ...(after && { after }), ...(high && { not_before }) } };
    return { ...when, ...(layout && { how: { layout } }) };
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
    if (this.#numbers.length === 0) this.#numbers = new Int32Array(this.#core.memory.buffer);
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
    return { slot, selector, change, attribute, content, chunk: numbers[15], start: numbers[16], length: numbers[17] };
  }
}

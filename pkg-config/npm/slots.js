// The content of a framework's `<Slot>`. The edge put it into the page, or the device decided it. Where there is none, the children stand.
//
// This file knows no framework. `react.js`, `preact.js`, `vue.js` and `Slot.svelte` render what it gives. A page has the edge's content between two
// marks. The first render takes it from there as it stands, so that a framework finds the very nodes that it expects. The page may hold
// what its visitors wrote, so only marks with the nonce of this answer count.

import { global, plain } from "./plain.js";

const page = typeof document === "undefined" ? null : plain(document);
const policy = page && makePolicy();
/** Whether the page takes markup from this script. If not, what stands in the page already can be kept, and nothing be made. */
export const makes = policy !== null;
/** No content, in a form that the page takes. */
export const NOTHING = policy ? policy.createHTML("") : "";
const shown = new Map(); // slot → what it last showed: the same object at every look
const listeners = new Set();
let mounted = new Map(); // slot → how many show it; the loader's own, once it is there
let loader;

/** Settled when the page is whole: only then does it say which marks are the edge's. */
export const ready = new Promise((resolve) => {
  if (page?.readyState === "loading") page.addEventListener("DOMContentLoaded", resolve, { once: true });
  else resolve();
});
page?.addEventListener("selvedge:change", join);
if (page?.readyState === "loading") ready.then(join).then(tell);

/**
 * Gives what the page shows in a slot that a framework is about to take over: markup, or `null` for the children. It is `undefined` while the page
 * has marks for the slot, and its end is still to come, which says whether they are the edge's.
 */
export function first(slot) {
  if (!page) return null;
  join();
  if (!shown.has(slot)) {
    const seal = sealOf();
    if (seal === undefined && page.readyState === "loading" && find((data) => data.startsWith(`selvedge:${slot}~`))) return undefined;
    const html = between(slot, seal);
    if (html !== null) shown.set(slot, { made: loader?.frames.made[slot], html: policy ? policy.createHTML(html) : html });
  }
  return usable(slot);
}

/** Gives what a slot is to show now: markup, or `null` for the children. */
export function get(slot) {
  join();
  if (!loader) return first(slot);
  const decision = loader.decisions()[slot];
  // A slot that is not decided here is one of another page, and shows what it showed there.
  if (!decision) return usable(slot);
  const made = loader.frames.made[slot];
  if (decision.content === null) shown.delete(slot);
  else if (!made) return first(slot);
  else if (shown.get(slot)?.made !== made) shown.set(slot, { made, html: markupOf(slot, made) });
  return usable(slot);
}

/** Whether the edge's content, or the device's, stands in the page. */
export function stands(slot) {
  const seal = sealOf();
  return !!seal && !!find((data) => data === `selvedge:${slot}${seal}`);
}

/** Calls `listener` whenever `get` may have another answer. Returns what ends that. */
export function subscribe(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Says that a slot is on the page: the device's content for it goes through `get` from now on. Returns what ends that. */
export function mount(slot) {
  join();
  count(slot, 1);
  expose(slot);
  return () => count(slot, -1);
}

/** Does both, for frameworks that need neither alone. Calls `listener` at once, too. */
export function watch(slot, listener) {
  const look = () => listener(get(slot) ?? null);
  const ends = [mount(slot), subscribe(look)];
  look();
  return () => ends.forEach((end) => end());
}

/** Without the policy's permission a page takes no markup from a script: such a slot counts, and shows nothing new. */
function count(slot, by) {
  mounted.set(slot, policy ? (mounted.get(slot) ?? 0) + by : 0);
}

/** What was decided before its slot was on the page is an exposure from now on. */
function expose(slot) {
  const made = loader?.frames.made[slot];
  if (!made || made.seen || !get(slot)) return;
  made.seen = mounted.get(slot);
  const { content, experience, reason, detail, experiment, arm, unit, point } = loader.decisions()[slot];
  loader.track("exposure", { slot, content, experience, reason, detail, experiment, arm, unit, point });
}

/** Finds the loader, which may come later than the framework. */
function join() {
  const found = global("selvedge");
  const frames = found?.frames;
  if (loader || !frames) return;
  loader = found;
  for (const [slot, number] of mounted) frames.mounted.set(slot, number + (frames.mounted.get(slot) ?? 0));
  mounted = frames.mounted;
  // A framework may drop the server's markup before it renders the slot.
  for (const [slot, { content }] of Object.entries(loader.decisions())) if (content !== null) first(slot);
  loader.on("change", ({ slots }) => sync((slot) => slots.includes(slot)));
  loader.on("consent", () => sync(() => true));
  sync(() => true);
}

/** Forgets what is not decided any more: of the slots that are `lost` without a decision, and of those whose decision is the origin's content. */
function sync(isLost) {
  const decisions = loader.decisions();
  for (const slot of shown.keys()) if (decisions[slot] ? decisions[slot].content === null : isLost(slot)) shown.delete(slot);
  tell();
}

function tell() {
  for (const listener of listeners) listener();
}

/** What ends the marks of this answer; `undefined` where the page does not say. */
function sealOf() {
  if (loader) return loader.frames.seal;
  try {
    const block = [...page.querySelectorAll("script#selvedge-page[type='application/json']")].pop();
    const { v, nonce } = JSON.parse(plain(block).textContent);
    return v === 1 && nonce ? `~${nonce}` : undefined;
  } catch {
    return undefined;
  }
}

/** The first comment that `fits`. */
function find(fits) {
  const walker = page.createTreeWalker(document, NodeFilter.SHOW_COMMENT);
  while (walker.nextNode()) if (fits(walker.currentNode.data)) return walker.currentNode;
  return null;
}

/** The page's markup from a slot's mark to its closing mark, both included: the loader takes content back by them. */
function between(slot, seal) {
  const start = seal && find((data) => data === `selvedge:${slot}${seal}`);
  const box = plain(page.createElement("template"));
  for (let node = start; node; node = plain(node).nextSibling) {
    box.content.append(plain(node).cloneNode(true));
    if (node instanceof Comment && node.data === `/selvedge:${slot}${seal}`) return box.innerHTML;
  }
  return null;
}

/** What the device decided, between the marks that an edge would set. */
function markupOf(slot, { change, body }) {
  if (!/inner|text|replace/.test(change) || !policy) return null;
  const { seal } = loader.frames;
  const markup = change === "text" ? body.replace(/[&<]/g, (character) => `&#${character.charCodeAt()};`) : body;
  // As beside what a slot adds: nothing of the origin's is kept here, as the framework has the children.
  return policy.createHTML(`<!--selvedge+:${slot}${seal}-->${markup}<!--/selvedge:${slot}${seal}-->`);
}

/** What is shown, unless the page would not take it. What stands in the page already, it took. */
function usable(slot) {
  const html = shown.get(slot)?.html ?? null;
  return policy || stands(slot) ? html : null;
}

function makePolicy() {
  const rules = { createHTML: (checked) => checked };
  try {
    return global("trustedTypes")?.createPolicy("selvedge-slot", rules) ?? rules;
  } catch (error) {
    reportError(error);
    return null;
  }
}

// Selvedge loader: keeps what the edge decided in step with consent, and puts the origin's content back.
//
// It takes the data block `#selvedge-page`, gives `window.selvedge`. Before permission it touches nothing on the device but the
// strictly necessary consent cookie. It never hides the page.
//
// The page around it may hold what its visitors wrote: ids, names, classes, data attributes, comments and templates of any kind. So the data block
// is a script of its type, every mark carries the nonce of this answer, and no name of an element counts (`plain.js`).

import { global, plain } from "./plain.js";

const PURPOSES = ["necessary", "contextual", "functional", "analytics", "personalization", "advertising", "sensitive", "storage"];
const DEPTHS = ["none", "contextual", "declared", "behavioural", "inferred", "sensitive"];
// What `withdraw` denies: not what the visitor asked for, nor content chosen from the request itself.
const OPTIONAL = PURPOSES.slice(2);
const CONSENT_SECONDS = 395 * 86400;
const STATE_SECONDS = 30 * 86400; // unless written again; each value has its own day
const STATE_BYTES_MAX = 3000;
const EVENTS_MAX = 32; // of a beacon
const EVENTS_MS = 5000; // until one is sent
const REVERTED_MS = 1000; // from the page's load until its frameworks have taken it over
const ID = "selvedge-id";
const STATE = "selvedge-state";

const COOKIE = "selvedge-consent";
const CHOICES = [false, true, "parent"]; // as digits of the cookie

const page = plain(document);
// Only the site writes scripts into its pages. The edge appends its own at the end, behind all that the page holds.
// An `async` loader may be here before the end of the page, and without it nothing could be taken back.
const once = (event) => new Promise((done) => page.addEventListener(event, done));
if (page.readyState === "loading") await once("DOMContentLoaded");
const source = [...page.querySelectorAll("script#selvedge-page[type='application/json']")].pop();
const block = { grants: { necessary: true }, silent: { necessary: true }, gpc: {}, never: {}, device: {}, epoch: 0, days: Infinity, absent: [], cookie: COOKIE, beacon: "beacon", nonce: random(8), ...readBlock() };
// As the names that `consent.toml` may give, and none of the other two.
if (!/^[\w!#$%&'*+.^`|~-]+$/.test(block.cookie) || [ID, STATE].includes(block.cookie)) block.cookie = COOKIE;
const seal = `~${block.nonce}`;
const here = new URL(import.meta.url);
const beacon = block.beacon && new URL(block.beacon, here);
const onDevice = block.decide === "device" || !!page.querySelector("script[data-decide=device]");
const randomness = random(16);

let decisions = block.page?.decisions ?? {};
for (const slot of block.absent) delete decisions[slot]; // the page had no element for it
let said = {}; // purpose → true or false, by the visitor; "parent", granted by a parent
const heard = {}; // consent platform → what it last said, by purpose
let epoch = block.epoch;
let grants = block.grants;
let cookie; // the consent cookie as last seen
let limits = ""; // what it says beside the choices: their day, and how personal decisions may be
let generation = 0; // counts lowered permissions and begun decisions: no decision outlives the next of either
let started = false;
let loading; // the engine
let awaited = block.signals && "?"; // as a cookie that cannot be read, while a consent platform may hold a denial
const kept = new WeakMap(); // element that can hold no markup → its own text
let outbox = []; // events that no beacon has taken yet
let timer;
const listeners = {};
// The adapters of frameworks share this (`slots.js`): how many `<Slot>` are mounted, and what the device decided, by slot.
const frames = { seal, mounted: new Map(), made: {} };

/** Hexadecimal digits of so many random bytes. */
function random(bytes) {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function readBlock() {
  try {
    const read = JSON.parse(source.textContent);
    return read.v === 1 && read;
  } catch {} // as without one
}

function readCookie(name) {
  const pairs = page.cookie.split("; ").filter((pair) => pair.startsWith(`${name}=`));
  // Two that differ, of two paths or domains: neither is believed, and what cannot be read denies.
  return new Set(pairs).size > 1 ? "?" : pairs[0]?.slice(name.length + 1);
}

/** Without a value it removes a cookie. */
function writeCookie(name, value = "", seconds = 0) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  page.cookie = `${name}=${value}; Path=/; Max-Age=${seconds}; SameSite=Lax${secure}`;
}

// ---- consent

/** `v=1&epoch=3&depth=declared&personalization=1&advertising=0`; anything malformed denies. */
function parse(value) {
  limits = "";
  const read = { epoch: 0, said: {} };
  const [version, ...pairs] = value.split("&");
  let valid = version === "v=1" && value.length <= 512;
  let counted = false;
  for (const pair of pairs) {
    const [, name, choice] = /^(\w+)=(\w+)$/.exec(pair) ?? [];
    const isNumber = /^\d+$/.test(choice) && choice < 2 ** 32;
    if (name === "epoch" && !counted && isNumber) {
      read.epoch = +choice;
      counted = true;
    } else if ((name === "day" ? isNumber : name === "depth" && DEPTHS.includes(choice)) && !limits.includes(`&${name}=`)) limits += `&${pair}`;
    else if (PURPOSES.includes(name) && !(name in read.said) && /^[012]$/.test(choice)) read.said[name] = CHOICES[choice];
    else valid = false;
  }
  const age = today() - /&day=(\d+)/.exec(limits)?.[1];
  // A grant that is too old is silence, as at the edge; a denial stays one.
  if (age < -1 || age > block.days) for (const purpose of PURPOSES) if (read.said[purpose]) delete read.said[purpose];
  return valid ? read : { epoch, said: all(OPTIONAL) };
}

function write() {
  const named = (digit) => PURPOSES.map((purpose) => (said[purpose] === CHOICES[digit] ? `&${purpose}=${digit}` : "")).join("");
  return `v=1&epoch=${epoch}${limits}${named(1)}${named(2)}${named(0)}`;
}

/** Denied beats granted beats silent, as in the core. */
function settle() {
  // Where the law asks for a parent, nobody else's grant counts.
  const denied = (purpose) =>
    said[purpose] === false || block.never[purpose] || (block.parental?.[purpose] && said[purpose] !== "parent") || (hasGpc() && block.gpc[purpose]);
  const holds = (purpose) => purpose === "necessary" || (!!(block.silent[purpose] || said[purpose]) && !denied(purpose));
  return all(PURPOSES, holds);
}

function hasGpc() {
  return navigator.globalPrivacyControl === true;
}

/** Moves to what holds now. What is lowered is gone when this returns. */
function move(withdrawn = false) {
  const before = grants;
  grants = settle();
  const lowered = withdrawn || PURPOSES.some((purpose) => before[purpose] && !grants[purpose]);
  const raised = PURPOSES.some((purpose) => !before[purpose] && grants[purpose]);
  if (lowered) lower(before.storage || withdrawn);
  if (!lowered && !raised) return;
  emit("consent", { ...grants });
  again();
}

/** Decides again where the device does. */
function again() {
  if (onDevice || loading) decide().catch(() => {});
}

function lower(mayForget) {
  generation += 1;
  drop();
  loading?.then((engine) => engine.forget()).catch(() => {});
  if (mayForget) {
    forgetUncovered();
    if (!grants.storage || !grants.analytics) writeCookie(ID);
  }
  source?.remove();
  for (const slot in decisions) if (!stays(decisions[slot])) delete decisions[slot];
  for (const slot in frames.made) decisions[slot] || delete frames.made[slot];
  const { slots, reload } = putBack((slot) => !decisions[slot]);
  changed(slots);
  if (reload) reloadPage();
}

/** Takes out of the state cookie what may no longer be kept; without permission to read it, all of it. */
function forgetUncovered() {
  if (!grants.storage) return writeCookie("selvedge-contact"), writeCookie(STATE);
  const state = new URLSearchParams(readCookie(STATE));
  const gone = [...state.keys()].filter((attribute) => !covers(attribute));
  for (const attribute of gone) state.delete(attribute);
  if (gone.length) writeState(state);
}

/** Whether the device may keep an attribute; a sensitive one needs that grant beside another. */
function covers(attribute) {
  const purposes = Object.hasOwn(block.device, attribute) ? block.device[attribute] : [];
  const others = purposes.filter((purpose) => purpose !== "sensitive");
  return grants.storage && others.some((purpose) => grants[purpose]) && (others.length === purposes.length || grants.sensitive);
}

function writeState(state) {
  writeCookie(STATE, state, state.size && STATE_SECONDS);
}

/** Lets the edge make the page again; at the start only once, as it may come back the same. */
function reloadPage() {
  if (!started) {
    said = { ...said, ...all(OPTIONAL.filter((purpose) => !grants[purpose])) };
    keepChoices();
  }
  if (started || performance.getEntriesByType("navigation")[0]?.type !== "reload") location.reload();
}

/** Whether a decision used nothing that was withdrawn. */
function stays({ experiment, depth }) {
  return experiment === null && (depth === "none" || (depth === "contextual" && grants.contextual));
}

/**
 * What a consent platform says, by purpose: a choice, or nothing. While it is `pending` it can only take back; what is merely `known` from before
 * fills in what the visitor never said here; what they have just `chosen` counts. Platforms do not outvote each other: one denial is one.
 */
function hear(platform, level, choices) {
  const before = heard[platform] ?? {};
  const kept = (purpose) => (choices[purpose] === before[purpose] && choices[purpose]) || undefined;
  heard[platform] = level === "pending" ? all(PURPOSES, kept) : choices;
  const next = { ...said };
  let isForgotten; // a denial that no cookie holds, and that the platform does not know
  for (const purpose of PURPOSES) {
    const votes = Object.values(heard).map((choices) => choices[purpose]);
    const vote = [false, "parent", true].find((choice) => votes.includes(choice));
    if (vote === false) next[purpose] = false;
    else if (vote) {
      next[purpose] = level === "chosen" ? vote : next[purpose] ?? vote;
      isForgotten ||= !next[purpose] && !cookie;
    }
    else if (before[purpose] && next[purpose]) next[purpose] = null;
  }
  if (!isForgotten && PURPOSES.every((purpose) => next[purpose] == said[purpose])) return;
  said = next;
  keepChoices();
  move();
}

function choose(choices) {
  for (const [purpose, choice] of Object.entries(choices)) {
    if (!PURPOSES.includes(purpose)) throw new TypeError(`there is no purpose \`${purpose}\``);
    if (![...CHOICES, null].includes(choice)) throw new TypeError(`\`${purpose}\` is true, "parent", false or null`);
  }
  said = { ...said, ...choices };
  keepChoices();
  move();
}

function withdraw(isRemoved) {
  said = { ...all(OPTIONAL), ...(said.contextual === false && { contextual: false }) };
  keepChoices(isRemoved);
  move(true);
}

/** Puts the choices on record, unless the record was removed. What was noted before is not joined to what comes after. */
function keepChoices(isRemoved) {
  epoch += 1;
  drop();
  // Of the last change: the edge lets a grant be only so old.
  limits = `&day=${today()}${limits.replace(/&day=\d+/, "")}`;
  cookie = isRemoved ? undefined : write();
  if (cookie) writeCookie(block.cookie, cookie, CONSENT_SECONDS);
  channel.postMessage(epoch);
}

/** Follows the consent cookie. Its removal is a withdrawal. */
function follow() {
  const now = readCookie(block.cookie) || undefined;
  if (now === cookie) return move();
  if (!now) return withdraw(true);
  cookie = now;
  ({ epoch, said } = parse(now));
  move();
}

// ---- restoring what the edge and `apply.js` do

/** Puts the origin's content back wherever `wanted(slot)`, in kept content too. */
function putBack(wanted) {
  const slots = new Set();
  let reload;
  // Innermost first: what an outer slot puts back is clean already.
  for (const scope of scopes(document).reverse()) {
    const marks = comments(scope);
    for (const [at, start] of marks.entries()) {
      const [kind, mark = ""] = start.data.split(":");
      const slot = slotOf(mark);
      if (!kind.startsWith("selvedge") || !slot || !wanted(slot) || start.getRootNode() !== scope) continue;
      // Behind the head a parser leaves comments where no element can be.
      if (start.parentNode !== page.documentElement && putBackNodes(start, mark, marks.slice(at))) slots.add(slot);
      else reload = true;
    }
    for (const element of plain(scope).querySelectorAll(`[data-selvedge-set*='${seal}:']`)) putBackAttributes(plain(element), wanted, slots);
    for (const element of plain(scope).querySelectorAll(`[data-selvedge-reload*='${seal}']`)) {
      const marked = element.dataset.selvedgeReload.split(" ").map(slotOf).filter((slot) => slot && wanted(slot));
      if (marked.length && !putBackText(element)) reload = true;
      else marked.forEach((slot) => slots.add(slot));
    }
  }
  return { slots: [...slots], reload };
}

/** The slot of a mark that was made for this answer. A visitor who writes into the page cannot know its nonce. */
function slotOf(mark) {
  return mark.endsWith(seal) ? mark.slice(0, -seal.length) : "";
}

function scopes(root) {
  const templates = [...plain(root).querySelectorAll(`template[data-selvedge-control$='${seal}']`)];
  return [root, ...templates.flatMap((template) => scopes(template.content))];
}

function comments(scope) {
  const walker = page.createTreeWalker(scope, NodeFilter.SHOW_COMMENT);
  const found = [];
  while (walker.nextNode()) found.push(walker.currentNode);
  return found.filter(({ data }) => data.endsWith(seal));
}

function putBackNodes(start, mark, marks) {
  const end = marks.find((other) => other.data === `/selvedge:${mark}` && other.parentNode === start.parentNode);
  const control = plain(start.parentNode).querySelector(`template[data-selvedge-control="${mark}"]`);
  if (!end || !(control || start.data[8] === "+")) return false; // others changed this part of the page
  // A parser that had met nothing of the body yet left this in the head, where it is not shown.
  if (start.parentNode === page.head && control?.content.querySelector(":not(base,link,meta,noscript,script,style,template,title)")) return false;
  const range = new Range();
  range.setStartBefore(start);
  range.setEndAfter(end);
  range.deleteContents();
  if (control) range.insertNode(control.content);
  return true;
}

function putBackAttributes(element, wanted, slots) {
  const marks = element.dataset.selvedgeSet.split(" ").map((mark) => [mark, ...mark.split(`${seal}:`)]);
  const names = marks.filter(([, slot, name]) => name && wanted(slot)).map(([, , name]) => name);
  for (const name of names) {
    const was = `data-selvedge-was-${name}`;
    const value = element.getAttribute(was);
    if (value === null || runs(name, value)) element.removeAttribute(name);
    else element.setAttribute(name, value);
    element.removeAttribute(was);
  }
  // Slots that set one attribute all give it back.
  const left = marks.filter(([, slot, name]) => !names.includes(name) || void slots.add(slot));
  if (left.length) element.dataset.selvedgeSet = left.map(([mark]) => mark).join(" ");
  else delete element.dataset.selvedgeSet;
}

/** Whether an attribute could run code. No slot sets one, so none is ever put back. */
function runs(name, value) {
  return /^on|^srcdoc$|^formaction$/i.test(name) || /^(java|vb)script:/i.test(value.replace(/[\0- ]/g, ""));
}

function putBackText(element) {
  if (!kept.has(element)) return false; // only a new page can
  element.textContent = kept.get(element);
  kept.delete(element);
  delete element.dataset.selvedgeReload;
  return true;
}

// ---- deciding on the device

// Answers that the engine will most likely need, asked for while it is on its way.
const ahead = {};

/** As `fetch`, with an answer that was asked for ahead. It is taken once. */
async function ask(url, init) {
  const early = await ahead[url];
  delete ahead[url];
  return early ?? fetch(url, init);
}

function engine() {
  loading ??= import(new URL("engine.js", here))
    .then(({ open }) => open({ ...block, base: new URL(".", here), ask }))
    .catch((error) => {
      loading = undefined;
      throw error;
    });
  return loading;
}

/** Decides this page and applies what changed. A failure leaves it as it is. */
async function decide() {
  try {
    const begun = ++generation;
    const device = await engine();
    const answer = begun === generation && (await device.page(facts()));
    if (begun === generation) take(device, answer);
    return structuredClone(decisions);
  } catch (error) {
    // Somebody who sets the page up looks into the console first.
    console.warn("selvedge:", error);
    emit("error", error);
    throw error;
  }
}

/** What an edge would read from the request for this page. */
function facts() {
  const own = awaited || cookie;
  return {
    // One spelling of a path, as the edge has it: RFC 3986, 6.2.2.
    path: location.pathname.replace(/%[\da-f]{2}/gi, (code) => {
      const plain = String.fromCharCode("0x" + code.slice(1));
      return /[\w.~-]/.test(plain) ? plain : code.toUpperCase();
    }),
    query: location.search.slice(1),
    country: block.region?.slice(0, 2) || null,
    region: block.region || null,
    // The whole jar only with permission: rules may read the site's own cookies. What cannot be read denies, until platforms have answered.
    cookie: grants.storage && !awaited ? page.cookie : own && `${block.cookie}=${own}`,
    accept_language: `${navigator.languages}`,
    user_agent: navigator.userAgent,
    gpc: hasGpc(),
    now: Date.now(),
    randomness,
  };
}

function take(device, { page: { decisions: next }, edits, cookies }) {
  const differs = (slot) => ["content", "locale"].some((part) => next[slot]?.[part] !== decisions[slot]?.[part]);
  const { slots } = putBack(differs);
  for (const edit of edits) {
    const { slot, change } = edit;
    if (!differs(slot)) continue;
    // Nodes that a framework renders are the framework's to change.
    edit.seen = (/inner|text/.test(change) ? frames.mounted.get(slot) : null) ?? device.apply([edit], kept, seal).length;
    if (edit.seen) slots.push(slot);
    frames.made[slot] = edit;
  }
  decisions = next;
  expose((slot) => device.lacks(slot));
  changed([...new Set(slots)]);
  keep(cookies);
}

/** Writes what the device remembers, where storage is permitted. */
function keep(cookies) {
  if (grants.storage) for (const { name, value, max_age } of cookies) writeCookie(name, value, max_age);
}

/** Notes what is shown. Nobody is shown what found no element: content, or the origin's own as an arm of an experiment. */
function expose(lacks) {
  for (const [slot, { content, experiment, holdout }] of Object.entries(decisions)) {
    if (content === null ? !(experiment ?? holdout) || !lacks(slot) : isSeen(slot)) note("exposure", slot);
  }
}

/** Whether somebody was shown what the device decided: not where it found no element. */
function isSeen(slot) {
  return frames.made[slot]?.seen !== 0;
}

/** Notes an event about what a slot was decided to show. */
function note(name, slot) {
  const { depth, locale, read, rule, ...told } = decisions[slot];
  // What was shown by sensitive data would tell it.
  track(name, { slot, ...(depth !== "sensitive" && told) });
}

/** Finds slots that do not show what was decided any more: a framework that takes the page over undoes what it does not know of. */
function lookBack() {
  // A mounted `<Slot>` shows what it should, and its page may have moved on.
  const shown = new Set(frames.mounted.keys());
  putBack((slot) => void shown.add(slot));
  const undone = Object.keys(decisions).filter((slot) => decisions[slot].content && !shown.has(slot) && isSeen(slot));
  for (const slot of undone) {
    outbox = outbox.filter(({ name, detail }) => name !== "exposure" || detail.slot !== slot);
    note("reverted", slot);
    delete decisions[slot];
  }
  changed(undone, "reverted");
}

/** Remembers an attribute; `null` forgets it. `false` when it may not. */
function set(attribute, value) {
  const text = String(value);
  // An item of a list with a comma would read back as two.
  const plain = Object(value) !== value || text.split(",").length === value.length;
  if (!covers(attribute) || !plain) return false;
  const state = new URLSearchParams(readCookie(STATE));
  if (value == null) state.delete(attribute);
  else state.set(attribute, `${text}~${today()}`); // the day, for its retention
  return `${state}`.length <= STATE_BYTES_MAX && !writeState(state);
}

// ---- events

/** Notes an event for the next beacon; `false` without permission to count with an identity. */
function track(name, detail = {}) {
  if (!grants.analytics || beacon?.origin !== location.origin) return false;
  outbox.push({ name: String(name), at: Math.floor(Date.now() / 6e4) * 6e4, epoch, detail });
  if (outbox.length >= EVENTS_MAX) send();
  else timer ??= setTimeout(send, EVENTS_MS);
  return true;
}

function send() {
  const events = outbox;
  drop();
  if (events.length && grants.analytics) navigator.sendBeacon(beacon, JSON.stringify({ v: 1, events }));
}

function drop() {
  timer = clearTimeout(timer);
  outbox = [];
}

function on(event, listener) {
  (listeners[event] ??= new Set()).add(listener);
  return () => listeners[event].delete(listener);
}

function emit(event, detail) {
  for (const listener of listeners[event] ?? []) {
    try {
      listener(detail);
    } catch (error) {
      reportError(error);
    }
  }
}

function changed(slots, event = "change") {
  if (!slots.length) return;
  emit(event, { slots });
  page.dispatchEvent(new CustomEvent(`selvedge:${event}`, { detail: { slots } }));
}

/** In days since 1970 (UTC). */
function today() {
  return Math.floor(Date.now() / 864e5);
}

function all(purposes, choice = () => false) {
  return Object.fromEntries(purposes.map((purpose) => [purpose, choice(purpose)]));
}

const selvedge = {
  version: "0.1.0",
  consent: {
    get: () => ({ epoch, grants: { ...grants }, said: { ...said } }),
    set: choose,
    withdraw: () => withdraw(), // which may be a listener, and is given its event
    hear,
    onchange: (listener) => on("consent", listener),
  },
  decisions: () => structuredClone(decisions),
  on,
  set,
  track,
  restore(slot) {
    const { slots } = putBack((marked) => slot === undefined || marked === slot);
    for (const restored of slots) delete decisions[restored];
    changed(slots);
    return slots;
  },
  engine,
  decide,
  /** The origin's content comes back, and the contact policy keeps this content away. */
  async dismiss(slot) {
    const content = decisions[slot]?.content;
    selvedge.restore(slot);
    keep((await engine()).dismiss(facts(), content));
  },
  frames,
};

// Between the tabs of this site; it stores nothing.
const channel = new BroadcastChannel("selvedge");

// A second copy would undo the first.
if (!global("selvedge")) {
  window.selvedge = selvedge;
  channel.addEventListener("message", follow);
  global("cookieStore")?.addEventListener("change", follow);
  page.addEventListener("visibilitychange", () => {
    follow();
    if (page.hidden) send();
  });
  addEventListener("pagehide", send);
  addEventListener("pageshow", (event) => event.persisted && follow());

  cookie = readCookie(block.cookie) || undefined;
  if (cookie) ({ epoch, said } = parse(cookie));
  // The edge saw a cookie that the visitor removed since.
  if (!cookie && block.epoch > 0) withdraw(true);
  else move();
  started = true;
  // Frameworks take over a page in tasks of their own.
  addEventListener("load", () => setTimeout(lookBack, REVERTED_MS));
  const listening = block.signals && import(new URL("cmp.js", here)).then(({ listen }) => listen(hear, block.signals, () => again((awaited = false)))).catch(reportError);
  if (onDevice && !loading && !Object.keys(decisions).length) {
    // What a platform knows already comes first, so that the page is decided once; the engine is fetched meanwhile.
    for (const path of block.ahead ?? []) {
      const url = new URL(path, here);
      ahead[url] = fetch(url, { credentials: "omit", redirect: "error" }).catch(() => {});
    }
    engine().catch(() => {});
    (async () => {
      await listening;
      if (!generation) again();
    })();
  }
  // Nobody saw a page that was fetched ahead until it is opened.
  // No page has an element of the name `undefined`, which a slot without a selector asks for.
  const open = () => expose((slot) => !page.querySelector(block.unseen[slot]));
  if (block.unseen) page.prerendering ? once("prerenderingchange").then(open) : open();
}

export default window.selvedge;

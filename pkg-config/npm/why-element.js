// <selvedge-why for="home.hero">: why a visitor sees what they see in a slot, and how to stop it.
//
// It takes the page's decisions from `window.selvedge` and the site's own words from /.well-known/personalization, and gives a button
// with a dialog. It reads and writes nothing on the device, and asks the network for that one public file, once somebody opens it.

import { global, plain } from "./plain.js";
import { goesOn, story } from "./why-story.js";
import { fill, spoken, tags, words } from "./why-words.js";

export { words };

const TOLD = "/.well-known/personalization";

let told;

/** The site's own words; asked for again after a failure. */
function tell() {
  told ??= fetch(TOLD, { credentials: "omit" })
    .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(`${TOLD} answered ${answer.status}`))))
    .catch((error) => {
      told = undefined;
      throw error;
    });
  return told;
}

// On a server that renders pages there is no sheet, and no element.
const sheet = globalThis.CSSStyleSheet && new CSSStyleSheet();
sheet?.replaceSync(`
  :host { display: inline-block; }
  button { font: inherit; color: inherit; cursor: pointer; min-height: 1.5rem; }
  .ask { background: none; border: 0; padding: .25em; text-decoration: underline; text-underline-offset: .2em; font-size: .875em; }
  button:focus-visible, a:focus-visible, dialog:focus-visible { outline: 3px solid currentcolor; outline-offset: 2px; }
  dialog { box-sizing: border-box; width: min(34rem, calc(100vw - 2rem)); max-height: calc(100dvh - 2rem); overflow: auto; scroll-padding-bottom: 8rem; padding: 1.5rem;
    border: 1px solid; border-radius: .5rem; background: Canvas; color: CanvasText; font: 1rem/1.5 system-ui, sans-serif; text-align: start; }
  dialog::backdrop { background: rgb(0 0 0 / .5); }
  h2 { margin: 0 0 .75rem; font-size: 1.25rem; }
  h3 { margin: 1.25rem 0 .25rem; font-size: 1rem; }
  p, ul { margin: .25rem 0; }
  ul { padding-inline-start: 1.25rem; }
  .ends { display: flex; flex-wrap: wrap; gap: .75rem; margin-top: 1.25rem; position: sticky; bottom: -1.5rem; padding-block: .75rem; background: Canvas; }
  .ends button { padding: .4rem 1rem; border: 1px solid; border-radius: .3rem; background: none; }
  .small { font-size: .875rem; }
  .happened { font-weight: 600; }
  details { margin-top: 1.25rem; }
  summary { cursor: pointer; min-height: 1.5rem; }
  summary:focus-visible { outline: 3px solid currentcolor; outline-offset: 2px; }
`);

export class SelvedgeWhy extends (globalThis.HTMLElement ?? Object) {
  #dialog;
  #body;
  #stop;
  #language;
  #words;
  #site;
  #story;
  #ends; // what stops waiting for the device's next decision

  connectedCallback() {
    if (this.shadowRoot) return;
    this.#language = this.closest("[lang]")?.lang || plain(document).documentElement.lang || "en";
    const lang = spoken(this.#language);
    const say = (this.#words = words[lang]);
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    const slot = this.getAttribute("label") ?? this.slotName;
    const ask = make("button", { type: "button", class: "ask", part: "button", lang, "aria-haspopup": "dialog" }, say.ask);
    ask.setAttribute("aria-label", fill(say.about, { slot }));
    const title = make("h2", { id: "title" }, say.ask);
    this.#body = make("div", { role: "status", "aria-live": "polite" });
    const close = make("button", { type: "button", autofocus: "" }, say.close);
    this.#stop = make("button", { type: "button", hidden: "" }, say.stop);
    this.#dialog = make("dialog", { part: "dialog", lang, "aria-labelledby": "title" });
    this.#dialog.append(title, this.#body, make("div", { class: "ends" }, this.#stop, close));
    root.append(ask, this.#dialog);
    ask.addEventListener("click", () => this.open());
    // The browser keeps the focus inside, closes on Escape and gives the focus back to the button.
    close.addEventListener("click", () => this.#dialog.close());
    this.#dialog.addEventListener("close", () => this.#ends?.());
    this.#stop.addEventListener("click", () => this.#object());
    decidesHere();
  }

  /** The slot that it is about. */
  get slotName() {
    return this.getAttribute("for") ?? "";
  }

  /** Opens the dialog and fills it in. */
  async open() {
    this.#stop.hidden = true;
    this.#body.replaceChildren(make("p", {}, this.#words.wait));
    if (!this.#dialog.open) this.#dialog.showModal();
    try {
      this.#site = await tell();
      this.#explain();
    } catch {
      this.#body.replaceChildren(make("p", {}, this.#words.failed));
    }
  }

  /** Says what is, below what `happened`, if anything did. `how` is the key of a sentence about stopping it. */
  #explain(happened, how) {
    const { purposes, experiences, experiments, recipients = [], transfers = [], cookies = [], rights = [], objection, controller, locale } = this.#site;
    const say = this.#words;
    const selvedge = global("selvedge");
    const consent = selvedge?.consent.get() ?? { grants: {}, said: {} };
    const of = (this.#story = story({ purposes, experiences, experiments }, this.slotName, selvedge?.decisions()[this.slotName], consent));
    const languages = tags(this.#language);
    const text = (own, texts) => languages.map((tag) => texts?.[tag]).find(Boolean) ?? own;
    // A sentence without a translation is in the site's own language.
    const isForeign = (texts) => !!locale && !languages.includes(locale) && !languages.some((tag) => texts?.[tag]);
    const foreign = (texts) => (isForeign(texts) ? { lang: locale } : {});
    const p = (words, attributes = {}) => make("p", attributes, words);
    const list = (items) => make("ul", {}, ...items.map(([item, attributes = {}]) => make("li", attributes, item)));
    const part = (title, ...content) => [make("h3", {}, title), ...content];

    const parts = [];
    if (happened) parts.push(p(say[happened], { class: "happened" }));
    parts.push(p(say[of.lead]));
    if (of.test) parts.push(p(fill(say.measured, of.test)));
    if (of.benefit && !isForeign()) parts.push(p(fill(say.benefit, { benefit: of.benefit.replace(/\.$/, "") })));
    const data = of.read.map((datum) => [line(say, { ...datum, description: text(datum.description, datum.texts) }), foreign(datum.texts)]);
    parts.push(...part(say.data, data.length ? list(data) : p(say.nothing)));
    if (of.purposes.length) parts.push(...part(say.purposes, ...of.purposes.map((one) => p(text(one.text, one.texts), foreign(one.texts)))));

    how ??= of.takes.length ? "stops" : of.isNecessary ? "necessary" : "nothingToStop";
    parts.push(...part(say.object, p(say[how]), p(text(objection.text, objection.texts), foreign(objection.texts))));
    if (how === "stops" && of.isNecessary) parts.splice(-1, 0, p(say.necessary));
    if (objection.url) parts.push(make("p", {}, make("a", { href: objection.url }, say.more)));

    if (controller) parts.push(p(fill(say.controller, controller), { class: "small" }));

    // Of the site's recipients and cookies, those that have a part in this.
    const names = of.purposes.map(({ purpose }) => purpose);
    const concerns = (one) => one.purposes.some((purpose) => names.includes(purpose));
    const more = [];
    const given = recipients.filter(concerns).map((one) => [[one.name, text(one.what, one.texts)].filter(Boolean).join(": "), foreign(one.texts)]);
    const sent = transfers.filter(concerns).map((one) => [fill(say.transfer, { ...one, safeguard: text(one.safeguard, one.texts) }), foreign(one.texts)]);
    if (given.length + sent.length) more.push(...part(say.recipients, list([...given, ...sent])));
    const uses = [...of.read.map(({ attribute }) => attribute), of.isCounted && of.test.experiment];
    const kept = cookies.filter(({ used_by, lifetime_seconds }) => lifetime_seconds && used_by.some((name) => uses.includes(name)));
    if (kept.length) more.push(...part(say.cookies, list(kept.map(({ name, lifetime_seconds }) => [fill(say.cookie, { name, days: Math.ceil(lifetime_seconds / 86400) })]))));
    if (rights.length) more.push(...part(say.rights, list(rights.map((one) => (say.right[one.right] ? [say.right[one.right]] : [one.text, { lang: "en" }])))));
    const who = ["representative", "officer", "authority"].filter((key) => controller?.[key]);
    more.push(...who.map((key) => p(fill(say[key], controller), { class: "small" })));
    if (more.length) parts.push(make("details", {}, make("summary", {}, say.details), ...more));

    this.#body.replaceChildren(...parts);
    this.#stop.hidden = !of.takes.length;
  }

  /** Takes back what was read. A preference centre that wants to ask first cancels the event and does it itself. */
  async #object() {
    const before = this.#story;
    const { selvedge } = window;
    const detail = { slot: this.slotName, purposes: before.takes };
    const event = new CustomEvent("selvedge:object", { bubbles: true, composed: true, cancelable: true, detail });
    if (!this.dispatchEvent(event)) return this.#dialog.close();
    const isHere = decidesHere();
    this.#stop.hidden = true;
    this.shadowRoot.querySelector("[autofocus]").focus();
    selvedge.consent.set(Object.fromEntries(before.takes.map((purpose) => [purpose, false])));
    this.#body.replaceChildren(make("p", {}, this.#words.wait));
    // Without an engine the loader has put the slot back by now, and the edge decides the next page.
    if (isHere) await selvedge.decide().catch(() => {});
    this.#judge(before);
    // A later decision of the device counts too, as long as the dialog is open.
    this.#ends?.();
    this.#ends = selvedge.on("change", ({ slots }) => slots.includes(this.slotName) && this.#judge(before));
  }

  /** Looks at the slot before it says that something has stopped. */
  #judge(before) {
    const { selvedge } = window;
    const { content = null, ...rest } = selvedge.decisions()[this.slotName] ?? {};
    const after = story(this.#site, this.slotName, { content, ...rest }, selvedge.consent.get());
    const isOn = goesOn(before, after) || before.takes.some((purpose) => selvedge.consent.get().grants[purpose]);
    if (isOn) return this.#explain("failedToStop");
    if (content) return this.#explain("other");
    this.#explain(stands(this.slotName, selvedge.frames.seal) ? "later" : before.content ? "back" : "same");
  }
}

let onDevice = false;

/** Whether the device decides this page. The loader takes the data block away at the first withdrawal, so the answer is kept. */
function decidesHere() {
  const page = plain(document);
  const block = [...page.querySelectorAll("script#selvedge-page[type='application/json']")].pop();
  return (onDevice ||= !!page.querySelector("script[data-decide=device]") || /"decide":"device"/.test(block?.textContent));
}

/** Whether content of ours stands in a slot: its marks are those of this answer. */
function stands(slot, seal) {
  const page = plain(document);
  const walker = page.createTreeWalker(document, NodeFilter.SHOW_COMMENT);
  while (walker.nextNode()) if (/^selvedge\+?:/.test(walker.currentNode.data) && walker.currentNode.data.endsWith(`:${slot}${seal}`)) return true;
  const marks = [...page.querySelectorAll("[data-selvedge-set],[data-selvedge-reload]")].flatMap(({ dataset }) => `${dataset.selvedgeSet} ${dataset.selvedgeReload}`.split(" "));
  return marks.some((mark) => mark.startsWith(`${slot}${seal}`));
}

function line(say, { description, attribute, source, sensitive, retention_days: days }) {
  const said = { description: (description || attribute).replace(/\.$/, ""), source: say.sources[source], days };
  // Data of the request is gone with it. The notice of another system says how long that system keeps its data.
  const unkept = ["request", "page"].includes(source) ? say.notKept : say.looked;
  const text = fill(days ? say.kept : unkept, said);
  return sensitive ? `${text} ${say.special}` : text;
}

function make(tag, attributes, ...children) {
  const element = plain(document).createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

if (!globalThis.customElements?.get("selvedge-why")) globalThis.customElements?.define("selvedge-why", SelvedgeWhy);

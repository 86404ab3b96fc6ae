// <selvedge-why for="home.hero">: why a visitor sees what they see in a slot, and how to object.
//
// It takes the page's decisions from `window.selvedge` and the site's own words from /.well-known/personalization, and gives a button
// with a dialog. It reads and writes nothing on the device, and asks the network for that one public file, once somebody opens it.

import { global, plain } from "./plain.js";

const TOLD = "/.well-known/personalization";

/** Every word that it says; change them to translate it. `{…}` is filled in. */
export const words = {
  ask: "Why am I seeing this?",
  about: "Why am I seeing this? About “{slot}”",
  close: "Close",
  wait: "One moment…",
  failed: "The explanation could not be fetched. Please try again later.",
  everybody: "Everybody sees this here. Nothing about you was used.",
  chosen: "This was chosen for you.",
  lookedAt: "Everybody sees this here, as nothing that was looked at made a difference.",
  withheld: "This is what everybody sees. What could change it needs a permission that has not been given.",
  measured: "It is part of a test of {versions} versions, called “{experiment}”.",
  benefit: "What you gain: {benefit}.",
  data: "What was looked at",
  nothing: "Nothing but the page itself.",
  kept: "{description} (from {source}, at most {days} days old)",
  notKept: "{description} (from {source}, not kept)",
  looked: "{description} (from {source})",
  special: "This is sensitive data.",
  sources: { request: "this request", page: "this page", device: "this device", account: "your account", feed: "another system" },
  purposes: "What it is used for",
  object: "How to object",
  stop: "Stop this use",
  stopped: "This use has stopped. What you see was put back.",
  more: "More about your choices",
  controller: "Answerable: {name}",
};

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
  dialog { box-sizing: border-box; width: min(34rem, calc(100vw - 2rem)); max-height: calc(100dvh - 2rem); overflow: auto; padding: 1.5rem;
    border: 1px solid; border-radius: .5rem; background: Canvas; color: CanvasText; font: 1rem/1.5 system-ui, sans-serif; text-align: start; }
  dialog::backdrop { background: rgb(0 0 0 / .5); }
  h2 { margin: 0 0 .75rem; font-size: 1.25rem; }
  h3 { margin: 1.25rem 0 .25rem; font-size: 1rem; }
  p, ul { margin: .25rem 0; }
  ul { padding-inline-start: 1.25rem; }
  .ends { display: flex; flex-wrap: wrap; gap: .75rem; margin-top: 1.25rem; position: sticky; bottom: -1.5rem; padding-block: .75rem; background: Canvas; }
  .ends button { padding: .4rem 1rem; border: 1px solid; border-radius: .3rem; background: none; }
  .small { font-size: .875rem; }
`);

export class SelvedgeWhy extends (globalThis.HTMLElement ?? Object) {
  #dialog;
  #body;
  #stop;

  connectedCallback() {
    if (this.shadowRoot) return;
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    const slot = this.getAttribute("label") ?? this.slotName;
    const ask = make("button", { type: "button", class: "ask", part: "button", "aria-haspopup": "dialog" }, words.ask);
    ask.setAttribute("aria-label", fill(words.about, { slot }));
    const title = make("h2", { id: "title" }, words.ask);
    this.#body = make("div", { role: "status", "aria-live": "polite" });
    const close = make("button", { type: "button", autofocus: "" }, words.close);
    this.#stop = make("button", { type: "button", hidden: "" }, words.stop);
    this.#dialog = make("dialog", { part: "dialog", "aria-labelledby": "title" });
    this.#dialog.append(title, this.#body, make("div", { class: "ends" }, this.#stop, close));
    root.append(ask, this.#dialog);
    ask.addEventListener("click", () => this.open());
    // The browser keeps the focus inside, closes on Escape and gives the focus back to the button.
    close.addEventListener("click", () => this.#dialog.close());
    this.#stop.addEventListener("click", () => this.#object());
  }

  /** The slot that it is about. */
  get slotName() {
    return this.getAttribute("for") ?? "";
  }

  /** Opens the dialog and fills it in. */
  async open() {
    this.#stop.hidden = true;
    this.#body.replaceChildren(make("p", {}, words.wait));
    if (!this.#dialog.open) this.#dialog.showModal();
    try {
      this.#explain(await tell());
    } catch {
      this.#body.replaceChildren(make("p", {}, words.failed));
    }
  }

  #explain(site) {
    const decision = global("selvedge")?.decisions()[this.slotName];
    const read = decision?.read ?? [];
    const shown = site.experiences.find(({ experience }) => experience === decision?.experience);
    const test = site.experiments.find(({ experiment }) => experiment === decision?.experiment);
    const isChosen = !!decision?.content && (read.length > 0 || !!test);
    const isWithheld = decision?.detail === "CONSENT_WITHHELD";
    const lead = isChosen ? words.chosen : isWithheld ? words.withheld : read.length ? words.lookedAt : words.everybody;
    const parts = [make("p", {}, lead)];
    if (test) parts.push(make("p", {}, fill(words.measured, test)));
    if (isChosen && shown?.benefit) parts.push(make("p", {}, fill(words.benefit, shown)));

    const uses = site.purposes.filter(({ data }) => data.some(({ attribute }) => read.includes(attribute)));
    const data = new Map(uses.flatMap(({ data }) => data).map((datum) => [datum.attribute, datum]));
    const items = read.filter((attribute) => data.has(attribute)).map((attribute) => make("li", {}, line(data.get(attribute))));
    parts.push(make("h3", {}, words.data), items.length ? make("ul", {}, ...items) : make("p", {}, words.nothing));

    // What the decision served, and nothing that its data may be used for elsewhere.
    const served = new Set([shown?.purpose, ...(items.length ? lone(uses, read) : [])]);
    const texts = site.purposes.filter(({ purpose }) => served.has(purpose)).map(({ text }) => make("p", {}, text));
    if (texts.length) parts.push(make("h3", {}, words.purposes), ...texts);

    parts.push(make("h3", {}, words.object), make("p", {}, site.objection.text));
    if (site.objection.url) parts.push(make("p", {}, make("a", { href: site.objection.url }, words.more)));
    if (site.controller) parts.push(make("p", { class: "small" }, fill(words.controller, site.controller)));
    this.#body.replaceChildren(...parts);

    this.#stop.dataset.purpose = shown?.purpose ?? "";
    this.#stop.hidden = !isChosen || !shown || shown.purpose === "necessary";
  }

  /** Takes the permission back. A preference centre that wants to ask first cancels the event and does it itself. */
  #object() {
    const purpose = this.#stop.dataset.purpose;
    const event = new CustomEvent("selvedge:object", { bubbles: true, composed: true, cancelable: true, detail: { slot: this.slotName, purpose } });
    if (!this.dispatchEvent(event)) return this.#dialog.close();
    window.selvedge.consent.set({ [purpose]: false });
    this.#stop.hidden = true;
    this.shadowRoot.querySelector("[autofocus]").focus();
    this.#body.replaceChildren(make("p", {}, words.stopped));
  }
}

/** Purposes of data that serves no other: their texts say what was read beside what the experience is for. */
function lone(uses, read) {
  const of = (attribute) => uses.filter(({ data }) => data.some((datum) => datum.attribute === attribute));
  return read.map(of).filter((found) => found.length === 1).map(([{ purpose }]) => purpose);
}

function line({ description, attribute, source, sensitive, retention_days: days }) {
  const said = { description: (description || attribute).replace(/\.$/, ""), source: words.sources[source], days };
  // What comes with the request is gone with it; of what others keep, their own notice tells how long.
  const unkept = ["request", "page"].includes(source) ? words.notKept : words.looked;
  const text = fill(days ? words.kept : unkept, said);
  return sensitive ? `${text} ${words.special}` : text;
}

function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

function make(tag, attributes, ...children) {
  const element = plain(document).createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

if (!globalThis.customElements?.get("selvedge-why")) globalThis.customElements?.define("selvedge-why", SelvedgeWhy);

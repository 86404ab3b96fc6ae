// Selvedge applier: edits of the document, made so that the loader can take each of them back.
//
// It takes edits with verified bodies, leaves the same marks as the edge:
//
//   <!--selvedge:SLOT~NONCE-->new <b>content<template data-selvedge-control="SLOT~NONCE">the origin's content</template></b><!--/selvedge:SLOT~NONCE-->
//
// The loader draws the nonce, so that nothing that was in the page before can look like a mark.
//
// The origin's own nodes move into the template, so that listeners are still on them when they come back. Nothing is evaluated: scripts
// in a body stay inert.

import { global, plain } from "./plain.js";

/** Elements whose children are text to the parser: a template in them would be shown as text. */
const TEXT_ONLY = /^(title|textarea)$/i;
/** Elements that a page cannot be without, and nothing stands beside. */
const FIXED = /^(html|head|body|title)$/i;
/** Elements whose content is not shown as a part of the page. */
const CLOSED = /^(html|template|style|script|noscript|xmp|iframe|noembed|noframes|plaintext)$/i;
/** Elements whose content is text to the parser, or that write it themselves. */
const TAKEN = /-|^(title|textarea|style|script|noscript|xmp|iframe|noembed|noframes|plaintext)$/i;
/** Elements that run code, bring some in, or say what addresses on the page lead to; of these only harmless attributes are set. */
const CODE = /^(script|style|base|link|meta|i?frame|object|embed|applet|param|portal|set|animate\w*|use|handler)$/i;
const HARMLESS = /^((data|aria)-.*|class|id|title|lang|dir|hidden|alt|width|height|loading|role)$/;
/** Parts of a table, behind a slash where something is put beside them, with content that does not stay there. */
const MISPLACED = /^((table|\/(t(body|head|foot)|caption|colgroup)) (?!\s*<t(body|head|foot)\b)|(t(body|head|foot)|\/tr) (?!\s*<tr\b)|(tr|\/t[dh]) (?!\s*<t[dh]\b)|colgroup (?!\s*<col\b))/;
const HTML = "http://www.w3.org/1999/xhtml";

let policy;

/**
 * Applies edits and gives the slots that changed. An element that is not there, or cannot hold the change, stays as it is.
 * `kept` takes the text of elements that can hold no template; `seal` ends every mark.
 */
export function apply(edits, kept, seal) {
  const slots = new Set();
  for (const edit of edits) {
    const node = find(edit.selector);
    if (!node) continue;
    const element = plain(node);
    if (isFit(element, edit) && change(element, node, { ...edit, slot: edit.slot + seal }, kept)) slots.add(edit.slot);
  }
  return [...slots];
}

/** Throws if the page's policy lets no markup be parsed: then none of its edits is made. */
export function prepare(edits) {
  for (const { change } of edits) if (/inner|replace|before|after/.test(change)) vouch();
}

/** The first element, as at the edge. */
export function find(selector) {
  try {
    return plain(document).querySelector(selector);
  } catch {
    return null; // a selector of another dialect finds nothing
  }
}

/** Whether the edge would make this change, too: `src/page/element.rs`. */
function isFit(element, { change, attribute, body }) {
  const { nodeName, namespaceURI } = element;
  if (change === "attribute") return !CODE.test(nodeName) || HARMLESS.test(attribute);
  if (namespaceURI !== HTML) return false;
  const beside = change === "inner" || change === "text" ? "" : "/";
  if (change !== "remove" && MISPLACED.test(`${beside + element.localName} ${body}`)) return false;
  if (beside) return !FIXED.test(nodeName);
  // What has no content has no end tag.
  return !CLOSED.test(nodeName) && element.cloneNode().outerHTML.includes("</");
}

/** Changes an element, which is `node` in the tree. */
function change(element, node, { slot, change, attribute, body }, kept) {
  switch (change) {
    case "inner":
    case "text": {
      const content = change === "text" ? textOf(body) : htmlOf(body);
      if (TEXT_ONLY.test(element.nodeName)) return changeText(node, slot, content.textContent, kept);
      const origin = [...element.childNodes];
      keep(slot, content).content.append(...origin);
      element.append(...marked(slot, content));
      return true;
    }
    case "replace":
    case "remove": {
      const content = change === "remove" ? new DocumentFragment() : htmlOf(body);
      const template = keep(slot, content);
      element.before(...marked(slot, content));
      template.content.append(node);
      return true;
    }
    case "before":
    case "after":
      element[change](...marked(slot, htmlOf(body), "+"));
      return true;
    case "attribute":
      changeAttribute(element, slot, attribute, body);
      return true;
    default:
      return false;
  }
}

/** `+` where nothing of the origin's is kept. */
function marked(slot, content, added = "") {
  return [new Comment(`selvedge${added}:${slot}`), content, new Comment(`/selvedge:${slot}`)];
}

/** Puts a template for the origin's content where it changes no layout, as the edge does: `src/page/nest.rs`. */
function keep(slot, content) {
  const template = plain(document).createElement("template");
  template.dataset.selvedgeControl = slot;
  ([...content.querySelectorAll("*")].reverse().find(holdsOnlyText) ?? content).append(template);
  return template;
}

function holdsOnlyText(element) {
  return element.childElementCount === 0 && element.textContent.trim() && !TAKEN.test(element.nodeName) && !element.closest("svg,math,select,datalist");
}

function changeText(element, slot, text, kept) {
  if (!kept.has(element)) kept.set(element, element.textContent);
  element.textContent = text;
  element.dataset.selvedgeReload = add(element.dataset.selvedgeReload, slot);
  return true;
}

function changeAttribute(element, slot, name, value) {
  const was = `data-selvedge-was-${name}`;
  const marks = element.dataset.selvedgeSet;
  const seal = slot.slice(slot.indexOf("~"));
  const isSet = marks?.split(" ").some((mark) => mark.endsWith(`${seal}:${name}`));
  // What a first slot set is not the origin's.
  if (!isSet) {
    if (element.hasAttribute(name)) element.setAttribute(was, element.getAttribute(name));
    else element.removeAttribute(was);
  }
  element.setAttribute(name, value);
  element.dataset.selvedgeSet = add(marks, `${slot}:${name}`);
}

function add(marks, mark) {
  return marks ? `${marks} ${mark}` : mark;
}

function textOf(text) {
  const fragment = new DocumentFragment();
  fragment.append(text);
  return fragment;
}

/** The body's hash is in a signed release, which is what the policy vouches for. */
function vouch() {
  const rules = { createHTML: (checked) => checked };
  return (policy ??= global("trustedTypes")?.createPolicy("selvedge", rules) ?? rules);
}

function htmlOf(html) {
  const template = plain(document).createElement("template");
  template.innerHTML = vouch().createHTML(html);
  return template.content;
}

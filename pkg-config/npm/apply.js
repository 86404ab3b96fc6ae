// Selvedge applier: edits of the document, made so that the loader can take each of them back.
//
// It takes edits with verified bodies, leaves the same marks as the edge:
//
//   <!--selvedge:SLOT~NONCE-->new content<!--/selvedge:SLOT~NONCE--><template data-selvedge-control="SLOT~NONCE">the origin's content</template>
//
// The loader draws the nonce, so that nothing that was in the page before can look like a mark.
//
// The origin's own nodes move into the template, so that listeners are still on them when they come back. Nothing is evaluated: scripts
// in a body stay inert.

import { global, plain } from "./plain.js";

/** Elements whose children are text to the parser: a template in them would be shown as text. */
const TEXT_ONLY = new Set(["TITLE", "TEXTAREA", "STYLE", "SCRIPT", "NOSCRIPT", "XMP", "IFRAME", "NOEMBED", "NOFRAMES"]);
/** Elements that a page cannot be without. */
const FIXED = new Set(["HTML", "HEAD", "BODY"]);

let policy;

/**
 * Applies edits and gives the slots that changed. An element that is not there, or cannot hold the change, stays as it is.
 * `kept` takes the text of elements that can hold no template; `seal` ends every mark.
 */
export function apply(edits, kept, seal) {
  const slots = new Set();
  for (const edit of edits) {
    for (const element of find(edit.selector)) {
      if (change(plain(element), element, { ...edit, slot: edit.slot + seal }, kept)) slots.add(edit.slot);
    }
  }
  return [...slots];
}

function find(selector) {
  try {
    return plain(document).querySelectorAll(selector);
  } catch {
    return []; // a selector of another dialect finds nothing
  }
}

/** Changes an element, which is `node` in the tree. */
function change(element, node, { slot, change, attribute, body }, kept) {
  switch (change) {
    case "inner":
    case "text": {
      const content = change === "text" ? textOf(body) : htmlOf(body);
      if (TEXT_ONLY.has(element.nodeName)) return changeText(node, slot, content.textContent, kept);
      const origin = new DocumentFragment();
      origin.append(...element.childNodes);
      element.append(...marked(slot, content), control(slot, origin));
      return true;
    }
    case "replace":
    case "remove": {
      if (FIXED.has(element.nodeName)) return false;
      const content = change === "remove" ? new DocumentFragment() : htmlOf(body);
      const template = control(slot, new DocumentFragment());
      element.before(...marked(slot, content), template);
      template.content.append(node);
      return true;
    }
    case "before":
    case "after":
      if (FIXED.has(element.nodeName)) return false;
      element[change](...marked(slot, htmlOf(body)));
      return true;
    case "attribute":
      changeAttribute(element, slot, attribute, body);
      return true;
    default:
      return false;
  }
}

function marked(slot, content) {
  return [new Comment(`selvedge:${slot}`), content, new Comment(`/selvedge:${slot}`)];
}

function control(slot, origin) {
  const template = plain(document).createElement("template");
  template.dataset.selvedgeControl = slot;
  template.content.append(origin);
  return template;
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

function htmlOf(html) {
  // The body's hash is in a signed release, which is what the policy vouches for.
  const rules = { createHTML: (checked) => checked };
  policy ??= global("trustedTypes")?.createPolicy("selvedge", rules) ?? rules;
  const template = plain(document).createElement("template");
  template.innerHTML = policy.createHTML(html);
  return template.content;
}

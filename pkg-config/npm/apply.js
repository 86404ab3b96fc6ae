// Selvedge applier: edits of the document, made so that the loader can take each of them back.
//
// It takes edits with verified bodies, leaves the same markers as the edge (`src/page/element.rs`):
//
//   <!--selvedge:SLOT-->new content<!--/selvedge:SLOT--><template data-selvedge-control="SLOT">the origin's content</template>
//
// The origin's own nodes move into the template, so that listeners are still on them when they come back. Nothing is evaluated: scripts
// in a body stay inert.

/** Elements whose children are text to the parser: a template in them would be shown as text. */
const TEXT_ONLY = new Set(["TITLE", "TEXTAREA", "STYLE", "SCRIPT", "NOSCRIPT", "XMP", "IFRAME", "NOEMBED", "NOFRAMES"]);
/** Elements that a page cannot be without. */
const FIXED = new Set(["HTML", "HEAD", "BODY"]);

let policy;

/**
 * Applies edits and gives the slots that changed. An element that is not there, or cannot hold the change, stays as it is.
 * `kept` takes the text of elements that can hold no template.
 */
export function apply(edits, kept) {
  const slots = new Set();
  for (const edit of edits) {
    for (const element of find(edit.selector)) {
      if (change(element, edit, kept)) slots.add(edit.slot);
    }
  }
  return [...slots];
}

function find(selector) {
  try {
    return document.querySelectorAll(selector);
  } catch {
    return []; // a selector of another dialect finds nothing
  }
}

function change(element, { slot, change, attribute, body }, kept) {
  switch (change) {
    case "inner":
    case "text": {
      const content = change === "text" ? textOf(body) : htmlOf(body);
      if (TEXT_ONLY.has(element.nodeName)) return changeText(element, slot, content.textContent, kept);
      const origin = document.createDocumentFragment();
      origin.append(...element.childNodes);
      element.append(...marked(slot, content), control(slot, origin));
      return true;
    }
    case "replace":
    case "remove": {
      if (FIXED.has(element.nodeName)) return false;
      const content = change === "remove" ? document.createDocumentFragment() : htmlOf(body);
      const template = control(slot, document.createDocumentFragment());
      element.before(...marked(slot, content), template);
      template.content.append(element);
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
  return [document.createComment(`selvedge:${slot}`), content, document.createComment(`/selvedge:${slot}`)];
}

function control(slot, origin) {
  const template = document.createElement("template");
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
  const isSet = marks?.split(" ").some((mark) => mark.slice(mark.indexOf(":") + 1) === name);
  // What a first slot set is not the origin's.
  if (!isSet && element.hasAttribute(name)) element.setAttribute(was, element.getAttribute(name));
  element.setAttribute(name, value);
  element.dataset.selvedgeSet = add(marks, `${slot}:${name}`);
}

function add(marks, mark) {
  return marks ? `${marks} ${mark}` : mark;
}

function textOf(text) {
  const fragment = document.createDocumentFragment();
  fragment.append(text);
  return fragment;
}

function htmlOf(html) {
  // The body's hash is in a signed release, which is what the policy vouches for.
  policy ??= globalThis.trustedTypes?.createPolicy("selvedge", { createHTML: (checked) => checked }) ?? { createHTML: (checked) => checked };
  const template = document.createElement("template");
  template.innerHTML = policy.createHTML(html);
  return template.content;
}

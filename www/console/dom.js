// Elements in one line, and sentences with `code` in them. Everything a site says goes in as text, never as markup.

/** An element with properties (`class`, `data-…`, `aria-…` and the rest as attributes, functions as listeners) and children. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === 'function') element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** A sentence: what stands between backticks is code. */
export function prose(text) {
  return text.split('`').map((part, at) => (at % 2 === 1 ? h('code', {}, part) : part));
}

/**
 * Puts `children` in place of what an element holds. What has the same id stays open or closed, and the focus stays on the control
 * with the same id, or the same name and value.
 */
export function fill(element, ...children) {
  const focused = element.contains(document.activeElement) ? document.activeElement : null;
  const scroll = element.scrollTop;
  const opened = new Map([...element.querySelectorAll('details[id]:not(.card)')].map(({ id, open }) => [id, open]));
  element.replaceChildren(...children.flat(Infinity).filter(Boolean));
  for (const details of element.querySelectorAll('details[id]:not(.card)')) details.open = opened.get(details.id) ?? details.open;
  element.scrollTop = scroll;
  if (!focused) return;
  const same = focused.id
    ? document.getElementById(focused.id)
    : focused.name && element.querySelector(`[name="${CSS.escape(focused.name)}"][value="${CSS.escape(focused.value)}"]`);
  same?.focus({ preventScroll: true });
}

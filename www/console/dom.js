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

const CONTROLS = 'a[href], button, input, select, summary, textarea, [tabindex]';

/**
 * Replaces the contents of an element by `children`. An element with the same id stays open or closed. The focus stays on the control
 * that replaced the focused one, or beside it.
 */
export function fill(element, ...children) {
  const again = keepFocus(element);
  const scroll = element.scrollTop;
  const opened = new Map([...element.querySelectorAll('details[id]:not(.card)')].map(({ id, open }) => [id, open]));
  element.replaceChildren(...children.flat(Infinity).filter(Boolean));
  for (const details of element.querySelectorAll('details[id]:not(.card)')) details.open = opened.get(details.id) ?? details.open;
  element.scrollTop = scroll;
  again();
}

/** Remembers which control of an element has the focus, and gives what focuses it again once the element holds others. */
export function keepFocus(element) {
  const focused = document.activeElement;
  if (focused === element || !element.contains(focused)) return () => {};
  const controls = () => [...element.querySelectorAll(CONTROLS)];
  const nth = controls().indexOf(focused);
  const isSame = (other) =>
    other.tagName === focused.tagName &&
    (focused.id ? other.id === focused.id : focused.name ? other.name === focused.name && other.value === focused.value : other.textContent === focused.textContent);
  return () => {
    if (element.contains(document.activeElement)) return;
    const now = controls().filter((control) => control.offsetParent);
    const same = now.find(isSame) ?? now[Math.min(nth, now.length - 1)];
    same?.focus({ preventScroll: true });
  };
}

// `<Slot>` for Preact.

import { createElement } from "preact";
import { useLayoutEffect, useState } from "preact/hooks";
import { first, ready, watch } from "./slots.js";

export { ready };

/** An element with the slot's content where there is some, and with its children otherwise. */
export function Slot({ name, as = "div", children, ...rest }) {
  const [html, setHtml] = useState(() => first(name) ?? null);
  useLayoutEffect(() => watch(name, setHtml), [name]);
  const properties = { "data-selvedge-slot": name, ...rest };
  return html === null
    ? createElement(as, { ...properties, key: "children" }, children)
    : createElement(as, { ...properties, key: "content", dangerouslySetInnerHTML: { __html: html } });
}

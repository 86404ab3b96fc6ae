"use client";
// `<Slot>` for React 18 and 19.

import { createElement, useEffect, useLayoutEffect, useRef, useSyncExternalStore } from "react";
import { NOTHING, first, get, mount, ready, stands, subscribe } from "./slots.js";

export { ready };

// React 18 warns of layout effects on a server.
const useMount = typeof document === "undefined" ? useEffect : useLayoutEffect;

/** An element with the slot's content where there is some, and with its children otherwise. */
export function Slot({ name, as = "div", children, ...rest }) {
  const html = useSyncExternalStore(subscribe, () => get(name), () => first(name));
  useMount(() => mount(name), [name]);
  // Taken over before the page says whose it is, the server's markup stays as it is: React writes nothing over what it hydrates.
  const held = useRef(null);
  if (html === undefined) held.current = NOTHING;
  else if (held.current === NOTHING && stands(name)) held.current = html;
  else if (held.current !== html) held.current = null;
  const properties = { "data-selvedge-slot": name, ...rest };
  return html === null
    ? createElement(as, { ...properties, key: "children" }, children)
    : createElement(as, { ...properties, key: "content", suppressHydrationWarning: true, dangerouslySetInnerHTML: { __html: html === undefined || html === held.current ? NOTHING : html } });
}

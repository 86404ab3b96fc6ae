"use client";
// `<Slot>` for React 18 and 19.

import { createElement, useEffect, useLayoutEffect, useSyncExternalStore } from "react";
import { first, get, mount, ready, subscribe } from "./slots.js";

export { ready };

// React 18 warns of layout effects on a server.
const useMount = typeof document === "undefined" ? useEffect : useLayoutEffect;

/** An element with the slot's content where there is some, and with its children otherwise. */
export function Slot({ name, as = "div", children, ...rest }) {
  const html = useSyncExternalStore(subscribe, () => get(name), () => first(name));
  useMount(() => mount(name), [name]);
  // The server's markup stays as it is until the page says whose it is.
  if (html === undefined) throw ready;
  const properties = { "data-selvedge-slot": name, ...rest };
  return html === null
    ? createElement(as, { ...properties, key: "children" }, children)
    : createElement(as, { ...properties, key: "content", suppressHydrationWarning: true, dangerouslySetInnerHTML: { __html: html } });
}

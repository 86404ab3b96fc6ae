import type { Component, Snippet } from "svelte";

export interface SlotProps {
  /** The slot's name in `slots.toml`. Its `change` is `inner` or `text`. */
  name: string;
  /** The element; `div` by default. */
  as?: string;
  /** What stands there where nothing was decided, and after a withdrawal. */
  children?: Snippet;
  /** Attributes of the element. */
  [attribute: string]: unknown;
}

/** An element with the slot's content where there is some, and with its children otherwise. */
export declare const Slot: Component<SlotProps>;

/** Settled when the page is whole. A script that may run earlier waits for it before it hydrates. */
export declare const ready: Promise<void>;

import type { ComponentChildren, HTMLAttributes, VNode } from "preact";

export interface SlotProps extends Omit<HTMLAttributes<HTMLElement>, "name" | "as"> {
  /** The slot's name in `slots.toml`. Its `change` is `inner` or `text`. */
  name: string;
  /** The element; `div` by default. */
  as?: string;
  /** What stands there where nothing was decided, and after a withdrawal. */
  children?: ComponentChildren;
}

/** An element with the slot's content where there is some, and with its children otherwise. */
export declare function Slot(props: SlotProps): VNode;

/** Settled when the page is whole. A script that may run earlier waits for it before it hydrates. */
export declare const ready: Promise<void>;

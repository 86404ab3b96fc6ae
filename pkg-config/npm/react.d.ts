import type { ElementType, HTMLAttributes, ReactElement, ReactNode } from "react";

export interface SlotProps extends HTMLAttributes<HTMLElement> {
  /** The slot's name in `slots.toml`. Its `change` is `inner` or `text`. */
  name: string;
  /** The element; `div` by default. */
  as?: ElementType;
  /** What stands there where nothing was decided, and after a withdrawal. */
  children?: ReactNode;
}

/** An element with the slot's content where there is some, and with its children otherwise. */
export declare function Slot(props: SlotProps): ReactElement;

/** Settled when the page is whole. A script that may run earlier waits for it before it hydrates. */
export declare const ready: Promise<void>;

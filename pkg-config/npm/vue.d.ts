import type { DefineComponent } from "vue";

export interface SlotProps {
  /** The slot's name in `slots.toml`. Its `change` is `inner` or `text`. */
  name: string;
  /** The element; `div` by default. */
  as?: string;
}

/** An element with the slot's content where there is some, and with its default slot otherwise. */
export declare const Slot: DefineComponent<SlotProps>;

/** Settled when the page is whole. A script that may run earlier waits for it before it mounts. */
export declare const ready: Promise<void>;

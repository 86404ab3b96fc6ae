// `<Slot>` for Svelte 5.

export { default as Slot } from "./Slot.svelte";
export { ready } from "./slots.js";

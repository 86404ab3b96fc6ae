/** `<selvedge-why for="home.hero">`: why a visitor sees what they see in a slot, and how to object. */
export class SelvedgeWhy extends HTMLElement {
  /** The slot that it is about: its attribute `for`. */
  readonly slotName: string;
  /** Opens the dialog and fills it in. */
  open(): Promise<void>;
}

/** Every word that the element says; change them before the first element is on the page to translate it. */
export const words: Record<string, string | Record<string, string>>;

/** Sent by the element before it takes a permission back. A preference centre cancels it and asks by itself. */
export interface ObjectEventDetail {
  slot: string;
  purpose: string;
}

declare global {
  interface HTMLElementTagNameMap {
    "selvedge-why": SelvedgeWhy;
  }
  interface HTMLElementEventMap {
    "selvedge:object": CustomEvent<ObjectEventDetail>;
  }
}

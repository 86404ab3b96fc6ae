/** `<selvedge-why for="home.hero">`: why a visitor sees what they see in a slot, and how to stop it. */
export class SelvedgeWhy extends HTMLElement {
  /** The slot that it is about: its attribute `for`. */
  readonly slotName: string;
  /** Opens the dialog and fills it in. */
  open(): Promise<void>;
}

/** The words of one language. */
export type Words = Record<string, string | Record<string, string>>;

/** Every word that the element says, by language: `en`, `de`. Add a language, or change a word, before the first element is on the page. */
export const words: Record<string, Words>;

/** Sent by the element before it takes permissions back. A preference centre cancels it and asks by itself. */
export interface ObjectEventDetail {
  slot: string;
  /** The purposes of the data that was read for this slot. */
  purposes: string[];
}

declare global {
  interface HTMLElementTagNameMap {
    "selvedge-why": SelvedgeWhy;
  }
  interface HTMLElementEventMap {
    "selvedge:object": CustomEvent<ObjectEventDetail>;
  }
}

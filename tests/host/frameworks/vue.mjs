// The app in Vue.

import { h, shallowReactive } from "vue";
import { Slot } from "@selvedge/browser/vue";
import { ORIGIN, STATE } from "./app.mjs";

const Plain = (properties, { slots }) => h(properties.as ?? "div", { class: properties.class }, slots.default?.());
Plain.props = ["name", "as", "class"];

/** The app's root component, and its state. */
export function make(ways) {
  const state = shallowReactive({ ...STATE });
  const Piece = ways.plain ? Plain : Slot;
  const optional = (is, node) => (is ? node() : null);
  const home = () => [
    optional(state.before, () => h("p", { class: "before" }, "before")),
    h(Piece, { name: "app.hero", as: "section", class: "hero" }, () => [
      h("h1", ORIGIN.hero),
      optional(state.within, () => h("i", "within")),
      h("p", `count ${state.count}`),
    ]),
    optional(state.before, () => h("p", { class: "after" }, "after")),
    h(Piece, { name: "app.note", as: "p", class: "note" }, () => ORIGIN.note),
    h(Piece, { name: "app.quiet", class: "quiet" }, () => ORIGIN.quiet),
  ];
  const second = () => h(Piece, { name: "app.second", class: "second" }, () => ORIGIN.second);
  return { state, root: () => h("main", [h("output", state.count), state.route === "app" ? home() : second()]) };
}

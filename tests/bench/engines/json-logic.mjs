import { LogicEngine } from "json-logic-engine";

import { packed, share } from "../reference.mjs";

export const name = "json-logic-engine (interpreted)";
/** A Worker and a page with a strict policy refuse code that is made of text, so the engine's compiler does not run there. */
export const note = "interpreted, as Workers and strict pages need. Versions are packed numbers. The split is the host's own hash";
export const code = { entry: 'export { LogicEngine } from "json-logic-engine"' };

function logic({ attribute, operator, value }) {
  const found = { var: attribute };
  switch (operator) {
    case "is":
      return { "==": [found, value] };
    case "in":
      return { in: [found, value] };
    case "over":
      return { ">": [found, value] };
    case "under":
      return { "<": [found, value] };
    case "startsWith":
      return { starts_with: [found, value] };
    case "atLeast":
      return { ">=": [found, packed(value)] };
  }
}

export const payload = (flags) => JSON.stringify(Object.fromEntries(flags.map(({ key, conditions }) => [key, { and: conditions.map(logic) }])));

export const context = (visitor) => ({ ...visitor, version: packed(visitor.version) });

export async function open(bytes) {
  const engine = new LogicEngine();
  engine.addMethod("starts_with", ([text, start]) => text.startsWith(start), { deterministic: true });
  const flags = JSON.parse(bytes);
  const keys = Object.keys(flags);
  const decide = (context, key) => (engine.run(flags[key], context) ? (share(key, context.id) < 0.5 ? "a" : "b") : null);
  return { decide, all: (context) => keys.reduce((on, key) => on + (decide(context, key) !== null), 0) };
}

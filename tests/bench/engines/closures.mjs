// The floor: each condition a JavaScript closure, nothing named, nothing explained, nothing checked.

import { packed, share } from "../reference.mjs";

export const name = "JS closures (floor)";

export const payload = (flags) => JSON.stringify(flags);

export const context = (visitor) => ({ ...visitor, version: packed(visitor.version) });

export async function open(bytes) {
  const flags = new Map();
  for (const { key, conditions } of JSON.parse(bytes)) flags.set(key, all(conditions.map(closure)));
  const decide = (visitor, key) => (flags.get(key)(visitor) ? (share(key, visitor.id) < 0.5 ? "a" : "b") : null);
  return {
    decide,
    all(visitor) {
      let on = 0;
      for (const [key, holds] of flags) if (holds(visitor) && share(key, visitor.id) < 2) on++;
      return on;
    },
  };
}

const all = ([first, second, third]) => (visitor) => first(visitor) && second(visitor) && third(visitor);

function closure({ attribute, operator, value }) {
  switch (operator) {
    case "is":
      return (visitor) => visitor[attribute] === value;
    case "in": {
      const set = new Set(value);
      return (visitor) => set.has(visitor[attribute]);
    }
    case "over":
      return (visitor) => visitor[attribute] > value;
    case "under":
      return (visitor) => visitor[attribute] < value;
    case "startsWith":
      return (visitor) => visitor[attribute].startsWith(value);
    case "atLeast": {
      const least = packed(value);
      return (visitor) => visitor[attribute] >= least;
    }
  }
}

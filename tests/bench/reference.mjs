// What the right answer is: the conditions, read one after the other.

import { createHash } from "node:crypto";

/** Whether a flag is on for a visitor. */
export function isOn(flag, visitor) {
  return flag.conditions.every((condition) => holds(condition, visitor[condition.attribute]));
}

function holds({ operator, value }, found) {
  switch (operator) {
    case "is":
      return found === value;
    case "in":
      return value.includes(found);
    case "over":
      return found > value;
    case "under":
      return found < value;
    case "startsWith":
      return found.startsWith(value);
    case "atLeast":
      return packed(found) >= packed(value);
    default:
      throw new Error(`there is no operator ${operator}`);
  }
}

/** A version as one number that sorts like it: for engines without versions, too. */
export function packed(version) {
  return version.split(".").reduce((sum, part) => sum * 1000 + Number(part), 0);
}

/** A share in [0, 1) for engines without a split of their own: FNV-1a, the cheapest that any of them uses. */
export function share(salt, id) {
  let hash = 0x811c9dc5;
  for (let at = 0; at < salt.length; at++) hash = Math.imul(hash ^ salt.charCodeAt(at), 0x01000193);
  for (let at = 0; at < id.length; at++) hash = Math.imul(hash ^ id.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32;
}

/** A short name of a text's content: to see that two runs had the same workload. */
export function digest(text) {
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}

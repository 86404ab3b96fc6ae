import { FlagdCore } from "@openfeature/flagd-core";

export const name = "flagd-core (interpreted)";
export const note = "interpreted, as Workers and strict pages need";
export const code = { entry: 'export { FlagdCore } from "@openfeature/flagd-core"', platform: "node" };

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
      return { sem_ver: [found, ">=", value] };
  }
}

const flag = (targeting) => ({ state: "ENABLED", variants: { a: "a", b: "b", off: "off" }, defaultVariant: "off", targeting });
const split = { fractional: [["a", 50], ["b", 50]] };
const test = (conditions) => ({ and: conditions.map(logic) });

export const payload = (flags) =>
  JSON.stringify({ flags: Object.fromEntries(flags.map(({ key, conditions }) => [key, flag({ if: [test(conditions), split, "off"] })])) });

export const slot = (slot, flags) =>
  JSON.stringify({ flags: { [slot]: flag({ if: [...flags.flatMap(({ conditions }) => [test(conditions), split]), "off"] }) } });

export const context = (visitor) => ({ targetingKey: visitor.id, ...visitor });

const silent = { error() {}, warn() {}, info() {}, debug() {} };

export async function open(bytes) {
  const core = new FlagdCore(undefined, silent, { disableDynamicCodeGeneration: true });
  core.setConfigurations(bytes.toString());
  const keys = [...core.getFlags().keys()];
  const decide = (context, key) => {
    const { value } = core.resolveStringEvaluation(key, "off", context, silent);
    return value === "off" ? null : value;
  };
  return { decide, all: (context) => keys.reduce((on, key) => on + (decide(context, key) !== null), 0) };
}

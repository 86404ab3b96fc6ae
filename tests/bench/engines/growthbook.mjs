import { GrowthBookClient } from "@growthbook/growthbook";

export const name = "GrowthBook";
export const code = { entry: 'export { GrowthBookClient } from "@growthbook/growthbook"' };

const rule = (key, conditions) => ({
  key,
  condition: Object.fromEntries(conditions.map(({ attribute, operator, value }) => [attribute, test(operator, value)])),
  variations: ["a", "b"],
  weights: [0.5, 0.5],
  hashAttribute: "id",
  hashVersion: 2,
});

function test(operator, value) {
  switch (operator) {
    case "is":
      return value;
    case "in":
      return { $in: value };
    case "over":
      return { $gt: value };
    case "under":
      return { $lt: value };
    case "startsWith":
      return { $regex: `^${value}` };
    case "atLeast":
      return { $vgte: value };
  }
}

export const payload = (flags) =>
  JSON.stringify({ features: Object.fromEntries(flags.map(({ key, conditions }) => [key, { defaultValue: null, rules: [rule(key, conditions)] }])) });

export const slot = (slot, flags) =>
  JSON.stringify({ features: { [slot]: { defaultValue: null, rules: flags.map(({ key, conditions }) => rule(key, conditions)) } } });

export const context = (visitor) => ({ attributes: visitor });

export async function open(bytes) {
  const payload = JSON.parse(bytes);
  const client = new GrowthBookClient().initSync({ payload });
  const keys = Object.keys(payload.features);
  const decide = (context, key) => client.evalFeature(key, context).value;
  return { decide, all: (context) => keys.reduce((on, key) => on + (decide(context, key) !== null), 0) };
}

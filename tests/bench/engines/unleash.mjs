import { EventEmitter } from "node:events";

import UnleashClient from "unleash-client/lib/client.js";
import { defaultStrategies } from "unleash-client/lib/strategy/index.js";

const Client = UnleashClient.default ?? UnleashClient;

export const name = "Unleash (Node client)";
export const note = "its evaluator over flags in memory. Properties are texts";
export const code = { entry: 'export * from "unleash-client/lib/client.js"; export * from "unleash-client/lib/strategy/index.js"', platform: "node" };

function constraint({ attribute, operator, value }) {
  const made = { contextName: attribute, inverted: false, caseInsensitive: false };
  switch (operator) {
    case "is":
      return { ...made, operator: "IN", values: [value] };
    case "in":
      return { ...made, operator: "IN", values: value };
    case "over":
      return { ...made, operator: "NUM_GT", value: String(value) };
    case "under":
      return { ...made, operator: "NUM_LT", value: String(value) };
    case "startsWith":
      return { ...made, operator: "STR_STARTS_WITH", values: [value] };
    case "atLeast":
      return { ...made, operator: "SEMVER_LT", value, inverted: true };
  }
}

export const payload = (flags) =>
  JSON.stringify({
    version: 2,
    features: flags.map(({ key, conditions }) => ({
      name: key,
      type: "experiment",
      enabled: true,
      strategies: [
        {
          name: "flexibleRollout",
          parameters: { rollout: "100", stickiness: "userId", groupId: key },
          constraints: conditions.map(constraint),
          variants: ["a", "b"].map((name) => ({ name, weight: 500, stickiness: "userId", weightType: "fix" })),
        },
      ],
    })),
  });

export function context({ id, ...properties }) {
  return { userId: id, properties: Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, String(value)])) };
}

export async function open(bytes) {
  const toggles = new Map(JSON.parse(bytes).features.map((feature) => [feature.name, feature]));
  const repository = Object.assign(new EventEmitter(), {
    getToggle: (name) => toggles.get(name),
    getToggles: () => [...toggles.values()],
    getSegment: () => undefined,
  });
  const client = new Client(repository, defaultStrategies);
  const decide = (context, key) => {
    const variant = client.getVariant(key, context);
    return variant.enabled ? variant.name : null;
  };
  const keys = [...toggles.keys()];
  return { decide, all: (context) => keys.reduce((on, key) => on + (decide(context, key) !== null), 0) };
}

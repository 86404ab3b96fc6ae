import { OptimizelyDecideOption, createInstance, createStaticProjectConfigManager } from "@optimizely/optimizely-sdk";

export const name = "Optimizely";
export const note = "lists are ORs. A path is a substring of a marked text. No decision events are sent";
export const code = { entry: 'export { createInstance, createStaticProjectConfigManager } from "@optimizely/optimizely-sdk/browser"' };

/** It has `substring` and no prefix: with a mark in front, a text's start can only be found at its start. */
const MARK = "^";

const leaf = (attribute, match, value) => ({ type: "custom_attribute", name: attribute, match, value });

function test({ attribute, operator, value }) {
  switch (operator) {
    case "is":
      return leaf(attribute, "exact", value);
    case "in":
      return ["or", ...value.map((one) => leaf(attribute, "exact", one))];
    case "over":
      return leaf(attribute, "gt", value);
    case "under":
      return leaf(attribute, "lt", value);
    case "startsWith":
      return leaf(attribute, "substring", MARK + value);
    case "atLeast":
      return leaf(attribute, "semver_ge", value);
  }
}

export function payload(flags) {
  const names = ["country", "plan", "device", "browser", "language", "segment", "visits", "age", "days", "cart", "path", "version"];
  return JSON.stringify({
    version: "4",
    rollouts: [],
    typedAudiences: flags.map(({ conditions }, at) => ({ id: `a${at}`, name: `a${at}`, conditions: ["and", ...conditions.map(test)] })),
    audiences: [],
    projectId: "1",
    accountId: "1",
    revision: "1",
    anonymizeIP: false,
    variables: [],
    groups: [],
    events: [],
    attributes: names.map((key, at) => ({ id: `t${at}`, key })),
    featureFlags: flags.map(({ key }, at) => ({ id: `f${at}`, key, rolloutId: "", experimentIds: [`e${at}`], variables: [] })),
    experiments: flags.map(({ key }, at) => ({
      id: `e${at}`,
      key: `${key}-experiment`,
      layerId: `l${at}`,
      status: "Running",
      audienceIds: [`a${at}`],
      forcedVariations: {},
      variations: ["a", "b"].map((key) => ({ id: `v${at}${key}`, key, featureEnabled: true, variables: [] })),
      trafficAllocation: [{ entityId: `v${at}a`, endOfRange: 5000 }, { entityId: `v${at}b`, endOfRange: 10000 }],
    })),
  });
}

export const context = ({ id, ...attributes }) => ({ id, attributes: { ...attributes, path: MARK + attributes.path } });

export async function open(bytes) {
  const client = createInstance({ projectConfigManager: createStaticProjectConfigManager({ datafile: bytes.toString() }), disposable: true });
  await client.onReady();
  const options = [OptimizelyDecideOption.DISABLE_DECISION_EVENT];
  const keys = Object.keys(client.getOptimizelyConfig().featuresMap);
  const arm = (decision) => decision.variationKey || null;
  let last;
  return {
    decide(context, key) {
      last = client.createUserContext(context.id, context.attributes);
      return arm(last.decide(key, options));
    },
    next: (context, key) => arm(last.decide(key, options)),
    all(context) {
      const user = client.createUserContext(context.id, context.attributes);
      return keys.reduce((on, key) => on + (arm(user.decide(key, options)) !== null), 0);
    },
  };
}

import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const { instantiate } = require("@devcycle/bucketing-assembly-script");

export const name = "DevCycle (Wasm)";
export const code = { wasm: ["@devcycle/bucketing-assembly-script/build/bucketing-lib.release.wasm"], entry: 'export { instantiate } from "@devcycle/bucketing-assembly-script/build/bucketing-lib.release.js"', platform: "node" };

const KEY = "bench";
const COMPARATORS = { is: "=", in: "=", over: ">", under: "<", startsWith: "startWith", atLeast: ">=" };

function filter({ attribute, operator, value }) {
  const filter = { type: "user", comparator: COMPARATORS[operator], values: [].concat(value) };
  if (operator === "atLeast") return { ...filter, subType: "appVersion" };
  return { ...filter, subType: "customData", dataKey: attribute, dataKeyType: typeof filter.values[0] === "number" ? "Number" : "String" };
}

const id = (kind, at) => kind + String(at).padStart(24 - kind.length, "0");

export function payload(flags) {
  return JSON.stringify({
    project: { _id: id("a", 0), key: "bench", a0_organization: "bench", settings: { edgeDB: { enabled: false }, optIn: { enabled: false }, disablePassthroughRollouts: false } },
    environment: { _id: id("b", 0), key: "bench" },
    audiences: {},
    features: flags.map(({ key, conditions }, at) => ({
      _id: id("c", at),
      key,
      type: "experiment",
      variations: ["a", "b"].map((arm) => ({ _id: id(`d${arm}`, at), key: arm, name: arm, variables: [{ _var: id("e", at), value: arm }] })),
      configuration: {
        _id: id("f", at),
        targets: [
          {
            _id: id("1", at),
            _audience: { filters: { operator: "and", filters: conditions.map(filter) } },
            distribution: ["a", "b"].map((arm) => ({ _variation: id(`d${arm}`, at), percentage: 0.5 })),
          },
        ],
        forcedUsers: {},
      },
    })),
    variables: flags.map(({ key }, at) => ({ _id: id("e", at), key, type: "String" })),
    variableHashes: {},
  });
}

export function context({ id, version, ...customData }) {
  return JSON.stringify({ user_id: id, appVersion: version, customData });
}

let wasm;

/** Compiled and instantiated before the clock runs, as every engine's code is. */
export async function load() {
  wasm = await instantiate();
  wasm.setPlatformData(JSON.stringify({ platform: "NodeJS", platformVersion: "20.0.0", sdkType: "server", sdkVersion: "1.0.0", hostname: "bench" }));
}

export async function open(bytes) {
  wasm.setConfigData(KEY, bytes.toString());
  wasm.initEventQueue(KEY, "bench", JSON.stringify({ disableAutomaticEventLogging: true, disableCustomEventLogging: true }));
  const string = wasm.VariableType.String;
  return {
    decide(user, key) {
      const found = wasm.variableForUser(KEY, user, key, string, false);
      return found === null ? null : JSON.parse(found).value;
    },
    all: (user) => Object.keys(JSON.parse(wasm.generateBucketedConfigForUser(KEY, user)).variables).length,
  };
}

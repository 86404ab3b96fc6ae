import { createRequire } from "node:module";

import { packed, share } from "../reference.mjs";

const require = createRequire(import.meta.url);
const cedar = require("@cedar-policy/cedar-wasm/nodejs");

export const name = "Cedar (Wasm)";
export const note = "versions and carts are whole numbers. The split is the host's own hash. A second policy set without actions answers for all flags. It is measured up to 1,000 flags, as ten times as many take 50 ms a decision";
export const most = 1000;
export const code = { wasm: ["@cedar-policy/cedar-wasm/web/cedar_wasm_bg.wasm"], entry: 'export * from "@cedar-policy/cedar-wasm/web"' };

const cents = (value) => Math.round(100 * value);

function test({ attribute, operator, value }) {
  const found = `context.${attribute}`;
  const number = attribute === "cart" ? cents(value) : value;
  switch (operator) {
    case "is":
      return `${found} == ${JSON.stringify(value)}`;
    case "in":
      return `${JSON.stringify(value)}.contains(${found})`;
    case "over":
      return `${found} > ${number}`;
    case "under":
      return `${found} < ${number}`;
    case "startsWith":
      return `${found} like ${JSON.stringify(`${value}*`)}`;
    case "atLeast":
      return `${found} >= ${packed(value)}`;
  }
}

const policies = (flags, action) =>
  Object.fromEntries(flags.map(({ key, conditions }) => [key, `permit(principal, ${action(key)}, resource) when { ${conditions.map(test).join(" && ")} };`]));

export const payload = (flags) => JSON.stringify(policies(flags, (key) => `action == Action::${JSON.stringify(key)}`));

export const context = (visitor) => ({ ...visitor, cart: cents(visitor.cart), version: packed(visitor.version) });

export async function open(bytes) {
  const staticPolicies = JSON.parse(bytes);
  const every = Object.entries(staticPolicies).map(([key, policy]) => [key, policy.replace(/action == Action::"[^"]*"/, "action")]);
  cedar.preparsePolicySet("single", { staticPolicies });
  cedar.preparsePolicySet("every", { staticPolicies: Object.fromEntries(every) });
  const ask = (context, set, action) => {
    const { id, ...facts } = context;
    const answer = cedar.statefulIsAuthorized({
      principal: { type: "Visitor", id },
      action: { type: "Action", id: action },
      resource: { type: "Page", id: "page" },
      context: facts,
      preparsedPolicySetId: set,
      entities: [],
    });
    if (answer.type !== "success") throw new Error(JSON.stringify(answer.errors));
    return answer.response;
  };
  return {
    decide: (context, key) => (ask(context, "single", key).decision === "allow" ? (share(key, context.id) < 0.5 ? "a" : "b") : null),
    all: (context) => ask(context, "every", "any").diagnostics.reason.length,
  };
}

// GrowthBook's edge application with the same changes, as experiments of its visual editor.
import { handleRequest } from "@growthbook/edge-cloudflare";
import changes from "./changes.json";
import { log } from "./line.mjs";

const experiments = changes.map(({ slot, selector, attribute, html }) => ({
  key: slot,
  changeId: slot,
  hashAttribute: "id",
  condition: { country: "DE" },
  urlPatterns: [{ type: "simple", include: true, pattern: "/p/*" }],
  weights: [0, 1],
  coverage: 1,
  meta: [{ key: "0" }, { key: "1" }],
  variations: [{ domMutations: [] }, { domMutations: [{ selector, action: "set", attribute: attribute ?? "html", value: html }] }],
}));
const payload = { features: {}, experiments };

export default {
  async fetch(request, env, context) {
    const shown = [];
    const response = await handleRequest(request, env, {
      payload,
      attributes: { country: request.cf?.country },
      edgeTrackingCallback: ({ key }) => shown.push(key),
    });
    log(request, env, context, shown);
    return response;
  },
};

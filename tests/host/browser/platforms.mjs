// Consent platforms for Chromium: the official libraries of the IAB behind their own interfaces, and strings that they encode.

import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { GVL, TCModel, TCString } from "@iabtechlabtcf/core";

const HERE = dirname(fileURLToPath(import.meta.url));
export const VENDOR = 7;

/** A script that makes `window.Platforms` from the official libraries. */
export async function script() {
  const contents = `export { CmpApi as Tcf } from "@iabtechlabtcf/cmpapi"; export { CmpApi as Gpp } from "@iabgpp/cmpapi";`;
  const { outputFiles } = await build({ stdin: { contents, resolveDir: HERE }, bundle: true, write: false, format: "iife", globalName: "Platforms", minify: true });
  return `${outputFiles[0].text}; window.Platforms = Platforms;`;
}

const purposes = Object.fromEntries(Array.from({ length: 11 }, (_, at) => [at + 1, { id: at + 1, name: `p${at + 1}`, description: "", illustrations: [] }]));
const vendors = { [VENDOR]: { id: VENDOR, name: "v", purposes: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], legIntPurposes: [], flexiblePurposes: [1, 5, 6, 8], specialPurposes: [], features: [], specialFeatures: [], policyUrl: "" } };
const list = { gvlSpecificationVersion: 3, vendorListVersion: 99, tcfPolicyVersion: 5, lastUpdated: "2026-01-01T00:00:00Z", purposes, specialPurposes: {}, features: {}, specialFeatures: {}, stacks: {}, dataCategories: {}, vendors };

/** A TC string by the official encoder. `publisher`: purposes of the publisher's own segment, or none of it. */
export function tcString({ core = [], vendor = false, publisher, restrict, disclosed = true }) {
  const model = new TCModel(new GVL(structuredClone(list)));
  model.cmpId = 10;
  model.cmpVersion = 1;
  model.policyVersion = 5;
  model.isServiceSpecific = true;
  model.purposeConsents.set(core);
  model.purposeLegitimateInterests.set([2, 7, 8, 9, 10, 11]);
  if (vendor) model.vendorConsents.set(VENDOR);
  if (disclosed) model.vendorsDisclosed.set(VENDOR);
  if (restrict) model.publisherRestrictions.add(VENDOR, restrict);
  if (publisher) model.publisherConsents.set(publisher);
  const segments = TCString.encode(model, { isForVendors: false }).split(".");
  // The encoder leaves an empty segment out or in as it likes; a platform that keeps none for the publisher has none.
  return segments.filter((segment, at) => at === 0 || publisher || !/^[Y-Za-f]/.test(segment)).join(".");
}

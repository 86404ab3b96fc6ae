// This file says what a decision read, for which purposes, and what would stop it. It asks the decision and the site's notice alone.
//
// It takes plain values and gives plain values. It touches no page.

/** Purposes whose data decisions for every purpose may read, as in `src/consent/read.rs`. */
const FOR_ALL = ["contextual", "necessary"];
const PERSONAL_UNITS = ["session", "visitor", "account"];

/**
 * The story of a slot. `decision` is the loader's, or nothing; `consent` is what `selvedge.consent.get()` gives.
 *
 * - `lead`: the key of the sentence that says why.
 * - `read`: the data that was read, each with its description and the purposes that it was read for.
 * - `purposes`: these purposes together, with the site's sentences.
 * - `takes`: the purposes to take back, so that nothing of it is read.
 * - `stops`: the attributes whose use ends with these purposes.
 * - `isNecessary`: whether something was read that no choice can stop.
 */
export function story(site, slot, decision, { grants, said }) {
  const here = site.experiences.filter((one) => one.slot === slot);
  const serving = new Set([...FOR_ALL, ...here.map(({ purpose }) => purpose)]);
  const read = (decision?.read ?? []).map((attribute) => {
    const uses = site.purposes.filter(({ data }) => data.some((datum) => datum.attribute === attribute));
    const datum = uses[0]?.data.find((one) => one.attribute === attribute) ?? { attribute, description: "" };
    const may = uses.map(({ purpose }) => purpose).filter((purpose) => serving.has(purpose) && grants[purpose]);
    // Of sensitive data, the visitor's own permission says what it is for.
    return { ...datum, purposes: datum.sensitive ? ["sensitive"] : may };
  });
  const shown = here.find(({ experience }) => experience === decision?.experience);
  const test = site.experiments.find(({ experiment }) => experiment === decision?.experiment);
  // A draw for one page view knows nobody.
  const isCounted = !!test && PERSONAL_UNITS.includes(decision.unit);
  const used = new Set([...read.flatMap(({ purposes }) => purposes), ...(isCounted ? ["analytics"] : [])]);
  const free = read.filter(({ purposes }) => !purposes.includes("necessary"));
  const takes = new Set([...free.flatMap(({ purposes }) => purposes), ...(isCounted ? ["analytics"] : [])]);
  return {
    lead: lead(decision, read, test, here.filter(({ purpose }) => !grants[purpose]).map(({ purpose }) => said[purpose])),
    content: decision?.content ?? null,
    benefit: decision?.content ? shown?.benefit : null,
    read,
    test,
    isCounted,
    purposes: site.purposes.filter(({ purpose }) => used.has(purpose)),
    takes: [...takes].filter((purpose) => purpose !== "necessary"),
    stops: free.map(({ attribute }) => attribute),
    isNecessary: read.length > free.length,
  };
}

/** Whether what was to stop is still used. */
export function goesOn(before, after) {
  return after.read.some(({ attribute }) => before.stops.includes(attribute)) || (before.isCounted && after.isCounted);
}

/** `missing`: what the visitor said of each purpose that this slot would need and does not have. */
function lead(decision, read, test, missing) {
  const details = { CONSENT_WITHHELD: "withheld", CONSENT_WITHDRAWN: "withdrawn", DATA_QUALITY: "unsure" };
  if (!decision) return missing.includes(false) ? "withdrawn" : missing.length ? "withheld" : "everybody";
  if (decision.content) {
    if (!read.length) return test ? "drawn" : "everybody";
    return !test && read.every(({ source }) => ["request", "page"].includes(source)) ? "fitting" : "chosen";
  }
  // A denial that silence would amount to is in no cookie, so the engine does not know of it.
  if (decision.detail === "CONSENT_WITHHELD" && missing.includes(false)) return "withdrawn";
  if (Object.hasOwn(details, decision.detail ?? "")) return details[decision.detail];
  if (test) return "drawn";
  if (decision.experience && decision.reason === "TARGETING_MATCH") return "meant";
  if (decision.detail) return "plainly";
  return read.length ? "lookedAt" : "everybody";
}

// TC strings of the official library: random ones from its encoder, and what its decoder says of any.
//
// The encoder drops what its list of vendors does not justify, so the truth about a string is what the decoder gives, not the
// model that went in.

import { GVL, PurposeRestriction, TCModel, TCString } from '@iabtechlabtcf/core';

const PURPOSES = Array.from({ length: 11 }, (_, at) => at + 1);
const DAY_MS = 86_400_000;

// Made-up lists of vendors: a few, as many as there are today, and more than there will be.
const LISTS = [
  [30, 1],
  [1_500, 2],
  [4_000, 3],
].map(([count, seed]) => vendorList(count, seed));

// Longer strings are refused: no list of vendors that there is needs them.
const LENGTH_MAX = 8_192;

// A random string.
export function randomTc(dice) {
  for (;;) {
    const text = encoded(dice);
    if (text.length <= LENGTH_MAX) return text;
  }
}

function encoded(dice) {
  const model = new TCModel();
  model.gvl = dice.pick(LISTS);
  const created = dice.below(60_000) * DAY_MS + (dice.chance(20) ? dice.below(864_000) * 100 : 0);
  model.created = new Date(created);
  model.lastUpdated = new Date(created + dice.below(400) * DAY_MS);
  model.cmpId = 2 + dice.below(4_094);
  model.cmpVersion = dice.below(4_096);
  model.consentScreen = dice.below(64);
  model.publisherCountryCode = letter(dice) + letter(dice);
  model.isServiceSpecific = !dice.chance(20);
  model.useNonStandardTexts = dice.chance(50);
  model.purposeOneTreatment = dice.chance(50);
  const ids = Object.keys(model.gvl.vendors).map(Number);
  model.specialFeatureOptins.set(some(dice, 12));
  model.purposeConsents.set(some(dice, 24));
  model.purposeLegitimateInterests.set(some(dice, 24));
  for (const vendors of ['vendorConsents', 'vendorLegitimateInterests', 'vendorsDisclosed', 'vendorsAllowed']) {
    model[vendors].set(someVendors(dice, ids));
  }
  model.publisherConsents.set(some(dice, 24));
  model.publisherLegitimateInterests.set(some(dice, 24));
  model.numCustomPurposes = dice.chance(40) ? 0 : dice.below(64);
  model.publisherCustomConsents.set(some(dice, model.numCustomPurposes));
  model.publisherCustomLegitimateInterests.set(some(dice, model.numCustomPurposes));
  for (let count = dice.chance(50) ? 0 : dice.below(8); count > 0; count--) {
    const restriction = new PurposeRestriction(dice.pick(PURPOSES), dice.below(3));
    someVendors(dice, ids).forEach((id) => model.publisherRestrictions.add(id, restriction));
  }
  // Whatever follows the core, in any order.
  const others = dice.shuffled(['vendorsDisclosed', 'vendorsAllowed', 'publisherTC']);
  return TCString.encode(model, { segments: ['core', ...others.slice(0, dice.below(4))] });
}

// What the official decoder says of a string, in the shape that ours prints. Throws where it refuses.
export function officialTc(text) {
  const model = TCString.decode(text);
  const ids = (vector) => [...vector.values()].sort((a, b) => a - b);
  const restrictions = model.publisherRestrictions.getRestrictions();
  return {
    version: model.version,
    created: model.created.toISOString(),
    lastUpdated: model.lastUpdated.toISOString(),
    cmpId: model.cmpId,
    cmpVersion: model.cmpVersion,
    consentScreen: model.consentScreen,
    consentLanguage: model.consentLanguage,
    vendorListVersion: model.vendorListVersion,
    tcfPolicyVersion: model.policyVersion,
    policyVersion: model.policyVersion,
    isServiceSpecific: model.isServiceSpecific,
    useNonStandardTexts: model.useNonStandardTexts,
    specialFeatureOptins: ids(model.specialFeatureOptins),
    purposeConsents: ids(model.purposeConsents),
    purposeLegitimateInterests: ids(model.purposeLegitimateInterests),
    purposeOneTreatment: model.purposeOneTreatment,
    publisherCountryCode: model.publisherCountryCode,
    vendorConsents: ids(model.vendorConsents),
    vendorLegitimateInterests: ids(model.vendorLegitimateInterests),
    publisherRestrictions: restrictions
      .map((restriction) => ({
        purposeId: restriction.purposeId,
        restrictionType: restriction.restrictionType,
        vendors: model.publisherRestrictions.getVendors(restriction),
      }))
      .sort((a, b) => a.purposeId - b.purposeId || a.restrictionType - b.restrictionType),
    vendorsDisclosed: ids(model.vendorsDisclosed),
    vendorsAllowed: ids(model.vendorsAllowed),
    publisherConsents: ids(model.publisherConsents),
    publisherLegitimateInterests: ids(model.publisherLegitimateInterests),
    numCustomPurposes: model.numCustomPurposes,
    publisherCustomConsents: ids(model.publisherCustomConsents),
    publisherCustomLegitimateInterests: ids(model.publisherCustomLegitimateInterests),
  };
}

function letter(dice) {
  return String.fromCharCode(65 + dice.below(26));
}

// None, all, or a random part of 1 to `count`.
function some(dice, count) {
  const percent = dice.pick([0, 50, 50, 100]);
  return Array.from({ length: count }, (_, at) => at + 1).filter(() => percent === 100 || dice.chance(percent));
}

// A few ids, a few runs of them, or a random part of a beginning of the list: all three are written differently.
function someVendors(dice, ids) {
  const from = () => ids.slice(dice.below(ids.length));
  switch (dice.below(5)) {
    case 0:
      return [];
    case 1:
      return Array.from({ length: dice.below(6) }, () => dice.pick(ids));
    case 2:
      return Array.from({ length: dice.below(4) }, () => from().slice(0, dice.below(200))).flat();
    case 3:
      return ids.slice(0, dice.below(ids.length));
    default: {
      const percent = dice.pick([2, 20, 50, 95]);
      return ids.slice(0, dice.below(Math.min(ids.length, 900))).filter(() => dice.chance(percent));
    }
  }
}

function vendorList(count, seed) {
  const named = (ids) => Object.fromEntries(ids.map((id) => [id, { id, name: `${id}`, description: '' }]));
  const vendors = {};
  for (let id = 1; id <= count; id++) {
    const bits = (id * 2_654_435_761 * seed) >>> 7;
    if (bits % 11 === 0) continue;
    const purposes = PURPOSES.filter((purpose) => (bits >> purpose) & 1);
    const legIntPurposes = PURPOSES.filter((purpose) => purpose > 6 && !purposes.includes(purpose));
    const flexiblePurposes = [...purposes, ...legIntPurposes].filter((purpose) => (bits >> (purpose + 6)) & 1);
    vendors[id] = { id, name: `${id}`, purposes, legIntPurposes, flexiblePurposes, specialPurposes: [1], features: [], specialFeatures: [] };
  }
  const gvl = new GVL({
    gvlSpecificationVersion: 3,
    vendorListVersion: 100 + seed,
    tcfPolicyVersion: 3 + seed,
    lastUpdated: '2026-01-01T00:00:00Z',
    purposes: named(PURPOSES),
    specialPurposes: named([1, 2, 3]),
    features: named([1, 2, 3]),
    specialFeatures: named([1, 2]),
    stacks: {},
    dataCategories: {},
    vendors,
  });
  // The encoder copies the list for every string; nothing changes it here.
  gvl.clone = () => gvl;
  return gvl;
}

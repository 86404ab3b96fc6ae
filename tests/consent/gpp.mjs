// Strings of the Global Privacy Platform: random ones from the official encoder, and what its decoder says of any.

import * as official from '@iabgpp/cmpapi';

const DAY_MS = 86_400_000;

// The sections as the official library itself describes them: nothing here repeats what is tested.
const SECTIONS = [...official.Sections.SECTION_ID_NAME_MAP].map(([id, name]) => {
  const section = Object.values(official).find((each) => each?.ID === id && each?.NAME === name);
  const fields = new section().segments.flatMap((segment) =>
    [...segment.fields.getAll()].map(([field, type]) => ({ name: field, type })),
  );
  return { id, name, fields };
});

// The official decoder writes every range out: one of billions ends the process. Here it is refused, as ours does.
const decodeFibonacci = official.FibonacciIntegerEncoder.decode;
official.FibonacciIntegerEncoder.decode = (bits) => {
  const value = decodeFibonacci(bits);
  if (value > 1_000_000) throw new official.DecodingError(`a number of ${value}`);
  return value;
};

// A random string of one to six sections.
export function randomGpp(dice) {
  const model = new official.GppModel();
  for (const { name, fields } of dice.shuffled(SECTIONS).slice(0, 1 + dice.below(6))) {
    for (const { name: field, type } of fields) {
      // The encoder refuses a European string that is not of this service.
      if (/^Version$|SegmentType$|^Created$|^LastUpdated$|^IsServiceSpecific$/.test(field)) continue;
      model.setFieldValue(name, field, random(dice, field, type));
    }
    if (name.startsWith('tcf')) {
      const created = new Date((10_000 + dice.below(30_000)) * DAY_MS);
      model.setFieldValue(name, 'Created', created);
      model.setFieldValue(name, 'LastUpdated', created);
    }
    if (name === 'usnat' && dice.chance(40)) model.setFieldValue(name, 'Version', 1);
  }
  const [header, ...sections] = model.encode().split('~');
  const ids = model.getSectionIds();
  return [header, ...sections.map((text, at) => varied(dice, ids[at], text))].join('~');
}

// What the official decoder says of a string, in plain values and with its ids in order. Throws where it refuses.
export function officialGpp(text) {
  const sections = JSON.parse(JSON.stringify(new official.GppModel(text).toObject()));
  for (const section of Object.values(sections)) {
    for (const [field, value] of Object.entries(section)) {
      if (/Vendor(s|Express|Implied|Legitimate|Consents)/.test(field) && Array.isArray(value)) {
        section[field] = ascending(value);
      } else if (/Restrictions$/.test(field)) {
        value.forEach((entry) => (entry.ids = ascending(entry.ids)));
      }
    }
  }
  return sections;
}

function ascending(ids) {
  return [...new Set(ids)].sort((a, b) => a - b);
}

// What the encoder never writes by itself and its decoder reads: segments in another order, vendors that are allowed, the national
// section of early writers, and Canada's former way to write vendors.
function varied(dice, id, text) {
  const [core, ...rest] = text.split('.');
  if (id === 2) {
    const allowed = new official.TcfEuV2VendorsAllowedSegment();
    allowed.setFieldValue('VendorsAllowed', vendors(dice));
    const segments = dice.chance(50) ? [...rest, allowed.encode()] : rest;
    return [core, ...dice.shuffled(segments)].join('.');
  }
  if (id === 5) {
    const former = dice.chance(30) ? formerCanada(dice, core) : core;
    return [former, ...dice.shuffled(rest)].join('.');
  }
  // The first version's layout under the second version's number.
  if (id === 7 && core.length <= 11 && dice.chance(30)) return [`C${core.slice(1)}`, ...rest].join('.');
  return text;
}

function formerCanada(dice, core) {
  const segment = new official.TcfCaV1CoreSegment(core);
  const fields = segment.buildFields(true);
  for (const field of segment.getFieldNames()) fields.get(field).setValue(segment.getFieldValue(field));
  fields.get('VendorExpressConsent').setValue(vendors(dice));
  return segment.encodeSegment(fields);
}

function random(dice, field, type) {
  const list = (count, each) => Array.from({ length: count }, each);
  switch (type.constructor.name) {
    case 'EncodableBoolean':
      return dice.chance(50);
    case 'EncodableFixedInteger': {
      if (field === 'NumCustomPurposes') return dice.chance(40) ? 0 : dice.below(64);
      const values = 2 ** type.bitStringLength;
      for (;;) {
        const value = dice.below(values);
        if (type.validator?.test(value) ?? true) return value;
      }
    }
    case 'EncodableFixedIntegerList':
      return list(type.numElements, () => dice.below(3));
    case 'EncodableFixedString':
      return String.fromCharCode(65 + dice.below(26), 65 + dice.below(26));
    case 'EncodableFixedBitfield':
      return truths(dice, type.numElements);
    case 'EncodableFlexibleBitfield':
      // The model cuts it to the number of custom purposes.
      return truths(dice, 63);
    case 'EncodableOptimizedFixedRange':
    case 'EncodableOptimizedFibonacciRange':
      return vendors(dice);
    case 'EncodableArrayOfFixedIntegerRanges':
    case 'EncodableArrayOfOptimizedFibonacciRanges':
      return list(dice.chance(50) ? 0 : dice.below(6), () => {
        return new official.RangeEntry(1 + dice.below(24), dice.below(3), vendors(dice));
      });
    case 'UnencodableCharacter':
      return dice.pick(['-', 'Y', 'N']);
    default:
      throw new Error(`${field} is of a type that is not known here: ${type.constructor.name}`);
  }
}

function truths(dice, count) {
  const percent = dice.pick([0, 50, 50, 100]);
  return Array.from({ length: count }, () => percent === 100 || dice.chance(percent));
}

// No vendor, a few, a few runs of them, or a random part: all of them are written differently.
function vendors(dice) {
  const run = (from, length) => Array.from({ length }, (_, at) => from + at);
  switch (dice.below(5)) {
    case 0:
      return [];
    case 1:
      return ascending(Array.from({ length: dice.below(6) }, () => 1 + dice.below(60_000)));
    case 2:
      return ascending(Array.from({ length: dice.below(4) }, () => run(1 + dice.below(4_000), dice.below(150))).flat());
    case 3:
      return run(1, dice.below(400));
    default: {
      const percent = dice.pick([2, 20, 50, 95]);
      return run(1, dice.below(300)).filter(() => dice.chance(percent));
    }
  }
}

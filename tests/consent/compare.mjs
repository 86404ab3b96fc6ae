// Strings through our decoders and the official ones, field by field.
//
// Takes strings and the official answer to each, gives counts: equal, refused by both, refused by us alone with the reason, and
// every class of difference with an example.

import { isDeepStrictEqual } from 'node:util';

import { officialGpp } from './gpp.mjs';
import { STRICTNESS } from './strictness.mjs';
import { officialTc } from './tcf.mjs';

const BATCH = 1_000;

// The format of a string, as the official libraries tell it: the Global Privacy Platform reads TC strings as well.
export const OFFICIAL = { tcf: officialTc, gpp: officialGpp };

// Compares `count` strings of `next` on every host; `format` is whose answer counts.
export function compare(hosts, format, count, next) {
  const tables = Object.fromEntries(Object.keys(hosts).map((host) => [host, emptyTable()]));
  for (let done = 0; done < count; done += BATCH) {
    const texts = Array.from({ length: Math.min(BATCH, count - done) }, next);
    const expected = texts.map((text) => official(format, text));
    for (const [host, decode] of Object.entries(hosts)) {
      const answers = decode(texts);
      texts.forEach((text, at) => judge(tables[host], format, text, answers[at], expected[at]));
    }
  }
  return tables;
}

function emptyTable() {
  return { strings: 0, equal: 0, refused: 0, stricter: {}, named: 0, differences: {} };
}

function official(format, text) {
  try {
    return { fields: OFFICIAL[format](text) };
  } catch (error) {
    return { error: String(error?.message ?? error) };
  }
}

function judge(table, format, text, ours, expected) {
  table.strings += 1;
  const differ = (what, detail) => {
    const known = (table.differences[what] ??= { count: 0, text, detail });
    known.count += 1;
  };
  if (ours.error && expected.error) {
    table.refused += 1;
  } else if (ours.error) {
    if (STRICTNESS[format][ours.error]) table.stricter[ours.error] = (table.stricter[ours.error] ?? 0) + 1;
    else differ(`only we refuse: ${ours.error}`, ours.message);
  } else if (expected.error) {
    differ('only the official decoder refuses', expected.error);
  } else if (readsPurposeZero(expected.fields.tcfcav1)) {
    table.named += 1;
  } else {
    const before = Object.keys(table.differences).length;
    const counts = Object.values(table.differences).reduce((sum, { count }) => sum + count, 0);
    if (format === 'tcf') fieldwise('', ours, expected.fields, differ);
    else sectionwise(ours, expected.fields, differ);
    const after = Object.values(table.differences).reduce((sum, { count }) => sum + count, 0);
    if (before === Object.keys(table.differences).length && counts === after) table.equal += 1;
  }
}

// See the conflicts: an older Canadian section that the official decoder takes for one of today, with a purpose that there is none of.
function readsPurposeZero(canada) {
  return canada?.PubRestrictions?.some(({ key }) => key === 0) ?? false;
}

function sectionwise(ours, expected, differ) {
  const { format, header, ...sections } = ours;
  if (format !== 'gpp' || header.Id !== 3 || header.Version !== 1) differ('the header', JSON.stringify(header));
  for (const name of new Set([...Object.keys(sections), ...Object.keys(expected)])) {
    if (!sections[name] || !expected[name]) differ(`section ${name}`, sections[name] ? 'is only ours' : 'is missing');
    else fieldwise(`${name}.`, sections[name], expected[name], differ);
  }
}

function fieldwise(prefix, ours, expected, differ) {
  for (const [field, value] of Object.entries(expected)) {
    if (!isDeepStrictEqual(ours[field], value)) {
      differ(prefix + field, `${JSON.stringify(ours[field])} instead of ${JSON.stringify(value)}`);
    }
  }
}

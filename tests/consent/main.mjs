// `cargo xtask consent`: our decoders beside the official libraries.
//
// Prints a table; ends with 1 when there is a difference that no list names.

import { parseArgs } from 'node:util';

import { compare } from './compare.mjs';
import { conflicts } from './conflicts.mjs';
import { dice } from './dice.mjs';
import { randomGpp } from './gpp.mjs';
import { hosts as hostsOf } from './hosts.mjs';
import { LITERALS } from './literals.mjs';
import { mutated } from './mutate.mjs';
import { statements } from './statements.mjs';
import { STRICTNESS } from './strictness.mjs';
import { randomTc } from './tcf.mjs';

const string = { type: 'string' };
const { values } = parseArgs({
  options: {
    selvedge: string,
    wasm: string,
    statements: string,
    tc: string,
    gpp: string,
    mutations: string,
    seed: string,
  },
});
const number = (name) => Number(values[name]);
const seed = number('seed');
const hosts = hostsOf(values.selvedge, values.wasm);

let passed = 0;
let failed = 0;
const strictnesses = { tcf: new Set(), gpp: new Set() };

console.log(`seed ${seed}\n`);
console.log(row(['', 'strings', 'equal', 'both refuse', 'only we refuse', 'differ']));
const random = { tcf: randomTc, gpp: randomGpp };
for (const [name, format, count] of [
  ['random TC', 'tcf', number('tc')],
  ['random GPP', 'gpp', number('gpp')],
]) {
  const chance = dice(seed);
  report(name, format, compare(hosts, format, count, () => random[format](chance)), 'random');
}
for (const format of ['tcf', 'gpp']) {
  const texts = [...LITERALS[format]];
  const tables = compare(hosts, format, texts.length, () => texts.shift());
  report(`published ${format === 'tcf' ? 'TC' : 'GPP'}`, format, tables, 'published');
}
for (const [name, format, share] of [
  ['changed TC', 'tcf', 0.6],
  ['changed GPP', 'gpp', 0.4],
]) {
  const chance = dice(seed + 1);
  // A few hundred sound strings give enough to change.
  const sound = Array.from({ length: 400 }, () => random[format](chance)).concat(LITERALS[format]);
  const next = () => mutated(chance, chance.pick(sound), chance.pick(sound));
  report(name, format, compare(hosts, format, Math.round(number('mutations') * share), next), 'changed');
}

{
  const chance = dice(seed + 2);
  const sound = Array.from({ length: 200 }, () => randomTc(chance)).concat(LITERALS.tcf, LITERALS.gpp);
  const texts = Array.from({ length: 5_000 }, () => mutated(chance, chance.pick(sound), chance.pick(sound)));
  const answered = statements(values.statements, [...sound, ...texts]);
  count(answered === sound.length + texts.length);
  console.log(`\nread as Wasm that has no memory to give: ${answered.toLocaleString('en')} texts`);
}

console.log('\nOnly we refuse:');
for (const [format, names] of Object.entries(strictnesses)) {
  for (const name of names) console.log(`  ${format} ${name}: ${STRICTNESS[format][name]}`);
}

console.log('\nWhere specifications and libraries disagree:');
for (const { name, decision, holds } of conflicts()) {
  const broken = Object.entries(hosts).flatMap(([host, decode]) => {
    const why = holds((text) => decode([text])[0]);
    return why ? [`${host}: ${why}`] : [];
  });
  count(broken.length === 0);
  console.log(`  ${broken.length === 0 ? 'ok' : 'BROKEN'}  ${name}: ${decision}`);
  broken.forEach((line) => console.log(`          ${line}`));
}
console.log(`\n# pass ${passed}\n# fail ${failed}`);
process.exitCode = failed > 0 ? 1 : 0;

function report(name, format, tables, kind) {
  for (const [host, table] of Object.entries(tables)) {
    const stricter = Object.values(table.stricter).reduce((sum, count) => sum + count, 0);
    const differences = Object.entries(table.differences);
    const differ = differences.reduce((sum, [, { count }]) => sum + count, 0);
    console.log(row([`${name}, ${host}`, table.strings, table.equal, table.refused, stricter, differ]));
    for (const [what, { count, text, detail }] of differences) {
      console.log(`    ${count} × ${what}\n      ${text.slice(0, 400)}\n      ${detail.slice(0, 400)}`);
    }
    if (table.named > 0) console.log(`    ${table.named} × the named conflict of purpose 0 in tcfcav1`);
    Object.keys(table.stricter).forEach((fault) => strictnesses[format].add(fault));
    // Everything that an official encoder writes is read.
    const allRead = kind !== 'random' || table.equal + table.named === table.strings;
    count(differ === 0 && allRead && table.strings > 0);
  }
}

function row([name, ...numbers]) {
  return name.padEnd(24) + numbers.map((value) => String(value.toLocaleString?.('en') ?? value).padStart(16)).join('');
}

function count(isPassed) {
  if (isPassed) passed += 1;
  else failed += 1;
}

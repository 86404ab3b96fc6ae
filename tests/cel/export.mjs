// Writes the official tests of CEL as flat JSON: one object a test, with the file that it stands in and a name of its own.
//
// Usage: node export.mjs FILE

import { writeFileSync } from 'node:fs';

import { tests as checking } from '@bufbuild/cel-spec/testdata/checking.js';
import { tests as comprehension } from '@bufbuild/cel-spec/testdata/comprehension.js';
import { tests as conformance } from '@bufbuild/cel-spec/testdata/conformance.js';
import { tests as parsing } from '@bufbuild/cel-spec/testdata/parsing.js';

const flat = [];
const names = new Map();

function collect(suite, folder, path) {
  for (const { original, ast, error } of suite.tests ?? []) {
    const name = [...path, original.name ?? original.expr.replace(/\s+/g, ' ').trim()].join('/');
    const seen = (names.get(name) ?? 0) + 1;
    names.set(name, seen);
    flat.push({
      suite: folder,
      file: path[0] ?? folder,
      name: seen === 1 ? name : `${name} (${seen})`,
      // What cel-go made of it: a tree if it parses, a message if its parser or its checker refuses it.
      parses: ast !== undefined,
      error: error ?? null,
      test: original,
    });
  }
  for (const inner of suite.suites ?? []) collect(inner, folder, [...path, inner.name]);
}

for (const [folder, suite] of Object.entries({ conformance, parsing, checking, comprehension })) {
  collect(suite, folder, folder === 'conformance' ? [] : [folder]);
}
writeFileSync(process.argv[2], JSON.stringify(flat));
console.log(`${flat.length} official tests of CEL`);

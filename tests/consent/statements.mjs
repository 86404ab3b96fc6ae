// What the engine needs of a signal, as Wasm whose allocator has nothing to give.
//
// Takes texts, gives how many of them it answered: whatever asked for memory, or panicked, would end here. What is at fault must
// grant nothing.

import { readFileSync } from 'node:fs';

const FORMATS = 4;
const REGIONS = 3;
const NOW_MS = 1_794_744_000_000n;

export function statements(file, texts) {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(file)));
  const room = new Uint8Array(exports.memory.buffer, exports.room());
  const encoder = new TextEncoder();
  const pages = exports.memory.buffer.byteLength;
  let answered = 0;
  for (const text of texts) {
    const { written } = encoder.encodeInto(text, room);
    for (let format = 0; format <= FORMATS; format++) {
      for (let region = 0; region < (format === 0 ? REGIONS : 1); region++) {
        const answer = exports.statement(format, written, NOW_MS, region);
        const [granted, denied, isFaulty] = [answer & 0xff, (answer >> 8) & 0xff, (answer >> 19) & 1];
        if (granted & denied) throw new Error(`granted and denied: ${text}`);
        if (isFaulty && granted) throw new Error(`granted by what is at fault: ${text}`);
      }
    }
    answered += 1;
  }
  if (exports.memory.buffer.byteLength !== pages) throw new Error('memory has grown');
  return answered;
}

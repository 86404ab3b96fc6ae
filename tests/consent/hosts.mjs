// Our decoders, on the hosts that they run on.
//
// Takes strings, gives the object that each line of `selvedge consent decode --json` has: from the command line tool itself, and
// from the same code as Wasm.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export function hosts(selvedge, wasm) {
  return { native: (texts) => native(selvedge, texts), Wasm: inWasm(wasm) };
}

function native(selvedge, texts) {
  const input = texts.map((text) => `${text}\n`).join('');
  const run = spawnSync(selvedge, ['consent', 'decode', '--json'], { input, maxBuffer: 2 ** 31 - 1 });
  if (run.status !== 0) throw new Error(`the command line tool ended with ${run.status}: ${run.stderr}`);
  return answers(run.stdout.toString(), texts.length);
}

function inWasm(file) {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(file)));
  const [encoder, decoder] = [new TextEncoder(), new TextDecoder()];
  return (texts) =>
    texts.map((text) => {
      const room = new Uint8Array(exports.memory.buffer, exports.room());
      const answer = exports.fields(encoder.encodeInto(text, room).written);
      const [place, length] = [Number(answer >> 32n), Number(answer & 0xffff_ffffn)];
      return JSON.parse(decoder.decode(new Uint8Array(exports.memory.buffer, place, length)));
    });
}

function answers(output, count) {
  const lines = output.trimEnd().split('\n');
  if (lines.length !== count) throw new Error(`${count} strings have ${lines.length} answers`);
  return lines.map((line) => JSON.parse(line));
}

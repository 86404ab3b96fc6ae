// The attacks of `tests/vectors/trust`, and the stores that they describe.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

const folder = new URL("../../vectors/trust/", import.meta.url);

/** `{site, environment, attacks}`: each attack with `read(path, at)`, which gives bytes, `null` for no file, or `undefined` for no answer at all. */
export async function attacks() {
  const all = JSON.parse(await readFile(new URL("attacks.json", folder), "utf8"));
  const known = new Map();
  const blob = async (name) => {
    if (!known.has(name)) known.set(name, await readFile(new URL(`files/${name}`, folder)));
    return known.get(name);
  };
  for (const attack of all.attacks) {
    for (const [path, file] of Object.entries(attack.files)) {
      if (typeof file === "string") attack.files[path] = { bytes: await blob(file) };
      else if (file.each_byte_of) {
        const honest = await blob(file.each_byte_of);
        Object.assign(attack, { altered: { path, honest } });
        attack.files[path] = { bytes: honest };
      } else if (file.fill !== undefined) attack.files[path] = { fill: Buffer.alloc(64 << 10, file.fill), bytes: file.bytes };
    }
    /** The file at a path; of one that is altered byte by byte, with the byte `at` altered. */
    attack.read = (path, at) => {
      const file = attack.files[path];
      if (!file) return null;
      if (file.never) return undefined;
      if (file.fill) return filled(file);
      return attack.altered?.path === path && at !== undefined ? altered(attack.altered.honest, at) : file.bytes;
    };
  }
  return all;
}

export function altered(bytes, at) {
  const other = Buffer.from(bytes);
  other[at] ^= 1 << (at % 8);
  return other;
}

/** Many bytes, as a stream. */
function filled({ fill, bytes }) {
  let left = bytes;
  return new ReadableStream({
    async pull(controller) {
      await new Promise((resolve) => setImmediate(resolve));
      controller.enqueue(fill.subarray(0, Math.min(left, fill.length)));
      left -= fill.length;
      if (left <= 0) controller.close();
    },
  });
}

/** What a host said, in the words of the vectors: a signed release whose payloads are no bundle was taken by everything that is about trust. */
export function inWords(reason) {
  if (/^bundle: |^engine: /.test(reason)) return "opens";
  if (/: more than the \d+ bytes it may have$/.test(reason)) return "too large";
  if (/no answer within/.test(reason)) return "waits";
  return reason;
}

/** Whether this platform's WebCrypto takes each signature, as the hosts ask it. It runs in the platform. */
export async function verdictsOf(cases) {
  const bytes = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (byte) => parseInt(byte, 16));
  const verdict = async ({ key, message, signature }) => {
    try {
      const imported = await crypto.subtle.importKey("raw", bytes(key), "Ed25519", false, ["verify"]);
      return await crypto.subtle.verify("Ed25519", imported, bytes(signature), bytes(message));
    } catch {
      return false;
    }
  };
  return Promise.all(cases.map(verdict));
}

/** Holds verdicts against those of `tests/suite/trust/signatures.rs`: what this machine takes, and which keys and signatures are refused unseen. */
export function judge(verdicts, cases) {
  for (const [at, { name, valid, strict, weak }] of cases.entries()) {
    const taken = verdicts[at] && !weak;
    assert.equal(taken, strict, `${name}: ${verdicts[at]}, and this machine says ${strict}`);
    if (valid !== null) assert.equal(taken, valid, name);
  }
}

// Trust in JavaScript beside the native one: every case of a file, with the verdict that the native code gave.
//
//   node compare.mjs FILE
import { readFileSync } from "node:fs";

import { verified } from "../../../dist/browser/engine.js";

const file = readFileSync(process.argv[2]);
const hex = (bytes) => Buffer.from(bytes).toString("hex");
const verdicts = new Map();
let at = 0;
let cases = 0;
let opened = 0;
let differences = 0;

function field() {
  const start = at + 4;
  at = start + file.readUInt32LE(at);
  return file.subarray(start, at);
}

/** What the script says of a case. */
async function verdict(root, head, scope) {
  try {
    const { digest, expires, dataExpires, floor, targets, orders } = await verified(new Uint8Array(root), new Uint8Array(head), scope);
    opened += 1;
    const named = targets.map(({ kind, length, digest }) => `${kind} ${length} ${hex(digest)}`);
    const ordered = orders.map(({ action, name, until }) => `${action} ${name} ${until === Infinity ? "ever" : until}`);
    return [digest, expires, `${floor.root} ${floor.timestamp} ${floor.release} ${floor.overlay}`, floor.data === undefined ? "none" : `${floor.data} ${dataExpires}`, named, ordered].join("|");
  } catch (refusal) {
    return refusal.message;
  }
}

while (at < file.length) {
  const [root, head] = [field(), field()];
  const [site, environment, now, floor, expected] = Array.from({ length: 5 }, () => field().toString());
  const found = await verdict(root, head, { site, environment, now: Number(now), floor: JSON.parse(floor) });
  const kind = expected.includes("|") ? "opened" : expected;
  verdicts.set(kind, (verdicts.get(kind) ?? 0) + 1);
  cases += 1;
  if (found === expected) continue;
  differences += 1;
  if (differences <= 5) console.log(`native  ${expected}\nscript  ${found}`);
  if (differences === 1) console.log(`  root ${hex(root)}\n  head ${hex(head)}`);
}
for (const [kind, count] of [...verdicts].sort((a, b) => b[1] - a[1])) console.log(`${String(count).padStart(8)}  ${kind}`);
console.log(`${cases} heads, ${opened} opened, ${verdicts.size} verdicts, ${differences} differences`);
// What refuses everything would agree, and prove nothing.
process.exit(differences === 0 && opened > 0 && verdicts.size > 30 ? 0 : 1);

// Audit records by the thousand: logged by the command, made again by the command, and made by the Wasm. All are the same bytes. The
// versions of records take turns, as in a log that is older than this program.
//
//   node replay.mjs SEED RECORDS SELVEDGE SITE BUNDLE WASM
import { createHash } from "node:crypto";
import { spawnSync } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { environmentOf, published } from "../support/bundle.mjs";
import { open } from "./answer.mjs";
import { contexts, randomOf } from "./generate.mjs";

const [seed, records, selvedge, site, bundle, folder] = process.argv.slice(2);
const work = join(folder, "log");
const [log, keys] = [join(work, "shop.ndjson"), join(work, "audit.keys")];
const digits = (name) => createHash("sha256").update(`${name} ${seed}`).digest("hex");
const today = new Date().toISOString().slice(0, 10);
// The secrets of earlier versions have no ratchet.
const [old, now] = [`7:${digits("old")}`, `8:${digits("new")}:${today}:${digits("state")}`];
const versions = [1, 2, 3];
const versionOf = (at) => versions[at % 3];

/** Runs the command; what it prints. */
function run(arguments_, input) {
  const ran = spawnSync(selvedge, arguments_, { input, encoding: "utf8", maxBuffer: 1 << 30 });
  if (ran.error) throw ran.error;
  process.stderr.write(ran.stderr.split("\n").slice(0, 5).join("\n"));
  return ran;
}

await mkdir(work, { recursive: true });
const lineOf = (key) => {
  const [epoch, secret, day, state] = key.split(":");
  return [epoch, secret, ...(day ? [day, day, state] : [])].join(" ") + "\n";
};
const random = randomOf(Number(seed));
const lines = await contexts(site, Number(records), random);

const made = [];
for (const version of versions) {
  await writeFile(keys, lineOf(version < 3 ? old : now));
  const options = ["--audit", "--values", "--keys", keys, "--ids-from", seed, "--record-version", String(version)];
  made.push(run(["decide", bundle, "--context", "-", ...options], lines.join("\n") + "\n").stdout.trimEnd().split("\n"));
}
const logged = lines.map((_, at) => made[at % 3][at]);
// Some contexts are none: their line says so, and is no record.
const isRecord = (line, at) => line.startsWith(`{"v":${versionOf(at)},"kind":"audit"`);
const recorded = logged.filter(isRecord);
await writeFile(log, recorded.join("\n") + "\n");
await writeFile(keys, lineOf(old) + lineOf(now));

const again = run(["replay", log, "--archive", bundle, "--keys", keys]);
process.stdout.write(`native: ${again.stdout}`);
const isWhole = again.stdout === `${recorded.length} records, ${recorded.length} made again byte for byte, 0 not\n`;

const engine = await import(join(folder, "engine.js"));
/** A device whose core can be asked for records, too. */
class Recorder extends engine.Device {
  constructor(core, admit) {
    super(core, admit);
    this.core = core;
  }
}
const module = new WebAssembly.Module(await readFile(join(folder, "selvedge.wasm")));
const files = await published(bundle);
const device = await open({ engine, Device: Recorder, module, files, site: "storefront", environment: environmentOf(files) });
let [same, differing, refused] = [0, 0, 0];
for (const [at, line] of lines.entries()) {
  const id = createHash("sha256").update(`${seed} ${at + 1}`).digest().subarray(0, 16);
  const expected = logged[at].replace(/"sealed":(?:"[0-9a-f]+"|\{[^{}]+\})\}$/, '"sealed":null}');
  let found;
  try {
    device.visitor(JSON.parse(line));
    found = device.core.record(id, versionOf(at) < 3 ? old : now, versionOf(at));
  } catch (refusal) {
    if (expected.startsWith('{"error":')) refused += 1;
    else throw refusal;
    continue;
  }
  if (found === expected) same += 1;
  else if (differing++ < 3) console.log(`context ${line}\n  native ${expected}\n  Wasm   ${found}`);
}
console.log(`Wasm: ${same} records are the native ones byte for byte, ${differing} differ, ${refused} contexts refused by both; seed ${seed}`);

// Digests of four messages at once, by the vectors of the Wasm: those of the standard first, then any. Node's are the right ones.
const standard = ["", "616263", "d3", "11af", "b4190e", "74ba2521"].map((digits) => Buffer.from(digits, "hex"));
const message = () => Buffer.from(Array.from({ length: Math.floor(random() * 56) }, () => Math.floor(random() * 256)));
let [digests, wrong] = [0, 0];
const { core } = device;
const ask = (messages) => {
  const all = Buffer.concat(messages);
  const at = core.paper(all.length) >>> 0;
  new Uint8Array(core.memory.buffer, at, all.length).set(all);
  const length = core.first_words(...messages.map((message) => message.length));
  return length < 0 ? undefined : Buffer.from(new Uint8Array(core.memory.buffer, core.reply() >>> 0, length));
};
for (let turn = 0; turn < 25_000; turn++) {
  const messages = Array.from({ length: 4 }, (_, lane) => (turn < standard.length ? standard[(turn + lane) % standard.length] : message()));
  const found = ask(messages);
  for (const [lane, message] of messages.entries()) {
    const expected = createHash("sha256").update(message).digest().subarray(0, 8);
    digests += 1;
    wrong += !found?.subarray(8 * lane, 8 * lane + 8).equals(expected);
  }
}
wrong += ask([Buffer.alloc(56), ...standard.slice(0, 3)]) !== undefined;
console.log(`Wasm: ${digests} digests of messages up to 55 bytes, four at a time, ${wrong} wrong`);
process.exit(again.status === 0 && isWhole && wrong === 0 && differing === 0 && same > 0.9 * lines.length ? 0 : 1);

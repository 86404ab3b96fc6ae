// Audit records by the thousand: logged by the command, made again by the command, and made by the Wasm. All are the same bytes.
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
const secret = createHash("sha256").update(`secret ${seed}`).digest();
const EPOCH = 7;

/** Runs the command; what it prints. */
function run(arguments_, input) {
  const ran = spawnSync(selvedge, arguments_, { input, encoding: "utf8", maxBuffer: 1 << 30 });
  if (ran.error) throw ran.error;
  process.stderr.write(ran.stderr.split("\n").slice(0, 5).join("\n"));
  return ran;
}

await mkdir(work, { recursive: true });
await writeFile(keys, `${EPOCH} ${secret.toString("hex")}\n`);
const random = randomOf(Number(seed));
const lines = await contexts(site, Number(records), random);

const made = run(["decide", bundle, "--context", "-", "--audit", "--values", "--keys", keys, "--ids-from", seed], lines.join("\n") + "\n");
const logged = made.stdout.trimEnd().split("\n");
// Some contexts are none: their line says so, and is no record.
await writeFile(log, logged.filter((line) => line.startsWith('{"v":1,"kind":"audit"')).join("\n") + "\n");

const again = run(["replay", log, "--archive", bundle, "--keys", keys]);
process.stdout.write(`native: ${again.stdout}`);

const { Device } = await import(join(folder, "engine.js"));
/** A device whose core can be asked for records, too. */
class Recorder extends Device {
  constructor(core, memory, admit) {
    super(core, memory, admit);
    this.core = core;
  }
}
const glue = await import(join(folder, "selvedge.js"));
const module = new WebAssembly.Module(await readFile(join(folder, "selvedge_bg.wasm")));
const files = await published(bundle);
const device = await open({ glue, Device: Recorder, module, files, site: "storefront", environment: environmentOf(files) });
let [same, differing, refused] = [0, 0, 0];
for (const [at, line] of lines.entries()) {
  const id = createHash("sha256").update(`${seed} ${at + 1}`).digest().subarray(0, 16);
  const expected = logged[at].replace(/"sealed":"[0-9a-f]+"\}$/, '"sealed":null}');
  let found;
  try {
    device.visitor(JSON.parse(line));
    found = device.core.record(id, EPOCH, secret);
  } catch (refusal) {
    if (expected.startsWith('{"error":')) refused += 1;
    else throw refusal;
    continue;
  }
  if (found === expected) same += 1;
  else if (differing++ < 3) console.log(`context ${line}\n  native ${expected}\n  Wasm   ${found}`);
}
console.log(`Wasm: ${same} records are the native ones byte for byte, ${differing} differ, ${refused} contexts refused by both; seed ${seed}`);
process.exit(again.status === 0 && differing === 0 && same > 0.9 * lines.length ? 0 : 1);

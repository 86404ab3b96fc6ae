// The memory of the Worker over a million pages, in workerd: whether it goes on growing.
//
//   node worker.mjs --selvedge PATH --modules FOLDER --edge FOLDER --out FOLDER [--pages N]
//
// Every page has an address that was never asked for, and a visitor whom nobody has seen before. Half of the pages have slots. It prints the
// memory of the process twenty times, and ends with exit code 1 if the last half of the run grew by more than a tenth.

import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { configure } from "../pages/configure.mjs";
import { page, published } from "../pages/site.mjs";
import { started } from "../pages/workerd.mjs";
import { verdict } from "./verdict.mjs";

const { values: options } = parseArgs({
  options: { selvedge: { type: "string" }, modules: { type: "string" }, edge: { type: "string" }, out: { type: "string" }, pages: { type: "string", default: "1000000" } },
});
const pages = Number(options.pages);
const IN_FLIGHT = 8;
const STEPS = 20;

const work = join(options.out, "memory");
rmSync(work, { recursive: true, force: true });
mkdirSync(work, { recursive: true });
const site = published(options.selvedge, join(options.out, "memory-site"));
const { selvedge } = configure({ ...options, work, pages: { small: page(2000) }, ...site }, ["selvedge"]);
const workerd = createRequire(join(options.modules, "x"))("workerd").default;
const worker = await started(workerd, selvedge);

const resident = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${worker.pid}/status`, "utf8"))[1]);
let [asked, changed] = [0, 0];
async function one(number) {
  const cookie = `selvedge-consent=v=1&epoch=1&functional=1&analytics=1&personalization=1&storage=1; selvedge-id=${number.toString(36).padStart(22, "v")}`;
  const headers = { "cf-blob": JSON.stringify({ country: number % 4 < 2 ? "DE" : "GB" }), cookie, "accept-encoding": "identity" };
  const { status, body } = await worker.get(`/${number % 2 ? "q" : "p"}/small?visit=${number}`, headers);
  if (status !== 200) throw new Error(`page ${number}: ${status}`);
  changed += body.includes("Winter");
}
async function until(limit) {
  await Promise.all(
    Array.from({ length: IN_FLIGHT }, async () => {
      while (asked < limit) await one(asked++);
    }),
  );
}
const begun = performance.now();
const seen = [];
for (let step = 1; step <= STEPS; step++) {
  await until(Math.round((pages * step) / STEPS));
  seen.push(resident());
  const rate = (1000 * asked) / (performance.now() - begun);
  process.stderr.write(`${asked} pages, ${changed} of them changed, ${rate.toFixed(0)} a second: ${seen.at(-1)} KiB\n`);
}
worker.stop();
console.log(`Worker: ${asked} pages of as many visitors and addresses, ${changed} of them changed`);
process.exit(verdict("resident memory of workerd", seen) && changed > pages / 5 ? 0 : 1);

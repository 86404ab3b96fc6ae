// Pages through real Workers: ours beside its peers, each in a workerd of its own, in turns.
//
//   node run.mjs --selvedge PATH --modules FOLDER --edge FOLDER --out FOLDER [--quick] [--rounds N]
//
// It refuses a Worker that does not make the changes. It prints its progress to stderr and the tables to stdout, and writes
// pages.json, pages.md and pages.svg. It asserts no time.

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { chart } from "./chart.mjs";
import { configure } from "./configure.mjs";
import { budgets, markdown, text } from "./report.mjs";
import { CHANGES, SIZES, page, published } from "./site.mjs";
import { started } from "./workerd.mjs";

const { values: options } = parseArgs({
  options: {
    selvedge: { type: "string" },
    modules: { type: "string" },
    edge: { type: "string" },
    out: { type: "string" },
    rounds: { type: "string" },
    quick: { type: "boolean", default: false },
  },
});
const rounds = Number(options.rounds ?? (options.quick ? 3 : 15));
if (!Number.isInteger(rounds) || rounds < 1) throw new Error("--rounds takes a whole number");

const require = createRequire(join(options.modules, "x"));
const workerd = require("workerd").default;

/** The Workers, by the names of their files. */
const WORKERS = {
  pass: { name: "pass-through" },
  empty: { name: "empty HTMLRewriter" },
  plain: { name: "plain HTMLRewriter" },
  selvedge: { name: "Selvedge" },
  growthbook: { name: "GrowthBook edge-cloudflare", share: 0.1 },
};
/** Pages of one turn. A turn takes about a tenth of a second. */
const TURN = { "20 KB": 80, "200 KB": 40, "1 MB": 12 };
const IN_FLIGHT = 4;
const FIRST_BYTES = 10;
/** Pages before the first turn: code that runs often is compiled again, for speed, within so many. */
const WARM = { "20 KB": 1500, "200 KB": 200, "1 MB": 40 };
/** As a network says it of a visitor. */
const HEADERS = {
  "cf-blob": JSON.stringify({ country: "DE" }),
  cookie: "selvedge-consent=v=1&epoch=1&functional=1&analytics=1&personalization=1&storage=1",
  "accept-encoding": "identity",
};
/** Pages with slots, and the same where there are none. */
const cases = Object.keys(SIZES).flatMap((size) => [{ size, isBare: false }, { size, isBare: true }]);

const work = join(options.out, "pages");
rmSync(work, { recursive: true, force: true });
mkdirSync(work, { recursive: true });
const site = published(options.selvedge, join(options.out, "pages-site"));
const workers = { ...options, work, pages: Object.fromEntries(Object.entries(SIZES).map(([size, bytes]) => [slug(size), page(bytes)])), ...site };
const configs = configure(workers, Object.keys(WORKERS));
const results = { rounds, day: new Date().toISOString().slice(0, 10), machine: `${cpus()[0]?.model?.trim() ?? "unknown"}, ${cpus().length} cores`, names: {}, cases: [], cold: {}, refused: {} };

const running = {};
for (const [key, { name }] of Object.entries(WORKERS)) {
  const worker = await started(workerd, configs[key]);
  const refusal = await refused(key, worker);
  if (refusal) {
    results.refused[key] = { name, reason: refusal };
    progress(`${name}: refused, ${refusal}`);
    worker.stop();
    continue;
  }
  results.names[key] = name;
  running[key] = worker;
  progress(`${name} is ready`);
  for (const { size, isBare } of cases) await burst(worker, path(size, isBare), share(key, WARM[size]));
}
if (!running.selvedge) throw new Error("there is nothing to compare without Selvedge");

for (const { size, isBare } of cases) {
  const samples = Object.fromEntries(Object.keys(running).map((key) => [key, []]));
  for (let round = 0; round < rounds; round++) {
    for (const key of turned(Object.keys(running), round)) samples[key].push(await measured(key, path(size, isBare), TURN[size]));
  }
  const origin = Buffer.byteLength(page(SIZES[size]));
  results.cases.push({ size, isBare, origin, samples });
  const shown = Object.entries(samples).map(([key, all]) => `${key} ${median(all.map(({ cpu }) => cpu)).toFixed(2)}`);
  progress(`${size}${isBare ? ", without slots" : ""}, ms of CPU a page: ${shown.join(", ")}`);
}
Object.values(running).forEach((worker) => worker.stop());

for (let round = 0; round < rounds; round++) {
  for (const key of turned(Object.keys(running), round)) (results.cold[key] ??= []).push(await cold(key));
}
progress(`cold, ms to the first page: ${Object.entries(results.cold).map(([key, all]) => `${key} ${median(all.map(({ lastMs }) => lastMs)).toFixed(1)}`).join(", ")}`);

writeFileSync(join(options.out, "pages.json"), `${JSON.stringify(results, null, 1)}\n`);
writeFileSync(join(options.out, "pages.md"), markdown(results));
writeFileSync(join(options.out, "pages.svg"), chart(results));
console.log(text(results));
console.log(budgets(results).map(({ line }) => line).join("\n"));

/** Why this Worker is not to be timed. */
async function refused(key, worker) {
  const [changed, bare] = [await worker.get(path("20 KB", false), HEADERS), await worker.get(path("20 KB", true), HEADERS)];
  const [html, origin] = [changed.body.toString(), page(SIZES["20 KB"])];
  if (changed.status !== 200 || bare.status !== 200) return `it answers with ${changed.status} and ${bare.status}`;
  if (key !== "growthbook" && bare.body.toString() !== origin) return "it changes a page without slots";
  // What the origin has there may be kept, where nobody sees it.
  const seen = html.replaceAll(/<template[^>]*>.*?<\/template>/gs, "");
  const missing = CHANGES.filter(({ html: put }) => !seen.includes(put));
  if (key === "pass" || key === "empty") return html === origin ? undefined : "it changes the page";
  return missing.length > 0 ? `it does not change ${missing.map(({ slot }) => slot).join(", ")}` : undefined;
}

/** One turn of a Worker: pages a second, CPU a page, time to the first byte, bytes. */
async function measured(key, path, pages) {
  const worker = running[key];
  const count = share(key, pages);
  const [cpu, begun] = [worker.cpuMs(), performance.now()];
  const bytes = await burst(worker, path, count);
  const took = performance.now() - begun;
  const used = worker.cpuMs() - cpu;
  const first = [];
  for (let at = 0; at < share(key, FIRST_BYTES); at++) first.push((await worker.get(path, HEADERS)).firstMs);
  return { rate: (1000 * count) / took, cpu: used / count, first: median(first), bytes };
}

/** So many pages, a few at a time; gives the bytes of the last. */
async function burst(worker, path, count) {
  let [left, bytes] = [count, 0];
  const one = async () => {
    while (left-- > 0) bytes = (await worker.get(path, HEADERS)).body.length;
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, one));
  return bytes;
}

/** The first page of a process that has served none. */
async function cold(key) {
  const worker = await started(workerd, configs[key]);
  try {
    const cpu = worker.cpuMs();
    const { firstMs, lastMs } = await worker.get(path("20 KB", false), HEADERS);
    return { startMs: worker.startMs, firstMs, lastMs, cpu: worker.cpuMs() - cpu };
  } finally {
    worker.stop();
  }
}

function path(size, isBare) {
  return `/${isBare ? "q" : "p"}/${slug(size)}`;
}

function slug(size) {
  return size.toLowerCase().replace(" ", "-");
}

function share(key, count) {
  return Math.max(2, Math.round((WORKERS[key].share ?? 1) * count));
}

/** Another begins each round, so that none is always the first after a pause. */
function turned(keys, round) {
  return keys.map((_, at) => keys[(at + round) % keys.length]);
}

function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

function progress(line) {
  process.stderr.write(`${line}\n`);
}

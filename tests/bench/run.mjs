// The bench: every engine beside ours, on the same workload, each in its own process, in turns.
//
//   node run.mjs --selvedge PATH --esbuild PATH --out FOLDER [--quick] [--engines a,b] [--rounds N] [--seed N]
//
// It refuses an engine whose answers are not the reference's, prints its progress to stderr and the tables to stdout, and writes
// results.json, table.md and bench.svg. It asserts no time.

import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { brotliCompressSync, gzipSync } from "node:zlib";

import { chart } from "./chart.mjs";
import { digest } from "./reference.mjs";
import { budgets, markdown, text } from "./report.mjs";
import { slotWorkload, workload } from "./workload.mjs";

const here = new URL("./", import.meta.url).pathname;
const OURS = "selvedge";
const SLOT = "slot";
const CHECK_SIZE = 100;
const CHILD_MS_MAX = 300_000;

const { values: options } = parseArgs({
  options: {
    selvedge: { type: "string" },
    esbuild: { type: "string" },
    out: { type: "string" },
    engines: { type: "string" },
    rounds: { type: "string" },
    seed: { type: "string" },
    quick: { type: "boolean", default: false },
  },
});
const rounds = Number(options.rounds ?? (options.quick ? 1 : 5));
const seed = Number(options.seed ?? 20261121);
const sizes = options.quick ? [10, 100, 1000] : [10, 100, 1000, 10_000];
const places = { selvedge: options.selvedge, folder: join(options.out, "site") };
if (!Number.isInteger(rounds) || rounds < 1 || !Number.isInteger(seed)) fail("--rounds and --seed take whole numbers");

const known = readdirSync(join(here, "engines")).map((file) => file.replace(/\.mjs$/, ""));
const wanted = options.engines?.split(",") ?? known;
for (const name of wanted) if (!known.includes(name)) fail(`there is no engine \`${name}\`; there are ${known.join(", ")}`);
// Ours first: every ratio is to it.
const names = [OURS, ...wanted.filter((name) => name !== OURS)];

const work = join(options.out, "work");
rmSync(work, { recursive: true, force: true });
mkdirSync(work, { recursive: true });
progress(`seed ${seed}, ${rounds} ${rounds === 1 ? "round" : "rounds"}, flags ${sizes.join(", ")}`);

const workloads = new Map(sizes.map((size) => [size, workload(seed, size)]));
const slotWorkloads = new Map(sizes.map((size) => [size, slotWorkload(seed, size)]));
const results = {
  seed,
  rounds,
  sizes,
  day: new Date().toISOString().slice(0, 10),
  machine: `${cpus()[0]?.model?.trim() ?? "unknown"}, ${cpus().length} cores, Node ${process.versions.node}`,
  workload: digest(JSON.stringify([...workloads.values()])),
  engines: {},
  refused: {},
};

const engines = [];
for (const name of names) {
  const adapter = await import(`./engines/${name}.mjs`);
  const refusal = (await prepared(name, adapter)) ?? (await checked(name));
  if (refusal) {
    results.refused[name] = { name: adapter.name, reason: refusal };
    progress(`${adapter.name}: refused, ${refusal}`);
    if (name === OURS) fail("nothing can be compared with an engine of ours that is wrong");
    continue;
  }
  engines.push({ name, adapter });
  Object.assign(results.engines[name], { name: adapter.name, note: adapter.note, version: version(adapter), code: await codeSize(adapter) });
}

const samples = new Map();
const begun = Date.now();
for (let round = 0; round < rounds; round++) {
  for (const [kind, size] of [...sizes.map((size) => ["flags", size]), ...sizes.map((size) => [SLOT, size])]) {
    // Another engine begins each round, so that none is always the first after a pause.
    const order = engines.map((_, at) => engines[(at + round) % engines.length]);
    for (const { name, adapter } of order) {
      if (!applies(adapter, kind, size)) continue;
      const measured = await child(name, file(name, kind, size), "measure");
      const key = `${name} ${kind} ${size}`;
      if (measured.error) {
        progress(`${key}: ${measured.error}`);
        continue;
      }
      samples.set(key, [...(samples.get(key) ?? []), measured]);
      const elapsed = ((Date.now() - begun) / 60_000).toFixed(1);
      const what = kind === SLOT ? `a slot of ${size} rules` : `${size} flags`;
      progress(`${elapsed} min  round ${round + 1}/${rounds}  ${what}  ${adapter.name}: ${measured.one_us.toFixed(2)} µs a decision`);
    }
  }
}
for (const [key, measured] of samples) {
  const [name, kind, size] = key.split(" ");
  const medians = Object.fromEntries(Object.keys(measured[0]).map((metric) => [metric, median(measured.map((one) => one[metric]))]));
  const entry = results.engines[name];
  Object.assign(((entry[kind] ??= {})[size] ??= {}), medians, kind === SLOT ? {} : entry.payloads[size]);
}
progress("a million visitors whom nobody has seen before");
results.flat = await child(OURS, file(OURS, "flags", CHECK_SIZE), "flat");

writeFileSync(join(options.out, "results.json"), `${JSON.stringify(results, null, 2)}\n`);
writeFileSync(join(options.out, "table.md"), markdown(results));
writeFileSync(join(options.out, "bench.svg"), chart(results));
console.log(text(results));
console.log(budgets(results).map(({ line }) => line).join("\n"));
progress(`written: results.json, table.md and bench.svg in ${options.out}`);

/** Writes what the engine's processes read; gives why it cannot. */
async function prepared(name, adapter) {
  const entry = (results.engines[name] = { payloads: {} });
  try {
    await adapter.load?.();
    for (const size of new Set([CHECK_SIZE, ...sizes])) {
      for (const kind of ["flags", SLOT]) {
        if (!applies(adapter, kind, size)) continue;
        const { flags, visitors } = kind === SLOT ? slotWorkload(seed, size) : (workloads.get(size) ?? workload(seed, size));
        const payload = kind === SLOT ? adapter.slot(SLOT, flags, places) : adapter.payload(flags, places);
        const keys = kind === SLOT ? [SLOT] : flags.map(({ key }) => key);
        const checked = size === CHECK_SIZE ? flags : [];
        const slot = kind === SLOT ? SLOT : undefined;
        writeFileSync(file(name, kind, size), JSON.stringify({ payload, keys, flags: checked, visitors, all: !slot, slot }));
        if (slot) continue;
        const shipped = adapter.shipped ? await adapter.shipped(Buffer.from(payload)) : [Buffer.from(payload)];
        const sum = (measure) => shipped.reduce((sum, bytes) => sum + measure(bytes), 0);
        entry.payloads[size] = { raw: sum((bytes) => bytes.length), gzip: sum((bytes) => gzipSync(bytes, { level: 9 }).length) };
      }
    }
    return undefined;
  } catch (error) {
    delete results.engines[name];
    return String(error?.message ?? error).slice(0, 500);
  }
}

/** Why the engine's answers are not to be timed. */
async function checked(name) {
  for (const kind of ["flags", SLOT]) {
    if (!applies(await import(`./engines/${name}.mjs`), kind, CHECK_SIZE)) continue;
    const { error, answers, on, wrong, example, firstArm } = await child(name, file(name, kind, CHECK_SIZE), "check");
    const refusal = error ?? (wrong ? `${wrong} of ${answers} answers are wrong: ${example}` : undefined);
    if (refusal) {
      delete results.engines[name];
      return refusal;
    }
    if (kind === "flags") {
      results.engines[name].checked = { answers, on, wrong };
      progress(`${name}: ${answers} answers are the reference's, ${on} of them on, ${Math.round(100 * firstArm)} % in the first arm`);
    }
  }
  return undefined;
}

function applies(adapter, kind, size) {
  return size <= (adapter.most ?? Infinity) && (kind === "flags" || adapter.slot !== undefined);
}

function file(name, kind, size) {
  return join(work, `${name}-${kind}-${size}.json`);
}

/** Runs one process and reads its line. */
function child(name, file, task) {
  return new Promise((resolve) => {
    const node = spawn(process.execPath, ["--expose-gc", "--max-old-space-size=4096", join(here, "measure.mjs"), name, file, task], { stdio: ["ignore", "pipe", "pipe"] });
    let [out, errors] = ["", ""];
    node.stdout.on("data", (data) => (out += data));
    node.stderr.on("data", (data) => (errors = (errors + data).slice(-400)));
    const timer = setTimeout(() => node.kill("SIGKILL"), CHILD_MS_MAX);
    node.on("close", (status, signal) => {
      clearTimeout(timer);
      try {
        resolve(JSON.parse(out.trim().split("\n").at(-1)));
      } catch {
        resolve({ error: signal ? `ended by ${signal} after ${CHILD_MS_MAX / 1000} s` : `ended with ${status}: ${errors.trim().split("\n").slice(-3).join(" ")}` });
      }
    });
  });
}

/** What a page or a Worker would have to load: minified, then compressed. */
async function codeSize({ code }) {
  if (!code) return undefined;
  const parts = (code.files ?? []).map((file) => readFileSync(file));
  for (const file of code.wasm ?? []) parts.push(readFileSync(join(here, "node_modules", file)));
  if (code.entry) {
    const flags = ["--bundle", "--minify", "--format=esm", "--target=es2020", `--platform=${code.platform ?? "browser"}`, "--log-level=error"];
    const bundled = spawnSync(options.esbuild, flags, { cwd: here, input: code.entry, maxBuffer: 1 << 26 });
    if (bundled.status !== 0) return { error: String(bundled.error ?? bundled.stderr).slice(0, 300) };
    parts.push(bundled.stdout);
  }
  const sum = (measure) => parts.reduce((sum, bytes) => sum + measure(bytes), 0);
  return { raw: sum((bytes) => bytes.length), gzip: sum((bytes) => gzipSync(bytes, { level: 9 }).length), brotli: sum((bytes) => brotliCompressSync(bytes).length) };
}

/** The package that the adapter is for, as the lock file has it. */
function version({ code }) {
  const source = code?.wasm?.[0] ?? code?.entry?.match(/from "([^"]+)"/)?.[1];
  const name = source?.match(/^(@[^/]+\/[^/]+|[^/]+)/)?.[1];
  const { packages } = JSON.parse(readFileSync(join(here, "package-lock.json"), "utf8"));
  return packages[`node_modules/${name}`]?.version;
}

function median(values) {
  const sorted = values.filter((value) => typeof value === "number").sort((a, b) => a - b);
  return sorted.length ? sorted[sorted.length >> 1] : null;
}

function progress(line) {
  process.stderr.write(`${line}\n`);
}

function fail(why) {
  progress(`error: ${why}`);
  process.exit(2);
}

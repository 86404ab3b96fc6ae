// What a release of 1,000 rules costs: the first page of a new isolate beside a Worker that only passes it on, and the bytes of a change of one rule.
//
//     SELVEDGE=… node tests/host/worker-cold.mjs [--rules N] [--rounds N]
//
// The rounds are paired: in each, one new isolate of either kind answers its first page, in turn. Both have the same origin.
import { appendFile, cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";

import { Miniflare, Response } from "miniflare";

import { published, sha256 } from "./support/bundle.mjs";
import { well } from "./support/selvedge.mjs";
import { everything, pageBlock, workerModules } from "./support/worker.mjs";

const SITE = join(import.meta.dirname, "browser/site");
const options = { rules: 1_000, rounds: 15 };
for (let at = 2; at < process.argv.length; at += 2) options[process.argv[at].slice(2)] = Number(process.argv[at + 1]);
const { rules, rounds } = options;

const folder = await mkdtemp(join(tmpdir(), "selvedge-cold-"));
const site = join(folder, "site");
await cp(SITE, site, { recursive: true, filter: (path) => !path.includes(".selvedge") });
const hint = join(site, "experiences/hint.toml");
await appendFile(join(site, "attributes.toml"), '\n[request.country]\ntype = "symbol"\nvalues = "iso-3166-1"\nsource = "request"\npurposes = ["contextual"]\ndescription = "Country of the address"\n');
const head = (await readFile(hint, "utf8")).split("[[rule]]")[0];
const COUNTRIES = ["AT", "BE", "CH", "CZ", "DK", "ES", "FI", "FR", "IE", "IT"];
const rule = (at, more) => `[[rule]]\nall = ['visitor.visits_30d == ${at % 1_000}', 'page.part == "home"', 'request.country in ["DE", "${COUNTRIES[(at >> 3) % 10]}"${more}]']\nshow = "c/hint"\n`;
const build = async (name, changed) => {
  const all = Array.from({ length: rules }, (_, at) => rule(at, at === changed ? ', "NO"' : ""));
  await writeFile(hint, head + all.join("\n"));
  const out = join(folder, name);
  await well(["build", site, "--out", out, "--env", "development"], { SOURCE_DATE_EPOCH: String(Math.floor(Date.now() / 1000) - (name === "one" ? 120 : 60)) });
  return published(out);
};
const [one, two] = [await build("one"), await build("two", rules >> 1)];
const page = await readFile(join(SITE, "pages/index.html"));

const pack = (bytes) => brotliCompressSync(bytes).length;
const sum = (entries, size) => entries.reduce((all, [, bytes]) => all + size(bytes), 0);
const changes = [...two].filter(([key, bytes]) => !one.get(key)?.equals(bytes));
const isHead = ([key]) => key.endsWith("/head");
const plain = (bytes) => bytes.length;
console.log(`${rules} rules: ${sum([...two], plain)} bytes in ${two.size} files, ${sum([...two], pack)} with brotli`);
console.log(`one rule changed: ${changes.length} files of ${sum(changes, plain)} bytes, ${sum(changes, pack)} with brotli; the head alone has ${sum(changes.filter(isHead), plain)}`);

const origin = () => new Response(page, { headers: { "content-type": "text/html" } });
const shared = { compatibilityDate: "2026-04-01", serviceBindings: { ORIGIN: origin, LOG: () => new Response(null, { status: 204 }) }, cache: false };
const pass = (round) => ({ ...shared, name: `pass-${round}`, modules: true, script: "export default { fetch: (request, env) => env.ORIGIN.fetch(request) };" });
import { readdir as rd } from "node:fs/promises";
const mods = async (folder) => { const files = (await rd(folder, { recursive: true, withFileTypes: true })).filter((f) => f.isFile()).map((f) => join(f.parentPath ?? f.path, f.name).slice(folder.length + 1)).sort((a, b) => (a === "shim.mjs" ? 0 : 1) - (b === "shim.mjs" ? 0 : 1)); return Promise.all(files.map(async (path) => { const contents = await readFile(join(folder, path)); return path.endsWith(".wasm") ? { type: "CompiledWasm", path, contents } : { type: "ESModule", path, contents: contents.toString() }; })); };
const modules = await mods(process.env.NEW), old = await mods(process.env.OLD);
const bindings = { SITE: "changes", ENVIRONMENT: "development", ROOT_SHA256: sha256(one.get("v1/development/root/1.cose")), ALLOW_OVERRIDES: "true", MEASUREMENT_KEY: `7:${"6b".repeat(32)}` };
const theirs = (round) => ({ ...shared, name: `old-${round}`, modules: old, bindings, kvNamespaces: { BUNDLES: "shared" } });
const ours = (round) => ({ ...shared, name: `ours-${round}`, modules, bindings, kvNamespaces: { BUNDLES: "shared" } });
const names = Array.from({ length: rounds + 1 }, (_, round) => round);
const miniflare = new Miniflare({ cf: false, workers: [...names.map(ours), ...names.map(theirs), ...names.map(pass)] });
const store = await miniflare.getKVNamespace("BUNDLES", "ours-0");
for (const [key, bytes] of one) await store.put(key, new Uint8Array(bytes).buffer);
const today = Math.floor(Date.now() / 864e5);
const headers = { "x-selvedge-region": "DE", cookie: `${everything}; selvedge-state=visitor.visits_30d=6~${today}` };
async function first(name) {
  const worker = await miniflare.getWorker(name);
  const begun = performance.now();
  const html = await (await worker.fetch("https://shop.example/", { headers })).text();
  const took = performance.now() - begun;
  if (name.startsWith("ours") && !pageBlock(html)) throw new Error("the page was not decided");
  return took;
}
const times = [];
for (const round of names) {
  const order = [["ours", "old", "pass"],["old","ours","pass"],["pass","ours","old"],["pass","old","ours"]][round%4];
  const took = {};
  for (const kind of order) took[kind] = await first(`${kind}-${round}`);
  if (round > 0) times.push(took); // the first round warms the process
}
const middle = (values) => values.sort((a, b) => a - b)[values.length >> 1];
const q = (v, p) => v.sort((a, b) => a - b)[Math.floor(v.length * p)].toFixed(1);
for (const k of ["ours", "old", "pass"]) console.log(k, [0, .1, .25, .5, .75].map((p) => q(times.map((t) => t[k]), p)).join(" "));
console.log("new/pass", [0, .25, .5].map((p) => q(times.map((t) => t.ours / t.pass), p)).join(" "), "old/pass", [0, .25, .5].map((p) => q(times.map((t) => t.old / t.pass), p)).join(" "));
await miniflare.dispose();
await rm(folder, { recursive: true });

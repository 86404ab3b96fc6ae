// One engine everywhere: random contexts, answered natively and by each engine on three hosts, compared byte for byte. An engine that
// can do too little refuses the site.
//
//   node run.mjs SEED SELVEDGE CHROMIUM NAME=SITE=BUNDLE…
import { spawnSync } from "node:child_process";
import { createServer } from "node:http";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { Miniflare } from "miniflare";
import { chromium } from "playwright-core";

import { dist, environmentOf, published } from "../support/bundle.mjs";
import { answers, open } from "./answer.mjs";
import { contexts, randomOf } from "./generate.mjs";

const CONTEXTS_PER_SITE = 1000;
const [seed, selvedge, chromiumPath, ...sites] = process.argv.slice(2);
const here = new URL("./", import.meta.url).pathname;
const browser = join(dist, "browser");
const files = (names) => Promise.all(names.map(async ([name, folder]) => [name, await readFile(join(folder, name))]));
const modules = await files([["answer.mjs", here], ["engine.js", browser]]);
/** From the one that can do least. */
const ENGINES = ["rules", "language", "selvedge"];
const wasm = await files(ENGINES.map((name) => [`${name}.wasm`, browser]));

/** Lines of one site and the published files behind them. */
async function prepare(spec, random) {
  const [name, folder, bundle] = spec.split("=");
  const lines = await contexts(folder, CONTEXTS_PER_SITE, random);
  const content = await published(bundle);
  const block = spawnSync(selvedge, ["block", bundle], { encoding: "utf8" }).stdout;
  const least = /"engine":"(\w+)"/.exec(block)[1];
  return { name, bundle, lines, least, files: content, environment: environmentOf(content) };
}

/** The command line, as anyone would call it. */
function native({ bundle, lines }) {
  const run = spawnSync(selvedge, ["decide", bundle, "--json", "--context", "-"], {
    input: lines.join("\n") + "\n",
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (run.error) throw run.error;
  return run.stdout.trimEnd().split("\n");
}

async function node() {
  const engine = await import(join(browser, "engine.js"));
  const compiled = Object.fromEntries(wasm.map(([name, bytes]) => [name, new WebAssembly.Module(bytes)]));
  return {
    async answer(site, name) {
      const device = await open({ engine, module: compiled[`${name}.wasm`], ...scope(site), files: site.files });
      return device && answers(device, site.lines);
    },
    stop() {},
  };
}

/** What every host gets of a site: its scope and files, as JSON can carry them. */
const scope = ({ name, environment }) => ({ site: name, environment });
const parcel = (site, engine) =>
  JSON.stringify({ ...scope(site), engine, lines: site.lines, files: [...site.files].map(([key, bytes]) => [key, bytes.toString("base64")]) });

/** Opens a parcel: the same text runs in the Worker and in the page. */
const unpack = `async (parcel, module, engine, { open, answers }) => {
  const bytes = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const files = new Map(parcel.files.map(([key, text]) => [key, bytes(text)]));
  const device = await open({ engine, module, files, site: parcel.site, environment: parcel.environment });
  return device && answers(device, parcel.lines);
}`;

async function workerd() {
  const main = `
    import * as engine from "./engine.js";
    import * as host from "./answer.mjs";
    ${ENGINES.map((name) => `import ${name} from "./${name}.wasm";`).join(" ")}
    const engines = { ${ENGINES} };
    const unpack = ${unpack};
    export default { async fetch(request) {
      const parcel = await request.json();
      return Response.json(await unpack(parcel, engines[parcel.engine], engine, host));
    } };`;
  const miniflare = new Miniflare({
    cf: false,
    compatibilityDate: "2026-04-01",
    modules: [
      { type: "ESModule", path: "main.mjs", contents: main },
      ...modules.map(([path, contents]) => ({ type: "ESModule", path, contents: contents.toString() })),
      ...wasm.map(([path, contents]) => ({ type: "CompiledWasm", path, contents })),
    ],
  });
  return {
    answer: async (site, engine) => (await miniflare.dispatchFetch("http://parity/", { method: "POST", body: parcel(site, engine) })).json(),
    stop: () => miniflare.dispose(),
  };
}

async function chrome() {
  const served = new Map([...modules, ...wasm].map(([name, bytes]) => [`/${name}`, bytes]));
  const server = createServer((request, response) => {
    const type = request.url.endsWith(".wasm") ? "application/wasm" : request.url === "/" ? "text/html" : "text/javascript";
    const bytes = request.url === "/" ? "<!doctype html><title>Parity</title>" : served.get(request.url);
    response.writeHead(bytes ? 200 : 404, { "content-type": type });
    response.end(bytes);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const instance = await chromium.launch({
    executablePath: chromiumPath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
  });
  const page = await instance.newPage();
  // WebCrypto is there on localhost, which counts as a secure context.
  await page.goto(`http://localhost:${server.address().port}/`);
  return {
    answer: (site, engine) =>
      page.evaluate(
        async ([parcel, unpack]) => {
          const [engine, host] = await Promise.all([import("/engine.js"), import("/answer.mjs")]);
          const opened = JSON.parse(parcel);
          const module = await WebAssembly.compileStreaming(fetch(`/${opened.engine}.wasm`));
          return (0, eval)(unpack)(opened, module, engine, host);
        },
        [parcel(site, engine), unpack],
      ),
    async stop() {
      await instance.close();
      server.close();
    },
  };
}

const random = randomOf(Number(seed));
const prepared = [];
for (const site of sites) prepared.push(await prepare(site, random));
await mkdir(join(dist, "../target/parity"), { recursive: true });
const hosts = [["Node", await node()], ["workerd", await workerd()], ["Chromium", await chrome()]];
let vectors = 0;
let differences = 0;
let compared = 0;
let decided = 0;
for (const site of prepared) {
  const expected = native(site);
  const record = site.lines.map((line, at) => `{"context":${line},"answer":${expected[at]}}\n`).join("");
  await writeFile(join(dist, `../target/parity/${site.name}.jsonl`), record);
  vectors += site.lines.length;
  const shown = new Set();
  for (const line of expected) {
    const answer = JSON.parse(line);
    for (const [slot, decision] of Object.entries(answer.decisions ?? {})) shown.add(`${slot}=${decision.content}`);
    decided += answer.decisions ? 1 : 0;
  }
  for (const [place, host] of hosts) {
    for (const [at, engine] of ENGINES.entries()) {
      const name = `${engine}.wasm on ${place}`;
      const found = await host.answer(site, engine);
      if (!found && at < ENGINES.indexOf(site.least)) {
        console.log(`${site.name}: ${name} refuses it`);
        continue;
      }
      let differs = 0;
      for (let at = 0; at < site.lines.length; at++) {
        if (found?.[at] === expected[at]) continue;
        if (differs++ < 3) console.log(`${site.name}, ${name}:\n  context ${site.lines[at]}\n  native  ${expected[at]}\n  found   ${found?.[at]}`);
      }
      if (found?.length !== expected.length) differs++;
      compared += site.lines.length;
      differences += differs;
      console.log(`${site.name}: ${found?.length} answers on ${name}, ${differs} differ from the native ones`);
    }
  }
  console.log(`${site.name}: ${shown.size} different outcomes of its slots`);
}
await Promise.all(hosts.map(([, host]) => host.stop()));
// Vectors that are all refused would agree, and prove nothing.
const proves = decided > 0.9 * vectors;
if (!proves) console.log(`only ${decided} of ${vectors} contexts were decided at all`);
console.log(`seed ${seed}`);
console.log(`${vectors} vectors, ${compared} comparisons, ${differences} differences on ${hosts.length + 1} hosts`);
process.exit(differences === 0 && proves ? 0 : 1);

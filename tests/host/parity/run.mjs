// One engine everywhere: random contexts, answered natively and on three hosts of the Wasm, compared byte for byte.
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
const modules = await files([["answer.mjs", here], ["selvedge.js", browser], ["engine.js", browser]]);
const wasm = await readFile(join(browser, "selvedge_bg.wasm"));

/** Lines of one site and the published files behind them. */
async function prepare(spec, random) {
  const [name, folder, bundle] = spec.split("=");
  const lines = await contexts(folder, CONTEXTS_PER_SITE, random);
  const content = await published(bundle);
  return { name, bundle, lines, files: content, environment: environmentOf(content) };
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
  const { Device } = await import(join(browser, "engine.js"));
  const glue = await import(join(browser, "selvedge.js"));
  const module = new WebAssembly.Module(wasm);
  return {
    answer: async (site) => answers(await open({ glue, Device, module, ...scope(site), files: site.files }), site.lines),
    stop() {},
  };
}

/** What every host gets of a site: its scope and files, as JSON can carry them. */
const scope = ({ name, environment }) => ({ site: name, environment });
const parcel = (site) =>
  JSON.stringify({ ...scope(site), lines: site.lines, files: [...site.files].map(([key, bytes]) => [key, bytes.toString("base64")]) });

/** Opens a parcel: the same text runs in the Worker and in the page. */
const unpack = `async (parcel, module, glue, { Device }, { open, answers }) => {
  const bytes = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const files = new Map(parcel.files.map(([key, text]) => [key, bytes(text)]));
  return answers(await open({ glue, Device, module, files, site: parcel.site, environment: parcel.environment }), parcel.lines);
}`;

async function workerd() {
  const main = `
    import * as glue from "./selvedge.js";
    import * as engine from "./engine.js";
    import * as host from "./answer.mjs";
    import module from "./selvedge_bg.wasm";
    const unpack = ${unpack};
    export default { async fetch(request) { return Response.json(await unpack(await request.json(), module, glue, engine, host)); } };`;
  const miniflare = new Miniflare({
    cf: false,
    compatibilityDate: "2026-04-01",
    modules: [
      { type: "ESModule", path: "main.mjs", contents: main },
      ...modules.map(([path, contents]) => ({ type: "ESModule", path, contents: contents.toString() })),
      { type: "CompiledWasm", path: "selvedge_bg.wasm", contents: wasm },
    ],
  });
  return {
    answer: async (site) => (await miniflare.dispatchFetch("http://parity/", { method: "POST", body: parcel(site) })).json(),
    stop: () => miniflare.dispose(),
  };
}

async function chrome() {
  const served = new Map([...modules, ["selvedge_bg.wasm", wasm]].map(([name, bytes]) => [`/${name}`, bytes]));
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
    answer: (site) =>
      page.evaluate(
        async ([parcel, unpack]) => {
          const [glue, engine, host] = await Promise.all([import("/selvedge.js"), import("/engine.js"), import("/answer.mjs")]);
          const module = await WebAssembly.compileStreaming(fetch("/selvedge_bg.wasm"));
          return (0, eval)(unpack)(JSON.parse(parcel), module, glue, engine, host);
        },
        [parcel(site), unpack],
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
  for (const [name, host] of hosts) {
    const found = await host.answer(site);
    let differs = 0;
    for (let at = 0; at < site.lines.length; at++) {
      if (found[at] === expected[at]) continue;
      if (differs++ < 3) console.log(`${site.name} on ${name}:\n  context ${site.lines[at]}\n  native  ${expected[at]}\n  found   ${found[at]}`);
    }
    if (found.length !== expected.length) differs++;
    differences += differs;
    console.log(`${site.name}: ${found.length} answers on ${name}, ${differs} differ from the native ones`);
  }
  console.log(`${site.name}: ${shown.size} different outcomes of its slots`);
}
await Promise.all(hosts.map(([, host]) => host.stop()));
// Vectors that are all refused would agree, and prove nothing.
const proves = decided > 0.9 * vectors;
if (!proves) console.log(`only ${decided} of ${vectors} contexts were decided at all`);
console.log(`seed ${seed}`);
console.log(`${vectors} vectors, ${differences} differences on ${hosts.length + 1} hosts`);
process.exit(differences === 0 && proves ? 0 : 1);

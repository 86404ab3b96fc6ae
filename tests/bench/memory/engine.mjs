// The memory of the engines for browsers over a million visitors, in Chromium: whether it goes on growing.
//
//   node engine.mjs --modules FOLDER --dist FOLDER --bundle FOLDER --site FOLDER [--visitors N]
//
// Each engine decides for visitors whom nobody has seen before: half of them slot by slot, half of them all slots. It prints the heap of
// JavaScript after its garbage is collected and the memory of the Wasm, ten times each, and ends with exit code 1 if either goes on growing.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { environmentOf, published } from "../../host/support/bundle.mjs";
import { contexts, randomOf } from "../../host/parity/generate.mjs";
import { verdict } from "./verdict.mjs";

const { values: options } = parseArgs({
  options: { modules: { type: "string" }, dist: { type: "string" }, bundle: { type: "string" }, site: { type: "string" }, visitors: { type: "string", default: "1000000" } },
});
const visitors = Number(options.visitors);
const STEPS = 10;
const CONTEXTS = 1000;
const ENGINES = ["rules", "language", "selvedge"];
const { chromium } = createRequire(join(options.modules, "x"))("playwright-core");

const files = await published(options.bundle);
const environment = environmentOf(files);
const root = createHash("sha256").update(files.get(`v1/${environment}/root/1.cose`)).digest("hex");
const lines = await contexts(options.site, CONTEXTS, randomOf(20261130));

const server = createServer((request, response) => {
  const path = new URL(request.url, "http://x").pathname.slice(1);
  const type = path.endsWith(".js") ? "text/javascript" : path.endsWith(".wasm") ? "application/wasm" : path ? "application/octet-stream" : "text/html";
  const body = path === "" ? "<!doctype html><title>memory</title>" : (files.get(path) ?? readOr(join(options.dist, path)));
  response.writeHead(body === undefined ? 404 : 200, { "content-type": type }).end(body);
});
function readOr(file) {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const url = `http://127.0.0.1:${server.address().port}/`;

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--js-flags=--expose-gc", "--enable-precise-memory-info"] });
let isFlat = true;
for (const engine of ENGINES) {
  const page = await browser.newPage();
  await page.goto(url);
  const opened = await page.evaluate(
    async ({ engine, environment, root, base, lines }) => {
      const { open } = await import("/engine.js");
      const instantiate = WebAssembly.instantiate;
      const names = [];
      WebAssembly.instantiate = async (bytes) => {
        const made = await instantiate(bytes);
        window.wasm = made.instance.exports.memory;
        names.push(bytes.byteLength);
        return made;
      };
      window.device = await open({ site: "storefront", environment, root, base, engine });
      window.contexts = lines.map((line) => JSON.parse(line));
      return names;
    },
    { engine, environment, root, base: url, lines },
  );
  // An engine that can do too little for this site fetches the whole one in its place.
  if (opened.length > 1 && engine !== "selvedge") {
    console.log(`${engine}: the site needs an engine that can do more`);
    await page.close();
    continue;
  }
  const [heaps, wasm] = [[], []];
  const begun = performance.now();
  let [met, refused] = [0, 0];
  for (let step = 1; step <= STEPS; step++) {
    const until = Math.round((visitors * step) / STEPS);
    const found = await page.evaluate(
      ({ from, until }) => {
        let refused = 0;
        for (let at = from; at < until; at++) {
          const context = window.contexts[at % window.contexts.length];
          const unseen = { ...context, identity: { ...context?.identity, visitor: `visitor-${at}` } };
          try {
            const visitor = window.device.visitor(unseen);
            if (at % 2) visitor.decideAll();
            else for (const slot of ["home.hero", "home.banner", "no.such.slot"]) void visitor.decide(slot).content;
          } catch {
            refused += 1;
          }
        }
        window.device.forget();
        gc();
        return { refused, heap: performance.memory.usedJSHeapSize / 1024, wasm: window.wasm.buffer.byteLength / 1024 };
      },
      { from: met, until },
    );
    met = until;
    refused += found.refused;
    heaps.push(found.heap);
    wasm.push(found.wasm);
    const rate = (1000 * met) / (performance.now() - begun);
    process.stderr.write(`${engine}: ${met} visitors, ${rate.toFixed(0)} a second: heap ${found.heap.toFixed(0)} KiB, Wasm ${found.wasm} KiB\n`);
  }
  console.log(`${engine}: ${met} visitors, ${refused} of them with a context that is refused`);
  isFlat = verdict("heap of JavaScript", heaps) && verdict("memory of the Wasm", wasm) && refused < met && isFlat;
  await page.close();
}
await browser.close();
server.close();
process.exit(isFlat ? 0 : 1);

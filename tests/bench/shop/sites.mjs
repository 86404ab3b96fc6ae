// The shop four times: as its origin has it, rewritten by the Worker, decided on the device, and with GrowthBook's browser SDK.

import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";

const here = new URL("./", import.meta.url).pathname;
const repository = join(here, "../../..");
const pages = join(repository, "examples/storefront/pages");
const TYPES = { html: "text/html; charset=utf-8", css: "text/css", js: "text/javascript", svg: "image/svg+xml", wasm: "application/wasm", json: "application/json" };

/** Starts them. Each has `begin(delay)`, and counts what was asked since. */
export async function sites({ selvedge, modules, bundle }) {
  const { startWorker } = await import("../../host/support/worker.mjs");
  const worker = await startWorker({ sdk: true, logService: false });
  const html = readFileSync(join(pages, "index.html"), "utf8");
  const bare = html.replace(/ *<script type="module" src="\/__selvedge\/[^]*?<\/script>\n/g, "");
  const lines = execFileSync(selvedge, ["block", bundle], { encoding: "utf8" });
  const sdk = growthbook(modules);
  const features = JSON.stringify(payload());

  const published = (path) => {
    const name = /^\/__selvedge\/([\w./-]+)$/.exec(path)?.[1];
    if (!name || name.includes("..")) return undefined;
    return readOr(join(name.startsWith("v1/") ? bundle : join(repository, "dist/browser"), name));
  };
  const atEdge = async (request) => {
    const headers = { "x-selvedge-region": "DE", cookie: request.headers.cookie ?? "", "accept-encoding": "identity" };
    const response = await worker.send(request.url, { headers });
    return { headers: Object.fromEntries([...response.headers].filter(([name]) => !/^(content-length|transfer-encoding)$/.test(name))), body: Buffer.from(await response.arrayBuffer()) };
  };
  const all = await Promise.all([
    site("plain", "the shop as it is", false, { "/": bare }),
    site("edge", "Selvedge, edge", true, {}, atEdge),
    site("device", "Selvedge, device", true, { "/": bare.replace("</head>", `${lines}</head>`) }, undefined, published),
    site("growthbook", "GrowthBook browser SDK", true, { "/": bare.replace("</head>", '  <script src="/growthbook.js" async></script>\n</head>'), "/growthbook.js": sdk, "/api/features/shop": features }),
  ]);
  const [first] = all;
  const { close } = first;
  first.close = async () => (await close(), worker.stop());
  return all;
}

/** A site of its own: its pages, then what `ask` answers for pages and `find` for files, then the shop's files. */
async function site(key, name, changes, own, ask, find = () => undefined) {
  let [delay, requests, bytes] = [0, 0, 0];
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://shop.test");
    requests += 1;
    const asked = performance.now();
    const type = TYPES[pathname.endsWith("/") ? "html" : pathname.split(".").pop()] ?? (pathname.startsWith("/api/") ? TYPES.json : "application/octet-stream");
    let answer = { headers: { "content-type": type, "cache-control": "no-cache" }, body: own[pathname] ?? find(pathname) };
    if (ask && (pathname === "/" || pathname.startsWith("/__selvedge/"))) answer = await ask(request);
    answer.body ??= readOr(join(pages, pathname));
    // The delay is the network's: what the site takes itself is in it.
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, delay - (performance.now() - asked))));
    if (answer.body === undefined) return response.writeHead(404).end();
    bytes += Buffer.byteLength(answer.body);
    response.writeHead(200, answer.headers).end(answer.body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    key,
    name,
    changes,
    origin: `http://127.0.0.1:${server.address().port}`,
    begin: (ms) => ([delay, requests, bytes] = [ms, 0, 0]),
    requests: () => requests,
    bytes: () => bytes,
    close: () => (server.closeAllConnections(), new Promise((resolve) => server.close(resolve))),
  };
}

/** GrowthBook's own SDK, with what its documentation says to run: features are fetched, then their changes of the page are made. */
function growthbook(modules) {
  const entry = `import { GrowthBook } from "@growthbook/growthbook";
    const url = location.href;
    const growthbook = new GrowthBook({ apiHost: location.origin, clientKey: "shop", url, attributes: { id: String(Math.random()), url }, trackingCallback() {} });
    growthbook.init({ timeout: 60000 });`;
  const flags = ["--bundle", "--minify", "--format=iife", "--target=es2020", "--log-level=error"];
  const built = spawnSync(join(modules, ".bin/esbuild"), flags, { cwd: join(here, ".."), input: entry, encoding: "utf8" });
  if (built.status !== 0) throw new Error(`esbuild: ${built.error ?? built.stderr}`);
  return built.stdout;
}

/** The change as GrowthBook's visual editor writes it. */
function payload() {
  const hero = /\[locale\.en\]\nhtml = '''\n([^]*?)'''/.exec(readFileSync(join(repository, "examples/storefront/content/hero/mending.toml"), "utf8"))[1];
  const mutation = { selector: "[data-slot='home.hero']", action: "set", attribute: "html", value: hero };
  const experiment = { key: "mending", status: "running", changeId: "mending", variations: [{}, { domMutations: [mutation] }], weights: [0, 1], coverage: 1, hashAttribute: "id", hashVersion: 2, manual: false };
  const urlPatterns = [{ include: true, type: "regex", pattern: "utm_campaign=mend-" }];
  return { status: 200, features: {}, experiments: [{ ...experiment, urlPatterns }], dateUpdated: "2026-11-30T00:00:00Z" };
}

function readOr(file) {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

// Pages that real frameworks render, rewritten by the preview server: an origin of apps behind `selvedge serve`.

import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { compile } from "svelte/compiler";

const HERE = dirname(fileURLToPath(import.meta.url));
const REPOSITORY = join(HERE, "../../..");
const MODULES = join(HERE, "../node_modules");
const SELVEDGE = process.env.SELVEDGE ?? join(REPOSITORY, "target/debug/selvedge");

/** Every framework: its sources, the packages that stand for its own, and its policies of trusted types. */
export const FRAMEWORKS = {
  react18: { source: "react", extension: "jsx", alias: { react: "react18", "react-dom": "react-dom18" } },
  react19: { source: "react", extension: "jsx" },
  vue: { source: "vue", extension: "mjs", policy: "vue" },
  preact: { source: "preact", extension: "jsx" },
  svelte: { source: "svelte", extension: "mjs", policy: "svelte-trusted-html" },
};

/** Starts the origin and the preview in front of it. Gives the address of a page by its framework and ways. */
export async function start() {
  const folder = mkdtempSync(join(tmpdir(), "selvedge-frameworks-"));
  const modules = join(folder, "node_modules/@selvedge");
  mkdirSync(modules, { recursive: true });
  // The package as npm installs it, so that its own list of exports is what counts.
  cpSync(join(REPOSITORY, "dist/browser"), join(modules, "browser"), { recursive: true });
  const servers = Object.fromEntries(await Promise.all(Object.keys(FRAMEWORKS).map(async (name) => [name, await bundled(folder, name)])));

  const origin = createServer((request, response) => {
    answer(folder, servers, new URL(request.url, "http://origin.test"), response).catch((error) => response.writeHead(500).end(String(error.stack)));
  });
  await new Promise((resolve) => origin.listen(0, "127.0.0.1", resolve));
  const from = `http://127.0.0.1:${origin.address().port}`;
  const preview = spawn(SELVEDGE, ["serve", join(HERE, "site"), "--port", "0", "--origin", from, "--region", "DE"], { cwd: REPOSITORY, stdio: ["ignore", "ignore", "pipe"] });
  const said = [];
  const url = await new Promise((resolve, reject) => {
    preview.stderr.setEncoding("utf8").on("data", (text) => {
      said.push(text);
      const found = /pages {2}(http\S+?)\/\s/.exec(said.join(""));
      if (found) resolve(found[1]);
    });
    preview.on("exit", () => reject(new Error(said.join(""))));
  });
  return {
    url,
    /** What the preview said in the terminal. */
    said: () => said.join(""),
    /** A page: `app` or `second` is its route. */
    page: (framework, ways = "", route = "app") => `${url}/${route}/${framework}/?${ways}`,
    close() {
      preview.kill();
      origin.closeAllConnections();
      origin.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Bundles an app for browsers, for development and production, and gives its renderer. */
async function bundled(folder, name) {
  const { source, extension, alias } = FRAMEWORKS[name];
  const common = {
    bundle: true,
    absWorkingDir: HERE,
    logLevel: "error",
    jsx: "automatic",
    nodePaths: [join(folder, "node_modules"), MODULES],
    alias: Object.fromEntries(Object.entries(alias ?? {}).map(([from, to]) => [from, join(MODULES, to)])),
  };
  const define = (mode) => ({
    "process.env.NODE_ENV": JSON.stringify(mode),
    __VUE_OPTIONS_API__: "false",
    __VUE_PROD_DEVTOOLS__: "false",
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "true",
  });
  const client = (mode) =>
    build({
      ...common,
      entryPoints: [`${source}-client.${extension}`],
      outfile: join(folder, `${name}.${mode}.js`),
      format: "esm",
      minify: mode === "production",
      define: define(mode),
      conditions: ["svelte", mode, "browser"],
      plugins: [svelte("client", mode)],
    });
  const server = join(folder, `${name}.server.mjs`);
  const requires = { js: `import { createRequire } from "node:module"; const require = createRequire(${JSON.stringify(pathToFileURL(join(MODULES, "x")).href)});` };
  await Promise.all([
    client("production"),
    client("development"),
    build({ ...common, entryPoints: [`${source}-server.${extension}`], outfile: server, format: "esm", platform: "node", define: define("production"), conditions: ["svelte"], plugins: [svelte("server", "production")], banner: requires }),
  ]);
  return (await import(pathToFileURL(server))).render;
}

/** Svelte's own compiler, as a plugin. */
const svelte = (generate, mode) => ({
  name: "svelte",
  setup: ({ onLoad }) =>
    void onLoad({ filter: /\.svelte$/ }, ({ path }) => ({ contents: compile(readFileSync(path, "utf8"), { generate, dev: mode === "development", filename: path }).js.code, loader: "js" })),
});

/** The origin's own answers: pages of apps, and their scripts. */
async function answer(folder, servers, { pathname, searchParams }, response) {
  const script = /^\/([\w.]+\.js)$/.exec(pathname)?.[1];
  if (script === "slow.js") return setTimeout(() => response.writeHead(200, { "content-type": "text/javascript" }).end("window.kept = document.querySelector('.hero b');"), 200);
  if (script) return response.writeHead(200, { "content-type": "text/javascript" }).end(readFileSync(join(folder, script)));
  const [, route, name] = /^\/(app|second)\/(\w+)\/$/.exec(pathname) ?? [];
  if (!servers[name]) return response.writeHead(pathname === "/favicon.ico" ? 204 : 404).end();
  const ways = Object.fromEntries([...searchParams.keys()].map((key) => [key, true]));
  const mode = ways.development || ways.strict ? "development" : "production";
  const policies = ["selvedge", "selvedge-slot", FRAMEWORKS[name].policy].filter((policy) => policy && !(ways.unnamed && policy === "selvedge-slot"));
  const csp = ways.tt ? { "content-security-policy": `script-src 'self' 'wasm-unsafe-eval'; require-trusted-types-for 'script'; trusted-types ${policies.join(" ")}` } : {};
  const app = ways.client || route === "second" ? "" : await servers[name](ways);
  // What a visitor could have written, and a sanitizer would let through: marks, and a block of data in no script.
  const forged = `<!--selvedge:app.hero~f00d--><b>forged</b><!--/selvedge:app.hero~f00d--><i id="selvedge-page">{"v":1,"nonce":"f00d"}</i><a id="selvedge"></a><img name="createTreeWalker" alt=""><img name="readyState" alt="">`;
  const loader = `<script type="module" src="/__selvedge/loader.js"></script>`;
  // An early app begins before the end of its page is there.
  const own = ways.early ? `<script src="/${name}.${mode}.js"></script><script src="/slow.js"></script>` : `<script type="module" src="/${name}.${mode}.js"></script>`;
  response.writeHead(200, { "content-type": "text/html; charset=utf-8", ...csp });
  response.end(`<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${name}</title>${loader}${ways.early ? "" : own}
<style>${STYLE}</style></head><body><aside>${forged}</aside><div id="root">${app}</div>${ways.early ? own : ""}</body></html>`);
}

const STYLE = `body{font:16px/1.5 system-ui;margin:2rem;max-width:40rem}.hero{background:#e8f0fe;padding:1rem;border-radius:8px}.note{color:#345}.quiet{color:#666}
/* What utilities of Tailwind 4 match by: space-y-4, divide-y, last:mb-0. */
:where(.hero > :not(:last-child)){margin-block-end:1rem}:where(.hero > :not(:last-child)){border-bottom:1px solid}.hero > p:last-child{margin-bottom:0}`;

// The Worker in workerd, with an origin that remembers what it was asked.
import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { Miniflare, Response } from "miniflare";

import { dist, environmentOf, published, sha256, shopPage } from "./bundle.mjs";

/** Consent as the site's own cookie writes it. */
export const consent = (purposes, epoch = 1) =>
  `selvedge-consent=v=1&epoch=${epoch}` + Object.entries(purposes).map(([name, yes]) => `&${name}=${yes ? 1 : 0}`).join("");
export const everything = consent({ functional: true, analytics: true, personalization: true, storage: true });

/** What pages fetch from the Worker. */
const SDK = ["loader.js", "cmp.js", "engine.js", "selvedge.wasm", "language.wasm", "rules.wasm"];

/**
 * Starts a Worker. `files` is what KV holds, `sdk` adds what pages fetch, `origin` answers what the Worker asks of it.
 * `read(key)` answers in place of KV, `http(request)` is a store that answers over HTTP, and `r2` puts the files into a bucket. `cache` is the folder of a
 * data center's cache, for several isolates one after the other. Gives `get(path, headers)`, what the origin was asked, and what was logged.
 */
export async function startWorker(options = {}) {
  const { origin = shop, sdk = false, bindings = {}, logService = true, kv = true, passThrough = false, service = true, read, http, r2 = false, cache } = options;
  const files = options.files ?? (await published());
  const asked = [];
  const logged = [];
  const posts = [];
  const environment = environmentOf(await published());
  const pin = sha256((await published()).get(`v1/${environment}/root/1.cose`));
  const main = {
    compatibilityDate: "2026-04-01",
    modules: passThrough ? [passing(passThrough)] : await workerModules(),
    ...(read ? { wrappedBindings: { BUNDLES: { scriptName: "namespace" } } } : http ? { outboundService: http } : r2 ? { r2Buckets: ["BUNDLES"] } : kv ? { kvNamespaces: ["BUNDLES"] } : {}),
    bindings: { SITE: "storefront", ENVIRONMENT: environment, ROOT_SHA256: pin, ALLOW_OVERRIDES: "true", MEASUREMENT_KEY: `7:${"6b".repeat(32)}`, AUDIT_WAIT_SECONDS: "0", ...(http && { BUNDLES_URL: "https://store.example/bundles/" }), ...bindings },
    serviceBindings: {
      ...(service && {
        ORIGIN: async (request) => {
          asked.push(request);
          return origin(request);
        },
      }),
      ...(logService && {
        LOG: async (request) => {
          const lines = (await request.text()).trim().split("\n").map((line) => JSON.parse(line));
          logged.push(...lines);
          posts.push({ path: new URL(request.url).pathname, lines });
          return new Response(null, { status: 204 });
        },
      }),
    },
  };
  const miniflare = new Miniflare({ cf: false, ...(cache && { cachePersist: cache }), workers: [{ name: "main", ...main }, ...(read ? [namespace(read)] : [])] });
  if (r2) {
    const store = await miniflare.getR2Bucket("BUNDLES");
    for (const [key, bytes] of files) await store.put(key, new Uint8Array(bytes).buffer);
  } else if (kv && !read && !http) {
    const store = await miniflare.getKVNamespace("BUNDLES");
    for (const [key, bytes] of files) await store.put(key, new Uint8Array(bytes).buffer);
    if (sdk) for (const name of SDK) await store.put(`assets/${name}`, new Uint8Array(await readFile(join(dist, "browser", name))).buffer);
  }
  const send = (path, init = {}) => miniflare.dispatchFetch(`https://shop.example${path}`, { redirect: "manual", ...init });
  return {
    miniflare,
    /** Where a browser finds it. */
    url: () => miniflare.ready,
    asked,
    logged,
    /** What the LOG service got: the path and the lines of each call. */
    posts,
    send,
    get: (path, headers = {}) => send(path, { headers: { "x-selvedge-region": "DE", ...headers } }),
    /** Waits until a line of this kind was logged. */
    async line(kind) {
      for (let tries = 0; tries < 200; tries++) {
        const found = logged.find((line) => line.kind === kind);
        if (found) return found;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      throw new Error(`no line of kind ${kind} was logged: ${JSON.stringify(logged)}`);
    },
    stop: () => miniflare.dispose(),
  };
}

/** A KV namespace whose reads a test answers: bytes, or undefined. The binding's class has the name that the Worker looks for. */
const namespace = (read) => ({
  name: "namespace",
  modules: [
    {
      type: "ESModule",
      path: "namespace.mjs",
      contents: `class KvNamespace {
        constructor(inner) { this.inner = inner; }
        async get(key) {
          const answer = await this.inner.fetch("https://kv/" + encodeURIComponent(key));
          return answer.status === 200 ? answer.arrayBuffer() : null;
        }
      }
      export default (env) => new KvNamespace(env.INNER);`,
    },
  ],
  serviceBindings: {
    INNER: async (request) => {
      const bytes = await read(decodeURIComponent(new URL(request.url).pathname.slice(1)));
      return bytes ? new Response(new Uint8Array(bytes)) : new Response(null, { status: 404 });
    },
  },
});

/** A Worker that does nothing: what any page of ours must equal when we do nothing. `fetched` is what it answers with. */
const passing = (fetched) => ({
  type: "ESModule",
  path: "passing.mjs",
  contents: `export default { fetch: (request, env) => ${fetched === true ? "env.ORIGIN.fetch(request)" : fetched} };`,
});

/** What `cargo xtask wasm edge` built, with the entry first. */
export async function workerModules() {
  const folder = join(dist, "edge");
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = files.filter((file) => file.isFile()).map((file) => relative(folder, join(file.parentPath ?? file.path, file.name)));
  const entryFirst = (path) => (path === "shim.mjs" ? 0 : 1);
  const loaded = paths.filter((path) => !path.endsWith(".ts")).sort((a, b) => entryFirst(a) - entryFirst(b));
  return Promise.all(
    loaded.map(async (path) => {
      const contents = await readFile(join(folder, path));
      return path.endsWith(".wasm")
        ? { type: "CompiledWasm", path, contents }
        : { type: "ESModule", path, contents: contents.toString() };
    }),
  );
}

/** The shop's own pages, with the headers that a server of files sends. */
export async function shop(request) {
  const { pathname } = new URL(request.url);
  try {
    const body = await shopPage(pathname);
    return new Response(body, {
      headers: {
        "content-type": "text/html; charset=utf-8",
        "content-length": String(body.length),
        "cache-control": "public, max-age=600",
        etag: `"${sha256(body).slice(0, 16)}"`,
        "last-modified": "Tue, 03 Nov 2026 10:00:00 GMT",
        "x-origin": "shop",
      },
    });
  } catch {
    return new Response("no such page\n", { status: 404, headers: { "content-type": "text/plain" } });
  }
}

/** What stands before the data block: it ends what the page leaves open, but no script. */
export const CLOSING = "</textarea></title></style></iframe></noscript></template></template><!--<script>--!>";

/** The data block at the end of a page. */
export function pageBlock(html) {
  const found = html.match(/<script type="application\/json" id="selvedge-page">(.*?)<\/script>/s);
  return found && JSON.parse(found[1]);
}

/** What each slot of a page shows: content name, or null for control. */
export function shown(html) {
  const { page } = pageBlock(html);
  return Object.fromEntries(Object.entries(page.decisions).map(([slot, decision]) => [slot, decision.content]));
}

/** A page without the nonce that each answer draws for its marks. */
export function withoutNonce(html) {
  return html.replaceAll(/~[0-9a-f]{32}/g, "").replace(/"nonce":"[0-9a-f]{32}",/, "");
}

// `selvedge doctor` looks at a Worker, through a proxy that spoils one thing at a time.
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { environmentOf, published } from "./support/bundle.mjs";
import { startWorker } from "./support/worker.mjs";

const SITE = "examples/storefront";
/** The shop's own environment is for development: the only thing that is wrong with a public address. */
let worker, proxy, address, spoil, environment;

before(async () => {
  environment = environmentOf(await published());
  worker = await startWorker({ sdk: true });
  const { origin } = await worker.url();
  proxy = createServer(async (request, response) => {
    const { host, connection, "accept-encoding": coding, ...headers } = request.headers;
    const answer = await fetch(`${origin}${request.url}`, { headers: { ...headers, "x-selvedge-region": "DE" } });
    const seen = { path: request.url, status: answer.status, headers: Object.fromEntries(answer.headers), body: Buffer.from(await answer.arrayBuffer()) };
    for (const name of ["content-encoding", "transfer-encoding", "content-length"]) delete seen.headers[name];
    const { status, headers: sent, body } = spoil?.(seen) ?? seen;
    response.writeHead(status, sent).end(body);
  });
  await new Promise((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${proxy.address().port}/`;
});
after(async () => {
  proxy.close();
  proxy.closeAllConnections();
  await worker.stop();
});

/** What the command finds: its exit code, and the findings of each level. */
async function look(options = ["--site", SITE], at = address) {
  const { code, out, err } = await new Promise((resolve) =>
    execFile(process.env.SELVEDGE, ["doctor", at, "--json", ...options], (error, out, err) => resolve({ code: error?.code ?? 0, out, err })),
  );
  const found = { code, err, ok: [], warning: [], fault: [], unknown: [] };
  for (const { level, what, fix } of out ? JSON.parse(out).findings : []) {
    found[level].push(what);
    assert.equal(level === "ok", fix === null, what);
  }
  return found;
}

const isPage = ({ path }) => path === "/";
const page = (change) => (seen) => (isPage(seen) ? { ...seen, body: Buffer.from(change(seen.body.toString())) } : seen);
const header = (name, value) => (seen) => (isPage(seen) ? { ...seen, headers: { ...seen.headers, [name]: value } } : seen);

test("a deployment that is well", async () => {
  spoil = undefined;
  const { code, ok, warning, fault, unknown } = await look();
  assert.deepEqual([code, warning, fault, unknown], [0, [], [], []]);
  assert.ok(ok.some((what) => /^release [0-9a-f]{16}: every signature and hash is right, until /.test(what)), ok.join("\n"));
});

test("nothing of the visit is counted", async () => {
  worker.logged.length = 0;
  await look();
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.deepEqual(worker.logged.filter(({ kind }) => kind === "exposure" || kind === "event"), []);
});

const kept = {};
const FAULTS = {
  "a cache in front of the Worker": [(seen) => (isPage(seen) ? (kept.page ??= seen) : seen), "fault", /the very same page/],
  "a shared cache that may keep the page": [header("cache-control", "public, max-age=60"), "fault", /kept by shared caches/],
  "a page without its data block": [page((html) => html.replace(/<script type="application\/json" id="selvedge-page">.*?<\/script>/, "")), "fault", /no data block/],
  "a data block that something rewrote": [page((html) => html.replace('id="selvedge-page">{', 'id="selvedge-page">{{')), "fault", /cannot be read/],
  "a page without the loader": [page((html) => html.replace(/<script[^>]*loader\.js[^>]*><\/script>/, "")), "warning", /no tag for `loader\.js`/],
  "a loader that is not there": [(seen) => (seen.path.endsWith("loader.js") ? { ...seen, status: 404 } : seen), "fault", /has status 404/],
  "a loader of another type": [(seen) => (seen.path.endsWith("loader.js") ? { ...seen, headers: { "content-type": "text/plain" } } : seen), "fault", /type `text\/plain`/],
  "a loader of another version": [(seen) => (seen.path.endsWith("loader.js") ? { ...seen, body: Buffer.from('x="9.9.9"') } : seen), "warning", /another version/],
  "a policy without ours": [header("content-security-policy", "default-src 'none'"), "fault", /keeps the loader out/],
  "a policy in the page": [page((html) => html.replace("<head>", `<head><meta http-equiv="Content-Security-Policy" content="script-src 'self'">`)), "warning", /keeps the engine out/],
  "a clock that is ten minutes late": [header("date", new Date(Date.now() - 600_000).toUTCString()), "warning", /behind this machine/],
  "a clock that is a week ahead": [header("date", new Date(Date.now() + 7 * 86_400_000).toUTCString()), "fault", /ahead of this machine/],
  "a cookie without permission": [header("set-cookie", `selvedge-id=${"a".repeat(32)}; Path=/`), "fault", /cookie of ours without permission/],
  "an element that the edge did not find": [page((html) => html.replace('{"v":1,', '{"v":1,"absent":["home.banner"],')), "warning", /no element for the slot `home\.banner`/],
  "an element that nobody looked for": [page((html) => html.replaceAll("data-slot=\"home.recommendations\"", "")), "warning", /no element for the slot `home\.recommendations`/],
  "other rules": [page((html) => html.replace(/"bundle":"[0-9a-f]{64}"/, `"bundle":"${"0".repeat(64)}"`)), "warning", /other rules than those/],
  "another site": [page((html) => html.replace('"site":"storefront"', '"site":"other"')), "fault", /of the site `other`/],
  "a page that is not there": [(seen) => (isPage(seen) ? { ...seen, status: 503 } : seen), "fault", /status 503/],
  "a Worker that is passed by": [(seen) => (seen.path === "/__selvedge/health" ? { ...seen, status: 404, body: "nothing" } : seen), "unknown", /does not answer as a Worker/],
  "a Worker of an earlier version": [(seen) => (seen.path === "/__selvedge/health" ? { ...seen, body: String(seen.body).replace(/"engine":\d+/, '"engine":1') } : seen), "warning", /reads engine level 1 and formats/],
  "a Worker without a release": [(seen) => (seen.path === "/__selvedge/health" ? { ...seen, status: 503, body: '{"ok":false,"reason":"KV does not answer","absent":{}}' } : seen), "fault", /no release: KV does not answer/],
  "a store that fails": [(seen) => (seen.path === "/__selvedge/health" ? { ...seen, body: failing(seen, "store") } : seen), "warning", /failed 3 times in a row.*: HTTP 503/],
  "a store that a new isolate never reached": [(seen) => (seen.path === "/__selvedge/health" ? { ...seen, body: failing(seen, "kept") } : seen), "warning", /what its data center kept: HTTP 503/],
  "a head that was altered": [(seen) => (seen.path.endsWith("/head") ? { ...seen, body: flipped(seen.body) } : seen), "fault", /the release is refused/],
  "a part that was altered": [(seen) => (seen.path.includes("/b/") ? { ...seen, body: flipped(seen.body) } : seen), "fault", /the release is refused/],
  "a part that is missing": [(seen) => (seen.path.includes("/b/") ? { ...seen, status: 404 } : seen), "fault", /has status 404/],
  "a root that is missing": [(seen) => (seen.path.includes("/root/") ? { ...seen, status: 404 } : seen), "fault", /root document that the page trusts/],
};
const failing = (seen, source) => JSON.stringify({ ...JSON.parse(seen.body), sync: { source, checked: 1, good: 1, failures: 3, failure: "HTTP 503" } });
const flipped = (bytes) => Buffer.from(bytes).fill(bytes[bytes.length >> 1] ^ 1, bytes.length >> 1, (bytes.length >> 1) + 1);

for (const [name, [change, level, what]] of Object.entries(FAULTS)) {
  test(name, async () => {
    spoil = change;
    const found = await look();
    assert.ok(found[level].some((text) => what.test(text)), JSON.stringify(found, null, 1));
    assert.equal(found.code, 1);
  });
}

test("files that are not published yet, and those of another site", async () => {
  spoil = undefined;
  const folder = mkdtempSync(join(tmpdir(), "selvedge-doctor-"));
  cpSync(SITE, folder, { recursive: true });
  const slots = join(folder, "slots.toml");
  writeFileSync(slots, `${readFileSync(slots)}\n[home.new]\npage = "/"\nselector = "footer"\nchange = "after"\n`);
  assert.deepEqual((await look(["--site", folder])).warning, ["your files have the slot `home.new` here, and the release does not"]);
  const settings = join(folder, "selvedge.toml");
  writeFileSync(settings, readFileSync(settings, "utf8").replace('name = "storefront"', 'name = "other"'));
  assert.deepEqual((await look(["--site", folder])).fault, ["the page is of the site `storefront`, and your files are of `other`"]);
  rmSync(folder, { recursive: true });
});

test("a page that the device decides", async () => {
  const lines = execFileSync(process.env.SELVEDGE, ["block", process.env.SELVEDGE_BUNDLE, "--region", "DE"], { encoding: "utf8" });
  const html = readFileSync(join(SITE, "pages/index.html"), "utf8").replace(/<script[^>]*loader\.js[^>]*><\/script>/, "");
  const shown = (lines) => (seen) => (isPage(seen) ? { ...seen, body: html.replace("</head>", `${lines}</head>`) } : seen);
  spoil = shown(lines);
  const { code, ok, ...rest } = await look();
  assert.equal(code, 0, JSON.stringify(rest));
  assert.ok(ok.some((what) => what.startsWith("every slot of this page has its element")) && ok.includes("the lines of the page are those of the release"), ok.join("\n"));
  spoil = shown(lines.replace('"visitor.last_category":["personalization"]', '"visitor.last_category":[]'));
  assert.match((await look()).warning.join(), /lines of the page are of another release/);
  spoil = shown(lines.replace(/"root":"[0-9a-f]{8}/, '"root":"00000000'));
  assert.match((await look()).fault.join(), /root document that the page trusts/);
});

test("a public address whose Worker has no floor of versions", async () => {
  // It reaches this machine, and is no loopback address.
  const at = `http://0.0.0.0:${proxy.address().port}/`;
  const warns = async (at) => (await look(["--site", SITE], at)).warning.some((what) => /^the Worker has no VERSION_FLOOR, /.test(what));
  spoil = undefined;
  assert.deepEqual([await warns(at), await warns(address)], [true, false], "a preview needs no floor");
  spoil = (seen) => (seen.path === "/__selvedge/health" ? { ...seen, body: JSON.stringify({ ...JSON.parse(seen.body), floor: "1.2.3.0" }) } : seen);
  assert.equal(await warns(at), false);
});

test("an address that does not answer, and one that is none", async () => {
  const [gone, none] = [await look([], "http://127.0.0.1:1/"), await look([], "shop.example")];
  assert.deepEqual([gone.code, none.code], [3, 2]);
  assert.match(gone.err, /does not answer/);
  assert.match(none.err, /is not the address of a page/);
});

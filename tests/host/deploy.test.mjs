// The recipe of docs/deploy.md, line by line: from a clone to a personalized page behind a Worker.
//
// Wrangler and workerd are the real ones. Where a line needs the platform's API, wrangler and the command talk to a stand-in. The Worker
// is what `wrangler deploy --dry-run` bundles, and runs in `wrangler dev`.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { Miniflare } from "miniflare";

import { dist } from "./support/bundle.mjs";
import { startKv } from "./support/kv.mjs";
import { SELVEDGE, run } from "./support/selvedge.mjs";
import { shown } from "./support/worker.mjs";

const ROOT = new URL("../../", import.meta.url).pathname;
const WRANGLER = join(import.meta.dirname, "node_modules/wrangler/bin/wrangler.js");
let folder, kv, env;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "selvedge-deploy-"));
  await cp(join(ROOT, "examples/storefront"), join(folder, "examples/storefront"), { recursive: true, filter: (path) => !path.includes(".selvedge") });
  await mkdir(join(folder, "dist"));
  // What line 2 built, by its own command, before these tests.
  for (const part of ["edge", "browser"]) await symlink(join(dist, part), join(folder, "dist", part));
  kv = await startKv();
  const quiet = { WRANGLER_SEND_METRICS: "false", CLOUDFLARE_CF_FETCH_ENABLED: "false", WRANGLER_LOG_PATH: join(folder, "logs"), HOME: folder, CI: "true" };
  env = { ...kv.env, ...quiet, SELVEDGE_PASSPHRASE: "a passphrase for this test" };
});
after(async () => {
  await kv.stop();
  // Wrangler may still be writing its log.
  await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
});

async function lines() {
  const page = await readFile(join(ROOT, "docs/deploy.md"), "utf8");
  return /```sh\n([^`]*)```/.exec(page)[1].trim().split("\n");
}

const done = async (program, args) => {
  const { code, out, all } = await run(program, args, { env, cwd: folder });
  assert.equal(code, 0, `${args.join(" ")}\n${all}`);
  return out;
};

/** Wrangler's own server in front of what the configuration names. */
async function dev(config, namespace) {
  const state = join(folder, "state");
  const fill = new Miniflare({ modules: true, script: "export default {}", cf: false, kvNamespaces: { BUNDLES: namespace }, kvPersist: join(state, "v3/kv") });
  const store = await fill.getKVNamespace("BUNDLES");
  for (const [key, { bytes }] of kv.values) await store.put(key, new Uint8Array(bytes).buffer);
  await fill.dispose();
  const port = await new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => (({ port }) => server.close(() => resolve(port)))(server.address()));
  });
  const args = [WRANGLER, "dev", "--local", "--config", config, "--persist-to", state, "--ip", "127.0.0.1", "--port", String(port), "--show-interactive-dev-session=false"];
  const child = spawn(process.execPath, args, { env: { ...process.env, ...env }, cwd: folder, stdio: "pipe", detached: true });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (said += text));
  const address = `http://127.0.0.1:${port}/`;
  for (let tries = 0; tries < 240; tries += 1) {
    const answer = await fetch(`${address}__selvedge/health`).catch(() => undefined);
    if (answer?.ok) break;
    await new Promise((resolve) => setTimeout(resolve, 250));
    assert.ok(tries < 239 && child.exitCode === null, said);
  }
  return { address, stop: () => process.kill(-child.pid) };
}

test("every line of the recipe runs, and the page is personal", { timeout: 240_000 }, async () => {
  let namespace, bundled, worker;
  const ran = [];
  try {
    for (const written of await lines()) {
      const line = written.replaceAll("NAMESPACE", namespace ?? "NAMESPACE").replaceAll("ADDRESS", worker?.address ?? "ADDRESS");
      assert.doesNotMatch(line, /NAMESPACE|ADDRESS/, "a line before it gives the name");
      const words = line.split(" ");
      const wrangler = (...more) => done(process.execPath, [WRANGLER, ...words.slice(2), ...more]);
      if (line.startsWith("cargo ")) {
        // The run that this test is a part of has built them by these commands.
        for (const file of [SELVEDGE, join(dist, "edge/shim.mjs"), join(dist, "browser/loader.js")]) assert.ok(existsSync(file), file);
      } else if (line === "npm install wrangler") {
        assert.ok(existsSync(WRANGLER));
      } else if (line.startsWith("npx wrangler kv namespace create ")) {
        namespace = /[0-9a-f]{32}/.exec(await wrangler())[0];
      } else if (line.startsWith("npx wrangler deploy ")) {
        bundled = await wrangler("--dry-run", "--outdir", join(folder, "out"));
        assert.match(bundled, /env\.BUNDLES[\s\S]*env\.SITE/);
        assert.ok(existsSync(join(folder, "out/shim.js")) || existsSync(join(folder, "out/shim.mjs")));
        worker = await dev(join(folder, "dist/wrangler.toml"), namespace);
      } else if (line.startsWith("selvedge doctor ")) {
        const { out } = await run(SELVEDGE, [...words.slice(1), "--json"], { env, cwd: folder });
        const bad = JSON.parse(out).findings.filter(({ level }) => level !== "ok").map(({ what }) => what);
        // Wrangler's own server sends no `Date`; the platform does.
        assert.deepEqual(bad, ["the server does not tell its time"]);
      } else {
        assert.match(line, /^selvedge (keys new|build|publish|deploy) /, `nothing here knows how to run: ${line}`);
        await done(SELVEDGE, words.slice(1));
      }
      ran.push(line);
    }
    assert.ok(ran.length <= 10, "ten lines");
    const cookie = "selvedge-consent=v=1&epoch=1&functional=1&analytics=1&personalization=1&storage=1";
    const page = await fetch(worker.address, { headers: { cookie } });
    assert.equal(page.status, 200);
    const html = await page.text();
    assert.ok(Object.values(shown(html)).some(Boolean), html.slice(-2000));
    assert.ok(kv.values.has("v1/production/head"));
    // Line 8 leaves what somebody else wrote, and refuses a folder that is no Worker.
    const refused = async (...more) => {
      const { code, err } = await run(SELVEDGE, ["deploy", "dist/production", "--kv", namespace, ...more], { env, cwd: folder });
      assert.notEqual(code, 0);
      return err;
    };
    assert.match(await refused("--worker", "examples"), /has no shim\.mjs, so it is not the Worker/);
    assert.match(await refused("--out", "examples/storefront/selvedge.toml"), /was not written by this command, so it stays/);
  } finally {
    worker?.stop();
  }
});

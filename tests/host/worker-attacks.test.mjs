// Every attack of `tests/vectors/trust` on a Worker of its own, and every altered byte of head and root on one that has a good release.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, test } from "node:test";

import { Miniflare, Response } from "miniflare";

import { altered, attacks, inWords, judge, verdictsOf } from "./support/attacks.mjs";
import { published } from "./support/bundle.mjs";
import { everything, shown, startWorker, workerModules } from "./support/worker.mjs";

test("every attack is refused with its reason", { timeout: 300_000 }, async (t) => {
  const all = await attacks();
  const modules = await workerModules();
  const store = (request) => {
    const [, number, path] = /^\/(\d+)(\/.*)$/.exec(new URL(request.url).pathname);
    const body = all.attacks[number].read(path);
    if (body === undefined) return new Promise(() => {});
    return body === null ? new Response(null, { status: 404 }) : new Response(body);
  };
  const worker = ({ root_sha256, root_version, floor }, number) => ({
    name: `attack-${number}`,
    compatibilityDate: "2026-04-01",
    // What one of them kept, another would take.
    cache: false,
    modules,
    bindings: { SITE: all.site, ENVIRONMENT: all.environment, ROOT_SHA256: root_sha256, ROOT_VERSION: String(root_version), VERSION_FLOOR: floor, BUNDLES_URL: `https://store.example/${number}` },
    outboundService: store,
  });
  const workers = all.attacks.map(worker);
  for (let from = 0; from < workers.length; from += 24) {
    const some = workers.slice(from, from + 24);
    const miniflare = new Miniflare({ cf: false, workers: some });
    try {
      const answers = await Promise.all(some.map(async ({ name }) => (await (await miniflare.getWorker(name)).fetch("https://shop.example/__selvedge/health")).json()));
      for (const [at, { reason }] of answers.entries()) {
        const { promise, attack, says, altered } = all.attacks[from + at];
        // Those are tried byte by byte, below.
        if (altered) continue;
        await t.test(`${promise}: ${attack}`, () => assert.equal(inWords(reason), says));
      }
    } finally {
      await miniflare.dispose();
    }
  }
});

test("WebCrypto takes no signature that this machine refuses, but those that no document may have", async () => {
  const { cases } = JSON.parse(await readFile(new URL("../vectors/ed25519.json", import.meta.url), "utf8"));
  const script = `${verdictsOf}\nexport default { fetch: async (request) => Response.json(await verdictsOf(await request.json())) };`;
  const miniflare = new Miniflare({ modules: true, script, compatibilityDate: "2026-04-01", cf: false });
  try {
    judge(await (await miniflare.dispatchFetch("https://x.example/", { method: "POST", body: JSON.stringify(cases) })).json(), cases);
  } finally {
    await miniflare.dispose();
  }
});

describe("an isolate with a good release", () => {
  const HEAD = "v1/development/head";
  const ROOT = "v1/development/root/2.cose";

  for (const [name, path, honest] of [
    ["head", HEAD, async (files) => files.get(HEAD)],
    // Our development root is its own next one, but for its number: whatever is altered of it, it is not the next root.
    ["next root", ROOT, async (files) => files.get("v1/development/root/1.cose")],
  ]) {
    test(`keeps it whichever byte of the ${name} is altered`, { timeout: 300_000 }, async () => {
      const files = new Map(await published());
      const bytes = await honest(files);
      const http = (request) => {
        const key = new URL(request.url).pathname.replace("/bundles/", "");
        return files.has(key) ? new Response(new Uint8Array(files.get(key))) : new Response(null, { status: 404 });
      };
      const worker = await startWorker({ http, bindings: { REFRESH_SECONDS: "3600" } });
      try {
        const page = async () => shown(await (await worker.get("/", { cookie: `${everything}; selvedge-id=${"0123456789abcdef".repeat(2)}` })).text());
        const [before, { release }] = [await page(), await (await worker.get("/__selvedge/health")).json()];
        assert.ok(Object.values(before).some(Boolean));
        const schedule = await worker.miniflare.getWorker();
        // A new root is looked for with a new head.
        if (path === ROOT) files.set(HEAD, Buffer.concat([files.get(HEAD), Buffer.of(0)]));
        // With EVERY=1 it is every byte.
        const tried = [...bytes.keys()].filter((at) => process.env.EVERY || at % 5 === 0);
        for (const at of tried) {
          files.set(path, altered(bytes, at));
          assert.equal((await schedule.scheduled({ cron: "* * * * *" })).outcome, "ok");
        }
        const seen = await (await worker.get("/__selvedge/health")).json();
        assert.deepEqual([seen.release, seen.sync.failures], [release, tried.length], "each was refused");
        assert.deepEqual(await page(), before);
        const reasons = new Set(worker.logged.filter(({ kind }) => kind === "failure").map(({ reason }) => reason));
        if (path === ROOT) assert.ok([...reasons].every((reason) => /^(root|release|timestamp|overlay): [a-z-]+$/.test(reason)), [...reasons].join("\n"));
        else assert.ok(reasons.has("timestamp: bad-signature") && reasons.has("release: snapshot-mismatch"), [...reasons].join("\n"));
      } finally {
        await worker.stop();
      }
    });
  }
});

// How a Worker comes by its release: three kinds of stores, what a data center keeps for its next isolate, the floor of the deployment, and
// new roots.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { Response } from "miniflare";

import { dist, published, sha256 } from "./support/bundle.mjs";
import { run, SELVEDGE, twoReleases } from "./support/selvedge.mjs";
import { everything, pageBlock, shop, shown, startWorker } from "./support/worker.mjs";

const HEAD = "v1/development/head";
const ROOT = "v1/development/root/1.cose";
let site, first, second, pin;

before(async () => {
  site = await twoReleases();
  [first, second] = [await published(site.first), await published(site.second)];
  pin = sha256(first.get(ROOT));
});
after(() => site.remove());

const headers = { cookie: everything };
const health = async (worker) => (await worker.get("/__selvedge/health")).json();
const failures = (worker) => worker.logged.filter(({ kind }) => kind === "failure").map(({ reason }) => reason);
const bindings = (more = {}) => ({ ROOT_SHA256: pin, REFRESH_SECONDS: "1", ...more });
const isDecided = async (worker) => Object.values(shown(await (await worker.get("/", headers)).text())).some(Boolean);
const isOrigin = async (worker) => pageBlock(await (await worker.get("/", headers)).text()) === null;

/** Asks until it holds: the store is looked at behind a visitor's back. */
async function until(holds) {
  for (let tries = 0; tries < 400; tries += 1) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.fail(`never came true: ${holds}`);
}

/** Runs one isolate after the other over the cache of one data center. */
async function dataCenter(...isolates) {
  const cache = await mkdtemp(join(tmpdir(), "selvedge-cache-"));
  try {
    for (const { steps, ...options } of isolates) {
      const worker = await startWorker({ cache, ...options, bindings: bindings(options.bindings) });
      try {
        await steps(worker);
      } finally {
        await worker.stop();
      }
    }
  } finally {
    await rm(cache, { recursive: true, force: true });
  }
}

/** A store over HTTP as buckets answer: conditional requests by `ETag`. */
function overHttp(files, asked = []) {
  return (request) => {
    const key = decodeURIComponent(new URL(request.url).pathname).replace("/bundles/", "");
    const bytes = files.get(key);
    const etag = bytes && `"${sha256(bytes)}"`;
    const known = request.headers.get("if-none-match");
    asked.push({ key, known, status: !bytes ? 404 : known === etag ? 304 : 200 });
    if (!bytes) return new Response("no such key", { status: 404 });
    return known === etag ? new Response(null, { status: 304, headers: { etag } }) : new Response(new Uint8Array(bytes), { headers: { etag } });
  };
}

describe("stores", () => {
  test("a bucket of R2, asked with the ETag of the head", async () => {
    const worker = await startWorker({ files: first, r2: true, bindings: bindings() });
    try {
      assert.ok(await isDecided(worker));
      const { release } = await health(worker);
      await until(async () => (await health(worker)).sync.checked > (await health(worker)).sync.good - 1);
      const bucket = await worker.miniflare.getR2Bucket("BUNDLES");
      for (const [key, bytes] of [...second].sort(([one]) => (one === HEAD ? 1 : -1))) await bucket.put(key, new Uint8Array(bytes).buffer);
      await until(async () => (await health(worker)).release !== release);
      assert.ok(await isDecided(worker));
      assert.deepEqual(failures(worker), []);
    } finally {
      await worker.stop();
    }
  });

  test("a server, asked with the ETag of the head", async () => {
    const [files, asked] = [new Map(first), []];
    const worker = await startWorker({ http: overHttp(files, asked), bindings: bindings() });
    try {
      assert.ok(await isDecided(worker));
      await until(async () => (await isDecided(worker)) && asked.some(({ status }) => status === 304));
      assert.ok(asked.every(({ key, status }) => status !== 404 || key.endsWith("root/2.cose")), JSON.stringify(asked));
      const { release } = await health(worker);
      for (const [key, bytes] of second) files.set(key, bytes);
      await until(async () => (await health(worker)).release !== release);
      assert.deepEqual(failures(worker), []);
    } finally {
      await worker.stop();
    }
  });

  test("no store at all is said", async () => {
    const worker = await startWorker({ kv: false, bindings: bindings() });
    try {
      assert.ok(await isOrigin(worker));
      assert.match(failures(worker)[0], /neither the binding BUNDLES nor the variable BUNDLES_URL/);
    } finally {
      await worker.stop();
    }
  });

  test("an endless answer is cut off, and one that redirects is none", async () => {
    let sent = 0;
    const piece = new Uint8Array(1024).fill(0x84);
    const endless = () => new ReadableStream({
      async pull(controller) {
        await new Promise((resolve) => setImmediate(resolve));
        controller.enqueue(piece);
        if ((sent += 1) > 20_000) controller.close();
      },
    });
    for (const [answer, reason] of [
      [() => new Response(endless()), /^head: too-large$/],
      [() => new Response(null, { status: 302, headers: { location: "https://elsewhere.example/" } }), /HTTP 302/],
      [() => new Response("busy", { status: 503 }), /HTTP 503/],
    ]) {
      const good = overHttp(first);
      const worker = await startWorker({ http: (request) => (request.url.endsWith("/head") ? answer() : good(request)), bindings: bindings() });
      try {
        assert.ok(await isOrigin(worker));
        assert.match(failures(worker)[0], reason);
      } finally {
        await worker.stop();
      }
    }
  });
});

describe("the first page of an isolate", () => {
  test("asks the origin while the store is asked", async () => {
    let tell;
    const isAsked = new Promise((resolve) => (tell = resolve));
    const origin = (request) => (tell(), shop(request));
    const read = async (key) => (await isAsked, first.get(key));
    const worker = await startWorker({ read, origin, bindings: bindings() });
    try {
      assert.ok(await isDecided(worker));
      assert.equal(worker.asked.length, 1);
      assert.deepEqual(failures(worker), []);
    } finally {
      await worker.stop();
    }
  });

  test("asks once, and without conditions where a slot is decided", async () => {
    const known = { "if-none-match": '"known"' };
    for (const [path, condition] of [["/", null], ["/nothing-here", '"known"']]) {
      const worker = await startWorker({ files: first, bindings: bindings() });
      try {
        await (await worker.get(path, { ...headers, ...known })).text();
        assert.deepEqual(worker.asked.map((request) => request.headers.get("if-none-match")), [condition], path);
      } finally {
        await worker.stop();
      }
    }
  });
});

describe("what a data center keeps for its next isolate", () => {
  const good = { files: first, steps: async (worker) => {
    assert.ok(await isDecided(worker));
    assert.equal((await health(worker)).sync.source, "store");
  } };
  const withFirst = () => ({ ...good, files: first });

  test("a store that is empty, that answers with garbage, with errors or not at all", { timeout: 120_000 }, async (t) => {
    const stores = {
      "an empty store": () => new Response(null, { status: 404 }),
      "garbage": () => new Response("<html>It works!</html>"),
      "errors": () => new Response("busy", { status: 503 }),
      "nothing": () => new Promise(() => {}),
    };
    for (const [name, http] of Object.entries(stores)) {
      await t.test(name, async () => {
        await dataCenter(
          withFirst(),
          // Old enough that the store is asked first.
          { http, steps: async (worker) => {
            await new Promise((resolve) => setTimeout(resolve, 1_000));
            const begun = Date.now();
            assert.ok(await isDecided(worker), "the release that was kept");
            assert.ok(Date.now() - begun < 8_000, `${Date.now() - begun} ms`);
            const { ok, sync } = await health(worker);
            assert.deepEqual([ok, sync.source, sync.failures > 0, sync.good], [true, "kept", true, null]);
            assert.ok(failures(worker).length > 0, "the failure is told");
          } },
        );
      });
    }
  });

  test("a head that is visible before its payloads: a new isolate begins with the release before", async () => {
    const files = new Map([...first, [HEAD, second.get(HEAD)]]);
    await dataCenter(withFirst(), { files, steps: async (worker) => {
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      assert.ok(await isDecided(worker));
      const { ok, sync } = await health(worker);
      assert.deepEqual([ok, sync.source], [true, "kept"]);
      assert.match(sync.failure, /^there is no \/v1\/development\/b\/[0-9a-f]{64} in the store$/);
      // Then the payloads come.
      const store = await worker.miniflare.getKVNamespace("BUNDLES");
      for (const [key, bytes] of second) await store.put(key, new Uint8Array(bytes).buffer);
      await until(async () => (await isDecided(worker)) && (await health(worker)).sync.source === "store");
    } });
  });

  test("a release that was kept a moment ago decides before the store has answered", async () => {
    const asked = [];
    const slow = async (request) => {
      await new Promise((resolve) => setTimeout(resolve, 4_000));
      return overHttp(second, asked)(request);
    };
    await dataCenter(
      { ...withFirst(), bindings: { REFRESH_SECONDS: "3600" } },
      { http: slow, bindings: { REFRESH_SECONDS: "3600" }, steps: async (worker) => {
        const begun = Date.now();
        assert.ok(await isDecided(worker));
        assert.ok(Date.now() - begun < 3_500, `${Date.now() - begun} ms`);
        assert.equal((await health(worker)).sync.source, "kept");
        // The answer that is on its way is taken.
        await until(async () => (await isDecided(worker)) && (await health(worker)).sync.source === "store");
        assert.deepEqual(failures(worker), []);
      } },
    );
  });

  test("a store goes back to an older release: the data center remembers the newer one", async () => {
    await dataCenter({ ...withFirst(), files: second }, { files: first, steps: async (worker) => {
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      const newest = (await health(worker)).version;
      assert.ok(await isDecided(worker));
      assert.deepEqual(failures(worker).slice(0, 1), ["timestamp: rollback"]);
      assert.equal(newest, site.now - 60);
    } });
    // Without that memory nobody can know.
    const fresh = await startWorker({ files: first, bindings: bindings() });
    assert.ok(await isDecided(fresh));
    await fresh.stop();
  });

  test("a deployment that pins another root sees nothing of it", async () => {
    await dataCenter(withFirst(), { files: new Map(), bindings: { ROOT_SHA256: "0".repeat(64) }, steps: async (worker) => {
      assert.ok(await isOrigin(worker));
    } });
  });
});

describe("the floor of the deployment", () => {
  test("a new isolate is shown nothing older than what it was deployed with", async () => {
    const floor = (release, timestamp = release) => ({ VERSION_FLOOR: `1.${timestamp}.${release}.0` });
    const [older, newer] = [site.now - 120, site.now - 60];
    for (const [files, set, reason] of [
      [second, floor(newer), undefined],
      [first, floor(older), undefined],
      [first, floor(newer), "timestamp: rollback"],
      [first, floor(newer, older), "release: rollback"],
      [second, { VERSION_FLOOR: `2.${newer}.${newer}.0` }, "root: rollback"],
      [second, { VERSION_FLOOR: `1.${newer}.${newer}.1` }, "overlay: rollback"],
      [second, { VERSION_FLOOR: "yes" }, "the variable VERSION_FLOOR is not four whole numbers with dots between them"],
    ]) {
      const worker = await startWorker({ files, bindings: bindings(set) });
      try {
        if (reason) {
          assert.ok(await isOrigin(worker), JSON.stringify(set));
          assert.deepEqual(failures(worker).slice(0, 1), [reason]);
        } else assert.ok(await isDecided(worker), JSON.stringify(set));
      } finally {
        await worker.stop();
      }
    }
  });
});

test("a schedule of the platform looks for a release where no visitor does", async () => {
  const files = new Map(first);
  const worker = await startWorker({ http: overHttp(files), bindings: bindings({ REFRESH_SECONDS: "3600" }) });
  try {
    const scheduled = async () => (await worker.miniflare.getWorker()).scheduled({ cron: "* * * * *" });
    assert.equal((await scheduled()).outcome, "ok");
    const { release } = await health(worker);
    for (const [key, bytes] of second) files.set(key, bytes);
    assert.equal((await scheduled()).outcome, "ok");
    assert.notEqual((await health(worker)).release, release);
    files.clear();
    assert.equal((await scheduled()).outcome, "ok", "what fails is logged");
    await worker.line("failure");
    assert.match(failures(worker)[0], /there is no .*head in the store/);
    assert.ok(await isDecided(worker));
  } finally {
    await worker.stop();
  }
});

describe("new roots", () => {
  let folder, roots, live;
  const SITE = "storefront";
  const path = (version) => `v1/production/root/${version}.cose`;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "selvedge-roots-"));
    const shop = join(folder, "shop");
    await cp(new URL("../../examples/storefront", import.meta.url).pathname, shop, { recursive: true, filter: (path) => !path.includes(".selvedge") });
    const selvedge = async (...args) => {
      const done = await run(SELVEDGE, args, { cwd: folder, env: { SELVEDGE_PASSPHRASE: "correct horse" } });
      assert.equal(done.code, 0, done.all);
    };
    await selvedge("keys", "new", shop, "--env", "production");
    await selvedge("build", shop, "--env", "production", "--out", "one");
    roots = [await readFile(join(shop, "trust/production/root/1.cose"))];
    for (let version = 2; version <= 4; version += 1) {
      await selvedge("keys", "rotate", shop, "--env", "production", "--name", version === 3 ? "root" : "timestamp");
      roots.push(await readFile(join(shop, `trust/production/root/${version}.cose`)));
    }
    await selvedge("build", shop, "--env", "production", "--out", "two");
    live = { one: await published(join(folder, "one")), two: await published(join(folder, "two")) };
    // A build brings every root.
    roots.forEach((bytes, at) => assert.deepEqual(Buffer.from(live.two.get(path(at + 1))), bytes));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const deployment = (version = 1) => bindings({ SITE, ENVIRONMENT: "production", ROOT_SHA256: sha256(roots[version - 1]), ROOT_VERSION: String(version) });

  test("are followed, and pages name the newest", async () => {
    for (const version of [1, 2, 3, 4]) {
      const worker = await startWorker({ files: live.two, bindings: deployment(version) });
      try {
        const block = pageBlock(await (await worker.get("/", headers)).text());
        assert.deepEqual([block.root, block.rootVersion], [sha256(roots[3]), 4]);
        assert.equal((await health(worker)).root, 4);
        const served = await worker.get(`/__selvedge/${path(4)}`);
        assert.match(served.headers.get("cache-control"), /immutable/);
        assert.equal(sha256(Buffer.from(await served.arrayBuffer())), block.root);
      } finally {
        await worker.stop();
      }
    }
  });

  test("reach an isolate that has a release", async () => {
    const files = new Map(live.one);
    const worker = await startWorker({ http: overHttp(files), bindings: deployment() });
    try {
      assert.equal((await health(worker)).root, 1);
      for (const [key, bytes] of live.two) files.set(key, bytes);
      await until(async () => (await isDecided(worker)) && (await health(worker)).root === 4);
      assert.deepEqual(failures(worker), []);
    } finally {
      await worker.stop();
    }
  });

  test("are published several at once, and one that is in neither folder is named", async () => {
    const selvedge = async (...args) => (await run(SELVEDGE, args, { cwd: folder })).all;
    await selvedge("publish", "one", "live", "--env", "production");
    await cp(join(folder, "two"), join(folder, "gap"), { recursive: true });
    for (const version of [2, 3]) await rm(join(folder, "gap", path(version)));
    assert.match(await selvedge("publish", "gap", "live", "--env", "production"), /warning: live lacks v1\/production\/root\/3\.cose\..*Copy the file from trust\/production\/root/s);
    assert.doesNotMatch(await selvedge("publish", "two", "live", "--env", "production"), /warning/);
    for (const version of [1, 2, 3, 4]) assert.deepEqual(await readFile(join(folder, "live", path(version))), roots[version - 1]);
  });

  test("are not followed by a page: its lines name the one that it was deployed with", async () => {
    const { open } = await import(pathToFileURL(join(dist, "browser/engine.js")));
    const ask = async (url) => {
      const bytes = url.protocol === "file:" ? await readFile(url) : live.two.get(url.pathname.slice(1));
      return bytes ? new Response(bytes) : new Response(null, { status: 404 });
    };
    const page = (version) =>
      open({ site: SITE, environment: "production", root: sha256(roots[version - 1]), rootVersion: version, base: "https://shop.example/", engine: "selvedge", ask });
    await assert.rejects(page(1), { message: "timestamp: unknown-key" });
    await page(4);
  });

  test("that are skipped, altered or not signed by the one before are refused", async () => {
    const other = (await published(site.first)).get(ROOT);
    const altered = Buffer.from(roots[1]);
    altered[altered.length - 1] ^= 1;
    for (const [second, reason] of [
      [undefined, /^timestamp: unknown-key$/],
      [roots[2], /^root: (rollback|unknown-key|threshold-not-met)$/],
      [roots[0], /^root: rollback$/],
      [altered, /^root: bad-signature$/],
      [other, /^root: wrong-environment$/],
      [Buffer.from("<html>"), /^root: malformed$/],
    ]) {
      const files = new Map(live.two);
      if (second) files.set(path(2), second);
      else files.delete(path(2));
      const worker = await startWorker({ files, bindings: deployment() });
      try {
        assert.ok(await isOrigin(worker));
        assert.match(failures(worker)[0], reason);
      } finally {
        await worker.stop();
      }
    }
  });
});

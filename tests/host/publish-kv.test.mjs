// Publishing into Workers KV, through a stand-in that Cloudflare's own wrangler talks to as well.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { published } from "./support/bundle.mjs";
import { startKv } from "./support/kv.mjs";
import { readRelease } from "./support/reader.mjs";
import { run, selvedge, twoReleases, well } from "./support/selvedge.mjs";

let site;
before(async () => (site = await twoReleases()));
after(() => site.remove());

const reading = (kv) => readRelease(async (key) => kv.values.get(key)?.bytes, "storefront", "development");

test("a release goes out payloads first, and the head last", async () => {
  const kv = await startKv();
  try {
    const { out, err } = await well(["publish", site.first, kv.url], kv.env);
    assert.match(out, /^storefront for development published to kv:\/\//);
    assert.match(out, /renew kv:\/\/\S+ --env development/);
    assert.match(err, /60 seconds or more/);
    const writes = kv.requests.filter((line) => line.startsWith("PUT ")).map((line) => decodeURIComponent(line.slice("PUT /values/".length)));
    assert.equal(writes.at(-1), "v1/development/head");
    assert.equal(new Set(writes).size, writes.length, "each key once");
    assert.equal((await reading(kv)).payloads, 5);
    for (const [key, bytes] of await published(site.first)) assert.ok(kv.values.get(key).bytes.equals(bytes), key);
    // A key that is absent is never asked for, but the head: KV remembers an absence.
    const asked = kv.requests.filter((line) => line.startsWith("GET /values/"));
    assert.deepEqual(new Set(asked.map((line) => decodeURIComponent(line.slice(12)))), new Set(["v1/development/head"]));
    assert.doesNotMatch(out + err, /secret-token/);

    const again = await well(["publish", site.first, kv.url], kv.env);
    assert.match(again.out, /was live already .*: 0 files written, 7 were there/);
  } finally {
    await kv.stop();
  }
});

test("wrangler reads what was published, and its own files do not disturb", { timeout: 120_000 }, async () => {
  const [kv, folder] = [await startKv({ pageSize: 3 }), await mkdtemp(join(tmpdir(), "selvedge-wrangler-"))];
  const wrangler = (...args) => {
    const program = new URL("node_modules/wrangler/bin/wrangler.js", import.meta.url).pathname;
    const quiet = { WRANGLER_SEND_METRICS: "false", CLOUDFLARE_CF_FETCH_ENABLED: "false", WRANGLER_LOG_PATH: folder, HOME: folder };
    return run(process.execPath, [program, "kv", ...args, "--remote", "--namespace-id", kv.namespace], { env: { ...kv.env, ...quiet }, cwd: folder });
  };
  try {
    await well(["publish", site.first, kv.url], kv.env);
    const listed = await wrangler("key", "list", "--prefix", "v1/development/b/");
    const names = JSON.parse(listed.out).map(({ name }) => name);
    const own = (await readdir(join(site.first, "v1/development/b"))).map((name) => `v1/development/b/${name}`);
    assert.deepEqual(names.sort(), own.sort());
    // One that wrangler writes, with metadata: it stands beside ours, and stays.
    await writeFile(join(folder, "note"), "not ours");
    const put = await wrangler("key", "put", "v1/development/b/note.txt", "--path", join(folder, "note"), "--metadata", '{"by":"hand"}');
    assert.equal(put.code, 0, put.all);
    assert.equal(kv.values.get("v1/development/b/note.txt").bytes.toString(), "not ours");
    assert.deepEqual(kv.values.get("v1/development/b/note.txt").metadata, { by: "hand" });
    await well(["publish", site.second, kv.url], kv.env);
    const pruned = await well(["prune", kv.url, "--remove"], kv.env);
    assert.match(pruned.err, /note\.txt is no file of Selvedge, and stays/);
    const head = await wrangler("key", "get", "v1/development/head");
    assert.equal(head.code, 0, head.all);
    assert.ok(head.bytes.equals(kv.values.get("v1/development/head").bytes), "byte for byte");
    const ours = kv.requests.find((line) => /^PUT \/values\/v1%2Fdevelopment%2Fb%2F[0-9a-f]{64}$/.test(line));
    const theirs = kv.requests.find((line) => line.startsWith("PUT /values/v1%2Fdevelopment%2Fb%2Fnote.txt"));
    assert.ok(ours && theirs, "both write to the same kind of address");
  } finally {
    await Promise.all([kv.stop(), rm(folder, { recursive: true })]);
  }
});

test("a payload that somebody damaged is written again, and so is one that is gone", async () => {
  const kv = await startKv();
  try {
    await well(["publish", site.first, kv.url], kv.env);
    const [one, two] = [...kv.values.keys()].filter((key) => key.includes("/b/"));
    kv.values.set(one, { ...kv.values.get(one), bytes: Buffer.from("<html>") });
    kv.values.delete(two);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    assert.match((await well(["publish", site.first, kv.url], kv.env)).out, /2 files written/);
    await reading(kv);
  } finally {
    await kv.stop();
  }
});

test("renew changes the timestamp alone, and needs no other key", async () => {
  const kv = await startKv();
  try {
    await well(["publish", site.first, kv.url], kv.env);
    const before = await reading(kv);
    const head = kv.values.get("v1/development/head").bytes;
    const wrong = await selvedge(["renew", kv.url, "--key", site.key.replace("timestamp", "release")], kv.env);
    assert.equal(wrong.code, 4);
    assert.match(wrong.err, /Give the key of the role `timestamp`/);
    const pem = await readFile(site.key, "utf8");
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const { out, err } = await well(["renew", kv.url, "--json"], { ...kv.env, SELVEDGE_TIMESTAMP_KEY: pem });
    assert.equal(JSON.parse(out).release, before.digest);
    assert.doesNotMatch(out + err, /PRIVATE KEY/);
    assert.ok(!kv.values.get("v1/development/head").bytes.equals(head));
    assert.deepEqual(await reading(kv), before);
    // The build is older than the timestamp now: nothing goes back.
    assert.match((await well(["publish", site.first, kv.url], kv.env)).out, /was live already/);
    assert.deepEqual(await reading(kv), before);
  } finally {
    await kv.stop();
  }
});

test("renew does not put a release back that KV still shows", async () => {
  let stale;
  const kv = await startKv({ fault: ({ method, path }) => (stale && method === "GET" && path === "/values/v1/development/head" ? { status: 200, raw: stale } : undefined) });
  try {
    await well(["publish", site.first, kv.url], kv.env);
    const head = kv.values.get("v1/development/head").bytes;
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await well(["publish", site.second, kv.url], kv.env);
    stale = head;
    const second = await reading(kv);
    const done = await selvedge(["renew", kv.url, "--key", site.key], kv.env);
    assert.equal(done.code, 3);
    assert.match(done.err, /another command has published or renewed within the last 5 minutes, and KV may not show its release yet\. Nothing was written/);
    assert.deepEqual(await reading(kv), second);
  } finally {
    await kv.stop();
  }
});

test("two publishers at once: the second one to arrive is told", async () => {
  const other = await published(site.second);
  let armed = false;
  const kv = await startKv({
    fault: ({ method, path }) => {
      // Just before our head is looked at once more, another publisher writes its own.
      if (armed && method === "PUT" && path.includes("/heads/")) for (const [key, bytes] of other) kv.values.set(key, { bytes });
      return undefined;
    },
  });
  try {
    await well(["publish", site.first, kv.url], kv.env);
    await site.build("third", site.now - 90);
    armed = true;
    const late = await selvedge(["publish", join(site.folder, "third"), kv.url], kv.env);
    assert.equal(late.code, 3);
    assert.match(late.err, /another publisher was faster, and the release [0-9a-f]{16} of .* is live now/);
    assert.ok(kv.values.get("v1/development/head").bytes.equals(other.get("v1/development/head")));
    await reading(kv);
  } finally {
    await kv.stop();
  }
});

test("what hosts would refuse is not published", async () => {
  const kv = await startKv();
  const refused = async (args, code, why, env = kv.env) => {
    const before = new Map(kv.values);
    const done = await selvedge(args, env);
    assert.equal(done.code, code, done.all);
    assert.match(done.err, why);
    assert.deepEqual(kv.values, before, "nothing was written");
  };
  try {
    await well(["publish", site.second, kv.url], kv.env);
    await refused(["publish", site.first, kv.url], 3, /is newer than the build .* hosts do not go back\. Nothing was written\. Build again/);

    const damaged = join(site.folder, "damaged");
    await rm(damaged, { recursive: true, force: true });
    await well(["build", site.shop, "--out", damaged], {});
    const [chunk] = await readdir(join(damaged, "v1/development/b"));
    await writeFile(join(damaged, "v1/development/b", chunk), "half");
    await refused(["publish", damaged, kv.url], 4, /is not published: v1\/development\/b\/[0-9a-f]{64}: /);

    const aYear = 365 * 86_400;
    await site.build("late", site.now - aYear);
    await refused(["publish", join(site.folder, "late"), kv.url], 4, /expired/);
    await site.build("early", site.now + aYear);
    await refused(["publish", join(site.folder, "early"), kv.url], 4, /more than a day ahead of this clock/);

    const keys = join(site.folder, "elsewhere");
    await well(["init", keys], {});
    await well(["build", keys, "--out", join(site.folder, "foreign")], {});
    await refused(["publish", join(site.folder, "foreign"), kv.url], 3, /is of the site `storefront`, and the build is of `[a-z-]+`|the root there has the SHA-256/);

    await refused(["publish", site.second, kv.url], 2, /needs the environment variable CLOUDFLARE_API_TOKEN/, { ...kv.env, CLOUDFLARE_API_TOKEN: "" });
    await refused(["publish", site.second, kv.url], 3, /answered 403 \(10000: Authentication error\)\. Check CLOUDFLARE_API_TOKEN/, { ...kv.env, CLOUDFLARE_API_TOKEN: "other" });
    await refused(["publish", site.second, "kv://ffffffff"], 3, /no such namespace in this account/);
    kv.values.set("v1/development/head", { bytes: Buffer.from("<html>hello</html>") });
    await refused(["publish", site.second, kv.url], 3, /is no release that can be read, so nothing was written/);
    await refused(["renew", kv.url, "--key", site.key], 3, /is no release that can be read/);
    await refused(["prune", kv.url, "--remove"], 3, /is no release that can be read/);
  } finally {
    await kv.stop();
  }
});

test("the commands of docs/publish.md run as they stand", async () => {
  const [page, kv, { startS3 }] = await Promise.all([readFile(new URL("../../docs/publish.md", import.meta.url), "utf8"), startKv(), import("./support/s3.mjs")]);
  const s3 = await startS3();
  const sdk = join(site.folder, "sdk");
  try {
    await mkdir(sdk);
    await writeFile(join(sdk, "loader.js"), "export {};");
    const env = { ...kv.env, ...s3.env, SELVEDGE_TIMESTAMP_KEY: await readFile(site.key, "utf8") };
    const lines = [...page.matchAll(/^selvedge (.*(?:kv|s3):\/\/.*)$/gm)].map(([, line]) => line);
    assert.equal(lines.length, 3);
    for (const line of lines) {
      const words = line.replace("NAMESPACE", kv.namespace).replace("BUCKET", "bundles").replace("dist/storefront", site.first).replace("node_modules/@selvedge/browser", sdk);
      await well(words.split(" "), env);
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
    await reading(kv);
    assert.ok(kv.values.has("assets/loader.js"));
    await readRelease((key) => s3.get(`__selvedge/${key}`), "storefront", "development");
    assert.equal((await s3.get("__selvedge/loader.js")).toString(), "export {};");
  } finally {
    await Promise.all([kv.stop(), s3.stop()]);
  }
});

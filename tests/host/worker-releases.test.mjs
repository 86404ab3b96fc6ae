// A Worker behind a store from which one release is promoted and then rolled back; and releases of earlier levels.
import assert from "node:assert/strict";
import { mkdtemp, cp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { published, sha256 } from "./support/bundle.mjs";
import { location, startKv } from "./support/kv.mjs";
import { selvedge, well } from "./support/selvedge.mjs";
import { startWorker } from "./support/worker.mjs";

const root = new URL("../../", import.meta.url).pathname;
const secret = { SELVEDGE_PASSPHRASE: "correct horse" };
let folder, shop;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "selvedge-releases-"));
  shop = join(folder, "shop");
  await cp(join(root, "examples/storefront"), shop, { recursive: true, filter: (path) => !path.includes(".selvedge") });
});
after(() => rm(folder, { recursive: true, force: true }));

const at = (name) => join(folder, name);

test("a Worker serves a promoted release, then the one before it, and says what it reads", { timeout: 120_000 }, async () => {
  await well(["keys", "new", shop, "--env", "production"], secret);
  const content = join(shop, "content/banner/eu.toml");
  const text = await readFile(content, "utf8");
  // Two releases are staged, and each is promoted from the folder that was staged.
  await well(["build", shop, "--out", at("one")]);
  await writeFile(content, text.replaceAll("Delivered", "Sent").replaceAll("Lieferung", "Versand"));
  await well(["build", shop, "--out", at("two")]);
  const kv = await startKv();
  const env = { ...kv.env, ...secret };
  let clock = Date.now();
  const place = location(kv, { delayOf: () => 0, now: () => clock });
  const promote = (from, more = [], wanted = env) => selvedge(["promote", at(from), kv.url, "--env", "production", "--site", shop, "--json", ...more], wanted);
  try {
    const first = await promote("one", ["--reason", "the first"]);
    assert.equal(first.code, 0, first.all);
    place.look();
    const pin = sha256(await readFile(join(shop, "trust/production/root/1.cose")));
    const worker = await startWorker({ bindings: { ENVIRONMENT: "production", ROOT_SHA256: pin, REFRESH_SECONDS: "1" }, read: (key) => place.get(key) });
    try {
      const banner = async () => /Delivered in|Sent in|Lieferung in|Versand in/.exec(await (await worker.send("/", { cf: { country: "DE", regionCode: "BY" } })).text())?.[0];
      const health = async () => (await worker.get("/__selvedge/health")).json();
      /** Waits until the Worker goes by this release. */
      const until = async (release) => {
        for (let tries = 0; tries < 100; tries++) {
          const seen = await health();
          assert.equal(seen.ok, true, JSON.stringify(seen));
          if (seen.release === release) return seen;
          clock += 61_000;
          await new Promise((resolve) => setTimeout(resolve, 200));
          await banner();
        }
        throw new Error(`the Worker does not see ${release}`);
      };
      const seen = await until(JSON.parse(first.out).release);
      assert.deepEqual([seen.engine, seen.formats], [3, [4, 11]]);
      assert.match(await banner(), /Delivered|Lieferung/);

      // With the Worker's own word, the second one goes out.
      const url = String(await worker.url());
      const second = await promote("two", ["--for", url]);
      assert.equal(second.code, 0, second.all);
      place.look();
      const later = await until(JSON.parse(second.out).release);
      assert.ok(later.version > seen.version);
      assert.match(await banner(), /Sent|Versand/);
      const payloads = (said) => JSON.parse(said.out).payloads.filter(({ kind }) => kind !== "debug").map(({ sha256 }) => sha256);
      const staged = [...(await published(at("two"))).keys()].join("\n");
      assert.ok(payloads(second).every((digest) => staged.includes(digest)), "the bytes are those that were staged");

      // On call, with the keys of release and timestamp alone.
      const back = await selvedge(["rollback", kv.url, "--site", shop, "--env", "production", "--reason", "wrong promise", "--for", url, "--json"], env);
      assert.equal(back.code, 0, back.all);
      place.look();
      const last = await until(JSON.parse(back.out).release);
      assert.ok(last.version > later.version);
      assert.match(await banner(), /Delivered|Lieferung/);
      const log = JSON.parse((await well(["changelog", "--in", kv.url, "--json"], env)).out);
      assert.deepEqual(log.records.map(({ change, proved }) => [change.kind, change.reason, proved]), [["rollback", "wrong promise", true], ["promote", null, true], ["promote", "the first", true]]);
      // Records are for people with access to the store.
      assert.equal((await worker.get(`/__selvedge/v1/production/changes/${last.version}.cbor`)).status, 404);
      assert.deepEqual(worker.logged.filter(({ kind, stage }) => kind === "failure" && stage !== "absent"), []);
    } finally {
      await worker.stop();
    }
  } finally {
    await kv.stop();
  }
});

for (const format of [4, 5, 6, 7, 8, "level-3"]) {
  test(`a Worker reads a release of format ${format}`, { timeout: 60_000 }, async () => {
    const files = await published(join(root, `tests/vectors/releases/${format}`));
    const pin = sha256(files.get("v1/production/root/1.cose"));
    const worker = await startWorker({ files, bindings: { SITE: "shop", ENVIRONMENT: "production", ROOT_SHA256: pin } });
    try {
      const health = await (await worker.get("/__selvedge/health")).json();
      assert.equal(health.ok, true, JSON.stringify(health));
      assert.equal(health.version, 1_790_000_000);
      assert.equal((await worker.get("/")).status, 200);
      assert.deepEqual(worker.logged.filter(({ kind, stage }) => kind === "failure" && stage !== "absent"), []);
    } finally {
      await worker.stop();
    }
  });
}

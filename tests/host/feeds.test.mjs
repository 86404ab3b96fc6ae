// Facts of a feed beside the release: the Worker and the engine of pages read them, and a release never changes because of them.
import assert from "node:assert/strict";
import { appendFile, cp, mkdtemp, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";

import { Response } from "miniflare";

import { dist, published, sha256 } from "./support/bundle.mjs";
import { location, startKv } from "./support/kv.mjs";
import { selvedge, well } from "./support/selvedge.mjs";
import { startWorker } from "./support/worker.mjs";

const EXAMPLE = new URL("../../examples/stock", import.meta.url).pathname;
let folder, shop, built, keys;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "selvedge-feeds-"));
  [shop, built] = [join(folder, "stock"), join(folder, "built")];
  await cp(EXAMPLE, shop, { recursive: true, filter: (path) => !/\.selvedge|feeds\.data/.test(path) });
  await warehouse(3, 41);
  await well(["build", shop, "--out", built]);
  keys = ["--data-key", join(shop, ".selvedge/keys/data.pem"), "--timestamp-key", join(shop, ".selvedge/keys/timestamp.pem")];
});
after(() => rm(folder, { recursive: true, force: true }));

/** The warehouse writes its file, `age` seconds ago, and it is imported. */
async function warehouse(jumpers, hats, age = 0) {
  const file = join(shop, "exports/stock.csv");
  await writeFile(file, `sku,name,on_hand\nherdwick-jumper,Jumper,${jumpers}\nfell-hat,Hat,${hats}\n`);
  const at = Date.now() / 1000 - age;
  await utimes(file, at, at);
  await well(["feed", "import", "--map", join(shop, "maps/stock.toml"), file]);
}

const publishData = (kv) => well(["feed", "publish", join(shop, "feeds.data"), kv.url, ...keys, "--json"], kv.env);
const origin = async (request) =>
  new Response(await readFile(join(shop, "pages", new URL(request.url).pathname, "index.html")), { headers: { "content-type": "text/html; charset=utf-8" } });

/** A Worker behind KV, as of what was published there at the last `look`. */
async function edge(kv) {
  let clock = 0;
  const place = location(kv, { delayOf: () => 0, now: () => clock });
  place.look();
  const pin = sha256((await published(built)).get("v1/development/root/1.cose"));
  const bindings = { SITE: "stock", ROOT_SHA256: pin, REFRESH_SECONDS: "1" };
  const worker = await startWorker({ files: [], bindings, origin, read: (key) => place.get(key) });
  const badge = async (product) => {
    const page = await worker.get(`/products/${product}/`);
    assert.equal(page.status, 200);
    return /data-slot="product.badge">(?:<!--.*?-->)?([^<]*)/.exec(await page.text())[1];
  };
  const health = async () => (await worker.get("/__selvedge/health")).json();
  // KV remembers an absence for a minute.
  const wait = () => ((clock += 61_000), place.look());
  return { worker, place, badge, health, wait };
}

async function until(holds, what) {
  for (let tries = 0; tries < 60; tries += 1) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  assert.fail(what);
}

test("the Worker decides by the stock, and newer data changes the page but not the release", { timeout: 60_000 }, async () => {
  const kv = await startKv();
  await well(["publish", built, kv.url], kv.env);
  const { worker, place, badge, health } = await edge(kv);
  try {
    assert.equal(await badge("herdwick-jumper"), "Only a few left");
    assert.equal(await badge("fell-hat"), "In stock");
    const first = await health();
    assert.deepEqual([first.ok, first.data_stale], [true, false]);

    await warehouse(60, 0);
    const told = JSON.parse((await publishData(kv)).out);
    assert.equal(told.release, first.release);
    assert.ok(told.data > first.data);
    place.look();
    await until(async () => (await badge("herdwick-jumper")) === "In stock", "the newer stock is seen");
    assert.equal(await badge("fell-hat"), "Sold out");
    const second = await health();
    assert.deepEqual([second.release, second.version], [first.release, first.version], "the release is what it was");
    assert.equal(second.data, told.data);

    // Only the data key may say what is in stock.
    const head = kv.values.get("v1/development/head").bytes;
    const wrong = await selvedge(["feed", "publish", join(shop, "feeds.data"), kv.url, "--data-key", keys[3], "--timestamp-key", keys[3]], kv.env);
    assert.equal(wrong.code, 4, wrong.all);
    assert.match(wrong.err, /Give the keys of the roles `data` and `timestamp`/);
    assert.ok(kv.values.get("v1/development/head").bytes.equals(head), "the live release is untouched");
    // A build from before the data would take it back.
    const older = await selvedge(["publish", built, kv.url], kv.env);
    assert.match(older.err, /the live data \(version \d+\) is newer/);
  } finally {
    await Promise.all([worker.stop(), kv.stop()]);
  }
});

test("a stale feed shows the origin's own, and so does data that is not there", { timeout: 60_000 }, async () => {
  const kv = await startKv();
  await warehouse(3, 0);
  const out = join(folder, "fresh");
  await well(["build", shop, "--out", out]);
  await well(["publish", out, kv.url], kv.env);
  const payload = [...kv.values.keys()].find((key) => kv.values.get(key).bytes.length < 200 && key.includes("/b/"));
  const whole = kv.values.get(payload);
  kv.values.delete(payload);
  const { worker, badge, wait } = await edge(kv);
  try {
    // A cold isolate whose data has not arrived: the release decides without its facts.
    assert.equal(await badge("herdwick-jumper"), "In stock");
    await until(() => worker.logged.some(({ kind, reason }) => kind === "failure" && /^there is no /.test(reason)), "it is said");
    kv.values.set(payload, whole);
    wait();
    await until(async () => (await badge("herdwick-jumper")) === "Only a few left", "it is asked for again");
    // The warehouse is silent for three hours, and may be for two.
    await warehouse(3, 0, 3 * 3600);
    await publishData(kv);
    wait();
    await until(async () => (await badge("herdwick-jumper")) === "In stock", "suppressed");
    assert.equal(await badge("fell-hat"), "In stock");
  } finally {
    await Promise.all([worker.stop(), kv.stop()]);
  }
});

test("the engine of pages reads the same facts, and decides the same", { timeout: 60_000 }, async () => {
  await warehouse(3, 0);
  const out = join(folder, "device");
  await well(["build", shop, "--out", out]);
  const files = await published(out);
  const { open } = await import(pathToFileURL(join(dist, "browser/engine.js")));
  const asked = [];
  const ask = async (url) => {
    asked.push(url.pathname);
    const bytes = url.protocol === "file:" ? await readFile(url) : files.get(url.pathname.slice(1));
    return bytes ? new Response(bytes) : new Response(null, { status: 404 });
  };
  const where = (engine) => ({
    site: "stock", environment: "development", root: sha256(files.get("v1/development/root/1.cose")), base: "https://shop.example/", engine, ask,
  });
  const visit = (sku) => ({ region: "DE", attributes: { "page.sku": sku }, identity: { page: "p" } });
  for (const engine of ["selvedge", "language", "rules"]) {
    const device = await open(where(engine));
    for (const sku of ["herdwick-jumper", "fell-hat", "tarn-blanket"]) {
      await writeFile(join(folder, "visit.json"), JSON.stringify(visit(sku)));
      const native = await well(["decide", out, "--json", "--context", join(folder, "visit.json")]);
      const expected = JSON.parse(native.out);
      delete expected.not_permitted;
      assert.deepEqual(JSON.parse(device.decide(visit(sku))), expected, `${engine}: ${sku}`);
    }
    assert.equal(JSON.parse(device.decide(visit("fell-hat"))).decisions["product.badge"].content, "badge/sold-out");
    assert.equal(JSON.parse(device.decide({ ...visit("fell-hat"), stale: ["stock"] })).decisions["product.badge"]?.detail, "STALE_FEED", engine);
  }
  // The smallest engine knows no feeds, and fetches one that does.
  assert.ok(asked.some((path) => path.endsWith("/rules.wasm")));
  // Data that somebody changed on the way counts as not there.
  const facts = [...files].filter(([path, bytes]) => path.includes("/b/") && bytes.includes("fell-hat"));
  const [data] = facts.sort(([, one], [, other]) => one.length - other.length);
  files.set(data[0], Buffer.from("x".repeat(data[1].length)));
  const device = await open(where("language"));
  assert.equal(JSON.parse(device.decide(visit("fell-hat"))).decisions["product.badge"].detail, "STALE_FEED");
});

test("what a login says of an account reaches each host, as far as consent covers it", { timeout: 60_000 }, async () => {
  const [site, out] = [join(folder, "accounts"), join(folder, "accounts-built")];
  await cp(EXAMPLE, site, { recursive: true, filter: (path) => !/\.selvedge|feeds\.data/.test(path) });
  const attribute = `
[profile.tier]
type = "symbol"
values = ["gold", "silver"]
source = "account"
from = "header:x-tier"
purposes = ["personalization"]
retention = "30d"
optional = true
description = "What the login says of the account."
`;
  await appendFile(join(site, "attributes.toml"), attribute);
  await appendFile(join(site, "consent.toml"), '\n[purposes.personalization]\nbasis = "consent"\ntext = "Showing what fits."\n');
  await writeFile(join(site, "content/badge/gold.toml"), '[locale.en]\ntext = "Yours first"\n');
  await writeFile(
    join(site, "experiences/gold.toml"),
    `slot = "product.badge"\npriority = 200\npurpose = "personalization"\nbenefit = "Gold members see what is kept for them"\n\n[[rule]]\nall = ['profile.tier == "gold"']\nshow = "badge/gold"\n`,
  );
  await well(["build", site, "--out", out]);
  const cookie = "selvedge-consent=v=1&epoch=1&personalization=1&storage=1";
  const content = (answer) => JSON.parse(answer).decisions["product.badge"].content;

  // The Worker: a header that the login sets in front of it.
  const files = await published(out);
  const bindings = { SITE: "stock", ROOT_SHA256: sha256(files.get("v1/development/root/1.cose")) };
  const worker = await startWorker({ files, bindings, origin });
  try {
    const badge = async (headers) => /data-slot="product.badge">(?:<!--.*?-->)?([^<]*)/.exec(await (await worker.get("/products/fell-hat/", headers)).text())[1];
    assert.equal(await badge({ cookie, "x-tier": "gold" }), "Yours first");
    assert.equal(await badge({ cookie, "x-tier": "silver" }), "In stock");
    assert.equal(await badge({ cookie }), "In stock");
    assert.equal(await badge({ "x-tier": "gold" }), "In stock", "nobody agreed");
  } finally {
    await worker.stop();
  }

  // A server of one's own, and the engine of a page: the context.
  const { open } = await import(pathToFileURL(join(dist, "browser/engine.js")));
  const ask = async (url) => {
    const bytes = url.protocol === "file:" ? await readFile(url) : files.get(url.pathname.slice(1));
    return bytes ? new Response(bytes) : new Response(null, { status: 404 });
  };
  const device = await open({ site: "stock", environment: "development", root: bindings.ROOT_SHA256, base: "https://shop.example/", engine: "selvedge", ask });
  for (const [grants, expected] of [[{ personalization: true }, "badge/gold"], [{}, null]]) {
    const visit = { region: "DE", attributes: { "page.sku": "fell-hat", "profile.tier": "gold" }, grants, identity: { page: "p" } };
    await writeFile(join(folder, "visit.json"), JSON.stringify(visit));
    const native = await well(["decide", out, "--json", "--context", join(folder, "visit.json")]);
    assert.deepEqual([content(native.out), content(device.decide(visit))], [expected, expected], JSON.stringify(grants));
  }
});

// The Worker behind Workers KV as it is: each key becomes visible at a time of its own, and an absence is remembered.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { published, sha256 } from "./support/bundle.mjs";
import { location, startKv } from "./support/kv.mjs";
import { twoReleases, well } from "./support/selvedge.mjs";
import { everything, shown, startWorker } from "./support/worker.mjs";

let site;
before(async () => (site = await twoReleases()));
after(() => site.remove());

const HEAD = "v1/development/head";

test("a head that is visible before its payloads keeps the last good release", { timeout: 60_000 }, async () => {
  const kv = await startKv();
  let clock = 0;
  // The head first, each payload ten seconds after the one before; an absence stays for a minute.
  const order = [];
  const delayOf = (key) => {
    if (kv.isFirst || key === HEAD) return 0;
    if (!order.includes(key)) order.push(key);
    return 10_000 * (1 + order.indexOf(key));
  };
  const place = location(kv, { delayOf, now: () => clock });
  kv.isFirst = true;
  await well(["publish", site.first, kv.url], kv.env);
  place.look();
  kv.isFirst = false;
  const pin = sha256((await published(site.first)).get("v1/development/root/1.cose"));
  const worker = await startWorker({ bindings: { ROOT_SHA256: pin, REFRESH_SECONDS: "1" }, read: (key) => place.get(key) });
  try {
    const release = async () => {
      const page = await worker.get("/", { cookie: everything });
      assert.equal(page.status, 200);
      await page.text();
      return (await worker.get("/__selvedge/health")).json();
    };
    const first = await release();
    assert.equal(first.ok, true);
    // Somebody who came often sees the club's banner and hero, whatever their id.
    const today = Math.floor(Date.now() / 86_400_000);
    const cookie = `${everything}; selvedge-id=0123456789abcdef0123456789abcdef; selvedge-state=visitor.visits_30d=6~${today}`;
    const slots = async () => shown(await (await worker.get("/", { cookie })).text());
    const before = await slots();
    assert.ok(Object.values(before).some(Boolean), JSON.stringify(before));
    await well(["publish", site.second, kv.url], kv.env);
    place.look();

    let [seen, waited] = [first, 0];
    while (seen.release === first.release) {
      assert.equal(seen.ok, true, JSON.stringify(seen));
      assert.deepEqual(await slots(), before, "no page falls back to the origin's own");
      clock += 5_000;
      waited += 5_000;
      assert.ok(waited < 400_000, "ends");
      // An isolate asks for the head again after a quarter of REFRESH_SECONDS or more.
      await new Promise((resolve) => setTimeout(resolve, 400));
      seen = await release();
    }
    assert.equal(seen.ok, true);
    assert.deepEqual(await slots(), before);
    assert.ok(seen.version > first.version);
    // The last payload of the new release is there after 10 seconds for each.
    assert.ok(order.length >= 2 && waited >= 10_000 * order.filter((key) => key.includes("/b/")).length, `${waited} ms, ${order}`);
    const reasons = worker.logged.filter(({ kind }) => kind === "failure").map(({ reason }) => reason);
    assert.ok(reasons.length > 0 && reasons.every((reason) => /^there is no \/v1\/development\/b\/[0-9a-f]{64} in the store$/.test(reason)), reasons.join("\n"));
  } finally {
    await Promise.all([worker.stop(), kv.stop()]);
  }
});

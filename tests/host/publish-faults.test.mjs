// Stores that fail, at every request: the live release stays whole, the error says what to do, and the next run completes.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startKv } from "./support/kv.mjs";
import { readRelease } from "./support/reader.mjs";
import { startS3 } from "./support/s3.mjs";
import { selvedge, twoReleases, well } from "./support/selvedge.mjs";

let [site, s3] = [];
before(async () => ([site, s3] = await Promise.all([twoReleases(), startS3()])));
after(() => Promise.all([site.remove(), s3.stop()]));

const html = { status: 200, headers: { "content-type": "text/html" }, body: "<html><body>Sign in to the network</body></html>" };
const busy = { status: 503, headers: {}, body: "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>" };
const PATIENCE = ["--patience", "1"];

/** A store under test: its address, variables, a fault at one request, and a reader. */
const stores = {
  kv: async () => {
    let fault = () => undefined;
    const kv = await startKv({ fault: (request) => fault(request) });
    return { url: kv.url, env: kv.env, count: () => kv.requests.length, fail: (by) => (fault = by), read: () => readRelease(async (key) => kv.values.get(key)?.bytes, "storefront", "development"), pause: 1000, stop: kv.stop };
  },
  s3: async () => {
    const prefix = `faults${Math.random().toString(36).slice(2)}`;
    return { url: `s3://bundles/${prefix}`, env: s3.env, count: () => s3.state.requests.length, fail: (by) => (s3.state.fault = by), read: () => readRelease((key) => s3.get(`${prefix}/${key}`), "storefront", "development"), pause: 0, stop: () => {} };
  },
};

for (const [name, open] of Object.entries(stores)) {
  test(`${name}: whatever fails at whichever request, nobody reads a mixed release`, { timeout: 120_000 }, async () => {
    const store = await open();
    try {
      await well(["publish", site.first, store.url], store.env);
      const first = await store.read();
      let [ended, live] = [0, first];
      for (let at = 1; ; at++) {
        // One kind of fault after the other, so that each meets many requests.
        const wrong = [html, "reset", busy][at % 3];
        const from = store.count();
        store.fail(({ count }) => (count - from >= at ? wrong : undefined));
        const done = await selvedge(["publish", site.second, store.url, "--patience", "0"], store.env);
        store.fail(() => undefined);
        const now = await store.read();
        assert.ok(now.digest === live.digest || now.version > live.version, "forwards only");
        live = now;
        if (done.code === 0) break;
        ended++;
        assert.equal(done.code, 3, done.all);
        assert.match(done.err, /^error: .*(kv|s3):\/\/\S+.*: /);
        assert.ok(at < 200, "ends");
      }
      assert.ok(ended >= 8, `${ended} faults`);
      await new Promise((resolve) => setTimeout(resolve, store.pause));
      await well(["publish", site.second, store.url], store.env);
      const second = await store.read();
      assert.ok(second.version > first.version);
    } finally {
      await store.stop();
    }
  });

  test(`${name}: a busy store is asked again, and one that stays busy is given up`, { timeout: 60_000 }, async () => {
    const store = await open();
    try {
      let left = 2;
      store.fail(() => (left-- > 0 ? { ...busy, status: 429, headers: { "retry-after": "1" } } : undefined));
      const begun = Date.now();
      await well(["publish", site.first, store.url], store.env);
      assert.ok(Date.now() - begun >= 2000, "Retry-After is followed");

      const failing = async (fault, why) => {
        store.fail(() => fault);
        const begun = Date.now();
        const done = await selvedge(["publish", site.second, store.url, ...PATIENCE], store.env);
        store.fail(() => undefined);
        assert.equal(done.code, 3, done.all);
        assert.match(done.err, why);
        assert.ok(Date.now() - begun < 10_000, "bounded");
      };
      await failing({ ...busy, status: 429, headers: { "retry-after": "300" } }, /answered 429 .*, 1 times in 0\.\d s\. It asks to wait 300 s: run the same command again then/);
      await failing(busy, /answered 503 \(SlowDown: Please reduce your request rate\), \d times in \d\.\d s\. Look whether the store is up/);
      await failing({ status: 500, headers: {}, body: "" }, /answered 500, \d times/);
      await failing("nothing", /timeout: global, \d times|timeout.*\d times/);
      await failing("reset", /, \d times in/);
      await failing(html, /This is no answer of|is no release that can be read/);
      await failing({ status: 200, headers: { date: "Sat, 30 Nov 2019 10:00:00 GMT" }, body: "" }, /no answer of|no release that can be read/);
    } finally {
      await store.stop();
    }
  });
}

test("a clock that is a year off is noticed by the store's", async () => {
  const kv = await startKv({ fault: () => undefined });
  const past = await startKv({ fault: () => ({ status: 404, headers: { date: "Sun, 30 Nov 2025 10:00:00 GMT" }, body: { success: false, errors: [{ code: 10009, message: "get: 'key not found'" }] } }) });
  try {
    const done = await selvedge(["publish", site.first, past.url], past.env);
    assert.equal(done.code, 3);
    assert.match(done.err, /this machine's clock says .*, and the store's says 2025-11-30T10:00:00Z\. Nothing was written\. Set the clock/);
  } finally {
    await Promise.all([kv.stop(), past.stop()]);
  }
});

test("nobody listens, and nobody is there", async () => {
  const env = { ...s3.env, AWS_ENDPOINT_URL: "http://127.0.0.1:9" };
  const refused = await selvedge(["publish", site.first, "s3://bundles/x", ...PATIENCE], env);
  assert.equal(refused.code, 3);
  assert.match(refused.err, /s3:\/\/bundles\/x\/v1\/development\/head: .*refused.*, \d times in/);
  for (const [url, why] of [
    ["ftp://x", /`ftp:\/\/x` is no store that is known/],
    ["s3://", /a bucket is missing/],
    ["r2://account", /names no bucket/],
    ["kv://no-id/x", /is no id of a KV namespace/],
  ]) {
    const done = await selvedge(["publish", site.first, url], { ...s3.env, CLOUDFLARE_ACCOUNT_ID: "a", CLOUDFLARE_API_TOKEN: "b" });
    assert.equal(done.code, 2, done.all);
    assert.match(done.err, why);
  }
});

// A Worker whose visitors are on a journey while releases come and go.
import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { published, sha256 } from "./support/bundle.mjs";
import { well } from "./support/selvedge.mjs";
import { consent, everything, pageBlock, startWorker } from "./support/worker.mjs";

const root = new URL("../../", import.meta.url).pathname;
const KEY = `1:${"6d".repeat(32)}`;
let folder, shop, live;
const [releases, builds, digests] = [[], [], []];

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "selvedge-journeys-"));
  [shop, live] = [join(folder, "shop"), join(folder, "live")];
  await cp(join(root, "examples/storefront"), shop, { recursive: true, filter: (path) => !path.includes(".selvedge") });
  const settings = join(shop, "selvedge.toml");
  await writeFile(settings, `${await readFile(settings, "utf8")}\n[journeys.order]\nslots = ["home.banner"]\nends = ["/cart/"]\ndays = 2\n`);
  const content = join(shop, "content/banner/eu.toml");
  const text = await readFile(content, "utf8");
  for (const [at, word] of ["Delivered", "Sent", "Brought"].entries()) {
    await writeFile(content, text.replaceAll("Delivered", word).replaceAll("Lieferung", word));
    const built = await well(["build", shop, "--out", join(folder, "built"), "--json", ...(at ? ["--since", live] : [])]);
    digests.push(JSON.parse(built.out).release);
    builds.push(await published(join(folder, "built")));
    await well(["publish", join(folder, "built"), live]);
    releases.push(await published(live));
  }
});
after(() => rm(folder, { recursive: true, force: true }));

/** A Worker behind a store that has the first release, or these files, and moves on. */
async function started(more = {}, files = releases[0]) {
  const pin = sha256(files.get("v1/development/root/1.cose"));
  const worker = await startWorker({ bindings: { ENVIRONMENT: "development", ROOT_SHA256: pin, REFRESH_SECONDS: "1", ...more }, read: (key) => files.get(key) });
  const page = async (path, headers) => {
    const answer = await worker.get(path, { cookie: everything, "x-selvedge-region": "DE", ...headers });
    const html = await answer.text();
    const set = answer.headers.getSetCookie().find((cookie) => cookie.startsWith("selvedge-journey="));
    return { word: /(Delivered|Sent|Brought) in|in [^<]{0,40}(Delivered|Sent|Brought)/.exec(html)?.[0]?.match(/Delivered|Sent|Brought/)?.[0], set, html, block: pageBlock(html) };
  };
  const moveTo = async (next, change = (all) => all) => {
    files = change(new Map(releases[next]));
    for (let tries = 0; tries < 100; tries++) {
      const seen = await (await worker.get("/__selvedge/health")).json();
      if (seen.release === digests[next]) return seen;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    throw new Error(`the Worker does not see release ${next}`);
  };
  return { worker, page, moveTo };
}
const failures = (worker) => worker.logged.filter(({ kind, stage }) => kind === "failure" && stage === "journeys");

test("a visitor ends a journey with the release that it began with", { timeout: 120_000 }, async () => {
  const { worker, page, moveTo } = await started({ AUDIT: "all", AUDIT_KEY: KEY });
  try {
    const begun = await page("/");
    assert.equal(begun.word, "Delivered");
    assert.match(begun.set, /^selvedge-journey=order=[0-9a-f]{16}~\d+; Path=\/; Max-Age=172800; SameSite=Lax/);
    const [pin] = begun.set.split(";");
    const cookie = `${everything}; ${pin}`;
    assert.equal((await page("/", { cookie })).set, undefined, "a pin is set once");

    const seen = await moveTo(1);
    assert.deepEqual([seen.earlier, seen.earlier_open], [1, 0]);
    const fresh = await page("/");
    assert.equal(fresh.word, "Sent");
    assert.notEqual(fresh.set.split(";")[0], pin);
    const old = await page("/", { cookie });
    assert.equal(old.word, "Delivered");
    assert.equal(old.set, undefined);
    const { decisions, bundle } = old.block.page;
    assert.ok(decisions["home.banner"].bundle && decisions["home.banner"].content === "banner/eu");
    assert.ok(Object.entries(decisions).every(([slot, one]) => slot === "home.banner" || !("bundle" in one)));
    assert.match(bundle, /^[0-9a-f]{64}$/);
    await worker.line("audit");
    const audits = () => worker.logged.filter(({ kind }) => kind === "audit");
    for (let tries = 0; tries < 100 && audits().length < 5; tries++) await new Promise((resolve) => setTimeout(resolve, 20));
    const ofBanner = audits().filter(({ slots }) => slots.some(({ slot }) => slot === "home.banner"));
    assert.ok(ofBanner.some((record) => record.slots.length === 1), "a record of its own for each release");

    // Nothing of the journey without permission to store, and the cookie goes.
    const silent = await page("/", { cookie: `${consent({ storage: false })}; ${pin}` });
    assert.equal(silent.word, "Sent");
    assert.match(silent.set, /^selvedge-journey=; Path=\/; Max-Age=0/);

    // A pin names what the release lists, or nothing.
    for (const forged of ["order=0011223344556677~20000", "order=x", "gone=0011223344556677~20000", `${pin.slice("selvedge-journey=".length)}~1`]) {
      assert.equal((await page("/", { cookie: `${everything}; selvedge-journey=${forged}` })).word, "Sent", forged);
    }

    // The second release later, and then the end of the journey.
    await moveTo(2);
    assert.equal((await page("/", { cookie })).word, "Delivered");
    assert.equal((await page("/")).word, "Brought");
    const day = Math.floor(Date.now() / 864e5);
    const older = cookie.replace(/~\d+/, `~${day - 2}`);
    assert.equal((await page("/", { cookie: older })).word, "Brought", "a journey grows too old");
    const done = await page("/cart/", { cookie });
    assert.match(done.set, /^selvedge-journey=; Path=\/; Max-Age=0/);
    assert.deepEqual(failures(worker), []);
  } finally {
    await worker.stop();
  }
});

test("without the files of the earlier release the current one decides, and the log says why", { timeout: 120_000 }, async () => {
  const before = await started();
  const [pin] = (await before.page("/")).set.split(";");
  await before.worker.stop();
  // This one never had the first release.
  const { worker, page } = await started({}, new Map([...releases[1]].filter(([key]) => !builds[0].has(key) || builds[1].has(key))));
  try {
    const page2 = await page("/", { cookie: `${everything}; ${pin}` });
    assert.equal(page2.word, "Sent");
    assert.equal(page2.set, undefined, "another isolate may have the files");
    assert.match((await worker.line("failure")).reason, /an earlier release does not open, so the current one decides/);
    assert.equal(failures(worker).length, 1);
    await page("/", { cookie: `${everything}; ${pin}` });
    assert.equal(failures(worker).length, 1, "it is not asked for again at once");
  } finally {
    await worker.stop();
  }
});

// An exposure is what was really shown: a slot whose element is not on the page, or cannot be changed, exposes nobody.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Response } from "miniflare";

import { everything, pageBlock, startWorker } from "./support/worker.mjs";

const HERO = "<div data-slot='home.hero'>hero</div>";
const BANNER = "<div data-slot='home.banner'>banner</div>";
const winter = { cookie: `${everything}; selvedge-id=${"cd".repeat(16)}`, "x-selvedge-now": "2026-12-02T10:00:00+01:00" };

/** What the log holds of a page with this markup. */
async function logged(body, headers = winter) {
  const worker = await startWorker({ origin: () => new Response(`<!doctype html>${body}`, { headers: { "content-type": "text/html; charset=utf-8" } }) });
  try {
    const html = await (await worker.get("/", headers)).text();
    await worker.line("reasons");
    const health = await (await worker.get("/__selvedge/health")).json();
    const exposures = worker.logged.filter(({ kind }) => kind === "exposure");
    return { html, exposures, failures: worker.logged.filter(({ kind }) => kind === "failure"), health };
  } finally {
    await worker.stop();
  }
}

const of = (exposures, slot) => exposures.find((exposure) => exposure.slot === slot);

test("a slot that is on the page is an exposure of what it shows", async () => {
  const { html, exposures, failures, health } = await logged(HERO + BANNER + "<div data-slot='home.recommendations'>x</div>");
  assert.ok(of(exposures, "home.hero").experiment, "an experiment runs there");
  assert.ok(of(exposures, "home.banner").content);
  assert.deepEqual(failures, []);
  assert.deepEqual(health.absent, {});
  assert.equal(pageBlock(html).absent, undefined);
});

test("a slot without an element is none, and is reported", async () => {
  const { html, exposures, failures, health } = await logged(BANNER);
  assert.equal(of(exposures, "home.hero"), undefined);
  assert.ok(of(exposures, "home.banner").content);
  assert.match(failures.map(({ reason }) => reason).join(), /home\.hero: nothing on the page matches its selector/);
  assert.equal(health.absent["home.hero"], 1);
  // The loader does not look for it.
  assert.ok(pageBlock(html).absent.includes("home.hero"));
});

test("an element that cannot be changed is none", async () => {
  const { exposures } = await logged(`<img data-slot='home.hero'>${BANNER}<div data-slot='home.recommendations'>x</div>`);
  const hero = of(exposures, "home.hero");
  assert.ok(hero === undefined || hero.content === null, JSON.stringify(hero));
});

test("the control of an experiment counts on the pages that have the slot, and on no others", async () => {
  // Of a few visitors, some are shown the origin's own content.
  let seen = 0;
  for (let visitor = 0; visitor < 12 && seen < 1; visitor += 1) {
    const headers = { ...winter, cookie: `${everything}; selvedge-id=${visitor.toString(16).padStart(2, "0").repeat(16)}` };
    const hero = of((await logged(HERO, headers)).exposures, "home.hero");
    if (!hero || hero.content !== null || !hero.experiment) continue;
    seen += 1;
    assert.equal(hero.arm, "control");
    assert.equal(of((await logged(BANNER, headers)).exposures, "home.hero"), undefined);
  }
  assert.equal(seen, 1, "somebody is in the control");
});

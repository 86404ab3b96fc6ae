// The example shop in Chromium: as it is, personalized by Selvedge at the edge or on the device, and by GrowthBook's browser SDK.
//
//   node run.mjs --selvedge PATH --modules FOLDER --bundle FOLDER --out FOLDER [--rounds N] [--quick]
//
// Every site answers a request after the same delay, and makes the same change of the same element. The sites take turns within a round, each
// in a new context. It prints its progress to stderr and the tables to stdout, and writes shop.json and shop.md. It asserts no time.

import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { markdown, text } from "./report.mjs";
import { sites } from "./sites.mjs";
import { observe, seen } from "./observe.mjs";

const { values: options } = parseArgs({
  options: { selvedge: { type: "string" }, modules: { type: "string" }, bundle: { type: "string" }, out: { type: "string" }, rounds: { type: "string" }, quick: { type: "boolean", default: false } },
});
const rounds = Number(options.rounds ?? (options.quick ? 3 : 9));
/** What each request waits for: a connection as it is, and a slow one. */
const DELAYS = options.quick ? [100] : [100, 400];
const SLOW_MS = 1500;
const PATH = "/?utm_campaign=mend-jumper";
const CHANGED = "A hole is not the end";
const WAIT_MS = 60_000;

process.env.SELVEDGE_BUNDLE = options.bundle;
const { chromium } = createRequire(join(options.modules, "x"))("playwright-core");
const all = await sites(options);
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"] });
mkdirSync(options.out, { recursive: true });
const results = { rounds, day: new Date().toISOString().slice(0, 10), chromium: browser.version(), tables: [], slow: undefined };

// Code that a browser compiled before is kept by the process: nobody is the first.
for (const site of all) await visit(site, 0);
for (const delay of DELAYS) {
  const samples = Object.fromEntries(all.map(({ key }) => [key, []]));
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < all.length; turn++) {
      const site = all[(turn + round) % all.length];
      samples[site.key].push(await visit(site, delay));
    }
    process.stderr.write(`round ${round + 1}/${rounds} with ${delay} ms a request\n`);
  }
  results.tables.push({ delay, rows: all.map(({ key, name }) => ({ name, ...medians(samples[key]) })) });
}
const device = all.find(({ key }) => key === "device");
const slow = [];
for (let round = 0; round < Math.min(rounds, 3); round++) slow.push(await visit(device, SLOW_MS));
results.slow = { delay: SLOW_MS, ...medians(slow) };

await browser.close();
await Promise.all(all.map((site) => site.close()));
writeFileSync(join(options.out, "shop.json"), `${JSON.stringify(results, null, 1)}\n`);
writeFileSync(join(options.out, "shop.md"), markdown(results));
console.log(text(results));

/** One page for a visitor whom nobody has seen before. */
async function visit(site, delay) {
  site.begin(delay);
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  try {
    const page = await context.newPage();
    await page.addInitScript(observe, CHANGED);
    await page.goto(site.origin + PATH, { waitUntil: "load" });
    if (site.changes) await page.waitForFunction((changed) => document.querySelector(".hero h1")?.textContent === changed, CHANGED, { timeout: WAIT_MS });
    // What comes late is part of the page.
    await page.waitForTimeout(500);
    return { ...(await page.evaluate(seen)), requests: site.requests(), kb: site.bytes() / 1000 };
  } finally {
    await context.close();
  }
}

function medians(samples) {
  const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
  return Object.fromEntries(Object.keys(samples[0]).map((key) => [key, median(samples.map((one) => one[key] ?? -1))]));
}

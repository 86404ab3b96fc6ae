// A Worker at full speed while its releases are swapped and its store fails.
//
//     node tests/host/worker-swaps.mjs [--requests N] [--swaps N] [--seed S]
//
// Each release writes its number into the content of every slot, and has other rules than the one before. So a page that was decided by two
// releases shows two numbers. After each swap the store is well, answers with garbage, with errors or not at all, or shows the new head before
// the new files; a seed determines which. No page may fail, fall back to the origin's own or be of two releases.
import { createHash } from "node:crypto";
import { cp, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { Response } from "miniflare";

import { published, sha256 } from "./support/bundle.mjs";
import { well } from "./support/selvedge.mjs";
import { everything, pageBlock, startWorker } from "./support/worker.mjs";

const SITE = join(import.meta.dirname, "browser/site");
const HEAD = "v1/development/head";
const ROOT = "v1/development/root/1.cose";
/** So many requests are open at once. */
const AT_ONCE = 16;
const FAULTS = ["well", "well", "garbage", "errors", "nothing", "head first"];

/** Whole numbers below `most` that a seed determines. */
function dice(seed) {
  let count = 0;
  return (most) => createHash("sha256").update(`${seed}/${count++}`).digest().readUInt32BE(0) % most;
}

/** Builds releases 0 to `swaps`; gives the files of each. */
async function releases(swaps) {
  const folder = await mkdtemp(join(tmpdir(), "selvedge-swaps-"));
  const site = join(folder, "site");
  await cp(SITE, site, { recursive: true, filter: (path) => !path.includes(".selvedge") });
  const now = Math.floor(Date.now() / 1000);
  const edit = async (from, change) => {
    for (const name of await readdir(join(site, from))) {
      const path = join(site, from, name);
      await writeFile(path, change(await readFile(path, "utf8")));
    }
  };
  const all = [];
  try {
    for (let number = 0; number <= swaps; number += 1) {
      await edit("content/c", (text) => text.replace(/(r\d+-)?new\b/, `r${number}-new`));
      await edit("experiences", (text) => text.replace(/all = \['visitor.visits_30d >= 2'.*\]/, `all = ['visitor.visits_30d >= 2', 'visitor.visits_30d <= ${900 - number}']`));
      const out = join(folder, `built-${number}`);
      await well(["build", site, "--out", out, "--env", "development"], { SOURCE_DATE_EPOCH: String(now - swaps - 60 + number) });
      all.push(await published(out));
    }
    return all;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Runs it; gives what was seen, or throws what must not be. */
export async function campaign({ requests, swaps, seed }) {
  const all = await releases(swaps);
  const roll = dice(seed);
  const page = await readFile(join(SITE, "pages/index.html"));
  let [live, fault, since] = [0, "well", 0];
  const http = async (request) => {
    const key = new URL(request.url).pathname.replace("/bundles/", "");
    if (fault === "nothing") return new Promise(() => {});
    if (fault === "errors") return new Response("busy", { status: 503 });
    if (fault === "garbage") return new Response("<!doctype html><p>It works!");
    const late = fault === "head first" && key !== HEAD;
    for (let number = late ? live - 1 : live; number >= 0; number -= 1) {
      if (all[number].has(key)) return new Response(new Uint8Array(all[number].get(key)));
    }
    return new Response(null, { status: 404 });
  };
  const seen = { pages: 0, failed: 0, mixed: 0, origin: 0, faults: {}, waits: [], releases: new Set() };
  const swapped = [performance.now()];
  const bundles = new Map();
  const bindings = { SITE: "changes", ROOT_SHA256: sha256(all[0].get(ROOT)), REFRESH_SECONDS: "1" };
  const worker = await startWorker({ http, bindings, origin: () => new Response(page, { headers: { "content-type": "text/html" } }) });
  const cookie = `${everything}; selvedge-id=${"0123456789abcdef".repeat(2)}; selvedge-state=visitor.visits_30d=6~${Math.floor(Date.now() / 864e5)}`;

  async function look() {
    const answer = await worker.get("/", { cookie });
    const html = await answer.text();
    seen.pages += 1;
    if (answer.status !== 200 || !html.includes("</html>")) return void (seen.failed += 1);
    const block = pageBlock(html);
    if (!block) return void (seen.origin += 1);
    const numbers = new Set([...html.matchAll(/r(\d+)-new/g)].map(([, number]) => Number(number)));
    const [number] = numbers;
    const other = bundles.get(block.page.bundle) ?? number;
    bundles.set(block.page.bundle, other);
    if (numbers.size !== 1 || other !== number) return void (seen.mixed += 1);
    if (seen.releases.has(number)) return;
    seen.releases.add(number);
    seen.waits.push(performance.now() - swapped[number]);
  }

  try {
    await look();
    const begun = performance.now();
    let next = 0;
    const runner = async () => {
      while (next < requests) {
        next += 1;
        const due = Math.floor((next * swaps) / requests);
        if (due > live) {
          swapped[due] = performance.now();
          [live, fault, since] = [due, FAULTS[roll(FAULTS.length)], next];
          seen.faults[fault] = (seen.faults[fault] ?? 0) + 1;
        } else if (fault === "head first" && next - since > requests / swaps / 2) fault = "well";
        await look();
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, runner));
    seen.seconds = (performance.now() - begun) / 1_000;
    // Then the store is well, and the last release comes.
    fault = "well";
    for (let tries = 0; !seen.releases.has(swaps) && tries < 150; tries += 1) {
      await pause(100);
      await look();
    }
    seen.refused = new Set(worker.logged.filter(({ kind }) => kind === "failure").map(({ reason }) => reason.replace(/[0-9a-f]{64}/, "DIGEST")));
    return seen;
  } finally {
    await worker.stop();
  }
}

if (process.argv[1] === import.meta.filename) {
  const options = { requests: 10_000, swaps: 100, seed: String(Date.now()) };
  for (let at = 2; at < process.argv.length; at += 2) options[process.argv[at].slice(2)] = process.argv[at + 1];
  const { requests, swaps, seed } = { ...options, requests: Number(options.requests), swaps: Number(options.swaps) };
  console.log(`${requests} requests, ${swaps} swaps, seed ${seed}`);
  const { pages, failed, mixed, origin, faults, waits, releases, seconds, refused } = await campaign({ requests, swaps, seed });
  const sorted = waits.slice(1).sort((one, two) => one - two);
  const at = (part) => `${(sorted[Math.floor(part * (sorted.length - 1))] / 1_000).toFixed(2)} s`;
  console.log(`${pages} pages in ${seconds.toFixed(1)} s: ${failed} failed, ${mixed} of two releases, ${origin} of the origin's own`);
  console.log(`the store after a swap: ${Object.entries(faults).map(([name, count]) => `${name} ${count}`).join(", ")}`);
  console.log(`${releases.size} of ${swaps + 1} releases were seen: after ${at(0.5)} in the middle, ${at(0.9)} for nine in ten, ${at(1)} at most; the last one ${releases.has(swaps) ? "came" : "NEVER CAME"}`);
  console.log(`refused: ${[...refused].join("; ")}`);
  process.exitCode = failed + mixed + origin > 0 || !releases.has(swaps) ? 1 : 0;
}

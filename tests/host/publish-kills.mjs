// `selvedge publish`, killed at random points, while a reader looks on.
//
//     node tests/host/publish-kills.mjs [--points N] [--seed S] [--store folder|s3]
//
// Each point has a place of its own, empty or with one live release. The command that publishes the next one is killed (SIGKILL) after a
// random part of the time that it takes. A run that ends before that is no point. A reader follows head, root and payloads all along, and
// checks every signature and digest. It may see the one release or the other, and nothing else. The same command, run once more,
// completes.
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir } from "node:fs/promises";
import { join } from "node:path";

import { readRelease } from "./support/reader.mjs";
import { startS3 } from "./support/s3.mjs";
import { SELVEDGE, start, twoReleases, well } from "./support/selvedge.mjs";

/** Numbers from 0 to 1 that a seed determines. */
function dice(seed) {
  let count = 0;
  return () => createHash("sha256").update(`${seed}/${count++}`).digest().readUInt32BE(0) / 2 ** 32;
}

const finished = (child) => new Promise((resolve) => child.on("close", (code, signal) => resolve({ code, signal })));

/** Where the releases live: the address of a place, its variables, and a look at a file of it. */
async function openStore(kind, folder) {
  if (kind === "s3") {
    const s3 = await startS3();
    return { url: (place) => `s3://bundles/${place}`, env: s3.env, get: (place) => (key) => s3.get(`${place}/${key}`), stop: s3.stop };
  }
  const base = join(folder, "places");
  await mkdir(base);
  const absent = (error) => {
    if (error.code !== "ENOENT") throw error;
  };
  return { url: (place) => join(base, place), env: {}, get: (place) => (key) => readFile(join(base, place, key)).catch(absent), stop: () => {} };
}

/** Runs the points of one store; gives what the reader saw. */
export async function campaign(kind, { points, seed }) {
  const site = await twoReleases();
  const store = await openStore(kind, site.folder);
  const roll = dice(`${seed}/${kind}`);
  const seen = { runs: 0, reads: 0, killed: 0, "before any file": 0, "among the payloads": 0, "before the head": 0, "with the head": 0, ended: 0 };
  try {
    const publish = (built, place) => ["publish", built, store.url(place)];
    const read = (place) => readRelease(store.get(place), "storefront", "development");
    const [before, next] = [await readBuilt(site.first), await readBuilt(site.second)];

    // How long the command takes beside the reader, which is learned on the way: kills that come too late or too early move it.
    let takes = 100;
    for (let point = 0; seen.killed < points; point++) {
      const place = `p${point}`;
      // Every other place is empty: there the first release of all is killed.
      const live = point % 2 ? undefined : before.digest;
      if (live) await well(publish(site.first, place), store.env);
      let isOver = false;
      const looking = (async () => {
        let last = live;
        while (!isOver) {
          const digest = (await read(place))?.digest;
          if (digest !== live && digest !== next.digest) throw new Error("a release that nobody published");
          if (last === next.digest && digest !== last) throw new Error("the reader saw the earlier release again");
          last = digest;
          seen.reads++;
          await new Promise((resolve) => setTimeout(resolve, 2));
        }
      })();
      const child = start(SELVEDGE, publish(site.second, place), { env: store.env });
      const delay = roll() * takes;
      const timer = setTimeout(() => child.kill("SIGKILL"), delay);
      const { signal } = await finished(child);
      clearTimeout(timer);
      seen.runs++;
      if (signal === "SIGKILL") {
        const reached = await stage(site, live, store.get(place));
        seen.killed++;
        seen[reached]++;
        takes *= reached === "before any file" ? 1.04 : 1;
      } else {
        seen.ended++;
        takes *= 0.85;
      }
      await well(publish(site.second, place), store.env);
      if ((await read(place)).digest !== next.digest) throw new Error("the next run did not complete");
      isOver = true;
      await looking.catch((error) => {
        throw new Error(`point ${point}, killed after ${delay.toFixed(1)} of ${takes.toFixed(1)} ms: ${error.message}`);
      });
    }
    return seen;
  } finally {
    await store.stop();
    await site.remove();
  }
}

const readBuilt = (folder) => readRelease((key) => readFile(join(folder, key)), "storefront", "development");

/** How far a killed command came. */
async function stage(site, live, get) {
  const fileOf = async (key) => readFile(join(site.second, key));
  const head = await get("v1/development/head");
  if (head?.equals(await fileOf("v1/development/head"))) return "with the head";
  const names = async (folder) => readdir(join(folder, "v1/development/b"));
  const old = new Set(live ? await names(site.first) : []);
  const wanted = (await names(site.second)).filter((name) => !old.has(name));
  const there = (await Promise.all(wanted.map((name) => get(`v1/development/b/${name}`)))).filter(Boolean).length;
  return there === 0 ? "before any file" : there < wanted.length ? "among the payloads" : "before the head";
}

if (process.argv[1] === import.meta.filename) {
  const options = { points: 200, seed: String(Date.now()), store: "" };
  for (let at = 2; at < process.argv.length; at += 2) options[process.argv[at].slice(2)] = process.argv[at + 1];
  for (const kind of options.store ? [options.store] : ["folder", "s3"]) {
    console.log(`${kind}: ${options.points} points, seed ${options.seed}`);
    const { runs, reads, killed, ended, ...stages } = await campaign(kind, { points: Number(options.points), seed: options.seed });
    const told = Object.entries(stages).map(([stage, count]) => `${stage} ${count}`);
    console.log(`${kind}: ${runs} runs, ${killed} killed (${told.join(", ")}), ${ended} ended before; ${reads} reads, 0 of a mixed release; every next run completed`);
  }
}

// Pages of all kinds through the Worker and through the preview: whatever a page is, it arrives whole.
//
//   node run.mjs SELVEDGE FOLDER SEED PAGES
//
// It prints what it found and exits 1 on a page that is shorter than the origin's, differs outside of what was put in, or between the hosts.
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";

import { environmentOf, published, sha256 } from "../support/bundle.mjs";
import { startWorker } from "../support/worker.mjs";
import { corpus } from "./corpus.mjs";
import { isOrigin, marks, parts } from "./judge.mjs";
import { dice, mutated, page as drawn } from "./shapes.mjs";
import { write } from "./site.mjs";

const [selvedge, folder, seed, count] = [process.argv[2], process.argv[3], Number(process.argv[4]), Number(process.argv[5])];
const IN_FLIGHT = 4;
const FOUND_MAX = 20;
/** The last lines of the Worker's log, which are kept with a page that is wrong. */
const LOGGED_LAST = 40;
const draw = dice(seed);
const tell = (line) => console.log(line);
tell(`seed ${seed}, ${count} pages`);

const sources = join(folder, "site");
rmSync(sources, { recursive: true, force: true });
const kinds = write(sources, draw);
rmSync(join(folder, "built"), { recursive: true, force: true });
execFileSync(selvedge, ["build", sources, "--out", join(folder, "built")], { stdio: ["ignore", "ignore", "inherit"] });
const wild = corpus(join(folder, "packages"), tell).map(({ name, bytes }) => ({ name, text: bytes.toString("latin1") }));

// ---- the origin: each page in pieces of its own
const served = new Map();
const origin = createServer((request, response) => {
  const found = served.get(new URL(request.url, "http://x").pathname.split("/")[2]);
  if (!found) return response.writeHead(404).end();
  const isZipped = found.isZipped && /gzip/.test(request.headers["accept-encoding"] ?? "");
  const bytes = isZipped ? gzipSync(found.bytes) : found.bytes;
  response.writeHead(200, { "content-type": found.type, ...(isZipped && { "content-encoding": "gzip" }) });
  async function* pieces() {
    let [at, size] = [0, found.first];
    for (let number = 0; at < bytes.length; number += 1) {
      yield bytes.subarray(at, at + size);
      at += size;
      size = found.piece;
      if (found.isSlow && number < 4) await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }
  // Who leaves early is no fault of the origin.
  Readable.from(pieces()).on("error", () => {}).pipe(response);
});
// A busy machine leaves connections idle for longer than a server keeps them: who then asks on one that closes is told of a lost connection.
origin.keepAliveTimeout = 600_000;
await new Promise((resolve) => origin.listen(0, "127.0.0.1", resolve));
const address = `http://127.0.0.1:${origin.address().port}`;

// ---- the hosts
const files = await published(join(folder, "built"));
const pin = sha256(files.get(`v1/${environmentOf(files)}/root/1.cose`));
const worker = await startWorker({ files, service: false, bindings: { SITE: "pages", ROOT_SHA256: pin, ORIGIN_URL: `${address}/` } });
const url = await worker.url();
const workerd = Number(execFileSync("pgrep", ["-P", String(process.pid), "-f", "workerd"], { encoding: "utf8" }).trim().split("\n")[0]);
const preview = spawn(selvedge, ["serve", sources, "--origin", address, "--port", "0"], { stdio: ["ignore", "pipe", "pipe"] });
const gaveUp = { worker: 0, preview: 0 };
const shop = await new Promise((resolve, reject) => {
  const listen = (line) => {
    if (/the parser gave up/.test(line)) gaveUp.preview += 1;
    const found = /http:\/\/127\.0\.0\.1:\d+/.exec(line.replace(address, ""));
    if (found) resolve(found[0]);
  };
  for (const stream of [preview.stdout, preview.stderr]) createInterface({ input: stream }).on("line", listen);
  preview.once("exit", (code) => reject(new Error(`the preview ended with ${code}`)));
});

const peak = (pid) => `${Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) / 1024)} MiB`;
const now = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) / 1024;

// ---- the campaign
const sums = { pages: 0, bytes: 0, rewritten: 0, changes: 0, untouched: 0, shorter: 0, different: 0, apart: 0, failed: 0 };
const found = [];
let next = 0;
let began;

function drawPage(number) {
  const isWild = wild.length > 0 && number % 2 === 0;
  const from = isWild ? wild[(number / 2) % wild.length] : { name: "drawn", text: drawn(draw) };
  // Each page of the packages comes once as it is.
  const isMutated = isWild ? number / 2 >= wild.length : draw.chance(0.3);
  return { name: `${from.name}${isMutated ? ", mutated" : ""}`, text: isMutated ? mutated(draw, from.text) : from.text };
}

async function one(number) {
  const { name, text } = drawPage(number);
  const bytes = Buffer.from(text, "latin1");
  const kind = draw.below(kinds);
  const piece = draw.one([bytes.length, 65_536, 16_384, 4_096, 1_460, Math.max(7, Math.ceil(bytes.length / 40))]) || 1;
  served.set(String(number), {
    bytes,
    type: draw.one(["text/html; charset=utf-8", "text/html", "text/html; charset=windows-1252"]),
    piece,
    // The first bytes decide whether it is a page at all.
    first: draw.chance(0.3) ? 1 + draw.below(20) : piece,
    isSlow: draw.chance(0.05),
    isZipped: draw.chance(0.2),
  });
  const path = `/${kind}/${number}`;
  const [there, here] = await Promise.all([get(`${url.origin}${path}`), get(`${shop}${path}`)]);
  served.delete(String(number));
  sums.pages += 1;
  sums.bytes += bytes.length;
  const read = [there, here].map((answer) => judge(answer, text));
  const same = read[0].page === read[1].page;
  for (const [host, { fault }] of [["workerd", read[0]], ["preview", read[1]]]) {
    if (fault) note(fault, `${host}: ${fault}`, { number, name, kind, text, answer: host === "workerd" ? there : here });
  }
  if (!same && !read[0].fault && !read[1].fault) note("apart", "the hosts differ", { number, name, kind, text, answer: there, other: here });
  sums[read[0].marks > 0 ? "rewritten" : "untouched"] += 1;
  sums.changes += read[0].marks;
}

async function get(address, isAgain = false) {
  try {
    const response = await fetch(address, { headers: { "x-selvedge-region": "DE" } });
    const body = Buffer.from(await response.arrayBuffer()).toString("latin1");
    if (response.status === 200) return body;
    tell(`${address}: status ${response.status}: ${body.slice(0, 300)}`);
  } catch (error) {
    // A connection that was idle closed as it was used again: nothing was asked.
    if (!isAgain && error.message === "fetch failed" && error.cause?.code === "UND_ERR_SOCKET") return get(address, true);
    tell(`${address}: ${error.message}: ${error.cause?.message}`);
  }
}

/** What an answer is: its page without the nonce, how many marks it has, and its fault. */
function judge(answer, text) {
  if (answer === undefined) return { page: "", marks: 0, fault: "failed" };
  const split = parts(answer);
  if (!split) {
    // A page that breaks off in a tag has no block, and marks all the same.
    const nonce = /<!--selvedge\+?:[^>]*~([0-9a-f]{32})-->| data-selvedge-set="[^"]*~([0-9a-f]{32}):/.exec(answer)?.slice(1).find(Boolean);
    if (nonce && isOrigin(answer, text, nonce)) return { page: answer.replaceAll(`~${nonce}`, "~"), marks: marks(answer, nonce), fault: undefined };
  }
  if (!split) return { page: answer, marks: 0, fault: answer === text ? undefined : answer.length < text.length ? "shorter" : "different" };
  const { page, nonce } = split;
  const fault = page.length < text.length ? "shorter" : isOrigin(page, text, nonce) ? undefined : "different";
  return { page: page.replaceAll(`~${nonce}`, "~"), marks: marks(page, nonce), fault };
}

function note(kind, what, { number, name, kind: slots, text, answer, other }) {
  sums[kind] += 1;
  if (found.push(what) > FOUND_MAX) return;
  const file = join(folder, `found-${number}`);
  mkdirSync(file, { recursive: true });
  for (const [part, bytes] of Object.entries({ origin: text, answer, other })) if (bytes !== undefined) writeFileSync(join(file, `${part}.html`), Buffer.from(bytes, "latin1"));
  writeFileSync(join(file, "logged.json"), JSON.stringify(worker.logged.slice(-LOGGED_LAST), null, 1));
  tell(`page ${number} (${name}, slots of /${slots}/): ${what}; see ${file}`);
}

began = Date.now();
const before = Math.round(now(workerd));
await Promise.all(Array.from({ length: IN_FLIGHT }, async () => {
  while (next < count) {
    const number = next++;
    await one(number);
    if (sums.pages % 2_000 === 0) tell(`${sums.pages} pages, ${Math.round((Date.now() - began) / 1000)} s: ${sums.rewritten} rewritten, ${sums.shorter + sums.different + sums.apart + sums.failed} wrong`);
  }
}));
gaveUp.worker = worker.logged.filter(({ kind, stage }) => kind === "failure" && stage === "rewrite").filter(({ reason }) => !/^p\d+\./.test(reason)).length;
const failures = new Map();
for (const { kind, stage, reason } of worker.logged) if (kind === "failure" && !/^p\d+\./.test(reason)) failures.set(`${stage}: ${reason}`, (failures.get(`${stage}: ${reason}`) ?? 0) + 1);
for (const [failure, pages] of failures) tell(`  workerd said on ${pages} pages: ${failure}`);
tell(`${sums.pages} pages of ${(sums.bytes / 1e6).toFixed(0)} MB through workerd and the preview, ${wild.length} of them from packages as they are`);
tell(`  rewritten ${sums.rewritten} (${((100 * sums.rewritten) / sums.pages).toFixed(1)} %) with ${sums.changes} changes, without a change ${sums.untouched}; the parser gave up on ${gaveUp.worker} in workerd, ${gaveUp.preview} in the preview`);
tell(`  memory at most: workerd ${peak(workerd)} (${before} MiB before), preview ${peak(preview.pid)}`);
tell(`  shorter ${sums.shorter}, different outside of what was put in ${sums.different}, different between the hosts ${sums.apart}, failed ${sums.failed}`);
await worker.stop();
preview.removeAllListeners("exit");
preview.kill();
origin.close();
origin.closeAllConnections();
process.exitCode = found.length > 0 ? 1 : 0;

// Every attack of `tests/vectors/trust` on each engine of a page in Chromium, and the signatures of `tests/vectors/ed25519.json` on its WebCrypto.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { Readable } from "node:stream";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { attacks, inWords, judge, verdictsOf } from "./support/attacks.mjs";
import { startChromium } from "./support/chromium.mjs";

const DIST = join(import.meta.dirname, "../../dist/browser");
const SIGNATURES = JSON.parse(readFileSync(new URL("../vectors/ed25519.json", import.meta.url))).cases;
const ENGINES = ["rules", "language", "selvedge"];
const TYPES = { js: "text/javascript", wasm: "application/wasm" };
let all, browser, page, server;

before(async () => {
  all = await attacks();
  server = createServer((request, response) => {
    const path = new URL(request.url, "http://vectors.test").pathname;
    if (path === "/") return response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>x</title>");
    if (!/\.(js|wasm)$/.test(path) && !path.startsWith("/attack/")) return response.writeHead(404).end();
    const attack = /^\/attack\/(\d+)(?:-(\d+))?(\/.*)$/.exec(path);
    if (!attack) return response.writeHead(200, { "content-type": TYPES[path.split(".").pop()], "cache-control": "max-age=3600" }).end(readFileSync(join(DIST, path)));
    const body = all.attacks[attack[1]].read(attack[3], attack[2] && Number(attack[2]));
    if (body === undefined) return; // The connection stays open, and nothing comes.
    if (body === null) return response.writeHead(404).end();
    response.writeHead(200, { "content-type": "application/octet-stream" });
    if (body instanceof ReadableStream) return Readable.fromWeb(body).on("error", () => {}).pipe(response);
    response.end(body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  browser = await startChromium();
  page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
});
after(async () => {
  await browser?.close();
  server?.closeAllConnections();
  server?.close();
});

/** What an engine says of these stores, in their order. */
const said = (engine, stores) =>
  page.evaluate(async ({ site, environment, engine, stores }) => {
    const { open } = await import("/engine.js");
    const answers = [];
    const say = ({ base, root, rootVersion }) => {
      const opened = open({ site, environment, engine, root, rootVersion, base: new URL(base, location.href) });
      const late = new Promise((resolve) => setTimeout(resolve, 3_000, "waits"));
      return Promise.race([opened.then(() => "opens", ({ message }) => message), late]);
    };
    for (let from = 0; from < stores.length; from += 8) answers.push(...(await Promise.all(stores.slice(from, from + 8).map(say))));
    return answers;
  }, { site: all.site, environment: all.environment, engine, stores });

const store = ({ root_sha256, root_version }, base) => ({ base, root: root_sha256, rootVersion: root_version });

for (const engine of ENGINES) {
  test(`${engine}: every attack is refused with its reason, or seen through only by hosts with a memory`, { timeout: 300_000 }, async (t) => {
    const answers = await said(engine, all.attacks.map((attack, at) => store(attack, `/attack/${at}/`)));
    for (const [at, { promise, attack, page_says, altered }] of all.attacks.entries()) {
      if (altered) continue;
      await t.test(`${promise}: ${attack}`, () => assert.equal(inWords(answers[at]), page_says));
    }
  });

  test(`${engine}: a signed release that is no bundle is asked for twice at most`, async () => {
    const asked = [];
    page.on("request", (request) => asked.push(request.url()));
    assert.match((await said(engine, [store(all.attacks[0], "/attack/0/")]))[0], /^bundle: /);
    assert.ok(asked.filter((url) => url.endsWith("/head")).length <= 2, asked.join("\n"));
    page.removeAllListeners("request");
  });

  test(`${engine}: no altered byte of the head is taken`, { timeout: 300_000 }, async () => {
    const at = all.attacks.findIndex(({ altered }) => altered?.path.endsWith("/head"));
    const { altered } = all.attacks[at];
    // With EVERY=1 each engine meets every byte. Otherwise the smallest meets more than the others: they are one source.
    const step = process.env.EVERY ? 1 : engine === "rules" ? 7 : 35;
    const bytes = [...altered.honest.keys()].filter((byte) => byte % step === 0);
    const answers = await said(engine, bytes.map((byte) => store(all.attacks[at], `/attack/${at}-${byte}/`)));
    answers.forEach((answer, byte) => assert.match(answer, /^(head|timestamp|release|overlay|approval|decisioning|content|data): [a-z-]+$/, `byte ${bytes[byte]}`));
  });
}

test("WebCrypto takes no signature that this machine refuses, but those that no document may have", async () => {
  const verdicts = await page.evaluate(verdictsOf, SIGNATURES);
  judge(verdicts, SIGNATURES);
});

// Releases of earlier levels and formats on each engine of a page, in Chromium: they open, and decide as they did then.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { published } from "./support/bundle.mjs";
import { startChromium } from "./support/chromium.mjs";

const DIST = join(import.meta.dirname, "../../dist/browser");
const RELEASES = join(import.meta.dirname, "../vectors/releases");
const ENGINES = ["rules", "language", "selvedge"];
const TYPES = { js: "text/javascript", mjs: "text/javascript", wasm: "application/wasm" };
let browser, page, server;

before(async () => {
  server = createServer((request, response) => {
    const path = new URL(request.url, "http://releases.test").pathname;
    if (path === "/") return response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>x</title>");
    const file = path === "/answer.mjs" ? join(import.meta.dirname, "parity/answer.mjs") : join(DIST, path);
    if (!/^\/[\w-]+\.(js|mjs|wasm)$/.test(path)) return response.writeHead(404).end();
    response.writeHead(200, { "content-type": TYPES[path.split(".").pop()] }).end(readFileSync(file));
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

/** What an engine answers to these visits; nothing if it can do too little for the release. */
const answered = (engine, files, lines) =>
  page.evaluate(
    async ({ engine, files, lines }) => {
      const [script, { open, answers }] = await Promise.all([import("/engine.js"), import("/answer.mjs")]);
      const module = await WebAssembly.compileStreaming(fetch(`/${engine}.wasm`));
      const bytes = new Map(files.map(([key, text]) => [key, Uint8Array.from(atob(text), (character) => character.charCodeAt(0))]));
      const device = await open({ engine: script, module, files: bytes, site: "shop", environment: "production" });
      return device && answers(device, lines);
    },
    { engine, files, lines },
  );

/** What each slot shows, and why, as `tests/suite/releases/golden.rs` writes it. */
function inWords(answer) {
  const one = ({ content, reason, detail }) => `${content ?? "control"}:${reason}${detail ? `/${detail}` : ""}`;
  return Object.values(JSON.parse(answer).decisions ?? {}).map(one).join(" ") || answer;
}

for (const format of readdirSync(RELEASES)) {
  test(`a page decides by a release of format ${format} as it did then`, { timeout: 60_000 }, async () => {
    const text = (name) => readFileSync(join(RELEASES, format, name), "utf8").trimEnd().split("\n");
    const [lines, expected] = [text("visits.jsonl"), text("decisions.txt")];
    const files = [...(await published(join(RELEASES, format)))].map(([key, bytes]) => [key, bytes.toString("base64")]);
    let reading = 0;
    for (const engine of ENGINES) {
      const found = await answered(engine, files, lines);
      if (!found) continue;
      reading += 1;
      // No page has the list of withdrawals. The smaller engines take no signals of consent platforms: the script of a page decodes them.
      const foreign = engine === "selvedge" ? /"there is no `revoked` in signals"/ : /"there is no `\w+` in signals"/;
      const isTaken = (answer) => !foreign.test(answer);
      const told = found.map((answer, at) => (isTaken(answer) ? inWords(answer) : expected[at]));
      assert.deepEqual(told, expected, engine);
      assert.ok(found.filter(isTaken).length > 20, "the engine takes hardly any visit");
    }
    assert.ok(reading > 0, "no engine reads it");
    assert.ok(await answered("selvedge", files, lines.slice(0, 1)), "the whole engine reads every release");
  });
}

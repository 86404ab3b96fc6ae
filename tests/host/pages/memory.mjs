// What an open page costs the Worker: many pages at once, each held by a slow origin after most of it has passed, in workerd.
//
//   node memory.mjs
//
// It prints how much the memory of the process grows with each page more, beside a Worker that passes pages on, and one that lets the runtime's
// own rewriter set an attribute. That holds V8's objects, Wasm and the parser, with the garbage of all of them.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

import { everything, startWorker } from "../support/worker.mjs";

const [FEW, MANY] = [200, 600];
const SIZE = 400_000;
const head = "<!doctype html><title>t</title><main><div data-slot='home.banner'>old</div>";
const body = head + "<p class=text>Some text of the page</p>\n".repeat(SIZE / 40);

const PASSED = (address) => `fetch("${address}", request)`;
const PARSED = (address) => `fetch("${address}", request).then((page) => new HTMLRewriter().on("[data-slot]", { element: (found) => void found.setAttribute("x", "y") }).transform(page))`;

async function perPage(peer) {
  const waiting = [];
  const origin = createServer((_, response) => {
    response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).write(body);
    waiting.push(() => response.end("<div data-slot='home.hero'>old</div></main>"));
  });
  await new Promise((resolve) => origin.listen(0, "127.0.0.1", resolve));
  const address = `http://127.0.0.1:${origin.address().port}/`;
  const worker = await startWorker({ service: false, passThrough: peer?.(address), bindings: { ORIGIN_URL: address } });
  try {
    const url = (await worker.url()).origin;
    const workerd = Number(execFileSync("pgrep", ["-P", String(process.pid), "-f", "workerd"], { encoding: "utf8" }).trim().split("\n")[0]);
    const resident = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${workerd}/status`, "utf8"))[1]);
    const open = async () => {
      const response = await fetch(`${url}/`, { headers: { cookie: everything, "accept-encoding": "identity" } });
      const reader = response.body.getReader();
      let bytes = 0;
      const upTo = async (limit) => {
        while (bytes < limit) {
          const { done, value } = await reader.read();
          if (done) return;
          bytes += value.length;
        }
      };
      // Whatever does not wait for its end has come.
      await upTo(SIZE - 20_000);
      return () => upTo(Infinity);
    };
    const begun = await Promise.all(Array.from({ length: FEW }, open));
    const few = resident();
    begun.push(...(await Promise.all(Array.from({ length: MANY - FEW }, open))));
    const many = resident();
    waiting.forEach((end) => end());
    await Promise.all(begun.map((end) => end()));
    return (many - few) / (MANY - FEW);
  } finally {
    await worker.stop();
    origin.close();
    origin.closeAllConnections();
  }
}

const [passed, parsed, ours] = [await perPage(PASSED), await perPage(PARSED), await perPage()];
const shown = (kib) => `${kib.toFixed(0)} KiB`;
console.log(`  memory of a page of ${SIZE / 1000} KB, from ${FEW} to ${MANY} open at once: ${shown(ours)}; by the runtime's rewriter alone ${shown(parsed)}, passed on ${shown(passed)}`);

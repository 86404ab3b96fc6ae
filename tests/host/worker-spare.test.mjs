// Nothing makes a page shorter: where the runtime's parser gives up, the origin's page goes on, byte for byte.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { brotliCompressSync, constants, createGzip, gzipSync } from "node:zlib";

import { Response } from "miniflare";

import { everything, startWorker, withoutNonce } from "./support/worker.mjs";

const today = Math.floor(Date.now() / 86_400_000);
const knitwear = `selvedge-state=${encodeURIComponent("visitor.visits_30d")}=6~${today}&visitor.last_category=knitwear~${today}`;
const cookie = `${everything}; ${knitwear}`;
const utf8 = "text/html; charset=utf-8";

const banner = "<div data-slot='home.banner'>old</div>";
const shelf = "<div data-slot='home.recommendations'>old</div>";
const cells = "<tr><td>article 100<td>price 12.50<td>stock 7<td>colour red<td>size m<td>weight 10\n";
const table = `<table>${cells.repeat(2_900)}</table>`;
const paragraphs = "<p>one".repeat(20_000);
const select = "<select><option>1<style>p{}</style></select>";
const long = `<img src="data:image/png;base64,${"A".repeat(4_000_000)}">`;
const text = "<p>text</p>\n".repeat(15_000);

/** The page less the data block, and less what the changes put in. */
function less(html) {
  const page = html.replace(/<\/textarea><\/title>[^"]*?<script type="application\/json" id="selvedge-page">.*?<\/script>$/s, "");
  assert.notEqual(page.length, html.length, "the data block ends the page");
  return page
    .replaceAll(/<!--selvedge:([\w.]+)-->.*?<template data-selvedge-control="\1">(.*?)<\/template>.*?<!--\/selvedge:\1-->/gs, "$2")
    .replaceAll(/ data-selvedge-[\w-]+="[^"]*"/g, "");
}

function changed(html) {
  return [...html.matchAll(/<!--selvedge:([\w.]+)-->/g)].map(([, slot]) => slot);
}

/** What a visitor gets when the origin's page comes in these pieces, and the log. */
async function visit(pieces, { gap = 0, contentType = utf8 } = {}) {
  const origin = () => {
    const body = new ReadableStream({
      async start(controller) {
        for (const [position, piece] of pieces.entries()) {
          if (position > 0) await pause(gap);
          controller.enqueue(typeof piece === "string" ? new TextEncoder().encode(piece) : piece);
        }
        controller.close();
      },
    });
    return new Response(body, { headers: { "content-type": contentType } });
  };
  const worker = await startWorker({ origin });
  try {
    const response = await worker.get("/", { cookie });
    const bytes = Buffer.from(await response.arrayBuffer());
    await worker.line("reasons");
    const failures = worker.logged.filter((line) => line.kind === "failure" && line.stage !== "absent").map((line) => line.reason);
    return { status: response.status, html: withoutNonce(bytes.toString()), bytes, failures };
  } finally {
    await worker.stop();
  }
}

const both = ["home.banner", "home.recommendations"];
for (const [name, before, after, gaveUp] of [
  ["a table whose end tags are left out", table, "", /memory/],
  ["20,000 open paragraphs", paragraphs, "", /memory/],
  ["a style in a select", select, "", /ambiguous/],
  ["a title in a select", "<select><title>a</title></select>", "", /ambiguous/],
  ["an attribute of 4 MB", long, "", /memory/],
  ["such an attribute behind 174 KB", text + long, "", /memory/],
  ["a page that the parser reads to its end", text, "", undefined],
]) {
  for (const [place, page, slots] of [
    ["and no slot", `<!doctype html><main>${before}${after}</main>`, []],
    ["and a slot before it", `<!doctype html>${banner}<main>${before}</main>`, ["home.banner"]],
    ["and a slot behind it", `<!doctype html><main>${before}</main>${shelf}`, gaveUp ? [] : ["home.recommendations"]],
    ["between two slots", `<!doctype html>${banner}<main>${before}</main>${shelf}`, gaveUp ? ["home.banner"] : both],
  ]) {
    test(`${name} ${place}`, async () => {
      const { status, html, failures } = await visit([page]);
      assert.equal(status, 200);
      assert.ok(less(html) === page, `${html.length} bytes for ${page.length}`);
      assert.deepEqual(changed(html), slots);
      assert.equal(failures.length, gaveUp ? 1 : 0, JSON.stringify(failures));
      if (gaveUp) assert.match(failures[0], gaveUp);
    });
  }
}

test("it gives up in a later piece of a slow page", async () => {
  for (const trouble of [select, table, long]) {
    const pieces = [`<!doctype html><title>t</title>${banner}${text}`, `<p>late</p>${trouble}`, `${shelf}<p>end</p>`];
    const { html, failures } = await visit(pieces, { gap: 400 });
    assert.ok(less(html) === pieces.join(""), trouble.slice(0, 40));
    assert.deepEqual(changed(html), ["home.banner"]);
    assert.equal(failures.length, 1, JSON.stringify(failures));
  }
});

test("it gives up on a small page that is here at once", async () => {
  for (const trouble of [select, "<select><title>a</title></select>"]) {
    const page = `<!doctype html>${banner}<main>${trouble}</main>${shelf}`;
    const worker = await startWorker({ origin: () => new Response(page, { headers: { "content-type": utf8 } }) });
    try {
      for (let visits = 0; visits < 5; visits++) {
        const html = withoutNonce(await (await worker.get("/", { cookie })).text());
        assert.ok(less(html) === page, html);
        assert.deepEqual(changed(html), ["home.banner"]);
      }
    } finally {
      await worker.stop();
    }
  }
});

test("it gives up in the middle of a slot's element", async () => {
  const page = `<div data-slot='home.banner'>old ${"<b>".repeat(10)}${"</b>".repeat(10)}<i>${select}`;
  for (const pieces of [[`${page}</i></div><p>rest</p>`], [page.slice(0, 60), page.slice(60), `</i>`, "</div><p>rest</p>"], [page]]) {
    const { html, failures } = await visit(pieces, { gap: 50 });
    assert.ok(less(html) === pieces.join(""), html.slice(0, 300));
    const own = html.replace("</template></template><!--", "<!--");
    assert.equal(own.split("<template").length, own.split("</template>").length);
    assert.ok(failures.some((reason) => /ambiguous/.test(reason)), JSON.stringify(failures));
  }
});

test("bytes that are no text pass as they are", async () => {
  const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, at) => (at * 7919) >> 3 & 255)).map((byte) => (byte === 60 ? 61 : byte));
  const page = Buffer.concat([Buffer.from(banner), bytes, Buffer.from(select), bytes, Buffer.from([0, 0, 0])]);
  const { bytes: got } = await visit([page.subarray(0, 70_001), page.subarray(70_001)], { gap: 50, contentType: "text/html" });
  const begin = got.indexOf("</div>") + 6;
  assert.ok(got.subarray(begin, begin + page.length - banner.length).equals(page.subarray(banner.length)));
});

test("compressed pages are whole, however they come", async () => {
  const page = `<!doctype html>${banner}${text}${select}${table}${shelf}`;
  const server = createServer(async (request, response) => {
    const coding = new URL(request.url, "http://origin").searchParams.get("coding");
    response.writeHead(200, { "content-type": utf8, "content-encoding": coding });
    if (coding === "br") return response.end(brotliCompressSync(page));
    if (request.url.includes("whole")) return response.end(gzipSync(page));
    const gzip = createGzip();
    gzip.pipe(response);
    gzip.write(page.slice(0, 100_000));
    gzip.flush(constants.Z_SYNC_FLUSH);
    await pause(400);
    gzip.end(page.slice(100_000));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const worker = await startWorker({ service: false, bindings: { ORIGIN_URL: `http://127.0.0.1:${server.address().port}/` } });
  try {
    for (const query of ["coding=br", "coding=gzip&whole", "coding=gzip"]) {
      const response = await worker.get(`/?${query}`, { cookie, "accept-encoding": "gzip, br" });
      const html = withoutNonce(await response.text());
      assert.ok(less(html) === page, `${query}: ${html.length} bytes for ${page.length}`);
      assert.deepEqual(changed(html), ["home.banner"]);
    }
  } finally {
    await worker.stop();
    server.close();
  }
});

test("a visitor who leaves lets the origin go", async () => {
  let isGone;
  const gone = new Promise((resolve) => (isGone = resolve));
  const server = createServer((_, response) => {
    response.writeHead(200, { "content-type": utf8 });
    const timer = setInterval(() => response.write("<p>more</p>".repeat(1_000)), 10);
    response.on("close", () => {
      clearInterval(timer);
      isGone();
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const worker = await startWorker({ service: false, bindings: { ORIGIN_URL: `http://127.0.0.1:${server.address().port}/` } });
  try {
    const leave = new AbortController();
    const response = await worker.send("/", { headers: { cookie, "x-selvedge-region": "DE" }, signal: leave.signal });
    const reader = response.body.getReader();
    await reader.read();
    leave.abort();
    await gone;
  } finally {
    await worker.stop();
    server.closeAllConnections();
    server.close();
  }
});

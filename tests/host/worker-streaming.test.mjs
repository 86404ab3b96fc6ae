// A page is rewritten as it passes: nobody waits for its end.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { brotliCompressSync, gzipSync } from "node:zlib";

import { Response } from "miniflare";

import { CLOSING, everything, pageBlock, startWorker } from "./support/worker.mjs";

const today = Math.floor(Date.now() / 86_400_000);
const knitwear = `selvedge-state=${encodeURIComponent("visitor.visits_30d")}=6~${today}&visitor.last_category=knitwear~${today}`;

test("chunks arrive, rewritten, before the origin has ended", async () => {
  const parts = [
    "<!doctype html><title>Shop</title><main>",
    "<div data-slot='home.banner'>Free delivery.</div>",
    "<div data-slot='home.hero'><h1>Wool</h1></div>",
    "<p>the end</p></main>",
  ];
  let sent = 0;
  const next = [];
  const origin = () => {
    const body = new ReadableStream({
      async pull(controller) {
        if (sent === parts.length) return controller.close();
        // Each part waits until the reader has seen the one before.
        if (sent > 0) await new Promise((resolve) => next.push(resolve));
        controller.enqueue(new TextEncoder().encode(parts[sent++]));
      },
    });
    return new Response(body, { headers: { "content-type": "text/html" } });
  };
  const worker = await startWorker({ origin });
  try {
    const response = await worker.get("/", { "accept-encoding": "identity" });
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let seen = "";
    const seenWhenSent = [];
    const release = setInterval(() => next.shift()?.(), 20);
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      seen += value;
      seenWhenSent.push([sent, seen.length]);
    }
    clearInterval(release);
    assert.ok(seenWhenSent[0][0] < parts.length, "something was read before everything was sent");
    assert.match(seen, /<!--selvedge:home\.banner~[0-9a-f]{32}-->/);
    assert.ok(seen.indexOf("the end") < seen.indexOf('id="selvedge-page"'));
    assert.ok(pageBlock(seen));
  } finally {
    await worker.stop();
  }
});

test("only the first element of a slot is changed", async () => {
  const body = "<div data-slot='home.banner'>one</div><div data-slot='home.banner'>two</div>";
  const worker = await startWorker({ origin: () => new Response(body, { headers: { "content-type": "text/html" } }) });
  try {
    const html = await (await worker.get("/", {})).text();
    assert.equal(html.match(/<!--selvedge:home\.banner~[0-9a-f]{32}-->/g).length, 1);
    assert.match(html, /<div data-slot='home\.banner'>two<\/div>/);
  } finally {
    await worker.stop();
  }
});

test("an element whose end is not known is left alone, and told; the other slots go on", async () => {
  const hero = "<div data-slot='home.hero'>old</div>";
  for (const [element, reason] of [
    ["<div data-slot='home.banner'>one<p>rest", /^home\.banner: the page ends before the element does$/],
    ["<main><div data-slot='home.banner'>one<p>rest</main><p>foot</p>", /^home\.banner: an end tag in it belongs to no element in it$/],
    ["<div data-slot='home.banner'>one<b>two</div>three</b>", /^home\.banner: an element in it is still open where it ends$/],
  ]) {
    const body = `${hero}${element}`;
    const worker = await startWorker({ origin: () => new Response(body, { headers: { "content-type": "text/html" } }) });
    try {
      const html = await (await worker.get("/", { cookie: `${everything}; ${knitwear}` })).text();
      assert.match(html, /^<div data-slot='home\.hero'><!--selvedge:home\.hero~[0-9a-f]{32}-->/);
      assert.ok(html.includes(`--></div>${element}${CLOSING}<script`), html);
      assert.ok(pageBlock(html), body);
      await worker.line("reasons");
      const failures = worker.logged.filter((line) => line.kind === "failure" && line.stage !== "absent");
      assert.equal(failures.length, 1, JSON.stringify(failures));
      assert.match(failures[0].reason, reason);
    } finally {
      await worker.stop();
    }
  }
});

test("an element ends where a browser ends it, with or without an end tag", async () => {
  for (const [element, rest] of [
    ["<li data-slot='home.banner'>old", "<li>two</ul>"],
    ["<li data-slot='home.banner'>old", "</li><li>two</ul>"],
    ["<p data-slot='home.banner'>Sale", "<ul><li>nav</ul></p>"],
    ["<h1 data-slot='home.banner'>A", "<h2>B</h2></h1>"],
  ]) {
    const worker = await startWorker({ origin: () => new Response(element + rest, { headers: { "content-type": "text/html" } }) });
    try {
      const html = await (await worker.get("/", { cookie: everything })).text();
      assert.match(
        html,
        /<!--selvedge:home\.banner~[0-9a-f]{32}-->.*<template data-selvedge-control="home\.banner~[0-9a-f]{32}">(old|Sale|A)<\/template>/,
      );
      assert.ok(html.replace(/<!--\/selvedge.*?-->/, "").includes(`</template>${rest}${CLOSING}<script`), html);
      assert.ok(pageBlock(html), element);
      await worker.line("reasons");
      assert.deepEqual(worker.logged.filter((line) => line.kind === "failure" && line.stage !== "absent"), []);
    } finally {
      await worker.stop();
    }
  }
});

test("an element that is not HTML stays as it was, and the log says so", async () => {
  const svg = "<svg><text data-slot='home.banner'>old</text></svg>";
  const body = `<main>${svg}<div data-slot='home.hero'>old</div></main>`;
  const worker = await startWorker({ origin: () => new Response(body, { headers: { "content-type": "text/html" } }) });
  try {
    const html = await (await worker.get("/", { cookie: `${everything}; ${knitwear}` })).text();
    assert.ok(html.startsWith(`<main>${svg}`), html);
    assert.match(html, /<!--selvedge:home\.hero~[0-9a-f]{32}-->/);
    const { stage, reason } = await worker.line("failure");
    assert.equal(stage, "rewrite");
    assert.match(reason, /^home\.banner: the element is not HTML/);
  } finally {
    await worker.stop();
  }
});

test("attributes of an element that is not HTML are set", async () => {
  const body = "<svg><a data-slot='product.size_guide' href='/old'><text>size</text></a></svg>";
  const worker = await startWorker({ origin: () => new Response(body, { headers: { "content-type": "text/html" } }) });
  try {
    const html = await (await worker.get("/products/harbour-jumper/", { cookie: `${everything}; ${knitwear}` })).text();
    assert.match(html, /data-selvedge-was-href="\/old"/);
  } finally {
    await worker.stop();
  }
});

test("an origin by its address: compressed pages are rewritten, codings that nobody undoes are left alone", async () => {
  const page = "<div data-slot='home.banner'>one</div>";
  const codings = { gzip: gzipSync(page), br: brotliCompressSync(page), zstd: Buffer.from("not to be touched") };
  const server = createServer((request, response) => {
    const coding = new URL(request.url, "http://origin").searchParams.get("coding");
    response.writeHead(200, { "content-type": "text/html", "content-encoding": coding });
    response.end(codings[coding]);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const worker = await startWorker({
    service: false,
    bindings: { ORIGIN_URL: `http://127.0.0.1:${server.address().port}/` },
  });
  try {
    for (const coding of ["gzip", "br"]) {
      const response = await worker.get(`/?coding=${coding}`, { cookie: everything });
      const html = await response.text();
      assert.match(html, /<!--selvedge:home\.banner~[0-9a-f]{32}-->/, coding);
      assert.ok(pageBlock(html), coding);
    }
    const passed = await worker.get("/?coding=zstd", { cookie: everything });
    assert.equal(await passed.text(), "not to be touched");
  } finally {
    await worker.stop();
    server.close();
  }
});

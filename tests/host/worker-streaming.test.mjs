// A page is rewritten as it passes: nobody waits for its end.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { brotliCompressSync, gzipSync } from "node:zlib";

import { Response } from "miniflare";

import { everything, pageBlock, startWorker } from "./support/worker.mjs";

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

test("an element that nothing closes does not swallow the data block", async () => {
  const cases = [
    ["<main><div data-slot='home.banner'>one<p>rest", 1],
    ["<main><div data-slot='home.banner'>one<div data-slot='home.recommendations'>two", 2],
    ["<main><div data-slot='home.banner'>one<p>rest</main><p>foot</p>", 0],
    ["<main><img data-slot='home.recommendations'><p>rest</p></main>", 0],
  ];
  for (const [body, unclosed] of cases) {
    const worker = await startWorker({ origin: () => new Response(body, { headers: { "content-type": "text/html" } }) });
    try {
      const html = await (await worker.get("/", { cookie: `${everything}; ${knitwear}` })).text();
      const before = html.slice(0, html.indexOf('<script type="application/json" id="selvedge-page">'));
      const templates = before.split("<template").length - 1;
      assert.ok(templates > 0, body);
      assert.equal(before.split("</template>").length - 1, templates, html);
      assert.ok(pageBlock(html), body);
      await worker.line("reasons");
      const failures = worker.logged.filter((line) => line.kind === "failure");
      assert.equal(failures.length, unclosed, JSON.stringify(failures));
      for (const { reason } of failures) assert.match(reason, /^home\.\w+: the element has no end tag/);
    } finally {
      await worker.stop();
    }
  }
});

test("an end tag that is not the element's own is told, as what follows went with it", async () => {
  for (const [body, told] of [["<ul><li data-slot='home.banner'>old<li>two</ul>", true], ["<ul><li data-slot='home.banner'>old</li><li>two</ul>", false]]) {
    const worker = await startWorker({ origin: () => new Response(body, { headers: { "content-type": "text/html" } }) });
    try {
      const html = await (await worker.get("/", { cookie: `${everything}; ${knitwear}` })).text();
      assert.match(html, /<li data-slot='home\.banner' data-selvedge-reload="home\.banner~[0-9a-f]{32}">/);
      assert.equal(html.includes("two"), !told, html);
      await worker.line("reasons");
      const failures = worker.logged.filter((line) => line.kind === "failure");
      assert.equal(failures.length, Number(told), JSON.stringify(failures));
      if (told) assert.match(failures[0].reason, /^home\.banner: the element has no end tag of its own/);
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

// Every kind of change of elements that end in every way, beside the parts that HTML cuts each page into (`elements.json`). The native
// suite makes the same changes of the same list, and holds the parts to the tree of HTML's parser.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { Response } from "miniflare";

import { everything, startWorker, withoutNonce } from "./support/worker.mjs";

const pages = JSON.parse(await readFile(new URL("elements.json", import.meta.url)));
const today = Math.floor(Date.now() / 86_400_000);
const cookie = `${everything}; selvedge-state=${encodeURIComponent("visitor.visits_30d")}=6~${today}&visitor.last_category=knitwear~${today}`;

/** The shop's slots: one for each kind of change. */
const kinds = {
  text: ["/", "home.banner", "t"],
  inner: ["/", "home.hero", "i"],
  replace: ["/", "home.recommendations", "r"],
  before: ["/knitwear/", "category.tile", "b"],
  "attribute:href": ["/products/harbour-jumper/", "product.size_guide", "f"],
  remove: ["/cart/", "cart.notice", "d"],
  after: ["/cart/", "cart.upsell", "a"],
};

/** The page after the change, with `+` for what is put in. */
function expected(kind, slot, [before, start, content, end, rest]) {
  const added = `<!--selvedge+:${slot}-->+<!--/selvedge:${slot}-->`;
  const open = `<!--selvedge:${slot}-->+<template data-selvedge-control="${slot}">`;
  const close = `</template>+<!--/selvedge:${slot}-->`;
  const name = start.match(/^<([\w-]+)/)[1];
  switch (kind) {
    case "text":
    case "inner":
      return `${before}${start}${open}${content}${close}${end}${rest}`;
    case "replace":
    case "remove":
      return `${before}${open}${start}${content}${end}${close}${rest}`;
    case "before":
      return `${before}${added}${start}${content}${end}${rest}`;
    case "after":
      return `${before}${start}${content}${end || `</${name}>`}${added}${rest}`;
    default:
      return `${before}${start.replace(name, `${name} data-selvedge-set="${slot}:href" href="+"`)}${content}${end}${rest}`;
  }
}

for (const [kind, [path, slot, letter]] of Object.entries(kinds)) {
  test(`${kind} of every element`, async () => {
    const marked = (text) => text.replaceAll("@", `data-slot='${slot}'`);
    const origin = (request) => {
      const parts = pages[Number(new URL(request.url).searchParams.get("page"))].slice(0, 5);
      return new Response(marked(parts.join("")), { headers: { "content-type": "text/html; charset=utf-8" } });
    };
    const worker = await startWorker({ origin });
    try {
      for (const [position, page] of pages.entries()) {
        const parts = page.slice(0, 5).map(marked);
        worker.logged.length = 0;
        const html = await (await worker.get(`${path}?page=${position}`, { cookie })).text();
        const seen = withoutNonce(html)
          .replace(/<\/textarea><\/title>[^"]*?<script type="application\/json" id="selvedge-page">.*?<\/script>$/s, "")
          .replace(/(<!--selvedge\+:([\w.]+)-->).+?(<!--\/selvedge:\2-->)/s, "$1+$3")
          .replace(/(<!--selvedge:[\w.]+-->).*?(<template data-selvedge-control)/s, "$1+$2")
          .replace(/(data-selvedge-control=.*<\/template>)(?:(?!<\/template>).)*?(<!--\/selvedge:)/s, "$1+$2")
          .replace(/( data-selvedge-set="[\w.]+:href" href=)"[^"]+"/, '$1"+"');
        await worker.line("reasons");
        const told = worker.logged.filter((line) => line.kind === "failure" && line.stage !== "absent").map((line) => line.reason);
        if (page[5].includes(letter)) {
          assert.equal(seen, expected(kind, slot, parts), parts.join(""));
          assert.deepEqual(told, []);
        } else {
          assert.equal(seen, parts.join(""));
          assert.equal(told.length, 1, JSON.stringify(told));
          assert.ok(told[0].startsWith(`${slot}: `), told[0]);
        }
      }
    } finally {
      await worker.stop();
    }
  });
}

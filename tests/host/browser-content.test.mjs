// What `selvedge check` lets through, in the browser's own parser: nothing of it runs, nothing leaves its place, and every way into the page
// gives one tree. `SELVEDGE_FRAGMENTS=100000` asks for more than the usual run.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { combinations, random } from "./browser/fragments.mjs";
import { startChromium } from "./support/chromium.mjs";
import { elementsOf } from "./support/tree.mjs";

const SELVEDGE = process.env.SELVEDGE ?? join(import.meta.dirname, "../../target/debug/selvedge");
const RANDOM = Number(process.env.SELVEDGE_FRAGMENTS ?? 1500);
const SEED = Number(process.env.SELVEDGE_SEED ?? 1);
const SITE_MAX = 1000; // fragments that are checked at once
const BATCH = 200;

let browser;
before(async () => {
  browser = await startChromium();
});
after(() => browser?.close());

/** The fragments that the checker lets through. */
function accepted(fragments) {
  const passed = [];
  for (let from = 0; from < fragments.length; from += SITE_MAX) {
    const part = fragments.slice(from, from + SITE_MAX);
    const folder = mkdtempSync(join(tmpdir(), "selvedge-fragments-"));
    try {
      cpSync(join(import.meta.dirname, "browser/site"), folder, { recursive: true });
      mkdirSync(join(folder, "content/f"));
      part.forEach((fragment, at) => {
        writeFileSync(join(folder, `content/f/n${at}.toml`), 'owner = "tests"\n');
        writeFileSync(join(folder, `content/f/n${at}.en.html`), fragment);
      });
      const refused = new Set(check(folder).map(({ file }) => file));
      passed.push(...part.filter((_, at) => !refused.has(`content/f/n${at}.en.html`)));
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
  return passed;
}

function check(folder) {
  const options = { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], maxBuffer: 1 << 28 };
  let told;
  try {
    told = execFileSync(SELVEDGE, ["check", folder, "--format", "json"], options);
  } catch (error) {
    told = error.stdout;
  }
  return JSON.parse(told).diagnostics.filter(({ severity }) => severity === "error");
}

/** The page that a fragment stands in, as markup. A part of a table lands in a table. */
function pageOf(html) {
  const [, first = ""] = /^\s*<(\w+)/.exec(html) ?? [];
  const [open, close] = { tr: ["<table><tbody id=place>", "</tbody></table>"], td: ["<table><tbody><tr id=place>", "</tr></tbody></table>"] }[first] ?? ["<div id=place>", "</div>"];
  return `<!doctype html><body>${open}${html}${close}<p id=after></p>`;
}

/** What is wrong with these fragments in the page: `[fragment, what]`; and the tree of each. */
function judge(pages) {
  const RUNS = ["script", "style", "iframe", "object", "embed", "link", "meta", "base", "noscript", "foreignobject"];
  const frame = document.body.appendChild(document.createElement("iframe"));
  const { contentDocument: page } = frame;

  const within = (node) => [node.content, node.shadowRoot].filter(Boolean).flatMap((inner) => [...inner.childNodes]);
  const attributes = (node) => [...node.attributes].map(({ name, value }) => [name, value]).sort();
  const tree = (nodes) => nodes.map((node) => (node.nodeType === 1 ? [node.namespaceURI, node.localName, attributes(node), tree([...within(node), ...node.childNodes])] : [node.nodeType, node.data]));
  const alive = (nodes) => nodes.flatMap((node) => (node.nodeType === 1 ? [...dangers(node), ...alive([...within(node), ...node.childNodes])] : []));
  const dangers = (node) => {
    const runs = [...node.attributes].filter(({ name, value }) => /^on|^srcdoc$|^formaction$/i.test(name) || /^[\0- ]*javascript:/i.test(value));
    return [...runs.map(({ name }) => `it has the attribute ${name}`), ...(RUNS.includes(node.localName.toLowerCase()) ? [`it has <${node.localName}>`] : [])];
  };
  const ofTemplate = (html) => {
    const template = document.createElement("template");
    template.innerHTML = html;
    return template;
  };

  const [wrong, all] = [[], []];
  for (const [html, markup] of pages) {
    page.open();
    page.write(markup);
    page.close();
    const place = page.querySelector("#place");
    const outer = place.closest("table") ?? place;
    const last = page.querySelector("#after");
    const isInside = outer.parentNode === page.body && last?.parentNode === page.body && page.body.childNodes.length === 2 && outer.nextSibling === last && last.childNodes.length === 0;
    if (!isInside) wrong.push([html, `it leaves its place: ${page.body.innerHTML}`]);

    const device = ofTemplate(html);
    const trees = { edge: tree([...place.childNodes]), device: tree([...device.content.childNodes]), again: tree([...ofTemplate(device.innerHTML).content.childNodes]) };
    all.push(JSON.stringify(trees.edge));
    for (const [name, other] of Object.entries(trees)) {
      if (JSON.stringify(other) !== JSON.stringify(trees.edge)) wrong.push([html, `${name}: ${JSON.stringify(other)}, edge: ${JSON.stringify(trees.edge)}`]);
    }
    for (const what of new Set([...alive([...page.body.childNodes]), ...alive([...device.content.childNodes])])) wrong.push([html, what]);
  }
  frame.remove();
  return { wrong, all };
}

test(`what the checker lets through is inert, stays in its place, and has one tree (${RANDOM} random fragments, seed ${SEED})`, async (t) => {
  const fragments = [...new Set([...combinations(), ...random(RANDOM, SEED)])];
  const passed = accepted(fragments);
  t.diagnostic(`${passed.length} of ${fragments.length} fragments passed the checker`);
  assert.ok(passed.length > fragments.length / 20, "most that passes would prove little if nothing did");

  const page = await browser.newPage();
  await page.evaluate(() => {
    window.runs = 0;
    window.ran = () => void (window.runs += 1);
  });
  const wrong = [];
  for (let from = 0; from < passed.length; from += BATCH) {
    const pages = passed.slice(from, from + BATCH).map((html) => [html, pageOf(html)]);
    const told = await page.evaluate(judge, pages);
    wrong.push(...told.wrong);
    pages.forEach(([html, markup], at) => {
      const tree = JSON.stringify(elementsOf(markup, ["place"]).get("place")[3]);
      if (tree !== told.all[at]) wrong.push([html, `parse5: ${tree}, Chromium: ${told.all[at]}`]);
    });
  }
  await page.waitForTimeout(200);
  assert.deepEqual(wrong.slice(0, 20), [], `${wrong.length} of ${passed.length} are wrong`);
  assert.equal(await page.evaluate(() => window.runs), 0, "code ran");
});

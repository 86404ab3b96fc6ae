// What the origin had stays in the page beside what is shown in its place. It moves no box: layouts that count siblings are the same as in a page
// that never held it. The preview makes the page of an edge, `apply.js` that of a device.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { startChromium } from "./support/chromium.mjs";
import { startPreview } from "./support/preview.mjs";

const REPOSITORY = join(dirname(fileURLToPath(import.meta.url)), "../..");

/** Layouts that count siblings, as themes and utility frameworks write them. */
const LAYOUTS = {
  last: ".last > :last-child { margin-bottom: 0 }",
  space: ":where(.space > :not(:last-child)) { margin-block-end: 16px }",
  divide: ":where(.divide > :not(:last-child)) { border-bottom: 3px solid }",
  flow: ".flow > * + * { margin-top: 30px }",
  only: ".only > :only-child { padding: 20px }",
  nth: ".nth > :nth-last-child(1) { padding: 20px }",
  odd: ".odd > :nth-child(odd) { padding: 7px }",
  has: ".has:has(> .end:last-child) { padding: 20px }",
  flex: ".flex { display: flex; gap: 12px; justify-content: space-between }",
  grid: ".grid { display: grid; gap: 12px; grid-template-columns: 1fr 2fr }",
};
const STYLE = `* { margin: 0 } h2, p, ul { margin-bottom: 24px } h2 + p { padding-top: 40px } p + aside { padding-top: 9px } ${Object.values(LAYOUTS).join(" ")}`;
const CONTENT = {
  plain: "<h2>New</h2><p>one</p><p class=end>two</p>",
  deep: "<h2>New</h2><div class=end><img src=/a.svg alt='' width=20 height=20><p>one <a href=/x>two</a></p></div>",
  one: "<p class=end>new</p>",
};
const OLD = "<h2>Old</h2><p>first</p><p class=end>last <b>one</b></p>";
const CASES = Object.keys(LAYOUTS).flatMap((layout) => Object.keys(CONTENT).flatMap((content) => ["inner", "replace"].map((change) => ({ id: `${layout}-${content}-${change}`, layout, content, change }))));

const inner = ({ id, layout, change }, has) => {
  if (change === "inner") return `<section class="${layout}" id="${id}">${has ?? OLD}</section>`;
  return `<section class="${layout}"><h2>Before</h2>${has ?? `<article id="${id}">${OLD}</article>`}</section>`;
};
const pageOf = (content) =>
  `<!doctype html><title>x</title><script type="module" src="/__selvedge/loader.js"></script><style>${STYLE}</style>${CASES.map((one) => `${inner(one, content?.[one.content])}<p>p</p><aside>a</aside>`).join("\n")}`;

let folder, server, origin, browser, page;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "selvedge-boxes-"));
  for (const name of ["experiences", "content", "pages/clean"]) mkdirSync(join(folder, name), { recursive: true });
  const write = (name, text) => writeFileSync(join(folder, name), text);
  write("selvedge.toml", 'name = "boxes"\npages = "pages"\n[locales]\ndefault = "en"\n');
  write("attributes.toml", "");
  write("consent.toml", '[purposes.analytics]\ntext = "What is measured."\nbasis = "consent"\n');
  for (const [name, html] of Object.entries(CONTENT)) write(`content/${name}.toml`, `[locale.en]\nhtml = "${html}"\n`);
  write("slots.toml", CASES.map(({ id, change }) => `[page.${id}]\npage = "/"\nselector = "#${id}"\nchange = "${change}"\n`).join("\n"));
  for (const { id, content } of CASES) write(`experiences/${id}.toml`, `slot = "page.${id}"\npurpose = "necessary"\n[[rule]]\nshow = "${content}"\n`);
  write("pages/index.html", pageOf());
  write("pages/clean/index.html", pageOf(CONTENT));
  server = await startPreview(folder);
  origin = server.origin;
  browser = await startChromium();
  page = await browser.newPage({ viewport: { width: 800, height: 600 } });
});
after(async () => {
  await browser?.close();
  server?.kill();
  rmSync(folder, { recursive: true });
});

/** Every element of the page with its box. */
const boxes = () =>
  page.evaluate(() =>
    [...document.body.querySelectorAll("*:not(template,script,style)")].map((element) => {
      const { x, y, width, height } = element.getBoundingClientRect();
      return `${element.localName} ${element.textContent.trim().slice(0, 12)} ${[x, y, width, height].map(Math.round)}`;
    }),
  );

async function boxesOf(path) {
  await page.goto(origin + path);
  return boxes();
}

test("an edge's page has the boxes of a page that never held the origin's content, and gives them back", async () => {
  const clean = await boxesOf("/clean/");
  const shown = await boxesOf("/");
  assert.equal(await page.locator("template[data-selvedge-control]").count(), CASES.length);
  assert.deepEqual(shown, clean);
  assert.ok(shown.length > 200, `${shown.length} boxes`);
  const restored = await page.evaluate(() => (selvedge.restore(), document.body.innerHTML));
  await page.route("**/", (route) => route.fulfill({ contentType: "text/html", body: pageOf() }));
  const before = await boxesOf("/");
  await page.unroute("**/");
  assert.ok(restored.startsWith(await page.evaluate(() => document.body.innerHTML)), "byte for byte");
  assert.notDeepEqual(before, clean);
});

test("a device's page has them, too", async () => {
  const clean = await boxesOf("/clean/");
  await page.route("**/", (route) => route.fulfill({ contentType: "text/html", body: pageOf() }));
  for (const name of ["apply.js", "plain.js"]) {
    await page.route(`**/${name}`, (route) => route.fulfill({ contentType: "text/javascript", body: readFileSync(join(REPOSITORY, "pkg-config/npm", name)) }));
  }
  await page.goto(`${origin}/`);
  const edits = CASES.map(({ id, change, content }) => ({ slot: `page.${id}`, selector: `#${id}`, change, body: CONTENT[content] }));
  const changed = await page.evaluate(async (edits) => (await import("/apply.js")).apply(edits, new Map(), "~1"), edits);
  assert.equal(changed.length, CASES.length);
  assert.deepEqual(await boxes(), clean);
});

// The panel of `selvedge serve` in Chromium: by keyboard alone, and by the rules of accessibility.

import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";

import { startChromium } from "./support/chromium.mjs";
import { startPreview } from "./support/preview.mjs";

const REPOSITORY = join(dirname(fileURLToPath(import.meta.url)), "../..");
const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

let server, browser, page, errors;

before(async () => {
  server = await startPreview(join(REPOSITORY, "examples/storefront"));
  browser = await startChromium();
});
after(async () => {
  await browser?.close();
  server?.kill();
});
beforeEach(async () => {
  await page?.context().close();
  page = await (await browser.newContext({ viewport: { width: 1400, height: 900 } })).newPage();
  errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
});

async function open(hash = "") {
  await page.goto(server.panel + hash);
  await ready();
}

/** Waits until the panel has shown an answer, and nothing moves any more. */
async function ready() {
  await page.waitForFunction(() => document.getElementById("said").textContent.includes("slots changed"));
  await page.waitForTimeout(400);
}

const focused = () =>
  page.evaluate(() => {
    const { id, name, value, tagName, textContent } = document.activeElement;
    return id || (name ? `${name}=${value}` : tagName === "BODY" ? "" : textContent.trim());
  });

test("every control keeps the focus when it is used", async () => {
  await open("#view=one");
  const seen = [];
  const controls = "#visitor button, #visitor select, #visitor input, #why summary, #why button";
  const count = await page.locator(controls).count();
  assert.ok(count > 10, `${count} controls`);
  for (let at = 0; at < count; at += 1) {
    await open(`#at=${at}`);
    const control = page.locator(controls).nth(at);
    if (!(await control.isVisible())) continue;
    await control.focus();
    const before = await focused();
    const kind = await control.evaluate(({ tagName, type }) => (tagName === "SELECT" ? "select" : type === "radio" ? "radio" : type === "text" ? "text" : "press"));
    if (kind === "text") await page.keyboard.type("de");
    await page.keyboard.press({ select: "ArrowDown", radio: "ArrowRight", text: "Enter", press: "Enter" }[kind]);
    await page.waitForTimeout(500);
    const after = await focused();
    if (kind === "radio") assert.equal(after.split("=")[0], before.split("=")[0], before);
    else if (kind !== "press") assert.equal(after, before);
    assert.notEqual(after, "", `the focus is lost after ${kind} on ${before}`);
    seen.push(before);
    assert.deepEqual(errors, [], before);
  }
  assert.ok(seen.length > 10, seen.join(", "));
});

test("columns come and go, and the focus stays among them", async () => {
  await open("#view=side");
  await page.focus("#more");
  await page.keyboard.press("Enter");
  await page.waitForTimeout(500);
  assert.notEqual(await focused(), "", "after a visitor was added");
  await page.locator("button[aria-label='Take this visitor away']:visible").first().focus();
  await page.keyboard.press("Enter");
  await page.waitForTimeout(500);
  assert.notEqual(await focused(), "", "after a visitor was taken away");
  assert.deepEqual(errors, []);
});

for (const hash of ["", "#view=side", "#visitor=returning-de&slot=home.hero&outline=1", "#visitor=nobody"]) {
  test(`no rule of accessibility is broken: ${hash || "as it opens"}`, async () => {
    await open(hash);
    await page.addScriptTag({ path: AXE });
    const { violations } = await page.evaluate(() => axe.run({ exclude: [["iframe"]] }, { iframes: false, resultTypes: ["violations"] }));
    assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html.slice(0, 200))]), []);
  });
}

test("what a preview asks for and does not exist is said", async () => {
  await open("#visitor=nobody&now=tomorrow");
  const faults = await page.locator("#visitor .fault").allTextContents();
  assert.match(faults.join("\n"), /no visitor nobody/);
  assert.match(faults.join("\n"), /tomorrow is not a time/);
});

test("slots without an element, with several, or that cannot be changed are named, and are not counted as changed", async () => {
  const folder = mkdtempSync(join(tmpdir(), "selvedge-panel-"));
  cpSync(join(REPOSITORY, "examples/storefront"), folder, { recursive: true, filter: (path) => !path.includes(".selvedge") });
  const index = join(folder, "pages/index.html");
  const html = readFileSync(index, "utf8").replace(/ data-slot="home.recommendations"/, "").replace("<h1>", "<h1 data-slot='home.banner'>");
  writeFileSync(index, html.replace(/<div class="hero" data-slot="home.hero">/, "<img data-slot='home.hero'><div class='hero'>"));
  const preview = await startPreview(folder);
  try {
    await page.goto(`${preview.panel}#visitor=returning-de`);
    await ready();
    await page.waitForFunction(() => document.querySelectorAll("#why .fault").length === 3);
    const faults = await page.evaluate(() => Object.fromEntries([...document.querySelectorAll("#why .card")].map((card) => [card.id, card.querySelector(".fault")?.textContent])));
    assert.equal(faults["slot-home.banner"], "Its selector matches 2 elements. The first is changed.");
    assert.match(faults["slot-home.hero"], /^The page keeps its own content: /);
    assert.match(faults["slot-home.recommendations"], /^Its selector matches nothing on this page\./);
    assert.match(await page.textContent("#why .title .note"), /^1 of 3 slots changed$/);
    // Nor does the terminal say that they were shown.
    const last = preview.said().trim().split("\n").filter((line) => line.includes("as returning-de")).pop();
    assert.match(last, /: home\.banner = banner\/\S+ \(/);
    assert.match(preview.said(), /`home\.hero` keeps the origin’s content: /);
    assert.match(preview.said(), /`home\.recommendations` keeps the origin’s content: nothing matches its selector/);
    if (process.env.SHOTS) await page.screenshot({ path: join(process.env.SHOTS, "panel-faults.png") });
  } finally {
    preview.kill();
    rmSync(folder, { recursive: true });
  }
});

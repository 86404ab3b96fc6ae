// What a device fetches tells nobody what it decided: every arm of a slot asks for the same addresses.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

import { start, state, staticPage } from "./browser/fixture.mjs";

const SITE = join(import.meta.dirname, "browser/site");
const DAY = Math.floor(Date.now() / 86_400_000);
const CONSENT = `v=1&epoch=1&day=${DAY}&functional=1&analytics=1&personalization=1&storage=1`;

let browser, folder, site;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "selvedge-chunks-"));
  cpSync(SITE, folder, { recursive: true });
  for (const name of ["experiences", "content"]) rmSync(join(folder, name), { recursive: true });
  rmSync(join(folder, "selvedge.lock"));
  // No platform to wait for: what these visitors said is in the site's own cookie.
  write("consent.toml", readFileSync(join(SITE, "consent.toml"), "utf8").replace('use = ["tcf"]', "use = []"));
  const slots = readFileSync(join(SITE, "slots.toml"), "utf8");
  write("slots.toml", slots.replaceAll("max_graphemes = 80", "max_graphemes = 200000"));
  // 345 kB for one slot, and as much for one that a split decides; a small one stands between them by name, and one is for all.
  for (const [name, bytes] of [["again", 115_000], ["button", 20], ["often", 115_000], ["rarely", 115_000], ["split-a", 172_000], ["split-b", 172_000], ["request", 20]]) {
    write(`content/c/${name}.toml`, `owner = "tests"\n[locale.en]\nhtml = "<b>new ${name} ${"x".repeat(bytes)}</b>"\n`);
  }
  experience("inner", `[[rule]]\nall = ['visitor.visits_30d >= 10']\nshow = "c/often"\n[[rule]]\nall = ['visitor.visits_30d >= 4']\nshow = "c/again"\n[[rule]]\nall = ['visitor.visits_30d == 3']\nshow = "c/rarely"\n`);
  experience("item", `[[rule]]\nall = ['visitor.visits_30d >= 2']\nshow = "c/button"\n`);
  experience("drawn", `[[rule]]\nsplit = { experiment = "drawn", arms = { control = 34, "c/split-a" = 33, "c/split-b" = 33 }, unit = "visitor" }\n`);
  experience("request", `[[rule]]\nall = ['page.part == "home"']\nshow = "c/request"\n`, `purpose = "contextual"\n`);
  site = await start(folder);
  site.pages["/"] = staticPage(site);
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"] });
});
after(async () => {
  await browser?.close();
  site?.close();
  rmSync(folder, { recursive: true, force: true });
});

function write(path, text) {
  mkdirSync(join(folder, path, ".."), { recursive: true });
  writeFileSync(join(folder, path), text);
}

function experience(slot, rules, more = "") {
  write(`experiences/${slot}.toml`, `slot = "page.${slot}"\n${more}owner = "tests"\ngoal = "tests"\nbenefit = "Shows the change"\nclass = "service"\nreview_by = 2099-01-01\n${rules}`);
}

/** Opens the page as a visitor with these cookies: what was decided, and what the server was asked for. */
async function visit(cookies) {
  const context = await browser.newContext();
  await context.addCookies(Object.entries(cookies).map(([name, value]) => ({ name, value, url: site.origin })));
  const page = await context.newPage();
  site.requests.length = 0;
  await page.goto(`${site.origin}/`);
  await page.waitForFunction(() => window.selvedge && Object.keys(selvedge.decisions()).length);
  await page.waitForFunction(() => /new request/.test(document.querySelector("[data-slot='request']").textContent));
  const contents = await page.evaluate(() => Object.fromEntries(Object.entries(selvedge.decisions()).map(([slot, { content }]) => [slot, content])));
  await context.close();
  return { contents, chunks: site.requests.filter((path) => /\/b\//.test(path)).sort() };
}

const lengthOf = (path) => readFileSync(join(site.built, path.replace("/__selvedge/", ""))).length;

test("every arm that data of the visitor decides asks for the same chunks", async () => {
  const seen = {};
  const asked = new Set();
  for (const visits of [null, 0, 2, 3, 5, 20, "old"]) {
    const value = visits === "old" ? state({ "visitor.visits_30d": 20 }, 45) : state({ "visitor.visits_30d": visits });
    const cookies = { "selvedge-consent": CONSENT, "selvedge-id": "a".repeat(32), ...(visits === null ? {} : { "selvedge-state": value }) };
    const { contents, chunks } = await visit(cookies);
    seen[visits] = [contents["page.inner"], contents["page.item"]];
    asked.add(JSON.stringify(chunks));
  }
  assert.deepEqual(seen, {
    null: [null, null], 0: [null, null], 2: [null, "c/button"], 3: ["c/rarely", "c/button"], 5: ["c/again", "c/button"], 20: ["c/often", "c/button"], old: [null, null],
  });
  assert.equal(asked.size, 1, [...asked].join("\n"));
  const bytes = JSON.parse([...asked][0]).map(lengthOf).reduce((sum, length) => sum + length);
  assert.ok(bytes > 690_000 && bytes < 720_000, `${bytes} bytes: the slots' own content, and hardly any other`);
});

test("every arm of a split by a stored id asks for the same chunks", async () => {
  const arms = new Set();
  const asked = new Set();
  for (let id = 0; id < 16 || (arms.size < 3 && id < 60); id += 1) {
    const cookies = { "selvedge-consent": CONSENT, "selvedge-id": id.toString(16).padStart(32, "0"), "selvedge-state": state({ "visitor.visits_30d": 5 }) };
    const { contents, chunks } = await visit(cookies);
    arms.add(contents["page.drawn"]);
    asked.add(JSON.stringify(chunks));
  }
  assert.deepEqual([...arms].sort(), ["c/split-a", "c/split-b", null].sort());
  assert.equal(asked.size, 1, [...asked].join("\n"));
});

test("a visitor who permits nothing fetches only what everybody sees", async () => {
  const { contents, chunks } = await visit({});
  assert.deepEqual([contents["page.inner"], contents["page.drawn"], contents["page.request"]], [null, null, "c/request"]);
  const content = readdirSync(join(site.built, "v1/development/b")).map((name) => `/__selvedge/v1/development/b/${name}`);
  assert.ok(content.length > chunks.length && chunks.map(lengthOf).every((length) => length < 70_000), String(chunks.map(lengthOf)));
});

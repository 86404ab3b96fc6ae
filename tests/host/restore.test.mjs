// What a withdrawal leaves of a page that the edge's rules changed: the origin's own tree, node for node, at once or after one reload.
//
// Each page is tried with every third kind of change; `SELVEDGE_SOAK=1` tries all of them.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { startChromium } from "./support/chromium.mjs";
import { startPreview } from "./support/preview.mjs";

const REPOSITORY = join(dirname(fileURLToPath(import.meta.url)), "../..");
const LOADER = `<script type="module" src="/__selvedge/loader.js"></script>`;
const DAY = Math.floor(Date.now() / 86_400_000);

/** Kinds of change, with what each puts in. */
const KINDS = {
  inner: ["inner", "html", "<b>new</b>"], text: ["text", "text", "new"], replace: ["replace", "html", "<b>new</b>"], remove: ["remove", "", ""],
  before: ["before", "html", "<b>new</b>"], after: ["after", "html", "<b>new</b>"], title: ["attribute:title", "text", "new"],
  rows: ["inner", "html", "<tr><td>new</td></tr>"], row: ["replace", "html", "<tr><td>new</td></tr>"],
};
const ALL = Object.keys(KINDS).filter((kind) => !["rows", "row"].includes(kind));

/** Pages with an element `@`, each with the kinds of change that are tried on it. */
const PAGES = [
  ...JSON.parse(readFileSync(join(REPOSITORY, "tests/host/elements.json"), "utf8")).map((parts) => [`<!doctype html><head>${LOADER}</head><body>${parts.slice(0, 5).join("")}`, ALL]),
  // Nothing but a title, or less, before the first element of the body: the parser is still in the head.
  ...["<title>T</title>", "", "<meta charset=utf-8>", "<!-- x -->", "<html>", "<head><title>T</title></head>", "<html lang=en><head></head>\n", "<title>T</title>\n"].map((head) => [
    `<!doctype html>${head}<div @>old</div><p>rest${LOADER}`, ALL,
  ]),
  ...["<title>T</title>", ""].flatMap((head) => ["<script @>1</script>", "<p @>old", "<h1 @>old</h1>"].map((element) => [`<!doctype html>${head}${element}<p>rest${LOADER}`, ALL])),
  // Tables, whose rows are in no group, in one, or in one that is written.
  ...["<tr><td>1", "<tbody><tr><td>1</td></tr></tbody>", "<caption>c</caption><tr><td>1</td></tr>", "<thead><tr><th>h</thead><tr><td>1", "<colgroup><col><tr><td>1", "", " "].map((rows) => [
    `<!doctype html><body>${LOADER}<table @>${rows}</table>rest`, [...ALL, "rows"],
  ]),
  ...["tbody", "thead", "tfoot"].map((group) => [`<!doctype html><body>${LOADER}<table><${group} @><tr><td>1</td></tr></${group}></table>`, [...ALL, "rows"]]),
  [`<!doctype html><body>${LOADER}<table><tr @><td>1</td></tr><tr><td>2</td></tr></table>`, [...ALL, "row"]],
  // Shadow trees that the page declares.
  ...["<div @><template shadowrootmode=open><p>shadow</p><slot></slot></template>light</div>", "<div @>a<x-y><template shadowrootmode=open>in</template>light</x-y>b</div>",
    "<x-y><template shadowrootmode=open><i>s</i></template><div @>light</div></x-y>", "<div @><template shadowrootmode=closed>shut</template>light</div>",
    "<div @>a<template shadowrootmode=open>late</template></div>", "<p @><template shadowrootmode=open>s</template>x</p>"].map((host) => [`<!doctype html><body>${LOADER}${host}<p>rest`, ALL]),
  // What begins with a newline that the parser drops.
  ...["pre", "listing", "textarea"].flatMap((name) => ["\n", "\n\n", ""].map((line) => [`<!doctype html><body>${LOADER}<${name} @>${line}one\ntwo</${name}>rest`, ALL])),
  // What holds no markup, or holds it in its own way.
  ...["<select @><option>1<option selected>2</select>", "<textarea @>x</textarea>", "<noscript @><b>x</b></noscript>", "<template @><b>x</b></template>", "<details @ open><summary>s</summary>t</details>",
    "<video @ controls><source src=x>old</video>", "<object @>old</object>", "<button @ disabled>old</button>", "<svg @><path/></svg>", "<img @ alt=x>", "<ruby @>a<rp>(<rt>b<rp>)</ruby>", "<iframe @></iframe>"].map((element) => [`<!doctype html><body>${LOADER}<main>${element} rest</main>`, ALL]),
  ...["<p>a<div @>b</div>c", "<b>a<div @>b</div>c</b>", "<table><div @>b</div><tr><td>1</table>", "<a>x<div @>y</div></a>z", "<form><div @><input name=a></div></form>", "<div><!-- a --><div @><!-- b --></div><!-- c --></div>"].map((part) => [`<!doctype html><body>${LOADER}${part}`, ALL]),
  [`<!doctype html><html><head>${LOADER}<title @>old</title></head><body>x`, ALL],
  [`<!doctype html><html><head>${LOADER}<title>T</title></head><body @>x</body></html>`, ALL],
];

let browser, origin, plainly, server, site, address;
/** The tree of each page as the origin sends it. */
const trees = [];

before(async () => {
  site = mkdtempSync(join(tmpdir(), "selvedge-restore-"));
  const write = (path, text) => {
    mkdirSync(dirname(join(site, path)), { recursive: true });
    writeFileSync(join(site, path), text);
  };
  write("selvedge.toml", `name = "restore"\nteams = ["t"]\nlocales = { default = "en" }\ndefaults = { owner = "t" }\n`);
  write("attributes.toml", `[visitor.visits_30d]\ntype = "int"\nsource = "device"\npurposes = ["personalization"]\ndepth = "behavioural"\nretention = "30d"\ndefault = 0\n`);
  write("consent.toml", `[purposes.personalization]\ntext = "x"\nbasis = "consent"\n[purposes.analytics]\ntext = "x"\nbasis = "consent"\n`);
  write("slots.toml", Object.entries(KINDS).map(([name, [change]]) => `[s.${name}]\npage = "/${name}/*"\nselector = "[id='a']"\nchange = "${change}"\n`).join(""));
  for (const [name, [, key, body]] of Object.entries(KINDS)) {
    write(`content/${name}.toml`, `[locale.en]\n${key && `${key} = '${body}'\n`}`);
    write(`experiences/${name}.toml`, `slot = "s.${name}"\ngoal = "g"\nbenefit = "b"\nclass = "service"\nreview_by = 2099-01-01\n[[rule]]\nall = ['visitor.visits_30d >= 1']\nshow = "${name}"\n`);
  }
  origin = createServer((request, response) => {
    const at = Number(request.url.split("/").pop());
    const html = PAGES[at]?.[0].replaceAll("@", "id=a");
    response.writeHead(html ? 200 : 404, { "content-type": "text/html; charset=utf-8" }).end(html);
  });
  await new Promise((resolve) => origin.listen(0, "127.0.0.1", resolve));
  plainly = `http://127.0.0.1:${origin.address().port}`;
  server = await startPreview(site, "--origin", plainly, "--region", "DE");
  address = server.origin;
  browser = await startChromium();
});
after(async () => {
  await browser?.close();
  server?.kill();
  origin?.close();
  if (site) rmSync(site, { recursive: true });
});

/** The document as a text, with the shadow trees that can be seen and what templates hold; without our data block and what stands around it. */
function tree() {
  const lines = [];
  const walk = (node, depth) => {
    for (const child of node.childNodes) {
      if (child.id === "selvedge-page") continue;
      if (child.nodeType === Node.COMMENT_NODE && child.data === "<script>") continue;
      const line = `${" ".repeat(depth)}${child.nodeName}`;
      if (child.nodeType !== Node.ELEMENT_NODE) {
        lines.push(`${line} ${JSON.stringify(child.data)}`);
        continue;
      }
      lines.push(line + [...child.attributes].map(({ name, value }) => ` ${name}=${JSON.stringify(value)}`).sort().join(""));
      if (child.shadowRoot) {
        lines.push(`${" ".repeat(depth + 1)}#shadow`);
        walk(child.shadowRoot, depth + 2);
      }
      if (child.content) walk(child.content, depth + 1);
      walk(child, depth + 1);
    }
  };
  walk(document, 0);
  return lines.join("\n");
}

const cookies = (url) => [
  { name: "selvedge-consent", value: `v=1&epoch=1&day=${DAY}&personalization=1&storage=1`, url },
  { name: "selvedge-state", value: `visitor.visits_30d=6~${DAY}`, url },
];

for (const [turn, kind] of Object.keys(KINDS).entries()) {
  const isDue = (at) => process.env.SELVEDGE_SOAK || (at + turn) % 3 === 0;
  test(`${kind}: a withdrawal leaves the origin's own tree`, async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    const wrong = [];
    let navigations = 0;
    page.on("request", (request) => (navigations += request.isNavigationRequest()));
    const counts = { changed: 0, left: 0, reloaded: 0 };
    for (const [at, [html, kinds]] of PAGES.entries()) {
      if (!kinds.includes(kind) || (ALL.includes(kind) && !isDue(at))) continue;
      await context.clearCookies();
      if (!trees[at]) {
        await page.goto(`${plainly}/${kind}/${at}`);
        trees[at] = await page.evaluate(tree);
      }
      const own = trees[at];
      await context.addCookies(cookies(address));
      await page.goto(`${address}/${kind}/${at}`);
      await page.waitForFunction(() => window.selvedge);
      const isChanged = await page.evaluate(() => document.documentElement.innerHTML.includes(`"depth":"behavioural"`)) && (await page.evaluate(tree)) !== own;
      navigations = 0;
      await page.evaluate(() => { window.isOld = true; selvedge.consent.withdraw(); }).catch(() => {});
      if (isChanged) await page.waitForTimeout(40);
      const isOver = navigations > 0;
      if (isOver) await page.waitForFunction(() => window.selvedge && !window.isOld, null, { timeout: 3000 }).catch(() => wrong.push(`${at} ${kind}: does not come back: ${html}`));
      const now = await page.evaluate(tree);
      counts[isChanged ? (isOver ? "reloaded" : "changed") : "left"] += 1;
      if (now !== own) wrong.push(`${at} ${kind}${isOver ? " after a reload" : ""}: ${html}\n--- origin\n${own}\n--- now\n${now}`);
    }
    await context.close();
    if (process.env.VERBOSE) console.log(kind, counts);
    assert.equal(wrong.length, 0, wrong.join("\n\n"));
    assert.ok(counts.changed > 5 || kind.startsWith("row"), JSON.stringify(counts));
  });
}

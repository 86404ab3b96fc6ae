// Accepted markup in every kind of slot: what the preview puts into a page is in Chromium and by parse5 the tree that the page would have
// with that markup written by hand, nothing of it runs, nothing leaves its place, and the origin's content comes back as it was.
//
// `SELVEDGE_FRAGMENTS=100000` asks for that many accepted fragments.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { startChromium } from "./support/chromium.mjs";
import { startPreview } from "./support/preview.mjs";
import { combinations, dice, tame } from "./browser/fragments.mjs";
import { elementsOf } from "./support/tree.mjs";

const SELVEDGE = process.env.SELVEDGE ?? join(import.meta.dirname, "../../target/debug/selvedge");
const WANTED = Number(process.env.SELVEDGE_FRAGMENTS ?? 300);
const SEED = Number(process.env.SELVEDGE_SEED ?? 1);
const SITE_MAX = 1000;
const PAGE_MAX = 8; // slots of a page: each of them is tried on the whole of it

/** Elements that slots name, with what has to be around them. `@` stands for the id. */
const ELEMENTS = [
  ..."div p h2 span a section article button label pre blockquote form b strong small address figure nav".split(" ").map((name) => [`<${name} @>`, `</${name}>`]),
  ["<ul><li>zero</li><li @>", "</li><li>two</li></ul>"],
  ["<ul @><li>", "</li></ul>"],
  ["<dl><dt>zero</dt><dd @>", "</dd></dl>"],
  ["<dl><dt @>", "</dt><dd>one</dd></dl>"],
  ["<table><tbody><tr><td>zero</td><td @>", "</td></tr></tbody></table>"],
  ["<table><tbody><tr @><td>", "</td></tr></tbody></table>"],
  ["<table><tbody @><tr><td>", "</td></tr></tbody></table>"],
  ["<table><caption @>", "</caption><tbody><tr><td>one</td></tr></tbody></table>"],
  ["<table @><tbody><tr><td>", "</td></tr></tbody></table>"],
  ["<select><option @>", "</option><option>two</option></select>"],
  ["<select @><option>", "</option></select>"],
  ["<details><summary @>", "</summary>rest</details>"],
  ["<figure><figcaption @>", "</figcaption></figure>"],
  ["<p>zero <a href=/x @>", "</a> rest</p>"],
  ["<p>zero <em @>", "</em> rest</p>"],
  ["<a href=/x>zero <span @>", "</span></a>"],
  ["<button>zero <span @>", "</span></button>"],
  ["<form><div @>", "</div></form>"],
  ["<ruby>zero<rt @>", "</rt></ruby>"],
  ["<textarea @>", "</textarea>"],
  ["<svg><title @>", "</title></svg>"],
  ["<svg><g @>", "</g></svg>"],
  ["<object><p @>", "</p></object>"],
  ["<video @>", "</video>"],
  ["<noscript><p @>", "</p></noscript>"],
  ["<template><p @>", "</p></template>"],
];
const CHANGES = ["inner", "inner", "replace", "before", "after"];

let browser, page, folder;
before(async () => {
  browser = await startChromium();
  page = await browser.newPage();
  await page.evaluate(() => {
    window.runs = 0;
    window.ran = () => void (window.runs += 1);
  });
  folder = mkdtempSync(join(tmpdir(), "selvedge-landing-"));
});
after(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true });
});

/** A place of the page: with the origin's content, or as somebody would write it who has the new one. */
function placed({ at, element: [open, close], change, fragment }, isNew) {
  const [around, start] = [open.slice(0, open.lastIndexOf("<", open.indexOf("@"))), open.slice(open.lastIndexOf("<", open.indexOf("@"))).replace("@", `id=e${at}`)];
  const end = close.slice(0, close.indexOf(`</${/^<(\w+)/.exec(start)[1]}>`) + /^<(\w+)/.exec(start)[1].length + 3);
  const own = `${start.slice(0, start.indexOf(">") + 1)}`;
  const content = `${start.slice(own.length)}old ${at}${end.slice(0, end.lastIndexOf("</"))}`;
  const whole = `${own}${content}${end.slice(end.lastIndexOf("</"))}`;
  const shown = { inner: `${own}${fragment}${end.slice(end.lastIndexOf("</"))}`, replace: fragment, before: fragment + whole, after: whole + fragment }[change];
  return `<section id=w${at}>${around}${isNew ? shown : whole}${close.slice(end.length)}<i id=x${at}></i></section>\n`;
}

const groups = (cases) => Array.from({ length: Math.ceil(cases.length / PAGE_MAX) }, (_, at) => cases.slice(at * PAGE_MAX, (at + 1) * PAGE_MAX));
const pageOf = (cases, isNew) => `<!doctype html><title>x</title><body>\n${cases.map((one) => placed(one, isNew)).join("")}`;

function write(cases) {
  rmSync(folder, { recursive: true });
  for (const name of ["experiences", "content", "pages"]) mkdirSync(join(folder, name), { recursive: true });
  const put = (name, text) => writeFileSync(join(folder, name), text);
  put("selvedge.toml", 'name = "landing"\npages = "pages"\n[locales]\ndefault = "en"\n');
  put("attributes.toml", "");
  put("consent.toml", '[purposes.analytics]\ntext = "What is measured."\nbasis = "consent"\n');
  const slot = (page) => ({ at, change }) => `[page.e${at}]\npage = "/${page}/"\nselector = "#e${at}"\nchange = "${change}"\n`;
  put("slots.toml", groups(cases).map((group, page) => group.map(slot(page)).join("\n")).join("\n"));
  for (const [page, group] of groups(cases).entries()) {
    mkdirSync(join(folder, `pages/${page}`));
    put(`pages/${page}/index.html`, pageOf(group));
  }
  for (const { at, fragment } of cases) {
    put(`content/f${at}.toml`, 'owner = "tests"\n');
    put(`content/f${at}.en.html`, fragment);
    put(`experiences/e${at}.toml`, `slot = "page.e${at}"\npurpose = "necessary"\n[[rule]]\nshow = "f${at}"\n`);
  }
}

/** What `check` refuses, by number. */
function refused() {
  let told;
  try {
    told = execFileSync(SELVEDGE, ["check", folder, "--format", "json"], { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], maxBuffer: 1 << 28 });
  } catch (error) {
    told = error.stdout;
  }
  const errors = JSON.parse(told).diagnostics.filter(({ severity, code }) => severity === "error" || code === "SV4019");
  const numbers = errors.map(({ file, what }) => /^(?:content\/f|experiences\/e)(\d+)/.exec(file)?.[1] ?? /`page\.e(\d+)`/.exec(what)?.[1]);
  assert.ok(!numbers.includes(undefined), JSON.stringify(errors.find((_, at) => !numbers[at])));
  return new Set(numbers.map(Number));
}

/** The pages as the preview answers. */
async function rewritten(pages) {
  const server = await startPreview(folder);
  try {
    const origin = server.origin;
    const headers = { "sec-fetch-dest": "document", "sec-fetch-mode": "navigate" };
    const answers = [];
    for (const page of pages.keys()) answers.push(await (await fetch(`${origin}/${page}/`, { headers })).text());
    return answers;
  } finally {
    server.kill();
  }
}

/** In the browser: what is wrong, by number, and how many places were changed. */
function judge([cases, html, clean, origin]) {
  const parse = (markup) => {
    const frame = document.body.appendChild(document.createElement("iframe"));
    frame.contentDocument.open();
    frame.contentDocument.write(markup);
    frame.contentDocument.close();
    return frame;
  };
  const within = (node) => [node.content, node.shadowRoot].filter(Boolean).flatMap((inner) => [...inner.childNodes]);
  // Text beside text is one text.
  const tree = (nodes) => nodes.reduce((all, node) => {
    if (node.nodeType === 3 && all.at(-1)?.[0] === 3) all.at(-1)[1] += node.data;
    else all.push(node.nodeType === 1 ? [node.namespaceURI, node.localName, [...node.attributes].map(({ name, value }) => [name, value]).sort(), tree([...within(node), ...node.childNodes])] : [node.nodeType, node.data]);
    return all;
  }, []);
  const [frames, wrong] = [[html, clean, origin].map(parse), []];
  const [made, wanted, before] = frames.map((frame) => frame.contentDocument);
  let changed = 0;
  for (const { at } of cases) {
    const [place, expected, old] = [made, wanted, before].map((page) => page.querySelector(`#w${at}`));
    const stays = [place, expected].every((section) => section && section.parentNode === section.ownerDocument.body && section.querySelector(":scope > i[id]:last-child:empty")?.id === `x${at}`);
    if (!stays) {
      wrong.push([at, "it leaves its place"]);
      continue;
    }
    const marks = [];
    const scopes = [place];
    for (const scope of scopes) {
      const walk = made.createTreeWalker(scope, NodeFilter.SHOW_COMMENT);
      while (walk.nextNode()) if (/^\/?selvedge\+?:/.test(walk.currentNode.data)) marks.push(walk.currentNode);
      scopes.push(...[...scope.querySelectorAll("template")].map(({ content }) => content).filter(Boolean));
    }
    if (marks.length === 0) {
      // What can hold no template is changed for good, until a new page comes.
      const reloads = place.querySelector("[data-selvedge-reload]");
      reloads?.removeAttribute("data-selvedge-reload");
      if (reloads ? JSON.stringify(tree([place])) !== JSON.stringify(tree([expected])) : JSON.stringify(tree([place])) !== JSON.stringify(tree([old]))) wrong.push([at, `${reloads ? "changed" : "unchanged"}, yet different`]);
      continue;
    }
    changed += 1;
    const [start, end] = marks;
    if (marks.length !== 2 || start.parentNode !== end.parentNode) {
      wrong.push([at, `${marks.length} marks`]);
      continue;
    }
    const again = place.cloneNode(true);
    const control = start.parentNode.querySelector("template[data-selvedge-control]");
    const kept = control && [...control.content.childNodes];
    control?.remove();
    const range = made.createRange();
    range.setStartAfter(start);
    range.setEndBefore(end);
    const shown = range.extractContents();
    const between = [...shown.childNodes];
    start.replaceWith(...between);
    end.remove();
    if (JSON.stringify(tree([place])) !== JSON.stringify(tree([expected]))) wrong.push([at, `shown: ${place.innerHTML}, expected: ${expected.innerHTML}, was: ${again.innerHTML}`]);
    if (between.length) between[0].replaceWith(...(kept ?? []));
    else if (kept) {
      // Nothing was shown, so the place is where the mark was.
      wrong.push(...(place.textContent === expected.textContent ? [] : [[at, "nothing was shown"]]));
      continue;
    }
    for (const node of between.slice(between.length ? 1 : 0)) node.remove();
    if (JSON.stringify(tree([place])) !== JSON.stringify(tree([old]))) wrong.push([at, `restored: ${place.innerHTML}, was: ${old.innerHTML}`]);
  }
  for (const frame of frames) frame.remove();
  return { wrong, changed };
}

/** A tree by parse5 without what we add to show content: marks, the origin's content in its template, and the wish for a new page. */
function bare([kind, name, attributes, children]) {
  if (!children) return [kind, name];
  const isOurs = ([kind, name, attributes]) => (kind === 8 && /^\/?selvedge\+?:/.test(name)) || attributes?.some(([name]) => name === "data-selvedge-control");
  const inner = children.filter((child) => !isOurs(child)).map(bare).reduce((all, child) => {
    if (child[0] === 3 && all.at(-1)?.[0] === 3) all.at(-1)[1] += child[1];
    else all.push(child);
    return all;
  }, []);
  return [kind, name, attributes.filter(([name]) => name !== "data-selvedge-reload"), inner];
}

/** What parse5 finds different from the page written by hand, and from the origin's where nothing was changed. */
function judgeByParse5(cases, html) {
  const ids = cases.map(({ at }) => `w${at}`);
  const [made, wanted, old] = [html, pageOf(cases, true), pageOf(cases)].map((markup) => elementsOf(markup, ids));
  const text = (tree) => JSON.stringify(bare(tree));
  return ids.flatMap((id, at) => {
    const shown = made.has(id) ? text(made.get(id)) : "nothing";
    const right = JSON.stringify(made.get(id) ?? "").includes("selvedge") ? wanted : old;
    return shown === text(right.get(id)) ? [] : [[cases[at].at, `parse5: ${shown}, expected: ${text(right.get(id))}`]];
  });
}

test(`what check lets through lands as it was written, in every kind of slot (${WANTED} fragments, seed ${SEED})`, async (t) => {
  const draw = dice(SEED);
  const one = (list) => list[Math.floor(draw() * list.length)];
  const wrong = [];
  const sums = { fragments: 0, accepted: 0, changed: 0 };
  const listed = combinations();
  while (sums.accepted < WANTED) {
    const fragments = [...listed.splice(0, WANTED > 5000 ? 200 : 20), ...tame(SITE_MAX, draw)].slice(0, Math.min(SITE_MAX, 2 * (WANTED - sums.accepted) + 50));
    let cases = fragments.map((fragment, at) => ({ at, fragment, element: one(ELEMENTS), change: one(CHANGES) }));
    sums.fragments += cases.length;
    write(cases);
    // Where content lands is judged once the site has no other fault.
    for (let not = refused(); not.size > 0; not = refused()) {
      cases = cases.filter(({ at }) => !not.has(at));
      write(cases);
    }
    const html = await rewritten(groups(cases));
    for (const [at, group] of groups(cases).entries()) {
      const told = await page.evaluate(judge, [group.map(({ at }) => ({ at })), html[at], pageOf(group, true), pageOf(group)]);
      wrong.push(...[...told.wrong, ...judgeByParse5(group, html[at])].map(([at, what]) => ({ ...cases.find((one) => one.at === at), what })));
      sums.changed += told.changed;
    }
    sums.accepted += cases.length;
    const runs = await page.evaluate(() => window.runs);
    if (WANTED > 5000) console.log(`# ${sums.accepted} of ${sums.fragments} accepted, ${sums.changed} changed, ${wrong.length} wrong, ${runs} ran`);
    if (wrong.length > 20 || runs > 0) break;
  }
  t.diagnostic(`${sums.accepted} of ${sums.fragments} fragments accepted, ${sums.changed} places changed`);
  await page.waitForTimeout(200);
  assert.deepEqual(wrong.slice(0, 20), [], `${wrong.length} of ${sums.accepted} are wrong`);
  assert.equal(await page.evaluate(() => window.runs), 0, "code ran");
  assert.ok(sums.changed > sums.accepted / 2, "most places can be changed");
});

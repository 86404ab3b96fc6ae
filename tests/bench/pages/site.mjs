// What is served and changed: pages of three sizes, five changes, and a site of ours that makes them.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";

/** Bytes of each page. */
export const SIZES = { "20 KB": 20_000, "200 KB": 200_000, "1 MB": 1_000_000 };
const ENVIRONMENT = "development";
const SITE = "pages";

const card = (title, text) => `<section class="card"><h2>${title}</h2><p>${text}</p><a class="more" href="/more">More</a></section>`;

/** What the visitor sees instead. */
export const CHANGES = [
  { slot: "home.banner", html: card("Winter", "Delivery is free this week.") },
  { slot: "home.hero", html: card("Warm through the winter", "Jumpers, blankets and socks, knitted by the lake.") },
  { slot: "home.offer", html: card("For returning visitors", "The blanket that you looked at is back.") },
  { slot: "home.link", attribute: "href", html: "/winter/" },
  { slot: "home.shelf", html: card("Chosen for you", "Four pieces that go with what you have.") },
].map((change) => ({ ...change, selector: `[data-slot='${change.slot}']` }));

/** A page of about so many bytes, with its slots in the first quarter. */
export function page(bytes) {
  const row = (number) => `<article class="item" id="item-${number}"><h3>Piece ${number}</h3><p class="text">Knitted of wool &amp; linen, in <b>four</b> sizes.</p><a href="/items/${number}">See it</a></article>\n`;
  const slot = ({ slot, attribute }) =>
    attribute ? `<a data-slot="${slot}" href="/all/">All pieces</a>` : `<div data-slot="${slot}"><h2>The house's own</h2><p>What everybody sees here.</p></div>`;
  let html = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Shop</title></head><body><main>\n";
  const quarter = bytes / 4;
  for (let [number, at] = [0, 0]; html.length < bytes - 200; number++) {
    html += row(number);
    if (at < CHANGES.length && html.length > (quarter * (at + 1)) / (CHANGES.length + 1)) html += slot(CHANGES[at++]);
  }
  return `${html}</main></body></html>\n`;
}

/** Builds the site; gives the published files by their keys, and the digest of the root. */
export function published(selvedge, folder) {
  rmSync(folder, { recursive: true, force: true });
  const sources = join(folder, "site");
  const write = (path, text) => writeFileSync(join(sources, path), text);
  for (const below of ["experiences", "content"]) mkdirSync(join(sources, below), { recursive: true });
  write("selvedge.toml", `name = "${SITE}"\n[locales]\ndefault = "en"\nall = ["en"]\n`);
  write("attributes.toml", '[request.country]\ntype = "symbol"\nvalues = "iso-3166-1"\nsource = "request"\npurposes = ["contextual"]\n');
  const classified = (purpose) => `[purposes.${purpose}]\ntext = "What is measured."\nbasis = "consent"\n`;
  write("consent.toml", ["analytics", "personalization"].map(classified).join("\n"));
  write("slots.toml", CHANGES.map(({ slot, selector, attribute }) => `[${slot}]\npage = "/p/*"\nselector = "${selector}"\nchange = "${attribute ? `attribute:${attribute}` : "inner"}"\n`).join("\n"));
  for (const [at, { slot, attribute, html }] of CHANGES.entries()) {
    write(`content/c${at}.toml`, `owner = "bench"\n[locale.en]\n${attribute ? "text" : "html"} = ${JSON.stringify(html)}\n`);
    write(`experiences/e${at}.toml`, `slot = "${slot}"\nowner = "bench"\n[[rule]]\nall = ['request.country in ["DE", "AT"]']\nshow = "c${at}"\n`);
  }
  const out = join(folder, "out");
  const run = spawnSync(selvedge, ["build", sources, "--out", out, "--env", ENVIRONMENT], { encoding: "utf8" });
  if (run.status !== 0) throw new Error(`selvedge build: ${run.error ?? run.stderr}`);
  const files = {};
  for (const entry of readdirSync(join(out, "v1"), { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath ?? entry.path, entry.name);
    if (entry.isFile()) files[relative(out, path)] = readFileSync(path).toString("base64");
  }
  const root = Buffer.from(files[`v1/${ENVIRONMENT}/root/1.cose`], "base64");
  return { files, vars: { SITE, ENVIRONMENT, ROOT_SHA256: createHash("sha256").update(root).digest("hex") } };
}

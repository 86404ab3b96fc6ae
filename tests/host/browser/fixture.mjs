// A site of its own for Chromium: built and signed by the command line tool, served with a strict content security policy.

import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const HERE = dirname(fileURLToPath(import.meta.url));
const REPOSITORY = join(HERE, "../../..");
const SELVEDGE = process.env.SELVEDGE ?? join(REPOSITORY, "target/debug/selvedge");
const ENVIRONMENT = "development";
// Firefox asks for an icon of its own accord, and says so when it may not.
const CSP =
  "default-src 'none'; img-src 'self'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types selvedge";
const TYPES = { html: "text/html; charset=utf-8", js: "text/javascript", wasm: "application/wasm" };

export const PURPOSES = ["necessary", "contextual", "functional", "analytics", "personalization", "advertising", "sensitive", "storage"];
/** What silence means where the visitor must agree first. */
export const OPT_IN = { necessary: true, contextual: true };

/** Builds the site, or one in another folder, and serves it. `tamper(path, bytes)` may change what a request for a signed file gets. */
export async function start(folder = join(HERE, "site")) {
  const built = mkdtempSync(join(tmpdir(), "selvedge-browser-"));
  execFileSync(SELVEDGE, ["build", ...(folder.startsWith(HERE) ? ["--locked"] : []), folder, "--out", built, "--env", ENVIRONMENT], { stdio: ["ignore", "ignore", "pipe"] });
  const root = createHash("sha256").update(readFileSync(join(built, `v1/${ENVIRONMENT}/root/1.cose`))).digest("hex");
  const site = { built, root, requests: [], posted: [], tamper: (_, bytes) => bytes, pages: {} };

  const server = createServer((request, response) => {
    const path = new URL(request.url, "http://selvedge.test").pathname;
    // Browsers ask for an icon once, of their own accord.
    if (path === "/favicon.ico") return response.writeHead(204).end();
    site.requests.push(path);
    // Firefox does not tell a test what a beacon held.
    if (request.method === "POST") request.setEncoding("utf8").on("data", (text) => site.posted.push(text));
    const body = site.pages[path] ?? file(site, path);
    if (body === undefined) return response.writeHead(404).end();
    const type = TYPES[path.endsWith("/") ? "html" : path.split(".").pop()] ?? "application/octet-stream";
    response.writeHead(200, { "content-type": type, "content-security-policy": CSP, "cache-control": "no-cache" }).end(body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  site.origin = `http://127.0.0.1:${server.address().port}`;
  site.close = () => {
    server.closeAllConnections();
    server.close();
    rmSync(built, { recursive: true });
  };
  return site;
}

function file(site, path) {
  const name = /^\/__selvedge\/(.+)$/.exec(path)?.[1];
  if (!name || name.includes("..")) return undefined;
  if (name.startsWith("v1/")) return existsSync(join(site.built, name)) ? site.tamper(name, readFileSync(join(site.built, name))) : undefined;
  const shipped = join(REPOSITORY, "dist/browser", name);
  return existsSync(shipped) ? readFileSync(shipped) : undefined;
}

/** The origin's page, with the loader. */
export function originPage({ device = false } = {}) {
  const page = readFileSync(join(HERE, "site/pages/index.html"), "utf8");
  const loader = `<script type="module" src="/__selvedge/loader.js"${device ? ' data-decide="device"' : ""}></script>\n`;
  return page.replace("</head>", `${loader}</head>`);
}

/** The origin's page as it is put on a host without an edge: with what `selvedge block` prints in its head. */
export function staticPage(site, ...options) {
  const lines = execFileSync(SELVEDGE, ["block", site.built, ...options], { encoding: "utf8" });
  return originPage().replace(/<script.*<\/script>\n/, lines);
}

/** What only the edge and this answer know. */
export const NONCE = "0123456789abcdef";

/** The data block of `src/page/block.rs`. */
export function block(site, given = {}) {
  const facts = {
    v: 1,
    page: { decisions: {}, cache: "origin", bundle: "" },
    grants: complete(OPT_IN),
    silent: complete(OPT_IN),
    gpc: complete({ advertising: true, personalization: true }),
    never: complete({}),
    device: { "visitor.last_category": ["functional"], "visitor.visits_30d": ["personalization"] },
    nonce: NONCE,
    epoch: 0,
    cookie: "selvedge-consent",
    site: "changes",
    environment: ENVIRONMENT,
    root: site.root,
    region: "DE",
    locale: "en",
    ...given,
  };
  return `<script type="application/json" id="selvedge-page">${JSON.stringify(facts).replaceAll("<", "\\u003c")}</script>`;
}

/** The value of the state cookie as the loader writes it: each value with the day, today or `days` ago. */
export function state(values, days = 0) {
  const day = Math.floor(Date.now() / 86_400_000) - days;
  return String(new URLSearchParams(Object.entries(values).map(([name, value]) => [name, `${value}~${day}`])));
}

export function complete(granted) {
  return Object.fromEntries(PURPOSES.map((purpose) => [purpose, !!granted[purpose]]));
}

/** A decision as `src/engine/write.rs` writes it. */
export function decision(name, given = {}) {
  const plain = { content: `c/${name}`, locale: "en", experience: name, rule: 0, reason: "TARGETING_MATCH", detail: null, depth: "behavioural", read: ["visitor.visits_30d"], experiment: null, arm: null, unit: null, point: null };
  return { ...plain, ...given };
}

/** What an edge makes of `origin` in a slot: the template stands in the last element that holds nothing but text. */
export function shown(slot, content, origin, mark = `${slot}~${NONCE}`) {
  const template = `<template data-selvedge-control="${mark}">${origin}</template>`;
  const [, head, tail] = /^(.*[^>])(<\/\w+>.*)$/.exec(content) ?? [, content, ""];
  return `<!--selvedge:${mark}-->${head}${template}${tail}<!--/selvedge:${mark}-->`;
}

/**
 * The origin's page as an edge rewrites it for a visitor who agreed to everything, with the marks that the edge leaves. Written by hand, so that the
 * loader is not tested against itself. `reload` adds the changes that only a new page can take back.
 */
export function edgePage(site, { reload = false, ...given } = {}) {
  const around = (name, content, element) => shown(`page.${name}`, content, element);
  const within = (page, open, name, content, close) =>
    page.replace(new RegExp(`(${open})([^]*?)(${close})`), (_, before, inner, after) => `${before}${around(name, content, inner)}${after}`);
  const whole = (page, element, name, content) => page.replace(element, around(name, content, element));
  let page = originPage();
  page = within(page, `<section data-slot="inner" class="hero">`, "inner", "<b>new inner</b>", "</section>");
  page = within(page, `<span data-slot="text">`, "text", "new text &lt; more", "</span>");
  page = within(page, `<div data-slot="request">`, "request", "<b>new request</b>", "</div>");
  page = within(page, `<div data-slot="drawn">`, "drawn", "<b>new drawn</b>", "</div>");
  page = whole(page, `<div data-slot="replace"><p>Origin replace</p></div>`, "replace", "<b>new replace</b>");
  page = whole(page, `<aside data-slot="remove">Origin remove</aside>`, "remove", "");
  page = page.replace(`<p data-slot="before">`, `<!--selvedge+:page.before~${NONCE}--><b>new</b><!--/selvedge:page.before~${NONCE}--><p data-slot="before">`);
  page = page.replace(`Origin after</p>`, `Origin after</p><!--selvedge+:page.after~${NONCE}--><b>new</b> text<!--/selvedge:page.after~${NONCE}-->`);
  page = page.replace(`href="/old" class="x"`, `href="/new?a=1&amp;b=2" class="x" data-selvedge-was-href="/old" data-selvedge-set="page.link~${NONCE}:href"`);
  page = page.replace(`data-slot="hint"`, `data-slot="hint" title="new hint" data-selvedge-set="page.hint~${NONCE}:title"`);
  const names = ["inner", "text", "replace", "before", "after", "remove", "link", "hint"];
  if (reload) {
    page = page.replace("<title>Origin title", `<title data-selvedge-reload="page.title~${NONCE}">new title`);
    names.push("title");
  }
  const decisions = Object.fromEntries(names.map((name) => [`page.${name}`, decision(name)]));
  decisions["page.request"] = decision("request", { depth: "contextual", read: ["page.part"] });
  decisions["page.drawn"] = decision("drawn", { depth: "none", read: [], reason: "SPLIT", experiment: "drawn", arm: "c/drawn", unit: "visitor", point: 5000 });
  const facts = { page: { decisions, cache: "no-store", bundle: "" }, grants: complete(Object.fromEntries(PURPOSES.map((purpose) => [purpose, true]))), epoch: 3, ...given };
  return page + block(site, facts);
}

/** Runs before anything of the page: notes every touch of storage and network. */
export function watch() {
  const touched = [];
  window.touched = touched;
  const cookie = Object.getOwnPropertyDescriptor(Document.prototype, "cookie");
  Object.defineProperty(Document.prototype, "cookie", {
    get() {
      touched.push({ what: "cookie read" });
      return cookie.get.call(this);
    },
    set(value) {
      touched.push({ what: "cookie write", value });
      cookie.set.call(this, value);
    },
  });
  for (const name of ["localStorage", "sessionStorage", "indexedDB", "caches"]) {
    const found = Object.getOwnPropertyDescriptor(window, name);
    Object.defineProperty(window, name, { get() { touched.push({ what: name }); return found.get.call(window); } });
  }
  // A browser without it has no other way to a cookie than the one above.
  for (const name of window.CookieStore ? ["get", "getAll", "set", "delete"] : []) {
    const original = CookieStore.prototype[name];
    CookieStore.prototype[name] = function (...given) { touched.push({ what: `cookieStore.${name}` }); return original.apply(this, given); };
  }
  const fetch = window.fetch;
  window.fetch = (url, options) => {
    touched.push({ what: "fetch", value: String(url), method: options?.method ?? "GET", credentials: options?.credentials });
    return fetch(url, options);
  };
  const beacon = navigator.sendBeacon;
  Navigator.prototype.sendBeacon = (...given) => { touched.push({ what: "sendBeacon" }); return beacon.apply(navigator, given); };
  const open = XMLHttpRequest.prototype.open;
  XMLHttpRequest.prototype.open = function (...given) { touched.push({ what: "XMLHttpRequest" }); return open.apply(this, given); };
}

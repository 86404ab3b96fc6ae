// The Worker on the real shop: who sees what, and what goes with it.
import assert from "node:assert/strict";
import { get } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";

import { Response } from "miniflare";
import { parse } from "parse5";

import { shopPage } from "./support/bundle.mjs";
import { CLOSING, consent, everything, pageBlock, shown, startWorker, withoutNonce } from "./support/worker.mjs";

// Written on 5 October 2026, the 20,731st day since 1970.
const returning = "selvedge-state=" + encodeURIComponent("visitor.visits_30d") + "=6%7E20731&visitor.last_category=knitwear~20731";
const october = { "x-selvedge-now": "2026-10-06T10:00:00+02:00" };
let worker;
before(async () => (worker = await startWorker()));
after(() => worker.stop());

async function page(path, headers) {
  const response = await worker.get(path, { ...october, ...headers });
  assert.equal(response.status, 200);
  return { response, html: await response.text() };
}

test("with permission a returning visitor goes on where they were", async () => {
  const { html, response } = await page("/", { cookie: `${everything}; ${returning}`, "accept-language": "de-DE" });
  assert.deepEqual(shown(html), {
    "home.banner": "banner/eu",
    "home.hero": "hero/continue-knitwear",
    "home.recommendations": "shelf/knitwear",
  });
  assert.equal(pageBlock(html).page.decisions["home.hero"].locale, "de");
  const [, nonce] = html.match(/<!--selvedge:home\.hero~([0-9a-f]{32})-->/);
  assert.equal(pageBlock(html).nonce, nonce);
  assert.match(html, new RegExp(`<template data-selvedge-control="home\\.hero~${nonce}">[^]*</template>[^]*<!--/selvedge:home\\.hero~${nonce}-->`));
  assert.ok(!(await page("/")).html.includes(nonce), "another answer has another");
  assert.equal(response.headers.get("cache-control"), "private, no-store");
});

test("without permission the same cookies change nothing that needs it", async () => {
  const { html, response } = await page("/", { cookie: returning });
  assert.deepEqual(shown(html), { "home.banner": "banner/eu", "home.hero": null, "home.recommendations": null });
  assert.match(response.headers.get("cache-control"), /^private, no-(cache|store)$/);
  const hero = pageBlock(html).page.decisions["home.hero"];
  assert.equal(hero.detail, "CONSENT_WITHHELD");
  assert.ok(!hero.read.some((name) => name.startsWith("visitor.")), "nothing of the device was read");
});

test("a hidden value changes no byte", async () => {
  const few = await page("/", { cookie: "selvedge-state=visitor.visits_30d=0~20731" });
  const many = await page("/", { cookie: "selvedge-state=visitor.visits_30d=900~20731&visitor.last_category=gifts~20731" });
  assert.equal(withoutNonce(few.html), withoutNonce(many.html));
});

test("withdrawal is control at the next request, and takes our cookies away", async () => {
  const nothing = consent({ functional: false, analytics: false, personalization: false, storage: false }, 2);
  const id = "selvedge-id=" + "ab".repeat(16);
  const { html, response } = await page("/", { cookie: `${nothing}; ${returning}; ${id}` });
  assert.equal(shown(html)["home.hero"], null);
  assert.equal(pageBlock(html).epoch, 2);
  const cookies = response.headers.getSetCookie();
  assert.deepEqual(cookies.map((cookie) => cookie.split(";")[0]).sort(), ["selvedge-id=", "selvedge-state="]);
  assert.ok(cookies.every((cookie) => cookie.includes("Max-Age=0")));
});

test("what one withdrawn purpose covered leaves the state cookie, the rest stays", async () => {
  const personal = consent({ functional: true, analytics: true, personalization: false, storage: true }, 2);
  const { response } = await page("/", { cookie: `${personal}; ${returning}&visitor.cart_items=2~20731` });
  const [kept] = response.headers.getSetCookie().filter((cookie) => cookie.startsWith("selvedge-state="));
  assert.match(kept, /^selvedge-state=visitor\.cart_items=2~20731; Path=\/; Max-Age=2592000; SameSite=Lax/);
  const alone = await page("/", { cookie: `${personal}; ${returning}` });
  const [removed] = alone.response.headers.getSetCookie().filter((cookie) => cookie.startsWith("selvedge-state="));
  assert.match(removed, /^selvedge-state=; Path=\/; Max-Age=0;/);
});

test("a value is used for no longer than it may be kept", async () => {
  const old = returning.replaceAll("20731", "20600");
  const { html } = await page("/", { cookie: `${everything}; ${old}` });
  assert.notEqual(shown(html)["home.hero"], "hero/continue-knitwear");
});

test("every line of cookies is read, beside bytes that are no text", async () => {
  const { hostname, port } = await worker.url();
  const region = "X-Selvedge-Region: US-CA";
  const sent = (...lines) =>
    new Promise((resolve, reject) => {
      const socket = connect(port, hostname, () => socket.write(["GET / HTTP/1.1", "Host: shop.example", "Connection: close", region, ...lines, "", ""].join("\r\n"), "latin1"));
      let answer = "";
      socket.setEncoding("utf8").on("data", (text) => (answer += text)).on("end", () => resolve(answer)).on("error", reject);
    });
  const grants = async (...lines) => pageBlock(await sent(...lines)).grants;
  const refused = "selvedge-consent=v=1&epoch=1&personalization=0&analytics=0";
  assert.equal((await grants()).personalization, true);
  for (const lines of [[`Cookie: city=M\xfcnster; ${refused}`], ["Cookie: city=M\xfcnster", `Cookie: ${refused}`], [`Cookie: ${refused}`, "Cookie: a=1, b=2"]]) {
    const { personalization, advertising } = await grants(...lines);
    assert.deepEqual([personalization, advertising], [false, true], String(lines));
    assert.doesNotMatch(await sent(...lines), /^set-cookie: selvedge-id=[^;]/im);
  }
  assert.equal((await grants("Sec-GPC: 0", "Sec-GPC: 1")).advertising, false);
});

test("Global Privacy Control turns off what the region's law says", async () => {
  const california = { "x-selvedge-region": "US-CA" };
  const silent = pageBlock((await page("/", california)).html).grants;
  const signalled = pageBlock((await page("/", { ...california, "sec-gpc": "1" })).html).grants;
  assert.equal(silent.advertising, true);
  assert.equal(signalled.advertising, false);
});

test("no region is the strictest law", async () => {
  const response = await worker.send("/", { headers: october, cf: { country: "T1" } });
  const { grants, page: decided } = pageBlock(await response.text());
  const granted = Object.keys(grants).filter((purpose) => grants[purpose]);
  assert.deepEqual(granted, ["necessary", "contextual"]);
  assert.equal(decided.decisions["home.banner"].content, null);
});

test("the region comes from the network", async () => {
  for (const [cf, region] of [
    [{ country: "CH", regionCode: "ZH" }, "CH"],
    [{ country: "US", regionCode: "CA" }, "US-CA"],
    [{ country: "T1" }, ""],
  ]) {
    const response = await worker.send("/", { headers: october, cf });
    assert.equal(pageBlock(await response.text()).region, region);
  }
});

test("a cookie is set only for a split that used it, and only with permission", async () => {
  const december = { "x-selvedge-now": "2026-12-02T10:00:00+01:00" };
  const denied = await page("/", december);
  assert.deepEqual(denied.response.headers.getSetCookie(), []);
  assert.equal(pageBlock(denied.html).page.decisions["home.hero"].arm, null);

  const allowed = await page("/", { ...december, cookie: everything });
  const [id, ...others] = allowed.response.headers.getSetCookie();
  assert.match(id, /^selvedge-id=[0-9a-f]{32}; Path=\/; Max-Age=\d+; SameSite=Lax; Secure$/);
  assert.equal(others.length, 0);
  const first = pageBlock(allowed.html).page.decisions["home.hero"];
  assert.equal(first.experiment, "winter-hero");

  const again = await page("/", { ...december, cookie: `${everything}; ${id.split(";")[0]}` });
  assert.deepEqual(again.response.headers.getSetCookie(), [], "a known id is not set again");
  assert.deepEqual(pageBlock(again.html).page.decisions["home.hero"], first, "and draws the same arm");
});

test("every kind of change reaches its element, and the origin's content stays inert beside it", async () => {
  const product = await page("/products/harbour-jumper/", { cookie: `${everything}; ${returning}` });
  assert.match(product.html, /data-selvedge-set="product\.size_guide~[0-9a-f]{32}:href"/);
  assert.match(product.html, /data-selvedge-was-href="/);
  const cart = await page("/cart/", { cookie: `${everything}; ${returning}` });
  assert.match(cart.html, /data-selvedge-control="cart\.notice~[0-9a-f]{32}"/);
  for (const { html } of [product, cart]) {
    const page = html.replace(CLOSING, "");
    assert.equal(page.split("<template").length, page.split("</template>").length);
  }
});

test("a page without slots is the origin's, byte for byte, headers and all", async () => {
  const direct = await shopPage("/assets/favicon.svg");
  const response = await worker.get("/assets/favicon.svg", { cookie: everything });
  assert.deepEqual(Buffer.from(await response.arrayBuffer()), direct);
  assert.equal(response.headers.get("etag") !== null, true);
  assert.equal(response.headers.get("cache-control"), "public, max-age=600");
  assert.equal(response.headers.get("server-timing"), null);
});

test("headers of a decided page speak of this page", async () => {
  const { response } = await page("/", {});
  for (const name of ["content-length", "etag", "last-modified", "accept-ranges", "vary"]) {
    assert.equal(response.headers.get(name), null, name);
  }
  assert.match(response.headers.get("server-timing"), /^selvedge;dur=\d+;desc="decide"$/);
  assert.equal(response.headers.get("x-origin"), "shop", "what is not ours stays");
});

test("no header of the origin lets a shared cache keep a decided page", async () => {
  const shared = {
    "cdn-cache-control": "max-age=600",
    "cloudflare-cdn-cache-control": "max-age=600",
    "surrogate-control": "max-age=600",
    "surrogate-key": "home",
    expires: "Tue, 03 Nov 2099 10:00:00 GMT",
    age: "5",
    "edge-control": "max-age=600",
    "x-accel-expires": "600",
    "vercel-cdn-cache-control": "max-age=600",
    digest: "sha-256=x",
    "content-digest": "sha-256=:eA==:",
    "repr-digest": "sha-256=:eA==:",
  };
  const origin = () => new Response("<p>page</p>", { headers: { "content-type": "text/html", ...shared } });
  const cached = await startWorker({ origin });
  try {
    const response = await cached.get("/", { "sec-fetch-dest": "document" });
    assert.ok(pageBlock(await response.text()));
    for (const name of Object.keys(shared)) assert.equal(response.headers.get(name), null, name);
    assert.match(response.headers.get("cache-control"), /^private, /);
  } finally {
    await cached.stop();
  }
});

test("a page is never kept longer than the origin lets it", async () => {
  const origin = () => new Response("<p>page</p>", { headers: { "content-type": "text/html", "cache-control": "No-Store, max-age=0" } });
  const strict = await startWorker({ origin });
  try {
    for (const cookie of ["", everything]) {
      const kept = (await strict.get("/", { cookie })).headers.get("cache-control").split(", ");
      for (const directive of ["private", "no-store", "max-age=0"]) assert.ok(kept.includes(directive), `${kept}`);
    }
  } finally {
    await strict.stop();
  }
});

test("HEAD has the headers of GET", async () => {
  const headers = { cookie: everything, "x-selvedge-region": "DE" };
  const [get, head] = await Promise.all(["GET", "HEAD"].map((method) => worker.send("/", { method, headers })));
  assert.ok(pageBlock(await get.text()));
  assert.equal(await head.text(), "");
  // What is drawn for each answer, and how long it took, may differ.
  const drawn = ["server-timing", "set-cookie", "date"];
  const comparable = (response) => [...response.headers].filter(([name]) => name !== "transfer-encoding").map(([name, value]) => [name, drawn.includes(name) ? "" : value]);
  assert.deepEqual(comparable(head), comparable(get));
});

test("HEAD of what is called HTML and is no page has the origin's headers, as GET has", async () => {
  const origin = ({ method }) => new Response(method === "HEAD" ? null : '{"ok":true}', { headers: { "content-type": "text/html", "cache-control": "public, max-age=60", etag: '"1"' } });
  const other = await startWorker({ origin });
  try {
    const [get, head] = await Promise.all(["GET", "HEAD"].map((method) => other.send("/", { method, headers: { cookie: everything } })));
    assert.equal(await get.text(), '{"ok":true}');
    assert.equal(await head.text(), "");
    const of = ({ status, headers }) => [status, ...["cache-control", "etag", "set-cookie", "server-timing"].map((name) => headers.get(name))];
    assert.deepEqual(of(head), of(get));
    assert.equal(head.headers.get("cache-control"), "public, max-age=60");
  } finally {
    await other.stop();
  }
});

test("a navigation through a service worker and a page fetched ahead are pages", async () => {
  const url = await worker.url();
  for (const headers of [
    { "sec-fetch-mode": "navigate", "sec-fetch-dest": "empty" },
    { "sec-fetch-mode": "no-cors", "sec-fetch-dest": "empty", "sec-purpose": "prefetch" },
  ]) {
    // A client of the fetch API writes these headers itself.
    const html = await new Promise((resolve, reject) => {
      get(url, { headers: { host: "shop.example", cookie: everything, ...headers } }, async (response) => resolve(await text(response))).on("error", reject);
    });
    assert.ok(pageBlock(html), JSON.stringify(headers));
  }
});

test("a page that breaks off in a tag, a value or a comment does not show the data block", async () => {
  for (const end of ["<a href=\"/y", "<a href='/y", "<a href=/y", "<a", "<a b", "</", "<", "<!-- x", "<!doc"]) {
    const origin = () => new Response(`<p>page</p>${end}`, { headers: { "content-type": "text/html" } });
    const broken = await startWorker({ origin });
    try {
      const html = await (await broken.get("/", { cookie: everything })).text();
      assert.ok(html.startsWith(`<p>page</p>${end}`), end);
      const text = (node) => (node.nodeName === "#text" ? node.value : node.nodeName === "script" ? "" : (node.childNodes ?? []).map(text).join(""));
      assert.equal(text(parse(html)), text(parse(`<p>page</p>${end}`)), end);
    } finally {
      await broken.stop();
    }
  }
});

test("the origin is asked without conditions for a page that is decided anew", async () => {
  worker.asked.length = 0;
  await page("/", { "if-none-match": '"x"', "if-modified-since": "Tue, 03 Nov 2026 10:00:00 GMT", "x-kept": "1" });
  const [request] = worker.asked;
  assert.equal(request.headers.get("if-none-match"), null);
  assert.equal(request.headers.get("if-modified-since"), null);
  assert.equal(request.headers.get("x-kept"), "1");
  await worker.get("/assets/favicon.svg", { "if-none-match": '"x"' });
  assert.equal(worker.asked.at(-1).headers.get("if-none-match"), '"x"', "and with them for everything else");
});

test("exposures are logged with permission, reasons without ids always", async () => {
  worker.logged.length = 0;
  await page("/", { cookie: "selvedge-id=" + "cd".repeat(16) });
  await worker.line("reasons");
  assert.ok(!worker.logged.some((line) => line.kind === "exposure"));
  assert.ok(!JSON.stringify(worker.logged).includes("cdcd"), "the id of a visitor who said nothing is nowhere");

  worker.logged.length = 0;
  const id = "cd".repeat(16);
  await page("/", { cookie: `${everything}; selvedge-id=${id}`, "x-selvedge-now": "2026-12-02T10:00:00+01:00" });
  await worker.line("exposure");
  const exposure = worker.logged.find((line) => line.experiment === "winter-hero");
  assert.match(exposure.id, /^[0-9a-f]{32}$/);
  assert.notEqual(exposure.id, id, "a pseudonym");
  assert.equal(exposure.unit, "visitor");
  assert.equal(exposure.epoch, 1);
});

test("a page that nobody has seen is personalized, and its exposures are a number", async () => {
  const unseen = { prefetch: { "sec-purpose": "prefetch;prerender" }, bot: { "user-agent": "Mozilla/5.0 (compatible; Googlebot/2.1)" } };
  for (const [rule, headers] of Object.entries(unseen)) {
    worker.logged.length = 0;
    const { html } = await page("/", { cookie: everything, "x-selvedge-now": "2026-12-02T10:00:00+01:00", ...headers });
    assert.match(html, /id="selvedge-page"/, rule);
    const refused = await worker.line("refused");
    assert.equal(refused.rule, rule);
    const { slots } = await worker.line("reasons");
    assert.equal(refused.events, slots.length);
    assert.ok(!worker.logged.some(({ kind }) => kind === "exposure"), rule);
  }
});

test("a hundred visitors at once do not mix", async () => {
  const visitors = Array.from({ length: 100 }, (_, number) => {
    const id = number.toString(16).padStart(32, "0");
    const returns = number % 2 === 1;
    const region = ["DE", "US-NY", "CH", "GB"][number % 4];
    const cookie = [everything, `selvedge-id=${id}`, ...(returns ? [returning] : [])].join("; ");
    return { headers: { cookie, "x-selvedge-region": region, "x-selvedge-now": "2026-12-02T10:00:00+01:00" } };
  });
  const alone = [];
  for (const { headers } of visitors) alone.push((await page("/", headers)).html);
  const together = await Promise.all(visitors.map(async ({ headers }) => (await page("/", headers)).html));
  assert.deepEqual(together.map(withoutNonce), alone.map(withoutNonce));
  assert.ok(new Set(alone.map(withoutNonce)).size > 6, "they did not all get one page");
});

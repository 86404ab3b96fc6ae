// Pages drawn at random: what people leave out, nest, repeat and break.

/** Draws that are the same for the same seed. */
export function dice(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (end) => Math.floor(next() * end);
  return { below, one: (list) => list[below(list.length)], chance: (share) => next() < share };
}

const BLOCKS = ["div", "main", "section", "article", "header", "footer", "nav", "p", "ul", "ol", "dl", "table", "form", "h1", "h2", "blockquote", "figure", "details", "pre", "select", "svg", "template", "button", "ruby"];
const INLINE = ["a", "b", "i", "span", "em", "strong", "code", "small", "u", "nobr", "font", "label", "abbr"];
const CHILDREN = { ul: ["li"], ol: ["li"], dl: ["dt", "dd"], table: ["tr", "tbody", "thead", "caption", "colgroup", "td"], tr: ["td", "th"], tbody: ["tr"], thead: ["tr"], select: ["option", "optgroup"], optgroup: ["option"], ruby: ["rb", "rt", "rp"], svg: ["g", "path", "title", "foreignObject", "a"], colgroup: ["col"] };
const VOID = new Set(["br", "img", "hr", "input", "wbr", "col", "meta", "link", "embed", "source", "area"]);
const LEFT_OUT = new Set(["p", "li", "dt", "dd", "tr", "td", "th", "tbody", "thead", "option", "optgroup", "rb", "rt", "rp", "colgroup", "caption", "body", "html", "head"]);
const RAW = ["<script>if (a</b/.exec('</p>')) { x = \"<div>\"; }</script>", "<style>p>a::before{content:'</div>'}</style>", "<textarea><p>not a tag</textarea>", "<title>a <b> title</title>",
  "<!-- <p> a comment > -- -->", "<!-->", "<!--->x-->", "<![CDATA[ x > y ]]>", "<?php echo '<p>' ?>", "<iframe src=x></iframe>", "<noscript><p>x</noscript>", "<xmp><b></xmp>", "<!doctype html>", "</br>", "</p>", "<p/>", "< p>", "<3", "a & b &lt; &copy &#233;", "\0", "<plaintex>", "<a href=/x?a=1&copy=2>", "<br/>", "<math><mi>x<mtext><p>y</p></mtext></math>"];

/** A page of its own, as text in Latin-1. */
export function page(draw) {
  const budget = { left: draw.one([20, 80, 300, 1500]) };
  const head = draw.one(["<!doctype html>", "<!DOCTYPE html>\n<html><head><meta charset=utf-8><title>x</title></head><body>", "<html>", "\n\n<body class=a>", "", "<!-- x --><!doctype html><head>", "\ufeff<!doctype html>"].map((text) => Buffer.from(text).toString("latin1")));
  let body = "";
  while (budget.left > 0) body += node(draw, draw.one(BLOCKS), budget, 0);
  return `${head || "<p>"}${body}${draw.one(["", "</body></html>", "</html>\n", "<a href=\"/y", "<!-- open", "</div></div>"])}`;
}

function node(draw, name, budget, depth) {
  budget.left -= 1;
  if (depth > 40 || draw.chance(0.08)) return draw.one(RAW);
  const start = `<${draw.chance(0.05) ? name.toUpperCase() : name}${attributes(draw)}${draw.chance(0.02) ? "/" : ""}>`;
  if (VOID.has(name)) return start;
  let inner = "";
  for (let children = draw.below(5); children > 0 && budget.left > 0; children -= 1) {
    const names = CHILDREN[name];
    const child = names && draw.chance(0.9) ? draw.one(names) : draw.one([...INLINE, ...(draw.chance(0.3) ? BLOCKS : INLINE), "br", "img", "input"]);
    inner += draw.chance(0.4) ? text(draw) : node(draw, child, budget, depth + 1);
  }
  const end = (LEFT_OUT.has(name) && draw.chance(0.4)) || draw.chance(0.03) ? "" : `</${name}>`;
  return start + inner + (draw.chance(0.02) ? `</${draw.one([...BLOCKS, ...INLINE])}>` : "") + end;
}

const text = (draw) => draw.one(["text ", "Gr\xfc\xdfe ", "\n  ", "caf\xc3\xa9", "price 12.50 ", "a > b ", "&nbsp;", "x".repeat(draw.below(200))]);

function attributes(draw) {
  let all = "";
  for (let count = draw.below(3); count > 0; count -= 1) {
    const name = draw.one(["class", "id", "href", "title", "data-x", "style", "hidden", "alt", "CLASS", "value"]);
    const size = draw.chance(0.003) ? 300_000 : draw.chance(0.02) ? 5_000 : draw.below(12);
    all += draw.one([` ${name}`, ` ${name}=${"v".repeat(size + 1)}`, ` ${name}="${"v> ".repeat(size / 3)}"`, ` ${name} = '${"w<".repeat(size / 2)}'`]);
  }
  return all;
}

/** A page after what editors, templates and broken connections do to pages. */
export function mutated(draw, page) {
  const at = () => draw.below(page.length + 1);
  for (let count = 1 + draw.below(3); count > 0; count -= 1) {
    const [from, to] = [at(), at()].sort((a, b) => a - b);
    switch (draw.below(8)) {
      case 0: // an end tag is left out
        page = page.replace(new RegExp(`</${draw.one(["p", "li", "td", "tr", "div", "a", "span", "h1", "ul", "table", "main", "body"])}>`, draw.chance(0.5) ? "g" : ""), "");
        break;
      case 1: // it breaks off
        page = draw.chance(0.3) ? page.slice(0, to) : page;
        break;
      case 2: // something stands in the wrong place
        page = page.slice(0, to) + draw.one(RAW) + page.slice(to);
        break;
      case 3: // a part is there twice
        page = page.slice(0, to) + page.slice(from, Math.min(to, from + 20_000)) + page.slice(to);
        break;
      case 4: // a part is missing
        page = page.slice(0, from) + page.slice(Math.min(to, from + 2_000));
        break;
      case 5: // deep
        page = page.replace(/<body[^>]*>/i, (body) => body + draw.one(["<div>", "<b>", "<p>one", "<ul><li>", "<table><tr><td>"]).repeat(draw.one([10, 200, 3_000, 20_000])));
        break;
      case 6: // a row many times
        page = page.replace(/<\/(main|div|body)>/i, (end) => `<table>${"<tr><td>a<td>b<td>c\n".repeat(draw.one([10, 500, 6_000]))}${end}`);
        break;
      default: // a huge attribute
        page = page.replace(/<(img|a|div)\b/i, (start) => `${start} data-y="${"A".repeat(draw.one([5_000, 200_000, 3_500_000]))}"`);
    }
  }
  return page || "<p>";
}

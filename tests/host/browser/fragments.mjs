// Fragments of markup that parsers are known to read differently: foreign content, CDATA, raw text, comments and integration points around bait.
//
// It gives a fixed list of combinations, and any number of random ones that repeat with their seed.

/** What must never come to life. `top.ran` counts. */
const BAIT = [`<img src=x onerror=top.ran()>`, `<script>top.ran()</script>`, `<svg onload=top.ran()></svg>`, `<a href="javascript:top.ran()">x</a>`, `</div><i>out</i>`];
const HARMLESS = ["text", "<b>bold</b>", "<br>", "<i title='a>b'>x</i>", "<img src=a.png alt=''>", "&lt;i&gt;", "<path d='M0 0'/>", "<a href=/sale>x</a>"];

/** Where the tokenizer or the tree builder goes by other rules: what opens it, and what closes it. */
const AROUND = [
  ["", ""],
  ["<div>", "</div>"],
  ["<p>", "</p>"],
  ["<a href=/x>", "</a>"],
  ["<b>", "</b>"],
  ["<form>", "</form>"],
  ["<button>", "</button>"],
  ["<ul><li>", "</li></ul>"],
  ["<pre>", "</pre>"],
  ["<svg>", "</svg>"],
  ["<svg><g>", "</g></svg>"],
  ["<svg><title>", "</title></svg>"],
  ["<svg><desc>", "</desc></svg>"],
  ["<svg><a>", "</a></svg>"],
  ["<svg><text>", "</text></svg>"],
  ["<svg><foreignObject>", "</foreignObject></svg>"],
  ["<svg><style>", "</style></svg>"],
  ["<svg></p>", "</svg>"],
  ["<svg></br>", "</svg>"],
  ["<math>", "</math>"],
  ["<math><mtext>", "</mtext></math>"],
  ["<math><mi><mglyph>", "</mglyph></mi></math>"],
  ["<math><annotation-xml encoding=text/html>", "</annotation-xml></math>"],
  ["<textarea>", "</textarea>"],
  ["<title>", "</title>"],
  ["<style>", "</style>"],
  ["<xmp>", "</xmp>"],
  ["<noscript>", "</noscript>"],
  ["<noembed>", "</noembed>"],
  ["<iframe>", "</iframe>"],
  ["<plaintext>", "</plaintext>"],
  ["<listing>", "</listing>"],
  ["<select>", "</select>"],
  ["<select><option>", "</option></select>"],
  ["<select><optgroup><option>", "</option></optgroup></select>"],
  ["<datalist><option>", "</option></datalist>"],
  ["<table>", "</table>"],
  ["<table><tr><td>", "</td></tr></table>"],
  ["<table><caption>", "</caption></table>"],
  ["<tr><td>", "</td></tr>"],
  ["<td>", "</td>"],
  ["<template>", "</template>"],
  ["<template shadowrootmode=open>", "</template>"],
  ["<ruby><rt>", "</rt></ruby>"],
  ["<details><summary>", "</summary></details>"],
  ["<object>", "</object>"],
  ["<video>", "</video>"],
  ["<image>", "</image>"],
];

/** What hides text from one parser and not from another. */
const HIDING = [
  ["", ""],
  ["<!--", "-->"],
  ["<!-- ", " --!>"],
  ["<!-->", "-->"],
  ["<!--->", "-->"],
  ["<!--<!--", "-->"],
  ["<!", ">"],
  ["<?xml ", "?>"],
  ["</ ", ">"],
  ["</>", ""],
  ["<![CDATA[", "]]>"],
  ["<![CDATA[>", "]]>"],
  ["<![cdata[", "]]>"],
  ["<b title='", "'></b>"],
  ['<b title="', '"></b>'],
  ["<b title='</title>", "'></b>"],
  ["<b title='</textarea>", "'></b>"],
  ["<b title='--><!--", "'></b>"],
  ["<b title=']]>", "'></b>"],
  ["<path d='", "'/>"],
  ["<textarea>", "</textarea>"],
  ["<textarea></title>", "</textarea>"],
  ["<svg><title>", "</title></svg>"],
  ["<svg><desc><![CDATA[", "]]></desc></svg>"],
  ["]]>", "<!-- -->"],
  ["\u0000", "\u0000"],
];

/** Every place with everything that hides, around one bait, and around one text. */
export function combinations() {
  return AROUND.flatMap(([open, close]) => HIDING.flatMap(([hide, show]) => [BAIT[0], HARMLESS[0]].map((inner) => open + hide + inner + show + close)));
}

/** `count` fragments, the same for the same seed. */
export function random(count, seed) {
  const next = dice(seed);
  const one = (list) => list[Math.floor(next() * list.length)];
  const fragment = (depth) => {
    const kind = next();
    if (depth === 0 || kind < 0.25) return one(next() < 0.5 ? BAIT : HARMLESS);
    if (kind < 0.5) return fragment(depth - 1) + fragment(depth - 1);
    const [open, close] = one(kind < 0.8 ? AROUND : HIDING);
    // Now and then an end is missing, or the one of something else.
    const end = next() < 0.94 ? close : one(AROUND)[1];
    return open + fragment(depth - 1) + end;
  };
  return Array.from({ length: count }, () => fragment(1 + Math.floor(next() * 5)));
}

/** What content is mostly made of, nested so that most of it is fit for a page. */
const TAME = ["div", "p", "h2", "b", "i", "span", "ul li", "ol li", "dl dd", "section h3", "a", "strong", "blockquote", "figure figcaption", "table tbody tr td", "details summary", "button", "label", "svg g", "svg text", "svg title", "template", "select option", "textarea", "pre", "tr td", "td", "li", "form", "ruby rt", "video", "object", "my-card", "datalist option", "hgroup h1", "map", "nobr", "center", "font"];

/** `count` fragments of which a checker lets many through. */
export function tame(count, next) {
  const one = (list) => list[Math.floor(next() * list.length)];
  const fragment = (depth) => {
    const kind = next();
    if (depth === 0 || kind < 0.1) return next() < 0.02 ? one(BAIT) : one(HARMLESS);
    if (kind < 0.45) return fragment(depth - 1) + (next() < 0.5 ? "\n" : "") + fragment(depth - 1);
    if (kind < 0.5) {
      const [hide, show] = one(HIDING);
      return hide + fragment(depth - 1) + show;
    }
    const names = one(TAME).split(" ");
    const open = names.map((name) => `<${name}${next() < 0.1 ? " class='a<b>'" : ""}>`).join("");
    return open + fragment(depth - 1) + names.reverse().map((name) => `</${name}>`).join("");
  };
  return Array.from({ length: count }, () => fragment(1 + Math.floor(next() * 5)));
}

/** A small generator of random numbers (mulberry32), from 0 to 1. */
export function dice(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

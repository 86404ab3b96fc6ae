// What a rewritten page is, less what was put in: the origin's page, byte for byte.
//
// It knows the marks from the documentation of the format, and none of the code that makes them. Bytes are texts in Latin-1.

const OPENING = `</textarea></title></style></iframe></noscript></template></template><!--<script>--!><script type="application/json" id="selvedge-page">`;
const TEMPLATE_END = "</template>";
/** What begins what was put in; with `+`, nothing of the origin's is kept. */
const OPEN = /<!--selvedge\+?:/;

/** The parts of an answer: the page before the data block, and the nonce of its marks. `undefined` of a page without a block. */
export function parts(answer) {
  const at = answer.lastIndexOf(OPENING);
  if (at < 0 || !answer.endsWith("</script>")) return undefined;
  return { page: answer.slice(0, at), nonce: JSON.parse(answer.slice(at + OPENING.length, -"</script>".length)).nonce };
}

/** How many marks of this answer a page has. */
export const marks = (page, nonce) => page.split(OPEN).filter((part) => part.slice(0, 80).includes(`~${nonce}-->`)).length + page.split(" data-selvedge-set=").length - 1;

/** The end tag of a text that the origin's page leaves open: what is put in begins with it. */
const TEXT_END = /<\/(?:textarea|xmp|title|style|iframe|noembed|noframes|noscript)>$/;

/** Whether `page`, less the marks of `nonce`, is `origin`. */
export function isOrigin(page, origin, nonce) {
  if (!TEXT_END.test(origin)) page = page.replace(TEXT_END, "");
  const seen = new Set();
  // Alignments that are still possible: places in both, and the marks whose templates are open.
  const ahead = [[0, 0, []]];
  while (ahead.length > 0) {
    let [i, j, templates] = ahead.pop();
    const key = `${i} ${j} ${templates.length}`;
    if (seen.has(key)) continue;
    seen.add(key);
    for (;;) {
      const next = nextMark(page, i, templates, nonce);
      let own = next - i;
      if (page.slice(i, next) !== origin.slice(j, j + own)) {
        // In front of a mark, an end tag makes room behind an element that something else ended.
        own -= /<\/[a-zA-Z][a-zA-Z0-9-]*>$/.exec(page.slice(Math.max(i, next - 80), next))?.[0].length ?? 0;
        if (page.slice(next, next + 14).search(OPEN) !== 0 || page.slice(i, i + own) !== origin.slice(j, j + own)) break;
      }
      j += own;
      i = next;
      if (i === page.length) {
        if (j === origin.length && templates.length === 0) return true;
        break;
      }
      if (page.startsWith(TEMPLATE_END, i)) {
        if (origin.startsWith(TEMPLATE_END, j)) ahead.push([i + TEMPLATE_END.length, j + TEMPLATE_END.length, templates]);
        const closing = `<!--/selvedge:${templates.at(-1)}-->`;
        const until = page.indexOf(closing, i);
        if (until < 0) break;
        [i, templates] = [until + closing.length, templates.slice(0, -1)];
      } else if (page.startsWith(" data-selvedge-", i)) {
        const tags = restored(page, i, origin, j, nonce);
        if (!tags) break;
        [i, j] = tags;
      } else {
        const mark = page.slice(page.indexOf(":", i) + 1, page.indexOf("-->", i));
        const isAdded = page.startsWith("<!--selvedge+", i);
        const until = isAdded ? `<!--/selvedge:${mark}-->` : `<template data-selvedge-control="${mark}">`;
        if (!page.includes(until, i)) break;
        i = page.indexOf(until, i) + until.length;
        if (!isAdded) templates = [...templates, mark];
      }
    }
  }
  return false;
}

/** The next place of `page` from `i` on where something of ours may stand. */
function nextMark(page, i, templates, nonce) {
  let next = page.length;
  for (let at = page.indexOf("<!--selvedge", i); at >= 0; at = page.indexOf("<!--selvedge", at + 1)) {
    if (!page.slice(at, at + 120).split("-->")[0].endsWith(`~${nonce}`)) continue;
    next = at;
    break;
  }
  const set = page.indexOf(` data-selvedge-set="`, i);
  if (set >= 0 && page.slice(set, set + 200).includes(`~${nonce}:`)) next = Math.min(next, set);
  const end = templates.length > 0 ? page.indexOf(TEMPLATE_END, i) : -1;
  return end >= 0 ? Math.min(next, end) : next;
}

/** Both places behind a start tag that has attributes of ours, if the origin's tag is the same without them. */
function restored(page, i, origin, j, nonce) {
  const ours = attributes(page, i);
  const theirs = attributes(origin, j);
  if (!ours || !theirs) return undefined;
  const set = ours.all.find(({ name }) => name === "data-selvedge-set").value.split(" ").map((mark) => mark.split(`~${nonce}:`)[1]);
  const was = new Map(ours.all.filter(({ name }) => name.startsWith("data-selvedge-was-")).map(({ name, value }) => [name.slice(18), value.replaceAll("&quot;", '"')]));
  const kept = [];
  const given = new Set();
  for (const attribute of ours.all) {
    const name = attribute.name.toLowerCase();
    if (name.startsWith("data-selvedge-")) continue;
    if (set.includes(name) && !given.has(name)) {
      given.add(name);
      if (was.has(name)) kept.push({ name, value: was.get(name) });
    } else kept.push({ name, value: attribute.value });
  }
  const plain = theirs.all.map(({ name, value }) => ({ name: name.toLowerCase(), value }));
  // A value that was empty, or none, is kept as an empty one.
  const same = kept.length === plain.length && kept.every(({ name, value }, at) => name === plain[at].name && (value ?? "") === (plain[at].value ?? ""));
  return same ? [ours.end, theirs.end] : undefined;
}

/** The attributes of a tag from a place behind its name on, and where it ends. */
function attributes(text, from) {
  const all = [];
  const pattern = /[\s/]*(?:(>)|([^\s/>][^\s/>=]*)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]*)))?)/y;
  pattern.lastIndex = from;
  for (let found = pattern.exec(text); found; found = pattern.exec(text)) {
    if (found[1]) return { all, end: pattern.lastIndex };
    all.push({ name: found[2], value: found[3] ?? found[4] ?? found[5] });
  }
  return undefined;
}

// The growth curves as a picture: cost by the number of flags, both axes logarithmic.
//
// Takes the results, gives an SVG that is readable on light and dark pages. Ours is the one line with a colour of its own, so that nobody
// has to tell eleven colours apart; the others carry their names at their ends.

import { microseconds } from "./report.mjs";

const OURS = "selvedge";
const FLOOR = "closures";

const PANELS = [
  { kind: "flags", metric: "all_us", title: "All flags for one visitor", of: "flags" },
  { kind: "flags", metric: "one_us", title: "One decision, new visitor", of: "flags" },
  { kind: "flags", metric: "next_us", title: "One more decision, same visitor", of: "flags" },
  { kind: "slot", metric: "one_us", title: "One slot with many rules, new visitor", of: "rules in the slot" },
];
const WIDTH = 500;
const HEIGHT = 350;
const PLOT = { left: 58, right: 330, top: 44, bottom: 306 };
const LABEL_GAP = 13;

const STYLE = `
  :root { --page: #ffffff; --ink: #1f2328; --soft: #59636e; --grid: #d8dee4; --line: #8c959f; --ours: #0550ae; }
  @media (prefers-color-scheme: dark) {
    :root { --page: #0d1117; --ink: #f0f6fc; --soft: #9198a1; --grid: #2a313c; --line: #767f8a; --ours: #58a6ff; }
  }
  .page { fill: var(--page); }
  text { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; fill: var(--soft); }
  .title { font-size: 14px; font-weight: 600; fill: var(--ink); }
  .end { text-anchor: end; }
  .middle { text-anchor: middle; }
  .grid { stroke: var(--grid); }
  .line { fill: none; stroke: var(--line); stroke-width: 1.5; }
  .floor { stroke-dasharray: 5 4; }
  .leader { stroke: var(--line); stroke-width: 0.75; stroke-dasharray: 1 3; }
  .dot { fill: var(--line); }
  .ours.line { stroke: var(--ours); stroke-width: 3.5; stroke-linejoin: round; }
  .ours.dot { fill: var(--ours); }
  text.ours { fill: var(--ours); font-weight: 700; }`;

/** The picture. */
export function chart(results) {
  const panels = PANELS.map((panel) => ({ ...panel, curves: curves(results, panel) })).filter((panel) => panel.curves.length);
  const rows = Math.ceil(panels.length / 2);
  const [width, height] = [2 * WIDTH, rows * HEIGHT + 28];
  const drawn = panels.map((panel, at) => `<g transform="translate(${(at % 2) * WIDTH} ${Math.floor(at / 2) * HEIGHT})">${draw(panel, results.sizes)}</g>`);
  const foot = `${results.machine}; median of ${results.rounds} rounds, each engine in its own process; both axes logarithmic; lower is better.`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="what about">
<title id="what">The cost of decisions by the number of flags: Selvedge beside its peers</title>
<desc id="about">${escape(spoken(panels))}</desc>
<style>${STYLE}
</style>
<rect class="page" width="${width}" height="${height}"/>
${drawn.join("\n")}
<text x="16" y="${height - 12}">${escape(foot)}</text>
</svg>
`;
}

/** One curve an engine: its points, and the name at its end. */
function curves(results, { kind, metric }) {
  const made = Object.entries(results.engines).map(([name, engine]) => ({
    name,
    label: engine.name.replace(/ \((?!floor).*\)/, "").replace("Amplitude experiment-core", "Amplitude").replace("json-logic-engine", "json-logic"),
    points: results.sizes.map((size) => [size, engine[kind]?.[size]?.[metric]]).filter(([, value]) => value > 0),
  }));
  // Ours last, so that it lies over the others.
  return made.filter(({ points }) => points.length).sort((a, b) => (a.name === OURS) - (b.name === OURS));
}

function draw({ title, of, curves }, sizes) {
  const values = curves.flatMap(({ points }) => points.map(([, value]) => value));
  const [low, high] = [Math.floor(Math.log10(Math.min(...values))), Math.ceil(Math.log10(Math.max(...values)))];
  const scale = (value, from, to, start, end) => start + ((Math.log10(value) - from) / (to - from || 1)) * (end - start);
  const x = (size) => scale(size, Math.log10(sizes[0]), Math.log10(sizes.at(-1)), PLOT.left, PLOT.right);
  const y = (value) => scale(value, low, high, PLOT.bottom, PLOT.top);
  const parts = [`<text class="title" x="${PLOT.left}" y="24">${escape(title)}</text>`];
  for (let power = low; power <= high; power++) {
    const at = number(y(10 ** power));
    parts.push(`<line class="grid" x1="${PLOT.left}" x2="${PLOT.right}" y1="${at}" y2="${at}"/>`);
    parts.push(`<text class="end" x="${PLOT.left - 7}" y="${number(at + 4)}">${microseconds(10 ** power)}</text>`);
  }
  for (const size of sizes) {
    const at = number(x(size));
    parts.push(`<line class="grid" x1="${at}" x2="${at}" y1="${PLOT.top}" y2="${PLOT.bottom}"/>`);
    parts.push(`<text class="middle" x="${at}" y="${PLOT.bottom + 17}">${size.toLocaleString("en")}</text>`);
  }
  parts.push(`<text class="middle" x="${number((PLOT.left + PLOT.right) / 2)}" y="${PLOT.bottom + 34}">${of}</text>`);
  for (const { name, points } of curves) {
    const mark = name === OURS ? " ours" : "";
    const path = points.map(([size, value], at) => `${at ? "L" : "M"}${number(x(size))} ${number(y(value))}`).join("");
    parts.push(`<path class="line${mark}${name === FLOOR ? " floor" : ""}" d="${path}"/>`);
    const radius = name === OURS ? 4 : 2;
    for (const [size, value] of points) parts.push(`<circle class="dot${mark}" cx="${number(x(size))}" cy="${number(y(value))}" r="${radius}"/>`);
  }
  for (const { name, label, from, to } of placed(curves, x, y)) {
    parts.push(`<line class="leader" x1="${number(from[0] + 5)}" y1="${number(from[1])}" x2="${to[0] - 4}" y2="${number(to[1])}"/>`);
    parts.push(`<text${name === OURS ? ' class="ours"' : ""} x="${to[0]}" y="${number(to[1] + 4)}">${escape(label)}</text>`);
  }
  return parts.join("\n");
}

/** Labels in one column, in the order of their curves' ends, each as near to its end as the others allow. */
function placed(curves, x, y) {
  const labels = curves.map(({ name, label, points }) => {
    const [size, value] = points.at(-1);
    return { name, label, from: [x(size), y(value)], to: [PLOT.right + 26, y(value)] };
  });
  labels.sort((a, b) => a.to[1] - b.to[1]);
  // Labels that overlap push each other apart by half; what leaves the panel pushes back.
  for (let turn = 0; turn < 500; turn++) {
    for (let at = 1; at < labels.length; at++) {
      const [above, below] = [labels[at - 1].to, labels[at].to];
      const missing = LABEL_GAP - (below[1] - above[1]);
      if (missing <= 0) continue;
      above[1] -= missing / 2;
      below[1] += missing / 2;
    }
    for (const { to } of labels) to[1] = Math.min(PLOT.bottom, Math.max(PLOT.top, to[1]));
  }
  return labels;
}

/** What the picture shows, for those who do not see it. */
function spoken(panels) {
  return panels
    .map(({ title, curves }) => {
      const ends = curves.map(({ label, points }) => `${label} ${microseconds(points.at(-1)[1])} at ${points.at(-1)[0].toLocaleString("en")}`);
      return `${title}: ${ends.reverse().join(", ")}.`;
    })
    .join(" ");
}

function number(value) {
  return Math.round(10 * value) / 10;
}

function escape(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

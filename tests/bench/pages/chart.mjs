// The page path as a picture: CPU of a page by its size, a bar for each Worker.
//
// Takes the results, gives an SVG that is readable on light and dark pages. Ours is the one bar with a colour of its own. A bar that
// would leave the panel is cut, and says so.

import { middle } from "./report.mjs";

const OURS = "selvedge";
const PANEL = { width: 330, left: 150, right: 260, top: 56, row: 30, bar: 18 };
/** A bar ends here, in times the plain rewriter's. */
const CUT = 2.2;

const STYLE = `
  :root { --page: #ffffff; --ink: #1f2328; --soft: #59636e; --grid: #d8dee4; --bar: #afb8c1; --ours: #0550ae; }
  @media (prefers-color-scheme: dark) {
    :root { --page: #0d1117; --ink: #f0f6fc; --soft: #9198a1; --grid: #2a313c; --bar: #59636e; --ours: #58a6ff; }
  }
  .page { fill: var(--page); }
  text { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; fill: var(--soft); }
  .title { font-size: 14px; font-weight: 600; fill: var(--ink); }
  .end { text-anchor: end; }
  .grid { stroke: var(--grid); }
  .bar { fill: var(--bar); }
  .ours.bar { fill: var(--ours); }
  text.ours { fill: var(--ours); font-weight: 700; }`;

/** The picture. */
export function chart(results) {
  const panels = results.cases.filter(({ isBare }) => !isBare).map((one) => ({ title: `A page of ${one.size}`, rows: rows(results, one) }));
  const keys = panels[0].rows.length;
  const [width, height] = [PANEL.left + panels.length * (PANEL.width - 60) + 20, PANEL.top + keys * PANEL.row + 40];
  const names = panels[0].rows.map(({ key, name }, at) => `<text class="end${mark(key)}" x="${PANEL.left - 12}" y="${middleOf(at) + 4}">${name}</text>`);
  const drawn = panels.map((panel, at) => `<g transform="translate(${PANEL.left + at * (PANEL.width - 60)} 0)">${draw(panel)}</g>`);
  const foot = `Milliseconds of CPU for a page with five changes, origin and log beside it; ${results.machine}; median of ${results.rounds} paired rounds; less is better.`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="what about">
<title id="what">What a page costs: Selvedge's Worker beside its peers</title>
<desc id="about">${panels.map(spoken).join(" ")}</desc>
<style>${STYLE}
</style>
<rect class="page" width="${width}" height="${height}"/>
${names.join("\n")}
${drawn.join("\n")}
<text x="16" y="${height - 14}">${foot}</text>
</svg>
`;
}

function rows(results, { samples }) {
  return Object.keys(samples).map((key) => ({ key, name: results.names[key].replace(" edge-cloudflare", ""), cpu: middle(samples[key].map(({ cpu }) => cpu)) }));
}

function draw({ title, rows }) {
  const most = CUT * rows.find(({ key }) => key === "plain").cpu;
  const bottom = PANEL.top + rows.length * PANEL.row;
  const parts = [`<text class="title" x="0" y="32">${title}</text>`, `<line class="grid" x1="0" x2="0" y1="${PANEL.top - 6}" y2="${bottom}"/>`];
  rows.forEach(({ key, cpu }, at) => {
    const length = number((Math.min(cpu, most) / most) * (PANEL.right - 80));
    const top = middleOf(at) - PANEL.bar / 2;
    // A slanted end says that the bar goes on.
    const end = cpu > most ? `l8 0l-8 ${PANEL.bar}` : `v${PANEL.bar}`;
    parts.push(`<path class="bar${mark(key)}" d="M0 ${top}h${length}${end}H0z"/>`);
    parts.push(`<text class="value${mark(key)}" x="${length + 14}" y="${middleOf(at) + 4}">${shown(cpu)}</text>`);
  });
  return parts.join("\n");
}

const spoken = ({ title, rows }) => `${title}: ${rows.map(({ name, cpu }) => `${name} ${shown(cpu)} ms`).join(", ")}.`;

const middleOf = (at) => PANEL.top + at * PANEL.row + PANEL.row / 2;

const mark = (key) => (key === OURS ? " ours" : "");

const shown = (value) => (value >= 10 ? String(Math.round(value)) : value.toFixed(2));

const number = (value) => Math.round(10 * value) / 10;

// Results as tables.

const COLUMNS = [
  ["layout shift", ({ shift }) => shift.toFixed(3)],
  ["first paint", ({ paint }) => ms(paint)],
  ["largest paint", ({ largest }) => ms(largest)],
  ["shown", ({ shown }) => ms(shown)],
  ["changed after the first paint", ({ late }) => (late > 0 ? `${ms(late)} later` : late < 0 ? "–" : "no")],
  ["long tasks", ({ tasks, taskMs }) => (tasks ? `${tasks}, ${ms(taskMs)}` : "0")],
  ["requests", ({ requests }) => String(requests)],
  ["bytes", ({ kb }) => `${kb.toFixed(0)} kB`],
];

export function markdown(results) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  const lines = [];
  for (const { delay, rows } of results.tables) {
    lines.push(`**${delay} ms a request**`, "", line(["page", ...COLUMNS.map(([title]) => title)]), line(["---", ...COLUMNS.map(() => "---:")]));
    lines.push(...rows.map((row) => line([row.name, ...COLUMNS.map(([, shown]) => shown(row))])), "");
  }
  const { delay, shown, requests } = results.slow;
  lines.push(`First decision on a static page with ${delay / 1000} s a request: shown after ${(shown / 1000).toFixed(1)} s, ${requests} requests in all.`, "");
  lines.push(`Measured on ${results.day}, Chromium ${results.chromium}, median of ${results.rounds} paired rounds. Bytes are not compressed.`, "");
  return lines.join("\n");
}

export const text = markdown;

function ms(value) {
  return value < 0 ? "–" : `${Math.round(value).toLocaleString("en")} ms`;
}

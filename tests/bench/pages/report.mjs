// The page path as tables, and beside its budgets.

const OURS = "selvedge";

/** What is compared of each page. A ratio is of one round: its median, and where nineteen of twenty such medians would be. */
const COLUMNS = [
  { title: "pages a second", metric: "rate", show: (value) => round(value) },
  { title: "CPU a page", metric: "cpu", show: milliseconds },
  { title: "first byte", metric: "first", show: milliseconds },
];

/** The tables for a terminal. */
export function text(results) {
  const tables = results.cases.map((one) => `${heading(one)}\n${plain(rows(results, one))}`);
  return [...tables, `first page of a new process, 20 KB\n${plain(coldRows(results))}`, ...refused(results), ""].join("\n\n");
}

/** The same as Markdown, with the budgets. */
export function markdown(results) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  const table = ([head, ...rows]) => [line(head), line(head.map((_, at) => (at ? "---:" : "---"))), ...rows.map(line)].join("\n");
  const parts = results.cases.map((one) => `**${heading(one)}**\n\n${table(rows(results, one))}`);
  return [
    ...parts,
    `**First page of a new process, 20 KB**\n\n${table(coldRows(results))}`,
    `Measured on ${results.day}, ${results.machine}, ${results.rounds} paired rounds, four pages at a time. In brackets: how many times ours, as the median of the rounds' ratios.`,
    ...refused(results),
    `| budget | | measured | 95 % interval | |\n|---|---:|---:|---:|---|\n${budgets(results).map(({ what, limit, found, interval, verdict }) => line([what, limit, found, interval, verdict])).join("\n")}`,
    "",
  ].join("\n\n");
}

/** Each budget, met or missed. */
export function budgets(results) {
  const of = (size, isBare = false) => results.cases.find((one) => one.size === size && one.isBare === isBare)?.samples;
  const ratio = (samples, metric, peer) => pairs(samples?.[OURS], samples?.[peer], metric, (own, other) => own / other);
  const above = (samples, peer) => pairs(samples?.[OURS], samples?.[peer], "cpu", (own, other) => own - other);
  return [
    atLeast("pages a second, 20 KB, of the plain rewriter's", ratio(of("20 KB"), "rate", "plain"), 0.9),
    ...["200 KB", "1 MB"].map((size) => atLeast(`pages a second, ${size}, of the plain rewriter's`, ratio(of(size), "rate", "plain"), 1)),
    ...["20 KB", "200 KB", "1 MB"].map((size) => atMost(`CPU above the plain rewriter's, ${size}`, above(of(size), "plain"), 0.2, milliseconds)),
    ...["20 KB", "200 KB", "1 MB"].map((size) => atMost(`CPU of a page without slots, ${size}, of a pass-through's`, ratio(of(size, true), "cpu", "pass"), 1.05, times)),
    atMost("first page of a new process, of a pass-through's", ratio(results.cold, "lastMs", "pass"), 3, times),
  ];
}

function atLeast(what, found, limit) {
  return judged(what, found, `≥ ${times(limit)}`, found?.median >= limit, times);
}

function atMost(what, found, limit, show) {
  return judged(what, found, `≤ ${show(limit)}`, found?.median <= limit, show);
}

function judged(what, found, limit, isMet, show) {
  const verdict = !found ? "not measured" : isMet ? "met" : "missed";
  const [shown, interval] = found ? [show(found.median), `${show(found.low)} to ${show(found.high)}`] : ["–", "–"];
  return { what, limit, found: shown, interval, verdict, line: `${verdict.padEnd(13)}${what}: ${shown} (${interval}; ${limit})` };
}

/** The median of what two Workers of the same round make together, and its interval by the ranks of the sorted rounds. */
export function pairs(own, other, metric, make) {
  if (!own?.length || !other?.length) return undefined;
  const made = own.map((one, round) => make(one[metric], other[round][metric])).sort((a, b) => a - b);
  // The ranks that a median of so many lies between, 95 times of 100, by the normal form of the binomial.
  const reach = Math.ceil(0.98 * Math.sqrt(made.length));
  const at = (rank) => made[Math.min(made.length - 1, Math.max(0, rank))];
  const middle = (made.length - 1) / 2;
  return { median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2, low: at(Math.floor(middle - reach)), high: at(Math.ceil(middle + reach)) };
}

export function heading({ size, isBare, origin }) {
  return `${size}${isBare ? " without slots" : ", five changes in the first quarter"}, ${origin.toLocaleString("en")} bytes`;
}

function rows(results, { samples, origin }) {
  const cells = (key) => [
    ...COLUMNS.map(({ metric, show }) => shown(samples, key, metric, show)),
    `${(samples[key].at(-1).bytes - origin).toLocaleString("en")}`,
  ];
  return [["Worker", ...COLUMNS.map(({ title }) => title), "bytes added"], ...named(results, samples, cells)];
}

function coldRows(results) {
  const columns = [["until it listens", "startMs"], ["first byte", "firstMs"], ["last byte", "lastMs"], ["CPU of the page", "cpu"]];
  const cells = (key) => columns.map(([, metric]) => shown(results.cold, key, metric, milliseconds));
  return [["Worker", ...columns.map(([title]) => title)], ...named(results, results.cold, cells)];
}

function named(results, samples, cells) {
  return Object.keys(samples).map((key) => [results.names[key], ...cells(key)]);
}

function shown(samples, key, metric, show) {
  const found = show(middle(samples[key].map((one) => one[metric])));
  if (key === OURS) return found;
  return `${found} (${times(pairs(samples[key], samples[OURS], metric, (own, other) => own / other).median)})`;
}

export function middle(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

function refused({ refused }) {
  return Object.values(refused).map(({ name, reason }) => `${name} is left out: ${reason}.`);
}

function plain(rows) {
  const widths = rows[0].map((_, at) => Math.max(...rows.map((row) => row[at].length)));
  return rows.map((row) => row.map((cell, at) => (at ? cell.padStart(widths[at]) : cell.padEnd(widths[at]))).join("  ")).join("\n");
}

function milliseconds(value) {
  return `${round(value)} ms`;
}

function times(value) {
  return `${round(value)}×`;
}

function round(value) {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString("en");
  return String(Number(value.toFixed(Math.abs(value) >= 10 ? 1 : 2)));
}

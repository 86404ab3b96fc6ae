// Results as tables, and beside the budgets that the project has set itself.

const OURS = "selvedge";
const FLOOR = "closures";
const MAIN = 1000;

/** What is compared at {@link MAIN} flags: the less, the better. */
const COLUMNS = [
  { title: "one decision, new visitor", value: (at) => at.one_us, show: microseconds },
  { title: "next decision", value: (at) => at.next_us, show: microseconds },
  { title: "all flags", value: (at) => at.all_us, show: microseconds },
  { title: "open", value: (at) => at.reopen_ms, show: milliseconds },
  { title: "open, in a new process", value: (at) => at.open_ms, show: milliseconds },
  { title: "first decision, cold", value: (at) => at.cold_ms, show: milliseconds },
  { title: "memory", value: (at) => at.memory_kib, show: kibibytes },
  { title: "payload, gzip", value: (at) => at.gzip / 1000, show: kilobytes },
  { title: "code, brotli", value: (_, { code }) => code?.brotli / 1000, show: kilobytes },
];

/** The tables for a terminal. */
export function text(results) {
  return [
    `${MAIN} flags; in brackets, how many times ours`,
    plain(main(results)),
    ...[["one decision for a new visitor", "one_us", microseconds], ["one more for the same visitor", "next_us", microseconds], ["all flags for one visitor", "all_us", microseconds], ["open, by code that has run before", "reopen_ms", milliseconds], ["open, in a new process", "open_ms", milliseconds], ["memory added", "memory_kib", kibibytes]].map(
      ([title, metric, show]) => `\n${title}\n${plain(growth(results, "flags", metric, show))}`,
    ),
    `\none slot, by the number of its rules: one decision for a new visitor\n${plain(growth(results, "slot", "one_us", microseconds))}`,
    `\none slot: one more decision for the same visitor\n${plain(growth(results, "slot", "next_us", microseconds))}`,
    ...Object.values(results.refused).map(({ name, reason }) => `refused: ${name}: ${reason}`),
    "",
  ].join("\n");
}

/** The main table, with its notes, as Markdown. */
export function markdown(results) {
  const [head, ...rows] = main(results);
  const line = (cells) => `| ${cells.join(" | ")} |`;
  const notes = entries(results).filter(([, { note }]) => note).map(([, { name, note }]) => `- ${name}: ${note}.`);
  const refused = Object.values(results.refused).map(({ name, reason }) => `- ${name} is left out: ${reason}.`);
  return [
    line(head),
    line(head.map((_, at) => (at ? "---:" : "---"))),
    ...rows.map(line),
    "",
    `${count(MAIN)} flags, measured on ${results.day}, ${results.machine}, median of ${results.rounds}, seed ${results.seed}.`,
    "",
    ...notes,
    ...refused,
    "",
    "| budget | | measured | |",
    "|---|---:|---:|---|",
    ...budgets(results).map(({ what, most, found, verdict }) => line([what, most, found, verdict])),
    "",
  ].join("\n");
}

/** Each budget for engines, met or missed. What a peer of the same run sets is a ratio: a machine's own speed is in both. */
export function budgets(results) {
  const ours = results.engines[OURS];
  const flags = (size, metric, name = OURS) => results.engines[name]?.flags?.[size]?.[metric];
  const of = (metric, name) => flags(MAIN, metric) / flags(MAIN, metric, name);
  const peers = Object.keys(results.engines).filter((name) => name !== OURS && name !== FLOOR);
  const next = peers.map((name) => flags(MAIN, "next_us", name)).filter(Number.isFinite).sort((a, b) => a - b)[0];
  const [least, most] = [results.sizes[0], results.sizes.at(-1)];
  return [
    budget("all of 1,000 for one visitor, of the closures' time", of("all_us", FLOOR), 1, times),
    budget("all of 10,000 for one visitor, of our own time for 1,000", flags(10_000, "all_us") / flags(MAIN, "all_us"), 10, times),
    budget("one decision, new visitor, from JavaScript, of GrowthBook's time", of("one_us", "growthbook"), 1, times),
    budget("one more decision, same visitor, of the next peer's time", flags(MAIN, "next_us") / next, 0.5, times),
    budget("open 1,000, by code that has run before, of GrowthBook's time", of("reopen_ms", "growthbook"), 0.125, times),
    budget("open 1,000, in a new process, of GrowthBook's time", of("open_ms", "growthbook"), 0.5, times),
    budget("memory, 1,000 flags", flags(MAIN, "memory_kib"), 500, kibibytes),
    budget("memory, 10,000 flags", flags(10_000, "memory_kib"), 2500, kibibytes),
    budget("memory grown by 900,000 more visitors", results.flat?.grown_kib, 64, kibibytes),
    budget("payload of 1,000, gzip, with names", flags(MAIN, "gzip") / 1000, 19.6, (value) => `${value.toFixed(1)} kB`),
    budget("code to decide on the device, brotli", ours.code?.brotli / 1000, 45, kilobytes),
    budget(`growth of one slot's cost, ${count(least)} to ${count(most)} rules`, ours.slot?.[most]?.one_us / ours.slot?.[least]?.one_us, most / least, times),
  ];
}

function budget(what, found, most, show) {
  const missing = !Number.isFinite(found);
  const verdict = missing ? "not measured" : found <= most ? "met" : "missed";
  const shown = missing ? "–" : show(found);
  return { what, most: `≤ ${show(most)}`, found: shown, verdict, line: `${verdict.padEnd(13)}${what}: ${shown} (≤ ${show(most)})` };
}

/** Ours first, then by the cost of all flags. */
function entries(results) {
  const cost = ([name, { flags }]) => (name === OURS ? -1 : (flags?.[MAIN]?.all_us ?? Infinity));
  return Object.entries(results.engines).sort((a, b) => cost(a) - cost(b));
}

function main(results) {
  const ours = results.engines[OURS];
  const rows = entries(results).map(([name, engine]) => {
    const at = engine.flags?.[MAIN] ?? {};
    const cells = COLUMNS.map(({ value, show }) => {
      const [found, own] = [value(at, engine), value(ours.flags?.[MAIN] ?? {}, ours)];
      if (!Number.isFinite(found)) return "–";
      return name === OURS ? show(found) : `${show(found)} (${times(found / own)})`;
    });
    return [engine.version ? `${engine.name} ${engine.version}` : engine.name, ...cells];
  });
  return [["engine", ...COLUMNS.map(({ title }) => title)], ...rows];
}

function growth(results, kind, metric, show) {
  const rows = entries(results)
    .filter(([, engine]) => engine[kind])
    .map(([, engine]) => [engine.name, ...results.sizes.map((size) => (Number.isFinite(engine[kind][size]?.[metric]) ? show(engine[kind][size][metric]) : "–"))]);
  return [["", ...results.sizes.map(count)], ...rows];
}

function plain(rows) {
  const widths = rows[0].map((_, at) => Math.max(...rows.map((row) => row[at].length)));
  return rows.map((row) => row.map((cell, at) => (at ? cell.padStart(widths[at]) : cell.padEnd(widths[at]))).join("  ")).join("\n");
}

export function microseconds(value) {
  return value >= 1e6 ? `${round(value / 1e6)} s` : value >= 1000 ? `${round(value / 1000)} ms` : `${round(value)} µs`;
}

function milliseconds(value) {
  return microseconds(1000 * value);
}

function kibibytes(value) {
  return value >= 10_000 ? `${round(value / 1024)} MiB` : `${round(Math.max(0, value))} KiB`;
}

function kilobytes(value) {
  return `${round(value)} kB`;
}

function times(ratio) {
  return Number.isFinite(ratio) ? `${round(ratio)}×` : "–";
}

function count(number) {
  return number.toLocaleString("en");
}

/** Three digits at most. */
function round(value) {
  if (value >= 100) return Math.round(value).toLocaleString("en");
  return String(Number(value.toPrecision(2)));
}

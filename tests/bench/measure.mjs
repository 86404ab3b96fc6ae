// One engine, one payload, one process: `node --expose-gc measure.mjs ENGINE FILE`. Prints one line of JSON.
//
// Its file holds the payload, the visitors and the keys; its answer is in microseconds, milliseconds and KiB. A check of the answers is
// made before anything is measured: an engine that is wrong is not timed.

import { readFileSync } from "node:fs";

import { isOn } from "./reference.mjs";

const CHECKED_VISITORS = 30;
const CHECKED_FLAGS = 100;
const PER_VISITOR = 50;
const WARM_MS = 100;
const MEASURED_MS = Number(process.env.BENCH_MS ?? 200);
const BATCH_MS = 0.3;
const SLOW_US = 2000;
const KEY_STRIDE = 7919; // a prime: every key has its turn
const FLAT_VISITORS = 1_000_000;

const [name, file, task = "measure"] = process.argv.slice(2);
const adapter = await import(`./engines/${name}.mjs`);
const work = JSON.parse(readFileSync(file, "utf8"));
const answer = await { check, measure, flat }[task]();
process.stdout.write(`${JSON.stringify(answer)}\n`, () => process.exit(0));

/** Whether the engine answers as the reference does; `{wrong}` says where not, the first time. */
async function check() {
  await adapter.load?.();
  const engine = await open(Buffer.from(work.payload));
  const flags = work.slot ? [{ key: work.slot }] : work.flags.slice(0, CHECKED_FLAGS);
  let [answers, on, first, wrong, example] = [0, 0, 0, 0, undefined];
  for (const visitor of work.visitors.slice(0, CHECKED_VISITORS)) {
    const context = adapter.context(visitor);
    const found = flags.map((flag, at) => (at % 2 ? again(engine, context, flag.key) : engine.decide(context, flag.key)));
    flags.forEach((flag, at) => {
      const expected = work.slot ? work.flags.some((flag) => isOn(flag, visitor)) : isOn(flag, visitor);
      answers += 1;
      on += expected;
      first += found[at] === "a";
      if ((found[at] !== null) === expected) return;
      wrong += 1;
      example ??= `${flag.key} is ${expected ? "on" : "off"} for ${visitor.id}, and it says ${found[at]}`;
    });
    if (work.slot) continue;
    const all = engine.all(context);
    const expected = work.flags.filter((flag) => isOn(flag, visitor)).length;
    if (all !== expected) {
      wrong += 1;
      example ??= `${expected} flags are on for ${visitor.id}, and deciding all finds ${all}`;
    }
  }
  return { answers, on, firstArm: first / on, wrong, example };
}

async function measure() {
  await adapter.load?.();
  const bytes = Buffer.from(work.payload);
  const contexts = work.visitors.map(adapter.context);
  // Objects that grew key by key would cost every engine a slower look at them; a host's are made at once.
  const before = memory();
  const [engine, opened] = await clocked(bytes);
  const keys = shuffled(work.keys);
  const cold = once(() => engine.decide(contexts[0], keys[0]));
  const after = memory();

  // Visitors and keys go round at different paces: a pair that comes again soon would be remembered by the processor.
  let turn = 0;
  const context = () => contexts[(turn += 1) % contexts.length];
  const key = (at) => keys[(KEY_STRIDE * (turn + at)) % keys.length];
  const fresh = () => engine.decide(context(), key(0));
  engine.again = engine.next ?? engine.decide;
  const same = () => {
    const visitor = context();
    engine.decide(visitor, key(0));
    for (let at = 1; at < PER_VISITOR; at++) engine.again(visitor, key(at));
  };
  const one = timed(fresh);
  // 49 of the 50 have their visitor already. Where one takes this long, a second look would take minutes and say the same.
  const second = one > SLOW_US ? one : Math.max(0, (timed(same) - one) / (PER_VISITOR - 1));
  return {
    one_us: one,
    next_us: second,
    all_us: work.all ? timed(() => engine.all(context())) : null,
    open_ms: opened,
    cold_ms: cold,
    memory_kib: (after - before) / 1024,
  };
}

/** KiB that are in use after this many visitors whom nobody has seen before, and were not after the first hundred thousand. */
async function flat() {
  await adapter.load?.();
  const engine = await open(Buffer.from(work.payload));
  let before;
  for (let at = 0; at < FLAT_VISITORS; at++) {
    if (at === FLAT_VISITORS / 10) before = memory();
    const visitor = work.visitors[at % work.visitors.length];
    engine.decide(adapter.context({ ...visitor, id: `${visitor.id}-${at}` }), work.keys[at % work.keys.length]);
  }
  return { visitors: FLAT_VISITORS, grown_kib: (memory() - before) / 1024 };
}

async function open(bytes) {
  return adapter.open(adapter.prepare ? await adapter.prepare(bytes) : bytes);
}

/** The engine, and the milliseconds that opening took. */
async function clocked(bytes) {
  const prepared = adapter.prepare ? await adapter.prepare(bytes) : bytes;
  globalThis.gc();
  const [cpu, wall] = [process.cpuUsage(), performance.now()];
  const engine = await adapter.open(prepared);
  return [engine, spent(cpu, wall)];
}

function again(engine, context, key) {
  return (engine.next ?? engine.decide).call(engine, context, key);
}

function once(run) {
  const [cpu, wall] = [process.cpuUsage(), performance.now()];
  run();
  return spent(cpu, wall);
}

/** Milliseconds: the lesser of this process's time and the wall's, as a busy machine only adds to either. */
function spent(cpu, wall) {
  const elapsed = performance.now() - wall;
  const { user, system } = process.cpuUsage(cpu);
  return Math.min(elapsed, Math.max((user + system) / 1000, 0.001));
}

/** Microseconds of one run: the lesser of processor time over all of them and the median of short batches. */
function timed(run) {
  let count = 1;
  for (const begun = performance.now(); performance.now() - begun < WARM_MS; ) {
    const start = performance.now();
    for (let at = 0; at < count; at++) run();
    const elapsed = performance.now() - start;
    if (elapsed < BATCH_MS) count *= 2;
  }
  const batches = [];
  let runs = 0;
  const [cpu, begun] = [process.cpuUsage(), performance.now()];
  while (performance.now() - begun < MEASURED_MS || batches.length < 3) {
    const start = performance.now();
    for (let at = 0; at < count; at++) run();
    batches.push((performance.now() - start) / count);
    runs += count;
  }
  const { user, system } = process.cpuUsage(cpu);
  batches.sort((a, b) => a - b);
  return Math.min(1000 * batches[batches.length >> 1], (user + system) / runs);
}

/** Bytes in use: the heap, and what is outside it, where Node counts a Wasm's memory too. */
function memory() {
  for (let at = 0; at < 4; at++) globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** In an order that is no engine's own, the same for each. */
function shuffled(keys) {
  let state = 1;
  const order = [...keys];
  for (let at = order.length - 1; at > 0; at--) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    const other = state % (at + 1);
    [order[at], order[other]] = [order[other], order[at]];
  }
  return order;
}

// Whether a memory that was read at equal steps goes on growing.

const GROWTH_MAX = 0.1;

/** Prints what was seen in KiB, and whether it is flat: the last half may reach a tenth more than the first half did. */
export function verdict(what, seen) {
  const half = seen.length >> 1;
  const [first, last] = [Math.max(...seen.slice(0, half)), Math.max(...seen.slice(half))];
  const isFlat = last <= first * (1 + GROWTH_MAX);
  const shown = (kib) => `${Math.round(kib).toLocaleString("en")} KiB`;
  console.log(`  ${what}: ${shown(seen[0])} after a ${seen.length}th, at most ${shown(first)} in the first half, ${shown(last)} in the second: ${isFlat ? "flat" : "it GROWS"}`);
  return isFlat;
}

// Chance that repeats: the same seed gives the same throws.
//
// Takes a seed, gives whole numbers, picks and orders. It never asks the clock or the platform.

export function dice(seed) {
  let state = BigInt.asUintN(64, BigInt(seed) * 0x9e3779b97f4a7c15n + 0x632be59bd9b4e019n);
  // SplitMix64, of which the upper bits are used.
  const next = () => {
    state = BigInt.asUintN(64, state + 0x9e3779b97f4a7c15n);
    let z = state;
    z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
    z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
    return Number((z ^ (z >> 31n)) >> 12n);
  };
  // The 52 bits of one throw are used up before the next one: a string takes hundreds.
  let pool = 0;
  let left = 1;
  const below = (count) => {
    if (left < count * 1024) [pool, left] = [next(), 2 ** 52];
    const number = pool % count;
    pool = Math.floor(pool / count);
    left = Math.floor(left / count);
    return number;
  };
  const chance = (percent) => below(100) < percent;
  const pick = (list) => list[below(list.length)];
  const shuffled = (list) => {
    const result = [...list];
    for (let at = result.length - 1; at > 0; at--) {
      const other = below(at + 1);
      [result[at], result[other]] = [result[other], result[at]];
    }
    return result;
  };
  return { below, chance, pick, shuffled };
}

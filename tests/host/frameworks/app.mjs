// What every app of these tests has in common: its state, and how a test changes it.

/** What the app shows. `suspense` and `plain` say how. */
export const STATE = { route: "app", before: false, within: false, count: 0 };

/** The origin's own words, as every framework renders them. */
export const ORIGIN = { hero: "Origin hero", note: "Origin note", quiet: "Origin quiet", second: "Origin second" };

/** The way in that the page's address asks for: `?plain&strict`. */
export const ways = (search) => Object.fromEntries([...new URLSearchParams(search).keys()].map((key) => [key, true]));

/** Lets a test change the state. `begin` hydrates the page; `set` takes the new state. Starts at once, unless the test wants to. */
export function control(begin, set) {
  let state = STATE;
  window.app = { begin: () => void begin(), set: (change) => void set((state = { ...state, ...change })), state: () => state };
  if (!("late" in ways(location.search))) begin();
}

// What a visitor sees, as the browser's own observers tell it. Both functions run in the page.

/** Begins before anything of the page: notes shifts, paints, long tasks, and when the heading is the one that is meant for this visitor. */
export function observe(changed) {
  const noted = (window.noted = { shift: 0, largest: 0, tasks: 0, taskMs: 0, shown: undefined });
  const on = (type, each) => new PerformanceObserver((list) => list.getEntries().forEach(each)).observe({ type, buffered: true });
  on("layout-shift", (entry) => (noted.shift += entry.hadRecentInput ? 0 : entry.value));
  on("largest-contentful-paint", (entry) => (noted.largest = entry.startTime));
  on("longtask", (entry) => {
    noted.tasks += 1;
    noted.taskMs += entry.duration;
  });
  const look = () => {
    if (noted.shown === undefined && document.querySelector(".hero h1")?.textContent === changed) noted.shown = performance.now();
  };
  new MutationObserver(look).observe(document, { childList: true, subtree: true, characterData: true });
}

/** What was noted, in milliseconds. A change is late by what passed between the first paint and it. */
export function seen() {
  const paint = performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0;
  const { shift, largest, tasks, taskMs, shown } = window.noted;
  return { shift, paint, largest, tasks, taskMs, shown: shown ?? -1, late: shown === undefined ? -1 : Math.max(0, shown - paint) };
}

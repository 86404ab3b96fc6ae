// What stands between the runtime and the Wasm: whatever happens inside, the visitor gets the origin's page.

/**
 * A handler that answers with `answer`. `start` makes the instance; `reset` throws a lost one away and makes another.
 *
 * Rust reports a panic through `selvedgePanicked` before the instance traps. Its promises then never settle, so every request in
 * flight is answered from the origin here.
 */
export function guard(answer, start, reset) {
  const inFlight = new Set();
  globalThis.selvedgePanicked = (message) => {
    queueMicrotask(() => lose(new Error(message)));
  };
  function lose(error) {
    const lost = [...inFlight];
    inFlight.clear();
    reset();
    for (const reject of lost) reject(error);
  }

  start();
  return {
    async fetch(request, env, context) {
      context.passThroughOnException();
      let reject;
      const lost = new Promise((_, no) => (reject = no));
      inFlight.add(reject);
      try {
        return await Promise.race([answer(request, env, context), lost]);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        console.error(JSON.stringify({ v: 1, kind: "failure", stage: "worker", reason }));
        // Only what has no body can be asked for twice.
        if (request.method !== "GET" && request.method !== "HEAD") throw error;
        return origin(request, env);
      } finally {
        inFlight.delete(reject);
      }
    },
  };
}

/** The origin's own answer; the same choice of origin as in the Wasm. */
function origin(request, env) {
  if (env.ORIGIN) return env.ORIGIN.fetch(request);
  if (!env.ORIGIN_URL) return fetch(request);
  const { pathname, search } = new URL(request.url);
  return fetch(new Request(env.ORIGIN_URL.replace(/\/+$/, "") + pathname + search, request));
}

// What stands between the runtime and the Wasm: whatever happens inside, the visitor gets the origin's page.

/** So many addresses are known by heart. */
const QUIET_MAX = 1_000;

/**
 * A handler that answers with `answer`. `start` makes the instance; `reset` throws a lost one away and makes another. `quiet` says of an
 * address until when nothing there is ours to answer or to change, in Unix milliseconds, or 0. Such a request goes to the origin
 * as if we were not there. `refresh` looks for a new release, as a schedule of the platform says.
 *
 * Rust reports a panic through `selvedgePanicked` before the instance traps. Its promises then never settle, so every request in
 * flight is answered from the origin here.
 */
export function guard(answer, start, reset, quiet = () => 0, refresh = () => {}) {
  const inFlight = new Set();
  const known = new Map();
  globalThis.selvedgePanicked = (message) => {
    queueMicrotask(() => lose(new Error(message)));
  };
  function lose(error) {
    const lost = [...inFlight];
    inFlight.clear();
    known.clear();
    reset();
    for (const reject of lost) reject(error);
  }

  function isQuiet(url) {
    const now = Date.now();
    let until = known.get(url);
    if (until === undefined || until <= now) {
      try {
        until = quiet(url);
      } catch {
        return false; // the instance is lost, and the guarded way finds that out
      }
      if (known.size >= QUIET_MAX) known.clear();
      if (until > 0) known.set(url, until);
    }
    return until > now;
  }

  async function guarded(request, env, context) {
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
  }

  start();
  return {
    fetch(request, env, context) {
      context.passThroughOnException();
      return isQuiet(request.url) ? origin(request, env) : guarded(request, env, context);
    },
    async scheduled(_, env, context) {
      let reject;
      const lost = new Promise((_, no) => (reject = no));
      inFlight.add(reject);
      try {
        await Promise.race([refresh(env, context), lost]);
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

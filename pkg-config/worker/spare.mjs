// What stands between the runtime's rewriter and the visitor: a page that cannot be rewritten is the origin's page, not an empty one.

/** The most that is held back at the beginning of a page. Most pages are smaller, and an origin at hand gives them without a pause. */
const HELD_BYTES_MAX = 64 * 1024;

/**
 * The bytes of `rewritten`, or those of `origin`, another branch of the same body, if the rewriter fails at the beginning.
 *
 * The parser fails in the stream, after the response has been built: on markup that it finds ambiguous, on a tag beyond its memory.
 * The beginning is all that it gives without a pause: nobody waits for a slow origin. Then the branch is let go, and nothing of the
 * page is kept; a failure after that breaks the page off. `report` gets the reason, once.
 */
export function spared(rewritten, origin, report) {
  const rewriter = rewritten.getReader();
  let reader = rewriter;
  let hasBegun = false;
  // A read that the beginning left under way.
  let pending;

  return new ReadableStream(
    {
      async pull(controller) {
        for (const { done, value } of await next()) {
          if (done) controller.close();
          else controller.enqueue(value);
        }
      },
      cancel(reason) {
        begin();
        return reader.cancel(reason);
      },
    },
    // Nobody reads ahead of the visitor.
    { highWaterMark: 0 },
  );

  async function next() {
    try {
      const reads = hasBegun ? [await (pending ?? reader.read())] : await beginning();
      if (hasBegun) pending = undefined;
      else begin();
      return reads;
    } catch (error) {
      // The origin's own failure: the rewriter failed by it, and that was told.
      if (reader !== rewriter) throw error;
      tell(error);
      if (hasBegun) throw error;
      hasBegun = true;
      pending = undefined;
      reader = origin.getReader();
      return next();
    }
  }

  async function beginning() {
    const reads = [];
    for (let bytes = 0; bytes < HELD_BYTES_MAX; ) {
      pending = reader.read();
      const read = await (bytes === 0 ? pending : Promise.race([pending, pause()]));
      if (!read) return reads;
      pending = undefined;
      reads.push(read);
      if (read.done) return reads;
      bytes += read.value.byteLength;
    }
    return reads;
  }

  function begin() {
    if (hasBegun) return;
    hasBegun = true;
    // A branch that failed with its origin has nothing to let go.
    origin.cancel().catch(() => {});
  }

  function tell(error) {
    try {
      report(error instanceof Error ? error.message : String(error));
    } catch (lost) {
      // The instance may be the reason, and gone.
      console.error(lost);
    }
  }
}

/** Until whatever is ready has happened. */
function pause() {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** The text of a request, or `undefined` when it has more bytes than `most`: no more than those are ever held, whatever it says of its length. */
export async function bounded(request, most) {
  if (request.headers.get("content-length") > most) return undefined;
  const decoder = new TextDecoder();
  let [text, bytes] = ["", 0];
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > most) return undefined; // which lets go of the rest
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

// Audit records wait here for those of other pages, so that none arrives beside the other lines of its page.

const NDJSON = { "content-type": "application/x-ndjson" };

/** Sends these lines to the service of the log. */
export async function post(sink, lines, count) {
  try {
    await sink.fetch("https://log.selvedge.invalid/", { method: "POST", headers: NDJSON, body: lines });
  } catch (error) {
    console.error(`the binding LOG did not take ${count} lines: ${error.message}`);
  }
}

/** How long a record waits, unless AUDIT_WAIT_SECONDS says otherwise, and at most: a request has 30 seconds after its response. */
const SECONDS = 20;
const SECONDS_MAX = 25;
/** So many leave at once, however short they waited: a few hundred kilobytes. */
const COUNT = 64;
let waiting = [];

/**
 * Sends a record with all that wait, in no order: the oldest one takes the others along. They are not kept in the Wasm, which a panic
 * ends. A record whose request was cut off leaves with the next one.
 */
export async function inCompany(line, { LOG: sink, AUDIT_WAIT_SECONDS: seconds }) {
  const own = { line };
  waiting.push(own);
  const wait = seconds >= 0 && seconds !== "" ? Math.min(seconds, SECONDS_MAX) : SECONDS;
  if (waiting.length < COUNT) await scheduler.wait(1_000 * wait);
  if (!waiting.includes(own)) return;
  const lines = waiting.map(({ line }) => [crypto.randomUUID(), line]).sort().map(([, line]) => line);
  waiting = [];
  if (!sink) return lines.forEach((line) => console.log(line));
  try {
    await sink.fetch("https://log.selvedge.invalid/audit", { method: "POST", headers: NDJSON, body: lines.join("\n") + "\n" });
  } catch (error) {
    throw new Error(`the binding LOG did not take ${lines.length} audit records: ${error.message}`);
  }
}

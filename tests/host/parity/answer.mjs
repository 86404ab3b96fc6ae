// The browser's engine on any host: opens a published folder and answers contexts, one line each.
//
// It takes what differs between hosts as arguments: the glue module, the Wasm, and the files. Trust is the same everywhere: WebCrypto
// answers the core's jobs.

/** An engine over `files`: key (`v1/…`) → bytes. */
export async function open({ glue, module, files, site, environment }) {
  glue.initSync({ module });
  const file = (path) => {
    const bytes = files.get(path.replace(/^\//, ""));
    if (!bytes) throw new Error(`${path} is not there`);
    return bytes;
  };
  const root = file(`v1/${environment}/root/1.cose`);
  const opening = new glue.Opening(root, file(`v1/${environment}/head`), site, environment, Date.now());
  for (let job = opening.job(); job.length; job = opening.job()) {
    opening.answer(opening.asks_hash() ? await sha256(job) : Uint8Array.of(await verifies(job)));
  }
  const release = opening.finish();
  const admit = async (kind) => {
    const target = release.target(kind, 0);
    const bytes = file(release.path(target));
    return release.admit(target, bytes, await sha256(bytes));
  };
  return new glue.Engine(await admit(1), await admit(2));
}

/** The answers to these lines of JSON, in order. */
export function answers(engine, wire, lines) {
  return lines.map((line) => engine.decide(wire({ context: JSON.parse(line), slots: null, now: 0 })));
}

async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

async function verifies(job) {
  const key = await crypto.subtle.importKey("raw", job.subarray(0, 32), "Ed25519", false, ["verify"]);
  return crypto.subtle.verify("Ed25519", key, job.subarray(32, 96), job.subarray(96));
}

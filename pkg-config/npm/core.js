// The core: one instance of the Wasm, and what crosses its door.
//
// It takes an instance, gives its functions with texts and bytes in place of their lengths, as `src/browser/door.rs` describes them. Functions of
// numbers alone are the Wasm's own. Trust is here, too: WebCrypto answers what the core asks, so that nothing is decoded before its signatures
// hold.

const encoder = new TextEncoder();
/** A byte order mark is a character like others, and what is not UTF-8 throws. */
export const decoder = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });

/** The functions of an instance, and its memory. An instance opens one release. */
export function core({ exports: wasm }) {
  const { memory } = wasm;
  /** Writes texts and bytes back to back; gives their lengths. */
  const write = (...parts) => {
    const all = parts.map((part) => (typeof part === "string" ? encoder.encode(part) : part));
    const lengths = all.map((bytes) => bytes.length);
    let at = wasm.paper(lengths.reduce((sum, length) => sum + length, 0)) >>> 0;
    for (const bytes of all) {
      new Uint8Array(memory.buffer, at, bytes.length).set(bytes);
      at += bytes.length;
    }
    return lengths;
  };
  const read = (length) => new Uint8Array(memory.buffer, wasm.reply() >>> 0, length).slice();
  const text = (length) => (length < 0 ? undefined : decoder.decode(read(length)));
  const check = (length) => {
    if (length > 0) throw new Error(text(length));
    return length === 0;
  };
  return {
    ...wasm,
    begin: (root, head, site, environment, now) => check(wasm.begin(...write(root, head, site, environment), now)),
    job: () => read(wasm.job()),
    answer: (bytes) => wasm.answer(...write(bytes)),
    finish: () => check(wasm.finish()),
    path: (target) => text(wasm.path(target)),
    admit: (target, bytes, digest) => check(wasm.admit(target, ...write(bytes, digest))),
    open: () => check(wasm.open()),
    slot: (name) => wasm.slot(...write(name)),
    slots_at: (path) => wasm.slots_at(...write(path)),
    member: (attribute, item) => wasm.member(attribute, ...write(item)),
    instant: (time) => wasm.instant(...write(time)),
    name: (kind, position) => text(wasm.name(kind, position)),
    arm: (split, arm) => text(wasm.arm(split, arm)),
    cookies: (isUsed) => text(wasm.cookies(isUsed)),
    record: (id, key, version) => text(wasm.record(...write(id, key), version)),
  };
}

/** Lets WebCrypto answer every job of a root and a head: the core then knows the release. The root must be the pinned one. */
export async function trust(core, ...opening) {
  core.begin(...opening);
  // The core hands a job out again until it is answered, so that no answer can be for another question.
  for (let job = core.job(); job.length; job = core.job()) {
    core.answer(core.asks_hash() ? await sha256(job) : Uint8Array.of(await verifies(job)));
  }
  core.finish();
}

async function verifies(job) {
  try {
    const key = await crypto.subtle.importKey("raw", job.subarray(0, 32), "Ed25519", false, ["verify"]);
    return await crypto.subtle.verify("Ed25519", key, job.subarray(32, 96), job.subarray(96));
  } catch {
    return false;
  }
}

export async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

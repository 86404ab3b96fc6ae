// The core: one instance of the Wasm, and what crosses its door.
//
// It takes an instance, gives its functions with texts and bytes in place of their lengths, as `src/browser/door.rs` describes them. Functions of
// numbers alone are the Wasm's own.

export const encoder = new TextEncoder();
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
    order: (action, until, name) => wasm.order(action, until, ...write(name)),
    facts: (until, bytes) => wasm.facts(until, ...write(bytes)),
    open: (program, index, digest, consent) => check(wasm.open(...write(program, index, digest, consent))),
    slot: (name) => wasm.slot(...write(name)),
    slots_at: (path) => wasm.slots_at(...write(path)),
    member: (attribute, item) => wasm.member(attribute, ...write(item)),
    instant: (time) => wasm.instant(...write(time)),
    name: (kind, position) => text(wasm.name(kind, position)),
    arm: (split, arm) => text(wasm.arm(split, arm)),
    locale: (tag) => wasm.locale(...write(tag)),
    path_value: (attribute, path) => text(wasm.path_value(attribute, ...write(path))),
    delivery: wasm.delivery && ((experience, rule) => text(wasm.delivery(experience, rule))),
    cookies: (isUsed) => text(wasm.cookies(isUsed)),
    dismiss: wasm.dismiss && ((content) => text(wasm.dismiss(...write(content)))),
    record: (id, key, version) => text(wasm.record(...write(id, key), version)),
  };
}

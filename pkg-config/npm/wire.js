// Selvedge wire: plain data as bytes for the engine.
//
// It takes what JSON can say, gives the bytes that `src/browser/wire.rs` reads. It walks the data here, so that a getter that throws throws before
// the engine runs, and it never changes what it is given.

const DEPTH_MAX = 16;

/** Plain data as bytes, in the shape that `src/browser/wire.rs` reads. */
export function wire(value) {
  const text = new TextEncoder();
  let bytes = new Uint8Array(1024);
  let view = new DataView(bytes.buffer);
  let at = 0;
  const room = (length) => {
    if (at + length > bytes.length) {
      const grown = new Uint8Array(Math.max(2 * bytes.length, at + length));
      grown.set(bytes);
      bytes = grown;
      view = new DataView(bytes.buffer);
    }
  };
  const tag = (tag, count) => {
    room(13);
    bytes[at++] = tag;
    if (count !== undefined) word(count);
  };
  const word = (count) => {
    view.setUint32(at, count, true);
    at += 4;
  };
  const string = (string) => {
    room(4 + 3 * string.length);
    const { written } = text.encodeInto(string, bytes.subarray(at + 4));
    word(written);
    at += written;
  };
  const walk = (value, depth) => {
    if (depth > DEPTH_MAX) throw new RangeError("it nests too deeply");
    if (value === null || value === undefined) tag(0);
    else if (typeof value === "boolean") tag(value ? 2 : 1);
    else if (typeof value === "number") {
      tag(3);
      view.setFloat64(at, value, true);
      at += 8;
    } else if (typeof value === "string") {
      tag(4);
      string(value);
    } else if (Array.isArray(value)) {
      tag(5, value.length);
      for (const item of value) walk(item, depth + 1);
    } else if (typeof value === "object") {
      const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
      tag(6, entries.length);
      for (const [key, entry] of entries) {
        string(key);
        walk(entry, depth + 1);
      }
    } else tag(7);
  };
  walk(value, 0);
  return bytes.subarray(0, at);
}

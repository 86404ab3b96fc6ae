// Deterministic CBOR (RFC 8949, 4.2.1), no more of it than signed documents use: `src/trust/cbor.rs`, in JavaScript.
//
// It takes bytes and reads them one expected item after the other; refuses every encoding but the shortest. It never recurses.

import { decoder } from "./core.js";

/** Refuses what was being read, by the code of the reason, unless this holds. */
export function check(holds, part, code = "malformed") {
  if (!holds) throw new Error(`${part}: ${code}`);
}

/** As many as were counted. */
export function list(count, read) {
  const all = [];
  for (let at = 0; at < count; at += 1) all.push(read(at));
  return all;
}

/** Reads the bytes of a part. Every function refuses what it does not expect. */
export function reader(bytes, part) {
  let at = 0;
  const require = (holds) => check(holds, part);
  const take = (length) => {
    check(length <= bytes.length - at, part, "truncated");
    return bytes.subarray(at, (at += length));
  };
  /** The major type and the argument of the next item, in its shortest form. A number that a double cannot hold is a BigInt. */
  const head = () => {
    const [first] = take(1);
    const [major, short] = [first >> 5, first & 31];
    if (short < 24) return [major, short];
    // 28 to 30 are nothing, and 31 is of indefinite length.
    require(short < 28);
    const width = 1 << (short - 24);
    const wide = take(width).reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
    // A float fills its width, and is none of ours to shorten.
    require(major === 7 || wide >= (width > 1 ? 2 ** (4 * width) : 24));
    const argument = Number(wide);
    return [major, Number.isSafeInteger(argument) ? argument : wide];
  };
  /** Reads an item of this major type, and of this argument if one is given. */
  const of = (major) => (expected) => {
    const [found, argument] = head();
    require(found === major && argument === (expected ?? argument));
    return argument;
  };
  const sized = of(2);
  const text = of(3);
  const self = {
    require,
    uint: of(0),
    nint: of(1),
    array: of(4),
    map: of(5),
    tag: of(6),
    /** A byte string, of this length if one is given. */
    bytes(length) {
      const found = take(sized());
      require(found.length === (length ?? found.length));
      return found;
    },
    /** A byte string, or nothing where `null` stands. */
    bytesOrNull: () => (bytes[at] === 0xf6 ? void (at += 1) : self.bytes()),
    text() {
      const found = take(text());
      try {
        return decoder.decode(found);
      } catch {
        require();
      }
    },
    /** The number of a member of a closed list; they count from 1. */
    member(count) {
      const number = self.uint();
      require(number > 0 && number <= count);
      return number;
    },
    /** The next key of a map whose shape is fixed; its value follows. */
    key(key) {
      self.uint(key);
      return self;
    },
    /** The bytes of the next item, of any type. Its parts are not checked. */
    item() {
      const start = at;
      for (let items = 1; items > 0; items -= 1) {
        const [major, argument] = head();
        if (major === 2 || major === 3) take(argument);
        // Each item takes a byte at least, so a count beyond the end is found there.
        if (major === 4) items += Number(argument);
        if (major === 5) items += 2 * Number(argument);
        if (major === 6) items += 1;
      }
      return bytes.subarray(start, at);
    },
    /** Nothing may follow. */
    end: () => require(at === bytes.length),
  };
  return self;
}

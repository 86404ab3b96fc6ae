import { readFileSync } from "node:fs";

import * as unleash from "./unleash.mjs";

/** `cargo xtask bench` builds it from the crate in the folder `yggdrasil`. */
const wasm = process.env.YGGDRASIL ?? new URL("../../../target/yggdrasil/wasm32-unknown-unknown/release/yggdrasil_wasm.wasm", import.meta.url).pathname;

export const name = "Unleash Yggdrasil (Wasm)";
export const note = "its crate behind a wrapper of five functions. Visitors are JSON, and properties are texts";
export const code = { files: [wasm] };

export const { payload } = unleash;

export const context = (visitor) => Buffer.from(JSON.stringify(unleash.context(visitor)));

const ARMS = { [0]: null, [97]: "a", [98]: "b" };
const encoder = new TextEncoder();

let exports;
let room = new Uint8Array(0);

export async function load() {
  const { instance } = await WebAssembly.instantiate(readFileSync(wasm));
  exports = instance.exports;
}

export async function open(bytes) {
  const opened = exports.open(write(bytes));
  // The flags leave their room with nothing in it.
  room = new Uint8Array(0);
  if (!opened) throw new Error("its flags could not all be compiled");
  const meet = (visitor) => exports.meet(write(visitor));
  const next = (_, key) => ARMS[exports.decide(named(key))];
  return {
    decide(visitor, key) {
      meet(visitor);
      return next(visitor, key);
    },
    next,
    all(visitor) {
      meet(visitor);
      return exports.decide_all();
    },
  };
}

function write(bytes) {
  reserve(bytes.length);
  room.set(bytes);
  return bytes.length;
}

function named(key) {
  reserve(3 * key.length);
  return encoder.encodeInto(key, room).written;
}

function reserve(length) {
  // Memory that has grown leaves its views with nothing.
  if (room.length >= length) return;
  const size = Math.max(length, 4096);
  const start = exports.room(size);
  room = new Uint8Array(exports.memory.buffer, start, size);
}

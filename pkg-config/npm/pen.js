// The pen: bytes into the room that the Wasm keeps for what it is told, in the order of `src/browser/written.rs`.
//
// It takes numbers, texts and values, grows the room when they need more, and knows nothing of what they mean.

import { isText, isTexts } from "./words.js";

const NO_TEXT = 0xffffffff;
const SHORT = 48; // characters: up to here a loop is faster than a TextEncoder
const encoder = new TextEncoder();

/** Writes into the room that the Wasm keeps for it. */
export class Pen {
  at = 0;
  bytes = new Uint8Array(0);
  #core;
  #view;
  #asked = 1024;

  constructor(core) {
    this.#core = core;
  }

  begin() {
    this.at = 0;
    if (this.bytes.length === 0) this.#open();
    return this;
  }

  byte(byte) {
    this.#room(1);
    this.bytes[this.at++] = byte;
  }

  number(number) {
    this.#room(8);
    this.#view.setFloat64(this.at, number, true);
    this.at += 8;
  }

  half(number) {
    this.#room(2);
    this.#view.setUint16(this.at, number, true);
    this.at += 2;
  }

  /** A text, or none. */
  optional(text, what) {
    if (isText(text, what)) this.#text(text);
    else {
      this.#room(4);
      this.#view.setUint32(this.at, NO_TEXT, true);
      this.at += 4;
    }
  }

  /** An attribute with an item of its closed set. */
  member(position, member) {
    this.#room(5);
    this.#view.setUint16(this.at, position, true);
    this.bytes[this.at + 2] = 6;
    this.#view.setUint16(this.at + 3, member, true);
    this.at += 5;
  }

  /** An attribute with its value; what no attribute can be is said to be that. */
  value(position, value) {
    this.#room(11);
    this.#view.setUint16(this.at, position, true);
    this.at += 3;
    const tag = this.at - 1;
    if (typeof value === "string") {
      this.bytes[tag] = 4;
      this.#text(value);
    } else if (typeof value === "number") {
      this.bytes[tag] = 3;
      this.#view.setFloat64(this.at, value, true);
      this.at += 8;
    } else if (typeof value === "boolean") this.bytes[tag] = value ? 2 : 1;
    else if (isTexts(value)) {
      this.bytes[tag] = 5;
      this.#view.setUint32(this.at, value.length, true);
      this.at += 4;
      for (const item of value) this.#text(item);
    } else this.bytes[tag] = 7;
  }

  #text(text) {
    const length = text.length;
    this.#room(4 + 3 * length);
    const bytes = this.bytes;
    const start = this.at + 4;
    let done = 0;
    if (length <= SHORT) {
      for (; done < length; done += 1) {
        const unit = text.charCodeAt(done);
        if (unit > 127) break;
        bytes[start + done] = unit;
      }
    }
    if (done < length) done = encoder.encodeInto(text, bytes.subarray(start)).written;
    this.#view.setUint32(this.at, done, true);
    this.at = start + done;
  }

  #room(bytes) {
    if (this.at + bytes <= this.bytes.length) return;
    this.#asked = Math.max(2 * this.#asked, this.at + bytes);
    this.#open();
  }

  #open() {
    const start = this.#core.room(this.#asked) >>> 0;
    const { buffer } = this.#core.memory;
    this.bytes = new Uint8Array(buffer, start, this.#asked);
    this.#view = new DataView(buffer, start, this.#asked);
  }
}

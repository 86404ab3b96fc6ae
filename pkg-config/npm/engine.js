// Selvedge engine: decides on the device, with the same rules and the same answers as the edge.
//
// It takes the pinned digest of a root, fetches root, head and payloads, and lets WebCrypto answer what the core asks, so that nothing
// is decoded before its signatures hold. It keeps nothing on the device, and sends nothing but requests for public files.

import init, { Engine as Core, Opening } from "./selvedge.js";
import { apply } from "./apply.js";
import { Desk, Visitor } from "./desk.js";

const PROGRAM = 1;
const INDEX = 2;
const CHUNK = 3;
const DEPTH_MAX = 16; // of a question, as in `src/browser/wire.rs`
const SIGNED_BYTES_MAX = 16 * 1024; // of a root and of a head, as in the core

/**
 * Opens the release that is current.
 *
 * `site`, `environment`: what it must be made for. `root`: SHA-256 of the root document, in hexadecimal. `rootVersion`: its number. `base`:
 * the folder that holds `v1/`.
 */
export async function open({ site, environment, root, rootVersion = 1, base }) {
  const { memory } = await init({ module_or_path: fetch(new URL("selvedge_bg.wasm", import.meta.url), { credentials: "omit" }) });
  const at = (path) => new URL(path.replace(/^\//, ""), base);
  const [rootBytes, headBytes] = await Promise.all([
    get(at(`v1/${environment}/root/${rootVersion}.cose`), SIGNED_BYTES_MAX),
    get(at(`v1/${environment}/head`), SIGNED_BYTES_MAX, "no-cache"),
  ]);
  const found = hex(await sha256(rootBytes));
  if (found !== root) throw new Error(`root: its SHA-256 is ${found}, and this page pins ${root}`);
  const release = await trust(new Opening(rootBytes, headBytes, site, environment, Date.now()));

  const admit = async (kind, nth, cache) => {
    const index = release.target(kind, nth);
    if (index === undefined) throw new Error("release: a payload that a page needs is not in it");
    const bytes = await get(at(release.path(index)), release.length(index), cache);
    return release.admit(index, bytes, await sha256(bytes));
  };
  const [program, index] = await Promise.all([admit(PROGRAM, 0), admit(INDEX, 0)]);
  return new Device(new Core(program, index), memory, admit);
}

/** An open release. `core` is the Wasm's engine and `memory` its memory; `admit` fetches a payload and has it verified. */
export class Device {
  #core;
  #desk;
  #admit;
  #chunks = new Map();

  constructor(core, memory, admit) {
    this.#core = core;
    this.#desk = new Desk(core, memory, wire);
    this.#admit = admit;
  }

  /** A visitor, for many decisions: the answers of `decide`, without its text. */
  visitor(context) {
    return new Visitor(this.#desk, context);
  }

  /** Decides slots, or all of them, for a context: the JSON that every host writes. */
  decide(context, slots) {
    return this.#ask("decide", context, slots);
  }

  /** The changes that these decisions make: a list of `{slot, selector, change, attribute, content, chunk, start, length}`. */
  edits(context, slots) {
    return JSON.parse(this.#ask("edits", context, slots));
  }

  /** The names of the slots of the page at `path`. */
  slotsAt(path) {
    return JSON.parse(this.#core.slots_at(path));
  }

  /** Decides the page that is shown; every edit comes with its verified body. */
  async page(facts) {
    const answer = JSON.parse(this.#core.page(wire(facts)));
    if (answer.error) throw new Error(answer.error);
    await Promise.all(answer.edits.map(async (edit) => {
      edit.body = (await this.#chunk(edit.chunk)).text(edit.start, edit.length) ?? "";
    }));
    return answer;
  }

  /** Applies edits to the document and gives the slots that changed. */
  apply(edits, kept = new WeakMap()) {
    return apply(edits, kept);
  }

  /** Drops the content that was fetched: what it was would tell what was decided. */
  forget() {
    this.#chunks.clear();
  }

  #ask(what, context, slots) {
    try {
      return this.#core[what](wire({ context: context ?? {}, slots: slots ?? null, now: Date.now() }));
    } catch (error) {
      return JSON.stringify({ error: String(error?.message ?? error) });
    }
  }

  #chunk(number) {
    // Past the cache of the browser: which content was fetched is nobody's business on a shared device.
    if (!this.#chunks.has(number)) this.#chunks.set(number, this.#admit(CHUNK, number, "no-store"));
    return this.#chunks.get(number);
  }
}

/** Lets WebCrypto answer every job. */
async function trust(opening) {
  // The core hands a job out again until it is answered, so that no answer can be for another question.
  for (let job = opening.job(); job.length; job = opening.job()) {
    opening.answer(opening.asks_hash() ? await sha256(job) : Uint8Array.of(await verifies(job)));
  }
  return opening.finish();
}

async function verifies(job) {
  try {
    const key = await crypto.subtle.importKey("raw", job.subarray(0, 32), "Ed25519", false, ["verify"]);
    return await crypto.subtle.verify("Ed25519", key, job.subarray(32, 96), job.subarray(96));
  } catch {
    return false;
  }
}

async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

function hex(bytes) {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Fetches at most `max` bytes; a longer answer is broken off. */
async function get(url, max, cache = "default") {
  const response = await fetch(url, { cache, credentials: "omit", redirect: "error" });
  if (!response.ok) throw new Error(`${url.pathname}: HTTP ${response.status}`);
  const parts = [];
  let length = 0;
  for (const reader = response.body.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > max) {
      reader.cancel();
      throw new Error(`${url.pathname}: more than the ${max} bytes it may have`);
    }
    parts.push(value);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

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

// Selvedge engine: decides on the device, with the same rules and the same answers as the edge.
//
// It takes the pinned digest of a root, fetches root, head and payloads, and opens what `trust.js` vouches for, so that nothing is decoded
// before its signatures hold. It keeps nothing on the device but what the browser's own cache of public files keeps, and sends nothing but
// requests for them.

import { apply, find, prepare } from "./apply.js";
import { Writer } from "./context.js";
import { decoder, core as ofInstance } from "./core.js";
import { Visitor } from "./decision.js";
import { Desk } from "./desk.js";
import { Pen } from "./pen.js";
import { hex, sha256 } from "./signed.js";
import { open as unlock, verified } from "./trust.js";
import { json } from "./words.js";

export { ofInstance as core, unlock, verified };

const WHOLE = "selvedge"; // the engine that lacks nothing
const PUBLIC = { credentials: "omit", redirect: "error" };
const WASM_BYTES_MAX = 1024 * 1024;
const SIGNED_BYTES_MAX = 16 * 1024; // of a root and of a head, as in `documents.js`

/**
 * Opens the release that is current. It asks at once for every file that it can name.
 *
 * `site`, `environment`: what it must be made for. `root`: SHA-256 of the root document, in hexadecimal. `rootVersion`: its number. `base`:
 * the folder that holds `v1/`. `engine` names the smallest engine that the release needs. One that can do too little
 * fetches the whole one. `ask`: fetches a URL, as `fetch` does.
 */
export async function open(where) {
  const { site, environment, root, rootVersion = 1, base, engine = WHOLE, ask = fetch } = where;
  const at = (path) => new URL(path, base);
  const read = (url, max, cache) => bounded(ask(url, { cache, ...PUBLIC }), url.pathname, max);
  // Without a network, what the browser has in its own cache is checked as if it came now.
  const get = (url, max, cache) =>
    read(url, max, cache).catch((error) => {
      if (cache === "no-store") throw error;
      return read(url, max, "force-cache").catch(() => Promise.reject(error));
    });
  const [{ instance }, rootBytes, headBytes] = await Promise.all([
    get(new URL(`${engine}.wasm`, import.meta.url), WASM_BYTES_MAX).then((bytes) => WebAssembly.instantiate(bytes)),
    get(at(`v1/${environment}/root/${rootVersion}.cose`), SIGNED_BYTES_MAX),
    get(at(`v1/${environment}/head`), SIGNED_BYTES_MAX, "no-cache"),
  ]);
  const found = hex(await sha256(rootBytes));
  if (found !== root) throw new Error(`root: its SHA-256 is ${found}, and this page pins ${root}`);
  const core = ofInstance(instance);
  const admit = await unlock(core, rootBytes, headBytes, { site, environment }, (path, max, cache) => get(at(path), max, cache));
  if (admit) return new Device(core, admit);
  if (engine === WHOLE) throw new Error(`bundle: language: ${WHOLE}.wasm is not the engine that lacks nothing`);
  // The page was written for an earlier release.
  return open({ ...where, engine: WHOLE });
}

/** An open release. `core` holds it; `admit` fetches a chunk of its content, has it verified, and gives its bytes. */
export class Device {
  #desk;
  #admit;
  #chunks = new Map();

  constructor(core, admit) {
    this.#desk = new Desk(core, new Writer(core, new Pen(core)));
    this.#admit = admit;
  }

  /** A visitor, for many decisions: the answers of `decide`, without its text. */
  visitor(context) {
    return new Visitor(this.#desk, context);
  }

  /** Decides slots, or all of them, for a context: the JSON that every host writes. */
  decide(context, slots, now = Date.now()) {
    try {
      return this.#ask(context, slots, now).text;
    } catch (error) {
      return json({ error: String(error?.message ?? error) });
    }
  }

  /** The changes that these decisions make: a list of `{slot, selector, change, attribute, content, chunk, start, length}`. */
  edits(context, slots) {
    try {
      return this.#ask(context, slots, Date.now()).edits;
    } catch (error) {
      return { error: String(error?.message ?? error) };
    }
  }

  /** The names of the slots of the page at `path`. */
  slotsAt(path) {
    return this.#desk.slotsAt(path);
  }

  /** Decides the page that is shown; every edit comes with its verified body. */
  async page(facts) {
    const [slots, cookiesOf] = this.#desk.meetPage(facts);
    const { text, edits, chunks, isDrawn } = this.#desk.answer(slots);
    const cookies = cookiesOf(isDrawn);
    this.#desk.forget();
    // Everything that such a slot can show: one of its chunks alone would tell the server what was decided.
    await Promise.all([...chunks, ...edits.map((edit) => edit.chunk)].map((chunk) => this.#chunk(chunk)));
    for (const edit of edits) edit.body = body(await this.#chunk(edit.chunk), edit);
    prepare(edits);
    return { page: JSON.parse(text), edits, cookies };
  }

  /** Applies edits to the document and gives the slots that changed. `seal` ends every mark that it leaves. */
  apply(edits, kept, seal) {
    return apply(edits, kept, seal);
  }

  /** Whether the document has no element for a slot. */
  lacks(slot) {
    return !find(this.#desk.selector(slot));
  }

  /** Notes that the visitor dismissed content of the page that is shown; gives the cookies to set. Without storage the engine remembers. */
  dismiss(facts, content) {
    const [, cookiesOf] = this.#desk.meetPage(facts);
    const cookies = content ? cookiesOf(false, content) : [];
    this.#desk.forget();
    return cookies;
  }

  /** Drops the content that was fetched, as what it was would tell what was decided, what this page remembers, and who was asked about last. */
  forget() {
    this.#chunks.clear();
    this.#desk.forget(true);
  }

  #ask(context, slots, now) {
    try {
      this.#desk.meet(context, now);
      return this.#desk.answer(slots);
    } finally {
      this.#desk.forget();
    }
  }

  #chunk(number) {
    if (!this.#chunks.has(number)) this.#chunks.set(number, this.#admit(number));
    return this.#chunks.get(number);
  }
}

/** The text of an edit, in the bytes of its chunk; none where it is not there whole. */
function body(bytes, { start, length }) {
  try {
    return start + length > bytes.length ? "" : decoder.decode(bytes.subarray(start, start + length));
  } catch {
    return "";
  }
}

/** At most `max` bytes of an answer; a longer one is broken off. */
async function bounded(asked, name, max) {
  const response = await asked;
  if (!response.ok) throw new Error(`${name}: HTTP ${response.status}`);
  const parts = [];
  let length = 0;
  for (const reader = response.body.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > max) {
      reader.cancel();
      throw new Error(`${name}: more than the ${max} bytes it may have`);
    }
    parts.push(value);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

// Bodies on their way through the Worker: the origin's page, changed where its slots are, and never shorter than it came.

/** The most bytes that are asked for at once. */
const READ_BYTES = 64 * 1024;
/** So many are asked for behind a piece that was no longer. */
const READ_BYTES_MIN = 16 * 1024;
/** The bytes that the parser gets at first; later ones are larger. */
const PARSE_BYTES = 16 * 1024;
/** The bytes of an element that the Wasm gets at first; later ones are larger. */
const HELD_BYTES = 512;
const HELD_BYTES_MAX = 16 * 1024;
const TEXT = new TextEncoder();
/** What is looked at in front of an element: `BEFORE_BYTES_MAX` of `src/page/before.rs`. */
const BEFORE_BYTES = 4096;
/** What is shown to tell a page from what is none: `OPENING_BYTES_MAX` of `src/page/headers.rs`. */
const OPENING_BYTES = 16 * 1024;
/** What the parser is told of every page. It looks at ASCII, and passes the page's own bytes on whatever they mean. */
const PARSED = { headers: { "content-type": "text/html" } };
/** The parser's name of HTML. */
const HTML = "http://www.w3.org/1999/xhtml";

/**
 * The page of `response`, once its first bytes are there. `begins` says of them whether they are a page's, or nothing as long as it
 * cannot know.
 */
export async function opened(response, begins) {
  const page = new Page(response);
  await page.open(begins);
  return page;
}

/** The names of the response's headers, a line each. */
export function names(response) {
  return [...response.headers.keys()].join("\n");
}

/** The headers of the response, less those that are `gone`, and with those `added`: lines of `name:value`. */
export function headers(response, gone, added) {
  const headers = new Headers(response.headers);
  for (const name of gone.split("\n")) headers.delete(name);
  for (const line of added.split("\n")) {
    const at = line.indexOf(":");
    headers.append(line.slice(0, at), line.slice(at + 1));
  }
  return headers;
}

/** An answer of ours: a copy of these bytes, if there are any, and headers as pairs. */
export const made = (bytes, status, headers) => new Response(bytes?.slice() ?? null, { status, headers });

/** The response with another body and these headers. */
export function remade({ status, statusText }, body, headers) {
  return new Response(body, { status, statusText, headers });
}

/** The response, which browsers keep for requests alone that agree in these headers. */
export function varied(response, headers) {
  const out = new Response(response.body, response);
  out.headers.append("vary", headers);
  return out;
}

async function passed(page, parsed, feed, marks) {
  if (parsed) await parse(page, parsed.getReader({ mode: "byob" }), feed.getWriter(), marks);
  await page.passOwed();
  await page.rest();
  await page.close();
}

/** Lets the page through the parser until every element is found, the page ends, or the parser gives up. */
async function parse(page, parsed, feed, marks) {
  let isOver = false;
  const feeding = (async () => {
    // The parser takes a piece before it is done with the last one, and may read it in vain.
    let bytes = PARSE_BYTES;
    for (let chunk = page.opening; chunk && !isOver && marks.missing > 0; chunk = await page.read()) {
      for (let at = 0; at < chunk.length && !isOver && marks.missing > 0; ) {
        const piece = chunk.subarray(at, at + bytes);
        await feed.write(piece);
        at += piece.length;
        bytes = Math.min(2 * bytes, READ_BYTES);
      }
    }
    await feed.close();
  })().catch(() => {}); // it failed by the parser, which is told below
  try {
    while (!marks.areOut) {
      const { done, value } = await parsed.read(new Uint8Array(PARSE_BYTES));
      if (done) break;
      page.take(marks.split(value));
      await page.flush();
    }
  } catch (error) {
    if (page.isGone) throw error;
    page.tell(error);
  }
  isOver = true;
  parsed.cancel().catch(() => {});
  feed.abort().catch(() => {});
  // What the parser kept to itself goes out before anybody waits for the origin.
  await page.passOwed();
  await feeding;
  await page.passOwed();
}

/** What the parser finds, and the marks by which its place is known. */
class Marks {
  /** No page can hold it: nobody knows it before, and it never leaves. An isolate draws it once. */
  static #mark;
  static #bytes;
  /** What was found and whose mark has not come out yet. */
  #found = [];
  /** The beginning of a mark at the end of what came out. */
  #kept = new Uint8Array();
  rewriter = new HTMLRewriter();
  /** How many elements are not found yet. */
  missing = 0;

  /** The first `changes` of the selectors are changed; the others are only `seen`. */
  constructor(selectors, changes, seen, report) {
    Marks.#mark ??= `\0${crypto.randomUUID()}`;
    Marks.#bytes ??= TEXT.encode(Marks.#mark);
    let templates = 0;
    for (const [change, selector] of selectors.entries()) {
      let isDone = false;
      const element = (element) => {
        // What is in a template is not shown.
        if (isDone || templates > 0) return;
        isDone = true;
        this.missing--;
        if (change >= changes) return seen(change);
        element.before(Marks.#mark, { html: true });
        this.#found.push({ change, namespace: element.namespaceURI });
      };
      try {
        this.rewriter.on(selector, { element });
        this.missing++;
      } catch (error) {
        report(`the selector ${selector}: ${error.message}`);
      }
    }
    // Behind the others: a template can be a slot's element.
    this.rewriter.on("template", {
      element(element) {
        if (element.namespaceURI !== HTML) return;
        templates++;
        element.onEndTag((end) => {
          // For the parser, any element's end tag ends what is open in it. In HTML, only its own ends a template.
          if (end.name === "template") templates--;
        });
      },
    });
  }

  /** Whether every element was found, and the place of each is known. */
  get areOut() {
    return this.missing === 0 && this.#found.length === 0;
  }

  /** The page's own bytes, and between them what was found there. */
  *split(chunk) {
    let bytes = chunk;
    if (this.#kept.length > 0) bytes = joined([this.#kept, chunk]);
    this.#kept = new Uint8Array();
    while (this.#found.length > 0) {
      const at = this.#find(bytes);
      yield bytes.subarray(0, at);
      bytes = bytes.subarray(at);
      if (bytes.length < Marks.#bytes.length) {
        this.#kept = bytes;
        return;
      }
      yield this.#found.shift();
      bytes = bytes.subarray(Marks.#bytes.length);
    }
    yield bytes;
  }

  /** Where the mark begins, or may begin with more bytes. */
  #find(bytes) {
    for (let at = bytes.indexOf(0); at >= 0; at = bytes.indexOf(0, at + 1)) {
      const part = bytes.subarray(at, at + Marks.#bytes.length);
      if (part.every((byte, position) => byte === Marks.#bytes[position])) return at;
    }
    return bytes.length;
  }
}

/** The origin's page, and what of it has gone out. */
class Page {
  /** Settles when a page that is a stream has passed, or never will. */
  passed;
  #isPage;
  #response;
  #body;
  #source;
  #isByob = true;
  #wanted = READ_BYTES;
  #held;
  #out;
  /** What was read and has not been passed on. */
  #owed = [];
  /** The last bytes that were passed on, and whether they are all. */
  #before = [];
  #isWhole = true;
  /** What an element held back was made of, should the Wasm be lost. */
  #heldBack = [];
  #isHolding = false;
  /** What goes out next. */
  #given = [];
  /** What stands behind the page. */
  #end;
  /** The next bytes of the origin, if they were asked for. */
  #next;
  #isAhead = false;
  #error;
  #isEnd = false;

  constructor(response) {
    this.#response = response;
    this.#body = response.body;
    if (!this.#body) {
      this.#isEnd = true;
      return;
    }
    try {
      this.#source = this.#body.getReader({ mode: "byob" });
    } catch {
      this.#isByob = false;
      this.#source = this.#body.getReader();
    }
  }

  /** Reads on until it is known whether this is a page. */
  async open(begins) {
    while (this.#isPage === undefined && (await this.read())) this.#isPage = begins(this.opening.subarray(0, OPENING_BYTES));
  }

  /** Whether it begins as a page. */
  get isPage() {
    return this.#isPage === true;
  }

  /** Reads no more of the origin. */
  leave() {
    this.#source?.cancel().catch(() => {});
  }

  /** What was read before anything was passed on. */
  get opening() {
    return joined(this.#owed);
  }

  /** The response as the origin sent it. */
  untouched() {
    const response = this.#response;
    if (!this.#body) return response;
    const length = response.headers.get("content-length");
    // The runtime undoes the coding, and does it again on the way out.
    const isExact = /^\d+$/.test(length ?? "") && !response.headers.has("content-encoding");
    const out = isExact ? new FixedLengthStream(Number(length)) : new IdentityTransformStream();
    this.#pass(out.writable);
    this.passOwed().then(() => (this.#isAhead ? this.rest() : this.#pipe())).then(() => this.#out.writer.close()).catch((error) => this.abort(error));
    return new Response(out.readable, response);
  }

  /**
   * The body, with `held` in charge of the elements that `selectors` find, and `end` behind it: a stream, or the bytes of a page that is
   * here already. Of the elements behind the first `changes` selectors, `held` is only told that they are there.
   *
   * The runtime's parser only finds elements: it puts a mark of ours in front of each, and changes nothing. So what comes out of it, less
   * the marks, is what went in, byte for byte, and it is known how far it came. When every element is found, the rest of the page goes
   * on without the parser. It goes on alike when the parser gives up: on markup that it finds ambiguous, on a tag or a depth beyond
   * its memory. `held` is told the reason.
   *
   * It fails before anything is passed on, or not at all. The selectors stand between zeros.
   */
  async changed(selectors, changes, held, end) {
    selectors = selectors ? selectors.split("\0") : [];
    const seen = (watched) => this.#ask((held) => held.seen(watched));
    [this.#held, this.#end] = [held, end];
    let marks = new Marks(selectors, changes, seen, (reason) => this.tell(reason));
    this.#isAhead = true;
    this.#next = this.#isEnd ? undefined : this.#pull();
    const found = selectors.length > 0 && (await this.#atOnce(marks));
    if (found) this.take(found);
    if (this.#isWholeHere && (found || selectors.length === 0)) {
      while (this.#owed.length > 0) this.#give(this.#owed.shift());
      this.#finish();
      return joined(this.#given);
    }
    let [parsed, feed] = [undefined, undefined];
    if (!found && selectors.length > 0) {
      marks = new Marks(selectors, changes, seen, () => {});
      feed = new IdentityTransformStream();
      parsed = marks.rewriter.transform(new Response(feed.readable, PARSED)).body;
    }
    const out = new IdentityTransformStream();
    this.#pass(out.writable);
    this.passed = passed(this, parsed, feed?.writable, marks).catch((error) => this.abort(error));
    return out.readable;
  }

  /**
   * What was read, through the parser in one go: no piece of it crosses JavaScript. It gives nothing if elements are missing that may be
   * in the rest, or if the parser gives up. Then the page goes through piece by piece, so that the place is known where the parser stopped.
   */
  async #atOnce(marks) {
    const opening = this.opening;
    try {
      const bytes = await marks.rewriter.transform(new Response(opening, PARSED)).arrayBuffer();
      const parts = [...marks.split(new Uint8Array(bytes))];
      // Where the parser gives up, the runtime may say no more than that nothing comes out.
      const length = parts.reduce((sum, part) => sum + (part.length ?? 0), 0);
      if (marks.areOut || (this.#isWholeHere && length === opening.length)) return parts;
    } catch {
      // The parser says it again.
    }
    return undefined;
  }

  /** Whether the origin has ended, and everything is here. */
  get #isWholeHere() {
    return this.#isEnd && !this.#error && this.#next === undefined;
  }

  #pass(writable) {
    this.#out = { writable, writer: writable.getWriter() };
  }

  /** Whether the visitor left. */
  get isGone() {
    return this.#out.isGone === true;
  }

  /** More of the page, or nothing at its end, or where the origin fails. */
  async read() {
    const value = await (this.#next ?? this.#pull());
    this.#next = undefined;
    if (!value) return undefined;
    this.#owed.push(value);
    // The origin's next bytes come while these go out.
    if (this.#isAhead) this.#next = this.#pull();
    return value;
  }

  async #pull() {
    if (this.#isEnd) return undefined;
    try {
      const { done, value } = await (this.#isByob ? this.#source.read(new Uint8Array(this.#wanted)) : this.#source.read());
      if (!done) {
        this.#wanted = value.length > READ_BYTES_MIN ? READ_BYTES : READ_BYTES_MIN;
        return value;
      }
    } catch (error) {
      this.#error = error;
    }
    this.#isEnd = true;
    this.#next = undefined;
    return undefined;
  }

  /** Takes what comes out of the parser: parts of the page, and between them the changes whose elements begin there. */
  take(parts) {
    for (const part of parts) {
      if (part instanceof Uint8Array) this.#own(part);
      else this.#found(part);
    }
  }

  /** The element of a change begins here. */
  #found({ change, namespace }) {
    this.#ask((held) => {
      held.found(change, namespace, joined(this.#before), this.#isWhole);
      this.#isHolding = true;
    });
  }

  /** Bytes of the page, which are the next that are owed. */
  #own(bytes) {
    let left = bytes.length;
    while (left > 0 && this.#owed.length > 0) {
      const [first] = this.#owed;
      if (first.length > left) this.#owed[0] = first.subarray(left);
      else this.#owed.shift();
      left -= first.length;
    }
    this.#give(bytes);
  }

  /** Passes on everything that was read. */
  async passOwed() {
    while (this.#owed.length > 0) this.#give(this.#owed.shift());
    await this.flush();
  }

  /** Passes on what is left of the page. */
  async rest() {
    while (await this.read()) await this.passOwed();
    if (!this.#error) return;
    this.#giveHeld();
    await this.flush();
    throw this.#error;
  }

  /** The same, where no byte has to pass through JavaScript. */
  async #pipe() {
    if (this.#isEnd) return this.rest();
    this.#source.releaseLock();
    this.#out.writer.releaseLock();
    try {
      await this.#body.pipeTo(this.#out.writable, { preventClose: true, preventAbort: true });
    } finally {
      this.#out.writer = this.#out.writable.getWriter();
    }
  }

  async close() {
    this.#finish();
    await this.flush();
    await this.#out.writer.close();
  }

  /** What stands behind the page. */
  #finish() {
    this.#giveHeld();
    const last = joined(this.#before);
    const block = this.#ask((held) => held.block(this.#end, last)) ?? this.#end;
    this.#free();
    this.#given.push(TEXT.encode(block));
  }

  /** The origin failed, or the visitor is gone. */
  abort(error) {
    this.#free();
    this.#source.cancel(error).catch(() => {});
    const { writer } = this.#out;
    // The runtime's encoder gives out all that it holds of a compressed page only at the end of a body.
    const isCoded = (this.#response.headers.get("content-encoding") ?? "identity") !== "identity";
    (isCoded && !this.isGone ? writer.close() : writer.abort(error)).catch(() => {});
  }

  tell(error) {
    try {
      this.#held.report(error instanceof Error ? error.message : String(error));
    } catch {
      // The instance may be the reason, and gone.
      console.error(error);
    }
  }

  #give(bytes) {
    let [at, most] = [0, HELD_BYTES];
    // Only what belongs to an element goes into the Wasm, and a little behind it.
    while (at < bytes.length && (this.#heldBack.length > 0 || this.#isHolding)) {
      const piece = bytes.subarray(at, at + most);
      at += piece.length;
      most = Math.min(2 * most, HELD_BYTES_MAX);
      this.#heldBack.push(piece);
      const given = this.#ask((held) => held.push(piece)) ?? joined(this.#heldBack);
      const left = this.#ask((held) => held.held);
      this.#isHolding = left !== undefined;
      this.#letGo(left ?? 0);
      this.#given.push(given);
    }
    if (at === bytes.length) return;
    const rest = at === 0 ? bytes : bytes.subarray(at);
    this.#remember(rest);
    this.#given.push(rest);
  }

  /** All but the last bytes of what was held back went out. */
  #letGo(left) {
    let gone = this.#heldBack.reduce((sum, part) => sum + part.length, 0) - left;
    while (gone > 0) {
      const part = this.#heldBack.shift();
      this.#remember(part.subarray(0, gone));
      if (part.length > gone) this.#heldBack.unshift(part.subarray(gone));
      gone -= part.length;
    }
  }

  #giveHeld() {
    if (this.#heldBack.length === 0 && !this.#isHolding) return;
    const given = this.#ask((held) => held.end()) ?? joined(this.#heldBack);
    this.#isHolding = false;
    this.#letGo(0);
    this.#given.push(given);
  }

  /** Writes what goes out next, in one piece. */
  async flush() {
    const bytes = joined(this.#given);
    this.#given = [];
    if (bytes.length === 0) return;
    try {
      await this.#out.writer.write(bytes);
    } catch (error) {
      this.#out.isGone = true;
      throw error;
    }
  }

  #remember(bytes) {
    const before = bytes.length >= BEFORE_BYTES ? [bytes] : [...this.#before, bytes];
    const length = before.reduce((sum, part) => sum + part.length, 0);
    if (bytes.length >= BEFORE_BYTES ? this.#before.length > 0 : false) this.#isWhole = false;
    if (length <= BEFORE_BYTES) this.#before = before;
    else {
      this.#isWhole = false;
      // A copy: a part of the piece would keep all of it.
      this.#before = [joined(before).slice(length - BEFORE_BYTES)];
    }
  }

  /** Asks the Wasm. If that fails, the rest of the page is the origin's. */
  #ask(question) {
    if (!this.#held) return undefined;
    try {
      return question(this.#held);
    } catch (error) {
      this.tell(error);
      this.#held = undefined;
      return undefined;
    }
  }

  #free() {
    this.#ask((held) => {
      held.done();
      held.free();
    });
    this.#held = undefined;
  }
}

function joined(parts) {
  if (parts.length === 1) return parts[0];
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** The text of a request, or `undefined` when it has more bytes than `most`: no more than those are ever held, whatever it says of its length. */
export async function bounded(request, most) {
  if (request.headers.get("content-length") > most) return undefined;
  const decoder = new TextDecoder();
  let [text, bytes] = ["", 0];
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > most) return undefined; // which lets go of the rest
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

// Published files come from a store. An isolate keeps those that it verified for the next one of its data center.

/** A store that has not answered by then has failed: a page may be waiting. */
const WAIT_MS = 5_000;
/** What an isolate kept is good for so long: after a week without an answer of the store a data center begins again. */
const KEEP = "max-age=604800";
/** Names in the cache: no host has them. */
const KEPT = "https://kept.selvedge.invalid/";

/**
 * The file at a key, as `{bytes, digest, etag}`. It is `null` where there is none, and `undefined` where it still has this `etag`. The variable `BUNDLES_URL` names
 * a store that answers over HTTP; else the binding `BUNDLES` is a namespace of KV or a bucket of R2. Of a file with more than `most` bytes no more
 * is read.
 */
export async function read(env, key, etag, most) {
  const late = new AbortController();
  let timer;
  const wait = new Promise((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${WAIT_MS / 1000} seconds`));
      late.abort();
    }, WAIT_MS);
  });
  try {
    return await hashed(await Promise.race([asked(env, key, etag, most, late.signal), wait]));
  } finally {
    clearTimeout(timer);
  }
}

/** What was found, with the SHA-256 of its bytes. */
async function hashed(found) {
  if (found) found.digest = new Uint8Array(await crypto.subtle.digest("SHA-256", found.bytes));
  return found;
}

async function asked({ BUNDLES: store, BUNDLES_URL: base }, key, etag, most, signal) {
  if (base) return overHttp(`${base.replace(/\/+$/, "")}/${key}`, etag, most, signal);
  if (!store?.get) throw new Error("neither the binding BUNDLES nor the variable BUNDLES_URL is there");
  if (!("head" in store)) {
    const bytes = await store.get(key, "arrayBuffer");
    return bytes && { bytes: new Uint8Array(bytes) };
  }
  const found = await store.get(key, etag ? { onlyIf: new Headers({ "if-none-match": etag }) } : {});
  if (!found) return null;
  if (!found.body) return undefined;
  return { bytes: await whole(found.body, most), etag: found.httpEtag };
}

async function overHttp(url, etag, most, signal) {
  const headers = etag ? { "if-none-match": etag } : {};
  const answer = await fetch(url, { headers, redirect: "manual", signal });
  if (answer.status === 200) return { bytes: await whole(answer.body, most), etag: answer.headers.get("etag") ?? undefined };
  answer.body?.cancel();
  if (answer.status === 304 && etag) return undefined;
  if (answer.status === 404 || answer.status === 410) return null;
  throw new Error(`HTTP ${answer.status}`);
}

/** The bytes of a body, and no more than one above `most`: that is enough to refuse it. */
async function whole(body, most) {
  const parts = [];
  let length = 0;
  for await (const part of body) {
    parts.push(part);
    length += part.length;
    if (length > most) break; // which lets go of the rest
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer()).subarray(0, most + 1);
}

/** What was kept under a name, as `{bytes, digest, note}`, or `null`. Where there is no cache nothing is ever kept. */
export async function kept(name) {
  try {
    const found = await caches.default.match(KEPT + name);
    return found ? await hashed({ bytes: new Uint8Array(await found.arrayBuffer()), note: found.headers.get("x-note") }) : null;
  } catch {
    return null;
  }
}

/** Keeps bytes under a name. The note is read with them. */
export async function keep(name, bytes, note) {
  try {
    await caches.default.put(KEPT + name, new Response(bytes, { headers: { "cache-control": KEEP, "x-note": note } }));
  } catch {
    // The next isolate asks the store.
  }
}

/** An error in words. */
export function words(error) {
  return String(error?.message ?? error);
}

// Signed documents: COSE_Sign (RFC 9052, 4.1), exactly one shape of it, and the cryptography that WebCrypto computes.
//
// It takes a document's bytes; gives its payload and signatures, and whether one holds. Nothing in it is trusted before. It never looks into the payload.

import { check, list, reader } from "./cbor.js";
import { encoder } from "./core.js";
import { NAMES } from "./documents.js";

const SIGNATURES_MAX = 16;

/** Reads a document of a role. */
export function envelope(bytes, role) {
  const part = NAMES[role];
  check(bytes.length, part, "missing");
  const document = reader(bytes, part);
  document.tag(98);
  document.array(4);
  const body = document.bytes();
  const header = reader(body, part);
  header.map(1);
  const type = header.key(16).text();
  header.end();
  check(type === `application/selvedge-${part}+cose`, part, "wrong-type");
  document.map(0);
  const payload = document.bytes();
  const count = document.array();
  check(count <= SIGNATURES_MAX, part, "too-many");
  const signatures = list(count, () => {
    document.array(3);
    const own = document.bytes();
    document.map(0);
    const signature = document.bytes(64);
    const header = reader(own, part);
    header.map(2);
    header.key(1).nint(18); // Ed25519 (RFC 9864): -1 - 18
    const kid = hex(header.key(4).bytes(8));
    header.end();
    return { kid, own, signature };
  });
  document.end();
  check(count, part, "unsigned");
  return { body, payload, signatures };
}

/** Whether a key made a signature of an envelope: over the `Sig_structure` of RFC 9052, 4.4. */
export async function holds({ body, payload }, { own, signature }, key, aad) {
  // An array of five: the text "Signature", and four byte strings.
  const message = Uint8Array.of(0x85, ...encoder.encode("iSignature"), ...[body, own, aad, payload].flatMap(string));
  try {
    return await crypto.subtle.verify("Ed25519", await crypto.subtle.importKey("raw", key, "Ed25519", false, ["verify"]), signature, message);
  } catch {
    return false;
  }
}

/** A byte string of less than 64 KiB, encoded. */
function string(bytes) {
  const { length } = bytes;
  return [...(length < 24 ? [0x40 + length] : length < 256 ? [0x58, length] : [0x59, length >> 8, length]), ...bytes];
}

export async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

export function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

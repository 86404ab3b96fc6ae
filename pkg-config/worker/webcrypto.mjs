// What the platform computes for the Wasm. The bytes that come from there are copied first: its memory may move before the platform is done.

const { subtle } = crypto;

/** Whether this Ed25519 signature verifies. A key or a signature that cannot be read does not. */
export async function verified(key, message, signature) {
  const [bytes, signed] = [message.slice(), signature.slice()];
  try {
    const imported = await subtle.importKey("raw", key.slice(), "Ed25519", false, ["verify"]);
    return await subtle.verify("Ed25519", imported, signed, bytes);
  } catch {
    return false;
  }
}

/** The SHA-256 of these bytes. */
export async function hashed(bytes) {
  return new Uint8Array(await subtle.digest("SHA-256", bytes.slice()));
}

/** AES-256-GCM under a fresh nonce: nonce, ciphertext and tag. */
export async function sealed(key, plain, additional) {
  const [text, additionalData] = [plain.slice(), additional.slice()];
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const imported = await subtle.importKey("raw", key.slice(), "AES-GCM", false, ["encrypt"]);
  const out = await subtle.encrypt({ name: "AES-GCM", iv, additionalData }, imported, text);
  return new Uint8Array(await new Blob([iv, out]).arrayBuffer());
}

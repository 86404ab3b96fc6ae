//! Seals the values of a record on this machine, with AES-256-GCM, as WebCrypto does it in the Worker.

use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use anyhow::Context as _;

use crate::log::audit::{Draft, Part};
use crate::log::key::RecordKey;

/// Bytes of a nonce. It is random, and the key is the record's own.
const NONCE_BYTES: usize = 12;

/// The line with its values sealed, each part under a fresh nonce.
///
/// # Errors
/// No randomness.
pub fn seal(draft: &Draft) -> anyhow::Result<String> {
    let parts = draft.parts().iter().map(|part| sealed(part, draft.line()));
    Ok(draft.sealed(&parts.collect::<anyhow::Result<Vec<_>>>()?))
}

fn sealed(part: &Part, line: &str) -> anyhow::Result<Vec<u8>> {
    let nonce: [u8; NONCE_BYTES] = super::random("a nonce")?;
    let payload = Payload { msg: part.text.as_bytes(), aad: line.as_bytes() };
    let sealed = Aes256Gcm::new(&part.key.seal().into())
        .encrypt(&Nonce::from(nonce), payload)
        .map_err(|_| anyhow::anyhow!("the values are too long to seal"))?;
    Ok([&nonce[..], &sealed].concat())
}

/// True if a key opens a part that was sealed with this line.
pub fn opens(key: &RecordKey, line: &str, sealed: &[u8]) -> bool {
    unseal(key, line, sealed).is_ok()
}

/// The values that were sealed with this line.
pub(super) fn unseal(key: &RecordKey, line: &str, sealed: &[u8]) -> anyhow::Result<String> {
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>().context("the sealed part is too short")?;
    let payload = Payload { msg: sealed, aad: line.as_bytes() };
    let values = Aes256Gcm::new(&key.seal().into())
        .decrypt(&Nonce::from(*nonce), payload)
        .map_err(|_| anyhow::anyhow!("the sealed values do not open. The key is another one (name the right file with --keys), or bytes were altered (`selvedge log verify` finds them in a closed log)"))?;
    String::from_utf8(values).context("the sealed values are not text")
}

//! A private key at rest: PKCS#8 in PEM, encrypted with a passphrase.
//!
//! New files are PBES2 with scrypt and AES-256 (RFC 8018, RFC 7914), which OpenSSL 3 reads too. It never writes a key in the clear.

use std::path::Path;

use anyhow::Context as _;
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, KeypairBytes};
use pkcs8::EncryptedPrivateKeyInfoRef;
use pkcs8::der::pem::{LineEnding, PemLabel as _};

use super::passphrase::Passphrases;
use crate::cli::files::{Existing, text_if_there, write_private};

/// Below it a passphrase is cheap to guess: OWASP asks for 600,000 rounds, and OpenSSL's own default is 2,048.
const ROUNDS_MIN: u32 = 100_000;

/// The key in a file, if there is one. A key in the clear is read too, with a warning.
pub(super) fn read(path: &Path, passphrases: &mut Passphrases) -> anyhow::Result<Option<SigningKey>> {
    let Some(pem) = text_if_there(path)? else { return Ok(None) };
    let name = path.display().to_string();
    let wrong = || format!("{name}: not an Ed25519 private key in PKCS#8 PEM");
    if !is_sealed(&pem) {
        let key = SigningKey::from_pkcs8_pem(&pem).map_err(|error| anyhow::anyhow!("{error}")).with_context(wrong)?;
        anstream::eprintln!(
            "warning: {name} is not encrypted. Encrypt it: openssl pkcs8 -topk8 -scrypt -in {name} -out FILE"
        );
        return Ok(Some(key));
    }
    decrypted(&name, &pem, passphrases).map(Some)
}

/// True if this is an encrypted key.
pub(super) fn is_sealed(pem: &str) -> bool {
    pem.contains(EncryptedPrivateKeyInfoRef::PEM_LABEL)
}

/// The key in an encrypted text.
pub(super) fn decrypted(name: &str, pem: &str, passphrases: &mut Passphrases) -> anyhow::Result<SigningKey> {
    let wrong = || format!("{name}: not an Ed25519 private key in PKCS#8 PEM");
    let (_, document) =
        pkcs8::SecretDocument::from_pem(pem).map_err(|error| anyhow::anyhow!("{error}")).with_context(wrong)?;
    let sealed = EncryptedPrivateKeyInfoRef::try_from(document.as_bytes());
    let sealed = sealed.map_err(|error| anyhow::anyhow!("{error}")).with_context(wrong)?;
    let rounds = sealed.encryption_algorithm.pbes2().and_then(|scheme| Some(scheme.kdf.pbkdf2()?.iteration_count));
    if let Some(rounds) = rounds.filter(|rounds| *rounds < ROUNDS_MIN) {
        anstream::eprintln!(
            "warning: the passphrase of {name} is stretched by {rounds} rounds only, so it is cheap to guess. Encrypt the file again: openssl pkcs8 -topk8 -scrypt"
        );
    }
    passphrases.open(name, |passphrase| SigningKey::from_pkcs8_encrypted_pem(pem, passphrase).ok())
}

/// Writes a key, encrypted; tells whether it did.
pub(super) fn write(path: &Path, key: &SigningKey, passphrase: &str, existing: Existing) -> anyhow::Result<bool> {
    // Without the public key in the file (RFC 5958 version 1) every version of OpenSSL reads it.
    let pem = KeypairBytes { secret_key: key.to_bytes(), public_key: None }
        .to_pkcs8_encrypted_pem(passphrase, LineEnding::LF)
        .map_err(|error| anyhow::anyhow!("a new key cannot be encrypted: {error}"))?;
    super::private_folder_of(path)?;
    write_private(path, pem.as_bytes(), existing)
}

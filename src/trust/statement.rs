//! A signed statement: COSE_Sign1 (RFC 9052 §4.2) by one Ed25519 key, exactly one shape of it. Takes a payload and a signer,
//! gives a document, and the payload back from one whose signature holds. It knows no roles: the reader decides whose
//! statement counts.
//!
//! ```text
//! 18([<<{1: -19, 4: kid, 16: TYPE}>>, {}, payload, signature])          external_aad  "selvedge-statement/1"
//! ```

use std::vec::Vec;

use super::cbor::{Reader, Writer};
use super::cose::{ALG, ED25519, KID, TYP};
use super::refusal::{Part, Refusal, Refused};
use super::sign::{Signed, Signer, key_id};
use super::{Answer, Job, native};

/// The CBOR tag of COSE_Sign1.
const TAG: u64 = 18;
const EXTERNAL_AAD: &[u8] = b"selvedge-statement/1";

/// Signs a statement of this type.
pub fn sign(media_type: &str, payload: &[u8], signer: &Signer<'_>) -> Signed {
    let protected = protected(media_type, &signer.public());
    let signature = signer.sign(&message(&protected, payload))?;
    Ok(Writer::default().tag(TAG).array(4).bytes(&protected).map(0).bytes(payload).bytes(&signature).finish())
}

/// The payload of a statement of this type, if `key` signed it.
///
/// # Errors
/// Anything else than such a statement, or one that another key signed or that was altered.
pub fn open<'a>(bytes: &'a [u8], media_type: &str, key: &[u8; 32]) -> Result<&'a [u8], Refusal> {
    let Read { protected: found, payload, signature } = read(bytes).map_err(|refused| *refused)?;
    let expected = protected(media_type, key);
    let job = Job::Verify { key: *key, message: message(&expected, payload), signature };
    if found == expected && native::answer(&job) == Answer::Verified(true) {
        Ok(payload)
    } else {
        Err(Refusal::BadStatement { kid: key_id(key) })
    }
}

/// The payload of a statement that nothing vouches for yet: to find out which key it names.
///
/// # Errors
/// Anything else than a statement.
pub fn claimed(bytes: &[u8]) -> Result<&[u8], Refusal> {
    read(bytes).map(|read| read.payload).map_err(|refused| *refused)
}

/// A statement whose signature was not checked yet.
struct Read<'a> {
    protected: &'a [u8],
    payload: &'a [u8],
    signature: [u8; 64],
}

fn read(bytes: &[u8]) -> Result<Read<'_>, Refused> {
    let mut reader = Reader::new(bytes, Part::Statement);
    reader.tag(TAG)?;
    reader.array_of(4, "a COSE_Sign1 has four parts")?;
    let protected = reader.bytes()?;
    reader.map_of(0, "unprotected headers must be empty")?;
    let payload = reader.bytes()?;
    let signature = reader.array_of_bytes("an Ed25519 signature has 64 bytes")?;
    reader.end()?;
    Ok(Read { protected, payload, signature })
}

fn protected(media_type: &str, key: &[u8; 32]) -> Vec<u8> {
    let writer = Writer::default().map(3).uint(ALG).nint(ED25519).uint(KID).bytes(&key_id(key));
    writer.uint(TYP).text(media_type).finish()
}

/// `["Signature1", protected, external_aad, payload]`
fn message(protected: &[u8], payload: &[u8]) -> Vec<u8> {
    Writer::default().array(4).text("Signature1").bytes(protected).bytes(EXTERNAL_AAD).bytes(payload).finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::SigningKey;

    #[test]
    fn opens_as_it_was_signed_and_in_no_other_way() {
        let (key, other) = (SigningKey::from_bytes(&[1; 32]), SigningKey::from_bytes(&[2; 32]));
        let public = key.verifying_key().to_bytes();
        let bytes = sign("a/b", b"payload", &Signer::local(&key)).expect("signs");
        assert_eq!(open(&bytes, "a/b", &public), Ok(&b"payload"[..]));
        assert_eq!(claimed(&bytes), Ok(&b"payload"[..]));
        assert!(open(&bytes, "a/c", &public).is_err(), "another type");
        assert!(open(&bytes, "a/b", &other.verifying_key().to_bytes()).is_err(), "another key");
        for bit in 0..8 * bytes.len() {
            let mut bytes = bytes.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(open(&bytes, "a/b", &public).is_err(), "bit {bit}");
        }
        for end in 0..bytes.len() {
            assert!(open(&bytes[..end], "a/b", &public).is_err(), "{end} bytes");
        }
        assert!(open(&[&bytes[..], &[0]].concat(), "a/b", &public).is_err(), "one byte more");
    }
}

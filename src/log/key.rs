//! Keyed digests: how a record names a person and a value without telling either.
//!
//! Takes the controller's secret, gives pseudonyms of ids and, for one record at a time, the keys that its digests and its sealed
//! part are made with. A plain hash of a country or an id could be guessed; these cannot be without the secret. It never makes a
//! secret and never encrypts.

use crate::words::Unit;
use crate::words::sha256::hmac;

/// Bytes of a digest in a record: nobody finds a second value for it, and a line stays short.
pub const DIGEST_BYTES: usize = 16;

/// A keyed digest.
pub type Digest = [u8; DIGEST_BYTES];

/// The controller's secret of one epoch. A new epoch begins with a new secret; who destroys one can never again name the people of
/// its records.
#[derive(Clone)]
pub struct Key {
    epoch: u32,
    secret: [u8; 32],
}

/// What the digests and the sealed part of one record are made with. Handing it out opens this record and no other.
#[derive(Clone, PartialEq, Eq)]
pub struct RecordKey([u8; 32]);

impl Key {
    /// The secret of an epoch: 32 random bytes.
    pub const fn new(epoch: u32, secret: [u8; 32]) -> Self {
        Self { epoch, secret }
    }

    /// Which secret this is.
    pub const fn epoch(&self) -> u32 {
        self.epoch
    }

    /// The pseudonym of a visitor's or an account's id in this epoch.
    pub fn pseudonym(&self, unit: Unit, id: &str) -> Digest {
        short(keyed(&self.secret, &[b"selvedge/1 pseudonym", unit.name().as_bytes(), id.as_bytes()]))
    }

    /// What a tombstone names an erased person by: no pseudonym of a record, so that it leads to none.
    pub fn erased(&self, id: &str) -> Digest {
        short(keyed(&self.secret, &[b"selvedge/1 erased", id.as_bytes()]))
    }

    /// The key of the record with this id.
    pub fn record(&self, id: &[u8]) -> RecordKey {
        RecordKey(keyed(&self.secret, &[b"selvedge/1 record", id]))
    }
}

impl RecordKey {
    /// A key that was handed out.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// For handing it out.
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The AES-256-GCM key of the record's sealed part. No other record has it, so no nonce can meet another one.
    pub fn seal(&self) -> [u8; 32] {
        keyed(&self.0, &[b"seal"])
    }

    /// The digest of something that the record does not show: a kind, a name, and what it is.
    pub fn digest(&self, kind: &str, name: &str, what: &[u8]) -> Digest {
        short(keyed(&self.0, &[kind.as_bytes(), name.as_bytes(), what]))
    }
}

impl core::fmt::Debug for Key {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Key").field("epoch", &self.epoch).finish_non_exhaustive()
    }
}

impl core::fmt::Debug for RecordKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("RecordKey(..)")
    }
}

/// HMAC-SHA-256 over the parts, each behind its length, so that no two lists of parts are one message.
fn keyed(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    hmac(key, |hash| {
        for part in parts {
            hash.update(&(part.len() as u32).to_be_bytes());
            hash.update(part);
        }
    })
}

fn short(digest: [u8; 32]) -> Digest {
    core::array::from_fn(|at| digest[at])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::hex;

    /// Computed with Python's hmac and hashlib: see `keyed`.
    #[test]
    fn pseudonyms_are_what_another_program_computes() {
        let key = Key::new(3, [7; 32]);
        assert_eq!(hex(&key.pseudonym(Unit::Visitor, "v1")), "0aaf057cbc7fbca331a653c380f6efec");
        let digest = key.record(b"0123456789abcdef").digest("input", "a.b", b"x");
        assert_eq!(hex(&digest), "09a03d2894170f7fa1914917b1965620");
    }

    #[test]
    fn epochs_units_and_records_share_no_digest() {
        let (first, second) = (Key::new(1, [1; 32]), Key::new(2, [2; 32]));
        let mut all = alloc::vec![
            first.pseudonym(Unit::Visitor, "v1"),
            first.pseudonym(Unit::Account, "v1"),
            second.pseudonym(Unit::Visitor, "v1"),
            first.erased("v1"),
            first.record(b"1").digest("input", "a", b"1"),
            first.record(b"2").digest("input", "a", b"1"),
            first.record(b"1").digest("input", "a1", b""),
            first.record(b"1").digest("id", "a", b"1"),
        ];
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 8);
    }
}

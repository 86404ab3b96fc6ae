//! Keyed digests: how a record names a person and a value without telling either.
//!
//! Takes the controller's secrets, gives pseudonyms of ids and, for one record at a time, the keys that its digests and its sealed
//! parts are made with. A plain hash of a country or an id could be guessed; these cannot be without a secret. It never makes a
//! secret and never encrypts.
//!
//! An epoch has two secrets. One stays as long as the epoch's records are there: it names people. The other is a
//! [`Ratchet`], which goes on day by day: it opens values, and proves what they were, until their retention ends.

use alloc::string::String;

use super::ratchet::Ratchet;
use crate::words::sha256::hmac;
use crate::words::time::{DAY, parse_rfc3339};
use crate::words::{Unit, parse_hex};

/// Bytes of a digest in a record: nobody finds a second value for it, and a line stays short.
pub const DIGEST_BYTES: usize = 16;

/// A keyed digest.
pub type Digest = [u8; DIGEST_BYTES];

/// The controller's secrets of one epoch. A new epoch begins with new ones; who destroys them can never again name the people of
/// its records.
#[derive(Clone)]
pub struct Key {
    epoch: u32,
    secret: [u8; 32],
    ratchet: Option<Ratchet>,
}

/// The key of the digests and of a sealed part of one record. Handing it out opens this part and no other.
#[derive(Clone, PartialEq, Eq)]
pub struct RecordKey([u8; 32]);

impl Key {
    /// The secret of an epoch, 32 random bytes. Without a ratchet its records are of version 2.
    pub const fn new(epoch: u32, secret: [u8; 32]) -> Self {
        Self { epoch, secret, ratchet: None }
    }

    /// As it is, with a ratchet.
    pub fn with_ratchet(self, ratchet: Ratchet) -> Self {
        Self { ratchet: Some(ratchet), ..self }
    }

    /// Reads what a host is given: `EPOCH:SECRET:DAY:STATE`, the last two of its ratchet. Earlier versions had no ratchet.
    pub fn parse(text: &str) -> Option<Self> {
        let (epoch, rest) = text.split_once(':')?;
        let (secret, ratchet) = rest.split_once(':').map_or((rest, None), |(secret, ratchet)| (secret, Some(ratchet)));
        let key = Self::new(epoch.parse().ok()?, parse_hex(secret)?);
        let Some(ratchet) = ratchet else { return Some(key) };
        let (day, state) = ratchet.split_once(':')?;
        Some(key.with_ratchet(Ratchet::new(read_day(day)?, parse_hex(state)?)))
    }

    /// Its ratchet, if it has one.
    pub const fn ratchet(&self) -> Option<&Ratchet> {
        self.ratchet.as_ref()
    }

    /// Which secret this is.
    pub const fn epoch(&self) -> u32 {
        self.epoch
    }

    /// The pseudonym of a visitor's or an account's id in this epoch.
    pub fn pseudonym(&self, unit: Unit, id: &str) -> Digest {
        short(keyed(&self.secret, &[b"selvedge/1 pseudonym", unit.name().as_bytes(), id.as_bytes()], &[]))
    }

    /// The name of an erased person in a tombstone. It is no pseudonym of a record, so it leads to none.
    pub fn erased(&self, id: &str) -> Digest {
        short(keyed(&self.secret, &[b"selvedge/1 erased", id.as_bytes()], &[]))
    }

    /// The key of the record with this id.
    pub fn record(&self, id: &[u8]) -> RecordKey {
        RecordKey(keyed(&self.secret, &[b"selvedge/1 record", id], &[]))
    }

    /// The key of a class of the record with this id, which ends on a day: HKDF-Expand (RFC 5869) of that day's state. `None` once the
    /// ratchet is past it.
    pub fn class(&self, id: &[u8], class: &str, until: i64) -> Option<RecordKey> {
        let state = self.ratchet.as_ref()?.at(until)?;
        Some(RecordKey(keyed(&state, &[b"selvedge/1 class", id, class.as_bytes()], &[1])))
    }
}

/// The number of a day in UTC, `2026-12-01`, counted from 1970-01-01.
pub fn read_day(text: &str) -> Option<i64> {
    parse_rfc3339(&(String::from(text) + "T00:00:00Z")).map(|ms| ms.div_euclid(DAY))
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

    /// The AES-256-GCM key of the sealed part. No other part has it, so no nonce can meet another one.
    pub fn seal(&self) -> [u8; 32] {
        keyed(&self.0, &[b"seal"], &[])
    }

    /// The digest of something that the record does not show: a kind, a name, and what it is.
    pub fn digest(&self, kind: &str, name: &str, what: &[u8]) -> Digest {
        short(keyed(&self.0, &[kind.as_bytes(), name.as_bytes(), what], &[]))
    }
}

impl core::fmt::Debug for Key {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Key").field("epoch", &self.epoch).field("ratchet", &self.ratchet).finish_non_exhaustive()
    }
}

impl core::fmt::Debug for RecordKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("RecordKey(..)")
    }
}

/// HMAC-SHA-256 over the parts, each behind its length, so that no two lists of parts are one message; then over an end.
pub(super) fn keyed(key: &[u8; 32], parts: &[&[u8]], end: &[u8]) -> [u8; 32] {
    hmac(key, |hash| {
        for part in parts {
            hash.update(&(part.len() as u32).to_be_bytes());
            hash.update(part);
        }
        hash.update(end);
    })
}

pub(super) fn short(digest: [u8; 32]) -> Digest {
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

    /// Computed in the same way; the state of the day is that of the ratchet's own test.
    #[test]
    fn a_class_is_what_another_program_computes_until_its_day_is_over() {
        let key = Key::new(3, [7; 32]).with_ratchet(Ratchet::new(20_000, [9; 32]));
        let class = key.class(b"0123456789abcdef", "180", 20_003).expect("is not over");
        assert_eq!(hex(class.bytes()), "ba965c35f3f8c7cabb50a63521e7ee1c645050a9dcb7822b9bb007970bdfe6a4");
        assert_eq!(key.class(b"0123456789abcdef", "180", 19_999), None);
        assert_eq!(Key::new(3, [7; 32]).class(b"0123456789abcdef", "180", 20_003), None);
    }

    #[test]
    fn a_host_is_given_both_secrets_in_one_text() {
        let (secret, state) = ("07".repeat(32), "09".repeat(32));
        let key = Key::parse(&alloc::format!("3:{secret}:2024-10-04:{state}")).expect("is one");
        assert_eq!(key.ratchet().map(|ratchet| (ratchet.day(), *ratchet.state())), Some((20_000, [9; 32])));
        assert_eq!(key.record(b"1"), Key::new(3, [7; 32]).record(b"1"));
        let old = Key::parse(&alloc::format!("3:{secret}")).expect("is an earlier one");
        assert_eq!((old.epoch(), old.ratchet().is_none()), (3, true));
        for wrong in ["", "3", "x:07", "3:07", "3:{}:", "3:{}:2024-10-04", "3:{}:2024-13-04:{}", "3:{}:2024-10-04:09"] {
            assert!(Key::parse(&wrong.replace("{}", &secret)).is_none(), "{wrong}");
        }
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

//! The withdrawals of consent on other devices: the list that an overlay carries.
//!
//! Takes bytes that [`trust`](crate::trust) vouches for, gives a checked, borrowed view; a lookup is a binary search and
//! copies nothing. It holds no id and no name, only keyed digests. It never grants: every entry denies.
//!
//! ```text
//! header    "SVRL"  u16 format (1)  u16 zero  u32 epoch of the key  u32 entries  check      24 bytes, little endian
//! entry     8 bytes of the digest   u16 day   u8 purposes   u8 zero                          12 bytes, the day big endian
//! digest    HMAC-SHA-256(key, "selvedge/1 revocation" ‖ 0 ‖ "account" | "visitor" ‖ 0 ‖ id), its first 8 bytes
//! check     HMAC-SHA-256(key, "selvedge/1 revocation" ‖ 0 ‖ "check" ‖ 0), its first 8 bytes
//! ```
//!
//! Entries ascend as bytes and none is there twice. The day is the one of the withdrawal, in days since 1970 (UTC; two bytes reach the
//! year 2149), and bit `n` of the purposes is the purpose with byte `n`. A person has an entry for each day on which they withdrew
//! something that they have not withdrawn since.
//!
//! **Why keyed.** An account's id is often an e-mail address or a number. Anybody could hash all possible ids and look up
//! who withdrew. Without the key this is impossible, both from the file and from a copy. After a new epoch of the key, old
//! copies cannot be linked to new ones.
//!
//! **Why a check.** Under another secret no entry is found, and two secrets may have the same epoch number. The host that
//! looks up ids must be able to notice that.
//!
//! **Why 8 bytes.** Another person's id falls on one of half a million entries with a chance of 3·10⁻¹⁴. In a collision, a
//! visitor loses what they had agreed to until they choose again. So it can take a permission away, but never give one.

use core::slice::Iter;

use crate::words::bytes::{u16_at, u32_at};
use crate::words::{
    Fault, Purpose, Purposes, REVOCATIONS_BYTES_MAX, REVOCATIONS_MAX, Revoked, check, fault, other_format,
};

/// First bytes of a list.
pub const MAGIC: [u8; 4] = *b"SVRL";
/// The version of the layout.
pub const FORMAT: u16 = 1;
/// Magic, version, zero, epoch, count, check.
pub const HEADER_BYTES: usize = 24;
/// Width of an entry.
pub const ENTRY_BYTES: usize = 12;
const _: () = assert!(REVOCATIONS_BYTES_MAX == HEADER_BYTES + REVOCATIONS_MAX * ENTRY_BYTES, "the caps agree");

/// How a list names a person: the beginning of a keyed digest.
pub type Mark = [u8; 8];

/// How a list shows which secret its digests were made with, without giving the secret away.
pub type Check = [u8; 8];

type Entry = [u8; ENTRY_BYTES];

/// A list in which everything holds.
#[derive(Clone, Copy, Debug)]
pub struct Revocations<'b> {
    epoch: u32,
    check: Check,
    entries: &'b [Entry],
}

impl<'b> Revocations<'b> {
    /// Reads a list.
    ///
    /// # Errors
    /// Says what does not hold.
    pub fn open(bytes: &'b [u8]) -> Result<Self, Fault> {
        let check = |holds, what| check(holds, "revocations", what);
        let is_small = bytes.len() <= REVOCATIONS_BYTES_MAX;
        check(is_small, "larger than the cap; remove entries that are older than any valid grant")?;
        check(bytes.get(..4) == Some(&MAGIC), "does not start with its magic bytes")?;
        let list = Self::of_checked(bytes).ok_or(fault("revocations", "ends in the middle"))?;
        if u16_at(bytes, 4) != FORMAT {
            return Err(other_format("revocations", u16_at(bytes, 4), FORMAT));
        }
        check(u16_at(bytes, 6) == 0, "has bytes where its format has zeros")?;
        check(u32_at(bytes, 12) as usize == list.entries.len(), "holds another number of entries than it says")?;
        let ascend = list.entries.windows(2).all(|two| matches!(two, [one, next] if one < next));
        check(ascend, "its entries do not ascend")?;
        let is_sound = |entry: &Entry| {
            let purposes = of(entry).purposes;
            entry[ENTRY_BYTES - 1] == 0 && !purposes.is_empty() && !purposes.has(Purpose::Necessary)
        };
        let are_sound = list.entries.iter().all(is_sound);
        check(are_sound, "an entry withdraws nothing, or what the visitor asked for").map(|()| list)
    }

    /// A list that [`open`](Self::open) has read before, without reading all of it again. `None` for bytes of no such length.
    pub fn of_checked(bytes: &'b [u8]) -> Option<Self> {
        let (header, entries) = bytes.split_at_checked(HEADER_BYTES)?;
        let (entries, rest) = entries.as_chunks();
        let check = *header.last_chunk()?;
        rest.is_empty().then(|| Self { epoch: u32_at(header, 8), check, entries })
    }

    /// Which key its digests were made with.
    pub fn epoch(&self) -> u32 {
        self.epoch
    }

    /// The check that the key must have.
    pub fn check(&self) -> Check {
        self.check
    }

    /// How many entries it has.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// True if the list is empty.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The withdrawals of the person with this mark, oldest first.
    pub fn find(&self, mark: Mark) -> Found<'b> {
        let from = self.entries.partition_point(|entry| entry[..mark.len()] < mark[..]);
        let rest = self.entries.get(from..).unwrap_or_default();
        let count = rest.iter().take_while(|entry| entry[..mark.len()] == mark[..]).count();
        Found(rest.get(..count).unwrap_or_default().iter())
    }

    /// Every entry, with the mark that it is of.
    pub fn entries(&self) -> impl Iterator<Item = (Mark, Revoked)> + 'b {
        self.entries.iter().map(|entry| (core::array::from_fn(|at| entry[at]), of(entry)))
    }
}

/// What one person withdrew. The default is nothing.
#[derive(Clone, Debug, Default)]
pub struct Found<'b>(Iter<'b, Entry>);

impl Iterator for Found<'_> {
    type Item = Revoked;

    fn next(&mut self) -> Option<Revoked> {
        self.0.next().map(of)
    }
}

fn of(entry: &Entry) -> Revoked {
    let day = u32::from(u16::from_be_bytes([entry[8], entry[9]]));
    Revoked { day, purposes: Purposes::from_bits(entry[10]) }
}

/// A list of these entries, each once and in order. The caller has seen to the days and to how many there are.
#[cfg(feature = "author")]
pub fn write(epoch: u32, check: Check, entries: impl IntoIterator<Item = (Mark, Revoked)>) -> alloc::vec::Vec<u8> {
    let entries: alloc::collections::BTreeSet<Entry> = entries
        .into_iter()
        .map(|(mark, revoked)| {
            let [high, low] = (revoked.day as u16).to_be_bytes();
            let [a, b, c, d, e, f, g, h] = mark;
            [a, b, c, d, e, f, g, h, high, low, revoked.purposes.bits(), 0]
        })
        .collect();
    let mut bytes = MAGIC.to_vec();
    bytes.extend(FORMAT.to_le_bytes());
    bytes.extend([0, 0]);
    bytes.extend(epoch.to_le_bytes());
    bytes.extend((entries.len() as u32).to_le_bytes());
    bytes.extend(check);
    bytes.extend(entries.iter().flatten());
    bytes
}

#[cfg(all(test, feature = "author"))]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    const ADS: Purposes = Purposes::NONE.with(Purpose::Advertising);

    fn revoked(day: u32) -> Revoked {
        Revoked { day, purposes: ADS }
    }

    fn what(bytes: &[u8]) -> &'static str {
        Revocations::open(bytes).expect_err("must be refused").what
    }

    #[test]
    fn everybody_who_is_in_it_is_found_and_nobody_else() {
        let marks: Vec<Mark> = (0..1_000_u64).map(|at| at.wrapping_mul(0x1234_5678_9abc_def1).to_be_bytes()).collect();
        let entries = marks.iter().zip(20_000..).map(|(mark, day)| (*mark, revoked(day)));
        let bytes = write(7, [8; 8], entries.clone().chain([(marks[500], revoked(30_000))]));
        let list = Revocations::open(&bytes).expect("opens");
        assert_eq!((list.epoch(), list.check(), list.len(), list.is_empty()), (7, [8; 8], 1_001, false));
        for (mark, expected) in entries {
            let found: Vec<Revoked> = list.find(mark).collect();
            let twice = mark == marks[500];
            assert_eq!(found[0], expected);
            assert_eq!(found.get(1), twice.then_some(&revoked(30_000)));
            assert_eq!(list.find((u64::from_be_bytes(mark) ^ 1).to_be_bytes()).count(), 0);
        }
        assert_eq!(write(7, [8; 8], list.entries()), bytes);
        let none = write(7, [8; 8], []);
        assert_eq!(Revocations::open(&none).expect("opens").find([0; 8]).count(), 0);
    }

    #[test]
    fn damaged_lists_are_refused_with_what_is_wrong() {
        let good = write(1, [0; 8], [([1; 8], revoked(1)), ([2; 8], revoked(1))]);
        let with = |at: usize, byte: u8| {
            let mut bytes = good.clone();
            bytes[at] = byte;
            bytes
        };
        assert_eq!(what(&with(0, b'X')), "does not start with its magic bytes");
        let other = Revocations::open(&with(4, 2)).expect_err("must be refused");
        assert_eq!(other.to_string(), "revocations: format 2, this engine reads 1");
        assert_eq!(what(&with(6, 1)), "has bytes where its format has zeros");
        assert_eq!(what(&with(12, 3)), "holds another number of entries than it says");
        assert_eq!(what(&with(HEADER_BYTES, 9)), "its entries do not ascend");
        let longer = [&good[..], &good[HEADER_BYTES + ENTRY_BYTES..]].concat();
        assert_eq!(what(&longer), "holds another number of entries than it says");
        let (purposes, zero) = (HEADER_BYTES + 10, HEADER_BYTES + 11);
        assert!(what(&with(purposes, 0)).starts_with("an entry withdraws nothing"));
        assert!(what(&with(purposes, 1)).contains("what the visitor asked for"));
        assert!(what(&with(zero, 1)).starts_with("an entry withdraws nothing"));
        for end in 0..good.len() {
            assert!(Revocations::open(&good[..end]).is_err(), "{end}");
        }
        let mut double = good[..HEADER_BYTES + ENTRY_BYTES].to_vec();
        double.extend_from_slice(&good[HEADER_BYTES..HEADER_BYTES + ENTRY_BYTES]);
        double[12] = 2;
        assert_eq!(what(&double), "its entries do not ascend");
        assert!(what(&alloc::vec![0; REVOCATIONS_BYTES_MAX + 1]).contains("remove entries"));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(mut bytes: Vec<u8>, mark: Mark, entries in 0_u8..4) {
            let _ = Revocations::open(&bytes);
            bytes.resize(usize::from(entries) * ENTRY_BYTES, 3);
            let mut list = write(1, [0; 8], []);
            list[12] = entries;
            list.extend(bytes);
            if let Ok(list) = Revocations::open(&list) {
                proptest::prop_assert!(list.find(mark).count() <= list.len());
            }
            let _ = Revocations::of_checked(&list).map(|list| list.find(mark).count());
        }
    }
}

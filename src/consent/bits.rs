//! Text of the base64url alphabet, read as bits where it lies.
//!
//! Takes text from anyone, gives numbers, flags and Fibonacci codes from it, or why it is malformed. It never copies the text, and no
//! read costs more than the text is long.

mod ids;
mod restrictions;

use crate::words::vocabulary;

pub use ids::{Ids, Runs};
pub use restrictions::{Restriction, Restrictions};

pub(super) use ids::{Coding, Head};

/// The longest string that is read. The longest that a real vendor list gives is about 3,000 characters, and a browser refuses
/// cookies past 4,096.
pub const STRING_BYTES_MAX: usize = 8_192;

vocabulary! {
    /// The reason why a string cannot be read. Each of them denies.
    Malformed {
        /// Longer than [`STRING_BYTES_MAX`].
        TooLong = "too_long",
        /// A string, section or segment without a character.
        Empty = "empty",
        /// A character that base64url does not have.
        Alphabet = "alphabet",
        /// Ends before a field that it must have, or before entries that it announces.
        Truncated = "truncated",
        /// A version that is not supported.
        Version = "version",
        /// A language or a country that is not two letters.
        Letter = "letter",
        /// An id of zero, or one past 65,535.
        Id = "id",
        /// A range that ends before it begins.
        Range = "range",
        /// A restriction of a type that there is none of.
        Restriction = "restriction",
        /// A segment of an unknown type, or one that is there twice, or more of them than there may be.
        Segment = "segment",
        /// A header that is none, or another number of sections than it announces, or a section twice.
        Section = "section",
        /// A text whose form is not the one that its kind has.
        Form = "form",
        /// An answer for groups that are not in the site's map.
        Unmapped = "unmapped",
    }
}

/// Reads one field after the other, segment by segment.
///
/// It remembers the first fault and goes on, with zeros past the end of a segment. The caller asks for the fault once, at
/// the end, and not after every field. Only loops ask in between.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Reader<'t> {
    text: &'t [u8],
    /// The next bit, counted from the beginning of the text: six for each character, a full stop between segments too.
    pub(super) at: usize,
    /// The bit after the segment's last one.
    end: usize,
    fault: Option<Malformed>,
}

impl<'t> Reader<'t> {
    /// Begins at the first bit of the first segment.
    pub(super) fn new(text: &'t [u8]) -> Self {
        let mut reader = Self { text, at: 0, end: 0, fault: None };
        if text.len() > STRING_BYTES_MAX {
            reader.fail(Malformed::TooLong);
        } else {
            reader.begin(0);
        }
        reader
    }

    /// At bit `at` of a segment that was read to its end before.
    pub(super) fn again(text: &'t [u8], at: usize) -> Self {
        let mut reader = Self { text, at: 0, end: 0, fault: None };
        reader.begin(at / 6);
        Self { at, ..reader }
    }

    pub(super) fn next_segment(&mut self) -> bool {
        let stop = self.end / 6;
        let is_there = stop < self.text.len() && self.is_fine();
        if is_there {
            self.begin(stop + 1);
        }
        is_there
    }

    /// Looks at every character of a segment once, so that nothing after has to.
    fn begin(&mut self, first: usize) {
        let rest = self.text.get(first..).unwrap_or_default();
        let length = rest.iter().position(|byte| *byte == b'.').unwrap_or(rest.len());
        (self.at, self.end) = (first * 6, (first + length) * 6);
        if length == 0 {
            self.fail(Malformed::Empty);
        } else if rest.iter().take(length).any(|byte| sextet(*byte) > 63) {
            self.fail(Malformed::Alphabet);
        }
    }

    /// How many bits are left of the segment.
    pub(super) fn left(&self) -> usize {
        self.end.saturating_sub(self.at)
    }

    pub(super) fn is_fine(&self) -> bool {
        self.fault.is_none()
    }

    /// Remembers what is wrong, if it is the first thing.
    #[inline(never)] // Fifteen places call it.
    pub(super) fn fail(&mut self, malformed: Malformed) {
        self.fault = self.fault.or(Some(malformed));
    }

    /// The first thing that was wrong.
    pub(super) fn fault(&self) -> Option<Malformed> {
        self.fault
    }

    /// `value`, unless something was wrong.
    pub(super) fn finish<T>(&self, value: T) -> Result<T, Malformed> {
        self.fault.map_or(Ok(value), Err)
    }

    /// Passes over bits, which must be there.
    pub(super) fn skip(&mut self, width: usize) {
        if width > self.left() {
            self.fail(Malformed::Truncated);
        }
        self.at += width;
    }

    pub(super) fn number(&mut self, width: usize) -> u32 {
        let number = number(self.text, self.at, width);
        self.skip(width);
        if self.is_fine() { number as u32 } else { 0 }
    }

    pub(super) fn flag(&mut self) -> bool {
        self.number(1) == 1
    }

    /// The next Fibonacci code: each bit that is set adds its Fibonacci number, and a second one in a row ends it. Past
    /// [`IDS_MAX`] if there is no end.
    pub(super) fn fibonacci(&mut self) -> u32 {
        let (mut sum, mut number, mut next, mut last) = (0, 1, 2, false);
        while number <= IDS_MAX * 2 {
            let bit = self.flag();
            if bit && last {
                return sum;
            }
            sum += if bit { number } else { 0 };
            (number, next, last) = (next, number + next, bit);
        }
        IDS_MAX + 1
    }
}

/// The bytes before the next `sign`, or all of them. The bytes behind the sign become the rest.
pub(super) fn split<'t>(rest: &mut Option<&'t [u8]>, sign: u8) -> &'t [u8] {
    let text = rest.take().unwrap_or_default();
    let end = text.iter().position(|byte| *byte == sign).unwrap_or(text.len());
    *rest = text.get(end + 1..);
    text.get(..end).unwrap_or_default()
}

/// `width` bits of a text from `at`, the first one the highest; zeros past the end. At most 64.
pub(super) fn number(text: &[u8], mut at: usize, width: usize) -> u64 {
    let (mut value, mut left) = (0, width);
    while left > 0 {
        let sextet = text.get(at / 6).map_or(0, |byte| sextet(*byte));
        let has = 6 - at % 6;
        let take = has.min(left);
        value = value << take | u64::from(sextet >> (has - take) & ((1 << take) - 1));
        (at, left) = (at + take, left - take);
    }
    value
}

/// `width` bits as ids, the first bit for id 1.
pub(super) fn flags(text: &[u8], at: usize, width: usize) -> Flags {
    Flags((0..width.min(64)).fold(0, |flags, id| flags | number(text, at + id, 1) << id))
}

/// The six bits of a character, or more than six of one that the alphabet does not have.
pub(super) fn sextet(byte: u8) -> u8 {
    match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'-' => 62,
        b'_' => 63,
        _ => 64,
    }
}

/// The highest id that any list has room for.
const IDS_MAX: u32 = u16::MAX as u32;

/// A small set of ids, from 1 to 64.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags(u64);

impl Flags {
    /// True if `id` is in the set.
    pub const fn has(self, id: u8) -> bool {
        id > 0 && id <= 64 && self.0 >> (id - 1) & 1 == 1
    }

    /// True if all of `bits` are in the set; bit `n` is id `n + 1`.
    pub const fn has_all(self, bits: u64) -> bool {
        self.0 & bits == bits
    }

    /// The set without `id`.
    pub const fn without(self, id: u8) -> Self {
        if self.has(id) { Self(self.0 ^ 1 << (id - 1)) } else { self }
    }

    /// The ids of both sets.
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The set as bits; bit `n` is id `n + 1`.
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// The ids, ascending.
    pub fn iter(self) -> impl Iterator<Item = u8> {
        (1..=64).filter(move |id| self.has(*id))
    }
}

/// Two upper-case letters: a language or a country.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Letters([u8; 2]);

impl Letters {
    /// Two characters' worth of bits from `at`.
    pub(super) fn read(text: &[u8], at: usize) -> Self {
        Self([0, 6].map(|next| number(text, at + next, 6) as u8 + b'A'))
    }

    /// True if both are letters: six bits have room for more than that.
    pub(super) fn are_letters(self) -> bool {
        self.0.iter().all(u8::is_ascii_uppercase)
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or_default()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use alloc::string::String;

    use super::*;

    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    /// Bits as the text that has them, filled up with zeros.
    pub(in super::super) fn text(bits: &str) -> String {
        let padded = alloc::format!("{bits:0<width$}", width = bits.len().next_multiple_of(6));
        let sextets = padded.as_bytes().chunks(6).map(|six| six.iter().fold(0, |sum, bit| sum * 2 + (bit - b'0')));
        sextets.map(|sextet| char::from(ALPHABET[usize::from(sextet)])).collect()
    }

    #[test]
    fn numbers_are_read_across_characters() {
        // B = 000001, _ = 111111, - = 111110
        let at = |at, width| number(b"B_-", at, width);
        assert_eq!(at(0, 6), 1);
        assert_eq!(at(5, 3), 0b111);
        assert_eq!(at(0, 18), 0b00_0001_1111_1111_1110);
        assert_eq!(at(17, 1), 0);
        assert_eq!(at(12, 12), 0b1111_1000_0000);
        let mut reader = Reader::new(b"B_-");
        assert_eq!((reader.number(18), reader.finish(())), (0b00_0001_1111_1111_1110, Ok(())));
        assert_eq!((reader.number(1), reader.finish(())), (0, Err(Malformed::Truncated)));
    }

    #[test]
    fn only_the_alphabet_is_read() {
        let read = |text: &[u8]| Reader::new(text).finish(());
        for byte in (0..=255_u8).filter(|byte| *byte != b'.') {
            let is_known = byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
            assert_eq!(read(&[b'A', byte]).is_ok(), is_known, "{byte}");
        }
        assert_eq!(read(b""), Err(Malformed::Empty));
        assert_eq!(read(&[b'A'; STRING_BYTES_MAX + 1]), Err(Malformed::TooLong));
        assert!(read(&[b'A'; STRING_BYTES_MAX]).is_ok());
    }

    #[test]
    fn segments_are_read_one_by_one_and_the_first_fault_stays() {
        let mut reader = Reader::new(b"B.CD.!");
        assert_eq!((reader.number(6), reader.left(), reader.next_segment()), (1, 0, true));
        assert_eq!((reader.number(6), reader.left(), reader.next_segment()), (2, 6, true));
        assert_eq!((reader.number(6), reader.finish(())), (0, Err(Malformed::Alphabet)));
        assert!(!reader.next_segment());
        for (text, segments) in [(&b"B."[..], 1), (b".B", 0), (b"B..C", 1)] {
            let mut reader = Reader::new(text);
            let read = (0..5).take_while(|_| reader.is_fine() && (reader.number(6), reader.next_segment()).1).count();
            assert_eq!((read, reader.finish(())), (segments, Err(Malformed::Empty)));
        }
    }

    #[test]
    fn the_first_bit_of_a_field_is_id_one() {
        assert_eq!(flags(b"gA", 0, 12).iter().collect::<alloc::vec::Vec<_>>(), [1]);
        let flags = flags(b"AB", 0, 12);
        assert_eq!(flags.iter().collect::<alloc::vec::Vec<_>>(), [12]);
        assert!(!flags.has(0) && !flags.has(65));
    }

    #[test]
    fn fibonacci_codes_of_the_specification_are_read() {
        for (bits, value) in [("11", 1), ("011", 2), ("0011", 3), ("1011", 4), ("00011", 5), ("10011", 6), ("01011", 7)]
        {
            assert_eq!(Reader::new(text(bits).as_bytes()).fibonacci(), value, "{bits}");
        }
    }

    #[test]
    fn a_fibonacci_code_without_an_end_is_no_id() {
        // 000000…, 101010… (never two in a row), and a text that ends.
        for text in [&[b'A'; 4_000][..], &[b'q'; 4_000], b"AA"] {
            assert!(Reader::new(text).fibonacci() > IDS_MAX);
        }
    }
}

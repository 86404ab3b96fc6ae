//! Text of the base64url alphabet, read as bits where it lies.
//!
//! Takes text from anyone, gives numbers, flags and Fibonacci codes from it, or why it is malformed. It never copies the text, and no
//! read costs more than the text is long.

mod ids;
mod restrictions;

use crate::bundle::words::vocabulary;

pub use ids::{Ids, Runs};
pub use restrictions::{Restriction, Restrictions};

pub(super) use ids::Coding;
pub(super) use restrictions::Lists;

/// The longest string that is read. The longest that a real vendor list gives is about 3,000 characters, and a browser refuses
/// cookies past 4,096.
pub const STRING_BYTES_MAX: usize = 8_192;

vocabulary! {
    /// What is wrong with a string that cannot be read. Each of them denies.
    Malformed {
        /// Longer than [`STRING_BYTES_MAX`].
        TooLong = "too_long",
        /// A string, section or segment without a character.
        Empty = "empty",
        /// A character that base64url does not have.
        Alphabet = "alphabet",
        /// Ends before a field that it must have, or before entries that it announces.
        Truncated = "truncated",
        /// Of a version that is not read.
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
    }
}

/// Text whose every character is one of base64url: six bits each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Bits<'t>(&'t [u8]);

impl<'t> Bits<'t> {
    /// Looks at every character once, so that nothing after has to.
    pub(super) fn new(text: &'t [u8]) -> Result<Self, Malformed> {
        if text.is_empty() {
            return Err(Malformed::Empty);
        }
        if text.len() > STRING_BYTES_MAX {
            return Err(Malformed::TooLong);
        }
        if text.iter().all(|byte| sextet(*byte) < 64) { Ok(Self(text)) } else { Err(Malformed::Alphabet) }
    }

    /// How many bits there are.
    pub(super) fn len(self) -> usize {
        self.0.len() * 6
    }

    /// `width` bits from `at`, the first one the highest; zeros past the end. At most 64.
    pub(super) fn number(self, at: usize, width: usize) -> u64 {
        let (mut value, mut at, mut left) = (0, at, width);
        while left > 0 {
            let sextet = self.0.get(at / 6).map_or(0, |byte| sextet(*byte));
            let has = 6 - at % 6;
            let take = has.min(left);
            value = value << take | u64::from(sextet >> (has - take) & ((1 << take) - 1));
            (at, left) = (at + take, left - take);
        }
        value
    }

    /// `width` bits as ids, the first bit for id 1.
    pub(super) fn flags(self, at: usize, width: usize) -> Flags {
        // The first bit moves to the lowest place, where the last one was.
        let number = self.number(at, width);
        Flags(if width == 0 { 0 } else { number.reverse_bits() >> (64 - width) })
    }

    /// A moment: tenths of a second since 1970, as milliseconds.
    pub(super) fn moment_ms(self, at: usize) -> i64 {
        self.number(at, 36) as i64 * 100
    }

    /// Two letters, six bits each.
    pub(super) fn letters(self, at: usize) -> Letters {
        Letters([0, 6].map(|next| self.number(at + next, 6) as u8 + b'A'))
    }
}

/// The six bits of a character, or more than six of one that the alphabet does not have.
fn sextet(byte: u8) -> u8 {
    match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'-' => 62,
        b'_' => 63,
        _ => 64,
    }
}

/// Reads one field after the other. Past the end it reads zeros: whoever reads asks in the end whether there was enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reader<'t> {
    pub(super) bits: Bits<'t>,
    pub(super) at: usize,
}

impl<'t> Reader<'t> {
    /// Begins at the first bit.
    pub(super) fn new(text: &'t [u8]) -> Result<Self, Malformed> {
        Ok(Self { bits: Bits::new(text)?, at: 0 })
    }

    /// Whether everything that was read was there.
    pub(super) fn enough(&self) -> Result<(), Malformed> {
        if self.at <= self.bits.len() { Ok(()) } else { Err(Malformed::Truncated) }
    }

    /// The next number of `width` bits.
    pub(super) fn number(&mut self, width: usize) -> u32 {
        let number = self.bits.number(self.at, width);
        self.at += width;
        number as u32
    }

    /// The next bit.
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

/// The highest id that any list has room for.
const IDS_MAX: u32 = u16::MAX as u32;

/// A small set of ids, from 1 to 64.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags(u64);

impl Flags {
    /// Whether `id` is in the set.
    #[must_use]
    pub const fn has(self, id: u8) -> bool {
        id > 0 && id <= 64 && self.0 >> (id - 1) & 1 == 1
    }

    /// Whether all of `bits` are in the set; bit `n` is id `n + 1`.
    #[must_use]
    pub const fn has_all(self, bits: u64) -> bool {
        self.0 & bits == bits
    }

    /// The set without `id`.
    #[must_use]
    pub const fn without(self, id: u8) -> Self {
        if self.has(id) { Self(self.0 ^ 1 << (id - 1)) } else { self }
    }

    /// The ids of both sets.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The set as bits; bit `n` is id `n + 1`.
    #[must_use]
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
    /// Whether both are letters: six bits have room for more than that.
    pub(super) fn are_letters(self) -> bool {
        self.0.iter().all(u8::is_ascii_uppercase)
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_across_characters() {
        // B = 000001, _ = 111111, - = 111110
        let bits = Bits::new(b"B_-").unwrap();
        assert_eq!(bits.number(0, 6), 1);
        assert_eq!(bits.number(5, 3), 0b111);
        assert_eq!(bits.number(0, 18), 0b00_0001_1111_1111_1110);
        assert_eq!(bits.number(17, 1), 0);
        assert_eq!(bits.number(12, 12), 0b1111_1000_0000);
        let mut reader = Reader::new(b"B_-").unwrap();
        assert_eq!((reader.number(18), reader.enough()), (0b00_0001_1111_1111_1110, Ok(())));
        assert_eq!((reader.number(1), reader.enough()), (0, Err(Malformed::Truncated)));
    }

    #[test]
    fn only_the_alphabet_is_read() {
        for byte in 0..=255_u8 {
            let is_known = byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
            assert_eq!(Bits::new(&[b'A', byte]).is_ok(), is_known, "{byte}");
        }
        assert_eq!(Bits::new(b""), Err(Malformed::Empty));
        assert_eq!(Bits::new(&[b'A'; STRING_BYTES_MAX + 1]), Err(Malformed::TooLong));
        assert!(Bits::new(&[b'A'; STRING_BYTES_MAX]).is_ok());
    }

    #[test]
    fn the_first_bit_of_a_field_is_id_one() {
        let flags = Bits::new(b"gA").unwrap().flags(0, 12);
        assert_eq!(flags.iter().collect::<alloc::vec::Vec<_>>(), [1]);
        let flags = Bits::new(b"AB").unwrap().flags(0, 12);
        assert_eq!(flags.iter().collect::<alloc::vec::Vec<_>>(), [12]);
        assert!(!flags.has(0) && !flags.has(65));
    }

    #[test]
    fn fibonacci_codes_of_the_specification_are_read() {
        for (bits, value) in [("11", 1), ("011", 2), ("0011", 3), ("1011", 4), ("00011", 5), ("10011", 6), ("01011", 7)]
        {
            assert_eq!(Reader::new(&text(bits)).unwrap().fibonacci(), value, "{bits}");
        }
    }

    #[test]
    fn a_fibonacci_code_without_an_end_is_no_id() {
        // 000000…, 101010… (never two in a row), and a text that ends.
        for text in [&[b'A'; 4_000][..], &[b'q'; 4_000], b"AA"] {
            assert!(Reader::new(text).unwrap().fibonacci() > IDS_MAX);
        }
    }

    /// Bits as the text that has them.
    fn text(bits: &str) -> alloc::vec::Vec<u8> {
        const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let padded = alloc::format!("{bits:0<width$}", width = bits.len().next_multiple_of(6));
        let sextets = padded.as_bytes().chunks(6).map(|six| six.iter().fold(0, |sum, bit| sum * 2 + (bit - b'0')));
        sextets.map(|sextet| ALPHABET[usize::from(sextet)]).collect()
    }
}

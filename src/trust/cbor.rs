//! Deterministic CBOR (RFC 8949 §4.2.1), no more of it than the documents use.
//!
//! Takes bytes and reads them one expected item after the other, refusing every encoding but the shortest; gives a writer of
//! the same. It never allocates for a length that it was only told of, and it never recurses.

use alloc::vec::Vec;

use super::refusal::{Part, Refusal, Refused};

/// Reads one document item by item. Every method refuses what it does not expect.
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    part: Part,
}

type Result<T> = core::result::Result<T, Refused>;

/// The major types of RFC 8949 §3.1.
const UINT: u8 = 0;
const NINT: u8 = 1;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const TAG: u8 = 6;
const SIMPLE: u8 = 7;
/// `null`, as one byte.
const NULL: u8 = SIMPLE << 5 | 22;

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8], part: Part) -> Self {
        Self { rest: bytes, part }
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn malformed(&self, why: &'static str) -> Refused {
        // Only the sentence says why, and only natively is there one.
        let why = if cfg!(feature = "author") { why } else { "" };
        Refusal::Malformed { part: self.part, why }.refused()
    }

    pub(crate) fn require(&self, holds: bool, why: &'static str) -> Result<()> {
        if holds { Ok(()) } else { Err(self.malformed(why)) }
    }

    pub(crate) fn uint(&mut self) -> Result<u64> {
        self.expect(UINT, "a whole number was expected")
    }

    pub(crate) fn nint(&mut self) -> Result<i64> {
        // The argument of a negative number n is -1 - n (RFC 8949 §3.1).
        let argument = self.expect(NINT, "a negative number was expected")?;
        let number = i64::try_from(argument).map(|argument| -1 - argument);
        number.map_err(|_| self.malformed("a negative number was expected"))
    }

    pub(crate) fn bytes(&mut self) -> Result<&'a [u8]> {
        let length = self.expect(BYTES, "a byte string was expected")?;
        self.take(length)
    }

    /// A byte string of exactly `N` bytes.
    pub(crate) fn array_of_bytes<const N: usize>(&mut self, why: &'static str) -> Result<[u8; N]> {
        self.bytes()?.try_into().map_err(|_| self.malformed(why))
    }

    pub(crate) fn text(&mut self) -> Result<&'a str> {
        let length = self.expect(TEXT, "a text was expected")?;
        core::str::from_utf8(self.take(length)?).map_err(|_| self.malformed("a text was expected"))
    }

    /// The head of an array: how many items follow.
    pub(crate) fn array(&mut self) -> Result<u64> {
        self.expect(ARRAY, "an array was expected")
    }

    /// The head of an array of exactly `count` items.
    pub(crate) fn array_of(&mut self, count: u64, why: &'static str) -> Result<()> {
        let found = self.array()?;
        self.require(found == count, why)
    }

    /// The head of a map: how many pairs follow.
    pub(crate) fn map(&mut self) -> Result<u64> {
        self.expect(MAP, "a map was expected")
    }

    /// The head of a map of exactly `count` pairs.
    pub(crate) fn map_of(&mut self, count: u64, why: &'static str) -> Result<()> {
        let found = self.map()?;
        self.require(found == count, why)
    }

    /// The member of a closed list with the number that is next; they count from 1.
    pub(crate) fn member<T>(&mut self, of_byte: fn(u8) -> Option<T>, why: &'static str) -> Result<T> {
        let position = self.uint()?.checked_sub(1).and_then(|position| u8::try_from(position).ok());
        position.and_then(of_byte).ok_or_else(|| self.malformed(why))
    }

    /// The next key of a map whose shape is fixed; its value follows. Keys are asked for in ascending order, which refuses any other.
    pub(crate) fn key(&mut self, key: u64) -> Result<&mut Self> {
        let found = self.uint()?;
        self.require(found == key, "a map has an unexpected key").map(|()| self)
    }

    pub(crate) fn tag(&mut self, tag: u64) -> Result<()> {
        let found = self.expect(TAG, "a tag was expected")?;
        self.require(found == tag, "the tag is another one")
    }

    /// A byte string, or nothing where `null` stands.
    pub(crate) fn bytes_or_null(&mut self) -> Result<Option<&'a [u8]>> {
        if self.null() { Ok(None) } else { self.bytes().map(Some) }
    }

    /// A text, or nothing where `null` stands.
    #[cfg(feature = "author")]
    pub(crate) fn text_or_null(&mut self) -> Result<Option<&'a str>> {
        if self.null() { Ok(None) } else { self.text().map(Some) }
    }

    /// Skips a `null`, and tells if it was there.
    fn null(&mut self) -> bool {
        let rest = self.rest.strip_prefix(&[NULL]);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// The bytes of the next item, of any type. Its parts are not checked: read them with a reader of their own.
    pub(crate) fn item(&mut self) -> Result<&'a [u8]> {
        let all = self.rest;
        let mut items = 1_u64;
        while items > 0 {
            let (major, argument) = self.head("an item of definite length was expected")?;
            items -= 1;
            match major {
                BYTES | TEXT => {
                    self.take(argument)?;
                }
                // Each item takes a byte at least, so a count beyond the end is found there.
                ARRAY => items = items.saturating_add(argument),
                MAP => items = items.saturating_add(argument.saturating_mul(2)),
                TAG => items = items.saturating_add(1),
                _ => {}
            }
        }
        Ok(all.get(..all.len() - self.rest.len()).unwrap_or_default())
    }

    /// Nothing may follow.
    pub(crate) fn end(self) -> Result<()> {
        self.require(self.rest.is_empty(), "bytes are left over at the end")
    }

    /// The argument of the next item, which must be of this major type.
    fn expect(&mut self, expected: u8, why: &'static str) -> Result<u64> {
        let (major, argument) = self.head(why)?;
        self.require(major == expected, why).map(|()| argument)
    }

    /// The major type and the argument of the next item, in its shortest form.
    fn head(&mut self, why: &'static str) -> Result<(u8, u64)> {
        let first = self.take(1)?.first().copied().unwrap_or_default();
        let (major, short) = (first >> 5, first & 0x1f);
        let wide = match short {
            0..24 => return Ok((major, u64::from(short))),
            24..28 => self.take(1 << (short - 24))?,
            // 28 to 30 are nothing, and 31 is of indefinite length.
            _ => return Err(self.malformed(why)),
        };
        let argument = wide.iter().fold(0, |argument, byte| argument << 8 | u64::from(*byte));
        // A float fills its width, and is none of ours to shorten.
        let is_shortest = major == SIMPLE || head_len(argument) == 1 + wide.len();
        self.require(is_shortest, "an item is not in its shortest form").map(|()| (major, argument))
    }

    fn take(&mut self, length: u64) -> Result<&'a [u8]> {
        let taken = usize::try_from(length).ok().and_then(|length| self.rest.split_at_checked(length));
        let (taken, rest) = taken.ok_or_else(|| Refusal::Truncated { part: self.part }.refused())?;
        self.rest = rest;
        Ok(taken)
    }
}

const fn head_len(argument: u64) -> usize {
    match argument {
        0..=23 => 1,
        24..=0xff => 2,
        0x100..=0xffff => 3,
        0x1_0000..=0xffff_ffff => 5,
        _ => 9,
    }
}

/// Writes the same dialect. A map's keys come in the order in which they are written: write them ascending.
#[derive(Default)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    pub(crate) fn bytes(mut self, bytes: &[u8]) -> Self {
        self = self.head(2, bytes.len() as u64);
        self.bytes.extend_from_slice(bytes);
        self
    }

    pub(crate) fn text(mut self, text: &str) -> Self {
        self = self.head(3, text.len() as u64);
        self.bytes.extend_from_slice(text.as_bytes());
        self
    }

    pub(crate) fn array(self, count: u64) -> Self {
        self.head(4, count)
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.bytes
    }

    fn head(mut self, major: u8, argument: u64) -> Self {
        let (wide, width) = (argument.to_be_bytes(), head_len(argument) - 1);
        let short = match width {
            0 => wide[7],
            // The argument follows, in 1, 2, 4 or 8 bytes.
            width => 24 + width.trailing_zeros() as u8,
        };
        self.bytes.push(major << 5 | short);
        self.bytes.extend_from_slice(&wide[8 - width..]);
        self
    }
}

/// Functions that only the writing side needs.
#[cfg(feature = "author")]
impl Writer {
    pub(crate) fn uint(self, value: u64) -> Self {
        self.head(0, value)
    }

    pub(crate) fn nint(self, value: i64) -> Self {
        debug_assert!(value < 0);
        self.head(1, value.unsigned_abs() - 1)
    }

    pub(crate) fn map(self, count: u64) -> Self {
        self.head(5, count)
    }

    pub(crate) fn tag(self, tag: u64) -> Self {
        self.head(6, tag)
    }

    pub(crate) fn null(self) -> Self {
        self.head(7, 22)
    }

    pub(crate) fn bytes_or_null(self, bytes: Option<&[u8]>) -> Self {
        if let Some(bytes) = bytes { self.bytes(bytes) } else { self.null() }
    }

    pub(crate) fn text_or_null(self, text: Option<&str>) -> Self {
        if let Some(text) = text { self.text(text) } else { self.null() }
    }

    /// An item that is encoded already.
    pub(crate) fn item(mut self, encoded: &[u8]) -> Self {
        self.bytes.extend_from_slice(encoded);
        self
    }
}

#[cfg(all(test, feature = "author"))]
mod tests {
    use super::*;
    use alloc::vec;

    fn reader(bytes: &[u8]) -> Reader<'_> {
        Reader::new(bytes, Part::Head)
    }

    fn malformed<T: core::fmt::Debug>(result: Result<T>) -> &'static str {
        match *result.expect_err("refused") {
            Refusal::Malformed { why, .. } => why,
            other => panic!("{other:?}"),
        }
    }

    /// The heads of RFC 8949 appendix A.
    #[test]
    fn writes_and_reads_the_shortest_form() {
        let cases: &[(u64, &[u8])] = &[
            (0, &[0x00]),
            (23, &[0x17]),
            (24, &[0x18, 24]),
            (255, &[0x18, 0xff]),
            (256, &[0x19, 1, 0]),
            (1_000_000, &[0x1a, 0, 0x0f, 0x42, 0x40]),
            (1_000_000_000_000, &[0x1b, 0, 0, 0, 0xe8, 0xd4, 0xa5, 0x10, 0]),
            (u64::MAX, &[0x1b, 255, 255, 255, 255, 255, 255, 255, 255]),
        ];
        for (value, encoded) in cases {
            assert_eq!(Writer::default().uint(*value).finish(), *encoded);
            assert_eq!(reader(encoded).uint().as_ref(), Ok(value));
        }
        assert_eq!(reader(&[0x32]).nint(), Ok(-19));
    }

    #[test]
    fn refuses_longer_forms_and_indefinite_lengths() {
        let longer = "an item is not in its shortest form";
        assert_eq!(malformed(reader(&[0x18, 23]).uint()), longer);
        assert_eq!(malformed(reader(&[0x1b, 0, 0, 0, 0, 255, 255, 255, 255]).uint()), longer);
        assert_eq!(malformed(reader(&[0x38, 0x12]).nint()), longer);
        assert_eq!(malformed(reader(&[0x58, 1, 7]).bytes()), longer);
        assert_eq!(malformed(reader(&[0x78, 1, b'a']).text()), longer);
        assert_eq!(malformed(reader(&[0x98, 1, 0]).array()), longer);
        assert_eq!(malformed(reader(&[0xb8, 1, 0, 0]).map()), longer);
        assert_eq!(malformed(reader(&[0xd9, 0, 98]).tag(98)), longer);
        assert_eq!(malformed(reader(&[0x9f, 0xff]).array()), "an array was expected");
        assert_eq!(malformed(reader(&[0xbf, 0xff]).map()), "a map was expected");
        assert_eq!(malformed(reader(&[0x5f, 0x41, 1, 0xff]).bytes()), "a byte string was expected");
    }

    #[test]
    fn refuses_the_end_in_the_middle_and_more_after_it() {
        assert_eq!(reader(&[0x58]).bytes(), Err(Refusal::Truncated { part: Part::Head }.refused()));
        let huge = vec![0x5b, 0, 0, 0, 0xff, 0, 0, 0, 0, 1];
        assert_eq!(reader(&huge).bytes(), Err(Refusal::Truncated { part: Part::Head }.refused()));
        let mut one = reader(&[0x01, 0x02]);
        assert_eq!(one.uint(), Ok(1));
        assert_eq!(malformed(one.end()), "bytes are left over at the end");
    }
}

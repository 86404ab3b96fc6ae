//! The texts that consent platforms write, taken apart byte by byte.
//!
//! Takes bytes that anyone may have written, gives words and signs of an object literal or of JSON. It never keeps more than one
//! word of a bounded length.

use crate::consent::bits::Malformed;

/// A byte, or why there is none.
pub(super) type Byte = Result<u8, Malformed>;

/// The bytes of a percent-encoded text.
pub(super) fn unescaped(text: &[u8]) -> impl Iterator<Item = Byte> + '_ {
    let mut rest = text.iter().copied();
    core::iter::from_fn(move || {
        let byte = rest.next()?;
        if byte != b'%' {
            return Some(Ok(byte));
        }
        let mut digit = || rest.next().and_then(|byte| char::from(byte).to_digit(16));
        let value = digit().zip(digit()).map(|(high, low)| (high << 4 | low) as u8);
        Some(value.ok_or(Malformed::Form))
    })
}

/// The bytes of a base64 text, in either of its alphabets.
pub(super) fn from_base64(mut text: impl Iterator<Item = Byte>) -> impl Iterator<Item = Byte> {
    let (mut bits, mut count) = (0_u32, 0);
    core::iter::from_fn(move || {
        while count < 8 {
            let sextet = match text.next()? {
                Ok(byte @ b'A'..=b'Z') => byte - b'A',
                Ok(byte @ b'a'..=b'z') => byte - b'a' + 26,
                Ok(byte @ b'0'..=b'9') => byte - b'0' + 52,
                Ok(b'+' | b'-') => 62,
                Ok(b'/' | b'_') => 63,
                Ok(b'=') => continue,
                Ok(_) => return Some(Err(Malformed::Alphabet)),
                Err(malformed) => return Some(Err(malformed)),
            };
            bits = bits << 6 & 0xffff | u32::from(sextet);
            count += 6;
        }
        count -= 8;
        Some(Ok((bits >> count) as u8))
    })
}

/// The longest name of a group that is told from others.
const WORD_BYTES_MAX: usize = 64;

/// A name, a number or a quoted text.
#[derive(Clone)]
pub(super) struct Word {
    bytes: [u8; WORD_BYTES_MAX],
    /// More than the bytes that are kept for one that is longer.
    length: usize,
}

impl Word {
    /// Its bytes; none of one that is too long to be a name.
    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    pub(super) fn is(&self, text: &[u8]) -> bool {
        self.bytes() == text
    }

    fn push(&mut self, byte: u8) {
        if let Some(place) = self.bytes.get_mut(self.length) {
            *place = byte;
        }
        self.length += 1;
    }
}

/// A part of the text.
pub(super) enum Token {
    /// A bracket, a comma or a colon.
    Sign(u8),
    /// Anything else.
    Word(Word),
}

/// The parts of a text.
pub(super) struct Tokens<'b> {
    bytes: &'b mut dyn Iterator<Item = Byte>,
    /// A sign that ended a word.
    ahead: Option<u8>,
}

impl<'b> Tokens<'b> {
    pub(super) fn new(bytes: &'b mut dyn Iterator<Item = Byte>) -> Self {
        Self { bytes, ahead: None }
    }

    /// The next part, or `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Token>, Malformed> {
        let mut word = Word { bytes: [0; WORD_BYTES_MAX], length: 0 };
        loop {
            let byte = match self.ahead.take() {
                Some(byte) => byte,
                None => match self.bytes.next().transpose()? {
                    Some(byte) => byte,
                    None if word.length > 0 => return Ok(Some(Token::Word(word))),
                    None => return Ok(None),
                },
            };
            let is_sign = matches!(byte, b'{' | b'}' | b'[' | b']' | b',' | b':');
            let is_end = is_sign || byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'');
            match byte {
                _ if is_end && word.length > 0 => {
                    self.ahead = Some(byte);
                    return Ok(Some(Token::Word(word)));
                }
                _ if is_sign => return Ok(Some(Token::Sign(byte))),
                b'"' | b'\'' => {
                    self.quoted(byte, &mut word)?;
                    return Ok(Some(Token::Word(word)));
                }
                _ if is_end => {}
                _ => word.push(byte),
            }
        }
    }

    /// What is between quotes. A text with escapes is no name of a group: it is kept as it stands.
    fn quoted(&mut self, quote: u8, word: &mut Word) -> Result<(), Malformed> {
        let mut is_escaped = false;
        loop {
            match self.bytes.next().transpose()?.ok_or(Malformed::Form)? {
                byte if byte == quote && !is_escaped => return Ok(()),
                byte => {
                    is_escaped = byte == b'\\' && !is_escaped;
                    word.push(byte);
                }
            }
        }
    }
}

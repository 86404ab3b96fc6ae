//! The texts that consent platforms write, taken apart byte by byte.
//!
//! It never keeps more than one word of a bounded length.

use crate::consent::bits::{Malformed, sextet};

/// The parts of a percent-encoded text.
pub(super) struct Tokens<'t> {
    text: &'t [u8],
    /// True if what the escapes stand for is base64.
    is_base64: bool,
    /// Bits of base64 that are no byte yet, and how many.
    bits: u32,
    count: u32,
    /// A sign that ended a word.
    ahead: Option<u8>,
    pub(super) word: Word,
    fault: Option<Malformed>,
}

/// A part of a text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    /// A bracket, a comma or a colon.
    Sign(u8),
    /// Anything else, or what is between quotes: [`Tokens::word`].
    Word,
}

impl<'t> Tokens<'t> {
    pub(super) fn new(text: &'t [u8], is_base64: bool) -> Self {
        Self { text, is_base64, bits: 0, count: 0, ahead: None, word: Word::default(), fault: None }
    }

    /// The next part, or `None` at the end and from the first fault on.
    pub(super) fn next(&mut self) -> Option<Token> {
        self.word.clear();
        let mut quote = None;
        let mut is_escaped = false;
        loop {
            let Some(byte) = self.ahead.take().or_else(|| self.byte()) else {
                if quote.is_some() {
                    self.fail(Malformed::Form);
                }
                return (self.fault.is_none() && self.word.length > 0).then_some(Token::Word);
            };
            if quote.is_some() {
                // A text with escapes is no name of a group: it is kept as it stands.
                if quote == Some(byte) && !is_escaped {
                    return Some(Token::Word);
                }
                is_escaped = byte == b'\\' && !is_escaped;
                self.word.push(byte);
                continue;
            }
            let is_sign = matches!(byte, b'{' | b'}' | b'[' | b']' | b',' | b':');
            let is_quote = matches!(byte, b'"' | b'\'');
            let is_space = byte.is_ascii_whitespace();
            if !is_sign && !is_quote && !is_space {
                self.word.push(byte);
            } else if self.word.length > 0 {
                self.ahead = Some(byte);
                return Some(Token::Word);
            } else if is_sign {
                return Some(Token::Sign(byte));
            } else if is_quote {
                quote = Some(byte);
            }
        }
    }

    /// Remembers what is wrong, if it is the first thing.
    #[inline(never)] // Seven places call it.
    pub(super) fn fail(&mut self, malformed: Malformed) {
        self.fault = self.fault.or(Some(malformed));
    }

    /// `value`, unless something was wrong.
    pub(super) fn finish<T>(&self, value: T) -> Result<T, Malformed> {
        self.fault.map_or(Ok(value), Err)
    }

    /// The next byte that the text stands for.
    fn byte(&mut self) -> Option<u8> {
        loop {
            let byte = self.unescaped()?;
            if !self.is_base64 {
                return Some(byte);
            }
            // In either of its alphabets.
            let sextet = match byte {
                b'=' => continue,
                b'+' => 62,
                b'/' => 63,
                byte => sextet(byte),
            };
            if sextet > 63 {
                self.fail(Malformed::Alphabet);
                return None;
            }
            self.bits = self.bits << 6 | u32::from(sextet);
            self.count += 6;
            if self.count >= 8 {
                self.count -= 8;
                return Some((self.bits >> self.count) as u8);
            }
        }
    }

    /// The next byte without its escape.
    fn unescaped(&mut self) -> Option<u8> {
        let (&byte, rest) = self.text.split_first()?;
        self.text = rest;
        if byte != b'%' {
            return Some(byte);
        }
        let digit = |at: usize| char::from(*rest.get(at)?).to_digit(16);
        let Some(value) = digit(0).zip(digit(1)).map(|(high, low)| (high << 4 | low) as u8) else {
            self.fail(Malformed::Form);
            return None;
        };
        self.text = rest.get(2..)?;
        Some(value)
    }
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

impl Default for Word {
    fn default() -> Self {
        Self { bytes: [0; WORD_BYTES_MAX], length: 0 }
    }
}

impl Word {
    /// Its bytes; none of one that is too long to be a name.
    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    pub(super) fn clear(&mut self) {
        self.length = 0;
    }

    fn push(&mut self, byte: u8) {
        if let Some(place) = self.bytes.get_mut(self.length) {
            *place = byte;
        }
        self.length += 1;
    }
}

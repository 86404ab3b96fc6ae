//! Plain JavaScript data as bytes.
//!
//! Takes what `wire` in `pkg-config/npm/engine.js` writes, gives values one by one. JavaScript walks its own objects, so a getter
//! that throws does so before any Rust is on the stack, and nothing here has to ask what an object is. It never trusts a length, and
//! never goes deeper than [`DEPTH_MAX`].
//!
//! ```text
//! 0 null   1 false   2 true   3 f64   4 u32 bytes, UTF-8   5 u32 items, values   6 u32 entries, (text without its tag, value)s   7 other
//! ```
//! Numbers are little-endian. Serde reads the same shape from JSON on other hosts; here it would be a quarter of the engine's size.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::engine::{Instant, Value};
use crate::time;

/// How deep values may nest: a visit needs four levels.
const DEPTH_MAX: u8 = 16;

/// What is wrong: a sentence that names keys and types, and never a value of the visitor.
pub(super) type Fault = String;

/// What is left to read.
pub(super) struct Reader<'w> {
    bytes: &'w [u8],
    depth: u8,
}

/// Takes the value of one key.
type Entry<'e, 'w> = &'e mut dyn FnMut(&'w str, &mut Reader<'w>) -> Result<(), Fault>;

impl<'w> Reader<'w> {
    pub(super) fn new(bytes: &'w [u8]) -> Self {
        Self { bytes, depth: DEPTH_MAX }
    }

    /// Hands every entry of an object to `entry`; `null` has none.
    pub(super) fn object(&mut self, what: &str, entry: Entry<'_, 'w>) -> Result<(), Fault> {
        match self.tag()? {
            0 => Ok(()),
            6 => self.members(&mut |reader| {
                let key = reader.raw_text()?;
                entry(key, reader)
            }),
            _ => Err(format!("`{what}` must be an object")),
        }
    }

    /// A text, or `null`.
    pub(super) fn text(&mut self, what: &str) -> Result<Option<&'w str>, Fault> {
        match self.tag()? {
            0 => Ok(None),
            4 => self.raw_text().map(Some),
            _ => Err(format!("`{what}` must be a text")),
        }
    }

    /// A list of texts, or `null`.
    pub(super) fn texts(&mut self, what: &str) -> Result<Option<Vec<String>>, Fault> {
        match self.value()? {
            Value::Null => Ok(None),
            Value::List(texts) => Ok(Some(texts)),
            _ => Err(format!("`{what}` must be a list of texts")),
        }
    }

    /// A truth value, or `null`.
    pub(super) fn truth(&mut self, what: &str) -> Result<Option<bool>, Fault> {
        match self.value()? {
            Value::Null => Ok(None),
            Value::Bool(truth) => Ok(Some(truth)),
            _ => Err(format!("`{what}` must be true, false or null")),
        }
    }

    /// A time with its offset, or Unix milliseconds, or `null`.
    pub(super) fn instant(&mut self, what: &str) -> Result<Option<Instant>, Fault> {
        let ms = match self.value()? {
            Value::Null => return Ok(None),
            Value::Text(text) => time::parse_rfc3339(&text),
            Value::Int(ms) => time::in_range(ms),
            // A clock may carry a fraction of a millisecond.
            Value::Double(ms) => time::in_range(ms as i64),
            _ => None,
        };
        let wrong =
            || format!("`{what}` must be a time with its offset, as in \"2026-12-01T09:00:00Z\", or Unix milliseconds");
        ms.map(|ms| Some(Instant(ms))).ok_or_else(wrong)
    }

    /// Any value. What no attribute can be (an object, a mixed list, a function) is [`Value::Invalid`].
    pub(super) fn value(&mut self) -> Result<Value, Fault> {
        Ok(match self.tag()? {
            0 => Value::Null,
            1 => Value::Bool(false),
            2 => Value::Bool(true),
            3 => Value::number(f64::from_le_bytes(self.array()?)),
            4 => Value::Text(self.raw_text()?.into()),
            5 => {
                let mut texts = Some(Vec::new());
                self.members(&mut |reader| {
                    match (reader.value()?, &mut texts) {
                        (Value::Text(text), Some(texts)) => texts.push(text),
                        _ => texts = None,
                    }
                    Ok(())
                })?;
                texts.map_or(Value::Invalid, Value::List)
            }
            6 => {
                self.members(&mut |reader| {
                    reader.raw_text()?;
                    reader.value().map(drop)
                })?;
                Value::Invalid
            }
            7 => Value::Invalid,
            _ => return Err(broken()),
        })
    }

    /// Nothing may be left.
    pub(super) fn end(&self) -> Result<(), Fault> {
        if self.bytes.is_empty() { Ok(()) } else { Err(broken()) }
    }

    /// Reads a count and that many members, one level down.
    fn members(&mut self, member: &mut dyn FnMut(&mut Self) -> Result<(), Fault>) -> Result<(), Fault> {
        let count = u32::from_le_bytes(self.array()?);
        self.depth = self.depth.checked_sub(1).ok_or("a context does not nest as deeply as this")?;
        for _ in 0..count {
            member(self)?;
        }
        self.depth += 1;
        Ok(())
    }

    fn tag(&mut self) -> Result<u8, Fault> {
        self.array().map(u8::from_le_bytes)
    }

    fn raw_text(&mut self) -> Result<&'w str, Fault> {
        let length = u32::from_le_bytes(self.array()?) as usize;
        core::str::from_utf8(self.take(length)?).map_err(|_| broken())
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        self.take(N)?.try_into().map_err(|_| broken())
    }

    fn take(&mut self, length: usize) -> Result<&'w [u8], Fault> {
        let (taken, rest) = self.bytes.split_at_checked(length).ok_or_else(broken)?;
        self.bytes = rest;
        Ok(taken)
    }
}

fn broken() -> Fault {
    "the bytes of the question are not what was written".into()
}

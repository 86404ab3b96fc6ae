//! Plain JavaScript data as bytes, read back through serde.
//!
//! Takes what `wire` in `pkg-config/npm/engine.js` writes, gives any type that can be read from JSON. JavaScript walks its own objects, so a
//! getter that throws does so before any Rust is on the stack, and nothing here has to ask what an object is. It never trusts a
//! length, and never goes deeper than [`DEPTH_MAX`].
//!
//! ```text
//! 0 null   1 false   2 true   3 f64   4 u32 bytes, UTF-8   5 u32 items, values   6 u32 entries, (text without its tag, value)s   7 other
//! ```
//! Numbers are little-endian.

use alloc::string::{String, ToString};
use core::fmt::{self, Display};

use serde::de::{self, DeserializeSeed, Deserializer, Expected, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, forward_to_deserialize_any};

/// How deep values may nest: a visit needs four levels.
const DEPTH_MAX: u8 = 16;

/// Reads one value and nothing after it.
pub(super) fn read<'w, T: Deserialize<'w>>(bytes: &'w [u8]) -> Result<T, Fault> {
    let mut reader = Reader { bytes, depth: DEPTH_MAX };
    let value = T::deserialize(&mut reader)?;
    if reader.bytes.is_empty() { Ok(value) } else { Err(Fault::wire()) }
}

/// What is wrong with a value.
///
/// It names what was expected but prints no value: a context holds data of the visitor, and formatting numbers alone would cost
/// a tenth of the engine's size.
#[derive(Debug)]
pub(super) struct Fault(String);

impl Fault {
    fn wire() -> Self {
        Self("the value does not read as what was written".into())
    }
}

impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl core::error::Error for Fault {}

impl de::Error for Fault {
    fn custom<T: Display>(what: T) -> Self {
        Self(what.to_string())
    }
    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self(alloc::format!("expected {expected}"))
    }
    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self(alloc::format!("expected {expected}"))
    }
    fn invalid_length(_: usize, expected: &dyn Expected) -> Self {
        Self(alloc::format!("expected {expected}"))
    }
    fn unknown_field(field: &str, _: &'static [&'static str]) -> Self {
        Self(alloc::format!("there is no `{field}` in a context"))
    }
    fn missing_field(field: &'static str) -> Self {
        Self(alloc::format!("`{field}` is missing"))
    }
    fn duplicate_field(_: &'static str) -> Self {
        Self::wire()
    }
}

struct Reader<'w> {
    bytes: &'w [u8],
    depth: u8,
}

impl<'w> Reader<'w> {
    fn take(&mut self, length: usize) -> Result<&'w [u8], Fault> {
        let (taken, rest) = self.bytes.split_at_checked(length).ok_or_else(Fault::wire)?;
        self.bytes = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        self.take(N)?.try_into().map_err(|_| Fault::wire())
    }

    fn length(&mut self) -> Result<u32, Fault> {
        self.array().map(u32::from_le_bytes)
    }

    fn text(&mut self) -> Result<&'w str, Fault> {
        let length = self.length()? as usize;
        core::str::from_utf8(self.take(length)?).map_err(|_| Fault::wire())
    }

    /// The members of a list or a map, one level down.
    fn members(&mut self) -> Result<Members<'_, 'w>, Fault> {
        let left = self.length()?;
        self.depth = self.depth.checked_sub(1).ok_or_else(|| Fault("it nests too deeply".into()))?;
        Ok(Members { reader: self, left })
    }
}

impl<'w> Deserializer<'w> for &mut Reader<'w> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'w>>(self, visitor: V) -> Result<V::Value, Fault> {
        let [tag] = self.array()?;
        match tag {
            0 => visitor.visit_unit(),
            1 | 2 => visitor.visit_bool(tag == 2),
            3 => visitor.visit_f64(f64::from_le_bytes(self.array()?)),
            4 => visitor.visit_borrowed_str(self.text()?),
            5 => visitor.visit_seq(self.members()?),
            6 => visitor.visit_map(self.members()?),
            // What JSON has no word for (a function, a bigint): no attribute can be it, as none can be NaN.
            7 => visitor.visit_f64(f64::NAN),
            _ => Err(Fault::wire()),
        }
    }

    fn deserialize_option<V: Visitor<'w>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.bytes.first() == Some(&0) {
            self.take(1)?;
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    forward_to_deserialize_any! {
        <W: Visitor<'w>>
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf unit unit_struct newtype_struct seq tuple
        tuple_struct map struct enum identifier ignored_any
    }
}

struct Members<'r, 'w> {
    reader: &'r mut Reader<'w>,
    left: u32,
}

impl Members<'_, '_> {
    /// Whether there is one more member.
    fn more(&mut self) -> bool {
        let more = self.left > 0;
        if more {
            self.left -= 1;
        } else {
            self.reader.depth = self.reader.depth.saturating_add(1);
        }
        more
    }
}

impl<'w> SeqAccess<'w> for Members<'_, 'w> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'w>>(&mut self, seed: T) -> Result<Option<T::Value>, Fault> {
        if self.more() { seed.deserialize(&mut *self.reader).map(Some) } else { Ok(None) }
    }
}

impl<'w> MapAccess<'w> for Members<'_, 'w> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'w>>(&mut self, seed: K) -> Result<Option<K::Value>, Fault> {
        if !self.more() {
            return Ok(None);
        }
        let key = self.reader.text()?;
        seed.deserialize(de::value::BorrowedStrDeserializer::new(key)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'w>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        seed.deserialize(&mut *self.reader)
    }
}

//! One thing that a decision read, as bytes for a digest and as text for the sealed part.
//!
//! Takes an attribute as rules see it, so a value that came in another form and means the same gives the same digest. It never
//! writes a value into the open part of a record.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write as _;

use crate::engine::Seen;
use crate::log::key::{Digest, RecordKey};
use crate::words::{ValueType, write_text};

/// What the open part of a record says of an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Why there was no value.
    Word(&'static str),
    /// There was one.
    Digest(Digest),
}

/// The digest of a value, or the word for why there is none.
pub fn shown(key: &RecordKey, name: &str, value_type: ValueType, seen: Seen<'_>) -> Shown {
    let digest = |bytes: &[u8]| {
        let mut value = Vec::with_capacity(1 + bytes.len());
        value.push(value_type as u8);
        value.extend_from_slice(bytes);
        Shown::Digest(key.digest("input", name, &value))
    };
    match seen {
        Seen::Unknown => Shown::Word("unknown"),
        Seen::TooOld => Shown::Word("too_old"),
        Seen::OldFeed => Shown::Word("old_feed"),
        Seen::Absent => Shown::Word("absent"),
        Seen::Bool(value) => digest(&[u8::from(value)]),
        Seen::Number(value) => digest(&value.to_be_bytes()),
        Seen::Text(text) => digest(text.as_bytes()),
        Seen::List(items) => {
            let mut bytes = Vec::new();
            for item in items {
                bytes.extend_from_slice(&(item.len() as u32).to_be_bytes());
                bytes.extend_from_slice(item.as_bytes());
            }
            digest(&bytes)
        }
    }
}

/// Appends a value as JSON, if there is one. A double is written as its key: no host formats a float.
pub(super) fn write_value(out: &mut String, seen: Seen<'_>) {
    match seen {
        Seen::Unknown | Seen::TooOld | Seen::OldFeed | Seen::Absent => {}
        Seen::Bool(value) => out.push_str(if value { "true" } else { "false" }),
        // Writing to a String cannot fail.
        Seen::Number(value) => drop(write!(out, "{value}")),
        Seen::Text(text) => write_text(out, text),
        Seen::List(items) => {
            out.push('[');
            for (position, item) in items.iter().enumerate() {
                out.push_str(if position > 0 { "," } else { "" });
                write_text(out, item);
            }
            out.push(']');
        }
    }
}

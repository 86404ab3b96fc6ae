//! One line of a log: of which kind it is, when it was written, and whose it is.
//!
//! No other field is read, so a line of a later version is as good as any.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::log::key::Digest;
use crate::log::segment::Removal;
use crate::words::hex;
use crate::words::time::{format_day, parse_time_or_day};

/// The kind of what stands where a line was taken out.
const TOMBSTONE: &str = "tombstone";

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(in crate::cli) struct Row {
    /// `reasons`, `exposure`, `event`, `refused`, `audit`, `failure`, `tombstone`; empty if it names none.
    #[serde(deserialize_with = "text_or_empty")]
    pub(in crate::cli) kind: String,
    #[serde(deserialize_with = "text")]
    at: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) visitor: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) account: Option<String>,
    /// Of an exposure and an event: the unit that its id is of.
    #[serde(deserialize_with = "text")]
    pub(super) unit: Option<String>,
    /// Of an exposure and an event: the pseudonym of the visitor or the account, or in the first form the id. Of an audit record its own id.
    #[serde(deserialize_with = "text")]
    pub(in crate::cli) id: Option<String>,
    /// The key that pseudonyms of the line are made with: of an audit record its epoch, of other lines the number of a key for measuring.
    /// A line of the first form that is no record has none.
    #[serde(deserialize_with = "number")]
    pub(in crate::cli) key: Option<u64>,
    /// Of a tombstone.
    #[serde(deserialize_with = "text")]
    pub(in crate::cli) why: Option<String>,
    /// Of a tombstone.
    #[serde(deserialize_with = "text")]
    pub(in crate::cli) on: Option<String>,
    /// Of a tombstone.
    #[serde(deserialize_with = "text")]
    pub(in crate::cli) whom: Option<String>,
}

impl Row {
    /// Reads a line; `Err` says why it is none of ours. One with nothing on it is about nobody.
    pub(in crate::cli) fn read(line: &[u8]) -> Result<Self, serde_json::Error> {
        if line.trim_ascii().is_empty() {
            return Ok(Self::default());
        }
        serde_json::from_slice(line)
    }

    pub(super) fn at_ms(&self) -> Option<i64> {
        parse_time_or_day(self.at.as_deref()?)
    }

    pub(in crate::cli) fn is_audit(&self) -> bool {
        self.kind == "audit"
    }

    pub(in crate::cli) fn is_tombstone(&self) -> bool {
        self.kind == TOMBSTONE
    }
}

/// The line that takes the place of one that was taken out.
pub(super) fn tombstone(removal: &Removal) -> String {
    let Removal { leaf, why, on_ms, whom, .. } = removal;
    let whom = whom.as_ref().map_or("null".into(), |whom: &Digest| format!("\"{}\"", hex(whom)));
    let leaf = if *leaf == [0; 32] { "null".into() } else { format!("\"{}\"", hex(leaf)) };
    let on = format_day(*on_ms);
    format!("{{\"v\":1,\"kind\":\"{TOMBSTONE}\",\"leaf\":{leaf},\"why\":\"{why}\",\"on\":\"{on}\",\"whom\":{whom}}}")
}

/// A field that another program may have written as anything.
fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(if let Value::String(text) = Value::deserialize(from)? { Some(text) } else { None })
}

fn text_or_empty<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    text(from).map(Option::unwrap_or_default)
}

fn number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    Ok(Value::deserialize(from)?.as_u64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_another_program_is_read_as_far_as_it_goes() {
        let row = Row::read(br#"{"kind":"exposure","id":7,"at":{"ms":1},"key":"x","more":[1]}"#).expect("is JSON");
        assert_eq!(row, Row { kind: "exposure".into(), ..Row::default() });
        let row = Row::read(br#"{"kind":"audit","visitor":"ab","account":null,"key":3}"#).expect("is JSON");
        assert_eq!((row.visitor.as_deref(), row.account, row.key), (Some("ab"), None, Some(3)));
        for bad in [&b"{\"kind\":\"au"[..], b"7", b"\xff"] {
            assert!(Row::read(bad).is_err());
        }
        assert_eq!(Row::read(b" \r").ok(), Some(Row::default()));
    }
}

//! One line of a log: of which kind it is, when it was written, and whose it is.
//!
//! Takes a line's bytes, gives what retention and erasure go by, and writes the tombstone that takes its place. A line that is not
//! one of ours has no kind, no time and no owner.

use serde::Deserialize;

use crate::log::key::Digest;
use crate::log::merkle::Hash;
use crate::log::segment::Removal;
use crate::time::parse_rfc3339;
use crate::trust::layout::hex;

/// The kind of what stands where a line was taken out.
pub(super) const TOMBSTONE: &str = "tombstone";

/// What is read of a line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(in crate::cli) struct Row {
    /// `reasons`, `exposure`, `audit`, `failure`, `tombstone`.
    pub(in crate::cli) kind: String,
    at: Option<String>,
    visitor: Option<String>,
    account: Option<String>,
    /// The id of an exposure; of an audit record its own.
    id: Option<String>,
    /// Of a tombstone.
    pub(in crate::cli) on: Option<String>,
    /// Of a tombstone.
    pub(in crate::cli) whom: Option<String>,
}

impl Row {
    pub(in crate::cli) fn read(line: &[u8]) -> Self {
        serde_json::from_slice(line).unwrap_or_default()
    }

    /// When it was written, in Unix milliseconds.
    pub(super) fn at_ms(&self) -> Option<i64> {
        parse_rfc3339(self.at.as_deref()?)
    }

    /// The same as text.
    pub(super) fn at(&self) -> Option<&str> {
        self.at.as_deref()
    }

    pub(in crate::cli) fn is_tombstone(&self) -> bool {
        self.kind == TOMBSTONE
    }

    /// Whether it is about the person with this id, or with one of these pseudonyms.
    pub(in crate::cli) fn is_about(&self, id: &str, pseudonyms: &[String]) -> bool {
        match self.kind.as_str() {
            "audit" => [&self.visitor, &self.account].into_iter().flatten().any(|found| pseudonyms.contains(found)),
            _ => self.id.as_deref() == Some(id),
        }
    }
}

/// The line that takes the place of one that was taken out.
pub(super) fn tombstone(removal: &Removal) -> String {
    let Removal { leaf, why, on, whom, .. } = removal;
    let whom = whom.as_ref().map_or("null".into(), |whom: &Digest| format!("\"{}\"", hex(whom)));
    let leaf: &Hash = leaf;
    format!(
        "{{\"v\":1,\"kind\":\"{TOMBSTONE}\",\"leaf\":\"{}\",\"why\":\"{why}\",\"on\":\"{on}\",\"whom\":{whom}}}",
        hex(leaf)
    )
}

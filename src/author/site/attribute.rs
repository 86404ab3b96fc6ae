//! An attribute: one fact that rows can ask for.

use std::collections::BTreeMap;

use crate::author::expr::literal::Literal;
use crate::author::place::Place;
use crate::consent::read::Needs;
use crate::words::{Depth, Purposes, Source, ValueType, WhenStale};

/// A feed of another system.
#[derive(Clone, Debug)]
pub struct Feed {
    pub name: String,
    /// The address that is asked.
    pub url: Option<String>,
    /// The file that a job of the site's own writes, from the site's folder.
    pub file: Option<String>,
    /// Its mapping file, from the site's folder.
    pub map: Option<String>,
    /// How often it is taken.
    pub refresh_seconds: Option<u32>,
    /// How old it may be.
    pub max_age_seconds: u32,
    /// What happens when it is older.
    pub on_stale: WhenStale,
    /// The most requests a day.
    pub budget: Option<u32>,
    /// It has facts about persons, and is never published.
    pub persons: bool,
    /// Its meaning, for people.
    pub description: String,
    pub place: Place,
}

/// One typed fact about a visit or visitor.
#[derive(Clone, Debug)]
pub struct Attribute {
    pub name: String,
    /// Its type.
    pub value_type: ValueType,
    /// The closed set of a symbol, sorted; empty for every other type.
    pub values: Vec<String>,
    /// Inclusive bounds of a number; outside is unknown.
    pub range: Option<(f64, f64)>,
    /// The longest text, in Unicode scalar values, or the longest list, in items; longer is unknown.
    pub max_length: Option<u32>,
    /// Where it comes from.
    pub source: Source,
    /// The feed's name when `source` is a feed.
    pub feed: Option<String>,
    /// The purposes that may use it; never empty.
    pub purposes: Purposes,
    /// How personal it is.
    pub depth: Depth,
    /// True if it is of a special category: it needs the explicit `sensitive` grant.
    pub sensitive: bool,
    /// How old it may be, in seconds.
    pub retention_seconds: Option<u32>,
    /// The value when we looked and there is none.
    pub default: Option<Literal>,
    /// Missing is a fault of data quality (unknown), not absence.
    pub required: bool,
    /// May be absent: ordering needs `has()` or a default.
    pub optional: bool,
    /// The place where a host finds it.
    pub from: crate::bundle::manifest::From,
    /// Its meaning, for people.
    pub description: String,
    /// The same by locale.
    pub texts: BTreeMap<String, String>,
    pub place: Place,
}

impl Attribute {
    /// The permissions that it needs before it is read.
    pub fn needs(&self) -> Needs {
        Needs { purposes: self.purposes, source: self.source, sensitive: self.sensitive, depth: self.depth }
    }
}

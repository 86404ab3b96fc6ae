//! The contact policy: who may be contacted, how often, and when.

use super::{ContactClass, Place, Row};
use crate::words::{Detail, vocabulary};

vocabulary! {
    /// A stretch of the calendar.
    Period {
        /// From midnight to midnight.
        Day = "day",
        /// From Monday to Monday.
        Week = "week",
    }
}

/// Everything in `contact.toml`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Contact {
    /// Suppressions, then goals; each by name.
    pub suppressions: Vec<Suppression>,
    /// Caps, then gaps; each by name. A gap is a cap of one contact.
    pub caps: Vec<Cap>,
    pub quiet: Vec<Quiet>,
    /// How long dismissed content is not shown.
    pub cool_off_seconds: Option<u32>,
    /// How many dismissed contents the state of a device has room for.
    pub dismissals: u8,
}

impl Contact {
    /// True if there is no policy.
    pub fn is_empty(&self) -> bool {
        self.suppressions.is_empty() && !self.has_history()
    }

    /// True if decisions depend on contacts before.
    pub fn has_history(&self) -> bool {
        !self.caps.is_empty() || !self.quiet.is_empty() || self.cool_off_seconds.is_some()
    }
}

/// People who get nothing of some classes.
#[derive(Clone, Debug, PartialEq)]
pub struct Suppression {
    pub name: String,
    /// `SUPPRESSED`, or `GOAL_REACHED` for a goal.
    pub detail: Detail,
    pub row: Row,
    /// The classes that it ends. A goal ends every class.
    pub classes: Vec<ContactClass>,
    pub description: String,
    pub place: Place,
}

/// The contacts that a part of the policy is about.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scope {
    pub classes: Vec<ContactClass>,
    /// Empty is every channel.
    pub channels: Vec<String>,
    /// By position in `Site::experiences`, if the author names some. Empty is every one of the classes and channels.
    pub experiences: Vec<usize>,
    /// By position in `Site::content`; empty is any.
    pub contents: Vec<usize>,
}

/// The most contacts in a stretch of time.
#[derive(Clone, Debug, PartialEq)]
pub struct Cap {
    pub name: String,
    /// True for the least time between two contacts.
    pub is_gap: bool,
    pub max: u8,
    pub window: Window,
    pub scope: Scope,
    /// Its number in the state of devices, from the lock file.
    pub ordinal: u8,
    pub description: String,
    pub place: Place,
}

/// The time in which a cap counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Window {
    /// So many seconds before now.
    Sliding(u32),
    /// The period of the calendar that now is in, in this zone.
    Calendar(Period, String),
}

/// Hours without contacts.
#[derive(Clone, Debug, PartialEq)]
pub struct Quiet {
    pub name: String,
    /// Minutes after midnight.
    pub from: u16,
    /// Minutes after midnight, at or after which contacts are allowed again.
    pub until: u16,
    /// The attribute with the person's zone, by position.
    pub zone: Option<usize>,
    /// The zones of each market, in the order of `Site::markets`.
    pub markets: Vec<Vec<String>>,
    pub scope: Scope,
    pub description: String,
    pub place: Place,
}

//! The data of a visit that a record of a decision may contain: what the decision could read, and nothing else.
//!
//! Takes a [`Permitted`](super::Permitted), gives its attributes as rules see them and its ids. Data that consent hides is
//! not here, so it cannot change a record.

use alloc::string::String;

use super::{Permitted, State};
use crate::words::{Cause, Purpose, Unit};

/// An attribute as rules see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen<'p> {
    /// Of bad quality, or not read.
    Unknown,
    /// Past its retention, whether it is there or not.
    TooOld,
    /// Its feed is too old, or not there.
    OldFeed,
    /// We looked, there is none.
    Absent,
    /// A truth value.
    Bool(bool),
    /// A whole number, the [key](crate::bundle::format::double_key) of a double, or a time in Unix milliseconds.
    Number(i64),
    /// A text.
    Text(&'p str),
    /// A list of texts.
    List(&'p [String]),
}

impl Permitted<'_> {
    /// The attribute at `position` for decisions that serve `purpose`. `None` if consent hides it, with any value.
    pub fn seen(&self, position: usize, purpose: Purpose) -> Option<Seen<'_>> {
        let attribute = self.attributes.get(position).filter(|attribute| attribute.covered.has(purpose))?;
        Some(match self.held(&attribute.state) {
            State::Faulty(Cause::TooOld) => Seen::TooOld,
            State::Faulty(Cause::StaleFeed) => Seen::OldFeed,
            State::Unknown | State::Faulty(_) => Seen::Unknown,
            State::Absent => Seen::Absent,
            State::Bool(value) => Seen::Bool(value),
            State::Number(value) => Seen::Number(value),
            State::Text(value) => Seen::Text(value),
            State::List(value) => Seen::List(value),
        })
    }

    /// The id of this unit, if consent covers it and there is one.
    pub fn id(&self, unit: Unit) -> Option<&str> {
        match self.held(self.ids.get(unit as usize)?) {
            State::Text(id) => Some(id),
            _ => None,
        }
    }

    /// The time of its decisions, in Unix milliseconds.
    pub fn now_ms(&self) -> i64 {
        self.now_ms
    }

    /// True if the bundle behind its decisions is past its expiry.
    pub fn is_stale(&self) -> bool {
        self.stale
    }
}

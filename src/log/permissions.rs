//! Which kinds of event may be written and sent, and with which id.
//!
//! Takes grants, gives an answer for each kind. It knows no event itself, so a writer of one has to ask.

use crate::consent::Grants;
use crate::words::{Purpose, Unit, vocabulary};

vocabulary! {
    /// A kind of event.
    EventKind {
        /// Why each slot of a page shows what it shows: for counting, of nobody.
        Reasons = "reasons",
        /// Something failed.
        Failure = "failure",
        /// A visitor saw what a decision chose.
        Exposure = "exposure",
        /// A visitor used what a decision chose.
        Interaction = "interaction",
        /// A visitor did what an experience is for.
        Conversion = "conversion",
    }
}

/// How much of an event may leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Leave {
    /// Nothing: it is not even written.
    Never,
    /// That it happened, without anything that tells one visitor from another.
    Anonymous,
    /// With the id that it was decided by.
    Identified,
}

/// What one visitor's grants let each kind of event be.
#[derive(Clone, Copy, Debug)]
pub struct Permissions<'g> {
    grants: &'g Grants,
}

impl<'g> Permissions<'g> {
    /// The permissions of `grants`.
    pub fn new(grants: &'g Grants) -> Self {
        Self { grants }
    }

    /// How much of an event of `kind` may leave that was decided by `unit`, if it was by one.
    ///
    /// Reasons and failures are about the site: they may always be counted, and never name anybody. A record of what a
    /// visitor saw or did is measurement, and needs `analytics`. It carries an id only where something keeps one, the
    /// device or the account, and where consent covers assigning by it.
    pub fn of(&self, kind: EventKind, unit: Option<Unit>) -> Leave {
        match kind {
            EventKind::Reasons | EventKind::Failure => Leave::Anonymous,
            EventKind::Exposure | EventKind::Interaction | EventKind::Conversion => match unit {
                _ if !self.grants.allows(Purpose::Analytics) => Leave::Never,
                // An id of the device is read from it.
                Some(Unit::Visitor) if !self.grants.allows(Purpose::Storage) => Leave::Anonymous,
                Some(unit @ (Unit::Visitor | Unit::Account)) if self.grants.allows_unit(unit) => Leave::Identified,
                _ => Leave::Anonymous,
            },
        }
    }

    /// Whether an event of `kind` may be written at all.
    pub fn allow(&self, kind: EventKind) -> bool {
        self.of(kind, None) > Leave::Never
    }
}

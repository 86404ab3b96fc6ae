//! The classes of lines that a log holds, and how long each is kept unless the site says otherwise.
//!
//! Takes nothing, gives words. It never reads a line, and never takes one out.

use crate::words::vocabulary;

vocabulary! {
    /// A class of lines: the `kind` that each line begins with.
    LogClass {
        /// The record of a decision, for an audit.
        Audit = "audit",
        /// A visitor saw what a decision chose.
        Exposure = "exposure",
        /// A page's own code noted something.
        Event = "event",
        /// Why each slot of a page shows what it shows.
        Reasons = "reasons",
        /// How many events were not kept.
        Refused = "refused",
        /// Something failed.
        Failure = "failure",
    }
}

/// Days that lines are kept where a site says nothing: 13 months, which is what European regulators allow a measurement cookie, and
/// within the 25 months that they allow its data.
pub const RETENTION_DAYS: u32 = 395;

impl LogClass {
    /// What such a line holds, for people.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Audit => "what was decided and why, under pseudonyms; values only sealed",
            Self::Exposure => "what was shown, under a pseudonym where consent covers one",
            Self::Event => "what was done on a page, under a pseudonym where consent covers one",
            Self::Reasons => "why each place shows what it shows, of nobody",
            Self::Refused => "how many events were not kept, of nobody",
            Self::Failure => "what failed, of nobody",
        }
    }
}

//! The contact policy: who may be contacted, how often, and when.

use super::{ContactClass, Place, Row};
use crate::words::{Detail, Unit, vocabulary};

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
    /// Messages one after the other, by name.
    pub sequences: Vec<Sequence>,
    /// Contents that take turns, by experience and rule.
    pub rotations: Vec<Rotation>,
    /// Content that is not shown again for a while, by name.
    pub once: Vec<Once>,
    /// Contacts of all persons together, by name.
    pub budgets: Vec<Budget>,
}

impl Contact {
    /// True if there is no policy.
    pub fn is_empty(&self) -> bool {
        self.suppressions.is_empty() && !self.has_history()
    }

    /// True if decisions depend on contacts before.
    pub fn has_history(&self) -> bool {
        !self.caps.is_empty() || !self.quiet.is_empty() || self.cool_off_seconds.is_some() || self.repeats()
    }

    /// True if it says something of repetition.
    pub fn repeats(&self) -> bool {
        !self.sequences.is_empty() || !self.rotations.is_empty() || !self.once.is_empty() || !self.budgets.is_empty()
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
    /// The experiences that it ends, by name, if it is the exit of a sequence.
    pub experiences: Option<Vec<String>>,
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

/// Messages one after the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Sequence {
    pub name: String,
    /// Each stands behind the one that it follows.
    pub steps: Vec<Step>,
    /// It may begin again so long after its last contact.
    pub again_seconds: Option<u32>,
    /// Its number in the state of devices, from the lock file.
    pub ordinal: u8,
    pub description: String,
    pub place: Place,
}

/// A step of a sequence.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub name: String,
    /// By position in `Site::experiences`.
    pub experience: usize,
    /// The step that it follows, by position; `None` begins the sequence.
    pub after: Option<usize>,
    /// How long after that step's contact it is sent.
    pub wait_seconds: u32,
    /// How long it may be sent then.
    pub expires_seconds: u32,
    /// Its number in the state of devices, from the lock file.
    pub ordinal: u16,
    pub place: Place,
}

/// Contents of one rule that take turns. Each is a rule of its own, one after the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Rotation {
    /// By position in `Site::experiences`.
    pub experience: usize,
    /// Its first rule, by position.
    pub rule: usize,
    /// By position in `Site::content`, in the author's order.
    pub contents: Vec<usize>,
    /// How long each has its turn; `None` is one contact.
    pub every_seconds: Option<u32>,
    /// Its number in the state of devices, from the lock file.
    pub ordinal: u8,
}

/// Content that is not shown again for a while.
#[derive(Clone, Debug, PartialEq)]
pub struct Once {
    pub name: String,
    pub window_seconds: u32,
    pub scope: Scope,
    pub description: String,
    pub place: Place,
}

/// Contacts of all persons together.
#[derive(Clone, Debug, PartialEq)]
pub struct Budget {
    pub name: String,
    /// What is drawn in each hour.
    pub unit: Unit,
    pub share: Share,
    pub scope: Scope,
    pub description: String,
    pub place: Place,
}

/// The part of the units that may be contacted in an hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Share {
    /// So many contacts a day, of so many that there would be without the budget.
    Fixed { max: u32, expected: u32 },
    /// As an attribute says, in basis points: by position.
    Told(usize),
}

impl Share {
    /// A fixed part, in basis points, rounded down.
    pub fn points(&self) -> u16 {
        match self {
            Self::Fixed { max, expected } => {
                u16::try_from(u64::from(*max) * 10_000 / u64::from((*expected).max(1))).unwrap_or(10_000).min(10_000)
            }
            Self::Told(_) => 0,
        }
    }
}

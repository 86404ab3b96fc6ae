//! The contact policy: who may be contacted, how often, and when.
//!
//! Takes and gives postcard bytes, as the [programme](super::programme) does. A suppression is also a part of every rule that it is about,
//! so it holds where nothing reads this part. This part says which one it was, and what contacts before mean.

use alloc::string::String;
use alloc::vec::Vec;

use super::format::Literal;
use super::program::Program;
use super::repeat::{Beside, Repeat};
use crate::words::record::{read, record};
use crate::words::{Detail, Fault, check, fault};

/// The most contacts that the state of a device keeps of each cap.
pub const DEPTH_MAX: usize = 16;

record! {
    /// See the module.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct Policy {
        /// Suppressions, then goals.
        pub suppressions: Vec<Suppression>,
        /// Caps, then gaps.
        pub caps: Vec<Cap>,
        /// Quiet hours.
        pub quiet: Vec<Quiet>,
        /// How long dismissed content is not shown; 0 if dismissals count for nothing.
        pub cool_off_seconds: u32,
        /// How many dismissals a state has room for.
        pub dismissals: u8,
        /// The number of each content item in the state of devices, in the order of contents.
        pub ordinals: Vec<u16>,
        /// The channels.
        pub channels: Vec<String>,
        /// The channel of each slot.
        pub channel_of: Vec<u8>,
        /// The class of each experience, as a bit.
        pub class_of: Vec<u8>,
        /// What its own section says.
        pub repeat: Beside<Repeat>,
    }
}

record! {
    /// People who get nothing of some classes.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct Suppression {
        /// Its name.
        pub name: String,
        /// [`Detail`] as a byte.
        pub detail: u8,
        /// True for those who are suppressed. Its inverse stands in every rule of the experiences.
        pub literal: u32,
        /// The experiences that it ends, ascending.
        pub experiences: Vec<u16>,
    }
}

record! {
    /// The most contacts in a stretch of time.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct Cap {
        /// Its name.
        pub name: String,
        /// Its number in the state of devices.
        pub ordinal: u8,
        /// True for the least time between two contacts.
        pub is_gap: bool,
        /// The most contacts.
        pub max: u8,
        /// How far back it counts, if that slides. Or 0.
        pub window_seconds: u32,
        /// Days of its period of the calendar: 1 or 7. Or 0.
        pub period_days: u8,
        /// The zone of the calendar.
        pub zone: u32,
        /// What it is about.
        pub scope: Scope,
    }
}

record! {
    /// Hours without contacts.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct Quiet {
        /// Its name.
        pub name: String,
        /// Minutes after midnight.
        pub from: u16,
        /// Minutes after midnight.
        pub until: u16,
        /// The attribute with the person's zone, plus 1.
        pub attribute: u16,
        /// The zone of each value of that attribute.
        pub zones: Vec<u32>,
        /// The zones of each market.
        pub markets: Vec<Vec<u32>>,
        /// What it is about.
        pub scope: Scope,
    }
}

record! {
    /// The contacts that a part of the policy is about.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct Scope {
        /// The experiences of this site, ascending.
        pub experiences: Vec<u16>,
        /// Contents, ascending; empty is any.
        pub contents: Vec<u32>,
        /// True if the author named experiences. A contact of another system is then not counted.
        pub is_named: bool,
        /// Classes as bits.
        pub classes: u8,
        /// Positions of channels; empty is every channel.
        pub channels: Vec<u8>,
    }
}

impl Scope {
    /// True if a decision of this experience, for this content, is in it.
    pub fn covers(&self, experience: usize, content: u32) -> bool {
        u16::try_from(experience).is_ok_and(|experience| self.experiences.binary_search(&experience).is_ok())
            && (self.contents.is_empty() || self.contents.binary_search(&content).is_ok())
    }
}

impl Suppression {
    /// Why a slot is the origin's own.
    pub fn detail(&self) -> Detail {
        Detail::from_byte(self.detail).unwrap_or(Detail::Suppressed)
    }

    /// The literal that holds for those who are suppressed.
    pub fn literal(&self) -> Literal {
        self.literal
    }
}

impl Policy {
    /// Reads a policy, and checks everything that must be right before it is used.
    pub(super) fn open(bytes: &[u8]) -> Result<Self, Fault> {
        if bytes.is_empty() {
            return Ok(Self::default());
        }
        read(bytes).ok_or(fault("contact policy", "is not postcard of this format"))
    }

    /// Every reference is in range.
    pub(super) fn check(&self, program: &Program) -> Result<(), Fault> {
        let variables = program.predicates() + program.nodes();
        let (experiences, contents) = (program.experiences(), program.contents());
        let zones = program.zone_starts.len().saturating_sub(1);
        let is_zone = |zone: &u32| (*zone as usize) < zones;
        let scopes = self.caps.iter().map(|cap| &cap.scope).chain(self.quiet.iter().map(|quiet| &quiet.scope));
        let ascends = |list: &[u16]| {
            list.windows(2).all(|pair| pair[0] < pair[1]) && list.last().is_none_or(|at| usize::from(*at) < experiences)
        };
        let is_scope = |scope: &Scope| {
            ascends(&scope.experiences)
                && scope.contents.windows(2).all(|pair| pair[0] < pair[1])
                && scope.contents.last().is_none_or(|content| (*content as usize) < contents)
        };
        let is_detail = |byte: u8| matches!(Detail::from_byte(byte), Some(Detail::Suppressed | Detail::GoalReached));
        let is_suppression = |one: &Suppression| {
            is_detail(one.detail) && (one.literal as usize / 2) < variables && ascends(&one.experiences)
        };
        let is_cap = |cap: &Cap| {
            (1..=DEPTH_MAX).contains(&usize::from(cap.max))
                && matches!((cap.window_seconds, cap.period_days), (1.., 0) | (0, 1 | 7))
                && (cap.period_days == 0 || is_zone(&cap.zone))
        };
        let attributes = program.manifest().attributes.len();
        let is_quiet = |quiet: &Quiet| {
            quiet.from < 1440
                && quiet.until < 1440
                && quiet.from != quiet.until
                && usize::from(quiet.attribute) <= attributes
                && quiet.zones.iter().chain(quiet.markets.iter().flatten()).all(is_zone)
        };
        let fits = scopes.into_iter().all(is_scope)
            && self.suppressions.iter().all(is_suppression)
            && self.caps.iter().all(is_cap)
            && self.quiet.iter().all(is_quiet)
            && self.caps.len() <= usize::from(u8::MAX)
            && (!self.has_history()
                || self.class_of.len() == experiences
                    && self.channel_of.len() == program.slots()
                    && self.ordinals.len() == contents
                    && self.channel_of.iter().all(|channel| usize::from(*channel) < self.channels.len()));
        check(fits, "contact policy", "refers to what is not there")?;
        self.repeat.check(program, &is_scope)
    }

    /// True if decisions depend on contacts before, or on the hour.
    pub fn has_history(&self) -> bool {
        !self.caps.is_empty() || !self.quiet.is_empty() || self.cool_off_seconds > 0 || !self.repeat.is_empty()
    }

    /// The name of a part: suppressions and goals are counted first, then caps and gaps, quiet hours, sequences, rotations, content
    /// that is shown once, and budgets.
    pub fn name(&self, part: usize) -> Option<&str> {
        let suppressions = self.suppressions.iter().map(|one| &one.name);
        let others = self.caps.iter().map(|cap| &cap.name).chain(self.quiet.iter().map(|quiet| &quiet.name));
        let repeat = self.repeat.sequences.iter().map(|one| &one.name);
        let repeat = repeat.chain(self.repeat.rotations.iter().map(|one| &one.name));
        let repeat = repeat.chain(self.repeat.once.iter().map(|one| &one.name));
        let repeat = repeat.chain(self.repeat.budgets.iter().map(|one| &one.name));
        suppressions.chain(others).chain(repeat).nth(part).map(String::as_str)
    }

    /// The channel of a slot.
    pub fn channel(&self, slot: u32) -> &str {
        let channel = self.channel_of.get(slot as usize).and_then(|at| self.channels.get(usize::from(*at)));
        channel.map_or("", String::as_str)
    }
}

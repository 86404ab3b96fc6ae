//! What a contact policy says of repetition. That is sequences of messages, content that is shown once in a while, contents that take turns,
//! and budgets for all persons together.
//!
//! Takes and gives postcard bytes. It is a section of its own, so that a policy without it keeps its bytes. A reader of the
//! [policy](super::contact::Policy) finds it there.

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Deref;

use super::contact::Scope;
use super::program::Program;
use crate::words::record::{Read, Reader, read, record};
use crate::words::{Fault, Unit, check, fault};

record! {
    /// See the module.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct Repeat {
        /// Messages one after the other, by name.
        pub sequences: Vec<Sequence>,
        /// Contents that take turns, by experience and rule.
        pub rotations: Vec<Rotation>,
        /// Content that is not shown again for a while, by name.
        pub once: Vec<Once>,
        /// Contacts of all persons together, by name.
        pub budgets: Vec<Budget>,
        /// The contents whose last contact a device keeps, ascending.
        pub kept: Vec<u32>,
    }
}

record! {
    /// Messages one after the other.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct Sequence {
        /// Its name.
        pub name: String,
        /// Its number in the state of devices.
        pub ordinal: u8,
        /// It may begin again so long after its last contact; 0 is never.
        pub again_seconds: u32,
        /// A step stands behind the one that it follows.
        pub steps: Vec<Step>,
    }
}

record! {
    /// A step of a sequence.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct Step {
        /// Its number in the state of devices.
        pub ordinal: u16,
        /// The experience that sends it.
        pub experience: u16,
        /// The step that it follows, plus 1; 0 begins the sequence.
        pub after: u8,
        /// How long after that step's contact.
        pub wait_seconds: u32,
        /// How long it may be sent then.
        pub expires_seconds: u32,
    }
}

record! {
    /// Contents of one rule that take turns. The bundle has a rule for each of them, one after the other.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct Rotation {
        /// The name of its experience.
        pub name: String,
        /// Its number in the state of devices.
        pub ordinal: u8,
        /// The experience.
        pub experience: u16,
        /// Its first rule in the experience.
        pub rule: u16,
        /// The contents, in their order.
        pub contents: Vec<u32>,
        /// How long each has its turn; 0 is for one contact.
        pub every_seconds: u32,
    }
}

record! {
    /// Content that is not shown again for a while.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct Once {
        /// Its name.
        pub name: String,
        /// How long.
        pub window_seconds: u32,
        /// What it is about.
        pub scope: Scope,
    }
}

record! {
    /// The contacts of all persons together.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct Budget {
        /// Its name.
        pub name: String,
        /// [`Unit`] as a byte: what is drawn in each hour.
        pub unit: u8,
        /// The part of the units that may be contacted in an hour, in basis points.
        pub share: u16,
        /// The attribute with that part, plus 1; 0 if it is fixed.
        pub attribute: u16,
        /// What it is about.
        pub scope: Scope,
    }
}

impl Repeat {
    /// Reads what a section has; an empty one says nothing.
    pub(super) fn open(bytes: &[u8]) -> Result<Self, Fault> {
        if bytes.is_empty() {
            return Ok(Self::default());
        }
        read(bytes).ok_or(fault("repetition", "is not postcard of this format"))
    }

    /// Every reference is in range.
    pub(super) fn check(&self, program: &Program, is_scope: &dyn Fn(&Scope) -> bool) -> Result<(), Fault> {
        let (experiences, contents) = (program.experiences(), program.contents());
        let is_experience = |at: u16| usize::from(at) < experiences;
        let is_step = |(at, step): (usize, &Step)| {
            is_experience(step.experience)
                && usize::from(step.after) <= at
                && (step.after == 0) == (step.wait_seconds == 0)
        };
        let is_rotation = |one: &Rotation| {
            let rules = program.rulebook().plan(usize::from(one.experience)).rules.len();
            is_experience(one.experience)
                && !one.contents.is_empty()
                && usize::from(one.rule) + one.contents.len() <= rules
                && one.contents.iter().all(|content| (*content as usize) < contents)
        };
        let attributes = program.manifest().attributes.len();
        let is_budget = |one: &Budget| {
            Unit::from_byte(one.unit).is_some() && usize::from(one.attribute) <= attributes && one.share <= 10_000
        };
        let scopes = self.once.iter().map(|one| &one.scope).chain(self.budgets.iter().map(|one| &one.scope));
        let fits = self.sequences.iter().all(|one| one.steps.iter().enumerate().all(is_step))
            && self.rotations.iter().all(is_rotation)
            && self.once.iter().all(|one| one.window_seconds > 0)
            && self.budgets.iter().all(is_budget)
            && scopes.into_iter().all(is_scope)
            && self.tracks() <= usize::from(u8::MAX)
            && self.kept.windows(2).all(|pair| pair[0] < pair[1])
            && self.kept.last().is_none_or(|content| (*content as usize) < contents);
        check(fits, "repetition", "refers to what is not there")
    }

    /// True if decisions depend on contacts before.
    pub fn has_history(&self) -> bool {
        !self.sequences.is_empty() || !self.rotations.is_empty() || !self.once.is_empty()
    }

    /// True if it says nothing.
    pub fn is_empty(&self) -> bool {
        !self.has_history() && self.budgets.is_empty()
    }

    /// How many sequences and rotations a device keeps the place in.
    pub fn tracks(&self) -> usize {
        self.sequences.len() + self.rotations.len()
    }

    /// The step that an experience sends: positions of the sequence and of the step.
    pub fn step_of(&self, experience: usize) -> Option<(usize, usize)> {
        let is_it = |step: &Step| usize::from(step.experience) == experience;
        let in_sequence = |(at, one): (usize, &Sequence)| Some((at, one.steps.iter().position(is_it)?));
        self.sequences.iter().enumerate().find_map(in_sequence)
    }

    /// The rotation that a rule of an experience is one turn of, and which.
    pub fn turn_of(&self, experience: usize, rule: usize) -> Option<(usize, usize)> {
        let turn = |(at, one): (usize, &Rotation)| {
            let turn = rule.checked_sub(usize::from(one.rule)).filter(|turn| *turn < one.contents.len())?;
            (usize::from(one.experience) == experience).then_some((at, turn))
        };
        self.rotations.iter().enumerate().find_map(turn)
    }

    /// The rotations of an experience that have a content: positions.
    pub fn rotations_of(&self, experience: usize, content: u32) -> impl Iterator<Item = usize> {
        let is_it = move |one: &Rotation| usize::from(one.experience) == experience && one.contents.contains(&content);
        (0..).zip(&self.rotations).filter(move |(_, one)| is_it(one)).map(|(at, _)| at)
    }
}

/// What another section has: in this one it takes no byte.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Beside<T>(pub T);

impl<T> Deref for Beside<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Default> Read for Beside<T> {
    fn read(_: &mut Reader<'_>) -> Self {
        Self::default()
    }
}

impl<T> serde::Serialize for Beside<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }
}

#[cfg(test)]
impl<'de, T: Default> serde::Deserialize<'de> for Beside<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <()>::deserialize(deserializer).map(|()| Self::default())
    }
}

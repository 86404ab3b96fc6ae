//! The place of a person in sequences and rotations, and the last contact of each content that is kept.
//!
//! A contact moves them on. Contacts that a caller tells are taken in order of time, whatever order they are told in.

use alloc::string::String;
use alloc::vec::Vec;

use super::history::History;
use crate::bundle::Program;
use crate::bundle::contact::Policy;
#[cfg(feature = "author")]
use crate::bundle::repeat::Step;
use crate::bundle::repeat::{Rotation, Sequence};
use crate::words::Contact;
#[cfg(feature = "author")]
use crate::words::Recalled;

/// A place in a sequence or in a rotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Track {
    /// The last step that was sent, or the content that has its turn, by its number in the lock file.
    pub value: u16,
    /// Unix milliseconds: of that step, or of the first contact of this turn.
    pub at_ms: i64,
}

/// A number that no step and no content has.
const NOBODY: u16 = u16::MAX;

impl Track {
    /// A sequence that sends nothing more.
    pub(super) fn over(at_ms: i64) -> Self {
        Self { value: NOBODY, at_ms }
    }
}

impl Track {
    /// The experience of the last step that was sent. `None` if nothing more is sent, whatever the next step.
    pub(crate) fn last<'p>(&self, program: &'p Program, sequence: &Sequence) -> Option<&'p str> {
        let step = sequence.steps.iter().find(|step| step.ordinal == self.value)?;
        Some(program.experience_name(usize::from(step.experience)))
    }

    /// The content that has its turn. `None` if the rotation begins anew.
    pub(crate) fn turn<'p>(&self, program: &'p Program, rotation: &Rotation) -> Option<&'p str> {
        let ordinal = |content: &u32| program.contact().ordinals.get(*content as usize).copied();
        let content = rotation.contents.iter().find(|content| ordinal(content) == Some(self.value))?;
        Some(program.content_name(*content))
    }
}

/// What a record calls a rotation: one experience may have several.
pub(crate) fn rotation_name(rotation: &Rotation) -> String {
    alloc::format!("{} {}", rotation.name, rotation.rule + 1)
}

#[cfg(feature = "author")]
impl History {
    /// Puts the places in sequences and rotations where a record has them.
    pub(super) fn recall_places(&mut self, program: &Program, recalled: &Recalled) {
        let repeat = &program.contact().repeat;
        let (sequences, rotations) = self.tracks.split_at_mut(repeat.sequences.len());
        for (one, place) in repeat.sequences.iter().zip(sequences) {
            let found = recalled.sequences.iter().find(|(name, ..)| *name == one.name);
            *place = found.map(|(_, last, at_ms)| {
                let is_last =
                    |step: &&Step| Some(program.experience_name(usize::from(step.experience))) == last.as_deref();
                let value = one.steps.iter().find(is_last).map_or(NOBODY, |step| step.ordinal);
                Track { value, at_ms: *at_ms }
            });
        }
        for (one, place) in repeat.rotations.iter().zip(rotations) {
            let found = recalled.turns.iter().find(|(name, ..)| *name == rotation_name(one));
            *place = found.and_then(|(_, content, at_ms)| {
                let content = program.content_position(content)?;
                let value = program.contact().ordinals.get(content as usize).copied()?;
                Some(Track { value, at_ms: *at_ms })
            });
        }
    }
}

impl History {
    /// Moves on by the contacts that a caller tells.
    pub(super) fn follow(&mut self, program: &Program, told: &[Contact], now_ms: i64) {
        let policy = program.contact();
        if !policy.repeat.has_history() {
            return;
        }
        let mut told: Vec<&Contact> = told.iter().filter(|contact| !contact.dismissed).collect();
        told.sort_by_key(|contact| contact.at.0.min(now_ms));
        for contact in told {
            let content = contact.content.as_deref().and_then(|name| program.content_position(name));
            let experience = contact.experience.as_deref().and_then(|name| program.experience_position(name));
            self.pass(policy, experience, content, contact.at.0.min(now_ms));
        }
    }

    /// Moves on by one contact. True if it is about something that is kept.
    pub(super) fn pass(
        &mut self,
        policy: &Policy,
        experience: Option<usize>,
        content: Option<u32>,
        at_ms: i64,
    ) -> bool {
        let repeat = &policy.repeat;
        let mut is_kept = false;
        if let Some(content) = content.filter(|content| repeat.kept.binary_search(content).is_ok()) {
            is_kept = true;
            match self.shown.binary_search_by_key(&content, |(known, _)| *known) {
                Ok(at) => self.shown.get_mut(at).into_iter().for_each(|(_, last)| *last = at_ms.max(*last)),
                Err(at) => self.shown.insert(at, (content, at_ms)),
            }
        }
        let Some(experience) = experience else { return is_kept };
        if let Some((sequence, step)) = repeat.step_of(experience) {
            is_kept = true;
            let step = repeat.sequences.get(sequence).and_then(|one| one.steps.get(step));
            if let Some((step, place)) = step.zip(self.tracks.get_mut(sequence)) {
                let is_newer = place.is_none_or(|before| before.at_ms <= at_ms);
                if is_newer {
                    *place = Some(Track { value: step.ordinal, at_ms });
                }
            }
        }
        for rotation in content.into_iter().flat_map(|content| repeat.rotations_of(experience, content)) {
            is_kept = true;
            let value = content.and_then(|content| policy.ordinals.get(content as usize)).copied().unwrap_or(NOBODY);
            let is_timed = repeat.rotations.get(rotation).is_some_and(|one| one.every_seconds > 0);
            let Some(place) = self.tracks.get_mut(repeat.sequences.len() + rotation) else { continue };
            // A turn that goes on began with its first contact.
            let goes_on = |before: &Track| is_timed && before.value == value;
            if !place.is_some_and(|before| before.at_ms > at_ms || goes_on(&before)) {
                *place = Some(Track { value, at_ms });
            }
        }
        is_kept
    }
}

//! Contacts before, as far as a policy asks for them.
//!
//! Takes what a visit says, gives the newest times of each cap and the dismissed contents. "At most N" needs exactly the N newest times.
//! The length of time changes nothing about that. A time to come counts as now.

#[cfg(feature = "author")]
use alloc::string::String;
use alloc::vec::Vec;

use super::state;
use super::track::Track;
use crate::bundle::Program;
use crate::bundle::contact::{Policy, Scope};
use crate::words::{Contact, Visit};

/// The most contacts that a caller tells. A longer history counts as none that is known, so that nobody is contacted too often.
pub const CONTACTS_MAX: usize = 1_000;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// Unix milliseconds by cap, the newest first, and at most as many as the cap allows.
    pub caps: Vec<Vec<i64>>,
    /// Contents with the time when each was dismissed.
    pub dismissed: Vec<(u32, i64)>,
    /// The place of this person in each sequence, then in each rotation.
    pub tracks: Vec<Option<Track>>,
    /// Contents that are kept, ascending, each with its last contact.
    pub shown: Vec<(u32, i64)>,
    /// Something was dismissed for which there was no room. Nothing promotional is shown until there is.
    pub is_full: bool,
    /// The state of the device could not be read, or had times to come: it is to be written again.
    pub is_mended: bool,
    /// It is what the open page remembers, and nothing else is known.
    pub is_of_page: bool,
}

impl History {
    /// Nobody contacted this person yet.
    pub fn empty(policy: &Policy) -> Self {
        Self {
            caps: policy.caps.iter().map(|_| Vec::new()).collect(),
            tracks: alloc::vec![None; policy.repeat.tracks()],
            ..Self::default()
        }
    }

    /// As if each cap was reached at this moment, each content was just shown and each sequence is over: for a state that cannot be read.
    pub(super) fn exhausted(policy: &Policy, now_ms: i64) -> Self {
        let caps = policy.caps.iter().map(|cap| alloc::vec![now_ms; usize::from(cap.max)]).collect();
        let shown = policy.repeat.kept.iter().map(|content| (*content, now_ms)).collect();
        let over = |at: usize| (at < policy.repeat.sequences.len()).then_some(Track::over(now_ms));
        let tracks = (0..policy.repeat.tracks()).map(over).collect();
        Self { caps, shown, tracks, is_mended: true, ..Self::default() }
    }

    /// What a visit says of contacts before. `None` if it says nothing, which differs from saying that there was none.
    pub(in crate::engine) fn of(program: &Program, visit: &Visit, has_storage: bool, now_ms: i64) -> Option<Self> {
        let policy = program.contact();
        #[cfg(feature = "author")]
        if let Some(recalled) = &visit.recalled {
            return Some(Self::recalled(program, recalled));
        }
        let state = visit.contact_state.as_deref().filter(|_| has_storage);
        let told = visit.contacts.as_deref().filter(|told| told.len() <= CONTACTS_MAX);
        if visit.contacts.is_some() && told.is_none() {
            return None;
        }
        let memory = visit.contact_memory.as_deref().filter(|_| !has_storage);
        let mut history = match state.or(memory) {
            Some(state) => state::read(policy, state, now_ms),
            None => Self::empty(policy),
        };
        let told_here = told.unwrap_or_default();
        told_here.iter().for_each(|contact| history.tell(program, contact, now_ms));
        history.follow(program, told_here, now_ms);
        history.is_of_page = state.is_none() && told.is_none();
        (state.is_some() || told.is_some() || memory.is_some()).then_some(history)
    }

    /// As a record has it.
    #[cfg(feature = "author")]
    fn recalled(program: &Program, recalled: &crate::words::Recalled) -> Self {
        let mut history = Self { is_full: recalled.is_full, ..Self::empty(program.contact()) };
        for (cap, times) in program.contact().caps.iter().zip(&mut history.caps) {
            let found = recalled.caps.iter().find(|(name, _)| *name == cap.name);
            times.extend(found.into_iter().flat_map(|(_, at)| core::iter::repeat_n(*at, usize::from(cap.max))));
        }
        let contents = |of: &[(String, i64)]| -> Vec<(u32, i64)> {
            of.iter().filter_map(|(name, at)| Some((program.content_position(name)?, *at))).collect()
        };
        history.dismissed = contents(&recalled.dismissed);
        history.shown = contents(&recalled.shown);
        history.shown.sort_unstable();
        history.recall_places(program, recalled);
        history
    }

    /// Adds a contact that a caller tells.
    pub(crate) fn tell(&mut self, program: &Program, contact: &Contact, now_ms: i64) {
        let policy = program.contact();
        let at = contact.at.0.min(now_ms);
        let content = contact.content.as_deref().and_then(|name| program.content_position(name));
        if contact.dismissed {
            self.dismissed.extend(content.map(|content| (content, at)));
            return;
        }
        let experience = contact.experience.as_deref().and_then(|name| program.experience_position(name));
        // The class of a contact is the one that it had then, where the caller kept it.
        let own = experience.and_then(|at| policy.class_of.get(at)).copied();
        let class = contact.class.map(|class| 1 << class as u8).or(own).unwrap_or(PROMOTIONAL);
        let channel = match &contact.channel {
            Some(name) => policy.channels.iter().position(|channel| channel == name),
            None => experience
                .and_then(|at| program.slot_of(at))
                .and_then(|slot| policy.channel_of.get(slot))
                .map(|channel| usize::from(*channel)),
        };
        for (cap, scope) in policy.caps.iter().map(|cap| &cap.scope).enumerate() {
            // One message or page has one time, and is one contact.
            let is_known = contact.at.0 <= now_ms && self.caps.get(cap).is_some_and(|times| times.contains(&at));
            if !is_known && counts(scope, experience, content, class, channel) {
                self.add(policy, cap, at);
            }
        }
    }

    /// Adds the contacts that an answer makes: one for each cap that one of its decisions falls under. True if there is one.
    pub fn show(&mut self, policy: &Policy, shown: &[(usize, u32)], now_ms: i64) -> bool {
        let mut is_new = false;
        for (cap, scope) in policy.caps.iter().map(|cap| &cap.scope).enumerate() {
            if shown.iter().any(|(experience, content)| scope.covers(*experience, *content)) {
                self.add(policy, cap, now_ms);
                is_new = true;
            }
        }
        shown.iter().fold(is_new, |is_new, (experience, content)| {
            self.pass(policy, Some(*experience), Some(*content), now_ms) || is_new
        })
    }

    /// Adds a dismissal.
    pub fn dismiss(&mut self, policy: &Policy, content: u32, now_ms: i64) {
        let since = now_ms.saturating_sub(1_000 * i64::from(policy.cool_off_seconds));
        self.dismissed.retain(|(other, at)| *other != content && *at > since);
        if self.dismissed.len() < usize::from(policy.dismissals) {
            self.dismissed.push((content, now_ms));
        } else {
            self.is_full = true;
        }
    }

    /// Adds the time of a contact to a cap.
    pub(super) fn add(&mut self, policy: &Policy, cap: usize, at_ms: i64) {
        let Some((times, cap)) = self.caps.get_mut(cap).zip(policy.caps.get(cap)) else { return };
        let place = times.partition_point(|time| *time >= at_ms);
        times.insert(place, at_ms);
        times.truncate(usize::from(cap.max));
    }
}

/// The class of a contact of which nobody says it.
const PROMOTIONAL: u8 = 1;

/// True if a contact that was made counts for a scope.
fn counts(scope: &Scope, experience: Option<usize>, content: Option<u32>, class: u8, channel: Option<usize>) -> bool {
    let is_content = scope.contents.is_empty() || content.is_some_and(|at| scope.contents.binary_search(&at).is_ok());
    let is_experience = || {
        let at = experience.and_then(|at| u16::try_from(at).ok());
        at.is_some_and(|at| scope.experiences.binary_search(&at).is_ok())
    };
    // A channel that is not known may be any.
    let is_channel = || {
        scope.channels.is_empty() || channel.is_none_or(|at| scope.channels.iter().any(|own| usize::from(*own) == at))
    };
    is_content && if scope.is_named { is_experience() } else { scope.classes & class != 0 && is_channel() }
}

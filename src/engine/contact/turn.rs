//! May this be repeated now? Steps of sequences wait for the step before, contents of a rotation for their turn, and content that is shown once
//! for its time. A budget leaves out a part of all units in each hour.
//!
//! A budget counts nothing: no host knows what the others have shown. It draws each unit again in each hour, so that on average as many are
//! left as the budget allows.

use alloc::format;

use super::gate::{Asked, Gate};
use super::track::Track;
use crate::bundle::contact::Policy;
use crate::bundle::repeat::{Budget, Once, Rotation, Sequence, Step};
use crate::engine::bucket::{Domain, TOTAL, point};
use crate::engine::permit::State;
use crate::words::Unit;
use crate::words::time::HOUR;

/// How many hours an answer looks ahead for the next one that a budget leaves to a person: a week.
const HOURS_MAX: i64 = 168;

impl Asked<'_, '_, '_> {
    fn policy(&self) -> &Policy {
        self.deciding.program.contact()
    }

    /// The sequence and the step that this experience sends.
    pub(super) fn step(&self) -> Option<(usize, &Sequence, &Step)> {
        let (at, step) = self.policy().repeat.step_of(self.experience)?;
        let sequence = self.policy().repeat.sequences.get(at)?;
        Some((at, sequence, sequence.steps.get(step)?))
    }

    /// The parts that say that this content is shown once in a while.
    pub(super) fn once(&self) -> impl Iterator<Item = (usize, &Once)> {
        let all = self.policy().repeat.once.iter().enumerate();
        all.filter(|(_, one)| one.scope.covers(self.experience, self.content))
    }

    /// The budgets that this content is part of.
    pub(super) fn budgets(&self) -> impl Iterator<Item = (usize, &Budget)> {
        let all = self.policy().repeat.budgets.iter().enumerate();
        all.filter(|(_, one)| one.scope.covers(self.experience, self.content))
    }

    /// A step begins to be possible so long after the contact of the one before, for as long as it does not expire.
    pub(super) fn sequence(&self, now: i64) -> Gate {
        let Some((at, sequence, step)) = self.step() else { return Gate::Open };
        let last = self.track(at);
        let is_first = step.after == 0;
        let Some(last) = last else { return if is_first { Gate::Open } else { Gate::Never } };
        let after = |seconds: u32| last.at_ms.saturating_add(1_000 * i64::from(seconds));
        if is_first {
            let again = after(sequence.again_seconds);
            return match sequence.again_seconds {
                0 => Gate::Never,
                _ if now < again => Gate::Closed(again),
                _ => Gate::Open,
            };
        }
        let before = usize::from(step.after).checked_sub(1).and_then(|at| sequence.steps.get(at));
        if before.is_none_or(|before| before.ordinal != last.value) {
            return Gate::Never;
        }
        let opens = after(step.wait_seconds);
        let expires = opens.saturating_add(1_000 * i64::from(step.expires_seconds));
        match now {
            now if now < opens => Gate::Closed(opens),
            now if now < expires => Gate::Open,
            _ => Gate::Never,
        }
    }

    /// The last contact of this content is long enough ago.
    pub(super) fn repeated(&self, once: &Once, now: i64) -> Gate {
        let shown = self.history.and_then(|history| history.shown.iter().find(|(content, _)| *content == self.content));
        let until = shown.map(|(_, at)| at.saturating_add(1_000 * i64::from(once.window_seconds)));
        until.filter(|until| now < *until).map_or(Gate::Open, Gate::Closed)
    }

    /// The unit's point in this hour is within the share. Everybody without an id that consent covers has one point together.
    pub(super) fn budget(&self, budget: &Budget, now: i64) -> Gate {
        let id = self.drawn_by(budget).map_or("", |(_, id)| id);
        let share = match usize::from(budget.attribute).checked_sub(1) {
            None => u32::from(budget.share),
            Some(attribute) => match self.deciding.permitted.state(attribute, self.purpose) {
                State::Number(share) => u32::try_from(share).unwrap_or(0),
                _ => return Gate::Never,
            },
        };
        let first = now.div_euclid(HOUR);
        let is_open = |hour: &i64| point(Domain::Budget, &format!("{} {hour}", budget.name), id, TOTAL) < share;
        match (first..first + HOURS_MAX).find(is_open) {
            Some(hour) if hour == first => Gate::Open,
            Some(hour) => Gate::Closed(hour * HOUR),
            None => Gate::Never,
        }
    }

    /// The unit that a budget draws, and its id.
    pub(super) fn drawn_by(&self, budget: &Budget) -> Option<(Unit, &str)> {
        self.deciding.permitted.unit(Unit::from_byte(budget.unit)?)
    }

    /// True if this content has its turn in a rotation: it is the first that nothing holds back, from the next one on.
    pub(super) fn is_its_turn(&mut self, rotation: usize) -> bool {
        let policy = self.deciding.program.contact();
        let Some(one) = policy.repeat.rotations.get(rotation) else { return true };
        let now = self.deciding.permitted.now_ms();
        let first = self.first_turn(policy, rotation, one, now);
        let own = self.content;
        let rules = self.deciding.rules.plan(self.experience).rules.start + usize::from(one.rule);
        let mut turn = None;
        for at in (0..one.contents.len()).map(|step| (first + step) % one.contents.len()) {
            let Some(content) = one.contents.get(at).copied() else { continue };
            self.content = content;
            let is_free = !self.deciding.is_taken(rules + at, self.experience as u32);
            if is_free && !self.deciding.is_expired(content) && self.first_closed().is_none() {
                turn = Some(content);
                break;
            }
        }
        self.content = own;
        turn.or(one.contents.get(first).copied()) == Some(own)
    }

    /// Where a rotation goes on: at the content that has its turn, or at the one behind it.
    fn first_turn(&self, policy: &Policy, rotation: usize, one: &Rotation, now: i64) -> usize {
        let Some(last) = self.track(policy.repeat.sequences.len() + rotation) else { return 0 };
        let ordinal = |content: &u32| policy.ordinals.get(*content as usize).copied();
        let Some(at) = one.contents.iter().position(|content| ordinal(content) == Some(last.value)) else { return 0 };
        let goes_on = now < last.at_ms.saturating_add(1_000 * i64::from(one.every_seconds));
        if goes_on { at } else { (at + 1) % one.contents.len() }
    }

    fn track(&self, at: usize) -> Option<Track> {
        self.history.and_then(|history| history.tracks.get(at).copied().flatten())
    }
}

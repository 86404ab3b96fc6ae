//! Is what repeats within the policy? Counted from the exact contacts before, with a hash of its own. Nothing here is shared with the engine.

use sha2::{Digest as _, Sha256};

use super::check::{Answer, Checker, Shown};
use crate::author::site::{Budget, ContactClass, Rotation, Sequence, Share};
use crate::words::time::{HOUR, MINUTE, SECOND, format_rfc3339};
use crate::words::{Choice, Purpose, PurposeKey, Unit, Value, Visit};

/// A device keeps times in units of 15 minutes, rounded up: it may send a step so much later than it should have expired.
const UNIT: i64 = 15 * MINUTE;

impl Checker<'_> {
    /// Says every promise about repetition that an answer breaks.
    pub(super) fn repeated(
        &self,
        visit: &Visit,
        before: &[Answer],
        dismissed: &[(usize, i64)],
        answer: &Answer,
        has_memory: bool,
        broken: &mut dyn FnMut(&str, String),
    ) {
        let policy = &self.site.contact;
        for sequence in policy.sequences.iter().filter(|_| has_memory) {
            if let Some(what) = out_of_step(sequence, before, answer) {
                broken(&sequence.name, what);
            }
        }
        for rotation in policy.rotations.iter().filter(|_| has_memory) {
            if let Some(what) = self.out_of_turn(rotation, before, dismissed, answer) {
                broken(&self.site.experiences[rotation.experience].name, what);
            }
        }
        for once in policy.once.iter().filter(|_| has_memory) {
            for shown in &answer.shown {
                let alone = Answer { shown: vec![*shown], ..answer.clone() };
                let has = |then: &&Answer| then.shown.iter().any(|one| one.content == shown.content);
                let last = before.iter().rev().find(has).filter(|_| self.is_about(&once.scope, &alone));
                let window = i64::from(once.window_seconds) * SECOND;
                if let Some(last) = last.filter(|last| answer.at_ms - last.at_ms < window) {
                    let content = &self.site.content[shown.content].name;
                    broken(&once.name, format!("`{content}` again, after {}", format_rfc3339(last.at_ms)));
                }
            }
        }
        for budget in policy.budgets.iter().filter(|budget| self.is_about(&budget.scope, answer)) {
            if !self.is_within(budget, visit, answer.at_ms) {
                broken(&budget.name, "a contact in an hour that leaves this one out".into());
            }
        }
    }

    /// The same content as the time before, although nothing kept the others from their turn.
    fn out_of_turn(
        &self,
        rotation: &Rotation,
        before: &[Answer],
        dismissed: &[(usize, i64)],
        answer: &Answer,
    ) -> Option<String> {
        let is_it =
            |shown: &&Shown| shown.experience == rotation.experience && rotation.contents.contains(&shown.content);
        let own = answer.shown.iter().find(is_it)?;
        let turns: Vec<(i64, usize)> =
            before.iter().filter_map(|then| Some((then.at_ms, then.shown.iter().find(is_it)?.content))).collect();
        let (_, last) = turns.last()?;
        if *last != own.content {
            return None;
        }
        // A turn lasts from its first contact on.
        let began = turns.iter().rev().take_while(|(_, content)| content == last).last()?.0;
        let every = i64::from(rotation.every_seconds.unwrap_or(0)) * SECOND;
        if every > 0 && answer.at_ms < began + every + UNIT {
            return None;
        }
        let policy = &self.site.contact;
        let is_held = |content: usize| {
            dismissed.iter().any(|(one, _)| *one == content)
                || answer.shown.iter().any(|shown| shown.content == content)
                || self.site.content[content].expires_ms.is_some_and(|expires| answer.at_ms >= expires)
                || policy.caps.iter().any(|cap| cap.scope.contents.contains(&content))
                || policy.budgets.iter().any(|budget| budget.scope.contents.contains(&content))
                || !policy.once.is_empty()
                || !self.site.content[content].in_stock.all.is_empty()
                || self.site.plan.is_some()
        };
        let is_offer = self.site.experiences[rotation.experience].contact_class() == ContactClass::Promotional;
        let has_room = !is_offer || policy.cool_off_seconds.is_none() || dismissed.len() < policy.dismissals.into();
        let next = rotation.contents.iter().find(|content| **content != own.content && !is_held(**content))?;
        let [own, next] = [own.content, *next].map(|content| &self.site.content[content].name);
        has_room.then(|| format!("`{own}` again, although `{next}` has its turn"))
    }

    /// True if the draw of this hour lets the contact through.
    fn is_within(&self, budget: &Budget, visit: &Visit, at_ms: i64) -> bool {
        let share = match budget.share {
            Share::Fixed { max, expected } => f64::from(max) / f64::from(expected),
            Share::Told(attribute) => match visit.attributes.get(&self.site.attributes[attribute].name) {
                Some(Value::Int(points)) => *points as f64 / 10_000.0,
                _ => 0.0,
            },
        };
        let is_open = visit.grants.get(&PurposeKey(Purpose::Analytics)) == Some(&Some(Choice::Granted));
        let ids = [Unit::Page, Unit::Session, Unit::Visitor, Unit::Account];
        let ids = ids.into_iter().filter(|unit| is_open && *unit <= budget.unit);
        let id = ids.filter_map(|unit| visit.identity.of(unit)).next_back().unwrap_or("");
        let digest = Sha256::digest(format!("budget\0{} {}\0{id}", budget.name, at_ms.div_euclid(HOUR)));
        let first = digest.iter().take(8).fold(0_u128, |all, byte| all << 8 | u128::from(*byte));
        let point = (first * 10_000) >> 64;
        (point as f64) < (share * 10_000.0).floor()
    }
}

/// A step that is not the next one, or that is sent too soon or too late.
fn out_of_step(sequence: &Sequence, before: &[Answer], answer: &Answer) -> Option<String> {
    let step_of = |answer: &Answer| {
        let sends = |step: usize| answer.shown.iter().any(|shown| shown.experience == sequence.steps[step].experience);
        (0..sequence.steps.len()).find(|step| sends(*step))
    };
    let own = step_of(answer)?;
    let last = before.iter().rev().find_map(|then| Some((then.at_ms, step_of(then)?)));
    let step = &sequence.steps[own];
    let (waited, expired, is_next) = match last {
        None => return step.after.map(|_| format!("step `{}` before any other", step.name)),
        Some((at_ms, last)) => {
            let passed = answer.at_ms - at_ms;
            let seconds = |seconds: u32| i64::from(seconds) * SECOND;
            match step.after {
                None => (passed >= seconds(sequence.again_seconds.unwrap_or(u32::MAX)), false, true),
                Some(after) => (
                    passed >= seconds(step.wait_seconds),
                    passed >= seconds(step.wait_seconds) + seconds(step.expires_seconds) + UNIT,
                    after == last,
                ),
            }
        }
    };
    let last = last.map(|(at_ms, last)| format!("`{}` at {}", sequence.steps[last].name, format_rfc3339(at_ms)))?;
    match (is_next, waited, expired) {
        (false, ..) => Some(format!("step `{}` after {last}", step.name)),
        (_, false, _) => Some(format!("step `{}` too soon after {last}", step.name)),
        (_, _, true) => Some(format!("step `{}` too late after {last}", step.name)),
        _ => None,
    }
}

//! The slots of one page, decided together.
//!
//! Takes the decisions of slots that were decided alone. The experience whose turn is first shows its content. A rule whose content
//! cannot stand beside what is shown gives way, and its slot is decided again without it. So nothing is shown twice, nothing stands
//! beside what it conflicts with, and no limit is passed.
//!
//! A split gives way as a whole if one of its arms must: the people of its arms stay comparable. Content that a holdout holds back takes its
//! place among other such content. It never takes one from content that is shown.

use alloc::vec::Vec;

use super::page::{CachePolicy, Decision, GaveWay};
use super::slot::Deciding;
use crate::bundle::Effect;
use crate::bundle::plan::{CLASSES, Plan};
use crate::words::{Barred, Detail, Reason};

/// Content that has its place on the page.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown {
    group: u16,
    slot: u32,
    experience: u32,
    content: u32,
    /// A holdout holds it back.
    is_held: bool,
}

/// Which decisions still wait for their turn, and which are planned at all. Their room is used again.
#[derive(Clone, Debug, Default)]
pub(super) struct Turns {
    open: Vec<usize>,
    planned: Vec<usize>,
}

impl Deciding<'_, '_> {
    /// See the module.
    #[inline(never)]
    pub(super) fn plan(&mut self, decisions: &mut [Decision]) {
        let plan = self.program.plan();
        let group = |decision: &Decision| decision.slot.map_or(0, |slot| plan.group(slot));
        self.shown.clear();
        let Turns { mut open, mut planned } = core::mem::take(self.turns);
        planned.clear();
        // A slot that is asked about twice has one place.
        let before = |decisions: &[Decision], at: usize| {
            let slot = decisions.get(at).map(|decision| decision.slot);
            decisions.iter().take(at).position(|before| Some(before.slot) == slot)
        };
        let all = 0..decisions.len();
        let is_planned = |at: &usize| decisions.get(*at).is_some_and(|decision| group(decision) > 0);
        planned.extend(all.clone().filter(is_planned).filter(|at| before(decisions, *at).is_none()));
        open.clone_from(&planned);
        loop {
            let turn = |at: usize| decisions.get(at).and_then(|decision| self.turn(decision));
            let next = open.iter().enumerate().filter_map(|(place, at)| Some((turn(*at)?, place))).min();
            let Some((_, place)) = next else { break };
            let at = open.swap_remove(place);
            let Some(decision) = decisions.get_mut(at) else { break };
            self.group = group(decision);
            if self.takes_place(decision) {
                continue;
            }
            if let Some(slot) = decision.slot {
                *decision = Decision::control(Some(slot));
                self.slot(slot, decision);
                open.push(at);
            }
        }
        self.group = 0;
        self.read_together(decisions, &planned, group);
        for at in all {
            if let Some(same) = before(decisions, at).and_then(|before| decisions.get(before)).cloned()
                && group(&same) > 0
                && let Some(decision) = decisions.get_mut(at)
            {
                *decision = same;
            }
        }
        *self.turns = Turns { open, planned };
    }

    /// When a decision's experience has its turn, if it wants a place.
    fn turn(&self, decision: &Decision) -> Option<u32> {
        let wants = decision.content.is_some() || decision.assignment.is_some() || decision.held().is_some();
        let experience = decision.experience.filter(|_| wants)?;
        self.program.plan().turns.get(experience as usize).copied()
    }

    /// Gives a decision its place, unless its rule must give way.
    fn takes_place(&mut self, decision: &Decision) -> bool {
        let (Some(slot), Some(experience), Some(rule)) = (decision.slot, decision.experience, decision.rule) else {
            return true;
        };
        let first = self.rules.plan(experience as usize).rules.start;
        if self.barred(first + rule as usize, experience).is_some() {
            return false;
        }
        let held = decision.held();
        if let Some(content) = decision.content.or(held.and_then(|held| held.would)) {
            self.shown.push(Shown { group: self.group, slot, experience, content, is_held: held.is_some() });
        }
        true
    }

    /// True if a rule that matches has to give way to what the page shows; the decision notes the first that does. Content that has
    /// expired, or has no text for the visitor, shows nothing, so it takes no place and gives way to nothing.
    #[inline(always)]
    pub(super) fn gives_way(&mut self, rule: usize, content: Option<u32>, decision: &mut Decision) -> bool {
        let is_current = |deciding: &Self| {
            !content.is_some_and(|content| deciding.is_expired(content) || deciding.lacks_text(content))
        };
        cfg!(feature = "plans") && self.group > 0 && is_current(self) && self.is_barred(rule, decision)
    }

    #[inline(never)]
    fn is_barred(&mut self, rule: usize, decision: &mut Decision) -> bool {
        let experience = self.program.experience_of(rule);
        let Some((why, to)) = self.barred(rule, experience as u32) else { return false };
        let rule = (rule - self.rules.plan(experience).rules.start) as u32;
        decision.gave_way.get_or_insert(GaveWay { experience: experience as u32, rule, why, to });
        self.blocked = self.blocked.or(Some(Detail::PagePlan));
        true
    }

    /// True if what the page shows leaves no place for a rule.
    pub(super) fn is_taken(&self, rule: usize, experience: u32) -> bool {
        cfg!(feature = "plans") && self.group > 0 && self.barred(rule, experience).is_some()
    }

    /// Why a rule gives way, and to which slot. Content that took its place first is asked first, so the answer stays when more comes.
    fn barred(&self, rule: usize, experience: u32) -> Option<(Barred, u32)> {
        let plan = self.program.plan();
        let effect = self.rules.effect(rule);
        let any = |of: &dyn Fn(u32) -> bool| match effect {
            Effect::Control => false,
            Effect::Show(content) => of(content),
            Effect::Split(split) => {
                let split = self.program.split(split as usize);
                self.program.arms(&split).any(|(content, ..)| content.is_some_and(of))
            }
        };
        let class = |experience: u32| plan.classes.get(experience as usize).copied().map_or(0, usize::from);
        let (own, is_owed) = (class(experience), self.program.is_owed(experience as usize));
        let limit = plan.limits.get(own).copied().unwrap_or(0);
        let (mut changes, mut of_class) = (0, [0; CLASSES]);
        for shown in self.shown.iter().filter(|shown| shown.group == self.group && !(is_owed && shown.is_held)) {
            changes += 1;
            let count = of_class.get_mut(class(shown.experience)).map_or(0, |count| {
                *count += 1;
                *count
            });
            let why = if !plan.repeats && any(&|content| content == shown.content) {
                Barred::Repeat
            } else if Plan::conflict(&plan.experiences, experience, shown.experience)
                || any(&|content| Plan::conflict(&plan.contents, content, shown.content))
            {
                Barred::Conflict
            } else if changes == plan.changes {
                Barred::Changes
            } else if count == limit && class(shown.experience) == own {
                Barred::Class
            } else {
                continue;
            };
            return Some((why, shown.slot));
        }
        None
    }

    /// Decisions of one group depend on each other, so each has read what all of them have read.
    fn read_together(&mut self, decisions: &mut [Decision], planned: &[usize], group: impl Fn(&Decision) -> u16) {
        for (nth, at) in planned.iter().enumerate() {
            let of = |at: &usize| decisions.get(*at).map_or(0, &group);
            let own = of(at);
            if planned.iter().take(nth).any(|before| of(before) == own) {
                continue;
            }
            let members = || planned.iter().copied().filter(|at| of(at) == own);
            let mut together = Decision::control(None);
            self.begin_reads();
            for decision in members().filter_map(|at| decisions.get(at)) {
                together.depth = together.depth.max(decision.depth);
                together.drawn |= decision.drawn;
                together.varies |= decision.varies;
                for at in decision.read.clone() {
                    if let Some(read) = self.reads.get(at as usize).copied() {
                        self.insert(read);
                    }
                }
            }
            together.read = self.read_here();
            for at in planned {
                if let Some(decision) = decisions.get_mut(*at).filter(|decision| group(decision) == own) {
                    (decision.depth, decision.drawn) = (together.depth, together.drawn);
                    (decision.varies, decision.read) = (together.varies, together.read.clone());
                    // A decision that depends on others depends on the visit as they do.
                    if decision.reason == Reason::Static && together.cache_policy() != CachePolicy::Origin {
                        decision.reason = Reason::TargetingMatch;
                    }
                }
            }
        }
    }
}

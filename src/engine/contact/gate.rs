//! May this be shown now? Dismissals are asked first, then sequences, content that is shown once, caps, gaps, quiet hours and budgets. All of
//! them must agree.
//!
//! If one of them holds a contact back, the answer says which, and the first moment at which none does.

use super::clock::{next_period, period, quiet_until};
use super::history::History;
use crate::bundle::Program;
use crate::bundle::contact::{Cap, Quiet};
use crate::engine::bits::FALSE;
use crate::engine::page::{Decision, HISTORY};
use crate::engine::permit::State;
use crate::engine::slot::Deciding;
use crate::words::{Detail, Purpose, Reason};

/// The most steps from one gate that opens to the next. Gates that never open together need more.
const STEPS_MAX: usize = 64;

/// A part of the policy that held a contact back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Withheld {
    /// Its position, as the [policy](crate::bundle::contact::Policy::name) counts them. `None` for dismissed content.
    pub part: Option<u16>,
    /// Unix milliseconds of the first moment at which nothing holds it back. `None` if that is not known.
    pub not_before_ms: Option<i64>,
}

/// What one gate says.
pub(super) enum Gate {
    Open,
    /// It opens then.
    Closed(i64),
    /// It is not known when it opens.
    Never,
}

/// A decision that the gates are asked about.
pub(super) struct Asked<'a, 'c, 'v> {
    pub(super) deciding: &'a Deciding<'c, 'v>,
    pub(super) history: Option<&'a History>,
    pub(super) experience: usize,
    pub(super) content: u32,
    pub(super) purpose: Purpose,
    is_promotional: bool,
}

impl Deciding<'_, '_> {
    /// True if a rule that matched may not show its content now. Then the next rule is asked; but an arm that was drawn stays, with the
    /// origin's own content.
    #[inline(never)]
    pub(in crate::engine) fn is_withheld(
        &mut self,
        slot: u32,
        [experience, rule]: [usize; 2],
        purpose: Purpose,
        decision: &mut Decision,
    ) -> bool {
        let Some(content) = decision.content else { return false };
        let policy = self.program.contact();
        let quiet = policy.quiet.iter().filter(|quiet| quiet.scope.covers(experience, content));
        let budgets = policy.repeat.budgets.iter().filter(|budget| budget.scope.covers(experience, content));
        let attributes = quiet.map(|quiet| quiet.attribute).chain(budgets.map(|budget| budget.attribute));
        let attributes: alloc::vec::Vec<u16> = attributes.filter_map(|attribute| attribute.checked_sub(1)).collect();
        attributes.iter().for_each(|read| self.note(*read, purpose));
        let is_page = policy.channel(slot) == "web";
        let history = self.permitted.history().filter(|history| is_page || !history.is_of_page);
        let class = policy.class_of.get(experience).copied().unwrap_or(1);
        let turn = policy.repeat.turn_of(experience, rule).map(|(rotation, _)| rotation);
        let mut asked = Asked { deciding: self, history, experience, content, purpose, is_promotional: class & 1 != 0 };
        let (needs_history, is_timed) = (asked.needs_history(turn), asked.is_timed());
        let drawn = asked.budgets().filter_map(|(_, budget)| asked.drawn_by(budget));
        let drawn = drawn.fold(0, |drawn, (unit, _)| drawn | 1 << unit as u8);
        if needs_history.is_none() && !is_timed {
            return false;
        }
        let found = match (needs_history, history) {
            // A page has no other memory than the device's. Without permission for it, caps hold within the page.
            (Some(part), None) if !is_page => Some((Detail::HistoryMissing, Withheld { part, not_before_ms: None })),
            _ if turn.is_some_and(|turn| !asked.is_its_turn(turn)) => {
                Some((Detail::OutOfTurn, Withheld { part: None, not_before_ms: None }))
            }
            _ => asked.first_closed(),
        };
        let is_of_another_turn = matches!(found, Some((Detail::OutOfTurn, Withheld { part: None, .. })));
        decision.is_forgetful |= needs_history.is_some() && history.is_none_or(|history| history.is_of_page);
        self.varies = true;
        self.drawn |= HISTORY | drawn;
        let Some((detail, withheld)) = found else { return false };
        // The content that has the turn says why nothing is shown.
        let is_better = self.withheld.is_none_or(|(first, _)| first == Detail::OutOfTurn && detail != first);
        if is_better && !is_of_another_turn {
            self.withheld = Some((detail, withheld));
        }
        decision.content = None;
        if decision.assignment.is_some() {
            decision.withheld = Some(withheld);
            decision.because(Reason::Split, Some(detail));
            return false;
        }
        decision.because(Reason::Default, None);
        true
    }

    /// The suppression or goal that ends every running experience of a slot that it is about, if one does.
    #[inline(never)]
    pub(in crate::engine) fn suppression(&mut self, slot: u32) -> Option<(Detail, Withheld)> {
        let program = self.program;
        for experience in program.experiences_of(slot as usize) {
            let plan = self.rules.plan(experience);
            if plan.schedule.is_some_and(|schedule| !self.is_running(schedule)) {
                continue;
            }
            for (part, one) in (0..).zip(&program.contact().suppressions) {
                let is_about = u16::try_from(experience).is_ok_and(|at| one.experiences.binary_search(&at).is_ok());
                if is_about && self.known(one.literal(), plan.purpose) != FALSE {
                    return Some((one.detail(), Withheld { part: Some(part), not_before_ms: None }));
                }
            }
        }
        None
    }
}

impl Asked<'_, '_, '_> {
    fn program(&self) -> &Program {
        self.deciding.program
    }

    fn caps(&self) -> impl Iterator<Item = (usize, &Cap)> {
        let caps = self.program().contact().caps.iter().enumerate();
        caps.filter(|(_, cap)| cap.scope.covers(self.experience, self.content))
    }

    fn quiet(&self) -> impl Iterator<Item = (usize, &Quiet)> {
        let quiet = self.program().contact().quiet.iter().enumerate();
        quiet.filter(|(_, quiet)| quiet.scope.covers(self.experience, self.content))
    }

    /// The part that needs contacts before, if one does.
    fn needs_history(&self, rotation: Option<usize>) -> Option<Option<u16>> {
        let policy = self.program().contact();
        let [caps, _, sequences, rotations, once, _] = self.parts();
        let first = self.caps().next().map(|(cap, _)| part(caps + cap));
        let first = first.or_else(|| self.step().map(|(at, ..)| part(sequences + at)));
        let first = first.or(rotation.map(|at| part(rotations + at)));
        let first = first.or_else(|| self.once().next().map(|(at, _)| part(once + at)));
        first.or((policy.cool_off_seconds > 0 && self.is_promotional).then_some(None))
    }

    fn is_timed(&self) -> bool {
        self.quiet().next().is_some() || self.budgets().next().is_some()
    }

    /// Where the parts of each kind begin: caps, quiet hours, sequences, rotations, content that is shown once, budgets.
    fn parts(&self) -> [usize; 6] {
        let policy = self.program().contact();
        let caps = policy.suppressions.len();
        let quiet = caps + policy.caps.len();
        let sequences = quiet + policy.quiet.len();
        let rotations = sequences + policy.repeat.sequences.len();
        let once = rotations + policy.repeat.rotations.len();
        [caps, quiet, sequences, rotations, once, once + policy.repeat.once.len()]
    }

    /// The first gate that is closed now, and when all of them are open.
    pub(super) fn first_closed(&self) -> Option<(Detail, Withheld)> {
        let now = self.deciding.permitted.now_ms();
        let [caps, quiet, sequences, _, once, budgets] = self.parts();
        let is_closed = |gate: Gate| !matches!(gate, Gate::Open);
        let dismissed = || is_closed(self.dismissal(now)).then_some((Detail::Dismissed, None));
        let step = || {
            let detail = match self.sequence(now) {
                Gate::Open => return None,
                Gate::Closed(_) => Detail::TooSoon,
                Gate::Never => Detail::OutOfTurn,
            };
            Some((detail, part(sequences + self.step()?.0)))
        };
        let repeated = || {
            let found = self.once().find(|(_, one)| is_closed(self.repeated(one, now)));
            found.map(|(at, _)| (Detail::Repeated, part(once + at)))
        };
        let cap = |detail: Detail| {
            let is_one = |cap: &Cap| cap.is_gap == (detail == Detail::TooSoon);
            let found = self.caps().find(|(at, cap)| is_one(cap) && is_closed(self.cap(*at, cap, now)));
            found.map(|(at, _)| (detail, part(caps + at)))
        };
        let hours = || {
            let found = self.quiet().find(|(_, quiet)| is_closed(self.hours(quiet, now)));
            found.map(|(at, _)| (Detail::QuietHours, part(quiet + at)))
        };
        let budget = || {
            let found = self.budgets().find(|(_, budget)| is_closed(self.budget(budget, now)));
            found.map(|(at, _)| (Detail::BudgetSpent, part(budgets + at)))
        };
        let found = dismissed().or_else(step).or_else(repeated).or_else(|| cap(Detail::Capped));
        let (detail, part) = found.or_else(|| cap(Detail::TooSoon)).or_else(hours).or_else(budget)?;
        Some((detail, Withheld { part, not_before_ms: self.opens(now) }))
    }

    /// The first moment from `now` on at which every gate is open.
    fn opens(&self, now: i64) -> Option<i64> {
        let mut at = now;
        for _ in 0..STEPS_MAX {
            let gates = core::iter::once(self.dismissal(at))
                .chain(self.caps().map(|(number, cap)| self.cap(number, cap, at)))
                .chain(core::iter::once(self.sequence(at)))
                .chain(self.once().map(|(_, one)| self.repeated(one, at)))
                .chain(self.quiet().map(|(_, quiet)| self.hours(quiet, at)))
                .chain(self.budgets().map(|(_, budget)| self.budget(budget, at)));
            let mut next = at;
            for gate in gates {
                match gate {
                    Gate::Open => {}
                    Gate::Closed(until) => next = next.max(until),
                    Gate::Never => return None,
                }
            }
            if next == at {
                return Some(at);
            }
            at = next;
        }
        None
    }

    fn dismissal(&self, now: i64) -> Gate {
        let Some(history) = self.history.filter(|_| self.is_promotional) else { return Gate::Open };
        let cool_off = 1_000 * i64::from(self.program().contact().cool_off_seconds);
        if history.is_full {
            return Gate::Never;
        }
        let dismissed = history.dismissed.iter().filter(|(content, _)| *content == self.content);
        match dismissed.map(|(_, at)| at + cool_off).max() {
            Some(until) if now < until => Gate::Closed(until),
            _ => Gate::Open,
        }
    }

    fn cap(&self, number: usize, cap: &Cap, now: i64) -> Gate {
        let Some(times) = self.history.and_then(|history| history.caps.get(number)) else { return Gate::Open };
        if times.len() < usize::from(cap.max) {
            return Gate::Open;
        }
        // The oldest of those that fill the cap.
        let Some(oldest) = times.get(usize::from(cap.max) - 1) else { return Gate::Open };
        if cap.period_days == 0 {
            let until = oldest + 1_000 * i64::from(cap.window_seconds);
            return if now < until { Gate::Closed(until) } else { Gate::Open };
        }
        let at = |ms| period(self.program(), cap.zone, cap.period_days, ms);
        // Times are rounded up, and the day that a contact was made in must not be over before it counts.
        match (at((*oldest).min(self.deciding.permitted.now_ms())), at(now)) {
            (Some(then), Some(today)) if then < today => Gate::Open,
            (Some(_), Some(_)) => {
                next_period(self.program(), cap.zone, cap.period_days, now).map_or(Gate::Never, Gate::Closed)
            }
            _ => Gate::Never,
        }
    }

    /// Quiet hours in the person's zone. If that is not known, in every zone of the market. Without a market no hour is known to be allowed.
    fn hours(&self, quiet: &Quiet, now: i64) -> Gate {
        let permitted = self.deciding.permitted;
        let attribute = quiet.attribute.checked_sub(1).map(usize::from);
        let own = attribute.and_then(|at| match permitted.state(at, self.purpose) {
            State::Text(zone) => quiet.zones.get(self.program().closed_position(at, zone)?),
            _ => None,
        });
        let market = permitted.market.and_then(|market| quiet.markets.get(market));
        let zones = own.map(core::slice::from_ref).or(market.map(alloc::vec::Vec::as_slice)).unwrap_or_default();
        if zones.is_empty() {
            return Gate::Never;
        }
        let until = zones.iter().filter_map(|zone| quiet_until(self.program(), quiet, *zone, now)).max();
        until.map_or(Gate::Open, Gate::Closed)
    }
}

fn part(at: usize) -> Option<u16> {
    u16::try_from(at).ok()
}

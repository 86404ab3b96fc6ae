//! The rules of each slot in the order in which the engine tries them, and when they run.
//!
//! Takes a site, gives rules, shadows and meetings. It never looks at a visit.

use super::{Claim, Outcomes, Prover, STEPS_MAX, Verdict, Work, enrol};
use crate::author::percent::WHOLE;
use crate::author::site::{Effect, Experience, Rule, Site, Split, Window};

/// The place of a rule: the position of its experience in the site, and its position in that experience.
pub type RuleAt = (usize, usize);

/// Two experiments that one visit can be in.
#[derive(Clone, Debug, PartialEq)]
pub struct Meeting {
    /// The rule that is tried first.
    pub first: RuleAt,
    /// The other.
    pub second: RuleAt,
    /// Both are for one slot: who is in the first never reaches the second.
    pub same_slot: bool,
    /// The layer that keeps them apart, for any conditions.
    pub layer: Option<String>,
    /// True if one visit can match both. `Never` only where it was proved.
    pub verdict: Verdict,
}

/// How many evaluated nodes one question, and all of a run, may cost.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// One question.
    pub each: u64,
    /// All of them.
    pub all: u64,
}

impl Budget {
    /// For a run at a terminal with a person waiting.
    pub const PATIENT: Self = Self { each: STEPS_MAX, all: 100 * STEPS_MAX };

    /// Asks; nothing once all is spent. Questions for which there was too little time are counted.
    pub(super) fn take<T>(&mut self, tally: &mut Tally, ask: impl FnOnce(&mut Work) -> T) -> Option<T> {
        if self.all == 0 {
            tally.spent += 1;
            return None;
        }
        let granted = self.each.min(self.all);
        let mut work = Work(granted);
        let answer = ask(&mut work);
        // Looking at a question costs something too.
        self.all = self.all.saturating_sub(granted - work.0 + 16);
        tally.spent += usize::from(work.0 == 0);
        Some(answer)
    }

    /// The verdict on all of these at once; it cannot tell once all is spent.
    pub(super) fn verdict(&mut self, tally: &mut Tally, prover: &Prover<'_>, claims: [Claim; 2]) -> Verdict {
        let goals = claims.map(|claim| (claim, Outcomes::TRUE));
        let answer = self.take(tally, |work| prover.ask(&goals, work));
        let verdict = answer.unwrap_or_else(|| Verdict::CannotTell("the budget of this run is spent".into()));
        tally.open += usize::from(matches!(verdict, Verdict::CannotTell(_)));
        verdict
    }
}

/// The number of questions without a proof in a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Questions that were there.
    pub asked: usize,
    /// Questions without an answer, or never asked as the budget was spent.
    pub open: usize,
    /// The questions that a larger budget may answer.
    pub spent: usize,
    /// Pairs that were not looked at, as there are too many.
    pub left: usize,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Placed {
    pub(super) at: RuleAt,
    pub(super) claim: Claim,
    /// True if a visitor who matches goes no further.
    pub(super) stops: bool,
}

/// Pairs of different experiments on one page whose rules can match one visit at one time. With `all`, they include pairs
/// that were proved apart, and pairs in different slots. Otherwise each rule gives at most one pair, in its own slot and
/// with another experience.
pub fn meetings(prover: &mut Prover<'_>, all: bool, budget: &mut Budget) -> (Vec<Meeting>, Tally) {
    let (mut found, mut tally) = (Vec::new(), Tally::default());
    let site = prover.site;
    let experiment = |rule: &Placed| split(site, rule.at).map(|split| &split.experiment);
    let mut before: Vec<Placed> = Vec::new();
    let slots = placed(prover);
    for rules in &slots {
        if !all {
            before.clear();
        }
        for second in rules.iter().filter(|rule| experiment(rule).is_some()).copied() {
            for first in &before {
                let (one, other) = (&site.experiences[first.at.0], &site.experiences[second.at.0]);
                let same_slot = one.slot == other.slot;
                let apart = experiment(first) == experiment(&second)
                    || !(same_slot || pages_meet(&site.slots[one.slot].page, &site.slots[other.slot].page))
                    || !meet_in_time(site, i64::MIN, |market| [one, other].map(|of| window(of, market)))
                    || (!all && first.at.0 == second.at.0);
                if apart {
                    continue;
                }
                tally.asked += 1;
                let layer = common_layer(site, first.at, second.at);
                let sides = [first, &second].map(|rule| enrol::Side::Ours(std::slice::from_ref(rule)));
                let verdict = match &layer {
                    Some(_) => Verdict::Never,
                    None => enrol::both(prover, &slots, sides, i64::MIN, budget, &mut tally),
                };
                let meets = matches!(verdict, Verdict::Holds(_));
                if meets || all {
                    found.push(Meeting { first: first.at, second: second.at, same_slot, layer, verdict });
                }
                if meets && !all {
                    break;
                }
            }
            before.push(second);
        }
    }
    (found, tally)
}

pub(super) fn split(site: &Site, (experience, rule): RuleAt) -> Option<&Split> {
    site.experiences.get(experience)?.rules.get(rule)?.split()
}

/// The layer that two different experiments are in, whose visitors are never in both.
pub(super) fn common_layer(site: &Site, first: RuleAt, second: RuleAt) -> Option<String> {
    let place = |at| split(site, at).and_then(|split| split.layer);
    let (one, other) = (place(first)?, place(second)?);
    let layer = site.layers.get(one).filter(|_| one == other);
    layer.map(|layer| layer.name.clone())
}

pub(super) fn placed(prover: &mut Prover<'_>) -> Vec<Vec<Placed>> {
    let site = prover.site;
    let mut ordered: Vec<_> = rules(site).collect();
    ordered.sort_by_key(|(_, one, _)| (one.slot, -i64::from(one.priority), &one.name));
    let mut slots: Vec<Vec<Placed>> = vec![Vec::new(); site.slots.len()];
    for (at, experience, rule) in ordered {
        slots[experience.slot].push(Placed { at, claim: prover.rule(experience, rule), stops: stops(&rule.effect) });
    }
    slots
}

pub(super) fn rules(site: &Site) -> impl Iterator<Item = (RuleAt, &Experience, &Rule)> {
    site.experiences.iter().enumerate().flat_map(|(at, experience)| {
        experience.rules.iter().enumerate().map(move |(number, rule)| ((at, number), experience, rule))
    })
}

/// True if a visitor who matches goes no further. A split of all traffic keeps everybody, also visitors without an id.
fn stops(effect: &Effect) -> bool {
    match effect {
        Effect::Show(_) | Effect::Control => true,
        Effect::Split(split) => split.traffic >= WHOLE && split.arms.iter().map(|arm| arm.share).sum::<u32>() >= WHOLE,
    }
}

/// When an experience runs in a market, or everywhere else, if holidays are left out of account.
pub(super) fn window(experience: &Experience, market: Option<usize>) -> Window {
    experience.schedule.as_ref().map_or(ALWAYS, |schedule| schedule.outer(market))
}

/// The same without the holidays of the market.
pub(super) fn windows(experience: &Experience, market: Option<usize>) -> Vec<Window> {
    experience.schedule.as_ref().map_or_else(|| vec![ALWAYS], |schedule| schedule.windows(market))
}

const ALWAYS: Window = Window { from_ms: i64::MIN, until_ms: i64::MAX };

/// Every market of a site, and everywhere else.
pub(super) fn markets(site: &Site) -> impl DoubleEndedIterator<Item = Option<usize>> {
    (0..site.markets.len()).map(Some).chain([None])
}

/// True if two windows have a time in common in some market, at `from_ms` or later.
pub(super) fn meet_in_time(site: &Site, from_ms: i64, windows: impl Fn(Option<usize>) -> [Window; 2]) -> bool {
    markets(site).any(|market| {
        let [one, other] = windows(market);
        one.from_ms.max(other.from_ms).max(from_ms) < one.until_ms.min(other.until_ms)
    })
}

/// True if some page may match both patterns. Two with stars are taken to share one unless their starts differ.
pub(super) fn pages_meet(one: &str, other: &str) -> bool {
    let start = |page: &str| page.split('*').next().unwrap_or_default().to_owned();
    match (one.contains('*'), other.contains('*')) {
        (false, _) => crate::page::matches(other, one),
        (_, false) => crate::page::matches(one, other),
        _ => {
            let (one, other) = (start(one), start(other));
            one.starts_with(&other) || other.starts_with(&one)
        }
    }
}

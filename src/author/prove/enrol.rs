//! Visitors who are in two experiments as the engine decides it: no earlier rule takes them, both experiments run at that
//! time, and both draw them.
//!
//! Takes two experiments, gives a visitor with the id, the consent and the time that they need, or a proof that there is none.

use std::ops::Range;

use super::cells::{BASE_MS, Rules};
use super::outcome::Outcomes;
use super::question::Work;
use super::search::search;
use super::slots::{Budget, Placed, Tally, markets, split, window, windows};
use super::{Claim, Prover, Verdict, Witness};
use crate::author::percent::WHOLE;
use crate::author::points::count;
use crate::author::site::{Points, Site, Split, Window};
use crate::words::{Purpose, Unit};

/// The most ids that are tried for one visitor.
const IDS_MAX: u32 = 20_000;

/// The most earlier rules that a visitor is kept out of.
const BLOCKERS_MAX: usize = 48;

/// One of the two: rules of ours, or what another tool asks, and when that runs.
#[derive(Clone, Copy, Debug)]
pub(super) enum Side<'s> {
    Ours(&'s [Placed]),
    Theirs(Claim, Window),
}

impl Side<'_> {
    /// When it runs in a market: a holiday divides the time of an experience.
    fn windows(&self, site: &Site, market: Option<usize>) -> Vec<Window> {
        match self {
            Self::Ours(rules) => {
                let experience = rules.first().and_then(|rule| site.experiences.get(rule.at.0));
                experience.map_or_else(Vec::new, |experience| windows(experience, market))
            }
            Self::Theirs(_, window) => vec![*window],
        }
    }

    /// The conditions of an enrolment, each with the rule that it comes from.
    fn ways(&self) -> Vec<(Claim, Option<Placed>)> {
        match self {
            Self::Ours(rules) => rules.iter().map(|rule| (rule.claim, Some(*rule))).collect(),
            Self::Theirs(claim, _) => vec![(*claim, None)],
        }
    }
}

/// True if one visit can be in both at `from_ms` or later. In one slot the first takes it; the second would, were the first not there.
pub(super) fn both(
    prover: &Prover<'_>,
    slots: &[Vec<Placed>],
    sides: [Side<'_>; 2],
    from_ms: i64,
    budget: &mut Budget,
    tally: &mut Tally,
) -> Verdict {
    let site = prover.site;
    let (mut unsure, mut seen) = (None, Vec::new());
    // Everywhere else first: such a visitor needs no region.
    for market in markets(site).rev() {
        let regions = market.and_then(|market| site.markets.get(market)).map(|market| &market.regions);
        let region = regions.map(|regions| regions.first());
        let [ours, theirs] = sides.map(|side| side.windows(site, market));
        let pairs = ours.iter().flat_map(|one| theirs.iter().map(move |other| (one, other)));
        for (one, other) in pairs {
            let clock = one.from_ms.max(other.from_ms).max(from_ms)..one.until_ms.min(other.until_ms);
            if clock.is_empty() || region == Some(None) || seen.contains(&clock) {
                continue;
            }
            seen.push(clock.clone());
            for first in sides[0].ways() {
                for second in sides[1].ways() {
                    let asked = Pair { prover, slots, ways: [first, second], window: clock.clone() };
                    let answer = budget.take(tally, |work| asked.visitor(work));
                    match answer.unwrap_or_else(|| Verdict::CannotTell("the budget of this run is spent".into())) {
                        Verdict::Holds(mut witness) => {
                            witness.region = region.flatten().cloned();
                            return Verdict::Holds(witness);
                        }
                        Verdict::Never => {}
                        Verdict::CannotTell(reason) => unsure = Some(reason),
                    }
                }
            }
        }
    }
    tally.open += usize::from(unsure.is_some());
    unsure.map_or(Verdict::Never, Verdict::CannotTell)
}

struct Pair<'p, 's> {
    prover: &'p Prover<'s>,
    slots: &'p [Vec<Placed>],
    ways: [(Claim, Option<Placed>); 2],
    window: std::ops::Range<i64>,
}

impl Pair<'_, '_> {
    /// Looks for a visitor until no earlier rule takes the one that is found.
    fn visitor(&self, work: &mut Work) -> Verdict {
        let known = Rules::KNOWN.clock;
        let clock = self.window.start.max(*known.start())..=(self.window.end - 1).min(*known.end());
        let has_window = clock != known;
        let mut blockers: Vec<Placed> = Vec::new();
        loop {
            let wanted = self.ways.iter().map(|(claim, _)| (*claim, Outcomes::TRUE));
            let open = blockers.iter().map(|rule| (rule.claim, Outcomes::NOT_TRUE));
            let goals: Vec<_> = wanted.chain(open).collect();
            let rules = Rules { unknowns: false, clock: clock.clone() };
            let purposes = goals.iter().filter_map(|(claim, _)| claim.purpose).collect();
            let question = self.prover.question(&goals, !crate::words::Purposes::NONE, rules);
            let mut witness = match search(self.prover, &question, work) {
                Ok(visit) => Witness::new(self.prover.site, &visit, purposes),
                Err(Verdict::Never) if !blockers.iter().all(|rule| self.always_takes(rule)) => {
                    return Verdict::CannotTell("an earlier rule takes some of those who match both".into());
                }
                Err(verdict) => return verdict,
            };
            if witness.now_ms.is_none() && has_window {
                witness.now_ms = Some(BASE_MS.clamp(*clock.start(), *clock.end()));
            }
            let hits = self.takers(&witness, work);
            if hits.is_empty() {
                return self.drawn(witness);
            }
            blockers.extend(hits);
            if blockers.len() > BLOCKERS_MAX {
                return Verdict::CannotTell(format!("more than {BLOCKERS_MAX} earlier rules"));
            }
        }
    }

    /// Earlier rules that take this visitor, a few at a time.
    fn takers(&self, witness: &Witness, work: &mut Work) -> Vec<Placed> {
        let pair = self.ways.map(|(_, rule)| rule);
        let mut found: Vec<Placed> = Vec::new();
        for rule in pair.into_iter().flatten() {
            let slot = self.slots.iter().find(|slot| slot.iter().any(|one| one.at == rule.at));
            let earlier = slot.into_iter().flatten().take_while(|one| one.at != rule.at);
            let others = earlier.filter(|one| {
                let is_pair = |of: Placed| one.at == of.at || (one.at.0 == of.at.0 && one.at.0 != rule.at.0);
                !pair.into_iter().flatten().any(is_pair) && self.runs(one)
            });
            for one in others {
                work.0 = work.0.saturating_sub(1);
                if found.len() < 4 && !found.iter().any(|known| known.at == one.at) {
                    found.extend(Some(*one).filter(|one| self.prover.truth(one.claim, witness) == Some(true)));
                }
            }
        }
        found
    }

    /// True if a rule runs at some time of the pair, in some market.
    fn runs(&self, rule: &Placed) -> bool {
        let site = self.prover.site;
        markets(site).any(|market| {
            let running = window(&site.experiences[rule.at.0], market);
            running.from_ms < self.window.end && self.window.start < running.until_ms
        })
    }

    /// True if this rule takes every visitor who matches it, at any time of the pair.
    fn always_takes(&self, rule: &Placed) -> bool {
        let site = self.prover.site;
        rule.stops
            && markets(site).all(|market| {
                windows(&site.experiences[rule.at.0], market)
                    .iter()
                    .any(|running| running.from_ms <= self.window.start && self.window.end <= running.until_ms)
            })
    }

    /// The visitor with ids that both draw, and the consent that ids need.
    fn drawn(&self, mut witness: Witness) -> Verdict {
        let site = self.prover.site;
        let splits: Vec<&Split> = self.ways.iter().filter_map(|(_, rule)| split(site, (*rule)?.at)).collect();
        if splits.iter().any(|split| drawn_share(split).contains(&0)) {
            return Verdict::Never;
        }
        for unit in Unit::ALL.iter().filter(|unit| splits.iter().any(|split| split.unit == **unit)) {
            let mut ids = (0..IDS_MAX).map(|number| format!("id-{number}"));
            let same = || splits.iter().filter(|split| split.unit == *unit);
            let Some(id) = ids.find(|id| same().all(|split| split.draw(site, id).is_some())) else {
                return Verdict::CannotTell(format!("no {unit} id that both draw among {IDS_MAX}"));
            };
            witness.identity.insert(*unit, id);
            witness.grants.insert(Purpose::Analytics, true);
            if *unit == Unit::Visitor {
                witness.grants.insert(Purpose::Storage, true);
            }
        }
        Verdict::Holds(Box::new(witness))
    }
}

/// The points of those who take part, and those of all its arms.
fn drawn_share(split: &Split) -> [u32; 2] {
    [count(&split.points), count(&of_arms(split))]
}

/// The points of all arms.
fn of_arms(split: &Split) -> Points {
    split.arms.iter().flat_map(|arm| arm.points.iter().cloned()).collect()
}

/// How many points are in both.
fn common(one: &Points, other: &Points) -> u32 {
    let meet = |a: &Range<u32>, b: &Range<u32>| a.end.min(b.end).saturating_sub(a.start.max(b.start));
    one.iter().flat_map(|a| other.iter().map(move |b| meet(a, b))).sum()
}

/// The share of those who match both that both draw: one draw where they share salt and unit, two otherwise.
pub(super) fn drawn_by_both(one: &Split, other: &Split) -> f64 {
    let share = |points: u32| f64::from(points) / f64::from(WHOLE);
    let shared = one.unit == other.unit && one.salt == other.salt;
    let joint = |is_one_draw: bool, one: &Points, other: &Points| match is_one_draw {
        true => share(common(one, other)),
        false => share(count(one)) * share(count(other)),
    };
    let is_one_traffic = shared && one.layer.is_none() && other.layer.is_none();
    joint(is_one_traffic, &one.points, &other.points) * joint(shared, &of_arms(one), &of_arms(other))
}

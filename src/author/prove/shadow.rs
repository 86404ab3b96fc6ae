//! Finds rules whose every visit is taken by earlier rules of the slot.
//!
//! Takes the rules of a slot in order, gives the earlier ones that do it together, or that the rule is free. Hidden data
//! counts. An earlier rule that reads more than this one can be unknown where this one matches. A rule for another purpose
//! can lack the data that this rule may use. A rule that does not run all the time takes only what comes while it runs.

use std::collections::{BTreeSet, HashMap};
use std::ops::RangeInclusive;
use std::rc::Rc;

use super::cells::{BASE_MS, Rules, members};
use super::graph::{Graph, NodeId};
use super::outcome::Outcomes;
use super::question::{Visit, Work};
use super::sample::Sample;
use super::search::search;
use super::slots::{Budget, Placed, RuleAt, Tally, markets, placed, window, windows};
use super::state::State;
use super::{Prover, Verdict};
use crate::author::expr::{Comparison, Condition, Term};
use crate::author::site::{Literal, Site};
use crate::words::{Purpose, Purposes};

/// A rule that no visit reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shadow {
    /// The rule.
    pub rule: RuleAt,
    /// The earlier rules that take every visit it could have; none if it never matches by itself.
    pub by: Vec<RuleAt>,
    /// One of them has the same condition.
    pub repeats: bool,
}

/// Every rule that no visit reaches, with the number of open questions.
pub fn shadows(prover: &mut Prover<'_>, budget: &mut Budget) -> (Vec<Shadow>, Tally) {
    let (mut found, mut tally) = (Vec::new(), Tally::default());
    let slots = placed(prover);
    let reads = prover.graph.reads();
    for rules in &slots {
        let earlier = Earlier::new(prover, rules, &reads);
        for (position, rule) in rules.iter().enumerate().filter(|(_, rule)| !is_later_turn(prover.site, rule.at)) {
            tally.asked += 1;
            match budget.take(&mut tally, |work| earlier.shadow(position, work)) {
                None | Some(Shadowed::Unsure) => tally.open += 1,
                Some(Shadowed::Free) => {}
                Some(Shadowed::By(by)) => {
                    let repeats = by.iter().any(|at| rules[*at].claim == rule.claim);
                    let mut by: Vec<RuleAt> = by.into_iter().map(|at| rules[at].at).collect();
                    by.sort_unstable();
                    found.push(Shadow { rule: rule.at, by, repeats });
                }
            }
        }
    }
    (found, tally)
}

/// True if the rule is one of contents that take turns, behind the first: it matches with the first, and has a turn of its own.
fn is_later_turn(site: &Site, at: RuleAt) -> bool {
    let rule = site.experiences.get(at.0).and_then(|experience| experience.rules.get(at.1));
    rule.and_then(|rule| rule.turn.as_ref()).is_some_and(|turn| turn.at > 0)
}

/// How a rule stands.
enum Shadowed {
    Free,
    /// Positions in the slot. Empty where the rule never matches by itself.
    By(Vec<usize>),
    Unsure,
}

/// The most earlier rules that are taken together.
const BLOCKERS_MAX: usize = 48;

/// The most purposes of one slot whose grants are tried in every combination.
const PURPOSES_MAX: usize = 5;

/// An index of a slot's rules: each by the rarest thing that must hold for it.
struct Earlier<'p, 's> {
    prover: &'p Prover<'s>,
    /// The rules of the slot, in order.
    slot: &'p [Placed],
    /// Attribute → conjuncts that read it and that rules are kept by.
    keys: HashMap<usize, Vec<NodeId>>,
    /// The same for conjuncts that only name values: attribute and value → conjuncts.
    named: HashMap<(usize, String), Vec<NodeId>>,
    rules: HashMap<NodeId, Vec<usize>>,
    /// Conjuncts that hold without knowing anything.
    free: Vec<NodeId>,
    /// The slot's experiences in order, each with the position of its first rule.
    experiences: Vec<(usize, usize)>,
    purposes: Purposes,
}

impl<'p, 's> Earlier<'p, 's> {
    /// `reads` is what each node reads.
    fn new(prover: &'p Prover<'s>, slot: &'p [Placed], reads: &[Rc<[usize]>]) -> Self {
        let graph = &prover.graph;
        let mut experiences: Vec<_> = slot.iter().enumerate().map(|(position, rule)| (rule.at.0, position)).collect();
        experiences.dedup_by_key(|(experience, _)| *experience);
        let mut earlier = Self {
            prover,
            slot,
            keys: HashMap::new(),
            named: HashMap::new(),
            rules: HashMap::new(),
            free: Vec::new(),
            experiences,
            purposes: slot.iter().filter_map(|rule| rule.claim.purpose).collect(),
        };
        let mut counts: HashMap<NodeId, usize> = HashMap::new();
        for part in slot.iter().flat_map(|rule| graph.conjuncts(rule.claim.node)) {
            *counts.entry(*part).or_default() += 1;
        }
        let mut nothing = Sample::new([], prover.site.attributes.len());
        for (position, rule) in slot.iter().enumerate().filter(|(_, rule)| rule.stops) {
            let parts = graph.conjuncts(rule.claim.node);
            let Some(key) = parts.iter().min_by_key(|part| counts.get(part)).copied() else { continue };
            let kept = earlier.rules.entry(key).or_default();
            kept.push(position);
            if kept.len() > 1 {
                continue;
            }
            if let Some((attribute, values)) = values_named(graph, key) {
                for value in values {
                    earlier.named.entry((attribute, value.clone())).or_default().push(key);
                }
            } else {
                for read in reads[key as usize].iter() {
                    earlier.keys.entry(*read).or_default().push(key);
                }
            }
            if nothing.truth(graph, key) == Some(true) {
                earlier.free.push(key);
            }
        }
        earlier
    }

    /// How the rule at `position` stands.
    fn shadow(&self, position: usize, work: &mut Work) -> Shadowed {
        let mut by: BTreeSet<usize> = BTreeSet::new();
        let (grants, all_grants) = grants(self.purposes);
        for (clock, running) in self.segments(position, work) {
            for granted in &grants {
                let moment = Moment { clock: &clock, running: &running, granted: *granted };
                match self.covered(position, &moment, work) {
                    Shadowed::By(more) => by.extend(more),
                    other => return other,
                }
            }
        }
        if all_grants { Shadowed::By(by.into_iter().collect()) } else { Shadowed::Unsure }
    }

    /// The stretches of time in which the same experiences run beside the rule's own, in every market.
    fn segments(&self, position: usize, work: &mut Work) -> Vec<(RangeInclusive<i64>, Running)> {
        let site = self.prover.site;
        let own = &site.experiences[self.slot[position].at.0];
        let beside = || self.experiences.iter().take_while(|(_, first)| *first <= position).map(|(at, _)| *at);
        if !beside().any(|at| site.experiences[at].schedule.is_some()) {
            return vec![(i64::MIN..=i64::MAX, None)];
        }
        let mut found: Vec<(RangeInclusive<i64>, Running)> = Vec::new();
        for market in markets(site) {
            let whole = window(own, market);
            let of = |at: usize| windows(&site.experiences[at], market).into_iter().map(move |window| (at, window));
            let windows: Vec<_> = beside().flat_map(of).collect();
            work.0 = work.0.saturating_sub(windows.len() as u64);
            let edges = windows.iter().flat_map(|(_, window)| [window.from_ms, window.until_ms]);
            // Its own start is one of them, unless it is empty.
            let inside = edges.filter(|edge| (whole.from_ms..whole.until_ms).contains(edge));
            let starts: Vec<i64> = inside.collect::<BTreeSet<_>>().into_iter().collect();
            for (number, start) in starts.iter().enumerate() {
                let end = starts.get(number + 1).unwrap_or(&whole.until_ms) - 1;
                // On a holiday the rule itself does not run.
                if !windows.iter().any(|(at, window)| {
                    site.experiences[*at].name == own.name && window.from_ms <= *start && *start < window.until_ms
                }) {
                    continue;
                }
                let running = windows.iter().filter(|(_, window)| window.from_ms <= *start && *start < window.until_ms);
                let segment = (*start..=end, Some(running.map(|(at, _)| *at).collect()));
                if !found.contains(&segment) {
                    found.push(segment);
                }
            }
        }
        found
    }

    /// Asks for a visit that this rule has and those found so far have not, until there is none or no other rule takes it.
    fn covered(&self, position: usize, moment: &Moment<'_>, work: &mut Work) -> Shadowed {
        let (prover, slot) = (self.prover, self.slot);
        let mut blockers: Vec<usize> = Vec::new();
        loop {
            let open = blockers.iter().map(|at| (slot[*at].claim, Outcomes::NOT_TRUE));
            let goals: Vec<_> = std::iter::once((slot[position].claim, Outcomes::TRUE)).chain(open).collect();
            let allowed = Rules { unknowns: true, clock: moment.clock.clone() };
            let question = prover.question(&goals, moment.granted, allowed);
            let visit = match search(prover, &question, work) {
                Ok(visit) => visit,
                Err(Verdict::Never) => return Shadowed::By(blockers),
                Err(_) => return Shadowed::Unsure,
            };
            let hits = self.hits(position, &visit, moment, work);
            if hits.is_empty() {
                return Shadowed::Free;
            }
            blockers.extend(hits.into_iter().filter(|hit| !blockers.contains(hit)).take(4).collect::<Vec<_>>());
            if blockers.len() > BLOCKERS_MAX {
                return Shadowed::Unsure;
            }
        }
    }

    /// The earlier rules that take a visit.
    fn hits(&self, position: usize, visit: &Visit, moment: &Moment<'_>, work: &mut Work) -> Vec<usize> {
        let (prover, now) = (self.prover, self.prover.site.attributes.len());
        let mut known: Vec<(usize, State)> =
            visit.states.iter().filter(|(_, state)| *state != State::Unknown).cloned().collect();
        if !known.iter().any(|(read, _)| *read == now) {
            let usual = BASE_MS.clamp(*moment.clock.start(), *moment.clock.end());
            known.push((now, State::Is(Literal::Timestamp(usual))));
        }
        let mut samples: HashMap<Option<Purpose>, Sample> = HashMap::new();
        let mut keys: Vec<NodeId> = self.free.clone();
        for (read, state) in &known {
            keys.extend(self.keys.get(read).into_iter().flatten());
            let State::Is(literal) = state else { continue };
            for value in literal.texts() {
                keys.extend(self.named.get(&(*read, value.clone())).into_iter().flatten());
            }
        }
        keys.sort_unstable();
        keys.dedup();
        let mut hits = Vec::new();
        for key in keys {
            // A spent budget ends the next search, and with it this rule.
            work.0 = work.0.saturating_sub(1);
            let Some(kept) = self.rules.get(&key) else { continue };
            for at in kept.iter().take_while(|at| **at < position).filter(|at| moment.runs(self.slot[**at].at.0)) {
                let claim = self.slot[*at].claim;
                let sample = samples.entry(claim.purpose).or_insert_with(|| {
                    let hidden = prover.hidden(claim.purpose, moment.granted);
                    Sample::new(known.iter().filter(|(read, _)| !hidden.contains(read)).cloned(), now)
                });
                if sample.truth(&prover.graph, key) == Some(true)
                    && sample.truth(&prover.graph, claim.node) == Some(true)
                {
                    hits.push(*at);
                }
            }
        }
        work.0 = work.0.saturating_sub(samples.values().map(Sample::steps).sum());
        hits.sort_unstable();
        hits
    }
}

/// A time, and the permissions at that time.
struct Moment<'m> {
    clock: &'m RangeInclusive<i64>,
    running: &'m Running,
    granted: Purposes,
}

/// The experiences that run; `None` is all of them.
type Running = Option<BTreeSet<usize>>;

impl Moment<'_> {
    fn runs(&self, experience: usize) -> bool {
        self.running.as_ref().is_none_or(|running| running.contains(&experience))
    }
}

/// The permissions to try, as far as rules of several purposes can tell: every combination, or some of them and `false`.
fn grants(purposes: Purposes) -> (Vec<Purposes>, bool) {
    if purposes.iter().count() < 2 {
        return (vec![!Purposes::NONE], true);
    }
    let told: Vec<Purpose> = purposes.with(Purpose::Contextual).without(Purpose::Necessary).iter().collect();
    if told.len() > PURPOSES_MAX {
        return (vec![!Purposes::NONE], false);
    }
    let without = |set: u32| members(&told, set).into_iter().fold(!Purposes::NONE, Purposes::without);
    ((0..1_u32 << told.len()).map(without).collect(), true)
}

/// The attribute and values of an atom that only names values: it can hold for one of these alone.
fn values_named(graph: &Graph, node: NodeId) -> Option<(usize, &[String])> {
    let atom = graph.atom(*graph.node(node).atom()?);
    let (attribute, values) = match &atom.condition {
        Condition::Compare(Comparison::Equal, Term::Attribute(attribute), Term::Literal(value))
        | Condition::Compare(Comparison::Equal, Term::Literal(value), Term::Attribute(attribute))
        | Condition::In(Term::Literal(value), Term::Attribute(attribute))
        | Condition::In(Term::Attribute(attribute), Term::Literal(value)) => (*attribute, value.texts()),
        _ => return None,
    };
    (!values.is_empty()).then_some((attribute, values))
}

//! Audiences that nobody is in, that everybody is in, and that are the same as another.
//!
//! Takes the audiences, reports proofs. Pairs are asked only where both read the same and agree on every sample visit.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use super::super::cells::BASE_MS;
use super::super::graph::NodeId;
use super::super::outcome::Outcomes;
use super::super::sample::Sample;
use super::super::state::{State, unmentioned};
use super::{Budget, Prover, Tally};
use crate::author::diagnostic::Diagnostic;
use crate::author::prove::{Claim, Verdict};
use crate::author::site::{Attribute, Audience, Literal};
use crate::words::ValueType;

/// Visits that questions are tried on before they are asked.
const SAMPLES_MAX: usize = 24;

/// The most audiences that are compared in every pair, where samples do not tell them apart.
const ALIKE_MAX: usize = 24;

/// What an audience reads, and what it comes to for every sample.
type Signature = (Rc<[usize]>, Vec<Option<bool>>);

/// Reports them all.
pub(super) fn check(prover: &Prover<'_>, budget: &mut Budget, found: &mut Vec<Diagnostic>) -> Tally {
    let mut tally = Tally::default();
    let mut samples = vec![filled(prover, &[])];
    // Audiences that some hold and some do not: all others are reported by themselves.
    let mut sound: Vec<(usize, NodeId)> = Vec::new();
    let mut same: HashMap<NodeId, usize> = HashMap::new();
    for (position, audience) in prover.site.audiences.iter().enumerate() {
        let Some(claim) = prover.audience(position) else { continue };
        if let Some(first) = same.get(&claim.node) {
            found.push(duplicate(audience, &prover.site.audiences[*first]));
            continue;
        }
        same.insert(claim.node, position);
        tally.asked += 1;
        let mut one = Tally::default();
        let mut dead_or_always = false;
        for want in [Outcomes::TRUE, Outcomes::NOT_TRUE] {
            let steps = |samples: &[Sample]| samples.iter().map(Sample::steps).sum::<u64>();
            let before = steps(&samples);
            let shown =
                samples.iter_mut().any(|sample| Outcomes::of(sample.truth(&prover.graph, claim.node)).within(want));
            budget.all = budget.all.saturating_sub(steps(&samples) - before);
            if shown {
                continue;
            }
            match budget.take(&mut one, |work| prover.found(&[(claim, want)], work)) {
                Some(Ok(visit)) if samples.len() < SAMPLES_MAX => samples.push(filled(prover, &visit.states)),
                Some(Ok(_)) => {}
                Some(Err(Verdict::Never)) => {
                    found.push(if want == Outcomes::TRUE { dead(audience) } else { always(audience) });
                    dead_or_always = true;
                }
                _ => one.open = 1,
            }
            if dead_or_always {
                break;
            }
        }
        tally.open += one.open;
        tally.spent += one.open.min(one.spent);
        if !dead_or_always && one.open == 0 {
            sound.push((position, claim.node));
        }
    }
    duplicates(prover, &sound, &mut samples, budget, found);
    tally
}

/// Reports pairs that hold for the same visits, as far as the budget goes: what is not found does no harm.
fn duplicates(
    prover: &Prover<'_>,
    sound: &[(usize, NodeId)],
    samples: &mut [Sample],
    budget: &mut Budget,
    found: &mut Vec<Diagnostic>,
) {
    let reads = prover.graph.reads();
    let mut alike: BTreeMap<Signature, Vec<(usize, NodeId)>> = BTreeMap::new();
    for (position, node) in sound {
        let signature = samples.iter_mut().map(|sample| sample.truth(&prover.graph, *node)).collect();
        alike.entry((Rc::clone(&reads[*node as usize]), signature)).or_default().push((*position, *node));
    }
    for group in alike.into_values() {
        for (number, (position, node)) in group.iter().enumerate() {
            for (other, other_node) in group[..number].iter().rev().take(ALIKE_MAX) {
                let [claim, other_claim] = [*node, *other_node].map(|node| Claim { node, purpose: None });
                let apart = |one, other| [(one, Outcomes::TRUE), (other, Outcomes::NOT_TRUE)];
                let mut both = [apart(claim, other_claim), apart(other_claim, claim)].into_iter();
                if both.all(|goals| {
                    let answer = budget.take(&mut Tally::default(), |work| prover.found(&goals, work));
                    matches!(answer, Some(Err(Verdict::Never)))
                }) {
                    found.push(duplicate(&prover.site.audiences[*position], &prover.site.audiences[*other]));
                    break;
                }
            }
        }
    }
}

/// A visit with these states, and something harmless for everything else.
fn filled(prover: &Prover<'_>, states: &[(usize, State)]) -> Sample {
    let attributes = &prover.site.attributes;
    let usual = attributes.iter().enumerate().map(|(at, attribute)| (at, harmless(attribute)));
    let now = (attributes.len(), State::Is(Literal::Timestamp(BASE_MS)));
    Sample::new(usual.chain([now]).chain(states.iter().cloned()), attributes.len())
}

/// What an attribute is when nobody says anything, or some value of it where that would be a fault of the data.
fn harmless(attribute: &Attribute) -> State {
    let usual = unmentioned(attribute);
    if usual != State::Unknown {
        return usual;
    }
    let (low, high) = attribute.range.unwrap_or((0.0, 0.0));
    State::Is(match attribute.value_type {
        ValueType::Bool => Literal::Bool(false),
        ValueType::Int if low.ceil() <= high => Literal::Int(low.ceil() as i64),
        ValueType::Double => Literal::Double(low),
        ValueType::Symbol => match attribute.values.last() {
            Some(value) => Literal::Text(value.clone()),
            None => return State::Unknown,
        },
        ValueType::String => Literal::Text(String::new()),
        ValueType::List => Literal::List(Vec::new()),
        ValueType::Timestamp => Literal::Timestamp(BASE_MS),
        ValueType::Int => return State::Unknown,
    })
}

fn dead(audience: &Audience) -> Diagnostic {
    warning("SV2107", audience, format!("nobody can ever be in `{}`", audience.name))
        .why("its rows contradict each other: proved for every visitor")
        .help(format!("run `selvedge prove audience {}`, and change the rows or remove the audience", audience.name))
}

fn always(audience: &Audience) -> Diagnostic {
    warning("SV2108", audience, format!("everybody is in `{}`", audience.name))
        .why("no visitor whose data is known can be outside: proved")
        .help("narrow the rows, or remove the audience")
}

fn duplicate(audience: &Audience, first: &Audience) -> Diagnostic {
    let what = format!("`{}` and `{}` are the same people", first.name, audience.name);
    warning("SV2109", audience, what)
        .why(format!("no visitor can be in one and not in the other: proved; the first is in {}", first.place.file))
        .help("keep one of the two")
}

fn warning(code: &'static str, audience: &Audience, what: String) -> Diagnostic {
    Diagnostic { owner: audience.owner.clone(), ..Diagnostic::error(code, audience.place.clone(), what).warning() }
}

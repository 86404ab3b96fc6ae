//! Audiences without visitors, audiences of everybody, and audiences that are the same as another.
//!
//! Takes the audiences, reports proofs. Pairs are asked only where both read the same and agree on every sample visit.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use super::super::cells::{Rules, cells};
use super::super::graph::NodeId;
use super::super::outcome::Outcomes;
use super::super::sample::Sample;
use super::super::state::{State, unmentioned};
use super::{Budget, Prover, Tally};
use crate::author::diagnostic::Diagnostic;
use crate::author::prove::{Claim, Verdict};
use crate::author::site::Audience;

/// Visits that questions are tried on before they are asked.
const SAMPLES_MAX: usize = 24;

/// The most audiences that are compared in every pair, where samples do not tell them apart.
const ALIKE_MAX: usize = 24;

/// The attributes that an audience reads, and its result for every sample.
type Signature = (Rc<[usize]>, Vec<Option<bool>>);

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
                    break;
                }
                _ => one.open = 1,
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

/// Reports pairs that hold for the same visits, within the budget. A missed pair does no harm.
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

/// A visit with these states. Everything else has its default, or some value if a missing one would be a fault of the data.
fn filled(prover: &Prover<'_>, states: &[(usize, State)]) -> Sample {
    let attributes = &prover.site.attributes;
    let now = attributes.len();
    let all: Vec<usize> = (0..=now).collect();
    let some = cells(attributes, &all, &[], &Rules::KNOWN).states.into_iter().filter_map(|mut states| states.pop());
    let usual =
        attributes.iter().map(|attribute| Some(unmentioned(attribute)).filter(|state| *state != State::Unknown));
    let usual = usual.chain([None]).zip(some).map(|(usual, some)| usual.unwrap_or(some));
    Sample::new(all.into_iter().zip(usual).chain(states.iter().cloned()), now)
}

fn dead(audience: &Audience) -> Diagnostic {
    warning("SV2107", audience, format!("nobody can ever be in `{}`", audience.name))
        .why("this is proved for every visitor: its rows contradict each other")
        .help(format!("run `selvedge prove audience {}`, and change the rows or remove the audience", audience.name))
}

fn always(audience: &Audience) -> Diagnostic {
    warning("SV2108", audience, format!("everybody is in `{}`", audience.name))
        .why("this is proved: no visitor whose data is known can be outside")
        .help("narrow the rows, or remove the audience")
}

fn duplicate(audience: &Audience, first: &Audience) -> Diagnostic {
    let what = format!("`{}` and `{}` are the same people", first.name, audience.name);
    warning("SV2109", audience, what)
        .why(format!("this is proved: no visitor can be in only one of them; the first is in {}", first.place.file))
        .help("keep one of the two")
}

fn warning(code: &'static str, audience: &Audience, what: String) -> Diagnostic {
    Diagnostic { owner: audience.owner.clone(), ..Diagnostic::error(code, audience.place.clone(), what).warning() }
}

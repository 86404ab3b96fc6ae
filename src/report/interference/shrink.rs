//! A counter-example made small: the fewest facts that differ, the fewest facts at all, the simplest consent.
//!
//! It never turns a difference that is allowed into one.

use super::case::{Case, Fact};
use super::hidden::are_twins;
use super::{Pair, System};
use crate::author::site::Site;

pub(super) fn smallest<S: System>(mut pair: Pair, system: &S, site: &Site) -> Pair {
    let tells = |pair: &Pair| are_twins(site, &pair.visitor, &pair.twin) && pair.compare(system).1.is_some();
    while let Some(smaller) = steps(&pair).into_iter().find(|smaller| tells(smaller)) {
        pair = smaller;
    }
    pair
}

/// Everything that could be taken away, the most wanted first. Each takes something, so there is an end.
fn steps(pair: &Pair) -> Vec<Pair> {
    let mut steps = Vec::new();
    if pair.past.is_some() {
        steps.push(Pair { past: None, ..pair.clone() });
    }
    let differing: Vec<&Fact> = pair.visitor.differing(&pair.twin).collect();
    let mut with = |visitor: Case, twin: Case| {
        let past = pair.past.as_ref().map(|_| visitor.with_everything_permitted());
        steps.push(Pair { visitor, twin, past });
    };
    // One fact fewer that differs.
    for fact in &differing {
        with(pair.visitor.clone(), pair.twin.with(fact, pair.visitor.facts.get(fact)));
    }
    // One fact fewer on one side, then on both.
    for fact in &differing {
        if pair.visitor.facts.contains_key(fact) && pair.twin.facts.contains_key(fact) {
            with(pair.visitor.with(fact, None), pair.twin.clone());
            with(pair.visitor.clone(), pair.twin.with(fact, None));
        }
    }
    let kept = |fact: &Fact| matches!(fact, Fact::Now | Fact::Path) || differing.contains(&fact);
    for fact in pair.visitor.facts.keys().filter(|fact| !kept(fact)) {
        with(pair.visitor.with(fact, None), pair.twin.with(fact, None));
    }
    // One slot is easier to look at than all; a request has those of its page.
    if pair.visitor.slots.len() > 1 && !pair.visitor.facts.contains_key(&Fact::Path) {
        for slot in &pair.visitor.slots {
            let only = |case: &Case| Case { slots: vec![slot.clone()], ..case.clone() };
            with(only(&pair.visitor), only(&pair.twin));
        }
    }
    steps
}

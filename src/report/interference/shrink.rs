//! A counter-example made small: the fewest facts that differ, the fewest facts at all, the simplest consent.
//!
//! Takes a pair whose outputs differ, gives one that is still a pair and whose outputs still differ, and from which nothing more can be
//! taken. It never turns a difference that is allowed into one.

use super::case::{Case, Fact};
use super::hidden::Law;
use super::{Pair, System};

/// The smallest pair that still tells.
pub(super) fn smallest<S: System>(mut pair: Pair, system: &S, law: &Law<'_>) -> Pair {
    let tells = |pair: &Pair| law.are_twins(&pair.visitor, &pair.twin) && pair.compare(system).1.is_some();
    loop {
        let smaller = steps(&pair).into_iter().find(|smaller| tells(smaller));
        match smaller {
            Some(smaller) => pair = smaller,
            None => return pair,
        }
    }
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
        with(pair.visitor.clone(), like(&pair.twin, &pair.visitor, fact));
    }
    // One fact fewer on one side, then on both.
    for fact in &differing {
        for (has, other) in [(&pair.visitor, &pair.twin), (&pair.twin, &pair.visitor)] {
            if has.facts.contains_key(fact) && other.facts.contains_key(fact) {
                let without = without(has, fact);
                let is_visitor = std::ptr::eq(has, &pair.visitor);
                with(
                    if is_visitor { without.clone() } else { pair.visitor.clone() },
                    if is_visitor { pair.twin.clone() } else { without },
                );
            }
        }
    }
    let kept = |fact: &Fact| matches!(fact, Fact::Now | Fact::Path) || differing.contains(&fact);
    for fact in pair.visitor.facts.keys().filter(|fact| !kept(fact)) {
        with(without(&pair.visitor, fact), without(&pair.twin, fact));
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

/// `case` with this fact as `other` has it.
fn like(case: &Case, other: &Case, fact: &Fact) -> Case {
    let mut case = case.clone();
    match other.facts.get(fact) {
        Some(known) => drop(case.facts.insert(fact.clone(), known.clone())),
        None => drop(case.facts.remove(fact)),
    }
    case
}

fn without(case: &Case, fact: &Fact) -> Case {
    let mut case = case.clone();
    case.facts.remove(fact);
    case
}

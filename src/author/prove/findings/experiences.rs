//! Experiences without an order, and those that spare fewer people than others of their class.
//!
//! Takes the experiences of a site, reports each once at most.

use std::collections::BTreeMap;

use super::super::enrol::{Side, both};
use super::super::slots::{Budget, Placed, Tally, placed};
use super::super::{Claim, Prover, Verdict};
use crate::author::diagnostic::Diagnostic;
use crate::author::expr::Condition;
use crate::author::site::{ContactClass, Experience, Site};

/// The most experiences of one slot and priority with which one is compared.
const BESIDE_MAX: usize = 8;

pub(super) fn check(prover: &mut Prover<'_>, budget: &mut Budget, found: &mut Vec<Diagnostic>) {
    exclusions(prover.site, found);
    let (site, slots) = (prover.site, placed(prover));
    for slot in &slots {
        let experiences: Vec<&[Placed]> = slot.chunk_by(|one, other| one.at.0 == other.at.0).collect();
        for group in experiences.chunk_by(|one, other| priority(site, one) == priority(site, other)) {
            for (number, second) in group.iter().enumerate() {
                let beside = group[..number].iter().rev().take(BESIDE_MAX);
                found.extend(beside.into_iter().find_map(|first| unordered(prover, &slots, first, second, budget)));
            }
        }
    }
}

fn priority(site: &Site, rules: &[Placed]) -> i32 {
    rules.first().and_then(|rule| site.experiences.get(rule.at.0)).map_or(0, |experience| experience.priority)
}

/// The finding about two experiences whose order depends on their names, with a visitor for whom it does.
fn unordered(
    prover: &mut Prover<'_>,
    slots: &[Vec<Placed>],
    first: &[Placed],
    second: &[Placed],
    budget: &mut Budget,
) -> Option<Diagnostic> {
    let site = prover.site;
    let any = |prover: &mut Prover<'_>, rules: &[Placed]| {
        prover.any(&rules.iter().map(|rule| rule.claim).collect::<Vec<Claim>>())
    };
    let claims = [any(prover, first)?, any(prover, second)?];
    let Verdict::Holds(sample) = budget.verdict(&mut Tally::default(), prover, claims) else { return None };
    let matched = |rules: &[Placed]| rules.iter().find(|rule| prover.truth(rule.claim, &sample) == Some(true)).copied();
    let (one, other) = (matched(first)?, matched(second)?);
    let sides = [&one, &other].map(|rule| Side::Ours(std::slice::from_ref(rule)));
    let Verdict::Holds(visitor) = both(prover, slots, sides, i64::MIN, budget, &mut Tally::default()) else {
        return None;
    };
    let [first, second] = [one, other].map(|rule| &site.experiences[rule.at.0]);
    let slot = &site.slots[second.slot].name;
    let what = format!(
        "`{}` and `{}` have the same priority in `{slot}`, so their names decide the order",
        first.name, second.name
    );
    let fault = Diagnostic::error("SV2227", second.place.clone(), what).warning();
    let fault = fault.why(format!("`{}` comes first for a visitor who matches both: {}", first.name, visitor.line()));
    let help = format!(
        "give the one that should win a higher priority, such as priority = {}",
        second.priority.saturating_add(10)
    );
    Some(Diagnostic { owner: second.owner.clone(), ..fault.help(help) })
}

/// Reports experiences that do not exclude an audience which most others of their class exclude.
fn exclusions(site: &Site, found: &mut Vec<Diagnostic>) {
    let mut classes: BTreeMap<&str, Vec<&Experience>> = BTreeMap::new();
    for experience in &site.experiences {
        classes.entry(experience.class.map_or("", ContactClass::name)).or_default().push(experience);
    }
    classes.remove("");
    for (class, members) in classes {
        let mut excluding: BTreeMap<usize, usize> = BTreeMap::new();
        members.iter().flat_map(|member| excluded(member)).for_each(|at| *excluding.entry(at).or_default() += 1);
        for (audience, count) in excluding.into_iter().filter(|(_, count)| *count > 1 && 2 * count > members.len()) {
            let name = &site.audiences[audience].name;
            for member in members.iter().filter(|member| !excluded(member).contains(&audience)) {
                let what = format!("`{}` is {class} and does not exclude `audience.{name}`", member.name);
                let fault = Diagnostic::error("SV2228", member.place.clone(), what).warning();
                let fault = fault.why(format!("{count} of the {} experiences of this class exclude it", members.len()));
                let help = format!("add none = ['audience.{name}'], or give the experience another class");
                found.push(Diagnostic { owner: member.owner.clone(), ..fault.help(help) });
            }
        }
    }
}

/// The audiences that every rule of an experience excludes: by a row of `none` of its own, or of each of its rules.
fn excluded(experience: &Experience) -> Vec<usize> {
    let of = |rows: &crate::author::site::Rows| -> Vec<usize> {
        let none = rows.none.iter().map(|row| &row.condition);
        let negated = rows.all.iter().filter_map(|row| match &row.condition {
            Condition::Not(inner) => Some(&**inner),
            _ => None,
        });
        let audience = |condition: &Condition| if let Condition::Audience(at) = condition { Some(*at) } else { None };
        none.chain(negated).filter_map(audience).collect()
    };
    let mut all = of(&experience.eligible);
    let mut rules = experience.rules.iter().map(|rule| of(&rule.rows));
    let first = rules.next().unwrap_or_default();
    let rest: Vec<Vec<usize>> = rules.collect();
    all.extend(first.into_iter().filter(|at| rest.iter().all(|rule| rule.contains(at))));
    all.sort_unstable();
    all.dedup();
    all
}

//! Slots that show a visitor too little variety.
//!
//! Takes the slots that ask for a number of variants, reports audiences whose visitors cannot see that many there. A rule
//! whose visits an earlier one takes shows nothing. An unproved claim counts as seen.

use std::collections::BTreeSet;

use super::super::enrol::{Side, both};
use super::super::shadow::Shadow;
use super::super::slots::{Budget, Placed, RuleAt, Tally, placed};
use super::super::{Prover, Verdict};
use crate::author::diagnostic::Diagnostic;
use crate::author::expr::mentions;
use crate::author::site::{Experience, Slot, Window};

pub(super) fn check(prover: &mut Prover<'_>, shadows: &[Shadow], budget: &mut Budget, found: &mut Vec<Diagnostic>) {
    const ALWAYS: Window = Window { from_ms: i64::MIN, until_ms: i64::MAX };
    let site = prover.site;
    if site.slots.iter().all(|slot| slot.min_variants.is_none()) {
        return;
    }
    let placed = placed(prover);
    let rule = |at: RuleAt| site.experiences.get(at.0).and_then(|experience| experience.rules.get(at.1));
    for ((position, slot), rules) in site.slots.iter().enumerate().zip(&placed) {
        let Some(wanted) = slot.min_variants else { continue };
        let reached = rules.iter().filter(|placed| shadows.iter().all(|shadow| shadow.rule != placed.at));
        let rules: Vec<(&Placed, Vec<usize>)> = reached
            .map(|placed| (placed, rule(placed.at).map_or_else(Vec::new, |rule| rule.effect.contents())))
            .collect();
        let all: BTreeSet<usize> = rules.iter().flat_map(|(_, shown)| shown).copied().collect();
        if all.len() < wanted as usize {
            found.push(finding(slot, wanted, all.len(), "everybody"));
            continue;
        }
        let named = site.experiences.iter().filter(|experience| experience.slot == position).flat_map(audiences);
        for audience in named.collect::<BTreeSet<usize>>() {
            let Some(member) = prover.audience(audience) else { continue };
            let mut seen: BTreeSet<usize> = BTreeSet::new();
            for (rule, shown) in rules.iter().filter(|(_, shown)| !shown.is_empty()) {
                let sides = [Side::Theirs(member, ALWAYS), Side::Ours(std::slice::from_ref(*rule))];
                if both(prover, &placed, sides, i64::MIN, budget, &mut Tally::default()) != Verdict::Never {
                    seen.extend(shown);
                }
            }
            if seen.len() < wanted as usize {
                let who = format!("a visitor in `{}`", site.audiences[audience].name);
                found.push(finding(slot, wanted, seen.len(), &who));
            }
        }
    }
}

fn audiences(experience: &Experience) -> Vec<usize> {
    let rows = experience.rows().flat_map(|rows| rows.all.iter().chain(&rows.any));
    rows.flat_map(|row| mentions(&row.condition).1).collect()
}

fn finding(slot: &Slot, wanted: u32, seen: usize, who: &str) -> Diagnostic {
    let variants = if seen == 1 { "variant" } else { "variants" };
    let what = format!("{who} can see only {seen} {variants} in `{}`, which asks for {wanted}", slot.name);
    Diagnostic::error("SV4204", slot.place.clone(), what)
        .warning()
        .why("visitors who come back see the same again; every rule that they can reach was counted")
        .help("write more content for them, or lower `min_variants`")
}

//! Slots that show somebody too little variety.
//!
//! Takes the slots that ask for a number of variants, reports audiences of which nobody can see that many there. What could not
//! be proved counts as seen.

use std::collections::BTreeSet;

use super::super::slots::{Budget, Tally, rules, shown};
use super::super::{Claim, Prover, Verdict};
use crate::author::diagnostic::Diagnostic;
use crate::author::expr::mentions;
use crate::author::site::{Experience, Slot};

pub(super) fn check(prover: &mut Prover<'_>, budget: &mut Budget, found: &mut Vec<Diagnostic>) {
    let site = prover.site;
    for (position, slot) in site.slots.iter().enumerate() {
        let Some(wanted) = slot.min_variants else { continue };
        let of_slot = rules(site).filter(|(_, experience, _)| experience.slot == position);
        let claimed = of_slot.map(|(_, experience, rule)| (prover.rule(experience, rule), shown(&rule.effect)));
        let rules: Vec<(Claim, Vec<usize>)> = claimed.collect();
        let all: BTreeSet<usize> = rules.iter().flat_map(|(_, shown)| shown).copied().collect();
        if all.len() < wanted as usize {
            found.push(finding(slot, wanted, all.len(), "everybody"));
            continue;
        }
        let named = site.experiences.iter().filter(|experience| experience.slot == position).flat_map(audiences);
        for audience in named.collect::<BTreeSet<usize>>() {
            let Some(member) = prover.audience(audience) else { continue };
            let mut seen: BTreeSet<usize> = BTreeSet::new();
            for (claim, shown) in rules.iter().filter(|(_, shown)| !shown.is_empty()) {
                if budget.verdict(&mut Tally::default(), prover, [member, *claim]) != Verdict::Never {
                    seen.extend(shown);
                }
            }
            if seen.len() < wanted as usize {
                let who = format!("whoever is in `{}`", site.audiences[audience].name);
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
    let what = format!("{who} can see only {seen} {variants} in `{}`, and it asks for {wanted}", slot.name);
    Diagnostic::error("SV4204", slot.place.clone(), what)
        .warning()
        .why("who comes back sees the same again: counted over every rule that they can match")
        .help("write more content for them, or lower `min_variants`")
}

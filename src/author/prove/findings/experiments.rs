//! Experiments that meet in one slot, and one name for two experiments.
//!
//! Takes the splits of a site, reports pairs with a visitor who is in both. What meets in different slots of a page is for
//! `selvedge prove collisions`: it is usual, and no fault by itself.

use std::collections::HashMap;

use super::super::slots::{self, Budget, Tally, rules, split};
use super::{Prover, named, rule_at};
use crate::author::diagnostic::Diagnostic;
use crate::author::prove::Verdict;
use crate::author::site::{Site, Split};

pub(super) fn check(prover: &mut Prover<'_>, budget: &mut Budget, found: &mut Vec<Diagnostic>) -> Tally {
    let site = prover.site;
    names(site, found);
    let (meetings, tally) = slots::meetings(prover, false, budget);
    for meeting in meetings {
        let (Some(first), Some(second)) = (split(site, meeting.first), split(site, meeting.second)) else { continue };
        let (Some((experience, rule)), Verdict::Holds(witness)) = (rule_at(site, meeting.second), meeting.verdict)
        else {
            continue;
        };
        let what = format!("the experiments `{}` and `{}` can meet in one slot", first.experiment, second.experiment);
        let by = named(site, meeting.first, meeting.second.0);
        let why = format!(
            "{by} comes first and takes visits from this one, so that its arms no longer show who it is for; a visitor whom it takes: {}",
            witness.line()
        );
        let help = "put both in one layer, make their conditions exclude each other, run them one after the other, or make one experiment of both";
        let fault = Diagnostic::error("SV2215", rule.place.clone(), what).warning().why(why).help(help);
        found.push(Diagnostic { owner: experience.owner.clone(), ..fault });
    }
    tally
}

/// Reports one name for different experiments: their results would be added up.
fn names(site: &Site, found: &mut Vec<Diagnostic>) {
    let mut first: HashMap<&str, (&Split, &str)> = HashMap::new();
    for (_, experience, rule) in rules(site) {
        let Some(one) = rule.split() else { continue };
        let (known, other) = *first.entry(&one.experiment).or_insert((one, &experience.name));
        let Some(difference) = difference(known, one) else { continue };
        let what = format!("the experiment `{}` is defined in two ways", one.experiment);
        let why = format!("{difference} differ from those in `{other}`, and a report would add the two up");
        let help = "give both the same, or one of them another name";
        let fault = Diagnostic::error("SV2214", rule.place.clone(), what).warning().why(why).help(help);
        found.push(Diagnostic { owner: experience.owner.clone(), ..fault });
    }
}

fn difference(one: &Split, other: &Split) -> Option<&'static str> {
    let arms = |split: &Split| split.arms.iter().map(|arm| (arm.name.clone(), arm.share)).collect::<Vec<_>>();
    let differing = [
        (arms(one) != arms(other), "its arms"),
        (one.salt != other.salt, "the salts of its draws"),
        (one.layer != other.layer, "its layers"),
        (one.unit != other.unit, "the units that it assigns"),
        (one.traffic != other.traffic, "the shares of its traffic"),
    ];
    differing.into_iter().find_map(|(differs, what)| differs.then_some(what))
}

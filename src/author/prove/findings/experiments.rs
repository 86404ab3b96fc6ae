//! Experiments that meet in one slot, and one name for two experiments.
//!
//! Takes the splits of a site, reports pairs with a visitor who is in both. Experiments that meet in different slots of a
//! page are for `selvedge prove collisions`: that is usual, and no fault by itself.

use std::collections::{BTreeSet, HashMap};

use super::super::slots::{self, Budget, Tally, rules, split};
use super::{Prover, named, rule_at};
use crate::author::diagnostic::Diagnostic;
use crate::author::prove::Verdict;
use crate::author::site::{Layer, Site, Split};

pub(super) fn check(prover: &mut Prover<'_>, budget: &mut Budget, found: &mut Vec<Diagnostic>) -> Tally {
    let site = prover.site;
    names(site, found);
    draws(site, found);
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
        let help = "put both in one layer, let their conditions exclude each other, run them one after the other, or merge them";
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
        let why = format!("{difference} differ from those in `{other}`, but a report would add the two up");
        let help = "give both the same, or one of them another name";
        let fault = Diagnostic::error("SV2214", rule.place.clone(), what).warning().why(why).help(help);
        found.push(Diagnostic { owner: experience.owner.clone(), ..fault });
    }
}

/// Reports experiments that share a salt, and those that leave their share of a layer aside.
fn draws(site: &Site, found: &mut Vec<Diagnostic>) {
    let mut first: HashMap<&str, &Split> = HashMap::new();
    let mut reported = BTreeSet::new();
    for (_, experience, rule) in rules(site) {
        let Some(one) = rule.split() else { continue };
        let known = *first.entry(&one.salt).or_insert(one);
        let report = |code, what: String, why: &str, help: String| {
            let fault = Diagnostic::error(code, rule.place.clone(), what).warning().why(why).help(help);
            Diagnostic { owner: experience.owner.clone(), ..fault }
        };
        if known.experiment != one.experiment && reported.insert(("", &*one.experiment)) {
            let what =
                format!("the experiments `{}` and `{}` draw with the same salt", known.experiment, one.experiment);
            let why = "visitors of the first arm of one see the first arm of the other, so their effects cannot be told apart";
            found.push(report("SV2225", what, why, format!("remove `salt`: the salt is then `{}`", one.experiment)));
        }
        let share = |layer: &&Layer| layer.shares.iter().any(|(name, _)| *name == one.experiment);
        if let Some(layer) = site.layers.iter().find(share).filter(|_| one.layer.is_none())
            && reported.insert((&layer.name, &one.experiment))
        {
            let what = format!("`{}` has a share of the layer `{}` but does not use it", one.experiment, layer.name);
            let why = "the split names no layer, so it also takes visits of the layer's other experiments";
            found.push(report("SV2226", what, why, format!("add layer = \"{}\" to the split", layer.name)));
        }
    }
}

fn difference(one: &Split, other: &Split) -> Option<&'static str> {
    let arms = |split: &Split| split.arms.iter().map(|arm| (arm.name.clone(), arm.share)).collect::<BTreeSet<_>>();
    let differing = [
        (arms(one) != arms(other), "its arms"),
        (one.salt != other.salt, "the salts of its draws"),
        (one.layer != other.layer, "its layers"),
        (one.unit != other.unit, "the units that it assigns"),
        (one.traffic != other.traffic, "the shares of its traffic"),
    ];
    differing.into_iter().find_map(|(differs, what)| differs.then_some(what))
}

//! Findings of proofs: audiences without visitors, rules that are never reached, experiments that meet. Takes a checked
//! site, gives warnings with a proof or a visitor who shows it. It never takes longer than its budget. Questions without an
//! answer are counted and reported.

mod audiences;
mod experiences;
mod experiments;
mod rows;
mod sequences;
mod unused;
mod variants;

use std::collections::BTreeSet;

use super::Prover;
use super::shadow::{self, Shadow};
use super::slots::{Budget, RuleAt, Tally};
use crate::author::diagnostic::Diagnostic;
use crate::author::site::{Experience, Place, Rule, Site};

/// Evaluated nodes for every question, and for each kind of finding of a site: so that `check` of the largest sites ends in seconds.
const BUDGET: Budget = Budget { each: 20_000, all: 12_000_000 };

/// Every finding, sorted by file and position.
pub fn findings(site: &Site) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut prover = Prover::new(site);
    let audiences = audiences::check(&prover, &mut BUDGET.clone(), &mut found);
    let (shadows, reached) = shadow::shadows(&mut prover, &mut BUDGET.clone());
    rules(site, &shadows, &mut found);
    let experiments = experiments::check(&mut prover, &mut BUDGET.clone(), &mut found);
    experiences::check(&mut prover, &mut BUDGET.clone(), &mut found);
    rows::check(&mut prover, &mut BUDGET.clone(), &mut found);
    sequences::check(&mut prover, &mut BUDGET.clone(), &mut found);
    unused::check(site, &shadows, &mut found);
    variants::check(&mut prover, &shadows, &mut BUDGET.clone(), &mut found);
    found.extend(unasked([
        (audiences, "audiences", "selvedge prove audience NAME"),
        (reached, "rules", "selvedge prove shadowed"),
        (experiments, "experiments", "selvedge prove collisions"),
    ]));
    found.sort_by(|a, b| (&a.place.file, a.place.span.start, a.code).cmp(&(&b.place.file, b.place.span.start, b.code)));
    // A rule that a market takes over as it is has one finding.
    let is_of_market =
        |one: &Diagnostic| one.what.contains('@') || one.why.as_ref().is_some_and(|why| why.contains('@'));
    let places: BTreeSet<(&str, String, usize)> = found
        .iter()
        .filter(|one| !is_of_market(one))
        .map(|one| (one.code, one.place.file.clone(), one.place.span.start))
        .collect();
    found.retain(|one| {
        !is_of_market(one) || !places.contains(&(one.code, one.place.file.clone(), one.place.span.start))
    });
    found
}

/// Reports that there was too little time: silence would read as a proof. A question that no time can answer is not
/// reported.
fn unasked(kinds: [(Tally, &str, &str); 3]) -> Option<Diagnostic> {
    let spent: Vec<_> = kinds.into_iter().filter(|(tally, ..)| tally.spent > 0).collect();
    if spent.is_empty() {
        return None;
    }
    let counts = spent.iter().map(|(tally, kind, _)| format!("{} of {} about {kind}", tally.spent, tally.asked));
    let commands = spent.iter().map(|(.., command)| format!("`{command}`"));
    let place = Place { file: "selvedge.toml".into(), line: 1, column: 1, ..Place::default() };
    let what = format!("some proofs are not finished: {}", counts.collect::<Vec<_>>().join(", "));
    let why = "`check` spends only a moment on proofs, and its silence about these proves nothing";
    let commands = commands.collect::<Vec<_>>().join(" or ");
    let help = format!("run {commands}, which spend more time; or do nothing, as decisions do not depend on proofs");
    Some(Diagnostic::error("SV2110", place, what).warning().why(why).help(help))
}

/// Reports rules that no visit reaches.
fn rules(site: &Site, shadows: &[Shadow], found: &mut Vec<Diagnostic>) {
    for shadow in shadows {
        let Some((experience, rule)) = rule_at(site, shadow.rule) else { continue };
        let place = rule.place.clone();
        let named: Vec<String> = shadow.by.iter().take(NAMED_MAX).map(|at| named(site, *at, shadow.rule.0)).collect();
        let more = shadow.by.len().saturating_sub(NAMED_MAX);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let fault = if shadow.by.is_empty() {
            Diagnostic::error("SV2211", place, "no visitor can ever match this rule")
                .why("this is proved for every visitor and consent: its rows contradict each other, or need data that its purpose may never read")
                .help("change the rows, or remove the rule")
        } else if shadow.repeats {
            Diagnostic::error("SV2213", place, format!("this rule repeats the condition of {}{more}", named.join(", ")))
                .why("the first rule that matches wins, so this one never decides")
                .help("remove one of them, or split between the two")
        } else {
            Diagnostic::error("SV2212", place, "no visitor can ever reach this rule")
                .why(format!(
                    "every visitor who matches it matches {}{more} first, with any consent",
                    named.join(" or ")
                ))
                .help("move it up, make the earlier rules narrower, or remove it")
        };
        found.push(Diagnostic { owner: experience.owner.clone(), ..fault.warning() });
    }
}

/// The most rules that one finding names.
const NAMED_MAX: usize = 3;

/// A rule, as seen from an experience: `rule 2`, or `hero-winter rule 2`, counted from 1 as people count.
fn named(site: &Site, (experience, rule): RuleAt, from: usize) -> String {
    let number = rule + 1;
    match site.experiences.get(experience) {
        Some(other) if experience != from => format!("rule {number} of `{}`", other.name),
        _ => format!("rule {number}"),
    }
}

fn rule_at(site: &Site, (experience, rule): RuleAt) -> Option<(&Experience, &Rule)> {
    let experience = site.experiences.get(experience)?;
    Some((experience, experience.rules.get(rule)?))
}

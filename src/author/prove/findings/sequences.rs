//! Exits of sequences that nobody can reach, or that always hold.
//!
//! Takes the exits of a site, reports those with a proof.

use super::super::outcome::Outcomes;
use super::super::slots::{Budget, Tally};
use super::super::{Prover, Verdict};
use crate::author::diagnostic::Diagnostic;

pub(super) fn check(prover: &mut Prover<'_>, budget: &mut Budget, found: &mut Vec<Diagnostic>) {
    let site = prover.site;
    for exit in site.contact.suppressions.iter().filter(|one| one.experiences.is_some()) {
        let claim = prover.row(&exit.row.condition);
        let mut is_never = |want: Outcomes| {
            let ask = |work: &mut _| matches!(prover.found(&[(claim, want)], work), Err(Verdict::Never));
            budget.take(&mut Tally::default(), ask) == Some(true)
        };
        let (what, why) = match () {
            () if is_never(Outcomes::TRUE) => ("nobody can ever reach", "no data makes it true, so it ends nothing"),
            () if is_never(Outcomes::NOT_TRUE) => {
                ("everybody has always reached", "the sequence is over before it begins")
            }
            () => continue,
        };
        let name = exit.name.trim_end_matches(".exit");
        let fault = Diagnostic::error("SV2252", exit.row.place.clone(), format!("{what} the exit of `{name}`"));
        found.push(fault.warning().why(why).help("change the condition, or remove `exit`"));
    }
}

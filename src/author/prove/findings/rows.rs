//! Rows that every visitor passes.
//!
//! Takes the rows of audiences and rules, reports those with a proof. Single comparisons are for the language to judge.

use std::collections::HashMap;

use super::super::graph::{Connective, Node, NodeId};
use super::super::outcome::Outcomes;
use super::super::slots::{Budget, Tally};
use super::super::{Claim, Prover, Verdict};
use crate::author::diagnostic::Diagnostic;
use crate::author::site::{Place, Rows};

pub(super) fn check(prover: &mut Prover<'_>, budget: &mut Budget, found: &mut Vec<Diagnostic>) {
    let site = prover.site;
    let audiences = site.audiences.iter().filter(|one| one.rows.iter().count() > 1);
    let audiences = audiences.map(|one| (&one.rows, &one.owner));
    let experiences = site.experiences.iter().flat_map(|one| one.rows().map(move |rows| (rows, &one.owner)));
    let mut known: HashMap<NodeId, bool> = HashMap::new();
    for (rows, owner) in audiences.chain(experiences) {
        for (node, place, what) in parts(prover, rows) {
            let is_composite = match prover.graph.node(node) {
                Node::Of(Connective::Not, inner) => matches!(prover.graph.node(inner[0]), Node::Of(..)),
                node => matches!(node, Node::Of(..)),
            };
            let always = *known.entry(node).or_insert_with(|| {
                let goal = [(Claim { node, purpose: None }, Outcomes::NOT_TRUE)];
                let ask = |work: &mut _| matches!(prover.found(&goal, work), Err(Verdict::Never));
                is_composite && budget.take(&mut Tally::default(), ask) == Some(true)
            });
            if always {
                let fault = Diagnostic::error("SV2229", place.clone(), what).warning();
                let fault = fault.why("this is proved for every visitor whose data is known");
                let fault = fault.help("write `&&` if both must be true, or remove the row");
                found.push(Diagnostic { owner: owner.clone(), ..fault });
            }
        }
    }
}

/// The conditions of these rows, part by part.
fn parts<'r>(prover: &mut Prover<'_>, rows: &'r Rows) -> Vec<(NodeId, &'r Place, &'static str)> {
    let graph = &mut prover.graph;
    let mut parts = Vec::new();
    for row in &rows.all {
        let node = graph.condition(&row.condition);
        parts.extend(graph.conjuncts(node).iter().map(|part| (*part, &row.place, "this row is always true")));
    }
    for row in &rows.none {
        let inner = graph.condition(&row.condition);
        let never = graph.connect(Connective::Not, vec![inner]);
        parts.push((never, &row.place, "this row is never true, so it excludes nobody"));
    }
    if let [first, _, ..] = &rows.any[..] {
        let any = rows.any.iter().map(|row| graph.condition(&row.condition)).collect();
        parts.push((graph.connect(Connective::Or, any), &first.place, "one of these rows is always true"));
    } else if let [only] = &rows.any[..] {
        parts.push((graph.condition(&only.condition), &only.place, "this row is always true"));
    }
    parts
}

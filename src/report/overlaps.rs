//! How many visits would be in two experiments at once.
//!
//! Takes a site and the rows to measure, gives the same site with those rows as audiences, and counts visits with its
//! bundle. So the engine decides who is in, with consent. A visit that cannot be told is in neither.

use serde::Serialize;

use crate::author::prove::{Conflict, Measured};
use crate::author::site::{Audience, Place, Rows, Site};
use crate::bundle::Bundle;
use crate::compile::debug::Debug;
use crate::engine::explain::{Verdict, Verdicts};
use crate::engine::permit_said;
use crate::words::{Purpose, Visit};

/// A site whose bundle can count.
#[derive(Clone, Debug)]
pub struct Countable {
    /// To be compiled.
    pub site: Site,
    /// By experiment: the purpose of the look, and numbers of audiences, all of one of the lists.
    experiments: Vec<(Purpose, Vec<Vec<usize>>)>,
}

/// What was counted.
#[derive(Clone, Debug)]
pub struct Counted {
    /// By visit, then experiment: whether it matches.
    inside: Vec<Vec<bool>>,
}

/// The share of visits in two experiments.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Overlap {
    /// Visits that were counted.
    pub visits: usize,
    /// Visits that match both.
    pub both: usize,
    /// Percent of the visits that match both.
    pub matching_percent: f64,
    /// The same where both draw them. Experiments with one salt share a draw.
    pub expected_percent: f64,
}

impl Countable {
    /// With an audience for every list of rows.
    pub fn new(site: &Site, all: &[Measured<'_>]) -> Self {
        let mut counting = site.clone();
        let mut number = 0;
        let mut add = |rows: &Rows| {
            // A name that sorts after every name of an author, so that the positions of theirs stay.
            let (name, description, place) = (name(number), String::new(), Place::default());
            counting.audiences.push(Audience { name, owner: None, description, rows: rows.clone(), place });
            number += 1;
            number - 1
        };
        let experiments = all.iter().map(|one| {
            let purpose = one.rules.first().map_or(Purpose::Personalization, |at| site.experiences[at.0].purpose);
            let rows = one.rows(site).into_iter().map(|rows| rows.into_iter().map(&mut add).collect()).collect();
            (purpose, rows)
        });
        let experiments = experiments.collect();
        Self { site: counting, experiments }
    }

    /// Counts visits with the bundle of [`Countable::site`]. A visit without a time of its own is at `now_ms`.
    pub fn count(&self, bundle: &Bundle, debug: &Debug, visits: &[Visit], now_ms: i64) -> Counted {
        let literal = |number: &usize| Some(debug.audiences.iter().find(|one| one.name == name(*number))?.literal);
        let literals = self.experiments.iter().map(|(purpose, any)| {
            (*purpose, any.iter().map(|all| all.iter().filter_map(literal).collect()).collect::<Vec<Vec<u32>>>())
        });
        let literals: Vec<_> = literals.collect();
        let inside = visits.iter().map(|visit| {
            let now_ms = visit.now.map_or(now_ms, |now| now.0);
            let permitted = permit_said(bundle, visit, now_ms);
            let is_in = |(purpose, any): &(Purpose, Vec<Vec<u32>>)| {
                let verdicts = Verdicts::new(bundle, &permitted, *purpose);
                any.iter().any(|all| all.iter().all(|literal| verdicts.of(*literal) == Verdict::True))
            };
            literals.iter().map(is_in).collect()
        });
        Counted { inside: inside.collect() }
    }
}

impl Counted {
    /// How many are in both of these; nothing without visits.
    pub fn overlap(&self, conflict: &Conflict) -> Option<Overlap> {
        let (one, other) = conflict.pair;
        let (visits, is) = (self.inside.len(), |visit: &Vec<bool>, at: usize| visit.get(at) == Some(&true));
        let both = self.inside.iter().filter(|visit| is(visit, one) && is(visit, other)).count();
        let matching_percent = 100.0 * both as f64 / visits as f64;
        let expected_percent = matching_percent * conflict.drawn;
        (visits > 0).then_some(Overlap { visits, both, matching_percent, expected_percent })
    }
}

fn name(number: usize) -> String {
    format!("~{number:06}")
}

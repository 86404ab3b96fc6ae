//! What became of all records.

use std::collections::BTreeMap;

use serde_json::json;

use crate::cli::log::Problem;
use crate::cli::{Outcome, counted};
use crate::log::audit::ENGINE;

pub(super) struct Tally {
    as_json: bool,
    total: u64,
    same: u64,
    expired: u64,
    broken: u64,
    altered: u64,
    /// Records that another build of the engine made, by its digest.
    others: BTreeMap<String, u64>,
}

impl Tally {
    pub(super) fn new(as_json: bool) -> Self {
        Self { as_json, total: 0, same: 0, expired: 0, broken: 0, altered: 0, others: BTreeMap::new() }
    }

    pub(super) fn total(&self) -> u64 {
        self.total
    }

    /// A line of a closed log is not what was signed.
    pub(super) fn altered(&mut self, problem: &Problem) {
        self.altered += 1;
        self.say(&problem.place(), "", "altered", &problem.why);
    }

    /// A record was made by the engine with this digest.
    pub(super) fn made_by(&mut self, engine: &str) {
        if engine != ENGINE {
            *self.others.entry(engine.to_owned()).or_default() += 1;
        }
    }

    pub(super) fn note(&mut self, place: &str, record: &str, verdict: &str, why: &str) {
        self.total += 1;
        self.same += u64::from(verdict == "same");
        self.expired += u64::from(verdict == "expired");
        self.broken += u64::from(matches!(verdict, "different" | "no-bundle" | "other-values" | "sealed"));
        self.say(place, record, verdict, why);
    }

    fn say(&self, place: &str, record: &str, verdict: &str, why: &str) {
        if self.as_json {
            anstream::println!("{}", json!({"record": record, "verdict": verdict, "why": why, "place": place}));
        } else if verdict != "same" {
            let level = if verdict == "expired" { "note" } else { "error" };
            anstream::eprintln!("{level}: {place}: {why}");
        }
    }

    pub(super) fn finish(&self) -> Outcome {
        let Self { total, same, expired, .. } = *self;
        if !self.as_json {
            let of_expired = if expired > 0 { format!("; of {expired} values have expired") } else { String::new() };
            let not = total - same - expired;
            let total = counted(total, "record", "records");
            anstream::println!("{total}, {same} made again byte for byte, {not} not{of_expired}");
        }
        for (engine, count) in &self.others {
            anstream::eprintln!(
                "note: {count} records were made by another build of the engine, {engine}; this one is {ENGINE}. They were made \
                 again by this one, and everything else in them was compared"
            );
        }
        if self.broken + self.altered > 0 {
            Outcome::Integrity
        } else if same + expired < total {
            Outcome::Input
        } else {
            Outcome::Clean
        }
    }
}

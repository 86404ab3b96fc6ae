//! The rules that a decision looked at, and how each came out.
//!
//! Takes a decision that was made, walks its slot as `decide` did, gives one entry for each experience that was tried. It asks only
//! about rules that the decision asked about, so it tells no more than the decision does.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write as _;
use core::ops::Range;

use crate::bundle::Bundle;
use crate::engine::explain::{Verdict, Verdicts, schedule};
use crate::engine::{Decision, Limits, Permitted};
use crate::words::{Purpose, Reason};

/// An experience that was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// Its position.
    pub experience: usize,
    /// The purpose it serves.
    pub purpose: Purpose,
    /// Positions of the rules that were looked at.
    pub rules: Range<usize>,
    /// Whether the last of them decided.
    pub is_winner: bool,
}

/// The experiences that a decision tried, in order.
pub fn tried(bundle: &Bundle, permitted: &Permitted<'_>, decision: &Decision, limits: Limits) -> Vec<Tried> {
    let program = bundle.program();
    let mut tried = Vec::new();
    let Some(slot) = decision.slot else { return tried };
    if decision.reason == Reason::Stale && decision.experience.is_none() {
        return tried;
    }
    let mut fuel = limits.rules_per_slot_max as usize;
    for experience in program.experiences_of(slot as usize) {
        let plan = program.rulebook().plan(experience);
        if schedule(bundle, permitted, experience).is_some_and(|(_, running)| !running) {
            continue;
        }
        let is_winner = decision.experience == Some(experience as u32);
        let winning = decision.rule.filter(|_| is_winner).map_or(usize::MAX, |rule| rule as usize + 1);
        let count = plan.rules.len().min(fuel).min(winning);
        let rules = plan.rules.start..plan.rules.start + count;
        tried.push(Tried { experience, purpose: plan.purpose, rules, is_winner });
        fuel -= count;
        if is_winner || count < plan.rules.len() {
            break;
        }
    }
    tried
}

impl Tried {
    /// Appends how its rules came out, in order. `t` matched and decided, and `x` matched and left the visit to the next rule. `f` did
    /// not match, and `u` could not be decided. A number before a letter is how often it stands there: `12fu` are thirteen rules.
    pub(super) fn write_outcomes(&self, out: &mut String, bundle: &Bundle, verdicts: &Verdicts) {
        let (mut last, mut times) = (' ', 0_u32);
        for rule in self.rules.clone() {
            let outcome = self.outcome(rule, bundle, verdicts);
            if outcome != last {
                write_run(out, last, times);
                (last, times) = (outcome, 0);
            }
            times += 1;
        }
        write_run(out, last, times);
    }

    fn outcome(&self, rule: usize, bundle: &Bundle, verdicts: &Verdicts) -> char {
        let mut is_known = true;
        for literal in bundle.program().rulebook().literals(rule) {
            match verdicts.of(literal) {
                Verdict::True => {}
                Verdict::False => return 'f',
                Verdict::Unknown => is_known = false,
            }
        }
        match is_known {
            false => 'u',
            true if self.is_winner && rule + 1 == self.rules.end => 't',
            true => 'x',
        }
    }
}

fn write_run(out: &mut String, outcome: char, times: u32) {
    if times > 1 {
        // Writing to a String cannot fail.
        let _ = write!(out, "{times}");
    }
    if times > 0 {
        out.push(outcome);
    }
}

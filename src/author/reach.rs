//! How deep an audience or a rule is nested, and what it costs an engine.
//!
//! Takes the audiences and experiences of a site without faults, reports what is nested too deep or asks too much. An engine works
//! every audience out once, so what several others need counts once too. It changes nothing.

use std::collections::BTreeSet;

use super::diagnostic::Diagnostic;
use super::expr::{self, Scope};
use super::order::inside_out;
use super::site::{Attribute, Audience, Experience, Place, Rows};
use super::source::Sink;

/// The deepest chain of audiences that need one another: far above what a person can follow.
const LEVELS_MAX: usize = 20_000;
/// The most steps that one audience or rule may take: some milliseconds of an engine.
const STEPS_MAX: usize = 1_000_000;
/// How many audiences are looked at in all to count exactly; beyond that, what several need counts for each of them.
const WORK_MAX: usize = 20_000_000;

/// Reports every audience and rule that is beyond a limit.
pub(crate) fn check(audiences: &[Audience], experiences: &[Experience], attributes: &[Attribute], sink: &Sink) {
    let names: Vec<String> = audiences.iter().map(|audience| audience.name.clone()).collect();
    let scope = Scope { attributes, audiences: &names };
    let mut reach = Reach::of(audiences, &scope);
    for (position, audience) in audiences.iter().enumerate() {
        if reach.levels[position] > LEVELS_MAX {
            let what = format!("`{}` leads through {} levels of audiences", audience.name, reach.levels[position]);
            sink.report(too_far(&audience.place, audience.owner.as_deref(), what, &format!("{LEVELS_MAX} levels")));
        } else if let Some(steps) = reach.beyond(0, &[position]) {
            let what = format!("`{}` leads to {steps} steps for one visit", audience.name);
            sink.report(too_far(&audience.place, audience.owner.as_deref(), what, &format!("{STEPS_MAX} steps")));
        }
    }
    for experience in experiences {
        for (number, rule) in experience.rules.iter().enumerate() {
            let both = [&experience.eligible, &rule.rows];
            let own = both.iter().map(|rows| steps(rows, &scope)).fold(0, usize::saturating_add);
            let needs: Vec<usize> = both.iter().flat_map(|rows| rows.audiences()).collect();
            // An audience that is too much by itself has its own finding.
            if own <= STEPS_MAX && needs.iter().any(|need| reach.beyond(0, &[*need]).is_some()) {
                continue;
            }
            if let Some(steps) = reach.beyond(own, &needs) {
                let what = format!("rule {} of `{}` leads to {steps} steps for one visit", number + 1, experience.name);
                sink.report(too_far(&rule.place, experience.owner.as_deref(), what, &format!("{STEPS_MAX} steps")));
            }
        }
    }
}

fn too_far(place: &Place, owner: Option<&str>, what: String, most: &str) -> Diagnostic {
    let fault = Diagnostic::error("SV2111", place.clone(), what)
        .why(format!("the limit is {most}, so that a decision ends in time"))
        .help("simplify it, or let a host compute it and declare the result as an attribute");
    Diagnostic { owner: owner.map(str::to_owned), ..fault }
}

fn steps(rows: &Rows, scope: &Scope<'_>) -> usize {
    rows.iter().map(|row| expr::steps(&row.condition, scope)).fold(0, usize::saturating_add)
}

/// The levels and steps of every audience.
struct Reach {
    needs: Vec<Vec<usize>>,
    /// Steps of its own rows.
    own: Vec<usize>,
    /// Steps at most: what several need counts for each.
    bound: Vec<usize>,
    /// Levels, itself included.
    levels: Vec<usize>,
    /// When an audience was looked at last.
    seen: Vec<usize>,
    round: usize,
    work: usize,
}

impl Reach {
    fn of(audiences: &[Audience], scope: &Scope<'_>) -> Self {
        let needs = audiences.iter().map(|audience| audience.rows.audiences().collect::<BTreeSet<usize>>());
        let own = audiences.iter().map(|audience| steps(&audience.rows, scope)).collect();
        Self::new(needs.map(|needs| needs.into_iter().collect()).collect(), own)
    }

    fn new(needs: Vec<Vec<usize>>, own: Vec<usize>) -> Self {
        let (mut bound, mut levels) = (own.clone(), vec![0; own.len()]);
        for position in inside_out(&needs) {
            let below = || needs[position].iter();
            bound[position] = below().map(|need| bound[*need]).fold(own[position], usize::saturating_add);
            levels[position] = 1 + below().map(|need| levels[*need]).max().unwrap_or(0);
        }
        Self { seen: vec![0; own.len()], needs, own, bound, levels, round: 0, work: 0 }
    }

    /// The steps of some audiences and of those that they refer to, with `own` others, if they are too many.
    fn beyond(&mut self, own: usize, audiences: &[usize]) -> Option<usize> {
        let bound = audiences.iter().map(|audience| self.bound[*audience]).fold(own, usize::saturating_add);
        let steps = if bound <= STEPS_MAX || self.work > WORK_MAX { bound } else { self.exactly(own, audiences) };
        (steps > STEPS_MAX).then_some(steps)
    }

    fn exactly(&mut self, own: usize, audiences: &[usize]) -> usize {
        self.round += 1;
        let (mut steps, mut waiting) = (own, audiences.to_vec());
        while let Some(at) = waiting.pop() {
            if std::mem::replace(&mut self.seen[at], self.round) != self.round {
                steps = steps.saturating_add(self.own[at]);
                waiting.extend(&self.needs[at]);
                self.work += 1 + self.needs[at].len();
            }
        }
        steps
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_several_need_counts_once() {
        // Each needs the next two: paths double at every level, audiences do not.
        let needs: Vec<Vec<usize>> = (0..80).map(|at| (at + 1..(at + 3).min(80)).collect()).collect();
        let mut cheap = Reach::new(needs, vec![12_000; 80]);
        assert_eq!(cheap.levels[0], 80);
        assert!(cheap.bound[0] > STEPS_MAX);
        assert_eq!(cheap.beyond(40_000, &[0]), None, "80 audiences of 12,000 steps are 960,000");
        assert_eq!(cheap.beyond(40_001, &[0]), Some(1_000_001));
        assert_eq!(cheap.beyond(0, &[0, 1, 2, 3]), None);
        cheap.work = WORK_MAX + 1;
        assert!(cheap.beyond(0, &[0]).is_some(), "without work left, every path counts");
    }

    #[test]
    fn a_long_chain_is_counted_without_recursion() {
        let needs: Vec<Vec<usize>> =
            (0..100_000).map(|at| if at + 1 < 100_000 { vec![at + 1] } else { vec![] }).collect();
        let mut chain = Reach::new(needs, vec![1; 100_000]);
        assert_eq!((chain.levels[0], chain.levels[99_999]), (100_000, 1));
        assert_eq!(chain.beyond(0, &[0]), None);
        assert_eq!(chain.beyond(STEPS_MAX, &[99_999]), Some(STEPS_MAX + 1));
    }
}

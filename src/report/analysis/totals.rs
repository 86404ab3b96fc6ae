//! From the records of whole units to exact sums for each study, goal and arm.
//!
//! The order of records and of parts never matters: sums are whole numbers.

use std::collections::BTreeMap;

use super::line::{Count, Left, Record, Seen};
use super::study::Study;
use crate::author::site::{Goal, GoalKind, Goals};
use crate::measure::holdout::Window;
use crate::measure::{Cannot, Tally};

/// Sums of all studies.
#[derive(Clone, Debug, Default)]
pub struct Totals {
    /// By study.
    pub studies: Vec<StudyTotals>,
    /// What was left out, by reason.
    pub left: BTreeMap<Left, u64>,
}

/// Sums of one study.
#[derive(Clone, Debug, Default)]
pub struct StudyTotals {
    /// Units with one arm, by arm.
    pub units: Vec<u64>,
    /// Units that saw two arms.
    pub second_arm: u64,
    /// The first day of an exposure.
    pub first_day: Option<i32>,
    /// By goal of the study.
    pub goals: Vec<GoalTotals>,
}

/// Sums of one goal in one study.
#[derive(Clone, Debug, Default)]
pub struct GoalTotals {
    /// By arm: units whose window is over.
    pub arms: Vec<Tally>,
    /// By week of the first exposure, counted from 1970, and arm.
    pub weeks: BTreeMap<i32, Vec<Tally>>,
    /// Units whose window is not over.
    pub open: u64,
}

impl Totals {
    /// Nothing yet.
    pub fn new(studies: &[Study]) -> Self {
        let of = |study: &Study| {
            let goals = vec![
                GoalTotals { arms: vec![Tally::default(); study.arms.len()], ..Default::default() };
                study.goals.len()
            ];
            StudyTotals { units: vec![0; study.arms.len()], goals, ..Default::default() }
        };
        Self { studies: studies.iter().map(of).collect(), left: BTreeMap::new() }
    }

    /// Adds whole units: every record of each. `today` is the day after the last one that is counted.
    pub fn add_units(
        &mut self,
        records: &mut [Record],
        studies: &[Study],
        goals: &Goals,
        today: i32,
    ) -> Result<(), Cannot> {
        records.sort_unstable();
        let mut outcomes = Vec::new();
        // An event that counts for two goals is one event.
        let is_first = |(at, goal): (usize, &Goal)| !goals.goals.iter().take(at).any(|other| other.event == goal.event);
        let counted: Vec<bool> = goals.goals.iter().enumerate().map(is_first).collect();
        for unit in records.chunk_by(|a, b| a.unit == b.unit) {
            self.outcomes(unit, &mut outcomes, &counted);
            self.unit(unit, &outcomes, &counted, studies, goals, today)?;
        }
        Ok(())
    }

    /// Everything that was left out, also of lines.
    pub fn left_with(&self, of_lines: &BTreeMap<Left, Count>) -> BTreeMap<Left, Count> {
        let mut all = of_lines.clone();
        for (why, count) in self.left.iter().filter(|(_, count)| **count > 0) {
            all.entry(*why).or_default().count += count;
        }
        all
    }

    /// The outcomes of a unit, each event once. They are sorted by goal and event, so what arrived twice stands together.
    fn outcomes(&mut self, unit: &[Record], outcomes: &mut Vec<Outcome>, counted: &[bool]) {
        outcomes.clear();
        for record in unit {
            let Seen::Outcome { goal, event, day, y, x } = record.seen else { continue };
            match outcomes.last() {
                Some(last) if event != 0 && last.goal == goal && last.event == event => {
                    let is_counted = counted.get(usize::from(goal)) == Some(&true);
                    *self.left.entry(Left::Duplicate).or_default() += u64::from(is_counted);
                }
                _ => outcomes.push(Outcome { goal, event, day, y, x }),
            }
        }
    }

    fn unit(
        &mut self,
        unit: &[Record],
        outcomes: &[Outcome],
        counted: &[bool],
        studies: &[Study],
        goals: &Goals,
        today: i32,
    ) -> Result<(), Cannot> {
        let exposures = unit.iter().filter_map(|record| match record.seen {
            Seen::Arm { study, day, arm } => Some((study, day, arm)),
            Seen::Outcome { .. } => None,
        });
        let exposures: Vec<(u16, i32, u16)> = exposures.collect();
        if exposures.is_empty() {
            let is_counted = |outcome: &&Outcome| counted.get(usize::from(outcome.goal)) == Some(&true);
            *self.left.entry(Left::NotExposed).or_default() += outcomes.iter().filter(is_counted).count() as u64;
        }
        // Sorted by study and day: the first one is the first exposure.
        for of_study in exposures.chunk_by(|a, b| a.0 == b.0) {
            let [(study, first, arm), ..] = *of_study else { continue };
            let (Some(study), Some(totals)) =
                (studies.get(usize::from(study)), self.studies.get_mut(usize::from(study)))
            else {
                continue;
            };
            totals.first_day = Some(totals.first_day.map_or(first, |known| known.min(first)));
            if of_study.iter().any(|(.., other)| *other != arm) {
                totals.second_arm += 1;
                *self.left.entry(Left::SecondArm).or_default() += 1;
                continue;
            }
            let arm = usize::from(arm);
            if let Some(units) = totals.units.get_mut(arm) {
                *units += 1;
            }
            for ((at, goal), sums) in
                study.goals.iter().filter_map(|at| Some((*at, goals.goals.get(*at)?))).zip(&mut totals.goals)
            {
                if !(Window { days: goal.window_days }).is_over(first.into(), today.into()) {
                    sums.open += 1;
                    continue;
                }
                let own = outcomes.iter().filter(|outcome| usize::from(outcome.goal) == at);
                let (y, x, outside) = sum(goal, first, own)?;
                *self.left.entry(Left::OutsideWindow).or_default() += outside;
                let week =
                    sums.weeks.entry(first.div_euclid(7)).or_insert_with(|| vec![Tally::default(); study.arms.len()]);
                for tally in [sums.arms.get_mut(arm), week.get_mut(arm)].into_iter().flatten() {
                    tally.add_pair(y, x)?;
                }
            }
        }
        Ok(())
    }
}

struct Outcome {
    goal: u16,
    event: u64,
    day: i32,
    y: i64,
    x: i64,
}

/// Sums what a unit did within its window, above the line and below it, and counts the outcomes outside.
fn sum<'o>(goal: &Goal, first: i32, outcomes: impl Iterator<Item = &'o Outcome>) -> Result<(i64, i64, u64), Cannot> {
    let too_large = || Cannot::TooLarge { what: "the outcome of a unit" };
    let last = i64::from(first) + i64::from(goal.window_days);
    let (mut y, mut x, mut outside) = (0_i64, 0_i64, 0);
    for outcome in outcomes {
        if outcome.day < first || i64::from(outcome.day) > last {
            outside += 1;
            continue;
        }
        y = y.checked_add(outcome.y).ok_or_else(too_large)?;
        x = x.checked_add(outcome.x).ok_or_else(too_large)?;
    }
    Ok((if goal.kind == GoalKind::Proportion { y.min(1) } else { y }, x, outside))
}

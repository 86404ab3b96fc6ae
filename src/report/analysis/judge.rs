//! From sums to verdicts.
//!
//! Gates come first, as in [`crate::measure::verdict`](mod@crate::measure::verdict): where one is closed, no number is shown. A number always has its interval.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use super::line::{Count, Counts, Left};
use super::study::{Compared, Study};
use super::totals::{GoalTotals, StudyTotals, Totals};
use crate::author::site::{Better, Goal, GoalKind, Goals};
use crate::measure::anytime::AlwaysValid;
use crate::measure::holdout::increment;
use crate::measure::sample_ratio::{SampleRatio, at_all_looks};
use crate::measure::verdict::{Evidence, Fault, FaultKind, Guardrail, Looks, Metric, Progress, Verdict};
use crate::measure::{Arm, Cannot, Effect, Interval, Scale, Tally, difference, verdict};
use crate::words::time::{DAY, format_day};

/// One-sided alpha of a whole experiment: the usual 5 % in two directions.
const ALPHA: f64 = 0.025;
/// Units that must be there before anything is judged: a twentieth of those planned, and 200 at least.
const LEAST_UNITS: (u64, u64) = (20, 200);

/// The largest shares that do no harm.
///
/// One unit in a hundred may have two arms, and one line in a hundred may be unreadable. Both move a lift of a few per cent by less than its
/// interval. Beacons arrive twice where a page is closed while it sends: one in twenty is normal.
const LIMITS: [(FaultKind, f64); 4] =
    [(FaultKind::TwoArms, 0.01), (FaultKind::Unreadable, 0.01), (FaultKind::Duplicates, 0.05), (FaultKind::Bots, 0.5)];

/// What a log says about a site.
#[derive(Clone, Debug, Serialize)]
pub struct Analysis {
    /// The form of this document.
    pub v: u32,
    /// The first and the last day of the log.
    pub days: Option<[String; 2]>,
    /// Lines that are not empty.
    pub lines: u64,
    /// Decisions, and what became of them.
    pub decisions: Reconciled,
    /// Exposures that a page took back. Their units stay where they were drawn.
    pub reverted: u64,
    /// Events.
    pub outcomes: u64,
    /// What was left out, by reason.
    pub left: BTreeMap<Left, Count>,
    /// Each experiment and each holdout.
    pub studies: Vec<StudyResult>,
}

/// Decisions, and what became of them.
#[derive(Clone, Debug, Serialize)]
pub struct Reconciled {
    /// All of them, by reason.
    pub decided: BTreeMap<String, u64>,
    /// Exposures with content.
    pub impressions: u64,
    /// Exposures without content, by reason.
    pub control: BTreeMap<String, u64>,
    /// Of pages that bots and prefetches asked for.
    pub unseen: u64,
    /// All others: visitors who do not permit measurement, slots that a page does not have, and lines that were lost. Lines do not tell
    /// these apart. Below zero, lines with reasons were lost.
    pub without_exposure: i64,
}

/// An experiment or a holdout.
#[derive(Clone, Debug, Serialize)]
pub struct StudyResult {
    /// Its name.
    pub name: String,
    /// `experiment` or `holdout`.
    pub of: &'static str,
    /// The arm that the others are compared with.
    pub control: String,
    /// Units by arm, and the planned shares.
    pub arms: Vec<ArmCount>,
    /// Units that saw two arms, and are left out.
    pub second_arm: u64,
    /// Days since the first exposure.
    pub running_days: u32,
    /// Whether the arms have their planned shares.
    #[serde(serialize_with = "told")]
    pub sample_ratio: Result<SampleRatio, Cannot>,
    /// Exact sums by goal and arm: what `selvedge analyze --sql` computes.
    pub sums: Vec<ArmSums>,
    /// Each arm beside the control.
    pub results: Vec<ArmResult>,
}

/// Units of an arm.
#[derive(Clone, Debug, Serialize)]
pub struct ArmCount {
    /// Its name.
    pub name: String,
    /// Units.
    pub units: u64,
    /// The planned share.
    pub share: f64,
}

/// Exact sums of a goal in an arm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ArmSums {
    /// The goal.
    pub goal: String,
    /// The arm.
    pub arm: String,
    /// Units whose window is over.
    pub units: u64,
    /// The sums of `y`, `y²`, `x`, `x²` and `xy`.
    pub sums: [i128; 5],
}

/// One arm beside the control.
#[derive(Clone, Debug, Serialize)]
pub struct ArmResult {
    /// The arm.
    pub arm: String,
    /// What to do, and why.
    pub verdict: Verdict,
    /// The primary goal, then the guardrails. Empty while a gate is closed.
    pub goals: Vec<GoalResult>,
}

/// One goal in one arm.
#[derive(Clone, Debug, Serialize)]
pub struct GoalResult {
    /// The goal.
    pub goal: String,
    /// The tolerated share, of a guardrail.
    pub margin: Option<f64>,
    /// The relative effect, in the direction in which it is measured. The interval is valid at all looks.
    #[serde(serialize_with = "told")]
    pub relative: Result<Number, Cannot>,
    /// In total over all units of the arm, of money beside a holdout.
    pub total: Option<Total>,
    /// Units whose window is not over.
    pub open: u64,
    /// The relative effect up to the end of each week.
    pub weeks: Vec<Week>,
}

/// An estimate with its interval. There is none without.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Number {
    /// The estimate.
    pub estimate: f64,
    /// 95 % at all looks together.
    pub interval: Interval,
}

/// Money that would not be there without personalization.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Total {
    /// In the smallest unit of the currency, such as cents.
    pub number: Number,
    /// The currency.
    pub currency: String,
}

/// A relative effect up to the end of a week.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Week {
    /// The last day of the week.
    pub until: String,
    /// The effect of all units that were first exposed by then.
    pub number: Number,
}

impl Analysis {
    /// Judges the sums. `today` is the day after the last one that is counted, in days since 1970.
    pub fn new(counts: &Counts, totals: &Totals, studies: &[Study], goals: &Goals, today: i32) -> Self {
        let left = totals.left_with(&counts.left);
        let faults = Faults::of(counts, &left);
        let results =
            studies.iter().zip(&totals.studies).map(|(study, sums)| judged(study, sums, goals, &faults, today));
        Self {
            v: 1,
            days: counts.days.map(|(first, last)| [day(first), day(last)]),
            lines: counts.lines,
            decisions: reconciled(counts),
            reverted: counts.reverted,
            outcomes: counts.outcomes,
            studies: results.collect(),
            left,
        }
    }
}

fn reconciled(counts: &Counts) -> Reconciled {
    let sum = |of: &BTreeMap<String, u64>| of.values().sum::<u64>() as i64;
    let unseen = ["bot", "prefetch"].iter().filter_map(|rule| counts.refused.get(*rule)).sum();
    let known = counts.impressions as i64 + sum(&counts.controls) + unseen as i64;
    Reconciled {
        decided: counts.decisions.clone(),
        impressions: counts.impressions,
        control: counts.controls.clone(),
        unseen,
        without_exposure: sum(&counts.decisions) - known,
    }
}

/// Shares of lines that spoil a whole log.
struct Faults(Vec<Fault>);

impl Faults {
    fn of(counts: &Counts, left: &BTreeMap<Left, Count>) -> Self {
        let count = |why: &[Left]| why.iter().filter_map(|why| left.get(why)).map(|count| count.count).sum::<u64>();
        let bots = counts.refused.get("bot").copied().unwrap_or_default();
        let exposures = counts.impressions + counts.controls.values().sum::<u64>();
        let shares = [
            (
                FaultKind::Unreadable,
                count(&[Left::Unreadable, Left::UnknownForm, Left::NoDay, Left::Future]),
                counts.lines,
            ),
            (FaultKind::Duplicates, count(&[Left::Duplicate]), counts.outcomes),
            (FaultKind::Bots, bots, bots + exposures),
        ];
        Self(shares.into_iter().map(|(kind, count, of)| fault(kind, count, of)).collect())
    }
}

fn fault(kind: FaultKind, count: u64, of: u64) -> Fault {
    let limit = LIMITS.iter().find(|(known, _)| *known == kind).map_or(0.0, |(_, limit)| *limit);
    Fault { kind, share: count as f64 / of.max(1) as f64, limit }
}

fn judged(study: &Study, sums: &StudyTotals, goals: &Goals, faults: &Faults, today: i32) -> StudyResult {
    let running_days = sums.first_day.map_or(0, |first| u32::try_from(today - first).unwrap_or_default());
    let sample_ratio = match sums.units.iter().filter(|units| **units > 0).count() {
        0 => Err(Cannot::TooFew { units: 0, needed: 2 }),
        1 => Err(Cannot::OneArm),
        _ => at_all_looks(&[(&sums.units, &study.shares)]),
    };
    let all: u64 = sums.units.iter().sum::<u64>() + sums.second_arm;
    let mut faults = faults.0.clone();
    faults.push(fault(FaultKind::TwoArms, sums.second_arm, all));
    let ground = Ground { study, sums, goals, sample_ratio, faults, running_days };
    let arms = study.arms.iter().zip(&sums.units).zip(&study.shares);
    StudyResult {
        name: study.name.clone(),
        of: if matches!(study.of, Compared::Experiment) { "experiment" } else { "holdout" },
        control: study.arms.first().cloned().unwrap_or_default(),
        arms: arms
            .map(|((name, units), share)| ArmCount { name: name.clone(), units: *units, share: *share })
            .collect(),
        second_arm: sums.second_arm,
        running_days,
        sample_ratio,
        sums: study.goals(goals).zip(&sums.goals).flat_map(|(goal, sums)| arm_sums(study, goal, sums)).collect(),
        results: (1..study.arms.len()).filter_map(|arm| ground.arm(arm)).collect(),
    }
}

fn arm_sums(study: &Study, goal: &Goal, sums: &GoalTotals) -> Vec<ArmSums> {
    let arms = study.arms.iter().zip(&sums.arms);
    let of = |(arm, tally): (&String, &Tally)| ArmSums {
        goal: goal.name.clone(),
        arm: arm.clone(),
        units: tally.units(),
        sums: tally.sums(),
    };
    arms.map(of).collect()
}

struct Ground<'a> {
    study: &'a Study,
    sums: &'a StudyTotals,
    goals: &'a Goals,
    sample_ratio: Result<SampleRatio, Cannot>,
    faults: Vec<Fault>,
    running_days: u32,
}

impl Ground<'_> {
    fn arm(&self, arm: usize) -> Option<ArmResult> {
        let (study, judged) = (self.study, &self.study.judged);
        let goals: Vec<(&Goal, &GoalTotals)> = study.goals(self.goals).zip(&self.sums.goals).collect();
        let ((primary, of_primary), guarded) = goals.split_first()?;
        let better = |goal: &Goal, sums: &GoalTotals| {
            let effect = effect(goal, &sums.arms, arm, Scale::Relative);
            if goal.better == Better::Less { effect.map(|effect| effect.turned()) } else { effect }
        };
        let margins: Vec<f64> = judged.guardrails.iter().map(|(_, points)| f64::from(*points) / 10_000.0).collect();
        let guardrail = |((goal, sums), margin): (&(&Goal, &GoalTotals), &f64)| Guardrail {
            name: goal.name.clone(),
            effect: better(goal, sums),
            margin: *margin,
        };
        // Several arms share alpha: any of them may ship.
        let alpha = ALPHA / (study.arms.len() - 1) as f64;
        let units = of_primary.arms.iter().map(Tally::units).sum();
        let evidence = Evidence {
            sample_ratio: self.sample_ratio,
            faults: self.faults.clone(),
            looks: Looks::AnyTime { narrowest_at: judged.units },
            progress: Progress {
                units,
                planned: judged.units,
                least: (judged.units / LEAST_UNITS.0).max(LEAST_UNITS.1),
                days: self.running_days,
                least_days: judged.least_days.max(primary.window_days + 1),
                last_day: judged.days,
            },
            success: vec![Metric { name: primary.name.clone(), effect: better(primary, of_primary) }],
            guardrails: guarded.iter().zip(&margins).map(guardrail).collect(),
            alpha,
        };
        let verdict = verdict(&evidence);
        let results = if verdict.judged.is_empty() {
            Vec::new()
        } else {
            let margins = std::iter::once(None).chain(margins.iter().copied().map(Some));
            goals.iter().zip(margins).map(|((goal, sums), margin)| self.goal(goal, sums, arm, margin, alpha)).collect()
        };
        Some(ArmResult { arm: study.arms.get(arm)?.clone(), verdict, goals: results })
    }

    fn goal(&self, goal: &Goal, sums: &GoalTotals, arm: usize, margin: Option<f64>, alpha: f64) -> GoalResult {
        let number =
            |effect: Effect| Ok(Number { estimate: effect.estimate, interval: self.always(alpha)?.interval(&effect) });
        let mut grown = vec![Tally::default(); sums.arms.len()];
        let mut weeks = Vec::new();
        for (week, arms) in &sums.weeks {
            // Sums of parts are at most the sums of all, which were counted.
            grown = grown.iter().zip(arms).map(|(all, more)| all.merged(more).unwrap_or(*all)).collect();
            let found = effect(goal, &grown, arm, Scale::Relative).and_then(number);
            weeks.extend(found.ok().map(|number| Week { until: day(week * 7 + 6), number }));
        }
        let total =
            goal.currency.clone().filter(|_| matches!(self.study.of, Compared::Holdout { .. })).and_then(|currency| {
                let per_unit = effect(goal, &sums.arms, arm, Scale::Absolute).ok()?;
                let total = increment(per_unit, sums.arms.get(arm)?.units()).ok()?.total;
                Some(Total { number: number(total).ok()?, currency })
            });
        GoalResult {
            goal: goal.name.clone(),
            margin,
            relative: effect(goal, &sums.arms, arm, Scale::Relative).and_then(number),
            total,
            open: sums.open,
            weeks,
        }
    }

    fn always(&self, alpha: f64) -> Result<AlwaysValid, Cannot> {
        AlwaysValid::narrowest_at(self.study.judged.units, 2.0 * alpha)
    }
}

/// The effect of an arm on a goal, in the direction in which it is measured.
fn effect(goal: &Goal, arms: &[Tally], arm: usize, scale: Scale) -> Result<Effect, Cannot> {
    let of = |tally: Option<&Tally>| {
        let tally = tally.ok_or(Cannot::OneArm)?;
        match goal.kind {
            GoalKind::Ratio => Arm::ratio(tally.pair()?),
            GoalKind::Proportion | GoalKind::Mean | GoalKind::Revenue => tally.moments().map(Arm::mean),
        }
    };
    difference(&of(arms.first())?, &of(arms.get(arm))?, scale)
}

/// A number, or why there is none.
fn told<T: Serialize, S: Serializer>(found: &Result<T, Cannot>, to: S) -> Result<S::Ok, S::Error> {
    match found {
        Ok(number) => number.serialize(to),
        Err(why) => why.serialize(to),
    }
}

fn day(day: i32) -> String {
    format_day(i64::from(day) * DAY)
}

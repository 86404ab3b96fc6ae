//! Ship, stop, keep running, or cannot tell: the verdict about an experiment, with its reasons.
//!
//! Gates come first. If one is closed, the numbers behind it are not trusted, and there is no verdict. Then [`rule`](super::rule) decides. A
//! metric that is proven worse stops the experiment. A proven success with sound guardrails ships. Everything else runs on until its
//! planned end.

use super::anytime::AlwaysValid;
use super::cannot::Cannot;
use super::effect::{Effect, Interval};
use super::planned_looks::{Sides, Spending, bounds};
use super::rule::levels;
use super::sample_ratio::SampleRatio;

/// Everything that a verdict rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// Whether the arms have their planned shares.
    pub sample_ratio: Result<SampleRatio, Cannot>,
    /// Shares that must stay below a limit, such as bots, lost records, or units that saw two arms.
    pub faults: Vec<Fault>,
    /// How the experiment is looked at.
    pub looks: Looks,
    /// How long and how large it is, and was planned to be.
    pub progress: Progress,
    /// The metrics of which one must be better.
    pub success: Vec<Metric>,
    /// The metrics that must not become worse.
    pub guardrails: Vec<Guardrail>,
    /// The alpha of the whole experiment, one-sided: 0.025 is the usual 5 % in two directions.
    pub alpha: f64,
}

/// A share of records or units that spoils a measurement.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Fault {
    /// What was found.
    pub kind: FaultKind,
    /// Its share, from 0 to 1.
    pub share: f64,
    /// The largest share that does no harm.
    pub limit: f64,
}

/// What spoils a measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// Exposures of programs.
    Bots,
    /// Records that were numbered and never arrived.
    Lost,
    /// Units that saw more than one arm.
    TwoArms,
    /// Visitors who did not consent to measurement: results say nothing about them.
    NotMeasured,
    /// Records of another schema or of an unknown bundle.
    Unreadable,
    /// Outcomes that arrived twice.
    Duplicates,
}

/// How an experiment is looked at.
#[derive(Clone, Debug, PartialEq)]
pub enum Looks {
    /// Once, at its end.
    Once,
    /// Whenever somebody wants: intervals that are always valid, narrowest at so many units.
    AnyTime {
        /// Units of both arms.
        narrowest_at: u64,
    },
    /// At looks on the way to a planned size.
    Planned {
        /// How alpha is spent.
        spending: Spending,
        /// The share of planned units at each look so far, this one last.
        at: Vec<f64>,
    },
}

/// How far an experiment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Progress {
    /// Units so far.
    pub units: u64,
    /// Units that were planned.
    pub planned: u64,
    /// Units that must be there before anything is judged.
    pub least: u64,
    /// Days so far.
    pub days: u32,
    /// Days that must pass: a full week, so that each weekday counts once, and the window of the metrics.
    pub least_days: u32,
    /// The day after which the experiment ends in any case.
    pub last_day: u32,
}

/// A metric of which more is better. [`Effect::turned`] makes one of a metric of which less is better.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    /// Its name.
    pub name: String,
    /// Its effect.
    pub effect: Result<Effect, Cannot>,
}

/// A metric that must not become worse than a margin.
#[derive(Clone, Debug, PartialEq)]
pub struct Guardrail {
    /// Its name.
    pub name: String,
    /// Its effect; more is better.
    pub effect: Result<Effect, Cannot>,
    /// How much worse it may become: 0.01 allows one per cent less.
    pub margin: f64,
}

/// What to do, and why.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Verdict {
    /// What to do.
    pub what: What,
    /// Why, the most important reason first.
    pub reasons: Vec<Why>,
    /// Each metric with the interval that the rule judged, success metrics first.
    pub judged: Vec<Judged>,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// Make the treatment the default.
    Ship,
    /// Go back to the control.
    Stop,
    /// Wait.
    KeepRunning,
    /// The numbers cannot be trusted, or there are none.
    CannotTell,
}

/// A reason.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// The arms do not have their planned shares.
    SampleRatio {
        /// The p-value.
        p: f64,
    },
    /// Too large a share of something that spoils the measurement.
    Fault(Fault),
    /// No number can be told.
    Cannot {
        /// Of which metric; nothing for the experiment itself.
        metric: Option<String>,
        /// Why.
        why: Cannot,
    },
    /// The experiment has too few units, or days, to be judged.
    TooEarly {
        /// Units that are missing.
        units: u64,
        /// Days that are missing.
        days: u32,
    },
    /// A success metric is proven better.
    Better {
        /// Its name.
        metric: String,
    },
    /// A metric is proven worse: a guardrail worse than its margin, or a success metric worse than before.
    Worse {
        /// Its name.
        metric: String,
    },
    /// A guardrail is not yet proven to be within its margin.
    NotProven {
        /// Its name.
        metric: String,
    },
    /// No success metric is proven better.
    NoneBetter,
    /// Every guardrail is proven to be within its margin.
    GuardrailsHold,
    /// The experiment has reached its planned units, or its last day.
    AtItsEnd,
}

/// A metric as the rule saw it.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Judged {
    /// Its name.
    pub metric: String,
    /// The estimate.
    pub estimate: f64,
    /// From the lower end that decides about success, or about the margin, to the upper end that decides about harm.
    pub interval: Interval,
}

/// The verdict.
pub fn verdict(evidence: &Evidence) -> Verdict {
    let closed = gates(evidence);
    if !closed.is_empty() {
        return Verdict { what: What::CannotTell, reasons: closed, judged: Vec::new() };
    }
    match judge(evidence) {
        Ok(verdict) => verdict,
        Err(reason) => Verdict { what: What::CannotTell, reasons: vec![reason], judged: Vec::new() },
    }
}

/// The gates that are closed.
fn gates(evidence: &Evidence) -> Vec<Why> {
    let mut closed = Vec::new();
    match evidence.sample_ratio {
        Ok(ratio) if ratio.mismatch => closed.push(Why::SampleRatio { p: ratio.p }),
        Ok(_) => {}
        Err(why) => closed.push(Why::Cannot { metric: None, why }),
    }
    // A share that is not a number is no proof of soundness.
    let harms = |fault: &&Fault| fault.share > fault.limit || fault.share.is_nan() || fault.limit.is_nan();
    closed.extend(evidence.faults.iter().filter(harms).map(|fault| Why::Fault(*fault)));
    closed
}

fn judge(evidence: &Evidence) -> Result<Verdict, Why> {
    let of_all = |why| Why::Cannot { metric: None, why };
    let levels = levels(evidence.success.len(), evidence.guardrails.len(), evidence.alpha, 0.5).map_err(of_all)?;
    let level = |alpha| Level::new(&evidence.looks, alpha).map_err(of_all);
    let (success, safe, harm) = (level(levels.success)?, level(levels.guardrail)?, level(levels.harm)?);
    let progress = &evidence.progress;
    let (units, days) =
        (progress.least.saturating_sub(progress.units), progress.least_days.saturating_sub(progress.days));
    let ended = progress.units >= progress.planned || progress.days >= progress.last_day;
    if units > 0 || days > 0 {
        let (what, reasons) = match progress.days >= progress.last_day {
            true => (What::CannotTell, vec![Why::AtItsEnd, Why::TooEarly { units, days }]),
            false => (What::KeepRunning, vec![Why::TooEarly { units, days }]),
        };
        return Ok(Verdict { what, reasons, judged: Vec::new() });
    }
    let (mut reasons, mut judged, mut worse) = (Vec::new(), Vec::new(), Vec::new());
    for metric in &evidence.success {
        let found = judge_one(&metric.name, metric.effect, &success, &harm)?;
        if found.interval.low > 0.0 {
            reasons.push(Why::Better { metric: metric.name.clone() });
        }
        if found.interval.high < 0.0 {
            worse.push(Why::Worse { metric: metric.name.clone() });
        }
        judged.push(found);
    }
    let better = !reasons.is_empty();
    let mut unproven = Vec::new();
    for guardrail in &evidence.guardrails {
        let margin = super::cannot::positive("a margin", guardrail.margin);
        let margin = margin.map_err(|why| Why::Cannot { metric: Some(guardrail.name.clone()), why })?;
        let found = judge_one(&guardrail.name, guardrail.effect, &safe, &harm)?;
        if found.interval.high < -margin {
            worse.push(Why::Worse { metric: guardrail.name.clone() });
        } else if found.interval.low <= -margin {
            unproven.push(Why::NotProven { metric: guardrail.name.clone() });
        }
        judged.push(found);
    }
    let may_decide = ended || !matches!(evidence.looks, Looks::Once);
    let needs_success = !evidence.success.is_empty();
    let sound = unproven.is_empty();
    let what = match () {
        () if !may_decide => What::KeepRunning,
        () if !worse.is_empty() => What::Stop,
        () if sound && (better || !needs_success) => What::Ship,
        () if ended => What::Stop,
        () => What::KeepRunning,
    };
    if needs_success && !better {
        reasons.push(Why::NoneBetter);
    }
    if sound && !evidence.guardrails.is_empty() && worse.is_empty() {
        reasons.push(Why::GuardrailsHold);
    }
    let mut all = worse;
    all.extend(match what {
        What::Ship => reasons.into_iter().chain(unproven).collect::<Vec<_>>(),
        _ => unproven.into_iter().chain(reasons).collect(),
    });
    if ended {
        all.push(Why::AtItsEnd);
    }
    Ok(Verdict { what, reasons: all, judged })
}

/// The interval of a metric: its lower end at the level of success or margin, its upper end at the level of harm.
fn judge_one(name: &str, effect: Result<Effect, Cannot>, below: &Level, above: &Level) -> Result<Judged, Why> {
    let found = effect.and_then(|effect| {
        let interval = Interval { low: below.lower(&effect)?, high: -above.lower(&effect.turned())? };
        Ok(Judged { metric: name.to_owned(), estimate: effect.estimate, interval })
    });
    found.map_err(|why| Why::Cannot { metric: Some(name.to_owned()), why })
}

/// One way of looking at one alpha.
enum Level {
    Once(f64),
    AnyTime(AlwaysValid),
    /// So many standard errors.
    Planned(f64),
}

impl Level {
    fn new(looks: &Looks, alpha: f64) -> Result<Self, Cannot> {
        match looks {
            Looks::Once => Ok(Self::Once(alpha)),
            Looks::AnyTime { narrowest_at } => AlwaysValid::narrowest_at(*narrowest_at, alpha).map(Self::AnyTime),
            Looks::Planned { spending, at } => {
                let last = bounds(*spending, Sides::One, alpha, at)?.last().copied();
                last.map(Self::Planned).ok_or(Cannot::TooFew { units: 0, needed: 1 })
            }
        }
    }

    fn lower(&self, effect: &Effect) -> Result<f64, Cannot> {
        match self {
            Self::Once(alpha) => effect.lower(*alpha),
            Self::AnyTime(method) => Ok(method.lower(effect)),
            Self::Planned(errors) => Ok(effect.estimate - errors * effect.se),
        }
    }
}

#[cfg(test)]
mod tests;

//! What the room answers to a case of the references.

use std::collections::BTreeMap;

use selvedge::measure::adaptive::{Batch, batched, by_batch, by_inverse_probability};
use selvedge::measure::anytime::AlwaysValid;
use selvedge::measure::bayes::Belief;
use selvedge::measure::best::chances;
use selvedge::measure::decay::{Point, slope};
use selvedge::measure::drift::drift;
use selvedge::measure::impact::{FOUR_FIFTHS, Group, impact};
use selvedge::measure::planned_looks::{Sides, Spending, bounds};
use selvedge::measure::size::{Design, Sure};
use selvedge::measure::{
    Arm, Cannot, Effect, Moments, Pair, PairSums, Scale, Tally, difference, rates, sample_ratio, segments, several,
};
use serde_json::Value;

/// Numbers by name.
pub(super) type Answers = BTreeMap<String, f64>;

/// All numbers that the room has for a case, or why it has none.
pub(super) fn answers(of: &str, given: &Value) -> Result<Answers, Cannot> {
    match of {
        "mean" | "ratio" | "adjusted mean" => comparison(of, given),
        "belief" => belief(given),
        "tally" => tally(given),
        "sample ratio" => {
            let (counts, shares) = (counts(given, "counts"), numbers(given, "shares"));
            let ln_factor = sample_ratio::ln_bayes_factor(&counts, &shares)?;
            Ok(named([("p", sample_ratio::once(&counts, &shares)?.p), ("ln_factor", ln_factor)]))
        }
        "holm" => Ok(listed("p", several::holm(&numbers(given, "p"))?)),
        "hochberg" => Ok(listed("p", several::benjamini_hochberg(&numbers(given, "p"))?)),
        "segments" => {
            let found = segments::differences(&effects(given)?)?;
            let mean = found.mean;
            Ok(named([
                ("estimate", mean.estimate),
                ("se", mean.se),
                ("q", found.q),
                ("p", found.p),
                ("between", found.between),
            ]))
        }
        "share" => {
            let found = rates::interval(count(given, "yes"), count(given, "units"), number(given, "alpha"))?;
            Ok(named([("share_low", found.low), ("share_high", found.high)]))
        }
        "homogeneity" => Ok(named([("p", rates::homogeneity(&groups(given))?)])),
        "trend" => Ok(named([("p", rates::trend(&groups(given), &numbers(given, "scores"))?)])),
        "power" | "smallest effect" => plan(of, given),
        "slope" => {
            let points = numbers(given, "at").into_iter().zip(effects(given)?);
            let found = slope(&points.map(|(at, effect)| Point { at, effect }).collect::<Vec<_>>())?;
            Ok(named([("estimate", found.estimate), ("se", found.se), ("p", found.p(0.0))]))
        }
        "drift" => {
            let found = drift(&counts(given, "then"), &counts(given, "now"), 0.05)?;
            let rest = [("by_chance", found.by_chance), ("divergence", found.divergence), ("p", found.p)];
            Ok(named([("index", found.index)].into_iter().chain(rest)))
        }
        "impact" => {
            let group = |name| {
                let of = counts(given, name);
                Group { selected: of[0], members: of[1] }
            };
            let found = impact(group("group"), group("reference"), FOUR_FIFTHS, number(given, "alpha"))?;
            let ends = [("ratio_low", found.interval.low), ("ratio_high", found.interval.high)];
            Ok(named([("ratio", found.ratio)].into_iter().chain(ends)))
        }
        "bounds" => {
            let spending = Spending::Power(number(given, "power"));
            Ok(listed("bound", bounds(spending, Sides::One, number(given, "alpha"), &numbers(given, "looks"))?))
        }
        "best arm" => {
            let arms = given["arms"].as_array().expect("arms").iter().map(|arm| Belief {
                mean: arm[0].as_f64().expect("a mean"),
                deviation: arm[1].as_f64().expect("a deviation"),
            });
            Ok(listed("chance", chances(&arms.collect::<Vec<_>>())?))
        }
        "bandit" => bandit(given),
        _ => panic!("nothing answers `{of}`"),
    }
}

fn comparison(of: &str, given: &Value) -> Result<Answers, Cannot> {
    let alpha = number(given, "alpha");
    let effect = compared(of, given)?;
    let interval = effect.interval(alpha)?;
    let method = AlwaysValid::narrowest_at(count(given, "narrowest_at"), alpha)?;
    let always = method.interval(&effect);
    Ok(named([
        ("estimate", effect.estimate),
        ("se", effect.se),
        ("low", interval.low),
        ("high", interval.high),
        ("p", effect.p(0.0)),
        ("p_above", effect.p_above(0.0)),
        ("lower", effect.lower(alpha)?),
        ("always_low", always.low),
        ("always_high", always.high),
        ("always_p", method.p(&effect, 0.0)?),
    ]))
}

fn compared(of: &str, given: &Value) -> Result<Effect, Cannot> {
    let pair = |name: &str| serde_json::from_value::<PairSums>(given[name].clone()).expect("sums").moments();
    let (control, treatment): (Pair, Pair) = (pair("control")?, pair("treatment")?);
    let scale: Scale = serde_json::from_value(given["scale"].clone()).expect("a scale");
    match of {
        "ratio" => difference(&Arm::ratio(control)?, &Arm::ratio(treatment)?, scale),
        "adjusted mean" => {
            let arms = Arm::adjusted(&[control, treatment])?;
            difference(&arms[0], &arms[1], scale)
        }
        _ => difference(&Arm::mean(control.y), &Arm::mean(treatment.y), scale),
    }
}

fn belief(given: &Value) -> Result<Answers, Cannot> {
    let effect = compared("mean", given)?;
    let belief = match &given["prior"] {
        Value::Null => Belief::flat(&effect)?,
        prior => Belief::after(&serde_json::from_value(prior.clone()).expect("a belief"), &effect)?,
    };
    let interval = belief.interval(number(given, "alpha"))?;
    Ok(named([
        ("estimate", belief.mean),
        ("chance_to_win", belief.chance_to_win()),
        ("loss_if_kept", belief.loss_if_kept()),
        ("loss_if_chosen", belief.loss_if_chosen()),
        ("low", interval.low),
        ("high", interval.high),
    ]))
}

fn tally(given: &Value) -> Result<Answers, Cannot> {
    let mut tally = Tally::default();
    given["rows"]
        .as_array()
        .expect("rows")
        .iter()
        .try_for_each(|row| tally.add(row.as_i64().expect("a whole number")))?;
    let moments = tally.raw_pair()?.y;
    Ok(named([("mean", moments.mean), ("variance", moments.variance)]))
}

fn plan(of: &str, given: &Value) -> Result<Answers, Cannot> {
    let variance = number(given, "deviation").powi(2);
    let design =
        Design { control_variance: variance, treatment_variance: variance, treatment_share: number(given, "share") };
    let (alpha, two_sided) = (number(given, "alpha"), given["two_sided"].as_bool().expect("a choice"));
    let units = count(given, "units");
    if of == "power" {
        return Ok(named([("power", design.power(number(given, "effect"), units, alpha, two_sided)?)]));
    }
    let sure = Sure { alpha, power: number(given, "power"), two_sided };
    Ok(named([("smallest", design.smallest_effect(units, &sure)?)]))
}

fn bandit(given: &Value) -> Result<Answers, Cannot> {
    let arm =
        |of: &Value| Moments { units: count(of, "units"), mean: number(of, "mean"), variance: number(of, "variance") };
    let batches = given["batches"].as_array().expect("batches").iter().map(|batch| Batch {
        control: arm(&batch["control"]),
        treatment: arm(&batch["treatment"]),
        units: count(batch, "units"),
        control_share: 1.0 - number(batch, "share"),
        treatment_share: number(batch, "share"),
    });
    let batches: Vec<Batch> = batches.collect();
    let (first, second, third) = (batched(&batches)?, by_batch(&batches)?, by_inverse_probability(&batches)?);
    Ok(named([
        ("estimate", first.estimate),
        ("se", first.se),
        ("by_batch estimate", second.estimate),
        ("by_batch se", second.se),
        ("inverse estimate", third.estimate),
        ("inverse se", third.se),
    ]))
}

fn effects(given: &Value) -> Result<Vec<Effect>, Cannot> {
    let both = numbers(given, "effects").into_iter().zip(numbers(given, "errors"));
    both.map(|(estimate, se)| Effect::normal(estimate, se, 1000)).collect()
}

fn named<'n>(numbers: impl IntoIterator<Item = (&'n str, f64)>) -> Answers {
    numbers.into_iter().map(|(name, number)| (name.to_owned(), number)).collect()
}

fn listed(name: &str, numbers: Vec<f64>) -> Answers {
    numbers.into_iter().enumerate().map(|(at, number)| (format!("{name} {at}"), number)).collect()
}

fn number(given: &Value, name: &str) -> f64 {
    given[name].as_f64().unwrap_or_else(|| panic!("no number `{name}` in {given}"))
}

fn count(given: &Value, name: &str) -> u64 {
    given[name].as_u64().unwrap_or_else(|| panic!("no count `{name}` in {given}"))
}

fn numbers(given: &Value, name: &str) -> Vec<f64> {
    given[name].as_array().expect("a list").iter().map(|number| number.as_f64().expect("a number")).collect()
}

fn counts(given: &Value, name: &str) -> Vec<u64> {
    given[name].as_array().expect("a list").iter().map(|number| number.as_u64().expect("a count")).collect()
}

fn groups(given: &Value) -> Vec<(u64, u64)> {
    let group = |of: &Value| (of[0].as_u64().expect("a count"), of[1].as_u64().expect("a count"));
    given["groups"].as_array().expect("a list").iter().map(group).collect()
}

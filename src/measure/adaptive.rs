//! Effects after a bandit: units arrived in batches, and each batch had its own shares.
//!
//! Adding up all batches is wrong there. An arm that was lucky early got more units later, so its pooled mean is biased. Its interval covers
//! the truth too rarely. Each function here treats every batch as an experiment of its own.

use super::cannot::{Cannot, share};
use super::effect::Effect;
use super::moments::Moments;

/// One batch: between two changes of the weights.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Batch {
    /// The arm to compare with.
    pub control: Moments,
    /// The arm of interest.
    pub treatment: Moments,
    /// How many units the batch has in all arms together.
    pub units: u64,
    /// The probability with which this batch gave the control.
    pub control_share: f64,
    /// The probability with which this batch gave the treatment.
    pub treatment_share: f64,
}

/// Effects of all batches, each weighted by how sure it is: `Σ dₜ/seₜ / Σ 1/seₜ` with the variance `T / (Σ 1/seₜ)²`.
///
/// The batched estimator of Zhang, Janson and Murphy, *Inference for Batched Bandits*, NeurIPS 2020, §4. The sum of `T` standardised batches
/// is normal however the bandit chose. It is for effects that do not change over time; the narrowest of the three.
pub fn batched(batches: &[Batch]) -> Result<Effect, Cannot> {
    let parts = parts(batches)?;
    let sureness: f64 = parts.iter().map(|part| part.se.recip()).sum();
    let estimate = parts.iter().map(|part| part.difference / part.se).sum::<f64>() / sureness;
    Effect::normal(estimate, (parts.len() as f64).sqrt() / sureness, units(batches)?)
}

/// Effects of all batches, each weighted by its units. For effects that may change over time: it estimates their average.
pub fn by_batch(batches: &[Batch]) -> Result<Effect, Cannot> {
    let parts = parts(batches)?;
    let all: f64 = batches.iter().map(|batch| batch.units as f64).sum();
    let weighted = |of: &dyn Fn(&Part, f64) -> f64| -> f64 {
        parts.iter().zip(batches).map(|(part, batch)| of(part, batch.units as f64 / all)).sum()
    };
    let estimate = weighted(&|part, weight| weight * part.difference);
    let variance = weighted(&|part, weight| (weight * part.se).powi(2));
    Effect::normal(estimate, variance.sqrt(), units(batches)?)
}

/// Every unit weighted by the inverse of the probability of its arm (Horvitz and Thompson, *JASA* 1952).
///
/// It needs no units of both arms in each batch, only known probabilities. It is the widest of the three.
pub fn by_inverse_probability(batches: &[Batch]) -> Result<Effect, Cannot> {
    let all = units(batches)?;
    let (mut sum, mut variance) = (0.0, 0.0);
    for batch in batches {
        share("the probability of an arm", batch.control_share)?;
        share("the probability of an arm", batch.treatment_share)?;
        let n = super::cannot::enough(batch.units, 2)? as f64;
        let (up, up_squares) = weighed(&batch.treatment, batch.treatment_share)?;
        let (down, down_squares) = weighed(&batch.control, batch.control_share)?;
        let mean = (up - down) / n;
        sum += up - down;
        variance += ((up_squares + down_squares) / n - mean * mean) * n / (n - 1.0) * n;
    }
    Effect::normal(sum / all as f64, variance.max(0.0).sqrt() / all as f64, all)
}

/// The sum of the weighted outcomes of an arm, and the sum of their squares.
fn weighed(arm: &Moments, likely: f64) -> Result<(f64, f64), Cannot> {
    if arm.units == 0 {
        return Ok((0.0, 0.0));
    }
    let n = arm.units as f64;
    let squares = arm.variance * (n - 1.0) + n * arm.mean * arm.mean;
    Ok((super::cannot::finite("a mean", n * arm.mean)? / likely, squares / (likely * likely)))
}

struct Part {
    difference: f64,
    se: f64,
}

/// The difference of each batch. The variance of an arm is taken over all batches: one batch may have seen no outcome at all.
fn parts(batches: &[Batch]) -> Result<Vec<Part>, Cannot> {
    let of_control = variance(batches.iter().map(|batch| &batch.control))?;
    let of_treatment = variance(batches.iter().map(|batch| &batch.treatment))?;
    let part = |batch: &Batch| {
        super::cannot::enough(batch.control.units.min(batch.treatment.units), 1)?;
        let variance = of_control / batch.control.units as f64 + of_treatment / batch.treatment.units as f64;
        if variance <= 0.0 {
            return Err(Cannot::NoVariance);
        }
        Ok(Part { difference: batch.treatment.mean - batch.control.mean, se: variance.sqrt() })
    };
    batches.iter().map(part).collect()
}

/// The variance of a unit around the mean of its batch.
fn variance<'a>(arms: impl Iterator<Item = &'a Moments>) -> Result<f64, Cannot> {
    let (mut squares, mut freedom) = (0.0, 0.0);
    for arm in arms.filter(|arm| arm.units > 1) {
        squares += super::cannot::positive("a variance", arm.variance)? * (arm.units as f64 - 1.0);
        freedom += arm.units as f64 - 1.0;
    }
    if freedom > 0.0 { Ok(squares / freedom) } else { Err(Cannot::TooFew { units: 0, needed: 2 }) }
}

fn units(batches: &[Batch]) -> Result<u64, Cannot> {
    if batches.is_empty() {
        return Err(Cannot::TooFew { units: 0, needed: 2 });
    }
    let sum = batches.iter().try_fold(0_u64, |sum, batch| sum.checked_add(batch.units));
    sum.ok_or(Cannot::TooLarge { what: "the count of units" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::{Arm, Scale, difference};

    fn batch(control: (u64, f64), treatment: (u64, f64)) -> Batch {
        let moments = |(units, mean)| Moments { units, mean, variance: 4.0 };
        let units = control.0 + treatment.0;
        Batch {
            control: moments(control),
            treatment: moments(treatment),
            units,
            control_share: control.0 as f64 / units as f64,
            treatment_share: treatment.0 as f64 / units as f64,
        }
    }

    #[test]
    fn one_batch_is_an_ordinary_comparison() {
        let only = batch((1000, 10.0), (800, 10.5));
        let plain =
            difference(&Arm::mean(only.control), &Arm::mean(only.treatment), Scale::Absolute).expect("a number");
        for found in [batched(&[only]), by_batch(&[only])] {
            let found = found.expect("a number");
            assert!((found.estimate - plain.estimate).abs() < 1e-12 && (found.se - plain.se).abs() < 1e-12);
        }
        let weighed = by_inverse_probability(&[only]).expect("a number");
        assert!((weighed.estimate - plain.estimate).abs() < 1e-12 && weighed.se > plain.se);
    }

    /// Everything rose by five between two batches, while the treatment got most of the second: pooling would call that a lift.
    #[test]
    fn a_drift_of_both_arms_is_no_effect() {
        let batches = [batch((1000, 10.0), (1000, 10.0)), batch((200, 15.0), (1800, 15.0))];
        for found in [batched(&batches), by_batch(&batches), by_inverse_probability(&batches)] {
            assert!(found.expect("a number").estimate.abs() < 1e-12);
        }
    }

    #[test]
    fn bad_input_is_named() {
        assert!(matches!(batched(&[]), Err(Cannot::TooFew { .. })));
        let missing = batch((1000, 10.0), (0, 0.0));
        assert!(matches!(batched(&[missing]), Err(Cannot::TooFew { .. })));
        assert!(matches!(by_inverse_probability(&[missing]), Err(Cannot::Outside { .. })));
    }
}

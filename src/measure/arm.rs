//! One arm of a comparison: a mean and its variance, for every kind of metric.
//!
//! A plain mean, a ratio of two sums and a mean that is adjusted by what was known before all become an [`Arm`]. Everything after
//! that (intervals, sequential tests, guardrails) is the same for the three.

use super::cannot::{Cannot, finite};
use super::moments::{Moments, Pair};

/// What a comparison needs of an arm.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Arm {
    /// How many units, always those that were randomised.
    pub units: u64,
    /// The mean, the ratio, or the adjusted mean.
    pub mean: f64,
    /// The variance of one unit; divided by `units` it is the variance of `mean`.
    pub variance: f64,
    /// The mean before any adjustment: what a relative effect divides by.
    pub plain_mean: f64,
}

impl Arm {
    /// The mean of one number.
    pub fn mean(of: Moments) -> Self {
        Self { units: of.units, mean: of.mean, variance: of.variance, plain_mean: of.mean }
    }

    /// A ratio of two sums, for instance revenue per order, where the unit is a visitor: `y` above, `x` below.
    ///
    /// Its variance is that of the delta method: `s²y/x̄² - 2 cov ȳ/x̄³ + ȳ² s²x/x̄⁴` (Deng, Knoblich and Lu, *Applying the Delta Method
    /// in Metric Analytics*, KDD 2018, §3).
    pub fn ratio(of: Pair) -> Result<Self, Cannot> {
        clear_of_zero(&of.x)?;
        let (above, below) = (of.y.mean, of.x.mean);
        let mean = above / below;
        let variance = (of.y.variance - 2.0 * mean * of.covariance + mean * mean * of.x.variance) / (below * below);
        let (mean, variance) = (finite("the ratio", mean)?, finite("the variance of the ratio", variance.max(0.0))?);
        Ok(Self { units: of.y.units, mean, variance, plain_mean: mean })
    }

    /// Two arms or more whose means are adjusted by what was known of each unit before the experiment (CUPED).
    ///
    /// `θ = cov(y, x) / var(x)` over the units of all arms. The mean becomes `ȳ - θ x̄`, and the variance `s²y + θ² s²x - 2 θ cov` (Deng, Xu,
    /// Kohavi and Walker, *Improving the Sensitivity of Online Controlled Experiments by Utilizing Pre-Experiment Data*, WSDM 2013). As in
    /// GrowthBook's gbstats, a relative effect divides by the mean of the control before the adjustment.
    pub fn adjusted(arms: &[Pair]) -> Result<Vec<Self>, Cannot> {
        let theta = theta(arms)?;
        Ok(arms.iter().map(|arm| adjust(arm, theta)).collect())
    }

    /// The variance of the mean.
    pub fn of_mean(&self) -> f64 {
        self.variance / self.units as f64
    }

    pub(super) fn checked(&self) -> Result<(), Cannot> {
        super::cannot::enough(self.units, 2)?;
        finite("a mean", self.mean)?;
        finite("a mean", self.plain_mean)?;
        super::cannot::positive("a variance", self.variance)?;
        Ok(())
    }
}

/// The slope of the outcome over what was known before, over all units. Zero where nothing was known.
fn theta(arms: &[Pair]) -> Result<f64, Cannot> {
    if arms.len() < 2 {
        return Err(Cannot::OneArm);
    }
    let units: f64 = arms.iter().map(|arm| arm.y.units as f64).sum();
    let y = arms.iter().map(|arm| arm.y.units as f64 * arm.y.mean).sum::<f64>() / units;
    let x = arms.iter().map(|arm| arm.y.units as f64 * arm.x.mean).sum::<f64>() / units;
    // Within the arms and between them: the same as over all units at once.
    let within = |arm: &Pair| arm.y.units as f64 - 1.0;
    let of_x: f64 =
        arms.iter().map(|arm| within(arm) * arm.x.variance + arm.y.units as f64 * (arm.x.mean - x).powi(2)).sum();
    let of_xy: f64 = arms
        .iter()
        .map(|arm| within(arm) * arm.covariance + arm.y.units as f64 * (arm.x.mean - x) * (arm.y.mean - y))
        .sum();
    finite("the adjustment", if of_x > 0.0 { of_xy / of_x } else { 0.0 })
}

fn adjust(arm: &Pair, theta: f64) -> Arm {
    let variance = arm.y.variance + theta * theta * arm.x.variance - 2.0 * theta * arm.covariance;
    let mean = arm.y.mean - theta * arm.x.mean;
    Arm { units: arm.y.units, mean, variance: variance.max(0.0), plain_mean: arm.y.mean }
}

/// How many standard errors the lower part of a ratio must be away from zero.
///
/// The delta method takes the lower part for nearly constant. Below three standard errors even the exact interval of Fieller (1954) is
/// close to the whole line at the usual alphas.
pub const CLEAR_OF_ZERO: f64 = 3.0;

fn clear_of_zero(below: &Moments) -> Result<(), Cannot> {
    if below.mean.abs() > CLEAR_OF_ZERO * below.of_mean().sqrt() { Ok(()) } else { Err(Cannot::NoBaseline) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Tally;

    fn pair(rows: impl Iterator<Item = (i64, i64)>) -> Pair {
        let mut tally = Tally::default();
        rows.for_each(|(y, x)| tally.add_pair(y, x).expect("small"));
        tally.pair().expect("two units or more")
    }

    #[test]
    fn the_adjustment_is_the_slope_over_all_units() {
        // y = 3 x + 7 in both arms, and 5 more in the second: nothing but the effect is left.
        let control = pair((0..100).map(|x| (3 * x + 7, x)));
        let treated = pair((0..100).map(|x| (3 * x + 12, x)));
        let arms = Arm::adjusted(&[control, treated]).expect("two arms");
        assert!((arms[1].mean - arms[0].mean - 5.0).abs() < 1e-12);
        assert!(arms[0].variance < 1e-9 * control.y.variance);
        assert_eq!(arms[0].plain_mean, control.y.mean);
        assert_eq!(Arm::adjusted(&[control]), Err(Cannot::OneArm));
    }

    #[test]
    fn without_a_past_nothing_is_adjusted() {
        let arm = pair((0..100).map(|y| (y, 0)));
        let arms = Arm::adjusted(&[arm, arm]).expect("two arms");
        assert_eq!(arms[0], Arm::mean(arm.y));
    }

    #[test]
    fn a_ratio_over_nearly_nothing_is_named() {
        let orders = pair((0..100).map(|at| (at, if at == 50 { 1 } else { 0 })));
        assert_eq!(Arm::ratio(orders), Err(Cannot::NoBaseline));
        let same = pair((0..100).map(|at| (2 * (1 + at % 5), 1 + at % 5)));
        let ratio = Arm::ratio(same).expect("a ratio");
        assert_eq!((ratio.mean, ratio.variance), (2.0, 0.0));
    }
}

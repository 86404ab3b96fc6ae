//! Whether a lift against the holdout fades.
//!
//! Takes one effect per week, each from the people first exposed in that week. A market that falls takes holdout and treatment along, so
//! their difference stays: no alarm. An effect that wears off shows as a slope below zero, one that broke as a step.

use super::cannot::Cannot;
use super::distribution::normal_above;
use super::effect::Effect;

/// An effect and the time that it belongs to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// The time, in any unit: weeks since the start.
    pub at: f64,
    /// The lift then.
    pub effect: Effect,
}

/// The slope of the effect over time: least squares with the weights `1/se²`, and the variance `1 / Σ w (t - t̄)²`.
///
/// The errors are those of the effects themselves, so nothing is estimated from the scatter of a few weeks.
pub fn slope(points: &[Point]) -> Result<Effect, Cannot> {
    checked(points, 2)?;
    let weight = |point: &Point| point.effect.se.powi(-2);
    let weights: f64 = points.iter().map(weight).sum();
    let middle = points.iter().map(|point| weight(point) * point.at).sum::<f64>() / weights;
    let spread: f64 = points.iter().map(|point| weight(point) * (point.at - middle).powi(2)).sum();
    if spread <= 0.0 {
        return Err(Cannot::NoVariance);
    }
    let rise: f64 = points.iter().map(|point| weight(point) * (point.at - middle) * point.effect.estimate).sum();
    Effect::normal(rise / spread, spread.sqrt().recip(), units(points)?)
}

/// A moment at which the effect changed.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Break {
    /// The number of points before it.
    pub after: usize,
    /// The mean effect before.
    pub before: Effect,
    /// The mean effect since.
    pub since: Effect,
    /// How often chance alone makes any moment look like a change as large.
    pub p: f64,
}

/// The moment at which the means before and since differ most, in standard errors (Hawkins, *JASA* 1977, with known variances).
///
/// Its p-value is that of this moment times the number of moments (Bonferroni): at most too large, never too small.
pub fn change(points: &[Point]) -> Result<Break, Cannot> {
    checked(points, 2)?;
    let mut found: Option<(f64, Break)> = None;
    for after in 1..points.len() {
        let (left, right) = points.split_at(after);
        let (before, since) = (together(left)?, together(right)?);
        let z = (since.estimate - before.estimate).abs() / before.se.hypot(since.se);
        if found.is_none_or(|(most, _)| z > most) {
            let p = (2.0 * normal_above(z) * (points.len() - 1) as f64).min(1.0);
            found = Some((z, Break { after, before, since, p }));
        }
    }
    found.map(|(_, found)| found).ok_or(Cannot::TooFew { units: points.len() as u64, needed: 2 })
}

/// One effect of several that are independent, each weighted by `1/se²`.
pub fn together(points: &[Point]) -> Result<Effect, Cannot> {
    checked(points, 1)?;
    let weights: f64 = points.iter().map(|point| point.effect.se.powi(-2)).sum();
    let sum: f64 = points.iter().map(|point| point.effect.estimate * point.effect.se.powi(-2)).sum();
    Effect::normal(sum / weights, weights.sqrt().recip(), units(points)?)
}

fn checked(points: &[Point], needed: usize) -> Result<(), Cannot> {
    if points.len() < needed {
        return Err(Cannot::TooFew { units: points.len() as u64, needed: needed as u64 });
    }
    for point in points {
        super::cannot::finite("a time", point.at)?;
        Effect::normal(point.effect.estimate, point.effect.se, point.effect.units)?;
    }
    Ok(())
}

fn units(points: &[Point]) -> Result<u64, Cannot> {
    let sum = points.iter().try_fold(0_u64, |sum, point| sum.checked_add(point.effect.units));
    sum.ok_or(Cannot::TooLarge { what: "the count of units" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weeks(of: impl Fn(f64) -> f64) -> Vec<Point> {
        let point = |at: u32| {
            let estimate = of(f64::from(at));
            Point { at: f64::from(at), effect: Effect::normal(estimate, 0.01, 1000).expect("a number") }
        };
        (0..12).map(point).collect()
    }

    #[test]
    fn a_fading_lift_has_a_slope_below_zero() {
        let found = slope(&weeks(|at| 0.05 - 0.01 * at)).expect("weeks");
        assert!((found.estimate + 0.01).abs() < 1e-12 && found.upper(0.025).expect("an alpha") < 0.0);
        let steady = slope(&weeks(|_| 0.05)).expect("weeks");
        assert!(steady.estimate.abs() < 1e-12 && steady.p(0.0) > 0.99);
    }

    #[test]
    fn a_step_is_found_where_it_is() {
        let found = change(&weeks(|at| if at < 7.0 { 0.05 } else { 0.01 })).expect("weeks");
        assert_eq!(found.after, 7);
        assert!(
            found.p < 1e-6
                && (found.before.estimate - 0.05).abs() < 1e-12
                && (found.since.estimate - 0.01).abs() < 1e-12
        );
        assert_eq!(change(&weeks(|_| 0.05)).expect("weeks").p, 1.0);
    }

    #[test]
    fn one_week_has_no_slope() {
        assert!(matches!(slope(&weeks(|_| 0.0)[..1]), Err(Cannot::TooFew { .. })));
        let same = [weeks(|_| 0.0)[3]; 2];
        assert_eq!(slope(&same), Err(Cannot::NoVariance));
    }
}

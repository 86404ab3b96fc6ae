//! The difference between two arms, how sure it is, and what it means against a limit.
//!
//! [`difference`] compares a treatment with a control by Welch's test. An [`Effect`] is an estimate with its standard error; every
//! other method of this room starts from one.

use super::arm::{Arm, CLEAR_OF_ZERO};
use super::cannot::{Cannot, finite, share};
use super::distribution::{student_above, student_upper};

/// How a difference is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scale {
    /// In the unit of the metric: treatment minus control.
    Absolute,
    /// As a share of the control: 0.05 is five per cent more.
    Relative,
}

/// An estimate with its standard error.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Effect {
    /// The estimated difference.
    pub estimate: f64,
    /// Its standard error.
    pub se: f64,
    /// Degrees of freedom of Student's t; infinite for a normal approximation.
    pub freedom: f64,
    /// How many units both arms have.
    pub units: u64,
}

/// A range of values.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Interval {
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

/// A treatment compared with its control.
///
/// Absolute: `d = ȳT - ȳC` with `var = s²T/nT + s²C/nC` (Welch 1947). Relative: `d = (ȳT - ȳC)/ȳC` with `var = s²T/(nT ȳC²) + s²C ȳT²/(nC ȳC⁴)`
/// by the delta method (Deng, Knoblich and Lu 2018, §2). Degrees of freedom by Welch and Satterthwaite, on the absolute variances. The same
/// as `TwoSidedTTest` of gbstats 0.8.0.
pub fn difference(control: &Arm, treatment: &Arm, scale: Scale) -> Result<Effect, Cannot> {
    control.checked()?;
    treatment.checked()?;
    let (of_control, of_treatment) = (control.of_mean(), treatment.of_mean());
    let absolute = of_control + of_treatment;
    if absolute <= 0.0 {
        return Err(Cannot::NoVariance);
    }
    let difference = treatment.mean - control.mean;
    let (estimate, variance) = match scale {
        Scale::Absolute => (difference, absolute),
        Scale::Relative => {
            let (base, other) = (control.plain_mean, treatment.plain_mean);
            if base.abs() <= CLEAR_OF_ZERO * of_control.sqrt() {
                return Err(Cannot::NoBaseline);
            }
            (difference / base, of_treatment / base.powi(2) + of_control * other.powi(2) / base.powi(4))
        }
    };
    let freedom = absolute.powi(2)
        / (of_treatment.powi(2) / (treatment.units as f64 - 1.0) + of_control.powi(2) / (control.units as f64 - 1.0));
    let (estimate, se) = (finite("the difference", estimate)?, finite("the standard error", variance.sqrt())?);
    if se <= 0.0 {
        return Err(Cannot::NoVariance);
    }
    let units = control.units.checked_add(treatment.units).ok_or(Cannot::TooLarge { what: "the count of units" })?;
    Ok(Effect { estimate, se, freedom: finite("the degrees of freedom", freedom)?, units })
}

impl Effect {
    /// An estimate of many units, whose error is normal.
    pub fn normal(estimate: f64, se: f64, units: u64) -> Result<Self, Cannot> {
        finite("the estimate", estimate)?;
        if super::cannot::positive("the standard error", se)? <= 0.0 {
            return Err(Cannot::NoVariance);
        }
        Ok(Self { estimate, se, freedom: f64::INFINITY, units })
    }

    /// How far from zero, in standard errors.
    pub fn z(&self) -> f64 {
        self.estimate / self.se
    }

    /// How often chance alone gives an effect as far from `limit`, or farther, in either direction.
    pub fn p(&self, limit: f64) -> f64 {
        (2.0 * student_above((self.estimate - limit).abs() / self.se, self.freedom)).min(1.0)
    }

    /// How often chance alone gives an effect as high, or higher, where the truth is at most `limit`.
    pub fn p_above(&self, limit: f64) -> f64 {
        student_above((self.estimate - limit) / self.se, self.freedom)
    }

    /// How often chance alone gives an effect as low, or lower, where the truth is at least `limit`.
    pub fn p_below(&self, limit: f64) -> f64 {
        student_above((limit - self.estimate) / self.se, self.freedom)
    }

    /// Covers the truth in `1 - alpha` of all experiments that are looked at once.
    pub fn interval(&self, alpha: f64) -> Result<Interval, Cannot> {
        Ok(self.within(student_upper(share("alpha", alpha)? / 2.0, self.freedom)))
    }

    /// The truth is above this in `1 - alpha` of all experiments that are looked at once.
    pub fn lower(&self, alpha: f64) -> Result<f64, Cannot> {
        Ok(self.estimate - student_upper(one_sided(alpha)?, self.freedom) * self.se)
    }

    /// The truth is below this in `1 - alpha` of all experiments that are looked at once.
    pub fn upper(&self, alpha: f64) -> Result<f64, Cannot> {
        Ok(self.estimate + student_upper(one_sided(alpha)?, self.freedom) * self.se)
    }

    /// So many standard errors to both sides.
    pub(super) fn within(&self, errors: f64) -> Interval {
        Interval { low: self.estimate - errors * self.se, high: self.estimate + errors * self.se }
    }

    /// The same effect in another unit, for instance per thousand or in total.
    pub fn times(&self, factor: f64) -> Self {
        Self { estimate: self.estimate * factor, se: self.se * factor.abs(), ..*self }
    }

    /// The same effect with its sign turned: where less is better.
    pub fn turned(&self) -> Self {
        self.times(-1.0)
    }
}

impl Interval {
    /// Whether a value lies in it, ends included.
    pub fn holds(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }

    /// What both allow.
    pub fn met(&self, other: &Self) -> Self {
        Self { low: self.low.max(other.low), high: self.high.min(other.high) }
    }
}

/// A one-sided alpha is at most a half.
fn one_sided(alpha: f64) -> Result<f64, Cannot> {
    if share("alpha", alpha)? <= 0.5 { Ok(alpha) } else { Err(Cannot::Outside { what: "alpha", from: 0.0, to: 0.5 }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Moments;

    fn arm(units: u64, mean: f64, variance: f64) -> Arm {
        Arm::mean(Moments { units, mean, variance })
    }

    #[test]
    fn bad_input_gives_no_number() {
        let good = arm(1000, 10.0, 4.0);
        let with = |other: Arm| difference(&good, &other, Scale::Relative).expect_err("no number");
        assert_eq!(with(arm(1, 10.0, 4.0)), Cannot::TooFew { units: 1, needed: 2 });
        assert_eq!(with(arm(1000, f64::NAN, 4.0)), Cannot::NotFinite { what: "a mean" });
        assert_eq!(with(arm(1000, 10.0, -4.0)), Cannot::Negative { what: "a variance" });
        let flat = arm(1000, 10.0, 0.0);
        assert_eq!(difference(&flat, &flat, Scale::Absolute), Err(Cannot::NoVariance));
        assert_eq!(difference(&arm(1000, 0.1, 4.0), &good, Scale::Relative), Err(Cannot::NoBaseline));
        assert!(difference(&arm(1000, 0.1, 4.0), &good, Scale::Absolute).is_ok());
        assert!(matches!(good_effect().interval(1.5), Err(Cannot::Outside { .. })));
        assert!(matches!(good_effect().lower(0.7), Err(Cannot::Outside { .. })));
    }

    fn good_effect() -> Effect {
        difference(&arm(1000, 10.0, 4.0), &arm(900, 10.5, 5.0), Scale::Relative).expect("a number")
    }

    #[test]
    fn the_interval_and_the_p_value_agree() {
        let effect = good_effect();
        for alpha in [0.001, 0.01, 0.05, 0.2] {
            let interval = effect.interval(alpha).expect("an alpha");
            assert!((effect.p(interval.low) - alpha).abs() < 1e-12);
            assert!((effect.p(interval.high) - alpha).abs() < 1e-12);
            assert!((effect.p_above(effect.lower(alpha).expect("an alpha")) - alpha).abs() < 1e-12);
            assert!((effect.p_below(effect.upper(alpha).expect("an alpha")) - alpha).abs() < 1e-12);
        }
        assert_eq!(effect.turned().estimate, -effect.estimate);
        assert_eq!(effect.turned().p(0.0), effect.p(0.0));
    }
}

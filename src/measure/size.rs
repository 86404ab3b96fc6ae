//! How many units an experiment needs, and what it can find with those that it has.
//!
//! The same normal approximation plans superiority tests and guardrails. Looks that were planned need more units by
//! [`inflation`](super::planned_looks::inflation).

use super::cannot::{Cannot, enough, share};
use super::distribution::{normal_above, normal_upper};
use super::moments::Moments;

/// Two arms that are being planned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Design {
    /// The variance of a unit of the control.
    pub control_variance: f64,
    /// The variance of a unit of the treatment.
    pub treatment_variance: f64,
    /// The share of all units that the treatment gets; the control gets the rest.
    pub treatment_share: f64,
}

/// How sure the plan must be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sure {
    /// Alpha of the test.
    pub alpha: f64,
    /// How often the effect must be found when it is there.
    pub power: f64,
    /// Whether both directions are tested.
    pub two_sided: bool,
}

impl Design {
    /// Two equal arms of a metric whose mean and variance are known from before.
    pub fn even(metric: &Moments) -> Self {
        Self { control_variance: metric.variance, treatment_variance: metric.variance, treatment_share: 0.5 }
    }

    /// How many units both arms need together to find a difference of `effect`, in the unit of the metric.
    ///
    /// For a guardrail, `effect` is the margin (plus the true effect, if one is expected). For a relative effect, multiply by the mean.
    pub fn units(&self, effect: f64, sure: &Sure) -> Result<u64, Cannot> {
        let exact = sure.drift()?.powi(2) * self.variance()? / super::cannot::finite("the effect", effect)?.powi(2);
        if exact >= u64::MAX as f64 || exact.is_nan() {
            return Err(Cannot::TooLarge { what: "the count of units" });
        }
        Ok((exact.ceil() as u64).max(4))
    }

    /// The smallest difference that so many units find.
    pub fn smallest_effect(&self, units: u64, sure: &Sure) -> Result<f64, Cannot> {
        Ok(sure.drift()? * (self.variance()? / enough(units, 4)? as f64).sqrt())
    }

    /// How often a difference of `effect` is found with so many units.
    pub fn power(&self, effect: f64, units: u64, alpha: f64, two_sided: bool) -> Result<f64, Cannot> {
        let se = (self.variance()? / enough(units, 4)? as f64).sqrt();
        Ok(found(effect / se, share("alpha", alpha)?, two_sided))
    }

    /// The variance of the difference, times all units.
    fn variance(&self) -> Result<f64, Cannot> {
        let treatment = share("the share of the treatment", self.treatment_share)?;
        let control = super::cannot::positive("a variance", self.control_variance)? / (1.0 - treatment);
        let variance = control + super::cannot::positive("a variance", self.treatment_variance)? / treatment;
        if variance > 0.0 { Ok(variance) } else { Err(Cannot::NoVariance) }
    }
}

impl Sure {
    /// The usual plan: alpha 5 % in both directions, power 80 %.
    pub const USUAL: Self = Self { alpha: 0.05, power: 0.8, two_sided: true };

    /// The expected effect in standard errors at which the test has its power.
    fn drift(&self) -> Result<f64, Cannot> {
        share("alpha", self.alpha)?;
        share("power", self.power)?;
        if self.power <= self.alpha {
            return Err(Cannot::Outside { what: "power", from: self.alpha, to: 1.0 });
        }
        let (mut low, mut high) = (0.0, 100.0);
        for _ in 0..200 {
            let middle = f64::midpoint(low, high);
            if found(middle, self.alpha, self.two_sided) < self.power { low = middle } else { high = middle }
        }
        Ok(f64::midpoint(low, high))
    }
}

/// How often a test finds an effect of so many standard errors. In two directions it counts both, as statsmodels does.
fn found(drift: f64, alpha: f64, two_sided: bool) -> f64 {
    if two_sided {
        let limit = normal_upper(alpha / 2.0);
        normal_above(limit - drift) + normal_above(limit + drift)
    } else {
        normal_above(normal_upper(alpha) - drift)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_of_sixteen_is_near() {
        // Lehr 1992: 16 s²/d² units in each arm.
        let design = Design::even(&Moments { units: 1000, mean: 10.0, variance: 25.0 });
        let units = design.units(0.5, &Sure::USUAL).expect("a plan");
        assert_eq!(units, 3_140);
        assert!((design.power(0.5, units, 0.05, true).expect("a plan") - 0.8).abs() < 1e-4);
        assert!((design.smallest_effect(units, &Sure::USUAL).expect("a plan") - 0.5).abs() < 1e-4);
    }

    #[test]
    fn plans_without_sense_are_named() {
        let design = Design { control_variance: 1.0, treatment_variance: 1.0, treatment_share: 0.5 };
        assert!(matches!(design.units(0.0, &Sure::USUAL), Err(Cannot::TooLarge { .. })));
        assert!(design.units(f64::NAN, &Sure::USUAL).is_err());
        assert!(design.units(1.0, &Sure { power: 0.01, ..Sure::USUAL }).is_err());
        assert!(Design { treatment_share: 1.0, ..design }.units(1.0, &Sure::USUAL).is_err());
        assert_eq!(
            Design { control_variance: 0.0, treatment_variance: 0.0, ..design }.units(1.0, &Sure::USUAL),
            Err(Cannot::NoVariance)
        );
    }
}

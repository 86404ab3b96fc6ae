//! What to believe about an effect: the chance to win, and what a wrong choice costs.
//!
//! For people who ask "how likely is it better?". Unlike the intervals of [`anytime`](super::anytime), these numbers promise nothing about
//! repeated looks, so no verdict rests on them alone.

use super::cannot::{Cannot, positive, share};
use super::distribution::{normal_above, normal_below, normal_density, normal_upper};
use super::effect::{Effect, Interval};

/// A normal belief about an effect or a mean.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Belief {
    /// Its mean.
    pub mean: f64,
    /// Its standard deviation.
    pub deviation: f64,
}

impl Belief {
    /// What the data alone say.
    pub fn flat(effect: &Effect) -> Result<Self, Cannot> {
        Self::known(effect.estimate, effect.se)
    }

    /// What the data say to somebody who believed `prior` before: `1/s² = 1/s₀² + 1/se²`, means weighted by the same (Gelman et al., *Bayesian
    /// Data Analysis*, §2.5). As `EffectBayesianABTest` of gbstats 0.8.0.
    pub fn after(prior: &Self, effect: &Effect) -> Result<Self, Cannot> {
        let (before, now) = (1.0 / prior.deviation.powi(2), 1.0 / effect.se.powi(2));
        let mean = (prior.mean * before + effect.estimate * now) / (before + now);
        Self::known(mean, (before + now).recip().sqrt())
    }

    fn known(mean: f64, deviation: f64) -> Result<Self, Cannot> {
        super::cannot::finite("a mean", mean)?;
        if positive("a deviation", deviation)? <= 0.0 { Err(Cannot::NoVariance) } else { Ok(Self { mean, deviation }) }
    }

    /// How likely the effect is above zero.
    pub fn chance_to_win(&self) -> f64 {
        normal_above(-self.mean / self.deviation)
    }

    /// What is lost on average by choosing the treatment, where it is worse: `s φ(m/s) - m Φ(-m/s)`.
    pub fn loss_if_chosen(&self) -> f64 {
        let z = self.mean / self.deviation;
        (self.deviation * normal_density(z) - self.mean * normal_below(-z)).max(0.0)
    }

    /// What is lost on average by keeping the control, where the treatment is better.
    pub fn loss_if_kept(&self) -> f64 {
        Self { mean: -self.mean, ..*self }.loss_if_chosen()
    }

    /// Holds the effect with probability `1 - alpha`.
    pub fn interval(&self, alpha: f64) -> Result<Interval, Cannot> {
        let reach = normal_upper(share("alpha", alpha)? / 2.0) * self.deviation;
        Ok(Interval { low: self.mean - reach, high: self.mean + reach })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_differ_by_the_mean() {
        for (mean, deviation) in [(0.5, 1.0), (-3.0, 0.2), (0.0, 7.0)] {
            let belief = Belief { mean, deviation };
            assert!((belief.loss_if_kept() - belief.loss_if_chosen() - mean).abs() < 1e-12);
        }
        let even = Belief { mean: 0.0, deviation: 1.0 };
        assert_eq!(even.chance_to_win(), 0.5);
        assert!((even.loss_if_chosen() - 0.398_942_280_401_432_7).abs() < 1e-15);
    }

    #[test]
    fn a_strong_prior_holds_back_weak_data() {
        let data = Effect::normal(1.0, 1.0, 100).expect("a number");
        let sceptic = Belief { mean: 0.0, deviation: 0.1 };
        let after = Belief::after(&sceptic, &data).expect("a belief");
        assert!(after.mean < 0.01 && after.deviation < 0.1);
        assert!(after.chance_to_win() < Belief::flat(&data).expect("a belief").chance_to_win());
        assert!(Belief::flat(&Effect { se: 0.0, ..data }).is_err());
    }
}

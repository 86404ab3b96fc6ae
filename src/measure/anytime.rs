//! Intervals that stay valid however often, and whenever, somebody looks.
//!
//! An ordinary interval is right for one look. Who looks daily and stops at the first "significant" day is wrong far more often than
//! alpha says. These intervals cover the truth at all looks together.
//!
//! Three methods of the literature are one function here, with one tuning:
//!
//! - the asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (arXiv 2103.06476v7, equation 9),
//! - the normal mixture of Howard, Ramdas, McAuliffe and Sekhon (*Annals of Statistics* 2021),
//! - the mixture SPRT of Johari, Koomen, Pekelis and Walsh (*Operations Research* 2022).

use super::cannot::{Cannot, finite, share};
use super::effect::{Effect, Interval};

/// How the interval spends its width over time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AlwaysValid {
    alpha: f64,
    rho_squared: f64,
}

impl AlwaysValid {
    /// Narrowest near so many units of both arms together; GrowthBook takes 5,000 where nothing is known.
    ///
    /// `ρ² = (-2 ln α + ln(1 - 2 ln α)) / N*` (equation 161 there).
    pub fn narrowest_at(units: u64, alpha: f64) -> Result<Self, Cannot> {
        share("alpha", alpha)?;
        if units == 0 {
            return Err(Cannot::TooFew { units, needed: 1 });
        }
        let log = -2.0 * alpha.ln();
        Ok(Self { alpha, rho_squared: (log + log.ln_1p()) / units as f64 })
    }

    /// The interval: `d ± se √(2 (Nρ² + 1) / (Nρ²) · ln(√(Nρ² + 1) / α))`, with `N` units in both arms.
    pub fn interval(&self, effect: &Effect) -> Interval {
        let spread = effect.units as f64 * self.rho_squared;
        let log = 0.5 * spread.ln_1p() - self.alpha.ln();
        effect.within((2.0 * (spread + 1.0) / spread * log).sqrt())
    }

    /// A lower end that is valid at all looks. It is nearer to the estimate than that of [`interval`](Self::interval).
    ///
    /// `d - se √(2 (Nρ² + 1) / (Nρ²) · ln(1 + √(Nρ² + 1) / 2α))`: the same mixture over effects above zero alone (there, the appendix on
    /// one-sided sequences). It is tuned with twice the alpha, as a one-sided interval spends all of alpha in one direction.
    pub fn lower(&self, effect: &Effect) -> f64 {
        let tuned = self.for_one_side();
        let spread = effect.units as f64 * tuned;
        let log = ((spread + 1.0).sqrt() / (2.0 * self.alpha)).ln_1p();
        effect.estimate - effect.se * (2.0 * (spread + 1.0) / spread * log).sqrt()
    }

    /// The same as [`lower`](Self::lower) from above.
    pub fn upper(&self, effect: &Effect) -> f64 {
        -self.lower(&effect.turned())
    }

    /// The logarithm of the e-value against the effect `limit`. It stays a logarithm, as e-values of large effects overflow.
    ///
    /// `ln e = Nρ² z² / 2(Nρ² + 1) - ½ ln(Nρ² + 1)` with `z = (d - limit) / se`. Above `-ln α` at any look, the limit is refuted.
    pub fn ln_e(&self, effect: &Effect, limit: f64) -> Result<f64, Cannot> {
        let spread = effect.units as f64 * self.rho_squared;
        let z = (effect.estimate - limit) / effect.se;
        finite("the e-value", spread * z * z / (2.0 * (spread + 1.0)) - 0.5 * spread.ln_1p())
    }

    /// The p-value that is valid at all looks: `min(1, 1/e)`.
    pub fn p(&self, effect: &Effect, limit: f64) -> Result<f64, Cannot> {
        Ok((-self.ln_e(effect, limit)?).exp().min(1.0))
    }

    fn for_one_side(&self) -> f64 {
        let (both, one) = (-2.0 * self.alpha.ln(), -2.0 * (2.0 * self.alpha).min(0.999).ln());
        self.rho_squared * (one + one.ln_1p()) / (both + both.ln_1p())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_excludes_what_the_e_value_refutes() {
        let method = AlwaysValid::narrowest_at(5000, 0.05).expect("an alpha");
        for units in [10, 1_000, 5_000, 1_000_000] {
            let effect = Effect::normal(0.3, 0.1, units).expect("a number");
            let interval = method.interval(&effect);
            for end in [interval.low, interval.high] {
                assert!((method.ln_e(&effect, end).expect("finite") + 0.05_f64.ln()).abs() < 1e-9);
                assert!((method.p(&effect, end).expect("finite") - 0.05).abs() < 1e-9);
            }
            assert!(interval.low < effect.interval(0.05).expect("an alpha").low, "it is wider than that of one look");
            assert!(units < 1_000 || method.lower(&effect) > interval.low, "one side is narrower");
        }
    }

    #[test]
    fn it_is_narrowest_where_it_was_asked_to_be() {
        let at = |narrowest: u64| {
            let method = AlwaysValid::narrowest_at(narrowest, 0.05).expect("an alpha");
            let interval = method.interval(&Effect::normal(0.0, 1.0, 10_000).expect("a number"));
            interval.high - interval.low
        };
        assert!(at(10_000) < at(5_000) && at(10_000) < at(20_000));
    }

    #[test]
    fn an_effect_of_a_thousand_standard_errors_does_not_overflow() {
        let method = AlwaysValid::narrowest_at(5000, 0.05).expect("an alpha");
        let effect = Effect::normal(1.0, 0.001, 100_000).expect("a number");
        assert!(method.ln_e(&effect, 0.0).expect("finite") > 400_000.0);
        assert_eq!(method.p(&effect, 0.0), Ok(0.0));
    }
}

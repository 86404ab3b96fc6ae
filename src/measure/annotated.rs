//! A lift while the world changed: prices, outages, campaigns.
//!
//! A change that reaches both arms cancels in their difference, as the arms were drawn at random. What does not cancel is an effect that is
//! another one while the change lasts. So periods with a note are told apart, and their part is shown.

use super::cannot::Cannot;
use super::decay::{Point, together};
use super::effect::Effect;

/// The effect of one period.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Period {
    /// The lift in it.
    pub effect: Effect,
    /// Whether a note names a change in this period.
    pub noted: bool,
}

/// A lift inside and outside of noted periods.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Separated {
    /// Without the noted periods: what to expect when nothing special happens.
    pub calm: Effect,
    /// In the noted periods.
    pub noted: Effect,
    /// How much larger it is there.
    pub interaction: Effect,
    /// How often chance alone gives such an interaction. Small: the lift depends on the change, and tells little about other times.
    pub p: f64,
    /// The share of units that were measured during changes.
    pub noted_share: f64,
}

/// Tells the two apart. Periods must be independent: each unit belongs to the period of its first exposure.
pub fn separate(periods: &[Period]) -> Result<Separated, Cannot> {
    let of = |noted: bool| {
        let points: Vec<Point> = periods
            .iter()
            .filter(|period| period.noted == noted)
            .map(|period| Point { at: 0.0, effect: period.effect })
            .collect();
        together(&points)
    };
    let (calm, noted) = (of(false)?, of(true)?);
    let units = calm.units.checked_add(noted.units).ok_or(Cannot::TooLarge { what: "the count of units" })?;
    let interaction = Effect::normal(noted.estimate - calm.estimate, calm.se.hypot(noted.se), units)?;
    Ok(Separated { calm, noted, interaction, p: interaction.p(0.0), noted_share: noted.units as f64 / units as f64 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn period(estimate: f64, noted: bool) -> Period {
        Period { effect: Effect::normal(estimate, 0.01, 1000).expect("a number"), noted }
    }

    #[test]
    fn a_lift_that_only_a_sale_has_is_told_apart() {
        let found = separate(&[period(0.01, false), period(0.11, true), period(0.01, false)]).expect("both kinds");
        assert!((found.calm.estimate - 0.01).abs() < 1e-12 && (found.interaction.estimate - 0.1).abs() < 1e-12);
        assert!(found.p < 1e-6 && (found.noted_share - 1.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn without_a_calm_period_nothing_can_be_told_apart() {
        assert!(matches!(separate(&[period(0.1, true)]), Err(Cannot::TooFew { .. })));
    }
}

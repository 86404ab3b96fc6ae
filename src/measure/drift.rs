//! Drift: an attribute or an audience has other values than it used to.
//!
//! Takes counts per value at two times. Chance alone moves counts, and moves small counts more, so an alarm needs both: more than chance,
//! and enough to matter.

use super::cannot::{Cannot, enough, share};
use super::distribution::{chi_square_above, chi_square_upper};

/// From here on a difference is worth a look.
pub const WATCH: f64 = 0.1;

/// From here on a difference is large.
pub const ACT: f64 = 0.25;

/// How far counts are from those of the baseline.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Drift {
    /// The population stability index: `Σ (q - p) ln(q/p)`.
    pub index: f64,
    /// What chance alone exceeds with probability alpha, at these numbers of units.
    pub by_chance: f64,
    /// The divergence of Jensen and Shannon in bits, from 0 (equal) to 1 (nothing in common).
    pub divergence: f64,
    /// How often chance alone gives counts as different: chi-square test of homogeneity.
    pub p: f64,
    /// What follows.
    pub alarm: Alarm,
}

/// How loud.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Alarm {
    /// Chance explains it, or it is too small to matter.
    None,
    /// More than chance and at least [`WATCH`].
    Watch,
    /// More than chance and at least [`ACT`].
    Act,
}

/// Compares counts of the same values: Siddiqi's index with the critical value of Yurdakul and Naranjo, *Statistical properties of the
/// population stability index*, Journal of Risk Model Validation 2020: `(1/N + 1/M) χ²(k - 1)`.
///
/// The rule of thumb "0.1 is a small change" alone raises false alarms: with 200 units a side and ten values, chance alone exceeds 0.169 in
/// one of twenty comparisons. If a value is missing on one side, half a unit is added to every count, as the index would be infinite.
pub fn drift(baseline: &[u64], now: &[u64], alpha: f64) -> Result<Drift, Cannot> {
    share("alpha", alpha)?;
    if baseline.len() != now.len() {
        return Err(Cannot::Contradiction { what: "the number of values then and now" });
    }
    // A value that nobody has on either side tells nothing.
    let cells: Vec<(f64, f64)> =
        baseline.iter().zip(now).filter(|(a, b)| **a > 0 || **b > 0).map(|(a, b)| (*a as f64, *b as f64)).collect();
    let (then_all, now_all) = cells.iter().fold((0.0, 0.0), |(a, b), (x, y)| (a + x, b + y));
    enough(then_all as u64, 2)?;
    enough(now_all as u64, 2)?;
    let freedom = cells.len() as u32 - 1;
    let added = if cells.iter().any(|(a, b)| *a == 0.0 || *b == 0.0) { 0.5 } else { 0.0 };
    let k = cells.len() as f64;
    let index = cells.iter().map(|(a, b)| {
        let (p, q) = ((a + added) / (then_all + added * k), (b + added) / (now_all + added * k));
        (q - p) * (q / p).ln()
    });
    let index: f64 = index.sum();
    let half = |x: f64, middle: f64| if x > 0.0 { x * (x / middle).log2() } else { 0.0 };
    let divergence = cells.iter().map(|(a, b)| {
        let (p, q) = (a / then_all, b / now_all);
        let middle = p.midpoint(q);
        half(p, middle).midpoint(half(q, middle))
    });
    let statistic: f64 = cells
        .iter()
        .map(|(a, b)| {
            let of_value = (a + b) / (then_all + now_all);
            (a - then_all * of_value).powi(2) / (then_all * of_value)
                + (b - now_all * of_value).powi(2) / (now_all * of_value)
        })
        .sum();
    let by_chance = (then_all.recip() + now_all.recip()) * chi_square_upper(alpha, freedom.max(1));
    let alarm = match index {
        index if freedom == 0 || index <= by_chance || index < WATCH => Alarm::None,
        index if index < ACT => Alarm::Watch,
        _ => Alarm::Act,
    };
    Ok(Drift {
        index,
        by_chance,
        divergence: divergence.sum::<f64>().clamp(0.0, 1.0),
        p: chi_square_above(statistic, freedom),
        alarm,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chance_in_small_samples_is_no_alarm() {
        let (then, now) = ([20, 25, 15, 22, 18], [14, 21, 25, 26, 14]);
        let found = drift(&then, &now, 0.05).expect("counts");
        assert!(found.index < found.by_chance && found.alarm == Alarm::None, "{found:?}");
        let scaled = |counts: [u64; 5], by: u64| counts.map(|count| count * by);
        let found = drift(&scaled(then, 1000), &scaled([10, 15, 25, 30, 20], 1000), 0.05).expect("counts");
        assert_eq!(found.alarm, Alarm::Watch, "{found:?}");
        assert_eq!(
            drift(&scaled(then, 1000), &[90_000, 1_000, 5_000, 2_000, 2_000], 0.05).expect("counts").alarm,
            Alarm::Act
        );
    }

    /// Yurdakul and Naranjo 2020: ten values, 200 units each side.
    #[test]
    fn the_critical_value_is_the_published_one() {
        let found = drift(&[20; 10], &[20; 10], 0.05).expect("counts");
        assert!((found.by_chance - 0.169).abs() < 5e-4, "{found:?}");
        assert_eq!((found.index, found.divergence, found.p), (0.0, 0.0, 1.0));
    }

    #[test]
    fn values_that_vanish_are_counted_and_bad_input_is_named() {
        let found = drift(&[500, 500, 0], &[500, 0, 500], 0.05).expect("counts");
        assert!(found.index.is_finite() && found.alarm == Alarm::Act);
        assert_eq!(drift(&[100, 0], &[0, 100], 0.05).expect("counts").divergence, 1.0);
        assert!(matches!(drift(&[1, 2], &[1], 0.05), Err(Cannot::Contradiction { .. })));
        assert!(matches!(drift(&[0, 0], &[5, 5], 0.05), Err(Cannot::TooFew { .. })));
    }
}

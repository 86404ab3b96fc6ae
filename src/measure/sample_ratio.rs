//! Whether the arms have the shares that were planned. If not, no other number can be trusted.
//!
//! [`once`] is for one look, [`at_all_looks`] for daily looks. If the shares change over time, as in a bandit, each period is judged
//! with its own shares.

use super::cannot::{Cannot, share};
use super::distribution::chi_square_above;

/// Below this p-value a mismatch is real: of a thousand sound experiments one is stopped wrongly. GrowthBook and Confidence take the same.
pub const MISMATCH: f64 = 0.001;

/// How much the expected shares weigh against the counts in [`at_all_looks`].
const CONCENTRATION: f64 = 100.0;

/// Counts of units beside the planned shares.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct SampleRatio {
    /// How often chance alone gives counts as far from the plan, or farther.
    pub p: f64,
    /// Whether this is a mismatch: `p` is below [`MISMATCH`].
    pub mismatch: bool,
}

/// One look: Pearson's chi-square test of the counts against the shares (Fabijan et al., *Diagnosing Sample Ratio Mismatch*, KDD 2019).
pub fn once(counts: &[u64], shares: &[f64]) -> Result<SampleRatio, Cannot> {
    let shares = planned(counts, shares)?;
    let all = total(counts)?;
    if all == 0 {
        return Err(Cannot::TooFew { units: 0, needed: 1 });
    }
    let cells = counts.iter().zip(&shares).map(|(count, share)| {
        let expected = all as f64 * share;
        (*count as f64 - expected).powi(2) / expected
    });
    Ok(SampleRatio::of(chi_square_above(cells.sum(), counts.len() as u32 - 1)))
}

/// Any number of looks: the Bayes factor of Lindon and Malek, *Anytime-Valid Inference for Multinomial Count Data*, NeurIPS 2022, whose
/// inverse is a p-value at all looks together.
///
/// `periods` are counts since the period before, each with its own shares. The factors of all periods multiply.
pub fn at_all_looks(periods: &[(&[u64], &[f64])]) -> Result<SampleRatio, Cannot> {
    let mut ln_factor = 0.0;
    for (counts, shares) in periods {
        ln_factor += ln_bayes_factor(counts, shares)?;
    }
    Ok(SampleRatio::of((-ln_factor).exp().min(1.0)))
}

/// `ln B(kθ + n) - ln B(kθ) - Σ nᵢ ln θᵢ`, with the multivariate beta function `B`, the shares `θ` and `k = 100`.
pub fn ln_bayes_factor(counts: &[u64], shares: &[f64]) -> Result<f64, Cannot> {
    let shares = planned(counts, shares)?;
    let ln_beta = |of: &mut dyn Iterator<Item = f64>| {
        let (mut sum, mut all) = (0.0, 0.0);
        of.for_each(|a| (sum, all) = (sum + libm::lgamma(a), all + a));
        sum - libm::lgamma(all)
    };
    total(counts)?;
    let prior = shares.iter().map(|share| share * CONCENTRATION);
    let posterior = prior.clone().zip(counts).map(|(prior, count)| prior + *count as f64);
    let likely: f64 = counts.iter().zip(&shares).map(|(count, share)| *count as f64 * share.ln()).sum();
    Ok(ln_beta(&mut posterior.into_iter()) - ln_beta(&mut prior.into_iter()) - likely)
}

impl SampleRatio {
    fn of(p: f64) -> Self {
        Self { p, mismatch: p < MISMATCH }
    }
}

/// The shares, scaled to add up to one.
fn planned(counts: &[u64], shares: &[f64]) -> Result<Vec<f64>, Cannot> {
    if counts.len() < 2 {
        return Err(Cannot::OneArm);
    }
    if counts.len() != shares.len() {
        return Err(Cannot::Contradiction { what: "the number of counts and the number of planned shares" });
    }
    let all: f64 = shares.iter().sum();
    shares.iter().map(|part| share("a planned share", part / all)).collect()
}

fn total(counts: &[u64]) -> Result<u64, Cannot> {
    let sum = counts.iter().try_fold(0_u64, |sum, count| sum.checked_add(*count));
    sum.ok_or(Cannot::TooLarge { what: "the count of units" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mismatch_is_found_and_a_sound_split_is_not() {
        assert!(!once(&[5_000, 5_060], &[1.0, 1.0]).expect("counts").mismatch);
        assert!(once(&[5_000, 5_600], &[1.0, 1.0]).expect("counts").mismatch);
        assert!(!at_all_looks(&[(&[5_000, 5_060], &[0.5, 0.5])]).expect("counts").mismatch);
        assert!(at_all_looks(&[(&[5_000, 5_600], &[0.5, 0.5])]).expect("counts").mismatch);
    }

    /// A bandit moves from 50:50 to 90:10. Over all periods together the counts fit no fixed shares.
    #[test]
    fn shares_that_change_are_judged_period_by_period() {
        let (first, second) = ([5_010, 4_990], [9_020, 980]);
        let periods = at_all_looks(&[(&first, &[0.5, 0.5]), (&second, &[0.9, 0.1])]).expect("counts");
        assert!(!periods.mismatch);
        assert!(once(&[14_030, 5_970], &[0.5, 0.5]).expect("counts").mismatch);
    }

    #[test]
    fn bad_input_is_named() {
        assert_eq!(once(&[10], &[1.0]), Err(Cannot::OneArm));
        assert_eq!(once(&[0, 0], &[0.5, 0.5]), Err(Cannot::TooFew { units: 0, needed: 1 }));
        assert!(matches!(once(&[1, 2], &[1.0, 0.0]), Err(Cannot::Outside { .. })));
        assert!(matches!(once(&[1, 2], &[1.0]), Err(Cannot::Contradiction { .. })));
        assert!(matches!(once(&[1, 2], &[1.0, f64::NAN]), Err(Cannot::NotFinite { .. })));
        assert!(matches!(once(&[u64::MAX, 2], &[0.5, 0.5]), Err(Cannot::TooLarge { .. })));
    }
}

//! Segments of visitors: whether an effect differs between them, and what to believe of each.
//!
//! A segment with few units shows a large effect by chance. [`differences`] asks whether the segments differ at all, and pulls each estimate
//! towards the mean of all as far as its error says.

use super::cannot::{Cannot, enough};
use super::distribution::chi_square_above;
use super::effect::Effect;
use super::several::benjamini_hochberg;

/// Segments with fewer units are left out: they could tell of a person, and their error is not normal.
pub const CELL_MIN: u64 = 50;

/// What all segments say together.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Differences {
    /// The mean effect, each segment weighted by `1/se²`.
    pub mean: Effect,
    /// Cochran's Q: `Σ (dᵢ - d̄)² / seᵢ²`.
    pub q: f64,
    /// Its degrees of freedom.
    pub freedom: u32,
    /// How often chance alone makes segments differ as much.
    pub p: f64,
    /// The variance of the true effects between segments, by DerSimonian and Laird.
    pub between: f64,
    /// The share of the differences that is not chance, from 0 to 1 (Higgins and Thompson's I²).
    pub not_chance: f64,
    /// Each segment, in the order given.
    pub segments: Vec<Segment>,
}

/// One segment.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Segment {
    /// Its own effect.
    pub own: Effect,
    /// Its effect, pulled towards the mean of all: what to expect there next time.
    pub shrunk: f64,
    /// The error of that.
    pub shrunk_se: f64,
    /// How often chance alone gives such an own effect, adjusted for the number of segments by Benjamini and Hochberg.
    pub adjusted_p: f64,
}

/// Compares the effects of segments: Cochran, *Biometrics* 1954; DerSimonian and Laird, *Controlled Clinical Trials* 1986; shrinkage
/// `dᵢ τ²/(τ² + seᵢ²) + d̄ seᵢ²/(τ² + seᵢ²)` as Efron and Morris, *JASA* 1975.
pub fn differences(effects: &[Effect]) -> Result<Differences, Cannot> {
    if effects.len() < 2 {
        return Err(Cannot::OneArm);
    }
    for effect in effects {
        enough(effect.units, CELL_MIN)?;
        Effect::normal(effect.estimate, effect.se, effect.units)?;
    }
    let weight = |effect: &Effect| effect.se.powi(-2);
    let sum = |of: &dyn Fn(&Effect) -> f64| effects.iter().map(of).sum::<f64>();
    let weights = sum(&weight);
    let mean = sum(&|effect| weight(effect) * effect.estimate) / weights;
    let q = sum(&|effect| weight(effect) * (effect.estimate - mean).powi(2));
    let freedom = effects.len() as u32 - 1;
    let scale = weights - sum(&|effect| weight(effect).powi(2)) / weights;
    let between = ((q - f64::from(freedom)) / scale).max(0.0);
    let adjusted = benjamini_hochberg(&effects.iter().map(|effect| effect.p(0.0)).collect::<Vec<_>>())?;
    // A segment is expected near the mean of the true effects, not near the mean that large segments dominate.
    let random = |effect: &Effect| (between + effect.se.powi(2)).recip();
    let sureness = sum(&random);
    let towards = sum(&|effect| random(effect) * effect.estimate) / sureness;
    let segments = effects.iter().zip(adjusted).map(|(effect, adjusted_p)| {
        let own = between / (between + effect.se.powi(2));
        let shrunk = own * effect.estimate + (1.0 - own) * towards;
        // The error of the mean of all counts as far as the estimate leans on it (Morris, *JASA* 1983).
        let shrunk_se = (own * effect.se.powi(2) + (1.0 - own).powi(2) / sureness).sqrt();
        Segment { own: *effect, shrunk, shrunk_se, adjusted_p }
    });
    let segments = segments.collect();
    let units = effects.iter().try_fold(0_u64, |sum, effect| sum.checked_add(effect.units));
    let units = units.ok_or(Cannot::TooLarge { what: "the count of units" })?;
    Ok(Differences {
        mean: Effect::normal(mean, weights.sqrt().recip(), units)?,
        q,
        freedom,
        p: chi_square_above(q, freedom),
        between,
        not_chance: if q > 0.0 { ((q - f64::from(freedom)) / q).max(0.0) } else { 0.0 },
        segments,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn effect(estimate: f64, se: f64) -> Effect {
        Effect::normal(estimate, se, 1000).expect("a number")
    }

    #[test]
    fn equal_segments_are_pulled_together_completely() {
        let found = differences(&[effect(0.10, 0.1), effect(0.12, 0.1), effect(0.08, 0.1)]).expect("segments");
        assert_eq!((found.between, found.not_chance), (0.0, 0.0));
        assert!(found.p > 0.9);
        assert!(found.segments.iter().all(|segment| (segment.shrunk - 0.1).abs() < 1e-12));
        assert!((found.segments[0].shrunk_se - found.mean.se).abs() < 1e-12, "all three are one estimate");
    }

    #[test]
    fn clear_differences_stay_and_noisy_ones_shrink() {
        let found = differences(&[effect(1.0, 0.01), effect(-1.0, 0.01), effect(5.0, 10.0)]).expect("segments");
        assert!(found.p < 1e-9 && found.not_chance > 0.9);
        assert!((found.segments[0].shrunk - 1.0).abs() < 0.01);
        assert!(found.segments[2].shrunk < 1.0 && found.segments[2].adjusted_p > 0.5);
    }

    #[test]
    fn small_cells_are_named() {
        let small = Effect { units: 49, ..effect(1.0, 0.1) };
        assert_eq!(differences(&[effect(1.0, 0.1), small]), Err(Cannot::TooFew { units: 49, needed: CELL_MIN }));
        assert_eq!(differences(&[small]), Err(Cannot::OneArm));
    }
}

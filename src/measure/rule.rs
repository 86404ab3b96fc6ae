//! The rule that decides about an experiment with several metrics.
//!
//! Ship if at least one success metric is better, every guardrail is proven not worse than its margin, and no metric is proven worse.
//! The rule is that of Schultzberg, Ankargren and Frånberg, *Risk-aware product decisions in A/B tests with multiple metrics*, 2024
//! (arXiv 2402.11609), which Spotify uses.

use super::cannot::{Cannot, share};

/// How alpha and power are divided among the metrics of an experiment.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Levels {
    /// One-sided alpha of each success metric: one of them is enough, so they share alpha.
    pub success: f64,
    /// One-sided alpha of each guardrail: all of them must pass, so each keeps alpha.
    pub guardrail: f64,
    /// One-sided alpha of each test for harm: any of them stops, so they share alpha.
    pub harm: f64,
    /// The power that each metric needs, so that all of them together have the power that was asked for.
    pub power: f64,
}

/// The levels for so many success metrics and guardrails.
///
/// Power is `1 - (1 - power) / (guardrails + 1)`, or without the `+ 1` where nothing must be better: as in spotify-confidence 4.1.0.
pub fn levels(success: usize, guardrails: usize, alpha: f64, power: f64) -> Result<Levels, Cannot> {
    share("alpha", alpha)?;
    share("power", power)?;
    if success + guardrails == 0 {
        return Err(Cannot::TooFew { units: 0, needed: 1 });
    }
    let needed = guardrails + usize::from(success > 0);
    Ok(Levels {
        success: alpha / success.max(1) as f64,
        guardrail: alpha,
        harm: alpha / (success + guardrails) as f64,
        power: 1.0 - (1.0 - power) / needed as f64,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guardrails_cost_power_and_never_alpha() {
        let levels = levels(2, 3, 0.05, 0.8).expect("metrics");
        assert_eq!((levels.success, levels.guardrail, levels.harm), (0.025, 0.05, 0.01));
        assert!((levels.power - 0.95).abs() < 1e-12);
        assert!((super::levels(0, 2, 0.05, 0.8).expect("metrics").power - 0.9).abs() < 1e-12);
        assert!(super::levels(0, 0, 0.05, 0.8).is_err());
    }
}

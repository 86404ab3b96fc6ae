//! Integrals: points and weights of Gauss and Legendre.
//!
//! Panels of 16 points each, as many as the narrowest part of the integrand needs. Everything here is deterministic.

/// How many points a panel has.
const POINTS: usize = 16;

/// Points with weights from `low` to `high`, for an integrand whose narrowest bell has the standard deviation `narrow`.
///
/// A panel is two deviations wide: 16 points then integrate a bell to the last digits.
pub(super) fn nodes(low: f64, high: f64, narrow: f64) -> Vec<(f64, f64)> {
    let panels = (((high - low) / (2.0 * narrow)).ceil() as usize).clamp(1, PANELS_MAX);
    let half = (high - low) / panels as f64 / 2.0;
    let legendre = legendre();
    let points = (0..panels).flat_map(|panel| {
        let center = low + half * (2 * panel + 1) as f64;
        legendre.iter().map(move |(x, weight)| (center + half * x, half * weight)).collect::<Vec<_>>()
    });
    points.collect()
}

/// More would be slow; looks that lie a hundred-thousandth of all units apart then lose digits, never the direction.
const PANELS_MAX: usize = 256;

/// The zeros of the Legendre polynomial with their weights (Abramowitz and Stegun 25.4.29), by Newton's method.
fn legendre() -> Vec<(f64, f64)> {
    let n = POINTS as f64;
    let zero = |at: usize| {
        let mut x = (core::f64::consts::PI * (at as f64 + 0.75) / (n + 0.5)).cos();
        let mut slope = 1.0;
        for _ in 0..8 {
            let (mut value, mut before) = (x, 1.0);
            for k in 2..=POINTS {
                let k = k as f64;
                (value, before) = (((2.0 * k - 1.0) * x * value - (k - 1.0) * before) / k, value);
            }
            slope = n * (x * value - before) / (x * x - 1.0);
            x -= value / slope;
        }
        (x, 2.0 / ((1.0 - x * x) * slope * slope))
    };
    (0..POINTS).map(zero).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::distribution::normal_density;

    #[test]
    fn a_bell_is_integrated_to_the_last_digits() {
        let all: f64 = nodes(-9.0, 9.0, 1.0).iter().map(|(x, weight)| weight * normal_density(*x)).sum();
        assert!((all - 1.0).abs() < 1e-14, "{all}");
        let sixth: f64 = nodes(-9.0, 9.0, 1.0).iter().map(|(x, weight)| weight * x.powi(6) * normal_density(*x)).sum();
        assert!((sixth - 15.0).abs() < 1e-10, "{sixth}");
    }
}

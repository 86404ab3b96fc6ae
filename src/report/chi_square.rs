//! How likely a table of counts is if nothing but chance is at work: Pearson's chi-square, and its p-value.
//!
//! The p-value is the regularized upper incomplete gamma function `Q(k/2, x/2)` of the crate `statrs`.

use statrs::function::gamma::gamma_ur;

/// What a test found.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct ChiSquare {
    /// The statistic.
    pub value: f64,
    /// Its degrees of freedom.
    pub freedom: u32,
    /// How often chance alone gives a value as large, or a larger one.
    pub p: f64,
}

/// Compares counts with the expected ones. A cell that expects nothing must have nothing.
pub(super) fn fit(cells: impl IntoIterator<Item = (f64, u64)>) -> ChiSquare {
    let (mut value, mut count) = (0.0, 0_u32);
    for (expected, found) in cells {
        if expected > 0.0 {
            value += (found as f64 - expected).powi(2) / expected;
            count += 1;
        } else if found > 0 {
            value = f64::INFINITY;
        }
    }
    ChiSquare::new(value, count.saturating_sub(1))
}

/// Asks whether rows and columns of a table depend on each other. Empty rows and columns say nothing.
pub(super) fn independence<const N: usize>(table: &[[u64; N]; N]) -> ChiSquare {
    let rows: Vec<f64> = table.iter().map(|row| row.iter().sum::<u64>() as f64).collect();
    let columns: Vec<f64> = (0..N).map(|at| table.iter().filter_map(|row| row.get(at)).sum::<u64>() as f64).collect();
    let total: f64 = rows.iter().sum();
    let mut value = 0.0;
    for (row, of_row) in table.iter().zip(&rows) {
        for (found, of_column) in row.iter().zip(&columns) {
            let expected = of_row * of_column / total;
            if expected > 0.0 {
                value += (*found as f64 - expected).powi(2) / expected;
            }
        }
    }
    let used = |sums: &[f64]| (sums.iter().filter(|sum| **sum > 0.0).count() as u32).saturating_sub(1);
    ChiSquare::new(value, used(&rows) * used(&columns))
}

impl ChiSquare {
    fn new(value: f64, freedom: u32) -> Self {
        let p = if value.is_infinite() {
            0.0
        } else if freedom == 0 || value <= 0.0 {
            1.0
        } else {
            gamma_ur(f64::from(freedom) / 2.0, value / 2.0)
        };
        Self { value, freedom, p }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed with scipy 1.17.1: `scipy.stats.chi2.sf(value, freedom)`.
    #[test]
    fn p_values_are_those_of_scipy() {
        for (value, freedom, p) in SCIPY {
            let found = ChiSquare::new(*value, *freedom).p;
            assert!((found - p).abs() <= 1e-12 + 1e-9 * p, "{value} {freedom}: {found}, not {p}");
        }
    }

    const SCIPY: &[(f64, u32, f64)] = &[
        (0.5, 1, 4.795_001_221_869_534e-1),
        (1.1025, 1, 2.937_181_127_517_888e-1),
        (3.841, 1, 5.001_368_376_395_68e-2),
        (10.0, 1, 1.565_402_258_002_549e-3),
        (62.8, 81, 9.332_250_263_332_843e-1),
        (91.2, 81, 2.055_658_262_794_202_4e-1),
        (81.0, 81, 4.791_013_816_902_688_4e-1),
        (150.0, 81, 4.969_280_495_904_144e-6),
        (2.0, 2, 3.678_794_411_714_424_5e-1),
        (30.0, 3, 1.380_057_031_293_255_3e-6),
        (0.01, 9, 9.999_999_999_991_591e-1),
        (500.0, 81, 1.288_419_078_538_704_4e-61),
        (12.5, 9, 1.865_659_748_584_510_6e-1),
        (1200.0, 1000, 1.225_594_233_062_289_3e-5),
    ];

    #[test]
    fn shares_and_tables_are_judged() {
        assert!(fit([(500.0, 500), (500.0, 500)]).p > 0.999);
        assert!(fit([(500.0, 600), (500.0, 400)]).p < 1e-9);
        assert_eq!(fit([(0.0, 1), (10.0, 10)]).p, 0.0);
        assert!(independence(&[[100, 100], [100, 100]]).p > 0.999);
        assert!(independence(&[[150, 50], [50, 150]]).p < 1e-9);
        // An empty row leaves nothing to compare.
        assert_eq!(independence(&[[10, 20], [0, 0]]).freedom, 0);
    }
}

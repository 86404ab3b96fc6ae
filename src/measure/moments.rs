//! Sufficient statistics of one arm: what all formulas of this room start from.
//!
//! [`Moments`] describe one number of every unit, [`Pair`] two. Both come from sums that any database can compute, or exactly from a
//! [`Tally`](super::Tally). A variance is that of a sample, with `n - 1`.

use super::cannot::{Cannot, enough, finite, positive};

/// The share of all variance that a single unit may hold: as much as in an arm with five conversions.
///
/// A hundred purchases of very different sizes stay below it; one row with a billion does not.
pub const ONE_UNIT_MAX: f64 = 0.2;

/// Sums of one number over all units of an arm, as a database gives them.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Sums {
    /// How many units the arm has, those with no outcome included.
    pub units: u64,
    /// The sum of the number.
    pub sum: f64,
    /// The sum of its square.
    pub squares: f64,
}

/// Sums of two numbers over all units of an arm: an outcome and what is known from before, or the two parts of a ratio.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct PairSums {
    /// How many units the arm has.
    pub units: u64,
    /// The sum of the first number.
    pub y: f64,
    /// The sum of its square.
    pub yy: f64,
    /// The sum of the second number.
    pub x: f64,
    /// The sum of its square.
    pub xx: f64,
    /// The sum of the products.
    pub xy: f64,
}

/// One number of every unit of an arm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moments {
    /// How many units.
    pub units: u64,
    /// The mean.
    pub mean: f64,
    /// The variance of a unit.
    pub variance: f64,
}

/// Two numbers of every unit of an arm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// The first number.
    pub y: Moments,
    /// The second number.
    pub x: Moments,
    /// The covariance of both in a unit.
    pub covariance: f64,
}

impl Sums {
    /// Mean and variance, for two units or more.
    pub fn moments(&self) -> Result<Moments, Cannot> {
        enough(self.units, 2)?;
        let n = self.units as f64;
        let (sum, squares) = (finite("the sum", self.sum)?, positive("the sum of squares", self.squares)?);
        let variance = centred("the sum and the sum of squares", squares, sum * sum / n)? / (n - 1.0);
        Ok(Moments { units: self.units, mean: sum / n, variance })
    }
}

impl PairSums {
    /// Means, variances and the covariance, for two units or more.
    pub fn moments(&self) -> Result<Pair, Cannot> {
        let y = Sums { units: self.units, sum: self.y, squares: self.yy }.moments()?;
        let x = Sums { units: self.units, sum: self.x, squares: self.xx }.moments()?;
        let n = self.units as f64;
        let covariance = (finite("the sum of products", self.xy)? - self.y * self.x / n) / (n - 1.0);
        Pair { y, x, covariance }.checked()
    }
}

impl Moments {
    /// The same moments, unless one unit holds more than [`ONE_UNIT_MAX`] of all variance. `least` and `most` are the smallest and the largest
    /// outcome of a unit: `MIN` and `MAX` of a database.
    ///
    /// A mean is normal if the share of the farthest unit is near zero: Noether's condition (Hájek, Šidák and Sen, *Theory of Rank Tests*,
    /// 1999, §6.1). If all units have 1 or 0, the share is one over the rarer count.
    pub fn spread_out(self, least: f64, most: f64) -> Result<Self, Cannot> {
        let farthest = (finite("the largest outcome", most)? - self.mean)
            .abs()
            .max((finite("the smallest outcome", least)? - self.mean).abs());
        let all = self.variance * (self.units as f64 - 1.0);
        let share = if all > 0.0 { farthest * farthest / all } else { 0.0 };
        if share > ONE_UNIT_MAX { Err(Cannot::OneUnitRules { share: share.min(1.0) }) } else { Ok(self) }
    }

    /// A share of units: each has 1 or 0. For conversions and for retention.
    pub fn of_share(yes: u64, units: u64) -> Result<Self, Cannot> {
        if yes > units {
            return Err(Cannot::Contradiction { what: "more units that did it than units" });
        }
        Sums { units, sum: yes as f64, squares: yes as f64 }.moments()
    }

    /// The variance of the mean.
    pub fn of_mean(&self) -> f64 {
        self.variance / self.units as f64
    }
}

impl Pair {
    /// The inequality of Cauchy and Schwarz holds for every list of units.
    pub(super) fn checked(self) -> Result<Self, Cannot> {
        let most = (self.y.variance * self.x.variance).sqrt();
        // Rounding may exceed the limit by a little, never by a millionth.
        if self.covariance.abs() > most * (1.0 + 1e-6) + f64::MIN_POSITIVE {
            return Err(Cannot::Contradiction { what: "the sum of products and the sums of squares" });
        }
        Ok(Self { covariance: self.covariance.clamp(-most, most), ..self })
    }
}

/// The sum of squared distances from the mean. What rounding leaves below zero is zero; more is a contradiction.
fn centred(what: &'static str, squares: f64, of_mean: f64) -> Result<f64, Cannot> {
    let centred = squares - of_mean;
    // Both terms carry the rounding of as many additions as there are units; 1e-12 is what naive sums of a million lose.
    let rounding = of_mean.abs() * 1e-12;
    if centred < -rounding {
        return Err(Cannot::Contradiction { what });
    }
    if centred <= rounding { Ok(0.0) } else { Ok(centred) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_that_no_list_has_are_named() {
        let sums = |units, sum, squares| Sums { units, sum, squares }.moments();
        assert_eq!(sums(0, 0.0, 0.0), Err(Cannot::TooFew { units: 0, needed: 2 }));
        assert_eq!(sums(1, 5.0, 25.0), Err(Cannot::TooFew { units: 1, needed: 2 }));
        assert!(matches!(sums(10, f64::NAN, 1.0), Err(Cannot::NotFinite { .. })));
        assert!(matches!(sums(10, 1.0, f64::INFINITY), Err(Cannot::NotFinite { .. })));
        assert!(matches!(sums(10, 1.0, -1.0), Err(Cannot::Negative { .. })));
        assert!(matches!(sums(10, 100.0, 999.0), Err(Cannot::Contradiction { .. })));
        assert_eq!(sums(10, 100.0, 1000.0).map(|moments| moments.variance), Ok(0.0));
        assert!(matches!(Moments::of_share(11, 10), Err(Cannot::Contradiction { .. })));
    }

    #[test]
    fn a_database_names_one_large_row_too() {
        // A hundred units with 0 or 30, and one with 10⁹.
        let sums = Sums { units: 101, sum: 1500.0 + 1e9, squares: 45_000.0 + 1e18 };
        let found = sums.moments().and_then(|moments| moments.spread_out(0.0, 1e9));
        assert!(matches!(found, Err(Cannot::OneUnitRules { share }) if share > 0.9), "{found:?}");
        let sums = Sums { units: 100, sum: 1500.0, squares: 45_000.0 };
        assert!(sums.moments().and_then(|moments| moments.spread_out(0.0, 30.0)).is_ok());
        assert!(sums.moments().and_then(|moments| moments.spread_out(0.0, f64::NAN)).is_err());
    }

    #[test]
    fn a_product_that_no_list_has_is_named() {
        let sums = PairSums { units: 4, y: 10.0, yy: 30.0, x: 10.0, xx: 30.0, xy: 30.0 };
        assert_eq!(sums.moments().map(|pair| pair.covariance), Ok(5.0 / 3.0));
        assert!(matches!(PairSums { xy: 31.0, ..sums }.moments(), Err(Cannot::Contradiction { .. })));
    }
}

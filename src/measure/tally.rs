//! Exact sums of whole numbers: cents, counts, milliseconds.
//!
//! A tally is the same in whichever order its units and its parts came, to the last digit. So partitions of a log can be read in any
//! order. [`Tally::moments`] subtracts the mean exactly, before anything is rounded: a mean of a million with a variance of one loses
//! nothing.

use super::cannot::Cannot;
use super::moments::{Moments, Pair};

/// Exact sums of one or two whole numbers of each unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    units: u64,
    y: i128,
    yy: i128,
    x: i128,
    xx: i128,
    xy: i128,
    least: i64,
    most: i64,
}

impl Tally {
    /// Counts a unit with its outcome in whole numbers.
    pub fn add(&mut self, y: i64) -> Result<(), Cannot> {
        self.add_pair(y, 0)
    }

    /// Counts a unit with its outcome, and what was known of it from before.
    pub fn add_pair(&mut self, y: i64, x: i64) -> Result<(), Cannot> {
        let (a, b) = (i128::from(y), i128::from(x));
        *self = self.merged(&Self { units: 1, y: a, yy: a * a, x: b, xx: b * b, xy: a * b, least: y, most: y })?;
        Ok(())
    }

    /// Counts units whose outcome is zero.
    pub fn add_zeros(&mut self, units: u64) -> Result<(), Cannot> {
        *self = self.merged(&Self { units, ..Self::default() })?;
        Ok(())
    }

    /// Both together. The order never matters.
    pub fn merged(&self, other: &Self) -> Result<Self, Cannot> {
        if self.units == 0 || other.units == 0 {
            return Ok(if self.units == 0 { *other } else { *self });
        }
        let sum = |what, a: i128, b: i128| a.checked_add(b).ok_or(Cannot::TooLarge { what });
        Ok(Self {
            units: self.units.checked_add(other.units).ok_or(Cannot::TooLarge { what: "the count of units" })?,
            y: sum("the sum", self.y, other.y)?,
            yy: sum("the sum of squares", self.yy, other.yy)?,
            x: sum("the sum from before", self.x, other.x)?,
            xx: sum("the sum of squares from before", self.xx, other.xx)?,
            xy: sum("the sum of products", self.xy, other.xy)?,
            least: self.least.min(other.least),
            most: self.most.max(other.most),
        })
    }

    /// How many units were counted.
    pub fn units(&self) -> u64 {
        self.units
    }

    /// The sum of all outcomes.
    pub fn sum(&self) -> i128 {
        self.y
    }

    /// The sums of `y`, `y²`, `x`, `x²` and `xy`, as a database computes them.
    pub fn sums(&self) -> [i128; 5] {
        [self.y, self.yy, self.x, self.xx, self.xy]
    }

    /// Mean and variance of the outcome, if no single unit rules them.
    pub fn moments(&self) -> Result<Moments, Cannot> {
        Ok(self.pair()?.y)
    }

    /// Means, variances and covariance of both numbers, if no single unit rules the outcome.
    pub fn pair(&self) -> Result<Pair, Cannot> {
        let pair = self.raw_pair()?;
        pair.y.spread_out(self.least as f64, self.most as f64)?;
        Ok(pair)
    }

    /// The same, also if one unit holds nearly all of the variance: for one small batch of many, or to show such numbers.
    pub fn raw_pair(&self) -> Result<Pair, Cannot> {
        super::cannot::enough(self.units, 2)?;
        let n = i128::from(self.units);
        // Whole numbers near the means: the sums around them are exact, and small.
        let (a, b) = (nearest(self.y, n), nearest(self.x, n));
        let around = |squares: i128, left: i128, right: i128, a: i128, b: i128| {
            let moved = n.checked_mul(a)?.checked_mul(b)?;
            squares.checked_sub(a.checked_mul(right)?)?.checked_sub(b.checked_mul(left)?)?.checked_add(moved)
        };
        let large = Cannot::TooLarge { what: "the sum of squares" };
        let yy = around(self.yy, self.y, self.y, a, a).ok_or(large)?;
        let xx = around(self.xx, self.x, self.x, b, b).ok_or(large)?;
        let xy = around(self.xy, self.y, self.x, a, b).ok_or(large)?;
        let (count, rest_y, rest_x) = (n as f64, (self.y - n * a) as f64, (self.x - n * b) as f64);
        let moment = |squares: i128, left: f64, right: f64| (squares as f64 - left * right / count) / (count - 1.0);
        Pair {
            y: Moments {
                units: self.units,
                mean: a as f64 + rest_y / count,
                variance: moment(yy, rest_y, rest_y).max(0.0),
            },
            x: Moments {
                units: self.units,
                mean: b as f64 + rest_x / count,
                variance: moment(xx, rest_x, rest_x).max(0.0),
            },
            covariance: moment(xy, rest_y, rest_x),
        }
        .checked()
    }
}

/// The whole number nearest to `sum / n`.
fn nearest(sum: i128, n: i128) -> i128 {
    let down = sum.div_euclid(n);
    if sum.rem_euclid(n) * 2 >= n { down + 1 } else { down }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(rows: &[(i64, i64)]) -> Tally {
        let mut tally = Tally::default();
        rows.iter().for_each(|(y, x)| tally.add_pair(*y, *x).expect("small"));
        tally
    }

    #[test]
    fn the_order_of_rows_and_parts_never_matters() {
        let rows: Vec<(i64, i64)> = (0..500).map(|at| (at * at % 97 - 20, at * 31 % 53)).collect();
        let whole = tally(&rows);
        for cut in [0, 1, 137, 499, 500] {
            let (left, right) = (tally(&rows[..cut]), tally(&rows[cut..]));
            assert_eq!(left.merged(&right), Ok(whole));
            assert_eq!(right.merged(&left), Ok(whole));
        }
        let mut turned = rows;
        turned.reverse();
        assert_eq!(tally(&turned), whole);
    }

    #[test]
    fn a_small_variance_around_a_large_mean_loses_nothing() {
        let base = 9_000_000_000_000_000;
        let moments = tally(&(0..1000).map(|at| (base + at % 2, 0)).collect::<Vec<_>>()).moments().expect("a variance");
        assert_eq!(moments.mean, base as f64 + 0.5);
        assert!((moments.variance - 250.0 / 999.0).abs() < 1e-15);
    }

    #[test]
    fn one_row_of_a_billion_is_named() {
        let mut rows: Vec<(i64, i64)> = (0..10_000).map(|at| (at % 100, 0)).collect();
        assert!(tally(&rows).moments().is_ok());
        rows.push((100_000_000_000, 0));
        assert!(matches!(tally(&rows).moments(), Err(Cannot::OneUnitRules { share }) if share > 0.99));
    }

    #[test]
    fn five_conversions_are_enough_and_four_are_not() {
        let conversions = |yes: u64| {
            let mut tally = Tally::default();
            tally.add_zeros(10_000).expect("small");
            (0..yes).for_each(|_| tally.add(1).expect("small"));
            tally.moments()
        };
        assert!(conversions(5).is_ok());
        assert!(matches!(conversions(4), Err(Cannot::OneUnitRules { .. })));
    }

    #[test]
    fn sums_that_overflow_are_named() {
        let mut tally = Tally::default();
        tally.add(i64::MAX).expect("one");
        let mut whole = tally;
        let grown = (0..130).try_for_each(|_| {
            whole = whole.merged(&whole)?;
            Ok::<(), Cannot>(())
        });
        assert!(matches!(grown, Err(Cannot::TooLarge { .. })));
    }
}

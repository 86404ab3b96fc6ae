//! Looks that were planned: group sequential bounds.
//!
//! If the final number of units is planned, these bounds find an effect sooner than intervals that are always valid. Alpha is spent
//! over the looks by a function of the share of planned units (Lan and DeMets, *Biometrika* 1983), so looks need not be evenly spaced,
//! nor known in advance. Each bound follows from the ones before by the recursion of Armitage, McPherson and Rowe (1969).

use super::cannot::{Cannot, share};
use super::distribution::{normal_above, normal_density, normal_upper};
use super::effect::{Effect, Interval};
use super::quadrature::nodes;

/// How alpha is spent over the looks.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Spending {
    /// Little at first, so that the last look is nearly an ordinary test: `2 (1 - Φ(z(α/2) / √t))`, after O'Brien and Fleming.
    OBrienFleming,
    /// About as much at each look: `α ln(1 + (e - 1) t)`, after Pocock.
    Pocock,
    /// A power of the share of planned units: `α tᵖ` (Kim and DeMets, *Biometrika* 1987). Confidence, Spotify's platform, takes `p = 3`.
    Power(f64),
}

/// In which directions an effect may be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sides {
    /// More or less, each with half of alpha. For O'Brien and Fleming that spends `4 (1 - Φ(z(α/4) / √t))`. The formula
    /// `2 (1 - Φ(z(α/2) / √t))` for two sides, which is often seen, spends too much early.
    Two,
    /// More only, with all of alpha. For guardrails.
    One,
}

impl Spending {
    /// The part of `alpha` that may be spent in one direction when a share `at` of all planned units is there.
    pub fn spent(self, alpha: f64, at: f64) -> f64 {
        if at <= 0.0 {
            return 0.0;
        }
        let at = at.min(1.0);
        let spent = match self {
            Self::OBrienFleming => 2.0 * normal_above(normal_upper(alpha / 2.0) / at.sqrt()),
            Self::Pocock => alpha * (at * (core::f64::consts::E - 1.0)).ln_1p(),
            Self::Power(power) => alpha * at.powf(power),
        };
        spent.min(alpha)
    }
}

impl Sides {
    fn spent(self, spending: Spending, alpha: f64, at: f64) -> f64 {
        match self {
            Self::Two => 2.0 * spending.spent(alpha / 2.0, at),
            Self::One => spending.spent(alpha, at),
        }
    }
}

/// The bounds of each look so far: how many standard errors an effect must be away from zero.
///
/// `looks` are shares of the planned units, rising, up to 1. A look at which next to nothing may be spent cannot decide: its bound is
/// infinite.
pub fn bounds(spending: Spending, sides: Sides, alpha: f64, looks: &[f64]) -> Result<Vec<f64>, Cannot> {
    share("alpha", alpha)?;
    rising(looks)?;
    if matches!(spending, Spending::Power(power) if power.is_nan() || power <= 0.0) {
        return Err(Cannot::Outside { what: "the power of the spending", from: 0.0, to: f64::INFINITY });
    }
    let (mut paths, mut spent, mut bounds) = (Paths::start(sides, 0.0), 0.0, Vec::with_capacity(looks.len()));
    for look in looks {
        let due = sides.spent(spending, alpha, *look);
        let bound = paths.bound(*look, due - spent);
        if bound.is_finite() {
            spent = due;
        }
        paths.go_on(*look, bound);
        bounds.push(bound);
    }
    Ok(bounds)
}

/// How likely the bounds are crossed at each look, when the effect is so large that `drift` is the expected z at all planned units.
///
/// With no drift it is the alpha that each look spends. With some it is power.
pub fn crossings(sides: Sides, bounds: &[f64], looks: &[f64], drift: f64) -> Result<Vec<f64>, Cannot> {
    rising(looks)?;
    let mut paths = Paths::start(sides, drift);
    let crossed = looks.iter().zip(bounds).map(|(look, bound)| {
        let crossed = paths.crossed(*look, *bound);
        paths.go_on(*look, *bound);
        crossed
    });
    Ok(crossed.collect())
}

/// By which factor these looks need more units than one look with the same power (Jennison and Turnbull, *Group Sequential Methods*, 2000).
pub fn inflation(sides: Sides, bounds: &[f64], looks: &[f64], alpha: f64, power: f64) -> Result<f64, Cannot> {
    share("alpha", alpha)?;
    share("power", power)?;
    let of_one_side = if sides == Sides::Two { alpha / 2.0 } else { alpha };
    let fixed = normal_upper(of_one_side) + normal_upper(1.0 - power);
    let (mut low, mut high) = (0.0_f64, 4.0 * fixed);
    for _ in 0..60 {
        let drift = low.midpoint(high);
        let reached: f64 = crossings(sides, bounds, looks, drift)?.iter().sum();
        if reached < power { low = drift } else { high = drift }
    }
    Ok((low.midpoint(high) / fixed).powi(2))
}

/// The repeated interval of a look: `d ± c · se` (Jennison and Turnbull, *JRSS B* 1989). All looks together cover the truth.
pub fn repeated_interval(effect: &Effect, bound: f64) -> Interval {
    effect.within(bound)
}

fn rising(looks: &[f64]) -> Result<(), Cannot> {
    let mut before = 0.0;
    for look in looks {
        if !look.is_finite() || *look <= before || *look > 1.0 {
            return Err(Cannot::Outside { what: "the share of planned units at a look", from: before, to: 1.0 });
        }
        before = *look;
    }
    Ok(())
}

/// All paths of the score that crossed nothing yet: Brownian motion with a drift, as points with their probability.
struct Paths {
    sides: Sides,
    drift: f64,
    at: f64,
    points: Vec<(f64, f64)>,
}

/// Beyond this, probabilities are below what a double can hold.
const BOUND_MAX: f64 = 37.0;

impl Paths {
    fn start(sides: Sides, drift: f64) -> Self {
        Self { sides, drift, at: 0.0, points: vec![(0.0, 1.0)] }
    }

    /// How likely the next look is outside of the bound.
    fn crossed(&self, look: f64, bound: f64) -> f64 {
        let (limit, step) = (bound * look.sqrt(), (look - self.at).sqrt());
        let moved = self.drift * (look - self.at);
        let below = |from: f64| match self.sides {
            Sides::Two => normal_above((limit + from + moved) / step),
            Sides::One => 0.0,
        };
        let outside = |from: f64| normal_above((limit - from - moved) / step) + below(from);
        self.points.iter().map(|(from, likely)| likely * outside(*from)).sum()
    }

    /// The bound that the next look crosses with this probability.
    fn bound(&self, look: f64, likely: f64) -> f64 {
        let (mut low, mut high) = (if self.sides == Sides::Two { 0.0 } else { -BOUND_MAX }, BOUND_MAX);
        if likely <= self.crossed(look, high) {
            return f64::INFINITY;
        }
        // Newton's method on the logarithm, which is nearly a parabola in the tail; what leaves the bracket is halved.
        let mut bound = 2.5;
        for _ in 0..100 {
            let crossed = self.crossed(look, bound);
            if crossed > likely {
                low = bound
            } else {
                high = bound
            }
            let slope = self.density(look, bound) / crossed;
            let newton = bound + (crossed / likely).ln() / slope;
            let next = if newton > low && newton < high { newton } else { low.midpoint(high) };
            if (next - bound).abs() <= 1e-14 * bound.abs().max(1.0) {
                return next;
            }
            bound = next;
        }
        bound
    }

    /// How fast the chance to cross falls when the bound rises.
    fn density(&self, look: f64, bound: f64) -> f64 {
        let (limit, step) = (bound * look.sqrt(), (look - self.at).sqrt());
        let moved = self.drift * (look - self.at);
        let below = |from: f64| match self.sides {
            Sides::Two => normal_density((limit + from + moved) / step),
            Sides::One => 0.0,
        };
        let at = |from: f64| normal_density((limit - from - moved) / step) + below(from);
        self.points.iter().map(|(from, likely)| likely * at(*from)).sum::<f64>() * look.sqrt() / step
    }

    /// Takes away what crosses, and moves on.
    fn go_on(&mut self, look: f64, bound: f64) {
        let step = (look - self.at).sqrt();
        let moved = self.drift * (look - self.at);
        // Nine standard errors around the drift hold all but 1e-18 of the paths.
        let center = self.drift * look;
        let (reach, limit) = (9.0 * look.sqrt(), bound * look.sqrt());
        let low = if self.sides == Sides::Two { (-limit).max(center - reach) } else { center - reach };
        let high = limit.min(center + reach).max(low);
        let points = nodes(low, high, step).into_iter().map(|(to, weight)| {
            let density: f64 =
                self.points.iter().map(|(from, likely)| likely * normal_density((to - from - moved) / step)).sum();
            (to, weight * density / step)
        });
        self.points = points.collect();
        self.at = look;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: &[f64], expected: &[f64], tolerance: f64) {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() <= tolerance, "{found}, not {expected}");
        }
    }

    const FIFTHS: [f64; 5] = [0.2, 0.4, 0.6, 0.8, 1.0];

    /// Lan and DeMets with five looks: Jennison and Turnbull, *Group Sequential Methods*, 2000, and the manual of `ldbounds`.
    #[test]
    fn bounds_are_the_published_ones() {
        let found = bounds(Spending::OBrienFleming, Sides::Two, 0.05, &FIFTHS).expect("looks");
        close(&found, &[4.8769, 3.3570, 2.6803, 2.2898, 2.0310], 1e-4);
        let found = bounds(Spending::Pocock, Sides::Two, 0.05, &FIFTHS).expect("looks");
        close(&found, &[2.438, 2.427, 2.410, 2.397, 2.386], 6e-4);
    }

    #[test]
    fn no_look_spends_more_than_its_part() {
        for (spending, sides) in [
            (Spending::OBrienFleming, Sides::Two),
            (Spending::Pocock, Sides::Two),
            (Spending::Power(3.0), Sides::Two),
            (Spending::Pocock, Sides::One),
        ] {
            let looks: Vec<f64> = (1..=20).map(|at| (f64::from(at) / 20.0).powi(2)).collect();
            let bounds = bounds(spending, sides, 0.05, &looks).expect("looks");
            let mut spent = 0.0;
            for (crossed, look) in crossings(sides, &bounds, &looks, 0.0).expect("looks").iter().zip(&looks) {
                spent += crossed;
                assert!((spent - sides.spent(spending, 0.05, *look)).abs() < 1e-9, "{spent} at {look}");
            }
            assert!((spent - 0.05).abs() < 1e-9);
        }
    }

    #[test]
    fn one_look_is_an_ordinary_test() {
        let (sides, looks) = (Sides::Two, [1.0]);
        let bounds = bounds(Spending::OBrienFleming, sides, 0.05, &looks).expect("a look");
        close(&bounds, &[1.959_963_984_540_054], 1e-9);
        let power: f64 = crossings(sides, &bounds, &looks, 2.801_585_218_112_957_6).expect("a look").iter().sum();
        assert!((power - 0.8).abs() < 1e-5, "{power}");
        assert!((inflation(sides, &bounds, &looks, 0.05, 0.8).expect("a power") - 1.0).abs() < 1e-5);
    }

    /// Jennison and Turnbull 2000, tables 2.1 and 2.2: Pocock's test with five looks has the bound 2.413 and needs 1.23 times the units.
    #[test]
    fn more_looks_need_more_units() {
        let inflation = |looks: &[f64]| super::inflation(Sides::Two, &[2.413; 5], looks, 0.05, 0.8).expect("a power");
        assert!((inflation(&FIFTHS) - 1.23).abs() < 5e-3, "{}", inflation(&FIFTHS));
        let spent: f64 = crossings(Sides::Two, &[2.413; 5], &FIFTHS, 0.0).expect("looks").iter().sum();
        assert!((spent - 0.05).abs() < 5e-5, "{spent}");
    }

    #[test]
    fn bad_looks_are_named() {
        for looks in [&[0.5, 0.5][..], &[0.5, 0.4], &[0.0, 1.0], &[1.2], &[f64::NAN]] {
            let found = bounds(Spending::Pocock, Sides::Two, 0.05, looks);
            assert!(matches!(found, Err(Cannot::Outside { .. })), "{looks:?}");
        }
        assert!(bounds(Spending::Power(0.0), Sides::Two, 0.05, &FIFTHS).is_err());
    }
}

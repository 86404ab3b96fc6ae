//! Which arm is best, and how traffic follows: Thompson's weights without dice.
//!
//! A weight is the chance that an arm is the best one. It comes from an integral, not from draws. So the same data always give the same
//! weights, on every machine.

use super::bayes::Belief;
use super::cannot::{Cannot, share};
use super::distribution::{normal_below, normal_density};

/// Weights are whole numbers of this many parts: the buckets of a draw.
pub const PARTS: u32 = 10_000;

/// Arms with fewer units get no weight of their own: the normal belief is too rough. GrowthBook takes the same.
pub const UNITS_MIN: u64 = 100;

/// How likely each arm is the best: `∫ φᵢ(x) Π Φⱼ(x) dx` by the trapezoid rule over 8.5 deviations to each side.
///
/// The step is at most 0.8 of the narrowest deviation. The error is then below 1e-9.
pub fn chances(arms: &[Belief]) -> Result<Vec<f64>, Cannot> {
    if arms.len() < 2 {
        return Err(Cannot::OneArm);
    }
    for arm in arms {
        super::cannot::finite("a mean", arm.mean)?;
        if super::cannot::positive("a deviation", arm.deviation)? <= 0.0 {
            return Err(Cannot::NoVariance);
        }
    }
    let narrowest = arms.iter().map(|arm| arm.deviation).fold(f64::INFINITY, f64::min);
    let chances: Vec<f64> = (0..arms.len()).map(|arm| chance(arms, arm, narrowest)).collect();
    let all: f64 = chances.iter().sum();
    Ok(chances.iter().map(|chance| chance / all).collect())
}

/// How far the integral reaches, in deviations.
const REACH: f64 = 8.5;

/// Deviations that differ by more than six thousand times lose digits. Nobody can compare such arms anyway.
const POINTS_MAX: f64 = 131_072.0;

fn chance(arms: &[Belief], of: usize, narrowest: f64) -> f64 {
    let Some(arm) = arms.get(of) else { return 0.0 };
    let points = (2.0 * REACH * arm.deviation / (0.8 * narrowest)).ceil().clamp(2048.0, POINTS_MAX) as usize;
    let step = 2.0 * REACH / points as f64;
    let others = |x: f64| -> f64 {
        let rest = arms.iter().enumerate().filter(|(at, _)| *at != of);
        rest.map(|(_, other)| normal_below((x - other.mean) / other.deviation)).product()
    };
    let sum: f64 = (0..=points)
        .map(|at| {
            let z = -REACH + step * at as f64;
            normal_density(z) * others(arm.mean + z * arm.deviation)
        })
        .sum();
    sum * step
}

/// Weights of top-two Thompson sampling (Russo, *Operations Research* 2020): `ψᵢ (β + (1 - β) Σ ψⱼ / (1 - ψⱼ))` over the other arms.
///
/// With `beta` a half it learns fastest which arm is best. Plain Thompson sampling is `beta = 1`: it earns most while it learns.
pub fn top_two(chances: &[f64], beta: f64) -> Result<Vec<f64>, Cannot> {
    if chances.len() < 2 {
        return Err(Cannot::OneArm);
    }
    if !(0.0..=1.0).contains(&beta) {
        return Err(Cannot::Outside { what: "beta", from: 0.0, to: 1.0 });
    }
    // If one arm is surely the best, the others share the second place equally.
    let rest =
        |of: usize| chances.iter().enumerate().filter(|(at, _)| *at != of).map(|(_, chance)| chance).sum::<f64>();
    let second = |of: usize, first: usize, chance: f64| match rest(first) {
        left if left > 0.0 => chance / left,
        _ if of == first => 0.0,
        _ => 1.0 / (chances.len() - 1) as f64,
    };
    let weights = chances.iter().enumerate().map(|(of, chance)| {
        let firsts = chances.iter().enumerate().filter(|(first, _)| *first != of);
        let seconds: f64 = firsts.map(|(first, likely)| likely * second(of, first, *chance)).sum();
        beta * chance + (1.0 - beta) * seconds
    });
    Ok(weights.collect())
}

/// Whole parts of 10,000 for each arm, with at least `floor` each: `f + (1 - k f) w`, rounded by the largest remainders.
///
/// The floor keeps every arm measurable. The first of two equal remainders is rounded up, so the result has no chance in it.
pub fn parts(weights: &[f64], floor: f64) -> Result<Vec<u32>, Cannot> {
    let arms = weights.len() as f64;
    if weights.len() < 2 {
        return Err(Cannot::OneArm);
    }
    if !(0.0..=1.0 / arms).contains(&floor) {
        return Err(Cannot::Outside { what: "the floor of an arm", from: 0.0, to: 1.0 / arms });
    }
    let all: f64 = weights.iter().sum();
    for weight in weights {
        super::cannot::positive("a weight", *weight)?;
    }
    share("the sum of all weights", all / (all + 1.0))?;
    let least = (floor * f64::from(PARTS)).ceil().min((f64::from(PARTS) / arms).floor());
    let free = f64::from(PARTS) - least * arms;
    let exact: Vec<f64> = weights.iter().map(|weight| free * weight / all).collect();
    let mut parts: Vec<u32> = exact.iter().map(|part| (least + part.floor()) as u32).collect();
    let mut order: Vec<usize> = (0..parts.len()).collect();
    let remainder = |at: &usize| exact.get(*at).map_or(0.0, |part| part.fract());
    order.sort_by(|a, b| remainder(b).total_cmp(&remainder(a)));
    let missing = PARTS.saturating_sub(parts.iter().sum());
    for at in order.into_iter().cycle().take(missing as usize) {
        parts.get_mut(at).into_iter().for_each(|part| *part += 1);
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn belief(mean: f64, deviation: f64) -> Belief {
        Belief { mean, deviation }
    }

    /// With two arms the chance is known: `Φ((m₁ - m₂) / √(s₁² + s₂²))`.
    #[test]
    fn two_arms_are_exact_however_different_they_are() {
        for (first, second) in [(1.0, 1.0), (1.0, 0.01), (0.001, 1.0), (50.0, 0.02)] {
            let arms = [belief(0.3, first), belief(0.0, second)];
            let exact = normal_below(0.3 / (first * first + second * second).sqrt());
            let found = chances(&arms).expect("two arms");
            assert!((found[0] - exact).abs() < 1e-8, "{first} {second}: {}, not {exact}", found[0]);
        }
        let same = chances(&[belief(2.0, 0.5); 4]).expect("four arms");
        assert!(same.iter().all(|chance| (chance - 0.25).abs() < 1e-12));
    }

    #[test]
    fn top_two_gives_the_second_arm_half() {
        let weights = top_two(&[0.9, 0.1], 0.5).expect("two arms");
        assert!((weights[0] - 0.5).abs() < 1e-12);
        let weights = top_two(&[0.9, 0.06, 0.04], 0.5).expect("three arms");
        assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        assert!(weights[1] > 0.25 && weights[0] < 0.55);
        assert_eq!(top_two(&[1.0, 0.0, 0.0], 0.5), Ok(vec![0.5, 0.25, 0.25]));
        assert_eq!(top_two(&[0.7, 0.3], 1.0), Ok(vec![0.7, 0.3]));
    }

    #[test]
    fn parts_add_up_and_respect_the_floor() {
        assert_eq!(parts(&[1.0, 0.0, 0.0], 0.01), Ok(vec![9_800, 100, 100]));
        assert_eq!(parts(&[1.0, 1.0, 1.0], 0.0), Ok(vec![3_334, 3_333, 3_333]));
        assert_eq!(parts(&[1.0, 1.0, 1.0], 1.0 / 3.0), Ok(vec![3_334, 3_333, 3_333]));
        for seed in 1..200_u32 {
            let weights: Vec<f64> =
                (0..2 + seed % 9).map(|at| f64::from((at * 7919 + seed * 104_729) % 1000)).collect();
            let found = parts(&weights, 0.03).expect("weights");
            assert_eq!(found.iter().sum::<u32>(), PARTS);
            assert!(found.iter().all(|part| *part >= 300));
        }
        assert!(matches!(parts(&[1.0, 1.0], 0.6), Err(Cannot::Outside { .. })));
        assert!(matches!(parts(&[0.0, 0.0], 0.1), Err(Cannot::Outside { .. } | Cannot::NotFinite { .. })));
        assert_eq!(parts(&[1.0, -1.0], 0.1), Err(Cannot::Negative { what: "a weight" }));
    }
}

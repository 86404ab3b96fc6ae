//! The distributions that tests compare with: normal, Student's t, chi-square.
//!
//! Tails are computed as tails, never as `1 - cdf`: a p-value of 1e-30 stays 1e-30. The normal tail is `erfc` of the crate `libm`
//! (relative error below 1e-12). The regularized beta and gamma functions and the normal quantile are those of the crate `statrs`.

use statrs::function::{beta::beta_reg, erf::erfc_inv, gamma::gamma_ur};

/// The density of the standard normal distribution.
pub(super) fn normal_density(z: f64) -> f64 {
    (-0.5 * z * z).exp() / (2.0 * core::f64::consts::PI).sqrt()
}

/// How often a standard normal value is above `z`.
pub(super) fn normal_above(z: f64) -> f64 {
    0.5 * libm::erfc(z * core::f64::consts::FRAC_1_SQRT_2)
}

/// How often a standard normal value is below `z`.
pub(super) fn normal_below(z: f64) -> f64 {
    normal_above(-z)
}

/// The value that a standard normal value is above with this probability: `normal_above(z) == p`.
pub(super) fn normal_upper(p: f64) -> f64 {
    let start = core::f64::consts::SQRT_2 * erfc_inv(2.0 * p);
    // A step of Newton in the tail itself removes what the approximation leaves.
    if start.is_finite() { start + (normal_above(start) - p) / normal_density(start) } else { start }
}

/// How often Student's t with `freedom` degrees of freedom is above `t`.
pub(super) fn student_above(t: f64, freedom: f64) -> f64 {
    if t < 0.0 {
        return 1.0 - student_above(-t, freedom);
    }
    if freedom.is_infinite() {
        return normal_above(t);
    }
    if freedom <= EXACT_MAX {
        // Abramowitz and Stegun, *Handbook of Mathematical Functions*, 26.7.1 with 26.5.27.
        0.5 * beta_reg(freedom / 2.0, 0.5, freedom / (freedom + t * t))
    } else {
        normal_above(as_normal(t, freedom))
    }
}

/// Above this, the beta function loses digits, and Hill's approximation has all of them.
const EXACT_MAX: f64 = 10_000.0;

/// The normal value with the same tail: Hill, *Algorithm 395: Student's t-distribution*, Communications of the ACM 1970.
fn as_normal(t: f64, freedom: f64) -> f64 {
    let a = freedom - 0.5;
    let b = 48.0 * a * a;
    let y = a * (t * t / freedom).ln_1p();
    let correction = (((-0.4 * y - 3.3) * y - 24.0) * y - 85.5) / (0.8 * y * y + 100.0 + b);
    ((correction + y + 3.0) / b + 1.0) * y.sqrt()
}

/// The value that Student's t is above with probability `p`, which is at most a half.
pub(super) fn student_upper(p: f64, freedom: f64) -> f64 {
    let start = normal_upper(p);
    if freedom.is_infinite() {
        return start;
    }
    // The tail of t is heavier than the normal one: the root lies at or above `start`.
    let (mut low, mut high) = (0.0_f64, start.max(1.0));
    while student_above(high, freedom) > p && high < 1e300 {
        low = high;
        high *= 2.0;
    }
    let mut t = low.midpoint(high);
    for _ in 0..200 {
        let above = student_above(t, freedom) - p;
        if above > 0.0 {
            low = t
        } else {
            high = t
        }
        let step = t + above / student_density(t, freedom);
        let next = if step > low && step < high { step } else { low.midpoint(high) };
        if (next - t).abs() <= f64::EPSILON * t.abs() {
            return next;
        }
        t = next;
    }
    t
}

fn student_density(t: f64, freedom: f64) -> f64 {
    let half = freedom / 2.0;
    let scale = libm::lgamma(half + 0.5) - libm::lgamma(half) - 0.5 * (freedom * core::f64::consts::PI).ln();
    (scale - (half + 0.5) * (t * t / freedom).ln_1p()).exp()
}

/// How often chi-square with so many degrees of freedom is above `value`.
pub(super) fn chi_square_above(value: f64, freedom: u32) -> f64 {
    if freedom == 0 || value <= 0.0 {
        return 1.0;
    }
    if value.is_infinite() { 0.0 } else { gamma_ur(f64::from(freedom) / 2.0, value / 2.0) }
}

/// The value that chi-square is above with probability `p`.
pub(super) fn chi_square_upper(p: f64, freedom: u32) -> f64 {
    let (mut low, mut high) = (0.0_f64, f64::from(freedom.max(1)));
    while chi_square_above(high, freedom) > p && high < 1e300 {
        low = high;
        high *= 2.0;
    }
    for _ in 0..200 {
        let middle = low.midpoint(high);
        if middle <= low || middle >= high {
            break;
        }
        if chi_square_above(middle, freedom) > p { low = middle } else { high = middle }
    }
    low.midpoint(high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn near(found: f64, expected: f64, tolerance: f64) {
        assert!((found - expected).abs() <= tolerance * expected.abs(), "{found}, not {expected}");
    }

    #[test]
    fn tails_are_those_of_mpmath() {
        STUDENT.iter().for_each(|(t, freedom, p)| near(student_above(*t, *freedom), *p, 1e-10));
        NORMAL.iter().for_each(|(z, p)| near(normal_above(*z), *p, 1e-12));
        CHI_SQUARE.iter().for_each(|(value, freedom, p)| near(chi_square_above(*value, *freedom), *p, 1e-12));
    }

    #[test]
    fn quantiles_lead_back_to_their_tail() {
        for p in [0.999, 0.5001, 0.3, 0.025, 0.0005, 1e-8, 1e-20, 1e-200] {
            near(normal_above(normal_upper(p)), p, 1e-12);
            near(chi_square_above(chi_square_upper(p, 7), 7), p, 1e-11);
            for freedom in [1.0, 3.7, 500.0, 9_999.0, 1e6].into_iter().filter(|_| p < 0.5 && p > 1e-100) {
                near(student_above(student_upper(p, freedom), freedom), p, 1e-10);
            }
        }
        near(normal_upper(0.025), 1.959_963_984_540_054, 1e-14);
    }

    // Computed with mpmath 1.3, 60 digits.
    const STUDENT: &[(f64, f64, f64)] = &[
        (0.1, 1.0, 0.468_274_482_569_446_4),
        (1.96, 1.0, 0.150_171_445_888_016_56),
        (5.0, 1.0, 0.062_832_958_189_001_18),
        (12.0, 1.0, 0.026_464_676_059_589_874),
        (0.1, 2.5, 0.463_903_272_031_244_8),
        (1.96, 2.5, 0.081_473_782_236_407),
        (5.0, 2.5, 0.011_725_594_985_430_923),
        (12.0, 2.5, 0.001_418_107_515_039_162),
        (0.1, 30.0, 0.460_504_805_895_135_6),
        (1.96, 30.0, 0.029_671_156_448_025_24),
        (5.0, 30.0, 1.164_834_273_350_389_8e-5),
        (12.0, 30.0, 2.790_092_707_599_628e-13),
        (0.1, 1_000.0, 0.460_182_184_511_802_04),
        (1.96, 1_000.0, 0.025_136_592_477_874_357),
        (5.0, 1_000.0, 3.383_628_182_324_315_3e-7),
        (12.0, 1_000.0, 2.162_028_693_387_263_6e-31),
        (0.1, 9_999.0, 0.460_173_165_115_775_5),
        (1.96, 9_999.0, 0.025_011_761_502_605_104),
        (5.0, 9_999.0, 2.915_168_205_114_159_5e-7),
        (12.0, 9_999.0, 2.990_044_005_683_209_3e-33),
        (0.1, 10_001.0, 0.460_173_164_915_319_45),
        (1.96, 10_001.0, 0.025_011_758_729_505_267),
        (5.0, 10_001.0, 2.915_158_409_534_674e-7),
        (12.0, 10_001.0, 2.989_735_640_624_320_3e-33),
        (0.1, 1_000_000.0, 0.460_172_172_746_021_57),
        (1.96, 1_000_000.0, 0.024_998_033_792_634_895),
        (5.0, 1_000_000.0, 2.866_998_935_445_371e-7),
        (12.0, 1_000_000.0, 1.785_842_562_382_545e-33),
        (0.1, 1_000_000_000.0, 0.460_172_162_732_994_05),
        (1.96, 1_000_000_000.0, 0.024_997_895_286_864_8),
        (5.0, 1_000_000_000.0, 2.866_516_201_975_814_4e-7),
        (12.0, 1_000_000_000.0, 1.776_491_448_870_571_7e-33),
    ];

    const NORMAL: &[(f64, f64)] = &[
        (0.1, 0.460_172_162_722_971),
        (1.0, 0.158_655_253_931_457_05),
        (3.0, 0.001_349_898_031_630_094_6),
        (8.0, 6.220_960_574_271_784e-16),
        (20.0, 2.753_624_118_606_233_7e-89),
        (36.0, 4.182_624_065_797_283e-284),
    ];

    const CHI_SQUARE: &[(f64, u32, f64)] = &[
        (0.5, 1, 0.479_500_122_186_953_5),
        (3.841, 1, 0.050_013_683_763_956_7),
        (62.8, 81, 0.933_225_026_333_284_3),
        (150.0, 81, 4.969_280_495_904_288e-6),
        (500.0, 81, 1.288_419_078_538_696_3e-61),
        (1_200.0, 1000, 1.225_594_233_062_290_5e-5),
        (30.0, 3, 1.380_057_031_293_254_7e-6),
        (1_400.0, 3, 2.945_619_361_016_309e-303),
    ];
}

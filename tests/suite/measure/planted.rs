//! Verdicts and alarms about experiments whose truth was planted.

use selvedge::measure::decay::{Point, slope};
use selvedge::measure::planned_looks::Spending;
use selvedge::measure::sample_ratio::at_all_looks;
use selvedge::measure::verdict::{Evidence, Guardrail, Looks, Metric, Progress, What, verdict};
use selvedge::measure::{Arm, Effect, Moments, Scale, difference};

use super::dice::Random;
use super::simulations::{Promise, Rates, Size};

/// One-sided, as the rule takes it.
const ALPHA: f64 = 0.025;

/// How much worse a guardrail may become.
const MARGIN: f64 = 0.05;

/// How many units each look adds, in both arms together.
const UNITS: u64 = 14_000;

/// What is true of an experiment: effects in standard deviations of a unit.
#[derive(Clone, Copy)]
struct Truth {
    success: [f64; 2],
    guardrails: [f64; 2],
    /// The share of units that the treatment gets, where a half was planned.
    share: f64,
}

#[test]
fn verdicts_follow_the_truth() {
    let nothing = Truth { success: [0.0; 2], guardrails: [0.0; 2], share: 0.5 };
    let ships = |most: f64| (Promise::AtMost(most), Promise::Shown, Promise::AtMost(0.01));
    for looks in ["always valid", "planned looks"] {
        check(looks, "nothing is true", nothing, ships(ALPHA));
        // One guardrail is exactly as bad as its margin: it must not be called safe.
        let unsafe_one = Truth { success: [0.2, 0.2], guardrails: [0.0, -MARGIN], ..nothing };
        check(looks, "a success with a guardrail at its margin", unsafe_one, ships(ALPHA));
        let harm = Truth { guardrails: [0.0, -3.0 * MARGIN], ..nothing };
        check(
            looks,
            "a guardrail far below its margin",
            harm,
            (Promise::AtMost(0.0), Promise::AtLeast(0.95), Promise::AtMost(0.01)),
        );
        let success = Truth { success: [0.1, 0.0], ..nothing };
        check(looks, "a success", success, (Promise::AtLeast(0.7), Promise::Shown, Promise::AtMost(0.01)));
        let uneven = Truth { success: [0.1, 0.0], share: 0.53, ..nothing };
        check(
            looks,
            "a success, and a draw that is broken",
            uneven,
            (Promise::AtMost(0.05), Promise::Shown, Promise::AtLeast(0.95)),
        );
    }
}

/// Runs experiments of one truth; the first verdict other than "keep running" counts.
#[track_caller]
fn check(looks: &str, title: &str, truth: Truth, (ship, stop, cannot): (Promise, Promise, Promise)) {
    let size = Size::of_this_run();
    let mut rates = Rates::new(size.experiments);
    for experiment in 0..size.experiments {
        let mut random = Random::new(size.seed * 11_000_027 + u64::from(experiment));
        let found = run(&mut random, looks, truth);
        rates.count("ship", ship, found == What::Ship);
        rates.count("stop", stop, found == What::Stop);
        rates.count("cannot tell", cannot, found == What::CannotTell);
    }
    rates.check(&format!("Verdicts at {looks}, where {title}"));
}

fn run(random: &mut Random, looks: &str, truth: Truth) -> What {
    const LOOKS: u64 = 4;
    let (mut counts, mut sums) = ([0_u64; 2], [[0.0; 2]; 4]);
    for look in 1..=LOOKS {
        // So many coins that their sum is normal.
        let spread = (UNITS as f64 * truth.share * (1.0 - truth.share)).sqrt();
        let treated = (UNITS as f64 * truth.share + spread * random.normal()).round() as u64;
        let new = [UNITS - treated, treated];
        let effects = truth.success.into_iter().chain(truth.guardrails);
        for (sums, effect) in sums.iter_mut().zip(effects) {
            for arm in 0..2 {
                let n = new[arm] as f64;
                sums[arm] += n * (1.0 + effect * arm as f64) + n.sqrt() * random.normal();
            }
        }
        counts = [counts[0] + new[0], counts[1] + new[1]];
        let effect = |at: usize| {
            let arm = |of: usize| {
                Arm::mean(Moments { units: counts[of], mean: sums[at][of] / counts[of] as f64, variance: 1.0 })
            };
            difference(&arm(0), &arm(1), Scale::Absolute)
        };
        let planned = LOOKS * UNITS;
        let shares = (1..=look).map(|at| at as f64 / LOOKS as f64).collect();
        let found = verdict(&Evidence {
            sample_ratio: at_all_looks(&[(&counts, &[0.5, 0.5])]),
            faults: Vec::new(),
            looks: match looks {
                "always valid" => Looks::AnyTime { narrowest_at: planned },
                _ => Looks::Planned { spending: Spending::OBrienFleming, at: shares },
            },
            progress: Progress {
                units: look * UNITS,
                planned,
                least: 100,
                days: look as u32,
                least_days: 1,
                last_day: 99,
            },
            success: ["orders", "visits"]
                .into_iter()
                .zip(0..)
                .map(|(name, at)| Metric { name: name.into(), effect: effect(at) })
                .collect(),
            guardrails: ["margin", "speed"]
                .into_iter()
                .zip(2..)
                .map(|(name, at)| Guardrail { name: name.into(), effect: effect(at), margin: MARGIN })
                .collect(),
            alpha: ALPHA,
        });
        if found.what != What::KeepRunning {
            return found.what;
        }
    }
    What::KeepRunning
}

/// Twelve weeks with a lift of 5 %. A market that falls by a third takes both arms along; a lift that loses one point does not.
#[test]
fn a_falling_market_is_no_decay_and_a_fading_lift_is() {
    let size = Size::of_this_run();
    let mut rates = Rates::new(size.experiments);
    for experiment in 0..size.experiments {
        let mut random = Random::new(size.seed * 13_000_027 + u64::from(experiment));
        let mut falls = |market: &dyn Fn(f64) -> f64, lift: &dyn Fn(f64) -> f64| {
            let weeks: Vec<Point> = (0..12)
                .map(|week| {
                    let at = f64::from(week);
                    Point { at, effect: week_of(&mut random, market(at), lift(at)) }
                })
                .collect();
            slope(&weeks).expect("weeks").upper(ALPHA).expect("an alpha") < 0.0
        };
        let falling = |at: f64| if at < 6.0 { 30.0 } else { 20.0 };
        rates.count("a steady lift: alarm", Promise::AtMost(ALPHA), falls(&|_| 30.0, &|_| 0.05));
        rates.count("a market that falls by a third: alarm", Promise::AtMost(ALPHA), falls(&falling, &|_| 0.05));
        let fading = |at: f64| 0.05 - 0.01 * at / 11.0;
        rates.count("a lift that falls from 5 to 4 %: alarm", Promise::AtLeast(0.85), falls(&|_| 30.0, &fading));
    }
    rates.check("Twelve weeks with 200,000 units in each arm");
}

fn week_of(random: &mut Random, market: f64, lift: f64) -> Effect {
    const UNITS: u64 = 200_000;
    let mut arm = |mean: f64| {
        let found = mean * (1.0 + random.normal() / (UNITS as f64).sqrt());
        Arm::mean(Moments { units: UNITS, mean: found, variance: mean * mean })
    };
    let (control, treatment) = (arm(market), arm(market * (1.0 + lift)));
    difference(&control, &treatment, Scale::Relative).expect("a number")
}

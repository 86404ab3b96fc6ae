//! Experiments whose truth is known: how often each method is wrong, and how often it finds what is there.
//!
//! A few of each run in every test; `cargo xtask stats --simulate` runs thousands. A rate may be above its promise by three standard
//! errors of the simulation.

use selvedge::measure::adaptive::{Batch, batched, by_batch, by_inverse_probability};
use selvedge::measure::anytime::AlwaysValid;
use selvedge::measure::bayes::Belief;
use selvedge::measure::best::{PARTS, chances, parts};
use selvedge::measure::planned_looks::{Sides, Spending, bounds, crossings, repeated_interval};
use selvedge::measure::sample_ratio::at_all_looks;
use selvedge::measure::size::Design;
use selvedge::measure::{Arm, Effect, Scale, Tally, difference};

use super::dice::Random;

/// The alpha of everything here.
const ALPHA: f64 = 0.05;

/// How large the simulation is.
pub(super) struct Size {
    pub(super) experiments: u32,
    looks: u32,
    /// New units of each arm at each look.
    units: u32,
    pub(super) seed: u64,
}

impl Size {
    pub(super) fn of_this_run() -> Self {
        let number = |name: &str| std::env::var(name).ok().and_then(|value| value.parse().ok());
        let seed = number("SELVEDGE_SEED").unwrap_or(1);
        match number("SELVEDGE_EXPERIMENTS") {
            Some(experiments) => Self { experiments: experiments as u32, looks: 100, units: 100, seed },
            None => Self { experiments: 40, looks: 14, units: 50, seed },
        }
    }
}

/// How often something happened, beside what was promised.
pub(super) struct Rates {
    experiments: u32,
    rows: Vec<(String, Promise, u32)>,
}

#[derive(Clone, Copy)]
pub(super) enum Promise {
    AtMost(f64),
    AtLeast(f64),
    Near(f64),
    Shown,
}

impl Rates {
    pub(super) fn new(experiments: u32) -> Self {
        Self { experiments, rows: Vec::new() }
    }

    pub(super) fn count(&mut self, name: &str, promise: Promise, happened: bool) {
        match self.rows.iter_mut().find(|row| row.0 == name) {
            Some(row) => row.2 += u32::from(happened),
            None => self.rows.push((name.to_owned(), promise, u32::from(happened))),
        }
    }

    #[track_caller]
    pub(super) fn check(&self, title: &str) {
        println!("\n{title}, {} experiments", self.experiments);
        let mut broken = Vec::new();
        for (name, promise, times) in &self.rows {
            let (rate, all) = (f64::from(*times) / f64::from(self.experiments), f64::from(self.experiments));
            let error = |promised: f64| 3.0 * (promised * (1.0 - promised) / all).sqrt();
            let (kept, said) = match promise {
                Promise::AtMost(most) => (rate <= most + error(*most), format!("at most {:.1} %", 100.0 * most)),
                Promise::AtLeast(least) => (rate >= least - error(*least), format!("at least {:.1} %", 100.0 * least)),
                Promise::Near(near) => {
                    ((rate - near).abs() <= error(*near) + 0.005, format!("about {:.1} %", 100.0 * near))
                }
                Promise::Shown => (true, String::new()),
            };
            println!("  {name:<58} {:>5.1} %   {said}", 100.0 * rate);
            if !kept {
                broken.push(name);
            }
        }
        assert!(broken.is_empty(), "{title}: {broken:?}");
    }
}

/// Revenue in cents: nine of ten units buy nothing, the others about 30, far from normal.
fn revenue(random: &mut Random, lift: f64) -> i64 {
    if random.chance(0.1) { (-3000.0 * (1.0 + lift) * random.uniform().ln()).round() as i64 } else { 0 }
}

fn both(arms: &[Tally; 2], scale: Scale) -> Option<Effect> {
    let arm = |tally: &Tally| tally.raw_pair().map(|pair| Arm::mean(pair.y));
    difference(&arm(&arms[0]).ok()?, &arm(&arms[1]).ok()?, scale).ok()
}

#[test]
fn no_way_of_looking_is_wrong_more_often_than_it_says() {
    looking(0.0, "No effect, looked at again and again");
}

#[test]
fn effects_are_found_as_often_as_planned() {
    let size = Size::of_this_run();
    let lift = 25.5 / f64::from(2 * size.looks * size.units).sqrt();
    looking(lift, "An effect that one look finds in four of five");
}

/// The variance of [`revenue`].
fn variance(lift: f64) -> f64 {
    let (mean, squares) = (300.0 * (1.0 + lift), 0.1 * 2.0 * (3000.0 * (1.0 + lift)).powi(2));
    squares - mean * mean
}

fn looking(lift: f64, title: &str) {
    let size = Size::of_this_run();
    let planned = u64::from(2 * size.looks * size.units);
    let all: Vec<f64> = (1..=14).map(|at| f64::from(at) / 14.0).collect();
    let plans = [Spending::OBrienFleming, Spending::Pocock]
        .map(|spending| (spending, bounds(spending, Sides::Two, ALPHA, &all).expect("looks")));
    let always = [1, 8].map(|part| (part, AlwaysValid::narrowest_at(planned / part, ALPHA).expect("an alpha")));
    let truth = 300.0 * lift;
    let design = Design { control_variance: variance(0.0), treatment_variance: variance(lift), treatment_share: 0.5 };
    let one_look = design.power(truth, planned, ALPHA, true).expect("a plan");
    let drift = truth / (2.0 * (variance(0.0) + variance(lift)) / planned as f64).sqrt();
    let mut rates = Rates::new(size.experiments);
    for experiment in 0..size.experiments {
        let mut random = Random::new(size.seed * 1_000_003 + u64::from(experiment));
        let mut arms = [Tally::default(); 2];
        let (mut naive, mut found, mut held, mut crossed, mut kept) =
            (false, [false; 2], [true; 2], [false; 2], [true; 2]);
        let mut next = [0; 2];
        let mut last = None;
        for look in 1..=size.looks {
            for _ in 0..size.units {
                arms[0].add(revenue(&mut random, 0.0)).expect("small");
                arms[1].add(revenue(&mut random, lift)).expect("small");
            }
            let Some(effect) = both(&arms, Scale::Absolute) else { continue };
            naive |= effect.p(0.0) < ALPHA;
            for (at, (_, method)) in always.iter().enumerate() {
                let interval = method.interval(&effect);
                found[at] |= !interval.holds(0.0);
                held[at] &= interval.holds(truth);
            }
            for (at, (_, bounds)) in plans.iter().enumerate() {
                // The first look at or after each planned one; its real share is a little larger, which only helps the bound.
                let due = (f64::from(next[at] + 1) * f64::from(size.looks) / 14.0).ceil() as u32;
                if look >= due && next[at] < 14 {
                    let interval = repeated_interval(&effect, bounds[next[at] as usize]);
                    crossed[at] |= !interval.holds(0.0);
                    kept[at] &= interval.holds(truth);
                    next[at] += 1;
                }
            }
            last = Some(effect);
        }
        let effect = last.expect("looks");
        let wrong = |bound: Promise| if lift == 0.0 { bound } else { Promise::Shown };
        rates.count("an ordinary test at every look finds an effect", Promise::Shown, naive);
        rates.count("an ordinary test at the end finds an effect", Promise::Near(one_look), effect.p(0.0) < ALPHA);
        rates.count(
            "  its interval holds the truth",
            Promise::Near(1.0 - ALPHA),
            effect.interval(ALPHA).expect("an alpha").holds(truth),
        );
        for (at, (part, _)) in always.iter().enumerate() {
            let name = format!("always valid, narrowest at 1/{part} of all units: finds an effect");
            rates.count(&name, wrong(Promise::AtMost(ALPHA)), found[at]);
            rates.count(
                &format!("  1/{part}: its intervals hold the truth at all looks"),
                Promise::AtLeast(1.0 - ALPHA),
                held[at],
            );
        }
        for (at, (spending, bounds)) in plans.iter().enumerate() {
            let power: f64 = crossings(Sides::Two, bounds, &all, drift).expect("looks").iter().sum();
            let promise = if lift == 0.0 { Promise::AtMost(ALPHA) } else { Promise::Near(power) };
            rates.count(&format!("14 planned looks, {spending:?}: finds an effect"), promise, crossed[at]);
            rates.count(
                &format!("  {spending:?}: its intervals hold the truth at all looks"),
                Promise::AtLeast(1.0 - ALPHA),
                kept[at],
            );
        }
    }
    rates.check(title);
}

/// Lifts of 8 % with half of the variance explained by the past: relative, adjusted and ratio intervals.
#[test]
fn every_kind_of_metric_covers_its_truth() {
    let size = Size::of_this_run();
    let mut rates = Rates::new(size.experiments);
    for experiment in 0..size.experiments {
        let mut random = Random::new(size.seed * 7_000_003 + u64::from(experiment));
        let (mut arms, mut orders) = ([Tally::default(); 2], [Tally::default(); 2]);
        for (at, lift) in [1.0, 1.08].into_iter().enumerate() {
            for _ in 0..2000 {
                let past = 100.0 + 20.0 * random.normal();
                let now = lift * (past + 20.0 * random.normal());
                arms[at].add_pair(now.round() as i64, past.round() as i64).expect("small");
                let visits = 1.0 + (4.0 * random.uniform()).floor();
                orders[at]
                    .add_pair((lift * visits * (100.0 + 30.0 * random.normal())).round() as i64, visits as i64)
                    .expect("small");
            }
        }
        let pairs = arms.map(|tally| tally.pair().expect("units"));
        let adjusted = Arm::adjusted(&pairs).expect("two arms");
        let ratios = orders.map(|tally| Arm::ratio(tally.pair().expect("units")).expect("visits"));
        let plain = pairs.map(|pair| Arm::mean(pair.y));
        let mut widths = Vec::new();
        for (name, control, treatment) in [
            ("a mean", plain[0], plain[1]),
            ("an adjusted mean", adjusted[0], adjusted[1]),
            ("a ratio", ratios[0], ratios[1]),
        ] {
            let interval =
                difference(&control, &treatment, Scale::Relative).expect("a number").interval(ALPHA).expect("an alpha");
            rates.count(
                &format!("the relative interval of {name} holds the truth"),
                Promise::Near(1.0 - ALPHA),
                interval.holds(0.08),
            );
            widths.push(interval.high - interval.low);
        }
        // The past explains half of the variance: √½ of the width is left.
        rates.count(
            "an adjusted interval is at most three quarters as wide",
            Promise::AtLeast(0.999),
            widths[1] < 0.75 * widths[0],
        );
    }
    rates.check("Lifts of 8 %");
}

/// A bandit of two arms over ten batches, Thompson's weights from pooled means. Its data are analysed in four ways.
#[test]
fn intervals_after_a_bandit_hold_the_truth() {
    let size = Size::of_this_run();
    for (lift, floor) in [(0.0, 0.01), (0.0, 0.1), (0.05, 0.1)] {
        let mut rates = Rates::new(size.experiments);
        for experiment in 0..size.experiments {
            let batches = bandit(&mut Random::new(size.seed * 9_000_011 + u64::from(experiment)), lift, floor);
            let pooled = pooled(&batches);
            let exact = |effect: &Effect| effect.interval(ALPHA).expect("an alpha").holds(lift);
            rates.count("pooled, as if shares had been fixed", Promise::Shown, exact(&pooled));
            let found = batched(&batches).expect("batches");
            rates.count("batches weighted by their sureness", Promise::Near(1.0 - ALPHA), exact(&found));
            rates.count(
                "batches weighted by their units",
                Promise::AtLeast(1.0 - ALPHA - 0.02),
                exact(&by_batch(&batches).expect("batches")),
            );
            let inverse = by_inverse_probability(&batches).expect("batches");
            rates.count("units weighted by their probability", Promise::AtLeast(1.0 - ALPHA - 0.01), exact(&inverse));
            rates.count("batches weighted by their sureness: finds an effect", Promise::Shown, found.p(0.0) < ALPHA);
        }
        rates.check(&format!("A bandit with the floor {floor} and the effect {lift} holds the truth"));
    }
}

fn bandit(random: &mut Random, lift: f64, floor: f64) -> Vec<Batch> {
    let mut batches: Vec<Batch> = Vec::new();
    for _ in 0..10 {
        let treatment_share = match batches.as_slice() {
            [] => 0.5,
            before => {
                let arms = [all(before, |batch| &batch.control), all(before, |batch| &batch.treatment)];
                let beliefs = arms.map(|arm| Belief { mean: arm.mean, deviation: arm.of_mean().sqrt() });
                f64::from(parts(&chances(&beliefs).expect("two arms"), floor).expect("weights")[1]) / f64::from(PARTS)
            }
        };
        let mut arms = [Tally::default(); 2];
        for _ in 0..2000 {
            let treated = random.chance(treatment_share);
            let y = 10.0 + 2.0 * random.normal() + if treated { lift } else { 0.0 };
            arms[usize::from(treated)].add((1000.0 * y).round() as i64).expect("small");
        }
        let [control, treatment] = arms.map(|tally| {
            let mut moments = tally.raw_pair().expect("units of each arm").y;
            (moments.mean, moments.variance) = (moments.mean / 1000.0, moments.variance / 1e6);
            moments
        });
        batches.push(Batch { control, treatment, units: 2000, control_share: 1.0 - treatment_share, treatment_share });
    }
    batches
}

/// One arm over all batches together: its mean is biased after a bandit.
fn all(batches: &[Batch], of: impl Fn(&Batch) -> &selvedge::measure::Moments) -> Arm {
    let units: u64 = batches.iter().map(|batch| of(batch).units).sum();
    let weighted = |value: &dyn Fn(&selvedge::measure::Moments) -> f64| {
        batches.iter().map(|batch| of(batch).units as f64 * value(of(batch))).sum::<f64>() / units as f64
    };
    let mean = weighted(&|arm| arm.mean);
    Arm { units, mean, variance: weighted(&|arm| arm.variance + (arm.mean - mean).powi(2)), plain_mean: mean }
}

fn pooled(batches: &[Batch]) -> Effect {
    let arms = (all(batches, |batch| &batch.control), all(batches, |batch| &batch.treatment));
    difference(&arms.0, &arms.1, Scale::Absolute).expect("a number")
}

#[test]
fn a_mismatch_is_seen_and_a_sound_split_is_left_alone() {
    let size = Size::of_this_run();
    for (shift, title) in [(0.0, "A sound split"), (0.02, "A split of 52:48 that should be 50:50")] {
        let mut rates = Rates::new(size.experiments);
        for experiment in 0..size.experiments {
            let mut random = Random::new(size.seed * 5_000_011 + u64::from(experiment));
            let (mut counts, mut alarm, mut loud) = ([0_u64; 2], false, false);
            for _ in 0..size.looks {
                (0..4 * size.units).for_each(|_| counts[usize::from(random.chance(0.5 + shift))] += 1);
                let p = at_all_looks(&[(&counts, &[0.5, 0.5])]).expect("counts").p;
                (alarm, loud) = (alarm || p < ALPHA, loud || p < 0.001);
            }
            let sound = shift == 0.0;
            rates.count(
                "an alarm at 5 % over all looks",
                if sound { Promise::AtMost(ALPHA) } else { Promise::Shown },
                alarm,
            );
            rates.count(
                "an alarm at 0.1 % over all looks",
                if sound { Promise::AtMost(0.001) } else { Promise::Shown },
                loud,
            );
        }
        rates.check(title);
    }
}

/// The plan says how often a difference is found; the simulation counts.
#[test]
fn planned_power_is_what_happens() {
    let size = Size::of_this_run();
    let design = Design { control_variance: 4.0, treatment_variance: 9.0, treatment_share: 0.3 };
    let promised = design.power(0.25, 3000, ALPHA, true).expect("a plan");
    let mut rates = Rates::new(size.experiments);
    for experiment in 0..size.experiments {
        let mut random = Random::new(size.seed * 3_000_017 + u64::from(experiment));
        let mut arms = [Tally::default(); 2];
        for _ in 0..2100 {
            arms[0].add((1000.0 * (10.0 + 2.0 * random.normal())).round() as i64).expect("small");
        }
        for _ in 0..900 {
            arms[1].add((1000.0 * (10.25 + 3.0 * random.normal())).round() as i64).expect("small");
        }
        let found = both(&arms, Scale::Absolute).expect("a number").p(0.0) < ALPHA;
        rates.count("the difference is found", Promise::Near(promised), found);
    }
    rates.check("A plan of 3000 units");
}

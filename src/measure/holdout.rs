//! The value of personalization: everybody who may be personalized, compared with the holdout.
//!
//! A holdout record says what its visitor would have seen. So both sides hold the same kind of visitors, and the difference is what
//! personalization added. No value comes without its interval.

use super::cannot::{Cannot, positive};
use super::effect::{Effect, Interval};
use super::moments::Moments;

/// Value that would not exist without personalization.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Increment {
    /// Per personalized unit.
    pub per_unit: Effect,
    /// Over all personalized units.
    pub total: Effect,
}

/// The increment of a difference: `n_T (ȳ_T - ȳ_C)`, where the treatment is everybody who was personalized and the control is the holdout.
///
/// For revenue, margin, retention: whatever `per_unit` measures. The number of units is known, so the error grows by the same factor.
pub fn increment(per_unit: Effect, personalized: u64) -> Result<Increment, Cannot> {
    super::cannot::enough(personalized, 1)?;
    Ok(Increment { per_unit, total: per_unit.times(personalized as f64) })
}

/// A metric within so many days of the first exposure, over units whose days have all passed.
///
/// A unit that came yesterday has not had thirty days to return. Counting it as "did not return" makes every new arm look bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Window {
    /// How many days after the first exposure count.
    pub days: u32,
}

impl Window {
    /// Whether a unit whose first exposure was on `first` may be counted on the day `now`; days are numbered without gaps.
    pub fn is_over(&self, first: i64, now: i64) -> bool {
        now.saturating_sub(first) > i64::from(self.days)
    }

    /// The share that did it within the window. `closed` units have a window that is over; `open` ones are not counted, and where there are
    /// only such, nothing can be told yet.
    pub fn retention(&self, returned: u64, closed: u64, open: u64) -> Result<Moments, Cannot> {
        if closed == 0 && open > 0 {
            return Err(Cannot::TooFew { units: 0, needed: 2 });
        }
        Moments::of_share(returned, closed)
    }
}

/// What a site pays, in the currency of its margins.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Prices {
    /// A million requests.
    pub million_requests: f64,
    /// A million milliseconds of computing.
    pub million_cpu_ms: f64,
    /// A million reads of the store.
    pub million_reads: f64,
    /// A gigabyte (10⁹ bytes) sent.
    pub gigabyte: f64,
    /// Everything that does not grow with requests, in the time that is looked at: content, licences, people.
    pub fixed: f64,
}

/// What was used in the time that is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Usage {
    /// Requests.
    pub requests: u64,
    /// Milliseconds of computing.
    pub cpu_ms: u64,
    /// Reads of the store.
    pub reads: u64,
    /// Bytes sent.
    pub bytes: u64,
    /// Impressions of personalized content.
    pub impressions: u64,
}

/// Cost and value beside each other.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Cost {
    /// Everything that was paid.
    pub total: f64,
    /// Per personalized impression.
    pub per_impression: f64,
}

/// Cost per personalized impression: the sum of usage times price, divided by impressions.
pub fn cost(usage: &Usage, prices: &Prices) -> Result<Cost, Cannot> {
    super::cannot::enough(usage.impressions, 1)?;
    let part = |count: u64, price: f64, of: f64| positive("a price", price).map(|price| count as f64 / of * price);
    let total = part(usage.requests, prices.million_requests, 1e6)?
        + part(usage.cpu_ms, prices.million_cpu_ms, 1e6)?
        + part(usage.reads, prices.million_reads, 1e6)?
        + part(usage.bytes, prices.gigabyte, 1e9)?
        + positive("a price", prices.fixed)?;
    Ok(Cost { total, per_impression: total / usage.impressions as f64 })
}

/// The margin that a thousand personalized impressions bring, beside what they cost.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct PerThousand {
    /// Incremental margin.
    pub margin: Effect,
    /// Cost.
    pub cost: f64,
    /// Margin after cost. The cost is known, so the interval only moves.
    pub net: Effect,
}

/// Margin, cost and net of a thousand impressions, from the increment of a margin.
pub fn per_thousand(margin: &Increment, cost: &Cost, impressions: u64) -> Result<PerThousand, Cannot> {
    let impressions = super::cannot::enough(impressions, 1)? as f64;
    let (margin, cost) = (margin.total.times(1000.0 / impressions), 1000.0 * cost.per_impression);
    Ok(PerThousand { margin, cost, net: Effect { estimate: margin.estimate - cost, ..margin } })
}

/// What an interval says about the least value that a person asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gate {
    /// All of the interval is at least the value: worth its complexity.
    Pass,
    /// All of the interval is below the value: replace it by something simpler.
    Fail,
    /// The interval holds values on both sides.
    Open,
}

/// Whether a personalized experience adds at least `least` over the simpler baseline.
pub fn value_gate(interval: &Interval, least: f64) -> Result<Gate, Cannot> {
    super::cannot::finite("the least value", least)?;
    Ok(match interval {
        interval if interval.low >= least => Gate::Pass,
        interval if interval.high < least => Gate::Fail,
        _ => Gate::Open,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn value_is_never_without_its_error() {
        let margin = increment(Effect::normal(0.02, 0.005, 200_000).expect("a number"), 190_000).expect("units");
        assert!((margin.total.estimate - 3_800.0).abs() < 1e-9 && (margin.total.se - 950.0).abs() < 1e-9);
        let usage = Usage {
            requests: 2_000_000,
            cpu_ms: 4_000_000,
            reads: 100_000,
            bytes: 3_000_000_000,
            impressions: 500_000,
        };
        let prices =
            Prices { million_requests: 0.3, million_cpu_ms: 0.02, million_reads: 0.5, gigabyte: 0.01, fixed: 100.0 };
        let cost = cost(&usage, &prices).expect("impressions");
        assert!((cost.total - 100.76).abs() < 1e-9 && (cost.per_impression - 0.000_201_52).abs() < 1e-12);
        let thousand = per_thousand(&margin, &cost, usage.impressions).expect("impressions");
        assert!((thousand.margin.estimate - 7.6).abs() < 1e-9 && (thousand.net.estimate - 7.39848).abs() < 1e-9);
        assert_eq!(thousand.net.se, thousand.margin.se);
    }

    #[test]
    fn open_windows_are_not_counted() {
        let window = Window { days: 30 };
        assert!(!window.is_over(100, 130) && window.is_over(100, 131));
        assert_eq!(window.retention(0, 0, 500), Err(Cannot::TooFew { units: 0, needed: 2 }));
        assert_eq!(window.retention(30, 100, 500).map(|share| share.mean), Ok(0.3));
    }

    #[test]
    fn the_gate_has_three_answers() {
        let gate = |low, high| value_gate(&Interval { low, high }, 0.01).expect("a number");
        assert_eq!((gate(0.01, 0.05), gate(-0.02, 0.005), gate(0.0, 0.05)), (Gate::Pass, Gate::Fail, Gate::Open));
    }

    #[test]
    fn nothing_shown_and_negative_prices_are_named() {
        assert!(matches!(cost(&Usage::default(), &Prices::default()), Err(Cannot::TooFew { .. })));
        let usage = Usage { impressions: 1, ..Usage::default() };
        assert!(matches!(cost(&usage, &Prices { fixed: -1.0, ..Prices::default() }), Err(Cannot::Negative { .. })));
    }
}

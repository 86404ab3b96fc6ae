//! Impact ratio: a group of people gets something much less often than another.
//!
//! Takes counts of a panel whose members agreed to this use; no group label ever enters a bundle.

use super::cannot::{Cannot, enough, share};
use super::distribution::normal_upper;
use super::effect::{Effect, Interval};

/// The four-fifths rule of the US Uniform Guidelines on Employee Selection Procedures, 29 CFR 1607.4 D.
pub const FOUR_FIFTHS: f64 = 0.8;

/// Groups with fewer members are left out.
pub const GROUP_MIN: u64 = 50;

/// How many of a group were selected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Group {
    /// Who got it.
    pub selected: u64,
    /// All members.
    pub members: u64,
}

/// How often a group is selected, relative to another.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Impact {
    /// Rate of the group over rate of the reference.
    pub ratio: f64,
    /// The interval of that ratio.
    pub interval: Interval,
    /// How often chance alone gives a ratio as far from 1. Adjust it for the number of groups.
    pub p: f64,
    /// What follows.
    pub finding: Finding,
}

/// What the interval says about the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Finding {
    /// All of the interval is at or above the limit.
    Fair,
    /// The ratio is below the limit, but its interval is not.
    MaybeUnfair,
    /// The ratio is above the limit, but its interval reaches below it.
    NotProven,
    /// All of the interval is below the limit.
    Unfair,
}

/// The ratio of two rates with the interval of Katz, Baptista, Azen and Pike (*Biometrics* 1978): normal on the scale of logarithms, with the
/// variance `(1 - p₁)/(n₁ p₁) + (1 - p₂)/(n₂ p₂)`.
pub fn impact(group: Group, reference: Group, limit: f64, alpha: f64) -> Result<Impact, Cannot> {
    share("alpha", alpha)?;
    let (rate, of_group) = ln_variance(group)?;
    let (base, of_reference) = ln_variance(reference)?;
    let units = group.members.checked_add(reference.members).ok_or(Cannot::TooLarge { what: "the count of units" })?;
    let effect = Effect::normal((rate / base).ln(), (of_group + of_reference).sqrt(), units)?;
    let logarithms = effect.within(normal_upper(alpha / 2.0));
    let (ratio, interval) = (rate / base, Interval { low: logarithms.low.exp(), high: logarithms.high.exp() });
    let finding = match ratio {
        _ if interval.low >= limit => Finding::Fair,
        _ if interval.high < limit => Finding::Unfair,
        ratio if ratio < limit => Finding::MaybeUnfair,
        _ => Finding::NotProven,
    };
    Ok(Impact { ratio, interval, p: effect.p(0.0), finding })
}

/// The rate, and the variance of its logarithm. Half a unit is added where nobody or everybody was selected (Haldane 1956).
fn ln_variance(group: Group) -> Result<(f64, f64), Cannot> {
    enough(group.members, GROUP_MIN)?;
    if group.selected > group.members {
        return Err(Cannot::Contradiction { what: "more selected than members" });
    }
    let edge = group.selected == 0 || group.selected == group.members;
    let (selected, members) = (group.selected as f64, group.members as f64);
    let (selected, members) = if edge { (selected + 0.5, members + 1.0) } else { (selected, members) };
    Ok((selected / members, selected.recip() - members.recip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(selected: u64, members: u64) -> Group {
        Group { selected, members }
    }

    #[test]
    fn the_interval_decides_and_not_the_ratio() {
        let find = |a, b| impact(a, b, FOUR_FIFTHS, 0.05).expect("groups").finding;
        assert_eq!(find(group(7, 100), group(10, 100)), Finding::MaybeUnfair);
        assert_eq!(find(group(7_000, 100_000), group(10_000, 100_000)), Finding::Unfair);
        assert_eq!(find(group(9, 100), group(10, 100)), Finding::NotProven);
        assert_eq!(find(group(9_900, 100_000), group(10_000, 100_000)), Finding::Fair);
    }

    #[test]
    fn a_group_that_gets_nothing_is_found() {
        assert_eq!(impact(group(0, 500), group(250, 500), FOUR_FIFTHS, 0.05).expect("groups").finding, Finding::Unfair);
        assert!(matches!(impact(group(0, 49), group(1, 50), 0.8, 0.05), Err(Cannot::TooFew { .. })));
        assert!(matches!(impact(group(51, 50), group(1, 50), 0.8, 0.05), Err(Cannot::Contradiction { .. })));
    }
}

//! Shares of units: their intervals, whether several are equal, and whether they rise in order.

use super::cannot::{Cannot, enough, share};
use super::distribution::{chi_square_above, normal_above, normal_upper};
use super::effect::Interval;

/// The interval of a share: Wilson's score interval (*JASA* 1927), which never leaves 0 to 1 and is right for rare outcomes too.
pub fn interval(yes: u64, units: u64, alpha: f64) -> Result<Interval, Cannot> {
    let n = checked(yes, units)?;
    let z = normal_upper(share("alpha", alpha)? / 2.0);
    let rate = yes as f64 / n;
    let (center, scale) = (rate + z * z / (2.0 * n), 1.0 + z * z / n);
    let reach = z * (rate * (1.0 - rate) / n + z * z / (4.0 * n * n)).sqrt();
    let low = if yes == 0 { 0.0 } else { (center - reach) / scale };
    let high = if yes == units { 1.0 } else { (center + reach) / scale };
    Ok(Interval { low, high })
}

/// How often chance alone makes shares differ as much: Pearson's chi-square test of homogeneity.
pub fn homogeneity(groups: &[(u64, u64)]) -> Result<f64, Cannot> {
    let (yes, all) = totals(groups)?;
    let rate = yes / all;
    if rate <= 0.0 || rate >= 1.0 {
        return Err(Cannot::NoVariance);
    }
    let statistic = groups
        .iter()
        .map(|(yes, units)| (*yes as f64 - *units as f64 * rate).powi(2) / (*units as f64 * rate * (1.0 - rate)));
    Ok(chi_square_above(statistic.sum(), groups.len() as u32 - 1))
}

/// How often chance alone makes shares rise or fall as much with their scores: the test for trend of Cochran (1954) and Armitage (1955).
pub fn trend(groups: &[(u64, u64)], scores: &[f64]) -> Result<f64, Cannot> {
    let (yes, all) = totals(groups)?;
    if groups.len() != scores.len() {
        return Err(Cannot::Contradiction { what: "the number of groups and of scores" });
    }
    let rate = yes / all;
    let middle = groups.iter().zip(scores).map(|((_, units), score)| *units as f64 * score).sum::<f64>() / all;
    let (mut rise, mut spread) = (0.0, 0.0);
    for ((yes, units), score) in groups.iter().zip(scores) {
        rise += (*yes as f64 - *units as f64 * rate) * (super::cannot::finite("a score", *score)? - middle);
        spread += *units as f64 * (score - middle).powi(2);
    }
    let variance = rate * (1.0 - rate) * spread;
    if variance <= 0.0 {
        return Err(Cannot::NoVariance);
    }
    Ok((2.0 * normal_above(rise.abs() / variance.sqrt())).min(1.0))
}

fn totals(groups: &[(u64, u64)]) -> Result<(f64, f64), Cannot> {
    if groups.len() < 2 {
        return Err(Cannot::OneArm);
    }
    let (mut yes, mut all) = (0.0, 0.0);
    for (of_group, units) in groups {
        all += checked(*of_group, *units)?;
        yes += *of_group as f64;
    }
    Ok((yes, all))
}

fn checked(yes: u64, units: u64) -> Result<f64, Cannot> {
    if yes > units {
        return Err(Cannot::Contradiction { what: "more units that did it than units" });
    }
    Ok(enough(units, 1)? as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_none_has_an_interval() {
        let found = interval(0, 100, 0.05).expect("units");
        assert!(found.low == 0.0 && (found.high - 0.036_994).abs() < 1e-5, "{found:?}");
        assert!(interval(3, 2, 0.05).is_err());
    }

    #[test]
    fn a_trend_is_seen_where_homogeneity_alone_is_unsure() {
        let groups = [(50, 500), (55, 500), (62, 500), (70, 500)];
        let (any, rising) =
            (homogeneity(&groups).expect("groups"), trend(&groups, &[0.0, 1.0, 2.0, 3.0]).expect("groups"));
        assert!(any > 0.05 && rising < 0.05, "{any} {rising}");
        assert_eq!(homogeneity(&[(0, 10), (0, 10)]), Err(Cannot::NoVariance));
        assert_eq!(trend(&groups, &[1.0; 4]), Err(Cannot::NoVariance));
    }
}

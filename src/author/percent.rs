//! Percentages of an author, as basis points.

use super::keys::Field;

/// Basis points of 100 %.
pub(crate) const WHOLE: u32 = 10_000;

/// Basis points of a percentage over 0 (`arm`) or from 0 on, up to 100, with two decimals at most.
pub(crate) fn share(field: Field<'_>, arm: bool) -> Option<u32> {
    let percent = field.number()?;
    let points = (percent * 100.0).round();
    let (what, help) = if percent <= 0.0 && arm {
        let help = "remove the arm, or give it a share of the visits in percent, as in 12.5".into();
        (format!("the share of `{}` is {percent} %: it must be over 0", field.key), help)
    } else if !(0.0..=100.0).contains(&percent) {
        let nearest = if percent > 0.0 { "100, which is every visit, or less" } else { "0 or more" };
        (format!("`{}` is {percent} %: it must be at most 100 and not below 0", field.key), format!("write {nearest}"))
    } else if (points - percent * 100.0).abs() > 1e-6 {
        let help = format!("round it to {}", points / 100.0);
        (format!("`{}` is {percent} %: a percentage has two decimals at most", field.key), help)
    } else {
        // In 0..=10_000 by the checks above.
        return Some(points as u32);
    };
    field.refuse("SV2208", what, help);
    None
}

/// Reports shares that add up to 1 %: they are written as fractions of one.
pub(crate) fn fractions<'n>(
    field: Field<'_>,
    what: &str,
    shares: impl Iterator<Item = (&'n str, u32)> + Clone,
) -> bool {
    const PERCENT: u32 = WHOLE / 100;
    let sum: u32 = shares.clone().map(|(_, share)| share).sum();
    let is_fraction = (1..=PERCENT).contains(&sum);
    // Shares such as 1 and 1, or 1 and 2, are parts of their sum. Nobody who means percent shares out 3 %.
    let common = shares.clone().fold(0, |common, (_, share)| gcd(common, share));
    if !is_fraction && (shares.clone().count() < 2 || common != PERCENT || sum > 10 * PERCENT) {
        return false;
    }
    let total = if is_fraction { WHOLE / 100 } else { sum };
    let meant = shares.map(|(name, share)| {
        let share = (u64::from(share) * u64::from(WHOLE) + u64::from(total / 2)) / u64::from(total);
        format!("{name} = {}", percent(share))
    });
    let meant: Vec<String> = meant.collect();
    let (sum, why) = if is_fraction {
        ("1 % or less".into(), "shares are percent: `0.5` is one visit in two hundred")
    } else {
        (format!("{} %", percent(sum.into())), "shares are percent: `1` is one visit in a hundred")
    };
    let fault = field.error("SV2222", format!("{what} add up to {sum}")).warning();
    field.report(fault.why(why).help(format!("write {}", meant.join(", "))));
    true
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// Basis points as percent.
pub(crate) fn percent(points: u64) -> String {
    let text = format!("{}.{:02}", points / 100, points % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

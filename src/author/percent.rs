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
    if !(1..=PERCENT).contains(&shares.clone().map(|(_, share)| share).sum()) {
        return false;
    }
    let meant: Vec<String> = shares.map(|(name, share)| format!("{name} = {share}")).collect();
    let fault = field.error("SV2222", format!("{what} add up to 1 % or less")).warning();
    let fault = fault.why("shares are percent: `0.5` is one visit in two hundred");
    field.report(fault.help(format!("write {}", meant.join(", "))));
    true
}

/// Basis points as percent.
pub(crate) fn percent(points: u64) -> String {
    let text = format!("{}.{:02}", points / 100, points % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

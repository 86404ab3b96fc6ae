//! Percentages of an author, as basis points.

use super::keys::Field;

/// Basis points of 100 %.
pub(crate) const WHOLE: u32 = 10_000;

/// Basis points of a percentage over 0 (`arm`) or from 0 on, up to 100, with two decimals at most.
pub(crate) fn share(field: Field<'_>, arm: bool) -> Option<u32> {
    let percent = field.number()?;
    let points = (percent * 100.0).round();
    let what = if percent <= 0.0 && arm {
        format!("the share of `{}` is {percent} %: it must be over 0", field.key)
    } else if !(0.0..=100.0).contains(&percent) {
        format!("`{}` is {percent} %: it must be at most 100 and not below 0", field.key)
    } else if (points - percent * 100.0).abs() > 1e-6 {
        format!("`{}` is {percent} %: a percentage has two decimals at most", field.key)
    } else {
        // In 0..=10_000 by the checks above.
        return Some(points as u32);
    };
    field.refuse("SV2208", what, "remove the arm, or give it a share of the visits in percent, as in 12.5");
    None
}

/// Basis points as percent.
pub(crate) fn percent(points: u64) -> String {
    let text = format!("{}.{:02}", points / 100, points % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

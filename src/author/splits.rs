//! Splits: which share of the matching visits sees what.
//!
//! Takes the table of a split, gives arms in basis points that add up to 100 % at most. It never assigns anybody.

use super::experiences::{Stage, find_content};
use super::layers;
use super::names;
use super::site::{Arm, Slot, Split};
use super::table::{Field, Table};
use crate::words::Unit;

pub(super) const KEYS: [&str; 6] = ["experiment", "arms", "unit", "layer", "traffic", "salt"];
/// Basis points of 100 %.
pub(super) const WHOLE: u32 = 10_000;

/// Reads one split.
pub(crate) fn split(table: Table<'_>, slot: Option<&Slot>, stage: &Stage<'_>) -> Option<Split> {
    table.only(&KEYS);
    let help = "name the experiment that a report is about, as in experiment = \"winter-hero\"";
    let experiment = table.need("experiment", help).and_then(Field::text).filter(|name| {
        let fine = names::is_plain(name.text, "_-");
        if !fine {
            let fault = name.error("SV9008", format!("`{}` cannot be the name of an experiment", name.text));
            name.report(fault.help("use lower-case letters, digits, _ and -"));
        }
        fine
    });
    let unit = table.text("unit").map(|text| text.word(Unit::ALL, Unit::name));
    let traffic = table.get("traffic").map_or(Some(WHOLE), |field| share(field, false));
    let salt = table.text("salt");
    if let Some(salt) = salt.filter(|salt| salt.text.is_empty()) {
        salt.report(
            salt.error("SV2210", "a salt cannot be empty").help("remove it: the experiment's name is the salt"),
        );
    }
    let arms = arms(table, slot, stage)?;
    let experiment = experiment?.text.to_owned();
    let layer = match table.text("layer") {
        Some(name) => {
            if let Some(field) = table.get("traffic") {
                let fault =
                    table.error("SV2217", field.key_place(), "an experiment in a layer has its share from there");
                field.report(fault.help(format!("remove `traffic`, and set the share in [layers.{}]", name.text)));
            }
            Some(layers::place(name, &experiment, stage.settings)?)
        }
        None => None,
    };
    Some(Split {
        salt: salt.map_or_else(|| experiment.clone(), |salt| salt.text.to_owned()),
        experiment,
        unit: unit.unwrap_or(Some(Unit::Visitor))?,
        traffic: match layer {
            Some((_, share)) => share,
            None => traffic?,
        },
        layer: layer.map(|(place, _)| place),
        arms,
    })
}

fn arms(table: Table<'_>, slot: Option<&Slot>, stage: &Stage<'_>) -> Option<Vec<Arm>> {
    let help = "say who sees what, as in arms = { control = 50, \"hero/winter\" = 50 }";
    let field = table.need("arms", help)?;
    let arms: Vec<(Field<'_>, Option<Arm>)> =
        field.table()?.fields().map(|inner| (inner, arm(inner, slot, stage))).collect();
    if arms.is_empty() {
        field.report(field.error("SV2206", "a split needs arms").help(help));
        return None;
    }
    let sum: u64 = arms.iter().filter_map(|(_, arm)| arm.as_ref()).map(|arm| u64::from(arm.share)).sum();
    if sum > u64::from(WHOLE) {
        let experiment = table.get("experiment").and_then(|name| name.value.as_str()).unwrap_or("the split");
        let fault =
            field.error("SV2207", format!("the arms of `{experiment}` add up to {} %, over 100 %", percent(sum)));
        let over = sum - u64::from(WHOLE);
        let largest = arms.iter().filter_map(|(_, arm)| arm.as_ref()).max_by_key(|arm| arm.share);
        field.report(match largest.filter(|arm| u64::from(arm.share) > over) {
            Some(arm) => fault.help(format!("lower `{}` to {}", arm.name, percent(u64::from(arm.share) - over))),
            None => fault.help("lower the shares"),
        });
    }
    if arms.iter().all(|(_, arm)| arm.as_ref().is_some_and(|arm| arm.content.is_some())) {
        let fault = field.error("SV2221", "no arm of this split is control").warning();
        let fault =
            fault.why("without the origin's own content nobody can say whether any of the arms is better than none");
        field.report(fault.help("give `control` a share, as in arms = { control = 50, … }"));
    }
    arms.into_iter().map(|(_, arm)| arm).collect()
}

fn arm(field: Field<'_>, slot: Option<&Slot>, stage: &Stage<'_>) -> Option<Arm> {
    let share = share(field, true);
    let content = if field.key == "control" {
        Some(None)
    } else {
        let absent = field.table.error("SV2205", field.key_place(), format!("there is no content `{}`", field.key));
        find_content(field.key, absent, field, slot, stage).map(Some)
    };
    Some(Arm { name: field.key.to_owned(), content: content?, share: share? })
}

/// Basis points of a percentage over 0 (`arm`) or from 0 on, up to 100, with two decimals at most.
pub(super) fn share(field: Field<'_>, arm: bool) -> Option<u32> {
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
    field.report(
        field.error("SV2208", what).help("remove the arm, or give it a share of the visits in percent, as in 12.5"),
    );
    None
}

pub(super) fn percent(points: u64) -> String {
    let text = format!("{}.{:02}", points / 100, points % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

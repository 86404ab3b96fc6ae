//! Splits: which share of the matching visits sees what.
//!
//! Takes the table of a split, gives arms in basis points that add up to 100 % at most. It never assigns a visitor.

use super::keys::{Field, Table};
use super::layers;
use super::percent::{WHOLE, fractions, percent, share};
use super::settings::CONTROL;
use super::site::{Arm, Slot, Split};
use super::stage::{Stage, find_content};
use crate::words::Unit;

/// Reads one split.
pub(crate) fn split(table: Table<'_>, slot: Option<&Slot>, stage: &Stage<'_>) -> Option<Split> {
    let traffic = table.get("traffic").map_or(Some(WHOLE), traffic);
    let arms = arms(table, slot, stage)?;
    let experiment = table.string("experiment")?;
    let layer = match table.text("layer") {
        Some(name) => {
            if let Some(field) = table.get("traffic") {
                let help = format!("remove `traffic`, and set the share in [layers.{}]", name.text);
                field.refuse_key("SV2217", "an experiment in a layer gets its share from the layer", help);
            }
            Some(layers::place(name, &experiment, &stage.settings.site.layers)?)
        }
        None => None,
    };
    let unit = table.word("unit", Unit::from_name)?;
    Some(Split {
        is_alone: is_alone(table, unit, &experiment),
        salt: table.string("salt").unwrap_or_else(|| experiment.clone()),
        experiment,
        unit,
        traffic: layer.map_or(traffic, |(_, share)| Some(share))?,
        layer: layer.map(|(place, _)| place),
        points: Vec::new(),
        arms,
    })
}

/// True if a split by account leaves out who is not signed in.
fn is_alone(table: Table<'_>, unit: Unit, experiment: &str) -> bool {
    match table.get("before_login") {
        Some(field) if unit != Unit::Account => {
            let fault =
                field.key_error("SV2281", format!("`before_login` has no effect on a draw by {unit}")).warning();
            field.report(
                fault.why("only a draw by account depends on a login").help("remove it, or write unit = \"account\""),
            );
        }
        None if unit == Unit::Account => {
            let what = format!("visitors of `{experiment}` may see another arm once they sign in");
            let fault = table.error("SV2280", table.place(), what).warning();
            let fault = fault.why("until then a lower unit stands in for their account, and it draws by another id");
            let help = "write before_login = \"control\" to start at the login, or \"draw\" if that was meant; unit = \"visitor\" keeps the arm";
            table.report(fault.help(help));
        }
        _ => {}
    }
    unit == Unit::Account && table.string("before_login").as_deref() == Some(CONTROL)
}

fn traffic(field: Field<'_>) -> Option<u32> {
    let traffic = share(field, false)?;
    let fault = |what: String| field.error("SV2223", what).warning();
    if traffic == 0 {
        let fault = fault("no visit takes part in this experiment".into());
        field.report(fault.why("`traffic` is 0 %").help("raise `traffic`, or remove the split until it starts"));
    } else if traffic < WHOLE / 100 {
        let fault = fault(format!("{} % of the visits take part in this experiment", percent(traffic.into())));
        let fault = fault.why(format!("`traffic` is percent, so this is one visit in {}", WHOLE / traffic));
        field.report(fault.help(format!("write traffic = {traffic}, if that was meant")));
    }
    Some(traffic)
}

fn arms(table: Table<'_>, slot: Option<&Slot>, stage: &Stage<'_>) -> Option<Vec<Arm>> {
    let field = table.get("arms")?;
    let arms: Vec<Option<Arm>> = field.table()?.fields().map(|inner| arm(inner, slot, stage)).collect();
    if arms.is_empty() {
        let help = "write who sees what, as in arms = { control = 50, \"hero/winter\" = 50 }";
        field.refuse("SV2206", "a split needs arms", help);
        return None;
    }
    let sum: u64 = arms.iter().flatten().map(|arm| u64::from(arm.share)).sum();
    let experiment = table.text("experiment").map_or("the split", |name| name.text);
    let is_whole = arms.iter().all(Option::is_some);
    let shares = arms.iter().flatten().map(|arm| (&*arm.name, arm.share));
    let is_fraction = is_whole && fractions(field, &format!("the arms of `{experiment}`"), shares);
    if sum < u64::from(WHOLE) && is_whole && !is_fraction {
        let what = format!("the arms of `{experiment}` add up to {} %, not to 100 %", percent(sum));
        let under = u64::from(WHOLE) - sum;
        let fault = field.error("SV2224", what).warning();
        let fault = fault
            .why(format!("{} % of the visits that it draws see no arm and go on to the next rule", percent(under)));
        let largest = arms.iter().flatten().rev().max_by_key(|arm| arm.share);
        field.report(fault.help(largest.map_or_else(String::new, |arm| {
            let share = percent(u64::from(arm.share) + under);
            format!("raise `{}` to {share}; to let fewer visits take part, set `traffic`", arm.name)
        })));
    }
    if sum > u64::from(WHOLE) {
        let what = format!("the arms of `{experiment}` add up to {} %, over 100 %", percent(sum));
        let fault = field.error("SV2207", what);
        let over = sum - u64::from(WHOLE);
        let largest = arms.iter().flatten().max_by_key(|arm| arm.share);
        field.report(match largest.filter(|arm| u64::from(arm.share) > over) {
            Some(arm) => fault.help(format!("lower `{}` to {}", arm.name, percent(u64::from(arm.share) - over))),
            None => fault.help("lower the shares"),
        });
    }
    if arms.iter().all(|arm| arm.as_ref().is_some_and(|arm| arm.content.is_some())) {
        let fault = field.error("SV2221", "no arm of this split is control").warning();
        let fault = fault.why("without the origin's content there is nothing to compare the arms with");
        field.report(fault.help("give `control` a share, as in arms = { control = 50, … }"));
    }
    arms.into_iter().collect()
}

fn arm(field: Field<'_>, slot: Option<&Slot>, stage: &Stage<'_>) -> Option<Arm> {
    let share = share(field, true);
    let content = if field.key == "control" {
        Some(None)
    } else {
        let absent = field.key_error("SV2205", format!("there is no content `{}`", field.key));
        find_content(field.key, absent, field, slot, stage).map(Some)
    };
    Some(Arm { name: field.key.to_owned(), content: content?, share: share?, points: Vec::new() })
}

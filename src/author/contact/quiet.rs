//! Quiet hours: when no contact is made, by the clock where the person is.

use super::scope::scope;
use crate::author::keys::{Field, Table, Text, clock};
use crate::author::site::Quiet;
use crate::author::stage::Stage;
use crate::author::times;
use crate::words::ValueType;

/// Reads quiet hours, by name.
pub(super) fn quiet(top: Table<'_>, stage: &Stage<'_>) -> Vec<Quiet> {
    let mut all: Vec<Quiet> = top.named("quiet").filter_map(|(field, table)| one(field, table, stage)).collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

fn one(field: Field<'_>, table: Table<'_>, stage: &Stage<'_>) -> Option<Quiet> {
    let minute = |key| clock(table.text(key)?.text);
    let (from, until) = (minute("from")?, minute("until")?);
    if from == until {
        let fault = field.key_error("SV2247", format!("`{}` begins when it ends", field.key));
        field.report(fault.help("write two times, as in from = \"21:00\" and until = \"08:00\""));
        return None;
    }
    let own = table.section("zones");
    for entry in own.fields() {
        if !stage.settings.site.markets.iter().any(|market| market.name == entry.key) {
            let names = stage.settings.site.markets.iter().map(|market| market.name.as_str());
            let what = format!("there is no market `{}`", entry.key);
            let fault = entry.key_error("SV2247", what);
            let known: Vec<&str> = names.collect();
            entry.report(fault.help(match known.is_empty() {
                true => "declare it in `markets` of selvedge.toml".to_owned(),
                false => format!("the markets are {}", known.join(", ")),
            }));
        }
    }
    let zones = |market: &crate::author::site::Market| -> Vec<String> {
        match own.get(&market.name) {
            Some(field) => field.texts().into_iter().filter_map(named).collect(),
            None => Some(market.zone.clone()).filter(|zone| !zone.is_empty()).into_iter().collect(),
        }
    };
    Some(Quiet {
        name: field.key.to_owned(),
        from,
        until,
        zone: table.text("zone").and_then(|name| attribute(name, stage)),
        markets: stage.settings.site.markets.iter().map(zones).collect(),
        scope: scope(table, stage),
        description: table.string("description").unwrap_or_default(),
        place: field.key_place(),
    })
}

fn named(zone: Text<'_>) -> Option<String> {
    times::zone(zone).map(|_| zone.text.to_owned())
}

/// The attribute with a person's zone: its values are zones, so that the build knows the clocks of all of them.
fn attribute(name: Text<'_>, stage: &Stage<'_>) -> Option<usize> {
    let catalogue = stage.ground.catalogue;
    let Some(at) = catalogue.attributes.iter().position(|attribute| attribute.name == name.text) else {
        if !catalogue.incomplete && !catalogue.doubtful.contains(name.text) {
            let names = catalogue.attributes.iter().map(|attribute| attribute.name.as_str());
            name.unknown("SV2247", format!("there is no attribute `{}`", name.text), names);
        }
        return None;
    };
    let attribute = catalogue.attributes.get(at)?;
    let stranger = attribute.values.iter().find(|zone| jiff::tz::TimeZone::get(zone).is_err());
    let what = match (attribute.value_type, stranger) {
        (ValueType::Symbol, None) => return Some(at),
        (ValueType::Symbol, Some(value)) => format!("`{value}` is a value of `{}`, and no IANA time zone", name.text),
        _ => format!("`{}` is no symbol, so the build does not know which zones there are", name.text),
    };
    let fault = name.error("SV2247", what);
    name.report(fault.help("let it be a `symbol` whose `values` are zones, as in values = [\"Europe/Berlin\"]"));
    None
}

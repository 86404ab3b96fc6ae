//! `[schedule]`: when an experience runs.
//!
//! Takes the table and the markets, gives half-open windows of Unix milliseconds, one for each zone that matters. A local time
//! without a zone does not compile.

use jiff::tz::TimeZone;

use super::keys::{Field, Table};
use super::site::{Market, Schedule, Window};
use super::times::{self, When};
use crate::words::time::format_rfc3339;

/// Reads a schedule.
pub(crate) fn schedule(table: Table<'_>, markets: &[Market]) -> Option<Schedule> {
    let from = edge(table, "from");
    let until = edge(table, "until");
    if !table.has("from") && !table.has("until") {
        let help = "add one of them, or remove [schedule]: without it the experience always runs";
        table.refuse("SV7009", "the schedule has neither `from` nor `until`", help);
        return None;
    }
    let by_market = table.text("zone").is_some_and(|name| name.text == "market");
    let local = [from, until].into_iter().flatten().find(|(_, when)| !matches!(when, When::Moment(_)));
    if let Some((field, _)) = local.filter(|_| !table.has("zone")) {
        let fault = field.error("SV7005", format!("`{}` is a local time without a zone", field.key));
        let help = "add zone = \"Europe/Berlin\", or an offset to the time, as in 2026-12-01T08:00:00+01:00";
        field.report(fault.why("eight o'clock is a different moment in every zone").help(help));
        return None;
    }
    let default = default_zone(table, by_market);
    if let Some(field) = table.get("zone").filter(|_| by_market && markets.is_empty()) {
        let help = "add [markets.NAME] with `zone` and `regions` to selvedge.toml, or name a zone here";
        field.refuse("SV7012", "the site has no markets to take zones from", help);
    }
    let default_zone = default?;
    let zone = default_zone.iana_name().unwrap_or("UTC").to_owned();
    let default = window(from, until, &default_zone);
    // A market with a wrong zone is a fault of selvedge.toml.
    let stage_zones = markets.iter().filter(|_| by_market).filter_map(|market| TimeZone::get(&market.zone).ok());
    let zones = markets.iter().enumerate().filter(|_| by_market);
    let zones = zones.filter_map(|(position, market)| Some((position, TimeZone::get(&market.zone).ok()?)));
    let markets: Vec<_> = zones.map(|(position, zone)| (position, window(from, until, &zone))).collect();
    let named = table.text("zone").filter(|_| !by_market).into_iter().chain(table.text("default_zone"));
    let named = named.filter_map(|name| TimeZone::get(name.text).ok());
    changes([from, until], named.chain(stage_zones));
    let is_empty = |window: &Window| window.from_ms >= window.until_ms;
    if (is_empty(&default) || markets.iter().any(|(_, window)| is_empty(window)))
        && let Some((field, _)) = until
    {
        let fault =
            field.error("SV7007", "the schedule ends before it starts").why("`until` must be later than `from`");
        field.report(fault.help("swap the two, or fix one of them"));
    }
    Some(Schedule { default, markets, edges: [from, until].map(|edge| edge.map(|(_, when)| when)), zone })
}

/// Warns of a local time that a change of the clocks skips or repeats in one of these zones.
fn changes(edges: [Edge<'_>; 2], zones: impl Iterator<Item = TimeZone> + Clone) {
    for (field, when) in edges.into_iter().flatten() {
        let mut read = zones.clone().filter_map(|zone| Some((times::readings(when, &zone)?, zone)));
        let Some(((is_skipped, moments), zone)) = read.next() else { continue };
        let zone_name = zone.iana_name().unwrap_or("the zone").to_owned();
        let happens = if is_skipped { "never" } else { "twice" };
        let [one, other] = moments.map(format_rfc3339);
        let taken = if is_skipped { &other } else { &one };
        let what = format!("`{}` is a time that {zone_name} has {happens}", field.key);
        let fault = field.error("SV7014", what).warning();
        let fault =
            fault.why(format!("the clocks change that night, so it may mean {one} or {other}; {taken} is used"));
        field.report(fault.help("write another time, or add the offset, as in +01:00"));
    }
}

type Edge<'a> = Option<(Field<'a>, When)>;

fn edge<'a>(table: Table<'a>, key: &str) -> Edge<'a> {
    let field = table.get(key)?;
    Some((field, times::when(field)?))
}

/// The zone of local times for a visit outside every market, or of all of them.
fn default_zone(table: Table<'_>, by_market: bool) -> Option<TimeZone> {
    if let Some(field) = table.get("default_zone").filter(|_| !by_market) {
        let fault = field.key_error("SV7013", "`default_zone` has no effect without zone = \"market\"").warning();
        field.report(fault.help("remove it"));
    }
    let name = table.get(if by_market { "default_zone" } else { "zone" });
    name.map_or(Some(TimeZone::UTC), |field| times::zone(field.text()?))
}

fn window(from: Edge<'_>, until: Edge<'_>, zone: &TimeZone) -> Window {
    let ms = |edge: Edge<'_>, is_end: bool| edge?.1.ms(zone, is_end);
    Window { from_ms: ms(from, false).unwrap_or(i64::MIN), until_ms: ms(until, true).unwrap_or(i64::MAX) }
}

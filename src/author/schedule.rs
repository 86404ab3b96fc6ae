//! `[schedule]`: when an experience runs.
//!
//! Takes the table and the markets, gives half-open windows of Unix milliseconds, one for each zone that matters. A local time
//! without a zone does not compile.

use jiff::tz::TimeZone;

use super::keys::{Field, Table};
use super::site::{Holiday, Market, Pause, Schedule, Window};
use super::times::{self, When};
use crate::words::time::format_rfc3339;

/// Reads a schedule.
pub(crate) fn schedule(table: Table<'_>, markets: &[Market]) -> Option<Schedule> {
    let from = edge(table, "from");
    let until = edge(table, "until");
    let spares_holidays = table.has("not_on");
    if !table.has("from") && !table.has("until") && !spares_holidays {
        let help = "add one of them, or `not_on`, or remove [schedule]: without it the experience always runs";
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
    let all = markets;
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
    let pauses = if spares_holidays { pauses(table, all) } else { Vec::new() };
    Some(Schedule { default, markets, pauses, edges: [from, until].map(|edge| edge.map(|(_, when)| when)), zone })
}

/// The holidays of every market, on its clocks.
fn pauses(table: Table<'_>, markets: &[Market]) -> Vec<Pause> {
    if let Some(field) = table.get("not_on").filter(|_| markets.iter().all(|market| market.holidays.is_empty())) {
        let help = "write the days of each market into holidays.toml, as in christmas = [2026-12-25, 2026-12-26] under [markets.dach]";
        field.refuse("SV7020", "no market of the site has holidays", help);
    }
    ends_before(table, markets);
    let of = |(market, its): (usize, &Market)| {
        let zone = TimeZone::get(&its.zone).ok();
        let pause = move |holiday: &Holiday| {
            let day = holiday.when();
            let zone = zone.as_ref()?;
            let window = Window { from_ms: day.ms(zone, false)?, until_ms: day.ms(zone, true)? };
            Some(Pause { market, holiday: holiday.name.clone(), window, day })
        };
        its.holidays.iter().filter_map(pause).collect::<Vec<_>>()
    };
    markets.iter().enumerate().flat_map(of).collect()
}

/// Warns of a schedule that ends in a year for which a market's holidays are not known.
fn ends_before(table: Table<'_>, markets: &[Market]) {
    let Some((field, until)) = edge_quietly(table, "until") else { return };
    let Some(until_ms) = until.ms(&TimeZone::UTC, true) else { return };
    let year = format_rfc3339(until_ms - 1).get(..4).unwrap_or_default().to_owned();
    for market in markets {
        let Some(last) = market.holidays.last().filter(|last| last.day.get(..4) < Some(year.as_str())) else {
            continue;
        };
        let what = format!("the holidays of `{}` end on {}, and the schedule ends in {year}", market.name, last.day);
        let fault = field.error("SV7021", what).warning();
        let fault = fault.why("on a holiday that is not written down, it runs as on every other day");
        field.report(fault.help(format!("add the holidays of {year} to [markets.{}] in holidays.toml", market.name)));
    }
}

/// An edge whose faults are reported already.
fn edge_quietly<'a>(table: Table<'a>, key: &str) -> Edge<'a> {
    table
        .get(key)
        .filter(|field| field.value.as_datetime().is_some())
        .and_then(|field| Some((field, times::when(field)?)))
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

//! `[[elsewhere]]`: tests that other tools run on the same pages.
//!
//! Takes the settings, gives a registry that `selvedge conflicts` holds our experiments against. It never reaches a bundle: what
//! another tool does is not ours to decide.

use jiff::tz::TimeZone;

use super::experiences::{Stage, find_slot};
use super::rows;
use super::settings::owner;
use super::site::{Elsewhere, Window};
use super::slots::path_pattern;
use super::splits::{WHOLE, share};
use super::table::{Field, Table};
use super::times::{self, When};

pub(super) const KEYS: [&str; 13] =
    ["name", "tool", "owner", "metric", "slots", "pages", "selector", "traffic", "from", "until", "all", "any", "none"];

/// Reads the registry.
pub(crate) fn elsewhere(top: Table<'_>, stage: &Stage<'_>) -> Vec<Elsewhere> {
    let tables = top.get("elsewhere").map(Field::tables).unwrap_or_default();
    let mut tests: Vec<Elsewhere> = Vec::new();
    for table in tables {
        let Some(test) = test(table, stage) else { continue };
        if tests.iter().any(|known| known.name == test.name) {
            let fault = table.error("SV9009", table.place(), format!("the test `{}` is listed twice", test.name));
            table.source.report(fault.help("rename or remove one of the two"));
        }
        tests.push(test);
    }
    tests
}

fn test(table: Table<'_>, stage: &Stage<'_>) -> Option<Elsewhere> {
    table.only(&KEYS);
    let name = table.need("name", "call the test what its own tool calls it, as in name = \"checkout-42\"")?.text()?;
    let tool = table.need("tool", "say which tool runs it, as in tool = \"search team's A/B\"").and_then(Field::text);
    let slots = table.texts("slots").into_iter().filter_map(|slot| find_slot(slot, stage)).collect();
    let pages: Vec<String> = table.texts("pages").into_iter().map(path_pattern).collect();
    if table.get("slots").is_none() && table.get("pages").is_none() {
        let fault = table.error("SV2220", table.place(), format!("`{}` says nowhere where it runs", name.text));
        let fault = fault.why("experiments can only be held against a test whose pages are known");
        table.source.report(fault.help("add pages = [\"/cart\"] or slots = [\"cart.extra\"]; [\"/*\"] is every page"));
    }
    Some(Elsewhere {
        name: name.text.to_owned(),
        tool: tool?.text.to_owned(),
        owner: owner(table, stage.settings),
        metric: table.string("metric"),
        slots,
        pages,
        selector: table.string("selector"),
        traffic: table.get("traffic").map_or(Some(WHOLE), |field| share(field, false))?,
        rows: rows::rows(table, &stage.ground),
        window: Window {
            from_ms: table.get("from").and_then(start).unwrap_or(i64::MIN),
            until_ms: table.get("until").and_then(times::end).unwrap_or(i64::MAX),
        },
        place: table.place(),
    })
}

/// When something begins: a day in UTC, or a moment.
fn start(field: Field<'_>) -> Option<i64> {
    match times::when(field)? {
        When::Day(day) => times::in_zone(day.at(0, 0, 0, 0), &TimeZone::UTC),
        When::Moment(ms) => Some(ms),
        When::Local(_) => {
            let fault = field.error("SV7006", format!("`{}` is a local time without an offset", field.key));
            field.report(fault.help("write a date, which begins in UTC, or add the offset, as in +01:00"));
            None
        }
    }
}

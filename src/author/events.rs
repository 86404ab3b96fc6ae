//! `events.toml`: what the events of pages are held to.
//!
//! Takes the file, gives the rules as a bundle has them. It knows no event: those are judged where they arrive, and by
//! `selvedge events check`.

use super::attributes::{duration, range, value_type, values};
use super::table::{Field, Table, Text};
use crate::bundle::manifest::{DetailEntry, EventEntry, EventRules, Rate};
use crate::log::events::{DETAILS_MAX, NAME_MAX, TEXT_MAX, is_name};
use crate::log::quality::EXPOSURE;
use crate::words::ValueType;

pub(super) const KEYS: [&str; 2] = ["quality", "event"];
pub(super) const QUALITY_KEYS: [&str; 3] = ["max_late", "max_early", "rate"];
pub(super) const RATE_KEYS: [&str; 2] = ["events", "window"];
pub(super) const EVENT_KEYS: [&str; 2] = ["description", "detail"];
pub(super) const DETAIL_KEYS: [&str; 6] = ["type", "values", "range", "max_length", "required", "description"];

/// The types that a detail can have: what a beacon carries.
pub(super) const TYPES: [ValueType; 4] = [ValueType::Bool, ValueType::Int, ValueType::String, ValueType::Symbol];

/// A beacon waits for seconds, a page that was put to sleep for hours.
const LATE_SECONDS: u32 = 86_400;
/// Clocks of devices that are set by the network differ by less.
const EARLY_SECONDS: u32 = 300;

/// Reads the rules.
pub(crate) fn events(top: Table<'_>) -> EventRules {
    top.only(&KEYS);
    let mut rules = EventRules { late_seconds: LATE_SECONDS, early_seconds: EARLY_SECONDS, ..EventRules::default() };
    if let Some(table) = top.get("quality").and_then(Field::table) {
        table.only(&QUALITY_KEYS);
        rules.late_seconds = seconds(table, "max_late").unwrap_or(LATE_SECONDS);
        rules.early_seconds = seconds(table, "max_early").unwrap_or(EARLY_SECONDS);
        rules.rate = table.get("rate").and_then(Field::table).and_then(rate);
    }
    let kinds = top.get("event").and_then(Field::table).into_iter().flat_map(Table::fields);
    rules.kinds = kinds.filter_map(kind).collect();
    rules.kinds.sort_by(|a, b| a.name.cmp(&b.name));
    rules
}

fn rate(table: Table<'_>) -> Option<Rate> {
    table.only(&RATE_KEYS);
    let events =
        table.need("events", "say how many, as in events = 60").and_then(|field| field.whole_within(1, 1_000_000));
    table.need("window", "say in how long a time, as in window = \"1m\"");
    Some(Rate { events: u32::try_from(events?).ok()?, seconds: seconds(table, "window")? })
}

fn seconds(table: Table<'_>, key: &str) -> Option<u32> {
    let text = table.text(key)?;
    let seconds = duration(text.text);
    if seconds.is_none() {
        let fault = text.error("SV1301", format!("`{}` is not a length of time", text.text));
        text.report(fault.help("write a whole number and s, m, h or d, as in \"5m\""));
    }
    seconds
}

fn kind(field: Field<'_>) -> Option<EventEntry> {
    let table = field.table()?;
    table.only(&EVENT_KEYS);
    well_named(&field, "an event");
    if field.key == EXPOSURE {
        let fault = table.error("SV1302", field.key_place(), format!("`{EXPOSURE}` is an event of Selvedge itself"));
        let fault = fault.why("what a slot showed is written by the loader and by the edge, always in one form");
        field.report(fault.help("give this event another name"));
    }
    let _ = table.string("description");
    let details = table.get("detail").and_then(Field::table);
    let fields: Vec<Field<'_>> = details.into_iter().flat_map(Table::fields).collect();
    if let Some(first) = fields.get(DETAILS_MAX) {
        let what = format!("`{}` has {} details, and {DETAILS_MAX} are the most", field.key, fields.len());
        let fault = table.error("SV1303", first.key_place(), what);
        field.report(
            fault.why("an event with more of them is refused as malformed").help("leave out what nobody reads"),
        );
    }
    let mut details: Vec<DetailEntry> = fields.into_iter().filter_map(detail).collect();
    details.sort_by(|a, b| a.name.cmp(&b.name));
    Some(EventEntry { name: field.key.to_owned(), details })
}

fn detail(field: Field<'_>) -> Option<DetailEntry> {
    let table = field.table()?;
    table.only(&DETAIL_KEYS);
    well_named(&field, "a detail");
    let _ = table.string("description");
    let types = "say which: bool, int, string or symbol";
    let text = table.need("type", types).and_then(Field::text);
    let carried = text.and_then(detail_type);
    // Each constraint is read as what it is for, also where it does not fit the type: both faults are told at once.
    for (key, of) in [("range", ValueType::Int), ("max_length", ValueType::String), ("values", ValueType::Symbol)] {
        if let (Some(field), Some(value_type)) = (table.get(key), carried.filter(|known| *known != of)) {
            field.report(field.error("SV1104", format!("a `{value_type}` has no `{key}`")).help("remove it"));
        }
    }
    let is_symbol = carried == Some(ValueType::Symbol);
    let has_values = is_symbol || table.get("values").is_some();
    let whole = |(low, high): (f64, f64)| (low.ceil() as i64, high.floor() as i64);
    let length_max = table.get("max_length").and_then(|field| field.whole_within(1, TEXT_MAX as i64));
    Some(DetailEntry {
        name: field.key.to_owned(),
        required: table.get("required").and_then(Field::flag).unwrap_or(false),
        range: range(table, ValueType::Int).map(whole),
        length_max: length_max.unwrap_or(TEXT_MAX as i64) as u32,
        values: has_values.then(|| values(table, ValueType::Symbol)).flatten().unwrap_or_default(),
        value_type: carried? as u8,
    })
}

fn detail_type(text: Text<'_>) -> Option<ValueType> {
    let Some(known) = ValueType::from_name(text.text).filter(|known| !TYPES.contains(known)) else {
        return value_type(text, &TYPES);
    };
    let fault = text.error("SV1304", format!("a detail cannot be a `{known}`"));
    let why = "events carry truth values, whole numbers and short texts: what every page and every log can hold";
    text.report(fault.why(why).help("send cents rather than euros, and one event for each item of a list"));
    None
}

fn well_named(field: &Field<'_>, what: &str) {
    if !is_name(field.key) {
        let what = format!("`{}` cannot be the name of {what}", field.key);
        let fault = field.table.error("SV9008", field.key_place(), what);
        field.report(fault.help(format!("write at most {NAME_MAX} letters, digits, `-`, `_`, `.` and `:`")));
    }
}

//! `events.toml`: the rules for the events of pages. Takes the file, gives the rules as a bundle has them. It checks no
//! event: hosts do that when events arrive, and `selvedge events check` does.

use super::attributes::{range, value_type, values};
use super::keys::{self, DETAIL_TYPES, Field, Table, Text};
use crate::bundle::manifest::{DetailEntry, EventEntry, EventRules, Rate};
use crate::log::events::DETAILS_MAX;
use crate::log::quality::OF_SLOTS;
use crate::words::ValueType;

/// Reads the rules.
pub(crate) fn events(top: Table<'_>) -> EventRules {
    let quality = top.section("quality");
    let mut kinds: Vec<EventEntry> = top.named("event").map(|(field, table)| kind(field, table)).collect();
    kinds.sort_by(|a, b| a.name.cmp(&b.name));
    EventRules {
        // A beacon waits for seconds, a page that was put to sleep for hours.
        late_seconds: seconds(quality, "max_late").unwrap_or_default(),
        // Clocks of devices that are set by the network differ by less.
        early_seconds: seconds(quality, "max_early").unwrap_or_default(),
        rate: quality.table("rate").and_then(rate),
        kinds,
    }
}

fn rate(table: Table<'_>) -> Option<Rate> {
    Some(Rate { events: table.whole("events")?, seconds: seconds(table, "window")? })
}

fn seconds(table: Table<'_>, key: &str) -> Option<u32> {
    keys::seconds(&table.string(key)?)
}

fn kind(field: Field<'_>, table: Table<'_>) -> EventEntry {
    if OF_SLOTS.contains(&field.key) {
        let fault = field.key_error("SV1302", format!("`{}` is an event of Selvedge itself", field.key));
        let fault = fault.why("the loader and the edge write it, always in one form");
        field.report(fault.help("give this event another name"));
    }
    let fields: Vec<(Field<'_>, Table<'_>)> = table.named("detail").collect();
    if let Some((first, _)) = fields.get(DETAILS_MAX) {
        let what = format!("`{}` has {} details, more than {DETAILS_MAX}", field.key, fields.len());
        let fault = first.key_error("SV1303", what).why("an event with more details is refused as malformed");
        field.report(fault.help("remove details that nobody reads"));
    }
    let mut details: Vec<DetailEntry> = fields.into_iter().filter_map(|(field, table)| detail(field, table)).collect();
    details.sort_by(|a, b| a.name.cmp(&b.name));
    EventEntry { name: field.key.to_owned(), details }
}

fn detail(field: Field<'_>, table: Table<'_>) -> Option<DetailEntry> {
    let carried = table.text("type").and_then(detail_type);
    // Each constraint is read by its own meaning, even if it does not fit the type, so that both faults are reported at
    // once.
    for (key, of) in [("range", ValueType::Int), ("max_length", ValueType::String), ("values", ValueType::Symbol)] {
        if let (Some(field), Some(value_type)) = (table.get(key), carried.filter(|known| *known != of)) {
            field.refuse("SV1104", format!("a `{value_type}` has no `{key}`"), "remove it");
        }
    }
    let open = table.text("open_text");
    if let Some(text) = open.filter(|_| carried.is_some_and(|known| known != ValueType::String)) {
        text.field.refuse("SV1104", "only a `string` has an `open_text`", "remove it");
    }
    if carried == Some(ValueType::String) && open.is_none_or(|text| text.text.trim().is_empty()) {
        let name = field.key;
        let fault = field
            .key_error("SV5045", format!("the detail `{name}` is open text, and nothing says who fills it"))
            .warning();
        let fault =
            fault.why("a page can send a name or an illness in it, which the log keeps as it came, beside a pseudonym");
        field.report(fault.help(format!(
            "make it a `symbol` with `values`, or a number; or say who fills it: {name} = {{ …, open_text = \"a code of our catalogue\" }}"
        )));
    }
    let has_values = carried == Some(ValueType::Symbol) || table.has("values");
    let whole = |(low, high): (f64, f64)| (low.ceil() as i64, high.floor() as i64);
    Some(DetailEntry {
        name: field.key.to_owned(),
        required: table.flag("required"),
        range: range(table, ValueType::Int).map(whole),
        length_max: table.whole("max_length").unwrap_or_default(),
        values: has_values.then(|| values(table, ValueType::Symbol)).flatten().unwrap_or_default(),
        value_type: carried? as u8,
    })
}

fn detail_type(text: Text<'_>) -> Option<ValueType> {
    let Some(known) = ValueType::from_name(text.text).filter(|known| !DETAIL_TYPES.contains(known)) else {
        return value_type(text, &DETAIL_TYPES);
    };
    let fault = text.error("SV1304", format!("a detail cannot be a `{known}`"));
    let why = "an event carries truth values, whole numbers and short texts, which every page and log can hold";
    text.report(fault.why(why).help("send whole cents instead of euros, and one event for each item of a list"));
    None
}

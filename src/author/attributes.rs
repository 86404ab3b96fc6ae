//! `attributes.toml`: the catalogue of data.
//!
//! Takes the file, gives every attribute with its rules. An attribute with a fault stays in the catalogue, marked as doubtful,
//! so that what mentions it is not blamed for it.

use std::collections::BTreeSet;

use toml::de::DeValue;

use super::closed_sets;
use super::from;
use super::names;
use super::sensitivity::sensitivity;
use super::settings::purpose;
use super::site::{Attribute, Literal};
use super::table::{Field, Table, Text};
use super::times;
use crate::bundle::manifest::From;
use crate::words::INT_MAX;
use crate::words::time;
use crate::words::time::parse_rfc3339;
use crate::words::{Purpose, Purposes, Source, ValueType};

/// The attributes by name, and the names of those with a fault.
#[derive(Default)]
pub(crate) struct Catalogue {
    pub(crate) attributes: Vec<Attribute>,
    /// Columns of panels, apart: nothing that compiles ever sees them.
    pub(crate) panel: Vec<Attribute>,
    pub(crate) doubtful: BTreeSet<String>,
    /// The file itself is broken: a name that is not here may well be in it.
    pub(crate) incomplete: bool,
}

pub(super) const KEYS: [&str; 15] = [
    "type",
    "values",
    "source",
    "purposes",
    "depth",
    "sensitive",
    "range",
    "max_length",
    "retention",
    "default",
    "required",
    "optional",
    "from",
    "paths",
    "description",
];

/// The source of research data: answers of a panel or a survey.
pub(super) const PANEL: &str = "panel";
/// Characters of a text, unless the author says otherwise.
const TEXT_LENGTH: u32 = 256;
/// The first moment of the year 1: conditions know no earlier one.
const FIRST_TIMESTAMP: i64 = -62_135_596_800_000;
/// Items of a list, unless the author says otherwise.
const LIST_LENGTH: u32 = 64;

/// Reads the catalogue.
pub(crate) fn attributes(top: Table<'_>) -> Catalogue {
    let mut catalogue = Catalogue { incomplete: top.source.broken.get(), ..Catalogue::default() };
    for field in top.fields() {
        walk(field, String::new(), &mut catalogue);
    }
    catalogue.attributes.sort_by(|a, b| a.name.cmp(&b.name));
    catalogue.panel.sort_by(|a, b| a.name.cmp(&b.name));
    catalogue
}

/// A table that holds a value is an attribute; one that holds tables only is a part of names.
fn walk(field: Field<'_>, prefix: String, catalogue: &mut Catalogue) {
    let Some(table) = field.table() else { return };
    let name = prefix + field.key;
    if table.fields().all(|inner| inner.value.is_table()) && table.fields().next().is_some() {
        for inner in table.fields() {
            walk(inner, format!("{name}."), catalogue);
        }
        return;
    }
    let faults = Faults { any: false.into() };
    let attribute = attribute(table, name, &faults);
    if faults.any.get() {
        catalogue.doubtful.insert(attribute.name.clone());
    }
    let is_panel = table.get("source").is_some_and(|field| field.value.as_str() == Some(PANEL));
    if is_panel { &mut catalogue.panel } else { &mut catalogue.attributes }.push(attribute);
}

/// Whether the attribute has a fault that what mentions it would suffer from.
struct Faults {
    any: std::cell::Cell<bool>,
}

impl Faults {
    fn or<T>(&self, value: Option<T>, fallback: T) -> T {
        value.unwrap_or_else(|| {
            self.any.set(true);
            fallback
        })
    }
}

fn attribute(table: Table<'_>, name: String, faults: &Faults) -> Attribute {
    table.only(&KEYS);
    if name.starts_with("audience.") {
        let fault = table.error("SV9008", table.place(), format!("`{name}` would read as an audience"));
        table.source.report(fault.help("choose another group than `audience`"));
    } else if !names::is_dotted(&name, 2, "") {
        let fault = table.error("SV9008", table.place(), format!("`{name}` cannot be the name of an attribute"));
        table.source.report(
            fault.help(
                "write a group and a name in lower case, as in [request.country]; digits and underscores are fine",
            ),
        );
    }
    let types = "say which: bool, int, double, string, symbol, list or timestamp";
    let value_type = table.need("type", types).and_then(Field::text).and_then(|text| value_type(text, ValueType::ALL));
    let value_type = faults.or(value_type, ValueType::String);
    let (source, feed) = source(table);
    let values = faults.or(values(table, value_type), Vec::new());
    let range = range(table, value_type);
    let max_length = max_length(table, value_type);
    let purposes = purposes(table);
    let (sensitive, depth) = sensitivity(table, source, purposes);
    let mut attribute = Attribute {
        name,
        value_type,
        values,
        range,
        max_length,
        source,
        feed,
        purposes,
        depth,
        sensitive,
        retention_seconds: retention(table, source, purposes),
        default: None,
        required: table.get("required").and_then(Field::flag).unwrap_or(false),
        optional: table.get("optional").and_then(Field::flag).unwrap_or(false),
        from: From::Host,
        description: table.string("description").unwrap_or_default(),
        place: table.place(),
    };
    attribute.from = from::from(table, &attribute);
    if let Some(field) = table.get("default") {
        attribute.default = literal(field, &attribute);
        faults.or(attribute.default.as_ref().map(drop), ());
    }
    absence(table, &attribute);
    attribute
}

/// The type of this name, one of `types`, or a diagnostic.
pub(super) fn value_type(text: Text<'_>, types: &[ValueType]) -> Option<ValueType> {
    // What other languages call them.
    let meant = match text.text {
        "boolean" => "bool",
        "integer" | "long" => "int",
        "float" | "number" | "decimal" => "double",
        "text" | "str" => "string",
        "enum" => "symbol",
        "array" | "set" => "list",
        "datetime" | "date" | "time" | "instant" => "timestamp",
        _ => return text.word(types, ValueType::name),
    };
    let fault = text.error("SV9010", format!("`type` cannot be `{}`", text.text));
    text.report(fault.help(format!("it is called `{meant}` here")).mended(format!("\"{meant}\"")));
    None
}

/// The constant in a field if it fits the attribute, or a diagnostic.
pub(crate) fn literal(field: Field<'_>, attribute: &Attribute) -> Option<Literal> {
    let literal = typed(field, attribute)?;
    match misfit(&literal, attribute) {
        None => Some(literal),
        Some(what) => {
            let fault = field.error("SV1108", format!("`{}` of `{}` {what}", field.key, attribute.name));
            field.report(fault.why("a value that breaks the attribute's own rules is unknown, never a match"));
            None
        }
    }
}

/// The constant in a field if it has the attribute's type, or a diagnostic.
pub(crate) fn typed(field: Field<'_>, attribute: &Attribute) -> Option<Literal> {
    Some(match attribute.value_type {
        ValueType::Bool => Literal::Bool(field.flag()?),
        ValueType::Int => Literal::Int(field.whole_within(-INT_MAX, INT_MAX)?),
        // No attribute is minus zero: JSON on its way from a host often drops the sign.
        ValueType::Double => Literal::Double(field.number()? + 0.0),
        ValueType::String | ValueType::Symbol => Literal::Text(field.text()?.text.to_owned()),
        ValueType::Timestamp => Literal::Timestamp(timestamp(field)?),
        ValueType::List => Literal::List(field.texts().iter().map(|item| item.text.to_owned()).collect()),
    })
}

/// A moment: a TOML time with its offset, the same as a text, or Unix milliseconds.
fn timestamp(field: Field<'_>) -> Option<i64> {
    if let Some(text) = field.value.as_str() {
        let ms = parse_rfc3339(text);
        if ms.is_none() {
            let fault = field.error("SV7006", format!("`{}` is not a time with its offset from UTC", field.key));
            field.report(fault.help("write it as in 2026-12-01T09:00:00+01:00, without quotes"));
        }
        return ms;
    }
    match field.value {
        DeValue::Integer(_) => field.whole_within(time::MIN, time::MAX),
        _ => times::moment(field),
    }
}

/// How a constant of the right type breaks the attribute's rules.
pub(crate) fn misfit(literal: &Literal, attribute: &Attribute) -> Option<String> {
    let too_long = |length: usize| attribute.max_length.is_some_and(|max| length > max as usize);
    let outside = |number: f64| attribute.range.is_some_and(|(low, high)| !(low..=high).contains(&number));
    let stranger = |text: &String| !attribute.values.is_empty() && attribute.values.binary_search(text).is_err();
    let says = |text: &str| {
        let meant = names::closest(text, attribute.values.iter().map(String::as_str));
        let meant = closed_sets::usual_mistake(text)
            .filter(|code| attribute.values.iter().any(|value| value == code))
            .or(meant);
        let hint = meant.map(|meant| format!("; did you mean \"{meant}\"?")).unwrap_or_default();
        format!("is \"{text}\", which is not one of its values{hint}")
    };
    match literal {
        Literal::Int(number) if outside(*number as f64) => Some(format!("is {number}, which is outside of its range")),
        Literal::Double(number) if outside(*number) => Some(format!("is {number}, which is outside of its range")),
        Literal::Timestamp(ms) if *ms < FIRST_TIMESTAMP => Some("is before the year 1".into()),
        Literal::Text(text) if stranger(text) => Some(says(text)),
        Literal::Text(text) if too_long(text.chars().count()) => Some("is longer than its `max_length`".into()),
        Literal::List(items) if too_long(items.len()) => Some("has more items than its `max_length`".into()),
        Literal::List(items) => items.iter().find(|item| stranger(item)).map(|item| says(item)),
        _ => None,
    }
}

fn source(table: Table<'_>) -> (Source, Option<String>) {
    let help = "say where the value comes from: request, page, device, account, feed:NAME or panel";
    let Some(text) = table.need("source", help).and_then(Field::text) else { return (Source::Request, None) };
    if let Some(feed) = text.text.strip_prefix("feed:") {
        if !names::is_plain(feed, "-_") {
            text.report(
                text.error("SV1102", format!("`{feed}` cannot be the name of a feed"))
                    .help("write it as in \"feed:crm\""),
            );
        }
        return (Source::Feed, Some(feed.to_owned()));
    }
    if text.text == PANEL {
        // Another system's too, and as personal; what keeps it out of every bundle is the list that it is in.
        return (Source::Feed, None);
    }
    if text.text == Source::Feed.name() {
        text.report(text.error("SV1102", "a feed has a name").help("write it after a colon, as in \"feed:crm\""));
        return (Source::Feed, None);
    }
    (text.word(Source::ALL, Source::name).unwrap_or(Source::Request), None)
}

fn purposes(table: Table<'_>) -> Purposes {
    let help = "say what it may be used for, as in purposes = [\"personalization\"]";
    let Some(field) = table.get("purposes") else {
        let fault = table.error("SV5004", table.place(), "an attribute needs a purpose");
        table.source.report(fault.why("data without a purpose may not be used for anything").help(help));
        return Purposes::NONE;
    };
    let listed = field.texts();
    if listed.is_empty() && field.value.is_array() {
        field.report(field.error("SV5004", "an attribute needs a purpose").help(help));
    }
    listed.into_iter().filter_map(purpose).collect()
}

fn retention(table: Table<'_>, source: Source, purposes: Purposes) -> Option<u32> {
    let Some(text) = table.get("retention") else {
        let only_necessary = purposes == Purposes::NONE.with(Purpose::Necessary);
        if matches!(source, Source::Device | Source::Account | Source::Feed) && !only_necessary {
            let what = format!("an attribute from `{source}` needs a `retention`");
            let fault = table.error("SV5005", table.place(), what);
            table.source.report(
                fault
                    .why("data about a person may not be used for ever")
                    .help("say how old it may be, as in retention = \"30d\""),
            );
        }
        return None;
    };
    let text = text.text()?;
    let seconds = duration(text.text);
    if seconds.is_none() {
        let fault = text.error("SV5007", format!("`{}` is not a length of time", text.text));
        text.report(fault.help("write a whole number and s, m, h or d, as in \"30d\"; at most 100 years"));
    }
    seconds
}

/// Seconds of `30d`: a whole number over 0 and one of s, m, h, d.
pub(super) fn duration(text: &str) -> Option<u32> {
    const HUNDRED_YEARS: u64 = 36_525 * 86_400;
    let unit = match text.bytes().last()? {
        b's' => 1,
        b'm' => 60,
        b'h' => 3_600,
        b'd' => 86_400,
        _ => return None,
    };
    let digits = &text[..text.len() - 1];
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let seconds = digits.parse::<u64>().ok()?.checked_mul(unit)?;
    (1..=HUNDRED_YEARS).contains(&seconds).then(|| u32::try_from(seconds).ok())?
}

pub(super) fn values(table: Table<'_>, value_type: ValueType) -> Option<Vec<String>> {
    let Some(field) = table.get("values") else {
        if value_type != ValueType::Symbol {
            return Some(Vec::new());
        }
        let fault = table.error("SV1103", table.place(), "a symbol needs its closed set of `values`");
        table.source.report(fault.help(format!(
            "list them, as in [\"phone\", \"desktop\"], or name a set: {}",
            names::listed(closed_sets::NAMES)
        )));
        return None;
    };
    if !matches!(value_type, ValueType::Symbol | ValueType::List) {
        let fault = field.error("SV1104", format!("a `{value_type}` has no `values`"));
        field.report(fault.help("make it a symbol, or remove `values`"));
        return Some(Vec::new());
    }
    if let Some(name) = field.value.as_str() {
        let members = closed_sets::members(name);
        if members.is_none() {
            field.text()?.unknown(
                "SV1105",
                format!("there is no closed set `{name}`"),
                closed_sets::NAMES.iter().copied(),
            );
        }
        return members;
    }
    let mut values: BTreeSet<String> = BTreeSet::new();
    for text in field.texts() {
        if !values.insert(text.text.to_owned()) {
            text.report(
                text.error("SV9009", format!("\"{}\" is listed twice", text.text)).help("remove one of the two"),
            );
        }
    }
    if values.is_empty() {
        field.report(field.error("SV1103", "a closed set needs at least one value"));
        return None;
    }
    Some(values.into_iter().collect())
}

pub(super) fn range(table: Table<'_>, value_type: ValueType) -> Option<(f64, f64)> {
    let field = table.get("range")?;
    if !matches!(value_type, ValueType::Int | ValueType::Double) {
        field.report(field.error("SV1104", format!("a `{value_type}` has no `range`")).help("remove it"));
        return None;
    }
    let bounds: Vec<f64> = field.items().into_iter().filter_map(Field::number).collect();
    match bounds[..] {
        [low, high] if low <= high => Some((low, high)),
        [low, high] => {
            let fault = field.error("SV1106", format!("the range ends at {high}, before it starts at {low}"));
            field.report(fault.mended(format!("[{high}, {low}]")).help("write the smaller number first"));
            None
        }
        _ => field.wrong("two numbers, as in [0, 100]"),
    }
}

fn max_length(table: Table<'_>, value_type: ValueType) -> Option<u32> {
    let usual = match value_type {
        ValueType::String => Some(TEXT_LENGTH),
        ValueType::List => Some(LIST_LENGTH),
        _ => None,
    };
    let Some(field) = table.get("max_length") else { return usual };
    if usual.is_none() {
        field.report(field.error("SV1104", format!("a `{value_type}` has no `max_length`")).help("remove it"));
        return None;
    }
    field.whole_within(1, 65_535).and_then(|length| u32::try_from(length).ok())
}

fn absence(table: Table<'_>, attribute: &Attribute) {
    let Some(optional) = table.get("optional").filter(|_| attribute.optional) else { return };
    if attribute.required {
        let fault = optional.error("SV1107", format!("`{}` is both required and optional", attribute.name));
        let fault = fault.why("`required` makes a missing value a fault of data quality, `optional` makes it absence");
        optional.report(fault.help("keep one of the two"));
    } else if attribute.default.is_some() {
        let fault = optional.error("SV1109", format!("`optional` says nothing: `{}` has a default", attribute.name));
        optional.report(fault.warning().help("remove `optional`, or the default"));
    }
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn durations() {
        let cases = [
            ("30d", Some(2_592_000)),
            ("1s", Some(1)),
            ("15m", Some(900)),
            ("2h", Some(7_200)),
            ("0d", None),
            ("d", None),
            ("-1d", None),
            ("1.5h", None),
            ("30", None),
            ("99999999999999999999d", None),
            ("40000d", None),
            ("", None),
            ("1é", None),
        ];
        for (text, expected) in cases {
            assert_eq!(duration(text), expected, "{text}");
        }
    }
}

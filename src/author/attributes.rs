//! `attributes.toml`: the catalogue of data. Takes the file, gives every attribute with its rules. An attribute with a fault
//! stays in the catalogue, marked as doubtful, so that rows that use it get no finding because of it.

use std::cell::Cell;
use std::collections::BTreeSet;

use super::feeds::{self, Feeds};
use super::keys::shape::Shape;
use super::keys::{self, Field, Named, PANEL, Table, Text};
use super::sensitivity::sensitivity;
use super::site::{Attribute, Literal};
use super::{closed_sets, from, names, records, times};
use crate::bundle::manifest::{FeedPlace, From};
use crate::words::time::parse_rfc3339;
use crate::words::{Depth, INT_MAX, Purpose, Purposes, Source, ValueType, time};

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

/// Characters of a text, unless the author says otherwise.
pub(crate) const TEXT_LENGTH: u32 = 256;
/// Items of a list, unless the author says otherwise.
const LIST_LENGTH: u32 = 64;

/// Reads the catalogue.
pub(crate) fn attributes(entries: Vec<Named<'_>>, feeds: &Feeds) -> Catalogue {
    let (mut catalogue, mut keyed) = (Catalogue::default(), Vec::new());
    for Named { name, table, .. } in entries {
        let faults = Cell::new(false);
        let is_panel = table.text("source").is_some_and(|text| text.text == PANEL);
        let attribute = attribute(table, name, &faults, feeds);
        if let (From::Feed(FeedPlace { published: true, .. }), Some(key)) = (&attribute.from, table.text("key")) {
            keyed.push((attribute.name.clone(), key));
        }
        if faults.get() {
            catalogue.doubtful.insert(attribute.name.clone());
        }
        if is_panel { &mut catalogue.panel } else { &mut catalogue.attributes }.push(attribute);
    }
    catalogue.attributes.sort_by(|a, b| a.name.cmp(&b.name));
    for (name, key) in keyed {
        if let Some(at) = catalogue.attributes.iter().position(|attribute| attribute.name == name) {
            feeds::keyed(&mut catalogue.attributes, at, key);
        }
    }
    catalogue.panel.sort_by(|a, b| a.name.cmp(&b.name));
    catalogue
}

/// Reads an attribute. `faults` is whether it has one that what mentions it would suffer from.
fn attribute(table: Table<'_>, name: String, faults: &Cell<bool>, feeds: &Feeds) -> Attribute {
    if name.starts_with("audience.") {
        table.refuse(
            "SV9008",
            format!("`{name}` looks like an audience in a row"),
            "use another group than `audience`",
        );
    }
    let value_type = table.text("type").and_then(|text| value_type(text, ValueType::ALL));
    faults.set(value_type.is_none());
    let value_type = value_type.unwrap_or(ValueType::String);
    let (source, feed) = source(table);
    let values = values(table, value_type);
    faults.set(faults.get() | values.is_none());
    let range = range(table, value_type);
    let max_length = max_length(table, value_type);
    let purposes = purposes(table);
    let (sensitive, mut depth) = sensitivity(table, source, purposes);
    let is_published = feeds.is_published(feed.as_deref());
    if is_published && !sensitive && !table.has("depth") {
        depth = Depth::Contextual;
    }
    let mut attribute = Attribute {
        name,
        value_type,
        values: values.unwrap_or_default(),
        range,
        max_length,
        source,
        feed,
        purposes,
        depth,
        sensitive,
        retention_seconds: retention(table, source, purposes, is_published),
        default: None,
        required: table.flag("required"),
        optional: table.flag("optional"),
        from: From::Host,
        description: table.string("description").unwrap_or_default(),
        texts: records::by_locale(table),
        place: table.place(),
    };
    let place = feeds.place(table, &attribute);
    attribute.from = place.unwrap_or_else(|| from::from(table, &attribute));
    if let Some(field) = table.get("default") {
        attribute.default = literal(field, &attribute);
        faults.set(faults.get() | attribute.default.is_none());
    }
    absence(table, &attribute);
    attribute
}

/// The type of this name, one of `types`, or a diagnostic.
pub(super) fn value_type(text: Text<'_>, types: &[ValueType]) -> Option<ValueType> {
    // The names of these types in other languages.
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
    let help = match meant {
        "symbol" => "this type is called `symbol` here, and has `values`".into(),
        meant => format!("this type is called `{meant}` here"),
    };
    text.report(fault.help(help).mended(format!("\"{meant}\"")));
    ValueType::from_name(meant)
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
    let shape = match attribute.value_type {
        ValueType::Bool => &Shape::Flag,
        ValueType::Int => &Shape::Whole(-INT_MAX, INT_MAX),
        ValueType::Double => &Shape::Number(f64::MIN, f64::MAX),
        ValueType::String | ValueType::Symbol => &Shape::Text,
        ValueType::List => &Shape::List(&Shape::Text),
        ValueType::Timestamp if field.value.as_str().is_some() => &Shape::Text,
        ValueType::Timestamp if field.whole().is_some() => &Shape::Whole(time::MIN, time::MAX),
        ValueType::Timestamp => &Shape::Time,
    };
    let is_list = attribute.value_type == ValueType::List && field.value.is_array();
    if !keys::fits(field, shape) && !is_list {
        return None;
    }
    Some(match attribute.value_type {
        ValueType::Bool => Literal::Bool(field.flag()?),
        ValueType::Int => Literal::Int(field.whole()?),
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
            let what = format!("`{}` is not a time with its offset from UTC", field.key);
            field.refuse("SV7006", what, "write it as in 2026-12-01T09:00:00+01:00, without quotes");
        }
        return ms;
    }
    field.whole().or_else(|| times::moment(field))
}

/// How a constant of the right type breaks the attribute's rules.
pub(crate) fn misfit(literal: &Literal, attribute: &Attribute) -> Option<String> {
    let too_long = |length: usize| attribute.max_length.is_some_and(|max| length > max as usize);
    let outside = |number: f64| attribute.range.is_some_and(|(low, high)| !(low..=high).contains(&number));
    let stranger = |text: &String| !attribute.values.is_empty() && attribute.values.binary_search(text).is_err();
    let says = |text: &str| {
        let values = || attribute.values.iter().map(String::as_str);
        let usual = closed_sets::usual_mistake(text).filter(|code| values().any(|value| value == *code));
        let meant = usual.or_else(|| names::closest(text, values()));
        let hint = meant.map(|meant| format!("; did you mean \"{meant}\"?")).unwrap_or_default();
        format!("is \"{text}\", which is not in its closed set{hint}")
    };
    match literal {
        Literal::Int(number) if outside(*number as f64) => Some(format!("is {number}, which is outside of its range")),
        Literal::Double(number) if outside(*number) => Some(format!("is {number}, which is outside of its range")),
        Literal::Timestamp(ms) if *ms < time::TIMESTAMP_MIN => Some("is before the year 1".into()),
        Literal::Text(text) if stranger(text) => Some(says(text)),
        Literal::Text(text) if too_long(text.chars().count()) => Some("is longer than its `max_length`".into()),
        Literal::List(items) if too_long(items.len()) => Some("has more items than its `max_length`".into()),
        Literal::List(items) => items.iter().find(|item| stranger(item)).map(|item| says(item)),
        _ => None,
    }
}

fn source(table: Table<'_>) -> (Source, Option<String>) {
    let Some(text) = table.text("source") else { return (Source::Request, None) };
    if let Some(feed) = text.text.strip_prefix("feed:") {
        if !names::is_plain(feed, "-_") {
            text.refuse("SV1102", format!("`{feed}` cannot be the name of a feed"), "write it as in \"feed:crm\"");
        }
        return (Source::Feed, Some(feed.to_owned()));
    }
    if text.text == PANEL {
        // Another system's too, and as personal; what keeps it out of every bundle is the list that it is in.
        return (Source::Feed, None);
    }
    if text.text == Source::Feed.name() {
        text.refuse("SV1102", "the feed has no name", "write it after a colon, as in \"feed:crm\"");
        return (Source::Feed, None);
    }
    // A request carries these. `source` says whose they are, and `from` says where a host finds them.
    let (meant, from) = match text.text {
        "query" | "url" | "utm" => ("request", "query:NAME"),
        "header" | "headers" => ("request", "header:NAME"),
        "cookie" | "cookies" => ("device", "cookie:NAME"),
        "path" => ("page", "path"),
        _ => return (text.word(Source::ALL, Source::name).unwrap_or(Source::Request), None),
    };
    let fault = text.error("SV9010", format!("`source` cannot be `{}`", text.text));
    let fault = fault.help(format!("write source = \"{meant}\" and from = \"{from}\""));
    text.report(if table.has("from") { fault.mended(format!("\"{meant}\"")) } else { fault });
    (Source::from_name(meant).unwrap_or(Source::Request), None)
}

fn purposes(table: Table<'_>) -> Purposes {
    let (what, help) =
        ("an attribute needs a purpose", "write what it may be used for, as in purposes = [\"personalization\"]");
    match table.get("purposes") {
        None => {
            let fault = table.error("SV5004", table.place(), what);
            table.report(fault.why("data without a purpose may not be used for anything").help(help));
        }
        Some(field) if field.value.as_array().is_some_and(|items| items.is_empty()) => {
            field.refuse("SV5004", what, help)
        }
        Some(_) => {}
    }
    // The gate is no purpose, which was reported.
    table.purposes("purposes").without(Purpose::Storage)
}

fn retention(table: Table<'_>, source: Source, purposes: Purposes, is_published: bool) -> Option<u32> {
    let only_necessary = purposes == Purposes::NONE.with(Purpose::Necessary);
    let is_personal =
        matches!(source, Source::Device | Source::Account | Source::Feed) && !only_necessary && !is_published;
    if is_personal && !table.has("retention") {
        let what = format!("an attribute from `{source}` needs a `retention`");
        let fault = table.error("SV5005", table.place(), what).why("data about a person may not be used for ever");
        table.report(fault.help("write how old it may be, as in retention = \"30d\""));
    }
    keys::seconds(table.text("retention")?.text)
}

pub(super) fn values(table: Table<'_>, value_type: ValueType) -> Option<Vec<String>> {
    let Some(field) = table.get("values") else {
        if value_type != ValueType::Symbol {
            return Some(Vec::new());
        }
        let sets = names::listed(closed_sets::NAMES);
        let help = format!("list them, as in [\"phone\", \"desktop\"], or name a set: {sets}");
        table.refuse("SV1103", "a symbol needs its closed set of `values`", help);
        return None;
    };
    if !matches!(value_type, ValueType::Symbol | ValueType::List) {
        field.refuse("SV1104", format!("a `{value_type}` has no `values`"), "make it a symbol, or remove `values`");
        return Some(Vec::new());
    }
    if let Some(text) = field.text() {
        let members = closed_sets::members(text.text);
        if members.is_none() {
            let what = format!("there is no closed set `{}`", text.text);
            text.unknown("SV1105", what, closed_sets::NAMES.iter().copied());
        }
        return members;
    }
    let values: BTreeSet<String> = table.strings("values").into_iter().collect();
    if values.is_empty() {
        field.report(field.error("SV1103", "a closed set needs at least one value"));
        return None;
    }
    Some(values.into_iter().collect())
}

pub(super) fn range(table: Table<'_>, value_type: ValueType) -> Option<(f64, f64)> {
    let field = table.get("range")?;
    if !matches!(value_type, ValueType::Int | ValueType::Double) {
        field.refuse("SV1104", format!("a `{value_type}` has no `range`"), "remove it");
        return None;
    }
    let [low, high] = field.items().into_iter().filter_map(Field::number).collect::<Vec<f64>>()[..] else {
        return None;
    };
    if low > high {
        let fault = field.error("SV1106", format!("the range ends at {high}, before it starts at {low}"));
        field.report(fault.mended(format!("[{high}, {low}]")).help("write the smaller number first"));
        return None;
    }
    Some((low, high))
}

fn max_length(table: Table<'_>, value_type: ValueType) -> Option<u32> {
    let usual = match value_type {
        ValueType::String => TEXT_LENGTH,
        ValueType::List => LIST_LENGTH,
        _ => {
            let field = table.get("max_length")?;
            field.refuse("SV1104", format!("a `{value_type}` has no `max_length`"), "remove it");
            return None;
        }
    };
    table.whole("max_length").or(Some(usual))
}

fn absence(table: Table<'_>, attribute: &Attribute) {
    let Some(optional) = table.get("optional").filter(|_| attribute.optional) else { return };
    if attribute.required {
        let fault = optional.error("SV1107", format!("`{}` is both required and optional", attribute.name));
        let fault = fault.why("`required` makes a missing value a fault, `optional` makes it normal");
        optional.report(fault.help("keep one of the two"));
    } else if attribute.default.is_some() {
        let fault =
            optional.error("SV1109", format!("`optional` has no effect, as `{}` has a default", attribute.name));
        optional.report(fault.warning().help("remove `optional`, or the default"));
    }
}

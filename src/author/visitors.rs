//! `visitors/*.toml`: named sample visitors.
//!
//! Takes the files and the catalogue, gives visits as the engine takes them, without a time. A visitor never holds a value that
//! its attribute cannot have.

use super::attributes::{Catalogue, misfit, typed};
use super::consent::unknown_purpose;
use super::names;
use super::settings;
use super::site::{Attribute, Literal, Visitor};
use super::table::{Field, Table};
use super::times;
use crate::words::Map;
use crate::words::{Age, Depth, Purpose};
use crate::words::{Identity, Instant, PurposeKey, Signals, Value, Visit};

pub(super) const KEYS: [&str; 11] = [
    "description",
    "region",
    "locale",
    "minor",
    "depth",
    "grants",
    "signals",
    "identity",
    "attributes",
    "observed",
    "unknown",
];

/// The keys of the signals of a visitor.
pub(super) fn signal_keys() -> Vec<&'static str> {
    ["gpc", "cookie"].into_iter().chain(Signals::TEXTS.iter().copied()).chain(["google"]).collect()
}

/// The states of a type of Google Consent Mode.
pub(super) const STATES: [&str; 2] = ["granted", "denied"];
/// The age bands that a site can have been told.
pub(super) const AGES: [(Option<Age>, &str); 4] =
    [(None, "unknown"), (Some(Age::Child), "child"), (Some(Age::Teen), "teen"), (Some(Age::Adult), "adult")];
pub(super) const IDENTITY_KEYS: [&str; 4] = ["visitor", "account", "session", "page"];

/// Reads one visitor.
pub(crate) fn visitor(top: Table<'_>, catalogue: &Catalogue) -> Visitor {
    let mut known = KEYS.to_vec();
    if let Some(now) = top.get("now") {
        let fault = top.error("SV9005", now.key_place(), "a visitor has no time of its own");
        top.source.report(fault.help("write `now` in the case of tests/*.toml, or give it to the command line"));
        known.push("now");
    }
    top.only(&known);
    let name = top.source.stem();
    if !names::is_plain(name, "_-") {
        let fault = top.error("SV9008", top.place(), format!("`{name}` cannot be the name of a visitor"));
        top.source.report(fault.help("name the file with lower-case letters, digits, _ and -"));
    }
    let mut visit = Visit {
        region: top.text("region").and_then(settings::region),
        locale: locale(top),
        minor: top.text("minor").and_then(|text| text.word(&AGES, |(_, name)| name)).and_then(|(age, _)| age),
        depth: top.text("depth").and_then(|text| text.word(Depth::ALL, Depth::name)),
        grants: grants(top),
        signals: signals(top),
        identity: identity(top),
        ..Visit::default()
    };
    leaves(top, "attributes", catalogue, &mut |attribute, field| {
        visit.attributes.extend(value(field, attribute, catalogue).map(|value| (attribute.name.clone(), value)));
    });
    leaves(top, "observed", catalogue, &mut |attribute, field| {
        visit.observed.extend(times::moment(field).map(|ms| (attribute.name.clone(), Instant(ms))));
    });
    for text in top.texts("unknown") {
        if find(text.text, catalogue).is_some() {
            visit.unknown.push(text.text.to_owned());
        } else if !catalogue.incomplete {
            let names = catalogue.attributes.iter().map(|attribute| attribute.name.as_str());
            text.unknown("SV1110", format!("there is no attribute `{}`", text.text), names);
        }
    }
    Visitor {
        name: name.to_owned(),
        description: top.string("description").unwrap_or_default(),
        visit,
        place: top.place(),
    }
}

fn locale(top: Table<'_>) -> Option<String> {
    let locale = top.text("locale")?;
    if !names::is_locale(locale.text) {
        settings::not_a_locale(locale);
    }
    Some(locale.text.to_owned())
}

fn grants(top: Table<'_>) -> Map<PurposeKey, Option<bool>> {
    let mut grants = Map::new();
    for field in top.get("grants").and_then(Field::table).into_iter().flat_map(Table::fields) {
        match Purpose::from_name(field.key) {
            Some(purpose) => grants.extend(field.flag().map(|granted| (PurposeKey(purpose), Some(granted)))),
            None => unknown_purpose(field),
        }
    }
    grants
}

fn signals(top: Table<'_>) -> Signals {
    let Some(table) = top.get("signals").and_then(Field::table) else { return Signals::default() };
    table.only(&signal_keys());
    let mut signals = Signals {
        gpc: table.get("gpc").and_then(Field::flag).unwrap_or(false),
        cookie: table.string("cookie"),
        google: google(table),
        ..Signals::default()
    };
    for (name, text) in Signals::TEXTS.iter().zip(signals.texts_mut()) {
        *text = table.string(name);
    }
    signals
}

/// Google's types, each `granted` or `denied`.
fn google(table: Table<'_>) -> Map<String, String> {
    let mut states = Map::new();
    for field in table.get("google").and_then(Field::table).into_iter().flat_map(Table::fields) {
        let state = field.text().and_then(|text| text.word(&STATES, |state| state));
        states.extend(state.map(|state| (field.key.to_owned(), state.to_owned())));
    }
    states
}

fn identity(top: Table<'_>) -> Identity {
    let Some(table) = top.get("identity").and_then(Field::table) else { return Identity::default() };
    table.only(&IDENTITY_KEYS);
    let [visitor, account, session, page] = IDENTITY_KEYS.map(|key| table.string(key));
    Identity { visitor, account, session, page }
}

/// Visits every value below `key` with the attribute that it is of; keys are dotted, nested, or both.
fn leaves<'a, 'c>(
    top: Table<'a>,
    key: &str,
    catalogue: &'c Catalogue,
    found: &mut dyn FnMut(&'c Attribute, Field<'a>),
) {
    let mut waiting: Vec<(String, Table<'a>)> = Vec::new();
    waiting.extend(top.get(key).and_then(Field::table).map(|table| (String::new(), table)));
    while let Some((prefix, table)) = waiting.pop() {
        for field in table.fields() {
            let name = format!("{prefix}{}", field.key);
            if let Some(attribute) = find(&name, catalogue) {
                found(attribute, field);
            } else if field.value.is_table() {
                waiting.extend(field.table().map(|table| (format!("{name}."), table)));
            } else if !catalogue.incomplete {
                unknown_attribute(&name, field, catalogue);
            }
        }
    }
}

fn unknown_attribute(name: &str, field: Field<'_>, catalogue: &Catalogue) {
    let names = catalogue.attributes.iter().map(|attribute| attribute.name.as_str());
    let fault = field.table.error("SV1110", field.key_place(), format!("there is no attribute `{name}`"));
    field.report(match names::closest(name, names.clone()) {
        Some(meant) => fault.help(format!("did you mean `{meant}`?")),
        None => fault.help(format!("declare it in attributes.toml; there are {}", names::listed(names))),
    });
}

fn find<'c>(name: &str, catalogue: &'c Catalogue) -> Option<&'c Attribute> {
    let at = catalogue.attributes.binary_search_by(|attribute| attribute.name.as_str().cmp(name)).ok()?;
    catalogue.attributes.get(at)
}

fn value(field: Field<'_>, attribute: &Attribute, catalogue: &Catalogue) -> Option<Value> {
    if catalogue.doubtful.contains(&attribute.name) {
        return None;
    }
    let literal = typed(field, attribute)?;
    if let Some(what) = misfit(&literal, attribute) {
        // Not an error: a visitor with bad data is a fine thing to test with.
        let fault = field.error("SV1111", format!("the value of `{}` {what}", attribute.name)).warning();
        field.report(fault.help("the engine will take it as unknown; mend it unless that is the point"));
    }
    Some(match literal {
        Literal::Bool(value) => Value::Bool(value),
        Literal::Int(value) => Value::Int(value),
        Literal::Double(value) => Value::number(value),
        Literal::Text(value) => Value::Text(value),
        Literal::List(value) => Value::List(value),
        Literal::Timestamp(ms) | Literal::Duration(ms) => Value::Int(ms),
    })
}

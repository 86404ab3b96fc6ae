//! `visitors/*.toml`: named sample visitors.
//!
//! Takes the files and the catalogue, gives visits as the engine takes them, without a time. A visitor never holds a value that
//! its attribute cannot have.

use super::attributes::{Catalogue, misfit, typed};
use super::feeds::Feeds;
use super::keys::shape::Shape;
use super::keys::{self, Field, Named, Table};
use super::site::{Attribute, Literal, Visitor};
use super::{names, times};
use crate::words::{
    Age, Choice, Contact, ContactClass, Depth, Identity, Instant, Link, PARENT, Purpose, PurposeKey, Signals, Value,
    Visit,
};

/// Reads one visitor.
pub(crate) fn visitor(Named { name, table: top, .. }: Named<'_>, catalogue: &Catalogue, feeds: &Feeds) -> Visitor {
    if let Some(now) = top.get("now") {
        let help = "write `now` in the case of tests/*.toml, or give it to the command line";
        now.refuse_key("SV9005", "a visitor has no time of its own", help);
    }
    let grant = |field: Field<'_>| Some((PurposeKey(Purpose::from_name(field.key)?), Some(choice(field)?)));
    let mut visit = Visit {
        region: top.string("region"),
        locale: top.string("locale"),
        minor: top.word("minor", Age::from_name),
        depth: top.word("depth", Depth::from_name),
        grants: top.inside("grants").filter_map(grant).collect(),
        signals: signals(top.section("signals")),
        identity: identity(top.section("identity")),
        contacts: top.has("contacts").then(|| top.tables("contacts").into_iter().filter_map(contact).collect()),
        ..Visit::default()
    };
    for (attribute, field) in values(top, "attributes", catalogue) {
        visit.attributes.extend(value(field, attribute, catalogue).map(|value| (attribute.name.clone(), value)));
    }
    for (attribute, field) in values(top, "observed", catalogue) {
        let moment = Some(field).filter(|field| keys::fits(*field, &Shape::Time)).and_then(times::moment);
        visit.observed.extend(moment.map(|ms| (attribute.name.clone(), Instant(ms))));
    }
    for text in top.texts("unknown") {
        if find(text.text, catalogue).is_some() {
            visit.unknown.push(text.text.to_owned());
        } else if !catalogue.incomplete {
            let names = catalogue.attributes.iter().map(|attribute| attribute.name.as_str());
            text.unknown("SV1110", format!("there is no attribute `{}`", text.text), names);
        }
    }
    for text in top.texts("stale") {
        let is_named = catalogue.attributes.iter().any(|attribute| attribute.feed.as_deref() == Some(text.text));
        if is_named || feeds.named(text.text).is_some() {
            visit.stale.push(text.text.to_owned());
        } else if !catalogue.incomplete {
            let names = feeds.feeds.iter().map(|feed| feed.name.as_str());
            text.unknown("SV1117", format!("there is no feed `{}`", text.text), names);
        }
    }
    Visitor { name, description: top.string("description").unwrap_or_default(), visit, place: top.place() }
}

fn contact(table: Table<'_>) -> Option<Contact> {
    Some(Contact {
        at: Instant(table.get("at").and_then(times::moment)?),
        channel: table.string("channel"),
        class: table.word("class", ContactClass::from_name),
        experience: table.string("experience"),
        content: table.string("content"),
        dismissed: table.flag("dismissed"),
    })
}

fn choice(field: Field<'_>) -> Option<Choice> {
    let parent = |field: Field<'_>| (field.text()?.text == PARENT).then_some(Choice::Parent);
    field.flag().map(Choice::from).or_else(|| parent(field))
}

fn signals(table: Table<'_>) -> Signals {
    let state = |field: Field<'_>| Some((field.key.to_owned(), field.text()?.text.to_owned()));
    let mut signals = Signals {
        gpc: table.flag("gpc"),
        cookie: table.string("cookie"),
        // Types, each `granted` or `denied`.
        google: table.inside("google").filter_map(state).collect(),
        ..Signals::default()
    };
    for (name, text) in Signals::TEXTS.iter().zip(signals.texts_mut()) {
        *text = table.string(name);
    }
    signals
}

fn identity(table: Table<'_>) -> Identity {
    let [visitor, account, session, page] = ["visitor", "account", "session", "page"].map(|key| table.string(key));
    let link = |table: Table<'_>| {
        let at = Instant(table.get("at").and_then(times::moment)?);
        let linked = table.get("linked").is_none_or(|field| field.flag() != Some(false));
        Some(Link { visitor: table.string("visitor")?, account: table.string("account")?, at, linked })
    };
    let links = table.get("links").map(Field::tables).unwrap_or_default();
    Identity { visitor, account, session, page, links: links.into_iter().filter_map(link).collect() }
}

/// Every value below `key` with the attribute that it is of.
fn values<'a, 'c>(top: Table<'a>, key: &str, catalogue: &'c Catalogue) -> Vec<(&'c Attribute, Field<'a>)> {
    let leaves = top.leaves(key, |name| find(name, catalogue).is_some()).into_iter();
    let known = leaves.filter_map(|(name, field)| {
        let attribute = find(&name, catalogue);
        if attribute.is_none() && !catalogue.incomplete {
            let fault = field.key_error("SV1110", format!("there is no attribute `{name}`"));
            let otherwise = |all| format!("declare it in attributes.toml; the attributes are {all}");
            let names = catalogue.attributes.iter().map(|attribute| attribute.name.as_str());
            field.report(fault.help(names::hint(&name, names, otherwise)));
        }
        Some((attribute?, field))
    });
    known.collect()
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
        field.report(fault.help("the engine treats it as unknown; fix it unless a test is about that"));
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

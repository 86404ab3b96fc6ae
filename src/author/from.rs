//! `from` and `paths` of an attribute: where a host finds its value.
//!
//! Takes the attribute's table, gives a [`From`]. Well-known names need neither: `request.country`, `request.region`,
//! `request.language`, `request.device` and `page.path` are found where their name says.

use super::keys::{Field, Table};
use super::site::Attribute;
use crate::bundle::manifest::From;
use crate::words::Source;

/// The place where a host finds the attribute's value.
pub(crate) fn from(table: Table<'_>, attribute: &Attribute) -> From {
    match (table.get("from"), table.get("paths")) {
        (Some(from), Some(paths)) => {
            paths.refuse("SV1113", "an attribute has one place: `from` or `paths`", "remove one of them");
            written(from, attribute).unwrap_or_default()
        }
        (Some(from), None) => written(from, attribute).unwrap_or_default(),
        (None, Some(field)) => paths(field, attribute),
        (None, None) => found_by(|known| known == attribute.name).unwrap_or_default(),
    }
}

/// Places that need no name of their own, by the attribute that is found there without a `from`.
fn found_by(is: impl Fn(&str) -> bool) -> Option<From> {
    const PLACES: [(&str, From); 5] = [
        ("request.country", From::Country),
        ("request.region", From::Region),
        ("request.language", From::Language),
        ("request.device", From::Device),
        ("page.path", From::Path),
    ];
    PLACES.into_iter().find(|(known, _)| is(known)).map(|(_, from)| from)
}

fn written(field: Field<'_>, attribute: &Attribute) -> Option<From> {
    let text = field.text()?;
    let from = match text.text.split_once(':') {
        None => found_by(|known| known.split_once('.').is_some_and(|(_, place)| place == text.text)),
        Some((_, "")) => None,
        Some(("header", name)) => Some(From::Header(name.to_ascii_lowercase())),
        Some(("query", name)) => Some(From::Query(name.to_owned())),
        Some(("cookie", name)) => Some(From::Cookie(name.to_owned())),
        Some(_) => None,
    };
    if from.is_none() {
        let what = format!("`{}` is not a place where a value can be found", text.text);
        let help = "it is country, region, language, device, path, header:NAME, query:NAME or cookie:NAME";
        text.refuse("SV1112", what, help);
    }
    let from = from?;
    if matches!(&from, From::Header(name) if name == "cookie") {
        let help = "name the cookie, as in from = \"cookie:NAME\"";
        text.refuse("SV1114", "the header with all cookies is not one value", help);
    }
    if matches!(from, From::Cookie(_)) && attribute.source != Source::Device {
        let fault = text.error("SV1114", "a cookie is read from the visitor's device");
        let why = "reading the device needs the grant `storage`, and the source of the attribute requires it";
        text.report(fault.why(why).help("write source = \"device\""));
    }
    Some(from)
}

fn paths(field: Field<'_>, attribute: &Attribute) -> From {
    let Some(table) = field.table() else { return From::Host };
    let patterns = table.fields().filter_map(|pattern| {
        let value = pattern.text()?;
        if !attribute.values.is_empty() && !attribute.values.iter().any(|known| known == value.text) {
            let what = format!("\"{}\" is not one of the values of `{}`", value.text, attribute.name);
            value.unknown("SV1108", what, attribute.values.iter().map(String::as_str));
        }
        Some((pattern.key.to_owned(), value.text.to_owned()))
    });
    From::Paths(patterns.collect())
}

//! The numbers of plurals in content.
//!
//! Takes the texts of an item, gives the attributes that its plurals name. A rule that shows the item asks for each of them, so that consent
//! covers the number wherever the content is chosen.

use std::ops::Range;

use super::expr::Condition;
use super::keys::Table;
use super::names;
use super::plural::{FORMS, Plural, forms_of, plurals};
use super::rows::Ground;
use super::site::{Body, Number, Place, Row, Variant};
use crate::words::ValueType;

/// Reads the plurals of every locale; each number comes once.
pub(crate) fn numbers(top: Table<'_>, variants: &[Variant], ground: &Ground<'_>) -> Vec<Number> {
    let mut numbers: Vec<Number> = Vec::new();
    for variant in variants {
        let text = match &variant.body {
            Body::Html(text) | Body::Text(text) => text,
            Body::Empty => continue,
        };
        match plurals(text) {
            Err((span, what)) => wrong(
                top,
                variant,
                text,
                span,
                what,
                "write it as in {visitor.cart_items, plural, one {# item} other {# items}}",
            ),
            Ok(found) => {
                for plural in found {
                    forms(top, variant, &plural);
                    let number = number(top, variant, text, &plural, ground);
                    numbers.extend(number.filter(|new| numbers.iter().all(|known| known.attribute != new.attribute)));
                }
            }
        }
    }
    numbers
}

fn wrong(top: Table<'_>, variant: &Variant, text: &str, span: Range<usize>, what: String, help: &str) {
    let written = text.get(span).unwrap_or_default().lines().next().unwrap_or_default().trim();
    let fault = top
        .error("SV4031", variant.place.clone(), what)
        .why(format!("it is in the text for {}, at `{written}`", variant.locale));
    top.source.report(fault.help(help));
}

/// Warns of forms that a language has and the plural has not, and of those that it never has.
fn forms(top: Table<'_>, variant: &Variant, plural: &Plural<'_>) {
    let Some(known) = forms_of(&variant.locale) else { return };
    let has = |form: &str| plural.forms.iter().any(|(name, _)| *name == form);
    let listed = |forms: Vec<&'static str>| names::listed(forms);
    let missing: Vec<&'static str> = known.iter().copied().filter(|form| !has(form)).collect();
    let strange: Vec<&'static str> = FORMS.into_iter().filter(|form| has(form) && !known.contains(form)).collect();
    for (forms, what, help) in [(missing, "has no", "add it"), (strange, "has the form", "remove it")] {
        if !forms.is_empty() {
            let what = format!("the plural by `{}` in {} {what} {}", plural.number, variant.locale, listed(forms));
            let fault = top.error("SV4032", variant.place.clone(), what).warning();
            let fault = fault.why(format!("whole numbers have the forms {} in this language", listed(known.clone())));
            top.source.report(fault.help(help));
        }
    }
}

/// The attribute of a plural: a whole number with a range, so that its length is known.
fn number(top: Table<'_>, variant: &Variant, text: &str, plural: &Plural<'_>, ground: &Ground<'_>) -> Option<Number> {
    let name = plural.number;
    let all = &ground.catalogue.attributes;
    let fault = |what: String, help: String| wrong(top, variant, text, plural.span.clone(), what, &help);
    let Ok(at) = all.binary_search_by(|attribute| attribute.name.as_str().cmp(name)) else {
        if !ground.catalogue.incomplete {
            let otherwise = |all| format!("declare it in attributes.toml; the attributes are {all}");
            let help = names::hint(name, all.iter().map(|attribute| attribute.name.as_str()), otherwise);
            fault(format!("there is no attribute `{name}` for a plural"), help);
        }
        return None;
    };
    let attribute = all.get(at)?;
    let range = attribute.range.filter(|(low, high)| *low >= 0.0 && *high >= *low);
    let Some((_, most)) = range.filter(|_| attribute.value_type == ValueType::Int) else {
        let what = format!("`{name}` is no whole number with a range from 0 on");
        fault(
            what,
            format!(
                "write type = \"int\" and range = [0, 99] for [{name}]: the limit of a slot counts its longest number"
            ),
        );
        return None;
    };
    let row = Row { text: format!("has({name})"), condition: Condition::Has(at), place: place(variant) };
    Some(Number { attribute: name.to_owned(), digits: format!("{}", most as u64).len(), row })
}

fn place(variant: &Variant) -> Place {
    variant.place.clone()
}

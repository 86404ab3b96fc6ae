//! Whether content fits the slot that it is shown in.
//!
//! Takes an item, a slot and the line that brings them together, reports what does not fit. It knows nothing of rules.

use unicode_segmentation::UnicodeSegmentation;

use super::keys::Field;
use super::site::{Body, Content, Place, Slot, Variant};
use super::{html, html_rules, names};
use crate::bundle::BodyKind;
use crate::page;
use crate::words::Change;

/// Reports every locale of `item` that cannot be shown in `slot`; `place` is where a rule says so.
pub(crate) fn check(item: &Content, slot: &Slot, place: Place, field: Field<'_>) {
    let wanted = wanted(slot.change);
    for variant in item.variants.iter().filter(|variant| kind(&variant.body) != wanted) {
        let what = format!(
            "`{}` in `{}` is {}, and the slot `{}` wants {wanted}",
            item.name,
            variant.locale,
            kind(&variant.body),
            slot.name
        );
        let fault = field.table.error("SV4008", place.clone(), what);
        let fault = fault.why(format!("the slot's change is `{}`", slot.change));
        field.report(fault.help(match wanted {
            HTML => "write html = \"…\" in the content",
            TEXT => "write text = \"…\" in the content",
            _ => "leave the locale's table empty, or change the slot",
        }));
    }
    if let Some(name) = slot.attribute.as_deref().filter(|_| item.trusted.is_none()) {
        check_attribute(item, name, &place, field);
    }
    if !slot.tokens.is_empty() {
        check_tokens(item, slot, &place, field);
    }
    let Some(max) = slot.max_graphemes else { return };
    for variant in &item.variants {
        let length = length(variant);
        if length > max as usize {
            let what = format!(
                "`{}` in `{}` has {length} characters, and the slot `{}` takes {max}",
                item.name, variant.locale, slot.name
            );
            let fault = field.table.error("SV4009", place.clone(), what);
            let fault =
                fault.why(format!("the text is in {}:{}; tags do not count", variant.place.file, variant.place.line));
            field.report(
                fault.help(format!("shorten it by {}, or raise `max_graphemes` of the slot", length - max as usize)),
            );
        }
    }
}

/// Text for a slot that takes a few tokens only, such as the names of layouts.
fn check_tokens(item: &Content, slot: &Slot, place: &Place, field: Field<'_>) {
    for variant in &item.variants {
        let Body::Text(text) = &variant.body else { continue };
        if !slot.tokens.contains(text) {
            let what = format!("`{}` in `{}` is no token of the slot `{}`", item.name, variant.locale, slot.name);
            let fault = field.table.error("SV4017", place.clone(), what);
            let fault = fault.why(format!("the text `{text}` is in {}:{}", variant.place.file, variant.place.line));
            let tokens = slot.tokens.iter().map(String::as_str);
            field.report(fault.help(names::hint(text, tokens, |all| format!("the slot takes {all}"))));
        }
    }
}

/// Text that is set as an HTML attribute may run code there, as in `href`.
fn check_attribute(item: &Content, name: &str, place: &Place, field: Field<'_>) {
    for variant in &item.variants {
        let Body::Text(text) = &variant.body else { continue };
        if let Some(why) = html_rules::attribute("a", name, text) {
            let what = format!("`{}` in `{}` is not allowed in the attribute `{name}`", item.name, variant.locale);
            let fault = field.table.error("SV4001", place.clone(), what).why(why);
            field.report(fault.help("mend the address, or say in `trusted` why this content may run code"));
        }
    }
}

const HTML: &str = "HTML";
const TEXT: &str = "text";
const NOTHING: &str = "empty";

fn wanted(change: Change) -> &'static str {
    match page::wanted(change) {
        Some(BodyKind::Html) => HTML,
        Some(BodyKind::Text) => TEXT,
        _ => NOTHING,
    }
}

fn kind(body: &Body) -> &'static str {
    match body {
        Body::Html(_) => HTML,
        Body::Text(_) => TEXT,
        Body::Empty => NOTHING,
    }
}

/// What readers count as characters: extended grapheme clusters, without the white space that only lays markup out.
fn length(variant: &Variant) -> usize {
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").graphemes(true).count();
    match &variant.body {
        Body::Html(markup) => words(&html::text(markup)),
        Body::Text(text) => text.graphemes(true).count(),
        Body::Empty => 0,
    }
}

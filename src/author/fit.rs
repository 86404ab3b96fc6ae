//! Checks that content fits the slot that shows it.
//!
//! Takes an item, a slot and the line that brings them together, reports what does not fit. It knows nothing of rules.

use unicode_segmentation::UnicodeSegmentation;

use super::keys::Field;
use super::site::{Body, Content, Place, Slot, Variant};
use super::{html, html_rules, landing, names};
use crate::bundle::BodyKind;
use crate::page;
use crate::words::Change;

/// Reports every locale of `item` that cannot be shown in `slot`; `place` is where a rule says so.
pub(crate) fn check(item: &Content, slot: &Slot, place: &Place, field: Field<'_>) {
    for variant in &item.variants {
        let fault = |code, what: String| {
            field.table.error(code, place.clone(), format!("`{}` in `{}` {what}", item.name, variant.locale))
        };
        let (wanted, kind) = (wanted(slot.change), kind(&variant.body));
        if kind != wanted {
            let fault = fault("SV4008", format!("is {kind}, but the slot `{}` takes {wanted}", slot.name));
            let fault = fault.why(format!("the slot's change is `{}`", slot.change));
            field.report(fault.help(match wanted {
                HTML => "write html = \"…\" in the content",
                TEXT => "write text = \"…\" in the content",
                _ => "leave the locale's table empty, or change the slot",
            }));
        }
        let stands = format!("{}:{}", variant.place.file, variant.place.line);
        if let Body::Text(text) = &variant.body {
            // Text that is set as an HTML attribute may run code there, as in `href`.
            if let Some(name) = slot.attribute.as_deref().filter(|_| item.trusted.is_none())
                && let Some(why) = html_rules::attribute("a", name, text)
            {
                let fault = fault("SV4001", format!("is not allowed in the attribute `{name}`")).why(why);
                field.report(fault.help("fix the address, or say in `trusted` why this content may run code"));
            }
            // A slot may take a few tokens only, such as the names of layouts.
            if !slot.tokens.is_empty() && !slot.tokens.contains(text) {
                let fault = fault("SV4017", format!("is not a token of the slot `{}`", slot.name));
                let fault = fault.why(format!("the text `{text}` is in {stands}"));
                let tokens = slot.tokens.iter().map(String::as_str);
                field.report(fault.help(names::hint(text, tokens, |all| format!("the slot takes {all}"))));
            }
        }
        if let Some(why) = lands_not(&variant.body, slot) {
            let fault = fault("SV4019", format!("does not stay in the slot `{}`", slot.name)).why(why);
            field.report(fault.help(LANDING_HELP));
        }
        let Some(max) = slot.max_graphemes else { continue };
        let length = length(variant);
        if length > max as usize {
            let what = format!("has {length} characters, but the slot `{}` takes {max}", slot.name);
            let fault = fault("SV4009", what).why(format!("the text is in {stands}; tags do not count"));
            let over = length - max as usize;
            field.report(fault.help(format!("shorten it by {over}, or raise `max_graphemes` of the slot")));
        }
    }
}

/// The help for content that browsers move.
pub(crate) const LANDING_HELP: &str =
    "write content that the element can contain, or select another element for the slot";

/// Why a body does not stay at the element that a slot's selector names, wherever that stands.
pub(crate) fn lands_not(body: &Body, slot: &Slot) -> Option<String> {
    landing::flaw(slot.change, &landing::usual_path(&landing::named(&slot.selector)?), body)
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

/// The length as readers count it: extended grapheme clusters, without the white space that only lays out markup.
fn length(variant: &Variant) -> usize {
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").graphemes(true).count();
    match &variant.body {
        Body::Html(markup) => words(&html::text(markup)),
        Body::Text(text) => text.graphemes(true).count(),
        Body::Empty => 0,
    }
}

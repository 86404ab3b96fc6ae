//! Checks that content fits the slot that shows it.
//!
//! Takes an item, a slot and the line that brings them together, reports what does not fit. It knows nothing of rules.

use unicode_segmentation::UnicodeSegmentation;

use super::channels::WEB;
use super::direction::is_right_to_left;
use super::keys::Field;
use super::plural::{longest, plurals};
use super::site::{Body, Content, Place, Slot, Variant};
use super::{html, html_rules, landing, names, selectors};
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
        let is_page = slot.channel == WEB && !item.numbers.is_empty();
        if is_page && [BodyKind::Html, BodyKind::Text].contains(&kind_of(&variant.body)) {
            let fault = fault("SV4031", format!("has a plural, but the slot `{}` is on a page", slot.name));
            let fault = fault.why("the sender of a message puts its number in, and a page has no sender");
            field.report(fault.help("write one content for each case, and let rules choose by the number"));
        }
        if slot.says_direction && is_right_to_left(&variant.locale) && !says_direction(&variant.body) {
            let fault = fault("SV4030", format!("does not say its direction, which the slot `{}` asks for", slot.name));
            let fault = fault.why(format!(
                "`{}` is written from right to left, and the page around it may not be; it is in {stands}",
                variant.locale
            ));
            field.report(
                fault.help("write dir=\"rtl\" on each outermost element; put a text between U+2067 and U+2069"),
            );
        }
        let Some(max) = slot.max_graphemes else { continue };
        let length = length(variant, item);
        if length > max as usize {
            let what = format!("has {length} characters, but the slot `{}` takes {max}", slot.name);
            let longest = if item.numbers.is_empty() { "" } else { ", with the longest form of each plural" };
            let fault = fault("SV4009", what).why(format!("the text is in {stands}; tags do not count{longest}"));
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
    let attribute = slot.attribute.as_deref().unwrap_or_default();
    if selectors::refused(&slot.selector, slot.change, attribute).is_some() {
        // The slot itself has a finding.
        return None;
    }
    landing::flaw(slot.change, &landing::usual_path(&selectors::named(&slot.selector)?), body)
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

/// The length as readers count it: extended grapheme clusters, without the white space that only lays out markup. A plural is as long as
/// its longest form.
fn length(variant: &Variant, item: &Content) -> usize {
    let count = |text: &str| text.graphemes(true).count();
    let words = |text: &str| count(&text.split_whitespace().collect::<Vec<_>>().join(" "));
    let whole = |text: String| match plurals(&text) {
        Ok(found) if !found.is_empty() => {
            let number = |name: &str| item.numbers.iter().find(|number| number.attribute == name);
            longest(&text, &found, |name| "9".repeat(number(name).map_or(1, |number| number.digits)), count)
        }
        _ => text,
    };
    match &variant.body {
        Body::Html(markup) => words(&whole(html::text(markup))),
        Body::Text(text) => count(&whole(text.clone())),
        Body::Empty => 0,
    }
}

/// True if content from right to left reads so wherever it stands.
fn says_direction(body: &Body) -> bool {
    match body {
        Body::Html(markup) => html::says_direction(markup),
        Body::Text(text) => text.is_empty() || text.starts_with(['\u{2067}', '\u{2068}']) && text.ends_with('\u{2069}'),
        Body::Empty => true,
    }
}

fn kind_of(body: &Body) -> BodyKind {
    match body {
        Body::Html(_) => BodyKind::Html,
        Body::Text(_) => BodyKind::Text,
        Body::Empty => BodyKind::Empty,
    }
}

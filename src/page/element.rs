//! One policy for every host: what a change does to an element, and when it leaves the element alone.
//!
//! Takes an element's bytes as the page has them, gives the bytes that take their place. The origin's own content stays in the page,
//! inert inside a `<template>`, so that the loader can put it back the moment a visitor withdraws consent, without asking anybody:
//!
//! ```text
//! <!--selvedge:SLOT-->new content<!--/selvedge:SLOT--><template data-selvedge-control="SLOT">the origin's content</template>
//! ```
//!
//! Two things cannot be kept that way, and are marked for it: an attribute (`data-selvedge-set`, `data-selvedge-was-NAME`), and the text of
//! a `<title>` or a `<textarea>`, which only a reload restores (`data-selvedge-reload`).

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use super::escape::{escape_attribute, escape_text};
use super::extent::Why;
use super::kinds::{holds_html, is_escapable, is_text_only, is_void};
use super::tags::{Tag, lower};
use crate::words::Change;

/// A change of the page, with its content at hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotChange {
    /// The slot's name.
    pub slot: String,
    /// The slot's name in the marks on the page: `SLOT~NONCE`.
    pub mark: String,
    /// What to do.
    pub change: Change,
    /// Which attribute, if it is about one.
    pub attribute: String,
    /// The content: markup, or the text of a `text` or `attribute` change.
    pub body: String,
}

impl core::convert::From<&super::Change<'_>> for SlotChange {
    fn from(change: &super::Change<'_>) -> Self {
        let super::Change { slot, mark, body, .. } = change;
        Self {
            slot: slot.name.into(),
            mark: mark.clone(),
            change: slot.change,
            attribute: slot.attribute.into(),
            body: (*body).into(),
        }
    }
}

/// The namespace of HTML, as parsers name it.
pub const HTML_NAMESPACE: &str = "http://www.w3.org/1999/xhtml";

/// Why a change is never made to an element of this name; `None` if it can be. In SVG and MathML a `<template>` is one more element
/// that is shown, and HTML that is put there ends the picture. Attributes are attributes everywhere.
pub(super) fn refusal(change: Change, name: &str, is_html: bool) -> Option<Why> {
    let is_inside = matches!(change, Change::Inner | Change::Text);
    match (change, name) {
        (Change::Attribute, _) => None,
        // A parser names these by the namespace of what is in them.
        _ if !is_html || holds_html(name) && name != "title" || name == "annotation-xml" => {
            Some("the element is not HTML: only its attributes can be set")
        }
        (_, "html") => Some("a page cannot be without it: only its attributes can be set"),
        (_, "head" | "body") if !is_inside => Some("a page cannot be without it, and nothing stands beside it"),
        _ if is_inside && is_void(name) => Some("the element has no content"),
        _ if is_inside && is_text_only(name) && !is_escapable(name) => Some("its content is not shown, or is code"),
        _ => None,
    }
}

/// Whether a change must know where the element ends.
pub(super) fn needs_end(change: Change) -> bool {
    !matches!(change, Change::Attribute | Change::Before)
}

/// Whether a change puts something in front of the element.
pub(super) fn comes_before(change: Change) -> bool {
    matches!(change, Change::Before | Change::Replace | Change::Remove)
}

/// An element as the page has it.
pub(super) struct Element<'e> {
    pub(super) name: &'e str,
    /// Its start tag's bytes, and what they say.
    pub(super) start: &'e [u8],
    pub(super) tag: &'e Tag,
    /// Its content and its end tag; `None` as long as no change needs to know them.
    pub(super) rest: Option<(&'e [u8], &'e [u8])>,
    /// Whether the bytes of the page are surely UTF-8. If not, what is put in is ASCII.
    pub(super) is_utf8: bool,
}

/// The element after these changes, in their order: each one acts on what the ones before made.
pub(super) fn changed(element: &Element<'_>, changes: &[&SlotChange]) -> Vec<u8> {
    let (mut before, mut prepend, mut append, mut after) = (String::new(), String::new(), String::new(), String::new());
    let mut text = None;
    let mut marks = Marks::default();
    for SlotChange { mark, change, attribute, body, .. } in changes {
        let new = |markup: &str| format!("<!--selvedge:{mark}-->{markup}<!--/selvedge:{mark}-->");
        let keep = |markup: &str| new(markup) + &format!("<template data-selvedge-control=\"{mark}\">");
        match change {
            Change::Inner | Change::Text => {
                let escaped = if *change == Change::Text { escape_text(body) } else { body.clone() };
                if is_text_only(element.name) {
                    text = Some(escaped);
                    marks.reload.push(mark);
                } else {
                    prepend = keep(&escaped) + &prepend;
                    append.push_str(TEMPLATE_END);
                }
            }
            Change::Replace | Change::Remove => {
                before = keep(if *change == Change::Remove { "" } else { body }) + &before;
                after.push_str(TEMPLATE_END);
            }
            Change::Before => before = new(body) + &before,
            Change::After => {
                // An element that something else ends has no end tag for markup to stand behind.
                if after.is_empty() && element.rest.is_some_and(|(_, end)| end.is_empty()) && !is_void(element.name) {
                    after = format!("</{}>", element.name);
                }
                after += &new(body);
            }
            Change::Attribute => marks.set.push((mark, attribute, body)),
        }
    }
    let put = |out: &mut Vec<u8>, markup: &str| put(out, markup, element.is_utf8);
    let mut out = Vec::new();
    put(&mut out, &before);
    marks.write(&mut out, element, put);
    put(&mut out, &prepend);
    let (content, end) = element.rest.unwrap_or_default();
    match &text {
        Some(text) => put(&mut out, text),
        None => out.extend_from_slice(content),
    }
    put(&mut out, &append);
    out.extend_from_slice(end);
    put(&mut out, &after);
    out
}

const TEMPLATE_END: &str = "</template>";

/// Markup in the page's encoding: any that keeps ASCII as it is.
fn put(out: &mut Vec<u8>, markup: &str, is_utf8: bool) {
    if is_utf8 || markup.is_ascii() {
        return out.extend_from_slice(markup.as_bytes());
    }
    for character in markup.chars() {
        match u8::try_from(character) {
            Ok(byte) if byte.is_ascii() => out.push(byte),
            _ => out.extend_from_slice(format!("&#{};", u32::from(character)).as_bytes()),
        }
    }
}

/// What the start tag says of the changes.
#[derive(Default)]
struct Marks<'c> {
    /// Slot, name and value.
    set: Vec<(&'c str, &'c str, &'c str)>,
    reload: Vec<&'c str>,
}

impl Marks<'_> {
    /// The start tag with its marks. They stand first: of two attributes of one name, browsers take the first.
    fn write(&self, out: &mut Vec<u8>, element: &Element<'_>, put: impl Fn(&mut Vec<u8>, &str)) {
        let Element { start, tag, .. } = element;
        let part = |range: Range<usize>| start.get(range).unwrap_or_default();
        if self.set.is_empty() && self.reload.is_empty() {
            return out.extend_from_slice(start);
        }
        out.extend_from_slice(part(0..tag.name.end));
        if !self.reload.is_empty() {
            put(out, &format!(" data-selvedge-reload=\"{}\"", self.reload.join(" ")));
        }
        if !self.set.is_empty() {
            let marks: Vec<String> = self.set.iter().map(|(slot, name, _)| format!("{slot}:{name}")).collect();
            put(out, &format!(" data-selvedge-set=\"{}\"", marks.join(" ")));
        }
        // Of changes of one attribute, the last holds.
        let last =
            |at: usize, name: &str| !self.set.iter().skip(at + 1).any(|(_, other, _)| other.eq_ignore_ascii_case(name));
        let mut written = tag.name.end;
        let mut replaced: Vec<(Range<usize>, String)> = Vec::new();
        for (at, (_, name, value)) in self.set.iter().enumerate().filter(|(at, (_, name, _))| last(*at, name)) {
            let _ = at;
            let value = format!("{name}=\"{}\"", escape_attribute(value));
            let was = tag.attributes.iter().find(|other| lower(part(other.name.clone())) == name.to_ascii_lowercase());
            let Some(was) = was else {
                put(out, &format!(" {value}"));
                continue;
            };
            put(out, &format!(" data-selvedge-was-{name}=\""));
            for byte in part(was.value.clone().unwrap_or_default()) {
                if *byte == b'"' { out.extend_from_slice(b"&quot;") } else { out.push(*byte) }
            }
            out.push(b'"');
            replaced.push((was.whole.clone(), value));
        }
        replaced.sort_by_key(|(place, _)| place.start);
        for (place, value) in replaced {
            out.extend_from_slice(part(written..place.start));
            put(out, &value);
            written = place.end;
        }
        out.extend_from_slice(part(written..start.len()));
    }
}

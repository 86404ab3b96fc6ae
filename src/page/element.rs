//! One policy for every host: how a change affects an element, and when it does not touch the element.
//!
//! Takes an element's bytes as the page has them, gives the bytes that take their place. The origin's own content stays in
//! the page, inert inside a `<template>`. So the loader can restore it the moment a visitor withdraws consent, without a
//! request:
//!
//! ```text
//! <!--selvedge:MARK-->new <b>content<template data-selvedge-control="MARK">the origin's content</template></b><!--/selvedge:MARK-->
//! ```
//!
//! The template stands where it changes no layout (`nest.rs`). `before` and `after` keep nothing, and begin with `<!--selvedge+:MARK-->`.
//! If the template of another mark is missing, a script of the page has taken it. Then only a new page can put things right.
//!
//! A mark is `SLOT~NONCE`, with the nonce of the data block. Two things cannot be kept in a template. An attribute is kept beside its new
//! value (`data-selvedge-set`, `data-selvedge-was-NAME`). The text of a `<title>` or a `<textarea>` comes back with a reload
//! (`data-selvedge-reload`).

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use super::escape::{escape_attribute, escape_text};
use super::extent::Why;
use super::kinds::{ESCAPABLE, HOLDS_HTML, TEXT, VOID, is, is_one_of};
use super::nest;
use super::tags::{Attribute, Tag};
use crate::words::Change;

/// A change of the page, with its content.
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
pub(super) fn refusal(change: &SlotChange, name: &str, is_html: bool) -> Option<Why> {
    let SlotChange { change, attribute, body, .. } = change;
    let (change, is_inside) = (*change, goes_inside(*change));
    match (change, name) {
        (Change::Attribute, _) => (is_one_of(name, CODE) && !is_harmless(attribute))
            .then_some("the element is code, or leads the page elsewhere: only names and sizes of it can be set"),
        // A parser names these by the namespace of their contents.
        _ if !is_html || is(name, HOLDS_HTML) && name != "title" || name == "annotation-xml" => {
            Some("the element is not HTML: only its attributes can be set")
        }
        (_, "html") => Some("a page cannot be without it: only its attributes can be set"),
        // A picture has titles, too. Their parser calls them HTML, and what stands beside them is not.
        (_, "title") if !is_inside => Some("only the text and the attributes of a title can be set"),
        (_, "head" | "body") if !is_inside => Some("a page cannot be without it, and nothing stands beside it"),
        _ if is_inside && is(name, VOID) => Some("the element has no content"),
        _ if is_inside && (is(name, TEXT) && !is(name, ESCAPABLE) || name == "template") => {
            Some("its content is not shown, or is code")
        }
        _ => misplaced(change, name, body)
            .then_some("the content does not belong there: a table holds nothing but its parts"),
    }
}

/// Elements of HTML and SVG that run code, load code, or change where addresses on the page lead.
const CODE: &str = "script style base link meta iframe frame object embed applet param portal set animate animatetransform \
    animatemotion use handler";

/// True if an attribute says nothing but how an element is named and how large it is.
fn is_harmless(attribute: &str) -> bool {
    let prefix = attribute.split_once('-').map_or("", |(prefix, _)| prefix);
    matches!(prefix, "data" | "aria")
        || is_one_of(attribute, "class id title lang dir hidden alt width height loading role")
}

/// True if the parser would move this content elsewhere, or put more around it: in or beside a part of a table.
fn misplaced(change: Change, name: &str, body: &str) -> bool {
    const GROUPS: &[&str] = &["tbody", "thead", "tfoot"];
    let is_inside = goes_inside(change);
    let parts = match (is_inside, name) {
        (true, "table") | (false, "tbody" | "thead" | "tfoot" | "caption" | "colgroup") => GROUPS,
        (true, "tbody" | "thead" | "tfoot") | (false, "tr") => &["tr"],
        (true, "tr") | (false, "td" | "th") => &["td", "th"],
        (true, "colgroup") => &["col"],
        _ => return false,
    };
    let begins = |part: &&str| {
        let rest = body.trim_ascii_start().strip_prefix('<').and_then(|body| body.strip_prefix(*part));
        rest.is_some_and(|rest| !rest.starts_with(|next: char| next.is_ascii_alphanumeric()))
    };
    change != Change::Remove && !parts.iter().any(begins)
}

/// True if a change must know where the element ends.
pub(super) fn needs_end(change: Change) -> bool {
    !matches!(change, Change::Attribute | Change::Before)
}

/// True if a change puts something in front of the element.
pub(super) fn comes_before(change: Change) -> bool {
    matches!(change, Change::Before | Change::Replace | Change::Remove)
}

/// True if a change replaces the content of the element.
pub(super) fn goes_inside(change: Change) -> bool {
    matches!(change, Change::Inner | Change::Text)
}

/// An element as the page has it.
pub(super) struct Element<'e> {
    pub(super) name: &'e str,
    /// Its start tag's bytes, and their marks.
    pub(super) start: &'e [u8],
    pub(super) tag: &'e Tag,
    /// Its content and its end tag; `None` as long as no change needs to know them.
    pub(super) rest: Option<(&'e [u8], &'e [u8])>,
    /// True if the bytes of the page are surely UTF-8. If not, the added markup is ASCII.
    pub(super) is_utf8: bool,
}

/// The element after these changes, in their order: each one acts on the result of the ones before.
pub(super) fn changed(element: &Element<'_>, changes: &[&SlotChange]) -> Vec<u8> {
    let (mut before, mut prepend, mut append, mut after) = (String::new(), String::new(), String::new(), String::new());
    let mut text = None;
    let mut marks = Marks::default();
    for SlotChange { mark, change, attribute, body, .. } in changes {
        let added = || ["<!--selvedge+:", mark, "-->", body, "<!--/selvedge:", mark, "-->"].concat();
        // The markup before and behind the origin's content.
        let around = |markup: &str| {
            let (head, tail) = markup.split_at_checked(nest::place(markup)).unwrap_or((markup, ""));
            let open = ["<!--selvedge:", mark, "-->", head, "<template data-selvedge-control=\"", mark, "\">"].concat();
            (open, ["</template>", tail, "<!--/selvedge:", mark, "-->"].concat())
        };
        match change {
            Change::Inner | Change::Text => {
                let escaped = if *change == Change::Text { escape_text(body) } else { body.clone() };
                if is(element.name, TEXT) {
                    text = Some(escaped);
                    marks.reload.push(mark);
                } else {
                    let (open, close) = around(&escaped);
                    prepend = open + &prepend;
                    append += &close;
                }
            }
            Change::Replace | Change::Remove => {
                let (open, close) = around(if *change == Change::Remove { "" } else { body });
                before = open + &before;
                after += &close;
            }
            Change::Before => before = added() + &before,
            Change::After => {
                // An element that something else ends has no end tag for markup to stand behind.
                if after.is_empty() && element.rest.is_some_and(|(_, end)| end.is_empty()) && !is(element.name, VOID) {
                    after = ["</", element.name, ">"].concat();
                }
                after += &added();
            }
            Change::Attribute => marks.set.push((mark, attribute, body)),
        }
    }
    let put = |out: &mut Vec<u8>, markup: &str| put(out, markup, element.is_utf8);
    let mut out = Vec::new();
    put(&mut out, &before);
    marks.write(&mut out, element, put);
    let (mut content, end) = element.rest.unwrap_or_default();
    // A line break that begins one of these is none of its content. In a template it would be.
    if is_one_of(element.name, "pre listing") && !prepend.is_empty() {
        let lead = if content.starts_with(b"\r\n") { 2 } else { usize::from(content.starts_with(b"\n")) };
        let (line_break, rest) = content.split_at(lead);
        out.extend_from_slice(line_break);
        content = rest;
    }
    put(&mut out, &prepend);
    match &text {
        Some(text) => put(&mut out, text),
        None => out.extend_from_slice(content),
    }
    put(&mut out, &append);
    out.extend_from_slice(end);
    put(&mut out, &after);
    out
}

/// Markup in the page's encoding: any that keeps ASCII as it is.
fn put(out: &mut Vec<u8>, markup: &str, is_utf8: bool) {
    if is_utf8 || markup.is_ascii() {
        return out.extend_from_slice(markup.as_bytes());
    }
    for character in markup.chars() {
        match u8::try_from(character) {
            Ok(byte) if byte.is_ascii() => out.push(byte),
            _ => out.extend_from_slice(reference(character).as_bytes()),
        }
    }
}

fn reference(character: char) -> String {
    format!("&#{};", u32::from(character))
}

/// The marks in the start tag about the changes.
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
            put(out, &[" data-selvedge-reload=\"", &self.reload.join(" "), "\""].concat());
        }
        if !self.set.is_empty() {
            let marks: Vec<String> = self.set.iter().map(|(slot, name, _)| [*slot, ":", *name].concat()).collect();
            put(out, &[" data-selvedge-set=\"", &marks.join(" "), "\""].concat());
        }
        let is_named = |other: &Attribute, name: &str| part(other.name.clone()).eq_ignore_ascii_case(name.as_bytes());
        // If several changes set one attribute, the last one wins.
        let last = self.set.iter().enumerate().filter(|(at, (_, name, _))| {
            !self.set.iter().skip(at + 1).any(|(_, other, _)| other.eq_ignore_ascii_case(name))
        });
        for (_, (_, name, value)) in last.clone() {
            let Some(was) = tag.attributes.iter().find(|other| is_named(other, name)) else {
                put(out, &[" ", *name, "=\"", &escape_attribute(value), "\""].concat());
                continue;
            };
            put(out, &[" data-selvedge-was-", *name, "=\""].concat());
            for byte in part(was.value.clone().unwrap_or_default()) {
                if *byte == b'"' { out.extend_from_slice(b"&quot;") } else { out.push(*byte) }
            }
            out.push(b'"');
        }
        let (mut written, mut replaced) = (tag.name.end, Vec::new());
        for attribute in &tag.attributes {
            let named = last.clone().find(|(at, (_, name, _))| is_named(attribute, name) && !replaced.contains(at));
            let Some((at, (_, name, value))) = named else { continue };
            replaced.push(at);
            out.extend_from_slice(part(written..attribute.whole.start));
            put(out, &[*name, "=\"", &escape_attribute(value), "\""].concat());
            written = attribute.whole.end;
        }
        out.extend_from_slice(part(written..start.len()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_what_is_code_only_names_and_sizes_are_set() {
        let is_set = |name: &str, attribute: &str| {
            let slot = SlotChange {
                slot: "s".into(),
                mark: "s".into(),
                change: Change::Attribute,
                attribute: attribute.into(),
                body: "/x".into(),
            };
            refusal(&slot, name, true).is_none()
        };
        for (name, attribute) in
            [("a", "href"), ("img", "src"), ("iframe", "title"), ("link", "data-x"), ("svg", "href")]
        {
            assert!(is_set(name, attribute), "{name} {attribute}");
        }
        for (name, attribute) in [
            ("script", "src"),
            ("iframe", "src"),
            ("link", "href"),
            ("base", "href"),
            ("meta", "content"),
            ("set", "to"),
        ] {
            assert!(!is_set(name, attribute), "{name} {attribute}");
        }
    }
}

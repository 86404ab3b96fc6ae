//! Finds which elements are open in front of an element.
//!
//! Takes the last bytes of the page before it, and reads their tags backwards. It sees no more of the page, so an answer says
//! "may be" or "surely".

use alloc::borrow::Cow;

use super::kinds::*;
use super::tags::{find_byte, is_space, lower};

/// The most that is looked at in front of an element.
pub(super) const BEFORE_BYTES_MAX: usize = 4096;

/// True if a paragraph may be open behind this part of a page. `is_whole` says that nothing comes before it.
pub(super) fn may_be_in_paragraph(before: &[u8], is_whole: bool) -> bool {
    let mut rest = before;
    while let Some((name, is_end, front)) = last_tag(rest) {
        match &*name {
            "p" => return !is_end,
            "button" | "object" | "marquee" | "applet" | "template" | "svg" | "math" | "table" | "select" if is_end => {
                let Some(front) = front_of(&name, front) else { return true };
                rest = front;
                continue;
            }
            _ if is_end && is(&name, TEXT) => {
                let Some(front) = front_of(&name, front) else { return true };
                rest = front;
                continue;
            }
            other if is(other, ENDS_PARAGRAPH) || is(other, BARRIER) || is(other, TABLE_PART) => return false,
            "button" | "body" | "head" => return false,
            _ => rest = front,
        }
    }
    !is_whole
}

/// True if nothing is open behind this part of a page that a start tag of `name` would end: markup put there is a sibling of the element.
pub(super) fn stands_alone(name: &str, before: &[u8], is_whole: bool) -> bool {
    let parents: (&[&str], &[&str]) = match name {
        "li" => (&["ul", "ol", "menu", "dir"], &["li"]),
        "dd" | "dt" => (&["dl", "div"], &["dd", "dt"]),
        "option" => (&["select", "optgroup", "datalist"], &["option", "optgroup"]),
        "optgroup" => (&["select"], &["option", "optgroup"]),
        "td" | "th" => (&["tr"], &["td", "th"]),
        "tr" => (&["tbody", "thead", "tfoot"], &["tr"]),
        "tbody" | "thead" | "tfoot" => (&["table"], &["tbody", "thead", "tfoot", "caption", "colgroup"]),
        "colgroup" | "caption" => (&["table"], &["colgroup", "caption"]),
        _ => {
            return !is(name, ENDS_PARAGRAPH)
                || !(may_be_in_paragraph(before, is_whole) || is(name, HEADING) && may_be_in_heading(before));
        }
    };
    let mut rest = before.trim_ascii_end();
    while rest.ends_with(b"-->") {
        let Some(at) = rest.windows(4).rposition(|window| window == b"<!--") else { return false };
        rest = rest.get(..at).unwrap_or_default().trim_ascii_end();
    }
    // A tag must come right before.
    let Some((tag, is_end, _)) = last_tag(rest).filter(|_| rest.ends_with(b">")) else { return false };
    if is_end { parents.1.contains(&&*tag) } else { parents.0.contains(&&*tag) }
}

/// True for an element of this name between the parts of a table, as far as this part of a page shows. The parser moves it
/// in front of the table, and leaves comments and templates where they are.
pub(super) fn is_moved(name: &str, before: &[u8]) -> bool {
    if is(name, TABLE_PART) {
        return false;
    }
    let mut rest = before;
    while let Some((tag, is_end, front)) = last_tag(rest) {
        rest = match () {
            () if is(&tag, TABLE_PART) => return is_end || !is_one_of(&tag, "td th caption"),
            () if is_end => match front_of(&tag, front) {
                Some(front) => front,
                None => return false,
            },
            () if is(&tag, VOID) => front,
            () => return tag == "table",
        };
    }
    false
}

/// True if a cell of a table is surely open behind this part of a page.
pub(super) fn is_in_cell(before: &[u8]) -> bool {
    let mut rest = before;
    while let Some((name, is_end, front)) = last_tag(rest) {
        rest = front;
        if name == "table" && is_end {
            let Some(front) = front_of(&name, front) else { return false };
            rest = front;
        } else if name == "table" || is(&name, TABLE_PART) {
            return !is_end && is_one_of(&name, "td th caption");
        }
    }
    false
}

fn may_be_in_heading(before: &[u8]) -> bool {
    let mut rest = before;
    while let Some((name, is_end, front)) = last_tag(rest) {
        if is(&name, HEADING) {
            return !is_end;
        }
        rest = front;
    }
    false
}

/// The last tag in this part of a page: its name, whether it is an end tag, and what comes before it.
fn last_tag(mut rest: &[u8]) -> Option<(Cow<'_, str>, bool, &[u8])> {
    loop {
        let at = rest.iter().rposition(|byte| *byte == b'<')?;
        let (front, tag) = rest.split_at_checked(at)?;
        // Inside of a comment there is no tag.
        if !tag.starts_with(b"<!--") && tag.windows(3).any(|window| window == b"-->") {
            let opening = front.windows(4).rposition(|window| window == b"<!--")?;
            rest = front.get(..opening)?;
            continue;
        }
        let is_end = tag.get(1) == Some(&b'/');
        let name = tag.get(if is_end { 2 } else { 1 }..)?;
        rest = front;
        if !name.first().is_some_and(u8::is_ascii_alphabetic) {
            continue;
        }
        let end = name.iter().position(|byte| is_space(*byte) || matches!(byte, b'/' | b'>')).unwrap_or(name.len());
        if find_byte(tag, 0, b'>').is_some() {
            return Some((lower(name.get(..end)?), is_end, front));
        }
    }
}

/// The part of the page before the element of this name that is open at its end.
pub(super) fn front_of<'b>(name: &str, mut rest: &'b [u8]) -> Option<&'b [u8]> {
    let mut closed = 0_usize;
    while let Some((tag, is_end, front)) = last_tag(rest) {
        rest = front;
        if tag == name && is_end {
            closed += 1;
        } else if tag == name {
            let Some(outer) = closed.checked_sub(1) else { return Some(rest) };
            closed = outer;
        }
    }
    None
}

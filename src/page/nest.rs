//! The place in new content where a `<template>` changes no layout.
//!
//! Takes markup that `check` passed, gives a place in it. Behind the new content a template would be its sibling: `:last-child`, `* + *`
//! and `h2 + p` would match otherwise than they do without it. In an element that holds nothing but text it has no siblings.

use alloc::borrow::Cow;

use super::kinds::{TEXT, VOID, is, is_one_of};
use super::tags::{Piece, lower, piece, raw_end};

/// Elements in which a template is none, is not shown, or is lost.
const CLOSED: &str = "svg math select datalist template";

/// The end of the last element that holds nothing but text, or of the markup if there is none.
pub(super) fn place(markup: &str) -> usize {
    let page = markup.as_bytes();
    let (mut at, mut found) = (0, page.len());
    // The element that is open and has nothing but text so far, and whether there is some.
    let mut open: Option<(Cow<'_, str>, bool)> = None;
    // One of the closed elements around, and how many of its name are open.
    let mut closed: Option<(Cow<'_, str>, usize)> = None;
    while let Some((piece, end)) = piece(page, at, closed.is_some()) {
        match piece {
            Piece::Text => {
                let has_text = markup.get(at..end).is_some_and(|text| !text.trim_ascii().is_empty());
                open = open.map(|(name, had)| (name, had || has_text));
            }
            Piece::Comment => {}
            Piece::Start { name, is_self_closing } => {
                let name = lower(name);
                open = None;
                if let Some((around, depth)) = &mut closed {
                    *depth += usize::from(*around == name && !is_self_closing);
                } else if is(&name, TEXT) {
                    at = raw_end(page, end, &name).unwrap_or(page.len());
                    continue;
                } else if is_one_of(&name, CLOSED) {
                    closed = (!is_self_closing).then_some((name, 1));
                } else if !is(&name, VOID) && !name.contains('-') {
                    open = Some((name, false));
                }
            }
            Piece::End { name } => {
                let name = lower(name);
                if open.take().is_some_and(|(own, has_text)| has_text && own == name) {
                    found = at;
                }
                if let Some((_, depth)) = closed.as_mut().filter(|(around, _)| *around == name) {
                    *depth -= 1;
                }
                closed = closed.filter(|(_, depth)| *depth > 0);
            }
        }
        at = end;
    }
    found
}

#[cfg(test)]
mod tests {
    /// `|` is the place.
    #[test]
    fn it_is_in_the_last_element_that_holds_only_text() {
        for markup in [
            "<h2>one</h2><p>two|</p>",
            "<h2>one|</h2><p>two <img src=x></p>",
            "<ul><li>one</li><li>two|</li></ul>",
            "<p>one <b title=\"<b>\">two|</b></p> three",
            "<p>one <br></p>|",
            "<p>one|</p><span class=icon></span><i> </i>",
            "<p>one|</p><svg><title>t</title><g><text>two</text></g></svg>",
            "<p>one|</p><select><option>two</option></select>",
            "<p>one|</p><template><div><template></template><p>two</p></div></template>",
            "<p>one|</p><textarea>two</textarea><my-price>3</my-price>",
            "<p>one<!-- <b>two</b> -->|</p>",
            "<img src=x>|",
            "only text|",
            "|",
        ] {
            let plain = markup.replace('|', "");
            let expected = markup.find('|').unwrap_or(plain.len());
            assert_eq!(super::place(&plain), expected, "{markup}");
        }
    }
}

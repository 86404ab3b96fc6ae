//! Pieces of a page: tags, comments and the text between them, as HTML's tokenizer cuts them.
//!
//! Takes bytes of a page in any encoding that keeps ASCII as it is, gives ranges. It never decodes a character, and never looks
//! beyond the piece that was asked for.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

/// A part of the page that starts at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece<'p> {
    /// Text up to the next piece.
    Text,
    /// A comment, a document type, an instruction or a section of character data.
    Comment,
    /// A start tag; whether it ends itself counts in SVG and MathML only.
    Start {
        /// As it was written: see [`lower`].
        name: &'p [u8],
        /// `/>`
        is_self_closing: bool,
    },
    /// An end tag.
    End {
        /// As it was written.
        name: &'p [u8],
    },
}

/// An attribute as it was written, by its places in the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Attribute {
    pub(super) name: Range<usize>,
    /// Without its quotes.
    pub(super) value: Option<Range<usize>>,
    /// Name, value and quotes.
    pub(super) whole: Range<usize>,
}

/// The piece at `at` and where it ends; `None` where more bytes of the page are needed to tell.
pub(super) fn piece(page: &[u8], at: usize, is_foreign: bool) -> Option<(Piece<'_>, usize)> {
    let rest = page.get(at..)?;
    let (first, second) = (*rest.first()?, rest.get(1).copied());
    if first != b'<' {
        return Some((Piece::Text, find_byte(page, at, b'<').unwrap_or(page.len())));
    }
    match second? {
        letter if letter.is_ascii_alphabetic() => {
            let (name, is_self_closing, end) = walk(page, at + 1, None)?;
            Some((Piece::Start { name: page.get(name)?, is_self_closing }, end))
        }
        b'/' => match *rest.get(2)? {
            letter if letter.is_ascii_alphabetic() => {
                let (name, _, end) = walk(page, at + 2, None)?;
                Some((Piece::End { name: page.get(name)? }, end))
            }
            _ => until(page, at + 2, b">"),
        },
        b'!' => {
            const OPENINGS: [(&[u8], &[u8]); 2] = [(b"<!--", b"-->"), (b"<![CDATA[", b"]]>")];
            for (opening, closing) in OPENINGS.into_iter().take(if is_foreign { 2 } else { 1 }) {
                if rest.starts_with(opening) {
                    return if opening == b"<!--" {
                        comment(page, at + 4)
                    } else {
                        until(page, at + opening.len(), closing)
                    };
                }
                if opening.starts_with(rest) {
                    return None;
                }
            }
            until(page, at + 2, b">")
        }
        b'?' => until(page, at + 1, b">"),
        _ => Some((Piece::Text, find_byte(page, at + 1, b'<').unwrap_or(page.len()))),
    }
}

/// The place of the end tag of an element that holds only text. `None` if the end tag is not there yet.
pub(super) fn raw_end(page: &[u8], from: usize, name: &str) -> Option<usize> {
    let mut at = from;
    loop {
        at = find_byte(page, at, b'<')?;
        let rest = page.get(at + 1..)?;
        let behind = rest.get(1 + name.len());
        if rest.strip_prefix(b"/").is_some_and(|rest| begins(rest, name)) && behind.is_some_and(|byte| ends_name(*byte))
        {
            return Some(at);
        }
        at += 1;
    }
}

/// True if bytes begin with a word, in capitals or not.
pub(super) fn begins(bytes: &[u8], word: &str) -> bool {
    bytes.get(..word.len()).is_some_and(|part| part.eq_ignore_ascii_case(word.as_bytes()))
}

/// A tag by its places in the page.
#[derive(Clone, Debug)]
pub(super) struct Tag {
    pub(super) name: Range<usize>,
    pub(super) attributes: Vec<Attribute>,
    pub(super) end: usize,
}

/// The tag whose name begins at `at`; `None` if its end is not there yet.
pub(super) fn tag(page: &[u8], at: usize) -> Option<Tag> {
    let mut attributes = Vec::new();
    let (name, _, end) = walk(page, at, Some(&mut attributes))?;
    Some(Tag { name, attributes, end })
}

/// The name of the tag there, whether it ends itself, and its end. Adds its attributes where somebody wants them.
fn walk(page: &[u8], at: usize, mut attributes: Option<&mut Vec<Attribute>>) -> Option<(Range<usize>, bool, usize)> {
    let mut end = at;
    while !ends_name(*page.get(end)?) {
        end += 1;
    }
    let name = at..end;
    loop {
        let mut is_self_closing = false;
        while let Some(byte) = page.get(end).filter(|byte| is_space(**byte) || **byte == b'/') {
            is_self_closing = *byte == b'/';
            end += 1;
        }
        if *page.get(end)? == b'>' {
            return Some((name, is_self_closing, end + 1));
        }
        let attribute = attribute(page, end)?;
        end = attribute.whole.end;
        if let Some(attributes) = &mut attributes {
            attributes.push(attribute);
        }
    }
}

fn attribute(page: &[u8], start: usize) -> Option<Attribute> {
    // The first character belongs to the name, even if it is a sign.
    let mut end = start + 1;
    while !ends_name(*page.get(end)?) && page.get(end) != Some(&b'=') {
        end += 1;
    }
    let name = start..end;
    let equals = skip_spaces(page, end)?;
    if page.get(equals) != Some(&b'=') {
        return Some(Attribute { value: None, whole: name.clone(), name });
    }
    let begin = skip_spaces(page, equals + 1)?;
    let (value, end) = match *page.get(begin)? {
        quote @ (b'"' | b'\'') => {
            let close = find_byte(page, begin + 1, quote)?;
            (begin + 1..close, close + 1)
        }
        b'>' => (begin..begin, begin),
        _ => {
            let mut end = begin;
            while !is_space(*page.get(end)?) && page.get(end) != Some(&b'>') {
                end += 1;
            }
            (begin..end, end)
        }
    };
    Some(Attribute { name, value: Some(value), whole: start..end })
}

fn comment(page: &[u8], from: usize) -> Option<(Piece<'_>, usize)> {
    let rest = page.get(from..)?;
    for short in [&b">"[..], b"->"] {
        if rest.starts_with(short) {
            return Some((Piece::Comment, from + short.len()));
        }
    }
    let mut at = from;
    loop {
        at = find_byte(page, at, b'>')?;
        let before = page.get(from..at)?;
        if before.ends_with(b"--") || before.ends_with(b"--!") {
            return Some((Piece::Comment, at + 1));
        }
        at += 1;
    }
}

fn until<'p>(page: &'p [u8], from: usize, closing: &[u8]) -> Option<(Piece<'p>, usize)> {
    let last = *closing.last()?;
    let mut at = from;
    loop {
        at = find_byte(page, at, last)? + 1;
        if page.get(from..at)?.ends_with(closing) {
            return Some((Piece::Comment, at));
        }
    }
}

fn skip_spaces(page: &[u8], mut at: usize) -> Option<usize> {
    while is_space(*page.get(at)?) {
        at += 1;
    }
    Some(at)
}

pub(super) fn find_byte(page: &[u8], from: usize, byte: u8) -> Option<usize> {
    page.get(from..)?.iter().position(|other| *other == byte).map(|at| from + at)
}

pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\x0c' | b'\r')
}

fn ends_name(byte: u8) -> bool {
    is_space(byte) || matches!(byte, b'/' | b'>')
}

/// A name in lower case: most are, and nothing is copied then.
pub(super) fn lower(bytes: &[u8]) -> Cow<'_, str> {
    let is_lower = bytes.iter().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
    match core::str::from_utf8(bytes) {
        Ok(text) if is_lower => Cow::Borrowed(text),
        _ => Cow::Owned(bytes.iter().map(|byte| char::from(byte.to_ascii_lowercase())).collect::<String>()),
    }
}

/// True if the text holds this part, in any case of letters.
pub(super) fn has(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window.eq_ignore_ascii_case(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(page: &str) -> Vec<(Piece<'_>, &str)> {
        let (mut at, mut found) = (0, Vec::new());
        while let Some((piece, end)) = piece(page.as_bytes(), at, false) {
            found.push((piece, &page[at..end]));
            at = end;
        }
        found
    }

    fn start(name: &str, is_self_closing: bool) -> Piece<'_> {
        Piece::Start { name: name.as_bytes(), is_self_closing }
    }

    #[test]
    fn a_page_is_cut_as_html_cuts_it() {
        assert_eq!(
            pieces("a<DIV x='>'\ty=a/ z>b</Div q=\">\"><!--<p>--><!doctype x></><? y>< 1<br/><!-->"),
            [
                (Piece::Text, "a"),
                (start("DIV", false), "<DIV x='>'\ty=a/ z>"),
                (Piece::Text, "b"),
                (Piece::End { name: b"Div" }, "</Div q=\">\">"),
                (Piece::Comment, "<!--<p>-->"),
                (Piece::Comment, "<!doctype x>"),
                (Piece::Comment, "</>"),
                (Piece::Comment, "<? y>"),
                (Piece::Text, "< 1"),
                (start("br", true), "<br/>"),
                (Piece::Comment, "<!-->"),
            ]
        );
    }

    #[test]
    fn a_name_is_in_lower_case() {
        assert_eq!(lower(b"my-price"), Cow::Borrowed("my-price"));
        assert_eq!(lower(b"DIV"), "div");
        assert_eq!(lower(b"d\xc3\xa4"), "d\u{c3}\u{a4}", "each byte by itself");
    }

    #[test]
    fn an_unfinished_piece_waits() {
        for page in [
            "<",
            "<di",
            "<a href='x>",
            "<a b",
            "<a b=",
            "</",
            "</p",
            "<!",
            "<!-",
            "<!--x--",
            "<!--->".get(..5).expect("five"),
        ] {
            assert_eq!(piece(page.as_bytes(), 0, false), None, "{page}");
        }
        assert_eq!(piece(b"<![CDATA[a>b]]>", 0, true), Some((Piece::Comment, 15)));
        assert_eq!(piece(b"<![CDATA[a>b]]>", 0, false), Some((Piece::Comment, 11)));
    }

    #[test]
    fn attributes_are_where_they_were_written() {
        let page = "<a href=/x/ title = \"a>b\" hidden =x>";
        let tag = tag(page.as_bytes(), 1).expect("a whole tag");
        let shown: Vec<_> = tag
            .attributes
            .iter()
            .map(|attribute| {
                let value = attribute.value.clone().map(|value| &page[value]);
                (&page[attribute.name.clone()], value, &page[attribute.whole.clone()])
            })
            .collect();
        assert_eq!(
            shown,
            [
                ("href", Some("/x/"), "href=/x/"),
                ("title", Some("a>b"), "title = \"a>b\""),
                ("hidden", Some("x"), "hidden =x")
            ]
        );
    }

    #[test]
    fn raw_text_ends_at_its_own_end_tag() {
        assert_eq!(raw_end(b"a</b></titled></TITLE >", 0, "title"), Some(14));
        assert_eq!(raw_end(b"a</title", 0, "title"), None);
    }
}

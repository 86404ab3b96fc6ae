//! A TOML file as lines: blank ones, comments, headings, pairs.
//!
//! Takes text, gives lines whose values hold their source. Order and comments are those of the file; only whitespace is gone.

use std::iter::Peekable;

use toml_parser::parser::{Event, EventKind, RecursionGuard, parse_document};
use toml_parser::{ParseError, Source};

/// One line, or several if its value needs them.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Line<'t> {
    /// Between groups.
    Blank,
    /// A comment alone on its line.
    Comment(&'t str),
    /// `[a.b]` or `[[a.b]]`.
    Heading { path: Vec<&'t str>, several: bool, comment: Option<&'t str> },
    /// `a.b = …`
    Pair { key: Vec<&'t str>, value: Value<'t>, comment: Option<&'t str> },
}

/// What stands after `=`.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value<'t> {
    /// As it stands in the file: a scalar, or a table with comments inside.
    Raw(&'t str),
    /// A text that replaces the written one.
    New(String),
    /// An array.
    Array(Vec<Piece<'t>>),
    /// A table in braces.
    Table(Vec<(Vec<&'t str>, Value<'t>)>),
}

/// A part of an array, in order.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Piece<'t> {
    /// An item and the comment after it on its line.
    Item(Value<'t>, Option<&'t str>),
    /// A comment on a line of its own.
    Comment(&'t str),
    /// Between groups.
    Blank,
}

/// The deepest nesting of arrays and tables that the loader's own reader accepts.
const DEPTH_MAX: u32 = 80;

/// The lines of a file; `None` if it is not TOML.
pub(super) fn lines(text: &str) -> Option<Vec<Line<'_>>> {
    let source = Source::new(text);
    let tokens = source.lex().into_vec();
    let (mut events, mut error): (Vec<Event>, Option<ParseError>) = (Vec::new(), None);
    parse_document(&tokens, &mut RecursionGuard::new(&mut events, DEPTH_MAX), &mut error);
    if error.is_some() {
        return None;
    }
    let mut reader = Reader { text, events: events.into_iter().peekable() };
    reader.document()
}

/// At most one blank line in a row, none at either end, one before a heading that starts something new.
pub(super) fn tidy(lines: &mut Vec<Line<'_>>) {
    let mut tidied: Vec<Line<'_>> = Vec::with_capacity(lines.len());
    let mut last_path: Vec<&str> = Vec::new();
    for line in lines.drain(..) {
        if line == Line::Blank && matches!(tidied.last(), None | Some(Line::Blank)) {
            continue;
        }
        if let Line::Heading { path, .. } = &line {
            let inside = !last_path.is_empty() && path.len() > last_path.len() && path.starts_with(&last_path);
            let comments = tidied.iter().rev().take_while(|line| matches!(line, Line::Comment(_))).count();
            let at = tidied.len() - comments;
            if !inside && at > 0 && tidied.get(at - 1) != Some(&Line::Blank) {
                tidied.insert(at, Line::Blank);
            }
            last_path.clone_from(path);
        }
        tidied.push(line);
    }
    if tidied.last() == Some(&Line::Blank) {
        tidied.pop();
    }
    *lines = tidied;
}

struct Reader<'t> {
    text: &'t str,
    events: Peekable<std::vec::IntoIter<Event>>,
}

impl<'t> Reader<'t> {
    fn document(&mut self) -> Option<Vec<Line<'t>>> {
        let mut lines: Vec<Line<'t>> = Vec::new();
        // True if something stands on the current line already.
        let mut is_started = false;
        while let Some(event) = self.events.peek().copied() {
            match event.kind() {
                EventKind::Newline => {
                    self.events.next();
                    if !std::mem::take(&mut is_started) {
                        lines.push(Line::Blank);
                    }
                    continue;
                }
                EventKind::Comment => {
                    let text = self.comment()?;
                    match lines.last_mut().filter(|_| is_started) {
                        Some(Line::Heading { comment, .. } | Line::Pair { comment, .. }) => *comment = Some(text),
                        _ => lines.push(Line::Comment(text)),
                    }
                }
                EventKind::StdTableOpen | EventKind::ArrayTableOpen => lines.push(self.heading()?),
                EventKind::SimpleKey => {
                    let (key, value) = self.pair()?;
                    lines.push(Line::Pair { key, value, comment: None });
                }
                EventKind::Whitespace => {
                    self.events.next();
                    continue;
                }
                _ => return None,
            }
            is_started = true;
        }
        Some(lines)
    }

    fn heading(&mut self) -> Option<Line<'t>> {
        let several = self.events.next()?.kind() == EventKind::ArrayTableOpen;
        let path = self.keys(&[EventKind::StdTableClose, EventKind::ArrayTableClose])?;
        Some(Line::Heading { path, several, comment: None })
    }

    /// The segments of a dotted name, and passes what ends it.
    fn keys(&mut self, ends: &[EventKind]) -> Option<Vec<&'t str>> {
        let mut keys = Vec::new();
        loop {
            let event = self.events.next()?;
            match event.kind() {
                EventKind::SimpleKey => keys.push(self.slice(event)?),
                EventKind::KeySep | EventKind::Whitespace => {}
                end if ends.contains(&end) => return Some(keys),
                _ => return None,
            }
        }
    }

    fn pair(&mut self) -> Option<(Vec<&'t str>, Value<'t>)> {
        let key = self.keys(&[EventKind::KeyValSep])?;
        while self.events.next_if(|event| event.kind() == EventKind::Whitespace).is_some() {}
        Some((key, self.value()?))
    }

    fn value(&mut self) -> Option<Value<'t>> {
        let event = self.events.next()?;
        match event.kind() {
            EventKind::Scalar => self.slice(event).map(Value::Raw),
            EventKind::ArrayOpen => self.array(event.span().start()).map(|(array, _)| array),
            EventKind::InlineTableOpen => self.table(event.span().start()),
            _ => None,
        }
    }

    /// The array that opened at `start`, and whether there are comments in it.
    fn array(&mut self, start: usize) -> Option<(Value<'t>, usize)> {
        let mut pieces: Vec<Piece<'t>> = Vec::new();
        // Line ends since the last item or comment.
        let mut ends = 0;
        loop {
            let kind = self.events.peek()?.kind();
            match kind {
                EventKind::Newline => {
                    ends += 1;
                    self.events.next();
                    continue;
                }
                EventKind::Whitespace | EventKind::ValueSep => {
                    self.events.next();
                    continue;
                }
                EventKind::ArrayClose => {
                    let end = self.events.next()?.span().end();
                    return Some((Value::Array(pieces), end - start));
                }
                _ => {}
            }
            if ends > 1 && !pieces.is_empty() {
                pieces.push(Piece::Blank);
            }
            if kind == EventKind::Comment {
                let text = self.comment()?;
                match pieces.last_mut() {
                    Some(Piece::Item(_, comment @ None)) if ends == 0 => *comment = Some(text),
                    _ => pieces.push(Piece::Comment(text)),
                }
            } else {
                let item = self.item()?;
                pieces.push(Piece::Item(item, None));
            }
            ends = 0;
        }
    }

    /// A value inside another one: kept as it stands if it holds comments, as it is then written on lines of its own.
    fn item(&mut self) -> Option<Value<'t>> {
        let start = self.events.peek()?.span().start();
        if self.events.peek()?.kind() != EventKind::ArrayOpen {
            return self.value();
        }
        self.events.next();
        let (array, length) = self.array(start)?;
        if array.has_comments() { self.text.get(start..start + length).map(Value::Raw) } else { Some(array) }
    }

    fn table(&mut self, start: usize) -> Option<Value<'t>> {
        let (mut pairs, mut has_comments) = (Vec::new(), false);
        loop {
            match self.events.peek()?.kind() {
                EventKind::SimpleKey => {
                    let (key, value) = self.pair()?;
                    has_comments |= value.has_comments();
                    pairs.push((key, value));
                }
                EventKind::InlineTableClose => {
                    let end = self.events.next()?.span().end();
                    let raw = || self.text.get(start..end).map(Value::Raw);
                    return if has_comments { raw() } else { Some(Value::Table(pairs)) };
                }
                kind => {
                    has_comments |= kind == EventKind::Comment;
                    self.events.next();
                }
            }
        }
    }

    fn comment(&mut self) -> Option<&'t str> {
        let event = self.events.next()?;
        self.slice(event).map(str::trim_end)
    }

    fn slice(&self, event: Event) -> Option<&'t str> {
        self.text.get(event.span().start()..event.span().end())
    }
}

impl<'t> Line<'t> {
    /// The table that a heading starts.
    pub(super) fn named(&self) -> Option<Vec<&'t str>> {
        let Self::Heading { path, .. } = self else { return None };
        Some(path.iter().map(|segment| segment.trim_matches(['"', '\''])).collect())
    }
}

impl Value<'_> {
    fn has_comments(&self) -> bool {
        let Self::Array(pieces) = self else { return false };
        pieces.iter().any(|piece| match piece {
            Piece::Comment(_) | Piece::Item(_, Some(_)) => true,
            Piece::Item(value, None) => value.has_comments(),
            Piece::Blank => false,
        })
    }
}

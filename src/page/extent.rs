//! Finds where an element ends in a browser.
//!
//! Takes the page from an element's start tag on, as far as it is there, gives the place of its end. HTML lets many end tags
//! be left out, and ends a paragraph in front of a list. This follows the open elements from the start tag on, by the rules
//! of the HTML standard. It cannot see the elements around it. If the end depends on one of them, it says that the end is
//! not known, and never guesses.

use alloc::borrow::{Cow, ToOwned};
use alloc::string::String;
use alloc::vec::Vec;

use super::before::{front_of, is_in_cell, may_be_in_paragraph};
use super::kinds::*;
use super::tags::{Piece, has, is_space, lower, piece, raw_end};

/// Where an element ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Extent {
    /// Behind the start tag.
    pub(super) content: usize,
    /// Behind the content.
    pub(super) content_end: usize,
    /// Behind the end tag. The same as `content_end` if something else ends the element.
    pub(super) end: usize,
    /// Why the content cannot be kept in a template, from which it would come back as something else.
    pub(super) bound: Option<Why>,
}

/// Why the end of an element is not known.
pub(super) type Why = &'static str;

const MIXED: Why = "what is in the element and what is around it are not nested";
const OPEN: Why = "an element in it is still open where it ends";
const FORM: Why = "a form or a table in a paragraph ends it, or does not: that depends on the page around it";
const ROWS: Why = "its rows are in no group, and HTML would not put them back where they were";
const RUBY: Why = "its parts have no end tags, and HTML would put them back inside each other";
const SHADOW: Why = "it has a shadow tree in its content, which HTML would not put back";
const STRAY: Why = "an end tag in it belongs to no element in it";
const DEEP: Why = "the elements in it are nested too deeply";

/// The most open elements: browsers nest no deeper.
const DEPTH_MAX: usize = 512;

/// Follows the elements that are open, from one start tag on.
#[derive(Clone, Debug, Default)]
pub(super) struct Reader {
    /// The element itself is the first.
    open: Vec<Open>,
    /// What was read.
    at: usize,
    content: usize,
    bound: Option<Why>,
    /// True if what comes before the element is the whole page up to there.
    is_whole: bool,
    /// True if a paragraph may be open around the element, once that was asked.
    in_paragraph: Option<bool>,
}

#[derive(Clone, Debug)]
struct Open {
    name: String,
    /// True if it belongs to SVG or MathML.
    is_foreign: bool,
}

/// What a tag does.
enum Step {
    On,
    /// The element ends in front of the tag.
    Ends,
}

impl Reader {
    /// A reader of the element whose start tag comes first. What comes before it is all of the page up to there if `is_whole`.
    pub(super) fn new(is_whole: bool) -> Self {
        Self { is_whole, ..Self::default() }
    }

    /// Reads on in the page, which begins with the element; `before` is what comes before it. `None` if its end is not there yet.
    pub(super) fn read(&mut self, page: &[u8], before: &[u8]) -> Option<Result<Extent, Why>> {
        loop {
            match self.step(page, before)? {
                Ok(None) => {}
                Ok(Some(extent)) => return Some(Ok(extent)),
                Err(why) => return Some(Err(why)),
            }
        }
    }

    fn step(&mut self, page: &[u8], before: &[u8]) -> Option<Result<Option<Extent>, Why>> {
        let is_text = |open: &&Open| !open.is_foreign && is(&open.name, TEXT);
        if let Some(name) = self.open.last().filter(is_text).map(|open| open.name.as_str()) {
            let content_end = raw_end(page, self.at, name)?;
            // In a script, a comment may hold script tags that end nothing.
            let text = page.get(self.at..content_end).unwrap_or_default();
            if name == "script" && has(text, b"<!--") && has(text, b"<script") {
                return Some(Err(MIXED));
            }
            self.at = content_end;
        }
        let (piece, end) = piece(page, self.at, self.is_foreign())?;
        let begin = core::mem::replace(&mut self.at, end);
        let step = match piece {
            Piece::Comment => Ok(Step::On),
            Piece::Text => self.text(page.get(begin..end).unwrap_or_default()),
            Piece::Start { name, is_self_closing } if self.open.is_empty() => {
                let name = lower(name);
                self.content = end;
                if is(&name, VOID) || (is_one_of(&name, "svg math") && is_self_closing) {
                    return Some(Ok(Some(Extent { content: end, content_end: end, end, bound: None })));
                }
                if is_one_of(&name, "plaintext frameset html") {
                    return Some(Err(MIXED));
                }
                let is_foreign = is_one_of(&name, "svg math");
                self.open.push(Open { name: name.into_owned(), is_foreign });
                Ok(Step::On)
            }
            Piece::Start { name, is_self_closing } => {
                let name = lower(name);
                let tag = page.get(begin..end).unwrap_or_default();
                if self.open.len() == 1 && name == "template" && has(tag, b"shadowrootmode") {
                    self.bound = Some(SHADOW);
                }
                self.start(name, is_self_closing, before)
            }
            Piece::End { name } => {
                let step = self.end(&lower(name), before);
                if matches!(step, Ok(Step::On)) && self.open.is_empty() {
                    return Some(Ok(Some(self.extent(begin, end))));
                }
                step
            }
        };
        Some(step.map(|step| match step {
            Step::On => None,
            Step::Ends => Some(self.extent(begin, begin)),
        }))
    }

    fn extent(&self, content_end: usize, end: usize) -> Extent {
        Extent { content: self.content, content_end, end, bound: self.bound }
    }

    fn is_foreign(&self) -> bool {
        self.open.last().is_some_and(|open| open.is_foreign)
    }

    /// True if what comes next is HTML.
    fn is_html(&self) -> bool {
        self.open.last().is_none_or(|open| !open.is_foreign || is(&open.name, HOLDS_HTML))
    }

    fn text(&self, text: &[u8]) -> Result<Step, Why> {
        let frame = self.open.last().filter(|open| is(&open.name, TABLE_FRAME) || open.name == "colgroup");
        if frame.is_none() || text.iter().all(|byte| is_space(*byte)) { Ok(Step::On) } else { Err(MIXED) }
    }

    fn start(&mut self, name: Cow<'_, str>, is_self_closing: bool, before: &[u8]) -> Result<Step, Why> {
        if self.open.len() >= DEPTH_MAX {
            return Err(DEEP);
        }
        if !self.is_html() {
            return self.start_foreign(name, is_self_closing);
        }
        let name = &*name;
        if is_one_of(name, "html head body frameset frame plaintext isindex image") {
            return Err(MIXED);
        }
        if is(name, TABLE_PART) {
            return self.start_table_part(name, before);
        }
        let top = self.top();
        if is(top, TABLE_FRAME) && !is_one_of(name, "script style template") {
            return Err(MIXED);
        }
        if top == "colgroup" && name != "template" {
            return Err(MIXED);
        }
        let is_option = self.open.first().is_some_and(|open| is_one_of(&open.name, "option optgroup"));
        if (is_option || self.has("select"))
            && (is_one_of(name, "select input keygen") || is(name, TEXT) && name != "script")
        {
            return Err(MIXED);
        }
        if is(name, ENDS_PARAGRAPH) {
            match self.find("p", "button") {
                Some(at) if !self.is_loose(at + 1) => return Err(OPEN),
                Some(0) if is_one_of(name, "form table") => return Err(FORM),
                Some(0) => return Ok(Step::Ends),
                Some(at) => self.open.truncate(at),
                None if !self.open.iter().any(|open| is(&open.name, BARRIER) || open.name == "button")
                    && self.in_paragraph(before) =>
                {
                    return Err(MIXED);
                }
                None => {}
            }
        }
        let open = self.open.len();
        let closed = match name {
            "li" => self.start_item(&["li"])?,
            "dd" | "dt" => self.start_item(&["dd", "dt"])?,
            "option" | "optgroup" if self.has("option") && self.top() != "option" => return Err(OPEN),
            "option" => self.close_tops(&["option"]),
            "optgroup" => self.close_tops(&["option", "optgroup"]),
            "hr" => self.close_tops(&["option", "optgroup"]),
            "rp" | "rt" => self.close_tops(&["rb", "rp", "rt"]),
            "rb" | "rtc" => self.close_tops(&["rb", "rp", "rt", "rtc"]),
            _ if is(name, HEADING) && is(self.top(), HEADING) => self.close(self.open.len() - 1),
            _ => false,
        };
        if closed {
            return Ok(Step::Ends);
        }
        if self.open.len() < open
            && is_one_of(name, "rb rp rt rtc")
            && self.open.first().is_some_and(|open| open.name == "ruby")
        {
            self.bound = Some(RUBY);
        }
        match name {
            "a" | "nobr" => match self.find(name, "") {
                Some(0) if self.open.len() == 1 => return Ok(Step::Ends),
                Some(at) if at + 1 == self.open.len() => self.open.truncate(at),
                Some(_) => return Err(MIXED),
                None => {}
            },
            "button" if self.find(name, "").is_some() => {
                return if self.open.len() == 1 { Ok(Step::Ends) } else { Err(MIXED) };
            }
            "form" if self.has("form") => return Err(MIXED),
            _ => {}
        }
        if !is(name, VOID) {
            let is_foreign = is_one_of(name, "svg math");
            if !(is_foreign && is_self_closing) {
                self.open.push(Open { name: name.to_owned(), is_foreign });
            }
        }
        Ok(Step::On)
    }

    fn start_foreign(&mut self, name: Cow<'_, str>, is_self_closing: bool) -> Result<Step, Why> {
        if is(&name, ENDS_FOREIGN) || name == "annotation-xml" {
            return Err(MIXED);
        }
        if !is_self_closing {
            self.open.push(Open { name: name.into_owned(), is_foreign: true });
        }
        Ok(Step::On)
    }

    /// A list item ends the one before it.
    fn start_item(&mut self, names: &[&str]) -> Result<bool, Why> {
        for (at, open) in self.open.iter().enumerate().rev() {
            if names.contains(&open.name.as_str()) {
                return if self.is_loose(at + 1) { Ok(self.close(at)) } else { Err(OPEN) };
            }
            let is_open_block = is_one_of(&open.name, "address div p");
            if !is_open_block && is(&open.name, ENDS_CONTENT | TABLE_PART) {
                return Ok(false);
            }
        }
        // An item around the element would end here, and the element with it.
        Err(MIXED)
    }

    /// A part of a table ends those before it that cannot hold it.
    fn start_table_part(&mut self, name: &str, before: &[u8]) -> Result<Step, Why> {
        let (holders, closed): (&[&str], &[&str]) = match name {
            "td" | "th" => (&["tr", "table", "template"], &["td", "th", "caption", "colgroup"]),
            "tr" => (&["tbody", "tfoot", "thead", "table", "template"], &["td", "th", "tr", "caption", "colgroup"]),
            "col" => (&["colgroup", "table", "template"], &["caption"]),
            _ => (&["table", "template"], &["td", "th", "tr", "tbody", "tfoot", "thead", "caption", "colgroup"]),
        };
        for (at, open) in self.open.iter().enumerate().rev() {
            let other = open.name.as_str();
            if holders.contains(&other) {
                if self.open.get(at + 1).is_some_and(|open| !closed.contains(&open.name.as_str()))
                    || !self.is_loose(at + 1)
                {
                    return Err(MIXED);
                }
                if at == 0 && other == "table" && is_one_of(name, "td th tr col") {
                    self.bound = Some(ROWS);
                }
                self.open.truncate(at + 1);
                if name != "col" {
                    self.open.push(Open { name: name.to_owned(), is_foreign: false });
                }
                return Ok(Step::On);
            }
            if !is(other, OPTIONAL_END) {
                return Err(MIXED);
            }
        }
        // Everything that is open may end here. The element ends by the cell that it is, or that is around it.
        let first = self.open.first().map_or("", |open| open.name.as_str());
        if closed.contains(&first) || (!is(first, TABLE_PART) && is_in_cell(before)) {
            Ok(Step::Ends)
        } else {
            Err(MIXED)
        }
    }

    fn end(&mut self, name: &str, before: &[u8]) -> Result<Step, Why> {
        if self.is_foreign() {
            return if self.top() == name {
                self.open.pop();
                Ok(Step::On)
            } else {
                Err(STRAY)
            };
        }
        let is_it = |open: &Open| open.name == name || (is(name, HEADING) && is(&open.name, HEADING));
        if let Some(at) = self.open.iter().rposition(is_it) {
            let is_top = at + 1 == self.open.len();
            if !is_top && (!is(name, ENDS_CONTENT) || !self.is_loose(at + 1)) {
                return Err(OPEN);
            }
            self.open.truncate(at);
            return Ok(Step::On);
        }
        if name != "br" && is(name, VOID) {
            return Ok(Step::On);
        }
        let first = self.open.first().map_or("", |open| open.name.as_str());
        let is_parents = self.is_loose(0) && may_hold(name, first) && front_of(name, before).is_some();
        if is_parents { Ok(Step::Ends) } else { Err(STRAY) }
    }

    fn in_paragraph(&mut self, before: &[u8]) -> bool {
        let is_whole = self.is_whole;
        *self.in_paragraph.get_or_insert_with(|| may_be_in_paragraph(before, is_whole))
    }

    fn top(&self) -> &str {
        self.open.last().map_or("", |open| &open.name)
    }

    fn has(&self, name: &str) -> bool {
        self.open.iter().any(|open| open.name == name)
    }

    /// The innermost open element of this name, unless a barrier, or one of the name `barrier`, is open in it.
    fn find(&self, name: &str, barrier: &str) -> Option<usize> {
        let stops = |open: &Open| open.name == name || open.name == barrier || is(&open.name, BARRIER);
        let at = self.open.iter().rposition(stops)?;
        self.open.get(at).is_some_and(|open| open.name == name).then_some(at)
    }

    /// True if everything from there on needs no end tag.
    fn is_loose(&self, from: usize) -> bool {
        self.open.get(from..).unwrap_or_default().iter().all(|open| is(&open.name, OPTIONAL_END))
    }

    /// Ends the open element there and everything in it. True if that is the element itself.
    fn close(&mut self, at: usize) -> bool {
        self.open.truncate(at);
        at == 0
    }

    fn close_tops(&mut self, names: &[&str]) -> bool {
        while self.open.last().is_some_and(|open| names.contains(&open.name.as_str())) {
            self.open.pop();
        }
        self.open.is_empty()
    }
}

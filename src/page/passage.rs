//! A page on its way to the visitor, changed where its slots are.
//!
//! Takes the places where a parser found the elements of slots, and the page from there on, piece by piece; gives the bytes
//! to pass on. It holds an element back until its end is known, and passes everything else on byte for byte. A slot whose
//! element cannot be changed is left alone, with the reason; the others go on.

use alloc::string::String;
use alloc::vec::Vec;

use super::before::{BEFORE_BYTES_MAX, is_moved, stands_alone};
use super::block::BEGINNING;
use super::element::{Element, SlotChange, changed, comes_before, goes_inside, needs_end, refusal};
use super::ending::ending;
use super::extent::{Extent, Reader, Why};
use super::headers::Encoding;
use super::tags::{lower, tag};
use crate::log::Needs;
use crate::words::bytes::split_once;
use crate::words::{Change, write_text};

/// The most that is held back of one element. A longer element would keep the visitor waiting.
const HELD_BYTES_MAX: usize = 256 * 1024;

const UNFINISHED: Why = "the page ends before the element does";
const LONG: Why = "the element is longer than 256 KiB";

/// The state between two pieces of a page.
#[derive(Debug)]
pub struct Passage {
    changes: Vec<SlotChange>,
    is_utf8: bool,
    held: Option<Held>,
    missed: Vec<(usize, Why)>,
    /// The outcome of each change, and then of each slot that is only looked for.
    came: Vec<Came>,
    is_without_block: bool,
}

/// The outcome of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Came {
    /// Nothing: no element was found.
    Nowhere,
    /// Its element is on the page, as the origin made it.
    There,
    /// Its element was changed.
    Changed,
}

/// The place where a parser found the element of a change: its position in the held bytes, and a flag if the parser took it
/// for HTML.
#[derive(Clone, Copy, Debug)]
struct Found {
    at: usize,
    change: usize,
    is_html: bool,
}

/// An element, and its outcome.
#[derive(Debug)]
struct Held {
    bytes: Vec<u8>,
    /// The bytes right before it.
    before: Vec<u8>,
    is_whole: bool,
    /// The first belong to the element itself, the others to elements in it.
    found: Vec<Found>,
    reader: Reader,
}

impl Passage {
    /// The passage of a page in this encoding. Besides its changes, so many slots are only looked for.
    pub fn new(changes: Vec<SlotChange>, watched: usize, encoding: Encoding) -> Self {
        let came = alloc::vec![Came::Nowhere; changes.len() + watched];
        Self {
            changes,
            is_utf8: encoding == Encoding::Utf8,
            held: None,
            missed: Vec::new(),
            came,
            is_without_block: false,
        }
    }

    /// The element of a slot that is only looked for is on the page. Slots are counted behind the changes.
    pub fn seen(&mut self, slot: usize) {
        self.became(slot, Came::There);
    }

    /// True if an element was found for this change, or for this slot behind the changes.
    pub fn is_found(&self, slot: usize) -> bool {
        self.came.get(slot).is_some_and(|came| *came != Came::Nowhere)
    }

    /// True if what an exposure needs has happened to the slot. `None` is a slot that no change looks for.
    pub fn is_due(&self, needs: Needs, slot: Option<usize>) -> bool {
        let came = slot.and_then(|slot| self.came.get(slot)).copied().unwrap_or(Came::Nowhere);
        match needs {
            Needs::Nothing => true,
            Needs::Element => came != Came::Nowhere,
            Needs::Change => came == Came::Changed,
        }
    }

    /// The data block, as markup that also names the decided slots which this page could not show. The loader would look for them in vain.
    /// It is empty where it cannot stand behind the page, whose last bytes are `end`. Then nothing counts as shown: no withdrawal reaches it.
    pub fn block(&mut self, block: &str, end: &[u8]) -> String {
        let Some(ending) = ending(end) else {
            for came in self.came.iter_mut().filter(|came| **came == Came::Changed) {
                *came = Came::There;
                self.is_without_block = true;
            }
            return String::new();
        };
        let absent = self.changes.iter().zip(&self.came).filter(|(_, came)| **came != Came::Changed);
        let mut names = String::new();
        for (change, _) in absent {
            names.push_str(if names.is_empty() { "" } else { "," });
            write_text(&mut names, &change.slot);
        }
        match split_once(block, BEGINNING).filter(|_| !names.is_empty()) {
            Some((before, after)) => [&*ending, before, BEGINNING, "\"absent\":[", &names, "],", after].concat(),
            None => ending + block,
        }
    }

    /// True if the page was changed, and has no data block.
    pub fn is_without_block(&self) -> bool {
        self.is_without_block
    }

    fn became(&mut self, slot: usize, became: Came) {
        if let Some(came) = self.came.get_mut(slot) {
            *came = became;
        }
    }

    /// The element of this change begins with the next byte. `before` is what came right before it, and is the whole page up to here if
    /// `is_whole`; of an element in one that is held, that is known already.
    pub fn found(&mut self, change: usize, is_html: bool, before: &[u8], is_whole: bool) {
        let held = self.held.get_or_insert_with(|| {
            let (before, is_whole) = last(before, is_whole);
            Held {
                bytes: Vec::new(),
                before: before.to_vec(),
                is_whole,
                found: Vec::new(),
                reader: Reader::new(is_whole),
            }
        });
        held.found.push(Found { at: held.bytes.len(), change, is_html });
        self.became(change, Came::There);
    }

    /// The next bytes of the page; gives those that may go out. Between elements that are all of them.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<u8> {
        let Some(held) = &mut self.held else { return bytes.to_vec() };
        held.bytes.extend_from_slice(bytes);
        // The element is found by the same bytes, in however many pieces the page arrives.
        let seen = held.bytes.get(..HELD_BYTES_MAX).unwrap_or(&held.bytes);
        let is_long = held.bytes.len() > HELD_BYTES_MAX;
        let Some(tag) = tag(seen, 1) else {
            return if is_long { self.leave(LONG) } else { Vec::new() };
        };
        let own = held.found.iter().filter(|found| found.at == 0);
        let changes = || own.clone().filter_map(|found| self.changes.get(found.change));
        if changes().all(|change| !needs_end(change.change)) {
            return self.settle(Ok(Extent { content: tag.end, content_end: tag.end, end: tag.end, bound: None }));
        }
        match held.reader.read(seen, &held.before) {
            Some(extent) => self.settle(extent),
            None if is_long => self.settle(Err(LONG)),
            None => Vec::new(),
        }
    }

    /// How many bytes are held back; `None` between elements.
    pub fn held(&self) -> Option<usize> {
        self.held.as_ref().map(|held| held.bytes.len())
    }

    /// The page has ended; gives the held bytes.
    pub fn end(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        while let Some(held) = &self.held {
            out.extend(if tag(&held.bytes, 1).is_some() {
                self.settle(Err(UNFINISHED))
            } else {
                self.leave(UNFINISHED)
            });
        }
        out
    }

    /// Changes that were found and not made, each with the reason, since this was asked last.
    pub fn missed(&mut self) -> Vec<(&SlotChange, &'static str)> {
        let missed = core::mem::take(&mut self.missed);
        missed.into_iter().filter_map(|(change, why)| Some((self.changes.get(change)?, why))).collect()
    }

    /// The end of the held element is known, or will not be.
    fn settle(&mut self, extent: Result<Extent, Why>) -> Vec<u8> {
        let Some(Held { bytes, before, is_whole, found, .. }) = self.held.take() else { return Vec::new() };
        let Some(tag) = tag(&bytes, 1) else { return bytes };
        let name = lower(bytes.get(tag.name.clone()).unwrap_or_default());
        let (own, mut inner): (Vec<Found>, Vec<Found>) = found.into_iter().partition(|found| found.at == 0);
        let mut made = Vec::new();
        for found in own {
            let Some(change) = self.changes.get(found.change) else { continue };
            let refused = refusal(change, &name, found.is_html)
                .or_else(|| extent.err().filter(|_| needs_end(change.change)))
                .or_else(|| extent.ok()?.bound.filter(|_| goes_inside(change.change)))
                .or_else(|| {
                    let is_moved =
                        !goes_inside(change.change) && change.change != Change::Attribute && is_moved(&name, &before);
                    is_moved
                        .then_some("it stands between the parts of a table, and HTML moves it in front of the table")
                })
                .or_else(|| {
                    let is_placed = !comes_before(change.change) || stands_alone(&name, &before, is_whole);
                    (!is_placed)
                        .then_some("an element before it may be open still, and what is put there would land in it")
                });
            match refused {
                Some(why) => self.missed.push((found.change, why)),
                None => made.push(found.change),
            }
        }
        let needed = made.iter().any(|change| self.changes.get(*change).is_some_and(|change| needs_end(change.change)));
        let extent = extent.ok().filter(|_| needed);
        let part = |from: usize, to: usize| bytes.get(from..to).unwrap_or_default();
        let mut front = [before.as_slice(), part(0, tag.end)].concat();

        // The content of the element may have slots of its own.
        let content = extent.map(|extent| {
            let later = inner.partition_point(|found| found.at < extent.content_end);
            let later = inner.split_off(later);
            let within = core::mem::replace(&mut inner, later);
            let mut content = self.run(part(tag.end, extent.content_end), tag.end, &within, &front, is_whole);
            content.extend(self.end());
            content
        });
        let end = extent.map_or(tag.end, |extent| extent.end);
        let rest =
            content.as_deref().zip(extent).map(|(content, extent)| (content, part(extent.content_end, extent.end)));
        made.iter().for_each(|change| self.became(*change, Came::Changed));
        let changes: Vec<&SlotChange> = made.iter().filter_map(|change| self.changes.get(*change)).collect();
        let element = Element { name: &name, start: part(0, tag.end), tag: &tag, rest, is_utf8: self.is_utf8 };
        let mut out = changed(&element, &changes);
        front.extend_from_slice(part(tag.end, end));
        out.extend(self.run(part(end, bytes.len()), end, &inner, &front, is_whole));
        out
    }

    /// No change is made to the held element.
    fn leave(&mut self, why: Why) -> Vec<u8> {
        let Some(held) = self.held.take() else { return Vec::new() };
        self.missed.extend(held.found.iter().map(|found| (found.change, why)));
        held.bytes
    }

    /// Passes on bytes that were held, in which other elements were found. The places count from `origin` bytes before.
    fn run(&mut self, bytes: &[u8], origin: usize, found: &[Found], before: &[u8], is_whole: bool) -> Vec<u8> {
        let (mut out, mut at) = (Vec::new(), 0);
        for found in found {
            let place = found.at.saturating_sub(origin);
            out.extend(self.push(bytes.get(at..place).unwrap_or_default()));
            at = place;
            let front = [before, bytes.get(..place).unwrap_or_default()].concat();
            self.found(found.change, found.is_html, &front, is_whole);
        }
        out.extend(self.push(bytes.get(at..).unwrap_or_default()));
        out
    }
}

/// The end of what came before an element, as far as it is looked at.
fn last(before: &[u8], is_whole: bool) -> (&[u8], bool) {
    let cut = before.len().saturating_sub(BEFORE_BYTES_MAX);
    (before.get(cut..).unwrap_or_default(), is_whole && cut == 0)
}

//! The rule program: a borrowed view of fixed-width sections.
//!
//! Takes the bytes of a program file; gives slots, experiences, rules, predicates and nodes by position. It never allocates for
//! a rule and never evaluates one: that is [`engine`](crate::engine).

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Range;

use super::bytes::{Texts, members, partition};
use super::contact::Policy;
use super::format::{ALONE, MORE_POINTS, OWED, Section, width};
use super::identity::Linking;
use super::manifest::{AttributeEntry, Manifest};
use super::plan::Plan;
use super::programme::Programme;
use super::rulebook;
use super::sieve::Sieve;
use crate::trust::Order;
use crate::words::bytes::{i64_at, u32_at};
use crate::words::sha256::Sha256;
use crate::words::{Action, Change, Fault, Purpose, Unit};

/// A checked program.
#[derive(Clone, Debug, Default)]
pub struct Program {
    pub(super) file: Vec<u8>,
    pub(super) sections: Vec<Range<usize>>,
    pub(super) manifest: Manifest,
    pub(super) closed_texts: Texts,
    pub(super) closed_starts: Vec<u32>,
    pub(super) slot_texts: Texts,
    pub(super) experience_texts: Texts,
    pub(super) split_texts: Texts,
    pub(super) content_texts: Texts,
    pub(super) value_texts: Texts,
    pub(super) test_texts: Texts,
    pub(super) experience_starts: Vec<u32>,
    pub(super) rule_starts: Vec<u32>,
    pub(super) literal_starts: Vec<u32>,
    /// The support of each rule, gathered from the planes: every decision asks for it.
    pub(super) rule_supports: Vec<u32>,
    pub(super) support_starts: Vec<u32>,
    /// The first 64 attributes of each support as bits.
    pub(super) supports: Vec<u64>,
    pub(super) arm_starts: Vec<u32>,
    pub(super) window_starts: Vec<u32>,
    pub(super) predicate_starts: Vec<u32>,
    pub(super) threshold_starts: Vec<u32>,
    pub(super) value_starts: Vec<u32>,
    pub(super) row_starts: Vec<u32>,
    pub(super) zone_starts: Vec<u32>,
    pub(super) node_starts: Vec<u32>,
    pub(super) node_depth: usize,
    pub(super) sieves: Vec<Sieve>,
    pub(super) programme: Programme,
    pub(super) contact: Policy,
    pub(super) linking: Linking,
    pub(super) plan: Plan,
    pub(super) stock: Vec<u32>,
    /// The orders of the overlay beside the release.
    pub(super) orders: Arc<[Order]>,
}

/// A place that can be personalized.
#[derive(Clone, Copy, Debug)]
pub struct Slot<'b> {
    /// Its name.
    pub name: &'b str,
    /// Path pattern of the pages that have it.
    pub page: &'b str,
    /// CSS selector of the element.
    pub selector: &'b str,
    /// The change of the element.
    pub change: Change,
    /// The HTML attribute, when `change` is `Attribute`.
    pub attribute: &'b str,
}

/// Who sees what in a slot.
#[derive(Clone, Debug)]
pub struct Experience<'b> {
    /// Its name.
    pub name: &'b str,
    /// The purpose that it serves.
    pub purpose: Purpose,
    /// True if it must be possible to reconstruct each of its decisions.
    pub fully_audited: bool,
    /// Positions of its rules.
    pub rules: Range<usize>,
    /// Position of its schedule.
    pub schedule: Option<usize>,
}

/// The effect of a matching rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Shows the origin's own content.
    Control,
    /// Shows the content item at this position.
    Show(u32),
    /// Assigns by the split at this position.
    Split(u32),
}

/// A measured split.
#[derive(Clone, Debug)]
pub struct Split<'b> {
    /// The experiment's name.
    pub experiment: &'b str,
    /// The salt of the assignment.
    pub salt: &'b str,
    /// What is assigned.
    pub unit: Unit,
    /// No lower rung stands in for the unit.
    pub is_alone: bool,
    /// The layer that it shares its visitors with.
    pub layer: Option<&'b str>,
    arms: Range<usize>,
}

/// A half-open window of Unix milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// The market it is for; `None` is every other visit.
    pub market: Option<usize>,
    /// The first millisecond.
    pub from_ms: i64,
    /// The first millisecond after it.
    pub until_ms: i64,
}

impl Window {
    /// True if a moment is in it.
    pub fn has(&self, now_ms: i64) -> bool {
        (self.from_ms..self.until_ms).contains(&now_ms)
    }
}

impl Program {
    /// Opens a program file.
    ///
    /// # Errors
    /// Says which section is wrong, and how.
    pub fn open(file: Vec<u8>) -> Result<Self, Fault> {
        super::check::open(file)
    }

    /// Attributes, locales, markets, regimes.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The digest of what consent depends on: the bytes of the manifest, and those of links.
    pub fn consent(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(self.section(Section::Manifest));
        hash.update(self.section(Section::Identity));
        hash.digest()
    }

    /// The orders of the overlay beside the release.
    pub fn orders(&self) -> &[Order] {
        &self.orders
    }

    /// The order about an experience or experiment that holds at a time. One about `hero` is about what markets do in its place, too,
    /// such as `hero@dach`.
    pub fn order(&self, action: Action, name: &str, now_ms: i64) -> Option<&Order> {
        let is_about = |order: &&Order| {
            name.strip_prefix(&*order.name).is_some_and(|market| market.is_empty() || market.starts_with('@'))
        };
        self.orders.iter().filter(is_about).find(|order| order.action == action && now_ms < order.until_ms)
    }

    /// The attribute at `position`.
    pub fn attribute(&self, position: usize) -> Option<&AttributeEntry> {
        self.manifest.attributes.get(position)
    }

    /// True if `text` is in the closed set of the attribute at `position`.
    pub fn in_closed_set(&self, position: usize, text: &str) -> bool {
        self.closed_position(position, text).is_some()
    }

    /// Which item of the closed set of the attribute at `position` this text is.
    pub fn closed_position(&self, position: usize, text: &str) -> Option<usize> {
        let set = members(&self.closed_starts, position);
        let found = self.closed_texts.find(&self.file, set.clone(), text)?;
        Some(found - set.start)
    }

    /// An item of the closed set of the attribute at `position`.
    pub fn closed_text(&self, position: usize, item: usize) -> Option<&str> {
        let set = members(&self.closed_starts, position);
        (item < set.len()).then(|| self.closed_texts.get(&self.file, set.start + item))
    }

    /// How many slots there are.
    pub fn slots(&self) -> usize {
        self.slot_texts.len() / 4
    }

    /// The slot at `position`.
    pub fn slot(&self, position: usize) -> Slot<'_> {
        let text = |field: usize| self.slot_texts.get(&self.file, field * self.slots() + position);
        let change = self.section(Section::Slots).get(position * width::SLOT).copied();
        Slot {
            name: text(0),
            page: text(1),
            selector: text(2),
            change: change.and_then(Change::from_byte).unwrap_or(Change::Inner),
            attribute: text(3),
        }
    }

    /// The name of the slot at `position`.
    pub fn slot_name(&self, position: usize) -> &str {
        self.slot_texts.get(&self.file, position)
    }

    /// The path pattern of each slot, as bytes: every page asks for all of them.
    pub(crate) fn slot_pages(&self) -> impl Iterator<Item = &[u8]> {
        self.slot_texts.each(&self.file, self.slots()..2 * self.slots())
    }

    /// The position of the slot with this name.
    pub fn slot_position(&self, name: &str) -> Option<usize> {
        self.slot_texts.find(&self.file, 0..self.slots(), name)
    }

    /// The experiences of a slot, in the order in which they are tried.
    pub fn experiences_of(&self, slot: usize) -> Range<usize> {
        members(&self.experience_starts, slot)
    }

    /// How many experiences there are.
    pub fn experiences(&self) -> usize {
        self.experience_texts.len()
    }

    /// The experience at `position`.
    pub fn experience(&self, position: usize) -> Experience<'_> {
        let rulebook::Plan { purpose, rules, schedule } = self.rulebook().plan(position);
        let fully_audited = self.flags(position) & 1 == 1;
        Experience { name: self.experience_name(position), purpose, fully_audited, rules, schedule }
    }

    /// True if a holdout leaves the experience at `position` alone.
    pub fn is_owed(&self, position: usize) -> bool {
        self.flags(position) & OWED != 0
    }

    /// The flags of an experience. One that is not there is recorded in full, so that nothing is lost.
    fn flags(&self, position: usize) -> u8 {
        self.section(Section::Experiences).get(position * width::EXPERIENCE + 1).copied().unwrap_or(1)
    }

    /// What holds across the slots of a visit.
    pub fn programme(&self) -> &Programme {
        &self.programme
    }

    /// Who may be contacted, how often, and when.
    pub fn contact(&self) -> &Policy {
        &self.contact
    }

    /// The site's terms for links between devices and accounts.
    pub fn linking(&self) -> &Linking {
        &self.linking
    }

    /// Literals, ascending: what contents need to be in stock.
    pub fn stock(&self) -> &[u32] {
        &self.stock
    }

    /// What the slots of a page may show together.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The name of the experience at `position`.
    pub fn experience_name(&self, position: usize) -> &str {
        self.experience_texts.get(&self.file, position)
    }

    /// The position of the experience with this name.
    pub fn experience_position(&self, name: &str) -> Option<usize> {
        (0..self.experiences()).find(|position| self.experience_name(*position) == name)
    }

    /// The slot of the experience at `position`.
    pub fn slot_of(&self, position: usize) -> Option<usize> {
        (0..self.slots()).find(|slot| self.experiences_of(*slot).contains(&position))
    }

    /// The position of the content item with this name.
    pub fn content_position(&self, name: &str) -> Option<u32> {
        self.content_texts.find(&self.file, 0..self.contents(), name).map(|position| position as u32)
    }

    /// How many rules there are.
    pub fn rules(&self) -> usize {
        self.section(Section::Rules).len() / width::RULE
    }

    /// The split at `position`.
    pub fn split(&self, position: usize) -> Split<'_> {
        let record = self.record(Section::Splits, position);
        let splits = self.section(Section::Splits).len() / width::SPLIT;
        let layer = (record >> 8) as u8;
        Split {
            experiment: self.split_texts.get(&self.file, position),
            salt: self.split_texts.get(&self.file, splits + position),
            unit: Unit::from_byte(record as u8 & !ALONE).unwrap_or(Unit::Account),
            is_alone: record as u8 & ALONE != 0,
            layer: (layer > 0).then(|| self.split_texts.get(&self.file, 2 * splits + usize::from(layer) - 1)),
            arms: members(&self.arm_starts, position),
        }
    }

    /// The unit that the split at `position` assigns, whether no lower rung stands in for it, and its salt, without its names.
    pub fn salt(&self, position: usize) -> (Unit, bool, &[u8]) {
        let splits = self.section(Section::Splits).len() / width::SPLIT;
        let byte = self.record(Section::Splits, position) as u8;
        let unit = Unit::from_byte(byte & !ALONE);
        (unit.unwrap_or(Unit::Account), byte & ALONE != 0, self.split_texts.bytes(&self.file, splits + position))
    }

    /// A record of eight bytes as one number.
    pub(super) fn record(&self, section: Section, position: usize) -> i64 {
        i64_at(self.section(section), position * 8)
    }

    /// The points of those who take part in the split at `position`: of its layer's draw, or of its own. And whether the next split
    /// is one more range of this one.
    pub fn taking_part(&self, position: usize) -> (Range<u32>, bool) {
        let record = self.record(Section::Splits, position);
        let from = (record >> 48) as u32 & (MORE_POINTS - 1);
        (from..from + u32::from((record >> 16) as u16), record < 0)
    }

    /// The ranges of a split's points, ascending: the content of an arm (`None` is control), its points, and the free ones
    /// before them. An arm may come several times.
    pub fn arms(&self, split: &Split<'_>) -> impl Iterator<Item = (Option<u32>, u32, u32)> + '_ {
        self.arms_in(split.arms.clone())
    }

    /// The arm of the split at `position` that a point falls in: its place among [`arms`](Self::arms), and its content. `None` is outside of
    /// the experiment.
    pub fn arm_at(&self, position: usize, point: u32) -> Option<(u32, Option<u32>)> {
        let mut left = point;
        for (arm, (content, points, free)) in (0..).zip(self.arms_in(members(&self.arm_starts, position))) {
            // A number below zero wraps, and is above every range.
            left = left.wrapping_sub(free);
            if left < points {
                return Some((arm, content));
            }
            left = left.wrapping_sub(points);
        }
        None
    }

    pub(super) fn arms_in(&self, arms: Range<usize>) -> impl Iterator<Item = (Option<u32>, u32, u32)> + '_ {
        let records = self.section(Section::Arms);
        arms.map(|arm| {
            let record = i64_at(records, arm * width::ARM);
            ((record as u32).checked_sub(1), u32::from((record >> 32) as u16), (record as u64 >> 48) as u32)
        })
    }

    /// The name of the arm at this position of [`arms`](Self::arms).
    pub fn arm_name(&self, split: &Split<'_>, arm: usize) -> Option<&str> {
        let (content, ..) = self.arms(split).nth(arm)?;
        Some(content.map_or("control", |content| self.content_name(content)))
    }

    /// How many content items there are.
    pub fn contents(&self) -> usize {
        self.content_texts.len()
    }

    /// The name of a content item.
    pub fn content_name(&self, position: u32) -> &str {
        self.content_texts.get(&self.file, position as usize)
    }

    /// The Unix millisecond from which a content item is not shown any more.
    pub fn content_expires_ms(&self, position: u32) -> Option<i64> {
        let records = self.section(Section::Expiries);
        let count = records.len() / width::EXPIRY;
        let at = width::EXPIRY * partition(0..count, |at| u32_at(records, at * width::EXPIRY) < position);
        (at < records.len() && u32_at(records, at) == position).then(|| i64_at(records, at + 4))
    }

    /// The windows of a schedule; the first is for every visit whose market has none of its own.
    pub fn windows(&self, schedule: usize) -> impl Iterator<Item = Window> + '_ {
        let records = self.section(Section::Windows);
        members(&self.window_starts, schedule).map(move |window| {
            let at = window * width::WINDOW;
            Window {
                market: (u32_at(records, at) as usize).checked_sub(1),
                from_ms: i64_at(records, at + 4),
                until_ms: i64_at(records, at + 12),
            }
        })
    }

    /// The bytes of a section.
    pub(super) fn section(&self, section: Section) -> &[u8] {
        self.sections.get(section as usize).and_then(|range| self.file.get(range.clone())).unwrap_or_default()
    }
}

//! Decisions for one visitor after another, without text.
//!
//! Takes the facts of a visitor, or of the page that is shown, which JavaScript wrote into [`Engine::room`]. Gives decisions
//! as whole numbers: positions in the bundle, which [`Engine::name`] names. It holds one visitor at a time, and the next one
//! takes the same room.

#[cfg(feature = "plans")]
use alloc::string::String;
use alloc::vec::Vec;

use super::engine::Engine;
use super::written::Written;
#[cfg(feature = "plans")]
use crate::bundle::Bundle;
use crate::bundle::VariantRef;
use crate::consent::{Kept, grants};
use crate::engine::{CachePolicy, Decision, Glance, Visitor};
use crate::page;
use crate::words::Visit;
use crate::words::time::{MAX, MIN};
#[cfg(feature = "plans")]
use crate::words::write_number;
use crate::words::{Detail, Unit};

/// The memory of a visitor while decisions are made for them.
#[derive(Default)]
pub(super) struct Seat {
    /// What JavaScript writes into.
    pub(super) room: Vec<u8>,
    /// The facts of a visitor apart from attributes. Its texts and its choices are overwritten in place.
    pub(super) visit: Visit,
    pub(super) visitor: Visitor,
    /// The grants of the visitor before.
    kept: Kept,
    /// The facts read from the shown page, if decisions are made for it.
    #[cfg(feature = "signals")]
    pub(super) arrival: Option<crate::page::Arrival>,
    /// The slots of the page that is asked about: those that are planned are decided together.
    #[cfg(feature = "plans")]
    page: Vec<Option<u32>>,
    /// Decisions are made for a page that is shown.
    pub(super) is_shown: bool,
    /// Experience and content of what it shows.
    pub(super) shows: Vec<(usize, u32)>,
    /// What JavaScript reads from.
    numbers: Vec<i32>,
}

impl Engine {
    /// The place to write at least `bytes` bytes of a visitor. Bytes written there before stay.
    pub(super) fn room(&mut self, bytes: usize) -> *const u8 {
        let room = &mut self.seat.room;
        room.resize(room.len().max(bytes), 0);
        room.as_ptr()
    }

    /// Takes the next visitor from the room. `false` leaves no visitor.
    pub(super) fn meet_written(&mut self, bytes: usize) -> bool {
        #[cfg(feature = "plans")]
        self.seat.page.clear();
        let Seat { room, visit, visitor, kept, .. } = &mut self.seat;
        let mut written = Written(room.get(..bytes).unwrap_or_default());
        let mut read = None;
        let manifest = self.bundle.program().manifest();
        if let Some((now_ms, said)) = written.visit(visit, &manifest.attributes) {
            // An engine for pages meets one visitor: there is nobody before.
            let grants = if cfg!(feature = "whole") {
                kept.grants(said, &manifest.regions, visit, now_ms)
            } else {
                grants(&manifest.regions, visit, now_ms)
            };
            visitor.meet(&self.bundle, visit, grants, &mut |each| read = written.attributes(each), now_ms);
        }
        if read.is_none() {
            visitor.leave();
        }
        read.is_some()
    }

    /// Takes the visitor of the page whose facts are in the room, as an edge reads them from a request. There is no visitor if there are
    /// no facts.
    #[cfg(feature = "signals")]
    pub(super) fn meet_page(&mut self, bytes: usize) {
        #[cfg(feature = "contact")]
        let memory = self.memory.clone();
        #[cfg(not(feature = "contact"))]
        let memory = None;
        let Seat { room, visitor, arrival, .. } = &mut self.seat;
        visitor.leave();
        *arrival = Written(room.get(..bytes).unwrap_or_default())
            .page()
            .map(|said| super::shown::meet(visitor, &self.bundle, &said, memory));
        self.seat.is_shown = true;
    }

    /// Forgets the visitor, and their written facts.
    pub(super) fn leave(&mut self) {
        self.seat.room.fill(0);
        self.clear();
    }

    /// Forgets the visitor, and what their decisions took. Their written facts stay.
    pub(super) fn clear(&mut self) {
        let room = core::mem::take(&mut self.seat.room);
        self.seat = Seat { room, ..Seat::default() };
    }

    /// Decides one slot for the visitor: where the numbers of [`numbers`] are, followed by how many attributes were read, and which. Then come
    /// chunks up to a -1: on a page that is shown, everything that the slot can show, where one chunk alone would tell what was decided.
    /// With plans, the experience that gave way follows, why, and to which slot.
    pub(super) fn decide_slot(&mut self, slot: u32) -> *const i32 {
        self.seat.numbers.clear();
        // A slot that does not exist was not decided.
        let slot = Some(slot).filter(|slot| (*slot as usize) < self.bundle.program().slots());
        let alone = [slot];
        #[cfg(not(feature = "plans"))]
        let together = &alone;
        #[cfg(feature = "plans")]
        let planned = together(&self.bundle, &self.seat.page, slot);
        #[cfg(feature = "plans")]
        let together: &[Option<u32>] = if planned.is_empty() { &alone } else { &planned };
        let Seat { visitor, is_shown, numbers, shows, .. } = &mut self.seat;
        if let Some((permitted, page)) = visitor.decide(&self.bundle, together)
            && let Some(decision) = page.decisions.iter().find(|decision| decision.slot == slot)
        {
            let variant =
                decision.content.and_then(|content| self.bundle.index().variant(content, permitted.locales()));
            let read = page.read(decision);
            if cfg!(feature = "contact") && *is_shown {
                shows.extend(page::contact_of(decision));
            }
            let row = self::numbers(decision, variant.as_ref());
            let tells = row[13] == CachePolicy::NoStore as i32 || row[5] == Detail::DataQuality as i32;
            numbers.extend_from_slice(&row);
            let edit = variant.filter(|variant| {
                slot.is_some_and(|slot| page::fits(self.bundle.program().slot(slot as usize).change, variant.kind))
            });
            #[cfg(feature = "plans")]
            let gave_way = decision.gave_way;
            numbers.extend_from_slice(
                &edit.map_or([-1; 3], |edit| [edit.chunk as i32, edit.range.start as i32, edit.range.len() as i32]),
            );
            numbers.extend_from_slice(&held_back(decision));
            numbers.push(read.len() as i32);
            numbers.extend(read.iter().map(|attribute| i32::from(*attribute)));
            if let (Some(slot), true, true) = (slot, tells, *is_shown) {
                self.bundle.chunks_of(slot as usize, permitted.locales(), numbers);
            }
            numbers.push(-1);
            #[cfg(feature = "plans")]
            numbers.extend(gave_way.map_or([-1; 3], |way| [way.experience as i32, way.why as i32, way.to as i32]));
        }
        numbers.as_ptr()
    }

    /// Decides every slot for the visitor. First come the contents (or -1), in the order of the slots. Then come, in the
    /// same order, the reasons, each with its detail from the eighth bit (0 is none) and its depth from the sixteenth.
    pub(super) fn decide_every(&mut self) -> *const i32 {
        let Seat { visitor, numbers, .. } = &mut self.seat;
        let count = self.bundle.program().slots();
        numbers.clear();
        numbers.resize(2 * count, -1);
        let (contents, outcomes) = numbers.split_at_mut(count);
        visitor.every(&self.bundle, |slot, Glance { content, reason, detail, depth }| {
            let slot = slot as usize;
            if let (Some(shown), Some(outcome)) = (contents.get_mut(slot), outcomes.get_mut(slot)) {
                let detail = detail.map_or(0, |detail| detail as i32 + 1);
                *shown = number(content);
                *outcome = reason as i32 | detail << 8 | (depth as i32) << 16;
            }
        });
        numbers.as_ptr()
    }
}

/// The slots that a slot is decided with: those of its group on the page that is asked about, or in the whole release without one. Empty for
/// a slot that is decided alone.
#[cfg(feature = "plans")]
fn together(bundle: &Bundle, page: &[Option<u32>], slot: Option<u32>) -> Vec<Option<u32>> {
    let program = bundle.program();
    let group = |slot: Option<u32>| slot.map_or(0, |slot| program.plan().group(slot));
    match group(slot) {
        0 => Vec::new(),
        own if page.contains(&slot) => page.iter().copied().filter(|slot| group(*slot) == own).collect(),
        own => (0..program.slots() as u32).map(Some).filter(|slot| group(*slot) == own).collect(),
    }
}

#[cfg(feature = "plans")]
impl Engine {
    /// Tells when a message of an experience is due and how its rule shows it. The lines are the event, the time in millions of
    /// milliseconds, its rest, and the layout. Without a time its lines are empty.
    pub(super) fn delivery(&self, experience: u32, rule: u32) -> Option<String> {
        let program = self.bundle.program();
        let (due, mut text) = (program.plan().due(experience), String::new());
        text.push_str(due.and_then(|due| due.after.as_deref()).unwrap_or_default());
        text.push('\n');
        let ms = due.and_then(|due| due.not_before_ms);
        for part in [ms.map(|ms| ms.div_euclid(1_000_000)), ms.map(|ms| ms.rem_euclid(1_000_000))] {
            part.into_iter().for_each(|part| write_number(&mut text, part as u32));
            text.push('\n');
        }
        let first = program.rulebook().plan(experience as usize).rules.start as u32;
        text.push_str(program.plan().layout(first + rule).unwrap_or_default());
        Some(text)
    }

    /// Adds a slot to the page that is asked about; -1 begins another page.
    pub(super) fn plan(&mut self, slot: i32) {
        match u32::try_from(slot) {
            Ok(slot) => self.seat.page.push(Some(slot)),
            Err(_) => self.seat.page.clear(),
        }
    }
}

impl Seat {
    /// Writes how many slots there are, and which; gives where.
    pub(super) fn list(&mut self, slots: &[Option<u32>]) -> *const i32 {
        self.numbers.clear();
        self.numbers.push(slots.len() as i32);
        self.numbers.extend(slots.iter().map(|slot| number(*slot)));
        self.numbers.as_ptr()
    }
}

/// A decision as numbers; -1 is none. Chunk, start and length of the edit follow it.
fn numbers(decision: &Decision, variant: Option<&VariantRef>) -> [i32; 15] {
    let (assignment, held) = (decision.assignment, decision.held());
    [
        number(decision.content),
        variant.map_or(-1, |variant| i32::from(variant.locale)),
        number(decision.experience),
        number(decision.rule),
        decision.reason as i32,
        number(decision.detail.map(|detail| detail as u32)),
        decision.depth as i32,
        number(assignment.map(|assignment| assignment.split)),
        number(assignment.map(|assignment| assignment.unit as u32)),
        number(assignment.map(|assignment| assignment.arm)),
        number(assignment.map(|assignment| assignment.point)),
        number(held.map(|held| held.holdout)),
        number(held.and_then(|held| held.would)),
        decision.cache_policy() as i32,
        i32::from(decision.drew_by(Unit::Visitor)),
    ]
}

/// The contact policy's part in a decision: flags, the part or -1, and the two halves of the first moment at which it holds nothing back. The flags say that
/// it held something back, that the moment belongs to the answer, that it is known, and that nothing remembers contacts before.
fn held_back(decision: &Decision) -> [i32; 4] {
    if !cfg!(feature = "contact") {
        return [0; 4];
    }
    let forgets = i32::from(decision.is_forgetful) << 3;
    let Some(withheld) = decision.withheld else { return [forgets, -1, 0, 0] };
    let moment = withheld.not_before_ms.unwrap_or_default().clamp(MIN, MAX);
    // Who is suppressed has no moment to wait for.
    let has_moment = !matches!(decision.detail, Some(Detail::Suppressed | Detail::GoalReached));
    let flags = 1 | i32::from(has_moment) << 1 | i32::from(withheld.not_before_ms.is_some()) << 2 | forgets;
    [flags, withheld.part.map_or(-1, i32::from), moment as i32, (moment >> 32) as i32]
}

fn number(position: Option<u32>) -> i32 {
    position.map_or(-1, |position| position as i32)
}

//! Decisions for one visitor after another, without text.
//!
//! Takes the facts of a visitor that JavaScript wrote into [`Engine::room`], gives decisions as whole numbers: positions in the
//! bundle, which [`Engine::name`] names. What it permits and decides by is what [`Engine::decide`] goes by. It holds one visitor at a
//! time, and the next one takes the same room.

use alloc::string::String;
use alloc::vec::Vec;

use wasm_bindgen::prelude::wasm_bindgen;

use super::engine::Engine;
use super::question::{self, Question};
use super::written::Written;
use crate::bundle::words::{Depth, Detail, Purpose, Reason, Unit, ValueType};
use crate::engine::{Decision, Given, Visit, Visitor};

/// Where a visitor is while decisions are made for them.
#[derive(Default)]
pub(super) struct Seat {
    /// What JavaScript writes into.
    room: Vec<u8>,
    /// What a visitor says apart from attributes. Its texts and its choices are overwritten, not made anew.
    visit: Visit,
    visitor: Visitor,
    every: Vec<Option<u32>>,
    /// What JavaScript reads from.
    numbers: Vec<i32>,
}

#[wasm_bindgen]
impl Engine {
    /// Where to write at least `bytes` bytes of a visitor. What was written there before stays.
    pub fn room(&mut self, bytes: usize) -> *const u8 {
        let room = &mut self.seat.room;
        room.resize(room.len().max(bytes), 0);
        room.as_ptr()
    }

    /// Takes the next visitor from the room; `false` leaves nobody.
    pub fn meet_written(&mut self, bytes: usize) -> bool {
        let Seat { room, visit, visitor, .. } = &mut self.seat;
        let mut written = Written(room.get(..bytes).unwrap_or_default());
        let mut read = None;
        if let Some(now_ms) = written.visit(visit) {
            visitor.meet(&self.bundle, visit, &mut |each| read = written.attributes(each), now_ms);
        }
        if read.is_none() {
            visitor.leave();
        }
        read.is_some()
    }

    /// Forgets the visitor, and what was written of them.
    pub fn leave(&mut self) {
        self.seat.room.fill(0);
        self.seat.visit = Visit::default();
        self.seat.visitor = Visitor::default();
    }

    /// The number of a text among the closed set of an attribute; -1 if it is not there or too long, -2 if the set is open.
    #[must_use]
    pub fn member(&self, attribute: usize, text: &str) -> i32 {
        match self.bundle.program().attribute(attribute) {
            Some(entry) if entry.closed == 0 || entry.value_type() == ValueType::List => -2,
            Some(entry) if text.chars().count() <= entry.length_max as usize => {
                number(self.bundle.program().closed_position(attribute, text).map(|item| item as u32))
            }
            _ => -1,
        }
    }

    /// Takes the next visitor from the bytes of a [`question`](super::question); gives what is wrong with them, if anything.
    pub fn meet(&mut self, question: &[u8]) -> Option<String> {
        let visitor = &mut self.seat.visitor;
        let Question { visit, now_ms, .. } = match question::question(question) {
            Ok(question) => question,
            Err(fault) => {
                visitor.leave();
                return Some(fault);
            }
        };
        let attributes = &self.bundle.program().manifest().attributes;
        let mut each = |each: &mut dyn FnMut(usize, Given<'_>)| {
            for (position, attribute) in attributes.iter().enumerate() {
                visit.attributes.get(&attribute.name).into_iter().for_each(|value| each(position, Given::from(value)));
            }
        };
        visitor.meet(&self.bundle, &visit, &mut each, now_ms);
        None
    }

    /// Decides one slot for the visitor: where the numbers of [`numbers`] are, followed by how many attributes were read, and which.
    pub fn decide_slot(&mut self, slot: u32) -> *const i32 {
        let Seat { visitor, numbers, .. } = &mut self.seat;
        numbers.clear();
        // A slot that is not there is one that nobody has decided.
        let slot = Some(slot).filter(|slot| (*slot as usize) < self.bundle.program().slots());
        if let Some((permitted, page)) = visitor.decide(&self.bundle, &[slot])
            && let Some(decision) = page.decisions.first()
        {
            let locale = decision.content.and_then(|content| self.bundle.index().variant(content, permitted.locales()));
            let read = page.read(decision);
            numbers.extend(self::numbers(decision, locale.map(|variant| u32::from(variant.locale))));
            numbers.push(read.len() as i32);
            numbers.extend(read.iter().map(|attribute| i32::from(*attribute)));
        }
        numbers.as_ptr()
    }

    /// Decides every slot for the visitor: where each one's content (or -1) is, in the order of the slots, and then, in the same order,
    /// each one's reason, its detail from the eighth bit (0 is none) and its depth from the sixteenth.
    pub fn decide_every(&mut self) -> *const i32 {
        let Seat { visitor, every, numbers, .. } = &mut self.seat;
        if every.is_empty() {
            *every = crate::engine::all_slots(&self.bundle);
        }
        numbers.clear();
        if let Some((_, page)) = visitor.decide(&self.bundle, every) {
            numbers.extend(page.decisions.iter().map(|decision| number(decision.content)));
            numbers.extend(page.decisions.iter().map(|decision| {
                let detail = decision.detail.map_or(0, |detail| detail as i32 + 1);
                decision.reason as i32 | detail << 8 | (decision.depth as i32) << 16
            }));
        }
        numbers.as_ptr()
    }

    /// How many slots there are.
    #[must_use]
    pub fn slots(&self) -> usize {
        self.bundle.program().slots()
    }

    /// The position of a slot, or how many there are.
    #[must_use]
    pub fn slot(&self, name: &str) -> usize {
        self.bundle.program().slot_position(name).unwrap_or(self.slots())
    }

    /// The name behind a number: see [`numbers`]. `None` past the last of its kind.
    #[must_use]
    pub fn name(&self, kind: u8, position: usize) -> Option<String> {
        let program = self.bundle.program();
        let name = match kind {
            0 => (position < program.contents()).then(|| program.content_name(position as u32)),
            1 => program.manifest().locales.get(position).map(String::as_str),
            2 => (position < program.experiences()).then(|| program.experience(position).name),
            3 => Reason::ALL.get(position).map(|reason| reason.name()),
            4 => Detail::ALL.get(position).map(|detail| detail.name()),
            5 => Depth::ALL.get(position).map(|depth| depth.name()),
            6 => Some(program.split(position).experiment),
            7 => Unit::ALL.get(position).map(|unit| unit.name()),
            8 => program.attribute(position).map(|attribute| attribute.name.as_str()),
            9 => Purpose::ALL.get(position).map(|purpose| purpose.name()),
            10 => program.split(position).layer,
            _ => (position < program.slots()).then(|| program.slot(position).name),
        };
        name.map(String::from)
    }

    /// The name of an arm.
    #[must_use]
    pub fn arm(&self, split: usize, arm: usize) -> Option<String> {
        let program = self.bundle.program();
        let (content, _) = program.arms(&program.split(split)).nth(arm)?;
        Some(content.map_or("control", |content| program.content_name(content)).into())
    }
}

/// A decision as numbers; -1 is none.
fn numbers(decision: &Decision, locale: Option<u32>) -> [i32; 12] {
    let assignment = decision.assignment;
    [
        number(decision.content),
        number(locale),
        number(decision.experience),
        number(decision.rule),
        decision.reason as i32,
        number(decision.detail.map(|detail| detail as u32)),
        decision.depth as i32,
        number(assignment.map(|assignment| assignment.split)),
        number(assignment.map(|assignment| assignment.unit as u32)),
        number(assignment.map(|assignment| assignment.arm)),
        number(assignment.map(|assignment| assignment.point)),
        decision.cache_policy() as i32,
    ]
}

fn number(position: Option<u32>) -> i32 {
    position.map_or(-1, |position| position as i32)
}

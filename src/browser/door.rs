//! The door: each function that JavaScript may call, and the one instance behind them.
//!
//! Numbers cross as they are. A text or bytes on their way in are written where [`paper`] says, and their lengths are handed over. A text on its
//! way out is left where [`reply`] says, and its length is given: -1 is none. A refusal is such a text, and a length of 0 is none.
//! `pkg-config/npm/core.js` is the other side.
//!
//! An instance of the Wasm is one opened release. It imports nothing, so no function is called while another one runs.

#![expect(
    unsafe_code,
    reason = "exports have plain names, and one instance of the Wasm has one place for what it holds"
)]

use alloc::string::String;
use alloc::vec::Vec;
use core::cell::UnsafeCell;

use super::engine::Engine;
use crate::trust::{Action, Order};

/// What an instance holds.
#[derive(Default)]
pub(super) struct Instance {
    /// What JavaScript has written: the parts of one call, back to back.
    paper: Vec<u8>,
    /// What JavaScript reads.
    reply: Vec<u8>,
    /// The orders of the overlay beside the release.
    orders: Vec<Order>,
    /// The facts beside the release, and when they expire.
    facts: Option<(Vec<u8>, i64)>,
    engine: Option<Engine>,
}

struct Only(UnsafeCell<Option<Instance>>);

// SAFETY: Wasm without threads has one.
unsafe impl Sync for Only {}

static ONLY: Only = Only(UnsafeCell::new(None));

fn instance() -> &'static mut Instance {
    // SAFETY: only exports call this, each once. They end before another is called, and nothing that they lend outlives them.
    unsafe { &mut *ONLY.0.get() }.get_or_insert_default()
}

impl Instance {
    /// Takes the paper, in parts of these lengths; a part that is not there is empty.
    pub(super) fn parts<const N: usize>(&mut self, lengths: [usize; N]) -> [Vec<u8>; N] {
        let mut rest = core::mem::take(&mut self.paper);
        lengths.map(|length| {
            let behind = rest.split_off(length.min(rest.len()));
            core::mem::replace(&mut rest, behind)
        })
    }

    /// Keeps what the instance holds for good.
    pub(super) fn keep(&self) {
        #[cfg(not(feature = "whole"))]
        super::memory::keep();
    }

    /// Makes room for the next visitor: in an engine for pages nothing of the one before stays.
    fn make_room(&mut self) {
        #[cfg(not(feature = "whole"))]
        {
            (self.paper, self.reply) = Default::default();
            self.engine.iter_mut().for_each(Engine::clear);
            // SAFETY: whatever else the instance holds was kept when it got it, and the caller holds nothing.
            unsafe { super::memory::take_back() };
        }
    }

    fn text(&mut self, bytes: usize) -> String {
        let [text] = self.parts([bytes]);
        String::from_utf8(text).unwrap_or_default()
    }

    fn replied(&mut self, bytes: &[u8]) -> i32 {
        self.reply.clear();
        self.reply.extend_from_slice(bytes);
        bytes.len() as i32
    }

    fn told(&mut self, text: Option<String>) -> i32 {
        text.map_or(-1, |text| self.replied(text.as_bytes()))
    }
}

macro_rules! exports {
    ($($(#[$about:meta])* fn $name:ident($here:ident $(, $argument:ident: $type:ty)*) $(-> $given:ty)? $body:block)+) => {
        $($(#[$about])* #[unsafe(no_mangle)] extern "C" fn $name($($argument: $type),*) $(-> $given)? {
            let $here = instance();
            $body
        })+
    };
}

exports! {
    /// The place to write this many bytes.
    fn paper(here, bytes: usize) -> *const u8 {
        here.paper.clear();
        here.paper.resize(bytes, 0);
        here.paper.as_ptr()
    }
    /// The place of the last text, or of the last bytes.
    fn reply(here) -> *const u8 {
        here.reply.as_ptr()
    }

    /// One order of the overlay beside the release that is opened next. `false` if it is of no kind that the engine knows.
    fn order(here, action: u32, until_ms: f64, name: usize) -> bool {
        let name = here.text(name);
        let action = u8::try_from(action.wrapping_sub(1)).ok().and_then(Action::from_byte);
        here.orders.extend(action.map(|action| Order { action, name, until_ms: until_ms as i64 }));
        here.keep();
        action.is_some()
    }
    /// The facts beside the release that is opened next. An engine that knows no feeds has no use for them.
    fn facts(here, until_ms: f64, bytes: usize) {
        let [bytes] = here.parts([bytes]);
        here.facts = Some((bytes, until_ms as i64)).filter(|_| cfg!(feature = "feeds"));
        here.keep();
    }
    /// Opens a program and an index that `trust.js` vouches for. Their digests are the program's, and that of the approved manifest. -1 if
    /// they need an engine that can do more.
    fn open(here, program: usize, index: usize, digest: usize, consent: usize) -> i32 {
        let [program, index, digest, consent] = here.parts([program, index, digest, consent]);
        let orders = core::mem::take(&mut here.orders);
        match Engine::open(program, index, &digest, &consent, orders, here.facts.take()) {
            Ok(engine) => {
                here.engine = Some(engine);
                here.keep();
                0
            }
            Err(fault) if fault == crate::bundle::LACKING => -1,
            Err(fault) => here.replied(fault.brief().as_bytes()),
        }
    }
}

macro_rules! engine {
    ($($(#[$about:meta])* fn $name:ident($($argument:ident: $type:ty),*) -> $given:ty { $none:expr })+) => {
        $($(#[$about])* #[unsafe(no_mangle)] extern "C" fn $name($($argument: $type),*) -> $given {
            instance().engine.as_mut().map_or($none, |engine| engine.$name($($argument),*))
        })+
    };
}

engine! {
    fn slots() -> usize { 0 }
    fn decide_slot(slot: u32) -> *const i32 { core::ptr::null() }
    fn decide_every() -> *const i32 { core::ptr::null() }
    fn leave() -> () { () }
}

#[cfg(feature = "plans")]
engine! {
    fn plan(slot: i32) -> () { () }
}

#[cfg(feature = "plans")]
exports! {
    fn delivery(here, experience: u32, rule: u32) -> i32 {
        let delivery = here.engine.as_ref().and_then(|engine| engine.delivery(experience, rule));
        here.told(delivery)
    }
}

#[cfg(not(feature = "signals"))]
engine! {
    fn granted() -> u32 { 0 }
    fn attribute(position: usize) -> i32 { -1 }
    fn shown() -> () { () }
}

exports! {
    /// The place to write at least this many bytes of a visitor. Bytes that were written there before stay, the visitor before does not.
    fn room(here, bytes: usize) -> *const u8 {
        let grows = here.engine.as_ref().is_some_and(|engine| engine.seat.room.len() < bytes);
        if grows {
            here.make_room();
        }
        let room = here.engine.as_mut().map_or(core::ptr::null(), |engine| engine.room(bytes));
        if grows {
            here.keep();
        }
        room
    }
    fn meet_written(here, bytes: usize) -> bool {
        here.make_room();
        here.engine.as_mut().is_some_and(|engine| engine.meet_written(bytes))
    }
    #[cfg(feature = "signals")]
    fn meet_page(here, bytes: usize) {
        here.make_room();
        here.engine.iter_mut().for_each(|engine| engine.meet_page(bytes));
    }
    fn slot(here, bytes: usize) -> usize {
        let name = here.text(bytes);
        here.engine.as_ref().map_or(0, |engine| engine.slot(&name))
    }
    fn slots_at(here, bytes: usize) -> *const i32 {
        let path = here.text(bytes);
        here.engine.as_mut().map_or(core::ptr::null(), |engine| engine.slots_at(&path))
    }
    fn member(here, attribute: usize, bytes: usize) -> i32 {
        let text = here.text(bytes);
        here.engine.as_ref().map_or(-1, |engine| engine.member(attribute, &text))
    }
    #[cfg(not(feature = "signals"))]
    fn locale(here, bytes: usize) -> bool {
        let tag = here.text(bytes);
        here.engine.as_ref().is_some_and(|engine| engine.locale(&tag))
    }
    #[cfg(not(feature = "signals"))]
    fn path_value(here, attribute: usize, bytes: usize) -> i32 {
        let path = here.text(bytes);
        let value = here.engine.as_ref().and_then(|engine| engine.path_value(attribute, &path));
        here.told(value)
    }
    fn instant(here, bytes: usize) -> f64 {
        Engine::instant(&here.text(bytes))
    }
    fn name(here, kind: u32, position: usize) -> i32 {
        let name = here.engine.as_ref().and_then(|engine| engine.name(kind, position));
        here.told(name)
    }
    fn arm(here, split: usize, arm: usize) -> i32 {
        let name = here.engine.as_ref().and_then(|engine| engine.arm(split, arm));
        here.told(name)
    }
    #[cfg(feature = "signals")]
    fn cookies(here, is_used: bool) -> i32 {
        let cookies = here.engine.as_mut().map(|engine| engine.cookies(is_used));
        here.told(cookies)
    }
    /// Notes that the visitor of the page dismissed this content; the cookies to set.
    #[cfg(all(feature = "signals", feature = "contact"))]
    fn dismiss(here, bytes: usize) -> i32 {
        let content = here.text(bytes);
        let cookies = here.engine.as_mut().and_then(|engine| engine.dismiss(&content));
        here.told(cookies)
    }
    /// Forgets what the open page remembers.
    #[cfg(feature = "contact")]
    fn unremember(here) {
        here.engine.iter_mut().for_each(|engine| engine.memory = None);
    }
}

#[cfg(feature = "replay")]
exports! {
    /// The audit record of the current visitor: an id, a key and the version of the record. An empty one could not be made.
    fn record(here, id: usize, key: usize, version: u32) -> i32 {
        let [id, key] = here.parts([id, key]);
        let record = here.engine.as_mut().and_then(|engine| engine.record(&id, core::str::from_utf8(&key).ok()?, version));
        here.told(record)
    }
    /// The first words of the digests of four messages; -1 if one is too long for a block.
    fn first_words(here, a: usize, b: usize, c: usize, d: usize) -> i32 {
        let blocks = here.parts([a, b, c, d]).map(|message| crate::words::sha256::Block::new(&[&message]));
        let [Some(a), Some(b), Some(c), Some(d)] = blocks else { return -1 };
        let words = crate::words::sha256::Block::first_words(&[a, b, c, d]);
        here.replied(words.map(u64::to_be_bytes).as_flattened())
    }
}

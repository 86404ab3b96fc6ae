//! An open bundle: its slots and its names.
//!
//! Takes verified payloads; gives positions in them, and the name behind each. Names cross to JavaScript once, and are kept there. It
//! decides nothing itself: that is [`visitor`](super::visitor).

use alloc::string::String;
use alloc::vec::Vec;

use super::visitor::Seat;
use crate::bundle::Bundle;
use crate::bundle::manifest::From;
use crate::engine::CachePolicy;
use crate::page;
use crate::trust::{Order, vouched};
use crate::words::bytes::characters;
use crate::words::time;
use crate::words::write_hex;
use crate::words::{Depth, Detail, Purpose, Reason, Signals, Unit, ValueType};
use crate::words::{Fault, fault};

/// An open bundle, and the visitor it decides for.
pub(super) struct Engine {
    pub(super) bundle: Bundle,
    pub(super) seat: Seat,
    /// The contacts of the open page, while no storage is permitted.
    #[cfg(feature = "contact")]
    pub(super) memory: Option<String>,
}

impl Engine {
    /// Opens a program with its content index, both as `trust.js` verified them.
    pub(super) fn open(
        program: Vec<u8>,
        index: Vec<u8>,
        digest: &[u8],
        consent: &[u8],
        orders: Vec<Order>,
        facts: Option<(Vec<u8>, i64)>,
    ) -> Result<Self, Fault> {
        let digest = digest.try_into().map_err(|_| fault("bundle", "has no digest"))?;
        let (program, index) = vouched(program, index, digest, consent.try_into().ok(), orders);
        let mut bundle = Bundle::open(program, index)?;
        if let Some((bytes, until_ms)) = facts.filter(|_| cfg!(feature = "feeds")) {
            // Without its facts a feed counts as stale.
            let _ = bundle.attach_vouched(&bytes, until_ms);
        }
        Ok(Self {
            bundle,
            seat: Seat::default(),
            #[cfg(feature = "contact")]
            memory: None,
        })
    }

    /// How many slots there are.
    pub(super) fn slots(&self) -> usize {
        self.bundle.program().slots()
    }

    /// The position of a slot, or how many there are.
    pub(super) fn slot(&self, name: &str) -> usize {
        self.bundle.program().slot_position(name).unwrap_or(self.slots())
    }

    /// The slots of the page at `path`: where it is written how many there are, followed by their positions.
    pub(super) fn slots_at(&mut self, path: &str) -> *const i32 {
        let slots = page::slots_at(&self.bundle, path);
        self.seat.list(&slots)
    }

    /// The number of a text among the closed set of an attribute; -1 if it is not there or too long, -2 if the set is open.
    pub(super) fn member(&self, attribute: usize, text: &str) -> i32 {
        match self.bundle.program().attribute(attribute) {
            Some(entry) if entry.closed == 0 || entry.value_type() == ValueType::List => -2,
            Some(entry) if characters(text) <= entry.length_max as usize => {
                self.bundle.program().closed_position(attribute, text).map_or(-1, |item| item as i32)
            }
            _ => -1,
        }
    }

    /// The Unix milliseconds of a time with its offset; not a number for anything else.
    pub(super) fn instant(text: &str) -> f64 {
        time::parse_rfc3339(text).map_or(f64::NAN, |ms| ms as f64)
    }

    /// The name behind a number of a [decision](super::visitor). `None` past the last of its kind.
    pub(super) fn name(&self, kind: u32, position: usize) -> Option<String> {
        let program = self.bundle.program();
        let slot = || (position < program.slots()).then(|| program.slot(position));
        let name = match kind {
            0 => (position < program.contents()).then(|| program.content_name(position as u32)),
            1 => program.manifest().locales.get(position).map(String::as_str),
            2 => (position < program.experiences()).then(|| program.experience_name(position)),
            3 => Reason::ALL.get(position).map(|reason| reason.name()),
            4 => Detail::ALL.get(position).map(|detail| detail.name()),
            5 => Depth::ALL.get(position).map(|depth| depth.name()),
            6 => Some(program.split(position).experiment),
            7 => Unit::ALL.get(position).map(|unit| unit.name()),
            8 => program.attribute(position).map(|attribute| attribute.name.as_str()),
            9 => Purpose::ALL.get(position).map(|purpose| purpose.name()),
            10 => slot().map(|slot| slot.name),
            11 => slot().map(|slot| slot.selector),
            12 => slot().map(|slot| slot.change.name()),
            13 => slot().map(|slot| slot.attribute),
            14 => program.split(position).layer,
            15 => CachePolicy::ALL.get(position).map(|policy| policy.name()),
            16 if cfg!(feature = "signals") => Signals::TEXTS.get(position).copied(),
            16 => None,
            17 => program.programme().holdouts.get(position).map(|holdout| holdout.name.as_str()),
            18 => match &program.attribute(position)?.from {
                From::Header(name) | From::Query(name) | From::Cookie(name) => Some(name.as_str()),
                _ => Some(""),
            },
            19 => Some(program.manifest().cookie.as_str()),
            20 if cfg!(feature = "contact") => program.contact().name(position),
            20 => None,
            _ => {
                let mut digest = String::new();
                write_hex(&mut digest, self.bundle.digest());
                return Some(digest);
            }
        };
        name.map(Into::into)
    }

    /// The name of an arm.
    pub(super) fn arm(&self, split: usize, arm: usize) -> Option<String> {
        let program = self.bundle.program();
        program.arm_name(&program.split(split), arm).map(String::from)
    }
}

//! The format: the contract of both sides.
//!
//! Takes bytes whose signature holds, gives a checked, borrowed view: [`Bundle`]. A file that passes [`Bundle::open`] can be
//! read without a further check. It never decodes a rule and never trusts a count.

#![forbid(unsafe_code)]

mod ability;
pub(crate) mod bytes;
mod check;
pub mod contact;
pub mod data;
pub mod format;
mod graph;
pub mod identity;
mod index;
pub mod journeys;
pub mod manifest;
pub mod notice;
pub mod plan;
mod program;
pub mod programme;
pub mod repeat;
mod rulebook;
mod shown;
mod sieve;
mod terms;

pub use ability::LACKING;
pub use graph::{Group, GroupKind};
pub use index::{BodyKind, Index, VariantRef};
pub use program::{Effect, Experience, Program, Slot, Split, Window};
pub use rulebook::{Plan, Rulebook};
pub use sieve::{SIEVE_RULES_MIN, Screen, Sieve};
pub use terms::{Operator, Part, Term};

#[cfg(feature = "author")]
use alloc::vec::Vec;

#[cfg(feature = "author")]
use crate::trust::Order;
use crate::trust::{Kind, Verified};
use crate::words::time::SECOND;
use crate::words::{Fault, check, fault};
use manifest::FeedPlace;

/// Everything that a decision reads: the program and the index of its content.
#[derive(Clone, Debug)]
pub struct Bundle {
    program: Program,
    index: Index,
    digest: [u8; 32],
    /// The data beside the release, and when it expires.
    data: Option<(data::Data, i64)>,
    /// A record says what feeds said.
    #[cfg(feature = "author")]
    is_recorded: bool,
}

impl Bundle {
    /// Opens the program and the content index of one release.
    ///
    /// # Errors
    /// Says which part, count or reference is wrong.
    pub fn open(program: Verified, index: Verified) -> Result<Self, Fault> {
        if program.kind() != Kind::Program || index.kind() != Kind::Index || program.release() != index.release() {
            return Err(fault("bundle", "needs the program and the content index of one release"));
        }
        let (digest, approved, orders) = (*program.digest(), program.consent(), program.orders());
        let mut program = Program::open(program.into_bytes())?;
        let is_approved = approved.is_none_or(|approved| approved == program.consent());
        check(is_approved, "consent", "is not the one that was approved")?;
        program.orders = orders;
        let index = Index::open(index.into_bytes(), program.contents(), program.manifest().locales.len())?;
        Ok(Self {
            program,
            index,
            digest,
            data: None,
            #[cfg(feature = "author")]
            is_recorded: false,
        })
    }

    /// Takes the facts of the data beside its release.
    ///
    /// # Errors
    /// Another payload, or one that this engine cannot read.
    pub fn attach(&mut self, data: &Verified) -> Result<(), Fault> {
        check(data.kind() == Kind::Data, "bundle", "needs the data of its release")?;
        self.attach_vouched(data.bytes(), data.data_until_ms())
    }

    /// Makes this earlier release one that journeys of `current` may end with: with the orders and the facts of today.
    ///
    /// # Errors
    /// Its law, attributes, locales or markets are not those of today. What consent depends on is never an earlier release's.
    pub fn stand_beside(&mut self, current: &Self) -> Result<(), Fault> {
        let is_same = self.program.consent() == current.program.consent();
        check(is_same, "consent", "is not that of the current release")?;
        self.program.orders = current.program.orders.clone();
        self.data.clone_from(&current.data);
        Ok(())
    }

    /// As [`attach`](Self::attach), with bytes that the host vouches for.
    pub(crate) fn attach_vouched(&mut self, bytes: &[u8], until_ms: i64) -> Result<(), Fault> {
        self.data = Some((data::Data::open(bytes)?, until_ms));
        Ok(())
    }

    /// A feed of the data beside the release, and the Unix millisecond from which on it is too old.
    pub(crate) fn feed(&self, place: &FeedPlace) -> Option<(&data::Feed, i64)> {
        let (data, until_ms) = self.data.as_ref()?;
        let feed = data.feeds.iter().find(|feed| feed.name == place.feed)?;
        let age_ms = i64::from(place.max_age_seconds).saturating_mul(SECOND);
        Some((feed, feed.taken_ms.saturating_add(age_ms).min(*until_ms)))
    }

    /// The same bundle with a feed that is as old as can be, to try out what happens then.
    #[cfg(feature = "author")]
    pub fn with_old_feed(mut self, name: &str) -> Self {
        let feeds = self.data.iter_mut().flat_map(|(data, _)| &mut data.feeds);
        feeds.filter(|feed| feed.name == name).for_each(|feed| feed.taken_ms = i64::MIN);
        self
    }

    /// The same bundle with the values of feeds that a visit has, and no other, to make a decision of another time again.
    #[cfg(feature = "author")]
    pub fn as_recorded(mut self) -> Self {
        self.is_recorded = true;
        self
    }

    /// True if the facts beside this release count.
    pub(crate) fn reads_facts(&self) -> bool {
        #[cfg(feature = "author")]
        return !self.is_recorded;
        #[cfg(not(feature = "author"))]
        true
    }

    /// The data beside the release, if it is at hand.
    pub fn data(&self) -> Option<&data::Data> {
        self.data.as_ref().map(|(data, _)| data)
    }

    /// The same bundle without its sieves: it decides the same, one rule after the other. For measuring what they are worth.
    pub fn without_sieves(mut self) -> Self {
        self.program.sieves.clear();
        self
    }

    /// The same bundle under these orders alone, to make a decision of another time again.
    #[cfg(feature = "author")]
    pub fn under(mut self, orders: Vec<Order>) -> Self {
        self.program.orders = orders.into();
        self
    }

    /// The rules.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// The place of each content variant.
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// SHA-256 of the program: the name under which logs and explanations know this bundle.
    pub fn digest(&self) -> &[u8; 32] {
        &self.digest
    }
}

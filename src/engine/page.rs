//! The result of `decide`: the decisions of one page, the attributes that they read, and how far the page may be cached.
//!
//! Takes nothing, is plain data whose names are positions in the bundle. It never holds a value of the visit.

use alloc::vec::Vec;
use core::ops::Range;

use super::contact::Withheld;
use crate::words::{Barred, Depth, Detail, Reason, Unit};

/// A bit of the units that a decision drew by, which stands for a contact policy: no cache may keep such an answer.
pub(super) const HISTORY: u8 = 1 << 7;

/// The decisions of one page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// In the order that was asked for.
    pub decisions: Vec<Decision>,
    pub(super) reads: Vec<u16>,
}

/// The answer for one slot. Names are positions in the bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The slot; `None` if the bundle has no such slot.
    pub slot: Option<u32>,
    /// The content to show; `None` is the origin's own.
    pub content: Option<u32>,
    /// The experience that decided.
    pub experience: Option<u32>,
    /// Its rule, counted from 0.
    pub rule: Option<u32>,
    /// Why.
    pub reason: Reason,
    /// The detail behind the reason.
    pub detail: Option<Detail>,
    /// How personal the decision is: the deepest attribute that was read.
    pub depth: Depth,
    /// The assignment, if a split made one.
    pub assignment: Option<Assignment>,
    /// The part of the contact policy that held content back, if one did and nothing else is shown.
    pub withheld: Option<Withheld>,
    /// A cap had a say, and there is no memory of contacts before: it holds within this page only.
    pub is_forgetful: bool,
    /// The draw of the holdouts, if one covers this decision and the visitor could be drawn.
    pub holdout: Option<Holdout>,
    /// The first rule that matched and could not show its content beside what the page shows already.
    pub gave_way: Option<GaveWay>,
    pub(super) read: Range<u32>,
    /// Units (bits) that something was drawn by, also where the draw led out of the experiment.
    pub(super) drawn: u8,
    /// Locale or market of the visit had a say.
    pub(super) varies: bool,
}

/// What a split assigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The split.
    pub split: u32,
    /// The arm, counted from 0.
    pub arm: u32,
    /// What was assigned.
    pub unit: Unit,
    /// The point it drew, in basis points.
    pub point: u32,
}

/// The draw of the holdouts for a visitor whom a rule would show content, or assign to an arm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holdout {
    /// The unit that was drawn.
    pub unit: Unit,
    /// The holdout that holds the visitor back, with the point; `None` if none does.
    pub held: Option<Held>,
}

/// A visitor who is held back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// The holdout.
    pub holdout: u32,
    /// The point, in basis points.
    pub point: u32,
    /// The content that would be shown; `None` is the origin's own.
    pub would: Option<u32>,
}

/// A rule that matched, and what left no place for it on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GaveWay {
    /// Its experience.
    pub experience: u32,
    /// The rule, counted from 0.
    pub rule: u32,
    /// Why.
    pub why: Barred,
    /// The slot that shows what it cannot stand beside, or that took the last place.
    pub to: u32,
}

/// How far a page may be cached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CachePolicy {
    /// Nothing of the visit was read: as the origin says.
    Origin,
    /// The request itself was read, or its locale or market had a say: by this browser only, and revalidated.
    Revalidate,
    /// More was read, or something was drawn: not at all.
    NoStore,
}

impl CachePolicy {
    /// Every policy, from the widest.
    pub const ALL: [Self; 3] = [Self::Origin, Self::Revalidate, Self::NoStore];

    /// Its stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Origin => "origin",
            Self::Revalidate => "revalidate",
            Self::NoStore => "no-store",
        }
    }

    /// The `Cache-Control` of a page that was rewritten. Its data block contains this visitor's grants, so even a page
    /// without decisions is only for this visitor.
    pub const fn header(self) -> &'static str {
        match self {
            Self::Origin | Self::Revalidate => "private, no-cache",
            Self::NoStore => "private, no-store",
        }
    }
}

impl Page {
    /// The attributes that a decision read, ascending. These are the permitted ones in every rule up to the winner, as a
    /// rule that did not match has told something too.
    pub fn read(&self, decision: &Decision) -> &[u16] {
        self.reads.get(decision.read.start as usize..decision.read.end as usize).unwrap_or_default()
    }

    /// How far the page may be cached.
    pub fn cache_policy(&self) -> CachePolicy {
        self.decisions.iter().map(Decision::cache_policy).max().unwrap_or(CachePolicy::Origin)
    }
}

impl Decision {
    /// The origin's own content, as no rule matched. The caller fills in what it finds. Most fields stay as they are, in
    /// most slots.
    #[inline(always)]
    pub(super) fn control(slot: Option<u32>) -> Self {
        Self {
            slot,
            content: None,
            experience: None,
            rule: None,
            reason: Reason::Default,
            detail: None,
            depth: Depth::None,
            assignment: None,
            holdout: None,
            withheld: None,
            is_forgetful: false,
            gave_way: None,
            read: 0..0,
            drawn: 0,
            varies: false,
        }
    }

    pub(super) fn because(&mut self, reason: Reason, detail: Option<Detail>) {
        (self.reason, self.detail) = (reason, detail);
    }

    /// True if something was drawn by `unit`: an arm, or not to be in an experiment at all.
    pub fn drew_by(&self, unit: Unit) -> bool {
        self.drawn & (1 << unit as u8) != 0
    }

    /// True if a contact policy had a say: contacts before were asked about, or the hour.
    pub fn asked_policy(&self) -> bool {
        self.drawn & HISTORY != 0
    }

    /// True if a draw chose the origin's own content: an arm is control, or a holdout holds the visitor back.
    pub fn is_counted_control(&self) -> bool {
        self.content.is_none() && (self.assignment.is_some() || self.held().is_some())
    }

    /// The holdout that holds the visitor back, if one does.
    pub fn held(&self) -> Option<Held> {
        self.holdout.and_then(|holdout| holdout.held)
    }

    /// How far a page with this decision may be cached.
    pub fn cache_policy(&self) -> CachePolicy {
        match self.depth {
            _ if self.drawn != 0 => CachePolicy::NoStore,
            Depth::None if self.varies => CachePolicy::Revalidate,
            Depth::None => CachePolicy::Origin,
            Depth::Contextual => CachePolicy::Revalidate,
            _ => CachePolicy::NoStore,
        }
    }
}

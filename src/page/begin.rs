//! The first step of a page: decisions for a request, and the content that they need.
//!
//! [`begin`] settles consent, reads the visit, permits, decides, and lists the edits. A host then fetches the chunks that
//! [`Begun::chunks`] names, and [`Begun::finish`] makes the answer of them.

use alloc::vec::Vec;

use super::arrive::{Arrival, arrive};
use super::edit::{Edit, chunks, edits, slots_at};
use super::request::{Person, Request};
use crate::bundle::Bundle;
use crate::consent::{Grants, Law};
use crate::engine::{Limits, Page, Permitted, Workspace, decide_into, permit};
use crate::log::quality::Rule;
use crate::log::traffic::Traffic;
use crate::words::{Depth, Unit, Visit};

/// The visitor that a host asks decisions for, and the slots.
#[derive(Clone, Copy)]
pub struct Asked<'r, 'p> {
    /// Who asks.
    pub who: Who<'r>,
    /// The slots to decide, by position. `None`: the slots of the page that a request is for.
    pub slots: Option<&'r [Option<u32>]>,
    /// The person, where a host can look up what they withdrew on another device.
    pub person: Option<Person<'p>>,
    /// How personal decisions may be at most, by the host's own word.
    pub depth_max: Option<Depth>,
    /// True if the bundle is past its expiry.
    pub is_stale: bool,
}

impl<'r> Asked<'r, '_> {
    /// Decisions for the slots of a page, without a lookup of the person, by a bundle that has not expired.
    pub const fn of(who: Who<'r>) -> Self {
        Self { who, slots: None, person: None, depth_max: None, is_stale: false }
    }
}

/// The visitor that a host asks decisions for.
#[derive(Clone, Copy)]
pub enum Who<'r> {
    /// The sender of an HTTP request.
    Request(&'r Request<'r>),
    /// A visitor that a host describes itself, for decisions at this time in Unix milliseconds.
    Visit(&'r Visit, i64),
    /// A visitor whose grants are settled already, for decisions at this time in Unix milliseconds.
    Settled(&'r Visit, &'r Grants, i64),
}

/// A host keeps this from one page to the next, to use its memory again. No page reads what another one left in it.
#[derive(Debug, Default)]
pub struct Scratch {
    arrival: Option<Arrival>,
    workspace: Workspace,
    page: Page,
}

/// A page that is decided, and waits for its content.
#[derive(Debug)]
#[must_use]
pub struct Begun<'s> {
    pub(super) bundle: &'s Bundle,
    pub(super) arrival: &'s Arrival,
    pub(super) law: Law<'s>,
    pub(super) permitted: Permitted<'s>,
    pub(super) page: &'s Page,
    pub(super) edits: Vec<Edit<'s>>,
    pub(super) limits: Limits,
    pub(super) now_ms: i64,
    /// The reason why no visitor looks at the page.
    pub(super) unseen: Option<Rule>,
}

/// Decides what is asked.
pub fn begin<'s>(bundle: &'s Bundle, asked: &Asked<'_, '_>, scratch: &'s mut Scratch) -> Begun<'s> {
    let Scratch { arrival, workspace, page } = scratch;
    let regions = &bundle.program().manifest().regions;
    let person = asked.person.as_ref();
    let mut of_page = Vec::new();
    let (mut arrived, law, now_ms, unseen) = match asked.who {
        Who::Request(request) => {
            if asked.slots.is_none() {
                of_page = slots_at(bundle, request.path);
            }
            let (arrived, law) = arrive(bundle, request, person);
            (arrived, law, request.now_ms, Traffic::of(request.header).rule())
        }
        Who::Visit(visit, now_ms) => {
            let law = Law::of(regions, visit, now_ms);
            (Arrival::of_visit(visit.clone(), &law, person), law, now_ms, None)
        }
        Who::Settled(visit, grants, now_ms) => {
            (Arrival::settled(visit.clone(), grants.clone()), Law::of(regions, visit, now_ms), now_ms, None)
        }
    };
    if let Some(most) = asked.depth_max {
        arrived.grants.depth = arrived.grants.depth.min(most);
    }
    let arrival = &*arrival.insert(arrived);
    let permitted = permit(bundle, &arrival.visit, &arrival.grants, now_ms).with_stale(asked.is_stale);
    decide_into(bundle, &permitted, asked.slots.unwrap_or(&of_page), workspace, page);
    let edits = edits(bundle, &permitted, page);
    Begun { bundle, arrival, law, permitted, page, edits, limits: workspace.limits(), now_ms, unseen }
}

impl Scratch {
    /// The same, whose decisions stay within `limits`.
    pub fn with_limits(limits: Limits) -> Self {
        Self { workspace: Workspace::with_limits(limits), ..Self::default() }
    }
}

impl<'s> Begun<'s> {
    /// The chunks of content that [`finish`](Self::finish) needs, each once, by their position in the release.
    pub fn chunks(&self) -> Vec<usize> {
        chunks(&self.edits)
    }

    /// The changes that were decided.
    pub fn edits(&self) -> &[Edit<'s>] {
        &self.edits
    }

    /// The visit.
    pub fn visit(&self) -> &'s Visit {
        &self.arrival.visit
    }

    /// What the visit permits.
    pub fn grants(&self) -> &'s Grants {
        &self.arrival.grants
    }

    /// What decisions could read.
    pub fn permitted(&self) -> &Permitted<'s> {
        &self.permitted
    }

    /// The decisions.
    pub fn page(&self) -> &'s Page {
        self.page
    }

    /// The time of the decisions, in Unix milliseconds.
    pub fn now_ms(&self) -> i64 {
        self.now_ms
    }

    pub(super) fn drew_by_device(&self) -> bool {
        self.page.decisions.iter().any(|decision| decision.drew_by(Unit::Visitor))
    }
}

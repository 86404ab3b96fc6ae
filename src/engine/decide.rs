//! `decide(&Permitted) -> Page`: every slot of a page in one call. Takes a program and the permitted data of a visit, gives
//! a decision for each slot: content or the origin's own, the reason, and the attributes that were read. It has no error: a
//! slot that cannot be decided keeps the origin's content, with the reason.

use alloc::vec::Vec;

use super::evaluate::View;
use super::page::{Decision, Page};
use super::permit::Permitted;
use super::plan::{Shown, Turns};
use super::slot::Deciding;
use crate::bundle::Bundle;
use crate::words::{Detail, Purpose, Purposes, Reason};

/// Buffers that a host keeps between decisions, so that deciding allocates nothing once they have grown, and the limits that it
/// sets.
#[derive(Clone, Debug, Default)]
pub struct Workspace {
    pub(super) views: [View; Purpose::ALL.len()],
    /// The purposes whose view holds the current visit.
    pub(super) ready: Purposes,
    pub(super) vectors: Vec<(usize, bool)>,
    pub(super) shown: Vec<Shown>,
    pub(super) turns: Turns,
    pub(super) limits: Limits,
}

/// The cost limit of one decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Rules that are looked at for one slot, in their order; past it the slot is control, with `BUDGET_EXHAUSTED`. The memo
    /// and the index do not move the point where that happens.
    pub rules_per_slot_max: u32,
}

impl Default for Limits {
    /// As many as a bundle can hold.
    fn default() -> Self {
        Self { rules_per_slot_max: u32::MAX }
    }
}

impl Workspace {
    /// A workspace whose decisions stay within `limits`.
    pub fn with_limits(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// The limits of its decisions.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// Forgets the visit, and keeps the room.
    pub(super) fn forget(&mut self) {
        self.ready = Purposes::NONE;
    }
}

/// Decides the slots at these positions, or all of them.
pub fn decide(bundle: &Bundle, permitted: &Permitted<'_>, slots: &[Option<u32>], workspace: &mut Workspace) -> Page {
    let mut page = Page::default();
    decide_into(bundle, permitted, slots, workspace, &mut page);
    page
}

/// As [`decide`], into a page whose room is used again.
pub fn decide_into(
    bundle: &Bundle,
    permitted: &Permitted<'_>,
    slots: &[Option<u32>],
    workspace: &mut Workspace,
    page: &mut Page,
) {
    workspace.forget();
    decide_more(bundle, permitted, slots, workspace, page);
}

/// As [`decide_into`], with a workspace that knows this very visit already, or none.
pub(super) fn decide_more(
    bundle: &Bundle,
    permitted: &Permitted<'_>,
    slots: &[Option<u32>],
    workspace: &mut Workspace,
    page: &mut Page,
) {
    page.decisions.clear();
    page.decisions.reserve(slots.len());
    page.reads.clear();
    let mut deciding = Deciding::new(bundle, permitted, workspace, &mut page.reads);
    for slot in slots {
        page.decisions.push(Decision::control(*slot));
        match (slot, page.decisions.last_mut()) {
            (Some(slot), Some(decision)) => deciding.slot(*slot, decision),
            (_, decision) => {
                decision.into_iter().for_each(|decision| decision.because(Reason::Error, Some(Detail::SlotNotFound)));
            }
        }
    }
    if cfg!(feature = "plans") && !bundle.program().plan().groups.is_empty() {
        deciding.plan(&mut page.decisions);
    }
}

/// Every slot of a bundle, for [`decide`].
pub fn all_slots(bundle: &Bundle) -> Vec<Option<u32>> {
    (0..bundle.program().slots() as u32).map(Some).collect()
}

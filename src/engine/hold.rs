//! Holdouts: people who see the origin's own content in place of what a rule would show them.
//!
//! Takes a decision that a rule made, and takes its content away if a holdout covers the slot and holds the visitor back. The
//! decision keeps the content that was held back, so that people who would have seen the same can be compared. Each holdout draws by a domain
//! and a salt of its own, so it tells nothing about the arm of an experiment.

use super::bucket::{Domain, TOTAL, point};
use super::page::{Decision, Held, Holdout};
use super::slot::Deciding;
use crate::words::{Detail, Reason};

impl Deciding<'_, '_> {
    /// See the module. A visitor without an id of the holdout's own unit cannot be held back on every page, and is not drawn.
    #[inline]
    pub(super) fn hold(&mut self, slot: u32, experience: usize, decision: &mut Decision) {
        let has_holdouts = !self.program.programme().holdouts.is_empty();
        if has_holdouts
            && (decision.content.is_some() || decision.assignment.is_some())
            && !self.program.is_owed(experience)
        {
            self.draw_holdouts(slot, decision);
        }
    }

    #[inline(never)]
    fn draw_holdouts(&mut self, slot: u32, decision: &mut Decision) {
        for (holdout, one) in (0..).zip(&self.program.programme().holdouts).filter(|(_, one)| one.covers(slot)) {
            let Some((unit, id)) = self.permitted.unit(one.unit()).filter(|(unit, _)| *unit == one.unit()) else {
                continue;
            };
            self.drawn |= 1 << unit as u8;
            let point = point(Domain::Holdout, &one.salt, id, TOTAL);
            let is_held = point < u32::from(one.points);
            decision.holdout.get_or_insert(Holdout { unit, held: None });
            if is_held {
                let held = Held { holdout, point, would: decision.content.take() };
                decision.holdout = Some(Holdout { unit, held: Some(held) });
                return decision.because(Reason::Split, Some(Detail::Holdout));
            }
        }
    }
}

//! Content that is not in stock.
//!
//! Takes a slot that was decided, says if a rule before the one that decided would have matched but for what its content needs. Such a
//! need is a literal of the rule like any other, so the decision itself does not ask this room.

use super::bits::{FALSE, Known, TRUE};
use super::evaluate::Ground;
use super::page::Decision;
use super::slot::Deciding;
use crate::words::{Detail, Purpose};

impl Deciding<'_, '_> {
    /// See the module.
    #[inline]
    pub(super) fn note_stock(&mut self, slot: u32, decision: &mut Decision) {
        if cfg!(feature = "feeds") && !self.program.stock().is_empty() && decision.detail.is_none() {
            self.find_stock(slot, decision);
        }
    }

    #[inline(never)]
    fn find_stock(&mut self, slot: u32, decision: &mut Decision) {
        for experience in self.program.experiences_of(slot as usize) {
            let plan = self.rules.plan(experience);
            let (mut rules, is_last) = (plan.rules, decision.experience == Some(experience as u32));
            if is_last {
                rules.end = rules.start + decision.rule.unwrap_or_default() as usize;
            }
            let runs = plan.schedule.is_none_or(|schedule| self.is_running(schedule));
            if runs && rules.into_iter().any(|rule| self.lacks_stock(rule, plan.purpose)) {
                decision.detail = Some(Detail::OutOfStock);
            }
            if is_last {
                return;
            }
        }
    }

    /// True if all of a rule holds, but for what its content needs.
    fn lacks_stock(&mut self, rule: usize, purpose: Purpose) -> bool {
        let stock = self.program.stock();
        let mut lacks = false;
        for literal in self.rules.literals(rule) {
            match (self.known(literal, purpose), stock.binary_search(&literal).is_ok()) {
                (TRUE, _) => {}
                (FALSE, true) => lacks = true,
                _ => return false,
            }
        }
        lacks
    }

    /// A literal as this visit has it.
    pub(super) fn known(&mut self, literal: u32, purpose: Purpose) -> Known {
        let ground = Ground { program: self.program, permitted: self.permitted, purpose };
        self.view(purpose).map_or(FALSE, |view| view.ask(&ground, literal))
    }
}

//! Every slot for one visitor, as far as a list needs it: the content, why, and how personal the decision is.
//!
//! In a long list most slots show the origin's own content, because the only rule of their only experience does not match. Such a slot is
//! passed over with a look at the rule's literals. The others are decided as [`decide`](super::decide()) decides them. The answers are the
//! same.

use alloc::vec::Vec;

use super::bits::FALSE;
use super::decide::Workspace;
use super::page::Decision;
use super::permit::{Depths, Permitted};
use super::slot::Deciding;
use crate::bundle::Bundle;
use crate::words::{Depth, Detail, Purpose, Reason};

/// What a list shows of a slot's decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glance {
    /// The content to show; `None` is the origin's own.
    pub content: Option<u32>,
    /// Why.
    pub reason: Reason,
    /// The detail behind the reason.
    pub detail: Option<Detail>,
    /// How personal the decision is.
    pub depth: Depth,
}

/// Gives a glance at each slot of the bundle, in order, with a workspace that knows this very visit already, or none.
pub(super) fn decide_every(
    bundle: &Bundle,
    permitted: &Permitted<'_>,
    workspace: &mut Workspace,
    reads: &mut Vec<u16>,
    mut each: impl FnMut(Glance),
) {
    let program = bundle.program();
    reads.clear();
    let mut deciding = Deciding::new(program, permitted, workspace, reads);
    let depths: [Depths; Purpose::ALL.len()] = core::array::from_fn(|purpose| {
        Purpose::ALL.get(purpose).map_or_else(Depths::default, |purpose| permitted.depths(*purpose))
    });
    // A stale visit may be control altogether, and attributes beyond the first 64 have no bits.
    let is_plain =
        !permitted.stale && !deciding.has_stale_feed() && !deciding.has_more && deciding.limits.rules_per_slot_max > 0;
    for slot in 0..program.slots() as u32 {
        let passed = if is_plain { deciding.passed_over(slot) } else { None };
        if let Some((purpose, seen)) = passed {
            let depth = depths.get(purpose as usize).map_or(Depth::None, |depths| deepest(depths, seen));
            each(Glance { content: None, reason: Reason::Default, detail: None, depth });
            continue;
        }
        let mut decision = Decision::control(Some(slot));
        deciding.slot(slot, &mut decision);
        let Decision { content, reason, detail, depth, .. } = decision;
        each(Glance { content, reason, detail, depth });
    }
}

/// The deepest of the attributes that were seen.
#[inline(always)]
fn deepest(depths: &Depths, seen: u64) -> Depth {
    let at = depths.iter().rposition(|attributes| attributes & seen != 0);
    at.and_then(|at| Depth::ALL.get(at).copied()).unwrap_or(Depth::None)
}

impl Deciding<'_, '_> {
    /// The purpose of a slot's only rule and the attributes that it reads, if that rule does not match. A slot with one rule has no
    /// sieve.
    #[inline(always)]
    fn passed_over(&mut self, slot: u32) -> Option<(Purpose, u64)> {
        let experiences = self.program.experiences_of(slot as usize);
        if experiences.len() != 1 {
            return None;
        }
        let plan = self.rules.plan(experiences.start);
        let rule = plan.rules.start;
        let is_alone = plan.rules.len() == 1 && plan.schedule.is_none();
        (is_alone && self.verdict(rule, plan.purpose) == FALSE).then(|| (plan.purpose, self.rules.support_bits(rule)))
    }
}

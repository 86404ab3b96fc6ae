//! Every slot for one visitor, as far as a list needs it: the content, why, and how personal the decision is.
//!
//! In a long list most slots show the origin's own content, because the only rule of their only experience does not match. Such a slot is
//! passed over with a look at the rule's literals. A rule that matches and splits has its arm drawn with those of three other slots. Every
//! other slot is decided as [`decide`](super::decide()) decides it. The answers are the same.

use alloc::vec::Vec;

use super::bits::{FALSE, TRUE};
use super::bucket::{IS_FAST, TOTAL, draw_of_arm, points};
use super::decide::Workspace;
use super::page::Decision;
use super::permit::{Depths, Permitted};
use super::slot::Deciding;
use crate::bundle::{Bundle, Effect};
use crate::words::sha256::Block;
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

/// Gives a glance at each slot of the bundle, by its position, with a workspace that knows this very visit already, or none.
pub(super) fn decide_every(
    bundle: &Bundle,
    permitted: &Permitted<'_>,
    workspace: &mut Workspace,
    reads: &mut Vec<u16>,
    mut each: impl FnMut(u32, Glance),
) {
    let program = bundle.program();
    reads.clear();
    let mut deciding = Deciding::new(bundle, permitted, workspace, reads);
    let depths: [Depths; Purpose::ALL.len()] = core::array::from_fn(|purpose| {
        Purpose::ALL.get(purpose).map_or_else(Depths::default, |purpose| permitted.depths(*purpose))
    });
    // A stale visit may be control altogether, and attributes beyond the first 64 have no bits.
    // A contact policy and stock say why nothing is shown. A language may have no text for what a rule shows.
    let is_plain = !permitted.stale
        && !deciding.has_more_to_say
        && !deciding.has_more
        && !permitted.may_lack_text()
        && deciding.limits.rules_per_slot_max > 0;
    // An order or a holdout has a say in what a rule shows.
    let draws_later = IS_FAST && program.orders().is_empty() && program.programme().holdouts.is_empty();
    let mut waiting = Waiting::default();
    if cfg!(feature = "plans") && !program.plan().groups.is_empty() {
        let mut decisions: Vec<Decision> =
            (0..program.slots() as u32).map(|slot| Decision::control(Some(slot))).collect();
        (0..).zip(&mut decisions).for_each(|(slot, decision)| deciding.slot(slot, decision));
        deciding.plan(&mut decisions);
        for (slot, Decision { content, reason, detail, depth, .. }) in (0..).zip(decisions) {
            each(slot, Glance { content, reason, detail, depth });
        }
        return;
    }
    for slot in 0..program.slots() as u32 {
        if is_plain && let Some((rule, purpose)) = deciding.only_rule(slot) {
            let verdict = deciding.verdict(rule, purpose);
            if verdict == FALSE || (verdict == TRUE && draws_later) {
                let seen = deciding.rules.support_bits(rule);
                let depth = depths.get(purpose as usize).map_or(Depth::None, |depths| deepest(depths, seen));
                if verdict == FALSE {
                    each(slot, Glance { content: None, reason: Reason::Default, detail: None, depth });
                    continue;
                }
                if let Some((split, draw)) = deciding.draw_of(rule) {
                    waiting.push(&deciding, Draw { slot, split, depth }, draw, &mut each);
                    continue;
                }
            }
        }
        let mut decision = Decision::control(Some(slot));
        deciding.slot(slot, &mut decision);
        let Decision { content, reason, detail, depth, .. } = decision;
        each(slot, Glance { content, reason, detail, depth });
    }
    waiting.finish(&deciding, &mut each);
}

/// The deepest of the attributes that were seen.
#[inline(always)]
fn deepest(depths: &Depths, seen: u64) -> Depth {
    let at = depths.iter().rposition(|attributes| attributes & seen != 0);
    at.and_then(|at| Depth::ALL.get(at).copied()).unwrap_or(Depth::None)
}

/// A slot whose rule matches, and whose arm is still to be drawn.
#[derive(Clone, Copy)]
struct Draw {
    slot: u32,
    split: u32,
    depth: Depth,
}

/// Slots that wait until there are four to draw for: four draws at once cost little more than one.
struct Waiting {
    draws: [Draw; 4],
    blocks: [Block; 4],
    count: usize,
}

impl Default for Waiting {
    fn default() -> Self {
        Self { draws: [Draw { slot: 0, split: 0, depth: Depth::None }; 4], blocks: [Block::default(); 4], count: 0 }
    }
}

impl Waiting {
    #[inline(always)]
    fn push(&mut self, deciding: &Deciding<'_, '_>, draw: Draw, block: Block, each: &mut impl FnMut(u32, Glance)) {
        if let (Some(place), Some(beside)) = (self.draws.get_mut(self.count), self.blocks.get_mut(self.count)) {
            (*place, *beside) = (draw, block);
            self.count += 1;
        }
        if self.count == self.draws.len() {
            self.finish(deciding, each);
        }
    }

    #[inline(never)]
    fn finish(&mut self, deciding: &Deciding<'_, '_>, each: &mut impl FnMut(u32, Glance)) {
        for (draw, point) in self.draws.iter().zip(points(&self.blocks)).take(self.count) {
            let mut decision = Decision::control(Some(draw.slot));
            // Without an arm for it the point is outside of the experiment, and the slot has no other rule.
            if let Some((_, content)) = deciding.program.arm_at(draw.split as usize, point) {
                deciding.show(content, Reason::Split, &mut decision);
            }
            let Decision { content, reason, detail, .. } = decision;
            each(draw.slot, Glance { content, reason, detail, depth: draw.depth });
        }
        self.count = 0;
    }
}

impl Deciding<'_, '_> {
    /// A slot's rule and the purpose that it serves, if it has one rule alone that always runs. Such a slot has no sieve.
    #[inline(always)]
    fn only_rule(&self, slot: u32) -> Option<(usize, Purpose)> {
        let experiences = self.program.experiences_of(slot as usize);
        if experiences.len() != 1 {
            return None;
        }
        let plan = self.rules.plan(experiences.start);
        (plan.rules.len() == 1 && plan.schedule.is_none()).then_some((plan.rules.start, plan.purpose))
    }

    /// The split of a rule, and what its draw hashes, if an arm is all that is to be drawn.
    #[inline(always)]
    fn draw_of(&self, rule: usize) -> Option<(u32, Block)> {
        let Effect::Split(split) = self.rules.effect(rule) else { return None };
        // Part of the traffic, or of a layer, is another draw.
        let (part, _) = self.program.taking_part(split as usize);
        if part.len() < TOTAL as usize {
            return None;
        }
        let (wanted, is_alone, salt) = self.program.salt(split as usize);
        let (unit, id) = self.permitted.unit(wanted)?;
        if is_alone && unit != wanted {
            return None;
        }
        Some((split, draw_of_arm(salt, id.as_bytes())?))
    }
}

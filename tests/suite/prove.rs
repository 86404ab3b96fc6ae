//! Proofs about conditions against two judges that know nothing of them: every visit of a small world, one after the other, and the
//! engine itself.

mod attack;
mod findings;
mod meaning;
mod pairs;
mod questions;
mod slots;
mod witnesses;

use selvedge::author::prove::Witness;
use selvedge::cli::open::Opened;
use selvedge::consent::grants;
use selvedge::engine::{Workspace, decide, permit};
use selvedge::words::Visit;

use crate::sites::NOW_MS;

/// The rule that wins in each of these slots.
pub(crate) fn winners(
    opened: &Opened,
    visit: &Visit,
    slots: &[Option<u32>],
    workspace: &mut Workspace,
) -> Vec<Option<(u32, u32)>> {
    let now_ms = visit.now.map_or(NOW_MS, |now| now.0);
    let grants = grants(&opened.bundle.program().manifest().regions, visit, now_ms);
    let permitted = permit(&opened.bundle, visit, &grants, now_ms);
    let page = decide(&opened.bundle, &permitted, slots, workspace);
    page.decisions.iter().map(|decision| Some((decision.experience?, decision.rule?))).collect()
}

/// A witness as the engine reads the visit.
pub(crate) fn visit(witness: &Witness) -> Visit {
    serde_json::from_value(witness.json()).expect("a witness is a visit")
}

/// Whether the only rule of a slot wins for a witness.
pub(crate) fn holds(opened: &Opened, witness: &Witness, slot: usize) -> bool {
    let slot = u32::try_from(slot).expect("a position");
    winners(opened, &visit(witness), &[Some(slot)], &mut Workspace::default())[0].is_some()
}

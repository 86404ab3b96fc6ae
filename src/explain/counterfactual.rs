//! What a visitor would see after agreeing to everything that the law of the region lets them agree to.
//!
//! For previews only: an edge never computes it, as it reads what this visitor did not permit.

use serde::Serialize;

use crate::bundle::Bundle;
use crate::consent::grants;
use crate::engine::{Workspace, decide, permit};
use crate::words::Purpose;
use crate::words::{PurposeKey, Signals, Visit};

/// What one slot would show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IfAllGranted {
    /// The slot's content; `None` is the origin's own.
    pub content: Option<String>,
    /// The experience that would decide.
    pub experience: Option<String>,
}

/// The decisions for `slots` if the visitor had granted every purpose, sent no signal against it, and set no limit.
#[must_use]
pub fn if_all_granted(bundle: &Bundle, visit: &Visit, now_ms: i64, slots: &[Option<u32>]) -> Vec<IfAllGranted> {
    let visit = Visit {
        grants: Purpose::ALL.iter().map(|purpose| (PurposeKey(*purpose), Some(true))).collect(),
        signals: Signals::default(),
        // The visitor's own limit is theirs to lift, too.
        depth: None,
        ..visit.clone()
    };
    let program = bundle.program();
    let grants = grants(&program.manifest().regions, &visit, now_ms);
    let permitted = permit(bundle, &visit, &grants, now_ms);
    let page = decide(bundle, &permitted, slots, &mut Workspace::default());
    let decisions = page.decisions.iter().map(|decision| IfAllGranted {
        content: decision.content.map(|content| program.content_name(content).to_owned()),
        experience: decision.experience.map(|position| program.experience(position as usize).name.to_owned()),
    });
    decisions.collect()
}

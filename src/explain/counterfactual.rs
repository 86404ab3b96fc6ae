//! What a visitor would see after agreeing to everything that the law of the region lets them agree to.
//!
//! For previews only: an edge never computes it, as it reads what this visitor did not permit.

use serde::Serialize;

use super::{content_of, experience_of};
use crate::bundle::Bundle;
use crate::engine::{Workspace, decide, permit_said};
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
    let permitted = permit_said(bundle, &visit, now_ms);
    let page = decide(bundle, &permitted, slots, &mut Workspace::default());
    let decisions = page.decisions.iter().map(|decision| IfAllGranted {
        content: content_of(bundle, decision),
        experience: experience_of(bundle, decision),
    });
    decisions.collect()
}

//! One visitor after another, in the same room.
//!
//! Takes the facts of a visitor once, gives any number of decisions for them. A later decision reuses what an earlier one
//! has found out. The next visitor starts without anything of this one. It never holds two of them.

use super::decide::{Workspace, decide_more};
use super::every::{Glance, decide_every};
use super::page::Page;
use super::permit::{Each, Permitted};
use crate::bundle::Bundle;
use crate::consent::Grants;
use crate::words::Visit;

/// Decides for one visitor at a time, of one bundle. [`permit`](super::permit) is what it permits by, [`decide`](super::decide)
/// what it decides by: the answers are theirs.
#[derive(Clone, Debug, Default)]
pub struct Visitor {
    permitted: Option<Permitted<'static>>,
    workspace: Workspace,
    page: Page,
}

impl Visitor {
    /// Forgets the visitor before and permits what the next one's grants cover, for decisions at `now_ms`.
    ///
    /// The attributes' values are handed over one by one by `each`, by position; those of `visit` are not looked at.
    pub fn meet(&mut self, bundle: &Bundle, visit: &Visit, grants: Grants, each: Each<'_>, now_ms: i64) {
        self.workspace.forget();
        let permitted = match &mut self.permitted {
            Some(permitted) => permitted,
            none => none.insert(Permitted::nothing(grants.clone())),
        };
        permitted.renew(bundle, visit, each, grants, now_ms);
    }

    /// Forgets the visitor.
    pub fn leave(&mut self) {
        self.permitted = None;
        self.workspace.forget();
    }

    /// The permitted data of the current visitor.
    pub fn permitted(&self) -> Option<&Permitted<'static>> {
        self.permitted.as_ref()
    }

    /// Decides these slots for the current visitor. `None` if there is none. The bundle must be the one that they were met
    /// with.
    pub fn decide(&mut self, bundle: &Bundle, slots: &[Option<u32>]) -> Option<(&Permitted<'static>, &Page)> {
        let permitted = self.permitted.as_ref()?;
        decide_more(bundle, permitted, slots, &mut self.workspace, &mut self.page);
        Some((permitted, &self.page))
    }

    /// Gives a glance at each slot of the bundle for the current visitor, with its position, in no order; none without a visitor.
    pub fn every(&mut self, bundle: &Bundle, each: impl FnMut(u32, Glance)) {
        if let Some(permitted) = &self.permitted {
            decide_every(bundle, permitted, &mut self.workspace, &mut self.page.reads, each);
        }
    }
}

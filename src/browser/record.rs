//! Audit records made in Wasm, for the test that every host makes the same one.
//!
//! Takes an id and a key, gives the line of the record of the current visitor. No page ever loads it: only the test's
//! Wasm has it.

use alloc::borrow::ToOwned as _;
use alloc::string::String;

use super::engine::Engine;
use crate::engine::{Limits, all_slots};
use crate::log::audit::{Asked, Marks, Which, draft};
use crate::log::key::Key;

impl Engine {
    /// The audit record of every slot for the visitor, without sealed values. `key` is what a Worker's secret `AUDIT_KEY` is. `None` if the
    /// id or the key is malformed, or if there is no visitor.
    pub(super) fn record(&mut self, id: &[u8], key: &str, version: u32) -> Option<String> {
        let id: [u8; 16] = id.try_into().ok()?;
        let key = Key::parse(key)?;
        let (bundle, visit) = (&self.bundle, &self.seat.visit);
        let (permitted, page) = self.seat.visitor.decide(bundle, &all_slots(bundle))?;
        let limits = Limits::default();
        let asked = Asked { bundle, visit, permitted, page, limits, which: Which::All };
        let marks = Marks { version, ..Marks::new(bundle, &key, id, permitted, &visit.signals) };
        Some(draft(&asked, &marks).map(|draft| draft.line().to_owned()).unwrap_or_default())
    }
}

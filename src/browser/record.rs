//! Audit records made in Wasm, for the test that every host makes the same one.
//!
//! Takes an id and a secret, gives the line of the record of the current visitor. No page ever loads it: only the test's
//! Wasm has it.

use alloc::string::{String, ToString};

use wasm_bindgen::prelude::wasm_bindgen;

use super::engine::Engine;
use crate::engine::{Limits, all_slots};
use crate::log::audit::{Asked, Marks, Which, draft};
use crate::log::key::Key;

#[wasm_bindgen]
impl Engine {
    /// The audit record of every slot for the visitor, without sealed values.
    ///
    /// # Errors
    /// Throws if the id or the secret is malformed, or if there is no visitor.
    pub fn record(&mut self, id: &[u8], epoch: u32, secret: &[u8]) -> Result<String, String> {
        let wrong = |_| "an id has 16 bytes and a secret 32".to_string();
        let id: [u8; 16] = id.try_into().map_err(wrong)?;
        let key = Key::new(epoch, secret.try_into().map_err(wrong)?);
        let (bundle, visit) = (&self.bundle, &self.seat.visit);
        let decided = self.seat.visitor.decide(bundle, &all_slots(bundle));
        let (permitted, page) = decided.ok_or("nobody is there")?;
        let limits = Limits::default();
        let asked = Asked { bundle, visit, permitted, page, limits, which: Which::All };
        let draft = draft(&asked, &Marks::new(&key, id, permitted, &visit.signals), &key.record(&id));
        Ok(draft.map(|draft| draft.line().to_string()).unwrap_or_default())
    }
}

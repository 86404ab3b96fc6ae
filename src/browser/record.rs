//! Audit records made in Wasm, for the test that every host makes the same one.
//!
//! Takes what `decide` takes, with an id and a secret; gives the record's line. No page ever loads it: only the test's Wasm has it.

use alloc::string::{String, ToString};

use wasm_bindgen::prelude::wasm_bindgen;

use super::engine::Engine;
use super::question;
use crate::consent::grants;
use crate::engine::{self, Limits, Workspace};
use crate::log::audit::{Asked, Marks, Which, draft};
use crate::log::key::Key;

#[wasm_bindgen]
impl Engine {
    /// The audit record of `{context, slots, now}`, without sealed values.
    ///
    /// # Errors
    /// Throws what is wrong with the question, the id or the secret.
    pub fn record(&self, question: &[u8], id: &[u8], epoch: u32, secret: &[u8]) -> Result<String, String> {
        let question = question::question(question)?;
        let wrong = |_| "an id has 16 bytes and a secret 32".to_string();
        let id: [u8; 16] = id.try_into().map_err(wrong)?;
        let key = Key::new(epoch, secret.try_into().map_err(wrong)?);
        let bundle = &self.bundle;
        let (visit, now_ms) = (&question.visit, question.now_ms);
        let grants = grants(&bundle.program().manifest().regions, visit, now_ms);
        let permitted = engine::permit(bundle, visit, &grants, now_ms);
        let page = engine::decide(bundle, &permitted, &engine::all_slots(bundle), &mut Workspace::default());
        let limits = Limits::default();
        let asked = Asked { bundle, visit, permitted: &permitted, page: &page, limits, which: Which::All };
        let draft = draft(&asked, &Marks::new(&key, id, &permitted, &visit.signals), &key.record(&id));
        Ok(draft.map(|draft| draft.line().to_string()).unwrap_or_default())
    }
}

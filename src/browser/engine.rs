//! Decisions and edits for JavaScript.
//!
//! Takes verified payloads, then contexts as plain objects; gives JSON text, as one string crosses the boundary for less than an object
//! of many parts. It never throws on a context: what cannot be read is an answer that says why.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cell::RefCell;
use core::fmt::Write as _;

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::context;
use super::opening::Verified;
use crate::apply;
use crate::bundle::Bundle;
use crate::engine::{self, Page, Permitted, Workspace};

/// An open bundle.
#[wasm_bindgen]
pub struct Engine {
    bundle: Bundle,
    workspace: RefCell<Workspace>,
}

#[wasm_bindgen]
impl Engine {
    /// Opens a verified program with its verified content index.
    ///
    /// # Errors
    /// Throws which part of which file is wrong.
    #[wasm_bindgen(constructor)]
    pub fn new(program: Verified, index: Verified) -> Result<Engine, String> {
        let digest = *program.0.digest();
        let bundle = Bundle::from_parts(program.0.into_bytes(), index.0.into_bytes(), digest);
        let bundle = bundle.map_err(|fault| fault.to_string())?;
        Ok(Self { bundle, workspace: RefCell::default() })
    }

    /// The names of the slots of the page at `path`.
    #[must_use]
    pub fn slots_at(&self, path: &str) -> Vec<String> {
        let slots = apply::slots_at(&self.bundle, path);
        slots.into_iter().flatten().map(|slot| self.bundle.program().slot(slot as usize).name.into()).collect()
    }

    /// Decides these slots, or all: the JSON that every host writes.
    #[must_use]
    pub fn decide(&self, context: JsValue, slots: Option<Vec<String>>) -> String {
        let slots = self.names(slots);
        self.with_page(context, &slots, |out, permitted, page| {
            let names: Vec<&str> = slots.iter().map(String::as_str).collect();
            engine::write_page(out, &self.bundle, permitted, page, &names);
        })
    }

    /// The changes that the same decisions make, as a JSON array of `{slot, selector, change, attribute, content, chunk, start, length}`.
    #[must_use]
    pub fn edits(&self, context: JsValue, slots: Option<Vec<String>>) -> String {
        let slots = self.names(slots);
        self.with_page(context, &slots, |out, permitted, page| {
            out.push('[');
            for (position, edit) in apply::edits(&self.bundle, permitted, page).iter().enumerate() {
                let texts = [
                    ("{\"slot\":", edit.slot.name),
                    (",\"selector\":", edit.slot.selector),
                    (",\"change\":", edit.slot.change.name()),
                    (",\"attribute\":", edit.slot.attribute),
                    (",\"content\":", edit.content),
                ];
                if position > 0 {
                    out.push(',');
                }
                for (key, text) in texts {
                    out.push_str(key);
                    engine::write_text(out, text);
                }
                let (chunk, range) = (edit.variant.chunk, &edit.variant.range);
                let _ = write!(out, ",\"chunk\":{chunk},\"start\":{},\"length\":{}}}", range.start, range.len());
            }
            out.push(']');
        })
    }

    fn names(&self, slots: Option<Vec<String>>) -> Vec<String> {
        let program = self.bundle.program();
        slots.unwrap_or_else(|| (0..program.slots()).map(|slot| program.slot(slot).name.into()).collect())
    }

    /// Decides, and lets `write` put the answer down; an error takes its place when there is no visit to decide for.
    fn with_page(&self, context: JsValue, slots: &[String], write: impl Fn(&mut String, &Permitted<'_>, &Page)) -> String {
        let mut out = String::new();
        let (visit, now_ms) = match context::visit(context) {
            Ok(visit) => visit,
            Err(what) => {
                engine::write_error(&mut out, &what);
                return out;
            }
        };
        let program = self.bundle.program();
        let positions: Vec<Option<u32>> =
            slots.iter().map(|name| program.slot_position(name).map(|slot| slot as u32)).collect();
        let grants = crate::consent::grants(&program.manifest().regions, &visit, now_ms);
        let permitted = engine::permit(&self.bundle, &visit, &grants, now_ms);
        // Nothing below calls JavaScript, so nobody else can hold the workspace.
        let page = match self.workspace.try_borrow_mut() {
            Ok(mut workspace) => engine::decide(&self.bundle, &permitted, &positions, &mut workspace),
            Err(_) => engine::decide(&self.bundle, &permitted, &positions, &mut Workspace::default()),
        };
        write(&mut out, &permitted, &page);
        out
    }
}

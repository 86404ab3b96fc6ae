//! Decisions and edits for JavaScript.
//!
//! Takes verified payloads, then questions as bytes; gives JSON text, as one string crosses the boundary for less than an
//! object of many parts. It never throws on a question: what cannot be read is an answer that says why.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cell::RefCell;
use core::fmt::Write as _;

use wasm_bindgen::prelude::wasm_bindgen;

use super::opening::Verified;
use super::question::{self, PageQuestion};
use super::visitor::Seat;
use crate::apply;
use crate::bundle::Bundle;
use crate::bundle::manifest::From;
use crate::consent::{Grants, grants};
use crate::engine::{self, Page, Permitted, Visit, Workspace};
use crate::intake::{Facts, intake};

/// An open bundle.
#[wasm_bindgen]
pub struct Engine {
    pub(super) bundle: Bundle,
    workspace: RefCell<Workspace>,
    pub(super) seat: Seat,
}

#[wasm_bindgen]
impl Engine {
    /// Opens a verified program with its verified content index.
    ///
    /// # Errors
    /// Throws which part of which file is wrong.
    #[wasm_bindgen(constructor)]
    pub fn new(program: Verified, index: Verified) -> Result<Engine, String> {
        let bundle = Bundle::open(program.0, index.0).map_err(|fault| fault.to_string())?;
        Ok(Self { bundle, workspace: RefCell::default(), seat: Seat::default() })
    }

    /// The names of the slots of the page at `path`, as a JSON array.
    #[must_use]
    pub fn slots_at(&self, path: &str) -> String {
        let slots = apply::slots_at(&self.bundle, path);
        let mut out = String::new();
        list(&mut out, slots.into_iter().flatten(), |out, slot| {
            engine::write_text(out, self.bundle.program().slot(slot as usize).name);
        });
        out
    }

    /// Decides `{context, slots, now}`: the JSON that every host writes.
    #[must_use]
    pub fn decide(&self, question: &[u8]) -> String {
        self.answer(question, |out, permitted, page, slots| {
            let names: Vec<&str> = slots.iter().map(String::as_str).collect();
            engine::write_page(out, &self.bundle, permitted, page, &names);
        })
    }

    /// The changes that the same decisions make: a JSON array of `{slot, selector, change, attribute, content, chunk, start, length}`.
    #[must_use]
    pub fn edits(&self, question: &[u8]) -> String {
        self.answer(question, |out, permitted, page, _| self.write_edits(out, permitted, page))
    }

    /// Decides the slots of the page that is shown: `{"page": …, "edits": […], "cookies": [{name, value, max_age}]}`.
    #[must_use]
    pub fn page(&self, question: &[u8]) -> String {
        let mut out = String::new();
        let question = match question::page_question(question) {
            Ok(question) => question,
            Err(fault) => return refuse(out, &fault),
        };
        let header = |name: &str| {
            let text = match name {
                "cookie" => question.cookie,
                "accept-language" => question.accept_language,
                "user-agent" => question.user_agent,
                "sec-gpc" if question.gpc => "1",
                _ => return None,
            };
            Some(String::from(text))
        };
        let PageQuestion { path, query, country, region, randomness, now_ms, .. } = question;
        let facts = Facts { path, query, country, region, header: &header, now_ms, randomness };
        let mut intake = intake(&self.bundle, &facts);
        // A page cannot see the headers of its own request: nobody looked, so the value is not known to be absent.
        let unseen = self.bundle.program().manifest().attributes.iter();
        let unseen = unseen.filter(|attribute| matches!(&attribute.from, From::Header(name) if header(name).is_none()));
        intake.visit.unknown.extend(unseen.map(|attribute| attribute.name.clone()));

        let slots = apply::slots_at(&self.bundle, path);
        let (permitted, page) = self.permit_and_decide(&intake.visit, &intake.grants, &slots, now_ms);
        out.push_str("{\"page\":");
        engine::write_page(&mut out, &self.bundle, &permitted, &page, &[]);
        out.push_str(",\"edits\":");
        self.write_edits(&mut out, &permitted, &page);
        out.push_str(",\"cookies\":");
        list(&mut out, intake.remember(&page), |out, cookie| {
            for (key, text) in [("{\"name\":", cookie.name), (",\"value\":", &cookie.value)] {
                out.push_str(key);
                engine::write_text(out, text);
            }
            let _ = write!(out, ",\"max_age\":{}}}", cookie.max_age_seconds);
        });
        out.push('}');
        out
    }

    fn answer(&self, question: &[u8], write: impl Fn(&mut String, &Permitted<'_>, &Page, &[String])) -> String {
        let mut out = String::new();
        let question = match question::question(question) {
            Ok(question) => question,
            Err(fault) => return refuse(out, &fault),
        };
        let program = self.bundle.program();
        let position = |name: &String| program.slot_position(name).map(|slot| slot as u32);
        let positions = question.slots.as_ref().map(|names| names.iter().map(position).collect());
        let positions = positions.unwrap_or_else(|| engine::all_slots(&self.bundle));
        let (visit, now_ms) = (&question.visit, question.now_ms);
        let grants = grants(&program.manifest().regions, visit, now_ms);
        let (permitted, page) = self.permit_and_decide(visit, &grants, &positions, now_ms);
        write(&mut out, &permitted, &page, question.slots.as_deref().unwrap_or_default());
        out
    }

    fn permit_and_decide<'v>(
        &'v self,
        visit: &'v Visit,
        grants: &Grants,
        slots: &[Option<u32>],
        now_ms: i64,
    ) -> (Permitted<'v>, Page) {
        let permitted = engine::permit(&self.bundle, visit, grants, now_ms);
        // Nothing here calls JavaScript, so the workspace is always free; a fresh one keeps that from mattering.
        let page = match self.workspace.try_borrow_mut() {
            Ok(mut workspace) => engine::decide(&self.bundle, &permitted, slots, &mut workspace),
            Err(_) => engine::decide(&self.bundle, &permitted, slots, &mut Workspace::default()),
        };
        (permitted, page)
    }

    fn write_edits(&self, out: &mut String, permitted: &Permitted<'_>, page: &Page) {
        list(out, apply::edits(&self.bundle, permitted, page), |out, edit| {
            let texts = [
                ("{\"slot\":", edit.slot.name),
                (",\"selector\":", edit.slot.selector),
                (",\"change\":", edit.slot.change.name()),
                (",\"attribute\":", edit.slot.attribute),
                (",\"content\":", edit.content),
            ];
            for (key, text) in texts {
                out.push_str(key);
                engine::write_text(out, text);
            }
            let (chunk, range) = (edit.variant.chunk, &edit.variant.range);
            let _ = write!(out, ",\"chunk\":{chunk},\"start\":{},\"length\":{}}}", range.start, range.len());
        });
    }
}

/// A JSON array.
fn list<T>(out: &mut String, items: impl IntoIterator<Item = T>, mut write: impl FnMut(&mut String, T)) {
    let mut before = '[';
    for item in items {
        out.push(before);
        write(out, item);
        before = ',';
    }
    out.push_str(if before == '[' { "[]" } else { "]" });
}

fn refuse(mut out: String, fault: &str) -> String {
    engine::write_error(&mut out, fault);
    out
}

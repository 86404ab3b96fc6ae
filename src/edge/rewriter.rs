//! A page that is changed as it passes.
//!
//! Takes a response and owned changes, gives the response whose body is changed. The runtime's parser finds the elements of slots
//! (`stream.mjs`), and [`Passage`] changes them. Bytes between slots never enter the Wasm. A change that fails is reported and left
//! out; the rest of the page goes on.

use std::rc::Rc;

use js_sys::{Array, Uint8Array};
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{ReadableStream, Response};

use crate::page::{self, HTML_NAMESPACE, Passage, SlotChange};

#[wasm_bindgen(raw_module = "./stream.mjs")]
extern "C" {
    /// The body of the response, changed by `held` where the selectors match, and `end` behind it.
    #[wasm_bindgen(catch)]
    fn streamed(
        response: &Response,
        selectors: &Array,
        held: Held,
        end: &str,
        report: &JsValue,
    ) -> Result<ReadableStream, JsValue>;
}

/// Gets one sentence for each thing that fails as the page passes.
pub(super) type Report = Rc<dyn Fn(&str)>;

/// A change that owns what it needs, for a page that outlives the decision.
pub(super) struct Rewrite {
    selector: String,
    change: SlotChange,
}

impl Rewrite {
    pub(super) fn new(change: &page::Change<'_>) -> Self {
        Self { selector: change.slot.selector.into(), change: change.into() }
    }
}

/// Changes the first element of each slot and adds `end` to the document. `report` gets one sentence for each change that fails.
///
/// # Errors
/// The runtime knows no parser for the page's encoding, or the response has no body. The body is untouched then.
pub(super) fn rewrite(
    response: &Response,
    rewrites: Vec<Rewrite>,
    end: &str,
    report: Report,
) -> Result<ReadableStream, JsValue> {
    let selectors: Array = rewrites.iter().map(|rewrite| JsValue::from_str(&rewrite.selector)).collect();
    let content_type = response.headers().get("content-type")?.unwrap_or_default().to_ascii_lowercase();
    let is_utf8 = content_type.contains("utf-8") || content_type.contains("utf8");
    let passage = Passage::new(rewrites.into_iter().map(|rewrite| rewrite.change).collect(), is_utf8);
    let held = Held { passage, report: Rc::clone(&report) };
    let report = Closure::<dyn Fn(String)>::new(move |reason: String| report(&reason)).into_js_value();
    streamed(response, &selectors, held, end, &report)
}

/// The elements of slots, held back until they are changed.
#[wasm_bindgen]
pub struct Held {
    passage: Passage,
    report: Report,
}

#[wasm_bindgen]
impl Held {
    /// See [`Passage::found`].
    pub fn found(&mut self, change: usize, namespace: &str, before: &[u8], is_whole: bool) {
        self.passage.found(change, namespace == HTML_NAMESPACE, before, is_whole);
    }

    /// See [`Passage::push`].
    pub fn push(&mut self, bytes: &[u8]) -> Uint8Array {
        let out = self.passage.push(bytes);
        self.told(&out)
    }

    /// See [`Passage::end`].
    pub fn end(&mut self) -> Uint8Array {
        let out = self.passage.end();
        self.told(&out)
    }

    /// See [`Passage::held`].
    #[wasm_bindgen(getter)]
    pub fn held(&self) -> Option<usize> {
        self.passage.held()
    }

    fn told(&mut self, out: &[u8]) -> Uint8Array {
        for (change, why) in self.passage.missed() {
            (self.report)(&format!("{}: {why}", change.slot));
        }
        Uint8Array::from(out)
    }
}

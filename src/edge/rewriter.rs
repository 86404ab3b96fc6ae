//! A page that is changed as it passes.
//!
//! Takes a response and owned changes, gives the response whose body is changed. The runtime's parser finds the elements of slots
//! (`stream.mjs`), and [`Passage`] changes them. Bytes between slots never enter the Wasm. A change that fails is reported and left
//! out; the rest of the page goes on.

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::Response;

use crate::bundle::{Program, Slot};
use crate::log::{Exposure, Needs};
use crate::page::{self, Answer, Encoding, HTML_NAMESPACE, Passage, SlotChange};

#[wasm_bindgen(raw_module = "./stream.mjs")]
extern "C" {
    /// The origin's page on its way.
    pub(super) type Page;

    /// The page of a response. `begins` is asked of its first bytes, until it knows whether they are a page's.
    #[wasm_bindgen(catch)]
    async fn opened(response: &Response, begins: &JsValue) -> Result<Page, JsValue>;

    /// The response, which browsers keep for requests alone that agree in these headers.
    pub(super) fn varied(response: &Response, headers: &str) -> Response;

    #[wasm_bindgen(method, getter, js_name = isPage)]
    pub(super) fn is_page(this: &Page) -> bool;

    /// Reads no more of it.
    #[wasm_bindgen(method)]
    pub(super) fn leave(this: &Page);

    /// Settles when it has passed, or never will. Nothing where it is no stream: then it has.
    #[wasm_bindgen(method, getter)]
    pub(super) fn passed(this: &Page) -> Option<Promise>;

    /// The origin's response, as it came.
    #[wasm_bindgen(method)]
    pub(super) fn untouched(this: &Page) -> Response;

    /// Its body, a stream or bytes, changed by `held` where the first of the selectors match, so many as there are changes, and `end` behind it. The other
    /// selectors are only looked for.
    #[wasm_bindgen(method, catch)]
    async fn changed(this: &Page, selectors: &str, changes: usize, held: Held, end: &str) -> Result<JsValue, JsValue>;
}

thread_local! {
    /// Tells a page by its first bytes. One is enough for all pages.
    static BEGINS: JsValue = Closure::<dyn Fn(Vec<u8>) -> Option<bool>>::new(|bytes: Vec<u8>| page::begins_like_page(&bytes)).into_js_value();
}

/// Waits for the first bytes of a response.
pub(super) async fn open(response: &Response) -> Result<Page, JsValue> {
    let begins = BEGINS.with(JsValue::clone);
    opened(response, &begins).await
}

/// Gets one sentence for each thing that fails as the page passes.
pub(super) type Report = Box<dyn Fn(&str)>;

/// Gets what came of a page, once it has passed or broken off. These are its exposures and the slots without an element. `true` is a
/// changed page without a data block.
pub(super) type Done = Box<dyn FnOnce(Vec<String>, Vec<String>, bool)>;

/// What to do to a page, and what to look for on it. It owns what it needs, as the page outlives the decision.
pub(super) struct Plan {
    changes: Vec<SlotChange>,
    /// Of each change, and behind them of each slot that is only looked for.
    slots: Vec<Wanted>,
    exposures: Vec<Exposure>,
}

struct Wanted {
    position: Option<u32>,
    name: String,
    selector: String,
}

impl Plan {
    pub(super) fn new(answer: &mut Answer<'_>, program: &Program) -> Self {
        let exposures = std::mem::take(&mut answer.exposures);
        let wanted = |position: Option<u32>, slot: &Slot<'_>| Wanted {
            position,
            name: slot.name.into(),
            selector: slot.selector.into(),
        };
        let position = |slot: &Slot<'_>| program.slot_position(slot.name).map(|position| position as u32);
        let mut slots: Vec<Wanted> =
            answer.changes.iter().map(|change| wanted(position(&change.slot), &change.slot)).collect();
        let watched = exposures.iter().filter(|exposure| exposure.needs == Needs::Element);
        slots
            .extend(watched.filter_map(|exposure| Some(wanted(exposure.slot, &program.slot(exposure.slot? as usize)))));
        Self { changes: answer.changes.iter().map(SlotChange::from).collect(), slots, exposures }
    }
}

/// Changes the first element of each slot and adds `end` to the document. `report` gets one sentence for each change that fails.
///
/// # Errors
/// The runtime makes no parser or no stream. The body is untouched then.
pub(super) async fn rewrite(
    page: &Page,
    encoding: Encoding,
    plan: Plan,
    end: &str,
    report: Report,
    done: Done,
) -> Result<JsValue, JsValue> {
    let Plan { changes, slots, exposures } = plan;
    let selectors: Vec<&str> = slots.iter().map(|slot| slot.selector.as_str()).collect();
    let selectors = selectors.join("\0");
    let count = changes.len();
    let passage = Passage::new(changes, slots.len() - count, encoding);
    let held = Held { passage, report, slots, exposures, done: Some(done) };
    page.changed(&selectors, count, held, end).await
}

/// The elements of slots, held back until they are changed.
#[wasm_bindgen]
pub struct Held {
    passage: Passage,
    report: Report,
    slots: Vec<Wanted>,
    exposures: Vec<Exposure>,
    done: Option<Done>,
}

#[wasm_bindgen]
impl Held {
    /// Wherever the page ends, what came of it is told. It is no `Drop`: the runtime drops what it forgot at a time that is no request's.
    pub fn done(&mut self) {
        let Some(done) = self.done.take() else { return };
        let Self { passage, slots, exposures, .. } = self;
        let place = |exposure: &Exposure| slots.iter().position(|slot| slot.position == exposure.slot);
        let due = exposures.iter().filter(|exposure| passage.is_due(exposure.needs, place(exposure)));
        let lines = due.map(|exposure| exposure.line.clone()).collect();
        let absent = slots.iter().enumerate().filter(|(slot, _)| !passage.is_found(*slot));
        let absent = absent.map(|(_, slot)| slot.name.clone()).collect();
        done(lines, absent, passage.is_without_block());
    }

    /// See [`Passage::found`].
    pub fn found(&mut self, change: usize, namespace: &str, before: &[u8], is_whole: bool) {
        self.passage.found(change, namespace == HTML_NAMESPACE, before, is_whole);
    }

    /// See [`Passage::seen`].
    pub fn seen(&mut self, slot: usize) {
        self.passage.seen(slot);
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

    /// See [`Passage::block`].
    pub fn block(&mut self, block: &str, end: &[u8]) -> String {
        self.passage.block(block, end)
    }

    /// See [`Passage::held`].
    #[wasm_bindgen(getter)]
    pub fn held(&self) -> Option<usize> {
        self.passage.held()
    }

    /// Tells what failed as the page passed.
    pub fn report(&self, reason: &str) {
        (self.report)(reason);
    }

    fn told(&mut self, out: &[u8]) -> Uint8Array {
        for (change, why) in self.passage.missed() {
            (self.report)(&format!("{}: {why}", change.slot));
        }
        Uint8Array::from(out)
    }
}

//! The runtime's own streaming HTML rewriter, bound by us.
//!
//! Takes a response and owned changes, gives the response whose body is rewritten as it passes. A change that fails is reported and
//! left out; the rest of the page goes on.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Function, Object, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Response;

use super::words;
use crate::page::{self, TEMPLATE_END, refusal, steps};
use crate::words::Change;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = HTMLRewriter)]
    type HtmlRewriter;
    #[wasm_bindgen(constructor, js_class = "HTMLRewriter", catch)]
    fn new() -> Result<HtmlRewriter, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn on(this: &HtmlRewriter, selector: &str, handlers: &Object) -> Result<HtmlRewriter, JsValue>;
    #[wasm_bindgen(method, catch, js_name = onDocument)]
    fn on_document(this: &HtmlRewriter, handlers: &Object) -> Result<HtmlRewriter, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn transform(this: &HtmlRewriter, response: &Response) -> Result<Response, JsValue>;

    type Element;
    #[wasm_bindgen(method, getter, js_name = tagName)]
    fn tag_name(this: &Element) -> String;
    #[wasm_bindgen(method, getter, js_name = namespaceURI)]
    fn namespace_uri(this: &Element) -> String;
    #[wasm_bindgen(method, catch)]
    fn before(this: &Element, markup: &str, options: &JsValue) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn after(this: &Element, markup: &str, options: &JsValue) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn prepend(this: &Element, markup: &str, options: &JsValue) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn append(this: &Element, markup: &str, options: &JsValue) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = setInnerContent)]
    fn set_inner_content(this: &Element, markup: &str, options: &JsValue) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn remove(this: &Element) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = getAttribute)]
    fn get_attribute(this: &Element, name: &str) -> Result<Option<String>, JsValue>;
    #[wasm_bindgen(method, catch, js_name = setAttribute)]
    fn set_attribute(this: &Element, name: &str, value: &str) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch, js_name = onEndTag)]
    fn on_end_tag(this: &Element, handler: &JsValue) -> Result<JsValue, JsValue>;

    type EndTag;
    #[wasm_bindgen(method, getter)]
    fn name(this: &EndTag) -> String;

    type DocumentEnd;
    #[wasm_bindgen(method, catch, js_name = append)]
    fn append_end(this: &DocumentEnd, markup: &str, options: &JsValue) -> Result<JsValue, JsValue>;
}

/// Gets one sentence for each thing that fails as the page passes.
pub(super) type Report = Rc<dyn Fn(&str)>;

/// The slots whose elements have not ended, and whether a `<template>` is open in each.
type Open = Rc<RefCell<Vec<(String, bool)>>>;

/// A change that owns what it needs, for a handler that outlives the decision.
pub(super) struct Rewrite {
    slot: String,
    selector: String,
    change: Change,
    attribute: String,
    body: String,
}

impl Rewrite {
    pub(super) fn new(change: &page::Change<'_>) -> Self {
        let page::Change { slot, body, .. } = change;
        Self {
            slot: slot.name.into(),
            selector: slot.selector.into(),
            change: slot.change,
            attribute: slot.attribute.into(),
            body: (*body).into(),
        }
    }
}

/// Rewrites the first element of each slot and adds `end` to the document. `report` gets one sentence for each change that fails.
///
/// # Errors
/// The runtime refuses a selector, or the response has no body.
pub(super) fn rewrite(
    response: &Response,
    rewrites: Vec<Rewrite>,
    end: String,
    report: Report,
) -> Result<Response, JsValue> {
    let html = options()?;
    let rewriter = HtmlRewriter::new()?;
    let open = Open::default();
    for rewrite in rewrites {
        let selector = rewrite.selector.clone();
        let (html, report, open) = (html.clone(), Rc::clone(&report), Rc::clone(&open));
        let done = Cell::new(false);
        rewriter.on(
            &selector,
            &handlers("element", move |element: JsValue| {
                if !done.replace(true) {
                    let changed = change(element.unchecked_ref(), &rewrite, &html, &open, &report);
                    changed.unwrap_or_else(|error| report(&format!("{}: {}", rewrite.slot, words(&error))));
                }
            })?,
        )?;
    }
    rewriter.on_document(&handlers("end", move |document: JsValue| {
        let document: &DocumentEnd = document.unchecked_ref();
        let mut markup = String::new();
        for (slot, opens_template) in open.take() {
            report(&format!("{slot}: the element has no end tag, nor has any around it"));
            markup += if opens_template { TEMPLATE_END } else { "" };
        }
        markup += &end;
        if let Err(error) = document.append_end(&markup, &html) {
            report(&format!("the end of the document: {}", words(&error)));
        }
    })?)?;
    rewriter.transform(response)
}

/// Does the steps of a change. What closes an element goes first: were a later step to fail, no `<template>` would be left open.
fn change(element: &Element, rewrite: &Rewrite, html: &JsValue, open: &Open, report: &Report) -> Result<(), JsValue> {
    let tag = element.tag_name();
    if let Some(why) = refusal(rewrite.change, &tag, &element.namespace_uri()) {
        return Err(why.into());
    }
    let steps = steps(&rewrite.slot, rewrite.change, &rewrite.attribute, &rewrite.body, &tag);
    if steps.needs_end() {
        await_end(element, &rewrite.slot, steps.opens_template(), open);
    }
    if steps.takes_content() {
        await_own_end(element, &rewrite.slot, tag, report);
    }
    if let Some((name, value)) = &steps.attribute {
        if let Some(was) = element.get_attribute(name)? {
            element.set_attribute(&format!("data-selvedge-was-{name}"), &was)?;
        }
        element.set_attribute(name, value)?;
    }
    for (name, value) in &steps.marks {
        let marks = element.get_attribute(name)?.map_or_else(|| value.clone(), |others| format!("{others} {value}"));
        element.set_attribute(name, &marks)?;
    }
    if !steps.after.is_empty() {
        element.after(&steps.after, html)?;
    }
    if !steps.append.is_empty() {
        element.append(&steps.append, html)?;
    }
    if !steps.before.is_empty() {
        element.before(&steps.before, html)?;
    }
    if !steps.prepend.is_empty() {
        element.prepend(&steps.prepend, html)?;
    }
    if let Some(inner) = &steps.inner {
        element.set_inner_content(inner, html)?;
    }
    if steps.remove {
        element.remove()?;
    }
    Ok(())
}

/// Counts the element as open until its end tag, or the one of an element around it.
fn await_end(element: &Element, slot: &str, opens_template: bool, open: &Open) {
    let (ended, name) = (Rc::clone(open), slot.to_owned());
    let handler = move |_: JsValue| ended.borrow_mut().retain(|(slot, _)| *slot != name);
    let handler = Closure::<dyn FnMut(JsValue)>::new(handler).into_js_value();
    // The runtime refuses a handler for an element that can have no end tag: nothing of it stays open.
    if element.on_end_tag(&handler).is_ok() {
        open.borrow_mut().push((slot.to_owned(), opens_template));
    }
}

/// Reports an end tag that is not the element's own: what stood between the two is gone from the page, and its author must know.
fn await_own_end(element: &Element, slot: &str, tag: String, report: &Report) {
    let (slot, report) = (slot.to_owned(), Rc::clone(report));
    let handler = move |end: JsValue| {
        if end.unchecked_ref::<EndTag>().name() != tag {
            report(&format!("{slot}: the element has no end tag of its own, and what follows it went with it"));
        }
    };
    // As above: what can have no end tag has no content to lose.
    let _ = element.on_end_tag(&Closure::<dyn FnMut(JsValue)>::new(handler).into_js_value());
}

/// `{ [name]: handler }`. JavaScript owns the handler: it is freed with the rewriter.
fn handlers(name: &str, handler: impl FnMut(JsValue) + 'static) -> Result<Object, JsValue> {
    let handlers = Object::new();
    let handler: Function = Closure::<dyn FnMut(JsValue)>::new(handler).into_js_value().unchecked_into();
    Reflect::set(&handlers, &name.into(), &handler)?;
    Ok(handlers)
}

/// `{ html: true }`: what is put in is markup, checked when the bundle was built.
fn options() -> Result<JsValue, JsValue> {
    let options = Object::new();
    Reflect::set(&options, &"html".into(), &JsValue::TRUE)?;
    Ok(options.into())
}

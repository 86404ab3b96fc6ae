//! Lines of the log, sent after the response.
//!
//! Takes what [`log`](crate::log) wrote, gives it to the service binding `LOG`, or to the console when there is none. The visitor never waits
//! for it. Audit records go to the path `/audit`, later and in batches (`company.mjs`): what arrives beside the other lines of its page
//! would tell whose it is.

use std::cell::Cell;
use std::rc::Rc;

use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;

use super::audit::Record;
use super::{Host, words};

#[wasm_bindgen]
extern "C" {
    type Sink;
    #[wasm_bindgen(js_namespace = console, js_name = log)]
    fn print(line: &str);
    #[wasm_bindgen(js_namespace = console, js_name = error)]
    fn print_failure(line: &str);
}

#[wasm_bindgen(raw_module = "./company.mjs")]
extern "C" {
    /// Sends so many lines to the service, whose host name is never looked up.
    fn post(sink: &Sink, lines: &str, count: usize) -> Promise;

    /// Sends a record with those of other pages, as the variables of the deployment say.
    #[wasm_bindgen(js_name = inCompany)]
    fn in_company(line: &str, env: &JsValue) -> Promise;
}

thread_local! {
    static IS_UNMEASURED_TOLD: Cell<bool> = const { Cell::new(false) };
}

/// Where something failed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stage {
    /// The deployment's variables.
    Settings,
    /// The head, the root or what they name.
    Bundle,
    /// Who withdrew on another device.
    Revocations,
    /// A piece of content.
    Content,
    /// The page as it passed.
    Rewrite,
    /// A slot that the page has no element for.
    Absent,
    /// The end of a page that has no place for the data block.
    Ending,
    /// The record of a decision.
    Audit,
    /// The pseudonyms of who saw and did what.
    Measurement,
    /// An earlier release that a journey began with.
    Journeys,
}

impl Stage {
    const fn name(self) -> &'static str {
        match self {
            Self::Settings => "settings",
            Self::Bundle => "bundle",
            Self::Revocations => "revocations",
            Self::Content => "content",
            Self::Rewrite => "rewrite",
            Self::Absent => "absent",
            Self::Ending => "ending",
            Self::Audit => "audit",
            Self::Measurement => "measurement",
            Self::Journeys => "journeys",
        }
    }
}

/// Logs a failure: the origin's own content went out, or something could not be heeded.
pub(super) fn failure(host: &Rc<Host>, stage: Stage, reason: &str) {
    send(host, vec![crate::log::failure(stage.name(), reason)], None, print_failure);
}

/// Says once that visitors have no pseudonym in the log.
pub(super) fn unmeasured(host: &Rc<Host>) {
    if !IS_UNMEASURED_TOLD.replace(true) {
        let what =
            "the secret MEASUREMENT_KEY is not set, so lines name nobody; `selvedge log rotate-measurement` makes one";
        failure(host, Stage::Measurement, what);
    }
}

/// Logs what a page showed or sent, and its audit records if it has any: those later, in company.
pub(super) fn decisions(host: &Rc<Host>, lines: Vec<String>, records: Vec<Record>) {
    let mut records = records.into_iter();
    send(host, lines, records.next(), print);
    // More than one release decided: each has a record of its own.
    records.for_each(|record| send(host, Vec::new(), Some(record), print));
}

fn send(host: &Rc<Host>, mut lines: Vec<String>, record: Option<Record>, print: fn(&str)) {
    let Some(record) = record else { return put(host, &lines, print) };
    let inner = Rc::clone(host);
    host.later(async move {
        let (id, sealed) = (record.id(), record.line().await);
        if let Err(error) = &sealed {
            let reason = format!("record {id} was not sealed: {}", words(error));
            lines.push(crate::log::failure(Stage::Audit.name(), &reason));
        }
        if !lines.is_empty() {
            put(&inner, &lines, print);
        }
        if let Ok(line) = sealed
            && let Err(error) = JsFuture::from(in_company(&line, inner.env.as_ref())).await
        {
            print_failure(&words(&error));
        }
    });
}

fn put(host: &Host, lines: &[String], print: fn(&str)) {
    match host.binding::<Sink>("LOG") {
        None => lines.iter().for_each(|line| print(line)),
        Some(sink) => host.later_than(&post(&sink, &(lines.join("\n") + "\n"), lines.len())),
    }
}

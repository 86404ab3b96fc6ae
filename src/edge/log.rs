//! Lines of the log, sent after the response.
//!
//! Takes what [`log`](crate::log) wrote, gives it to the service binding `LOG`, or to the console when there is none. The visitor never waits
//! for it.

use std::rc::Rc;

use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Request, RequestInit};

use super::audit::Record;
use super::{Host, words};

#[wasm_bindgen]
extern "C" {
    type Sink;
    #[wasm_bindgen(method, catch)]
    fn fetch(this: &Sink, request: &Request) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_namespace = console, js_name = log)]
    fn print(line: &str);
    #[wasm_bindgen(js_namespace = console, js_name = error)]
    fn print_failure(line: &str);
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
        }
    }
}

/// Logs a failure: the origin's own content went out, or something could not be heeded.
pub(super) fn failure(host: &Rc<Host>, stage: Stage, reason: &str) {
    send(host, vec![crate::log::failure(stage.name(), reason)], None, print_failure);
}

/// Logs what a page showed, with its audit record if it has one.
pub(super) fn decisions(host: &Rc<Host>, lines: Vec<String>, record: Option<Record>) {
    send(host, lines, record, print);
}

fn send(host: &Rc<Host>, mut lines: Vec<String>, record: Option<Record>, print: fn(&str)) {
    let sink = host.env.service("LOG").ok().map(worker::Fetcher::into_rpc::<Sink>);
    host.context.wait_until(async move {
        if let Some(record) = record {
            let id = record.id();
            lines.push(record.line().await.unwrap_or_else(|error| {
                crate::log::failure(Stage::Audit.name(), &format!("record {id} was not sealed: {}", words(&error)))
            }));
        }
        match sink {
            None => lines.iter().for_each(|line| print(line)),
            Some(sink) => {
                if let Err(error) = post(&sink, &lines).await {
                    print_failure(&format!("the binding LOG did not take {} lines: {}", lines.len(), words(&error)));
                }
            }
        }
    });
}

async fn post(sink: &Sink, lines: &[String]) -> Result<(), JsValue> {
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_body(&(lines.join("\n") + "\n").into());
    // The host name is never looked up: a binding leads to one service.
    let request = Request::new_with_str_and_init("https://log.selvedge.invalid/", &init)?;
    request.headers().set("content-type", "application/x-ndjson")?;
    JsFuture::from(sink.fetch(&request)?).await.map(|_| ())
}

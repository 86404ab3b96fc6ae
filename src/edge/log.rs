//! What happened, one JSON line each, after the response.
//!
//! Takes decisions and failures, gives lines to the service binding `LOG`, or to the console when there is none. An id is written
//! only for what a split assigned, and only while `analytics` is granted; without that grant there are reasons and nothing else. It
//! never writes a value of the visit, a path, an address or a cookie.

use std::fmt::Write as _;
use std::rc::Rc;

use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Request, RequestInit};

use super::{Host, words};
use crate::bundle::Bundle;
use crate::bundle::words::{Purpose, Unit};
use crate::engine::{Decision, Page, Permitted, Visit, write_text};
use crate::time::format_rfc3339;
use crate::trust::layout;

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
    /// A piece of content.
    Content,
    /// The page as it passed.
    Rewrite,
}

impl Stage {
    const fn name(self) -> &'static str {
        match self {
            Self::Settings => "settings",
            Self::Bundle => "bundle",
            Self::Content => "content",
            Self::Rewrite => "rewrite",
        }
    }
}

/// Logs a failure, after which the origin's own content went out.
pub(super) fn failure(host: &Rc<Host>, stage: Stage, reason: &str) {
    let mut line = format!("{{\"v\":1,\"kind\":\"failure\",\"stage\":\"{}\",\"reason\":", stage.name());
    write_text(&mut line, reason);
    line.push('}');
    send(host, vec![line], print_failure);
}

/// Logs what a page showed.
pub(super) fn decisions(host: &Rc<Host>, lines: Vec<String>) {
    send(host, lines, print);
}

/// The lines of a page: one with the reason of every slot, and one exposure for each slot while `analytics` is granted.
pub(super) fn lines(
    bundle: &Bundle,
    permitted: &Permitted<'_>,
    page: &Page,
    visit: &Visit,
    now_ms: i64,
) -> Vec<String> {
    let head = |kind: &str| {
        let (at, digest) = (format_rfc3339(now_ms), layout::hex(bundle.digest()));
        format!("{{\"v\":1,\"kind\":\"{kind}\",\"at\":\"{at}\",\"bundle\":\"{digest}\"")
    };
    let slot = |decision: &Decision| decision.slot.map_or("", |slot| bundle.program().slot(slot as usize).name);

    let mut reasons = head("reasons") + ",\"slots\":[";
    for (position, decision) in page.decisions.iter().enumerate() {
        reasons.push_str(if position == 0 { "{" } else { ",{" });
        field(&mut reasons, "slot", Some(slot(decision)));
        reasons.push(',');
        field(&mut reasons, "reason", Some(decision.reason.name()));
        reasons.push(',');
        field(&mut reasons, "detail", decision.detail.map(|detail| detail.name()));
        reasons.push('}');
    }
    reasons.push_str("]}");
    let mut lines = vec![reasons];
    if !permitted.grants().allows(Purpose::Analytics) {
        return lines;
    }

    let program = bundle.program();
    for decision in &page.decisions {
        let split = decision.assignment.map(|assignment| (assignment, program.split(assignment.split as usize)));
        let arm = split.as_ref().and_then(|(assignment, split)| program.arms(split).nth(assignment.arm as usize));
        let id = split.as_ref().and_then(|(assignment, _)| match assignment.unit {
            Unit::Visitor => visit.identity.visitor.as_deref(),
            Unit::Account => visit.identity.account.as_deref(),
            // Nobody keeps these, so there is nothing to join them with.
            Unit::Page | Unit::Session => None,
        });
        let content = decision.content.map(|content| program.content_name(content));
        let texts = [
            ("slot", Some(slot(decision))),
            ("content", content),
            ("experience", decision.experience.map(|experience| program.experience(experience as usize).name)),
            ("reason", Some(decision.reason.name())),
            ("detail", decision.detail.map(|detail| detail.name())),
            ("experiment", split.as_ref().map(|(_, split)| split.experiment)),
            ("arm", arm.map(|(content, _)| content.map_or("control", |content| program.content_name(content)))),
            ("unit", split.as_ref().map(|(assignment, _)| assignment.unit.name())),
            ("id", id),
        ];
        let mut line = head("exposure");
        // Exposures of different epochs are never joined.
        let _ = write!(line, ",\"epoch\":{}", permitted.grants().epoch);
        for (name, text) in texts {
            line.push(',');
            field(&mut line, name, text);
        }
        line.push('}');
        lines.push(line);
    }
    lines
}

fn field(out: &mut String, name: &str, value: Option<&str>) {
    let _ = write!(out, "\"{name}\":");
    match value {
        Some(value) => write_text(out, value),
        None => out.push_str("null"),
    }
}

fn send(host: &Rc<Host>, lines: Vec<String>, print: fn(&str)) {
    let sink = host.env.service("LOG").ok().map(worker::Fetcher::into_rpc::<Sink>);
    host.context.wait_until(async move {
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

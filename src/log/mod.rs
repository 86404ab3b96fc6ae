//! What happened, as values: one record for a page of decisions.
//!
//! Takes a page, gives one line of JSON for whoever keeps logs. Consent decides what is in it: with `analytics` each decision is
//! an exposure with its experiment and arm; without, decisions are only counted by slot and reason, and no id of any kind is
//! written. It never holds a value of the visit, and never sends anything itself.

#![forbid(unsafe_code)]

use alloc::string::String;
use core::fmt::Write;

use crate::bundle::Bundle;
use crate::bundle::words::Purpose;
use crate::engine::{Decision, Page, Permitted, write_text};
use crate::time::format_rfc3339;

/// One minute in milliseconds: the resolution of times in a log, so that a record cannot be matched with a web server's.
const MINUTE: i64 = 60_000;

/// The record of a page of decisions.
#[must_use]
pub fn page_record(bundle: &Bundle, permitted: &Permitted<'_>, page: &Page, path: &str, now_ms: i64) -> String {
    let mut record = start("page", now_ms);
    text(&mut record, "path", path);
    record.push_str(",\"bundle\":\"");
    for byte in bundle.digest().iter().take(8) {
        let _ = write!(record, "{byte:02x}");
    }
    let is_exposure = permitted.grants().allows(Purpose::Analytics);
    let _ = write!(record, "\",\"exposures\":{is_exposure},\"decisions\":[");
    for (position, decision) in page.decisions.iter().enumerate() {
        record.push_str(if position == 0 { "{" } else { ",{" });
        write_decision(&mut record, bundle, decision, is_exposure);
        record.push('}');
    }
    record.push_str("]}");
    record
}

/// The record of something that failed; the visitor saw the origin's page.
#[must_use]
pub fn failure_record(part: &str, why: &str, path: &str, now_ms: i64) -> String {
    let mut record = start("failure", now_ms);
    text(&mut record, "path", path);
    text(&mut record, "part", part);
    text(&mut record, "why", why);
    record.push('}');
    record
}

fn start(kind: &str, now_ms: i64) -> String {
    let minute = now_ms.div_euclid(MINUTE) * MINUTE;
    alloc::format!("{{\"selvedge\":\"{kind}\",\"minute\":\"{}\"", format_rfc3339(minute))
}

fn text(record: &mut String, name: &str, value: &str) {
    let _ = write!(record, ",\"{name}\":");
    write_text(record, value);
}

fn write_decision(record: &mut String, bundle: &Bundle, decision: &Decision, is_exposure: bool) {
    let program = bundle.program();
    record.push_str("\"slot\":");
    write_text(record, decision.slot.map_or("", |slot| program.slot(slot as usize).name));
    text(record, "reason", decision.reason.name());
    if let Some(detail) = decision.detail {
        text(record, "detail", detail.name());
    }
    if !is_exposure {
        return;
    }
    text(record, "depth", decision.depth.name());
    if let Some(content) = decision.content {
        text(record, "content", program.content_name(content));
    }
    if let Some(experience) = decision.experience {
        text(record, "experience", program.experience(experience as usize).name);
    }
    if let Some(assignment) = decision.assignment {
        let split = program.split(assignment.split as usize);
        text(record, "experiment", split.experiment);
        text(record, "unit", assignment.unit.name());
        let arm = program.arms(&split).nth(assignment.arm as usize);
        text(record, "arm", arm.map_or("", |(content, _)| content.map_or("control", |at| program.content_name(at))));
    }
}

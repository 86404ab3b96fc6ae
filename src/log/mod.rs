//! What happened, as values: lines of JSON for whoever keeps logs.
//!
//! Takes decisions, gives one line with the reason of every slot and, while `analytics` is granted, one exposure for each slot. An
//! id is written only for what a split assigned. It never writes a value of the visit, a path, an address or a cookie, and never
//! sends anything itself.

#![forbid(unsafe_code)]

pub mod audit;
mod class;
pub mod events;
pub mod key;
pub mod merkle;
mod permissions;
#[cfg(feature = "author")]
pub mod segment;

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt::Write as _;

use crate::bundle::Bundle;
use crate::bundle::words::Unit;
use crate::engine::{Decision, Page, Permitted, Visit, write_text};
use crate::time::format_rfc3339;
use crate::trust::layout;

pub use class::{LogClass, RETENTION_DAYS};
pub use permissions::{EventKind, Leave, Permissions};

/// One minute in milliseconds: the resolution of times in a log, so that a line cannot be matched with a web server's.
const MINUTE: i64 = 60_000;

/// The lines of a page: one with the reason of every slot, and one exposure for each slot while `analytics` is granted.
#[must_use]
pub fn lines(bundle: &Bundle, permitted: &Permitted<'_>, page: &Page, visit: &Visit, now_ms: i64) -> Vec<String> {
    let head = |kind: &str| {
        let at = format_rfc3339(now_ms.div_euclid(MINUTE) * MINUTE);
        let digest = layout::hex(bundle.digest());
        alloc::format!("{{\"v\":1,\"kind\":\"{kind}\",\"at\":\"{at}\",\"bundle\":\"{digest}\"")
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
    let permissions = Permissions::new(permitted.grants());
    if !permissions.allow(EventKind::Exposure) {
        return lines;
    }

    let program = bundle.program();
    for decision in &page.decisions {
        let split = decision.assignment.map(|assignment| (assignment, program.split(assignment.split as usize)));
        let arm = split.as_ref().and_then(|(assignment, split)| program.arms(split).nth(assignment.arm as usize));
        let unit = split.as_ref().map(|(assignment, _)| assignment.unit);
        let unit = unit.filter(|_| permissions.of(EventKind::Exposure, unit) == Leave::Identified);
        let id = unit.and_then(|unit| match unit {
            Unit::Visitor => visit.identity.visitor.as_deref(),
            Unit::Account => visit.identity.account.as_deref(),
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

/// The line of something that failed; the visitor saw the origin's own content.
#[must_use]
pub fn failure(stage: &str, reason: &str) -> String {
    let mut line = alloc::format!("{{\"v\":1,\"kind\":\"failure\",\"stage\":\"{stage}\",\"reason\":");
    write_text(&mut line, reason);
    line.push('}');
    line
}

fn field(out: &mut String, name: &str, value: Option<&str>) {
    let _ = write!(out, "\"{name}\":");
    match value {
        Some(value) => write_text(out, value),
        None => out.push_str("null"),
    }
}

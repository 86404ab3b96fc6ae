//! Lines of JSON about decisions, events and failures, as values for a host to write.
//!
//! Takes decisions, gives one line with the reason of every slot and, while `analytics` is granted, one exposure for each slot. An
//! pseudonym is written only for what a split assigned, and only by a site that has a key for it. It never writes an id or a value of the
//! visit, a path, an address or a cookie, and never sends anything itself. A line says the day. `docs/what-a-log-tells.md` says
//! what each kind tells.

#![forbid(unsafe_code)]

pub mod audit;
mod class;
pub mod events;
pub mod key;
pub mod measure;
pub mod merkle;
mod permissions;
pub mod quality;
pub mod ratchet;
#[cfg(feature = "author")]
pub mod segment;
pub mod traffic;

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt::Write as _;

use crate::bundle::Bundle;
use crate::engine::{Decision, Page, Permitted};
use crate::words::{Depth, Unit, hex, write_text};
use measure::MeasureKey;
use quality::Rule;

pub use class::{LogClass, RETENTION_DAYS};
pub use permissions::{EventKind, Leave, Permissions};

/// The form of the lines that are written. Those of the first had ids as they are, and minutes.
pub const VERSION: u32 = 2;

/// The lines of a page whose slots are all there: the reasons, and every exposure.
pub fn lines(
    bundle: &Bundle,
    permitted: &Permitted<'_>,
    page: &Page,
    key: Option<&MeasureKey>,
    now_ms: i64,
) -> Vec<String> {
    let exposures = exposures(bundle, permitted, page, key, now_ms);
    [reasons(bundle, page, now_ms)].into_iter().chain(exposures.into_iter().map(|exposure| exposure.line)).collect()
}

/// The content that a visitor is shown in a slot, if the page has that slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exposure {
    /// Position of the slot.
    pub slot: Option<u32>,
    /// What has to happen for it.
    pub needs: Needs,
    /// The line.
    pub line: String,
}

/// The condition under which a visitor was exposed to a decision on a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Nothing: no content was chosen, and no arm.
    Nothing,
    /// The slot's element is there: an experiment shows its visitors the origin's own content.
    Element,
    /// The element was changed.
    Change,
}

/// An exposure for each slot while `analytics` is granted. Without a key nobody has a pseudonym in it.
pub fn exposures(
    bundle: &Bundle,
    permitted: &Permitted<'_>,
    page: &Page,
    key: Option<&MeasureKey>,
    now_ms: i64,
) -> Vec<Exposure> {
    let permissions = Permissions::new(permitted.grants());
    if !permissions.allow(EventKind::Exposure) {
        return Vec::new();
    }

    let program = bundle.program();
    let head = head(bundle, LogClass::Exposure, now_ms);
    let mut exposures = Vec::with_capacity(page.decisions.len());
    for decision in &page.decisions {
        let split = decision.assignment.map(|assignment| (assignment, program.split(assignment.split as usize)));
        let arm = split.as_ref().and_then(|(assignment, split)| program.arm_name(split, assignment.arm as usize));
        // Who was not held back is what those are compared with who were.
        let assigned = split.as_ref().map(|(assignment, _)| assignment.unit);
        let unit = assigned.or(decision.holdout.map(|holdout| holdout.unit));
        let held = decision.held();
        let holdout = held.and_then(|held| program.programme().holdouts.get(held.holdout as usize));
        let whose = unit.filter(|_| permissions.of(EventKind::Exposure, unit) == Leave::Identified);
        let id = whose.and_then(|unit| match unit {
            // The id that was drawn by: of a linked device it is that of the account's first one.
            Unit::Visitor | Unit::Account => Some((unit, permitted.id(unit)?)),
            Unit::Page | Unit::Session => None,
        });
        let content = decision.content.map(|content| program.content_name(content));
        let texts = [
            ("slot", Some(slot_name(bundle, decision))),
            ("content", content),
            ("experience", decision.experience.map(|experience| program.experience_name(experience as usize))),
            ("reason", Some(decision.reason.name())),
            ("detail", decision.detail.map(|detail| detail.name())),
            ("experiment", split.as_ref().map(|(_, split)| split.experiment)),
            ("arm", arm),
            ("unit", unit.map(Unit::name)),
            ("holdout", holdout.map(|holdout| holdout.name.as_str())),
            ("would", held.and_then(|held| held.would).map(|content| program.content_name(content))),
        ];
        // The outcome of sensitive data would tell it, so only the slot is logged.
        let is_told = !is_sensitive(decision);
        let texts = texts.map(|(name, text)| (name, text.filter(|_| name == "slot" || is_told)));
        let mut line = head.clone();
        // Exposures of different epochs are never joined.
        let _ = write!(line, ",\"epoch\":{}", permitted.grants().epoch);
        texts.into_iter().for_each(|(name, text)| field(&mut line, name, text));
        write_whose(&mut line, key, id.filter(|_| is_told));
        line.push('}');
        let needs = match decision.content {
            Some(_) => Needs::Change,
            None if decision.is_counted_control() => Needs::Element,
            None => Needs::Nothing,
        };
        exposures.push(Exposure { slot: decision.slot, needs, line });
    }
    exposures
}

/// The lines of a page that nobody has seen: one with the reasons, and the number of exposures that it would have had.
pub fn unseen(bundle: &Bundle, permitted: &Permitted<'_>, page: &Page, rule: Rule, now_ms: i64) -> Vec<String> {
    let mut lines = vec![reasons(bundle, page, now_ms)];
    if Permissions::new(permitted.grants()).allow(EventKind::Exposure) && !page.decisions.is_empty() {
        lines.push(events::refusal(rule, page.decisions.len(), now_ms));
    }
    lines
}

/// The line with the reason of every slot.
pub fn reasons(bundle: &Bundle, page: &Page, now_ms: i64) -> String {
    let mut line = head(bundle, LogClass::Reasons, now_ms) + ",\"slots\":[";
    for (position, decision) in page.decisions.iter().enumerate() {
        line.push_str(if position == 0 { "{" } else { ",{" });
        field(&mut line, "slot", Some(slot_name(bundle, decision)));
        let reason = (!is_sensitive(decision)).then_some(decision);
        field(&mut line, "reason", reason.map(|decision| decision.reason.name()));
        field(&mut line, "detail", reason.and_then(|decision| decision.detail).map(|detail| detail.name()));
        line.push('}');
    }
    line.push_str("]}");
    line
}

/// Whether the decision read sensitive data. Then any outcome tells of it.
fn is_sensitive(decision: &Decision) -> bool {
    decision.depth == Depth::Sensitive
}

fn head(bundle: &Bundle, kind: LogClass, now_ms: i64) -> String {
    let mut line = events::head(kind, now_ms);
    field(&mut line, "bundle", Some(&hex(bundle.digest())));
    line
}

fn slot_name<'b>(bundle: &'b Bundle, decision: &Decision) -> &'b str {
    decision.slot.map_or("", |slot| bundle.program().slot_name(slot as usize))
}

/// The line of something that failed; the visitor saw the origin's own content.
pub fn failure(stage: &str, reason: &str) -> String {
    let mut line = alloc::format!("{{\"v\":1,\"kind\":\"failure\",\"stage\":\"{stage}\"");
    field(&mut line, "reason", Some(reason));
    line.push('}');
    line
}

/// Appends whose a line is: the number of the key, and the pseudonym that it makes of the id. Either both are there or none.
fn write_whose(line: &mut String, key: Option<&MeasureKey>, whose: Option<(Unit, &str)>) {
    let Some((key, (unit, id))) = key.zip(whose) else {
        line.push_str(",\"key\":null,\"id\":null");
        return;
    };
    let _ = write!(line, ",\"key\":{}", key.number());
    field(line, "id", Some(&hex(&key.pseudonym(unit, id))));
}

/// Appends the name of a value of an object, behind a comma unless it is the first one.
fn name(out: &mut String, name: &str) {
    out.push_str(if out.ends_with('{') { "" } else { "," });
    write_text(out, name);
    out.push(':');
}

/// Appends a text of an object with its name.
fn field(out: &mut String, key: &str, value: Option<&str>) {
    name(out, key);
    match value {
        Some(value) => write_text(out, value),
        None => out.push_str("null"),
    }
}

//! A page of decisions as JSON: one writer for every host, so that their answers are the same bytes.
//!
//! Takes a page and the bundle that names things, gives one line of JSON with its keys in a fixed order. It never writes a
//! value of the visit.

use alloc::string::String;

use super::page::{Decision, Page};
use super::permit::Permitted;
use crate::bundle::{Bundle, Program};
use crate::words::time::format_rfc3339;
use crate::words::{write_hex, write_number, write_text};

/// Appends the answer to `out`, as in `{"decisions": {…}, "cache": …, "bundle": …}`.
pub fn write_page(out: &mut String, bundle: &Bundle, permitted: &Permitted<'_>, page: &Page, slots: &[&str]) {
    out.push_str("{\"decisions\":{");
    for (position, decision) in page.decisions.iter().enumerate() {
        if position > 0 {
            out.push(',');
        }
        let name = match decision.slot {
            Some(slot) => bundle.program().slot_name(slot as usize),
            None => slots.get(position).copied().unwrap_or_default(),
        };
        write_text(out, name);
        out.push(':');
        write_decision(out, bundle, permitted, page, decision, true);
    }
    out.push_str("},\"cache\":");
    write_text(out, page.cache_policy().name());
    out.push_str(",\"bundle\":\"");
    write_hex(out, bundle.digest());
    out.push_str("\"}");
}

/// Appends an answer for input that is not a visit.
pub fn write_error(out: &mut String, what: &str) {
    out.push_str("{\"error\":");
    write_text(out, what);
    out.push('}');
}

/// Appends one decision of a page.
pub(crate) fn write_decision(
    out: &mut String,
    bundle: &Bundle,
    permitted: &Permitted<'_>,
    page: &Page,
    decision: &Decision,
    has_point: bool,
) {
    let program = bundle.program();
    let field = |out: &mut String, name: &str, value: Option<&str>| {
        out.push('"');
        out.push_str(name);
        out.push_str("\":");
        match value {
            Some(value) => write_text(out, value),
            None => out.push_str("null"),
        }
        out.push(',');
    };
    let content = decision.content;
    let locale = content.and_then(|content| bundle.index().variant(content, permitted.locales()));
    let locale = locale.and_then(|variant| program.manifest().locales.get(usize::from(variant.locale)));
    let experience = decision.experience.map(|experience| program.experience_name(experience as usize));
    let split = decision.assignment.map(|assignment| (assignment, program.split(assignment.split as usize)));
    let arm = split.as_ref().and_then(|(assignment, split)| program.arm_name(split, assignment.arm as usize));

    out.push('{');
    field(out, "content", content.map(|content| program.content_name(content)));
    field(out, "locale", locale.map(String::as_str));
    field(out, "experience", experience);
    out.push_str("\"rule\":");
    match decision.rule {
        Some(rule) => write_number(out, rule),
        None => out.push_str("null"),
    }
    out.push(',');
    field(out, "reason", Some(decision.reason.name()));
    field(out, "detail", decision.detail.map(|detail| detail.name()));
    field(out, "depth", Some(decision.depth.name()));
    out.push_str("\"read\":[");
    for (position, read) in page.read(decision).iter().enumerate() {
        if position > 0 {
            out.push(',');
        }
        write_text(out, program.attribute(usize::from(*read)).map_or("", |attribute| attribute.name.as_str()));
    }
    out.push_str("],");
    field(out, "experiment", split.as_ref().map(|(_, split)| split.experiment));
    if let Some(layer) = split.as_ref().and_then(|(_, split)| split.layer) {
        field(out, "layer", Some(layer));
    }
    field(out, "arm", arm);
    if let Some(held) = decision.held() {
        let holdout = program.programme().holdouts.get(held.holdout as usize);
        field(out, "holdout", holdout.map(|holdout| holdout.name.as_str()));
        field(out, "would", held.would.map(|content| program.content_name(content)));
    }
    if let Some(withheld) = decision.withheld {
        field(out, "contact", withheld.part.and_then(|part| program.contact().name(usize::from(part))));
        if withheld.part.is_none_or(|part| usize::from(part) >= program.contact().suppressions.len()) {
            field(out, "not_before", withheld.not_before_ms.map(format_rfc3339).as_deref());
        }
    }
    if decision.is_forgetful {
        field(out, "memory", Some("page"));
    }
    if let Some(gave_way) = decision.gave_way {
        out.push_str("\"gave_way\":{");
        field(out, "experience", Some(program.experience_name(gave_way.experience as usize)));
        field(out, "why", Some(gave_way.why.name()));
        field(out, "to", Some(program.slot_name(gave_way.to as usize)));
        out.pop();
        out.push_str("},");
    }
    if cfg!(feature = "plans") && content.is_some() {
        let rule = decision.experience.zip(decision.rule);
        rule.into_iter().for_each(|(experience, rule)| write_delivery(out, program, experience, rule));
    }
    field(out, "unit", split.as_ref().map(|(assignment, _)| assignment.unit.name()));
    if has_point {
        out.push_str("\"point\":");
        match split {
            Some((assignment, _)) => write_number(out, assignment.point),
            None => out.push_str("null"),
        }
    } else {
        out.pop();
    }
    out.push('}');
}

/// Appends when a message is due and how it is shown, each with a comma, as far as its rule says so.
fn write_delivery(out: &mut String, program: &Program, experience: u32, rule: u32) {
    let first = program.rulebook().plan(experience as usize).rules.start as u32;
    if let Some(due) = program.plan().due(experience) {
        out.push_str("\"when\":{");
        if let Some(event) = &due.after {
            out.push_str("\"after\":");
            write_text(out, event);
        }
        if let Some(ms) = due.not_before_ms {
            out.push_str(if due.after.is_some() { ",\"not_before\":" } else { "\"not_before\":" });
            write_text(out, &format_rfc3339(ms));
        }
        out.push_str("},");
    }
    if let Some(layout) = program.plan().layout(first + rule) {
        out.push_str("\"how\":{\"layout\":");
        write_text(out, layout);
        out.push_str("},");
    }
}

//! One line on stderr for each thing that happens.

use super::state::Live;
use crate::cli::render;
use crate::page::Change;

pub(super) fn page(path: &str, visitor: Option<&str>, changes: &[Change<'_>], milliseconds: f64) {
    let shown: Vec<String> =
        changes.iter().map(|change| format!("{} = {}", change.slot.name, change.content)).collect();
    let shown = if shown.is_empty() { "the origin’s own content".to_owned() } else { shown.join(", ") };
    let visitor = visitor.map(|visitor| format!(" as {visitor}")).unwrap_or_default();
    anstream::eprintln!("  {path}{visitor}: {shown} ({milliseconds:.1} ms)");
}

pub(super) fn untouched(path: &str, why: &str) {
    anstream::eprintln!("  {path}: left as it was, because {why}");
}

/// A slot has no element on the page, or none that can be changed.
pub(super) fn missed(path: &str, slot: &str, why: &str) {
    anstream::eprintln!("  {path}: `{slot}` is left as it was: {why}");
}

/// The parser gave up on a page; what it had not seen by then is the origin's.
pub(super) fn gave_up(path: &str, why: &str) {
    let why = why.lines().next().unwrap_or_default();
    anstream::eprintln!("  {path}: slots further down are left as they were, because the parser gave up: {why}");
}

pub(super) fn event(line: &str) {
    anstream::eprintln!("  event {line}");
}

pub(super) fn reloaded(live: &Live, milliseconds: f64) {
    let summary = render::summary(&live.diagnostics);
    if live.is_broken() {
        render::tell(&live.diagnostics, &live.sources);
        anstream::eprintln!("  reloaded: {summary}; the last good version stays live");
    } else {
        anstream::eprintln!("  reloaded in {milliseconds:.0} ms: {summary}");
    }
}

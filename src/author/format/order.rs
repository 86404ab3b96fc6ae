//! The order of keys.
//!
//! Takes lines, sorts pairs that stand directly below each other as the schema lists their keys. A blank line or a comment ends
//! such a run, and a comment above the first pair keeps that pair first: no comment ever moves away from its key.

use super::layout::Line;
use crate::author::keys::FileKind;

/// Sorts every run of pairs.
pub(super) fn sort(lines: &mut [Line<'_>], kind: FileKind) {
    let mut path: Vec<&str> = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        path = lines.get(at).and_then(Line::named).unwrap_or(path);
        let length = lines.iter().skip(at).take_while(|line| matches!(line, Line::Pair { .. })).count();
        let above = at.checked_sub(1).and_then(|above| lines.get(above));
        let is_fixed = matches!(above, Some(Line::Comment(_)));
        sort_run(lines.get_mut(at..at + length).unwrap_or_default(), is_fixed, kind, &path);
        at += length.max(1);
    }
}

/// Sorts a run if every key of it has a known place, and its first one stays if it must.
fn sort_run(run: &mut [Line<'_>], is_fixed: bool, kind: FileKind, path: &[&str]) {
    let Some(keys) = kind.keys(path) else { return };
    let place = |line: &Line<'_>| match line {
        Line::Pair { key, .. } => keys.iter().position(|known| Some(&known.name) == key.first()),
        _ => None,
    };
    let Some(places) = run.iter().map(place).collect::<Option<Vec<usize>>>() else { return };
    let first_moves = places.iter().min() != places.first();
    if !(is_fixed && first_moves) {
        run.sort_by_key(place);
    }
}

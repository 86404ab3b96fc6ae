//! A difference in words.

use std::fmt::Write as _;

use crate::report::{ContentChange, CrowdChange, Impact, ReleaseDiff};

/// Lines of one list that are told.
const LINES_MAX: usize = 40;

pub(super) fn text(diff: &ReleaseDiff, [a, b]: [&str; 2]) -> String {
    let mut out = format!("from {a} to {b}\n");
    if diff.same {
        out += "nothing changes\n";
    }
    for class in diff.classes.iter().filter(|class| class.before.is_some() || class.after.is_some()) {
        let name = &class.class;
        let _ = match (class.changed, class.must_sign.as_slice()) {
            (false, _) => writeln!(out, "{name} digest unchanged"),
            (true, []) => writeln!(out, "{name} digest changed; nobody must approve it"),
            (true, roles) => writeln!(out, "{name} digest changed: {} must approve it", roles.join(" and ")),
        };
    }
    if diff.same {
        return out;
    }
    let none = vec!["not told: a release without its debug file has no names of rules".to_owned()];
    list(&mut out, "Rules", diff.rules.as_ref().unwrap_or(&none));
    let visitors: Vec<String> = diff.visitors.iter().flat_map(crowd).collect();
    list(&mut out, "Visitors", &visitors);
    let rebucketed: Vec<String> = diff.rebucketed.iter().map(|one| one.what.clone()).collect();
    list(&mut out, "Experiments", &rebucketed);
    list(&mut out, "Consent", &impact(&diff.consent));
    list(&mut out, "Register of processing", &impact(&diff.register));
    let content: Vec<String> = diff.content.iter().map(|one| variant(one, &diff.visitors)).collect();
    list(&mut out, "Content", &content);
    let size = &diff.size;
    let sizes = [("rules", size.program), ("index", size.index), ("content", size.content)];
    let mut lines: Vec<String> = sizes
        .iter()
        .map(|(what, [before, after])| match before == after {
            true => format!("{what}: {after} bytes, as before"),
            false => format!("{what}: {after} bytes, {:+} bytes", *after as i64 - *before as i64),
        })
        .collect();
    lines.push(format!("a host that has the first one fetches {} bytes", size.to_fetch));
    list(&mut out, "Size", &lines);
    out
}

fn list(out: &mut String, title: &str, lines: &[String]) {
    if lines.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{title}");
    for line in lines.iter().take(LINES_MAX) {
        let _ = writeln!(out, "  {line}");
    }
    if lines.len() > LINES_MAX {
        let _ = writeln!(out, "  and {} more; --json has them all", lines.len() - LINES_MAX);
    }
}

fn crowd(one: &CrowdChange) -> Vec<String> {
    let CrowdChange { of, seed, visitors, decided, reworded, named, slots } = one;
    let seed = seed.map_or(String::new(), |seed| format!(" (seed {seed})"));
    let mut lines = vec![match (decided, reworded) {
        (0, 0) => format!("of {visitors} {of}{seed}, nobody sees anything else"),
        (_, 0) => {
            format!("of {visitors} {of}{seed}, {decided} ({}) get another decision", percent(*decided, *visitors))
        }
        _ => format!(
            "of {visitors} {of}{seed}, {decided} ({}) get another decision, and {reworded} ({}) the same one in other words",
            percent(*decided, *visitors),
            percent(*reworded, *visitors)
        ),
    }];
    if !named.is_empty() {
        lines.push(format!("  {}", named.join(", ")));
    }
    let slot = |one: &crate::report::SlotChange| {
        let (slot, from, to, count) = (&one.slot, &one.from, &one.to, one.visitors);
        format!("  {slot}: {to}, no longer {from}: {count}")
    };
    lines.extend(slots.iter().map(slot));
    lines
}

fn impact(impact: &Impact) -> Vec<String> {
    match (&impact.changes, impact.changed) {
        (Some(changes), _) if !changes.is_empty() => changes.clone(),
        (_, Some(_)) => vec!["nothing changes".into()],
        (_, None) => vec!["not compared: only sources have it".into()],
    }
}

fn variant(one: &ContentChange, crowds: &[CrowdChange]) -> String {
    let how = match (&one.before, &one.after) {
        (None, _) => "is new",
        (_, None) => "is gone",
        _ => "changed",
    };
    let by = if one.experiences.is_empty() { "no experience".to_owned() } else { one.experiences.join(", ") };
    let seen = one
        .seen_by
        .iter()
        .zip(crowds)
        .map(|(seen, crowd)| format!("{} of the {}", percent(*seen, crowd.visitors), crowd.of));
    let verb = if one.after.is_some() { "seen" } else { "was seen" };
    let seen: Vec<String> = seen.collect();
    let seen = if seen.is_empty() { String::new() } else { format!("; {verb} by {}", seen.join(" and ")) };
    format!("`{}` in {} {how}: shown by {by}{seen}", one.content, one.locale)
}

fn percent(part: usize, whole: usize) -> String {
    format!("{:.1} %", 100.0 * part as f64 / whole.max(1) as f64)
}

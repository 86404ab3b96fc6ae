//! `regions.toml`: a site's own region table, in place of the shipped one.
//!
//! Takes the file, says whether it can stand for the law: every word known, every parent there, no circle, a source and a
//! confidence in every row. It resolves nothing and compares with no law.

use std::collections::BTreeSet;

use super::diagnostic::Diagnostic;
use super::keys::{Table, Text};
use super::place::Place;
use super::regions::LINE_MAX;
use super::site::Site;
use super::source::Sources;
use crate::words::time::DAY;
use crate::words::{Purpose, time};

/// Days after which law has moved on: half a year.
const AGE_MAX_DAYS: i64 = 183;

/// The finding that the site's table was looked at too long ago.
pub fn table_age(site: &Site, sources: &Sources, now_ms: i64) -> Option<Diagnostic> {
    let day = &site.regions.version;
    let written_ms = time::parse_rfc3339(&format!("{day}T00:00:00Z"))?;
    let days = now_ms.saturating_sub(written_ms) / DAY;
    if days <= AGE_MAX_DAYS {
        return None;
    }
    let is_own = sources.contains_key(FILE);
    let place =
        if is_own { key_place(sources, FILE, "table_version") } else { key_place(sources, "selvedge.toml", "name") };
    let what = format!("the region table is of {day}, {days} days ago");
    let fault = Diagnostic::error("SV5101", place, what)
        .warning()
        .why("laws change, and nobody has reviewed the table for half a year");
    Some(if is_own {
        fault.help("review regions.toml with counsel, and write the new day into `table_version`")
    } else {
        fault.help("update Selvedge, or keep a table of your own: `selvedge consent regions > regions.toml`")
    })
}

/// The place of a finding about the site's audit log.
pub fn log_place(sources: &Sources) -> Place {
    let (file, key) = ("consent.toml", "[log]");
    let is_there = sources.get(file).is_some_and(|text| text.lines().any(|line| line.trim_start().starts_with(key)));
    if is_there { key_place(sources, file, key) } else { key_place(sources, "selvedge.toml", "name") }
}

/// The place of a key that begins a line of a file.
fn key_place(sources: &Sources, file: &str, key: &str) -> Place {
    let text = sources.get(file).map_or("", String::as_str);
    // The key itself, not a comment that mentions it.
    let mut lines = text.split_inclusive('\n').scan(0, |end, line| Some((*end, line, *end += line.len())));
    let start = lines.find(|(_, line, ())| line.trim_start().starts_with(key)).map_or(0, |(start, ..)| start);
    let start = start + text.get(start..).and_then(|rest| rest.find(key)).unwrap_or(0);
    let line = text.get(..start).map_or(1, |before| before.matches('\n').count() + 1);
    let length = if text.is_empty() { 0 } else { key.len() };
    let line = u32::try_from(line).unwrap_or(u32::MAX);
    Place { file: file.to_owned(), span: start..start + length, line, column: 1 }
}

/// Where a site keeps its own table.
pub(super) const FILE: &str = "regions.toml";

/// True if a table whose keys are as declared can be resolved. Every fault is reported.
pub(crate) fn is_sound(top: Table<'_>) -> bool {
    let codes: BTreeSet<&str> = top.inside("regions").map(|field| field.key).collect();
    let regions = top.named("regions").map(|(field, row)| region(row, field.key, top, &codes));
    default(top.section("default")) & regions.fold(true, |all, one| all & one)
}

/// A purpose that is not mentioned here is prohibited, so all must be mentioned.
fn default(row: Table<'_>) -> bool {
    let silent = Purpose::ALL.iter().filter(|purpose| **purpose != Purpose::Storage && !row.has(purpose.name()));
    let silent = silent.inspect(|purpose| {
        let help = format!("add {purpose} = \"opt_in\", or another model for unknown regions");
        row.refuse("SV5104", format!("the default row does not mention {purpose}"), help);
    });
    silent.count() == 0
}

fn region(row: Table<'_>, code: &str, top: Table<'_>, codes: &BTreeSet<&str>) -> bool {
    let mut is_sound = true;
    for (key, what) in [("sources", "no source"), ("conf", "no confidence")] {
        if row.get(key).is_none_or(|field| field.value.as_array().is_some_and(|items| items.is_empty())) {
            let fault = row.error("SV5102", row.place(), format!("the row of {code} has {what}"));
            let fault = fault.why("a person who is asked about this row needs an answer");
            row.report(fault.help("write its source, and how sure it is: high, medium or low"));
            is_sound = false;
        }
    }
    is_sound & row.text("parent").is_none_or(|text| parent(text, code, top, codes))
}

fn parent(parent: Text<'_>, code: &str, top: Table<'_>, codes: &BTreeSet<&str>) -> bool {
    if !codes.contains(parent.text) {
        parent.unknown("SV5103", format!("there is no region `{}`", parent.text), codes.iter().copied());
        return false;
    }
    let above = |code: &str| Some(top.table("regions")?.get(code)?.table()?.text("parent")?.text);
    let mut line = vec![code];
    let mut next = Some(parent.text);
    while let Some(code) = next {
        line.push(code);
        if line[0] == code || line.len() > LINE_MAX {
            let fault = parent.error("SV5103", format!("{} inherits from itself or too deeply", line[0]));
            parent.report(fault.why(format!("the line is {}", line.join(" → "))).help("remove a parent"));
            return false;
        }
        next = above(code);
    }
    true
}

//! `audiences/*.toml`: named conditions.
//!
//! Takes the files, gives the audiences and refuses one that needs itself. Names come first, rows after: audiences of one file
//! may mention those of another.

use std::collections::{BTreeMap, BTreeSet};

use super::names;
use super::rows::{self, Ground};
use super::settings::{Settings, owner};
use super::site::Audience;
use super::table::{Field, Table};

/// An audience's name and its table.
pub(crate) struct Heading<'a> {
    pub(crate) name: &'a str,
    table: Table<'a>,
}

pub(super) const KEYS: [&str; 5] = ["owner", "description", "all", "any", "none"];

/// The audiences of every file, sorted by name.
pub(crate) fn headings<'a>(files: impl Iterator<Item = Table<'a>>) -> Vec<Heading<'a>> {
    let mut all: BTreeMap<&str, Heading<'a>> = BTreeMap::new();
    for top in files {
        let whole_file = top.fields().any(|field| !field.value.is_table());
        let found: Vec<(&str, Table<'_>)> = if whole_file {
            vec![(top.source.stem(), top)]
        } else {
            top.fields().filter_map(|field| Some((field.key, field.table()?))).collect()
        };
        for (name, table) in found {
            if !names::is_plain(name, "_-") {
                let fault = table.error("SV9008", table.place(), format!("`{name}` cannot be the name of an audience"));
                top.source.report(fault.help("use lower-case letters, digits, _ and -"));
            }
            if let Some(first) = all.get(name) {
                let what = format!("the audience `{name}` is defined twice");
                let fault = table
                    .error("SV9009", table.place(), what)
                    .why(format!("the first is in {}", first.table.source.path));
                top.source.report(fault.help("rename or remove one of the two"));
            } else {
                all.insert(name, Heading { name, table });
            }
        }
    }
    all.into_values().collect()
}

/// Reads the rows of every audience.
pub(crate) fn audiences(headings: &[Heading<'_>], ground: &Ground<'_>, settings: &Settings) -> Vec<Audience> {
    let audiences: Vec<Audience> = headings.iter().map(|heading| audience(heading, ground, settings)).collect();
    report_cycles(headings, &audiences);
    audiences
}

fn audience(heading: &Heading<'_>, ground: &Ground<'_>, settings: &Settings) -> Audience {
    let owner = owner(heading.table, settings);
    let table = heading.table.owned(settings.owner.as_deref());
    table.only(&KEYS);
    // A key that is not known may be a misspelt array of rows.
    if table.fields().all(|field| matches!(field.key, "owner" | "description")) {
        let fault = table.error("SV2102", table.place(), format!("the audience `{}` has no rows", heading.name));
        table.source.report(fault.help("add all = ['…'], any = ['…'] or none = ['…']"));
    }
    Audience {
        name: heading.name.to_owned(),
        owner,
        description: table
            .get("description")
            .and_then(Field::text)
            .map(|text| text.text.to_owned())
            .unwrap_or_default(),
        rows: rows::rows(table, ground),
        place: table.place(),
    }
}

/// Reports each circle once, at its first audience by name.
fn report_cycles(headings: &[Heading<'_>], audiences: &[Audience]) {
    let needs: Vec<BTreeSet<usize>> = audiences.iter().map(|audience| audience.rows.audiences().collect()).collect();
    let mut settled = vec![false; audiences.len()];
    for start in 0..audiences.len() {
        // Depth first with an explicit stack: a chain of a hundred thousand audiences is only slow.
        let mut path: Vec<(usize, Vec<usize>)> = vec![(start, needs[start].iter().copied().collect())];
        while let Some((at, waiting)) = path.last_mut() {
            let at = *at;
            if settled[at] {
                path.pop();
                continue;
            }
            let Some(next) = waiting.pop() else {
                settled[at] = true;
                path.pop();
                continue;
            };
            if let Some(first) = path.iter().position(|(on_path, _)| *on_path == next) {
                let circle: Vec<usize> = path[first..].iter().map(|(on_path, _)| *on_path).collect();
                report_cycle(&circle, headings);
            } else if let Some(more) = needs.get(next).filter(|_| !settled[next]) {
                path.push((next, more.iter().copied().collect()));
            }
        }
    }
}

fn report_cycle(circle: &[usize], headings: &[Heading<'_>]) {
    let Some(first) = circle.iter().enumerate().min_by_key(|(_, audience)| **audience).map(|(at, _)| at) else {
        return;
    };
    let names: Vec<&str> = circle[first..].iter().chain(&circle[..first]).map(|at| headings[*at].name).collect();
    let table = headings[circle[first]].table;
    let what = format!("the audience `{}` needs itself: {} → {}", names[0], names.join(" → "), names[0]);
    let fault = table.error("SV2101", table.place(), what);
    table.source.report(fault.help("take one of these out of another's rows"));
}

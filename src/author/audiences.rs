//! `audiences/*.toml`: named conditions. Takes the files, gives the audiences and refuses one that refers to itself. Names
//! come first, rows after: audiences of one file may mention those of another.

use std::collections::{BTreeMap, BTreeSet};

use super::keys::{Named, Table};
use super::order;
use super::rows::{self, Ground};
use super::settings::{Settings, owner};
use super::site::Audience;

/// An audience's name and its table.
pub(crate) struct Heading<'a> {
    pub(crate) name: String,
    table: Table<'a>,
}

/// The audiences of every file, sorted by name.
pub(crate) fn headings(entries: Vec<Named<'_>>) -> Vec<Heading<'_>> {
    let mut all: BTreeMap<String, Table<'_>> = BTreeMap::new();
    for Named { name, table, .. } in entries {
        if let Some(first) = all.get(&name) {
            let fault = table.error("SV9009", table.place(), format!("the audience `{name}` is defined twice"));
            let fault = fault.why(format!("the first is in {}", first.source.path));
            table.report(fault.help("rename or remove one of the two"));
        } else {
            all.insert(name, table);
        }
    }
    all.into_iter().map(|(name, table)| Heading { name, table }).collect()
}

/// Reads the rows of every audience.
pub(crate) fn audiences(headings: &[Heading<'_>], ground: &Ground<'_>, settings: &Settings) -> Vec<Audience> {
    let audiences: Vec<Audience> = headings.iter().map(|heading| audience(heading, ground, settings)).collect();
    report_cycles(headings, &audiences);
    audiences
}

fn audience(heading: &Heading<'_>, ground: &Ground<'_>, settings: &Settings) -> Audience {
    let table = heading.table;
    // A key that is not known may be a misspelt array of rows.
    if table.fields().all(|field| matches!(field.key, "owner" | "description")) {
        let help = "add all = ['…'], any = ['…'] or none = ['…']";
        table.refuse("SV2102", format!("the audience `{}` has no rows", heading.name), help);
    }
    Audience {
        name: heading.name.clone(),
        owner: owner(table, settings),
        description: table.string("description").unwrap_or_default(),
        rows: rows::rows(table, ground),
        place: table.place(),
    }
}

/// Reports each circle once, at its first audience by name.
fn report_cycles(headings: &[Heading<'_>], audiences: &[Audience]) {
    // Among the audiences that one audience refers to, the last by name is followed first.
    let needs = audiences.iter().map(|audience| audience.rows.audiences().collect::<BTreeSet<usize>>());
    let needs: Vec<Vec<usize>> = needs.map(|needs| needs.into_iter().rev().collect()).collect();
    order::walk(&needs, &mut |circle| {
        let first = (0..circle.len()).min_by_key(|at| circle[*at]).unwrap_or(0);
        let names: Vec<&str> = circle[first..].iter().chain(&circle[..first]).map(|at| &*headings[*at].name).collect();
        let what = format!("the audience `{}` refers to itself: {} → {}", names[0], names.join(" → "), names[0]);
        headings[circle[first]].table.refuse("SV2101", what, "remove one of these from the rows of another");
    });
}

//! `tests/*.toml`: the decision that is expected for a visitor at a time.
//!
//! Takes the files and the names that they may use, gives cases with names resolved. It never runs one.

use std::collections::{BTreeMap, BTreeSet};

use super::keys::{Field, Table};
use super::site::{Case, Visitor};
use super::stage::Stage;
use super::{names, times};

/// The names that a case may use.
pub(crate) struct Cast<'a> {
    /// Sorted by name.
    pub(crate) visitors: &'a [Visitor],
    /// Visitors whose file could not be read.
    pub(crate) visitors_unread: &'a BTreeSet<String>,
    pub(crate) stage: &'a Stage<'a>,
}

/// Reads one file.
pub(crate) fn cases(top: Table<'_>, cast: &Cast<'_>) -> Vec<Case> {
    if top.get("case").is_none_or(|field| field.value.as_array().is_some_and(|cases| cases.is_empty())) {
        let fault = top.error("SV9007", top.place(), "the file has no [[case]]").warning();
        top.report(fault.help("add [[case]] with visitor, now and expect"));
    }
    let numbered = top.tables("case").into_iter().enumerate();
    numbered.filter_map(|(at, table)| case(table, format!("{}#{}", top.source.stem(), at + 1), cast)).collect()
}

fn case(table: Table<'_>, name: String, cast: &Cast<'_>) -> Option<Case> {
    let position = table.text("visitor").and_then(|visitor| {
        let found = cast.visitors.binary_search_by(|known| known.name.as_str().cmp(visitor.text)).ok();
        if found.is_none() && !cast.visitors_unread.contains(visitor.text) {
            let names = cast.visitors.iter().map(|known| known.name.as_str());
            visitor.unknown("SV2301", format!("there is no visitor `{}`", visitor.text), names);
        }
        found
    });
    let now = table.get("now").and_then(times::moment);
    let expect = table.table("expect");
    if let Some(field) = table.get("expect").filter(|_| expect.is_some_and(|expect| expect.entries.is_empty())) {
        field.refuse("SV2303", "the case expects nothing", "name at least one slot");
    }
    let expected = expected(table, cast);
    expect.and(Some(Case { name, visitor: position?, now_ms: now?, expect: expected, place: table.place() }))
}

fn expected(table: Table<'_>, cast: &Cast<'_>) -> BTreeMap<String, Option<String>> {
    let mut expected = BTreeMap::new();
    for (slot, field) in table.leaves("expect", |_| false) {
        known_slot(&slot, field, cast);
        let Some(content) = field.text() else { continue };
        let items = cast.stage.library.content.iter().map(|item| item.name.as_str());
        let there = content.text == "control" || cast.stage.library.unread.contains(content.text);
        if !there && !items.clone().any(|name| name == content.text) {
            content.unknown("SV2205", format!("there is no content `{}`", content.text), items.chain(["control"]));
        }
        expected.insert(slot, Some(content.text.to_owned()).filter(|name| name != "control"));
    }
    expected
}

fn known_slot(slot: &str, field: Field<'_>, cast: &Cast<'_>) {
    if cast.stage.slots_incomplete || cast.stage.slot_names.iter().any(|name| name == slot) {
        return;
    }
    let names = cast.stage.slot_names.iter().map(String::as_str);
    let fault = field.key_error("SV2202", format!("there is no slot `{slot}`"));
    field.report(fault.help(names::hint(slot, names, |all| format!("the slots are {all}"))));
}

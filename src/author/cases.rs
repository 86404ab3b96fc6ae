//! `tests/*.toml`: which decision is expected for whom, when.
//!
//! Takes the files and the names that they may use, gives cases with names resolved. It never runs one.

use std::collections::{BTreeMap, BTreeSet};

use super::content::Library;
use super::names;
use super::site::{Case, Visitor};
use super::table::{Field, Table};
use super::times;

/// What a case may name.
pub(crate) struct Cast<'a> {
    /// Sorted by name.
    pub(crate) visitors: &'a [Visitor],
    /// Visitors whose file could not be read.
    pub(crate) visitors_unread: &'a BTreeSet<String>,
    pub(crate) slot_names: &'a [String],
    pub(crate) slots_incomplete: bool,
    pub(crate) library: &'a Library,
}

pub(super) const KEYS: [&str; 1] = ["case"];
pub(super) const CASE_KEYS: [&str; 4] = ["visitor", "now", "expect", "description"];

/// Reads one file.
pub(crate) fn cases(top: Table<'_>, cast: &Cast<'_>) -> Vec<Case> {
    top.only(&KEYS);
    let tables = top.get("case").map(Field::tables).unwrap_or_default();
    if top.get("case").is_none() {
        let fault = top.error("SV9007", top.place(), "the file has no [[case]]").warning();
        top.source.report(fault.help("add [[case]] with visitor, now and expect"));
    }
    let numbered = tables.into_iter().enumerate();
    numbered.filter_map(|(at, table)| case(table, format!("{}#{}", top.source.stem(), at + 1), cast)).collect()
}

fn case(table: Table<'_>, name: String, cast: &Cast<'_>) -> Option<Case> {
    table.only(&CASE_KEYS);
    // For people; only its type matters here.
    table.text("description");
    let visitor = table.need("visitor", "name a file of visitors/").and_then(Field::text);
    let position = visitor.and_then(|visitor| {
        let found = cast.visitors.binary_search_by(|known| known.name.as_str().cmp(visitor.text)).ok();
        if found.is_none() && !cast.visitors_unread.contains(visitor.text) {
            let names = cast.visitors.iter().map(|known| known.name.as_str());
            visitor.unknown("SV2301", format!("there is no visitor `{}`", visitor.text), names);
        }
        found
    });
    let now = table.need("now", "say when, as in now = 2026-12-01T09:00:00+01:00").and_then(times::moment);
    let expect = table.need("expect", "say what each slot shows, as in expect = { \"home.hero\" = \"control\" }");
    let expected = expect.and_then(Field::table).map(|expect| expected(expect, cast));
    if let Some(field) = expect.filter(|_| expected.as_ref().is_some_and(BTreeMap::is_empty))
        && field.value.as_table().is_some_and(|table| table.is_empty())
    {
        field.report(field.error("SV2303", "the case expects nothing").help("name at least one slot"));
    }
    Some(Case { name, visitor: position?, now_ms: now?, expect: expected?, place: table.place() })
}

fn expected(table: Table<'_>, cast: &Cast<'_>) -> BTreeMap<String, Option<String>> {
    let mut expected = BTreeMap::new();
    let mut waiting = vec![(String::new(), table)];
    while let Some((prefix, table)) = waiting.pop() {
        for field in table.fields() {
            let slot = format!("{prefix}{}", field.key);
            if field.value.is_table() {
                waiting.extend(field.table().map(|table| (format!("{slot}."), table)));
                continue;
            }
            known_slot(&slot, field, cast);
            let Some(content) = field.text() else { continue };
            let items = cast.library.content.iter().map(|item| item.name.as_str());
            let there = content.text == "control" || cast.library.unread.contains(content.text);
            if !there && !items.clone().any(|name| name == content.text) {
                content.unknown("SV2205", format!("there is no content `{}`", content.text), items.chain(["control"]));
            }
            expected.insert(slot, Some(content.text.to_owned()).filter(|name| name != "control"));
        }
    }
    expected
}

fn known_slot(slot: &str, field: Field<'_>, cast: &Cast<'_>) {
    if cast.slots_incomplete || cast.slot_names.iter().any(|name| name == slot) {
        return;
    }
    let names = cast.slot_names.iter().map(String::as_str);
    let fault = field.table.error("SV2202", field.key_place(), format!("there is no slot `{slot}`"));
    field.report(match names::closest(slot, names.clone()) {
        Some(meant) => fault.help(format!("did you mean `{meant}`?")),
        None => fault.help(format!("there are {}", names::listed(names))),
    });
}

//! `docs/what-a-log-tells.md` has a row for every field that anything of ours writes.
//!
//! The kinds are those of the code's own list, and their fields those of lines that the code has just written. Of what is no line, the
//! types are taken apart field by field: a new field does not compile here until somebody names it.

use std::collections::{BTreeMap, BTreeSet};

use selvedge::consent::grants;
use selvedge::engine::{Workspace, all_slots, decide, permit};
use selvedge::log::LogClass;
use selvedge::log::events::{Beacon, Event, Sender};
use selvedge::log::measure::MeasureKey;
use selvedge::log::quality::Rule;
use selvedge::log::segment::{Manifest, Removal};
use selvedge::log::traffic::Traffic;
use selvedge::words::{Value, Visit};
use serde_json::Value as Json;

use super::{Desk, contexts};

const PAGE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/what-a-log-tells.md"));

/// The names in the first cells of a section's tables.
fn rows(section: &str) -> BTreeSet<&str> {
    let text =
        PAGE.split("\n## ").find(|part| part.starts_with(section)).unwrap_or_else(|| panic!("no part `{section}`"));
    let cells = text.lines().filter_map(|line| line.strip_prefix("| ")?.split('|').next());
    cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect()
}

/// The names of everything that a line holds. Names that a site or a visit gives are a star.
fn fields(line: &Json, path: &str, found: &mut BTreeSet<String>) {
    const GIVEN: [&str; 9] =
        ["detail", "grants", "ids", "inputs", "slots.tried", "slots.decision.read", "what", "sealed", "until"];
    match line {
        Json::Object(object) => {
            for (name, value) in object {
                let name = if GIVEN.contains(&path) { "*" } else { name };
                fields(value, &if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }, found);
            }
        }
        Json::Array(values) if GIVEN.contains(&path) => {
            values.iter().for_each(|value| fields(value, &format!("{path}.*"), found));
        }
        Json::Array(values) => values.iter().for_each(|value| fields(value, path, found)),
        _ => _ = found.insert(path.to_owned()),
    }
}

fn written(lines: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    lines.lines().for_each(|line| fields(&serde_json::from_str(line).expect(line), "", &mut found));
    found
}

fn assert_told(section: &str, written: &BTreeSet<String>) {
    let rows = rows(section);
    let missing: Vec<&String> = written.iter().filter(|field| !rows.contains(field.as_str())).collect();
    assert!(missing.is_empty(), "`{section}` in docs/what-a-log-tells.md says nothing of {missing:?}");
    assert!(written.len() > 3, "{section}: {written:?}");
}

/// Lines of pages, of whoever agreed to anything.
fn of_pages() -> BTreeMap<String, String> {
    let (site, _, _) = selvedge::cli::open::site(super::SHOP.as_ref()).expect("is a site");
    let opened = crate::sites::opened(&site);
    let (key, mut kinds) = (MeasureKey::new(1, [7; 32]), BTreeMap::<String, String>::new());
    for context in contexts(11, 60) {
        let visit: Visit = serde_json::from_str(&context).expect("is a visit");
        let now_ms = visit.now.expect("has a time").0;
        let grants = grants(&opened.bundle.program().manifest().regions, &visit, now_ms);
        let permitted = permit(&opened.bundle, &visit, &grants, now_ms);
        let page = decide(&opened.bundle, &permitted, &all_slots(&opened.bundle), &mut Workspace::default());
        let mut lines = selvedge::log::lines(&opened.bundle, &permitted, &page, Some(&key), now_ms);
        let detail = [("a".to_owned(), Value::Int(1))].into();
        let event =
            Event { name: "n".into(), at: now_ms as f64, epoch: grants.epoch, event_id: Some("e".into()), detail };
        let sender =
            Sender { grants: &grants, visitor: Some("v"), key: Some(&key), traffic: Traffic::Visitor, rules: None };
        lines.extend(selvedge::log::events::lines(&Beacon { v: 1, events: vec![event] }, sender, now_ms));
        lines.push(selvedge::log::events::refusal(Rule::Bot, 1, now_ms));
        lines.push(selvedge::log::failure("bundle", "x"));
        for line in lines {
            let kind = serde_json::from_str::<Json>(&line).expect("JSON")["kind"].as_str().expect("a kind").to_owned();
            *kinds.entry(kind).or_default() += &(line + "\n");
        }
    }
    kinds
}

#[test]
fn every_field_of_every_line_has_its_row() {
    let desk = Desk::with_shop("told");
    let mut kinds = of_pages();
    desk.log("1.ndjson", &contexts(12, 60), &["--values"]);
    desk.log("2.ndjson", &contexts(13, 60), &[]);
    kinds.insert(LogClass::Audit.name().into(), desk.text("log/1.ndjson") + &desk.text("log/2.ndjson"));
    for kind in LogClass::ALL {
        let lines = kinds.get(kind.name()).unwrap_or_else(|| panic!("nobody wrote a line of the kind {kind}"));
        assert_told(kind.name(), &written(lines));
    }
    assert_eq!(kinds.len(), LogClass::ALL.len(), "a kind that is in no list: {:?}", kinds.keys());

    desk.clean(&["log", "close", "log/1.ndjson"]);
    desk.run(&["replay", "log", "--why", "a test"]);
    desk.run(&["dsar", "export", "--subject", "v1", "-o", "v1.zip"]);
    desk.run(&["log", "erase", "--subject", "v1"]);
    let text = desk.text("log/1.ndjson") + &desk.text("log/2.ndjson");
    let stones: String =
        text.lines().filter(|line| line.contains("tombstone")).map(|line| format!("{line}\n")).collect();
    assert_told("tombstone", &written(&stones));
    let journal = desk.text("log/operators.journal");
    assert_eq!(journal.lines().count(), 3, "{journal}");
    assert_told("operators.journal", &written(&journal));
}

#[test]
fn every_field_of_what_is_no_line_has_its_row() {
    // Taken apart without `..`: whoever adds a field names it here, and then on the page.
    fn of_manifest(
        Manifest { number, previous, file, count, root, whole, first, last, closed, signer }: &Manifest,
    ) -> usize {
        let _ = (number, previous, file, count, root, whole, first, last, closed, signer);
        10
    }
    fn of_removal(Removal { line, leaf, why, on_ms, whom }: &Removal) -> usize {
        let _ = (line, leaf, why, on_ms, whom);
        5
    }
    fn of_beacon(Beacon { v, events }: &Beacon, Event { name, at, epoch, event_id, detail }: &Event) -> usize {
        let _ = (v, events, name, at, epoch, event_id, detail);
        7
    }
    let _ = (of_manifest, of_removal, of_beacon);
    let beside = rows("Beside a log");
    for name in ["number", "previous", "file", "count", "root", "whole", "first", "last", "closed", "signer"] {
        assert!(beside.contains(name), "manifest: {name}");
    }
    for name in ["hash", "salt", "line", "leaf", "why", "on_ms", "whom"] {
        assert!(beside.contains(name), "leaves and removals: {name}");
    }
    let beacon = rows("A browser's beacon");
    for name in ["v", "events", "name", "at", "epoch", "event_id", "detail"] {
        assert!(beacon.contains(name), "beacon: {name}");
    }
}

/// A field that none of these lines happens to have is still a word in the code that writes lines.
#[test]
fn every_name_that_the_code_writes_is_on_the_page() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/log");
    let mut names = BTreeSet::new();
    for file in ["mod.rs", "events.rs", "audit.rs"] {
        let text = std::fs::read_to_string(format!("{folder}/{file}")).expect("a file");
        let code = text.split("\nmod tests {").next().unwrap_or_default();
        for line in code.lines().filter(|line| !line.trim_start().starts_with("//")) {
            let after = |mark: &str| line.split(mark).skip(1).map(str::to_owned).collect::<Vec<_>>();
            let of_fields = after("line, \"").into_iter().chain(after("(\"")).chain(after("told, \""));
            names.extend(of_fields.filter_map(|rest| rest.split_once("\",").map(|(name, _)| name.to_owned())));
            names.extend(after("\\\"").into_iter().filter_map(|rest| {
                let name = rest.strip_suffix('\\').unwrap_or(&rest).to_owned();
                line.contains(&format!("\\\"{name}\\\":")).then_some(name)
            }));
        }
    }
    // What the digest of consent signals is made of, which no line shows.
    names.retain(|name| !["cookie", "revoked"].contains(&&**name));
    names.retain(|name| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'));
    assert!(
        ["slot", "arm", "key", "id", "evidence", "sealed", "rules_max"].iter().all(|name| names.contains(*name)),
        "{names:?}"
    );
    let told: BTreeSet<&str> = PAGE.split('`').skip(1).step_by(2).flat_map(|name| name.split('.')).collect();
    let missing: Vec<&String> = names.iter().filter(|name| !told.contains(name.as_str())).collect();
    assert!(missing.is_empty(), "docs/what-a-log-tells.md says nothing of {missing:?}");
}

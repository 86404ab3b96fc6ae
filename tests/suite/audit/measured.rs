//! Lines of what was shown and done name a person by a pseudonym, and are found by the id all the same.

use selvedge::log::measure::MeasureKey;
use selvedge::words::{Unit, hex};

use super::{Desk, SHOP, contexts};

/// The newest key of the desk.
fn key(desk: &Desk) -> MeasureKey {
    let text = desk.text(".selvedge/keys/measurement.keys");
    MeasureKey::parse(text.lines().next_back().expect("a key"), ' ').expect("a key")
}

fn exposure(key: &MeasureKey, unit: Unit, id: &str) -> String {
    let (number, id) = (key.number(), hex(&key.pseudonym(unit, id)));
    format!(
        r#"{{"v":2,"kind":"exposure","at":"2026-12-02","slot":"home.hero","reason":"SPLIT","unit":"{unit}","key":{number},"id":"{id}"}}"#
    )
}

fn event(key: &MeasureKey, id: &str, name: &str) -> String {
    let (number, id) = (key.number(), hex(&key.pseudonym(Unit::Visitor, id)));
    format!(
        r#"{{"v":2,"kind":"event","at":"2026-12-02","epoch":1,"name":"{name}","detail":{{}},"unit":"visitor","key":{number},"id":"{id}"}}"#
    )
}

const OLD: &str =
    r#"{"v":1,"kind":"exposure","at":"2026-12-01T00:05:00Z","slot":"home.hero","unit":"visitor","id":"v1"}"#;

#[test]
fn a_persons_lines_are_found_by_every_key_and_in_the_first_form() {
    let desk = Desk::with_shop("measured");
    desk.log("a.ndjson", &contexts(5, 40), &["--values"]);
    desk.clean(&["log", "rotate-measurement"]);
    let first = key(&desk);
    desk.clean(&["log", "rotate-measurement"]);
    let second = key(&desk);
    assert_eq!((first.number(), second.number()), (1, 2));
    let lines = [
        OLD.to_owned(),
        exposure(&first, Unit::Visitor, "v1"),
        exposure(&second, Unit::Visitor, "v1"),
        event(&second, "v1", "sold"),
        exposure(&second, Unit::Visitor, "v2"),
        // The account of somebody, which has the same id.
        exposure(&second, Unit::Account, "v1"),
    ];
    desk.write("log/b.ndjson", lines.join("\n") + "\n");
    desk.clean(&["log", "close", "log/b.ndjson"]);
    let export = |more: &[&str]| desk.clean(&[&["dsar", "export", "--subject", "v1", "--site", SHOP], more].concat());
    // A device and an account may be two persons.
    assert!(desk.fails(2, &["dsar", "export", "--subject", "v1", "-o", "x"]).contains("--as visitor or --as account"));
    assert!(export(&["--as", "visitor", "-o", "device"]).contains(" 4 other lines, "));
    assert!(export(&["--as", "account", "-o", "account"]).contains("0 records, 1 other line, "));

    // Without a key nobody is told that all is well.
    let keys = desk.text(".selvedge/keys/measurement.keys");
    desk.write(".selvedge/keys/measurement.keys", keys.lines().next_back().expect("a key"));
    let said = desk.fails(1, &["log", "erase", "--subject", "v1", "--as", "visitor", "--as-of", "2027-01-01"]);
    assert!(said.contains("measurement key 1 could not be searched"), "{said}");
    desk.fails(3, &["dsar", "export", "--subject", "v1", "--as", "visitor", "-o", "lost"]);
    assert!(desk.text("lost/answer.json").contains("lost-measurement-key"));
    desk.write(".selvedge/keys/measurement.keys", &keys);
    desk.clean(&["log", "erase", "--subject", "v1", "--as", "visitor", "--as-of", "2027-01-01"]);
    let left = desk.text("log/b.ndjson");
    assert!(!left.contains("\"v1\"") && !left.contains(&hex(&first.pseudonym(Unit::Visitor, "v1"))), "{left}");
    assert_eq!(left.lines().filter(|line| line.contains("tombstone")).count(), 4);
    assert!(left.contains(&hex(&second.pseudonym(Unit::Account, "v1"))), "the account's line stays");
    desk.clean(&["log", "verify"]);
}

#[test]
fn outcomes_are_joined_to_exposures_and_events_are_held_to_the_rules() {
    let desk = Desk::new("measured-events");
    desk.clean(&["log", "rotate-measurement"]);
    let key = key(&desk);
    let sold = |id: &str| event(&key, id, "order-placed").replace("{}", r#"{"value_cents":1,"currency":"EUR"}"#);
    // More in one day than in a minute, and fewer than in a day: the day alone is known.
    let many: Vec<String> = (0..500).map(|_| sold("v1")).collect();
    let lines = [vec![exposure(&key, Unit::Visitor, "v1")], many, vec![sold("v2")]].concat();
    desk.write("log/a.ndjson", lines.join("\n") + "\n");
    desk.clean(&["log", "close", "log/a.ndjson"]);
    let said = desk.clean(&["events", "check", SHOP, "log/a.ndjson", "--as-of", "2027-03-01"]);
    assert!(said.contains("502 events"), "{said}");
    let text = desk.text("log/a.ndjson");
    let id = |line: &str| line.split("\"id\":\"").nth(1).map(|rest| rest[..32].to_owned());
    let exposed = text.lines().find(|line| line.contains("exposure")).and_then(id).expect("an id");
    assert_eq!(
        text.lines().filter(|line| line.contains("order-placed") && id(line).as_ref() == Some(&exposed)).count(),
        500
    );
}

#[test]
fn a_closed_log_keeps_every_line_and_the_order_of_nobody_but_each_one() {
    let desk = Desk::new("mixed");
    desk.clean(&["log", "rotate-measurement"]);
    let key = key(&desk);
    let mut lines: Vec<String> = Vec::new();
    for page in 0..200 {
        lines.push(format!(r#"{{"v":2,"kind":"reasons","at":"2026-12-02","slots":[],"page":{page}}}"#));
        lines.push(event(&key, &format!("v{}", page % 20), &format!("n{page}")));
        lines.push(format!(r#"{{"v":2,"kind":"audit","id":"{page:032x}","visitor":"{:032x}"}}"#, page % 20));
    }
    lines.push("no JSON".into());
    desk.write("log/a.ndjson", format!("\u{feff}{}\n", lines.join("\n")));
    desk.clean(&["log", "close", "log/a.ndjson"]);
    desk.clean(&["log", "verify"]);
    let text = desk.text("log/a.ndjson");
    let mut mixed: Vec<&str> = text.lines().collect();
    let number = |line: &&str| line.split("\"n").nth(2).and_then(|rest| rest.split('"').next()?.parse::<usize>().ok());
    let events: Vec<usize> = mixed.iter().filter(|line| line.contains("\"event\"")).filter_map(number).collect();
    assert_eq!(events.len(), 200);
    for person in 0..20 {
        let own: Vec<usize> = events.iter().copied().filter(|page| page % 20 == person).collect();
        assert!(own.is_sorted(), "{own:?}");
        let first = events.iter().position(|page| *page == own[0]).expect("is there");
        assert_eq!(events[first..first + 10], own, "they stand together");
    }
    // Of 199 neighbours in the order of arrival, chance leaves one.
    let records: Vec<&&str> = mixed.iter().filter(|line| line.contains("\"audit\"")).collect();
    let neighbours =
        records.windows(2).filter(|pair| pair[0] < pair[1] && pair[1][..60] == lines_after(pair[0], &lines)[..60]);
    assert!(neighbours.count() < 12, "the order of arrival is still there");
    mixed.sort_unstable();
    lines.sort_unstable();
    assert_eq!(mixed, lines);
}

/// The record that arrived behind this one.
fn lines_after<'l>(record: &str, lines: &'l [String]) -> &'l str {
    let at = lines.iter().position(|line| line == record).expect("is there");
    lines.get(at + 3).map_or(&lines[2], |line| line)
}

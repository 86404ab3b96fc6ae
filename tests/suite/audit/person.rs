//! A person asks: what was decided about me? And then: forget it.

use std::collections::BTreeSet;

use super::{Desk, SHOP, contexts};

#[test]
fn a_person_is_given_their_own_records_and_nobody_elses() {
    let desk = Desk::with_shop("person");
    desk.log("a.ndjson", &contexts(5, 120), &["--values"]);
    desk.clean(&["log", "close", "log/a.ndjson"]);
    let said = desk.clean(&["dsar", "export", "--subject", "v1", "-o", "v1.zip", "--site", SHOP]);
    desk.clean(&["dsar", "export", "--subject", "v1", "-o", "v1", "--site", SHOP]);
    let records = desk.text("v1/proof/records.ndjson");
    assert!(said.contains(&format!("{} records", records.lines().count())), "{said}");
    assert!(records.lines().count() > 2, "{said}");

    // Whoever has the package needs no secret of the controller's.
    std::fs::rename(desk.path(".selvedge"), desk.path("away")).expect("is there");
    for package in ["v1.zip", "v1"] {
        let count = records.lines().count();
        let expected = format!("{count} records, {count} made again byte for byte, 0 not\n");
        assert_eq!(desk.clean(&["replay", package]), expected);
    }
    std::fs::rename(desk.path("away"), desk.path(".selvedge")).expect("is there");

    let told = desk.text("v1/answer.html");
    for part in
        ["Your data at Holm &amp; Tarn Ltd", "device v1", "Information Commissioner", "Kentmere CRM Ltd", "Your visits"]
    {
        assert!(told.contains(part), "{part}: {told}");
    }
    let proof = ["records", "values", "keys", "lines"].map(|name| format!("proof/{name}.ndjson"));
    for file in ["answer.html", "answer.json"].into_iter().chain(proof.iter().map(String::as_str)) {
        let text = desk.text(&format!("v1/{file}"));
        let words: BTreeSet<&str> = text.split(|c: char| !c.is_ascii_alphanumeric()).collect();
        (0..10).filter(|at| *at != 1).for_each(|at| assert!(!words.contains(&*format!("v{at}")), "v{at} in {file}"));
    }
    let ids: Vec<&str> = records.lines().filter_map(|line| line.split('"').nth(9)).collect();
    let others = desk.text("log/a.ndjson");
    let others = others.lines().filter_map(|line| line.split('"').nth(9)).filter(|id| !ids.contains(id));
    let keys = desk.text("v1/proof/keys.ndjson");
    assert!(others.map(|id| assert!(!keys.contains(id), "the key of {id}")).count() > 50);
}

#[test]
fn an_erased_person_has_tombstones_in_every_epoch_and_no_record() {
    let desk = Desk::with_shop("erased");
    desk.log("a.ndjson", &contexts(6, 60), &["--values"]);
    desk.clean(&["log", "rotate"]);
    desk.log("b.ndjson", &contexts(7, 60), &["--values"]);
    desk.clean(&["log", "close", "log/a.ndjson"]);
    let key = |log: &str| {
        desk.text(log).lines().next().and_then(|line| line.split("\"key\":").nth(1)?.get(..1).map(String::from))
    };
    assert_eq!((key("log/a.ndjson"), key("log/b.ndjson")), (Some("1".into()), Some("2".into())));
    desk.clean(&["replay", "log"]);

    let export = |id: &str, out: &str| desk.clean(&["dsar", "export", "--subject", id, "-o", out, "--site", SHOP]);
    let before = export("v1", "before");
    assert!(!before.contains("before: 0 records"), "{before}");
    let erased = desk.clean(&["log", "erase", "--subject", "v1", "--as-of", "2027-01-01"]);
    assert!(!erased.starts_with("0 lines"), "{erased}");
    desk.clean(&["log", "verify"]);
    let after = export("v1", "after");
    let count = erased.split(' ').next().expect("a number");
    let tombstones = if count == "1" { "tombstone" } else { "tombstones" };
    assert_eq!(after, format!("after: 0 records, 0 other lines, {count} {tombstones}\n"));
    assert!(desk.text("after/answer.html").contains(&format!(
        "On your request we erased {} of our log on 1 January 2027",
        if count == "1" { "1 line".to_owned() } else { format!("{count} lines") }
    )));
    assert!(export("v2", "other").contains(" 0 tombstones"));
    // What is left is made again as before.
    desk.clean(&["replay", "log"]);
}

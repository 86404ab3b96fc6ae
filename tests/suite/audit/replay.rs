//! Logged decisions of the shop, made again by the command.

use super::{Desk, contexts};

#[test]
fn a_log_with_sealed_values_is_made_again() {
    let desk = Desk::with_shop("sealed");
    desk.log("a.ndjson", &contexts(1, 200), &["--values"]);
    assert_eq!(desk.clean(&["replay", "log/a.ndjson"]), "200 records, 200 made again byte for byte, 0 not\n");
    // Who agreed is in the record: nobody can say later that a parent did.
    let by_parent = "granted call by name by a parent";
    let line = desk.text("log/a.ndjson").lines().find(|line| line.contains(by_parent)).expect("a parent's").to_owned();
    desk.write("own.ndjson", line.replacen(by_parent, "granted call by name", 1) + "\n");
    desk.fails(4, &["replay", "own.ndjson"]);
    let told = desk.clean(&["replay", "log", "--explain"]);
    for part in [
        "home.hero: ",
        "Read for it:",
        "visitor.last_category: ",
        "Without permission for personalization, ",
        "With your history hidden you would see ",
    ] {
        assert!(told.contains(part), "{part} is not told");
    }
    // Another key opens nothing.
    desk.write("other.keys", format!("1 {}\n", "ab".repeat(32)));
    assert!(desk.fails(3, &["replay", "log", "--keys", "other.keys"]).contains("the secrets of epoch 1 have none"));
    let day = desk.text(".selvedge/keys/audit.keys").split(' ').nth(2).expect("a day").to_owned();
    desk.write("other.keys", format!("1 {} {day} {day} {}\n", "ab".repeat(32), "cd".repeat(32)));
    assert!(desk.fails(4, &["replay", "log", "--keys", "other.keys"]).contains("do not open"));
}

#[test]
fn a_log_without_values_is_checked_against_those_that_are_supplied() {
    let desk = Desk::with_shop("supplied");
    let context = "{\"attributes\":{\"request.country\":\"DE\",\"visitor.visits_30d\":6,\"visitor.last_category\":\"knitwear\"},\
        \"region\":\"DE\",\"identity\":{\"visitor\":\"v1\"},\
        \"grants\":{\"personalization\":true,\"storage\":true,\"analytics\":true,\"functional\":true},\
        \"now\":\"2026-12-02T09:00:00Z\"}";
    desk.log("a.ndjson", &[context.into()], &["--slots", "home.hero"]);
    let missing = desk.fails(3, &["replay", "log"]);
    assert!(missing.contains("visitor.visits_30d"), "{missing}");

    let all = |visits: u32| {
        format!(
            "{{\"at\":\"2026-12-02T09:00:00Z\",\"inputs\":{{\"request.country\":\"DE\",\"visitor.visits_30d\":{visits},\"visitor.last_category\":\"knitwear\",\
             \"visitor.gift_interest\":false,\"request.campaign\":\"\",\"profile.open_complaint\":false,\
             \"visitor.cart_items\":0,\"visitor.cart_minor\":0,\"profile.orders\":0,\"profile.loyalty_tier\":\"none\"}},\
             \"ids\":{{\"visitor\":\"v1\"}}}}\n"
        )
    };
    // Whatever else the decision read is in the record by its name: ask it.
    let line: serde_json::Value = serde_json::from_str(&desk.text("log/a.ndjson")).expect("is JSON");
    println!("{}", line["inputs"]);
    desk.write("right.ndjson", all(6));
    desk.write("wrong.ndjson", all(7));
    let clean = desk.clean(&["replay", "log", "--values", "right.ndjson"]);
    assert_eq!(clean, "1 record, 1 made again byte for byte, 0 not\n");
    let wrong = desk.fails(4, &["replay", "log", "--values", "wrong.ndjson"]);
    assert!(wrong.contains("`visitor.visits_30d`: not what was read"), "{wrong}");
    desk.write("wrong.ndjson", all(6).replace("09:00:00Z", "09:00:01Z"));
    let wrong = desk.fails(4, &["replay", "log", "--values", "wrong.ndjson"]);
    assert!(wrong.contains("the exact time: not what was read"), "{wrong}");
}

#[test]
fn a_bundle_that_is_not_in_the_archive_is_named() {
    let desk = Desk::with_shop("no-bundle");
    desk.log("a.ndjson", &contexts(2, 3), &["--values"]);
    let line: serde_json::Value =
        serde_json::from_str(desk.text("log/a.ndjson").lines().next().expect("a line")).expect("JSON");
    std::fs::create_dir_all(desk.path("empty")).expect("a folder");
    let said = desk.fails(4, &["replay", "log", "--archive", "empty"]);
    assert!(said.contains(line["bundle"].as_str().expect("a digest")), "{said}");
    // A folder of built folders is an archive too.
    std::fs::create_dir_all(desk.path("archive")).expect("a folder");
    std::fs::rename(desk.path("dist"), desk.path("archive/2026-12-01")).expect("moves");
    desk.clean(&["replay", "log", "--archive", "archive"]);
}

#[test]
fn an_altered_record_does_not_come_out() {
    let desk = Desk::with_shop("altered");
    desk.log("a.ndjson", &contexts(3, 40), &["--values"]);
    let log = desk.text("log/a.ndjson");
    let altered = log.replacen("\"stale\":false", "\"stale\":true", 1);
    assert_ne!(log, altered);
    desk.write("log/a.ndjson", altered);
    // The line is the additional data of its sealed values: they no longer open.
    assert!(desk.fails(4, &["replay", "log"]).contains("altered"));
}

#[test]
fn only_decisions_that_can_read_sensitive_data_are_recorded_where_that_is_asked_for() {
    let desk = Desk::with_shop("sensitive");
    desk.write("context.json", &contexts(4, 1)[0]);
    let all = desk.clean(&["decide", "dist", "--context", "context.json", "--audit"]);
    assert!(all.contains("\"slot\":\"home.hero\""), "{all}");
    let sensitive = desk.clean(&["decide", "dist", "--context", "context.json", "--audit=sensitive"]);
    let line: serde_json::Value = serde_json::from_str(&sensitive).expect("is a record");
    let slots: Vec<&str> =
        line["slots"].as_array().expect("a list").iter().filter_map(|slot| slot["slot"].as_str()).collect();
    assert_eq!(slots, ["home.recommendations"], "the one slot whose rules can read the interest in health");
    let none =
        desk.clean(&["decide", "dist", "--context", "context.json", "--audit=sensitive", "--slots", "home.hero"]);
    assert_eq!(none, "");
}

//! Logs as a stranger finds them: empty, cut off, of another system, of another program, of another time.

use super::{Desk, SHOP, contexts};

fn exposure(at: &str, id: &str) -> String {
    format!("{{\"v\":1,\"kind\":\"exposure\",\"at\":\"{at}\",\"id\":\"{id}\"}}\n")
}

#[test]
fn an_empty_log_is_a_log() {
    let desk = Desk::with_shop("empty");
    desk.write("log/a.ndjson", "");
    desk.log("keys.ndjson", &contexts(1, 1), &[]);
    std::fs::remove_file(desk.path("log/keys.ndjson")).expect("is there");
    assert!(desk.clean(&["replay", "log"]).starts_with("0 records"));
    desk.clean(&["log", "close", "log/a.ndjson"]);
    assert!(desk.clean(&["log", "verify"]).starts_with("ok: 1 log, 0 lines"));
    assert!(desk.clean(&["log", "erase", "--subject", "v1"]).starts_with("0 lines"));
    assert!(desk.clean(&["log", "expire"]).starts_with("0 lines"));
    assert!(
        desk.clean(&["dsar", "export", "--subject", "v1", "-o", "v1", "--site", SHOP]).starts_with("v1: 0 records")
    );
}

#[test]
fn ends_of_lines_of_another_system_are_ends_of_lines() {
    let desk = Desk::with_shop("crlf");
    desk.log("a.ndjson", &contexts(11, 12), &["--values"]);
    let log = desk.text("log/a.ndjson");
    desk.write("log/a.ndjson", log.replace('\n', "\r\n") + "\r\n");
    assert!(desk.clean(&["replay", "log"]).starts_with("12 records, 12 made again byte for byte"));
    desk.clean(&["log", "close", "log/a.ndjson"]);
    let export = desk.clean(&["dsar", "export", "--subject", "v1", "-o", "v1", "--site", SHOP]);
    assert!(!export.starts_with("v1: 0 records"), "{export}");
    desk.clean(&["replay", "v1"]);
    desk.clean(&["log", "erase", "--subject", "v1"]);
    assert!(desk.clean(&["log", "verify"]).starts_with("ok: 1 log, 13 lines"));
}

#[test]
fn a_line_that_was_cut_off_is_told_and_never_lost() {
    let desk = Desk::with_shop("cut");
    desk.log("a.ndjson", &contexts(12, 4), &["--values"]);
    let log = desk.read("log/a.ndjson");
    // Only the newline is missing: the record is whole.
    desk.write("log/a.ndjson", &log[..log.len() - 1]);
    assert!(desk.clean(&["replay", "log"]).starts_with("4 records, 4 made again"));
    assert!(
        desk.fails(3, &["log", "close", "log/a.ndjson"]).contains("a.ndjson:4: the log ends in the middle of a line")
    );
    // Half of the record is missing.
    desk.write("log/a.ndjson", &log[..log.len() - 200]);
    let said = desk.fails(3, &["replay", "log"]);
    assert!(said.contains("a.ndjson:4: not JSON from byte") && said.contains("it was cut off"), "{said}");
    assert!(desk.fails(3, &["log", "close", "log/a.ndjson"]).contains("in the middle of a line"));
    // Nobody knows whose it was: that is said, and it stays.
    let said = desk.fails(1, &["log", "erase", "--subject", "v1"]);
    assert!(said.contains("1 lines are not JSON and could not be searched"), "{said}");
    let end = &log[log.len() - 400..log.len() - 200];
    assert!(desk.read("log/a.ndjson").ends_with(end));
    let said = desk.fails(3, &["dsar", "export", "--subject", "v1", "-o", "v1", "--site", SHOP]);
    assert!(said.contains("could not be searched"), "{said}");
}

#[test]
fn a_record_that_stands_there_twice_comes_out_twice() {
    let desk = Desk::with_shop("twice");
    desk.log("a.ndjson", &contexts(13, 3), &["--values"]);
    let log = desk.text("log/a.ndjson");
    desk.write("log/b.ndjson", log.lines().next().expect("a line").to_owned() + "\n\n");
    assert!(desk.clean(&["replay", "log"]).starts_with("4 records, 4 made again"));
}

#[test]
fn a_chain_with_a_gap_two_keys_or_exchanged_logs_does_not_hold() {
    let desk = Desk::new("chain");
    for number in 1..=3 {
        let lines: String = (10..15).map(|day| exposure(&format!("2026-0{number}-{day}T00:00:00Z"), "s1")).collect();
        desk.write(&format!("log/{number}.ndjson"), lines);
        desk.clean(&["log", "close", &format!("log/{number}.ndjson")]);
    }
    let move_to = |from: &str, to: &str| std::fs::rename(desk.path(from), desk.path(to)).expect("moves");
    move_to("log/2.ndjson.manifest", "kept");
    let said = desk.fails(4, &["log", "verify"]);
    assert!(said.contains("3.ndjson.manifest: it is number 3, and number 2 is not there"), "{said}");
    assert!(said.contains("2.ndjson: not closed, so nothing vouches for it"), "{said}");
    assert!(desk.fails(4, &["log", "close", "log/2.ndjson"]).contains("nothing was closed"));
    move_to("kept", "log/2.ndjson.manifest");

    move_to("log/2.ndjson", "kept");
    move_to("log/3.ndjson", "log/2.ndjson");
    move_to("kept", "log/3.ndjson");
    let said = desk.fails(4, &["log", "verify"]);
    assert!(said.contains("2.ndjson:1: byte 37 of the file") && said.contains("3.ndjson:5: "), "{said}");
    move_to("log/3.ndjson", "kept");
    assert!(desk.fails(4, &["log", "verify"]).contains("3.ndjson: the log is missing"));
    move_to("log/2.ndjson", "log/3.ndjson");
    move_to("kept", "log/2.ndjson");
    desk.clean(&["log", "verify"]);

    // A clock that went back is no fault of the log; it is told, and the order of closing holds.
    desk.write("log/4.ndjson", exposure("2026-01-02T00:00:00Z", "s1") + &exposure("2026-01-01T00:00:00Z", "s1"));
    let output = desk.run(&["log", "close", "log/4.ndjson", "--as-of", "2025-01-01T00:00:00Z"]);
    assert!(output.status.success() && String::from_utf8_lossy(&output.stderr).contains("a clock went back"));
    assert!(desk.clean(&["log", "verify"]).starts_with("ok: 4 logs, 17 lines"));
    assert!(desk.fails(3, &["log", "verify", "log/5.ndjson"]).contains("there is no such log"));
    assert!(desk.fails(3, &["log", "verify", "elsewhere/"]).contains("there is no such log"));
}

#[test]
fn a_record_of_a_later_version_or_of_another_engine_is_told_as_such() {
    let desk = Desk::with_shop("later");
    // Without sensitive data the line tells what was read.
    let context = contexts(14, 2)[0].replace("\"sensitive\":true", "\"sensitive\":false");
    desk.log("a.ndjson", std::slice::from_ref(&context), &[]);
    let line = desk.text("log/a.ndjson").lines().next().expect("a line").to_owned();
    let supplied: serde_json::Value = serde_json::from_str(&context).expect("is JSON");
    let record: serde_json::Value = serde_json::from_str(&line).expect("is JSON");
    // What the decision read of what the visitor brought; the shop's own defaults for the rest.
    let mut inputs = serde_json::Map::new();
    for (name, shown) in record["inputs"].as_object().expect("an object") {
        if shown.as_str().is_some_and(|shown| shown.len() == 32) {
            let value = supplied["attributes"].get(name).cloned().unwrap_or(match name.as_str() {
                "request.campaign" => "".into(),
                "profile.open_complaint" => false.into(),
                _ => 0.into(),
            });
            inputs.insert(name.clone(), value);
        }
    }
    let at = selvedge::words::time::format_rfc3339(supplied["now"].as_i64().expect("a time"));
    desk.write(
        "values.ndjson",
        serde_json::json!({"at": at, "inputs": inputs, "ids": supplied["identity"]}).to_string(),
    );
    let replay = |line: &str| {
        desk.write("log/a.ndjson", line.to_owned() + "\n");
        desk.run(&["replay", "log", "--values", "values.ndjson"])
    };
    let said = |output: &std::process::Output| String::from_utf8_lossy(&output.stderr).into_owned();
    let same = replay(&line);
    assert_eq!((same.status.code(), said(&same)), (Some(0), String::new()));

    let ours = selvedge::log::audit::ENGINE;
    assert!(ours.len() == 64 && line.contains(&format!("\"engine\":\"{ours}\"")));
    let other = "ab".repeat(32);
    let by_other = replay(&line.replace(ours, &other));
    assert_eq!(by_other.status.code(), Some(0), "the outcome is the same");
    let told = said(&by_other);
    assert!(told.contains("another build of the engine") && told.contains(&other) && told.contains(ours), "{told}");

    let field = replay(&line.replace("\"stale\"", "\"later\":7,\"stale\""));
    assert_eq!(field.status.code(), Some(4));
    assert!(
        said(&field)
            .contains("a field `later`, which this version does not write; every slot would show what was logged")
    );
    let version = replay(&line.replacen("\"v\":3", "\"v\":4", 1));
    assert_eq!(version.status.code(), Some(3));
    assert!(said(&version).contains("a record of version 4"), "{}", said(&version));
    let altered = replay(&line.replacen("\"reason\":\"", "\"reason\":\"X", 1));
    assert_eq!(altered.status.code(), Some(4));
    assert!(desk.fails(2, &["replay", "log", "--record", "00"]).contains("has no record 00"));
}

#[test]
fn one_flipped_byte_of_a_closed_log_is_found_by_replay_too() {
    let desk = Desk::with_shop("flipped-record");
    desk.log("a.ndjson", &contexts(15, 6), &["--values", "--slots", "home.hero"]);
    desk.clean(&["log", "close", "log/a.ndjson"]);
    let log = desk.read("log/a.ndjson");
    for at in [12, 20, log.len() / 2, log.len() - 1] {
        let mut altered = log.clone();
        altered[at] ^= 0x04;
        desk.write("log/a.ndjson", &altered);
        let said = desk.fails(4, &["replay", "log"]);
        assert!(said.contains(&format!(": byte {at} of the file, ")), "{at}: {said}");
    }
}

#[test]
fn a_very_long_line_is_a_line_and_an_endless_one_is_none() {
    let desk = Desk::new("long");
    let long = |length: usize| {
        format!("{{\"v\":1,\"kind\":\"event\",\"at\":\"2026-01-01T00:00:00Z\",\"x\":\"{}\"}}\n", "y".repeat(length))
    };
    desk.write("log/a.ndjson", long(10_000_000) + &exposure("2026-01-02T00:00:00Z", "s1"));
    desk.clean(&["log", "close", "log/a.ndjson"]);
    assert!(desk.clean(&["log", "erase", "--subject", "s1"]).starts_with("1 line "));
    assert!(desk.clean(&["log", "verify"]).starts_with("ok: 1 log, 2 lines, 1 of them"));
    assert!(desk.clean(&["log", "expire", "--as-of", "2028-01-01"]).starts_with("1 line "));
    assert!(desk.clean(&["log", "verify"]).starts_with("ok: 1 log, 2 lines, 2 of them"));
    desk.write("log/b.ndjson", "y".repeat((64 << 20) + 1));
    assert!(desk.fails(3, &["log", "scan", "log/b.ndjson"]).contains("b.ndjson:1: the line is longer than 64 MB"));
}

#[test]
fn a_key_that_is_not_there_is_named_where_records_could_not_be_searched() {
    let desk = Desk::with_shop("no-key");
    desk.log("a.ndjson", &contexts(16, 5), &["--values"]);
    let keys = desk.text(".selvedge/keys/audit.keys");
    desk.write(".selvedge/keys/audit.keys", keys.replacen("1 ", "2 ", 1));
    let said = desk.fails(1, &["log", "erase", "--subject", "nobody"]);
    assert!(said.contains("audit records of epoch 1 could not be searched"), "{said}");
    assert!(
        desk.fails(3, &["dsar", "export", "--subject", "nobody", "-o", "out"])
            .contains("epoch 1 could not be searched")
    );
    assert!(desk.fails(3, &["replay", "log"]).contains("no key of epoch 1"));
}

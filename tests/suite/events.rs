//! Streams of events held to the rules of a site: each rule on a line of its own, files that lose nothing, and memory with an end.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::command::selvedge;

const SHOP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/storefront");
/// After everything in the streams below.
const NOW: &str = "2026-12-01T12:00:00Z";

fn check(arguments: &[&str], input: &[u8]) -> Output {
    selvedge(&[&["events", "check", SHOP, "--as-of", NOW], arguments].concat(), input)
}

/// What the command says of a stream as JSON, and its exit code.
fn checked(input: &[u8]) -> (Value, Option<i32>) {
    let output = check(&["-", "--json"], input);
    (serde_json::from_slice(&output.stdout).expect("is JSON"), output.status.code())
}

/// A fresh folder of this test.
fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("selvedge-events-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("creates");
    folder
}

/// A sound event with these keys changed; `null` takes one out.
fn event(changes: Value) -> String {
    let mut event = json!({
        "v": 1, "kind": "event", "at": "2026-12-01T08:00:00Z", "epoch": 2, "name": "added-to-basket",
        "detail": { "product": "harbour-jumper", "pieces": 1 }, "unit": null, "id": null,
    });
    for (key, value) in changes.as_object().expect("an object") {
        let place = key.split('.').fold(&mut event, |place, part| &mut place[part]);
        *place = value.clone();
    }
    event.to_string()
}

/// Lines that break each rule: the rule, and what the finding says of the event.
fn corrupt() -> Vec<(&'static str, String)> {
    let visitor = json!("0123456789abcdef0123456789abcdef");
    let mut lines = vec![
        ("", event(json!({}))),
        ("malformed", "not json".into()),
        ("malformed", "[1]".into()),
        ("malformed", event(json!({ "name": "added to basket" }))),
        ("malformed", event(json!({ "detail.price": 19.99 }))),
        ("malformed", event(json!({})).replace("\"pieces\":", "\"pieces\":99,\"pieces\":")),
        ("bot", event(json!({ "user_agent": "Mozilla/5.0 (compatible; Googlebot/2.1)" }))),
        ("prefetch", event(json!({ "sec_purpose": "prefetch;prerender" }))),
        ("unknown_kind", event(json!({ "name": "added-to-cart" }))),
        ("undeclared", event(json!({ "detail.colour": "red" }))),
        ("missing", event(json!({ "detail.product": null }))),
        ("missing", event(json!({ "at": null }))),
        ("wrong_type", event(json!({ "detail.pieces": 1.5 }))),
        ("wrong_type", event(json!({ "detail.pieces": { "a": 1 } }))),
        ("wrong_type", event(json!({ "detail.product": [1] }))),
        ("wrong_type", event(json!({ "detail.pieces": "1" }))),
        ("wrong_type", event(json!({ "at": "yesterday" }))),
        ("out_of_range", event(json!({ "detail.pieces": -1 }))),
        ("out_of_range", event(json!({ "detail.pieces": 21 }))),
        ("not_in_set", event(json!({ "detail.size": "XL" }))),
        ("too_long", event(json!({ "detail.product": "x".repeat(61) }))),
        ("clock_skew", event(json!({ "at": "2027-12-01T08:00:00Z" }))),
        ("clock_skew", event(json!({ "received": "2026-12-03T08:00:00Z" }))),
        ("clock_skew", event(json!({ "at": -5 }))),
        ("clock_skew", event(json!({ "at": "0001-01-01T00:00:00Z" }))),
        ("clock_skew", event(json!({ "at": 1_796_112_000 }))),
        ("clock_skew", event(json!({ "at": "2029-01-01T00:00:00Z", "received": "2029-01-01T00:00:00Z" }))),
        ("clock_skew", event(json!({ "at": "1999-12-31T23:59:00Z", "received": "1999-12-31T23:59:00Z" }))),
        ("", event(json!({ "event_id": "e1" }))),
        ("duplicate", event(json!({ "event_id": "e1", "detail.pieces": 2 }))),
        ("", event(json!({ "id": visitor, "epoch": 3 }))),
        ("epoch", event(json!({ "id": visitor, "epoch": 2 }))),
    ];
    // 120 a minute are the most, and one was sent.
    lines.extend((0..119).map(|_| ("", event(json!({ "id": visitor, "epoch": 3 })))));
    lines.extend((0..3).map(|_| ("rate", event(json!({ "id": visitor, "epoch": 3 })))));
    lines.push(("", event(json!({ "id": visitor, "epoch": 3, "at": "2026-12-01T08:01:00Z" }))));
    lines
}

fn text(lines: &[(&str, String)]) -> String {
    lines.iter().fold(String::new(), |mut text, (_, line)| {
        let _ = writeln!(text, "{line}");
        text
    })
}

#[test]
fn each_rule_is_counted_with_its_first_line() {
    let lines = corrupt();
    let (said, code) = checked(text(&lines).as_bytes());
    assert_eq!(code, Some(1));
    let rules = said["rules"].as_array().expect("is a list");
    let mut found = 0;
    for rule in rules {
        let name = rule["rule"].as_str().expect("has a name");
        let of_rule = lines.iter().filter(|(expected, _)| *expected == name).count();
        let first = lines.iter().position(|(expected, _)| *expected == name).expect(name) + 1;
        assert_eq!((&rule["count"], &rule["first"]["line"]), (&json!(of_rule), &json!(first)), "{name}");
        found += of_rule;
    }
    assert_eq!(rules.len(), 14, "{said:#}");
    assert_eq!(found, lines.iter().filter(|(expected, _)| !expected.is_empty()).count());
    assert_eq!((&said["findings"], &said["lines"]), (&json!(found), &json!(lines.len())));
    let missing = rules.iter().find(|rule| rule["rule"] == "missing").expect("is found");
    assert_eq!(missing["first"], json!({ "file": "-", "line": 11, "event": "added-to-basket", "detail": "product" }));
}

#[test]
fn what_people_read_names_no_value() {
    let output = check(&["-"], text(&corrupt()).as_bytes());
    let said = String::from_utf8(output.stdout).expect("is UTF-8");
    assert!(said.starts_with("155 lines, 152 events\n"), "{said}");
    assert!(said.contains("  rate                3   first at -:152: `added-to-basket`\n"), "{said}");
    assert!(said.contains("  out_of_range        2   first at -:18: `pieces` of `added-to-basket`\n"), "{said}");
    assert!(said.contains("  wrong_type          5   first at -:13: `pieces` of `added-to-basket`\n"), "{said}");
    for value in ["XL", "0123456789abcdef", "yesterday", "added to basket", "Googlebot"] {
        assert!(!said.contains(value), "{value}: {said}");
    }
}

#[test]
fn a_clean_stream_has_no_findings_and_lines_of_a_log_are_none() {
    let log = [
        event(json!({})),
        event(json!({ "at": 1_796_112_000_000_i64 })),
        json!({ "v": 1, "kind": "exposure", "at": "2026-12-01T08:00:00Z", "bundle": "00", "epoch": 2, "slot": "home.hero",
            "content": "hero/winter", "experience": "hero-winter", "reason": "SPLIT", "detail": null, "experiment": "winter-hero",
            "arm": "hero/winter", "unit": "visitor", "id": "v1" })
        .to_string(),
        json!({ "v": 1, "kind": "event", "at": "2026-12-01T08:00:00Z", "epoch": 2, "name": "exposure", "detail": { "slot": "home.hero",
            "content": null, "experience": null, "reason": "DEFAULT", "detail": "CONSENT_WITHHELD", "experiment": null, "arm": null,
            "unit": null, "point": null } })
        .to_string(),
        r#"{"v":1,"kind":"reasons","at":"2026-12-01T08:00:00Z","bundle":"00","slots":[]}"#.into(),
        r#"{"v":1,"kind":"refused","at":"2026-12-01T08:00:00Z","rule":"consent","events":3}"#.into(),
        String::new(),
    ];
    let (said, code) = checked(log.join("\r\n").as_bytes());
    assert_eq!(code, Some(0), "{said:#}");
    assert_eq!((&said["events"], &said["others"], &said["findings"]), (&json!(4), &json!(2), &json!(0)));
    let (said, code) = checked(b"");
    assert_eq!((code, &said["lines"]), (Some(0), &json!(0)));
    // A shopper who shows the same slot twice is no fault; an exposure without its slot is one.
    let (said, _) = checked(log[2].replace("\"slot\":\"home.hero\",", "").as_bytes());
    assert_eq!(said["rules"][0]["first"]["detail"], "slot");
    let (said, _) = checked(log[2].replace("\"detail\":null", "\"detail\":{}").as_bytes());
    assert_eq!(
        (&said["rules"][0]["rule"], &said["rules"][0]["first"]["detail"]),
        (&json!("wrong_type"), &json!("detail"))
    );
}

/// Line number and bytes of each line in quarantine.
fn quarantined(path: &Path) -> Vec<(usize, Vec<u8>)> {
    let text = std::fs::read_to_string(path).expect("reads");
    let line = |line: &str| {
        let line: Value = serde_json::from_str(line).expect("is JSON");
        let bytes = match (&line["raw"], &line["base64"]) {
            (Value::String(raw), Value::Null) => raw.clone().into_bytes(),
            (Value::Null, Value::String(base64)) => from_base64(base64),
            _ => panic!("{line}"),
        };
        (line["line"].as_u64().expect("a number") as usize, bytes)
    };
    text.lines().map(line).collect()
}

fn from_base64(text: &str) -> Vec<u8> {
    const DIGITS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = Vec::new();
    for group in text.as_bytes().chunks(4) {
        let digits: Vec<usize> = group.iter().filter_map(|digit| DIGITS.find(char::from(*digit))).collect();
        let bits = digits.iter().fold(0, |bits, digit| bits << 6 | digit) << (6 * (4 - digits.len()));
        bytes.extend([bits >> 16, bits >> 8, bits].iter().take(digits.len() - 1).map(|byte| (byte & 255) as u8));
    }
    bytes
}

#[test]
fn the_clean_file_and_quarantine_are_the_input_byte_for_byte() {
    let folder = folder("whole");
    let mut input = text(&corrupt()).into_bytes();
    // What only bytes can be: no UTF-8, ends of lines of another system, an empty line, a line that nobody holds, none at the end.
    input.extend(b"\xff\xfe{\"name\"\n\n  \t\n\x00\n{\"name\":\"caf\xc3\xa9\"}\r\n");
    input.extend(event(json!({})).into_bytes());
    input.extend(b"\r\n");
    for length in [(1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3_500_001] {
        input.extend(std::iter::repeat_n(b'x', length));
        input.push(b'\n');
    }
    input.extend(event(json!({ "detail.pieces": 99 })).into_bytes());
    for end in ["\n", ""] {
        let input = [&input[..], end.as_bytes()].concat();
        let [stream, clean, bad] = ["in", "clean", "bad"].map(|name| folder.join(format!("{name}.ndjson")));
        std::fs::write(&stream, &input).expect("writes");
        let [stream, clean, bad] = [&stream, &clean, &bad].map(|path| path.to_str().expect("is UTF-8"));
        let output = check(&[stream, "--clean", clean, "--quarantine", bad, "--json"], b"");
        assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
        let said: Value = serde_json::from_slice(&output.stdout).expect("is JSON");

        let bad = quarantined(Path::new(bad));
        assert_eq!(said["findings"], json!(bad.len()));
        let kept = std::fs::read(clean).expect("reads");
        let mut kept = kept.split_inclusive(|byte| *byte == b'\n');
        let (mut whole, mut bad) = (Vec::new(), bad.into_iter().peekable());
        for number in 1..=said["lines"].as_u64().expect("a number") as usize {
            match bad.next_if(|(line, _)| *line == number) {
                Some((_, bytes)) => whole.extend(bytes),
                None => whole.extend(kept.next().expect("a clean line")),
            }
        }
        assert!(kept.next().is_none() && bad.next().is_none());
        assert!(whole == input, "they differ");
        // Nothing is found in what was kept.
        assert_eq!(checked(&std::fs::read(clean).expect("reads")).1, Some(0));
    }
    std::fs::remove_dir_all(&folder).expect("removes");
}

#[test]
fn help_reads_both_forms_of_quarantine() {
    let arguments = ["events", "check", "--help"];
    let help = Command::new(env!("CARGO_BIN_EXE_selvedge")).args(arguments).output().expect("runs").stdout;
    let help = String::from_utf8(help).expect("is UTF-8");
    let example = help.lines().find(|line| line.trim_start().starts_with("jq ")).expect("has the example");
    // The example goes by these keys, and by the Base64 of RFC 4648 with padding, line by line.
    let folder = folder("help");
    let bad = folder.join("bad");
    let output = check(&["-", "--quarantine", bad.to_str().expect("is UTF-8")], b"text\n\xff\n");
    assert_eq!(output.status.code(), Some(1));
    let bad = std::fs::read_to_string(bad).expect("reads");
    let forms: Vec<&str> = bad.lines().filter_map(|line| line.split('"').rev().nth(3)).collect();
    assert_eq!(forms, ["raw", "base64"]);
    assert!(forms.iter().all(|form| example.contains(&format!(".{form}"))), "{example}");
    std::fs::remove_dir_all(&folder).expect("removes");
}

#[test]
fn exit_codes_tell_usage_and_input_apart() {
    let folder = folder("codes");
    let stream = folder.join("in.ndjson");
    std::fs::write(&stream, event(json!({}))).expect("writes");
    let stream = stream.to_str().expect("is UTF-8");
    let out = folder.join("out.ndjson");
    let out = out.to_str().expect("is UTF-8");
    let cases: [(&[&str], i32); 8] = [
        (&[stream], 0),
        (&[stream, "--clean", out], 0),
        (&[stream, stream], 0),
        (&[], 2),
        (&[stream, "--clean", stream], 2),
        (&[stream, "--clean", out, "--quarantine", out], 2),
        (&[stream, "--remember", "1"], 2),
        (&["nowhere.ndjson"], 3),
    ];
    for (arguments, code) in cases {
        let output = check(arguments, b"");
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(std::fs::read_to_string(stream).expect("reads"), event(json!({})), "the input stays");
    // A run that fails leaves no file, and takes none away.
    let output = check(&[stream, "nowhere.ndjson", "--clean", out], b"");
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(std::fs::read_to_string(out).expect("reads"), event(json!({})));
    assert_eq!(std::fs::read_dir(&folder).expect("reads").count(), 2, "a file under construction was left");

    // A site without rules has nothing to hold events to.
    let site = folder.join("site");
    std::fs::create_dir(&site).expect("creates");
    std::fs::write(site.join("selvedge.toml"), "name = \"shop\"\n[locales]\ndefault = \"en\"\n").expect("writes");
    let site = site.to_str().expect("is UTF-8");
    let output = Command::new(env!("CARGO_BIN_EXE_selvedge")).args(["events", "check", site, stream]).output();
    assert_eq!(output.expect("runs").status.code(), Some(2));
    std::fs::remove_dir_all(&folder).expect("removes");
}

#[test]
fn a_built_folder_holds_events_to_the_same_rules() {
    let folder = folder("built");
    let built = folder.to_str().expect("is UTF-8");
    let selvedge =
        |arguments: &[&str]| Command::new(env!("CARGO_BIN_EXE_selvedge")).args(arguments).output().expect("runs");
    assert_eq!(selvedge(&["build", SHOP, "--out", built]).status.code(), Some(0));
    let stream = folder.join("in.ndjson");
    let input = text(&corrupt());
    std::fs::write(&stream, &input).expect("writes");
    let stream = stream.to_str().expect("is UTF-8");
    let of_built = selvedge(&["events", "check", built, stream, "--as-of", NOW]).stdout;
    assert!(!of_built.is_empty());
    assert_eq!(String::from_utf8_lossy(&of_built), String::from_utf8_lossy(&check(&[stream], b"").stdout));
    std::fs::remove_dir_all(&folder).expect("removes");
}

#[test]
fn a_corrupt_value_of_a_visitor_gives_control_and_says_why() {
    let folder = folder("decide");
    let path = folder.join("context.json");
    let decide = |visits: &Value, more: &[&str]| {
        let context = json!({
            "region": "DE", "locale": "de-DE", "now": "2026-12-02T09:00:00Z",
            "grants": { "personalization": true, "storage": true },
            "attributes": { "request.country": "DE", "visitor.visits_30d": visits },
        });
        std::fs::write(&path, context.to_string()).expect("writes");
        let path = path.to_str().expect("is UTF-8");
        let arguments = ["decide", SHOP, "--context", path, "--slots", "cart.notice"];
        let output =
            Command::new(env!("CARGO_BIN_EXE_selvedge")).args([&arguments, more].concat()).output().expect("runs");
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("is UTF-8")
    };
    let notice = |visits: &Value| -> Value {
        let said: Value = serde_json::from_str(&decide(visits, &["--json"])).expect("is JSON");
        said["decisions"]["cart.notice"].clone()
    };
    let good = notice(&json!(6));
    assert_eq!((&good["content"], &good["reason"]), (&json!("cart/nothing"), &json!("TARGETING_MATCH")));
    for (corrupt, cause) in [
        (json!(-4), "is outside its range"),
        (json!(1_001), "is outside its range"),
        (json!("six"), "has a value of another type"),
        (json!({}), "has a value of another type"),
    ] {
        let notice = notice(&corrupt);
        let said = [&notice["content"], &notice["reason"], &notice["detail"]];
        assert_eq!(said, [&Value::Null, &json!("DEFAULT"), &json!("DATA_QUALITY")], "{corrupt}");
        let explained = decide(&corrupt, &["--explain"]);
        assert!(explained.contains(cause), "{corrupt}: {explained}");
    }
    std::fs::remove_dir_all(&folder).expect("removes");
}

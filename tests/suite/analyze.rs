//! `selvedge analyze`: the truth that `selvedge demo` plants is found, and a line that cannot be used is counted under its reason.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::command::selvedge;

#[test]
fn the_planted_truth_is_found() {
    let shop = Shop::of(&[]);
    let found = shop.analyze(&[]);
    let schema: Value = serde_json::from_slice(&selvedge(&["schema", "analysis"], b"").stdout).expect("is JSON");
    let schema = jsonschema::validator_for(&schema).expect("is a schema");
    let faults: Vec<String> = schema.iter_errors(&found).map(|fault| fault.to_string()).collect();
    assert_eq!(faults, Vec::<String>::new());

    let truth: Value =
        serde_json::from_slice(&std::fs::read(shop.0.join("truth.json")).expect("is there")).expect("JSON");
    let verdicts =
        [("winter-hero", "ship"), ("easy-returns", "stop"), ("new-shelf", "cannot-tell"), ("global", "ship")];
    let mut held = 0;
    for (name, verdict) in verdicts {
        let result = &study(&found, name)["results"][0];
        assert_eq!(result["verdict"]["what"], verdict, "{result:#}");
        let kinds = ["experiments", "holdouts"].map(|kind| truth[kind].as_array().expect("a list"));
        let planted = kinds.into_iter().flatten().find(|planted| planted["study"] == name).expect("is planted");
        for goal in result["goals"].as_array().expect("a list") {
            let Some(effect) = planted[goal["goal"].as_str().expect("a name")].as_f64() else { continue };
            let end = |end: &str| goal["relative"]["interval"][end].as_f64().expect("a number");
            assert!(end("low") <= effect && effect <= end("high"), "{name}: {effect} is not in {goal:#}");
            held += 1;
        }
    }
    assert_eq!(held, 5, "two goals of each experiment with a verdict, and one of the holdout");
    let broken = study(&found, "new-shelf");
    assert_eq!((&broken["sample_ratio"]["mismatch"], &broken["results"][0]["goals"]), (&json!(true), &json!([])));
    let left: Vec<&str> = found["left"].as_object().expect("by reason").keys().map(String::as_str).collect();
    assert_eq!(left, ["duplicate"]);
    let of = &found["decisions"];
    let sum = |of: &Value| of.as_object().expect("by reason").values().filter_map(Value::as_i64).sum::<i64>();
    let known = of["impressions"].as_i64().expect("a number") + sum(&of["control"]);
    assert_eq!(sum(&of["decided"]), known + of["without_exposure"].as_i64().expect("a number"));

    let pages = shop.0.join("pages");
    assert_eq!(shop.analyze(&["--memory", "1", "--html", text(&pages)]), found, "little memory, the same numbers");
    let page = |name: &str| std::fs::read_to_string(pages.join(format!("{name}.html"))).expect("is written");
    assert!(!page("winter-hero").contains('`') && page("winter-hero").contains("<code>orders</code>"));
    let good = page("winter-hero");
    assert!(good.contains("<strong>SHIP</strong>") && good.matches("<svg ").count() == 2, "{good}");
    assert!(!page("new-shelf").contains("<svg "), "no number behind a closed gate");
    for name in verdicts.map(|(name, _)| name) {
        assert!(
            !["<script", "http:", "https:", "url("].iter().any(|other| page(name).contains(other)),
            "{name} needs something else"
        );
    }
}

fn study<'f>(found: &'f Value, name: &str) -> &'f Value {
    found["studies"].as_array().expect("a list").iter().find(|study| study["name"] == name).expect("is judged")
}

/// A line of an exposure of the experiment `winter-hero`.
fn exposure(at: &str, epoch: u32, id: &str, arm: &str) -> String {
    let content = if arm == "control" { Value::Null } else { json!(arm) };
    json!({
        "v": 2, "kind": "exposure", "at": at, "bundle": "d0", "epoch": epoch, "slot": "home.hero", "content": content, "experience": "hero",
        "reason": "SPLIT", "detail": null, "experiment": "winter-hero", "arm": arm, "unit": "visitor", "holdout": null, "would": null, "key": 1, "id": id,
    })
    .to_string()
}

fn order(at: &str, epoch: u32, id: &str, event: &str, cents: i64) -> String {
    let detail = json!({ "value_cents": cents, "currency": "EUR" });
    json!({ "v": 2, "kind": "event", "at": at, "epoch": epoch, "name": "order-placed", "event_id": event, "detail": detail, "unit": "visitor", "key": 1, "id": id })
        .to_string()
}

#[test]
fn what_cannot_be_used_is_named_and_counted() {
    let shop = Shop::of(&["--visitors", "1"]);
    let (day, sound) = ("2026-06-01", exposure("2026-06-01", 1, "a", "control"));
    let replaced = |from: &str, to: &str| sound.replace(from, to);
    let cases = [
        ("unreadable", "{\"v\":2,\"kind\":\"expo".to_owned()),
        ("unreadable", "[2,\"exposure\"]".into()),
        ("unreadable", "{}".into()),
        ("unknown-form", replaced("\"v\":2", "\"v\":9")),
        ("no-day", replaced(day, "yesterday")),
        ("no-day", replaced(&format!("\"{day}\""), "null")),
        ("future", replaced(day, "2090-01-01")),
        ("no-id", replaced("\"id\":\"a\"", "\"id\":null")),
        ("no-epoch", replaced("\"epoch\":1", "\"epoch\":null")),
        ("unknown-experiment", replaced("winter-hero", "summer-hero")),
        ("unknown-arm", replaced("\"arm\":\"control\"", "\"arm\":\"hero/summer\"")),
        ("unknown-event", order(day, 1, "a", "e1", 1).replace("order-placed", "order")),
        ("impossible-value", order(day, 1, "a", "e2", 1_000_000_000)),
        ("impossible-value", order(day, 1, "a", "e3", 7).replace(":7,", ":\"7\",").replace(":7}", ":\"7\"}")),
        ("other-currency", order(day, 1, "a", "e4", 7).replace("EUR", "GBP")),
        ("not-exposed", order(day, 1, "nobody", "e5", 7)),
        // Of another consent epoch: never joined.
        ("not-exposed", order(day, 2, "a", "e6", 7)),
    ];
    for (why, line) in cases {
        let found = shop.of_lines(&[&sound, &line]);
        assert_eq!(found["left"][why]["count"], 1, "{line}\n{:#}", found["left"]);
        assert_eq!(found["left"].as_object().map(serde_json::Map::len), Some(1), "{line}\n{:#}", found["left"]);
    }
    let other = exposure("2026-06-02", 1, "a", "hero/winter");
    let twice = [order(day, 1, "a", "e1", 7), order(day, 1, "a", "e1", 7)];
    assert_eq!(shop.of_lines(&[&sound, &other])["left"]["second-arm"]["count"], 1);
    assert_eq!(shop.of_lines(&[&sound, &twice[0], &twice[1]])["left"]["duplicate"]["count"], 1);
    let told = |lines: &[&str]| {
        let found = shop.of_lines(lines);
        let study = study(&found, "winter-hero");
        (study["results"][0]["verdict"]["what"].clone(), study["sample_ratio"]["why"].clone())
    };
    assert_eq!(told(&[&sound]), (json!("cannot-tell"), json!("one-arm")));
    assert_eq!(told(&[]), (json!("cannot-tell"), json!("too-few")), "an empty log");
}

#[test]
fn only_outcomes_of_the_window_count() {
    let shop = Shop::of(&["--visitors", "1"]);
    // The window of `orders` is 14 days: the first exposure counts, and the log must reach beyond the window.
    let lines = [
        exposure("2026-06-10", 1, "a", "control"),
        exposure("2026-06-20", 1, "a", "control"),
        order("2026-06-09", 1, "a", "before", 100),
        order("2026-06-10", 1, "a", "first", 200),
        order("2026-06-24", 1, "a", "last", 300),
        order("2026-06-25", 1, "a", "after", 400),
        exposure("2026-06-11", 1, "b", "control"),
    ];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let sums = |found: &Value| study(found, "winter-hero")["sums"][0].clone();
    // On the 25th, `a` has had its 14 days, and `b` has not.
    assert_eq!(
        sums(&shop.of_lines_until(&lines, "2026-06-24")),
        json!({ "goal": "orders", "arm": "control", "units": 1, "sums": [1, 1, 0, 0, 0] })
    );
    assert_eq!(sums(&shop.of_lines_until(&lines, "2026-06-25"))["units"], 2);
    assert_eq!(sums(&shop.of_lines_until(&lines, "2026-06-23"))["units"], 0);
}

/// An example shop in a folder of its own.
struct Shop(PathBuf);

impl Shop {
    fn of(options: &[&str]) -> Self {
        static NUMBER: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("selvedge-analyze-{}-{number}", std::process::id()));
        let made = selvedge(&[&["demo", text(&folder)], options].concat(), b"");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        Self(folder)
    }

    fn analyze(&self, options: &[&str]) -> Value {
        let log = self.0.join("log");
        answer(&[&["analyze", text(&self.0), text(&log), "--json"], options].concat(), b"")
    }

    fn of_lines(&self, lines: &[&str]) -> Value {
        answer(&["analyze", text(&self.0), "-", "--json"], lines.join("\n").as_bytes())
    }

    fn of_lines_until(&self, lines: &[&str], day: &str) -> Value {
        answer(&["analyze", text(&self.0), "-", "--json", "--as-of", day], lines.join("\n").as_bytes())
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn answer(arguments: &[&str], input: &[u8]) -> Value {
    let output = selvedge(arguments, input);
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
}

fn text(path: &Path) -> &str {
    path.to_str().expect("is UTF-8")
}

//! Explanations of the example shop's visitors: what stood in the way, and what would be shown otherwise.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use selvedge::author;
use serde_json::{Value, json};

const SHOP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/storefront");
const WINTER: &str = "2026-12-02T09:00:00Z";

fn selvedge(arguments: &[&str]) -> Vec<u8> {
    let output = Command::new(env!("CARGO_BIN_EXE_selvedge")).args(arguments).output().expect("runs");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn explained(visitor: &str, more: &[&str]) -> Value {
    let arguments = ["decide", SHOP, "--visitor", visitor, "--as-of", WINTER, "--explain", "--json"];
    serde_json::from_slice(&selvedge(&[&arguments, more].concat())).expect("is JSON")
}

fn sentences(slot: &Value) -> Vec<&str> {
    let list = slot["otherwise"].as_array().expect("is a list");
    list.iter().map(|otherwise| otherwise["sentence"].as_str().expect("is a sentence")).collect()
}

#[test]
fn what_is_withheld_is_named_with_what_it_could_have_shown() {
    let answer = explained("withdrew-de", &[]);
    let hero = &answer["explain"]["home.hero"];
    let because = |slot: &str| answer["explain"][slot]["because"].as_str().expect("is a sentence").to_owned();
    assert!(because("home.hero").ends_with("the visitor denied the permission for an id to draw an arm with."));
    let shelf = because("home.recommendations");
    assert!(shelf.contains(", as the visitor denied permission for personalization"), "{shelf}");
    assert_eq!(
        hero["could"],
        json!([
            "With permission for personalization and storage, `hero/loyal`, `hero/continue-knitwear`, `hero/continue` or `hero/gifts` could show."
        ])
    );
    assert_eq!(
        hero["possible"][0],
        json!({ "experience": "hero-return", "rule": 1, "effect": "hero/loyal", "needs": ["personalization", "storage"] })
    );
    assert_eq!(hero["otherwise"], json!([]), "what is hidden is not read unless that is asked for");
    // The row, its verdict, and the purposes that it waits for, by their names.
    let shelf = &answer["explain"]["home.recommendations"]["experiences"][0]["rules"][0];
    let row = &shelf["rows"][0]["inside"][0];
    assert_eq!((&row["verdict"], &row["text"]), (&json!("unknown"), &json!("profile.health_interest")));
    let needs = json!([{ "attribute": "profile.health_interest", "needs": ["personalization", "sensitive"] }]);
    assert_eq!(row["missing"], needs);
    let hero_gifts = &hero["experiences"][2]["rules"][0]["rows"][0]["inside"][0];
    assert_eq!((&hero_gifts["verdict"], &hero_gifts["standing"]), (&json!("false"), &json!("not-met")));
}

#[test]
fn what_would_be_shown_otherwise_is_decided_again() {
    let answer = explained("withdrew-de", &["--otherwise"]);
    assert_eq!(
        sentences(&answer["explain"]["home.hero"]),
        [
            "With permission for personalization and storage, `hero/continue-knitwear` would show, by `hero-return`.",
            "With permission for analytics and storage, `hero/winter` would show, drawn by `hero-winter`.",
            "With permission for analytics, personalization and storage, `hero/continue-knitwear` would show, by `hero-return`.",
        ]
    );
    let answer = explained("returning-de", &[]);
    assert_eq!(
        sentences(&answer["explain"]["home.hero"]),
        ["Without permission for personalization, `hero/winter` would show, drawn by `hero-winter`."]
    );
    assert_eq!(sentences(&answer["explain"]["home.banner"]), [""; 0], "a contextual decision rests on no permission");
    let american = explained("us-visitor", &[]);
    assert_eq!(
        sentences(&american["explain"]["home.hero"]),
        ["Without permission for personalization, the origin’s own content would stay."]
    );
}

#[test]
fn every_other_decision_is_the_one_of_a_visit_with_those_permissions() {
    let (mut contexts, mut expected) = (String::new(), Vec::new());
    for entry in std::fs::read_dir(Path::new(SHOP).join("visitors")).expect("is there") {
        let path = entry.expect("reads").path();
        let name = path.file_stem().and_then(|stem| stem.to_str()).expect("is UTF-8").to_owned();
        let visitor: toml::Table = std::fs::read_to_string(&path).expect("reads").parse().expect("is TOML");
        // A visit whose permissions are all said by name: then the other one can be written down.
        if visitor.contains_key("signals") {
            continue;
        }
        let answer = explained(&name, &["--otherwise"]);
        for (slot, explanation) in answer["explain"].as_object().expect("has slots") {
            for otherwise in explanation["otherwise"].as_array().expect("is a list") {
                assert_eq!(otherwise["differs"], (otherwise["content"] != explanation["content"]), "{name}, {slot}");
                contexts.push_str(&changed(&visitor, otherwise).to_string());
                contexts.push('\n');
                expected.push((name.clone(), slot.clone(), otherwise.clone()));
            }
        }
    }
    let file = std::env::temp_dir().join(format!("selvedge-otherwise-{}.jsonl", std::process::id()));
    std::fs::write(&file, contexts).expect("writes");
    let answers = Command::new(env!("CARGO_BIN_EXE_selvedge"))
        .args(["decide", SHOP, "--json", "--as-of", WINTER, "--context", "-"])
        .stdin(std::fs::File::open(&file).expect("opens"))
        .output()
        .expect("runs");
    std::fs::remove_file(&file).expect("removes");
    let answers = String::from_utf8(answers.stdout).expect("is UTF-8");
    assert_eq!(answers.lines().count(), expected.len());
    assert!(expected.len() > 100, "{}", expected.len());
    for (line, (name, slot, otherwise)) in answers.lines().zip(expected) {
        let answer: Value = serde_json::from_str(line).expect("is JSON");
        for key in ["content", "experience", "reason"] {
            let what = format!("{name}, {slot}, {key}: {}", otherwise["sentence"]);
            assert_eq!(answer["decisions"][slot.as_str()][key], otherwise[key], "{what}");
        }
    }
}

/// The context of a visitor whose grants are changed in the context itself.
fn changed(visitor: &toml::Table, otherwise: &Value) -> Value {
    let mut context = as_context(&toml::Value::Table(visitor.clone()));
    context.as_object_mut().expect("is a table").remove("description");
    for purpose in otherwise["purposes"].as_array().expect("is a list") {
        context["grants"][purpose.as_str().expect("is a name")] = (otherwise["change"] == "granted").into();
    }
    context
}

/// A visitor's file as the context of `decide`: the same keys, times as texts.
fn as_context(value: &toml::Value) -> Value {
    match value {
        toml::Value::Table(table) => table.iter().map(|(key, value)| (key.clone(), as_context(value))).collect(),
        toml::Value::Array(items) => items.iter().map(as_context).collect(),
        toml::Value::Datetime(time) => time.to_string().into(),
        toml::Value::String(text) => text.as_str().into(),
        toml::Value::Integer(number) => (*number).into(),
        toml::Value::Float(number) => (*number).into(),
        toml::Value::Boolean(flag) => (*flag).into(),
    }
}

#[test]
fn without_being_asked_an_explanation_knows_nothing_of_what_is_hidden() {
    let explain = |visits: u32, category: &str, more: &[&str]| {
        let context = json!({
            "region": "DE", "now": WINTER, "grants": { "functional": true },
            "attributes": {
                "request.country": "DE", "visitor.visits_30d": visits, "visitor.last_category": category,
                "profile.health_interest": visits > 5,
            },
            "identity": { "visitor": format!("v-{visits}") },
        });
        let file = std::env::temp_dir().join(format!("selvedge-hidden-{}.json", std::process::id()));
        std::fs::write(&file, context.to_string()).expect("writes");
        let path = file.to_str().expect("is UTF-8");
        let said = selvedge(&[&["decide", SHOP, "--explain", "--context", path], more].concat());
        std::fs::remove_file(&file).expect("removes");
        said
    };
    for more in [&["--json"][..], &[]] {
        assert_eq!(explain(9, "knitwear", more), explain(0, "gifts", more));
    }
    // Asked, it does: that is why it must be asked.
    assert_ne!(explain(9, "knitwear", &["--otherwise"]), explain(0, "gifts", &["--otherwise"]));
}

#[test]
fn every_visitor_of_the_shop_gets_a_sentence_for_every_slot() {
    let (site, ..) = author::load(Path::new(SHOP));
    let mut because: BTreeMap<String, usize> = BTreeMap::new();
    for visitor in site.expect("the shop is sound").visitors {
        let answer = explained(&visitor.name, &[]);
        for (slot, explanation) in answer["explain"].as_object().expect("has slots") {
            let sentence = explanation["because"].as_str().expect("is a sentence");
            assert!(sentence.ends_with('.') && sentence.len() > 10, "{slot}: {sentence}");
            // Every rule that was tried and did not decide says what stood in its way.
            for rule in explanation["experiences"]
                .as_array()
                .into_iter()
                .flatten()
                .flat_map(|e| e["rules"].as_array())
                .flatten()
            {
                let said = rule["sentence"].as_str().expect("is a sentence");
                match rule["outcome"].as_str() {
                    Some("refuted") => assert!(said.starts_with("Does not match: "), "{slot}: {said}"),
                    Some("undecided") => assert!(
                        said.contains("permission for")
                            || said.contains("could not be read")
                            || said.contains("is older than its retention")
                            || said.contains("is required, but missing")
                            || said.contains("may not be used"),
                        "{slot}: {said}"
                    ),
                    _ => {}
                }
            }
            *because.entry(sentence.to_owned()).or_default() += 1;
        }
    }
    assert!(because.len() > 20, "{because:#?}");
}

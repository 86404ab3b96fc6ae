//! `selvedge diff`: the whole answer for changes whose effect is known beforehand.

use serde_json::{Value, json};

use super::word;
use crate::keys::{APPROVALS, Desk, copy};

fn diff(desk: &Desk, more: &[&str]) -> Value {
    let arguments = [&["diff"], more, &["--random", "200", "--json"]].concat();
    let found = desk.json(&arguments);
    let schema: Value = serde_json::from_str(include_str!("../../../src/report/diff.schema.json")).expect("is JSON");
    let validator = jsonschema::validator_for(&schema).expect("is a schema");
    let errors: Vec<String> = validator.iter_errors(&found).map(|error| error.to_string()).collect();
    assert_eq!(errors, Vec::<String>::new());
    found
}

fn changed(found: &Value) -> Vec<&str> {
    let classes = found["classes"].as_array().expect("a list").iter();
    classes.filter(|class| class["changed"] == true).map(|class| class["class"].as_str().expect("a name")).collect()
}

#[test]
fn other_words_change_no_decision_and_no_rule() {
    let desk = Desk::new("words", APPROVALS);
    copy(&desk.path("site"), &desk.path("before"));
    assert_eq!(diff(&desk, &["before", "site"])["same"], true);
    let said = desk.ok(&["diff", "before", "site"]);
    assert!(said.contains("nothing changes") && said.contains("rules digest unchanged"), "{said}");

    word(&desk, "Delivered", "Sent");
    let found = diff(&desk, &["before", "site"]);
    assert_eq!(changed(&found), ["content"]);
    assert_eq!(found["classes"][2]["must_sign"], json!(["content"]));
    assert!(found["visitors"].as_array().expect("crowds").iter().all(|crowd| crowd["decided"] == 0), "{found}");
    let variants = found["content"].as_array().expect("variants");
    assert!(
        variants.iter().all(|one| one["content"] == "banner/eu" && one["experiences"] == json!(["banner-place"])),
        "{found}"
    );
    assert_eq!(found["rebucketed"], json!([]));
    assert_eq!((&found["consent"]["changed"], &found["register"]["changed"]), (&json!(false), &json!(false)));
    let said = desk.fails(1, &["diff", "before", "site"]);
    for part in [
        "rules digest unchanged",
        "consent digest unchanged",
        "content digest changed: content must approve it",
        "`banner/eu` in en changed: shown by banner-place",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[test]
fn other_rules_shares_and_laws_are_told_with_who_must_sign() {
    let desk = Desk::new("rules", APPROVALS);
    copy(&desk.path("site"), &desk.path("before"));
    // Germans get another banner.
    desk.edit("experiences/banner-place.toml", |text| {
        assert!(text.contains("\"GB\""));
        text.replace("\"GB\"", "\"IE\"")
    });
    let found = diff(&desk, &["before", "site"]);
    assert_eq!(changed(&found), ["rules"]);
    assert_eq!(found["classes"][1]["must_sign"], json!(["decisioning"]));
    let rules = found["rules"].to_string();
    assert!(
        rules.contains("`banner-place`, rule") && rules.contains("needs now") && rules.contains("no longer needs"),
        "{rules}"
    );
    let random = &found["visitors"][1];
    assert!(random["decided"].as_u64() > Some(0) && random["slots"][0]["slot"] == "home.banner", "{found}");

    // Half of the visitors take part, no longer 60 %: who stays keeps their arm.
    copy(&desk.path("site"), &desk.path("before"));
    desk.edit("experiences/shelf-first-visit.toml", |text| {
        assert!(text.contains("traffic = 60"));
        text.replace("traffic = 60", "traffic = 50")
    });
    desk.ok(&["build", "site", "--out", "out"]);
    let found = diff(&desk, &["before", "site"]);
    let draw = &found["rebucketed"][0];
    assert_eq!(draw["experiment"], "first-shelf");
    assert_eq!((&draw["joining"], &draw["leaving"], &draw["moving"]), (&json!(0), &json!(1000), &json!(0)), "{draw}");
    assert_eq!(draw["what"], "`first-shelf`: 10 % of the visitors leave");

    // Consent: an attribute is kept for longer.
    copy(&desk.path("site"), &desk.path("before"));
    desk.edit("attributes.toml", |text| text.replacen("retention = \"30d\"", "retention = \"60d\"", 1));
    let found = diff(&desk, &["before", "site"]);
    assert_eq!(changed(&found), ["consent", "rules"]);
    assert_eq!(found["classes"][0]["must_sign"], json!(["privacy", "legal"]));
    assert!(
        found["consent"]["changes"][0].as_str().is_some_and(|said| said.contains("60 days, no longer 30 days")),
        "{found}"
    );
    assert_eq!(found["register"]["changed"], true, "{found}");
}

#[test]
fn sites_revisions_folders_stores_and_environments_are_compared_alike() {
    let desk = Desk::new("sides", "");
    let git = |arguments: &[&str]| {
        let identity = ["-c", "user.name=A", "-c", "user.email=a@b.example", "-c", "commit.gpgsign=false"];
        let mut command = std::process::Command::new("git");
        command.arg("-C").arg(&desk.folder).args(identity).args(arguments);
        assert!(command.output().expect("git runs").status.success(), "{arguments:?}");
    };
    git(&["init", "-q", "-b", "main"]);
    git(&["add", "site"]);
    git(&["commit", "-q", "-m", "first"]);
    desk.ok(&["build", "site", "--out", "out"]);
    desk.ok(&["publish", "out", "live"]);
    word(&desk, "Delivered", "Sent");
    git(&["commit", "-q", "-a", "-m", "second"]);
    word(&desk, "Sent", "Brought");
    let index = std::fs::read(desk.path(".git/index")).expect("an index");

    let content = |found: &Value| (changed(found).join(" "), found["content"].as_array().map(Vec::len));
    let by_sites = {
        copy(&desk.path("site"), &desk.path("third"));
        word(&desk, "Brought", "Delivered");
        copy(&desk.path("site"), &desk.path("first"));
        word(&desk, "Delivered", "Brought");
        content(&diff(&desk, &["first", "third"]))
    };
    assert_eq!(by_sites.0, "content");
    for sides in [
        &["main~1", "site", "--site", "site"][..],
        &["main~1", "--site", "site"],
        &["out", "site"],
        &["live", "site"],
        &["main~1..main", "--site", "site"],
        &["main~1..", "--site", "site"],
        &["development", "site", "--in", "out"][..0],
    ] {
        if !sides.is_empty() {
            assert_eq!(content(&diff(&desk, sides)), by_sites, "{sides:?}");
        }
    }
    assert_eq!(diff(&desk, &["out", "live", "--site", "site"])["same"], true);
    assert_eq!(std::fs::read(desk.path(".git/index")).expect("an index"), index, "the repository's index stays");

    // Two releases: there is no register, and no debug file in a store.
    desk.ok(&["build", "site", "--out", "out"]);
    let found = diff(&desk, &["live", "out", "--site", "site"]);
    assert_eq!((&found["rules"], &found["register"]["changed"]), (&Value::Null, &Value::Null));
    assert_eq!(found["visitors"][0]["of"], "sample visitors");

    let said = desk.fails(2, &["diff", "nowhere", "site", "--site", "site"]);
    assert!(said.contains("`nowhere` is no site, no built folder, no store and no revision of git"), "{said}");
    let said = desk.fails(3, &["diff", "development", "nowhere", "--in", "out", "--site", "site"]);
    assert!(said.contains("has no release"), "{said}");
    // A folder of that name would be none either.
    std::fs::create_dir(desk.path("empty")).expect("makes a folder");
    let (code, said) = desk.run(&["diff", "empty", "site"]);
    assert!(code != Some(0) && said.contains("selvedge.toml"), "{said}");
}

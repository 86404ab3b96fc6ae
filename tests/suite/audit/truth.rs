//! The answer to a person says nothing that the record does not: what was read, what decided, what is gone, how much is left out.
//!
//! A person comes without permission for personalization, permits it, is drawn into a test, comes back, and withdraws.

use serde_json::{Value, json};

use super::expiry::{KEYS, keys_of};
use super::{Desk, SHOP};

fn page(now: &str, personalization: bool, account: Option<&str>, attributes: Value) -> String {
    let mut all = json!({"request.country": "DE", "request.language": "de", "request.device": "mobile"});
    let more = attributes.as_object().expect("an object").clone();
    all.as_object_mut().expect("an object").extend(more);
    let mut grants =
        json!({"functional": true, "analytics": true, "storage": true, "sensitive": true, "advertising": false});
    // The first visit says nothing about it.
    if !now.starts_with("2030-01-03") {
        grants["personalization"] = personalization.into();
    }
    json!({
        "attributes": all, "region": "DE", "locale": "de-DE", "now": now, "grants": grants,
        "identity": {"visitor": "v-1042", "account": account},
    })
    .to_string()
}

fn visits() -> [String; 4] {
    [
        page("2030-01-03T18:05:00Z", false, None, json!({})),
        page("2030-01-04T20:05:00Z", true, None, json!({"visitor.visits_30d": 1})),
        page("2030-01-05T19:05:00Z", true, None, json!({"visitor.visits_30d": 2, "visitor.last_category": "knitwear"})),
        page(
            "2030-01-10T19:05:00Z",
            false,
            None,
            json!({"visitor.visits_30d": 3, "visitor.last_category": "knitwear",
            "visitor.cart_items": 3, "visitor.cart_minor": 19200}),
        ),
    ]
}

fn desk(name: &str) -> Desk {
    let desk = Desk::with_shop(name);
    std::fs::create_dir_all(desk.path(".selvedge/keys")).expect("a folder");
    desk.write(KEYS, keys_of("2030-01-01"));
    desk.log("a.ndjson", &visits(), &["--values"]);
    desk
}

fn export(desk: &Desk, out: &str, more: &[&str]) -> (Value, String) {
    let start = ["dsar", "export", "--subject", "v-1042", "--as", "visitor", "-o", out, "--site", SHOP];
    desk.clean(&[&start[..], more].concat());
    let answer = serde_json::from_str(&desk.text(&format!("{out}/answer.json"))).expect("is JSON");
    (answer, desk.text(&format!("{out}/answer.html")))
}

fn choice<'a>(answer: &'a Value, visit: usize, slot: &str) -> &'a Value {
    let choices = answer["visits"][visit]["choices"].as_array().expect("a list");
    choices.iter().find(|one| one["slot"] == slot).unwrap_or_else(|| panic!("visit {visit} has no choice in {slot}"))
}

/// The data that decided.
fn because(choice: &Value) -> Vec<&str> {
    choice["because"].as_array().expect("a list").iter().filter_map(|one| one["attribute"].as_str()).collect()
}

/// The data of a visit in this state.
fn read<'a>(answer: &'a Value, visit: usize, state: &str) -> Vec<&'a str> {
    let read = answer["visits"][visit]["read"].as_array().expect("a list").iter();
    read.filter(|one| one["state"] == state).filter_map(|one| one["attribute"].as_str()).collect()
}

/// One visit of the page.
fn article(page: &str, visit: usize) -> &str {
    page.split("<article>").nth(visit + 1).and_then(|rest| rest.split("</article>").next()).expect("a visit")
}

#[test]
fn after_a_withdrawal_the_answer_names_only_what_was_read_then() {
    let (answer, page) = export(&desk("truth-withdrawn"), "v", &[]);
    let expected = [
        "profile.open_complaint",
        "request.campaign",
        "request.country",
        "request.device",
        "request.language",
        "visitor.cart_items",
        "visitor.cart_minor",
    ];
    let read = read(&answer, 3, "known");
    assert!(read.iter().all(|name| expected.contains(name)), "{read:?}");
    let told = article(&page, 3);
    assert!(told.contains("You had withdrawn: content chosen for you."), "{told}");
    assert!(!told.contains("knitwear") && !told.contains("Visits in the last 30 days"), "{told}");
    assert!(told.contains("Value of the basket, in pence: 19,200"), "{told}");
    // No visit points to another one.
    assert!(!page.contains("visit before") && !page.contains("as before"), "{page}");
}

#[test]
fn data_whose_time_is_over_is_not_data_that_was_not_there() {
    let desk = desk("truth-expired");
    desk.clean(&["log", "close", "log/a.ndjson"]);
    desk.clean(&["log", "expire", "--as-of", "2030-02-20", "--retain", "730d"]);
    let output =
        desk.run(&["dsar", "export", "--subject", "v-1042", "--as", "visitor", "-o", "warned", "--site", SHOP]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && said.contains("values of 4 records are past their time"), "{said}");
    let (answer, page) = export(&desk, "v", &[]);
    let hero = choice(&answer, 2, "home.hero");
    assert_eq!((&hero["by"], because(hero)), (&json!("data"), vec!["visitor.last_category"]));
    assert_eq!(hero["because"][0]["state"], "expired");
    assert_eq!(hero["because"][0]["deleted_after"], "2030-02-04");
    let told = article(&page, 2);
    assert!(
        told.contains("Decided by: The part of the range that was looked at last (deleted after 4 February 2030)"),
        "{told}"
    );
    assert!(!read(&answer, 2, "absent").contains(&"visitor.last_category"));
    assert!(!page.contains("there was none") && !page.contains("no data was there"), "{page}");
    let kind =
        answer["data"].as_array().expect("a list").iter().find(|one| one["attribute"] == "visitor.last_category");
    assert_eq!(kind.expect("is there")["deleted_after"], "2030-02-04");
}

#[test]
fn what_a_draw_decided_was_not_decided_by_data_that_was_only_looked_at() {
    let (answer, page) = export(&desk("truth-draw"), "v", &[]);
    let shelf = choice(&answer, 1, "home.recommendations");
    assert_eq!(shelf["by"], "draw");
    assert_eq!(
        shelf["draw"],
        json!({"experiment": "first-shelf", "holdout": null, "arm": "shelf/starters", "percent": 33.0, "unit": "visitor"})
    );
    assert_eq!(because(shelf), ["visitor.visits_30d"]);
    let told = article(&page, 1);
    assert!(told.contains("Chosen by lot, in the test “first-shelf” (33 of 100 in the test see it)."), "{told}");
    let cover = page.split("<h2>").next().expect("a cover");
    assert!(cover.contains("On 4 January 2030 you were in a test"), "{cover}");
    assert!(cover.contains("on 1 visit a draw did"), "{cover}");
}

#[test]
fn what_the_country_decided_was_not_decided_by_data_about_the_person() {
    let (answer, page) = export(&desk("truth-request"), "v", &[]);
    for visit in 0..4 {
        let banner = choice(&answer, visit, "home.banner");
        assert_eq!((&banner["by"], because(banner)), (&json!("request"), vec!["request.country"]), "{visit}");
        // Also where another rule had looked for data of the account first.
        let sizes = choice(&answer, visit, "product.size_guide");
        assert_eq!((&sizes["by"], because(sizes)), (&json!("request"), vec!["request.country"]), "{visit}");
    }
    assert!(read(&answer, 2, "absent").contains(&"profile.size_estimate"), "it was looked for");
    // The visit that came back, and the basket after the withdrawal.
    assert!(page.contains("On 2 visits data about you decided something that you saw"), "{page}");
    assert!(
        page.contains(
            "<li>Decided by: Country of the network address: Germany.<br>The strip under the header: “Lieferung in"
        ),
        "{page}"
    );
}

#[test]
fn the_command_and_the_package_count_what_is_left_out_alike() {
    let desk = Desk::with_shop("truth-counts");
    std::fs::create_dir_all(desk.path(".selvedge/keys")).expect("a folder");
    desk.write(KEYS, keys_of("2030-01-01"));
    let health = json!({"profile.open_complaint": true});
    let pages = [
        page("2030-01-03T18:05:00Z", false, None, json!({})),
        page("2030-01-04T20:05:00Z", true, Some("anna"), health.clone()),
        page("2030-01-05T20:05:00Z", true, Some("anna"), health),
    ];
    desk.log("a.ndjson", &pages, &["--values"]);
    let record: Value =
        serde_json::from_str(desk.text("log/a.ndjson").lines().next().expect("a line")).expect("is JSON");
    let line = json!({"v": 1, "kind": "exposure", "at": "2030-01-04T20:05:00Z", "bundle": record["bundle"], "slot": "home.banner",
        "content": "banner/service", "experience": "banner-service", "unit": "visitor", "id": "v-1042"});
    desk.write("log/b.ndjson", format!("{line}\n"));
    let said = desk.fails(1, &["dsar", "export", "--subject", "v-1042", "-o", "v", "--site", SHOP]);
    let answer: Value = serde_json::from_str(&desk.text("v/answer.json")).expect("is JSON");
    let missing = answer["missing"].as_array().expect("a list").iter().find(|one| one["code"] == "other-account");
    let missing = missing.expect("is told")["text"].as_str().expect("a text");
    for told in [said.as_str(), missing] {
        assert!(told.contains("2 records and 1 other line"), "{told}");
    }
    // With the account nothing is left out.
    let said =
        desk.clean(&["dsar", "export", "--subject", "v-1042", "--subject", "anna", "-o", "both", "--site", SHOP]);
    assert_eq!(said, "both: 3 records, 1 other line, 0 tombstones\n");
    // What an account did stays when the device is erased; the answer says both, and not that nothing is left.
    desk.fails(1, &["log", "erase", "--subject", "v-1042", "--as-of", "2030-02-01"]);
    desk.fails(1, &["dsar", "export", "--subject", "v-1042", "-o", "after", "--site", SHOP]);
    let page = desk.text("after/answer.html");
    assert!(page.contains("On your request we erased 2 lines of our log on 1 February 2030."), "{page}");
    assert!(page.contains("2 records of this device: made while an account was signed in"), "{page}");
    assert!(!page.contains("Nothing is left of them"), "{page}");
}

#[test]
fn consent_has_its_days_and_each_kind_of_data_its_purposes_and_its_end() {
    let (answer, page) =
        export(&desk("truth-consent"), "v", &["--name", "Anna Weber", "--address", "https://shop.example"]);
    let consent = answer["consents"].as_array().expect("a list").iter().find(|one| one["purpose"] == "personalization");
    let steps = consent.expect("is there")["steps"].clone();
    assert_eq!(
        steps,
        json!([
            {"state": "not-asked", "by": "2030-01-03"},
            {"state": "agreed", "by": "2030-01-04"},
            {"state": "withdrawn", "by": "2030-01-10"},
        ])
    );
    assert!(page.contains("Agreed by 4 January 2030; withdrawn by 10 January 2030;"), "{page}");
    let kinds = answer["data"].as_array().expect("a list");
    let kind = |name: &str| kinds.iter().find(|one| one["attribute"] == name).unwrap_or_else(|| panic!("no {name}"));
    // Read last on 5 January, and kept for 30 days; of the basket for 14.
    assert_eq!(kind("visitor.last_category")["until"], "2030-02-04");
    assert_eq!(kind("visitor.cart_minor")["until"], "2030-01-24");
    assert_eq!(kind("visitor.cart_items")["purposes"], json!(["remembering your settings", "content chosen for you"]));
    assert_eq!(
        kind("visitor.visits_30d")["said"],
        json!([
            {"value": "1", "from": "2030-01-04", "to": "2030-01-04"},
            {"value": "2", "from": "2030-01-05", "to": "2030-01-05"},
        ])
    );
    assert!(page.contains("Anna Weber: You asked for your data: device v-1042."), "{page}");
    assert!(page.contains("<a href=\"https://shop.example/help/\">"), "{page}");
    assert!(page.contains("(outside the European Economic Area)"), "{page}");
    // The clocks of the market, and content in its own words.
    assert!(page.contains("3 January 2030, 19:05 (Berlin time), 1 page"), "{page}");
    assert_eq!(choice(&answer, 2, "home.hero")["shown"], "Noch einmal zu den Pullovern?");
    for raw in ["banner/eu", "hero/continue", "CONSENT_", "visitor.cart"] {
        assert!(!page.contains(raw), "{raw}: {page}");
    }
}

#[test]
fn an_answer_in_german_is_german_also_for_machines() {
    let (answer, page) = export(&desk("truth-german"), "v", &["--lang", "de"]);
    let slots =
        answer["decisions"].as_array().expect("a list").iter().flat_map(|one| one["slots"].as_array().expect("a list"));
    for slot in slots {
        let text = format!("{} {} {}", slot["shown"], slot["because"], slot["otherwise"]);
        assert!(!text.contains("Shows") && !text.contains("rule") && !text.contains("Without"), "{text}");
    }
    for part in [
        "Gerät v-1042",
        "Land der Netzadresse: Deutschland",
        "Mobiltelefon",
        "19.200",
        "Vereinigte Staaten",
        "Durch das Los gewählt",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    for part in ["Danach entschieden", "Zählen, was hilft", "Your", "mobile"] {
        assert!(!page.contains(part), "{part}: {page}");
    }
}

#[test]
fn an_id_of_nobody_is_told_to_the_operator() {
    let desk = desk("truth-nobody");
    let output = desk.run(&["dsar", "export", "--subject", "v-1024", "-o", "v", "--site", SHOP]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && said.contains("no record and no line names `v-1024`"), "{said}");
    // Without the site's files no address is promised.
    let said = desk.fails(1, &["dsar", "export", "--subject", "v-1042", "--as", "visitor", "-o", "bare"]);
    assert!(said.contains("names no controller"), "{said}");
    let page = desk.text("bare/answer.html");
    assert!(!page.contains("address above") && page.contains("Write to whoever gave you this answer."), "{page}");
}

#[test]
fn the_keys_of_the_site_are_used_where_this_folder_has_none() {
    let desk = Desk::new("truth-keys");
    super::answer::copy(SHOP.as_ref(), &desk.path("shop"));
    desk.clean(&["build", "shop", "--out", "dist"]);
    std::fs::create_dir_all(desk.path(".selvedge/keys")).expect("a folder");
    desk.write(KEYS, keys_of("2030-01-01"));
    desk.log("a.ndjson", &visits(), &["--values"]);
    std::fs::create_dir_all(desk.path("shop/.selvedge/keys")).expect("a folder");
    std::fs::rename(desk.path(KEYS), desk.path("shop").join(KEYS)).expect("moves");
    let said = desk.clean(&["dsar", "export", "--subject", "v-1042", "-o", "v", "--site", "shop"]);
    assert_eq!(said, "v: 4 records, 0 other lines, 0 tombstones\n");
}

//! How long lines are kept: said once by the site, kept by the command, told by the register and the notice.

use super::{Desk, SHOP};

/// A line of a class, of this day.
fn line(class: &str, day: &str) -> String {
    format!("{{\"v\":1,\"kind\":\"{class}\",\"at\":\"{day}T00:00:00Z\"}}\n")
}

/// One line of each class, and a failure, which says no time.
fn desk(name: &str) -> Desk {
    let desk = Desk::new(name);
    let classes = ["audit", "exposure", "event", "reasons", "refused"];
    let lines: String = classes.iter().map(|class| line(class, "2026-06-01")).collect();
    desk.write("log/a.ndjson", lines + "{\"v\":1,\"kind\":\"failure\",\"stage\":\"bundle\",\"reason\":\"none\"}\n");
    desk
}

#[test]
fn lines_go_when_the_site_says_so() {
    let desk = desk("by-site");
    let expire = |as_of: &str| desk.clean(&["log", "expire", "log", "--site", SHOP, "--as-of", as_of]);
    // The shop keeps reasons and refusals for 90 days, exposures and events for 395, records for 730.
    assert!(expire("2026-08-30").starts_with("0 lines"));
    assert!(expire("2026-08-31").starts_with("2 lines"));
    assert!(expire("2027-07-01").starts_with("0 lines"));
    assert!(expire("2027-07-02").starts_with("2 lines"));
    assert!(expire("2028-05-31").starts_with("0 lines"));
    assert!(expire("2028-06-01").starts_with("1 line "));
    assert_eq!(desk.text("log/a.ndjson").matches("tombstone").count(), 5);
    // A line without a time has none until its log is closed.
    assert!(desk.text("log/a.ndjson").contains("\"kind\":\"failure\""));
    desk.clean(&["log", "close", "log/a.ndjson", "--as-of", "2028-06-01T00:00:00Z"]);
    assert!(expire("2028-07-01").starts_with("0 lines"), "30 days are not over");
    assert!(expire("2028-07-02").starts_with("1 line "));
    assert!(desk.clean(&["log", "verify"]).starts_with("ok: 1 log, 6 lines"));
}

#[test]
fn a_site_in_place_of_a_log_is_both() {
    let desk = desk("in-place");
    desk.write("selvedge.toml", "name = \"small\"\n[locales]\ndefault = \"en\"\n");
    desk.write("attributes.toml", "");
    desk.write("slots.toml", "");
    desk.write("consent.toml", "[log]\naudit = \"10d\"\n");
    let told = "1 line was past its retention on 2026-06-30\n";
    assert_eq!(desk.clean(&["log", "expire", ".", "--as-of", "2026-06-30"]), told);
    // In the site's own folder nobody has to name it.
    desk.write("log/b.ndjson", line("audit", "2026-06-01"));
    assert_eq!(desk.clean(&["log", "expire", "--as-of", "2026-06-30"]), told);
    // The command line goes first.
    desk.write("log/c.ndjson", line("audit", "2026-06-01"));
    let all = desk.clean(&["log", "expire", "--as-of", "2026-06-30", "--retain", "audit=40d", "--retain", "20d"]);
    assert!(all.starts_with("4 lines"), "what stood in a.ndjson beside the record: {all}");
    assert!(desk.fails(2, &["log", "expire", "--retain", "audits=40d"]).contains("there are audit, exposure, event"));
    assert!(desk.fails(2, &["log", "expire", "--retain", "2 years"]).contains("not a number of days"));
    desk.write("consent.toml", "[log]\naudit = \"soon\"\n");
    assert!(desk.fails(1, &["log", "expire"]).contains("SV5204"));
}

#[test]
fn only_the_key_that_closed_a_log_takes_lines_out_of_it() {
    let desk = desk("whose-key");
    desk.clean(&["log", "close", "log/a.ndjson", "--as-of", "2026-06-02T00:00:00Z"]);
    let before = desk.text("log/a.ndjson");
    let expire = ["log", "expire", "log", "--as-of", "2029-01-01", "--retain", "1d"];
    // Another key, and one that is not there: none is made.
    for folder in ["log2", "elsewhere"] {
        std::fs::create_dir(desk.path(folder)).expect("a folder");
    }
    desk.write("log2/b.ndjson", line("audit", "2026-06-01"));
    desk.clean(&["log", "close", "log2/b.ndjson", "--key", "other.pem", "--as-of", "2026-06-02T00:00:00Z"]);
    for key in ["other.pem", "none.pem"] {
        let told = desk.fails(3, &[&expire[..], &["--key", key]].concat());
        assert!(told.contains("not the key") && told.contains("nothing was taken out"), "{told}");
    }
    assert_eq!(desk.text("log/a.ndjson"), before);
    assert!(desk.clean(&["log", "verify"]).starts_with("ok: 1 log, 6 lines"));
    // Its own is found beside the folder, from wherever the command is called.
    let elsewhere = Desk(desk.path("elsewhere"));
    let all = elsewhere.clean(&["log", "expire", "../log", "--as-of", "2029-01-01", "--retain", "1d"]);
    assert!(all.starts_with("6 lines"), "{all}");
    assert!(desk.clean(&["log", "verify"]).starts_with("ok: 1 log, 6 lines, 6 of them tombstones"));
}

#[test]
fn the_register_and_the_notice_say_what_expiry_does() {
    let desk = Desk::new("said");
    let register: serde_json::Value =
        serde_json::from_str(&desk.clean(&["ropa", "export", SHOP, "--format", "json"])).expect("is JSON");
    let lengths: Vec<(String, u64)> = register["log"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| (one["class"].as_str().expect("a name").to_owned(), one["retention_days"].as_u64().expect("days")))
        .collect();
    let expected =
        [("audit", 730), ("exposure", 395), ("event", 395), ("reasons", 90), ("refused", 90), ("failure", 30)];
    assert_eq!(lengths, expected.map(|(class, days)| (class.to_owned(), days)));
    let (site, _, _) = selvedge::cli::open::site(SHOP.as_ref()).expect("is a site");
    let notice = selvedge::compile::notice::personalization(&site);
    let told: Vec<(String, u64)> =
        notice.log.into_iter().map(|one| (one.class, u64::from(one.retention_days))).collect();
    assert_eq!(told, lengths);
}

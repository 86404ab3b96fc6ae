//! Facts of feeds beside releases that are promoted and rolled back: they stay what they are, and no version goes down.

use serde_json::Value;

use crate::keys::Desk;

/// What is live: release, version and data.
fn live(desk: &Desk) -> Value {
    desk.json(&["verify", "live", "--json"])["environments"][0].clone()
}

/// The badge of a product, as production decides it.
fn badge(desk: &Desk, place: &str) -> String {
    let decided = desk.json(&["decide", place, "--json", "--context", "context.json"]);
    decided["decisions"]["product.badge"]["content"].as_str().unwrap_or("none").to_owned()
}

/// Publishes how many pieces there are.
fn stock(desk: &Desk, pieces: u32) {
    std::fs::write(desk.path("stock.csv"), format!("sku,on_hand\nfell-hat,{pieces}\n")).expect("writes");
    desk.ok(&["feed", "import", "--map", "site/maps/stock.toml", "stock.csv"]);
    let key = |role: &str| format!("site/.selvedge/keys/production/{role}.pem");
    let (data, timestamp) = (key("data"), key("timestamp"));
    desk.ok(&["feed", "publish", "site/feeds.data", "live", "--data-key", &data, "--timestamp-key", &timestamp]);
}

#[test]
fn facts_stay_what_they_are_through_promoting_and_rolling_back() {
    let desk = Desk::of("examples/stock", "data", "");
    desk.new_key(&[]);
    let context = r#"{"region": "DE", "attributes": {"page.sku": "fell-hat"}}"#;
    std::fs::write(desk.path("context.json"), format!("{context}\n")).expect("writes");
    std::fs::write(desk.path("stock.csv"), "sku,on_hand\nfell-hat,0\n").expect("writes");
    desk.ok(&["feed", "import", "--map", "site/maps/stock.toml", "stock.csv"]);
    desk.ok(&["build", "site", "--out", "staged"]);
    assert_eq!(badge(&desk, "staged"), "badge/sold-out");

    // The facts of one environment are not those of another one.
    desk.ok(&["promote", "staged", "out", "--env", "production", "--site", "site"]);
    desk.ok(&["publish", "out", "live"]);
    assert_eq!((&live(&desk)["data"], badge(&desk, "live").as_str()), (&Value::Null, "none"));
    stock(&desk, 3);
    let (first, few) = (live(&desk), badge(&desk, "live"));
    assert_eq!(few, "badge/few");

    // A second release is promoted beside them, from store to store.
    desk.edit("content/badge/few.toml", |text| text.replace("Only a few", "A few"));
    desk.ok(&["build", "site", "--out", "staged"]);
    desk.ok(&["publish", "staged", "stage"]);
    desk.ok(&["promote", "stage", "live", "--env", "production", "--site", "site"]);
    let second = live(&desk);
    assert_ne!(second["release"], first["release"]);
    assert_eq!(second["data"], first["data"]);
    assert_eq!(badge(&desk, "live"), few);

    // They change under the second release, and a rollback leaves the newest ones.
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    stock(&desk, 0);
    let sold_out = live(&desk);
    assert_eq!((&sold_out["release"], badge(&desk, "live").as_str()), (&second["release"], "badge/sold-out"));
    assert!(sold_out["data"]["version"].as_u64() > first["data"]["version"].as_u64());
    let said = desk.ok(&["rollback", "live", "--site", "site", "--reason", "wrong words"]);
    assert!(said.contains(&format!("has the payloads of version {}", first["version"])), "{said}");
    let back = live(&desk);
    assert_eq!(back["data"], sold_out["data"]);
    assert_eq!(badge(&desk, "live"), "badge/sold-out");
    assert!(back["version"].as_u64() > second["version"].as_u64());

    // A folder with facts of before is refused: hosts keep the newest.
    let said = desk.fails(3, &["publish", "out", "live"]);
    assert!(said.contains("is newer than the build"), "{said}");
    desk.ok(&["build", "site", "--env", "production", "--out", "out", "--since", "live"]);
    desk.ok(&["publish", "out", "live"]);
    let last = live(&desk);
    assert_eq!((&last["data"], badge(&desk, "live").as_str()), (&back["data"], "badge/sold-out"));
    // No version ever fell, so a host that saw one of them took the next.
    let all = [&first, &second, &sold_out, &back, &last];
    for part in ["/version", "/data/version"] {
        let versions = all.map(|live| live.pointer(part).and_then(Value::as_u64).expect("a version"));
        assert!(versions.is_sorted(), "{part}: {versions:?}");
    }
}

//! Several new roots at once: a host goes from its own to the newest, and skips none.

use std::time::SystemTime;

use super::Desk;

const VERIFY: [&str; 4] = ["verify", "live", "--root", "site/trust/production/root/1.cose"];

/// A word of the shop's content, which each release changes.
fn word(desk: &Desk, from: &str, to: &str) {
    desk.edit("content/banner/eu.toml", |text| text.replace(from, to));
}

fn written(desk: &Desk, path: &str) -> SystemTime {
    let data = std::fs::metadata(desk.path("live/v1/production").join(path)).expect("a file");
    data.modified().expect("has a time")
}

#[test]
fn a_store_gets_every_root_and_the_next_one_last() {
    let desk = Desk::new("roots", "");
    desk.new_key(&[]);
    desk.build();
    desk.ok(&["publish", "out", "live"]);
    for name in ["timestamp", "release", "root", "overlay"] {
        desk.ok(&["keys", "rotate", "site", "--env", "production", "--name", name]);
    }
    word(&desk, "Delivered", "Sent");
    desk.build();
    let said = desk.ok(&["publish", "out", "live"]);
    assert!(!said.contains("warning"), "{said}");
    // No host takes a step before the root next to the first is there, and then it finds every other one, and soon the head.
    let order: Vec<SystemTime> =
        ["root/5.cose", "root/4.cose", "root/3.cose", "root/2.cose", "head"].map(|path| written(&desk, path)).to_vec();
    assert!(order.is_sorted(), "{order:?}");

    // Who trusts the first one is led to the newest, also by the built folder.
    desk.ok(&VERIFY);
    desk.ok(&["verify", "out", "--root", "site/trust/production/root/2.cose"]);
    let decide = ["decide", "live", "--country", "DE", "--slots", "home.banner", "--root", VERIFY[3]];
    assert!(desk.ok(&decide).contains("home.banner"));
    // The heads of before are signed by keys that no longer count, and are still known.
    let pruned = desk.json(&["prune", "live", "--json"]);
    assert_eq!(pruned["files"], serde_json::json!([]), "{pruned}");
    let list = desk.json(&["rollback", "live", "--list", "--json"]);
    assert_eq!(list["releases"].as_array().map(Vec::len), Some(2), "{list}");
    let said = desk.ok(&["rollback", "live", "--site", "site", "--reason", "wrong"]);
    assert!(said.contains("rolled back"), "{said}");
    desk.ok(&VERIFY);

    // Without one of them nobody gets from the first to the newest. The next `publish` brings it back.
    std::fs::remove_file(desk.path("live/v1/production/root/3.cose")).expect("removes");
    let said = desk.fails(4, &VERIFY);
    assert!(said.contains("root/5.cose: its root keys are not the keys of the root that you trust"), "{said}");
    word(&desk, "Sent", "Brought");
    desk.ok(&["build", "site", "--env", "production", "--out", "out", "--since", "live"]);
    desk.ok(&["publish", "out", "live"]);
    desk.ok(&VERIFY);

    // A root never changes under its name, also one of before.
    let other = Desk::new("other-roots", "");
    other.new_key(&[]);
    std::fs::copy(other.path("site/trust/production/root/1.cose"), desk.path("live/v1/production/root/2.cose"))
        .expect("copies");
    word(&desk, "Brought", "Carried");
    desk.build();
    let said = desk.fails(3, &["publish", "out", "live"]);
    assert!(said.contains("root/2.cose: the root there has the SHA-256"), "{said}");
    let said = desk.fails(4, &VERIFY);
    assert!(said.contains("root/2.cose"), "{said}");
}

//! Scheduled jobs whose keys never leave a program: `renew` and `feed publish`.

#![cfg(unix)]

use std::process::Command;

use serde_json::Value;

use super::Desk;

/// The example with a feed, published, whose keys of data and timestamp are those of a signing service. None without OpenSSL.
fn shop(name: &str) -> Option<Desk> {
    Command::new("openssl").arg("version").output().ok()?;
    let desk = Desk::of("examples/stock", name, "");
    desk.new_key(&[]);
    for role in ["data", "timestamp"] {
        let (public, name) = (desk.openssl_key(role), format!("{role}-kms"));
        desk.new_key(&["--role", role, "--name", &name, "--public", &public]);
        desk.ok(&["keys", "revoke", "site", "--env", "production", "--name", role]);
    }
    let signer = format!("timestamp-kms={}", desk.openssl_signer("timestamp", "timestamp-kms timestamp production"));
    desk.ok(&["build", "site", "--env", "production", "--out", "out", "--signer", &signer]);
    desk.ok(&["publish", "out", "live"]);
    Some(desk)
}

fn head(desk: &Desk) -> Vec<u8> {
    std::fs::read(desk.path("live/v1/production/head")).expect("a head")
}

fn live(desk: &Desk) -> Value {
    desk.json(&["verify", "live", "--json"])["environments"][0].clone()
}

#[test]
fn a_release_is_renewed_by_a_program() {
    let Some(desk) = shop("renew") else { return };
    let before = live(&desk);
    let program = desk.openssl_signer("timestamp", "timestamp timestamp production");
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    let said = desk.ok(&["renew", "live", "--key", &program]);
    assert!(said.contains("renewed stock for production"), "{said}");
    let after = live(&desk);
    assert_eq!((&before["release"], &before["version"]), (&after["release"], &after["version"]));
    assert_ne!(before["expires"], after["expires"]);

    // A program that signs with another key, or not at all, changes nothing.
    let head_before = head(&desk);
    for (name, text, why) in [
        ("wrong", "cat > /dev/null\nhead -c 64 /dev/zero\n", "signed with another key"),
        ("locked", "echo 'card is locked' >&2\nexit 3\n", "card is locked"),
    ] {
        let said = desk.fails(3, &["renew", "live", "--key", &desk.program(name, text)]);
        assert!(said.contains(why), "{name}: {said}");
    }
    let said = desk.fails(2, &["renew", "live", "--key", "exec:"]);
    assert!(said.contains("names no program"), "{said}");
    let said = desk.fails(2, &["renew", "live"]);
    assert!(said.contains("--key exec:PROGRAM, or set SELVEDGE_TIMESTAMP_KEY"), "{said}");
    assert_eq!(head(&desk), head_before);
}

#[test]
fn where_a_role_has_several_keys_the_job_says_which() {
    let Some(desk) = shop("which") else { return };
    desk.new_key(&["--role", "timestamp", "--name", "timestamp-2"]);
    let signer = format!("timestamp-kms={}", desk.openssl_signer("timestamp", "timestamp-kms timestamp production"));
    desk.ok(&["build", "site", "--env", "production", "--out", "out", "--signer", &signer]);
    desk.ok(&["publish", "out", "live"]);
    let program = desk.openssl_signer("timestamp", "timestamp timestamp production");
    let said = desk.fails(2, &["renew", "live", "--key", &program]);
    assert!(said.contains("`timestamp` has 2 keys; say which one"), "{said}");

    let listed = desk.json(&["keys", "list", "site", "--env", "production", "--json"]);
    let keys = listed["roles"]["timestamp"]["keys"].as_array().expect("keys");
    let id = keys.iter().find(|key| key["name"] == "timestamp-kms").and_then(|key| key["id"].as_str()).expect("an id");
    let program = desk.openssl_signer("timestamp", &format!("{id} timestamp production"));
    desk.ok(&["renew", "live", "--key", &format!("{id}={program}")]);
    desk.ok(&["verify", "live", "--root", "site/trust/production/root/1.cose"]);
}

#[test]
fn facts_are_published_by_programs() {
    let Some(desk) = shop("facts") else { return };
    desk.ok(&["feed", "import", "--map", "site/maps/stock.toml", "site/exports/stock.csv"]);
    let data = desk.openssl_signer("data", "data data production");
    let timestamp = desk.openssl_signer("timestamp", "timestamp timestamp production");
    let publish = ["feed", "publish", "site/feeds.data", "live", "--data-key", &data, "--timestamp-key", &timestamp];
    let before = live(&desk);
    let said = desk.ok(&publish);
    assert!(said.contains("published data of stock for production in live"), "{said}");
    let after = live(&desk);
    assert_eq!((&before["release"], &before["data"]), (&after["release"], &Value::Null));
    assert!(after["data"]["version"].as_u64() > Some(0), "{after}");

    // The key of one role is no key of the other.
    let head_before = head(&desk);
    let mut swapped = publish;
    swapped.swap(5, 7);
    let said = desk.fails(3, &swapped);
    assert!(said.contains("ended with exit status: 1"), "{said}");
    assert_eq!(head(&desk), head_before);
}

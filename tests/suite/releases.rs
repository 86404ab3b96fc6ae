//! Releasing again what was released: promote, roll back; and telling what a release changes, and who approved it.

mod changes;
mod data;
mod difference;
mod golden;
mod readers;
mod told;

use std::path::Path;

use serde_json::Value;

use crate::keys::{APPROVALS, Desk};

/// The payloads that a folder's release of an environment has, by their names.
fn payloads(desk: &Desk, folder: &str, environment: &str) -> Vec<String> {
    let folder = desk.path(folder).join("v1").join(environment).join("b");
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// A word of the shop's content, which each release changes.
fn word(desk: &Desk, from: &str, to: &str) {
    desk.edit("content/banner/eu.toml", |text| {
        assert!(text.contains(from), "{text}");
        text.replace(from, to)
    });
}

fn release(desk: &Desk, reason: &str) -> Value {
    let out = ["build", "site", "--env", "production", "--out", "out", "--since", "live", "--reason", reason, "--json"];
    let first = ["build", "site", "--env", "production", "--out", "out", "--reason", reason, "--json"];
    let built = desk.json(if desk.path("live").exists() { &out } else { &first });
    assert_eq!(built["lacks"], serde_json::json!([]), "{built}");
    desk.ok(&["publish", "out", "live"]);
    built
}

#[test]
fn a_release_is_promoted_byte_for_byte_and_approved_again() {
    let desk = Desk::new("promote", APPROVALS);
    desk.new_key(&[]);
    let privacy = desk.elsewhere("privacy");
    desk.give_key(&privacy, "privacy");
    desk.ok(&["build", "site", "--out", "staged", "--env", "development", "--reason", "autumn"]);
    // What is built now would have other bytes. Nothing is.
    word(&desk, "Delivered", "Sent");

    let said = desk.ok(&["promote", "staged", "out", "--env", "production", "--site", "site"]);
    assert!(
        said.contains("same bytes: program") && said.contains("Missing signatures: consent: 1 of `privacy`"),
        "{said}"
    );
    assert!(!desk.has_head() && desk.path("out/v1/production/proposal").exists());
    assert_eq!(payloads(&desk, "staged", "development"), payloads(&desk, "out", "production"));

    // A store has no room for a release that waits.
    let said = desk.fails(2, &["promote", "staged", "s3://bucket/x", "--env", "production", "--site", "site"]);
    assert!(said.contains("AWS_ACCESS_KEY_ID"), "{said}");

    privacy.take(&desk, "out");
    let (code, said) = privacy.sign();
    assert!(code == Some(1) && said.contains("timestamp"), "{said}");
    // This desk has other sources by now, so it signs in a checkout of the revision.
    word(&desk, "Sent", "Delivered");
    desk.take(&privacy, "out");
    let (code, said) = desk.sign();
    assert!(code == Some(0), "{said}");
    desk.ok(&["verify", "out", "--root", "site/trust/production/root/1.cose"]);
    assert_eq!(payloads(&desk, "staged", "development"), payloads(&desk, "out", "production"));

    // The record tells where it is from, and has what the build was.
    let record = desk.json(&["changelog", "--in", "out", "--json"]);
    let change = &record["records"][0]["change"];
    assert_eq!((change["kind"].as_str(), change["of"]["environment"].as_str()), (Some("promote"), Some("development")));
    assert!(change["tests"]["passed"].as_u64() > Some(0) && record["records"][0]["proved"] == true, "{record}");

    // Store to store, with every key at hand; and a second time there is nothing to do.
    privacy.give_key(&desk, "privacy");
    desk.ok(&["publish", "staged", "stage"]);
    desk.ok(&["publish", "out", "live"]);
    word(&desk, "Delivered", "Sent");
    desk.ok(&["build", "site", "--out", "staged", "--env", "development"]);
    desk.ok(&["publish", "staged", "stage"]);
    let said = desk.ok(&["promote", "stage", "live", "--env", "production", "--site", "site", "--reason", "tested"]);
    assert!(said.contains("promoted: storefront from development to production in live"), "{said}");
    let said = desk.ok(&["promote", "stage", "live", "--env", "production", "--site", "site"]);
    assert!(said.contains("is there already"), "{said}");
    // Two environments of one folder.
    desk.ok(&["promote", "development", "production", "--in", "staged", "--site", "site"]);
    desk.ok(&["verify", "staged"]);
}

#[test]
fn a_source_that_proves_nothing_is_not_promoted() {
    let desk = Desk::new("unproved", "");
    let to = ["--env", "production", "--site", "site"];
    let promote = |from: &str, more: &[&str]| [&["promote", from, "out"], &to[..], more].concat().join(" ");
    let fails = |code: i32, line: &str| desk.fails(code, &line.split(' ').collect::<Vec<_>>());
    desk.ok(&["build", "site", "--out", "staged"]);
    let said = fails(3, &promote("staged", &[]));
    assert!(said.contains("`production` has no keys") && said.contains("selvedge keys new"), "{said}");
    desk.new_key(&[]);

    let said = fails(2, "promote staged out --env nowhere --site site");
    assert!(said.contains("no environment `nowhere`"), "{said}");
    let said = fails(3, &promote("staged", &["--from", "staging"]));
    assert!(said.contains("has no release"), "{said}");
    let said = fails(3, &promote("absent", &[]));
    assert!(said.contains("absent is not a folder"), "{said}");

    // Altered, cut short, made longer, without a payload.
    let altered = |change: &dyn Fn(&Path)| {
        let _ = std::fs::remove_dir_all(desk.path("bad"));
        crate::keys::copy(&desk.path("staged"), &desk.path("bad"));
        let names = payloads(&desk, "bad", "development");
        change(&desk.path("bad/v1/development/b").join(&names[0]));
        fails(4, &promote("bad", &[]))
    };
    let write = |path: &Path, change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = std::fs::read(path).expect("a file");
        change(&mut bytes);
        std::fs::write(path, bytes).expect("writes");
    };
    assert!(altered(&|path| write(path, &|bytes| bytes[9] ^= 1)).contains("its SHA-256 is"));
    assert!(altered(&|path| write(path, &|bytes| bytes.truncate(20))).contains("20 bytes"));
    assert!(altered(&|path| write(path, &|bytes| bytes.push(0))).contains("more than the limit"));
    assert!(altered(&|path| std::fs::remove_file(path).expect("removes")).contains("it is not there"));
    write(&desk.path("bad/v1/development/head"), &|bytes| bytes[200] ^= 1);
    assert!(fails(4, &promote("bad", &[])).contains("does not verify"));

    // Another checkout has other development keys: their signatures say nothing here.
    let other = Desk::new("stranger", "");
    other.ok(&["build", "site", "--out", "staged"]);
    desk.take(&other, "staged");
    assert!(fails(4, &promote("staged", &[])).contains("is not one of this site"));
    assert!(!desk.has_head());

    // An old release may be a replay.
    let ago =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs() - 300_000;
    assert!(desk.output(&["build", "site", "--out", "old"], None, Some(ago)).status.success());
    assert!(fails(4, &promote("old", &[])).contains("add --expired"));
    desk.ok(&["promote", "old", "out", "--env", "production", "--site", "site", "--expired"]);
    assert!(desk.has_head());
}

#[test]
fn on_call_rolls_back_alone_to_what_was_approved_and_to_nothing_else() {
    let desk = Desk::new("rollback", APPROVALS);
    desk.new_key(&[]);
    let first = release(&desk, "first");
    // Hosts hear of a pause, and it stays through everything that follows.
    desk.ok(&["pause", "banner-place", "--site", "site", "--publish", "out", "--reason", "wrong promise"]);
    desk.ok(&["publish", "out", "live"]);
    word(&desk, "Delivered", "Sent");
    release(&desk, "second");
    word(&desk, "Sent", "Brought");
    release(&desk, "third");

    // The person on call has a checkout with two keys: those of the release and of the timestamp.
    let call = desk.elsewhere("call");
    desk.give_key(&call, "release");
    desk.give_key(&call, "timestamp");
    call.take(&desk, "live");
    let list = call.json(&["rollback", "live", "--list", "--json"]);
    let releases = list["releases"].as_array().expect("a list");
    assert_eq!(releases.len(), 3, "{list}");
    assert_eq!((&releases[0]["live"], &releases[2]["change"]["reason"]), (&Value::Bool(true), &Value::from("first")));

    let said = call.fails(2, &["rollback", "live", "--site", "site"]);
    assert!(said.contains("--reason"), "{said}");
    let said = call.fails(2, &["rollback", "live", "--site", "site", "--reason", "x", "--to", "123"]);
    assert!(said.contains("no release `123`") && said.contains("--list"), "{said}");
    let said = call.fails(
        2,
        &["rollback", "live", "--site", "site", "--reason", "x", "--to", &releases[0]["version"].to_string()],
    );
    assert!(said.contains("the payloads that are live"), "{said}");

    // One step back, and then to the first by its digest.
    let said = call.ok(&["rollback", "live", "--site", "site", "--reason", "wrong words"]);
    assert!(said.contains(&format!("has the payloads of version {}", releases[1]["version"])), "{said}");
    let digest = first["release"].as_str().expect("a digest");
    call.ok(&["rollback", "live", "--site", "site", "--reason", "still wrong", "--to", &digest[..12]]);
    let shown = call.json(&[
        "changelog",
        "show",
        &call.json(&["rollback", "live", "--list", "--json"])["releases"][0]["version"].to_string(),
        "--in",
        "live",
        "--json",
    ]);
    let change = &shown["change"];
    assert_eq!(change["reason"], "still wrong");
    assert_eq!(change["of"]["digest"], first["release"]);
    assert_eq!(
        (&shown["proved"], &change["consent"]["changed"], &change["register"]["changed"]),
        (&Value::Bool(true), &Value::Bool(false), &Value::Bool(false)),
        "{shown}"
    );
    let text = call.ok(&["decide", "live", "--country", "DE", "--slots", "home.banner"]);
    assert!(text.contains("PAUSED"), "the order stays: {text}");

    // With the same keys, nothing that nobody approved can be released.
    call.edit("experiences/banner-place.toml", |text| text.replace("\"GB\"", "\"IE\""));
    let said = call.ok(&["build", "site", "--env", "production", "--out", "own", "--since", "live"]);
    assert!(said.contains("Missing signatures: rules: 1 of `decisioning`"), "{said}");

    // After its time, prune takes the payloads, and this is said.
    let pruned = call.json(&["prune", "live", "--json"]);
    assert_eq!(pruned["files"], serde_json::json!([]), "nothing goes within 30 days: {pruned}");
    let names = payloads(&call, "live", "production");
    let name = names.into_iter().find(|name| {
        // A payload of the third release alone.
        let bytes = std::fs::read(call.path("live/v1/production/b").join(name)).expect("a payload");
        bytes.windows(7).any(|word| word == b"Brought")
    });
    std::fs::remove_file(call.path("live/v1/production/b").join(name.expect("a chunk"))).expect("removes");
    let said = call.fails(
        3,
        &["rollback", "live", "--site", "site", "--reason", "x", "--to", &releases[0]["version"].to_string()],
    );
    assert!(said.contains("no longer in live"), "{said}");
}

#[test]
fn a_rollback_that_needs_more_signatures_waits_in_a_folder() {
    let desk = Desk::new("back", "");
    desk.new_key(&[]);
    desk.new_key(&["--role", "release", "--name", "release-2", "--threshold", "2"]);
    release(&desk, "first");
    word(&desk, "Delivered", "Sent");
    release(&desk, "second");
    let bob = desk.elsewhere("bob");
    desk.give_key(&bob, "release-2");
    let said = desk.fails(3, &["rollback", "live", "--site", "site", "--reason", "wrong"]);
    assert!(
        said.contains("nothing was written to live")
            && said.contains("release: 1 of `release`")
            && said.contains("--out"),
        "{said}"
    );
    let said = desk.ok(&["rollback", "live", "--site", "site", "--reason", "wrong", "--out", "out-back"]);
    assert!(said.contains("is a proposal"), "{said}");
    word(&bob, "Sent", "Delivered");
    bob.take(&desk, "out-back");
    let (code, said) = bob.run(&["sign", "site", "--env", "production", "--release", "out-back"]);
    assert!(code == Some(1) && said.contains("timestamp"), "{said}");
    desk.take(&bob, "out-back");
    word(&desk, "Sent", "Delivered");
    desk.ok(&["sign", "site", "--env", "production", "--release", "out-back"]);
    desk.ok(&["publish", "out-back", "live"]);
    let list = desk.json(&["rollback", "live", "--list", "--json"]);
    assert_eq!(list["releases"][0]["change"]["kind"], "rollback", "{list}");
    let shown = desk.json(&["changelog", "--in", "live", "--json"]);
    assert_eq!(shown["records"][0]["signed_by"]["release"].as_array().map(Vec::len), Some(2), "{shown}");
}

//! `selvedge revoke`, `verify` and `decide`, as people run them.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value as Json, json};

const SHOP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/storefront");

struct Shop(PathBuf);

impl Shop {
    /// A site of its own with the shop's files, and a build of it.
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("selvedge-revoke-command-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        copy(Path::new(SHOP), &path.join("site"));
        let shop = Self(path);
        let built = shop.run(&["build", "site", "--out", "dist"], "");
        assert!(built.status.success(), "{}", text(&built.stderr));
        shop
    }

    fn run(&self, arguments: &[&str], input: &str) -> Output {
        let mut child = Command::new(env!("CARGO_BIN_EXE_selvedge"))
            .args(arguments)
            .current_dir(&self.0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("starts");
        // A command that refuses its arguments does not read.
        let _ = child.stdin.take().expect("is piped").write_all(input.as_bytes());
        child.wait_with_output().expect("ends")
    }

    fn json(&self, arguments: &[&str], input: &str) -> Json {
        let output = self.run(arguments, input);
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", text(&output.stderr)))
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("creates");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("has a name");
        if name == ".selvedge" {
            continue;
        }
        if path.is_dir() {
            copy(&path, &to.join(name));
        } else {
            std::fs::copy(&path, to.join(name)).expect("copies");
        }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Whether a text stands in any file below a folder.
fn holds(folder: &Path, needle: &str) -> bool {
    std::fs::read_dir(folder).expect("a folder").any(|entry| {
        let path = entry.expect("an entry").path();
        let in_file = |bytes: Vec<u8>| bytes.windows(needle.len()).any(|part| part == needle.as_bytes());
        if path.is_dir() { holds(&path, needle) } else { in_file(std::fs::read(&path).expect("a file")) }
    })
}

/// What the hero shows to a returning visitor of this account who agreed on this day.
fn hero(shop: &Shop, folder: &str, account: &str, day: u32) -> Json {
    let consent = format!("v=1&epoch=1&day={day}&functional=1&analytics=1&personalization=1&storage=1");
    let context = json!({
        "region": "DE", "now": "2026-10-06T10:00:00+02:00", "identity": { "account": account },
        "signals": { "cookie": consent }, "attributes": { "visitor.visits_30d": 6 },
    });
    let key = "site/.selvedge/keys/revocation.key";
    let arguments = ["decide", folder, "--json", "--slots", "home.hero", "--context", "-", "--revocation-key", key];
    let answer = shop.json(&arguments, &context.to_string());
    answer["decisions"]["home.hero"]["content"].clone()
}

#[test]
fn a_withdrawal_reaches_decisions_and_no_id_reaches_a_file() {
    let shop = Shop::new("reaches");
    let ids = "mia.example@shop.example\n\n  4711  \n";
    let arguments = ["revoke", "site", "--stdin", "--as-of", "2026-10-05T09:00:00Z", "--publish", "dist", "--json"];
    let done = shop.json(&arguments, ids);
    assert_eq!((&done["epoch"], &done["people"], &done["added"]), (&json!(1), &json!(2), &json!(2)), "{done}");
    assert!(done["published"]["file"].as_str().is_some_and(|file| shop.0.join("dist").join(file).is_file()), "{done}");
    let verified = shop.json(&["verify", "dist", "--json"], "");
    let revocations = &verified["environments"][0]["overlay"]["revocations"];
    assert_eq!(revocations, &json!({ "epoch": 1, "entries": 2 }), "{verified}");
    assert!(text(&shop.run(&["verify", "dist"], "").stdout).contains("withdrawals on other devices: 2,"));

    // 5 October 2026 is day 20,731: agreed before, on the day, and after. The site's sources are decided by the same list.
    for folder in ["dist", "site"] {
        assert_eq!(hero(&shop, folder, "4711", 20_700), json!(null), "{folder}");
        assert_eq!(hero(&shop, folder, "4711", 20_731), json!(null), "{folder}");
        assert_eq!(hero(&shop, folder, "4711", 20_732), json!("hero/continue"), "{folder}");
        assert_eq!(hero(&shop, folder, "4712", 20_700), json!("hero/continue"), "{folder}");
    }
    for id in ["mia.example", "4711"] {
        assert!(!holds(&shop.0.join("dist"), id) && !holds(&shop.0.join("site/.selvedge"), id), "{id}");
    }
    // As a request that a proxy in front has put the account into.
    let consent = "selvedge-consent=v=1&epoch=1&day=20700&personalization=1&storage=1";
    let asked = |account: &str| {
        let header = format!("X-Account: {account}");
        let arguments = [
            "decide",
            "site",
            "--country",
            "DE",
            "--cookie",
            consent,
            "--as-of",
            "2026-10-06T10:00:00Z",
            "--explain",
            "--json",
            "--slots",
            "home.hero",
            "--account-from",
            "header:x-account",
            "--header",
            &header,
        ];
        shop.json(&arguments, "")["permissions"].to_string()
    };
    assert!(asked("4711").contains("revoked"), "{}", asked("4711"));
    assert!(!asked("4712").contains("revoked"));
}

#[test]
fn a_decision_that_heeded_a_withdrawal_is_made_again_from_its_record() {
    let shop = Shop::new("replay");
    shop.json(&["revoke", "site", "--account", "4711", "--publish", "dist", "--json"], "");
    let consent = "v=1&epoch=1&day=20700&functional=1&analytics=1&personalization=1&storage=1";
    let context = json!({
        "region": "DE", "identity": { "account": "4711" }, "signals": { "cookie": consent },
        "attributes": { "visitor.visits_30d": 6 },
    });
    let key = "site/.selvedge/keys/revocation.key";
    let arguments =
        ["decide", "dist", "--context", "-", "--audit", "--values", "--keys", "audit.keys", "--revocation-key", key];
    let record = shop.run(&arguments, &context.to_string());
    assert!(text(&record.stdout).contains("denied revoked"), "{}", text(&record.stdout));
    std::fs::write(shop.0.join("log.ndjson"), &record.stdout).expect("writes");
    let replayed = shop.run(&["replay", "log.ndjson", "--archive", "dist", "--keys", "audit.keys"], "");
    assert_eq!(text(&replayed.stdout), "1 record, 1 made again byte for byte, 0 not\n", "{}", text(&replayed.stderr));
}

#[test]
fn a_build_into_another_folder_says_that_it_has_no_list() {
    let shop = Shop::new("note");
    shop.json(&["revoke", "site", "--account", "4711", "--publish", "dist", "--json"], "");
    let same = shop.run(&["build", "site", "--out", "dist"], "");
    assert!(same.status.success() && !text(&same.stderr).contains("withdr"), "{}", text(&same.stderr));
    let other = shop.run(&["build", "site", "--out", "other"], "");
    assert!(text(&other.stderr).contains("selvedge revoke site --publish other"), "{}", text(&other.stderr));
}

#[test]
fn only_what_was_withdrawn_is_denied_and_old_entries_can_go() {
    let shop = Shop::new("expire");
    let revoke = |more: &[&str]| shop.json(&[&["revoke", "site", "--json"], more].concat(), "");
    revoke(&["--account", "a", "--purposes", "advertising", "--as-of", "2024-01-01T00:00:00Z"]);
    revoke(&["--account", "a", "--purposes", "analytics", "--as-of", "2026-01-01T00:00:00Z"]);
    let done = revoke(&["--visitor", "a", "--as-of", "2026-01-01T00:00:00Z"]);
    assert_eq!((&done["people"], &done["entries"]), (&json!(2), &json!(3)), "an account is not a device");
    let again = revoke(&["--account", "a", "--purposes", "analytics", "--as-of", "2025-01-01T00:00:00Z"]);
    assert_eq!((&again["added"], &again["entries"]), (&json!(0), &json!(3)), "an older withdrawal is in a later one");
    assert_eq!((&done["changed"], &again["changed"]), (&json!(0), &json!(0)));
    let gone = revoke(&["--expire", "700", "--as-of", "2026-10-05T00:00:00Z"]);
    assert_eq!((&gone["expired"], &gone["people"], &gone["entries"]), (&json!(1), &json!(2), &json!(2)));
    let soon = shop.run(&["revoke", "site", "--expire", "10", "--as-of", "2026-01-05T00:00:00Z"], "");
    assert!(text(&soon.stderr).contains("may count again"), "{}", text(&soon.stderr));

    let rotated = revoke(&["--rotate", "--account", "a"]);
    assert_eq!((&rotated["epoch"], &rotated["people"]), (&json!(2), &json!(1)));
    std::fs::write(shop.0.join("site/.selvedge/keys/revocation.key"), format!("1:{}\n", "0a".repeat(32)))
        .expect("writes");
    let other = shop.run(&["revoke", "site", "--account", "b"], "");
    assert_eq!(other.status.code(), Some(3));
    assert!(text(&other.stderr).contains("epoch 2"), "{}", text(&other.stderr));
}

#[test]
fn what_cannot_be_done_is_said_and_nothing_is_written() {
    let shop = Shop::new("refused");
    let long = "x".repeat(257);
    let codes: [(&[&str], i32, &str); 9] = [
        (&["revoke", "site", "--purposes", "necessary"], 2, "cannot be withdrawn"),
        (&["revoke", "site", "--purposes", "ads"], 2, "`ads`"),
        (&["revoke", "site", "--account", &long], 2, "--account number 1 has 257 bytes"),
        (&["revoke", "site", "--account", "   "], 2, "--account number 1 is blank"),
        (&["revoke", "site", "--as-of", "tomorrow"], 2, "--as-of"),
        (&["revoke", "site", "--as-of", "2199-01-01T00:00:00Z"], 2, "2149"),
        (&["revoke", "nowhere"], 2, "not a site"),
        (&["revoke", "site", "--env", "production"], 2, "--publish"),
        (&["revoke", "site", "--publish", "nowhere"], 3, "nowhere"),
    ];
    for (arguments, code, says) in codes {
        let output = shop.run(arguments, "");
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", text(&output.stderr));
        assert!(text(&output.stderr).contains(says), "{arguments:?}: {}", text(&output.stderr));
        assert!(!text(&output.stderr).contains(&long), "an id is not for messages");
    }
    // Another site's keys.
    let stranger = Shop::new("stranger");
    let folder = shop.0.join("dist");
    let output =
        stranger.run(&["revoke", "site", "--account", "4711", "--publish", folder.to_str().expect("UTF-8")], "");
    assert_eq!(output.status.code(), Some(4), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("does not accept these keys"));
    assert!(text(&output.stderr).contains("is saved in site/.selvedge/revocations.bin, but not published"));
    assert!(!text(&output.stderr).contains("4711"));
}

#[test]
fn a_list_without_its_key_is_said_to_be_of_no_use() {
    let shop = Shop::new("keyless");
    shop.json(&["revoke", "site", "--account", "4711", "--publish", "dist", "--json"], "");
    let output = shop.run(&["decide", "dist", "--json", "--slots", "home.hero"], "");
    assert!(output.status.success());
    assert!(text(&output.stderr).contains("withdrawals on other devices are not applied"), "{}", text(&output.stderr));
    let named = shop.run(&["decide", "dist", "--json", "--revocation-key", "none.key"], "");
    assert_eq!(named.status.code(), Some(2), "{}", text(&named.stderr));
}

#[test]
fn a_lost_key_takes_nobody_off_the_list() {
    let shop = Shop::new("lost");
    let (key, list) =
        (shop.0.join("site/.selvedge/keys/revocation.key"), shop.0.join("site/.selvedge/revocations.bin"));
    shop.json(&["revoke", "site", "--rotate", "--json"], "");
    shop.json(&["revoke", "site", "--rotate", "--account", "4711", "--json"], "");
    let (kept, secret) = (std::fs::read(&list).expect("a file"), std::fs::read(&key).expect("a file"));
    std::fs::remove_file(&key).expect("removes");
    let lost = shop.run(&["revoke", "site", "--account", "4712"], "");
    assert_eq!(lost.status.code(), Some(3), "{}", text(&lost.stderr));
    for says in ["1 people under a key of epoch 2", "revocation.key", "--rotate"] {
        assert!(text(&lost.stderr).contains(says), "{says}: {}", text(&lost.stderr));
    }
    assert!(!key.exists() && std::fs::read(&list).expect("a file") == kept, "nothing was written");

    // Nor does another secret under the same number.
    std::fs::write(&key, format!("2:{}\n", "0a".repeat(32))).expect("writes");
    let other = shop.run(&["revoke", "site", "--account", "4712"], "");
    assert_eq!(other.status.code(), Some(3), "{}", text(&other.stderr));
    assert!(text(&other.stderr).contains("another key of epoch 2"), "{}", text(&other.stderr));
    let decided = shop.run(&["decide", "site", "--json", "--slots", "home.hero"], "");
    assert!(text(&decided.stderr).contains("another key of epoch 2"), "{}", text(&decided.stderr));
    // With the key back it goes on.
    std::fs::write(&key, &secret).expect("writes");
    assert_eq!(shop.json(&["revoke", "site", "--account", "4712", "--json"], "")["people"], json!(2));
    // Or anew, under an epoch that no Worker has had, wherever the last one is known from.
    std::fs::remove_file(&key).expect("removes");
    let anew = shop.json(&["revoke", "site", "--rotate", "--account", "4711", "--json"], "");
    assert_eq!((&anew["epoch"], &anew["people"]), (&json!(3), &json!(1)));
    std::fs::remove_file(&list).expect("removes");
    assert_eq!(shop.json(&["revoke", "site", "--rotate", "--json"], "")["epoch"], json!(4));
    // Nobody is in this list: a new key takes nothing from anybody.
    std::fs::remove_file(&key).expect("removes");
    let first = shop.json(&["revoke", "site", "--account", "4711", "--json"], "");
    assert_eq!((&first["epoch"], &first["people"]), (&json!(5), &json!(1)));
}

#[test]
fn what_a_run_did_and_what_is_odd_about_it_is_said() {
    let shop = Shop::new("said");
    let revoke = |more: &[&str]| shop.json(&[&["revoke", "site", "--json"], more].concat(), "");
    revoke(&["--account", "a", "--purposes", "advertising"]);
    let more = revoke(&["--account", "a", "--account", "b", "--account", "b", "--purposes", "analytics"]);
    assert_eq!((&more["added"], &more["changed"], &more["people"]), (&json!(1), &json!(1), &json!(2)));

    let future = shop.run(&["revoke", "site", "--account", "a", "--as-of", "2140-03-04T05:00:00Z"], "");
    assert!(future.status.success());
    assert!(text(&future.stderr).contains("2140-03-04T05:00:00Z is in the future"), "{}", text(&future.stderr));
    assert!(text(&future.stderr).contains("before 2140-03-05T00:00:00Z"), "{}", text(&future.stderr));
    let past = shop.run(&["revoke", "site", "--account", "a", "--as-of", "2026-01-01"], "");
    assert!(!text(&past.stderr).contains("future"), "{}", text(&past.stderr));
    let help = text(&shop.run(&["decide", "--help"], "").stdout).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(help.contains("with a built folder in the current one"), "{help}");
}

#[test]
fn an_id_is_the_same_however_it_was_given() {
    let shop = Shop::new("trimmed");
    let done = shop.json(&["revoke", "site", "--stdin", "--json"], "\u{feff}bom1\r\nbom2\n");
    assert_eq!(done["people"], json!(2));
    let again = shop.json(&["revoke", "site", "--account", " bom1 ", "--account", "bom2", "--json"], "");
    assert_eq!((&again["people"], &again["added"]), (&json!(2), &json!(0)));
}

#[test]
fn of_many_runs_at_once_each_is_heeded() {
    let shop = Shop::new("at-once");
    let ids: Vec<String> = (0..8).map(|id| format!("account-{id}")).collect();
    std::thread::scope(|scope| {
        for id in &ids {
            let run = || {
                let done = shop.run(&["revoke", "site", "--account", id, "--publish", "dist"], "");
                assert!(done.status.success(), "{}", text(&done.stderr));
            };
            scope.spawn(run);
        }
    });
    let verified = shop.json(&["verify", "dist", "--json"], "");
    assert_eq!(
        verified["environments"][0]["overlay"]["revocations"],
        json!({ "epoch": 1, "entries": 8 }),
        "{verified}"
    );
    assert_eq!(shop.json(&["revoke", "site", "--json"], "")["people"], json!(8));
}

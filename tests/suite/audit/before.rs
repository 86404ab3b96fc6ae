//! Logs of earlier versions: they verify, they are made again, and persons are answered from them.
//!
//! `tests/vectors/logs/records-N` has two closed logs that a program with records of version N wrote and closed, with their secrets, which
//! change after the first, and the bundle that decided. Nothing there is written again by this version.

use std::path::Path;

use serde_json::Value;

use super::{Desk, SHOP, answer};

/// The version of the records, and the SHA-256 of the second log's manifest. The leaves of the first have no salts.
const LOGS: [(&str, &str); 2] = [
    ("1", "685be57b3f1569150242488801484107613e13d5bc665f280664f444b7370b31"),
    ("2", "bfcd6fad5f36d00e825ef924c4a1c781eec80b8db4690dcc561db001755c946a"),
];
/// The persons: their records, and their lines of other kinds.
const PERSONS: [(&str, usize, usize); 4] = [("device0", 3, 1), ("device1", 2, 0), ("device2", 4, 0), ("mum", 2, 0)];

#[test]
fn a_log_of_an_earlier_version_verifies_exports_and_is_made_again() {
    for (version, head) in LOGS {
        let desk = Desk::new(&format!("before-{version}"));
        let stored = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/vectors/logs/records-{version}"));
        answer::copy(&stored, &desk.0);
        let keys = ["--keys", "keys/audit.keys"];
        let text = desk.text("log/1.ndjson");
        assert!(
            text.lines().all(|line| line.starts_with(&format!("{{\"v\":{version},\"kind\":\"audit\""))),
            "{version}"
        );
        assert!(desk.clean(&["log", "verify", "--head", head]).starts_with("ok: 2 logs, 13 lines"), "{version}");
        let said = desk.clean(&[&["replay", "log"][..], &keys].concat());
        assert!(said.contains("12 records, 12 made again byte for byte, 0 not"), "{version}: {said}");
        for (id, records, others) in PERSONS {
            let output =
                desk.run(&[&["dsar", "export", "--subject", id, "-o", id, "--site", SHOP][..], &keys].concat());
            // An account was signed in on this device.
            assert_eq!(output.status.code(), Some(i32::from(id == "device1")), "{version}: {id}");
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            let lines = if others == 1 { "other line" } else { "other lines" };
            assert!(said.contains(&format!("{records} records, {others} {lines}, ")), "{version}: {said}");
            let told: Value = serde_json::from_str(&desk.text(&format!("{id}/answer.json"))).expect("is JSON");
            let decisions = told["decisions"].as_array().expect("a list");
            assert!(decisions.iter().all(|one| one["verdict"] == "same"), "{version}: {id}");
            assert_eq!(desk.run(&["replay", id]).status.code(), Some(0), "{version}: {id}");
        }
        let mum = desk.text("mum/answer.json");
        assert!(mum.contains("\"profile.health_interest\": true"), "{version}: what was sealed opens");
        // What is altered in it is found, and what is taken out leaves a tombstone.
        desk.write("log/1.ndjson", text.replacen("\"region\":\"DE\"", "\"region\":\"FR\"", 1));
        assert!(desk.fails(4, &["log", "verify"]).contains("1.ndjson:1: "), "{version}");
    }
}

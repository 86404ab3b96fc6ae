//! A person who was erased is not found again by somebody who guesses.
//!
//! The guesser reads everything that is left in the folder of logs, knows all of the line but the id, and tries ids.

use std::collections::BTreeSet;

use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::DecodePrivateKey as _;
use selvedge::log::merkle::{Hash, Tree, leaf, salted};
use selvedge::log::segment::Manifest;
use selvedge::trust::native::sha256;
use selvedge::trust::sign::Signer;
use selvedge::words::hex;

use super::Desk;

const LINES: usize = 8;
const AT: usize = 5;

fn line(at: usize, id: &str) -> String {
    let id = if at == AT { id } else { "s2" };
    format!(
        r#"{{"v":1,"kind":"exposure","at":"2026-01-10T00:0{at}:00Z","slot":"home.hero","experience":"winter","id":"{id}"}}"#
    )
}

fn text(id: &str) -> String {
    (0..LINES).map(|at| line(at, id) + "\n").collect()
}

/// Every file of the folder of logs.
fn remains(desk: &Desk) -> Vec<Vec<u8>> {
    let entries = std::fs::read_dir(desk.path("log")).expect("a folder");
    entries.map(|entry| std::fs::read(entry.expect("an entry").path()).expect("a file")).collect()
}

/// How many ids were tried until one was found.
fn guess(remains: &[Vec<u8>], ids: impl Iterator<Item = String>) -> Option<usize> {
    let windows = |file: &'_ Vec<u8>, length| file.windows(length).map(<[u8]>::to_vec).collect::<Vec<_>>();
    let hashes: BTreeSet<Vec<u8>> = remains.iter().flat_map(|file| windows(file, 32)).collect();
    let digits: BTreeSet<Vec<u8>> = remains.iter().flat_map(|file| windows(file, 64)).collect();
    let salts: BTreeSet<[u8; 16]> =
        remains.iter().flat_map(|file| windows(file, 16)).filter_map(|salt| salt.try_into().ok()).collect();
    let is_told = |hash: &Hash| hashes.contains(&hash[..]) || digits.contains(hex(hash).as_bytes());
    for (tried, id) in ids.enumerate() {
        let (line, text) = (line(AT, &id), text(&id));
        let root = text.lines().map(|line| leaf(line.as_bytes())).collect::<Tree>().root();
        let mut told =
            [leaf(line.as_bytes()), sha256(line.as_bytes()), sha256(text.as_bytes()), root].iter().any(is_told);
        told |= salts.iter().any(|salt| is_told(&salted(salt, &leaf(line.as_bytes()))));
        if told {
            return Some(tried + 1);
        }
    }
    None
}

/// The id, with a few that are not: what matters is whether the right one can be told from them.
fn ids() -> impl Iterator<Item = String> {
    (34_690..34_710).map(|id| id.to_string())
}

/// A log as an earlier version closed it: leaves without salts, and a digest of the whole.
fn close_as_before(desk: &Desk) {
    desk.write("log/0.ndjson", "");
    desk.clean(&["log", "close", "log/0.ndjson", "--as-of", "2026-01-10"]);
    let key = SigningKey::from_pkcs8_pem(&desk.text(".selvedge/keys/log.pem")).expect("a key");
    let text = desk.text("log/1.ndjson");
    let leaves: Vec<Hash> = text.lines().map(|line| leaf(line.as_bytes())).collect();
    let manifest = Manifest {
        number: 2,
        previous: Some(sha256(&desk.read("log/0.ndjson.manifest"))),
        file: "1.ndjson".into(),
        count: leaves.len() as u64,
        root: leaves.iter().copied().collect::<Tree>().root(),
        whole: Some((text.len() as u64, sha256(text.as_bytes()))),
        first: Some("2026-01-10T00:00:00Z".into()),
        last: Some("2026-01-10T00:07:00Z".into()),
        closed: "2026-01-11T00:00:00Z".into(),
        signer: key.verifying_key().to_bytes(),
    };
    desk.write("log/1.ndjson.manifest", &*manifest.sign(&Signer::local(&key)).expect("signs"));
    desk.write("log/1.ndjson.leaves", leaves.concat());
}

#[test]
fn who_was_erased_is_not_found_by_guessing() {
    for is_closed_first in [true, false] {
        let desk = Desk::new(if is_closed_first { "guess-closed" } else { "guess-open" });
        desk.write("log/1.ndjson", text("34704"));
        let close = || desk.clean(&["log", "close", "log/1.ndjson"]);
        if is_closed_first {
            close();
            assert_eq!(guess(&remains(&desk), ids()), Some(15), "the guesser finds what is there");
        }
        desk.clean(&["log", "erase", "--subject", "34704", "--as-of", "2026-03-01"]);
        assert_eq!(guess(&remains(&desk), ids()), None);
        if !is_closed_first {
            close();
        }
        desk.clean(&["log", "verify"]);
        assert_eq!(guess(&remains(&desk), ids()), None);
        assert!(!String::from_utf8_lossy(&remains(&desk).concat()).contains("00:05:00"), "nor when it was");
    }
}

#[test]
fn a_removal_that_was_interrupted_leaves_no_salt() {
    let desk = Desk::new("guess-interrupted");
    desk.write("log/1.ndjson", text("34704"));
    desk.clean(&["log", "close", "log/1.ndjson"]);
    let leaves = desk.read("log/1.ndjson.leaves");
    let erase = || desk.clean(&["log", "erase", "--subject", "34704", "--as-of", "2026-03-01"]);
    erase();
    let at = desk.text("log/1.ndjson").lines().position(|line| line.contains("tombstone")).expect("one is there") + 1;
    desk.write("log/1.ndjson.leaves", leaves);
    assert!(guess(&remains(&desk), ids()).is_some());
    assert!(
        desk.fails(4, &["log", "verify"])
            .contains(&format!("1.ndjson:{at}: it is listed as taken out and still there"))
    );
    erase();
    assert_eq!(guess(&remains(&desk), ids()), None);
    desk.clean(&["log", "verify"]);
}

#[test]
fn an_id_leaves_as_many_bytes_as_any_other() {
    let sizes = ["7", "a-rather-long-account@example.com"].map(|id| {
        let desk = Desk::new("guess-sizes");
        desk.write("log/1.ndjson", text(id));
        desk.clean(&["log", "close", "log/1.ndjson", "--as-of", "2026-01-11"]);
        desk.clean(&["log", "erase", "--subject", id, "--as-of", "2026-03-01"]);
        let mut sizes: Vec<usize> = remains(&desk).iter().map(Vec::len).collect();
        sizes.sort_unstable();
        sizes
    });
    assert_eq!(sizes[0], sizes[1]);
}

#[test]
fn a_log_that_an_earlier_version_closed_still_verifies() {
    let desk = Desk::new("guess-earlier");
    desk.write("log/1.ndjson", text("34704"));
    close_as_before(&desk);
    assert!(desk.clean(&["log", "verify"]).starts_with("ok: 2 logs, 8 lines, 0 of them tombstones"));
    let log = desk.read("log/1.ndjson");
    let mut altered = log.clone();
    altered[40] ^= 1;
    desk.write("log/1.ndjson", altered);
    assert!(desk.fails(4, &["log", "verify"]).contains("1.ndjson:1: byte 40 of the file"));
    desk.write("log/1.ndjson", log);
    let said = desk.run(&["log", "erase", "--subject", "34704", "--as-of", "2026-03-01"]);
    let said = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(said.contains("an earlier version closed this log, without salts"), "{said}");
    assert!(desk.clean(&["log", "verify"]).starts_with("ok: 2 logs, 8 lines, 1 of them a tombstone"));
    // What an earlier version closed is what the guesser was made for.
    assert_eq!(guess(&remains(&desk), ids()), Some(15));
}

#[test]
fn without_its_salts_a_log_is_not_called_whole() {
    let desk = Desk::new("guess-salts");
    desk.write("log/1.ndjson", text("34704"));
    desk.clean(&["log", "close", "log/1.ndjson"]);
    let (leaves, closed) = (desk.read("log/1.ndjson.leaves"), desk.text("log/1.ndjson"));
    for at in [32, 47, 48 * LINES - 1] {
        let mut altered = leaves.clone();
        altered[at] ^= 1;
        desk.write("log/1.ndjson.leaves", altered);
        assert!(desk.fails(4, &["log", "verify"]).contains("1.ndjson.leaves: it is missing or altered"));
    }
    std::fs::remove_file(desk.path("log/1.ndjson.leaves")).expect("is there");
    assert!(desk.fails(4, &["log", "verify"]).contains("1.ndjson.leaves: it is missing or altered"));
    assert!(desk.fails(3, &["log", "erase", "--subject", "34704"]).contains("nothing was taken out"));
    assert_eq!(desk.text("log/1.ndjson"), closed);
}

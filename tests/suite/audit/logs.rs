//! Closed logs: whatever is altered is found, what is taken out leaves a tombstone.

use super::Desk;
use crate::sites::dice::Dice;

/// A folder with two closed logs of reasons and exposures, and what they hold.
fn closed(name: &str) -> Desk {
    let desk = Desk::new(name);
    for (log, day) in [("1.ndjson", "2026-01-10"), ("2.ndjson", "2026-02-10")] {
        let line = |at: usize| {
            let id = if at.is_multiple_of(3) { "s1" } else { "s2" };
            format!(
                "{{\"v\":1,\"kind\":\"exposure\",\"at\":\"{day}T00:{at:02}:00Z\",\"slot\":\"home.hero\",\"id\":\"{id}\"}}\n"
            )
        };
        desk.write(&format!("log/{log}"), (0..30).map(line).collect::<String>());
        desk.clean(&["log", "close", &format!("log/{log}")]);
    }
    assert!(desk.clean(&["log", "verify"]).starts_with("ok: 2 logs, 60 lines, 0 of them tombstones"));
    desk
}

#[test]
fn one_flipped_byte_is_found_at_its_position() {
    let desk = closed("flipped");
    let log = desk.read("log/2.ndjson");
    let dice = &mut Dice::new(9);
    for _ in 0..40 {
        let (at, change) = (dice.below(log.len()), dice.between(1, 255) as u8);
        let mut altered = log.clone();
        altered[at] ^= change;
        desk.write("log/2.ndjson", &altered);
        let said = desk.fails(4, &["log", "verify", "log"]);
        let line = log[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
        assert!(said.contains(&format!("2.ndjson:{line}: byte {at} of the file, ")), "byte {at} ^ {change}: {said}");
    }
    desk.write("log/2.ndjson", &log);
    desk.clean(&["log", "verify", "log/2.ndjson"]);
}

#[test]
fn one_flipped_byte_beside_a_log_is_found_too() {
    let desk = closed("beside");
    desk.clean(&["log", "erase", "--subject", "s1", "--as-of", "2026-03-01"]);
    for (ending, is_named) in [("leaves", true), ("removed", false), ("manifest", false)] {
        let name = format!("log/1.ndjson.{ending}");
        let file = desk.read(&name);
        for at in [0, 33, file.len() / 2, file.len() - 5, file.len() - 1] {
            let mut altered = file.clone();
            altered[at] ^= 1;
            desk.write(&name, &altered);
            let said = desk.fails(4, &["log", "verify"]);
            assert!(said.contains(&format!("1.ndjson.{ending}: ")), "{at}: {said}");
            // A salt has nothing beside it that would tell which byte it was.
            let is_named = is_named && at % 48 < 32;
            assert!(!is_named || said.contains(&format!("byte {at} is not what was written")), "{at}: {said}");
        }
        desk.write(&name, &file);
    }
    desk.clean(&["log", "verify"]);
}

#[test]
fn lines_that_are_swapped_cut_off_or_doubled_are_found() {
    let desk = closed("lines");
    let text = desk.text("log/1.ndjson");
    let lines: Vec<&str> = text.lines().collect();
    let check = |lines: &[&str], expected: &[&str]| {
        desk.write("log/1.ndjson", lines.iter().map(|line| format!("{line}\n")).collect::<String>());
        let said = desk.fails(4, &["log", "verify"]);
        expected.iter().for_each(|expected| assert!(said.contains(expected), "{expected}: {said}"));
    };
    let mut swapped = lines.clone();
    swapped.swap(4, 9);
    check(
        &swapped,
        &["1.ndjson:5: line 10 of the signed log stands here", "1.ndjson:10: line 5 of the signed log stands here"],
    );
    check(&lines[..28], &["1.ndjson:29: this line of the signed log is not there", "1.ndjson:30: "]);
    check(&[&lines[..7], &lines[6..]].concat(), &["1.ndjson:8: line 7 of the signed log stands here once more"]);
    check(&[&lines[..7], &["{}"], &lines[7..]].concat(), &["1.ndjson:8: the signed log has no such line"]);
}

#[test]
fn a_manifest_cannot_be_swapped_taken_away_or_signed_anew() {
    let desk = closed("manifests");
    let (first, second) = (desk.read("log/1.ndjson.manifest"), desk.read("log/2.ndjson.manifest"));
    let restore = || {
        desk.write("log/1.ndjson.manifest", &first);
        desk.write("log/2.ndjson.manifest", &second);
    };
    // The first log is closed again, with other lines, by whoever has the key: the second is chained to what was.
    std::fs::remove_file(desk.path("log/1.ndjson.manifest")).expect("is there");
    std::fs::rename(desk.path("log/2.ndjson.manifest"), desk.path("2.manifest")).expect("is there");
    desk.write("log/1.ndjson", desk.text("log/1.ndjson").replace("s1", "s9"));
    desk.clean(&["log", "close", "log/1.ndjson"]);
    std::fs::rename(desk.path("2.manifest"), desk.path("log/2.ndjson.manifest")).expect("is there");
    let said = desk.fails(4, &["log", "verify"]);
    assert!(
        said.contains("2.ndjson.manifest: the manifest before it, number 1, is not the one that it was chained to"),
        "{said}"
    );
    desk.write("log/1.ndjson", desk.text("log/1.ndjson").replace("s9", "s1"));
    restore();

    std::fs::remove_file(desk.path("log/1.ndjson.manifest")).expect("is there");
    assert!(desk.fails(4, &["log", "verify"]).contains("number 1 is not there"));
    restore();

    let printed = "00".repeat(32);
    assert!(desk.fails(4, &["log", "verify", "--head", &printed]).contains("is not in the chain"));
    assert!(desk.fails(4, &["log", "verify", "--signer", &printed]).contains("not trusted"));
    for at in [3, 40, first.len() / 2, first.len() - 1] {
        let mut altered = first.clone();
        altered[at] ^= 1;
        desk.write("log/1.ndjson.manifest", altered);
        desk.fails(4, &["log", "verify"]);
    }
    restore();
    // The second chain of a stranger, with a key of their own.
    desk.write("log/3.ndjson", "{}\n");
    desk.clean(&["log", "close", "log/3.ndjson", "--key", "stranger.pem"]);
    assert!(desk.fails(4, &["log", "verify"]).contains("3.ndjson.manifest: signed by the key"));
}

#[test]
fn what_is_past_its_retention_goes_and_the_rest_still_holds() {
    let desk = closed("expiry");
    let as_of = ["--as-of", "2027-02-15"];
    assert!(desk.fails(1, &[&["log", "scan", "--older-than", "395d"], &as_of[..]].concat()).is_empty());
    assert_eq!(
        desk.clean(&[&["log", "expire"], &as_of[..]].concat()),
        "30 lines were past their retention on 2027-02-15\n"
    );
    let scan = desk.clean(&[&["log", "scan", "--older-than", "395d"], &as_of[..]].concat());
    assert!(scan.starts_with("0 rows older than 2026-01-16"), "{scan}");
    assert!(desk.clean(&["log", "verify"]).starts_with("ok: 2 logs, 60 lines, 30 of them tombstones"));
    assert!(!desk.text("log/1.ndjson").contains("home.hero"));
    // A kind may be kept for longer or shorter.
    let all = desk.clean(&["log", "expire", "--as-of", "2027-02-15", "--retain", "exposure=1d"]);
    assert_eq!(all, "30 lines were past their retention on 2027-02-15\n");
    assert!(desk.clean(&["log", "verify"]).starts_with("ok: 2 logs, 60 lines, 60 of them tombstones"));
}

#[test]
fn a_line_cannot_be_taken_out_without_the_key() {
    let desk = closed("unsigned");
    let (leaves, whole) = (desk.read("log/1.ndjson.leaves"), desk.text("log/1.ndjson"));
    desk.clean(&["log", "erase", "--subject", "s1", "--as-of", "2026-03-01"]);
    assert!(desk.clean(&["log", "verify"]).starts_with("ok: 2 logs, 60 lines, 20 of them tombstones"));
    let text = desk.text("log/1.ndjson");
    let is_gone = |line: &str| line.contains("\"kind\":\"tombstone\"");
    let first = |wanted: bool| text.lines().position(|line| is_gone(line) == wanted).expect("a line");
    let (gone, stays) = (first(true), first(false));
    let tombstone = text.lines().nth(gone).expect("a line").to_owned();
    let before: usize = text.split_inclusive('\n').take(gone).map(str::len).sum();
    // A tombstone that nobody signed, with the right leaf in it.
    let line = text.lines().nth(stays).expect("a line");
    let leaf = selvedge::words::hex(&selvedge::log::merkle::leaf(line.as_bytes()));
    let old = tombstone.split("\"leaf\":\"").nth(1).and_then(|rest| rest.get(..64)).expect("a leaf");
    desk.write("log/1.ndjson", text.replacen(line, &tombstone.replace(old, &leaf), 1));
    assert!(desk.fails(4, &["log", "verify"]).contains(&format!("1.ndjson:{}: ", stays + 1)));
    // A tombstone whose words were altered.
    desk.write("log/1.ndjson", text.replacen("\"on\":\"2026-03-01\"", "\"on\":\"2026-03-02\"", 1));
    assert!(desk.fails(4, &["log", "verify"]).contains(&format!("1.ndjson:{}: ", gone + 1)));
    // Any byte of it is named, as of any other line.
    for at in [0, 40, tombstone.len() - 1].map(|at| before + at) {
        let mut altered = text.clone().into_bytes();
        altered[at] ^= 2;
        desk.write("log/1.ndjson", altered);
        let said = desk.fails(4, &["log", "verify"]);
        assert!(said.contains(&format!("1.ndjson:{}: byte {at} of the file, ", gone + 1)), "{said}");
    }
    // An interrupted removal: the list is signed, the line still there. Running it again mends it.
    desk.write("log/1.ndjson", &text);
    desk.write("log/1.ndjson", whole);
    desk.write("log/1.ndjson.leaves", leaves);
    assert!(desk.fails(4, &["log", "verify"]).contains("the removal was interrupted"));
    desk.clean(&["log", "erase", "--subject", "s1", "--as-of", "2026-03-01"]);
    assert_eq!(desk.text("log/1.ndjson"), text);
    desk.clean(&["log", "verify"]);
}

#[test]
fn only_a_finished_log_is_closed_and_only_once() {
    let desk = closed("again");
    assert!(desk.fails(3, &["log", "close", "log/1.ndjson"]).contains("is closed already"));
    desk.write("log/3.ndjson", "{}\n{\"v\":1");
    assert!(desk.fails(3, &["log", "close", "log/3.ndjson"]).contains("in the middle of a line"));
    desk.write("log/3.ndjson", "");
    desk.clean(&["log", "close", "log/3.ndjson"]);
    assert!(desk.clean(&["log", "verify"]).starts_with("ok: 3 logs, 60 lines"));
}

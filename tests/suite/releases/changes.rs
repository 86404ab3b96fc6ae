//! The change record: six parts, and every byte of them proved.

use serde_json::Value;

use super::{release, word};
use crate::keys::{APPROVALS, Desk};

#[test]
fn a_record_has_six_parts_and_compares_with_the_release_before() {
    let desk = Desk::new("record", APPROVALS);
    desk.new_key(&[]);
    let git = |arguments: &[&str]| {
        let identity = ["-c", "user.name=Ada L", "-c", "user.email=ada@shop.example", "-c", "commit.gpgsign=false"];
        let mut command = std::process::Command::new("git");
        command.arg("-C").arg(desk.path("site")).args(identity).args(arguments);
        assert!(command.output().expect("git runs").status.success(), "{arguments:?}");
    };
    git(&["init", "-q"]);
    git(&["add", "-A"]);
    git(&["commit", "-q", "-m", "Open the shop"]);
    let first = release(&desk, "the first one");
    // A purpose more for an attribute, a longer retention in the register, and other words.
    desk.edit("attributes.toml", |text| {
        let from = "retention = \"30d\"";
        assert!(text.contains(from), "{text}");
        text.replacen(from, "retention = \"60d\"", 1)
    });
    word(&desk, "Delivered", "Sent");
    git(&["commit", "-q", "-a", "-m", "Keep visits for longer"]);
    let second = release(&desk, "");

    let show = |built: &Value| {
        let digest = built["release"].as_str().expect("a digest");
        (
            desk.ok(&["changelog", "show", &digest[..16], "--in", "live"]),
            desk.json(&["changelog", "show", &digest[..16], "--in", "live", "--json"]),
        )
    };
    let (text, shown) = show(&second);
    for part in [
        "Author\n  Ada L: Keep visits for longer",
        "Approvals\n  release: signed by",
        "Tests\n",
        "Conflicts\n",
        "Consent\n  the retention of",
        "Register of processing\n",
        "Every signature holds",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("ada@shop.example"), "{text}");
    let change = &shown["change"];
    assert_eq!(change["author"]["uncommitted"], false);
    assert_eq!(change["before"]["digest"], first["release"]);
    assert!(change["register"]["changes"].as_array().is_some_and(|changes| !changes.is_empty()), "{change}");
    // A test of the site expects the retention of before, and the record says so.
    assert!(change["tests"]["failed"] == 1 && text.contains("1 failed\n  failed: "), "{text}");
    let approvals: Vec<(&str, bool)> = change["approvals"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| (one["class"].as_str().expect("a class"), one["changed"] == true))
        .collect();
    assert_eq!(approvals, [("consent", true), ("rules", true), ("content", true)]);
    let (text, _) = show(&first);
    assert!(text.contains("this is the first release") && text.contains("reason: the first one"), "{text}");

    // A rollback compares the other way round, by what the records name. Sources with errors do not stop it.
    desk.edit("tests/places.toml", |text| text.replacen("\"banner/eu\"", "\"banner/at\"", 1));
    desk.ok(&["rollback", "live", "--site", "site", "--reason", "too long"]);
    let back = desk.json(&["changelog", "--in", "live", "--json"]);
    let change = &back["records"][0]["change"];
    let said = change["register"]["changes"].to_string() + &change["consent"]["changes"].to_string();
    assert!(said.contains("30 days, no longer") && said.contains("60 days"), "{change}");
    assert_eq!(change["author"]["summary"], "Open the shop");
    let schema: Value = serde_json::from_str(&desk.ok(&["schema", "change"])).expect("is JSON");
    let validator = jsonschema::validator_for(&schema).expect("is a schema");
    for one in back["records"].as_array().expect("a list") {
        let errors: Vec<String> = validator.iter_errors(&one["change"]).map(|error| error.to_string()).collect();
        assert_eq!(errors, Vec::<String>::new());
    }
}

#[test]
fn no_byte_of_a_record_can_be_altered() {
    let desk = Desk::new("altered", "");
    desk.new_key(&[]);
    let built = release(&desk, "first");
    let digest = built["release"].as_str().expect("a digest");
    let folder = desk.path("live/v1/production/changes");
    let file = std::fs::read_dir(&folder).expect("a folder").next().expect("a record").expect("an entry").path();
    let bytes = std::fs::read(&file).expect("a file");
    let show = || desk.run(&["changelog", "--in", "live"]).0;
    assert_eq!(show(), Some(0));
    for at in (0..bytes.len()).step_by(bytes.len() / 40) {
        let mut altered = bytes.clone();
        altered[at] ^= 1;
        std::fs::write(&file, &altered).expect("writes");
        assert_eq!(show(), Some(4), "byte {at}");
    }
    std::fs::write(&file, &bytes[..bytes.len() - 1]).expect("writes");
    assert_eq!(show(), Some(4));
    // The record of one release under the name of another.
    std::fs::write(folder.join("99.cbor"), &bytes).expect("writes");
    std::fs::write(&file, &bytes).expect("writes");
    let said = desk.fails(4, &["changelog", "--in", "live"]);
    assert!(said.contains("version 99") && said.contains("another release"), "{said}");
    desk.ok(&["changelog", "show", digest, "--in", "live", "--root", "site/trust/production/root/1.cose"]);
    let said = desk.fails(2, &["changelog", "show", "12345678", "--in", "live"]);
    assert!(said.contains("no record of `12345678`"), "{said}");
    // Another root vouches for nothing of it.
    let other = Desk::new("other-root", "");
    other.new_key(&[]);
    std::fs::copy(other.path("site/trust/production/root/1.cose"), desk.path("other.cose")).expect("copies");
    desk.fails(4, &["changelog", "--in", "live", "--root", "other.cose"]);
}

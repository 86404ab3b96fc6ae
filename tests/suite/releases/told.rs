//! `verify` of a store: the documents about the site at its well-known paths are those of the signed notice, and nothing else.

use std::fs;

use crate::keys::Desk;

#[test]
fn documents_about_the_site_are_held_to_the_notice_of_the_release() {
    let desk = Desk::new("told", "");
    desk.ok(&["build", "site", "--out", "out"]);
    desk.ok(&["publish", "out", "live"]);
    let files = |place: &str| desk.json(&["verify", place, "--json"])["files"].as_u64().expect("a number");
    let told = [".well-known/personalization", ".well-known/gpc.json"].map(|path| desk.path("live").join(path));
    assert!(told.iter().all(|path| path.is_file()), "`publish` puts them there");
    let all = files("live");

    for path in &told {
        let right = fs::read(path).expect("is there");
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        for wrong in [&right[..right.len() - 1], b"", b"{}"] {
            fs::write(path, wrong).expect("writes");
            let said = desk.fails(4, &["verify", "live"]);
            assert!(said.contains(&name) && said.contains("this is not what the notice of a release says"), "{said}");
        }
        fs::write(path, right).expect("writes");
    }
    assert_eq!(files("live"), all);

    // What nobody published stays a fault; what a host may do without is none.
    let foreign = desk.path("live/.well-known/security.txt");
    fs::write(&foreign, "Contact: mailto:a@example.com\n").expect("writes");
    assert!(desk.fails(4, &["verify", "live"]).contains("security.txt"));
    fs::remove_file(foreign).expect("removes");
    fs::remove_file(&told[0]).expect("removes");
    assert_eq!(files("live"), all - 1);

    // The documents of an earlier release are not those of this one.
    let old = fs::read(&told[1]).expect("is there");
    desk.edit("consent.toml", |text| text.replace("2026-11-20", "2026-11-21"));
    desk.ok(&["build", "site", "--out", "out", "--reason", "another day"]);
    desk.ok(&["publish", "out", "live"]);
    assert_ne!(fs::read(&told[1]).expect("is there"), old, "`publish` replaces them");
    assert_eq!(files("live"), files("live"));
    fs::write(&told[1], old).expect("writes");
    assert!(desk.fails(4, &["verify", "live"]).contains("gpc.json"));
}

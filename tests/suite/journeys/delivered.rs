//! Journeys on their way to hosts: which earlier releases a build lists, and what keeps their files.

use std::path::Path;

use selvedge::bundle::journeys::{Journeys, mark};
use selvedge::trust::{Expiry, Floor, Kind, Release, Scope, native};

use crate::keys::Desk;

const JOURNEYS: &str =
    "[journeys.order]\nslots = [\"cart.notice\", \"cart.upsell\"]\nends = [\"/thanks/\"]\ndays = 2\n";
const SCOPE: Scope<'_> = Scope { repository: "storefront", environment: "production" };

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The release of a folder, and its journeys.
fn opened(desk: &Desk, folder: &str) -> (Release, Option<Journeys>) {
    let place = desk.path(folder).join("v1/production");
    let (root, head) = (read(&place.join("root/1.cose")), read(&place.join("head")));
    let release =
        native::open(&root, &head, &SCOPE, i64::MAX / 2, Floor::default(), Expiry::AllowStale).expect("opens");
    let index = release.targets_of(Kind::Journeys).next();
    let journeys = index.map(|index| {
        let file = desk.path(folder).join(release.path(index).expect("has a path").trim_start_matches('/'));
        let verified = native::admit(&release, index, read(&file)).expect("is what the release names");
        Journeys::open(verified.bytes()).expect("reads")
    });
    (release, journeys)
}

fn word(desk: &Desk, to: &str) {
    desk.edit("content/banner/eu.toml", |text| {
        text.replace("Delivered", to).replace("Sent", to).replace("Brought", to)
    });
}

fn release(desk: &Desk) -> String {
    let since: &[&str] = if desk.path("live").exists() { &["--since", "live"] } else { &[] };
    desk.ok(&[&["build", "site", "--env", "production", "--out", "out"][..], since].concat());
    desk.ok(&["publish", "out", "live"])
}

#[test]
fn a_site_without_journeys_has_the_targets_that_it_had() {
    let desk = Desk::new("no-journeys", "");
    desk.new_key(&[]);
    release(&desk);
    let (release, journeys) = opened(&desk, "live");
    assert_eq!((journeys, release.targets().len()), (None, 5), "{:?}", release.targets());
}

#[test]
fn a_build_lists_the_releases_that_a_journey_may_end_with() {
    let desk = Desk::new("journeys", JOURNEYS);
    desk.new_key(&[]);
    release(&desk);
    let (first, journeys) = opened(&desk, "live");
    let journeys = journeys.expect("there are some");
    assert_eq!((journeys.journeys.len(), journeys.earlier.len()), (1, 0));
    assert_eq!(journeys.journeys[0].slots, ["cart.notice", "cart.upsell"]);

    // The same again is the same: nothing is listed beside itself.
    release(&desk);
    assert_eq!(opened(&desk, "live").1.expect("there").earlier.len(), 0);

    word(&desk, "Sent");
    let said = release(&desk);
    assert!(!said.contains("warning"), "{said}");
    let (second, journeys) = opened(&desk, "live");
    let earlier = journeys.expect("there").earlier;
    assert_eq!(earlier.len(), 1);
    assert_eq!(earlier[0].mark, mark(first.targets()));
    let root = read(&desk.path("live/v1/production/root/1.cose"));
    let again = native::open(&root, &earlier[0].head, &SCOPE, i64::MAX / 2, Floor::default(), Expiry::AllowStale);
    assert_eq!(mark(again.expect("its head is whole").targets()), mark(first.targets()));
    desk.ok(&["verify", "live"]);

    word(&desk, "Brought");
    release(&desk);
    let listed = opened(&desk, "live").1.expect("there").earlier;
    assert_eq!(listed.iter().map(|one| one.mark).collect::<Vec<_>>(), [mark(second.targets()), mark(first.targets())]);

    // Never more than four.
    for word_of_day in ["Sent", "Delivered", "Sent there", "Brought home"] {
        desk.edit("content/banner/eu.toml", |text| text.replace("Brought", word_of_day));
        desk.edit("content/banner/eu.toml", |text| format!("{text}# {word_of_day}\n"));
        word(&desk, word_of_day);
        release(&desk);
    }
    assert!(opened(&desk, "live").1.expect("there").earlier.len() <= 4);
}

#[test]
fn what_consent_depends_on_and_a_rollback_end_every_journey() {
    let desk = Desk::new("journeys-end", JOURNEYS);
    desk.new_key(&[]);
    release(&desk);
    word(&desk, "Sent");
    release(&desk);
    assert_eq!(opened(&desk, "live").1.expect("there").earlier.len(), 1);

    desk.edit("attributes.toml", |text| text.replacen("retention = \"30d\"", "retention = \"29d\"", 1));
    release(&desk);
    assert_eq!(opened(&desk, "live").1.expect("there").earlier.len(), 0, "another retention is another consent");

    word(&desk, "Brought");
    release(&desk);
    assert_eq!(opened(&desk, "live").1.expect("there").earlier.len(), 1);
    desk.ok(&["rollback", "live", "--env", "production", "--site", "site", "--reason", "wrong promise"]);
    assert_eq!(opened(&desk, "live").1.expect("there").earlier.len(), 0, "nobody ends with what was wrong");
}

#[test]
fn prune_keeps_the_files_of_releases_that_a_journey_may_end_with() {
    let desk = Desk::new("journeys-prune", JOURNEYS);
    desk.new_key(&[]);
    release(&desk);
    let (first, _) = opened(&desk, "live");
    word(&desk, "Sent");
    release(&desk);
    // As if it was long ago: only the list of the live release names them now.
    let heads = desk.path("live/v1/production/heads");
    for entry in std::fs::read_dir(&heads).expect("a folder") {
        std::fs::remove_file(entry.expect("an entry").path()).expect("removes");
    }
    let old = std::time::SystemTime::now() - std::time::Duration::from_secs(40 * 86_400);
    let payloads = desk.path("live/v1/production/b");
    for entry in std::fs::read_dir(&payloads).expect("a folder") {
        let file = std::fs::File::options().write(true).open(entry.expect("an entry").path()).expect("opens");
        file.set_modified(old).expect("is set");
    }
    desk.ok(&["prune", "live", "--days", "3", "--remove"]);
    for (index, target) in first.targets().iter().enumerate() {
        if matches!(target.kind, Kind::Program | Kind::Index | Kind::Chunk | Kind::Trusted) {
            let path = first.path(index).expect("has a path");
            assert!(desk.path("live").join(path.trim_start_matches('/')).exists(), "{path}");
        }
    }

    // Without the files, `publish` says what visitors get.
    let (live, journeys) = opened(&desk, "live");
    assert_eq!(journeys.expect("there").earlier.len(), 1);
    for (index, target) in first.targets().iter().enumerate() {
        if target.kind == Kind::Index && !live.targets().contains(target) {
            let path = first.path(index).expect("has a path");
            std::fs::remove_file(desk.path("live").join(path.trim_start_matches('/'))).expect("is there");
        }
    }
    let said = desk.ok(&["publish", "out", "live"]);
    assert!(said.contains("lacks files of the earlier release"), "{said}");
}

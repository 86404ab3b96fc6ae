//! A list in a built folder: signed, checked, kept by the next build.

use std::path::{Path, PathBuf};

use selvedge::cli::keys::DevKeys;
use selvedge::cli::publish::{Report, publish, publish_list, verify};
use selvedge::compile::Built;
use selvedge::consent::revocation::list::write;
use selvedge::trust::{Expiry, Floor, Kind, Refusal, Release, Role, Scope, native};
use selvedge::words::Revoked;
use selvedge::words::{Purpose, Purposes};

const ISSUED: u64 = 1_795_000_000;
const DAY: u64 = 86_400;

struct Temp(PathBuf);

impl Temp {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("selvedge-revoke-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("a temporary folder");
        Self(path)
    }
}

impl Drop for Temp {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn built(seed: u8) -> Built {
    let part = |seed: u8| vec![seed; 100];
    Built {
        program: part(seed),
        index: part(2),
        chunks: vec![part(3)],
        trusted: 0,
        debug: part(5),
        notice: part(6),
        data: None,
        journeys: None,
    }
}

fn list(people: u64) -> Vec<u8> {
    let revoked = Revoked { day: 20_000, purposes: Purposes::NONE.with(Purpose::Advertising) };
    write(1, [0; 8], (0..people).map(|person| (person.to_be_bytes(), revoked)))
}

fn ms(seconds: u64) -> i64 {
    seconds as i64 * 1_000
}

fn checked(folder: &Path, at_s: u64) -> Report {
    verify(folder, None, None, ms(at_s)).unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// The release as a host opens it that has seen what `floor` says.
fn opened(folder: &Path, floor: Floor, at_s: u64) -> Result<Release, Refusal> {
    let read = |path: &str| std::fs::read(folder.join("v1/production").join(path)).expect("a file");
    let scope = Scope { repository: "shop", environment: "production" };
    native::open(&read("root/1.cose"), &read("head"), &scope, ms(at_s), floor, Expiry::Refuse)
}

#[test]
fn a_list_is_put_beside_a_release_and_kept_by_the_next_build() {
    let temp = Temp::new("beside");
    let keys = DevKeys::load_or_create(&temp.0).expect("keys");
    let out = temp.0.join("out");
    publish(&out, "shop", "production", &built(1), &keys, ISSUED).expect("publishes");
    let before = opened(&out, Floor::default(), ISSUED).expect("opens").floor();

    let noon = ISSUED + DAY / 2;
    let published = publish_list(&out, "production", &list(3), &keys, noon).expect("publishes");
    assert_eq!((published.version, published.expires_ms), (noon, ms(noon + 7 * DAY)));
    let environment = &checked(&out, noon).environments[0];
    let overlay = environment.release.overlay().expect("has an overlay");
    assert_eq!((overlay.version, environment.revocations, overlay.stale(ms(noon))), (noon, Some((1, 3)), false));
    let with = opened(&out, before, noon).expect("is newer for a host that has seen the release");
    assert_eq!(with.floor(), Floor { timestamp: noon, overlay: noon, ..before });

    // A second list in the same second is still a later one, and takes the first one's place.
    let again = publish_list(&out, "production", &list(4), &keys, noon).expect("publishes");
    assert_eq!(again.version, noon + 1);
    assert!(out.join(&published.file).exists() && out.join(&again.file).exists());
    let floor = opened(&out, with.floor(), noon).expect("opens").floor();

    // A build of the same day has an older version than the list: what hosts have seen must not stand in its way.
    publish(&out, "shop", "production", &built(9), &keys, ISSUED + 60).expect("publishes");
    let rebuilt = opened(&out, Floor { release: ISSUED + 60, ..floor }, noon).expect("opens");
    assert_eq!(rebuilt.overlay().map(|overlay| overlay.version), Some(noon + 1));
    assert_eq!(checked(&out, noon).environments[0].revocations, Some((1, 4)));
    let head = std::fs::read(out.join("v1/production/head")).expect("a file");
    publish(&out, "shop", "production", &built(9), &keys, ISSUED + 60).expect("publishes");
    assert_eq!(std::fs::read(out.join("v1/production/head")).expect("a file"), head, "the same input, the same bytes");
}

#[test]
fn a_list_stays_until_no_head_that_names_it_is_good() {
    let temp = Temp::new("former");
    let keys = DevKeys::load_or_create(&temp.0).expect("keys");
    let out = temp.0.join("out");
    publish(&out, "shop", "production", &built(1), &keys, ISSUED).expect("publishes");
    let put =
        |people: u64| out.join(publish_list(&out, "production", &list(people), &keys, ISSUED).expect("publishes").file);
    let written = |file: &Path, hours_ago: u64| {
        let time = std::time::SystemTime::now() - std::time::Duration::from_secs(hours_ago * 3_600);
        std::fs::File::options().write(true).open(file).and_then(|file| file.set_modified(time)).expect("sets");
    };
    let (first, second) = (put(1), put(2));
    written(&first, 500);
    written(&second, 47);
    let third = put(3);
    assert!([&first, &second, &third].iter().all(|file| file.exists()), "the first was named until 47 hours ago");
    checked(&out, ISSUED);

    written(&second, 49);
    let fourth = put(4);
    assert!(!first.exists() && [&second, &third, &fourth].iter().all(|file| file.exists()));
    checked(&out, ISSUED);
    // An old list that is published again is not an old one.
    written(&second, 500);
    written(&third, 499);
    assert_eq!(put(2), second);
    assert!(second.exists());
    checked(&out, ISSUED);

    // What is not what its name says is no list of ours.
    std::fs::write(&third, list(9)).expect("writes");
    let problems = verify(&out, None, None, ms(ISSUED)).expect_err("is found");
    assert_eq!(problems.iter().map(|problem| out.join(&problem.path)).collect::<Vec<_>>(), [third]);
}

#[test]
fn an_old_overlay_is_said_to_be_old_and_still_holds() {
    let temp = Temp::new("old");
    let keys = DevKeys::load_or_create(&temp.0).expect("keys");
    let out = temp.0.join("out");
    publish(&out, "shop", "production", &built(1), &keys, ISSUED).expect("publishes");
    publish_list(&out, "production", &list(1), &keys, ISSUED).expect("publishes");
    let late = ISSUED + 8 * DAY;
    publish(&out, "shop", "production", &built(1), &keys, late).expect("publishes");
    let report = checked(&out, late);
    assert!(report.environments[0].release.overlay().expect("has an overlay").stale(ms(late)));
    assert!(opened(&out, Floor::default(), late).expect("opens").targets_of(Kind::Revocations).next().is_some());
}

#[test]
fn a_damaged_list_is_found_and_nothing_is_dropped_in_silence() {
    let temp = Temp::new("damaged");
    let keys = DevKeys::load_or_create(&temp.0).expect("keys");
    let out = temp.0.join("out");
    publish(&out, "shop", "production", &built(1), &keys, ISSUED).expect("publishes");
    let published = publish_list(&out, "production", &list(2), &keys, ISSUED).expect("publishes");
    let file = out.join(&published.file);
    let good = std::fs::read(&file).expect("a file");
    let mut flipped = good.clone();
    *flipped.last_mut().expect("has bytes") ^= 0x10;
    std::fs::write(&file, &flipped).expect("writes");
    let problems = verify(&out, None, None, ms(ISSUED)).expect_err("is found");
    assert!(problems.iter().any(|problem| problem.path == published.file), "{problems:?}");
    assert!(publish(&out, "shop", "production", &built(2), &keys, ISSUED).is_err(), "a build would lose it");
    std::fs::remove_file(&file).expect("removes");
    assert!(publish(&out, "shop", "production", &built(2), &keys, ISSUED).is_err(), "a build would lose it");
    // Whoever publishes a list anew needs no old one.
    publish_list(&out, "production", &list(5), &keys, ISSUED).expect("publishes");
    checked(&out, ISSUED);

    assert!(publish_list(&out, "production", b"no list", &keys, ISSUED).is_err());
    checked(&out, ISSUED);
}

#[test]
fn only_the_folders_own_keys_can_take_back() {
    let temp = Temp::new("keys");
    let (keys, other) = (DevKeys::in_memory().expect("keys"), DevKeys::in_memory().expect("keys"));
    let out = temp.0.join("out");
    publish(&out, "shop", "production", &built(1), &keys, ISSUED).expect("publishes");
    let head = std::fs::read(out.join("v1/production/head")).expect("a file");
    let error = publish_list(&out, "production", &list(1), &other, ISSUED).expect_err("is refused");
    let refusal = error.downcast_ref::<Refusal>().expect("by the trust core");
    assert!(matches!(refusal, Refusal::UnknownKey { role: Role::Timestamp | Role::Overlay, .. }), "{refusal:?}");
    assert_eq!(std::fs::read(out.join("v1/production/head")).expect("a file"), head, "nothing was written");
}

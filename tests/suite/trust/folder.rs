//! Development keys, publishing to a folder, and checking one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use selvedge::cli::keys::DevKeys;
use selvedge::cli::publish::{Problem, publish, verify};
use selvedge::compile::Built;
use selvedge::trust::{Kind, Refusal, Role};

use super::{ISSUED, NOW_MS};

/// A folder of its own, removed at the end.
struct Temp(PathBuf);

impl Temp {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("selvedge-trust-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("a temporary folder");
        Self(path)
    }

    fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Temp {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn built() -> Built {
    let part = |seed: u8| vec![seed; 100];
    Built {
        program: part(1),
        index: part(2),
        chunks: vec![part(3), part(4), part(3)],
        trusted: 0,
        debug: part(5),
        notice: part(6),
        data: None,
        journeys: None,
    }
}

/// Every file below a folder, by path.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let relative = path.strip_prefix(folder).expect("below").to_owned();
                found.insert(relative, std::fs::read(&path).expect("a file"));
            }
        }
    }
    found
}

fn problems(folder: &Path) -> Vec<Problem> {
    verify(folder, None, None, NOW_MS).expect_err("must be found")
}

#[test]
fn keys_are_made_once_and_stay_private() {
    let site = Temp::new("keys");
    let first = DevKeys::load_or_create(&site.0).expect("makes keys");
    assert_eq!(first.made, [Role::Root, Role::Release, Role::Timestamp, Role::Overlay]);
    let second = DevKeys::load_or_create(&site.0).expect("reads keys");
    assert_eq!(second.made, []);
    assert_eq!(first.root, second.root);
    assert_ne!(first.root, first.release);
    assert_ne!(first.release, first.timestamp);
    let names: Vec<_> = files(&first.folder).into_keys().collect();
    assert_eq!(names, [".gitignore", "overlay.pem", "release.pem", "root.pem", "timestamp.pem"].map(PathBuf::from));
    assert_eq!(std::fs::read_to_string(first.folder.join(".gitignore")).expect("a file"), "*\n");
    #[cfg(unix)]
    for name in ["root.pem", "release.pem", "timestamp.pem", "overlay.pem"] {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(first.folder.join(name)).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }

    std::fs::remove_file(first.folder.join("release.pem")).expect("removes");
    let third = DevKeys::load_or_create(&site.0).expect("makes the missing key");
    assert_eq!(third.made, [Role::Release]);
    std::fs::write(first.folder.join("root.pem"), "not a key").expect("writes");
    let error = DevKeys::load_or_create(&site.0).expect_err("refuses").to_string();
    assert!(error.contains("root.pem") && error.contains("delete it"), "{error}");
}

#[test]
fn the_same_build_gives_the_same_folder_whatever_was_there() {
    let temp = Temp::new("same");
    let keys = DevKeys::load_or_create(&temp.0).expect("keys");
    let (first, second) = (temp.join("d1"), temp.join("d2"));
    let published = publish(&first, "shop", "production", &built(), &keys, ISSUED).expect("publishes");

    let mut older = built();
    older.program = vec![9; 50];
    older.debug = vec![9; 51];
    publish(&second, "shop", "production", &older, &keys, ISSUED - 100).expect("publishes");
    std::fs::write(second.join("v1/production/b/.interrupted.partial"), "half").expect("writes");
    publish(&second, "shop", "production", &built(), &keys, ISSUED).expect("publishes");
    assert_eq!(files(&first), files(&second));

    let mut listed = published.files.clone();
    assert_eq!(listed.last(), Some(&PathBuf::from("v1/production/head")));
    listed.sort();
    assert_eq!(listed, files(&first).into_keys().collect::<Vec<_>>());
    assert_eq!(listed.len(), 8, "two equal chunks are one file");

    let report = verify(&first, None, None, NOW_MS).expect("is good");
    assert_eq!(report.files, 8);
    let environment = &report.environments[0];
    let release = &environment.release;
    assert_eq!((release.repository(), release.environment()), ("shop", "production"));
    assert_eq!((release.version(), release.digest()), (ISSUED, &published.release));
    assert_eq!(release.expires_ms(), (ISSUED as i64 + 48 * 3_600) * 1_000);
    assert!(!environment.pinned);
}

#[test]
fn environments_share_a_folder_and_a_debug_file() {
    let temp = Temp::new("two");
    let keys = DevKeys::load_or_create(&temp.0).expect("keys");
    let out = temp.join("out");
    for environment in ["production", "staging"] {
        publish(&out, "shop", environment, &built(), &keys, ISSUED).expect("publishes");
    }
    let mut newer = built();
    newer.debug = vec![6; 99];
    publish(&out, "shop", "staging", &newer, &keys, ISSUED + 1).expect("publishes");
    let report = verify(&out, None, None, NOW_MS).expect("is good");
    assert_eq!(report.environments.len(), 2);
    assert_eq!(report.environments[0].fingerprint, report.environments[1].fingerprint);
    assert_eq!(files(&out.join("debug")).len(), 2);

    // One environment alone, and the other one moved in its place.
    assert_eq!(verify(&out, Some("staging"), None, NOW_MS).expect("is good").environments.len(), 1);
    std::fs::remove_dir_all(out.join("v1/production")).expect("removes");
    std::fs::rename(out.join("v1/staging"), out.join("v1/production")).expect("renames");
    let found = verify(&out, Some("production"), None, NOW_MS).expect_err("is found");
    let wrong = Refusal::WrongEnvironment { role: Role::Root, found: "staging".into() };
    assert_eq!(found[0].refusal, Some(wrong));
}

#[test]
fn one_flipped_byte_anywhere_is_found_where_it_is() {
    let temp = Temp::new("flip");
    let keys = DevKeys::load_or_create(&temp.0).expect("keys");
    let out = temp.join("out");
    publish(&out, "shop", "production", &built(), &keys, ISSUED).expect("publishes");
    for (path, bytes) in files(&out) {
        for at in (0..bytes.len()).step_by(7).chain([bytes.len() - 1]) {
            let mut flipped = bytes.clone();
            flipped[at] ^= 0x10;
            std::fs::write(out.join(&path), &flipped).expect("writes");
            let found = problems(&out);
            assert!(found.iter().any(|problem| problem.path == path), "{} at {at}: {found:?}", path.display());
        }
        for changed in [&bytes[..bytes.len() - 1], &[&bytes[..], &[0]].concat()[..], &[]] {
            std::fs::write(out.join(&path), changed).expect("writes");
            assert!(problems(&out).iter().any(|problem| problem.path == path), "{}", path.display());
        }
        std::fs::remove_file(out.join(&path)).expect("removes");
        let shown: Vec<String> = problems(&out).iter().map(ToString::to_string).collect();
        assert!(shown.iter().any(|line| line.contains("missing") || line.contains("no root")), "{shown:?}");
        let renamed = path.with_file_name("0".repeat(64));
        std::fs::write(out.join(&renamed), &bytes).expect("writes");
        assert!(!problems(&out).is_empty());
        std::fs::remove_file(out.join(&renamed)).expect("removes");
        std::fs::write(out.join(&path), &bytes).expect("writes");
    }
    assert!(verify(&out, None, None, NOW_MS).is_ok(), "everything was put back");
}

#[test]
fn what_no_document_names_is_found() {
    let temp = Temp::new("extra");
    let keys = DevKeys::load_or_create(&temp.0).expect("keys");
    let out = temp.join("out");
    publish(&out, "shop", "production", &built(), &keys, ISSUED).expect("publishes");
    for extra in ["note.txt", "debug/ab", "v1/production/b/ab", "v1/production/root/2.cose", "v1/production/head.bak"] {
        std::fs::write(out.join(extra), "x").expect("writes");
        let found = problems(&out);
        assert!(found.iter().all(|problem| Path::new(extra).starts_with(&problem.path)), "{found:?}");
        std::fs::remove_file(out.join(extra)).expect("removes");
    }
    std::fs::create_dir(out.join("v1/production/b/empty")).expect("creates");
    assert!(problems(&out)[0].to_string().contains("this folder is empty"));
    std::fs::remove_dir(out.join("v1/production/b/empty")).expect("removes");

    let root = "v1/production/root/1.cose";
    std::fs::rename(out.join(root), out.join("v1/production/root/7.cose")).expect("renames");
    assert!(problems(&out)[0].to_string().contains("version 1"));
    assert!(problems(&temp.join("nothing"))[0].to_string().contains("cannot be read"));
}

#[test]
fn time_and_a_trusted_root_are_respected() {
    let temp = Temp::new("pin");
    let keys = DevKeys::load_or_create(&temp.join("ours")).expect("keys");
    let other = DevKeys::load_or_create(&temp.join("theirs")).expect("keys");
    let (out, theirs) = (temp.join("out"), temp.join("out-theirs"));
    publish(&out, "shop", "production", &built(), &keys, ISSUED - 5_000).expect("publishes");
    let pin = temp.join("root.cose");
    std::fs::copy(out.join("v1/production/root/1.cose"), &pin).expect("copies");
    publish(&out, "shop", "production", &built(), &keys, ISSUED).expect("publishes");
    publish(&theirs, "shop", "production", &built(), &other, ISSUED).expect("publishes");

    let report = verify(&out, None, Some(&pin), NOW_MS).expect("is vouched for");
    assert!(report.environments[0].pinned);
    assert!(verify(&theirs, None, None, NOW_MS).is_ok(), "vouches for itself");
    let found = verify(&theirs, None, Some(&pin), NOW_MS).expect_err("is found");
    assert!(found[0].to_string().contains("not the keys of the root that you trust"), "{found:?}");
    let found = verify(&out, None, Some(&temp.join("none")), NOW_MS).expect_err("is found");
    assert!(found[0].to_string().contains("missing"), "{found:?}");

    let expired = NOW_MS + 48 * 3_600 * 1_000;
    let found = verify(&out, None, None, expired).expect_err("is found");
    assert!(matches!(found[0].refusal, Some(Refusal::Expired { role: Role::Timestamp, .. })), "{found:?}");
}

#[test]
fn versions_rise_with_every_build_that_differs_and_with_no_other() {
    let temp = Temp::new("versions");
    let keys = DevKeys::load_or_create(&temp.0).expect("keys");
    let out = temp.join("out");
    let build = |seed: u8, issued: u64| {
        publish(&out, "shop", "production", &Built { program: vec![seed; 100], ..built() }, &keys, issued)
            .expect("publishes");
        let report = verify(&out, None, None, NOW_MS).expect("is good");
        (report.environments[0].release.floor(), files(&out))
    };
    let (first, bytes) = build(1, ISSUED);
    assert_eq!(build(1, ISSUED), (first, bytes), "the same build");
    let (second, _) = build(2, ISSUED);
    assert!(second.release > first.release && second.timestamp > first.timestamp, "{second:?}");
    // The first build again, and one whose sources are older.
    let (third, bytes) = build(1, ISSUED - 100);
    assert!(third.release > second.release && third.timestamp > second.timestamp, "{third:?}");
    assert_eq!(build(1, ISSUED - 100), (third, bytes));
    assert_eq!(build(1, ISSUED + 1_000).0.release, ISSUED + 1_000);
}

#[cfg(unix)]
#[test]
fn a_pipe_a_device_or_a_link_is_no_file_of_a_build() {
    let temp = Temp::new("pipe");
    let keys = DevKeys::load_or_create(&temp.0).expect("keys");
    let out = temp.join("out");
    publish(&out, "shop", "production", &built(), &keys, ISSUED).expect("publishes");
    let pipe = |path: &Path| {
        assert!(std::process::Command::new("mkfifo").arg(path).status().expect("makes a pipe").success());
    };
    let link = |path: &Path| std::os::unix::fs::symlink("/dev/zero", path).expect("makes a link");
    for path in files(&out).into_keys() {
        for put in [&pipe as &dyn Fn(&Path), &link] {
            let file = out.join(&path);
            let bytes = std::fs::read(&file).expect("reads");
            std::fs::remove_file(&file).expect("removes");
            put(&file);
            let found: Vec<_> = problems(&out).into_iter().filter(|problem| problem.path == path).collect();
            assert_eq!(found.len(), 1, "{found:?}");
            assert!(found[0].why.contains("neither a file nor a folder"), "{found:?}");
            std::fs::remove_file(&file).expect("removes");
            std::fs::write(&file, bytes).expect("writes");
        }
    }
    let trusted = temp.join("pipe.cose");
    pipe(&trusted);
    for pin in [trusted, PathBuf::from("/dev/zero")] {
        let found = verify(&out, None, Some(&pin), NOW_MS).expect_err("is found");
        assert!(found[0].why.contains("is not a file"), "{found:?}");
    }
}

#[test]
fn a_folder_with_other_things_is_left_alone() {
    let temp = Temp::new("foreign");
    let keys = DevKeys::load_or_create(&temp.join("site")).expect("keys");
    for foreign in ["thesis.tex", "v1/notes", "v1/production/other", "v1/production/b/picture.png", "debug/log.txt"] {
        let out = temp.join("out");
        let path = out.join(foreign);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("creates");
        std::fs::write(&path, "mine").expect("writes");
        let before = files(&out);
        let error = publish(&out, "shop", "production", &built(), &keys, ISSUED).expect_err("refuses").to_string();
        assert!(error.contains("not part of an earlier build"), "{error}");
        assert_eq!(files(&out), before);
        std::fs::remove_dir_all(&out).expect("removes");
    }
}

#[test]
fn a_build_that_no_reader_would_accept_is_not_written() {
    let temp = Temp::new("large");
    let keys = DevKeys::load_or_create(&temp.0).expect("keys");
    let out = temp.join("out");
    let refuse = |site: &str, built: &Built| {
        let error = publish(&out, site, "production", built, &keys, ISSUED).expect_err("refuses").to_string();
        assert!(!out.exists());
        error
    };
    assert!(refuse("my shop", &built()).contains("`my shop`"));
    let large = Built { chunks: vec![vec![0; 256 * 1024 + 1]], ..built() };
    assert!(refuse("shop", &large).contains(&format!("the {} has 262145 bytes", Kind::Chunk)));
    let many = Built { chunks: (0..254_u16).map(|at| at.to_be_bytes().to_vec()).collect(), ..built() };
    assert!(refuse("shop", &many).contains("254 chunks"));

    // The largest release that is accepted still fits into a head.
    let most = Built { chunks: many.chunks[..251].to_vec(), ..built() };
    publish(&out, "shop", "production", &most, &keys, ISSUED).expect("publishes");
    assert!(verify(&out, None, None, NOW_MS).is_ok());
}

//! Attacks as data, for any verifier: `tests/vectors/trust/attacks.json`, and the files that it names in `files`.
//!
//! Each attack says what a store serves, what the host pins and has seen, and what the host must say. Here they are run natively; the tests of
//! hosts run them in workerd and in each engine of a page. `docs/attacks.md` has the table. `BLESS=1 cargo test --test suite vectors` writes both.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::{Map as Json, json};

use selvedge::trust::{Expiry, Floor, HEAD_BYTES_MAX, Kind, Refusal, Scope, layout, native};

use super::repository::{Repository, attacks};
use super::{SCOPE, script};

/// One attack, or what is none.
pub(super) struct Attack {
    pub(super) promise: &'static str,
    pub(super) name: &'static str,
    /// What the store serves, by path.
    pub(super) files: BTreeMap<String, File>,
    /// The version and digest that the deployment pins.
    pub(super) root: (u64, [u8; 32]),
    pub(super) floor: Floor,
    /// What a host with all of that says: the code of a refusal, or [`OPENS`].
    pub(super) says: &'static str,
    /// The same for a page, which remembers no versions and follows no roots.
    pub(super) page: &'static str,
}

/// A host takes it: it is no attack, or none that this host can see.
pub(super) const OPENS: &str = "opens";
/// A host waits, and shows what it has.
pub(super) const WAITS: &str = "waits";
/// Refused, for a reason that differs from byte to byte.
pub(super) const REFUSED: &str = "refused";

pub(super) enum File {
    Bytes(Vec<u8>),
    /// So many bytes of one kind.
    Fill(u8, usize),
    /// An answer that never comes.
    Never,
    /// One after the other, each with another byte of these altered.
    EachByte(Vec<u8>),
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/trust")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn every_attack_is_refused_here_with_its_reason() {
    for attack in attacks() {
        let said = match attack.files.iter().find(|(_, file)| matches!(file, File::EachByte(_))) {
            None => say(&attack, &BTreeMap::new()),
            Some((path, File::EachByte(bytes))) => {
                let mut all = BTreeSet::new();
                for at in 0..bytes.len() {
                    let mut altered = bytes.clone();
                    altered[at] ^= 1 << (at % 8);
                    all.insert(say(&attack, &BTreeMap::from([(path.clone(), altered)])));
                }
                if all.contains(OPENS) { OPENS.to_owned() } else { REFUSED.to_owned() }
            }
            Some(_) => unreachable!(),
        };
        // Nothing waits here: whoever reads the files brings them.
        if attack.says != WAITS {
            assert_eq!(said, attack.says, "{}: {}", attack.promise, attack.name);
        }
    }
}

/// What this machine says of an attack, with these files in place of some.
fn say(attack: &Attack, other: &BTreeMap<String, Vec<u8>>) -> String {
    let read = |path: &str| match (other.get(path), attack.files.get(path)) {
        (Some(bytes), _) => Some(bytes.clone()),
        (None, Some(File::Bytes(bytes))) => Some(bytes.clone()),
        (None, Some(File::Fill(byte, count))) => Some(vec![*byte; (*count).min(HEAD_BYTES_MAX + 1)]),
        _ => None,
    };
    opened(attack, read).map_or_else(|refusal| refusal.brief(), |()| OPENS.to_owned())
}

fn opened(attack: &Attack, read: impl Fn(&str) -> Option<Vec<u8>>) -> Result<(), Refusal> {
    let Scope { environment, .. } = SCOPE;
    let pinned = read(&layout::root(environment, attack.root.0)).expect("a host has the root that it pins");
    assert_eq!(native::sha256(&pinned), attack.root.1, "the digest of the root is compared before anything is read");
    let (_, root, floor) =
        native::newest(&pinned, &SCOPE, attack.floor, |version| read(&layout::root(environment, version)))?;
    let head = read(&layout::head(environment)).unwrap_or_default();
    let now_ms =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a clock").as_millis() as i64;
    let release = script::open(&root, &head, &SCOPE, now_ms, floor, Expiry::Refuse)?;
    for kind in [Kind::Program, Kind::Index, Kind::Chunk] {
        for target in release.targets_of(kind) {
            let _ =
                native::admit(&release, target, read(&release.path(target).expect("has a path")).unwrap_or_default())?;
        }
    }
    Ok(())
}

#[test]
fn the_vectors_are_these_attacks() {
    let (mut blobs, mut list) = (BTreeMap::new(), Vec::new());
    for attack in attacks() {
        let mut files = Json::new();
        let mut blob = |bytes: &Vec<u8>| {
            let name = hex(&native::sha256(bytes)[..8]);
            blobs.insert(name.clone(), bytes.clone());
            name
        };
        for (path, file) in &attack.files {
            let file = match file {
                File::Bytes(bytes) => json!(blob(bytes)),
                File::Fill(byte, count) => json!({"fill": byte, "bytes": count}),
                File::Never => json!({"never": true}),
                File::EachByte(bytes) => json!({"each_byte_of": blob(bytes)}),
            };
            files.insert(path.clone(), file);
        }
        list.push(json!({
            "promise": attack.promise, "attack": attack.name, "root_version": attack.root.0, "root_sha256": hex(&attack.root.1),
            "floor": attack.floor.to_text(), "says": attack.says, "page_says": attack.page, "files": files,
        }));
    }
    let all = json!({"site": SCOPE.repository, "environment": SCOPE.environment, "attacks": list});
    let index = serde_json::to_string_pretty(&all).expect("is JSON") + "\n";
    let table = page();
    let places = [(folder().join("attacks.json"), index), (docs(), table)];
    if std::env::var_os("BLESS").is_some() {
        let _ = std::fs::remove_dir_all(folder().join("files"));
        std::fs::create_dir_all(folder().join("files")).expect("makes a folder");
        blobs
            .iter()
            .for_each(|(name, bytes)| std::fs::write(folder().join("files").join(name), bytes).expect("writes"));
        places.iter().for_each(|(path, text)| std::fs::write(path, text).expect("writes"));
        return;
    }
    for (path, text) in places {
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(found == text, "{} differs; BLESS=1 writes it", path.display());
    }
    let found: BTreeMap<String, Vec<u8>> = std::fs::read_dir(folder().join("files"))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .map(|path| {
            (path.file_name().expect("a name").to_string_lossy().into_owned(), std::fs::read(&path).expect("reads"))
        })
        .collect();
    assert!(found == blobs, "the files of the vectors differ; BLESS=1 writes them");
}

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/attacks.md")
}

/// The page with the table.
fn page() -> String {
    let mut text = include_str!("attacks.md").to_owned();
    let mut promise = "";
    for attack in attacks() {
        if attack.promise != promise {
            promise = attack.promise;
            text += &format!("\n## {}\n\n| attack | this machine | Worker | page |\n|---|---|---|---|\n", promise);
        }
        let here = if attack.says == WAITS { "–" } else { attack.says };
        let cell = |said: &str| match said {
            OPENS | WAITS | REFUSED | "too large" | "–" => said.to_owned(),
            code => format!("`{code}`"),
        };
        text += &format!("| {} | {} | {} | {} |\n", attack.name, cell(here), cell(attack.says), cell(attack.page));
    }
    text + "\nNext: [trust](trust.md), [evidence](evidence.md).\n"
}

#[test]
fn the_honest_repository_is_honest() {
    let honest = Repository::new();
    assert!(honest.head().len() < 4_096);
}

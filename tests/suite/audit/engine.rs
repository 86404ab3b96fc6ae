//! The digest by which a record names the engine.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use selvedge::log::audit::ENGINE;
use sha2::{Digest as _, Sha256};

/// The modules of the library that every host is made of: those that no feature opens.
fn modules() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let map = std::fs::read_to_string(root.join("lib.rs")).expect("is there");
    let mut is_behind_a_door = false;
    let mut modules = Vec::new();
    for line in map.lines() {
        match line.strip_prefix("pub mod ").and_then(|line| line.strip_suffix(';')) {
            Some(name) if !is_behind_a_door => modules.push(name.to_owned()),
            _ => {}
        }
        is_behind_a_door = line.starts_with("#[cfg(");
    }
    modules
}

fn sources(path: &Path, into: &mut Vec<PathBuf>) {
    if path.is_dir() {
        std::fs::read_dir(path).expect("reads").for_each(|entry| sources(&entry.expect("reads").path(), into));
    } else if path.extension().is_some_and(|ending| ending == "rs") {
        into.push(path.to_owned());
    }
}

#[test]
fn anybody_with_the_sources_computes_the_engines_digest() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let modules = modules();
    assert_eq!(modules, ["bundle", "consent", "engine", "log", "page", "sync", "trust", "words"]);
    let mut files = Vec::new();
    for module in modules {
        let path = root.join("src").join(module);
        sources(&if path.is_dir() { path } else { path.with_extension("rs") }, &mut files);
    }
    let files: BTreeMap<String, Vec<u8>> = files
        .into_iter()
        .map(|file| {
            let name = file.strip_prefix(root).expect("is inside").to_str().expect("is UTF-8").replace('\\', "/");
            let bytes = std::fs::read(&file).expect("reads");
            (name, bytes.into_iter().filter(|byte| *byte != b'\r').collect())
        })
        .collect();
    assert!(files.len() > 60, "{}", files.len());
    let mut hash = Sha256::new_with_prefix("selvedge-engine/1");
    for (name, bytes) in &files {
        for part in [name.as_bytes(), bytes] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
    }
    let digest: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(digest, ENGINE);
}

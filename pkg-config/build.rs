//! Before the package is compiled: the digest of the engine, which records of decisions name.
//!
//! Takes the sources of what decides, gives `SELVEDGE_ENGINE`: a SHA-256 over every file of them, so that the same sources have the
//! same digest on every host, with every feature and wherever they lie. It never looks at the time, at git or at this machine.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

/// What every host is made of: see `src/lib.rs`. What reads authors' files, talks or listens decides nothing.
const ENGINE: [&str; 8] = ["bundle", "consent", "engine", "log", "page", "sync", "trust", "words"];

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=pkg-config/build.rs");
    let mut sources = Vec::new();
    for part in ENGINE {
        println!("cargo:rerun-if-changed=src/{part}");
        list(&Path::new("src").join(part), &mut sources)?;
    }
    let mut files = Vec::new();
    for source in sources {
        let names = source.iter().map(|name| name.to_string_lossy());
        files.push((names.collect::<Vec<_>>().join("/"), fs::read(&source)?));
    }
    // The order of names, not of folders as this system lists them.
    files.sort();

    let mut hash = Sha256::new();
    hash.update(b"selvedge-engine/1");
    for (name, bytes) in files {
        for part in [name.as_bytes(), &without_carriage_returns(&bytes)] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
    }
    let digest: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    println!("cargo:rustc-env=SELVEDGE_ENGINE={digest}");
    Ok(())
}

/// Every file of Rust below a path.
fn list(path: &Path, sources: &mut Vec<PathBuf>) -> io::Result<()> {
    if path.is_dir() {
        for entry in fs::read_dir(path)? {
            list(&entry?.path(), sources)?;
        }
    } else if path.extension().is_some_and(|ending| ending == "rs") {
        sources.push(path.to_owned());
    }
    Ok(())
}

/// Git may check out other ends of lines: they mean the same to the compiler.
fn without_carriage_returns(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().copied().filter(|byte| *byte != b'\r').collect()
}

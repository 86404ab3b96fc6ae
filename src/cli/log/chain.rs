//! The chain of manifests of a folder.
//!
//! Takes files, gives the manifests that open in their order, and everything that is wrong with them. It never reads a log.

use std::path::{Path, PathBuf};

use super::check::check;
use super::files::{self, Progress};
use crate::cli::files::{entries, read_if_there};
use crate::log::merkle::Hash;
use crate::log::segment::Manifest;
use crate::trust::native::sha256;
use crate::words::hex;

#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub(in crate::cli) struct Problem {
    pub(super) path: PathBuf,
    /// The line, counted from 1.
    pub(super) line: Option<u64>,
    /// The byte of the file, counted from 0.
    pub(super) offset: Option<u64>,
    pub(in crate::cli) why: String,
}

impl Problem {
    pub(super) fn of_file(path: &Path, why: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line: None, offset: None, why: why.into() }
    }

    /// The file, and the number of the line if it is one line.
    pub(in crate::cli) fn place(&self) -> String {
        let path = self.path.display();
        self.line.map_or_else(|| path.to_string(), |line| format!("{path}:{line}"))
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.place(), self.why)
    }
}

/// What is wrong where this key signed.
pub(super) fn untrusted(signer: &[u8; 32]) -> String {
    let key = hex(signer);
    format!("signed by the key {key}, which is not trusted for this log; if it may sign, name it with --signer")
}

/// The manifests of a folder that open, each with the SHA-256 of its file, in the order of the chain.
pub(super) struct Chain {
    pub(super) links: Vec<(PathBuf, Manifest, Hash)>,
    pub(super) problems: Vec<Problem>,
}

/// Reads the chain of a folder. Its keys must be among `signers`; with none, all of them must be the first one's.
pub(super) fn chain(folder: &Path, signers: &[[u8; 32]]) -> anyhow::Result<Chain> {
    let (mut links, mut problems) = (Vec::new(), Vec::new());
    let manifests = entries(folder)?.into_iter();
    for path in manifests.filter(|path| path.extension().is_some_and(|ending| ending == "manifest")) {
        let bytes = fs_err::read(&path)?;
        match Manifest::open(&bytes) {
            Ok(manifest) => links.push((path, manifest, sha256(&bytes))),
            Err(refusal) => problems.push(Problem::of_file(&path, refusal.to_string())),
        }
    }
    links.sort_by_key(|(path, manifest, _)| (manifest.number, path.clone()));
    let first = links.first().map(|(_, manifest, _)| manifest.signer);
    let signers = if signers.is_empty() { first.as_slice() } else { signers };
    let mut before: Option<&(PathBuf, Manifest, Hash)> = None;
    for link in &links {
        let (path, manifest, _) = link;
        let mut wrong = |why: String| problems.push(Problem::of_file(path, why));
        if !signers.contains(&manifest.signer) {
            wrong(untrusted(&manifest.signer));
        }
        if path != &files::manifest_of(&path.with_file_name(&manifest.file)) {
            wrong(format!("it is the manifest of {}", manifest.file));
        }
        let (number, previous) = before.map_or((1, None), |(_, before, hash)| (before.number + 1, Some(*hash)));
        if manifest.number > number {
            let found = manifest.number;
            wrong(format!("it is number {found}, and number {number} is not there: bring its manifest back"));
        } else if manifest.number < number {
            wrong(format!("there are two manifests with number {}", manifest.number));
        } else if manifest.previous != previous {
            wrong(format!("the manifest before it, number {}, is not the one that it was chained to", number - 1));
        }
        before = Some(link);
    }
    Ok(Chain { links, problems })
}

/// The faults of a closed log and of its manifest. A log that is still open has none.
pub(in crate::cli) fn altered(log: &Path) -> anyhow::Result<Vec<Problem>> {
    let path = files::manifest_of(log);
    let Some(bytes) = read_if_there(&path)? else { return Ok(Vec::new()) };
    let manifest = match Manifest::open(&bytes) {
        Ok(manifest) => manifest,
        Err(refusal) => return Ok(vec![Problem::of_file(&path, refusal.to_string())]),
    };
    let mut progress = Progress::over(&[log.to_owned()]);
    let checked = check(log, &manifest, &[], &mut progress)?;
    progress.finish();
    Ok(checked.problems)
}

//! A log with what was signed about it, and the chain of manifests of a folder.
//!
//! Takes files, gives what they say and everything that is wrong with it. It never changes one.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::files::{self, lines, read_if_there, read_leaves};
use super::locate::{Difference, differences};
use super::row::tombstone;
use crate::log::merkle::{self, Hash, leaf};
use crate::log::segment::{Manifest, Removal, Removals};
use crate::trust::layout::hex;
use crate::trust::native::sha256;

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub(super) struct Problem {
    pub(super) path: PathBuf,
    /// The line, counted from 1.
    pub(super) line: Option<usize>,
    /// The byte of the file, counted from 0.
    pub(super) offset: Option<usize>,
    pub(super) why: String,
}

impl Problem {
    pub(super) fn of_file(path: &Path, why: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line: None, offset: None, why: why.into() }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.path.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.why)
    }
}

/// The manifests of a folder that open, each with the SHA-256 of its file, in the order of the chain.
pub(super) struct Chain {
    pub(super) links: Vec<(PathBuf, Manifest, Hash)>,
    pub(super) problems: Vec<Problem>,
}

/// Reads the chain of a folder. Its keys must be among `signers`; with none, all of them must be the first one's.
pub(super) fn chain(folder: &Path, signers: &[[u8; 32]]) -> anyhow::Result<Chain> {
    let (mut links, mut problems) = (Vec::new(), Vec::new());
    for entry in fs_err::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_none_or(|ending| ending != "manifest") {
            continue;
        }
        let bytes = fs_err::read(&path)?;
        match Manifest::open(&bytes) {
            Ok(manifest) => links.push((path, manifest, sha256(&bytes))),
            Err(refusal) => problems.push(Problem::of_file(&path, refusal.to_string())),
        }
    }
    links.sort_by_key(|(path, manifest, _)| (manifest.number, path.clone()));
    let first_signer = links.first().map(|(_, manifest, _)| manifest.signer);
    let mut before: Option<&(PathBuf, Manifest, Hash)> = None;
    for link in &links {
        let (path, manifest, _) = link;
        let mut wrong = |why: String| problems.push(Problem::of_file(path, why));
        let trusted =
            if signers.is_empty() { first_signer == Some(manifest.signer) } else { signers.contains(&manifest.signer) };
        if !trusted {
            wrong(format!("signed by the key {}, which is not trusted for this log", hex(&manifest.signer)));
        }
        if path != &files::manifest_of(&path.with_file_name(&manifest.file)) {
            wrong(format!("it is the manifest of {}", manifest.file));
        }
        let (number, previous) = before.map_or((1, None), |(_, before, hash)| (before.number + 1, Some(*hash)));
        if manifest.number > number {
            wrong(format!("it is number {}, and number {number} is not there", manifest.number));
        } else if manifest.number < number {
            wrong(format!("there are two manifests with number {}", manifest.number));
        } else if manifest.previous != previous {
            wrong(format!("the manifest before it, number {}, is not the one that it was chained to", number - 1));
        }
        before = Some(link);
    }
    Ok(Chain { links, problems })
}

/// What a check of a log's lines found.
pub(super) struct Checked {
    pub(super) lines: usize,
    pub(super) tombstones: usize,
    pub(super) problems: Vec<Problem>,
}

/// Checks every line of a closed log.
pub(super) fn check(log: &Path, manifest: &Manifest, signers: &[[u8; 32]]) -> anyhow::Result<Checked> {
    let mut problems = Vec::new();
    let Some(bytes) = read_if_there(log)? else {
        problems.push(Problem::of_file(log, "the log is missing"));
        return Ok(Checked { lines: 0, tombstones: 0, problems });
    };
    let removals = removals(log, manifest, signers, &mut problems)?;
    let ranges = lines(&bytes);
    let removed: BTreeMap<u64, &Removal> =
        removals.iter().flat_map(|removals| &removals.lines).map(|removal| (removal.line, removal)).collect();
    let of_line = |(line, range): (u64, &Range<usize>)| match removed.get(&line) {
        Some(removal) if tombstone(removal).as_bytes() == &bytes[range.clone()] => removal.leaf,
        _ => leaf(&bytes[range.clone()]),
    };
    let found: Vec<Hash> = (0..).zip(&ranges).map(of_line).collect();
    let tombstones = removals.as_ref().map_or(0, |removals| removals.lines.len());
    let checked = |problems| Ok(Checked { lines: ranges.len(), tombstones, problems });

    if found.len() as u64 == manifest.count && merkle::root(&found) == manifest.root {
        if tombstones == 0 && (bytes.len() as u64 != manifest.length || sha256(&bytes) != manifest.sha256) {
            problems.push(Problem::of_file(log, "every line holds, and the newline behind the last one does not"));
        }
        for removal in removals.iter().flat_map(|removals| &removals.lines) {
            let line = removal.line as usize;
            if ranges.get(line).is_some_and(|range| leaf(&bytes[range.clone()]) == removal.leaf) {
                let why = "it is listed as taken out and still there: the removal was interrupted; run it again";
                problems.push(Problem { line: Some(line + 1), ..Problem::of_file(log, why) });
            }
        }
        return checked(problems);
    }
    let path = files::leaves_of(log);
    let signed = read_if_there(&path)?.and_then(|bytes| read_leaves(&bytes));
    match signed.filter(|leaves| merkle::root(leaves) == manifest.root && leaves.len() as u64 == manifest.count) {
        None => {
            let why = format!(
                "its {} lines are not the {} that were signed, and without intact leaf hashes in {} no line can be named",
                found.len(),
                manifest.count,
                path.display()
            );
            problems.push(Problem::of_file(log, why));
        }
        Some(signed) => {
            for difference in differences(&signed, &found, &bytes, &ranges) {
                problems.push(told(log, &difference, &bytes, &ranges));
            }
        }
    }
    checked(problems)
}

/// The signed list of removals, if there is one that counts.
pub(super) fn removals(
    log: &Path,
    manifest: &Manifest,
    signers: &[[u8; 32]],
    problems: &mut Vec<Problem>,
) -> anyhow::Result<Option<Removals>> {
    let path = files::removed_of(log);
    let Some(bytes) = read_if_there(&path)? else { return Ok(None) };
    let mut wrong = |why: String| problems.push(Problem::of_file(&path, why));
    match Removals::open(&bytes) {
        Err(refusal) => wrong(refusal.to_string()),
        Ok(removals) if removals.root != manifest.root => wrong("it was signed for another log".into()),
        Ok(removals) if removals.signer != manifest.signer && !signers.contains(&removals.signer) => {
            wrong(format!("signed by the key {}, which is not trusted for this log", hex(&removals.signer)));
        }
        Ok(removals) => return Ok(Some(removals)),
    }
    Ok(None)
}

fn told(log: &Path, difference: &Difference, bytes: &[u8], ranges: &[Range<usize>]) -> Problem {
    let (line, offset, why) = match *difference {
        Difference::Byte { line, offset, was } => {
            let start = ranges.get(line).map_or(0, |range| range.start);
            let is = bytes.get(offset).copied().unwrap_or_default();
            let why = format!(
                "byte {offset} of the file, byte {} of the line, is {} and was {}",
                offset - start,
                shown(is),
                shown(was)
            );
            (line, Some(offset), why)
        }
        Difference::Altered { line } => {
            let range = ranges.get(line).cloned().unwrap_or_default();
            let why =
                format!("the line is not the one that was signed (bytes {} to {} of the file)", range.start, range.end);
            (line, Some(range.start), why)
        }
        Difference::Moved { line, from } => (line, None, format!("line {} of the signed log stands here", from + 1)),
        Difference::Missing { line } => (line, None, "this line of the signed log is not there".into()),
        Difference::Repeated { line, from } => {
            (line, None, format!("line {} of the signed log stands here once more", from + 1))
        }
        Difference::Foreign { line } => (line, None, "the signed log has no such line".into()),
    };
    Problem { path: log.to_owned(), line: Some(line + 1), offset, why }
}

fn shown(byte: u8) -> String {
    format!("`{}` (0x{byte:02x})", byte.escape_ascii())
}

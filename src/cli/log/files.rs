//! The files of a log: which there are, their lines, and how one is replaced.
//!
//! Takes a folder or a file, gives logs with the files beside them. A file is replaced whole or not at all, whatever happens
//! meanwhile.

use std::io::{ErrorKind, Write as _};
use std::ops::Range;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::log::merkle::Hash;

/// The endings of log files.
const ENDINGS: [&str; 3] = ["ndjson", "jsonl", "log"];

/// The logs that a verb was asked about: a file, or every log of a folder by name.
///
/// # Errors
/// There is no such file or folder.
pub(in crate::cli) fn logs(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        anyhow::ensure!(path.is_file(), "{}: there is no such log", path.display());
        return Ok(vec![path.to_owned()]);
    }
    let mut logs = Vec::new();
    for entry in fs_err::read_dir(path)? {
        let entry = entry?.path();
        let ending = entry.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        if entry.is_file() && ENDINGS.contains(&ending) {
            logs.push(entry);
        }
    }
    logs.sort();
    Ok(logs)
}

/// The folder that a file is in.
pub(super) fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// The signed manifest beside a log.
pub(super) fn manifest_of(log: &Path) -> PathBuf {
    beside(log, "manifest")
}

/// The leaf hashes beside a log, 32 bytes each.
pub(super) fn leaves_of(log: &Path) -> PathBuf {
    beside(log, "leaves")
}

/// The signed list of lines that were taken out of a log.
pub(super) fn removed_of(log: &Path) -> PathBuf {
    beside(log, "removed")
}

fn beside(log: &Path, ending: &str) -> PathBuf {
    let mut name = log.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(ending);
    log.with_file_name(name)
}

/// The file's own name.
pub(super) fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Where each line is, without its newline. What stands behind the last newline is a line too, if it is anything.
pub(in crate::cli) fn lines(bytes: &[u8]) -> Vec<Range<usize>> {
    let mut lines = Vec::new();
    let mut start = 0;
    for (at, byte) in bytes.iter().enumerate() {
        if *byte == b'\n' {
            lines.push(start..at);
            start = at + 1;
        }
    }
    if start < bytes.len() {
        lines.push(start..bytes.len());
    }
    lines
}

/// A file's bytes; `None` if there is no such file.
pub(super) fn read_if_there(path: &Path) -> anyhow::Result<Option<Vec<u8>>> {
    match fs_err::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The leaf hashes of a file of them.
pub(super) fn read_leaves(bytes: &[u8]) -> Option<Vec<Hash>> {
    let (leaves, rest) = bytes.as_chunks::<32>();
    rest.is_empty().then(|| leaves.to_vec())
}

/// Writes a file whole or not at all: beside its place first, then to the disk, then under its name.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let partial = path.with_file_name(format!(".{}.partial", name(path)));
    let mut file = fs_err::File::create(&partial)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    drop(file);
    fs_err::rename(&partial, path)?;
    // The name itself is on the disk once its folder is.
    let folder = folder_of(path);
    std::fs::File::open(&folder).and_then(|folder| folder.sync_all()).with_context(|| folder.display().to_string())
}

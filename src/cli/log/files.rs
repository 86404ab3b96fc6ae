//! The files of a log: which there are, what lies beside them, and how one is replaced.
//!
//! Takes a folder or a file, gives logs with the files beside them. A file is replaced whole or not at all, whatever happens
//! meanwhile.

use std::io::{BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use fs_err::File;

use crate::cli::meter::{Meter, Unit};

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

/// How far reading these logs is: in bytes, over all of them.
pub(in crate::cli) struct Progress {
    meter: Meter,
    /// Bytes of the logs that are done with.
    before: u64,
}

impl Progress {
    /// None of these logs is read yet.
    pub(in crate::cli) fn over<'l>(logs: impl IntoIterator<Item = &'l PathBuf>) -> Self {
        let length = |log: &PathBuf| std::fs::metadata(log).map_or(0, |metadata| metadata.len());
        Self { meter: Meter::new(logs.into_iter().map(length).sum(), Unit::Bytes), before: 0 }
    }

    /// The log at hand is read up to here. Its clock is asked once in a while: lines are short.
    pub(in crate::cli) fn tick(&self, number: u64, offset: u64) {
        if number.is_multiple_of(1_024) {
            self.meter.tick(self.before + offset);
        }
    }

    /// The log at hand is read.
    pub(in crate::cli) fn end(&mut self, offset: u64) {
        self.before += offset;
    }

    /// All are read.
    pub(in crate::cli) fn finish(self) {
        self.meter.finish();
    }
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

/// Logs that were closed once, as what lies beside them tells, and whose manifest is not there.
pub(super) fn bereft(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut logs = Vec::new();
    for entry in fs_err::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let log = [".leaves", ".removed"].iter().find_map(|ending| name.strip_suffix(ending));
        logs.extend(log.map(|log| folder.join(log)).filter(|log| !manifest_of(log).exists()));
    }
    logs.sort();
    logs.dedup();
    Ok(logs)
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

/// A short file's bytes; `None` if there is no such file.
pub(super) fn read_if_there(path: &Path) -> anyhow::Result<Option<Vec<u8>>> {
    match fs_err::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// A file that is written beside its place. It takes the place whole, or nothing is left of it.
pub(super) struct Replacement {
    path: PathBuf,
    partial: PathBuf,
    file: BufWriter<File>,
    is_placed: bool,
}

impl Replacement {
    /// Begins a file for this place.
    pub(super) fn of(path: &Path) -> anyhow::Result<Self> {
        let partial = path.with_file_name(format!(".{}.partial", name(path)));
        let file = BufWriter::with_capacity(256 << 10, File::create(&partial)?);
        let begun = Self { path: path.to_owned(), partial, file, is_placed: false };
        // Whoever may not read the old file may not read the new one.
        if let Ok(old) = std::fs::metadata(path) {
            fs_err::set_permissions(&begun.partial, old.permissions())?;
        }
        Ok(begun)
    }

    /// Puts it in its place: to the disk first, then under its name.
    pub(super) fn place(mut self) -> anyhow::Result<()> {
        self.file.flush()?;
        self.file.get_ref().sync_all()?;
        fs_err::rename(&self.partial, &self.path)?;
        self.is_placed = true;
        // The name itself is on the disk once its folder is.
        let folder = folder_of(&self.path);
        std::fs::File::open(&folder).and_then(|folder| folder.sync_all()).with_context(|| folder.display().to_string())
    }
}

impl Write for Replacement {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Replacement {
    fn drop(&mut self) {
        if !self.is_placed {
            let _ = std::fs::remove_file(&self.partial);
        }
    }
}

/// Writes a short file whole or not at all.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let mut file = Replacement::of(path)?;
    file.write_all(bytes)?;
    file.place()
}

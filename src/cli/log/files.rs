//! The files of a log: which there are, and what lies beside them.

use std::path::{Path, PathBuf};

use super::lines::{Line, lines};
use crate::cli::files::{self, beside};
use crate::cli::meter::{Meter, Unit};

const ENDINGS: [&str; 3] = ["ndjson", "jsonl", "log"];

/// The logs that a verb was asked about: a file, or every log of a folder by name.
pub(in crate::cli) fn logs(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        anyhow::ensure!(path.is_file(), "{}: there is no such log", path.display());
        return Ok(vec![path.to_owned()]);
    }
    let is_log = |path: &PathBuf| {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        path.is_file() && ENDINGS.contains(&ending)
    };
    Ok(files::entries(path)?.into_iter().filter(is_log).collect())
}

/// How far reading these logs is: in bytes, over all of them.
pub(in crate::cli) struct Progress {
    meter: Meter,
    /// Bytes of the logs that are done with.
    before: u64,
}

impl Progress {
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

    /// Reads every line of the next log, and gives its length.
    pub(super) fn lines(
        &mut self,
        log: &Path,
        mut read: impl FnMut(&Line<'_>) -> anyhow::Result<()>,
    ) -> anyhow::Result<u64> {
        let length = lines(log, |line| {
            self.tick(line.number, line.start);
            read(line)
        })?;
        self.end(length);
        Ok(length)
    }

    pub(in crate::cli) fn end(&mut self, offset: u64) {
        self.before += offset;
    }

    pub(in crate::cli) fn finish(self) {
        self.meter.finish();
    }
}

pub(in crate::cli) fn each_line(
    logs: &[PathBuf],
    mut read: impl FnMut(&Path, &Line<'_>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut progress = Progress::over(logs);
    for log in logs {
        progress.lines(log, |line| read(log, line))?;
    }
    progress.finish();
    Ok(())
}

pub(super) fn manifest_of(log: &Path) -> PathBuf {
    beside(log, "manifest")
}

/// Logs that were closed once, as what lies beside them tells, and whose manifest is not there.
pub(super) fn bereft(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut logs = Vec::new();
    for name in files::entries(folder)?.iter().map(|path| files::name(path)) {
        let log = [".leaves", ".removed", ".anchor"].iter().find_map(|ending| name.strip_suffix(ending));
        logs.extend(log.map(|log| folder.join(log)).filter(|log| !manifest_of(log).exists()));
    }
    logs.dedup();
    Ok(logs)
}

/// The leaf hashes beside a log, 32 bytes each.
pub(super) fn leaves_of(log: &Path) -> PathBuf {
    beside(log, "leaves")
}

/// The stamp or proof that an outside party gave for a log's manifest.
pub(super) fn anchor_of(log: &Path) -> PathBuf {
    beside(log, "anchor")
}

/// The signed list of lines that were taken out of a log.
pub(super) fn removed_of(log: &Path) -> PathBuf {
    beside(log, "removed")
}

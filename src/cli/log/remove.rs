//! Taking lines out of a log: each leaves a tombstone with its leaf hash, so that what stays can still be checked.
//!
//! For a closed log the list of removals is signed and written first. `verify` finds an interrupted removal, and another run
//! finishes it. A log that somebody is writing to is left alone.

use std::io::{Read as _, Write as _};
use std::path::Path;

use anyhow::Context as _;
use fs_err::File;

use super::Signing;
use super::files::{self, Progress};
use super::leaves::{self, Entry, Leaves};
use super::lines::Line;
use super::removed::{NewRemoved, Removed};
use super::row::{Row, tombstone};
use crate::cli::files::{Replacement, read_if_there};
use crate::log::key::Digest;
use crate::log::merkle::{Hash, leaf};
use crate::log::segment::{Manifest, Removal, Why};
use crate::words::time::parse_rfc3339;

/// Why lines are taken out, and on which day.
pub(super) struct Reason {
    pub(super) why: Why,
    /// The day's first moment.
    pub(super) on_ms: i64,
    pub(super) whom: Option<Digest>,
}

pub(super) struct Candidate<'c> {
    /// What is on the line; `None` if it is no line of ours.
    pub(super) row: Option<&'c Row>,
    pub(super) closed_ms: Option<i64>,
}

/// Takes out every line that `goes` names, and gives how many those were.
pub(super) fn remove(
    log: &Path,
    reason: &Reason,
    signing: &Signing,
    progress: &mut Progress,
    mut goes: impl FnMut(&Candidate<'_>) -> bool,
) -> anyhow::Result<u64> {
    // Two of us at once would put back what the other took out.
    let alone = std::fs::File::open(log).with_context(|| log.display().to_string())?;
    alone.try_lock().with_context(|| format!("{}: lines are being taken out of it already", log.display()))?;
    let manifest = manifest(log)?;
    let closed_ms = manifest.as_ref().and_then(|manifest| parse_rfc3339(&manifest.closed));
    let mut before = manifest.as_ref().map(|manifest| listed(log, manifest)).transpose()?.flatten();
    let mut leaves = manifest.as_ref().map(|manifest| Leaves::open(log, manifest)).transpose()?;
    // Started with the first line that goes. Most logs have none.
    let mut writing: Option<Writing> = None;
    let mut count = 0;
    let read = progress.lines(log, |line| {
        let earlier = before.as_mut().map(|before| before.of(line.number)).transpose()?.flatten();
        let row = Row::read(line.bytes).ok();
        let candidate = Candidate { row: row.as_ref(), closed_ms };
        let leaf = match (&mut leaves, &manifest) {
            (Some(leaves), Some(manifest)) => leaf_of(log, line, leaves.next()?, manifest, earlier.is_some())?,
            _ => [0; 32],
        };
        let is_there = match &earlier {
            Some(earlier) => leaf == earlier.leaf,
            None => !row.as_ref().is_some_and(Row::is_tombstone) && goes(&candidate),
        };
        // A line that was listed before keeps its reason and its day, even if that removal was interrupted.
        let removal = earlier.or_else(|| is_there.then(|| reason.removal(line, leaf)));
        if is_there {
            count += 1;
            if writing.is_none() {
                // Before anything goes.
                let key = manifest.as_ref().map_or(Ok(()), |manifest| signing.of(&manifest.signer).map(drop));
                key.with_context(|| format!("{}: nothing was taken out", log.display()))?;
                writing = Some(Writing::begin(log, manifest.as_ref(), line)?);
            }
        }
        writing.as_mut().map_or(Ok(()), |writing| writing.line(line, removal.as_ref(), is_there))
    })?;
    let wipe = || manifest.as_ref().map_or(Ok(()), |manifest| leaves::wipe(log, manifest));
    let Some(Writing { out, list }) = writing else { return wipe().map(|()| 0) };
    anyhow::ensure!(
        std::fs::metadata(log).is_ok_and(|metadata| metadata.len() == read),
        "{}: somebody wrote to it meanwhile, so nothing was taken out; run this again on a log that is finished",
        log.display()
    );
    if let (Some(list), Some(manifest)) = (list, &manifest) {
        list.place(manifest, signing)?;
    }
    out.place_for_good()?;
    // Last: a removal that was interrupted before is found by its salts.
    wipe()?;
    if manifest.as_ref().is_some_and(|manifest| manifest.whole.is_some()) {
        anstream::eprintln!(
            "warning: {}: an earlier version closed this log, without salts; its manifest and its leaves let anybody who can read them find \
             a line again by guessing; keep them from readers, and delete them with the log when its retention ends",
            log.display()
        );
    }
    Ok(count)
}

impl Reason {
    fn removal(&self, line: &Line<'_>, leaf: Hash) -> Removal {
        let Self { why, on_ms, whom } = *self;
        Removal { line: line.number, leaf, why, on_ms, whom }
    }
}

/// The leaf of a line, if it is the one that was signed.
fn leaf_of(
    log: &Path,
    line: &Line<'_>,
    entry: Option<Entry>,
    manifest: &Manifest,
    is_listed: bool,
) -> anyhow::Result<Hash> {
    let hash = leaf(line.bytes);
    if manifest.whole.is_some() {
        return Ok(hash);
    }
    let entry = entry.filter(|entry| is_listed || entry.hash == hash).with_context(|| {
        let (log, leaves, number) = (log.display(), files::leaves_of(log), line.number + 1);
        let leaves = leaves.display();
        format!("{log}:{number}: nothing was taken out: the line does not fit {leaves}; run `selvedge log verify`")
    })?;
    Ok(entry.leaf_of(&hash))
}

fn manifest(log: &Path) -> anyhow::Result<Option<Manifest>> {
    let path = files::manifest_of(log);
    let Some(bytes) = read_if_there(&path)? else { return Ok(None) };
    let manifest = Manifest::open(&bytes).with_context(|| format!("{}: nothing was taken out", path.display()))?;
    Ok(Some(manifest))
}

/// What was taken out of a closed log before.
fn listed(log: &Path, manifest: &Manifest) -> anyhow::Result<Option<Removed>> {
    let mut problems = Vec::new();
    let removed = Removed::open(log, manifest, &[], &mut problems)?;
    let told = problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    let log = log.display();
    anyhow::ensure!(problems.is_empty(), "{log}: nothing was taken out: {told}; run `selvedge log verify`");
    Ok(removed)
}

/// The log and its list as they will be.
struct Writing {
    out: Replacement,
    list: Option<NewRemoved>,
}

impl Writing {
    /// With everything that stands before this line.
    fn begin(log: &Path, manifest: Option<&Manifest>, line: &Line<'_>) -> anyhow::Result<Self> {
        let mut out = Replacement::of(log)?;
        std::io::copy(&mut File::open(log)?.take(line.start), &mut out)?;
        let Some(manifest) = manifest else { return Ok(Self { out, list: None }) };
        let mut list = NewRemoved::of(log)?;
        if let Some(mut before) = listed(log, manifest)? {
            while let Some(removal) = before.next_before(line.number)? {
                list.push(&removal)?;
            }
        }
        Ok(Self { out, list: Some(list) })
    }

    fn line(&mut self, line: &Line<'_>, removal: Option<&Removal>, is_there: bool) -> anyhow::Result<()> {
        match removal.filter(|_| is_there) {
            Some(removal) => self.out.write_all(tombstone(removal).as_bytes())?,
            None => self.out.write_all(line.bytes)?,
        }
        self.out.write_all(line.end())?;
        if let (Some(list), Some(removal)) = (&mut self.list, removal) {
            list.push(removal)?;
        }
        Ok(())
    }
}

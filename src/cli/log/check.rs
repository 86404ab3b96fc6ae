//! The lines of a closed log against what was signed about them.
//!
//! A log is read line by line. The place of a fault is looked for only where there is one.

use std::collections::BTreeMap;
use std::path::Path;

use fs_err::File;
use sha2::{Digest as _, Sha256};

use super::chain::Problem;
use super::files::{self, Progress};
use super::leaves::{Entry, Leaves, entries, width};
use super::lines::lines;
use super::locate::{Difference, Differences, TOLD_MAX, Text, differences};
use super::removed::Removed;
use super::row::tombstone;
use crate::cli::files::read_if_there;
use crate::log::merkle::{Hash, Tree, leaf};
use crate::log::segment::Manifest;

#[derive(Default)]
pub(super) struct Checked {
    pub(super) lines: u64,
    pub(super) tombstones: u64,
    pub(super) problems: Vec<Problem>,
}

pub(super) fn check(
    log: &Path,
    manifest: &Manifest,
    signers: &[[u8; 32]],
    progress: &mut Progress,
) -> anyhow::Result<Checked> {
    let mut checked = Checked::default();
    if !log.exists() {
        checked.problems.push(Problem::of_file(log, "the log is missing"));
        return Ok(checked);
    }
    let mut removed = Removed::open(log, manifest, signers, &mut checked.problems)?;
    checked.tombstones = removed.as_ref().map_or(0, |removed| removed.count);
    let (mut tree, mut sha256, mut interrupted) = (Tree::default(), Sha256::new(), Vec::new());
    let (mut leaves, mut altered, mut is_ended) = (Leaves::open(log, manifest)?, None, true);
    let length = progress.lines(log, |line| {
        let entry = leaves.next()?;
        let Stood { leaf, expected, is_still_there } = stood(line.number, line.bytes, entry, removed.as_mut())?;
        if is_still_there && interrupted.len() < TOLD_MAX {
            interrupted.push(line.number);
        }
        if let (None, Some(entry), false) = (altered, entry, is_still_there) {
            altered = entry.differs(&expected).map(|byte| tree.count() * width(manifest) as u64 + byte as u64);
        }
        if manifest.whole.is_some() {
            sha256.update(line.bytes);
            sha256.update(line.end());
        }
        is_ended = line.is_ended;
        tree.push(leaf);
        Ok(())
    })?;
    checked.lines = tree.count();

    if tree.count() != manifest.count || tree.root() != manifest.root {
        locate(log, manifest, signers, &mut checked)?;
        return Ok(checked);
    }
    let is_whole = match manifest.whole {
        Some(whole) => checked.tombstones > 0 || whole == (length, sha256.finalize().into()),
        None => is_ended,
    };
    let problems = &mut checked.problems;
    if !is_whole {
        problems.push(Problem::of_file(log, "every line holds, and the newline behind the last one does not"));
    }
    if let Some(byte) = altered {
        let why = format!(
            "byte {byte} is not what was written when the log was closed, so an altered line could not be named; the log itself holds"
        );
        problems.push(Problem { offset: Some(byte), ..Problem::of_file(&files::leaves_of(log), why) });
    }
    problems.extend(interrupted.into_iter().map(|line| {
        let why = "it is listed as taken out and still there: the removal was interrupted; run it again";
        Problem { line: Some(line + 1), ..Problem::of_file(log, why) }
    }));
    Ok(checked)
}

/// The line that stood in a place when the log was closed.
struct Stood {
    leaf: Hash,
    /// The entry that should lie beside it.
    expected: Entry,
    /// It, or its salt, should have been taken out.
    is_still_there: bool,
}

fn stood(number: u64, bytes: &[u8], entry: Option<Entry>, removed: Option<&mut Removed>) -> anyhow::Result<Stood> {
    let (hash, entry) = (leaf(bytes), entry.unwrap_or_default());
    let removal = removed.map(|removed| removed.of(number)).transpose()?.flatten();
    let (leaf, expected) = (entry.leaf_of(&hash), entry.expected(hash, None));
    Ok(match removal {
        Some(removal) if tombstone(&removal).as_bytes() == bytes => {
            let is_still_there = entry.salt.is_some() && entry.leaf_of(&entry.hash) == removal.leaf;
            Stood { leaf: removal.leaf, expected: entry.expected(hash, Some(removal.leaf)), is_still_there }
        }
        removal => Stood { leaf, expected, is_still_there: removal.is_some_and(|removal| leaf == removal.leaf) },
    })
}

/// Says where the lines differ from those that were signed. Now that something is wrong, the hashes of all lines are held: 128 bytes a
/// line, and never the lines.
fn locate(log: &Path, manifest: &Manifest, signers: &[[u8; 32]], checked: &mut Checked) -> anyhow::Result<()> {
    let path = files::leaves_of(log);
    let bytes = read_if_there(&path)?.unwrap_or_default();
    let mut removed = Removed::open(log, manifest, signers, &mut Vec::new())?;
    let (mut tree, mut signed) = (Tree::default(), Vec::new());
    for (number, entry) in entries(&bytes, width(manifest)).enumerate() {
        let taken_out = removed.as_mut().map(|removed| removed.of(number as u64)).transpose()?.flatten();
        let leaf = taken_out.as_ref().map_or(entry.leaf_of(&entry.hash), |removal| removal.leaf);
        signed.push(taken_out.map_or(entry.hash, |removal| removal.leaf));
        tree.push(leaf);
    }
    if tree.count() != manifest.count || tree.root() != manifest.root || bytes.len() % width(manifest) > 0 {
        let (found, count, leaves) = (checked.lines, manifest.count, path.display());
        checked.problems.push(match manifest.whole {
            Some(_) => Problem::of_file(
                log,
                format!("its {found} lines are not the {count} that were signed, and without intact leaf hashes in {leaves} no line can be named"),
            ),
            None => Problem::of_file(
                &path,
                format!("it is missing or altered, and the {count} lines of the log cannot be checked without it: bring it back from a copy"),
            ),
        });
        return Ok(());
    }
    let mut text = Text::new(File::open(log)?);
    let left = |number: u64| entries(bytes.get(number as usize * width(manifest)..)?, width(manifest)).next();
    let mut removed = Removed::open(log, manifest, signers, &mut Vec::new())?;
    // The right text of an altered tombstone, with the byte of the file that differs. Its hash would not show it.
    let mut tombstones: BTreeMap<usize, Difference> = BTreeMap::new();
    lines(log, |line| {
        let removal = removed.as_mut().map(|removed| removed.of(line.number)).transpose()?.flatten();
        let expected = removal.as_ref().map(tombstone);
        let found = match (&removal, &expected) {
            (Some(removal), Some(expected)) if expected.as_bytes() == line.bytes => removal.leaf,
            (Some(removal), _)
                if left(line.number).is_some_and(|entry| entry.leaf_of(&leaf(line.bytes)) == removal.leaf) =>
            {
                removal.leaf
            }
            _ => leaf(line.bytes),
        };
        if let Some((at, was)) = expected.filter(|_| tombstones.len() < TOLD_MAX).and_then(|one| byte(&one, line.bytes))
        {
            let (line, offset) = (line.number as usize, line.start + at as u64);
            tombstones.insert(line, Difference::Byte { line, offset, was });
        }
        text.push(found, line.start, line.bytes.len());
        Ok(())
    })?;
    let Differences { told, others } = differences(&signed, &mut text)?;
    for difference in &told {
        let byte = if let Difference::Altered { line } = difference { tombstones.get(line) } else { None };
        checked.problems.push(in_words(log, byte.unwrap_or(difference), &mut text)?);
    }
    if others > 0 {
        checked.problems.push(Problem::of_file(log, format!("{others} more lines differ")));
    }
    Ok(())
}

/// The one byte in which a line differs from what should stand there: where it is, and what it was.
fn byte(expected: &str, found: &[u8]) -> Option<(usize, u8)> {
    let mut differing = expected.bytes().zip(found).enumerate().filter(|(_, (was, is))| was != *is);
    let (at, (was, _)) = differing.next().filter(|_| expected.len() == found.len())?;
    differing.next().is_none().then_some((at, was))
}

fn in_words(log: &Path, difference: &Difference, text: &mut Text<File>) -> anyhow::Result<Problem> {
    let (line, offset, why) = match *difference {
        Difference::Byte { line, offset, was } => {
            let (in_line, is, was) = (offset - text.start(line), shown(text.byte(offset)?), shown(was));
            let why = format!("byte {offset} of the file, byte {in_line} of the line, is {is} and was {was}");
            (line, Some(offset), why)
        }
        Difference::Altered { line } => {
            let (start, end) = (text.start(line), text.end(line));
            let why = format!("the line is not the one that was signed (bytes {start} to {end} of the file)");
            (line, Some(start), why)
        }
        Difference::Moved { line, from } => (line, None, format!("line {} of the signed log stands here", from + 1)),
        Difference::Missing { line } => (line, None, "this line of the signed log is not there".into()),
        Difference::Repeated { line, from } => {
            (line, None, format!("line {} of the signed log stands here once more", from + 1))
        }
        Difference::Foreign { line } => (line, None, "the signed log has no such line".into()),
    };
    Ok(Problem { path: log.to_owned(), line: Some(line as u64 + 1), offset, why })
}

fn shown(byte: u8) -> String {
    format!("`{}` (0x{byte:02x})", byte.escape_ascii())
}

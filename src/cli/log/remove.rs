//! Taking lines out of a log: each leaves a tombstone with its leaf hash, so that what stays can still be checked.
//!
//! Takes a log and what is to go; gives how many lines went. For a closed log the list of them is signed and written first: a removal
//! that is interrupted is found by `verify` and finished by running it again. Nothing else of the log changes.

use std::collections::BTreeMap;
use std::path::Path;

use super::Signing;
use super::files::{self, lines, read_if_there, replace};
use super::row::{Row, tombstone};
use super::segments::removals;
use crate::log::key::Digest;
use crate::log::merkle::leaf;
use crate::log::segment::{Manifest, Removal, Removals, Why};
use crate::trust::sign::Signer;

/// Why lines are taken out, and on which day.
pub(super) struct Reason {
    pub(super) why: Why,
    pub(super) on: String,
    pub(super) whom: Option<Digest>,
}

/// Takes out every line that `goes` names, and gives how many those were.
pub(super) fn remove(
    log: &Path,
    reason: &Reason,
    signing: &mut Signing<'_>,
    goes: impl Fn(&Row) -> bool,
) -> anyhow::Result<usize> {
    let bytes = fs_err::read(log)?;
    let ranges = lines(&bytes);
    let mut removed: BTreeMap<u64, Removal> = BTreeMap::new();
    for (line, range) in (0..).zip(&ranges) {
        let text = &bytes[range.clone()];
        let row = Row::read(text);
        if !row.is_tombstone() && goes(&row) {
            let Reason { why, on, whom } = reason;
            removed.insert(line, Removal { line, leaf: leaf(text), why: *why, on: on.clone(), whom: *whom });
        }
    }
    if removed.is_empty() {
        return Ok(0);
    }
    let count = removed.len();
    if let Some(manifest) = read_if_there(&files::manifest_of(log))? {
        let manifest = Manifest::open(&manifest)?;
        sign(log, &manifest, &mut removed, signing)?;
    }
    let mut out = Vec::with_capacity(bytes.len());
    for (line, range) in (0_u64..).zip(&ranges) {
        match removed.get(&line) {
            Some(removal) if leaf(&bytes[range.clone()]) == removal.leaf => out.extend(tombstone(removal).into_bytes()),
            _ => out.extend_from_slice(&bytes[range.clone()]),
        }
        if range.end < bytes.len() {
            out.push(b'\n');
        }
    }
    replace(log, &out)?;
    Ok(count)
}

/// Signs the list of what was taken out of a closed log before and what goes now, and puts it beside the log.
fn sign(
    log: &Path,
    manifest: &Manifest,
    removed: &mut BTreeMap<u64, Removal>,
    signing: &mut Signing<'_>,
) -> anyhow::Result<()> {
    let mut problems = Vec::new();
    let before = removals(log, manifest, &[], &mut problems)?;
    anyhow::ensure!(
        problems.is_empty(),
        "{}: nothing was taken out: {}; run `selvedge log verify`",
        log.display(),
        problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    );
    // What was listed before keeps its reason and its day, also where that removal was interrupted.
    removed.extend(before.into_iter().flat_map(|before| before.lines).map(|removal| (removal.line, removal)));
    let key = signing.key()?;
    let signer = key.verifying_key().to_bytes();
    let list = Removals { root: manifest.root, lines: removed.values().cloned().collect(), signer };
    let signed = list.sign(&Signer::local(key)).map_err(|reason| anyhow::anyhow!("signing failed: {reason}"))?;
    replace(&files::removed_of(log), &signed)
}

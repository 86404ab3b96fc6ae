//! The overlay beside a release: putting one into a built folder, and keeping the one that is there through the next build.
//!
//! An overlay is never dropped, and a head that the folder's own root would refuse is never written.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::Context as _;

use super::{DevKeys, OVERLAY_SECONDS, TIMESTAMP_SECONDS, entries, name, replace, unsigned};
use crate::cli::files::{Unread, read_bounded};
use crate::consent::revocation::list::Revocations;
use crate::trust::sign::{self, Signer, Stamp, Versioned};
use crate::trust::{
    Expiry, Floor, HEAD_BYTES_MAX, Kind, ROOT_BYTES_MAX, Release, Scope, Target, claimed_scope, layout, native,
};
use crate::words::time::SECOND;
use crate::words::{hex, time};

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedList {
    /// The environment whose head carries the list now.
    pub environment: String,
    /// The overlay's version.
    pub version: u64,
    /// When the overlay expires, in Unix milliseconds.
    pub expires_ms: i64,
    /// The list's file, from the folder's root.
    pub file: PathBuf,
}

/// An overlay with its payloads, as a folder has it.
pub(super) struct Carried {
    stamp: Stamp,
    payloads: Vec<(Target, Vec<u8>)>,
}

impl Carried {
    /// The overlay of an environment of this folder; none if it has none, or is of another site.
    pub(super) fn of(folder: &Path, scope: &Scope<'_>) -> anyhow::Result<Option<Self>> {
        let Ok(head) = read_head(folder, scope.environment) else { return Ok(None) };
        let Some([_, _, Some(_)]) = sign::parts_of_head(&head) else { return Ok(None) };
        let opened = Environment::open(folder, scope.environment, head).with_context(|| {
            let folder = folder.display();
            format!(
                "{folder} has an overlay with withdrawals, but it cannot be read. Fix the folder (`selvedge verify` says what is wrong), or build into a new folder and publish the list there again"
            )
        })?;
        let is_ours = opened.release.repository() == scope.repository;
        Ok(if is_ours { opened.carried(folder)? } else { None })
    }

    pub(super) fn payloads(&self) -> impl Iterator<Item = (&Target, &Vec<u8>)> {
        self.payloads.iter().map(|(target, bytes)| (target, bytes))
    }

    /// Its document, and its version. Signatures are deterministic: by the same key it is the one that was there.
    pub(super) fn sign(&self, scope: &Scope<'_>, keys: &DevKeys) -> anyhow::Result<(u64, Vec<u8>)> {
        let targets: Vec<Target> = self.payloads.iter().map(|(target, _)| *target).collect();
        let document = sign::overlay(scope, self.stamp, &targets, &[Signer::local(&keys.overlay)]).map_err(unsigned)?;
        Ok((self.stamp.version, document))
    }
}

/// A head around a release and perhaps an overlay, by a timestamp that is no older than either: versions are times of issue.
pub(super) fn head(
    scope: &Scope<'_>,
    release: Versioned<'_>,
    overlay: Option<&(u64, Vec<u8>)>,
    keys: &DevKeys,
    issued_s: u64,
) -> anyhow::Result<Vec<u8>> {
    let version = overlay.map_or(issued_s, |(version, _)| issued_s.max(*version));
    let stamp = Stamp { version, issued: version, expires: version.saturating_add(TIMESTAMP_SECONDS) };
    let overlay = overlay.map(|(version, document)| (*version, &document[..]));
    let signers = [Signer::local(&keys.timestamp)];
    let timestamp = sign::timestamp(scope, stamp, release, overlay, &signers).map_err(unsigned)?;
    let head = sign::head(&timestamp, release.1, overlay.map(|(_, document)| document));
    let (length, most) = (head.len(), HEAD_BYTES_MAX);
    anyhow::ensure!(
        length <= most,
        "signing failed: the head would have {length} bytes, but readers only accept {most}"
    );
    Ok(head)
}

fn read_head(folder: &Path, environment: &str) -> Result<Vec<u8>, Unread> {
    read_bounded(&folder.join(relative(&layout::head(environment))), HEAD_BYTES_MAX as u64)
}

/// Puts a list of revocations into an environment of a built folder: a new overlay, and a new timestamp that vouches for it.
///
/// # Errors
/// A folder that does not open, keys that its root does not name, a write that fails.
pub fn publish_list(
    folder: &Path,
    environment: &str,
    list: &[u8],
    keys: &DevKeys,
    now_s: u64,
) -> anyhow::Result<PublishedList> {
    Revocations::open(list).context("no host could read the list")?;
    let head_path = relative(&layout::head(environment));
    let opened = Environment::open(folder, environment, read_head(folder, environment)?)?;
    let release = &opened.release;
    let scope = Scope { repository: release.repository(), environment };

    let floor = release.floor();
    let version = now_s.max(floor.overlay.max(floor.timestamp).saturating_add(1));
    let stamp = Stamp { version, issued: now_s, expires: now_s.saturating_add(OVERLAY_SECONDS) };
    let target = sign::target(Kind::Revocations, list);
    let overlay = Carried { stamp, payloads: vec![(target, list.to_vec())] };
    let document = opened.release_document().context("the head has no release")?;
    let head = head(&scope, (release.version(), document), Some(&overlay.sign(&scope, keys)?), keys, now_s)?;
    // Refusals of hosts show here first.
    native::open(&opened.root, &head, &scope, milliseconds(now_s), floor, Expiry::AllowStale).with_context(|| {
        format!(
            "the root of {} does not accept these keys ({}); publish with the keys of its build. An old root may have no key for overlays: then build again, and pin the new root",
            folder.display(),
            keys.folder.display()
        )
    })?;

    let file = relative(&layout::target(environment, Kind::Revocations, &target.sha256));
    replace(&folder.join(&file), list)?;
    replace(&folder.join(&head_path), &head)?;
    remove_outdated(folder, environment, &file);
    let expires_ms = milliseconds(stamp.expires);
    Ok(PublishedList { environment: environment.to_owned(), version, expires_ms, file })
}

/// A list of an environment that its head does not name any more: a head from a cache still may.
pub(super) fn is_former_list(path: &Path, bytes: &[u8]) -> bool {
    hex(&native::sha256(bytes)) == name(path) && Revocations::open(bytes).is_ok()
}

/// Removes former lists. A list stays until every timestamp that names it has expired, and the last one expires no later
/// than its successor's. A head that a cache still serves may name it.
fn remove_outdated(folder: &Path, environment: &str, current: &Path) {
    let objects = folder.join(relative(&layout::target(environment, Kind::Revocations, &[0; 32])));
    let lists = objects.parent().and_then(|objects| entries(objects).ok()).unwrap_or_default().into_iter();
    let mut lists: Vec<(SystemTime, PathBuf)> = lists
        .filter(|path| {
            let read = read_bounded(path, Kind::Revocations.bytes_max());
            read.is_ok_and(|bytes| is_former_list(path, &bytes))
        })
        .filter_map(|path| Some((path.metadata().ok()?.modified().ok()?, path)))
        .collect();
    lists.sort();
    for two in lists.windows(2) {
        let [(_, path), (replaced, _)] = two else { continue };
        let age = replaced.elapsed().unwrap_or_default();
        if *path != folder.join(current) && age > Duration::from_secs(TIMESTAMP_SECONDS) {
            // A file that stays does no harm.
            let _ = fs_err::remove_file(path);
        }
    }
}

/// An environment of a folder as its own root vouches for it, also if it has expired.
pub(super) struct Environment {
    root: Vec<u8>,
    head: Vec<u8>,
    pub(super) release: Release,
}

impl Environment {
    fn open(folder: &Path, environment: &str, head: Vec<u8>) -> anyhow::Result<Self> {
        let root = folder.join(relative(&layout::root(environment, 1)));
        Self::new(read_bounded(&root, ROOT_BYTES_MAX as u64)?, head, environment)
    }

    pub(super) fn new(root: Vec<u8>, head: Vec<u8>, environment: &str) -> anyhow::Result<Self> {
        let (repository, _) = claimed_scope(&root)?;
        let scope = Scope { repository: &repository, environment };
        let release = native::open(&root, &head, &scope, time::MAX, Floor::default(), Expiry::AllowStale)?;
        Ok(Self { root, head, release })
    }

    fn release_document(&self) -> Option<&[u8]> {
        sign::parts_of_head(&self.head)?[1]
    }

    fn carried(&self, folder: &Path) -> anyhow::Result<Option<Carried>> {
        let Some(overlay) = self.release.overlay() else { return Ok(None) };
        let mut payloads = Vec::new();
        for index in self.release.targets_of(Kind::Revocations) {
            let path = relative(&self.release.path(index).unwrap_or_default());
            let bytes = read_bounded(&folder.join(&path), self.release.targets()[index].length)?;
            let verified = native::admit(&self.release, index, bytes).with_context(|| path.display().to_string())?;
            payloads.push((self.release.targets()[index], verified.into_bytes()));
        }
        let seconds = |ms: i64| u64::try_from(ms / SECOND).unwrap_or_default();
        let (issued, expires) = (seconds(overlay.issued_ms), seconds(overlay.expires_ms));
        Ok(Some(Carried { stamp: Stamp { version: overlay.version, issued, expires }, payloads }))
    }
}

fn milliseconds(seconds: u64) -> i64 {
    i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(SECOND)
}

/// A path of the layout, from the folder's root.
pub(super) fn relative(path: &str) -> PathBuf {
    PathBuf::from(path.trim_start_matches('/'))
}

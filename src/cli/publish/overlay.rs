//! The overlay beside a release: putting one into a built folder, and keeping the one that is there through the next build.
//!
//! An overlay is never dropped, and a head that the folder's own root would refuse is never written.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::Context as _;

use super::roots::root_file;
use super::waiting::{self, Waiting};
use super::{OVERLAY_SECONDS, Signing, TIMESTAMP_SECONDS, entries, name, replace, unsigned};
use crate::cli::Usage;
use crate::cli::files::{Unread, read_bounded};
use crate::consent::revocation::list::Revocations;
use crate::trust::sign::{self, Documents, Stamp, Versioned};
use crate::trust::{
    Action, Expiry, Floor, HEAD_BYTES_MAX, Kind, ORDERS_MAX, Order, ROOT_BYTES_MAX, Release, Role, Root, Scope, Target,
    claimed_scope, layout, native,
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
    /// The signatures that it lacks. As long as there are any, it waits, and the head has the list of before.
    pub lacks: Vec<String>,
}

/// Payloads of an overlay, with what names them.
pub(super) type Payloads = Vec<(Target, Vec<u8>)>;

/// An overlay with its payloads, as a folder has it.
pub(super) struct Carried {
    stamp: Stamp,
    payloads: Payloads,
    orders: Vec<Order>,
    /// Its document, if nothing of it was changed.
    document: Option<Vec<u8>>,
}

impl Carried {
    /// The overlay of an environment of this folder; none if it has none, or is of another site.
    pub(super) fn of(folder: &Path, scope: &Scope<'_>) -> anyhow::Result<Option<Self>> {
        let Ok(head) = read_head(folder, scope.environment) else { return Ok(None) };
        let Some([.., Some(_)]) = sign::parts_of_head(&head) else { return Ok(None) };
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

    /// Its version and document: with the signatures that this root knows, and those of the keys at hand. Signatures are
    /// deterministic: by the same keys it is the one that was there.
    pub(super) fn signed(&self, scope: &Scope<'_>, root: &Root, keys: &dyn Signing) -> anyhow::Result<(u64, Vec<u8>)> {
        let document = match &self.document {
            Some(document) => completed(document, Role::Overlay, scope, root, keys)?,
            None => {
                let signers = keys.signers(Role::Overlay);
                anyhow::ensure!(
                    !signers.is_empty(),
                    "the key of `overlay` is not in {}, and only it can sign this",
                    keys.place()
                );
                let targets: Vec<Target> = self.payloads.iter().map(|(target, _)| *target).collect();
                sign::overlay(scope, self.stamp, &targets, &self.orders, &signers).map_err(unsigned)?
            }
        };
        Ok((self.stamp.version, document))
    }
}

/// A document with those of its signatures that a root knows, and those of the keys at hand.
pub(super) fn completed(
    document: &[u8],
    role: Role,
    scope: &Scope<'_>,
    root: &Root,
    keys: &dyn Signing,
) -> anyhow::Result<Vec<u8>> {
    let known = root.policy(role).map(|(_, keys)| keys).unwrap_or_default();
    sign::add_signatures(document, role, scope, &known, &keys.signers(role)).map_err(unsigned)
}

/// What a head is made of, beside its timestamp.
pub(super) struct Parts<'p> {
    pub(super) release: Versioned<'p>,
    pub(super) data: Option<&'p (u64, Vec<u8>)>,
    pub(super) overlay: Option<&'p (u64, Vec<u8>)>,
    pub(super) approvals: &'p [Vec<u8>],
}

impl Parts<'_> {
    /// The head, by a timestamp that is no older than either: versions are times of issue.
    pub(super) fn head(&self, scope: &Scope<'_>, keys: &dyn Signing, issued_s: u64) -> anyhow::Result<Vec<u8>> {
        let beside = [self.overlay, self.data].into_iter().flatten().map(|(version, _)| *version);
        let version = beside.fold(issued_s, u64::max);
        let stamp = Stamp { version, issued: version, expires: version.saturating_add(TIMESTAMP_SECONDS) };
        let signers = keys.signers(Role::Timestamp);
        anyhow::ensure!(
            !signers.is_empty(),
            "the key of `timestamp` is not in {}, and hosts open no head without it",
            keys.place()
        );
        let timestamp = sign::timestamp_of(scope, stamp, &self.documents(), &signers).map_err(unsigned)?;
        self.around(Some(&timestamp))
    }

    /// The head without a timestamp, for those who still have to sign.
    pub(super) fn proposal(&self) -> anyhow::Result<Vec<u8>> {
        self.around(None)
    }

    fn documents(&self) -> Documents<'_> {
        let [data, overlay] =
            [self.data, self.overlay].map(|beside| beside.map(|(version, document)| (*version, &document[..])));
        Documents { release: self.release, data, overlay }
    }

    fn around(&self, timestamp: Option<&[u8]>) -> anyhow::Result<Vec<u8>> {
        let head = sign::head_of(timestamp, &self.documents(), self.approvals);
        let (length, most) = (head.len(), HEAD_BYTES_MAX);
        anyhow::ensure!(
            length <= most,
            "signing failed: the head would have {length} bytes, but readers only accept {most}"
        );
        Ok(head)
    }
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
    keys: &dyn Signing,
    now_s: u64,
) -> anyhow::Result<PublishedList> {
    Revocations::open(list).context("no host could read the list")?;
    let target = sign::target(Kind::Revocations, list);
    let file = relative(&layout::target(environment, Kind::Revocations, &target.sha256));
    let Changed { version, expires_ms, lacks } =
        change(folder, environment, keys, now_s, Some(vec![(target, list.to_vec())]), |_| Ok(()))?;
    if lacks.is_empty() {
        remove_outdated(folder, environment, &file);
    }
    Ok(PublishedList { environment: environment.to_owned(), version, expires_ms, file, lacks })
}

/// What becomes of the orders of an overlay.
pub(in crate::cli) enum Change {
    /// This one holds from now on, in place of one of the same kind and name.
    Give(Order),
    /// Those about this name no longer hold.
    Take(Action, String),
}

/// Changes the orders of an environment of a built folder, as [`publish_list`] changes its list. Those whose end has come go.
///
/// # Errors
/// As there; also an order to take back that is not there.
pub(in crate::cli) fn change_orders(
    folder: &Path,
    environment: &str,
    what: Change,
    keys: &dyn Signing,
    now_s: u64,
) -> anyhow::Result<Changed> {
    change(folder, environment, keys, now_s, None, |orders| {
        orders.retain(|order| order.until_ms > milliseconds(now_s));
        let (action, name) = match &what {
            Change::Give(order) => (order.action, &order.name),
            Change::Take(action, name) => (*action, name),
        };
        let before = orders.len();
        orders.retain(|order| (order.action, &order.name) != (action, name));
        match &what {
            Change::Give(order) => orders.push(order.clone()),
            Change::Take(..) => anyhow::ensure!(
                orders.len() < before,
                Usage(format!(
                    "there is no order to {action} `{name}` in `{environment}`, so there is nothing to take back"
                ))
            ),
        }
        let (count, most) = (orders.len(), ORDERS_MAX);
        anyhow::ensure!(
            count <= most,
            "an overlay has at most {most} orders. Build a release without what is paused, then resume it"
        );
        Ok(())
    })
}

/// The overlay that was written.
pub(in crate::cli) struct Changed {
    pub(in crate::cli) version: u64,
    /// When it expires, in Unix milliseconds: from then on hosts report it, and still apply it.
    pub(in crate::cli) expires_ms: i64,
    /// The signatures that it lacks. As long as there are any, it waits beside the head.
    pub(in crate::cli) lacks: Vec<String>,
}

/// Changes the overlay of an environment, and signs a timestamp that vouches for it. Release and approvals stay as they are, and
/// the payloads too unless there are new ones. An overlay that waits for signatures comes along.
fn change(
    folder: &Path,
    environment: &str,
    keys: &dyn Signing,
    now_s: u64,
    payloads: Option<Payloads>,
    change: impl FnOnce(&mut Vec<Order>) -> anyhow::Result<()>,
) -> anyhow::Result<Changed> {
    let head_path = relative(&layout::head(environment));
    let opened = Environment::of(folder, environment)?;
    let release = &opened.release;
    let scope = Scope { repository: release.repository(), environment };
    let waiting = waiting(folder, &opened)?;

    let floor = release.floor();
    let before = waiting.as_ref().map_or(0, |waiting| waiting.stamp.version);
    let version = now_s.max(floor.overlay.max(floor.timestamp).max(before).saturating_add(1));
    let stamp = Stamp { version, issued: now_s, expires: now_s.saturating_add(OVERLAY_SECONDS) };
    let mut orders = waiting.as_ref().map_or(release.orders(), |waiting| &waiting.orders).to_vec();
    change(&mut orders)?;
    let payloads = match (payloads, &waiting) {
        (Some(payloads), _) => payloads,
        (None, Some(waiting)) => waiting.payloads(folder, environment)?,
        (None, None) => opened.payloads(folder, Kind::Revocations)?,
    };
    let overlay = Carried { stamp, payloads, orders, document: None };
    let document = opened.release_document().context("the head has no release")?;
    let root = native::root(&opened.root, &scope)?;
    let (signed, approvals) = (overlay.signed(&scope, &root, keys)?, sign::approvals_of_head(&opened.head));
    let expires_ms = milliseconds(stamp.expires);
    let known = root.policy(Role::Overlay).map(|(_, keys)| keys).unwrap_or_default();
    let lacks = waiting::lacks(&root, &signed.1, keys);
    if !lacks.is_empty() && !sign::verified(&signed.1, Role::Overlay, &scope, &known).is_empty() {
        for (target, bytes) in overlay.payloads() {
            replace(&folder.join(relative(&layout::target(environment, target.kind, &target.sha256))), bytes)?;
        }
        waiting::write(folder, &opened, &signed.1)?;
        return Ok(Changed { version, expires_ms, lacks });
    }
    let data = opened.data_document();
    let release = (release.version(), document);
    let parts = Parts { release, data: data.as_ref(), overlay: Some(&signed), approvals: &approvals };
    let head = parts.head(&scope, keys, now_s)?;
    // Refusals of hosts show here first.
    native::open(&opened.root, &head, &scope, milliseconds(now_s), floor, Expiry::AllowStale).with_context(|| {
        format!(
            "the root of {} does not accept these keys ({}); publish with the keys of its build. An old root may have no key for overlays: then build again, and pin the new root",
            folder.display(),
            keys.place()
        )
    })?;
    for (target, bytes) in overlay.payloads() {
        replace(&folder.join(relative(&layout::target(environment, target.kind, &target.sha256))), bytes)?;
    }
    replace(&folder.join(&head_path), &head)?;
    waiting::remove(folder, environment)?;
    Ok(Changed { version, expires_ms, lacks })
}

/// The overlay that waits for signatures, if it can still come into the head.
fn waiting(folder: &Path, opened: &Environment) -> anyhow::Result<Option<Waiting>> {
    let waiting = Waiting::of(folder, opened)?;
    let Some(waiting) = waiting else { return Ok(None) };
    if waiting.is_outdated(opened) {
        anstream::eprintln!(
            "note: an overlay that waited for signatures is outdated, because another one came into the head. Its orders were not taken along"
        );
        return Ok(None);
    }
    anstream::eprintln!("note: what waits for signatures already comes along:");
    waiting.lines(folder, opened)?.iter().for_each(|line| anstream::eprintln!("  {line}"));
    Ok(Some(waiting))
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
    pub(super) root: Vec<u8>,
    pub(super) head: Vec<u8>,
    pub(super) release: Release,
}

impl Environment {
    /// An environment by its head.
    pub(super) fn of(folder: &Path, environment: &str) -> anyhow::Result<Self> {
        Self::open(folder, environment, read_head(folder, environment)?)
    }

    fn open(folder: &Path, environment: &str, head: Vec<u8>) -> anyhow::Result<Self> {
        let root = root_file(folder, environment)?;
        Self::new(read_bounded(&root, ROOT_BYTES_MAX as u64)?, head, environment)
    }

    pub(super) fn new(root: Vec<u8>, head: Vec<u8>, environment: &str) -> anyhow::Result<Self> {
        let (repository, _) = claimed_scope(&root)?;
        let scope = Scope { repository: &repository, environment };
        let release = native::open(&root, &head, &scope, time::MAX, Floor::default(), Expiry::AllowStale)?;
        Ok(Self { root, head, release })
    }

    pub(super) fn release_document(&self) -> Option<&[u8]> {
        sign::parts_of_head(&self.head)?[1]
    }

    /// The version and the document of its data.
    pub(super) fn data_document(&self) -> Option<(u64, Vec<u8>)> {
        let [_, _, document, _] = sign::parts_of_head(&self.head)?;
        Some((self.release.floor().data, document?.to_vec()))
    }

    /// The payloads of a kind.
    pub(super) fn payloads(&self, folder: &Path, kind: Kind) -> anyhow::Result<Payloads> {
        let mut payloads = Vec::new();
        for index in self.release.targets_of(kind) {
            let path = relative(&self.release.path(index).unwrap_or_default());
            let bytes = read_bounded(&folder.join(&path), self.release.targets()[index].length)?;
            let verified = native::admit(&self.release, index, bytes).with_context(|| path.display().to_string())?;
            payloads.push((self.release.targets()[index], verified.into_bytes()));
        }
        Ok(payloads)
    }

    fn carried(&self, folder: &Path) -> anyhow::Result<Option<Carried>> {
        let Some(overlay) = self.release.overlay() else { return Ok(None) };
        let payloads = self.payloads(folder, Kind::Revocations)?;
        let seconds = |ms: i64| u64::try_from(ms / SECOND).unwrap_or_default();
        let (issued, expires) = (seconds(overlay.issued_ms), seconds(overlay.expires_ms));
        let stamp = Stamp { version: overlay.version, issued, expires };
        let document = sign::parts_of_head(&self.head).and_then(|[.., overlay]| overlay).map(<[u8]>::to_vec);
        Ok(Some(Carried { stamp, payloads, orders: self.release.orders().to_vec(), document }))
    }
}

pub(super) fn milliseconds(seconds: u64) -> i64 {
    i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(SECOND)
}

/// The site that an environment of a folder was built for, as its root claims it.
pub(in crate::cli) fn repository(folder: &Path, environment: &str) -> anyhow::Result<String> {
    let root = read_bounded(&root_file(folder, environment)?, ROOT_BYTES_MAX as u64)?;
    Ok(claimed_scope(&root)?.0)
}

/// A path of the layout, from the folder's root.
pub(in crate::cli) fn relative(path: &str) -> PathBuf {
    PathBuf::from(path.trim_start_matches('/'))
}

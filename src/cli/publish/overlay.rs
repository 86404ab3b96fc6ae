//! The overlay beside a release: putting one into a built folder, and keeping the one that is there through the next build.
//!
//! An overlay is never dropped, and a head that the folder's own root would refuse is never written.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::Context as _;

use super::{OVERLAY_SECONDS, Signing, TIMESTAMP_SECONDS, entries, name, replace, unsigned};
use crate::cli::Usage;
use crate::cli::files::{Unread, read_bounded};
use crate::consent::revocation::list::Revocations;
use crate::trust::sign::{self, Stamp, Versioned};
use crate::trust::{
    Action, Expiry, Floor, HEAD_BYTES_MAX, Kind, ORDERS_MAX, Order, ROOT_BYTES_MAX, Release, Role, Scope, Target,
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
}

/// Payloads of an overlay, with what names them.
type Payloads = Vec<(Target, Vec<u8>)>;

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

    /// Its version and document: signed again by the keys at hand, or as it was. Signatures are deterministic: by the same key
    /// it is the one that was there.
    pub(super) fn signed(&self, scope: &Scope<'_>, keys: &dyn Signing) -> anyhow::Result<(u64, Vec<u8>)> {
        let signers = keys.signers(Role::Overlay);
        let document = match &self.document {
            Some(document) if signers.is_empty() => document.clone(),
            _ => {
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

/// What a head is made of, beside its timestamp.
pub(super) struct Parts<'p> {
    pub(super) release: Versioned<'p>,
    pub(super) overlay: Option<&'p (u64, Vec<u8>)>,
    pub(super) approvals: &'p [Vec<u8>],
}

impl Parts<'_> {
    /// The head, by a timestamp that is no older than either: versions are times of issue.
    pub(super) fn head(&self, scope: &Scope<'_>, keys: &dyn Signing, issued_s: u64) -> anyhow::Result<Vec<u8>> {
        let version = self.overlay.map_or(issued_s, |(version, _)| issued_s.max(*version));
        let stamp = Stamp { version, issued: version, expires: version.saturating_add(TIMESTAMP_SECONDS) };
        let overlay = self.overlay.map(|(version, document)| (*version, &document[..]));
        let signers = keys.signers(Role::Timestamp);
        anyhow::ensure!(
            !signers.is_empty(),
            "the key of `timestamp` is not in {}, and hosts open no head without it",
            keys.place()
        );
        let timestamp = sign::timestamp(scope, stamp, self.release, overlay, &signers).map_err(unsigned)?;
        self.around(Some(&timestamp))
    }

    /// The head without a timestamp, for those who still have to sign.
    pub(super) fn proposal(&self) -> anyhow::Result<Vec<u8>> {
        self.around(None)
    }

    fn around(&self, timestamp: Option<&[u8]>) -> anyhow::Result<Vec<u8>> {
        let overlay = self.overlay.map(|(_, document)| &document[..]);
        let head = sign::head_with_approvals(timestamp, self.release.1, overlay, self.approvals);
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
    let Changed { version, expires_ms } =
        change(folder, environment, keys, now_s, Some(vec![(target, list.to_vec())]), |_| Ok(()))?;
    remove_outdated(folder, environment, &file);
    Ok(PublishedList { environment: environment.to_owned(), version, expires_ms, file })
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
}

/// Changes the overlay of an environment, and signs a timestamp that vouches for it. Release and approvals stay as they are, and
/// the payloads too unless there are new ones.
fn change(
    folder: &Path,
    environment: &str,
    keys: &dyn Signing,
    now_s: u64,
    payloads: Option<Payloads>,
    change: impl FnOnce(&mut Vec<Order>) -> anyhow::Result<()>,
) -> anyhow::Result<Changed> {
    let head_path = relative(&layout::head(environment));
    let opened = Environment::open(folder, environment, read_head(folder, environment)?)?;
    let release = &opened.release;
    let scope = Scope { repository: release.repository(), environment };

    let floor = release.floor();
    let version = now_s.max(floor.overlay.max(floor.timestamp).saturating_add(1));
    let stamp = Stamp { version, issued: now_s, expires: now_s.saturating_add(OVERLAY_SECONDS) };
    let mut orders = release.orders().to_vec();
    change(&mut orders)?;
    let payloads = payloads.map_or_else(|| opened.payloads(folder), Ok)?;
    let overlay = Carried { stamp, payloads, orders, document: None };
    let document = opened.release_document().context("the head has no release")?;
    let (signed, approvals) = (overlay.signed(&scope, keys)?, sign::approvals_of_head(&opened.head));
    let parts = Parts { release: (release.version(), document), overlay: Some(&signed), approvals: &approvals };
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
    Ok(Changed { version, expires_ms: milliseconds(stamp.expires) })
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
        let root = root_file(folder, environment)?;
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

    /// The payloads of the overlay.
    fn payloads(&self, folder: &Path) -> anyhow::Result<Payloads> {
        let mut payloads = Vec::new();
        for index in self.release.targets_of(Kind::Revocations) {
            let path = relative(&self.release.path(index).unwrap_or_default());
            let bytes = read_bounded(&folder.join(&path), self.release.targets()[index].length)?;
            let verified = native::admit(&self.release, index, bytes).with_context(|| path.display().to_string())?;
            payloads.push((self.release.targets()[index], verified.into_bytes()));
        }
        Ok(payloads)
    }

    fn carried(&self, folder: &Path) -> anyhow::Result<Option<Carried>> {
        let Some(overlay) = self.release.overlay() else { return Ok(None) };
        let payloads = self.payloads(folder)?;
        let seconds = |ms: i64| u64::try_from(ms / SECOND).unwrap_or_default();
        let (issued, expires) = (seconds(overlay.issued_ms), seconds(overlay.expires_ms));
        let stamp = Stamp { version: overlay.version, issued, expires };
        let document = sign::parts_of_head(&self.head).and_then(|[_, _, overlay]| overlay).map(<[u8]>::to_vec);
        Ok(Some(Carried { stamp, payloads, orders: self.release.orders().to_vec(), document }))
    }
}

pub(super) fn milliseconds(seconds: u64) -> i64 {
    i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(SECOND)
}

/// The root of an environment of a built folder: the only one that it has, or its first.
pub(in crate::cli) fn root_file(folder: &Path, environment: &str) -> anyhow::Result<PathBuf> {
    let first = folder.join(relative(&layout::root(environment, 1)));
    let roots = first.parent().map(entries).transpose()?.unwrap_or_default();
    let is_root = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "cose");
    Ok(match roots.into_iter().filter(is_root).collect::<Vec<_>>().as_slice() {
        [only] => only.clone(),
        _ => first,
    })
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

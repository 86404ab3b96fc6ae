//! An overlay that lacks signatures, beside the head that hosts open. Start with [`Waiting::of`].
//!
//! Several people sign it, each on their own machine. The last one, with the key of the timestamp, puts it into the head. The file:
//!
//! ```text
//! [version of the overlay that it replaces | 0, document]
//! ```

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::overlay::{self, Environment, Parts, Payloads, milliseconds, relative};
use super::{approvals, files, replace};
use crate::cli::keys::Signing;
use crate::consent::revocation::list::Revocations;
use crate::trust::cbor::{Reader, Writer};
use crate::trust::refusal::{Part, Refused};
use crate::trust::sign::{self, Stamp};
use crate::trust::{Expiry, HEAD_BYTES_MAX, Kind, Order, Role, Root, Scope, Target, layout, native};
use crate::words::time::{self, format_rfc3339};

/// The name of the file, beside `head`.
pub(super) const NAME: &str = "overlay";

/// See the module.
pub(in crate::cli) struct Waiting {
    replaces: u64,
    document: Vec<u8>,
    pub(super) stamp: Stamp,
    targets: Vec<Target>,
    pub(super) orders: Vec<Order>,
}

fn path(folder: &Path, environment: &str) -> PathBuf {
    folder.join("v1").join(environment).join(NAME)
}

impl Waiting {
    /// The overlay that waits in an environment of a folder; none if nothing waits.
    ///
    /// # Errors
    /// A file that nobody with a key of `overlay` has signed.
    pub(super) fn of(folder: &Path, opened: &Environment) -> anyhow::Result<Option<Self>> {
        let release = &opened.release;
        let scope = Scope { repository: release.repository(), environment: release.environment() };
        let path = path(folder, scope.environment);
        if !path.exists() {
            return Ok(None);
        }
        let bytes = files::read_bounded(&path, HEAD_BYTES_MAX as u64)?;
        let known = native::root(&opened.root, &scope)?.policy(Role::Overlay).map(|(_, keys)| keys).unwrap_or_default();
        let proved = read(&bytes, &scope)
            .filter(|waiting| !sign::verified(&waiting.document, Role::Overlay, &scope, &known).is_empty());
        proved.map(Some).with_context(|| {
            format!("{}: no key of `overlay` signed this, so it says nothing. Remove the file", path.display())
        })
    }

    /// True if another overlay came into the head in the meantime. To sign this one would take that one back.
    pub(super) fn is_outdated(&self, opened: &Environment) -> bool {
        self.replaces != opened.release.floor().overlay
    }

    /// The payloads that it names.
    pub(super) fn payloads(&self, folder: &Path, environment: &str) -> anyhow::Result<Payloads> {
        let mut payloads = Vec::new();
        for target in &self.targets {
            let path = relative(&layout::target(environment, target.kind, &target.sha256));
            let bytes = files::read_bounded(&folder.join(&path), target.length)?;
            let is_right = sign::target(target.kind, &bytes) == *target;
            anyhow::ensure!(is_right, "{}: this is not the file that the overlay names", path.display());
            payloads.push((*target, bytes));
        }
        Ok(payloads)
    }

    /// Its changes, a line each.
    pub(super) fn lines(&self, folder: &Path, opened: &Environment) -> anyhow::Result<Vec<String>> {
        let now = opened.release.orders();
        let told = |what: &str, order: &Order| {
            let Order { action, name, until_ms, reason } = order;
            let until =
                if *until_ms < time::MAX { format!(" until {}", format_rfc3339(*until_ms)) } else { String::new() };
            format!("{what}{action} `{name}`{until}: {reason}")
        };
        let kept = |order: &Order| if now.contains(order) { "as now: " } else { "new: " };
        let mut lines: Vec<String> = self.orders.iter().map(|order| told(kept(order), order)).collect();
        lines.extend(now.iter().filter(|order| !self.orders.contains(order)).map(|order| told("taken back: ", order)));
        let lists = [opened.payloads(folder, Kind::Revocations)?, self.payloads(folder, opened.release.environment())?];
        if lists[0] != lists[1] {
            let [before, after] = lists.map(|list| list.first().map(|(_, bytes)| entries(bytes)).unwrap_or_default());
            let (count, new, gone) =
                (after.len(), after.difference(&before).count(), before.difference(&after).count());
            lines.push(format!(
                "list of withdrawals: {count} entries, of them {new} new; {gone} of before are not in it"
            ));
        }
        Ok(lines)
    }
}

/// The withdrawals of a list: person, day and purpose.
fn entries(list: &[u8]) -> BTreeSet<([u8; 8], u32, u8)> {
    let Ok(list) = Revocations::open(list) else { return BTreeSet::new() };
    let each =
        list.entries().flat_map(|(mark, one)| one.purposes.iter().map(move |purpose| (mark, one.day, purpose as u8)));
    each.collect()
}

fn read(bytes: &[u8], scope: &Scope<'_>) -> Option<Waiting> {
    let parts = || -> Result<_, Refused> {
        let mut reader = Reader::new(bytes, Part::Head);
        reader.array_of(2, "an overlay that waits has two parts")?;
        let parts = (reader.uint()?, reader.bytes()?.to_vec());
        reader.end()?;
        Ok(parts)
    };
    let (replaces, document) = parts().ok()?;
    let (stamp, targets, orders) = sign::overlay_of(&document, scope)?;
    Some(Waiting { replaces, document, stamp, targets, orders })
}

/// Writes an overlay that lacks signatures.
pub(super) fn write(folder: &Path, opened: &Environment, document: &[u8]) -> anyhow::Result<()> {
    let file = Writer::default().array(2).uint(opened.release.floor().overlay).bytes(document).finish();
    replace(&path(folder, opened.release.environment()), &file)
}

/// Removes what waited.
pub(super) fn remove(folder: &Path, environment: &str) -> anyhow::Result<()> {
    let path = path(folder, environment);
    if path.exists() {
        fs_err::remove_file(path)?;
    }
    Ok(())
}

/// The files that a build leaves alone: what waits in an environment, and what it names.
pub(super) fn kept(folder: &Path, scope: &Scope<'_>) -> Vec<PathBuf> {
    let path = path(folder, scope.environment);
    let waiting = files::read_bounded(&path, HEAD_BYTES_MAX as u64).ok().and_then(|bytes| read(&bytes, scope));
    let Some(waiting) = waiting else { return Vec::new() };
    let of = |target: &Target| folder.join(relative(&layout::target(scope.environment, target.kind, &target.sha256)));
    [path].into_iter().chain(waiting.targets.iter().map(of)).collect()
}

/// The signatures that an overlay and its head still need, in words.
pub(super) fn lacks(root: &Root, document: &[u8], keys: &dyn Signing) -> Vec<String> {
    let overlay = approvals::missing(root, "overlay", Role::Overlay, document, Role::Overlay);
    let timestamp = keys.signers(Role::Timestamp).is_empty().then(|| "timestamp: 1 of `timestamp`".to_owned());
    overlay.into_iter().chain(timestamp).collect()
}

/// The changes of the overlay that waits in an environment of a folder, a line each. None if nothing waits.
///
/// # Errors
/// A folder that does not open, or a file that nobody signed.
pub(in crate::cli) fn told(folder: &Path, environment: &str) -> anyhow::Result<Option<Vec<String>>> {
    let opened = Environment::of(folder, environment)?;
    let Some(waiting) = Waiting::of(folder, &opened)? else { return Ok(None) };
    let mut lines = waiting.lines(folder, &opened)?;
    if waiting.is_outdated(&opened) {
        lines.insert(0, "outdated, because another overlay came into the head: give the change again".to_owned());
    }
    Ok(Some(lines))
}

fn current(folder: &Path, opened: &Environment) -> anyhow::Result<Option<Waiting>> {
    let Some(waiting) = Waiting::of(folder, opened)? else { return Ok(None) };
    anyhow::ensure!(
        !waiting.is_outdated(opened),
        "the overlay that waits in {} is outdated: the head has overlay {} by now, and this one was made from {}. Give its change again: `selvedge pause`, `resume`, `stop` or `revoke`",
        folder.display(),
        opened.release.floor().overlay,
        waiting.replaces
    );
    Ok(Some(waiting))
}

/// Signs what waits with the keys at hand. Gives the signatures that it still lacks; without any it is in the head now.
///
/// # Errors
/// As [`told`]; also an overlay that is outdated, and keys that the root of the folder does not name.
pub(in crate::cli) fn sign(
    folder: &Path,
    environment: &str,
    keys: &dyn Signing,
    now_s: u64,
) -> anyhow::Result<Option<Vec<String>>> {
    let opened = Environment::of(folder, environment)?;
    let Some(waiting) = current(folder, &opened)? else { return Ok(None) };
    let release = &opened.release;
    let scope = Scope { repository: release.repository(), environment };
    let root = native::root(&opened.root, &scope)?;
    let document = overlay::completed(&waiting.document, Role::Overlay, &scope, &root, keys)?;
    let lacks = lacks(&root, &document, keys);
    if !lacks.is_empty() {
        write(folder, &opened, &document)?;
        return Ok(Some(lacks));
    }
    let overlay = (waiting.stamp.version, document);
    let (data, approvals) = (opened.data_document(), sign::approvals_of_head(&opened.head));
    let document = opened.release_document().context("the head has no release")?;
    let release_of_head = (release.version(), document);
    let parts = Parts { release: release_of_head, data: data.as_ref(), overlay: Some(&overlay), approvals: &approvals };
    let floor = release.floor();
    let head = parts.head(&scope, keys, now_s.max(floor.timestamp.saturating_add(1)))?;
    native::open(&opened.root, &head, &scope, milliseconds(now_s), floor, Expiry::AllowStale)
        .context("no host would open the head with this overlay, so nothing was written")?;
    waiting.payloads(folder, environment)?;
    replace(&folder.join(relative(&layout::head(environment))), &head)?;
    remove(folder, environment)?;
    Ok(Some(lacks))
}

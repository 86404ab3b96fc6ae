//! Writing a built site to a folder, signed, in the layout that every host reads.
//!
//! The same input gives the same bytes, except for earlier files in the folder. Withdrawals of an overlay stay, and versions
//! rise with every build that differs. A folder that holds anything else is never written into. `head`, the one file that
//! changes, comes last.

mod approvals;
pub(super) mod data;
pub(super) mod journeys;
mod overlay;
mod proposal;
mod roots;
mod verify;
mod waiting;

pub(super) use approvals::digests as to_approve;
pub(super) use overlay::{Change, change_orders, relative, repository};
pub use overlay::{PublishedList, publish_list};
pub(super) use proposal::{path as proposal_path, sign as sign_proposal};
pub(super) use roots::{followed, root_file};
pub use verify::{Checked, Problem, Report, verify};
pub(super) use waiting::{sign as sign_waiting, told as waiting};

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use data::Beside;
use journeys::Past;
use overlay::Carried;

use super::keys::Signing;
use super::{change, files, unsigned};
use crate::compile::Built;
use crate::trust::sign::{self, Stamp};
use crate::trust::{
    Floor, HEAD_BYTES_MAX, Kind, ROOT_BYTES_MAX, Release, Role, Scope, TARGETS_MAX, Target, layout, native,
};
use crate::words::hex;

/// How long each role's documents live, in seconds.
const RELEASE_SECONDS: u64 = 90 * 86_400;
pub(super) const TIMESTAMP_SECONDS: u64 = 48 * 3_600;

/// An overlay that nobody renewed for a week is reported, so that a withdrawal does not wait until an operator returns from
/// holiday.
const OVERLAY_SECONDS: u64 = 7 * 86_400;

/// Facts that nobody signed again for a week count as stale, even if their feeds allow more.
const DATA_SECONDS: u64 = 7 * 86_400;

/// The folder of an environment in which `selvedge publish` and `renew` keep every head that was live.
pub(super) const HEADS: &str = "heads";

/// The folder of an environment with the change record of every release, by its version.
pub(super) const CHANGES: &str = "changes";

/// The result: everything that a host needs to open the release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// The root document.
    pub root: Vec<u8>,
    /// The head.
    pub head: Vec<u8>,
    /// The SHA-256 of the release document.
    pub digest: [u8; 32],
    /// The release's targets, in order: program, index, chunks, debug, notice.
    pub targets: Vec<Target>,
    /// The version of the root.
    root_version: u64,
    /// The signatures that it lacks. As long as there are any, the head is a proposal, which no host opens.
    pub lacks: Vec<String>,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// The SHA-256 of the release document.
    pub release: [u8; 32],
    /// Every file, from the folder's root, in the order in which they were written.
    pub files: Vec<PathBuf>,
    /// True if the folder had an overlay, which it still has.
    pub has_overlay: bool,
    /// When its head expires, in Unix milliseconds. That of a proposal is not known yet.
    pub expires_ms: Option<i64>,
    /// When the release itself expires, in Unix milliseconds. A new timestamp prolongs the head until then.
    pub release_expires_ms: i64,
    /// The signatures that it lacks. As long as there are any, the folder's head is still the one before.
    pub lacks: Vec<String>,
    /// The version of the release.
    pub version: u64,
    /// When it counts as issued, in Unix milliseconds.
    pub issued_ms: i64,
}

/// A part of a release. Its bytes may be elsewhere: a store has no debug file.
pub(super) type Piece<'b> = (Target, Option<&'b [u8]>);

/// Signs a build with the keys at hand. The version of release and timestamp is the time of issue.
///
/// # Errors
/// A name that cannot be bound, or parts that no reader would accept.
pub fn sign(scope: &Scope<'_>, built: &Built, keys: &dyn Signing, issued_s: u64) -> anyhow::Result<Signed> {
    check_scope(scope)?;
    let data = Beside::replaced(None, built.data.as_deref(), scope, keys, issued_s)?;
    sign_beside(scope, &pieces(built)?, [None, data.as_ref().map(|data| &data.document)], None, &[], keys, issued_s)
}

/// As [`sign()`], beside an overlay and data that the environment has, and above the release that it has.
fn sign_beside(
    scope: &Scope<'_>,
    pieces: &[Piece<'_>],
    [overlay, data]: [Option<&(u64, Vec<u8>)>; 2],
    earlier: Option<&Release>,
    approved: &[Vec<u8>],
    keys: &dyn Signing,
    issued_s: u64,
) -> anyhow::Result<Signed> {
    let targets: Vec<Target> = pieces.iter().map(|(target, _)| *target).collect();
    let program = pieces.iter().find(|(target, _)| target.kind == Kind::Program).and_then(|(_, bytes)| *bytes);

    let least = earlier.map_or(Floor::default(), |earlier| least_versions(earlier, &targets));
    let version = issued_s.max(least.release);
    let stamp = Stamp { version, issued: issued_s, expires: issued_s.saturating_add(RELEASE_SECONDS) };
    let root = keys.root(scope, issued_s)?;
    let policy = native::root(&root, scope)?;
    let release = sign::release(scope, stamp, &targets, &keys.signers(Role::Release)).map_err(unsigned)?;
    let digests = approvals::digests(&policy, &targets, program.unwrap_or_default())?;
    let approvals = approvals::of(&policy, scope, &digests, approved, keys)?;
    let lacks = approvals::lacks(&policy, &release, [overlay, data], &digests, &approvals, keys);
    let parts = overlay::Parts { release: (version, &release), data, overlay, approvals: &approvals };
    let head = match lacks.is_empty() {
        true => parts.head(scope, keys, version.max(least.timestamp))?,
        false => parts.proposal()?,
    };
    let (digest, root_version) = (native::sha256(&release), policy.version());
    Ok(Signed { root, head, digest, targets, root_version, lacks })
}

/// Names that signatures can bind.
fn check_scope(scope: &Scope<'_>) -> anyhow::Result<()> {
    let Scope { repository, environment } = scope;
    anyhow::ensure!(
        scope.is_valid(),
        "`{repository}` and `{environment}` must each have 1 to 64 letters, digits, `.`, `_` or `-` and not start with a dot, \
         because every signature binds them"
    );
    Ok(())
}

/// The least versions of a build in place of an earlier one: above it, unless both have the same parts. Hosts would take the earlier one
/// back in place of a build with the same version.
fn least_versions(earlier: &Release, targets: &[Target]) -> Floor {
    let own = earlier.targets().iter().filter(|target| target.kind.role() == Role::Release);
    let floor = earlier.floor();
    let above = |version: u64| version.saturating_add(u64::from(!own.clone().eq(targets)));
    Floor { release: above(floor.release), timestamp: above(floor.timestamp), ..floor }
}

/// Signs a build and writes it below `out`, replacing an earlier build of the same environment.
///
/// # Errors
/// What [`sign()`] refuses, a folder that holds something else, a write that fails.
pub fn publish(
    out: &Path,
    site: &str,
    environment: &str,
    built: &Built,
    keys: &dyn Signing,
    issued_s: u64,
) -> anyhow::Result<Published> {
    let scope = Scope { repository: site, environment };
    place_with(out, &scope, &pieces(built)?, (built.data.as_deref(), Past::Kept), &[], keys, issued_s)
}

/// Signs what a release is made of and writes it below `out`, as [`publish`] does. Approvals of the same environment may come along.
pub(super) fn place(
    out: &Path,
    scope: &Scope<'_>,
    pieces: &[Piece<'_>],
    past: Past,
    approved_elsewhere: &[Vec<u8>],
    keys: &dyn Signing,
    issued_s: u64,
) -> anyhow::Result<Published> {
    place_with(out, scope, pieces, (None, past), approved_elsewhere, keys, issued_s)
}

/// As [`place`], with a data payload in place of the one that the environment has.
fn place_with(
    out: &Path,
    scope: &Scope<'_>,
    pieces: &[Piece<'_>],
    (payload, past): (Option<&[u8]>, Past),
    approved_elsewhere: &[Vec<u8>],
    keys: &dyn Signing,
    issued_s: u64,
) -> anyhow::Result<Published> {
    let Scope { repository: site, environment } = *scope;
    check_scope(scope)?;
    refuse_foreign(out)?;
    let overlay = Carried::of(out, scope)?;
    let earlier = opened(&out.join("v1").join(environment)).filter(|earlier| earlier.release.repository() == site);
    let approved = [approvals::on_disk(out, environment), approved_elsewhere.to_vec()].concat();
    let before = earlier.as_ref().map(|earlier| Beside::of(earlier, out)).transpose()?.flatten();
    let root_bytes = keys.root(scope, issued_s)?;
    let root = native::root(&root_bytes, scope)?;
    let data = Beside::replaced(before, payload, scope, keys, issued_s)?;
    let data = data.map(|data| data.completed(scope, &root, keys)).transpose()?;
    let signed_overlay = overlay.as_ref().map(|overlay| overlay.signed(scope, &root, keys)).transpose()?;
    let beside = [signed_overlay.as_ref(), data.as_ref().map(|data| &data.document)];
    let replaced = earlier.as_ref().filter(|_| past == Past::Kept).map(|earlier| (earlier, out));
    let journeys = journeys::completed(pieces, replaced, (&root_bytes, scope), issued_s)?;
    let pieces = journeys::replaced(pieces, journeys.as_deref());
    let earlier = earlier.as_ref().map(|earlier| &earlier.release);
    let signed = sign_beside(scope, &pieces, beside, earlier, &approved, keys, issued_s)?;

    let own = pieces.iter().filter_map(|(target, bytes)| Some((target, (*bytes)?)));
    let payloads = own.chain(overlay.iter().flat_map(Carried::payloads).map(|(target, bytes)| (target, &bytes[..])));
    let payloads = payloads.chain(data.iter().map(|data| (&data.payload.0, &data.payload.1[..])));
    let payloads = payloads.map(|(target, bytes)| (layout::target(environment, target.kind, &target.sha256), bytes));
    let is_whole = signed.lacks.is_empty();
    // A proposal leaves the release that hosts open as it is.
    let all_roots = if is_whole { keys.roots(scope, issued_s)? } else { Vec::new() };
    let roots = roots::placed(environment, signed.root_version, &all_roots);
    let head = if is_whole { layout::head(environment) } else { proposal::path(environment) };
    let documents = roots.into_iter().chain([(head, &signed.head[..])]);
    let mut written = Vec::new();
    for (path, bytes) in payloads.chain(documents) {
        let path = overlay::relative(&path);
        // Two chunks with the same bytes are one file.
        if !written.contains(&path) {
            replace(&out.join(&path), bytes)?;
            written.push(path);
        }
    }
    let (has_overlay, release, lacks) = (overlay.is_some(), signed.digest, signed.lacks);
    let [_, document, ..] = sign::parts_of_head(&signed.head).unwrap_or_default();
    let document = document.unwrap_or_default();
    let release_expires_ms = sign::claimed_expiry(document, Role::Release).unwrap_or_default();
    let version = sign::version_of(document, Role::Release).unwrap_or_default();
    let issued_ms = overlay::milliseconds(issued_s);
    if !is_whole {
        return Ok(Published {
            release,
            files: written,
            has_overlay,
            expires_ms: None,
            release_expires_ms,
            lacks,
            version,
            issued_ms,
        });
    }
    remove_stale(out, scope, &written, &signed.targets)?;
    let opened = overlay::Environment::new(signed.root, signed.head, environment)?;
    let expires_ms = Some(opened.release.expires_ms());
    Ok(Published { release, files: written, has_overlay, expires_ms, release_expires_ms, lacks, version, issued_ms })
}

/// The pieces of a build, unless readers would not accept them.
fn pieces(built: &Built) -> anyhow::Result<Vec<Piece<'_>>> {
    let (chunks, most) = (built.chunks.len(), TARGETS_MAX - 5);
    anyhow::ensure!(chunks <= most, "the content has {chunks} chunks, but a release can only name {most}");
    let mut pieces: Vec<Piece<'_>> = Vec::new();
    for (kind, bytes) in parts(built) {
        let (length, most) = (bytes.len() as u64, kind.bytes_max());
        anyhow::ensure!(length <= most, "the {kind} has {length} bytes, but readers only accept {most}");
        pieces.push((sign::target(kind, bytes), Some(bytes)));
    }
    Ok(pieces)
}

/// The parts in the order of the targets.
fn parts(built: &Built) -> impl Iterator<Item = (Kind, &Vec<u8>)> {
    [(Kind::Program, &built.program), (Kind::Index, &built.index)]
        .into_iter()
        .chain(built.chunks.iter().enumerate().map(|(at, chunk)| (built.kind_of_chunk(at), chunk)))
        .chain([(Kind::Debug, &built.debug), (Kind::Notice, &built.notice)])
        .chain(built.journeys.iter().map(|journeys| (Kind::Journeys, journeys)))
}

/// A folder is ours if it is new, empty, or holds what builds write and nothing else.
pub(super) fn refuse_foreign(out: &Path) -> anyhow::Result<()> {
    if out.exists() && !out.is_dir() {
        anyhow::bail!("{} is not a folder", out.display());
    }
    for top in entries(out)? {
        match name(&top) {
            "debug" => only(&top, is_digest)?,
            "v1" => {
                only(&top, |_| true)?;
                for environment in entries(&top)? {
                    only(&environment, |entry| {
                        matches!(entry, "head" | HEADS | CHANGES | "root" | "b" | proposal::NAME | waiting::NAME)
                    })?;
                    only(&environment.join("b"), is_digest)?;
                    only(&environment.join("root"), |entry| entry.ends_with(".cose"))?;
                }
            }
            _ => return Err(foreign(&top)),
        }
    }
    Ok(())
}

/// Every entry of a folder has such a name, or is what an interrupted write left.
fn only(folder: &Path, ours: impl Fn(&str) -> bool) -> anyhow::Result<()> {
    if folder.exists() && !folder.is_dir() {
        return Err(foreign(folder));
    }
    let is_partial = |name: &str| name.starts_with('.') && name.ends_with(".partial");
    match entries(folder)?.iter().find(|path| !ours(name(path)) && !is_partial(name(path))) {
        Some(path) => Err(foreign(path)),
        None => Ok(()),
    }
}

fn foreign(path: &Path) -> anyhow::Error {
    let path = path.display();
    anyhow::anyhow!("{path} is not part of an earlier build; give a folder that is new, empty or was built before")
}

fn is_digest(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Removes what an earlier build of this environment left. The debug folder is shared: a file in it goes when no environment
/// that opens names it.
fn remove_stale(out: &Path, scope: &Scope<'_>, written: &[PathBuf], targets: &[Target]) -> anyhow::Result<()> {
    let (environment, waiting) = (scope.environment, waiting::kept(out, scope));
    let mut folders = vec![out.join("v1").join(environment)];
    folders.extend(["root", "b"].map(|folder| folders[0].join(folder)));
    for folder in folders {
        for path in entries(&folder)?.into_iter().filter(|path| !path.is_dir()) {
            if !written.iter().any(|file| out.join(file) == path) && !waiting.contains(&path) {
                fs_err::remove_file(path)?;
            }
        }
    }

    let is_debug = |target: &&Target| target.kind == Kind::Debug;
    let debug_of =
        |targets: &[Target]| targets.iter().filter(is_debug).map(|target| hex(&target.sha256)).collect::<Vec<_>>();
    let mut named = BTreeSet::from_iter(debug_of(targets));
    for folder in entries(&out.join("v1"))?.into_iter().filter(|folder| name(folder) != environment) {
        match on_disk(&folder) {
            Some(earlier) => named.extend(debug_of(earlier.targets())),
            // The needs of a damaged neighbour are unknown, so no file is taken from it.
            None => return Ok(()),
        }
    }
    named.extend(change::registers(out));
    for path in entries(&out.join("debug"))? {
        if !named.contains(name(&path)) {
            fs_err::remove_file(path)?;
        }
    }
    Ok(())
}

/// The release of an environment that was built before, expired or not.
pub(super) fn on_disk(folder: &Path) -> Option<Release> {
    Some(opened(folder)?.release)
}

/// An environment that was built before, expired or not.
fn opened(folder: &Path) -> Option<overlay::Environment> {
    let read = |path: &Path, most: usize| files::read_bounded(path, most as u64).ok();
    let (_, root) = roots::all(&folder.join("root")).ok()?.pop()?;
    let root = read(&root, ROOT_BYTES_MAX)?;
    overlay::Environment::new(root, read(&folder.join("head"), HEAD_BYTES_MAX)?, name(folder)).ok()
}

/// Writes a file whole or not at all, and makes its folder.
fn replace(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    fs_err::create_dir_all(files::folder_of(path))?;
    files::replace(path, bytes)
}

/// A folder's entries by name; none if there is no such folder.
fn entries(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    match files::entries(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        other => other,
    }
}

fn name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

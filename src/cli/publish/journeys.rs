//! The earlier releases that journeys may end with: their heads, beside the journeys that a site declares.
//!
//! A build lists the release that it replaces, and those that this one listed, while a journey can still be with them. A change of what
//! consent depends on ends every journey, and so does a rollback. Start with [`completed`].

use std::path::Path;

use super::overlay::Environment;
use super::{Piece, overlay};
use crate::bundle::Program;
use crate::bundle::journeys::{EARLIER_MAX, Earlier, Journeys, mark};
use crate::compile::payload;
use crate::trust::{Expiry, Floor, Kind, Scope, Target, layout, native, sign};
use crate::words::time::{self, DAY};

/// What becomes of journeys that began with releases before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Past {
    /// They may end with them.
    Kept,
    /// They go on with the new release at once: what was wrong with the old one is not shown any longer.
    Dropped,
}

/// The journeys of these pieces with the earlier releases; `None` for a site without journeys. `before` is what the folder had. A release
/// that this root does not vouch for any more is not among them.
pub(super) fn completed(
    pieces: &[Piece<'_>],
    before: Option<(&Environment, &Path)>,
    (root, scope): (&[u8], &Scope<'_>),
    issued_s: u64,
) -> anyhow::Result<Option<Vec<u8>>> {
    let of = |kind| pieces.iter().find(|(target, _)| target.kind == kind).and_then(|(_, bytes)| *bytes);
    let Some(declared) = of(Kind::Journeys) else { return Ok(None) };
    let mut journeys = Journeys::open(declared)?;
    journeys.earlier = match (before, of(Kind::Program)) {
        (Some((before, folder)), Some(program)) => {
            let targets: Vec<Target> = pieces.iter().map(|(target, _)| *target).collect();
            let days = journeys.journeys.iter().map(|journey| i64::from(journey.days)).max().unwrap_or(0);
            earlier(before, folder, (&targets, program), days, overlay::milliseconds(issued_s))?
        }
        _ => Vec::new(),
    };
    journeys.earlier.retain(|one| vouched(one, root, scope).is_some());
    journeys.earlier.truncate(EARLIER_MAX);
    Ok(Some(payload(&journeys)))
}

/// The pieces with this payload of journeys in place of their own.
pub(super) fn replaced<'b>(pieces: &[Piece<'b>], journeys: Option<&'b [u8]>) -> Vec<Piece<'b>> {
    let others = pieces.iter().filter(|(target, _)| target.kind != Kind::Journeys).copied();
    others.chain(journeys.map(|bytes| (sign::target(Kind::Journeys, bytes), Some(bytes)))).collect()
}

fn earlier(
    before: &Environment,
    folder: &Path,
    (targets, program): (&[Target], &[u8]),
    days: i64,
    now_ms: i64,
) -> anyhow::Result<Vec<Earlier>> {
    let Some((_, listed)) = before.payloads(folder, Kind::Journeys)?.pop() else { return Ok(Vec::new()) };
    let Some((_, theirs)) = before.payloads(folder, Kind::Program)?.pop() else { return Ok(Vec::new()) };
    if Program::open(theirs)?.consent() != Program::open(program.to_vec())?.consent() {
        return Ok(Vec::new());
    }
    // A host may see the new release a day late, and a journey that begins then lasts as long as any.
    let until_ms = now_ms.div_euclid(DAY).saturating_add(2 + days).saturating_mul(DAY);
    let last = Earlier { mark: mark(before.release.targets()), until_ms, head: before.head.clone() };
    let all = [last].into_iter().chain(Journeys::open(&listed)?.earlier);
    let own = mark(targets);
    Ok(all.filter(|one| one.mark != own && one.until_ms > now_ms).collect())
}

/// True if a proposed payload has these journeys, and earlier releases that the root vouches for. Nobody has to sign anything else.
pub(super) fn agrees(folder: &Path, scope: &Scope<'_>, root: &[u8], proposed: &Target, declared: &[u8]) -> bool {
    let file = folder.join(overlay::relative(&layout::target(scope.environment, Kind::Journeys, &proposed.sha256)));
    let read = |file: &Path| crate::cli::files::read_bounded(file, Kind::Journeys.bytes_max()).ok();
    let Some(bytes) = read(&file).filter(|bytes| native::sha256(bytes) == proposed.sha256) else { return false };
    let (Ok(theirs), Ok(own)) = (Journeys::open(&bytes), Journeys::open(declared)) else { return false };
    theirs.journeys == own.journeys && theirs.earlier.iter().all(|one| vouched(one, root, scope).is_some())
}

/// An earlier release, if a root still vouches for it.
pub(in crate::cli) fn vouched(earlier: &Earlier, root: &[u8], scope: &Scope<'_>) -> Option<crate::trust::Release> {
    let release = native::open(root, &earlier.head, scope, time::MAX, Floor::default(), Expiry::AllowStale).ok()?;
    (mark(release.targets()) == earlier.mark).then_some(release)
}

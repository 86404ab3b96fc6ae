//! The files of earlier releases that a live one may still need for journeys.

use std::collections::BTreeSet;

use super::live::Live;
use super::local::Local;
use super::{key, payloads as named};
use crate::bundle::journeys::{Earlier, Journeys};
use crate::cli::publish::journeys::vouched;
use crate::cli::store::Store;
use crate::trust::{Kind, Release, Scope, native};
use crate::words::hex;

/// The keys of the files that journeys of the live release may end with.
///
/// # Errors
/// A store that does not answer, or a list that is not the one which the release names: nothing may then be removed.
pub(super) fn payloads(store: &dyn Store, live: &Live) -> anyhow::Result<BTreeSet<String>> {
    let release = &live.release;
    let Some(index) = release.targets_of(Kind::Journeys).next() else { return Ok(BTreeSet::new()) };
    let key = key(&release.path(index).unwrap_or_default());
    let length = release.targets().get(index).map_or(0, |target| target.length);
    let object = store.get(&key, length)?;
    let object = object.ok_or_else(|| anyhow::anyhow!("{}: the list of journeys is missing", store.place(&key)))?;
    let journeys = Journeys::open(native::admit(release, index, object.bytes)?.bytes())?;
    Ok(of(&journeys.earlier, &live.root, release).flat_map(|(_, release)| named(&release)).collect())
}

/// The marks of earlier releases whose files the store lacks.
///
/// # Errors
/// A store that does not answer.
pub(super) fn missing(store: &dyn Store, local: &Local) -> anyhow::Result<Vec<String>> {
    // KV lists late, so nothing can be said of it.
    let Some(index) = local.release.targets_of(Kind::Journeys).next().filter(|_| store.is_consistent()) else {
        return Ok(Vec::new());
    };
    let own = key(&local.release.path(index).unwrap_or_default());
    let Some((_, bytes)) = local.payloads.iter().find(|(known, _)| *known == own) else { return Ok(Vec::new()) };
    let journeys = Journeys::open(bytes)?;
    let folder = format!("{}b/", super::folder(local.release.environment()));
    let there: BTreeSet<String> = store.list(&folder)?.into_iter().map(|one| one.key).collect();
    let needed = |kind: Kind| matches!(kind, Kind::Program | Kind::Index | Kind::Chunk | Kind::Trusted);
    let is_missing = |release: &Release| {
        let mut targets = release.targets().iter().enumerate().filter(|(_, target)| needed(target.kind));
        targets.any(|(index, _)| !there.contains(&key(&release.path(index).unwrap_or_default())))
    };
    let earlier = of(&journeys.earlier, &local.root.1, &local.release);
    Ok(earlier.filter(|(_, release)| is_missing(release)).map(|(one, _)| hex(&one.mark)).collect())
}

fn of<'e>(
    earlier: &'e [Earlier],
    root: &'e [u8],
    release: &'e Release,
) -> impl Iterator<Item = (&'e Earlier, Release)> + 'e {
    let scope = Scope { repository: release.repository(), environment: release.environment() };
    earlier.iter().filter_map(move |one| Some((one, vouched(one, root, &scope)?)))
}

//! Releasing once more what was released before: for another environment, or in place of a later release.
//!
//! The payloads stay byte for byte. The documents around them are new, and the keys at hand sign them. A store gets the release only
//! when every signature is there. A folder also takes a proposal, for `selvedge sign`.

use std::path::Path;

use super::live::Live;
use super::local::Local;
use super::source::Source;
use super::{check_clock, key, publish, reader};
use crate::cli::change::{self, Before, New};
use crate::cli::keys::Signing;
use crate::cli::publish::journeys::Past;
use crate::cli::publish::{self as built, HEADS, Published};
use crate::cli::room::Room;
use crate::cli::store::{Place, Store};
use crate::cli::{files, now_ms};
use crate::trust::{Kind, Role, Scope, Target, layout};

/// Where a release goes.
pub(super) enum Goal<'p> {
    /// A built folder.
    Folder(&'p Path),
    /// A store that hosts read.
    Store(&'p Place),
}

impl<'p> Goal<'p> {
    /// A folder to which nobody has published is a built one.
    pub(super) fn of(place: &'p Place) -> Self {
        match place.folder() {
            Some(folder) if !is_published(folder) => Self::Folder(folder),
            _ => Self::Store(place),
        }
    }
}

/// What is released again.
pub(super) struct Again<'a> {
    pub(super) scope: Scope<'a>,
    pub(super) source: &'a Source,
    /// Approvals that are good for this environment.
    pub(super) approvals: Vec<Vec<u8>>,
    /// What becomes of journeys that began before.
    pub(super) past: Past,
    pub(super) keys: &'a dyn Signing,
    pub(super) issued_s: u64,
    /// Workers that must be able to read it.
    pub(super) readers: &'a [String],
    /// How to collect signatures that are missing, where the goal is a store.
    pub(super) collect: String,
}

impl<'a> Again<'a> {
    /// Signs, and writes or publishes.
    ///
    /// # Errors
    /// Keys that are missing, a store that does not answer, or what `publish` refuses.
    pub(super) fn release(&self, goal: &Goal<'_>, record: impl FnOnce() -> New<'a>) -> anyhow::Result<Published> {
        let place = |folder: &Path| {
            let before = Before::of(folder, self.scope.environment);
            let (pieces, approvals) = (self.source.pieces(), &self.approvals);
            let published = built::place(folder, &self.scope, &pieces, self.past, approvals, self.keys, self.issued_s)?;
            change::record(folder, &self.scope, &published, before.as_ref(), record(), self.keys)?;
            Ok::<_, anyhow::Error>(published)
        };
        let place_of_goal = match goal {
            Goal::Folder(folder) => return place(folder),
            Goal::Store(place) => place,
        };
        let store = place_of_goal.open(true)?;
        check_clock(&*store)?;
        let room = Room::new()?;
        // The environment keeps its overlay and its approvals of what is the same, and versions only rise.
        seed(&*store, self.scope.environment, room.path())?;
        let published = place(room.path())?;
        anyhow::ensure!(
            published.lacks.is_empty(),
            "nothing was written to {}, as signatures are missing: {}. {}",
            place_of_goal.store,
            published.lacks.join(", "),
            self.collect
        );
        let local = Local::read(room.path(), Some(self.scope.environment), now_ms(None)?)?;
        reader::check(self.readers, &local)?;
        publish::publish(&*store, &local, &[])?;
        Ok(published)
    }

    /// True if the goal has a release of the same payloads already.
    pub(super) fn is_live(&self, store: &dyn Store) -> anyhow::Result<bool> {
        let live = Live::of(store, self.scope.environment)?;
        // Which earlier releases journeys may end with differs from environment to environment.
        let own = |target: &&Target| target.kind.role() == Role::Release && target.kind != Kind::Journeys;
        let is_same = |live: Live| live.release.targets().iter().filter(own).eq(self.source.targets().filter(own));
        Ok(live.is_some_and(is_same))
    }
}

/// Copies what is live into a built folder that has nothing newer: the next build replaces it.
///
/// # Errors
/// A store that does not answer, or a folder that holds something else.
pub(in crate::cli) fn take_over(place: &Place, environment: &str, folder: &Path) -> anyhow::Result<()> {
    let store = place.open(false)?;
    let own = built::on_disk(&folder.join("v1").join(environment)).map_or(0, |release| release.version());
    let live = Live::of(&*store, environment)?.map_or(0, |live| live.release.version());
    if own >= live {
        return Ok(());
    }
    built::refuse_foreign(folder)?;
    let roots = folder.join("v1").join(environment).join("root");
    if roots.is_dir() {
        fs_err::remove_dir_all(roots)?;
    }
    seed(&*store, environment, folder)
}

/// Copies what is live into a folder, as far as a build beside it needs it.
pub(super) fn seed(store: &dyn Store, environment: &str, folder: &Path) -> anyhow::Result<()> {
    let Some(live) = Live::of(store, environment)? else { return Ok(()) };
    let write = |key: &str, bytes: &[u8]| {
        let path = folder.join(key);
        fs_err::create_dir_all(files::folder_of(&path))?;
        files::replace(&path, bytes)
    };
    for (index, target) in live.release.targets().iter().enumerate() {
        let key = key(&live.release.path(index).unwrap_or_default());
        let is_needed = matches!(target.kind, Kind::Program | Kind::Revocations | Kind::Data | Kind::Journeys);
        if let Some(object) = is_needed.then(|| store.get(&key, target.length)).transpose()?.flatten() {
            write(&key, &object.bytes)?;
        }
    }
    let record = key(&change::path(environment, live.release.version()));
    if let Some(object) = store.get(&record, change::RECORD_BYTES_MAX)? {
        write(&record, &object.bytes)?;
    }
    write(&key(&layout::root(environment, live.release.floor().root)), &live.root)?;
    write(&key(&layout::head(environment)), &live.head.bytes)
}

/// True if releases were published to this folder: then hosts read it.
pub(super) fn is_published(folder: &Path) -> bool {
    let environments = files::entries(&folder.join("v1")).unwrap_or_default();
    environments.iter().any(|environment| environment.join(HEADS).is_dir())
}

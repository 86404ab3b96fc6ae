//! A release that a folder or a store has, with every payload that it names. It is released again from here.

use anyhow::Context as _;

use super::key;
use super::live::Live;
use crate::cli::change::{self, Filed, RECORD_BYTES_MAX};
use crate::cli::files::Unread;
use crate::cli::open::{self, Opened, Refused};
use crate::cli::publish::Piece;
use crate::cli::store::Store;
use crate::report::ChangeRecord;
use crate::trust::{Kind, Release, Scope, Target, native};
use crate::words::hex;

/// A release with its payloads. The signed documents are those of the environment that it was released for.
pub(in crate::cli) struct Source {
    pub(in crate::cli) release: Release,
    pub(in crate::cli) root: Vec<u8>,
    record: Option<Filed>,
    payloads: Vec<(Target, Option<Vec<u8>>)>,
}

impl Source {
    /// The live release of an environment.
    ///
    /// # Errors
    /// There is none, or its signatures, lengths or hashes do not hold.
    pub(in crate::cli) fn live(store: &dyn Store, environment: &str) -> anyhow::Result<Self> {
        let place = store.place(&super::folder(environment));
        let live = Live::of(store, environment).map_err(|error| {
            Refused::Integrity(error.context(format!("the release of `{environment}` does not verify")))
        })?;
        let live = live.with_context(|| format!("{place} has no release; build or publish one there first"))?;
        Self::of(store, live.release, live.root)
    }

    /// A release by its documents. The list of withdrawals is no part of it: that belongs to the overlay.
    pub(super) fn of(store: &dyn Store, release: Release, root: Vec<u8>) -> anyhow::Result<Self> {
        let mut payloads = Vec::new();
        for (index, target) in release.targets().iter().enumerate().filter(|(_, one)| one.kind.role() == OWN) {
            let key = key(&release.path(index).unwrap_or_default());
            let read = store.get(&key, target.length).map_err(longer)?.map(|object| object.bytes);
            // The debug file stays with its authors.
            let Some(bytes) = read else {
                anyhow::ensure!(target.kind == Kind::Debug, missing(store, &key));
                payloads.push((*target, None));
                continue;
            };
            let checked = native::admit(&release, index, bytes).with_context(|| store.place(&key));
            payloads.push((*target, Some(checked.map_err(Refused::Integrity)?.into_bytes())));
        }
        let record = store.get(&key(&change::path(release.environment(), release.version())), RECORD_BYTES_MAX)?;
        let record = record.and_then(|object| Filed::read(&object.bytes).ok());
        Ok(Self { release, root, record, payloads })
    }

    /// The bundle, ready to decide.
    pub(in crate::cli) fn opened(&self) -> anyhow::Result<Opened> {
        let own = |target: &Target| self.payloads.iter().find(|(known, _)| known == target);
        open::admitted(self.release.clone(), hex(&native::sha256(&self.root)), |target| {
            own(target).and_then(|(_, bytes)| bytes.clone())
        })
    }

    /// Its change record, if the keys of its environment vouch for it.
    pub(in crate::cli) fn record(&self) -> Option<ChangeRecord> {
        let scope = Scope { repository: self.release.repository(), environment: self.release.environment() };
        let root = native::root(&self.root, &scope).ok()?;
        Some(self.record.as_ref()?.prove(&[root], &scope, self.release.version()).ok()?.record)
    }

    /// What the release is made of.
    pub(super) fn pieces(&self) -> Vec<Piece<'_>> {
        self.payloads.iter().map(|(target, bytes)| (*target, bytes.as_deref())).collect()
    }

    /// Its own targets.
    pub(super) fn targets(&self) -> impl Iterator<Item = &Target> {
        self.payloads.iter().map(|(target, _)| target)
    }

    /// The bytes of its only payload of a kind.
    pub(in crate::cli) fn bytes_of(&self, kind: Kind) -> Option<&[u8]> {
        self.payloads.iter().find(|(target, _)| target.kind == kind)?.1.as_deref()
    }
}

/// A file that is longer than the release says.
fn longer(error: anyhow::Error) -> anyhow::Error {
    match error.downcast_ref::<Unread>() {
        Some(Unread::TooLong(_)) => Refused::Integrity(error).into(),
        _ => error,
    }
}

/// Whose targets the release itself names.
const OWN: crate::trust::Role = crate::trust::Role::Release;

fn missing(store: &dyn Store, key: &str) -> anyhow::Error {
    Refused::Integrity(anyhow::anyhow!("{}: the release names this file, and it is not there", store.place(key))).into()
}

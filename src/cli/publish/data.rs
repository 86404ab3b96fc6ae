//! The data beside a release: kept through a build, or replaced by a newer payload.

use std::path::Path;

use anyhow::Context as _;

use super::overlay::{self, Environment};
use super::{DATA_SECONDS, Signing, unsigned};
use crate::bundle::Program;
use crate::bundle::data::Data;
use crate::bundle::manifest::FeedPlace;
use crate::cli::files;
use crate::trust::sign::{self, Stamp};
use crate::trust::{Kind, Role, Root, Scope, Target};

/// The name of the payload in a site's folder. Builds and previews use it.
pub(in crate::cli) const FILE: &str = "feeds.data";

/// The payload of a site's folder, if it has one.
pub(in crate::cli) fn of_site(folder: &Path) -> anyhow::Result<Option<Vec<u8>>> {
    let file = folder.join(FILE);
    if folder.as_os_str().is_empty() || !file.exists() {
        return Ok(None);
    }
    read(&file).map(Some)
}

/// A payload that hosts can read.
pub(in crate::cli) fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    let bytes = files::read_bounded(file, Kind::Data.bytes_max()).with_context(|| file.display().to_string())?;
    Data::open(&bytes).with_context(|| {
        format!("{} is not what `selvedge feed import` writes; import the feeds into a new file", file.display())
    })?;
    Ok(bytes)
}

/// Refuses facts that no attribute of a program publishes: nobody reads them, or they are about persons.
pub(in crate::cli) fn check(program: &Program, payload: &[u8]) -> anyhow::Result<()> {
    let data = Data::open(payload).context("no host could read the data")?;
    let is_place = |place: &FeedPlace, feed: &str| place.published && place.feed == feed;
    for feed in &data.feeds {
        for table in &feed.tables {
            let is_read = program.manifest().attributes.iter().any(|attribute| {
                attribute.name == table.attribute && attribute.feed().is_some_and(|place| is_place(place, &feed.name))
            });
            anyhow::ensure!(
                is_read,
                "the data has facts about `{}` of the feed `{}`, and no attribute of the release publishes them. Import the feeds again with the mapping of this site",
                table.attribute,
                feed.name
            );
        }
    }
    Ok(())
}

/// Data beside a release: its version, its document, and the payload that the document names.
pub(super) struct Beside {
    pub(super) document: (u64, Vec<u8>),
    pub(super) payload: (Target, Vec<u8>),
}

impl Beside {
    /// The data of an environment that was built before; none if it has none.
    pub(super) fn of(opened: &Environment, folder: &Path) -> anyhow::Result<Option<Self>> {
        let (Some(document), Some(payload)) = (opened.data_document(), opened.payloads(folder, Kind::Data)?.pop())
        else {
            return Ok(None);
        };
        Ok(Some(Self { document, payload }))
    }

    /// As it was, with the signatures that a root knows and those of the keys at hand.
    pub(super) fn completed(self, scope: &Scope<'_>, root: &Root, keys: &dyn Signing) -> anyhow::Result<Self> {
        let (version, document) = self.document;
        let document = overlay::completed(&document, Role::Data, scope, root, keys)?;
        Ok(Self { document: (version, document), ..self })
    }

    /// A payload in place of the one before. It stays as it was signed if nothing of it changed and it lives for half of its time.
    pub(super) fn replaced(
        before: Option<Self>,
        payload: Option<&[u8]>,
        scope: &Scope<'_>,
        keys: &dyn Signing,
        now_s: u64,
    ) -> anyhow::Result<Option<Self>> {
        let Some(payload) = payload else { return Ok(before) };
        let target = sign::target(Kind::Data, payload);
        let least = before.as_ref().map_or(0, |before| before.document.0);
        if let Some(same) = before.filter(|before| before.payload.0 == target && lives(&before.document.1, now_s)) {
            return Ok(Some(same));
        }
        let signers = keys.signers(Role::Data);
        anyhow::ensure!(
            !signers.is_empty(),
            "the key of `data` is not in {}, and only it can sign what feeds say. Make one: selvedge keys new SITE --env {} --role data",
            keys.place(),
            scope.environment
        );
        let stamp = stamp(now_s, least);
        let document = sign::data(scope, stamp, &[target], &signers).map_err(unsigned)?;
        Ok(Some(Self { document: (stamp.version, document), payload: (target, payload.to_vec()) }))
    }
}

fn lives(document: &[u8], now_s: u64) -> bool {
    let half_ms = i64::try_from((now_s + DATA_SECONDS / 2).saturating_mul(1_000)).unwrap_or(i64::MAX);
    sign::claimed_expiry(document, Role::Data).is_some_and(|expires_ms| expires_ms > half_ms)
}

/// Version and times of data that is signed now, above the one before.
pub(in crate::cli) fn stamp(now_s: u64, before: u64) -> Stamp {
    let version = now_s.max(before.saturating_add(1));
    Stamp { version, issued: now_s, expires: now_s.saturating_add(DATA_SECONDS) }
}

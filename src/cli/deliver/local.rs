//! A built folder, checked and read whole.

use std::path::Path;

use anyhow::Context as _;

use super::key;
use crate::bundle::notice;
use crate::cli::publish::{Checked, verify};
use crate::cli::{change, files, open};
use crate::trust::{HEAD_BYTES_MAX, Kind, ROOT_BYTES_MAX, Release, layout};

/// What a build publishes. The debug file stays with its authors.
pub(super) struct Local {
    pub(super) release: Release,
    pub(super) root: (String, Vec<u8>),
    /// The roots before it, the newest first.
    pub(super) former_roots: Vec<(String, Vec<u8>)>,
    pub(super) head: Vec<u8>,
    /// Each payload by its key, once.
    pub(super) payloads: Vec<(String, Vec<u8>)>,
    /// The documents about the site at its well-known paths, by their keys.
    pub(super) well_known: Vec<(String, Vec<u8>)>,
    /// The changes of an overlay that waits in the folder for signatures.
    pub(super) waits: Vec<String>,
    /// The change record of the release, by its key. A build of an earlier version has none.
    pub(super) record: Option<(String, Vec<u8>)>,
}

impl Local {
    /// The format of its only payload of a kind: the number behind the magic bytes.
    pub(super) fn format_of(&self, kind: Kind) -> Option<u64> {
        let at = self.release.targets_of(kind).next()?;
        let key = key(&self.release.path(at)?);
        let (_, bytes) = self.payloads.iter().find(|(known, _)| *known == key)?;
        bytes.get(4..6)?.try_into().ok().map(|format| u64::from(u16::from_le_bytes(format)))
    }

    /// Reads the environment that was named, or the only one.
    pub(super) fn read(built: &Path, named: Option<&str>, now_ms: i64) -> anyhow::Result<Self> {
        anyhow::ensure!(
            built.is_dir(),
            "{} is not a folder; build one: selvedge build SITE --out {}",
            built.display(),
            built.display()
        );
        let environment = open::built_environment(built, named)?;
        let report = verify(built, Some(&environment), None, now_ms).map_err(|problems| {
            let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
            let why = format!("{} is not published: {}", built.display(), lines.join("\n  "));
            anyhow::Error::from(open::Refused::Integrity(anyhow::anyhow!("{why}")))
        })?;
        let Some(Checked { release, root_version, waits, .. }) = report.environments.into_iter().next() else {
            anyhow::bail!("{} has no environment {environment}", built.display())
        };
        let read = |key: &str, most: u64| {
            let file = built.join(key);
            files::read_bounded(&file, most).with_context(|| file.display().to_string())
        };
        let root_key = key(&layout::root(&environment, root_version));
        let root = read(&root_key, ROOT_BYTES_MAX as u64)?;
        let former_roots = (1..root_version).rev().map(|version| super::key(&layout::root(&environment, version)));
        let former_roots = former_roots.filter(|key| built.join(key).exists());
        let former_roots = former_roots.map(|key| Ok((key.clone(), read(&key, ROOT_BYTES_MAX as u64)?)));
        let former_roots = former_roots.collect::<anyhow::Result<Vec<_>>>()?;
        let head = read(&key(&layout::head(&environment)), HEAD_BYTES_MAX as u64)?;
        let (mut payloads, mut well_known) = (Vec::<(String, Vec<u8>)>::new(), Vec::new());
        for (index, target) in release.targets().iter().enumerate() {
            let key = key(&release.path(index).unwrap_or_default());
            if target.kind == Kind::Debug || payloads.iter().any(|(known, _)| *known == key) {
                continue;
            }
            let bytes = read(&key, target.length)?;
            if target.kind == Kind::Notice {
                let documents = [notice::PERSONALIZATION, notice::GPC];
                let told = documents.into_iter().filter_map(|path| Some((path, notice::answer(&bytes, path)?)));
                well_known.extend(told.map(|(path, document)| (super::key(path), document.to_vec())));
            }
            payloads.push((key, bytes));
        }
        let record = super::key(&change::path(&environment, release.version()));
        let record = built
            .join(&record)
            .exists()
            .then(|| Ok::<_, anyhow::Error>((record.clone(), read(&record, change::RECORD_BYTES_MAX)?)));
        Ok(Self {
            release,
            root: (root_key, root),
            former_roots,
            head,
            payloads,
            well_known,
            waits,
            record: record.transpose()?,
        })
    }
}

//! The roots of an environment of a folder. A build writes every one, so that each host gets from its own to the newest, step by step.

use std::path::{Path, PathBuf};

use super::{entries, files, name, relative};
use crate::trust::{Floor, ROOT_BYTES_MAX, Scope, claimed_scope, layout, native};

/// The roots in a folder by version, the oldest first. Other files are left out.
pub(super) fn all(folder: &Path) -> std::io::Result<Vec<(u64, PathBuf)>> {
    let numbered = |path: PathBuf| Some((version(&path)?, path));
    let mut found: Vec<_> = entries(folder)?.into_iter().filter_map(numbered).collect();
    found.sort();
    Ok(found)
}

fn version(path: &Path) -> Option<u64> {
    name(path).strip_suffix(".cose")?.parse().ok()
}

/// The newest root of an environment of a folder, or the place of the first if there is none.
pub(in crate::cli) fn root_file(folder: &Path, environment: &str) -> anyhow::Result<PathBuf> {
    let first = folder.join(relative(&layout::root(environment, 1)));
    let newest = first.parent().map(all).transpose()?.unwrap_or_default().pop();
    Ok(newest.map_or(first, |(_, path)| path))
}

/// The newest root of a folder that a trusted one leads to. A step that proves nothing is not taken.
pub(in crate::cli) fn followed(folder: &Path, environment: &str, trusted: Vec<u8>) -> Vec<u8> {
    let read = |version| {
        let path = folder.join(relative(&layout::root(environment, version)));
        files::read_bounded(&path, ROOT_BYTES_MAX as u64).ok()
    };
    let newest = || {
        let (repository, _) = claimed_scope(&trusted).ok()?;
        let scope = Scope { repository: &repository, environment };
        let (_, bytes, _) = native::newest(&trusted, &scope, Floor::default(), read).ok()?;
        Some(bytes)
    };
    newest().unwrap_or(trusted)
}

/// Where these roots go. The last one is the newest, and has this version.
pub(super) fn placed<'r>(environment: &str, newest: u64, roots: &'r [Vec<u8>]) -> Vec<(String, &'r [u8])> {
    let first = (newest + 1).saturating_sub(roots.len() as u64);
    (first..).zip(roots).map(|(version, bytes)| (layout::root(environment, version), &bytes[..])).collect()
}

//! The key of a list's digests.
//!
//! Takes a file with one line, `EPOCH:SECRET` (64 hexadecimal digits), which is what the Worker's secret `REVOCATION_KEY` holds; gives
//! the key. It is made on first use and readable by its owner alone.

use std::io::{ErrorKind, Write as _};
use std::path::Path;

use anyhow::Context as _;

use crate::cli::keys;
use crate::consent::revocation::Key;
use crate::trust::layout::hex;

/// Where a site keeps the key, from its folder.
pub(crate) const KEY: &str = ".selvedge/keys/revocation.key";

/// The key in a file; `None` if there is no file.
pub(crate) fn load(path: &Path) -> anyhow::Result<Option<Key>> {
    let text = match fs_err::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let key = Key::parse(&text).with_context(|| {
        format!("{} is no key; it holds an epoch, a colon and 64 hexadecimal digits, as in 1:0f…", path.display())
    })?;
    Ok(Some(key))
}

/// The key in a file, made where there is none.
pub(super) fn load_or_create(path: &Path) -> anyhow::Result<Key> {
    match load(path)? {
        Some(key) => Ok(key),
        None => create(path, 1),
    }
}

/// A new key, of the epoch after the one in the file.
pub(super) fn rotate(path: &Path) -> anyhow::Result<Key> {
    let epoch = load(path)?.map_or(Some(1), |key| key.epoch().checked_add(1));
    create(path, epoch.context("there is no epoch after the last one")?)
}

fn create(path: &Path, epoch: u32) -> anyhow::Result<Key> {
    let secret = keys::secret()?;
    keys::private_folder_of(path)?;
    let partial = path.with_extension("partial");
    let mut file = keys::private_file(&partial)?;
    writeln!(file, "{epoch}:{}", hex(&secret))?;
    file.sync_all()?;
    drop(file);
    fs_err::rename(&partial, path)?;
    anstream::eprintln!(
        "note: made the key of epoch {epoch} in {} (never commit it); the Worker takes its line as the secret REVOCATION_KEY",
        path.display()
    );
    Ok(Key::new(epoch, secret))
}

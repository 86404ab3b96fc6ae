//! The key of a list's digests. The file has one line, `EPOCH:SECRET` (64 hexadecimal digits), as the Worker's secret
//! `REVOCATION_KEY` has. A key is never made for a list under another key, because nobody in that list would be found any
//! more.

use std::path::Path;

use anyhow::Context as _;

use super::list::Withdrawals;
use crate::cli::files::{Existing, text_if_there, write_private};
use crate::cli::{keys, random};
use crate::consent::revocation::Key;
use crate::words::hex;

/// The place of a site's key, from its folder.
pub(crate) const KEY: &str = ".selvedge/keys/revocation.key";

/// The key in a file; `None` if there is no file.
pub(crate) fn load(path: &Path) -> anyhow::Result<Option<Key>> {
    let Some(text) = text_if_there(path)? else { return Ok(None) };
    let wrong = || {
        format!("{} is not a key; a key has an epoch, a colon and 64 hexadecimal digits, as in 1:0f…", path.display())
    };
    Key::parse(&text).with_context(wrong).map(Some)
}

/// The key of this list. It is made if there is neither a key nor an entry in the list.
pub(super) fn for_list(path: &Path, list: Option<&Withdrawals>, list_path: &Path) -> anyhow::Result<Key> {
    let key = load(path)?;
    let Some(people) = list.filter(|list| list.len() > 0) else {
        return key.map_or_else(|| create(path, next_epoch(None, list)?, Existing::Keep), Ok);
    };
    let (count, epoch, list_path, path) = (people.len(), people.epoch, list_path.display(), path.display());
    let key = key.with_context(|| {
        format!(
            "{list_path} has {count} people under a key of epoch {epoch}, but there is no key at {path}. A new key would find none of them, so their withdrawals would no longer apply. Restore the key from a copy (the Worker's secret REVOCATION_KEY is the same line) or name it with --key. Or start an empty list under a new key with --rotate, and give every id again"
        )
    })?;
    anyhow::ensure!(
        epoch == key.epoch(),
        "{list_path} was made with the key of epoch {epoch}, but {path} has epoch {}. Restore that key, or start a new list with --rotate and every id",
        key.epoch()
    );
    anyhow::ensure!(
        people.check == key.check(),
        "{list_path} was made with another key of epoch {epoch} than {path}, which finds nobody in it. Restore that key, or start a new list with --rotate and every id"
    );
    Ok(key)
}

/// A new key, of an epoch that is new for the key in the file and for the list.
pub(super) fn rotate(path: &Path, list: Option<&Withdrawals>) -> anyhow::Result<Key> {
    let old = load(path)?;
    create(path, next_epoch(old.as_ref(), list)?, Existing::Replace)
}

fn next_epoch(key: Option<&Key>, list: Option<&Withdrawals>) -> anyhow::Result<u32> {
    let last = key.map(Key::epoch).max(list.map(|list| list.epoch)).unwrap_or_default();
    last.checked_add(1).context("there is no epoch after the last one")
}

fn create(path: &Path, epoch: u32, existing: Existing) -> anyhow::Result<Key> {
    let secret = random("a new key")?;
    keys::private_folder_of(path)?;
    if !write_private(path, format!("{epoch}:{}\n", hex(&secret)).as_bytes(), existing)? {
        // Another list under the same key was started at the same time.
        return load(path)?.with_context(|| format!("{}: the new key is gone", path.display()));
    }
    anstream::eprintln!(
        "note: made the key of epoch {epoch} in {} (never commit it). The Worker needs its line as the secret REVOCATION_KEY",
        path.display()
    );
    Ok(Key::new(epoch, secret))
}

//! The controller's secrets of the audit log, one for each epoch.
//!
//! Takes a file with a line `EPOCH SECRET` for each (64 hexadecimal digits), gives keys. The file is readable by its owner alone and
//! stays out of git. Who deletes a line can never again name the people of that epoch's records, nor open their sealed values.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::files::{self, Existing};
use super::{keys, random};
use crate::log::key::Key;
use crate::words::{hex, parse_hex};

/// Where the secrets are unless `--keys` says otherwise.
pub(super) const KEYRING: &str = ".selvedge/keys/audit.keys";

#[derive(Debug)]
pub(super) struct Keyring {
    path: PathBuf,
    keys: BTreeMap<u32, Key>,
}

impl Keyring {
    /// Reads the secrets in a file; none if there is no file.
    pub(super) fn load(path: &Path) -> anyhow::Result<Self> {
        let text = files::text_if_there(path)?.unwrap_or_default();
        let mut keys = BTreeMap::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let key = line
                .split_once(' ')
                .and_then(|(epoch, secret)| Some((epoch.parse::<u32>().ok()?, parse_hex(secret.trim())?)));
            let (epoch, secret) = key.with_context(|| {
                let (path, line) = (path.display(), number + 1);
                format!("{path}:{line}: not a key; write an epoch and 64 hexadecimal digits, as in `1 0f…`")
            })?;
            let before = keys.insert(epoch, Key::new(epoch, secret));
            anyhow::ensure!(before.is_none(), "{}: epoch {epoch} has two keys; keep one", path.display());
        }
        Ok(Self { path: path.to_owned(), keys })
    }

    /// As [`load`](Self::load), with a first secret where there is none.
    pub(super) fn load_or_create(path: &Path) -> anyhow::Result<Self> {
        let mut keyring = Self::load(path)?;
        if keyring.keys.is_empty() {
            keyring.rotate()?;
            anstream::eprintln!("note: made the first key of the audit log in {}", path.display());
        }
        Ok(keyring)
    }

    /// Begins an epoch with a new secret, and gives what a Worker's secret `AUDIT_KEY` is to be set to.
    pub(super) fn rotate(&mut self) -> anyhow::Result<String> {
        let epoch = self.keys.last_key_value().map_or(Some(1), |(epoch, _)| epoch.checked_add(1));
        let epoch = epoch.context("there is no epoch after the last one")?;
        let secret = random("a new key")?;
        let old = fs_err::read_to_string(&self.path).unwrap_or_default();
        let end = if old.is_empty() || old.ends_with('\n') { "" } else { "\n" };
        keys::private_folder_of(&self.path)?;
        let text = format!("{old}{end}{epoch} {}\n", hex(&secret));
        files::write_private(&self.path, text.as_bytes(), Existing::Replace)?;
        self.keys.insert(epoch, Key::new(epoch, secret));
        Ok(format!("{epoch}:{}", hex(&secret)))
    }

    pub(super) fn newest(&self) -> anyhow::Result<&Key> {
        let newest = self.keys.last_key_value().map(|(_, key)| key);
        newest.with_context(|| format!("{} holds no key of the audit log", self.path.display()))
    }

    pub(super) fn of(&self, epoch: u32) -> anyhow::Result<&Key> {
        self.keys.get(&epoch).with_context(|| format!("{} holds no key of epoch {epoch}", self.path.display()))
    }

    /// Every key, oldest first.
    pub(super) fn all(&self) -> impl Iterator<Item = &Key> {
        self.keys.values()
    }
}

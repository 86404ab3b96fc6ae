//! Applies withdrawals on other devices on this machine, as a Worker does.
//!
//! This room never writes the list or the key of its digests.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::Usage;
use super::files::read_if_there;
use super::revoke::{KEY, LIST, load_key};
use crate::consent::revocation::Key;
use crate::consent::revocation::list::{Found, Revocations};
use crate::page::AccountFrom;
use crate::words::Unit;

/// How a verb finds out who withdrew elsewhere.
#[derive(clap::Args)]
pub(super) struct Heeding {
    /// The key of the list of withdrawals on other devices; .selvedge/keys/revocation.key by default, in the site's folder, or with a
    /// built folder in the current one
    #[arg(long, value_name = "FILE")]
    revocation_key: Option<PathBuf>,
    /// The place in a request of the account that is signed in: header:NAME or cookie:NAME
    #[arg(long, value_name = "PLACE", value_parser = account_from)]
    pub(super) account_from: Option<AccountFrom>,
}

/// A list that can be looked into. The bytes have been checked.
pub(super) struct Heeded {
    list: Vec<u8>,
    key: Key,
}

impl Heeding {
    /// The list of a built folder, or of a site that is decided from its sources.
    pub(super) fn heeded(&self, folder: &Path, of_release: Option<&[u8]>) -> anyhow::Result<Option<Heeded>> {
        let is_site = super::open::is_site(folder);
        let base = if is_site { folder } else { Path::new(".") };
        let key = self.revocation_key.clone().unwrap_or_else(|| base.join(KEY));
        let list = match of_release {
            None if is_site => read_if_there(&base.join(LIST))?,
            list => list.map(<[u8]>::to_vec),
        };
        let Some(list) = list else { return Ok(None) };
        let heeded = Heeded::new(list, &key);
        if let Err(why) = &heeded {
            anyhow::ensure!(self.revocation_key.is_none(), Usage(format!("--revocation-key: {why:#}")));
            anstream::eprintln!("warning: withdrawals on other devices are not applied: {why:#}");
        }
        Ok(heeded.ok())
    }
}

impl Heeded {
    /// The list of a site's folder, under the site's own key. `None` without a list.
    pub(super) fn of_site(folder: &Path) -> anyhow::Result<Option<Self>> {
        read_if_there(&folder.join(LIST))?.map(|list| Self::new(list, &folder.join(KEY))).transpose()
    }

    fn new(bytes: Vec<u8>, key_path: &Path) -> anyhow::Result<Self> {
        let list = Revocations::open(&bytes)?;
        let (key, path) = (load_key(key_path)?, key_path.display());
        let key = key.with_context(|| {
            format!("there is a list, but the key of its digests is not at {path}; give it with --revocation-key")
        })?;
        let (ours, theirs) = (key.epoch(), list.epoch());
        anyhow::ensure!(ours == theirs, "the list needs the key of epoch {theirs}, but {path} has epoch {ours}");
        anyhow::ensure!(
            key.fits(&list),
            "the list needs another key of epoch {ours} than {path}, which finds nobody in the list"
        );
        Ok(Self { list: bytes, key })
    }

    /// The withdrawals of the person with an id.
    pub(super) fn find(&self, unit: Unit, id: &str) -> Found<'_> {
        Revocations::of_checked(&self.list).map(|list| self.key.find(&list, unit, id)).unwrap_or_default()
    }
}

pub(super) fn account_from(text: &str) -> Result<AccountFrom, String> {
    AccountFrom::parse(text).ok_or_else(|| "write header:NAME or cookie:NAME".into())
}

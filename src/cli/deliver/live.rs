//! What hosts read from a store now.

use anyhow::Context as _;

use super::{check_issue, folder, key, opened};
use crate::cli::store::{Object, Store};
use crate::trust::{HEAD_BYTES_MAX, ROOT_BYTES_MAX, Release, layout};

/// A live release, as a root of the store vouches for it.
pub(super) struct Live {
    pub(super) head: Object,
    pub(super) root: Vec<u8>,
    pub(super) release: Release,
}

impl Live {
    /// The live release; none if nothing was published yet.
    ///
    /// # Errors
    /// A store that does not answer, or a head that no root of the store vouches for.
    pub(super) fn of(store: &dyn Store, environment: &str) -> anyhow::Result<Option<Self>> {
        let head_key = key(&layout::head(environment));
        let Some(head) = store.get(&head_key, HEAD_BYTES_MAX as u64)? else { return Ok(None) };
        let place = store.place(&head_key);
        let mut refusal = None;
        for root_key in roots(store, environment)? {
            let Some(root) = store.get(&root_key, ROOT_BYTES_MAX as u64)? else { continue };
            match opened(&root.bytes, &head.bytes, environment) {
                Ok(release) => {
                    check_issue(&release, &place)?;
                    return Ok(Some(Self { head, root: root.bytes, release }));
                }
                Err(error) => refusal = Some(error),
            }
        }
        let why = refusal.unwrap_or_else(|| anyhow::anyhow!("there is no root beside it"));
        Err(why).with_context(|| {
            format!(
                "{place} is no release that can be read, so nothing was written. Check the address of the store. If the file is damaged, \
                 remove it and publish again: hosts keep what they have"
            )
        })
    }
}

/// The roots of an environment, the newest first.
pub(in crate::cli) fn root_documents(store: &dyn Store, environment: &str) -> anyhow::Result<Vec<Vec<u8>>> {
    let mut documents = Vec::new();
    for key in roots(store, environment)? {
        documents.extend(store.get(&key, ROOT_BYTES_MAX as u64)?.map(|root| root.bytes));
    }
    Ok(documents)
}

/// The keys of the roots, the newest first.
fn roots(store: &dyn Store, environment: &str) -> anyhow::Result<Vec<String>> {
    let prefix = format!("{}root/", folder(environment));
    let mut found: Vec<(u64, String)> = Vec::new();
    for one in store.list(&prefix)? {
        let version = one.key.strip_prefix(&prefix).and_then(|name| name.strip_suffix(".cose")?.parse().ok());
        found.extend(version.map(|version| (version, one.key)));
    }
    // A list may be late. Beside each head there is a root.
    if found.is_empty() {
        found.push((1, key(&layout::root(environment, 1))));
    }
    found.sort();
    Ok(found.into_iter().rev().map(|(_, key)| key).collect())
}

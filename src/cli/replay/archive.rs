//! The bundles that decisions were made with, by digest.
//!
//! Only the folders that were named are looked into. A bundle that is not there is named.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::cli::open::{self, Opened};
use crate::words::hex;

/// Bundles, by their digest in hexadecimal.
pub(in crate::cli) struct Archive {
    bundles: BTreeMap<String, Opened>,
}

impl Archive {
    pub(in crate::cli) fn open(folders: &[PathBuf], now_ms: i64) -> anyhow::Result<Self> {
        let mut bundles = BTreeMap::new();
        for folder in folders {
            let mut built = vec![folder.clone()];
            let inside = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
            built.extend(inside.filter(|path| path.is_dir()));
            built.sort();
            for folder in built {
                for environment in open::environments(&folder)? {
                    let mut opened = open::built(&folder, Some(&environment), None, now_ms)?;
                    // A record says which orders held. Those beside the bundle today do not count.
                    opened.bundle = opened.bundle.under(Vec::new());
                    bundles.insert(hex(opened.bundle.digest()), opened);
                }
            }
        }
        Ok(Self { bundles })
    }

    pub(in crate::cli) fn get(&self, digest: &str) -> Option<&Opened> {
        self.bundles.get(digest)
    }
}

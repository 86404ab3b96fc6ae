//! The right to change a list that two runs of the command must not change at once.

use std::fs::TryLockError;
use std::path::Path;

use anyhow::Context as _;

use super::list::LIST;
use crate::cli::files::{beside, folder_of, private_file};
use crate::cli::keys;

/// While it lives no other run reads, changes or publishes the same list.
pub(super) struct Alone {
    _lock: std::fs::File,
}

impl Alone {
    /// Waits for other processes that use this list. The lock is a file beside it, as the list itself is replaced.
    pub(super) fn with(list: &Path) -> anyhow::Result<Self> {
        // The site's own folder for such things keeps itself out of git; another one is its owner's business.
        match list.ends_with(LIST) {
            true => keys::private_folder_of(list)?,
            false => fs_err::create_dir_all(folder_of(list))?,
        }
        let path = beside(list, "lock");
        let lock = private_file(&path)?.into_parts().0;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                anstream::eprintln!("note: waiting for another `selvedge revoke` on {}", list.display());
                lock.lock().with_context(|| path.display().to_string())?;
            }
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("{} cannot be locked", path.display()));
            }
        }
        Ok(Self { _lock: lock })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::files::{Existing, write_private as write};

    #[test]
    fn one_run_at_a_time_and_no_key_over_another() {
        let folder = std::env::temp_dir().join(format!("selvedge-revoke-store-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        let list = folder.join("list.bin");
        let alone = Alone::with(&list).expect("is free");
        let other = std::fs::File::open(folder.join("list.bin.lock")).expect("a file");
        assert!(matches!(other.try_lock(), Err(TryLockError::WouldBlock)));
        drop(alone);
        other.try_lock().expect("is free again");

        assert!(write(&list, b"one", Existing::Keep).expect("writes"));
        assert!(!write(&list, b"two", Existing::Keep).expect("leaves it"));
        assert_eq!(std::fs::read(&list).expect("a file"), b"one");
        assert!(write(&list, b"two", Existing::Replace).expect("writes"));
        assert_eq!(std::fs::read(&list).expect("a file"), b"two");
        assert_eq!(std::fs::read_dir(&folder).expect("a folder").count(), 2, "the list and its lock, and nothing half");
        std::fs::remove_dir_all(&folder).expect("removes");
    }
}

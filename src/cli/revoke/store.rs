//! Files that two runs of the command must not write at once.
//!
//! Takes a path, gives the right to change what is there, and writes it whole or not at all, for its owner alone.

use std::fs::TryLockError;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::list::LIST;
use crate::cli::keys;

/// While it lives no other run reads, changes or publishes the same list.
pub(super) struct Alone {
    _lock: std::fs::File,
}

impl Alone {
    /// Waits for whoever is at this list. The lock is a file beside it, as the list itself is replaced.
    pub(super) fn with(list: &Path) -> anyhow::Result<Self> {
        match list.parent() {
            // The site's own folder for such things keeps itself out of git; another one is its owner's business.
            _ if list.ends_with(LIST) => keys::private_folder_of(list)?,
            Some(folder) if folder != Path::new("") => fs_err::create_dir_all(folder)?,
            _ => {}
        }
        let path = beside(list, "lock");
        let lock = keys::private_file(&path)?.into_parts().0;
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

/// What to do where a file has appeared since somebody looked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Existing {
    Keep,
    Replace,
}

/// Writes a file; tells whether it did.
pub(super) fn write(path: &Path, bytes: &[u8], existing: Existing) -> anyhow::Result<bool> {
    let partial = beside(path, &format!("{}.partial", std::process::id()));
    let mut file = keys::private_file(&partial)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    drop(file);
    let placed = match existing {
        Existing::Replace => written.and_then(|()| fs_err::rename(&partial, path)),
        Existing::Keep => written.and_then(|()| fs_err::hard_link(&partial, path)),
    };
    // Gone already where it was renamed.
    let _ = fs_err::remove_file(&partial);
    match placed {
        Err(error) if existing == Existing::Keep && error.kind() == std::io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error).with_context(|| format!("{} cannot be written", path.display())),
        Ok(()) => Ok(true),
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

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

//! A folder as a store: a mounted disk, a static host's upload folder, a Worker on this machine.

use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use anyhow::Context as _;

use super::{Listed, Object, Put, Store, When};
use crate::cli::files::{self, Replacement, Unread};
use crate::trust::native;
use crate::words::hex;

pub(super) struct Folder {
    path: PathBuf,
    /// Locked until the end: two publishers at once would write into each other's unfinished files. The system unlocks it when the
    /// process ends, however it ends.
    _lock: Option<std::fs::File>,
}

impl Folder {
    pub(super) fn open(path: &Path, may_begin: bool) -> anyhow::Result<Self> {
        if may_begin {
            fs_err::create_dir_all(path)?;
        }
        let shown = path.display();
        anyhow::ensure!(path.is_dir(), "{shown} is not a folder, so there is nothing in it");
        // Not every system opens a folder as a file. There, nothing is locked.
        let lock = std::fs::File::open(path).ok();
        let is_taken =
            lock.as_ref().is_some_and(|lock| matches!(lock.try_lock(), Err(std::fs::TryLockError::WouldBlock)));
        anyhow::ensure!(!is_taken, "another command is publishing into {shown}; run this one again when it has ended");
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    fn file(&self, key: &str) -> PathBuf {
        self.path.join(key)
    }

    fn walk(&self, folder: &Path, prefix: &str, found: &mut Vec<Listed>) -> anyhow::Result<()> {
        let entries = match files::entries(folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            entries => entries?,
        };
        for path in entries {
            let key = path.strip_prefix(&self.path).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            let data = fs_err::symlink_metadata(&path)?;
            if data.is_dir() && (key.starts_with(prefix) || prefix.starts_with(&key)) {
                self.walk(&path, prefix, found)?;
            } else if data.is_file() && key.starts_with(prefix) {
                let since = data.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
                let written_ms = since.and_then(|since| i64::try_from(since.as_millis()).ok());
                found.push(Listed { key, length: Some(data.len()), written_ms });
            }
        }
        Ok(())
    }
}

impl Store for Folder {
    fn place(&self, key: &str) -> String {
        self.file(key).display().to_string()
    }

    fn get(&self, key: &str, max: u64) -> anyhow::Result<Option<Object>> {
        match files::read_bounded(&self.file(key), max) {
            Ok(bytes) => Ok(Some(Object { tag: hex(&native::sha256(&bytes)), bytes })),
            Err(Unread::Error(error)) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(why) => Err(why).with_context(|| self.place(key)),
        }
    }

    fn put(&self, key: &str, bytes: &[u8], when: &When<'_>) -> anyhow::Result<Put> {
        let path = self.file(key);
        // Nobody changes it between this look and the write: the folder is locked.
        let holds = match when {
            When::Always => true,
            When::Absent => !path.exists(),
            When::Is(tag) => self.get(key, u64::MAX - 1)?.is_some_and(|object| object.tag == *tag),
        };
        if !holds {
            return Ok(Put::Conflict);
        }
        fs_err::create_dir_all(files::folder_of(&path))?;
        let mut file = Replacement::of(&path)?;
        file.write_all(bytes).with_context(|| self.place(key))?;
        file.place_for_good()?;
        Ok(Put::Done)
    }

    fn list(&self, prefix: &str) -> anyhow::Result<Vec<Listed>> {
        let mut found = Vec::new();
        self.walk(&self.path, prefix, &mut found)?;
        Ok(found)
    }

    fn remove(&self, keys: &[String]) -> anyhow::Result<()> {
        for key in keys {
            match fs_err::remove_file(self.file(key)) {
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                removed => removed?,
            }
        }
        Ok(())
    }
}

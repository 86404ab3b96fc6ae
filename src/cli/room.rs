//! A folder of our own for a while: it goes with the value.

use std::path::{Path, PathBuf};

use super::random;
use crate::words::hex;

pub(super) struct Room(PathBuf);

impl Room {
    /// # Errors
    /// The system's folder for temporary files cannot be written.
    pub(super) fn new() -> anyhow::Result<Self> {
        let path = std::env::temp_dir().join(format!("selvedge-{}", hex(&random::<8>("the name of a folder")?)));
        fs_err::create_dir(&path)?;
        Ok(Self(path))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        // A folder that stays does no harm.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

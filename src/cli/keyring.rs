//! The controller's secrets of the audit log, one line for each epoch.
//!
//! Takes a file of lines `EPOCH SECRET BEGAN DAY STATE`, gives keys: SECRET names people, STATE is the ratchet's on DAY (64 hexadecimal
//! digits each). Lines of earlier versions end with SECRET. The file is readable by its owner alone and stays out of git. A
//! change overwrites the older bytes on the disk too, as far as the file system does that.

mod parse;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::files::{self, Existing};
use super::replay::{RecordKeys, Recorded};
use super::{keys, now_ms, random};
use crate::log::key::Key;
use crate::log::ratchet::Ratchet;
use crate::words::hex;
use crate::words::time::{DAY, format_day};

/// Where the secrets are unless `--keys` says otherwise.
pub(super) const KEYRING: &str = ".selvedge/keys/audit.keys";

#[derive(Debug)]
pub(super) struct Keyring {
    path: PathBuf,
    /// Lines that are no key, as they stand there.
    remarks: Vec<String>,
    epochs: BTreeMap<u32, Epoch>,
    /// Held by who changes the file: another one waits, and loses no epoch.
    lock: Option<File>,
}

/// The secrets of one epoch.
#[derive(Clone, Debug)]
pub(super) struct Epoch {
    secret: [u8; 32],
    /// The day on which it began, counted from 1970-01-01; an epoch of an earlier version does not say it.
    pub(super) began: Option<i64>,
    pub(super) key: Key,
}

impl Keyring {
    /// Reads the secrets in a file as they are today: nothing that has expired can be opened, whether or not the file says so yet. None if
    /// there is no file.
    pub(super) fn load(path: &Path) -> anyhow::Result<Self> {
        let mut keyring = Self::kept(path)?;
        keyring.move_on(today()?);
        Ok(keyring)
    }

    /// As [`load`](Self::load), with first secrets where there are none.
    pub(super) fn load_or_create(path: &Path) -> anyhow::Result<Self> {
        let keyring = Self::load(path)?;
        if !keyring.epochs.is_empty() {
            return Ok(keyring);
        }
        let mut keyring = Self::to_change(path)?;
        if keyring.epochs.is_empty() {
            keyring.rotate(today()?)?;
            anstream::eprintln!("note: made the first key of the audit log in {}", path.display());
        }
        Ok(keyring)
    }

    /// Reads the secrets as the file has them, for changing them.
    pub(super) fn to_change(path: &Path) -> anyhow::Result<Self> {
        keys::private_folder_of(path)?;
        let lock = files::private_file(&files::beside(path, "lock"))?.into_parts().0;
        lock.lock().with_context(|| path.display().to_string())?;
        Ok(Self { lock: Some(lock), ..Self::kept(path)? })
    }

    /// Reads the secrets as the file has them.
    pub(super) fn kept(path: &Path) -> anyhow::Result<Self> {
        parse::read(path, &files::text_if_there(path)?.unwrap_or_default())
    }

    /// Moves every ratchet on to a day, and tells whether any was behind.
    pub(super) fn move_on(&mut self, day: i64) -> bool {
        let mut is_behind = false;
        for epoch in self.epochs.values_mut() {
            let Some(ratchet) = epoch.key.ratchet().filter(|ratchet| ratchet.day() < day) else { continue };
            let ratchet = ratchet.on(day);
            epoch.key = epoch.key.clone().with_ratchet(ratchet);
            is_behind = true;
        }
        is_behind
    }

    /// Begins an epoch with new secrets on a day. The ratchets of the others move on to it.
    pub(super) fn rotate(&mut self, day: i64) -> anyhow::Result<&Key> {
        let epoch = self.epochs.last_key_value().map_or(Some(1), |(epoch, _)| epoch.checked_add(1));
        let epoch = epoch.context("there is no epoch after the last one")?;
        let (secret, state) = (random("a new key")?, random("a new key")?);
        let key = Key::new(epoch, secret).with_ratchet(Ratchet::new(day, state));
        self.move_on(day);
        self.epochs.insert(epoch, Epoch { secret, began: Some(day), key });
        self.write()?;
        self.newest()
    }

    /// Takes out the secrets of an epoch.
    pub(super) fn destroy(&mut self, epoch: u32) -> anyhow::Result<()> {
        self.epochs.remove(&epoch);
        self.write()
    }

    /// Writes the file whole or not at all, then overwrites what was there.
    pub(super) fn write(&self) -> anyhow::Result<()> {
        anyhow::ensure!(self.lock.is_some(), "{}: somebody else may be changing it", self.path.display());
        let before = std::fs::OpenOptions::new().write(true).open(&self.path).ok();
        let remarks: String = self.remarks.iter().map(|line| format!("{line}\n")).collect();
        let lines: String = self.epochs.values().map(|epoch| format!("{}\n", epoch.line())).collect();
        files::write_private(&self.path, (remarks + &lines).as_bytes(), Existing::Replace)?;
        let Some(mut before) = before else { return Ok(()) };
        let length = usize::try_from(before.metadata()?.len()).unwrap_or_default();
        before.write_all(&vec![0; length]).and_then(|()| before.sync_all()).with_context(|| {
            format!("{}: the states before it were replaced, and their bytes not overwritten", self.path.display())
        })
    }

    pub(super) fn newest(&self) -> anyhow::Result<&Key> {
        let newest = self.epochs.last_key_value().map(|(_, epoch)| &epoch.key);
        newest.with_context(|| format!("{} holds no key of the audit log", self.path.display()))
    }

    pub(super) fn of(&self, epoch: u32) -> anyhow::Result<&Key> {
        let found = self.epochs.get(&epoch).map(|epoch| &epoch.key);
        found.with_context(|| format!("{} holds no key of epoch {epoch}", self.path.display()))
    }

    /// The keys of a record, without those of classes that have expired.
    pub(super) fn record(&self, recorded: &Recorded) -> anyhow::Result<RecordKeys> {
        RecordKeys::new(self.of(recorded.key)?, recorded)
    }

    /// The text for a Worker's secret `AUDIT_KEY`.
    pub(super) fn of_worker(&self) -> anyhow::Result<String> {
        let newest = self.epochs.values().next_back();
        let newest = newest.with_context(|| format!("{} holds no key of the audit log", self.path.display()))?;
        let ratchet = newest.key.ratchet().map(|ratchet| format!(":{}", state(ratchet, ':'))).unwrap_or_default();
        Ok(format!("{}:{}{ratchet}", newest.key.epoch(), hex(&newest.secret)))
    }

    /// Every key, oldest first.
    pub(super) fn all(&self) -> impl Iterator<Item = &Key> {
        self.epochs.values().map(|epoch| &epoch.key)
    }

    /// Every epoch, oldest first.
    pub(super) fn epochs(&self) -> impl DoubleEndedIterator<Item = &Epoch> {
        self.epochs.values()
    }
}

impl Epoch {
    fn line(&self) -> String {
        let began = self.began.map(day_text).unwrap_or_default();
        let rest = self.key.ratchet().map(|ratchet| format!(" {began} {}", state(ratchet, ' '))).unwrap_or_default();
        format!("{} {}{rest}", self.key.epoch(), hex(&self.secret))
    }
}

fn state(ratchet: &Ratchet, between: char) -> String {
    format!("{}{between}{}", day_text(ratchet.day()), hex(ratchet.state()))
}

/// A day in words: `2026-12-01`.
pub(super) fn day_text(day: i64) -> String {
    format_day(day.saturating_mul(DAY))
}

/// Today's number, by this machine's clock.
fn today() -> anyhow::Result<i64> {
    Ok(now_ms(None)?.div_euclid(DAY))
}

//! The signed list of lines that were taken out of a closed log.
//!
//! No removal is given before the signature of all of them holds, and no more than one is held.

use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use anyhow::Context as _;
use fs_err::File;
use sha2::{Digest as _, Sha256};

use super::Signing;
use super::chain::{Problem, untrusted};
use super::files::removed_of;
use crate::cli::files::Replacement;
use crate::cli::unsigned;
use crate::log::merkle::Hash;
use crate::log::segment::{Manifest, REMOVAL_BYTES, Removal, Removals};
use crate::trust::sign::Signer;

/// The longest statement that is read: one has under two hundred bytes.
const STATEMENT_BYTES_MAX: u64 = 4_096;

/// A list whose signature holds.
pub(super) struct Removed {
    entries: BufReader<std::io::Take<File>>,
    ahead: Option<Removal>,
    pub(super) count: u64,
}

impl Removed {
    /// Opens the list beside a log, if there is one that counts; what is wrong with it goes to `problems`.
    pub(super) fn open(
        log: &Path,
        manifest: &Manifest,
        signers: &[[u8; 32]],
        problems: &mut Vec<Problem>,
    ) -> anyhow::Result<Option<Self>> {
        let path = removed_of(log);
        if !path.exists() {
            return Ok(None);
        }
        let mut wrong = |why: String| problems.push(Problem::of_file(&path, why));
        let mut file = File::open(&path)?;
        let Some((statement, length)) = statement(&mut file)? else {
            wrong("it is no list of lines that were taken out: it was cut off or altered".into());
            return Ok(None);
        };
        let Some(removals) = Removals::open(&statement).map_err(|refusal| wrong(refusal.to_string())).ok() else {
            return Ok(None);
        };
        if removals.root != manifest.root {
            wrong("it was signed for another log".into());
        } else if removals.signer != manifest.signer && !signers.contains(&removals.signer) {
            wrong(untrusted(&removals.signer));
        } else if length != removals.count.saturating_mul(REMOVAL_BYTES as u64)
            || sha256_of(&mut file, length)? != removals.sha256
        {
            wrong(format!("its {} entries are not the ones that were signed", removals.count));
        } else {
            file.seek(SeekFrom::Start(0))?;
            let entries = BufReader::with_capacity(64 << 10, file.take(length));
            return Ok(Some(Self { entries, ahead: None, count: removals.count }));
        }
        Ok(None)
    }

    /// The removal of this line. Lines are asked for in ascending order.
    pub(super) fn of(&mut self, line: u64) -> anyhow::Result<Option<Removal>> {
        while self.next_before(line)?.is_some() {}
        Ok(self.ahead.take_if(|ahead| ahead.line == line))
    }

    /// The next removal of a line before this one.
    pub(super) fn next_before(&mut self, line: u64) -> anyhow::Result<Option<Removal>> {
        if self.ahead.is_none() && !self.entries.fill_buf()?.is_empty() {
            let mut bytes = [0; REMOVAL_BYTES];
            self.entries.read_exact(&mut bytes)?;
            self.ahead = Some(Removal::from_bytes(&bytes).context("an entry of a signed list is none")?);
        }
        Ok(self.ahead.take_if(|ahead| ahead.line < line))
    }
}

/// The statement at the end of a list, and how many bytes stand before it.
fn statement(file: &mut File) -> anyhow::Result<Option<(Vec<u8>, u64)>> {
    let all = file.metadata()?.len();
    let Some(end) = all.checked_sub(4) else { return Ok(None) };
    file.seek(SeekFrom::Start(end))?;
    let mut length = [0; 4];
    file.read_exact(&mut length)?;
    let length = u64::from(u32::from_be_bytes(length));
    let Some(start) = end.checked_sub(length).filter(|_| length <= STATEMENT_BYTES_MAX) else { return Ok(None) };
    file.seek(SeekFrom::Start(start))?;
    let mut statement = Vec::new();
    file.take(length).read_to_end(&mut statement)?;
    Ok(Some((statement, start)))
}

fn sha256_of(file: &mut File, length: u64) -> anyhow::Result<Hash> {
    file.seek(SeekFrom::Start(0))?;
    let mut reader = BufReader::with_capacity(64 << 10, file.take(length));
    let mut hash = Sha256::new();
    loop {
        let bytes = reader.fill_buf()?;
        if bytes.is_empty() {
            return Ok(hash.finalize().into());
        }
        hash.update(bytes);
        let read = bytes.len();
        reader.consume(read);
    }
}

pub(super) struct NewRemoved {
    file: Replacement,
    hash: Sha256,
    count: u64,
}

impl NewRemoved {
    pub(super) fn of(log: &Path) -> anyhow::Result<Self> {
        Ok(Self { file: Replacement::of(&removed_of(log))?, hash: Sha256::new(), count: 0 })
    }

    /// Appends a removal; they come in ascending order of their lines.
    pub(super) fn push(&mut self, removal: &Removal) -> anyhow::Result<()> {
        let bytes = removal.to_bytes();
        self.hash.update(bytes);
        self.count += 1;
        Ok(self.file.write_all(&bytes)?)
    }

    pub(super) fn place(mut self, of: &Manifest, signing: &Signing) -> anyhow::Result<()> {
        let (count, sha256) = (self.count, self.hash.finalize().into());
        let removals = Removals { root: of.root, count, sha256, signer: of.signer };
        let signed = removals.sign(&Signer::local(&signing.of(&of.signer)?)).map_err(unsigned)?;
        self.file.write_all(&signed)?;
        self.file.write_all(&(signed.len() as u32).to_be_bytes())?;
        self.file.place_for_good()
    }
}

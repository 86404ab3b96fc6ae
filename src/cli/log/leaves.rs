//! Beside a closed log lies an entry for each of its lines: a hash to find an altered line by, and the salt of its leaf.
//!
//! Both go with a line that is taken out, so that nobody can find the line again by guessing.

use std::io::{BufReader, ErrorKind, Read as _, Write as _};
use std::path::Path;

use anyhow::Context as _;
use fs_err::File;

use super::files::leaves_of;
use super::removed::Removed;
use crate::cli::files::Replacement;
use crate::cli::random;
use crate::log::merkle::{Hash, Salt, leaf, salted};
use crate::log::segment::Manifest;

const SALTED_BYTES: usize = size_of::<Hash>() + size_of::<Salt>();

/// The entry of one line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) hash: Hash,
    /// `None` in a log that an earlier version closed.
    pub(super) salt: Option<Salt>,
}

impl Entry {
    /// The entry of a line that was taken out of a log with salts.
    const GONE: Self = Self { hash: [0; 32], salt: Some([0; 16]) };

    /// The leaf of a line with this hash.
    pub(super) fn leaf_of(&self, hash: &Hash) -> Hash {
        self.salt.map_or(*hash, |salt| salted(&salt, hash))
    }

    /// The entry that should be beside this line. `taken_out` is the leaf of one that was taken out.
    pub(super) fn expected(&self, hash: Hash, taken_out: Option<Hash>) -> Self {
        match (taken_out, self.salt) {
            (Some(_), Some(_)) => Self::GONE,
            (Some(leaf), None) => Self { hash: leaf, salt: None },
            (None, salt) => Self { hash, salt },
        }
    }

    /// The first byte in which it differs from another one.
    pub(super) fn differs(&self, other: &Self) -> Option<usize> {
        self.bytes().iter().zip(&other.bytes()).position(|(one, other)| one != other)
    }

    fn bytes(&self) -> Vec<u8> {
        [&self.hash[..], self.salt.as_ref().map_or(&[], |salt| &salt[..])].concat()
    }
}

/// The bytes of an entry.
pub(super) fn width(manifest: &Manifest) -> usize {
    if manifest.whole.is_some() { size_of::<Hash>() } else { SALTED_BYTES }
}

/// The entries of a file, one after the other.
pub(super) fn entries(bytes: &[u8], width: usize) -> impl Iterator<Item = Entry> {
    bytes.chunks_exact(width).filter_map(|entry| {
        let (hash, salt) = entry.split_first_chunk()?;
        Some(Entry { hash: *hash, salt: salt.try_into().ok() })
    })
}

/// The file, read while the lines of its log pass.
pub(super) struct Leaves {
    file: Option<BufReader<File>>,
    width: usize,
}

impl Leaves {
    pub(super) fn open(log: &Path, manifest: &Manifest) -> anyhow::Result<Self> {
        let path = leaves_of(log);
        let file = if path.exists() { Some(BufReader::with_capacity(64 << 10, File::open(path)?)) } else { None };
        Ok(Self { file, width: width(manifest) })
    }

    /// The entry of the next line; `None` when there are no more.
    pub(super) fn next(&mut self) -> anyhow::Result<Option<Entry>> {
        let Some(file) = &mut self.file else { return Ok(None) };
        let mut bytes = [0; SALTED_BYTES];
        match file.read_exact(&mut bytes[..self.width]) {
            Ok(()) => Ok(entries(&bytes[..self.width], self.width).next()),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// The file of a log that is being closed.
pub(super) struct NewLeaves {
    file: Replacement,
    /// Salts are made from it, and it is kept nowhere.
    seed: [u8; 32],
    count: u64,
}

impl NewLeaves {
    pub(super) fn of(log: &Path) -> anyhow::Result<Self> {
        Ok(Self { file: Replacement::of(&leaves_of(log))?, seed: random("the salts of a log")?, count: 0 })
    }

    /// Appends a line, and gives its leaf.
    pub(super) fn push(&mut self, line: &[u8]) -> anyhow::Result<Hash> {
        let random = leaf(&[&self.seed[..], &self.count.to_be_bytes()].concat());
        let salt = random.first_chunk().context("a salt is shorter than a hash")?;
        let hash = leaf(line);
        self.count += 1;
        self.file.write_all(&Entry { hash, salt: Some(*salt) }.bytes())?;
        Ok(salted(salt, &hash))
    }

    pub(super) fn place(self) -> anyhow::Result<()> {
        self.file.place_for_good()
    }
}

/// Takes out of the file what belongs to lines that were taken out of the log.
pub(super) fn wipe(log: &Path, manifest: &Manifest) -> anyhow::Result<()> {
    if manifest.whole.is_some() {
        return Ok(());
    }
    let Some(mut removed) = Removed::open(log, manifest, &[], &mut Vec::new())? else { return Ok(()) };
    let (mut leaves, mut file) = (Leaves::open(log, manifest)?, Replacement::of(&leaves_of(log))?);
    let mut is_changed = false;
    for line in 0.. {
        let Some(entry) = leaves.next()? else { break };
        let stays = if removed.of(line)?.is_some() { Entry::GONE } else { entry };
        is_changed |= stays != entry;
        file.write_all(&stays.bytes())?;
    }
    if is_changed { file.place_for_good() } else { Ok(()) }
}

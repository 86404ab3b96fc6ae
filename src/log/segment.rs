//! The signed files beside a closed log: its manifest, and the list of lines that were taken out of it.
//!
//! Takes what a log holds, gives the bytes of a signed statement, and the same back once its signature holds. It never reads a log
//! and never decides whose key counts.
//!
//! ```text
//! LOG.manifest  {1: number, 2: SHA-256 of the manifest before | null, 3: file, 4: lines, 5: Merkle root,
//!                8: first day | null, 9: last day | null, 10: closed, 11: public key}
//! LOG.leaves    entry, …: the hash of a line (32), its salt (16); zeros where the line was taken out
//! LOG.removed   removal, …, statement, its length (4 bytes)
//!     removal   line (8 bytes), leaf (32), why (1), day in Unix milliseconds (8), whether a person asked (1), the person's digest (16)
//!   statement   {1: Merkle root of the manifest, 2: removals, 3: SHA-256 of them, 4: public key}
//! ```
//! Statements are deterministic CBOR; lines count from 0, times are RFC 3339 texts, numbers are big-endian. Removals
//! are signed by their hash. So a list of any length is read and written one entry at a time.
//!
//! Nothing here tells a line that was taken out to somebody who guesses: its leaf is salted, and the salt goes with the line. Logs that an
//! earlier version closed have leaves without salts. Their manifests have two more fields: 6 counts bytes, and 7 is the
//! SHA-256 of the whole log. Times in 8 and 9 have milliseconds. They verify as before.

use std::string::{String, ToString};
use std::vec::Vec;

use super::key::Digest;
use super::merkle::Hash;
use crate::trust::cbor::{Reader, Writer};
use crate::trust::refusal::{Part, Refused};
use crate::trust::sign::{Signed, Signer};
use crate::trust::{Refusal, statement};
use crate::words::vocabulary;

const MANIFEST_TYPE: &str = "application/selvedge-log-manifest+cose";
const REMOVALS_TYPE: &str = "application/selvedge-log-removals+cose";

/// What a closed log holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// Its place in the chain, from 1.
    pub number: u64,
    /// The SHA-256 of the manifest before it.
    pub previous: Option<Hash>,
    /// The log's file name.
    pub file: String,
    /// How many lines it has.
    pub count: u64,
    /// The Merkle root over its lines.
    pub root: Hash,
    /// Its length in bytes and its SHA-256 when it was closed, if an earlier version closed it: its leaves have no salts.
    pub whole: Option<(u64, Hash)>,
    /// The day (UTC) of its earliest line.
    pub first: Option<String>,
    /// The day of its latest line.
    pub last: Option<String>,
    /// When it was closed.
    pub closed: String,
    /// The public key that signs it.
    pub signer: [u8; 32],
}

/// The signed statement about lines that were taken out of a closed log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removals {
    /// The Merkle root of the log's manifest.
    pub root: Hash,
    /// How many lines were taken out.
    pub count: u64,
    /// The SHA-256 of the list of them, ascending: [`Removal::to_bytes`] of each.
    pub sha256: Hash,
    /// The public key that signs it.
    pub signer: [u8; 32],
}

/// A line that was taken out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removal {
    /// Which, counted from 0.
    pub line: u64,
    /// Its leaf; zeros in a log that is not closed, which has no tree.
    pub leaf: Hash,
    /// Why.
    pub why: Why,
    /// The day (UTC) on which that was: its first moment, in Unix milliseconds.
    pub on_ms: i64,
    /// Whose it was, if a person asked for it: [`Key::erased`](super::key::Key::erased).
    pub whom: Option<Digest>,
}

vocabulary! {
    /// Why a line was taken out of a log.
    Why {
        /// It was past the retention of its kind.
        Expired = "expired",
        /// The person whom it was about asked for it.
        Erased = "erased",
    }
}

impl Manifest {
    /// The signed manifest.
    pub fn sign(&self, signer: &Signer<'_>) -> Signed {
        let fields = if self.whole.is_some() { 11 } else { 9 };
        let mut payload = Writer::default().map(fields).uint(1).uint(self.number);
        payload = payload.uint(2).bytes_or_null(self.previous.as_ref().map(|hash| &hash[..]));
        payload = payload.uint(3).text(&self.file).uint(4).uint(self.count).uint(5).bytes(&self.root);
        if let Some((length, sha256)) = &self.whole {
            payload = payload.uint(6).uint(*length).uint(7).bytes(sha256);
        }
        payload = payload.uint(8).text_or_null(self.first.as_deref()).uint(9).text_or_null(self.last.as_deref());
        payload = payload.uint(10).text(&self.closed).uint(11).bytes(&self.signer);
        statement::sign(MANIFEST_TYPE, &payload.finish(), signer)
    }

    /// Reads a manifest that the key in it has signed.
    ///
    /// # Errors
    /// Anything else.
    pub fn open(bytes: &[u8]) -> Result<Self, Refusal> {
        let manifest = Self::read(statement::claimed(bytes)?).map_err(|refused| *refused)?;
        statement::open(bytes, MANIFEST_TYPE, &manifest.signer)?;
        Ok(manifest)
    }

    fn read(payload: &[u8]) -> Result<Self, Refused> {
        let mut reader = Reader::new(payload, Part::Statement);
        let fields = reader.map()?;
        reader
            .require(matches!(fields, 9 | 11), "a manifest has nine fields, or eleven if an earlier version made it")?;
        let number = reader.key(1)?.uint()?;
        let previous = optional_hash(reader.key(2)?)?;
        let file = reader.key(3)?.text()?.to_string();
        let count = reader.key(4)?.uint()?;
        let root = hash(reader.key(5)?)?;
        let whole = match fields {
            11 => Some((reader.key(6)?.uint()?, hash(reader.key(7)?)?)),
            _ => None,
        };
        let first = reader.key(8)?.text_or_null()?.map(ToString::to_string);
        let last = reader.key(9)?.text_or_null()?.map(ToString::to_string);
        let closed = reader.key(10)?.text()?.to_string();
        let signer = reader.key(11)?.array_of_bytes("a public key has 32 bytes")?;
        reader.end()?;
        Ok(Self { number, previous, file, count, root, whole, first, last, closed, signer })
    }
}

impl Removals {
    /// The signed statement.
    pub fn sign(&self, signer: &Signer<'_>) -> Signed {
        let payload = Writer::default().map(4).uint(1).bytes(&self.root).uint(2).uint(self.count);
        let payload = payload.uint(3).bytes(&self.sha256).uint(4).bytes(&self.signer);
        statement::sign(REMOVALS_TYPE, &payload.finish(), signer)
    }

    /// Reads a statement that the key in it has signed.
    ///
    /// # Errors
    /// Anything else.
    pub fn open(bytes: &[u8]) -> Result<Self, Refusal> {
        let removals = Self::read(statement::claimed(bytes)?).map_err(|refused| *refused)?;
        statement::open(bytes, REMOVALS_TYPE, &removals.signer)?;
        Ok(removals)
    }

    fn read(payload: &[u8]) -> Result<Self, Refused> {
        let mut reader = Reader::new(payload, Part::Statement);
        reader.map_of(4, "a statement about removals has four fields")?;
        let root = hash(reader.key(1)?)?;
        let count = reader.key(2)?.uint()?;
        let sha256 = hash(reader.key(3)?)?;
        let signer = reader.key(4)?.array_of_bytes("a public key has 32 bytes")?;
        reader.end()?;
        Ok(Self { root, count, sha256, signer })
    }
}

/// Bytes of a removal in a list.
pub const REMOVAL_BYTES: usize = 66;

impl Removal {
    /// As it stands in a list.
    pub fn to_bytes(&self) -> [u8; REMOVAL_BYTES] {
        let mut bytes = Vec::with_capacity(REMOVAL_BYTES);
        bytes.extend(self.line.to_be_bytes());
        bytes.extend(self.leaf);
        bytes.push(self.why as u8);
        bytes.extend(self.on_ms.to_be_bytes());
        bytes.push(u8::from(self.whom.is_some()));
        bytes.extend(self.whom.unwrap_or_default());
        bytes.try_into().unwrap_or([0; REMOVAL_BYTES])
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote; `None` of anything else.
    pub fn from_bytes(bytes: &[u8; REMOVAL_BYTES]) -> Option<Self> {
        let (line, rest) = bytes.split_first_chunk::<8>()?;
        let (leaf, rest) = rest.split_first_chunk::<32>()?;
        let ([why], rest) = rest.split_first_chunk::<1>()?;
        let (on_ms, rest) = rest.split_first_chunk::<8>()?;
        let ([is_asked], whom) = rest.split_first_chunk::<1>()?;
        Some(Self {
            line: u64::from_be_bytes(*line),
            leaf: *leaf,
            why: *Why::ALL.get(usize::from(*why))?,
            on_ms: i64::from_be_bytes(*on_ms),
            whom: if *is_asked == 0 { None } else { Some(whom.try_into().ok()?) },
        })
    }
}

fn hash(reader: &mut Reader<'_>) -> Result<Hash, Refused> {
    reader.array_of_bytes("a SHA-256 has 32 bytes")
}

fn optional_hash(reader: &mut Reader<'_>) -> Result<Option<Hash>, Refused> {
    let bytes = reader.bytes_or_null()?.map(TryInto::try_into).transpose();
    bytes.map_err(|_| reader.malformed("a SHA-256 has 32 bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::SigningKey;

    #[test]
    fn what_is_signed_reads_back() {
        let key = SigningKey::from_bytes(&[1; 32]);
        let signer = key.verifying_key().to_bytes();
        let manifest = Manifest {
            number: 2,
            previous: Some([3; 32]),
            file: "2026-12-01.ndjson".into(),
            count: 300,
            root: [4; 32],
            whole: None,
            first: Some("2026-12-01".into()),
            last: None,
            closed: "2026-12-02T00:00:00Z".into(),
            signer,
        };
        let signed = manifest.sign(&Signer::local(&key)).expect("signs");
        assert_eq!(Manifest::open(&signed).as_ref(), Ok(&manifest));
        let earlier = Manifest { whole: Some((70_000, [5; 32])), ..manifest.clone() };
        let signed_earlier = earlier.sign(&Signer::local(&key)).expect("signs");
        assert_eq!(Manifest::open(&signed_earlier).as_ref(), Ok(&earlier));
        let removals = Removals { root: [4; 32], count: 2, sha256: [6; 32], signer };
        let signed_removals = removals.sign(&Signer::local(&key)).expect("signs");
        assert_eq!(Removals::open(&signed_removals).as_ref(), Ok(&removals));
        assert!(Removals::open(&signed).is_err(), "a manifest is no list of removals");
        let forged = manifest.sign(&Signer::local(&SigningKey::from_bytes(&[2; 32]))).expect("signs");
        assert!(Manifest::open(&forged).is_err(), "signed by another key than it names");
    }
    #[test]
    fn a_removal_reads_back() {
        for why in Why::ALL {
            for whom in [None, Some([9; 16])] {
                let removal = Removal { line: 1 << 40, leaf: [6; 32], why: *why, on_ms: -86_400_000, whom };
                assert_eq!(Removal::from_bytes(&removal.to_bytes()), Some(removal));
            }
        }
        let mut bytes = Removal { line: 0, leaf: [0; 32], why: Why::Erased, on_ms: 0, whom: None }.to_bytes();
        bytes[40] = 7;
        assert_eq!(Removal::from_bytes(&bytes), None, "there is no such reason");
    }
}

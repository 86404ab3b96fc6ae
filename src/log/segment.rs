//! What is signed beside a closed log: its manifest, and the list of lines that were taken out of it.
//!
//! Takes what a log holds, gives the bytes of a signed statement, and the same back once its signature holds. It never reads a log
//! and never decides whose key counts.
//!
//! ```text
//! LOG.manifest  {1: number, 2: SHA-256 of the manifest before | null, 3: file, 4: lines, 5: Merkle root, 6: bytes, 7: SHA-256,
//!                8: first time | null, 9: last time | null, 10: closed, 11: public key}
//! LOG.removed   {1: Merkle root of the manifest, 2: [[line, leaf, why, day, whom | null], …], 3: public key}
//! ```
//! Deterministic CBOR; lines count from 0, times are RFC 3339 texts.

use std::string::{String, ToString};
use std::vec::Vec;

use super::key::Digest;
use super::merkle::Hash;
use crate::bundle::words::vocabulary;
use crate::trust::cbor::{Reader, Writer};
use crate::trust::refusal::{Part, Refused};
use crate::trust::sign::Signer;
use crate::trust::{Refusal, statement};

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
    /// Its length in bytes when it was closed.
    pub length: u64,
    /// Its SHA-256 when it was closed.
    pub sha256: Hash,
    /// The earliest time of its lines.
    pub first: Option<String>,
    /// The latest time of its lines.
    pub last: Option<String>,
    /// When it was closed.
    pub closed: String,
    /// The public key that signs it.
    pub signer: [u8; 32],
}

/// The lines that were taken out of a closed log, each under the signature of whoever may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removals {
    /// The Merkle root of the log's manifest.
    pub root: Hash,
    /// The lines, ascending.
    pub lines: Vec<Removal>,
    /// The public key that signs it.
    pub signer: [u8; 32],
}

/// A line that was taken out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removal {
    /// Which, counted from 0.
    pub line: u64,
    /// Its leaf hash.
    pub leaf: Hash,
    /// Why.
    pub why: Why,
    /// On which day (UTC).
    pub on: String,
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
    ///
    /// # Errors
    /// What the signer says.
    pub fn sign(&self, signer: &Signer<'_>) -> Result<Vec<u8>, String> {
        let mut payload = Writer::default().map(11).uint(1).uint(self.number);
        payload = hash_or_null(payload.uint(2), self.previous.as_ref());
        payload = payload.uint(3).text(&self.file).uint(4).uint(self.count).uint(5).bytes(&self.root);
        payload = payload.uint(6).uint(self.length).uint(7).bytes(&self.sha256);
        payload = text_or_null(payload.uint(8), self.first.as_deref());
        payload = text_or_null(payload.uint(9), self.last.as_deref());
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
        reader.map_of(11, "a manifest has eleven fields")?;
        reader.key(1)?;
        let number = reader.uint()?;
        reader.key(2)?;
        let previous = optional_hash(&mut reader)?;
        reader.key(3)?;
        let file = reader.text()?.to_string();
        reader.key(4)?;
        let count = reader.uint()?;
        reader.key(5)?;
        let root = hash(&mut reader)?;
        reader.key(6)?;
        let length = reader.uint()?;
        reader.key(7)?;
        let sha256 = hash(&mut reader)?;
        reader.key(8)?;
        let first = reader.text_or_null()?.map(ToString::to_string);
        reader.key(9)?;
        let last = reader.text_or_null()?.map(ToString::to_string);
        reader.key(10)?;
        let closed = reader.text()?.to_string();
        reader.key(11)?;
        let signer = reader.array_of_bytes("a public key has 32 bytes")?;
        reader.end()?;
        Ok(Self { number, previous, file, count, root, length, sha256, first, last, closed, signer })
    }
}

impl Removals {
    /// The signed list.
    ///
    /// # Errors
    /// What the signer says.
    pub fn sign(&self, signer: &Signer<'_>) -> Result<Vec<u8>, String> {
        let mut payload = Writer::default().map(3).uint(1).bytes(&self.root).uint(2).array(self.lines.len() as u64);
        for removal in &self.lines {
            payload = payload.array(5).uint(removal.line).bytes(&removal.leaf).text(removal.why.name());
            payload = payload.text(&removal.on);
            payload = match &removal.whom {
                Some(whom) => payload.bytes(whom),
                None => payload.null(),
            };
        }
        statement::sign(REMOVALS_TYPE, &payload.uint(3).bytes(&self.signer).finish(), signer)
    }

    /// Reads a list that the key in it has signed.
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
        reader.map_of(3, "a list of removals has three fields")?;
        reader.key(1)?;
        let root = hash(&mut reader)?;
        reader.key(2)?;
        let count = reader.array()?;
        let lines = (0..count).map(|_| removal(&mut reader)).collect::<Result<Vec<Removal>, Refused>>()?;
        reader.key(3)?;
        let signer = reader.array_of_bytes("a public key has 32 bytes")?;
        reader.end()?;
        Ok(Self { root, lines, signer })
    }
}

fn removal(reader: &mut Reader<'_>) -> Result<Removal, Refused> {
    reader.array_of(5, "a removal has five parts")?;
    let (line, leaf) = (reader.uint()?, hash(reader)?);
    let why =
        Why::from_name(reader.text()?).ok_or_else(|| reader.malformed("a line was removed for no known reason"))?;
    let on = reader.text()?.to_string();
    let whom = reader.bytes_or_null()?.map(TryInto::try_into).transpose();
    let whom = whom.map_err(|_| reader.malformed("the digest of a person has 16 bytes"))?;
    Ok(Removal { line, leaf, why, on, whom })
}

fn hash(reader: &mut Reader<'_>) -> Result<Hash, Refused> {
    reader.array_of_bytes("a SHA-256 has 32 bytes")
}

fn optional_hash(reader: &mut Reader<'_>) -> Result<Option<Hash>, Refused> {
    let bytes = reader.bytes_or_null()?.map(TryInto::try_into).transpose();
    bytes.map_err(|_| reader.malformed("a SHA-256 has 32 bytes"))
}

fn hash_or_null(writer: Writer, hash: Option<&Hash>) -> Writer {
    match hash {
        Some(hash) => writer.bytes(hash),
        None => writer.null(),
    }
}

fn text_or_null(writer: Writer, text: Option<&str>) -> Writer {
    match text {
        Some(text) => writer.text(text),
        None => writer.null(),
    }
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
            length: 70_000,
            sha256: [5; 32],
            first: Some("2026-12-01T00:00:00Z".into()),
            last: None,
            closed: "2026-12-02T00:00:00Z".into(),
            signer,
        };
        let signed = manifest.sign(&Signer::local(&key)).expect("signs");
        assert_eq!(Manifest::open(&signed).as_ref(), Ok(&manifest));
        let removal = |line, whom| Removal { line, leaf: [6; 32], why: Why::Erased, on: "2026-12-03".into(), whom };
        let removals = Removals { root: [4; 32], lines: vec![removal(1, None), removal(2, Some([9; 16]))], signer };
        let signed_removals = removals.sign(&Signer::local(&key)).expect("signs");
        assert_eq!(Removals::open(&signed_removals).as_ref(), Ok(&removals));
        assert!(Removals::open(&signed).is_err(), "a manifest is no list of removals");
        let forged = manifest.sign(&Signer::local(&SigningKey::from_bytes(&[2; 32]))).expect("signs");
        assert!(Manifest::open(&forged).is_err(), "signed by another key than it names");
    }
}

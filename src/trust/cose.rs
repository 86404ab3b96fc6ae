//! COSE_Sign (RFC 9052 §4.1), exactly one shape of it.
//!
//! Takes a document's bytes; gives its payload and signatures, and the message that each signature must cover (§4.4). It
//! never verifies one, and it never looks into the payload.

use alloc::vec::Vec;

use super::cbor::{Reader, Writer};
use super::refusal::{Part, Refusal, Refused, check, check_count};
use super::{Role, SIGNATURES_MAX};

/// The CBOR tag of COSE_Sign.
pub(crate) const TAG: u64 = 98;
/// The header parameters that are used: algorithm, key id, type.
pub(crate) const ALG: u64 = 1;
pub(crate) const KID: u64 = 4;
pub(crate) const TYP: u64 = 16;
/// Ed25519 (RFC 9864).
pub(crate) const ED25519: i64 = -19;

/// A parsed document. Nothing in it is trusted yet.
#[derive(Clone, Debug)]
pub(crate) struct Envelope<'a> {
    pub(crate) payload: &'a [u8],
    pub(crate) signatures: Vec<Signature<'a>>,
    protected: &'a [u8],
}

#[derive(Clone, Debug)]
pub(crate) struct Signature<'a> {
    pub(crate) kid: [u8; 8],
    pub(crate) signature: [u8; 64],
    protected: &'a [u8],
}

impl<'a> Envelope<'a> {
    /// Reads a document that somebody signed.
    pub(crate) fn parse(bytes: &'a [u8], role: Role) -> Result<Self, Refused> {
        let envelope = Self::read(bytes, role)?;
        check(!envelope.signatures.is_empty(), || Refusal::Unsigned { role })?;
        Ok(envelope)
    }

    /// Reads a document that perhaps nobody signed yet.
    pub(crate) fn read(bytes: &'a [u8], role: Role) -> Result<Self, Refused> {
        let part = Part::Document(role);
        check(!bytes.is_empty(), || Refusal::Missing { part })?;
        let mut reader = Reader::new(bytes, part);
        reader.tag(TAG)?;
        reader.array_of(4, "a COSE_Sign has four parts")?;
        let protected = reader.bytes()?;
        expect_type(protected, role)?;
        reader.map_of(0, "unprotected headers must be empty")?;
        let payload = reader.bytes()?;

        let count = reader.array()?;
        check_count(part, "signatures", count, SIGNATURES_MAX)?;
        let mut signatures = Vec::new();
        for _ in 0..count {
            reader.array_of(3, "a COSE_Signature has three parts")?;
            let protected = reader.bytes()?;
            reader.map_of(0, "unprotected headers must be empty")?;
            let signature = reader.array_of_bytes("an Ed25519 signature has 64 bytes")?;
            signatures.push(Signature { kid: key_id(protected, part)?, signature, protected });
        }
        reader.end()?;
        Ok(Self { payload, signatures, protected })
    }

    /// The bytes that the signature must cover: the `Sig_structure` of RFC 9052 §4.4.
    pub(crate) fn message(&self, signature: &Signature<'_>, external_aad: &[u8]) -> Vec<u8> {
        sig_structure(self.protected, signature.protected, external_aad, self.payload)
    }
}

/// `["Signature", body_protected, sign_protected, external_aad, payload]`
pub(crate) fn sig_structure(body: &[u8], signer: &[u8], external_aad: &[u8], payload: &[u8]) -> Vec<u8> {
    let headers = Writer::default().array(5).text("Signature").bytes(body).bytes(signer);
    headers.bytes(external_aad).bytes(payload).finish()
}

fn expect_type(protected: &[u8], expected: Role) -> Result<(), Refused> {
    let mut reader = Reader::new(protected, Part::Document(expected));
    reader.map_of(1, "the protected header holds the type alone")?;
    let found = Role::from_media_type(reader.key(TYP)?.text()?);
    reader.end()?;
    check(found == Some(expected), || Refusal::WrongType { expected, found })
}

fn key_id(protected: &[u8], part: Part) -> Result<[u8; 8], Refused> {
    let mut reader = Reader::new(protected, part);
    reader.map_of(2, "a signature's protected header holds algorithm and key id")?;
    let algorithm = reader.key(ALG)?.nint()?;
    reader.require(algorithm == ED25519, "the algorithm is not Ed25519")?;
    let kid = reader.key(KID)?.array_of_bytes("a key id has 8 bytes")?;
    reader.end()?;
    Ok(kid)
}

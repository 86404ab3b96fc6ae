//! Making the documents that the reading side opens.
//!
//! Takes what a document says and who signs it; gives its bytes, the same for the same input. It never makes, keeps or sees a
//! private key: a signer is a function from bytes to a signature.

use std::boxed::Box;
use std::collections::BTreeMap;
use std::string::String;
use std::vec::Vec;

use super::cbor::{Reader, Writer};
use super::cose::{self, sig_structure};
use super::native::sha256;
use super::{ENGINE, Kind, Part, Role, SCHEMA, Scope, Target};

/// A signer: a public key, and the holder of its other half (a key file, a KMS, a smart card).
pub struct Signer<'a> {
    public: [u8; 32],
    sign: SignFn<'a>,
}

/// The bytes of a signed document, or why its signer did not sign it.
pub type Signed = Result<Vec<u8>, String>;

/// From the bytes of a message to their Ed25519 signature, or why there is none.
pub type SignFn<'a> = Box<dyn Fn(&[u8]) -> Result<[u8; 64], String> + 'a>;

/// Version and times of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Its version: never lower than the last one.
    pub version: u64,
    /// When it is issued, in Unix seconds.
    pub issued: u64,
    /// When it expires, in Unix seconds.
    pub expires: u64,
}

/// The signers that a role needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleKeys {
    /// Whose documents.
    pub role: Role,
    /// How many of the keys must sign.
    pub threshold: u64,
    /// The public keys.
    pub keys: Vec<[u8; 32]>,
}

/// A root: who may sign what. `retired` are keys that sign this root once more without having a role in it any longer.
pub fn root(
    scope: &Scope<'_>,
    stamp: Stamp,
    roles: &[RoleKeys],
    retired: &[[u8; 32]],
    signers: &[Signer<'_>],
) -> Signed {
    let keys: BTreeMap<[u8; 8], [u8; 32]> =
        roles.iter().flat_map(|role| &role.keys).chain(retired).map(|key| (key_id(key), *key)).collect();
    let roles: BTreeMap<u64, &RoleKeys> = roles.iter().map(|role| (role.role.number(), role)).collect();

    let mut data = role_data(scope, 4).uint(3).map(keys.len() as u64);
    for (kid, key) in &keys {
        data = data.bytes(kid).bytes(key);
    }
    data = data.uint(4).map(roles.len() as u64);
    for (number, role) in roles {
        let kids: std::collections::BTreeSet<[u8; 8]> = role.keys.iter().map(key_id).collect();
        data = data.uint(number).array(2).uint(role.threshold).array(kids.len() as u64);
        for kid in kids {
            data = data.bytes(&kid);
        }
    }
    document(Role::Root, scope, stamp, data, signers)
}

/// A release: the payloads, in the order in which the index counts its chunks.
pub fn release(scope: &Scope<'_>, stamp: Stamp, targets: &[Target], signers: &[Signer<'_>]) -> Signed {
    document(Role::Release, scope, stamp, target_data(scope, targets), signers)
}

/// An overlay: what takes something back.
pub fn overlay(scope: &Scope<'_>, stamp: Stamp, targets: &[Target], signers: &[Signer<'_>]) -> Signed {
    document(Role::Overlay, scope, stamp, target_data(scope, targets), signers)
}

fn target_data(scope: &Scope<'_>, targets: &[Target]) -> Writer {
    let mut data = role_data(scope, 3).uint(3).array(targets.len() as u64);
    for target in targets {
        data = data.array(3).uint(target.kind.number()).uint(target.length).bytes(&target.sha256);
    }
    data
}

/// A document that a timestamp vouches for, and its version.
pub type Versioned<'d> = (u64, &'d [u8]);

/// A timestamp that vouches for a release, and perhaps an overlay beside it.
pub fn timestamp(
    scope: &Scope<'_>,
    stamp: Stamp,
    release: Versioned<'_>,
    overlay: Option<Versioned<'_>>,
    signers: &[Signer<'_>],
) -> Signed {
    let listed = [Some((Role::Release, release)), overlay.map(|overlay| (Role::Overlay, overlay))];
    let mut data = role_data(scope, 3).uint(3).map(listed.iter().flatten().count() as u64);
    for (role, (version, document)) in listed.into_iter().flatten() {
        data = data.uint(role.number()).array(3).uint(version).uint(document.len() as u64).bytes(&sha256(document));
    }
    document(Role::Timestamp, scope, stamp, data, signers)
}

/// The head: its documents in one file, without data.
pub fn head(timestamp: &[u8], release: &[u8], overlay: Option<&[u8]>) -> Vec<u8> {
    Writer::default().array(4).bytes(timestamp).bytes(release).null().bytes_or_null(overlay).finish()
}

/// The documents of a head: timestamp, release and overlay. Nothing of them is checked: for who makes the next head around them.
pub fn parts_of_head(head: &[u8]) -> Option<[Option<&[u8]>; 3]> {
    super::open::split_head(head).ok()
}

/// A head with another timestamp. Everything else of it stays, byte for byte.
pub fn with_timestamp(head: &[u8], timestamp: &[u8]) -> Option<Vec<u8>> {
    let mut reader = Reader::new(head, Part::Head);
    let parts = reader.array().ok()?;
    let before = reader.bytes_or_null().ok()?;
    let start = Writer::default().array(parts).bytes_or_null(before).finish().len();
    let renewed = Writer::default().array(parts).bytes(timestamp).finish();
    Some([&renewed, head.get(start..)?].concat())
}

/// When a document says that it expires, in Unix milliseconds. Nothing of it is checked.
pub fn claimed_expiry(document: &[u8], role: Role) -> Option<i64> {
    let envelope = cose::Envelope::parse(document, role).ok()?;
    super::document::expires_ms(envelope.payload, role)
}

/// A payload as a target.
pub fn target(kind: Kind, bytes: &[u8]) -> Target {
    Target { kind, length: bytes.len() as u64, sha256: sha256(bytes) }
}

/// The id by which documents name a key: the first 8 bytes of its SHA-256. Readers take it as it is and never compute it.
pub fn key_id(key: &[u8; 32]) -> [u8; 8] {
    let digest = sha256(key);
    core::array::from_fn(|at| digest[at])
}

impl<'a> Signer<'a> {
    /// A signer with this public key.
    pub fn new(public: [u8; 32], sign: impl Fn(&[u8]) -> Result<[u8; 64], String> + 'a) -> Self {
        Self { public, sign: Box::new(sign) }
    }

    /// A signer that has the private key in memory.
    pub fn local(key: &'a ed25519_dalek::SigningKey) -> Self {
        use ed25519_dalek::Signer as _;
        Self::new(key.verifying_key().to_bytes(), move |message| Ok(key.sign(message).to_bytes()))
    }

    /// The public key.
    pub fn public(&self) -> [u8; 32] {
        self.public
    }

    pub(super) fn sign(&self, message: &[u8]) -> Result<[u8; 64], String> {
        (self.sign)(message)
    }
}

fn role_data(scope: &Scope<'_>, fields: u64) -> Writer {
    Writer::default().map(fields).uint(1).text(scope.repository).uint(2).text(scope.environment)
}

fn document(role: Role, scope: &Scope<'_>, stamp: Stamp, data: Writer, signers: &[Signer<'_>]) -> Signed {
    let payload = Writer::default().map(6).uint(1).uint(stamp.version).uint(2).uint(stamp.expires);
    let payload = payload.uint(3).item(&data.finish()).uint(4).uint(stamp.issued);
    let payload = payload.uint(5).uint(SCHEMA).uint(6).uint(ENGINE).finish();
    let protected = Writer::default().map(1).uint(cose::TYP).text(&role.media_type()).finish();
    let mut out =
        Writer::default().tag(cose::TAG).array(4).bytes(&protected).map(0).bytes(&payload).array(signers.len() as u64);
    let aad = scope.external_aad();
    for signer in signers {
        let algorithm = Writer::default().map(2).uint(cose::ALG).nint(cose::ED25519);
        let signer_protected = algorithm.uint(cose::KID).bytes(&key_id(&signer.public)).finish();
        let signature = (signer.sign)(&sig_structure(&protected, &signer_protected, aad.as_bytes(), &payload))?;
        out = out.array(3).bytes(&signer_protected).map(0).bytes(&signature);
    }
    Ok(out.finish())
}

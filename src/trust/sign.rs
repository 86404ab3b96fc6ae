//! Making the documents that the reading side opens.
//!
//! Takes what a document says and who signs it; gives its bytes, the same for the same input. It never makes, keeps or sees a
//! private key: a signer is a function from bytes to a signature.

use std::boxed::Box;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::string::String;
use std::vec::Vec;

use super::cbor::{Reader, Writer};
use super::cose::{self, Envelope, sig_structure};
use super::document;
use super::native::{self, sha256};
use super::{Answer, Job};
use super::{Class, ENGINE, ENGINE_APPROVED, ENGINE_PLAIN, Kind, Order, Part, Role, SCHEMA, Scope, Target};
use crate::words::time;

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

/// A root without classes: see [`root_with_classes`].
pub fn root(
    scope: &Scope<'_>,
    stamp: Stamp,
    roles: &[RoleKeys],
    retired: &[[u8; 32]],
    signers: &[Signer<'_>],
) -> Signed {
    root_with_classes(scope, stamp, roles, &[], retired, signers)
}

/// A root: who may sign what, and who must approve which class. `retired` are keys that sign this root once more without having a role in it any longer.
pub fn root_with_classes(
    scope: &Scope<'_>,
    stamp: Stamp,
    roles: &[RoleKeys],
    classes: &[(Class, Vec<Role>)],
    retired: &[[u8; 32]],
    signers: &[Signer<'_>],
) -> Signed {
    let keys: BTreeMap<[u8; 8], [u8; 32]> =
        roles.iter().flat_map(|role| &role.keys).chain(retired).map(|key| (key_id(key), *key)).collect();
    let roles: BTreeMap<u64, &RoleKeys> = roles.iter().map(|role| (role.role.number(), role)).collect();

    let classes: BTreeMap<u64, &Vec<Role>> = classes.iter().map(|(class, roles)| (class.number(), roles)).collect();
    let fields = 4 + u64::from(!classes.is_empty());
    let mut data = role_data(scope, fields).uint(3).map(keys.len() as u64);
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
    if classes.is_empty() {
        return written(Role::Root, scope, stamp, ENGINE_PLAIN, data, signers);
    }
    data = data.uint(5).map(classes.len() as u64);
    for (number, roles) in classes {
        let roles: BTreeSet<u64> = roles.iter().map(|role| role.number()).collect();
        data = data.uint(number).array(roles.len() as u64);
        data = roles.into_iter().fold(data, Writer::uint);
    }
    written(Role::Root, scope, stamp, ENGINE_APPROVED, data, signers)
}

/// A release: the payloads, in the order in which the index counts its chunks.
pub fn release(scope: &Scope<'_>, stamp: Stamp, targets: &[Target], signers: &[Signer<'_>]) -> Signed {
    let has = |kind| targets.iter().any(|target| target.kind == kind);
    let needs = match () {
        () if has(Kind::Journeys) => ENGINE,
        () if has(Kind::Trusted) => ENGINE_APPROVED,
        () => ENGINE_PLAIN,
    };
    written(Role::Release, scope, stamp, needs, target_data(scope, 3, targets), signers)
}

/// An overlay: what takes something back. Without orders it is one that earlier engines read.
pub fn overlay(
    scope: &Scope<'_>,
    stamp: Stamp,
    targets: &[Target],
    orders: &[Order],
    signers: &[Signer<'_>],
) -> Signed {
    if orders.is_empty() {
        return written(Role::Overlay, scope, stamp, ENGINE_PLAIN, target_data(scope, 3, targets), signers);
    }
    let mut data = target_data(scope, 4, targets).uint(4).array(orders.len() as u64);
    for Order { action, name, until_ms, reason } in orders {
        let until = if *until_ms >= time::MAX { 0 } else { until_ms.div_euclid(time::SECOND).unsigned_abs() };
        data = data.array(4).uint(*action as u64 + 1).text(name).uint(until).text(reason);
    }
    written(Role::Overlay, scope, stamp, ENGINE_APPROVED, data, signers)
}

/// Data: what machines found out.
pub fn data(scope: &Scope<'_>, stamp: Stamp, targets: &[Target], signers: &[Signer<'_>]) -> Signed {
    written(Role::Data, scope, stamp, ENGINE_APPROVED, target_data(scope, 3, targets), signers)
}

/// An approval: what these signers say about one class of a site and environment.
pub fn approval(scope: &Scope<'_>, class: Class, digest: &[u8; 32], signers: &[Signer<'_>]) -> Signed {
    let payload = Writer::default().array(2).uint(class.number()).bytes(digest).finish();
    signed(Role::Approval, scope, &payload, signers)
}

/// The class and digest that an approval is about. Nothing of it is checked.
pub fn approved(document: &[u8]) -> Option<(Class, [u8; 32])> {
    let envelope = Envelope::read(document, Role::Approval).ok()?;
    let (class, digest) = super::approval::payload(envelope.payload).ok()?;
    Some((class, digest.try_into().ok()?))
}

/// A document with the signatures of another copy of it, by these known keys.
///
/// # Errors
/// Bytes that are no two copies of one document.
pub fn merge(document: &[u8], other: &[u8], role: Role, known: &[[u8; 32]]) -> Signed {
    let read = |bytes| Envelope::read(bytes, role).map_err(|refused| refused.to_string());
    let (one, two) = (read(document)?, read(other)?);
    if one.payload != two.payload {
        return Err("these are two documents".into());
    }
    let known: BTreeSet<[u8; 8]> = known.iter().map(key_id).collect();
    let all = one.signatures.iter().chain(&two.signatures).filter(|signature| known.contains(&signature.kid));
    let signatures: BTreeMap<[u8; 8], [u8; 64]> = all.map(|signature| (signature.kid, signature.signature)).collect();
    Ok(enveloped(role, one.payload, &signatures.into_iter().collect::<Vec<_>>()))
}

/// The targets of a release document. Nothing of it is checked.
pub fn targets_of(bytes: &[u8], scope: &Scope<'_>) -> Option<Vec<Target>> {
    let envelope = Envelope::read(bytes, Role::Release).ok()?;
    let targets = |reader: &mut Reader<'_>, _| document::targets(reader, Role::Release);
    document::read(envelope.payload, Role::Release, scope, targets).ok().map(|(_, targets)| targets)
}

/// Version, times, targets and orders of an overlay. Nothing of it is checked.
pub fn overlay_of(bytes: &[u8], scope: &Scope<'_>) -> Option<(Stamp, Vec<Target>, Vec<Order>)> {
    let envelope = Envelope::read(bytes, Role::Overlay).ok()?;
    let read = |reader: &mut Reader<'_>, has_orders| {
        let targets = document::targets(reader, Role::Overlay)?;
        Ok((targets, if has_orders { document::orders(reader)? } else { Vec::new() }))
    };
    let (header, (targets, orders)) = document::read(envelope.payload, Role::Overlay, scope, read).ok()?;
    let seconds = |ms: i64| (ms / time::SECOND).unsigned_abs();
    let stamp =
        Stamp { version: header.version, issued: seconds(header.issued_ms), expires: seconds(header.expires_ms) };
    Some((stamp, targets, orders))
}

/// The version of a document of this role. Nothing of it is checked.
pub fn version_of(bytes: &[u8], role: Role) -> Option<u64> {
    document::version(Envelope::read(bytes, role).ok()?.payload, role)
}

/// The digest of what a release has of a class; see [`Kind::class`]. None if it has nothing, and for the consent, which is inside
/// the program.
pub fn digest_of(targets: &[Target], class: Class) -> Option<[u8; 32]> {
    super::release::digest_of(targets, class)
}

/// The ids of the keys that signed a document, in their order. Nothing of it is checked.
pub fn signed_by(document: &[u8], role: Role) -> Vec<[u8; 8]> {
    let signatures = Envelope::read(document, role).map(|envelope| envelope.signatures).unwrap_or_default();
    signatures.iter().map(|signature| signature.kid).collect()
}

/// Those of these keys whose signatures of a document hold.
pub fn verified(document: &[u8], role: Role, scope: &Scope<'_>, known: &[[u8; 32]]) -> Vec<[u8; 32]> {
    let Ok(envelope) = Envelope::read(document, role) else { return Vec::new() };
    let aad = scope.external_aad();
    let has_signed = |key: &[u8; 32]| {
        envelope.signatures.iter().filter(|signature| signature.kid == key_id(key)).any(|signature| {
            let message = envelope.message(signature, aad.as_bytes());
            let job = Job::Verify { key: *key, message, signature: signature.signature };
            native::answer(&job) == Answer::Verified(true)
        })
    };
    known.iter().filter(|key| has_signed(key)).copied().collect()
}

/// What the signatures of a document cover. It stays the same when somebody adds a signature. Nothing of it is checked.
pub fn payload_of(document: &[u8], role: Role) -> Option<&[u8]> {
    Envelope::read(document, role).ok().map(|envelope| envelope.payload)
}

/// The engine level that a document needs. Nothing of it is checked.
pub fn needs_of(document: &[u8], role: Role) -> Option<u64> {
    document::needs(Envelope::read(document, role).ok()?.payload, role)
}

/// A document with its signatures by these known keys, and those of more signers. Each signs once.
///
/// # Errors
/// A signer that does not sign, or bytes that are no document of this role.
pub fn add_signatures(
    document: &[u8],
    role: Role,
    scope: &Scope<'_>,
    known: &[[u8; 32]],
    signers: &[Signer<'_>],
) -> Signed {
    let envelope = Envelope::read(document, role).map_err(|refused| refused.to_string())?;
    let known: BTreeSet<[u8; 8]> = known.iter().map(key_id).collect();
    let kept = envelope.signatures.iter().filter(|signature| known.contains(&signature.kid));
    let mut signatures: BTreeMap<[u8; 8], [u8; 64]> =
        kept.map(|signature| (signature.kid, signature.signature)).collect();
    for signer in signers {
        let kid = key_id(&signer.public);
        if let Entry::Vacant(place) = signatures.entry(kid) {
            place.insert(signer.sign_payload(role, scope, envelope.payload)?);
        }
    }
    Ok(enveloped(role, envelope.payload, &signatures.into_iter().collect::<Vec<_>>()))
}

fn target_data(scope: &Scope<'_>, fields: u64, targets: &[Target]) -> Writer {
    let mut data = role_data(scope, fields).uint(3).array(targets.len() as u64);
    for target in targets {
        data = data.array(3).uint(target.kind.number()).uint(target.length).bytes(&target.sha256);
    }
    data
}

/// A document that a timestamp vouches for, and its version.
pub type Versioned<'d> = (u64, &'d [u8]);

/// The documents of a head, beside its timestamp and approvals.
#[derive(Clone, Copy, Debug)]
pub struct Documents<'d> {
    /// The release.
    pub release: Versioned<'d>,
    /// What machines found out.
    pub data: Option<Versioned<'d>>,
    /// What takes something back.
    pub overlay: Option<Versioned<'d>>,
}

/// A timestamp that vouches for a release, and perhaps an overlay beside it.
pub fn timestamp(
    scope: &Scope<'_>,
    stamp: Stamp,
    release: Versioned<'_>,
    overlay: Option<Versioned<'_>>,
    signers: &[Signer<'_>],
) -> Signed {
    timestamp_of(scope, stamp, &Documents { release, data: None, overlay }, signers)
}

/// A timestamp that vouches for these documents.
pub fn timestamp_of(scope: &Scope<'_>, stamp: Stamp, documents: &Documents<'_>, signers: &[Signer<'_>]) -> Signed {
    let Documents { release, data, overlay } = *documents;
    let listed = [(Role::Release, Some(release)), (Role::Data, data), (Role::Overlay, overlay)];
    let listed: Vec<_> = listed.into_iter().filter_map(|(role, document)| Some((role, document?))).collect();
    let mut snapshot = role_data(scope, 3).uint(3).map(listed.len() as u64);
    for (role, (version, document)) in listed {
        let length = document.len() as u64;
        snapshot = snapshot.uint(role.number()).array(3).uint(version).uint(length).bytes(&sha256(document));
    }
    written(Role::Timestamp, scope, stamp, ENGINE_PLAIN, snapshot, signers)
}

/// The head: its documents in one file, without data or approvals.
pub fn head(timestamp: &[u8], release: &[u8], overlay: Option<&[u8]>) -> Vec<u8> {
    head_with_approvals(Some(timestamp), release, overlay, &[])
}

/// As [`head`], with approvals in the order of their classes. Without a timestamp it is a proposal, which no host opens.
pub fn head_with_approvals(
    timestamp: Option<&[u8]>,
    release: &[u8],
    overlay: Option<&[u8]>,
    approvals: &[Vec<u8>],
) -> Vec<u8> {
    let overlay = overlay.map(|document| (0, document));
    head_of(timestamp, &Documents { release: (0, release), data: None, overlay }, approvals)
}

/// The head of these documents, with approvals in the order of their classes. Without a timestamp it is a proposal.
pub fn head_of(timestamp: Option<&[u8]>, documents: &Documents<'_>, approvals: &[Vec<u8>]) -> Vec<u8> {
    let [data, overlay] = [documents.data, documents.overlay].map(|document| document.map(|(_, document)| document));
    let parts = 4 + u64::from(!approvals.is_empty());
    let head = Writer::default().array(parts).bytes_or_null(timestamp).bytes(documents.release.1);
    let head = head.bytes_or_null(data).bytes_or_null(overlay);
    if approvals.is_empty() {
        return head.finish();
    }
    let head = head.array(approvals.len() as u64);
    approvals.iter().fold(head, |head, approval| head.bytes(approval)).finish()
}

/// The documents of a head: timestamp, release, data and overlay. Nothing of them is checked: for who makes the next head around them.
pub fn parts_of_head(head: &[u8]) -> Option<[Option<&[u8]>; 4]> {
    super::open::split_head(head).ok().map(|(parts, _)| parts)
}

/// The approvals of a head. Nothing of them is checked.
pub fn approvals_of_head(head: &[u8]) -> Vec<Vec<u8>> {
    let approvals = super::open::split_head(head).map(|(_, approvals)| approvals).unwrap_or_default();
    approvals.into_iter().map(<[u8]>::to_vec).collect()
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
pub fn claimed_expiry(bytes: &[u8], role: Role) -> Option<i64> {
    document::expires_ms(Envelope::read(bytes, role).ok()?.payload, role)
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

    fn sign_payload(&self, role: Role, scope: &Scope<'_>, payload: &[u8]) -> Result<[u8; 64], String> {
        let (body, signer, aad) = (body_protected(role), signer_protected(&key_id(&self.public)), scope.external_aad());
        self.sign(&sig_structure(&body, &signer, aad.as_bytes(), payload))
    }
}

fn role_data(scope: &Scope<'_>, fields: u64) -> Writer {
    Writer::default().map(fields).uint(1).text(scope.repository).uint(2).text(scope.environment)
}

fn written(role: Role, scope: &Scope<'_>, stamp: Stamp, needs: u64, data: Writer, signers: &[Signer<'_>]) -> Signed {
    let payload = Writer::default().map(6).uint(1).uint(stamp.version).uint(2).uint(stamp.expires);
    let payload = payload.uint(3).item(&data.finish()).uint(4).uint(stamp.issued);
    signed(role, scope, &payload.uint(5).uint(SCHEMA).uint(6).uint(needs).finish(), signers)
}

fn signed(role: Role, scope: &Scope<'_>, payload: &[u8], signers: &[Signer<'_>]) -> Signed {
    let sign = |signer: &Signer<'_>| Ok((key_id(&signer.public), signer.sign_payload(role, scope, payload)?));
    let signatures = signers.iter().map(sign).collect::<Result<Vec<_>, String>>()?;
    Ok(enveloped(role, payload, &signatures))
}

fn enveloped(role: Role, payload: &[u8], signatures: &[([u8; 8], [u8; 64])]) -> Vec<u8> {
    let count = signatures.len() as u64;
    let out = Writer::default().tag(cose::TAG).array(4).bytes(&body_protected(role)).map(0);
    let out = out.bytes(payload).array(count);
    let add = |out: Writer, (kid, signature): &([u8; 8], [u8; 64])| {
        out.array(3).bytes(&signer_protected(kid)).map(0).bytes(signature)
    };
    signatures.iter().fold(out, add).finish()
}

fn body_protected(role: Role) -> Vec<u8> {
    Writer::default().map(1).uint(cose::TYP).text(&role.media_type()).finish()
}

fn signer_protected(kid: &[u8; 8]) -> Vec<u8> {
    Writer::default().map(2).uint(cose::ALG).nint(cose::ED25519).uint(cose::KID).bytes(kid).finish()
}

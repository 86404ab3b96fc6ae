//! Attacks on a signed repository, each with the reason that must come back.
//!
//! The documents are made twice: by the writing side, and by `wire`, which is written from the RFCs and knows nothing of it.

mod approvals;
mod attacks;
mod chain;
mod folder;
mod orders;
mod overlay;
mod repository;
mod script;
mod shapes;
mod signatures;
mod vectors;
mod wire;

use ed25519_dalek::SigningKey;
use selvedge::trust::sign::{self, RoleKeys, Signer, Stamp};
use selvedge::trust::{Expiry, Floor, Kind, Part, Refusal, Release, Role, Scope, Target, native};

const ISSUED: u64 = 1_795_000_000;
const NOW_MS: i64 = (ISSUED as i64 + 60) * 1_000;
const SCOPE: Scope<'static> = Scope { repository: "shop", environment: "production" };

/// A repository with thresholds: root and release 2 of 3, timestamp 1 of 1.
struct World {
    scope: Scope<'static>,
    root_keys: [SigningKey; 3],
    release_keys: [SigningKey; 3],
    timestamp_key: SigningKey,
}

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn public(key: &SigningKey) -> [u8; 32] {
    key.verifying_key().to_bytes()
}

fn stamp(version: u64) -> Stamp {
    Stamp { version, issued: ISSUED, expires: ISSUED + 172_800 }
}

fn payloads() -> Vec<(Kind, Vec<u8>)> {
    let chunk = |seed: u8| (0..300_u16).map(|at| seed.wrapping_mul(31).wrapping_add(at as u8)).collect();
    vec![(Kind::Program, chunk(1)), (Kind::Index, chunk(2)), (Kind::Chunk, chunk(3)), (Kind::Debug, chunk(4))]
}

fn targets() -> Vec<Target> {
    payloads().iter().map(|(kind, bytes)| sign::target(*kind, bytes)).collect()
}

impl World {
    fn new() -> Self {
        Self::of(SCOPE)
    }

    fn of(scope: Scope<'static>) -> Self {
        Self {
            scope,
            root_keys: [key(1), key(2), key(3)],
            release_keys: [key(4), key(5), key(6)],
            timestamp_key: key(7),
        }
    }

    fn roles(&self) -> Vec<RoleKeys> {
        vec![
            RoleKeys { role: Role::Root, threshold: 2, keys: self.root_keys.iter().map(public).collect() },
            RoleKeys { role: Role::Timestamp, threshold: 1, keys: vec![public(&self.timestamp_key)] },
            RoleKeys { role: Role::Release, threshold: 2, keys: self.release_keys.iter().map(public).collect() },
        ]
    }

    fn root_at(&self, stamp: Stamp) -> Vec<u8> {
        let signers: Vec<_> = self.root_keys[..2].iter().map(Signer::local).collect();
        sign::root(&self.scope, stamp, &self.roles(), &[], &signers).expect("signs")
    }

    fn root(&self) -> Vec<u8> {
        self.root_at(stamp(1))
    }

    fn release_at(&self, stamp: Stamp) -> Vec<u8> {
        let signers: Vec<_> = self.release_keys[..2].iter().map(Signer::local).collect();
        sign::release(&self.scope, stamp, &targets(), &signers).expect("signs")
    }

    fn release(&self) -> Vec<u8> {
        self.release_at(stamp(3))
    }

    fn timestamp_at(&self, stamp: Stamp, release_version: u64, release: &[u8]) -> Vec<u8> {
        sign::timestamp(&self.scope, stamp, (release_version, release), None, &[Signer::local(&self.timestamp_key)])
            .expect("signs")
    }

    /// A head around this release, vouched for by an honest timestamp.
    fn head_of(&self, release: &[u8]) -> Vec<u8> {
        sign::head(&self.timestamp_at(stamp(2), 3, release), release, None)
    }

    fn head(&self) -> Vec<u8> {
        self.head_of(&self.release())
    }
}

fn open_at(root: &[u8], head: &[u8], now_ms: i64) -> Result<Release, Refusal> {
    script::open(root, head, &SCOPE, now_ms, Floor::default(), Expiry::Refuse)
}

fn open(root: &[u8], head: &[u8]) -> Result<Release, Refusal> {
    open_at(root, head, NOW_MS)
}

fn refused(root: &[u8], head: &[u8]) -> Refusal {
    open(root, head).expect_err("must be refused")
}

/// Where a refusal is about a role's document.
fn document(role: Role) -> Part {
    Part::Document(role)
}

/// What about it is malformed.
fn malformed(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::Malformed { why, .. } => why,
        other => panic!("malformed was expected, not {other:?}"),
    }
}

#[test]
fn an_honest_repository_opens() {
    let world = World::new();
    let release = open(&world.root(), &world.head()).expect("opens");
    assert_eq!((release.repository(), release.environment(), release.version()), ("shop", "production", 3));
    assert_eq!(release.floor(), Floor { root: 1, timestamp: 2, release: 3, overlay: 0 });
    assert_eq!(release.targets(), targets());
    assert_eq!(release.digest(), &native::sha256(&world.release()));
    assert!(!release.stale(NOW_MS));
    for (index, (kind, bytes)) in payloads().into_iter().enumerate() {
        let verified = native::admit(&release, index, bytes.clone()).expect("admitted");
        assert_eq!((verified.kind(), verified.bytes(), verified.index()), (kind, &bytes[..], index));
        assert_eq!((verified.environment(), verified.release()), ("production", release.digest()));
    }
    let program = release.targets()[0].sha256;
    let hex: String = program.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(release.path(0), Some(format!("/v1/production/b/{hex}")));
    assert_eq!(release.path(4), None);
}

/// A second writer, from the RFCs alone, makes the same bytes; Ed25519 is deterministic, so signatures are the same too.
#[test]
fn an_independent_writer_makes_the_same_bytes() {
    let world = World::new();
    assert_eq!(wire::root(&world).encode(), world.root());
    assert_eq!(wire::release(&world).encode(), world.release());
    assert_eq!(wire::timestamp(&world, &world.release()).encode(), world.timestamp_at(stamp(2), 3, &world.release()));
    assert_eq!(wire::head(&world).encode(), world.head());
}

/// RFC 8949 §4.2.1: preferred lengths, definite lengths, keys in the bytewise order of their encodings, at every level that is
/// CBOR, embedded byte strings included.
#[test]
fn documents_are_deterministic_cbor() {
    let world = World::new();
    for document in [world.root(), world.release(), world.timestamp_at(stamp(2), 3, &world.release()), world.head()] {
        let value = wire::Value::decode(&document).expect("is CBOR");
        assert_eq!(value.encode(), document);
        value.assert_deterministic();
    }
}

//! An opened release, and the door through which its payloads come.
//!
//! Takes a payload's bytes and the host's hash of them; gives [`Verified`], the only thing that a bundle is read from. It
//! never looks into a payload.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::floor::Floor;
use super::open::{Answer, Job};
use super::refusal::Refusal;
use super::{Action, Class, Kind, Scope, layout};
use crate::words::sha256::sha256;

/// A payload that the release, or its overlay, names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// What it is.
    pub kind: Kind,
    /// How many bytes it has.
    pub length: u64,
    /// Its SHA-256, which is also its file name.
    pub sha256: [u8; 32],
}

/// Something that an overlay takes back from the release for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// What is ordered.
    pub action: Action,
    /// The experience to pause, or the experiment to stop.
    pub name: String,
    /// The first Unix millisecond at which it does not hold any more.
    pub until_ms: i64,
    /// Why, for people. Hosts that count every byte do not keep it.
    #[cfg(feature = "author")]
    pub reason: String,
}

/// The digest of what a release has of a class: of `[kind, length, SHA-256]` of each target, in their order. None if it has nothing.
pub(crate) fn digest_of(targets: &[Target], class: Class) -> Option<[u8; 32]> {
    let mut bytes = Vec::new();
    for target in targets.iter().filter(|target| target.kind.class() == Some(class)) {
        bytes.push(target.kind.number() as u8);
        bytes.extend_from_slice(&target.length.to_be_bytes());
        bytes.extend_from_slice(&target.sha256);
    }
    (!bytes.is_empty()).then(|| sha256(&bytes))
}

/// What a release says of each of its payloads.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Said {
    environment: String,
    expires_ms: i64,
    digest: [u8; 32],
    /// The digest of the program's manifest, where somebody must approve it.
    consent: Option<[u8; 32]>,
    orders: Arc<[Order]>,
}

/// A release whose signatures held. Only [`Opening::finish`](super::Opening::finish) makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    repository: String,
    floor: Floor,
    issued_ms: i64,
    targets: Vec<Target>,
    overlay: Option<Overlay>,
    said: Arc<Said>,
}

/// An overlay whose signatures held, beside the release that it takes something back from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overlay {
    /// Its version, which only grows.
    pub version: u64,
    /// When it was issued, in Unix milliseconds.
    pub issued_ms: i64,
    /// When it expires, in Unix milliseconds. It was not renewed in time, but its withdrawals still apply.
    pub expires_ms: i64,
    /// The SHA-256 of its document.
    pub digest: [u8; 32],
}

impl Overlay {
    /// True if its time is over.
    pub fn stale(&self, now_ms: i64) -> bool {
        now_ms >= self.expires_ms
    }
}

impl Release {
    #[expect(clippy::too_many_arguments, reason = "each is a part of what was opened")]
    pub(crate) fn new(
        scope: &Scope<'_>,
        floor: Floor,
        issued_ms: i64,
        expires_ms: i64,
        digest: [u8; 32],
        targets: Vec<Target>,
        consent: Option<[u8; 32]>,
        overlay: Option<Overlay>,
        orders: Vec<Order>,
    ) -> Self {
        let said = Said { environment: scope.environment.into(), expires_ms, digest, consent, orders: orders.into() };
        Self { repository: scope.repository.into(), floor, issued_ms, targets, overlay, said: Arc::new(said) }
    }

    /// The overlay beside the release, which takes something back from it.
    pub fn overlay(&self) -> Option<&Overlay> {
        self.overlay.as_ref()
    }

    /// What the overlay orders.
    pub fn orders(&self) -> &[Order] {
        &self.said.orders
    }

    /// The repository it was made for.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// The environment it was made for.
    pub fn environment(&self) -> &str {
        &self.said.environment
    }

    /// Its version.
    pub fn version(&self) -> u64 {
        self.floor.release
    }

    /// The versions below which nothing may be opened from now on.
    pub fn floor(&self) -> Floor {
        self.floor
    }

    /// When it was issued, in Unix milliseconds.
    pub fn issued_ms(&self) -> i64 {
        self.issued_ms
    }

    /// When the first of root, timestamp and release expires, in Unix milliseconds.
    pub fn expires_ms(&self) -> i64 {
        self.said.expires_ms
    }

    /// True if its time is over. The site chooses what happens then.
    pub fn stale(&self, now_ms: i64) -> bool {
        now_ms >= self.said.expires_ms
    }

    /// The SHA-256 of the release document: the name of this release in records.
    pub fn digest(&self) -> &[u8; 32] {
        &self.said.digest
    }

    /// Its payloads, in the release's order, and then those of its overlay.
    pub fn targets(&self) -> &[Target] {
        &self.targets
    }

    /// The numbers of the payloads of a kind, in their order. A trusted chunk is a chunk too.
    pub fn targets_of(&self, kind: Kind) -> impl Iterator<Item = usize> + '_ {
        let is = move |of: Kind| of == kind || (kind == Kind::Chunk && of == Kind::Trusted);
        self.targets.iter().enumerate().filter(move |(_, target)| is(target.kind)).map(|(index, _)| index)
    }

    /// The path of a payload.
    pub fn path(&self, index: usize) -> Option<String> {
        self.targets.get(index).map(|target| layout::target(&self.said.environment, target.kind, &target.sha256))
    }

    /// Takes the bytes of a payload, and holds them until their hash is known.
    ///
    /// # Errors
    /// Another length than the release says, found before anything is hashed.
    pub fn receive(&self, index: usize, bytes: Vec<u8>) -> Result<Received, Refusal> {
        let target = *self.targets.get(index).ok_or(Refusal::NoSuchTarget { index })?;
        let found = bytes.len() as u64;
        if found != target.length {
            return Err(Refusal::LengthMismatch { kind: target.kind, found, expected: target.length });
        }
        Ok(Received(Verified { target, index, bytes, said: self.said.clone() }))
    }
}

/// A payload whose hash is not known yet. It keeps its bytes, so that the hashed bytes are the admitted ones.
#[derive(Clone, Debug)]
pub struct Received(Verified);

impl Received {
    /// The job for the host.
    pub fn job(&self) -> Job<'_> {
        Job::Hash { bytes: &self.0.bytes }
    }

    /// Takes the answer.
    ///
    /// # Errors
    /// Another hash than the release says.
    pub fn admit(self, answer: &Answer) -> Result<Verified, Refusal> {
        match answer {
            Answer::Hash(found) if *found == self.0.target.sha256 => Ok(self.0),
            Answer::Hash(found) => {
                Err(Refusal::HashMismatch { kind: self.0.target.kind, found: *found, expected: self.0.target.sha256 })
            }
            Answer::Verified(_) => Err(Refusal::Unanswered),
        }
    }
}

/// A payload that a trusted release names. Only [`Received::admit`] makes one, and nothing else is ever decoded.
#[derive(Clone, Debug)]
#[must_use]
pub struct Verified {
    target: Target,
    index: usize,
    bytes: Vec<u8>,
    said: Arc<Said>,
}

/// A program and its index that the JavaScript of a page holds against a release, as [`Received::admit`] does: WebCrypto is there, and a page
/// downloads fewer bytes. `pkg-config/npm/trust.js` decides what this room decides.
#[cfg(all(feature = "browser", target_arch = "wasm32"))]
pub(crate) fn vouched(
    program: Vec<u8>,
    index: Vec<u8>,
    digest: [u8; 32],
    consent: Option<[u8; 32]>,
    orders: Vec<Order>,
) -> (Verified, Verified) {
    let said = Arc::new(Said { environment: String::new(), expires_ms: 0, digest, consent, orders: orders.into() });
    let of = |kind, bytes: Vec<u8>, said| {
        let target = Target { kind, length: bytes.len() as u64, sha256: digest };
        Verified { target, index: 0, bytes, said }
    };
    (of(Kind::Program, program, said.clone()), of(Kind::Index, index, said))
}

impl Verified {
    /// The digest that the manifest of a program must have, where somebody must approve it.
    pub(crate) fn consent(&self) -> Option<[u8; 32]> {
        self.said.consent
    }

    /// What the overlay beside its release orders.
    pub(crate) fn orders(&self) -> Arc<[Order]> {
        self.said.orders.clone()
    }

    /// What it is.
    pub fn kind(&self) -> Kind {
        self.target.kind
    }

    /// Its number among the release's targets.
    pub fn index(&self) -> usize {
        self.index
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its bytes, for keeping.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Its SHA-256.
    pub fn digest(&self) -> &[u8; 32] {
        &self.target.sha256
    }

    /// The SHA-256 of the release that names it.
    pub fn release(&self) -> &[u8; 32] {
        &self.said.digest
    }

    /// The environment it was made for.
    pub fn environment(&self) -> &str {
        &self.said.environment
    }

    /// True if the time of its release is over.
    pub fn stale(&self, now_ms: i64) -> bool {
        now_ms >= self.said.expires_ms
    }
}

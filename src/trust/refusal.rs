//! Why something is not trusted, as plain data.
//!
//! Takes nothing, gives one variant for each reason, and a short code for hosts that count every byte. Native hosts print
//! the whole sentence, from `sentence`. It never holds untrusted text but the names of a scope, cut to what a name may be.

use alloc::boxed::Box;
use alloc::string::String;

use super::{Class, Kind, Role};

/// What was being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The file `head` itself, around its documents.
    Head,
    /// The signed document of a role.
    Document(Role),
    /// A payload of the release.
    Target(Kind),
    /// A signed statement beside a log.
    Statement,
}

/// Why something is refused.
///
/// A `part` is what was being read, a `role` whose document it is, a `kid` the id of a key, and `at_ms` Unix milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are called by what they hold")]
pub enum Refusal {
    /// Repository or environment have a name that cannot be bound.
    BadScope,
    /// There is nothing: an empty file, or a head without this document.
    Missing { part: Part },
    /// More bytes than the cap; nothing was parsed.
    TooLarge { part: Part, bytes: u64, max: u64 },
    /// It ends in the middle.
    Truncated { part: Part },
    /// It is not the deterministic CBOR that was expected.
    Malformed { part: Part, why: &'static str },
    /// More entries than the cap: `what` they are, and how many there may be.
    TooMany { part: Part, what: &'static str, max: usize },
    /// The document carries no signature at all.
    Unsigned { role: Role },
    /// A document of another role, or of no role that we know, stands in this one's place.
    WrongType { expected: Role, found: Option<Role> },
    /// A signature by a key that may not sign for this role.
    UnknownKey { role: Role, kid: [u8; 8] },
    /// The root lists a key twice, under one id or two, or for two roles; this is the id that came second.
    DuplicateKey { kid: [u8; 8] },
    /// One key signed twice: it would count twice.
    DuplicateSignature { role: Role, kid: [u8; 8] },
    /// A point of small order: almost any signature would verify with it.
    SmallOrderKey { kid: [u8; 8] },
    /// A coordinate that is not reduced: verifiers do not agree on such keys.
    NonCanonicalKey { kid: [u8; 8] },
    /// A signature does not verify.
    BadSignature { role: Role, kid: [u8; 8] },
    /// Fewer valid signatures than the root asks for.
    ThresholdNotMet { role: Role, have: usize, need: u64 },
    /// It was made for the repository that was found, and so for another one.
    WrongRepository { role: Role, found: String },
    /// It was made for the environment that was found, and so for another one.
    WrongEnvironment { role: Role, found: String },
    /// Its time is over since then.
    Expired { role: Role, at_ms: i64 },
    /// It was issued then, further in the future than clocks differ.
    NotYetIssued { role: Role, at_ms: i64 },
    /// A newer version was seen before; the floor is the oldest that is acceptable.
    Rollback { role: Role, version: u64, floor: u64 },
    /// The timestamp vouches for another document than the one in the head; `what` is where they differ.
    SnapshotMismatch { role: Role, what: &'static str },
    /// A payload does not have the length in bytes that the release gives.
    LengthMismatch { kind: Kind, found: u64, expected: u64 },
    /// A payload does not have the SHA-256 that the release gives.
    HashMismatch { kind: Kind, found: [u8; 32], expected: [u8; 32] },
    /// The document asks for a newer engine: the level that it needs.
    EngineTooOld { role: Role, needs: u64 },
    /// The document has a schema that this reader does not know.
    SchemaUnknown { role: Role, schema: u64 },
    /// The release has another content of this class than the approved one.
    NotApproved { class: Class },
    /// A document that this engine does not read, and must not ignore.
    Unsupported { role: Role },
    /// More roots follow the pinned one, which has this version, than a host looks at.
    TooManyRoots { pinned: u64 },
    /// There is no target with this number in the release.
    NoSuchTarget { index: usize },
    /// The host did not answer every job, each with its own kind of answer.
    Unanswered,
    /// A statement that this key did not sign, or not as it is.
    BadStatement { kid: [u8; 8] },
}

/// Refuses, unless this holds.
#[inline(always)]
pub(crate) fn check(holds: bool, refusal: impl FnOnce() -> Refusal) -> Result<(), Refused> {
    if holds { Ok(()) } else { Err(refusal().refused()) }
}

pub(crate) fn check_size(part: Part, bytes: u64, max: u64) -> Result<(), Refused> {
    check(bytes <= max, || Refusal::TooLarge { part, bytes, max })
}

pub(crate) fn check_count(part: Part, what: &'static str, count: u64, max: usize) -> Result<(), Refused> {
    check(count <= max as u64, || Refusal::TooMany { part, what, max })
}

/// A refusal on its way up. A pointer, so that the result of every step of reading is not as large as the largest reason.
pub(crate) type Refused = Box<Refusal>;

impl Part {
    /// Its name in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Head => "head",
            Self::Document(role) => role.name(),
            Self::Target(kind) => kind.name(),
            Self::Statement => "statement",
        }
    }
}

impl Refusal {
    /// The refused part and the code of the reason, as in `release: bad-signature`. A Worker's log and a page's error say no
    /// more. `selvedge verify` says the rest, of the same files.
    pub fn brief(&self) -> String {
        let (part, code) = self.code();
        [part.name(), ": ", code].concat()
    }

    /// The refused part, and the stable code of the reason. README of the npm package lists them.
    fn code(&self) -> (Part, &'static str) {
        let document = Part::Document;
        match *self {
            Self::BadScope => (document(Role::Root), "bad-scope"),
            Self::Missing { part } => (part, "missing"),
            Self::TooLarge { part, .. } => (part, "too-large"),
            Self::Truncated { part } => (part, "truncated"),
            Self::Malformed { part, .. } => (part, "malformed"),
            Self::TooMany { part, .. } => (part, "too-many"),
            Self::Unsigned { role } => (document(role), "unsigned"),
            Self::WrongType { expected, .. } => (document(expected), "wrong-type"),
            Self::UnknownKey { role, .. } => (document(role), "unknown-key"),
            Self::DuplicateKey { .. } => (document(Role::Root), "duplicate-key"),
            Self::DuplicateSignature { role, .. } => (document(role), "duplicate-signature"),
            Self::SmallOrderKey { .. } | Self::NonCanonicalKey { .. } => (document(Role::Root), "weak-key"),
            Self::BadSignature { role, .. } => (document(role), "bad-signature"),
            Self::ThresholdNotMet { role, .. } => (document(role), "threshold-not-met"),
            Self::WrongRepository { role, .. } => (document(role), "wrong-repository"),
            Self::WrongEnvironment { role, .. } => (document(role), "wrong-environment"),
            Self::Expired { role, .. } => (document(role), "expired"),
            Self::NotYetIssued { role, .. } => (document(role), "not-yet-issued"),
            Self::Rollback { role, .. } => (document(role), "rollback"),
            Self::SnapshotMismatch { role, .. } => (document(role), "snapshot-mismatch"),
            Self::LengthMismatch { kind, .. } => (Part::Target(kind), "length-mismatch"),
            Self::HashMismatch { kind, .. } => (Part::Target(kind), "hash-mismatch"),
            Self::EngineTooOld { role, .. } => (document(role), "engine-too-old"),
            Self::SchemaUnknown { role, .. } => (document(role), "schema-unknown"),
            Self::NotApproved { .. } => (document(Role::Release), "not-approved"),
            Self::Unsupported { role } => (document(role), "unsupported"),
            Self::TooManyRoots { .. } => (document(Role::Root), "too-many"),
            Self::NoSuchTarget { .. } => (document(Role::Release), "no-such-target"),
            Self::Unanswered => (Part::Head, "unanswered"),
            Self::BadStatement { .. } => (Part::Statement, "bad-signature"),
        }
    }

    /// Out of line, so that the steps of reading stay short. A refusal may take its time.
    #[cold]
    #[inline(never)]
    pub(crate) fn refused(self) -> Refused {
        Box::new(self)
    }
}

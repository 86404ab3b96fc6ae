//! Why something is not trusted, as plain data.
//!
//! Takes nothing; gives one variant for each reason, and a sentence that says what and why. It never holds untrusted text
//! but the names of a scope, cut to what a name may be.

use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;

use super::{Kind, Role, layout};
use crate::time;

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Repository or environment have a name that cannot be bound.
    BadScope,
    /// There is nothing: an empty file, or a head without this document.
    Missing {
        /// What is missing.
        part: Part,
    },
    /// More bytes than the cap; nothing was parsed.
    TooLarge {
        /// What is too large.
        part: Part,
        /// How many bytes it has.
        bytes: u64,
        /// How many it may have.
        max: u64,
    },
    /// It ends in the middle.
    Truncated {
        /// What ends.
        part: Part,
    },
    /// It is not the deterministic CBOR that was expected.
    Malformed {
        /// What is malformed.
        part: Part,
        /// What about it.
        why: &'static str,
    },
    /// More entries than the cap.
    TooMany {
        /// Where.
        part: Part,
        /// Entries of what.
        what: &'static str,
        /// How many there may be.
        max: usize,
    },
    /// The document carries no signature at all.
    Unsigned {
        /// Whose document.
        role: Role,
    },
    /// A document of another role, or of no role that we know, stands in this one's place.
    WrongType {
        /// The role that was expected.
        expected: Role,
        /// The role that was found.
        found: Option<Role>,
    },
    /// A signature by a key that may not sign for this role.
    UnknownKey {
        /// Whose document.
        role: Role,
        /// The id of the key.
        kid: [u8; 8],
    },
    /// The root lists a key twice, under one id or two.
    DuplicateKey {
        /// The id that came second.
        kid: [u8; 8],
    },
    /// One key signed twice: it would count twice.
    DuplicateSignature {
        /// Whose document.
        role: Role,
        /// The id of the key.
        kid: [u8; 8],
    },
    /// A point of small order: almost any signature would verify with it.
    SmallOrderKey {
        /// The id of the key.
        kid: [u8; 8],
    },
    /// A coordinate that is not reduced: verifiers do not agree on such keys.
    NonCanonicalKey {
        /// The id of the key.
        kid: [u8; 8],
    },
    /// A signature does not verify.
    BadSignature {
        /// Whose document.
        role: Role,
        /// The id of the key.
        kid: [u8; 8],
    },
    /// Fewer valid signatures than the root asks for.
    ThresholdNotMet {
        /// Whose document.
        role: Role,
        /// How many signatures count.
        have: usize,
        /// How many must.
        need: u64,
    },
    /// It was made for another repository.
    WrongRepository {
        /// Whose document.
        role: Role,
        /// The repository it names.
        found: String,
    },
    /// It was made for another environment.
    WrongEnvironment {
        /// Whose document.
        role: Role,
        /// The environment it names.
        found: String,
    },
    /// Its time is over.
    Expired {
        /// Whose document.
        role: Role,
        /// Since when, in Unix milliseconds.
        at_ms: i64,
    },
    /// It was issued further in the future than clocks differ.
    NotYetIssued {
        /// Whose document.
        role: Role,
        /// When, in Unix milliseconds.
        at_ms: i64,
    },
    /// A newer version was seen before.
    Rollback {
        /// Whose document.
        role: Role,
        /// Its version.
        version: u64,
        /// The oldest version that is acceptable.
        floor: u64,
    },
    /// The timestamp vouches for another document than the one in the head.
    SnapshotMismatch {
        /// Whose document.
        role: Role,
        /// What differs.
        what: &'static str,
    },
    /// A payload does not have the length that the release gives.
    LengthMismatch {
        /// Which payload.
        kind: Kind,
        /// How many bytes it has.
        found: u64,
        /// How many the release says.
        expected: u64,
    },
    /// A payload does not have the SHA-256 that the release gives.
    HashMismatch {
        /// Which payload.
        kind: Kind,
        /// The hash it has.
        found: [u8; 32],
        /// The hash that the release says.
        expected: [u8; 32],
    },
    /// The document asks for a newer engine.
    EngineTooOld {
        /// Whose document.
        role: Role,
        /// The level it needs.
        needs: u64,
    },
    /// The document has a shape that this reader does not know.
    SchemaUnknown {
        /// Whose document.
        role: Role,
        /// Its schema.
        schema: u64,
    },
    /// A document that this engine does not read, and must not ignore.
    Unsupported {
        /// Whose document.
        role: Role,
    },
    /// There is no target with this number in the release.
    NoSuchTarget {
        /// The number.
        index: usize,
    },
    /// The host did not answer every job, each with its own kind of answer.
    Unanswered,
    /// A statement that this key did not sign, or not as it is.
    BadStatement {
        /// The id of the key.
        kid: [u8; 8],
    },
}

/// A refusal on its way up. A pointer: what is returned from every step of reading should not be as large as the largest reason.
pub(crate) type Refused = Box<Refusal>;

impl Refusal {
    /// Out of line: the steps of reading stay short, and what is refused may take its time.
    #[cold]
    #[inline(never)]
    pub(crate) fn refused(self) -> Refused {
        Box::new(self)
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Head => f.write_str("head"),
            Self::Document(role) => write!(f, "{role}"),
            Self::Target(kind) => write!(f, "{kind}"),
            Self::Statement => f.write_str("statement"),
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = |kid: &[u8; 8]| layout::hex(kid);
        match self {
            Self::BadScope => f.write_str(
                "the names of repository and environment must be 1 to 64 letters, digits, `.`, `_` or `-`, not starting with a dot",
            ),
            Self::Missing { part } => write!(f, "{part}: there is nothing to read"),
            Self::TooLarge { part, bytes, max } => {
                write!(f, "{part}: {bytes} bytes, and {max} is the most that is read; nothing was parsed")
            }
            Self::Truncated { part } => write!(f, "{part}: it ends in the middle; the file is not complete"),
            Self::Malformed { part, why } => write!(f, "{part}: not a well-formed document: {why}"),
            Self::TooMany { part, what, max } => write!(f, "{part}: more than {max} {what}"),
            Self::Unsigned { role } => write!(f, "{role}: there is no signature; it was stripped or never made"),
            Self::WrongType { expected, found: Some(found) } => {
                write!(f, "{expected}: a `{found}` document stands in its place")
            }
            Self::WrongType { expected, found: None } => write!(f, "{expected}: a document of an unknown type stands in its place"),
            Self::UnknownKey { role, kid } => write!(f, "{role}: signed by key {}, which the root does not name for it", key(kid)),
            Self::DuplicateKey { kid } => write!(f, "root: key {} is listed twice, so one holder would count as two", key(kid)),
            Self::DuplicateSignature { role, kid } => write!(f, "{role}: key {} signed twice, and counts once", key(kid)),
            Self::SmallOrderKey { kid } => {
                write!(f, "root: key {} is a point of small order, with which forged signatures verify", key(kid))
            }
            Self::NonCanonicalKey { kid } => {
                write!(f, "root: key {} is not in canonical form, and verifiers do not agree on such keys", key(kid))
            }
            Self::BadSignature { role, kid } => {
                write!(f, "{role}: the signature by key {} does not verify; the document was altered or signed by another key", key(kid))
            }
            Self::ThresholdNotMet { role, have, need } => write!(f, "{role}: {have} valid signatures, and the root asks for {need}"),
            Self::WrongRepository { role, found } => write!(f, "{role}: made for repository `{found}`, not for this one"),
            Self::WrongEnvironment { role, found } => write!(f, "{role}: made for environment `{found}`, not for this one"),
            Self::Expired { role, at_ms } => write!(f, "{role}: expired on {}", time::format_rfc3339(*at_ms)),
            Self::NotYetIssued { role, at_ms } => {
                write!(f, "{role}: issued on {}, more than a day ahead of this clock", time::format_rfc3339(*at_ms))
            }
            Self::Rollback { role, version, floor } => write!(f, "{role}: version {version} is older than {floor}, which was seen before"),
            Self::SnapshotMismatch { role, what } => write!(f, "{role}: its {what} is not what the timestamp vouches for"),
            Self::LengthMismatch { kind, found, expected } => write!(f, "{kind}: {found} bytes, and the release says {expected}"),
            Self::HashMismatch { kind, found, expected } => {
                write!(f, "{kind}: its SHA-256 is {}, and the release says {}", layout::hex(found), layout::hex(expected))
            }
            Self::EngineTooOld { role, needs } => {
                write!(f, "{role}: needs an engine of level {needs}, and this one has level {}; update it", super::ENGINE)
            }
            Self::SchemaUnknown { role, schema } => write!(f, "{role}: has schema {schema}, and this reader knows {}", super::SCHEMA),
            Self::Unsupported { role } => write!(f, "{role}: this engine does not read such a document and must not ignore it; update it"),
            Self::NoSuchTarget { index } => write!(f, "release: it has no target number {index}"),
            Self::Unanswered => f.write_str("the host left a job without its answer"),
            Self::BadStatement { kid } => {
                write!(f, "statement: key {} did not sign it as it is; it was altered or signed by another key", key(kid))
            }
        }
    }
}

impl core::error::Error for Refusal {}

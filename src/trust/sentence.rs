//! The sentence of a refusal, for people.
//!
//! Takes a refusal, gives the sentence that says what and why. Only native hosts have it: the sentences and their formatting
//! would be a tenth of the browser's engine.

use core::fmt;

use super::Role;
use super::refusal::{Part, Refusal};
use crate::words::{hex, time};

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = |kid: &[u8; 8]| hex(kid);
        match self {
            Self::BadScope => f.write_str(
                "the names of repository and environment must be 1 to 64 letters, digits, `.`, `_` or `-`, not starting with a dot",
            ),
            Self::Missing { part } => write!(f, "{part}: there is nothing to read"),
            Self::TooLarge { part, bytes, max } => {
                write!(f, "{part}: {bytes} bytes, more than the limit of {max}; nothing was parsed")
            }
            Self::Truncated { part } => write!(f, "{part}: the file is not complete"),
            Self::Malformed { part, why } => write!(f, "{part}: not a well-formed document: {why}"),
            Self::TooMany { part, what, max } => write!(f, "{part}: more than {max} {what}"),
            Self::Unsigned { role } => write!(f, "{role}: there is no signature; it was removed or never made"),
            Self::WrongType { expected, found: Some(found) } => {
                write!(f, "{expected}: this is a `{found}` document")
            }
            Self::WrongType { expected, found: None } => write!(f, "{expected}: this is a document of an unknown type"),
            Self::UnknownKey { role, kid } => write!(f, "{role}: signed by key {}, which the root does not list for this role", key(kid)),
            Self::DuplicateKey { kid } => write!(f, "root: key {} is listed twice, or for two roles, so one signer would count as two", key(kid)),
            Self::DuplicateSignature { role, kid } => write!(f, "{role}: key {} signed twice, but only counts once", key(kid)),
            Self::SmallOrderKey { kid } => {
                write!(f, "root: key {} is a point of small order, so forged signatures would verify", key(kid))
            }
            Self::NonCanonicalKey { kid } => {
                write!(f, "root: key {} is not in canonical form, so verifiers would disagree about it", key(kid))
            }
            Self::BadSignature { role, kid } => {
                write!(f, "{role}: the signature by key {} does not verify; the document was altered or signed by another key", key(kid))
            }
            Self::ThresholdNotMet { role, have: 0, need: 1 } => write!(f, "{role}: the signature of this role is missing"),
            Self::ThresholdNotMet { role, have, need } => write!(f, "{role}: {have} valid signatures, but the root requires {need}"),
            Self::WrongRepository { role, found } => write!(f, "{role}: made for repository `{found}`, not for this one"),
            Self::WrongEnvironment { role, found } => write!(f, "{role}: made for environment `{found}`, not for this one"),
            Self::Expired { role, at_ms } => write!(f, "{role}: expired on {}", time::format_rfc3339(*at_ms)),
            Self::NotYetIssued { role, at_ms } => {
                write!(f, "{role}: issued on {}, more than a day ahead of this clock", time::format_rfc3339(*at_ms))
            }
            Self::Rollback { role: Role::Overlay, version: 0, floor } => {
                write!(f, "overlay: it is missing, but version {floor} was seen before; its withdrawals would no longer apply")
            }
            Self::Rollback { role, version, floor } => write!(f, "{role}: version {version} is older than {floor}, which was seen before"),
            Self::SnapshotMismatch { role, what } => write!(f, "{role}: its {what} is not the one in the timestamp"),
            Self::LengthMismatch { kind, found, expected } => write!(f, "{kind}: {found} bytes, but the release says {expected}"),
            Self::HashMismatch { kind, found, expected } => {
                write!(f, "{kind}: its SHA-256 is {}, but the release says {}", hex(found), hex(expected))
            }
            Self::EngineTooOld { role, needs } => {
                write!(f, "{role}: needs an engine of level {needs}, but this one has level {}; update it", super::ENGINE)
            }
            Self::SchemaUnknown { role, schema } => write!(f, "{role}: has schema {schema}, but this reader knows {}", super::SCHEMA),
            Self::NotApproved { class } => {
                write!(f, "release: its {class} is not the one that was approved; the roles that the root names for it must sign it")
            }
            Self::Unsupported { role } => write!(f, "{role}: this engine cannot read this document and must not ignore it; update the engine"),
            Self::TooManyRoots { pinned } => {
                write!(f, "root: more than {} roots follow root {pinned}; deploy with a newer one", super::ROOT_STEPS_MAX)
            }
            Self::NoSuchTarget { index } => write!(f, "release: it has no target number {index}"),
            Self::Unanswered => f.write_str("the host left a job without its answer"),
            Self::BadStatement { kid } => {
                write!(f, "statement: the signature by key {} does not verify; it was altered or signed by another key", key(kid))
            }
        }
    }
}

impl core::error::Error for Refusal {}

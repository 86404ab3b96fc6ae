//! What a refusal says to people.
//!
//! Takes a refusal, gives the sentence that says what and why. It is told natively only: the sentences and what formats them would be a
//! tenth of the browser's engine.

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
            Self::Rollback { role: Role::Overlay, version: 0, floor } => {
                write!(f, "overlay: there is none, and version {floor} was seen before; what it takes back would be given back")
            }
            Self::Rollback { role, version, floor } => write!(f, "{role}: version {version} is older than {floor}, which was seen before"),
            Self::SnapshotMismatch { role, what } => write!(f, "{role}: its {what} is not what the timestamp vouches for"),
            Self::LengthMismatch { kind, found, expected } => write!(f, "{kind}: {found} bytes, and the release says {expected}"),
            Self::HashMismatch { kind, found, expected } => {
                write!(f, "{kind}: its SHA-256 is {}, and the release says {}", hex(found), hex(expected))
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

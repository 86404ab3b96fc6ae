//! Signatures, roles, expiry, rollback: what stands between a file from the network and the engine.
//!
//! Takes the bytes of a root, a head and the payloads, with the time and the last versions seen; gives [`Verified`], which
//! nothing else can make. It never does I/O, asks a clock or computes cryptography: it emits [`Job`]s, and the host answers.
//!
//! The semantics are those of The Update Framework. The wire is COSE_Sign (RFC 9052, tag 98) over deterministic CBOR
//! (RFC 8949 §4.2.1), signed with Ed25519 (RFC 9864, algorithm -19). Every signed payload is one map:
//!
//! ```text
//! 98([<<{16: "application/selvedge-ROLE+cose"}>>, {}, payload, [[<<{1: -19, 4: kid}>>, {}, signature], …]])
//! external_aad  "pouf/1|REPOSITORY|ENVIRONMENT"          kid: 8 bytes, opaque, unique in the root
//!
//! {1: version, 2: expires, 3: role data, 4: issued, 5: schema, 6: min_engine}          times in Unix seconds
//! role data of every role  {1: repository, 2: environment, …}
//!   root                   {…, 3: {kid: Ed25519 public key}, 4: {role: [threshold, [kid, …]]}, 5: {class: [role, …]}}
//!   timestamp              {…, 3: {role: [version, length, SHA-256]}}                  of the role's whole document
//!   release, data, overlay {…, 3: [[kind, length, SHA-256], …]}
//!   overlay                {…, 4: [[action, name, end | 0, reason], …]}                 only with orders
//! role  1 root, 2 timestamp, 3 release, 4 data, 5 overlay, 6 privacy, 7 legal, 8 engineering, 9 finance, 10 decisioning, 11 content
//! kind  1 program, 2 index, 3 chunk, 4 debug, 5 notice, 7 trusted, 9 journeys: of a release      6 revocations: of an overlay      8 data: of data
//! class 1 consent, 2 rules, 3 content, 4 trusted
//! head  [timestamp, release, data | null, overlay | null, [approval, …]]      the last only with approvals
//! ```
//!
//! Each document of a head is a byte string that holds a COSE_Sign document. So is an approval: its payload is
//! `[class, SHA-256]`, and it is signed by the roles that the root names for the class. The digest of a class is over the
//! targets of the class, and that of `consent` is over the manifest inside the program. So an approval stays good for every
//! release in which its class is the same, and a host that never saw an earlier release can judge this one. A head of four
//! parts, a root without classes and an overlay without orders are read as before.
//!
//! An overlay takes something back from the release beside it: the consent of people who withdrew it elsewhere, experiences
//! that are paused, experiments that are stopped. So
//! every head whose timestamp lists an overlay must have it. An overlay of an unknown kind is refused and not skipped. A
//! host that has seen an overlay accepts no head without one. For the same reason an expired overlay is kept and reported as
//! stale: its withdrawals do not end by waiting. Browsers check an overlay as every host does, but they never fetch its
//! list. Without the key of its digests the list is useless, and browsers must not have that key.
//!
//! Data is what machines found out: facts of feeds that are about no person. It has a version and a signer of its own, and a release
//! never changes because of it. It is checked as an overlay is: one that is listed must be there, an older one is refused, and one that
//! expired is kept. Its facts count as stale then.
//!
//! `pkg-config/npm/trust.js` decides the same in pages: a change here is a change there. `cargo xtask trust` compares them.
//!
//! Repository and environment are bound twice. The signature covers them (`external_aad`), and the payload repeats them. So
//! a refusal can tell a document of another environment from a forged one.

mod approval;
pub(crate) mod cbor;
mod chain;
mod cose;
mod document;
mod floor;
mod open;
pub(crate) mod refusal;
mod release;
mod root;

pub mod layout;
#[cfg(feature = "author")]
pub mod native;
#[cfg(feature = "author")]
mod sentence;
#[cfg(feature = "author")]
pub mod sign;
#[cfg(feature = "author")]
pub mod statement;

pub use chain::{Following, check_steps};
pub use floor::Floor;
pub use open::{Answer, Expiry, Job, Opening};
pub use refusal::{Part, Refusal};
#[cfg(all(feature = "browser", target_arch = "wasm32"))]
pub(crate) use release::vouched;
pub use release::{Beside, Order, Received, Release, Target, Verified};
pub use root::{Checking, Root, claimed_scope};

use alloc::string::String;

pub use crate::words::Action;
use crate::words::{self, time, vocabulary};

/// The level of this engine: a document whose `min_engine` is higher is refused.
pub const ENGINE: u64 = 3;
/// The level that trusted content, a root with classes, orders and data need.
#[cfg(feature = "author")]
pub(crate) const ENGINE_APPROVED: u64 = 2;
/// The level that a root without classes, a release and an overlay without orders need.
#[cfg(feature = "author")]
pub(crate) const ENGINE_PLAIN: u64 = 1;
/// The shape of the role data that this reader knows.
pub const SCHEMA: u64 = 1;

/// A head of three signed documents with 2-of-3 keys has about 900 bytes; what is left is for chunks of content.
pub const HEAD_BYTES_MAX: usize = 16 * 1024;
/// A root with 32 keys has about 2 KB.
pub const ROOT_BYTES_MAX: usize = 16 * 1024;
/// Signatures on one document: each costs a host call.
pub const SIGNATURES_MAX: usize = 16;
/// Keys in a root.
pub const KEYS_MAX: usize = 32;
/// Orders of an overlay: somebody pauses experiences one by one.
pub const ORDERS_MAX: usize = 64;
/// Targets of a release.
pub const TARGETS_MAX: usize = 256;
/// The debug file stays with its authors; it holds every sentence of the source.
pub const DEBUG_BYTES_MAX: usize = 64 * 1024 * 1024;
/// The notice for visitors, fetched on demand: a few words for each slot, attribute and experiment of the largest site.
pub const NOTICE_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Steps from the root that a host pins to the newest: 32 changes of keys. Each costs a host a request and a few signatures.
pub const ROOT_STEPS_MAX: u64 = 32;
/// How far ahead of the host's clock a document may be issued. Visitors' clocks are wrong by minutes and, with a wrong zone, by
/// hours; with more than a day a 48-hour timestamp would prove nothing.
pub const ISSUED_AHEAD_MAX_MS: i64 = time::DAY;

/// Which repository and environment a document must be made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope<'a> {
    /// The site's name.
    pub repository: &'a str,
    /// The environment's name, which is also a folder of the layout.
    pub environment: &'a str,
}

impl Scope<'_> {
    /// True if both names can be bound: 1 to 64 ASCII letters, digits, `.`, `_` or `-`, not starting with a dot. A `|` would
    /// make the bound text ambiguous, and a `/` or `..` would leave the folder.
    pub fn is_valid(&self) -> bool {
        [self.repository, self.environment].into_iter().all(|name| {
            (1..=64).contains(&name.len())
                && !name.starts_with('.')
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
        })
    }

    /// The bytes that every signature covers beside the payload.
    pub(crate) fn external_aad(&self) -> String {
        ["pouf/1|", self.repository, "|", self.environment].concat()
    }
}

vocabulary! {
    /// Who speaks. Its number on the wire is its position, from 1.
    Role {
        /// Names the keys of every role; offline.
        Root = "root",
        /// Says which versions are current; online and short-lived.
        Timestamp = "timestamp",
        /// Approved by people: rules and content.
        Release = "release",
        /// What machines learned.
        Data = "data",
        /// Pause, stop, revocation.
        Overlay = "overlay",
        /// Approves what consent depends on.
        Privacy = "privacy",
        /// Approves lawfulness.
        Legal = "legal",
        /// Approves code.
        Engineering = "engineering",
        /// Approves what costs money.
        Finance = "finance",
        /// Approves who sees what.
        Decisioning = "decisioning",
        /// Approves content.
        Content = "content",
        /// The type of the documents by which roles approve. No key has this role.
        Approval = "approval",
    }
}

vocabulary! {
    /// What somebody may have to approve. Its number on the wire is its position, from 1.
    Class {
        /// The law of each region, the catalogue of data with its purposes, events, locales and markets.
        Consent = "consent",
        /// Who sees what, and what visitors are told about it.
        Rules = "rules",
        /// What is shown.
        Content = "content",
        /// Content whose markup may run code.
        Trusted = "trusted",
    }
}

vocabulary! {
    /// What a target is. Its number on the wire is its position, from 1.
    Kind {
        /// The compiled rules.
        Program = "program",
        /// The list of content, and the chunk of each item.
        Index = "index",
        /// A piece of the content.
        Chunk = "chunk",
        /// Names and sentences for explanations; never published.
        Debug = "debug",
        /// The notice for visitors about purposes and data, for the hosts' well-known paths.
        Notice = "notice",
        /// The withdrawals on other devices: a [list](crate::consent::revocation) that only denies.
        Revocations = "revocations",
        /// A piece of the content whose markup may run code. It counts among the chunks, after the others.
        Trusted = "trusted",
        /// [Facts of feeds](crate::bundle::data), and room for what was learned.
        Data = "data",
        /// [Journeys](crate::bundle::journeys), and the earlier releases that they may end with.
        Journeys = "journeys",
    }
}

impl Role {
    /// Its number on the wire.
    pub const fn number(self) -> u64 {
        self as u64 + 1
    }

    /// The COSE `typ` of its documents (RFC 9596): a document of one role can never stand for another.
    #[cfg(feature = "author")]
    pub(crate) fn media_type(self) -> String {
        [MEDIA_TYPE[0], self.name(), MEDIA_TYPE[1]].concat()
    }

    pub(crate) fn from_media_type(text: &str) -> Option<Self> {
        Self::from_name(text.strip_prefix(MEDIA_TYPE[0])?.strip_suffix(MEDIA_TYPE[1])?)
    }
}

/// The texts before and behind the name of a role in the type of its documents.
const MEDIA_TYPE: [&str; 2] = ["application/selvedge-", "+cose"];

impl Class {
    /// Its number on the wire.
    pub const fn number(self) -> u64 {
        self as u64 + 1
    }
}

impl Kind {
    /// Its number on the wire.
    pub const fn number(self) -> u64 {
        self as u64 + 1
    }

    /// The most bytes a target of this kind may have.
    pub const fn bytes_max(self) -> u64 {
        let max = match self {
            Self::Program => words::PROGRAM_BYTES_MAX,
            Self::Index => words::INDEX_BYTES_MAX,
            Self::Chunk | Self::Trusted => words::CHUNK_BYTES_MAX,
            Self::Debug => DEBUG_BYTES_MAX,
            Self::Notice => NOTICE_BYTES_MAX,
            Self::Revocations => words::REVOCATIONS_BYTES_MAX,
            Self::Data => words::DATA_BYTES_MAX,
            Self::Journeys => words::JOURNEYS_BYTES_MAX,
        };
        max as u64
    }

    /// Whose documents name such targets.
    pub const fn role(self) -> Role {
        match self {
            Self::Revocations => Role::Overlay,
            Self::Data => Role::Data,
            _ => Role::Release,
        }
    }

    /// The class of such a target; none for files that change nothing on a host.
    pub const fn class(self) -> Option<Class> {
        match self {
            Self::Program | Self::Notice => Some(Class::Rules),
            Self::Index | Self::Chunk => Some(Class::Content),
            Self::Trusted => Some(Class::Trusted),
            // It brings back nothing that was not approved, as it holds whole heads.
            Self::Debug | Self::Revocations | Self::Data | Self::Journeys => None,
        }
    }
}

//! Opening a head: from bytes to a [`Release`], in one round of jobs.
//!
//! Takes root, head, scope, time and the last versions seen; emits [`Job`]s; with their answers gives a [`Release`] or the
//! reason why not. It never reads a payload of timestamp or release before its signatures hold.

use alloc::vec::Vec;

use super::cbor::Reader;
use super::cose::Envelope;
use super::document::{self, Header, Pinned};
use super::refusal::{Part, Refusal, Refused};
use super::release::Release;
use super::root::{Checking, Root, Signatures};
use super::{HEAD_BYTES_MAX, ISSUED_AHEAD_MAX_MS, Role, Scope};

/// One computation that the host does for the core: with WebCrypto, or with `trust::native`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Job<'a> {
    /// Does this Ed25519 signature verify?
    Verify {
        /// The public key.
        key: [u8; 32],
        /// What it signed.
        message: Vec<u8>,
        /// The signature.
        signature: [u8; 64],
    },
    /// What is the SHA-256 of these bytes?
    Hash {
        /// The bytes.
        bytes: &'a [u8],
    },
}

/// The answer to a [`Job`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// To [`Job::Verify`].
    Verified(bool),
    /// To [`Job::Hash`].
    Hash([u8; 32]),
}

/// The oldest versions that are acceptable: those of the last release that was opened, or of the deployment. An isolate
/// without memory starts from its deployment's, and can then be shown any head that has not expired.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Floor {
    /// The root's version.
    pub root: u64,
    /// The timestamp's version.
    pub timestamp: u64,
    /// The release's version.
    pub release: u64,
}

/// What to do with a document whose time is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// Refuse it.
    Refuse,
    /// Open it: [`Release::stale`] tells. For a site that keeps what it has when the head is no longer renewed.
    AllowStale,
}

/// A head whose jobs are not answered yet.
#[derive(Clone, Debug)]
pub struct Opening<'a> {
    scope: Scope<'a>,
    now_ms: i64,
    floor: Floor,
    root: Root,
    jobs: Vec<Job<'a>>,
    root_signatures: Signatures<'a>,
    timestamp_signatures: Signatures<'a>,
    release_signatures: Signatures<'a>,
    release_bytes: &'a [u8],
}

impl<'a> Opening<'a> {
    /// Reads the outside of root and head, and says what must be computed. The root is trusted as it is: the host must have it
    /// from a safe place.
    ///
    /// # Errors
    /// Whatever can be told without a signature: sizes, shapes, types, keys, thresholds.
    pub fn begin(
        root: &'a [u8],
        head: &'a [u8],
        scope: &Scope<'a>,
        now_ms: i64,
        floor: Floor,
    ) -> Result<Self, Refusal> {
        Self::read(root, head, scope, now_ms, floor).map_err(|refused| *refused)
    }

    fn read(root: &'a [u8], head: &'a [u8], scope: &Scope<'a>, now_ms: i64, floor: Floor) -> Result<Self, Refused> {
        let (root, mut jobs, root_signatures) = Checking::read(root, scope)?.into_parts();
        let (timestamp, release_bytes) = split_head(head)?;
        let timestamp = Envelope::parse(timestamp, Role::Timestamp)?;
        let release = Envelope::parse(release_bytes, Role::Release)?;
        let timestamp_signatures = root.signatures(timestamp, Role::Timestamp, scope, &mut jobs)?;
        let release_signatures = root.signatures(release, Role::Release, scope, &mut jobs)?;
        jobs.push(Job::Hash { bytes: release_bytes });
        Ok(Self {
            scope: *scope,
            now_ms,
            floor,
            root,
            jobs,
            root_signatures,
            timestamp_signatures,
            release_signatures,
            release_bytes,
        })
    }

    /// What the host must compute.
    #[must_use]
    pub fn jobs(&self) -> &[Job<'a>] {
        &self.jobs
    }

    /// Takes one answer for each job, in their order.
    ///
    /// # Errors
    /// The first reason found, from the root downwards.
    pub fn finish(self, answers: &[Answer], expiry: Expiry) -> Result<Release, Refusal> {
        self.release(answers, expiry).map_err(|refused| *refused)
    }

    fn release(&self, answers: &[Answer], expiry: Expiry) -> Result<Release, Refused> {
        if answers.len() != self.jobs.len() {
            return Err(Refusal::Unanswered.refused());
        }
        self.root_signatures.hold(answers)?;
        self.judge(&self.root.header, self.floor.root, expiry)?;

        let payload = self.timestamp_signatures.hold(answers)?;
        let (timestamp, snapshot) = document::read(payload, Role::Timestamp, &self.scope, document::snapshot)?;
        self.judge(&timestamp, self.floor.timestamp, expiry)?;

        let Some(Answer::Hash(digest)) = answers.last() else {
            return Err(Refusal::Unanswered.refused());
        };
        let pinned = self.pinned_release(&snapshot, digest)?;
        let payload = self.release_signatures.hold(answers)?;
        let (release, targets) = document::read(payload, Role::Release, &self.scope, document::targets)?;
        if release.version != pinned.version {
            return Err(Refusal::SnapshotMismatch { role: Role::Release, what: "version" }.refused());
        }
        self.judge(&release, self.floor.release, expiry)?;

        let floor = Floor { root: self.root.header.version, timestamp: timestamp.version, release: release.version };
        let expires_ms = self.root.header.expires_ms.min(timestamp.expires_ms).min(release.expires_ms);
        Ok(Release::new(&self.scope, floor, release.issued_ms, expires_ms, *digest, targets))
    }

    /// The head carries exactly what the timestamp lists: nothing left out, nothing added, nothing exchanged.
    fn pinned_release(&self, snapshot: &[Pinned], digest: &[u8; 32]) -> Result<Pinned, Refused> {
        if let Some(other) = snapshot.iter().find(|pinned| pinned.role != Role::Release) {
            return Err(Refusal::SnapshotMismatch { role: other.role, what: "absence from the head" }.refused());
        }
        let mismatch = |what| Refusal::SnapshotMismatch { role: Role::Release, what }.refused();
        let pinned = snapshot.first().ok_or_else(|| mismatch("presence in the head"))?;
        if pinned.length != self.release_bytes.len() as u64 {
            return Err(mismatch("length"));
        }
        if pinned.sha256 != *digest {
            return Err(mismatch("SHA-256"));
        }
        Ok(*pinned)
    }

    /// Time and version of a document whose signatures hold.
    fn judge(&self, header: &Header, floor: u64, expiry: Expiry) -> Result<(), Refused> {
        let role = header.role;
        if header.version < floor {
            return Err(Refusal::Rollback { role, version: header.version, floor }.refused());
        }
        if header.issued_ms > self.now_ms.saturating_add(ISSUED_AHEAD_MAX_MS) {
            return Err(Refusal::NotYetIssued { role, at_ms: header.issued_ms }.refused());
        }
        if self.now_ms >= header.expires_ms && expiry == Expiry::Refuse {
            return Err(Refusal::Expired { role, at_ms: header.expires_ms }.refused());
        }
        Ok(())
    }
}

/// `[timestamp, release, data | null, overlay | null]`, of which this engine reads the first two.
fn split_head(head: &[u8]) -> Result<(&[u8], &[u8]), Refused> {
    if head.is_empty() {
        return Err(Refusal::Missing { part: Part::Head }.refused());
    }
    if head.len() > HEAD_BYTES_MAX {
        return Err(
            Refusal::TooLarge { part: Part::Head, bytes: head.len() as u64, max: HEAD_BYTES_MAX as u64 }.refused()
        );
    }
    let mut reader = Reader::new(head, Part::Head);
    reader.array_of(4, "a head has four parts")?;
    let timestamp = reader.bytes_or_null()?;
    let release = reader.bytes_or_null()?;
    for role in [Role::Data, Role::Overlay] {
        // An overlay may take content back, so skipping one that cannot be read would show what was withdrawn.
        if reader.bytes_or_null()?.is_some() {
            return Err(Refusal::Unsupported { role }.refused());
        }
    }
    reader.end()?;
    let missing = |role| Refusal::Missing { part: Part::Document(role) }.refused();
    Ok((timestamp.ok_or_else(|| missing(Role::Timestamp))?, release.ok_or_else(|| missing(Role::Release))?))
}

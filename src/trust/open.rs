//! Opening a head: from bytes to a [`Release`], in one round of jobs.
//!
//! Takes root, head, scope, time and the last versions seen, and emits [`Job`]s. With their answers it gives a [`Release`],
//! or the reason of a refusal. It never reads a payload of timestamp, release or overlay before its signatures hold.

use alloc::vec::Vec;

use super::approval::Approvals;
use super::cbor::Reader;
use super::cose::Envelope;
use super::document::{self, Header, Pinned};
use super::floor::Floor;
use super::refusal::{Part, Refusal, Refused, check, check_count, check_size};
use super::release::{Order, Overlay, Release, Target};
use super::root::{Checking, Root, Signatures, bit};
use super::{Class, HEAD_BYTES_MAX, ISSUED_AHEAD_MAX_MS, Role, Scope};

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
    /// Compute the SHA-256 of these bytes.
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

/// The way to treat an expired document.
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
    release: Carried<'a>,
    overlay: Option<Carried<'a>>,
    approvals: Approvals<'a>,
}

/// A document that the timestamp vouches for.
#[derive(Clone, Debug)]
struct Carried<'a> {
    role: Role,
    bytes: &'a [u8],
    signatures: Signatures<'a>,
    /// Which job asks for its hash.
    hash: usize,
}

impl<'a> Carried<'a> {
    fn read(
        bytes: &'a [u8],
        role: Role,
        root: &Root,
        scope: &Scope<'a>,
        jobs: &mut Vec<Job<'a>>,
    ) -> Result<Self, Refused> {
        let signatures = root.signatures(Envelope::parse(bytes, role)?, role, bit(role), scope, jobs)?;
        jobs.push(Job::Hash { bytes });
        Ok(Self { role, bytes, signatures, hash: jobs.len() - 1 })
    }
}

/// A document whose signatures held, and that is the one which the timestamp vouches for.
struct Opened {
    header: Header,
    digest: [u8; 32],
    targets: Vec<Target>,
    orders: Vec<Order>,
}

impl<'a> Opening<'a> {
    /// Reads the outside of root and head, and says what the host must compute. The root is trusted as it is: the host must
    /// have it from a safe place.
    ///
    /// # Errors
    /// A fault that shows without a signature: sizes, shapes, types, keys, thresholds.
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
        let ([timestamp, release, overlay], approvals) = split_head(head)?;
        let missing = |role| Refusal::Missing { part: Part::Document(role) }.refused();
        let timestamp = Envelope::parse(timestamp.ok_or_else(|| missing(Role::Timestamp))?, Role::Timestamp)?;
        let release = release.ok_or_else(|| missing(Role::Release))?;
        let timestamp_signatures =
            root.signatures(timestamp, Role::Timestamp, bit(Role::Timestamp), scope, &mut jobs)?;
        let release = Carried::read(release, Role::Release, &root, scope, &mut jobs)?;
        let overlay = overlay.map(|bytes| Carried::read(bytes, Role::Overlay, &root, scope, &mut jobs)).transpose()?;
        let approvals = Approvals::read(&approvals, &root, scope, &mut jobs)?;
        let scope = *scope;
        Ok(Self {
            scope,
            now_ms,
            floor,
            root,
            jobs,
            root_signatures,
            timestamp_signatures,
            release,
            overlay,
            approvals,
        })
    }

    /// The jobs for the host.
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
        check(answers.len() == self.jobs.len(), || Refusal::Unanswered)?;
        self.root_signatures.hold(answers)?;
        self.judge(&self.root.header, self.floor.root, expiry)?;

        let payload = self.timestamp_signatures.hold(answers)?;
        let snapshot = |reader: &mut Reader<'_>, _| document::snapshot(reader);
        let (timestamp, snapshot) = document::read(payload, Role::Timestamp, &self.scope, snapshot)?;
        self.judge(&timestamp, self.floor.timestamp, expiry)?;

        // The head carries exactly what the timestamp lists: nothing left out, nothing added, nothing exchanged.
        let is_carried = |role| role == Role::Release || (role == Role::Overlay && self.overlay.is_some());
        if let Some(other) = snapshot.iter().find(|pinned| !is_carried(pinned.role)) {
            return Err(Refusal::SnapshotMismatch { role: other.role, what: "absence from the head" }.refused());
        }
        let Opened { header: release, digest, targets, .. } = self.open(&self.release, &snapshot, answers)?;
        self.judge(&release, self.floor.release, expiry)?;
        let consent = self.approvals.hold(&self.root, &targets, answers)?;

        let mut floor = Floor {
            root: self.root.header.version,
            timestamp: timestamp.version,
            release: release.version,
            overlay: 0,
        };
        let until_ms = self.root.header.expires_ms.min(timestamp.expires_ms).min(release.expires_ms);
        let (mut all, mut overlay, mut orders) = (targets, None, Vec::new());
        if let Some(carried) = &self.overlay {
            let Opened { header, digest, targets, orders: given } = self.open(carried, &snapshot, answers)?;
            // It only denies, so an expired one is still the best there is.
            self.judge(&header, self.floor.overlay, Expiry::AllowStale)?;
            let Header { version, issued_ms, expires_ms, .. } = header;
            floor.overlay = version;
            overlay = Some(Overlay { version, issued_ms, expires_ms, digest });
            orders = given;
            all.extend(targets);
        }
        // An attacker who could drop an overlay could undo its withdrawals.
        let (version, least) = (floor.overlay, self.floor.overlay);
        check(version >= least, || Refusal::Rollback { role: Role::Overlay, version, floor: least })?;
        Ok(Release::new(&self.scope, floor, release.issued_ms, until_ms, digest, all, consent, overlay, orders))
    }

    /// Holds a document against the timestamp's entry and its own signatures, and reads it.
    fn open(&self, document: &Carried<'a>, snapshot: &[Pinned], answers: &[Answer]) -> Result<Opened, Refused> {
        let role = document.role;
        let mismatch = |what| Refusal::SnapshotMismatch { role, what };
        let Some(Answer::Hash(digest)) = answers.get(document.hash) else {
            return Err(Refusal::Unanswered.refused());
        };
        let pinned = snapshot.iter().find(|pinned| pinned.role == role);
        let pinned = pinned.ok_or_else(|| mismatch("presence in the head").refused())?;
        check(pinned.length == document.bytes.len() as u64, || mismatch("length"))?;
        check(pinned.sha256 == *digest, || mismatch("SHA-256"))?;
        let payload = document.signatures.hold(answers)?;
        let (header, (targets, orders)) = document::read(payload, role, &self.scope, |reader, has_orders| {
            let targets = document::targets(reader, role)?;
            Ok((targets, if has_orders { document::orders(reader)? } else { Vec::new() }))
        })?;
        check(header.version == pinned.version, || mismatch("version"))?;
        Ok(Opened { header, digest: *digest, targets, orders })
    }

    /// Time and version of a document whose signatures hold.
    fn judge(&self, header: &Header, floor: u64, expiry: Expiry) -> Result<(), Refused> {
        let role = header.role;
        check(header.version >= floor, || Refusal::Rollback { role, version: header.version, floor })?;
        let is_issued = header.issued_ms <= self.now_ms.saturating_add(ISSUED_AHEAD_MAX_MS);
        check(is_issued, || Refusal::NotYetIssued { role, at_ms: header.issued_ms })?;
        let is_over = self.now_ms >= header.expires_ms && expiry == Expiry::Refuse;
        check(!is_over, || Refusal::Expired { role, at_ms: header.expires_ms })
    }
}

/// Timestamp, release and overlay, then the approvals.
pub(super) type Head<'a> = ([Option<&'a [u8]>; 3], Vec<&'a [u8]>);

/// `[timestamp, release, data | null, overlay | null, [approval, …]]`. This engine reads all but the third; the last may be missing.
pub(super) fn split_head(head: &[u8]) -> Result<Head<'_>, Refused> {
    check(!head.is_empty(), || Refusal::Missing { part: Part::Head })?;
    check_size(Part::Head, head.len() as u64, HEAD_BYTES_MAX as u64)?;
    let mut reader = Reader::new(head, Part::Head);
    let parts = reader.array()?;
    reader.require(matches!(parts, 4 | 5), "a head has four parts, or five")?;
    let (timestamp, release) = (reader.bytes_or_null()?, reader.bytes_or_null()?);
    check(reader.bytes_or_null()?.is_none(), || Refusal::Unsupported { role: Role::Data })?;
    let overlay = reader.bytes_or_null()?;
    let mut approvals = Vec::new();
    if parts == 5 {
        let count = reader.array()?;
        check_count(Part::Head, "approvals", count, Class::ALL.len())?;
        for _ in 0..count {
            approvals.push(reader.bytes()?);
        }
    }
    reader.end()?;
    Ok(([timestamp, release, overlay], approvals))
}

//! Approvals: signatures of people over one class of what a release has.
//!
//! Takes the documents at the end of a head; gives the digest of each class once its signatures hold. It never looks at a
//! release: [`Opening`](super::Opening) compares.

use alloc::vec::Vec;

use super::cbor::Reader;
use super::cose::Envelope;
use super::open::{Answer, Job};
use super::refusal::{Part, Refusal, Refused, check};
use super::release::{Target, digest_of};
use super::root::{Root, Signatures};
use super::{Class, Role, Scope};

/// Approvals whose signatures are not answered yet.
#[derive(Clone, Debug, Default)]
pub(crate) struct Approvals<'a> {
    /// The digest of each class; empty where there is no approval.
    digests: [&'a [u8]; Class::ALL.len()],
    signatures: Vec<Signatures<'a>>,
}

impl<'a> Approvals<'a> {
    /// Reads the approvals of a head, in the order of their classes.
    pub(crate) fn read(
        documents: &[&'a [u8]],
        root: &Root,
        scope: &Scope<'a>,
        jobs: &mut Vec<Job<'a>>,
    ) -> Result<Self, Refused> {
        let mut approvals = Self::default();
        for bytes in documents {
            let envelope = Envelope::parse(bytes, Role::Approval)?;
            let (class, digest) = payload(envelope.payload)?;
            // A class that the root does not name has no roles, so its first signature is by an unknown key.
            let signatures = root.signatures(envelope, Role::Approval, root.approving(class), scope, jobs)?;
            let is_next = approvals.digests[class as usize..].iter().all(|later| later.is_empty());
            check(is_next, || Refusal::Unsupported { role: Role::Approval })?;
            approvals.digests[class as usize] = digest;
            approvals.signatures.push(signatures);
        }
        Ok(approvals)
    }

    /// Holds these targets against their approvals, and gives the approved digest of the manifest, if there must be one.
    pub(crate) fn hold(
        &self,
        root: &Root,
        targets: &[Target],
        answers: &[Answer],
    ) -> Result<Option<[u8; 32]>, Refused> {
        for signatures in &self.signatures {
            signatures.hold(answers)?;
        }
        let mut consent = None;
        for class in Class::ALL.iter().copied() {
            let (approved, roles) = (self.digests[class as usize], root.approving(class));
            let digest = match class {
                // The manifest is inside the program, which is not here yet.
                Class::Consent => approved.try_into().ok(),
                class => digest_of(targets, class),
            };
            if roles == 0 || (digest.is_none() && class != Class::Consent) {
                continue;
            }
            if approved.is_empty() {
                root.quorum(roles, &[])?;
            }
            check(digest.is_some_and(|digest: [u8; 32]| digest == approved), || Refusal::NotApproved { class })?;
            if class == Class::Consent {
                consent = digest;
            }
        }
        Ok(consent)
    }
}

/// `[class, SHA-256]`
pub(crate) fn payload(payload: &[u8]) -> Result<(Class, &[u8]), Refused> {
    let mut reader = Reader::new(payload, Part::Document(Role::Approval));
    reader.array_of(2, "an approval has two parts")?;
    let class = reader.member(Class::from_byte, "an approval is for an unknown class")?;
    let digest = reader.bytes()?;
    reader.require(!digest.is_empty(), "an approval is of nothing")?;
    reader.end()?;
    Ok((class, digest))
}

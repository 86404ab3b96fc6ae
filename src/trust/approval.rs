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
    digests: [Option<[u8; 32]>; Class::ALL.len()],
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
            let ascends = approvals.digests[class as usize..].iter().all(Option::is_none);
            check(ascends, || Refusal::Unsupported { role: Role::Approval })?;
            approvals.digests[class as usize] = Some(digest);
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
        let [consent, ..] = self.digests;
        for (class, approved) in Class::ALL.iter().copied().zip(self.digests) {
            // The manifest is inside the program, which is not here yet.
            let digest = if class == Class::Consent { consent.or(Some([0; 32])) } else { digest_of(targets, class) };
            if root.approving(class) == 0 || digest.is_none() {
                continue;
            }
            if approved.is_none() {
                root.quorum(root.approving(class), &[])?;
            }
            check(approved == digest, || Refusal::NotApproved { class })?;
        }
        Ok(consent)
    }
}

/// `[class, SHA-256]`
pub(crate) fn payload(payload: &[u8]) -> Result<(Class, [u8; 32]), Refused> {
    let mut reader = Reader::new(payload, Part::Document(Role::Approval));
    reader.array_of(2, "an approval has two parts")?;
    let class = reader.member(Class::from_byte, "an approval is for an unknown class")?;
    let digest = reader.array_of_bytes("a SHA-256 has 32 bytes")?;
    reader.end()?;
    Ok((class, digest))
}

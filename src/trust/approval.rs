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

/// An approval whose signatures are not answered yet.
#[derive(Clone, Debug)]
pub(crate) struct Approval<'a> {
    class: Class,
    digest: [u8; 32],
    signatures: Signatures<'a>,
}

/// Reads the approvals of a head, in the order of their classes.
pub(crate) fn read<'a>(
    documents: &[&'a [u8]],
    root: &Root,
    scope: &Scope<'a>,
    jobs: &mut Vec<Job<'a>>,
) -> Result<Vec<Approval<'a>>, Refused> {
    let mut approvals: Vec<Approval<'a>> = Vec::new();
    for bytes in documents {
        let envelope = Envelope::parse(bytes, Role::Approval)?;
        let (class, digest) = payload(envelope.payload)?;
        // A class that the root does not name has no roles, so its first signature is by an unknown key.
        let roles = root.classes().iter().find(|(known, _)| *known == class);
        let roles = roles.map_or(&[][..], |(_, roles)| roles);
        let signatures = root.signatures(envelope, Role::Approval, roles, scope, jobs)?;
        let ascends = approvals.last().is_none_or(|before| before.class < class);
        check(ascends, || Refusal::Unsupported { role: Role::Approval })?;
        approvals.push(Approval { class, digest, signatures });
    }
    Ok(approvals)
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

/// Holds these targets against their approvals, and gives the approved digest of the manifest, if there must be one.
pub(crate) fn hold(
    approvals: &[Approval<'_>],
    root: &Root,
    targets: &[Target],
    answers: &[Answer],
) -> Result<Option<[u8; 32]>, Refused> {
    let mut consent = None;
    for approval in approvals {
        approval.signatures.hold(answers)?;
    }
    for (class, roles) in root.classes() {
        let approved = approvals.iter().find(|approval| approval.class == *class).map(|approval| approval.digest);
        // The manifest is inside the program, which is not here yet.
        let digest = if *class == Class::Consent { approved } else { digest_of(targets, *class) };
        if *class == Class::Consent {
            consent = approved;
        } else if digest.is_none() {
            continue;
        }
        let missing =
            || Refusal::ThresholdNotMet { role: roles.first().copied().unwrap_or(Role::Approval), have: 0, need: 1 };
        check(approved.is_some(), missing)?;
        check(approved == digest, || Refusal::NotApproved { class: *class })?;
    }
    Ok(consent)
}

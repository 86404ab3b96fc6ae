//! The approvals of a release: kept where nothing changed, asked for where something did.

use std::path::Path;

use anyhow::Context as _;

use super::{files, overlay, proposal, unsigned};
use crate::bundle::Program;
use crate::cli::keys::Signing;
use crate::trust::sign::{self, Signer};
use crate::trust::{Class, HEAD_BYTES_MAX, Role, Root, Scope, Target, layout};

/// A class that somebody must approve, and the digest of what a release has of it.
pub(in crate::cli) type Digest = (Class, [u8; 32]);

/// The digests of the classes that the root wants approved and that a release has.
pub(in crate::cli) fn digests(root: &Root, targets: &[Target], program: &[u8]) -> anyhow::Result<Vec<Digest>> {
    let mut digests = Vec::new();
    for (class, _) in root.classes() {
        let digest = match class {
            Class::Consent => {
                Some(Program::open(program.to_vec()).context("no host could read the program")?.consent())
            }
            class => sign::digest_of(targets, class),
        };
        digests.extend(digest.map(|digest| (class, digest)));
    }
    Ok(digests)
}

/// The approvals that an environment of a folder has, in its head and in a proposal.
pub(super) fn on_disk(folder: &Path, environment: &str) -> Vec<Vec<u8>> {
    let read = |path: String| files::read_bounded(&folder.join(overlay::relative(&path)), HEAD_BYTES_MAX as u64).ok();
    let files = [proposal::path(environment), layout::head(environment)];
    files.into_iter().filter_map(read).flat_map(|head| sign::approvals_of_head(&head)).collect()
}

/// An approval for each digest that somebody signed: with the signatures of before if the digest is the same, and those of the
/// keys at hand.
pub(super) fn of(
    root: &Root,
    scope: &Scope<'_>,
    digests: &[Digest],
    earlier: &[Vec<u8>],
    keys: &dyn Signing,
) -> anyhow::Result<Vec<Vec<u8>>> {
    let mut approvals = Vec::new();
    for (class, digest) in digests {
        let known: Vec<[u8; 32]> = roles_of(root, *class).iter().flat_map(|role| keys_of(root, *role)).collect();
        let signers: Vec<Signer<'_>> = roles_of(root, *class).iter().flat_map(|role| keys.signers(*role)).collect();
        let mut approval = sign::approval(scope, *class, digest, &[]).map_err(unsigned)?;
        for same in earlier.iter().filter(|document| sign::approved(document) == Some((*class, *digest))) {
            approval = sign::merge(&approval, same, Role::Approval, &known).map_err(unsigned)?;
        }
        let approval = sign::add_signatures(&approval, Role::Approval, scope, &known, &signers).map_err(unsigned)?;
        if !sign::signed_by(&approval, Role::Approval).is_empty() {
            approvals.push(approval);
        }
    }
    Ok(approvals)
}

/// The signatures that a release and what is beside it still need, in words.
pub(super) fn lacks(
    root: &Root,
    release: &[u8],
    [overlay, data]: [Option<&(u64, Vec<u8>)>; 2],
    digests: &[Digest],
    approvals: &[Vec<u8>],
    keys: &dyn Signing,
) -> Vec<String> {
    let mut lacks = Vec::new();
    let mut need =
        |what: &str, role: Role, document: &[u8], of: Role| lacks.extend(missing(root, what, role, document, of));
    need("release", Role::Release, release, Role::Release);
    for (role, beside) in [(Role::Overlay, overlay), (Role::Data, data)] {
        if let Some((_, document)) = beside {
            need(role.name(), role, document, role);
        }
    }
    for (class, digest) in digests {
        let approval = approvals.iter().find(|document| sign::approved(document) == Some((*class, *digest)));
        for role in roles_of(root, *class) {
            need(class.name(), role, approval.map_or(&[][..], Vec::as_slice), Role::Approval);
        }
    }
    if keys.signers(Role::Timestamp).is_empty() {
        lacks.push("timestamp: 1 of `timestamp`".to_owned());
    }
    lacks
}

/// The signatures of a role that a document still needs, in words.
pub(super) fn missing(root: &Root, what: &str, role: Role, document: &[u8], of: Role) -> Option<String> {
    let (threshold, known) = root.policy(role).unwrap_or((1, Vec::new()));
    let ids: Vec<[u8; 8]> = known.iter().map(sign::key_id).collect();
    let have = sign::signed_by(document, of).iter().filter(|kid| ids.contains(kid)).count() as u64;
    (have < threshold).then(|| format!("{what}: {} of `{role}`", threshold - have))
}

fn roles_of(root: &Root, class: Class) -> Vec<Role> {
    root.classes().into_iter().find(|(known, _)| *known == class).map(|(_, roles)| roles).unwrap_or_default()
}

fn keys_of(root: &Root, role: Role) -> Vec<[u8; 32]> {
    root.policy(role).map(|(_, keys)| keys).unwrap_or_default()
}

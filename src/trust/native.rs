//! The jobs of the trust core, computed on this machine.
//!
//! Takes jobs, gives answers: Ed25519 by `verify_strict` of ed25519-dalek, which is what the other hosts are measured by, and
//! SHA-256. It never decides anything.

use std::vec::Vec;

use ed25519_dalek::{Signature, VerifyingKey};
use sha2::{Digest as _, Sha256};

use super::{Answer, Checking, Expiry, Floor, Job, Opening, Refusal, Release, Root, Scope, Verified, check_steps};

/// Opens a head in one call.
///
/// # Errors
/// Whatever [`Opening`] refuses.
pub fn open(
    root: &[u8],
    head: &[u8],
    scope: &Scope<'_>,
    now_ms: i64,
    floor: Floor,
    expiry: Expiry,
) -> Result<Release, Refusal> {
    let opening = Opening::begin(root, head, scope, now_ms, floor)?;
    let answers = answers(opening.jobs());
    opening.finish(&answers, expiry)
}

/// Checks a payload in one call.
///
/// # Errors
/// Another length or hash than the release says.
pub fn admit(release: &Release, index: usize, bytes: Vec<u8>) -> Result<Verified, Refusal> {
    let received = release.receive(index, bytes)?;
    let answer = answer(&received.job());
    received.admit(&answer)
}

/// Checks a root alone.
///
/// # Errors
/// Whatever [`Checking`] refuses.
pub fn root(bytes: &[u8], scope: &Scope<'_>) -> Result<Root, Refusal> {
    let checking = Checking::begin(bytes, scope)?;
    let answers = answers(checking.jobs());
    checking.finish(&answers)
}

/// Checks the root that comes after another one: signed as itself asks and as the one before it asks, and one version above it.
///
/// # Errors
/// A refusal of [`Checking`], too few signatures by the keys of the one before, or another version.
pub fn successor(before: &Root, next: &[u8], scope: &Scope<'_>) -> Result<Root, Refusal> {
    let following = before.follow(next, scope)?;
    let answers = answers(following.jobs());
    following.finish(&answers)
}

/// Follows roots from the pinned one to the newest. `read` gives the root of a version, if there is one. It gives the newest root, its bytes, and
/// what a host with this floor must still not go below.
///
/// # Errors
/// A refusal of [`Root::follow`], or too many steps.
pub fn newest(
    pinned: &[u8],
    scope: &Scope<'_>,
    floor: Floor,
    mut read: impl FnMut(u64) -> Option<Vec<u8>>,
) -> Result<(Root, Vec<u8>, Floor), Refusal> {
    let (mut root, mut bytes, mut floor) = (self::root(pinned, scope)?, pinned.to_vec(), floor);
    let first = root.version();
    while let Some(next) = read(root.version() + 1) {
        check_steps(first, root.version() + 1)?;
        let after = successor(&root, &next, scope)?;
        floor = after.floor_after(&root, floor);
        (root, bytes) = (after, next);
    }
    Ok((root, bytes, floor))
}

/// The answers to these jobs, in their order.
pub fn answers(jobs: &[Job<'_>]) -> Vec<Answer> {
    jobs.iter().map(answer).collect()
}

/// The answer to this job.
pub fn answer(job: &Job<'_>) -> Answer {
    match job {
        Job::Verify { key, message, signature } => Answer::Verified(
            VerifyingKey::from_bytes(key)
                .is_ok_and(|key| key.verify_strict(message, &Signature::from_bytes(signature)).is_ok()),
        ),
        Job::Hash { bytes } => Answer::Hash(sha256(bytes)),
    }
}

/// SHA-256 (FIPS 180-4).
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

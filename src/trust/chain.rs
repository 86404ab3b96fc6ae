//! From the root that a host pins to a newer one, a step at a time.
//!
//! Takes a root that is trusted and the bytes of the next one; gives the next root. It counts if it signed itself, if enough keys of the root before it signed
//! it too, and if its version is one higher. Nobody can skip a root, so a key that was taken away cannot come back.

use alloc::vec::Vec;

use super::floor::Floor;
use super::open::{Answer, Job};
use super::refusal::{Refusal, Refused, check};
use super::root::{Checking, Root};
use super::{ROOT_STEPS_MAX, Role, Scope};

/// A root that shall follow another one, whose signatures are not answered yet.
#[derive(Clone, Debug)]
pub struct Following<'a> {
    checking: Checking<'a>,
    /// The jobs of `checking`, and then those about the keys of the root before.
    jobs: Vec<Job<'a>>,
    version: u64,
    need: u64,
}

impl Root {
    /// Reads the root that comes after this one.
    ///
    /// # Errors
    /// A fault that shows before any signature is checked.
    pub fn follow<'a>(&self, next: &'a [u8], scope: &Scope<'a>) -> Result<Following<'a>, Refusal> {
        self.following(next, scope).map_err(|refused| *refused)
    }

    fn following<'a>(&self, next: &'a [u8], scope: &Scope<'a>) -> Result<Following<'a>, Refused> {
        let checking = Checking::read(next, scope)?;
        let (before, need) = self.successor(next, scope)?;
        let jobs = [checking.jobs(), &before].concat();
        Ok(Following { checking, jobs, version: self.version().saturating_add(1), need })
    }

    /// The floor that is left of a host's that went by the root `before`. A role that lost a key begins again: its last holder may
    /// have signed the highest version there is, and no honest one would come after it.
    pub fn floor_after(&self, before: &Self, floor: Floor) -> Floor {
        let keys = |root: &Self, role| root.policy(role).map_or(Vec::new(), |(_, keys)| keys);
        let kept = |role, version| {
            let now = keys(self, role);
            if keys(before, role).iter().all(|key| now.contains(key)) { version } else { 0 }
        };
        Floor {
            root: self.version(),
            timestamp: kept(Role::Timestamp, floor.timestamp),
            release: kept(Role::Release, floor.release),
            overlay: kept(Role::Overlay, floor.overlay),
        }
    }
}

impl<'a> Following<'a> {
    /// The jobs for the host.
    pub fn jobs(&self) -> &[Job<'a>] {
        &self.jobs
    }

    /// Takes one answer for each job, in their order.
    ///
    /// # Errors
    /// A signature that does not verify, too few by the keys of the root before, or a version that is not the next.
    pub fn finish(self, answers: &[Answer]) -> Result<Root, Refusal> {
        self.root(answers).map_err(|refused| *refused)
    }

    fn root(self, answers: &[Answer]) -> Result<Root, Refused> {
        let (own, before) = answers.split_at_checked(self.checking.jobs().len()).unwrap_or_default();
        check(own.len() + before.len() == self.jobs.len(), || Refusal::Unanswered)?;
        let root = self.checking.finish(own).map_err(Refusal::refused)?;
        let have = before.iter().filter(|answer| **answer == Answer::Verified(true)).count();
        let need = self.need;
        check(have as u64 >= need, || Refusal::ThresholdNotMet { role: Role::Root, have, need })?;
        let (version, floor) = (root.version(), self.version);
        check(version == floor, || Refusal::Rollback { role: Role::Root, version, floor })?;
        Ok(root)
    }
}

/// Refuses a root that is too many steps away from the one that a host pins.
///
/// # Errors
/// It is more than [`ROOT_STEPS_MAX`] steps away.
pub fn check_steps(pinned: u64, version: u64) -> Result<(), Refusal> {
    let is_near = version.saturating_sub(pinned) <= ROOT_STEPS_MAX;
    if is_near { Ok(()) } else { Err(Refusal::TooManyRoots { pinned }) }
}

//! The roots of an environment: `SITE/trust/ENVIRONMENT/root/N.cose`, each signed by its own keys and by those of the one before it.
//!
//! A draft is a root that lacks signatures. There is at most one, above the newest whole root.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::register::{self, Register};
use super::{DevKeys, Signing as _};
use crate::cli::files::{self, read_bounded};
use crate::cli::unsigned;
use crate::trust::sign::{self, Signer, Stamp};
use crate::trust::{Class, ROOT_BYTES_MAX, Refusal, Role, Root, Scope, native};

/// How long a root lives, in seconds.
const SECONDS: u64 = 365 * 86_400;
/// The most steps from one root to the newest: a reader goes no further.
const HOPS_MAX: u64 = 32;

/// What there is.
pub(super) struct Roots {
    folder: PathBuf,
    /// Every whole root, the first one first.
    pub(super) whole: Vec<Vec<u8>>,
    /// The newest whole root.
    pub(super) newest: Option<(Root, Vec<u8>)>,
    /// The one above it, and why it does not count yet.
    pub(super) draft: Option<(Vec<u8>, Refusal)>,
}

/// True if this root is one that the site's folder holds for an environment.
pub(in crate::cli) fn is_known(site: &Path, scope: &Scope<'_>, root: &[u8]) -> anyhow::Result<bool> {
    if scope.environment == super::ring::DEVELOPMENT {
        let own = DevKeys::load(site)?.map(|keys| keys.root(scope, 0)).transpose()?;
        return Ok(own.is_some_and(|own| own == root));
    }
    Ok(Roots::load(site, scope)?.whole.iter().any(|own| own == root))
}

impl Roots {
    /// Reads the roots of an environment from the first one on.
    pub(super) fn load(site: &Path, scope: &Scope<'_>) -> anyhow::Result<Self> {
        let folder = register::folder(site, scope.environment).join("root");
        let mut roots = Self { folder, whole: Vec::new(), newest: None, draft: None };
        for version in 1..=HOPS_MAX {
            let path = roots.path(version);
            if !path.exists() {
                return Ok(roots);
            }
            let bytes = read_bounded(&path, ROOT_BYTES_MAX as u64).with_context(|| path.display().to_string())?;
            let checked = match &roots.newest {
                None => native::root(&bytes, scope),
                Some((before, _)) => native::successor(before, &bytes, scope),
            };
            match checked {
                Ok(root) => {
                    roots.whole.push(bytes.clone());
                    roots.newest = Some((root, bytes));
                }
                Err(why @ Refusal::ThresholdNotMet { .. }) => {
                    roots.draft = Some((bytes, why));
                    return Ok(roots);
                }
                Err(why) => return Err(why).with_context(|| path.display().to_string()),
            }
        }
        anyhow::bail!(
            "{} has more than {HOPS_MAX} roots; start with a new first root, and deploy it",
            roots.folder.display()
        )
    }

    /// The path of a version.
    pub(super) fn path(&self, version: u64) -> PathBuf {
        self.folder.join(format!("{version}.cose"))
    }

    /// The version of the root that comes next.
    pub(super) fn next(&self) -> u64 {
        self.newest.as_ref().map_or(1, |(root, _)| root.version() + 1)
    }

    /// The keys that may sign the next root: its own, and those of the newest.
    pub(super) fn signing_keys(&self, register: &Register) -> Vec<[u8; 32]> {
        let own = register.roles.get(&Role::Root).into_iter().flat_map(|entry| entry.keys.values().copied());
        own.chain(self.newest_keys()).collect()
    }

    fn newest_keys(&self) -> Vec<[u8; 32]> {
        self.newest.as_ref().and_then(|(root, _)| root.policy(Role::Root)).map(|(_, keys)| keys).unwrap_or_default()
    }

    /// Writes the next root as the register has it, in place of an earlier draft.
    pub(super) fn draft(
        &mut self,
        scope: &Scope<'_>,
        register: &Register,
        classes: &[(Class, Vec<Role>)],
        signers: &[Signer<'_>],
        now_s: u64,
    ) -> anyhow::Result<()> {
        let stamp = Stamp { version: self.next(), issued: now_s, expires: now_s.saturating_add(SECONDS) };
        let roles = register.role_keys();
        let listed: Vec<[u8; 32]> = roles.iter().flat_map(|role| role.keys.iter().copied()).collect();
        let retired: Vec<[u8; 32]> = self.newest_keys().into_iter().filter(|key| !listed.contains(key)).collect();
        let root = sign::root_with_classes(scope, stamp, &roles, classes, &retired, signers).map_err(unsigned)?;
        self.place(scope, root)
    }

    /// Adds signatures to the draft.
    pub(super) fn sign(&mut self, scope: &Scope<'_>, known: &[[u8; 32]], signers: &[Signer<'_>]) -> anyhow::Result<()> {
        let Some((draft, _)) = &self.draft else { return Ok(()) };
        let root = sign::add_signatures(draft, Role::Root, scope, known, signers).map_err(unsigned)?;
        self.place(scope, root)
    }

    /// Writes a root, and finds out whether it is whole now.
    fn place(&mut self, scope: &Scope<'_>, bytes: Vec<u8>) -> anyhow::Result<()> {
        let checked = match &self.newest {
            None => native::root(&bytes, scope),
            Some((before, _)) => native::successor(before, &bytes, scope),
        };
        let path = self.path(self.next());
        fs_err::create_dir_all(&self.folder)?;
        match checked {
            Ok(root) => {
                files::replace(&path, &bytes)?;
                self.whole.push(bytes.clone());
                (self.newest, self.draft) = (Some((root, bytes)), None);
            }
            Err(why @ Refusal::ThresholdNotMet { .. }) => {
                files::replace(&path, &bytes)?;
                self.draft = Some((bytes, why));
            }
            Err(why) => return Err(why).context("no host could read the new root"),
        }
        Ok(())
    }
}

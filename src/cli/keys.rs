//! The keys that sign. Start with [`Signing`].
//!
//! [`DevKeys`] are for trying a site out: one for each role, made on first use, in `.selvedge/keys`, readable by their owner alone and
//! outside git. They only ever sign the environment `development`. Every other environment has keys that are held apart: the [`Ring`].

mod job;
mod passphrase;
mod register;
mod ring;
mod roots;
mod sealed;
mod sign;
mod verb;

pub(super) use job::{JobKey, PLACES};
pub use ring::Ring;
pub(super) use ring::{KeyArgs, of};
pub(super) use roots::is_known;
pub(super) use sign::{Args as SignArgs, run as sign};
pub(super) use verb::{Verb, run};

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, KeypairBytes};

use super::files::{Existing, text_if_there, write_private};
use super::random;
use super::unsigned;
use crate::trust::sign::{self as signing, RoleKeys, Signer, Stamp};
use crate::trust::{Role, Scope};

/// A file that was published never changes under its name. So the bytes of a development root come from its keys alone, and
/// hosts that pin it trust it for as long as the keys stay. Another root has other keys.
const ROOT_STAMP: Stamp = Stamp { version: 1, issued: 0, expires: 253_370_764_800 };

/// The roles that a build signs as, if their keys are at hand.
pub(super) fn building() -> Vec<Role> {
    register::ROLES.into_iter().filter(|role| *role != Role::Root).collect()
}

/// Who signs the documents of an environment.
pub trait Signing {
    /// The root that the other documents answer to.
    ///
    /// # Errors
    /// A root that cannot be signed.
    fn root(&self, scope: &Scope<'_>, issued_s: u64) -> anyhow::Result<Vec<u8>>;

    /// Every root from the first to the newest: a host goes from the one that it pins to the next, and skips none.
    ///
    /// # Errors
    /// A root that cannot be signed.
    fn roots(&self, scope: &Scope<'_>, issued_s: u64) -> anyhow::Result<Vec<Vec<u8>>> {
        Ok(vec![self.root(scope, issued_s)?])
    }

    /// The signers at hand of a role; none if its keys are elsewhere.
    fn signers(&self, role: Role) -> Vec<Signer<'_>>;

    /// Where the keys come from, for messages.
    fn place(&self) -> String;
}

/// One development key for each role that a build signs as.
#[derive(Debug)]
pub struct DevKeys {
    /// Names the other keys.
    pub root: SigningKey,
    /// Approves rules and content.
    pub release: SigningKey,
    /// Says which release is current.
    pub timestamp: SigningKey,
    /// Takes back what a release gives.
    pub overlay: SigningKey,
    /// Signs what feeds say, for a site that has some.
    pub data: Option<SigningKey>,
    /// Where they are.
    pub folder: PathBuf,
    /// The roles whose keys were made just now. The caller says so on the terminal.
    pub made: Vec<Role>,
}

impl Signing for DevKeys {
    fn root(&self, scope: &Scope<'_>, _: u64) -> anyhow::Result<Vec<u8>> {
        let roles = [Role::Root, Role::Timestamp, Role::Release, Role::Data, Role::Overlay].into_iter();
        let keys = roles.map(|role| (role, self.signers(role).iter().map(Signer::public).collect::<Vec<_>>()));
        let known = keys.filter(|(_, keys)| !keys.is_empty());
        let roles: Vec<RoleKeys> = known.map(|(role, keys)| RoleKeys { role, threshold: 1, keys }).collect();
        signing::root(scope, ROOT_STAMP, &roles, &[], &self.signers(Role::Root)).map_err(unsigned)
    }

    fn signers(&self, role: Role) -> Vec<Signer<'_>> {
        let key = match role {
            Role::Root => &self.root,
            Role::Timestamp => &self.timestamp,
            Role::Release => &self.release,
            Role::Overlay => &self.overlay,
            Role::Data => return self.data.iter().map(Signer::local).collect(),
            _ => return Vec::new(),
        };
        vec![Signer::local(key)]
    }

    fn place(&self) -> String {
        self.folder.display().to_string()
    }
}

impl DevKeys {
    /// The folder with the keys of this site.
    pub(super) fn folder(site: &Path) -> PathBuf {
        site.join(".selvedge").join("keys")
    }

    /// Reads the keys of the site in this folder; `None` if one is missing.
    pub(super) fn load(site: &Path) -> anyhow::Result<Option<Self>> {
        let folder = Self::folder(site);
        let key = |role: Role| read(&folder.join(format!("{}.pem", role.name())));
        let (root, release, timestamp) = (key(Role::Root)?, key(Role::Release)?, key(Role::Timestamp)?);
        let (Some(root), Some(release), Some(timestamp), Some(overlay)) =
            (root, release, timestamp, key(Role::Overlay)?)
        else {
            return Ok(None);
        };
        let data = key(Role::Data)?;
        Ok(Some(Self { root, release, timestamp, overlay, data, folder, made: Vec::new() }))
    }

    /// Reads the keys of the site in this folder, and makes those that are missing.
    ///
    /// # Errors
    /// A folder that cannot be written, or a file that is not an Ed25519 key in PKCS#8 PEM.
    pub fn load_or_create(site: &Path) -> anyhow::Result<Self> {
        let folder = Self::folder(site);
        create_folder(&folder)?;
        let mut made = Vec::new();
        let mut key = |role: Role| -> anyhow::Result<SigningKey> {
            let (key, is_new) = load_or_create(&folder.join(format!("{}.pem", role.name())))?;
            made.extend(is_new.then_some(role));
            Ok(key)
        };
        let (root, release, timestamp) = (key(Role::Root)?, key(Role::Release)?, key(Role::Timestamp)?);
        let overlay = key(Role::Overlay)?;
        // The root of a site without feeds stays as it was before there were any.
        let has_feeds = site.join("feeds.toml").exists() || folder.join("data.pem").exists();
        let data = has_feeds.then(|| key(Role::Data)).transpose()?;
        Ok(Self { root, release, timestamp, overlay, data, folder, made })
    }

    /// Makes keys that nobody keeps, for a preview that is signed and opened by the same process.
    ///
    /// # Errors
    /// No randomness.
    pub fn in_memory() -> anyhow::Result<Self> {
        let key = || Ok::<_, anyhow::Error>(SigningKey::from_bytes(&random("a new key")?));
        let (root, release, timestamp, overlay, data) = (key()?, key()?, key()?, key()?, Some(key()?));
        Ok(Self { root, release, timestamp, overlay, data, folder: PathBuf::new(), made: Vec::new() })
    }
}

/// Reads the key in a file, and makes one where there is none; tells whether it did.
pub(super) fn load_or_create(path: &Path) -> anyhow::Result<(SigningKey, bool)> {
    if let Some(key) = read(path)? {
        return Ok((key, false));
    }
    private_folder_of(path)?;
    let is_new = create(path)?;
    // Another process may have made it first. There is now one key, and every process reads it.
    let key = read(path)?.with_context(|| format!("{}: the key that was just made is gone", path.display()))?;
    Ok((key, is_new))
}

/// Makes the folder of a file that only its owner may read.
pub(super) fn private_folder_of(path: &Path) -> anyhow::Result<()> {
    match path.parent() {
        Some(folder) if folder != Path::new("") => create_folder(folder),
        _ => Ok(()),
    }
}

/// The folder keeps itself out of git, also for a site whose own `.gitignore` does not know it.
fn create_folder(folder: &Path) -> anyhow::Result<()> {
    fs_err::create_dir_all(folder)?;
    let ignore = folder.join(".gitignore");
    if !ignore.exists() {
        fs_err::write(ignore, "*\n")?;
    }
    Ok(())
}

/// The key in a file, if there is one.
pub(super) fn read(path: &Path) -> anyhow::Result<Option<SigningKey>> {
    let Some(pem) = text_if_there(path)? else { return Ok(None) };
    let key = SigningKey::from_pkcs8_pem(&pem).map_err(|error| anyhow::anyhow!("{error}")).with_context(|| {
        format!("{}: not an Ed25519 private key in PKCS#8 PEM; delete it to have a new one made", path.display())
    })?;
    Ok(Some(key))
}

/// The key in a text of PEM, encrypted or not. `name` says in messages where it is from.
pub(super) fn of_pem(name: &str, pem: &str) -> anyhow::Result<SigningKey> {
    if sealed::is_sealed(pem) {
        return sealed::decrypted(name, pem, &mut passphrase::Passphrases::default());
    }
    let key = SigningKey::from_pkcs8_pem(pem.trim()).map_err(|error| anyhow::anyhow!("{error}"));
    key.with_context(|| format!("{name} holds no Ed25519 private key in PKCS#8 PEM"))
}

/// Makes a key file unless there is one, and tells whether it did. The file appears under its name when it is complete: a
/// second process never reads half a key, and never replaces the first one's.
fn create(path: &Path) -> anyhow::Result<bool> {
    let secret_key = random("a new key")?;
    // Without the public key in the file (RFC 5958 version 1) every version of OpenSSL reads it.
    let pem = KeypairBytes { secret_key, public_key: None }
        .to_pkcs8_pem(LineEnding::LF)
        .map_err(|error| anyhow::anyhow!("a new key cannot be written as PKCS#8: {error}"))?;
    write_private(path, pem.as_bytes(), Existing::Keep)
}

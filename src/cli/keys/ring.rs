//! The keys at hand for an environment that visitors see: files that open with a passphrase, and programs that sign elsewhere.
//!
//! Which key counts is what the root says. A key that it does not name is never used.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use ed25519_dalek::{Signature, SigningKey, VerifyingKey};

use super::passphrase::Passphrases;
use super::register::{self, Register};
use super::roots::Roots;
use super::{DevKeys, Signing, sealed};
use crate::cli::Usage;
use crate::cli::exec::{Exec, SECONDS_MAX};
use crate::trust::sign::Signer;
use crate::trust::{Role, Root, Scope};

/// The environment whose keys are made by themselves.
pub(in crate::cli) const DEVELOPMENT: &str = "development";

/// Where else keys are.
#[derive(Clone, Debug, Default, clap::Args)]
pub(in crate::cli) struct KeyArgs {
    /// A signing key that is not in .selvedge/keys (may be repeated). It is a PKCS#8 PEM file, or NAME=exec:PROGRAM
    /// that signs for the key NAME
    #[arg(long = "signer", value_name = "KEY")]
    signers: Vec<String>,
}

/// The keys of an environment that are at hand.
pub struct Ring {
    /// Every root, the first one first.
    roots: Vec<Vec<u8>>,
    keys: Vec<AtHand>,
    place: PathBuf,
}

/// A key at hand, and what it may sign for.
struct AtHand {
    role: Role,
    public: [u8; 32],
    secret: Secret,
}

enum Secret {
    Local(Box<SigningKey>),
    /// A program, and its arguments: the key's name, its role and the environment.
    Program(Exec, [String; 3]),
}

impl Signing for Ring {
    fn root(&self, _: &Scope<'_>, _: u64) -> anyhow::Result<Vec<u8>> {
        Ok(self.roots.last().cloned().unwrap_or_default())
    }

    fn roots(&self, _: &Scope<'_>, _: u64) -> anyhow::Result<Vec<Vec<u8>>> {
        Ok(self.roots.clone())
    }

    fn signers(&self, role: Role) -> Vec<Signer<'_>> {
        self.keys.iter().filter(|key| key.role == role).map(AtHand::signer).collect()
    }

    fn place(&self) -> String {
        self.place.display().to_string()
    }
}

/// The keys that sign an environment as these roles. Development has its own, which only a build makes.
pub(in crate::cli) fn of(
    site: &Path,
    scope: &Scope<'_>,
    roles: &[Role],
    args: &KeyArgs,
    for_build: bool,
) -> anyhow::Result<Box<dyn Signing>> {
    if scope.environment == DEVELOPMENT && for_build {
        let keys = DevKeys::load_or_create(site)?;
        if !keys.made.is_empty() {
            anstream::eprintln!("made keys in {} (never commit them)", keys.folder.display());
        }
        return Ok(Box::new(keys));
    }
    if scope.environment == DEVELOPMENT {
        let keys = DevKeys::load(site)?.with_context(|| {
            let keys = DevKeys::folder(site);
            format!("{} lacks keys: publish with the keys of the folder's build", keys.display())
        })?;
        return Ok(Box::new(keys));
    }
    Ok(Box::new(Ring::open(site, scope, roles, args)?))
}

impl Ring {
    pub(super) fn open(site: &Path, scope: &Scope<'_>, roles: &[Role], args: &KeyArgs) -> anyhow::Result<Self> {
        let roots = Roots::load(site, scope)?;
        let Scope { environment, .. } = scope;
        let (root, _) = roots.newest.with_context(|| {
            let (site, folder) = (site.display(), register::folder(site, environment));
            format!(
                "`{environment}` has no keys: {} has no root that is signed. Hosts only trust the keys that they were set up with. For a new environment, make its keys and its first root: selvedge keys new {site} --env {environment}",
                folder.display()
            )
        })?;
        let keys = at_hand(site, environment, &Register::load(site, environment)?, &of_root(&root, roles), args)?;
        Ok(Self { roots: roots.whole, keys, place: folder(site, environment) })
    }

    /// The keys at hand that may sign the next root.
    pub(super) fn of_next_root(
        site: &Path,
        scope: &Scope<'_>,
        roots: &Roots,
        register: &Register,
        args: &KeyArgs,
    ) -> anyhow::Result<Self> {
        let wanted: Vec<(Role, [u8; 32])> =
            roots.signing_keys(register).into_iter().map(|key| (Role::Root, key)).collect();
        let keys = at_hand(site, scope.environment, register, &wanted, args)?;
        Ok(Self { roots: Vec::new(), keys, place: folder(site, scope.environment) })
    }
}

/// Where the private keys of an environment are.
pub(super) fn folder(site: &Path, environment: &str) -> PathBuf {
    DevKeys::folder(site).join(environment)
}

/// The file of a key, and that of the key that it replaced.
pub(super) fn files(site: &Path, environment: &str, name: &str) -> [PathBuf; 2] {
    [format!("{name}.pem"), format!("{name}.before.pem")].map(|file| folder(site, environment).join(file))
}

/// The keys that a root names for these roles.
fn of_root(root: &Root, roles: &[Role]) -> Vec<(Role, [u8; 32])> {
    let of = |role: &Role| root.policy(*role).map(|(_, keys)| keys).unwrap_or_default();
    roles.iter().flat_map(|role| of(role).into_iter().map(|key| (*role, key))).collect()
}

fn at_hand(
    site: &Path,
    environment: &str,
    register: &Register,
    wanted: &[(Role, [u8; 32])],
    args: &KeyArgs,
) -> anyhow::Result<Vec<AtHand>> {
    let mut passphrases = Passphrases::default();
    let mut found: Vec<AtHand> = Vec::new();
    let mut add = |key: SigningKey| {
        let public = key.verifying_key().to_bytes();
        let role = wanted.iter().find(|(_, wanted)| *wanted == public).map(|(role, _)| *role);
        let is_new = found.iter().all(|known| known.public != public);
        if let Some(role) = role.filter(|_| is_new) {
            found.push(AtHand { role, public, secret: Secret::Local(Box::new(key)) });
        }
        role
    };
    for (_, key) in wanted {
        // A key that the register does not name any more is that of the root before: its file has a new one in front of it.
        let names: Vec<&str> = match register.name_of(key) {
            Some(name) => vec![name],
            None => register
                .roles
                .get(&Role::Root)
                .into_iter()
                .flat_map(|entry| entry.keys.keys().map(String::as_str))
                .collect(),
        };
        for path in names.into_iter().flat_map(|name| files(site, environment, name)) {
            if path.exists()
                && let Some(key) = sealed::read(&path, &mut passphrases)?
            {
                add(key);
            }
        }
    }
    let (programs, paths): (Vec<&String>, Vec<&String>) = args.signers.iter().partition(|key| key.contains("=exec:"));
    for path in paths {
        let key = sealed::read(Path::new(path), &mut passphrases)?;
        let key = key.with_context(|| Usage(format!("--signer {path}: there is no such file")))?;
        if add(key).is_none() {
            anstream::eprintln!(
                "note: {path} is not used: the root of `{environment}` names it for nothing that is signed here"
            );
        }
    }
    for text in programs {
        let (name, program) = text.split_once('=').unwrap_or_default();
        let (role, public) = register.named(name)?;
        let exec = Exec::parse(program, SECONDS_MAX)?;
        if wanted.contains(&(role, public)) && found.iter().all(|known| known.public != public) {
            let arguments = [name.to_owned(), role.name().to_owned(), environment.to_owned()];
            found.push(AtHand { role, public, secret: Secret::Program(exec, arguments) });
        }
    }
    Ok(found)
}

impl AtHand {
    fn signer(&self) -> Signer<'_> {
        match &self.secret {
            Secret::Local(key) => Signer::local(key),
            Secret::Program(exec, arguments) => by_program(exec, self.public, arguments.clone()),
        }
    }
}

/// A signer that is a program. Its arguments are the key's name, its role and the environment.
pub(super) fn by_program(exec: &Exec, public: [u8; 32], arguments: [String; 3]) -> Signer<'_> {
    Signer::new(public, move |message| {
        let answer = exec.run(&arguments, message).map_err(|error| format!("{error:#}"))??;
        let [name, ..] = &arguments;
        let length = answer.len();
        let signature: [u8; 64] = answer.try_into().map_err(|_| {
            format!("the program for `{name}` answered {length} bytes; an Ed25519 signature has 64, and nothing else may be on its output")
        })?;
        // A wrong key shows here, and not when hosts refuse the release.
        let is_right = VerifyingKey::from_bytes(&public)
            .is_ok_and(|key| key.verify_strict(message, &Signature::from_bytes(&signature)).is_ok());
        is_right.then_some(signature).ok_or_else(|| {
            format!("the program for `{name}` signed with another key, or something else than its input")
        })
    })
}

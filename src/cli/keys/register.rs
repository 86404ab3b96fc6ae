//! `SITE/trust/ENVIRONMENT/keys.toml`: the public keys of an environment, with the names that people call them by.
//!
//! Teams review and commit it. It gives no key a say: a root does, which is made of it and signed.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::cli::{Usage, files};
use crate::trust::Role;
use crate::trust::sign::RoleKeys;
use crate::words::{hex, parse_hex};

/// The roles that may have keys, in the order of the file.
pub(super) const ROLES: [Role; 11] = [
    Role::Root,
    Role::Timestamp,
    Role::Release,
    Role::Data,
    Role::Overlay,
    Role::Privacy,
    Role::Legal,
    Role::Engineering,
    Role::Finance,
    Role::Decisioning,
    Role::Content,
];

/// The keys of every role.
#[derive(Debug, Default)]
pub(super) struct Register {
    path: PathBuf,
    pub(super) roles: BTreeMap<Role, Entry>,
}

/// The keys of a role by name, and how many of them must sign.
#[derive(Debug, Default)]
pub(super) struct Entry {
    pub(super) threshold: u64,
    pub(super) keys: BTreeMap<String, [u8; 32]>,
}

impl Register {
    /// Reads the register of an environment. It is empty if there is none.
    pub(super) fn load(site: &Path, environment: &str) -> anyhow::Result<Self> {
        let path = folder(site, environment).join("keys.toml");
        let text = files::text_if_there(&path)?.unwrap_or_default();
        let roles = parse(&text).with_context(|| path.display().to_string())?;
        let register = Self { path, roles };
        for (role, name, key) in register.all() {
            register.refuse_twice(key, Some((role, name)))?;
        }
        Ok(register)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.roles.is_empty()
    }

    /// Every key: its role, its name and itself.
    pub(super) fn all(&self) -> impl Iterator<Item = (Role, &str, &[u8; 32])> {
        self.roles.iter().flat_map(|(role, entry)| entry.keys.iter().map(|(name, key)| (*role, name.as_str(), key)))
    }

    /// The role and the key with this name.
    pub(super) fn named(&self, name: &str) -> anyhow::Result<(Role, [u8; 32])> {
        let found = self.all().find(|(_, known, _)| *known == name).map(|(role, _, key)| (role, *key));
        found.with_context(|| {
            let known: Vec<&str> = self.all().map(|(_, name, _)| name).collect();
            Usage(format!("{} has no key `{name}`; it has {}", self.path.display(), known.join(", ")))
        })
    }

    /// The name of a key.
    pub(super) fn name_of(&self, key: &[u8; 32]) -> Option<&str> {
        self.all().find(|(_, _, known)| *known == key).map(|(_, name, _)| name)
    }

    /// Adds a key under a name that nobody has.
    pub(super) fn add(&mut self, role: Role, name: &str, key: [u8; 32]) -> anyhow::Result<()> {
        let is_name = (1..=64).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        anyhow::ensure!(
            is_name && name != "threshold",
            Usage(format!(
                "`{name}` is no name of a key; write lower-case letters, digits and hyphens, as in `{role}-alice`"
            ))
        );
        if self.all().any(|(_, known, _)| known == name) {
            return Err(Usage(format!(
                "there is a key `{name}` already; give this one another name, as in --name {name}-2"
            ))
            .into());
        }
        self.refuse_twice(&key, None)?;
        let entry = self.roles.entry(role).or_default();
        entry.threshold = entry.threshold.max(1);
        entry.keys.insert(name.to_owned(), key);
        Ok(())
    }

    /// Takes a key out. Its role stays able to sign.
    pub(super) fn remove(&mut self, name: &str) -> anyhow::Result<Role> {
        let (role, _) = self.named(name)?;
        let entry = self.roles.entry(role).or_default();
        let (left, threshold) = (entry.keys.len() - 1, entry.threshold);
        anyhow::ensure!(
            left as u64 >= threshold,
            "without `{name}` the role `{role}` has {left} keys, but {threshold} must sign. Add another key first: selvedge keys new --role {role}"
        );
        entry.keys.remove(name);
        Ok(role)
    }

    pub(super) fn write(&self) -> anyhow::Result<()> {
        let mut text = String::from(
            "# The public keys of this environment. `selvedge keys` writes this file. Commit it.\n# Nobody trusts a key because it is here: a signed root beside this file names it.\n",
        );
        for (role, Entry { threshold, keys }) in &self.roles {
            let _ = write!(text, "\n[{role}]\nthreshold = {threshold}\n");
            for (name, key) in keys {
                let _ = writeln!(text, "{name} = \"{}\"", hex(key));
            }
        }
        fs_err::create_dir_all(files::folder_of(&self.path))?;
        files::replace(&self.path, text.as_bytes())
    }

    /// The roles as a root has them.
    pub(super) fn role_keys(&self) -> Vec<RoleKeys> {
        let of = |(role, entry): (&Role, &Entry)| RoleKeys {
            role: *role,
            threshold: entry.threshold,
            keys: entry.keys.values().copied().collect(),
        };
        self.roles.iter().map(of).collect()
    }

    /// One key is one person: it counts once, and for one role.
    fn refuse_twice(&self, key: &[u8; 32], but: Option<(Role, &str)>) -> anyhow::Result<()> {
        let other = self.all().find(|(role, name, known)| *known == key && Some((*role, *name)) != but);
        let Some((role, name, _)) = other else { return Ok(()) };
        anyhow::bail!(
            "{}: this key is `{name}` of the role `{role}` already. A key signs for one role, so that two roles are two people. Make another key",
            self.path.display()
        );
    }
}

/// The public half of an environment's keys: `SITE/trust/ENVIRONMENT`.
pub(super) fn folder(site: &Path, environment: &str) -> PathBuf {
    site.join("trust").join(environment)
}

/// A role by its name.
pub(super) fn role(name: &str) -> Result<Role, String> {
    let known = || ROLES.map(Role::name).join(", ");
    ROLES
        .into_iter()
        .find(|role| role.name() == name)
        .ok_or_else(|| format!("there is no role `{name}`; the roles are {}", known()))
}

fn parse(text: &str) -> anyhow::Result<BTreeMap<Role, Entry>> {
    let tables: BTreeMap<String, BTreeMap<String, toml::Value>> = toml::from_str(text)?;
    let mut roles = BTreeMap::new();
    for (name, table) in tables {
        let role = self::role(&name).map_err(|error| anyhow::anyhow!(error))?;
        let mut entry = Entry::default();
        for (key, value) in table {
            if key == "threshold" {
                let threshold = value.as_integer().and_then(|number| u64::try_from(number).ok());
                entry.threshold =
                    threshold.filter(|number| *number > 0).context("a threshold is a number above zero")?;
            } else {
                let public = value.as_str().and_then(parse_hex);
                entry
                    .keys
                    .insert(key.clone(), public.with_context(|| format!("`{key}` is not 64 hexadecimal digits"))?);
            }
        }
        let (have, need) = (entry.keys.len() as u64, entry.threshold);
        anyhow::ensure!((1..=have).contains(&need), "[{role}] has {have} keys and threshold {need}");
        roles.insert(role, entry);
    }
    Ok(roles)
}

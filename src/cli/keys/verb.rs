//! `selvedge keys`: who may sign for an environment.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use ed25519_dalek::SigningKey;
use serde_json::json;

use super::passphrase::Passphrases;
use super::register::{self, Register};
use super::ring::{self, DEVELOPMENT, KeyArgs, Ring};
use super::roots::Roots;
use super::{Signing as _, sealed};
use crate::author::site::Site;
use crate::cli::files::Existing;
use crate::cli::{Outcome, SiteFolder, Usage, now_ms, open, random};
use crate::trust::sign::key_id;
use crate::trust::{Role, Scope};
use crate::words::time::{SECOND, format_rfc3339};
use crate::words::{hex, parse_hex};

/// The roles without which no environment is published, and the one that takes things back.
const BASE: [Role; 4] = [Role::Root, Role::Timestamp, Role::Release, Role::Overlay];

#[derive(clap::Subcommand)]
pub(in crate::cli) enum Verb {
    /// Make keys: the first ones of an environment, or one more
    New(New),
    /// Show who may sign what, and which keys are at hand
    List(List),
    /// Replace a key, or sign a new root before the old one expires
    Rotate(Rotate),
    /// Take a key's say away
    Revoke(Revoke),
}

#[derive(clap::Args)]
struct Place {
    #[command(flatten)]
    folder: SiteFolder,
    /// The environment that the keys are for
    #[arg(long, value_name = "NAME")]
    env: String,
    #[command(flatten)]
    keys: KeyArgs,
}

#[derive(clap::Args)]
#[command(after_help = "\
A private key is written to .selvedge/keys/ENVIRONMENT/NAME.pem, encrypted with a passphrase: from SELVEDGE_PASSPHRASE, or typed at the
terminal. Its public half goes to trust/ENVIRONMENT/keys.toml. A root in trust/ENVIRONMENT/root names the keys that count. Commit trust/,
never .selvedge/keys.

Without --role, this makes the first keys of an environment: one each for root, timestamp, release and overlay, one for data
if the site has feeds, and one for each role that [approvals] in selvedge.toml names. Then give each role's file to the person or the job that has this role.

Examples:
  SELVEDGE_PASSPHRASE=correct-horse selvedge keys new examples/storefront --env production
  SELVEDGE_PASSPHRASE=correct-horse selvedge keys new examples/storefront --env production --role release --name release-bob")]
pub(in crate::cli) struct New {
    #[command(flatten)]
    place: Place,
    /// The role of the key; without it, the first keys of every role
    #[arg(long, value_parser = register::role)]
    role: Option<Role>,
    /// The name of the key; the role's name by default
    #[arg(long, requires = "role")]
    name: Option<String>,
    /// How many keys of the role must sign from now on
    #[arg(long, value_name = "NUMBER", requires = "role")]
    threshold: Option<u64>,
    /// A public key that somebody made elsewhere, as 64 hexadecimal digits: no private key is made
    #[arg(long, value_name = "KEY", requires = "role")]
    public: Option<String>,
}

#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  selvedge keys list examples/storefront --env production\n  selvedge keys list examples/storefront --env production --json"
)]
pub(in crate::cli) struct List {
    #[command(flatten)]
    folder: SiteFolder,
    /// The environment that the keys are for
    #[arg(long, value_name = "NAME")]
    env: String,
    /// Print the keys as JSON
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
#[command(after_help = "\
A new root counts when enough keys of the root before it and enough of its own have signed it. What lacks is printed: `selvedge sign` adds
it on another machine. Deploy the Worker with the new root's SHA-256 afterwards.

Examples:
  SELVEDGE_PASSPHRASE=correct-horse selvedge keys rotate examples/storefront --env production
  SELVEDGE_PASSPHRASE=correct-horse selvedge keys rotate examples/storefront --env production --name timestamp")]
pub(in crate::cli) struct Rotate {
    #[command(flatten)]
    place: Place,
    /// The key to replace by a new one; without it, the root alone is made again
    #[arg(long)]
    name: Option<String>,
}

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  SELVEDGE_PASSPHRASE=correct-horse selvedge keys revoke examples/storefront --env production --name release-bob")]
pub(in crate::cli) struct Revoke {
    #[command(flatten)]
    place: Place,
    /// The key that no longer counts
    #[arg(long)]
    name: String,
}

pub(in crate::cli) fn run(verb: &Verb) -> anyhow::Result<Outcome> {
    match verb {
        Verb::New(args) => new(args),
        Verb::List(args) => list(args),
        Verb::Rotate(args) => rotate(args),
        Verb::Revoke(args) => revoke(args),
    }
}

fn new(args: &New) -> anyhow::Result<Outcome> {
    let mut desk = Desk::open(&args.place)?;
    match (args.role, &args.public) {
        (Some(role), public) => {
            let name = args.name.clone().unwrap_or_else(|| role.name().to_owned());
            match public {
                Some(text) => {
                    let key = parse_hex(text);
                    let key =
                        key.with_context(|| Usage(format!("--public {text}: a public key has 64 hexadecimal digits")))?;
                    desk.register.add(role, &name, key)?;
                }
                None => desk.make(role, &name)?,
            }
            if let (Some(threshold), Some(entry)) = (args.threshold, desk.register.roles.get_mut(&role)) {
                let have = entry.keys.len();
                anyhow::ensure!(
                    (1..=have as u64).contains(&threshold),
                    Usage(format!(
                        "--threshold {threshold}: `{role}` has {have} keys, so 1 to {have} of them can be asked for"
                    ))
                );
                entry.threshold = threshold;
            }
        }
        (None, _) => {
            anyhow::ensure!(
                desk.register.is_empty(),
                "`{}` has keys already; name the role of one more with --role, as in --role release --name release-bob",
                args.place.env
            );
            let approving = desk.site.approvals.iter().flat_map(|(_, roles)| roles.iter().copied());
            let is_fed = desk.site.feeds.iter().any(|feed| !feed.persons);
            let data = is_fed.then_some(Role::Data);
            let roles: std::collections::BTreeSet<Role> = BASE.into_iter().chain(data).chain(approving).collect();
            for role in roles {
                desk.make(role, role.name())?;
            }
        }
    }
    desk.finish()
}

fn rotate(args: &Rotate) -> anyhow::Result<Outcome> {
    let mut desk = Desk::open(&args.place)?;
    if let Some(name) = &args.name {
        let (role, _) = desk.register.named(name)?;
        let entry = desk.register.roles.entry(role).or_default();
        entry.keys.remove(name);
        let [path, before] = ring::files(&args.place.folder.site, &args.place.env, name);
        if path.exists() {
            // The next root needs a signature by the old key.
            fs_err::rename(&path, &before)?;
        }
        desk.make(role, name)?;
    }
    desk.finish()
}

fn revoke(args: &Revoke) -> anyhow::Result<Outcome> {
    let mut desk = Desk::open(&args.place)?;
    desk.register.remove(&args.name)?;
    desk.finish()
}

/// An environment whose keys are being changed.
struct Desk<'a> {
    place: &'a Place,
    site: Site,
    register: Register,
    made: Vec<PathBuf>,
    passphrases: Passphrases,
}

impl<'a> Desk<'a> {
    fn open(place: &'a Place) -> anyhow::Result<Self> {
        let site = site_with(&place.folder.site, &place.env)?;
        let register = Register::load(&place.folder.site, &place.env)?;
        Ok(Self { place, site, register, made: Vec::new(), passphrases: Passphrases::default() })
    }

    /// Makes a key pair: the private half into a file, the public half into the register.
    fn make(&mut self, role: Role, name: &str) -> anyhow::Result<()> {
        let key = SigningKey::from_bytes(&random("a new key")?);
        self.register.add(role, name, key.verifying_key().to_bytes())?;
        let [path, _] = ring::files(&self.place.folder.site, &self.place.env, name);
        let is_new = sealed::write(&path, &key, &self.passphrases.of_new_keys()?, Existing::Keep)?;
        anyhow::ensure!(is_new, "{} is there already, and a key is never written over", path.display());
        self.made.push(path);
        Ok(())
    }

    /// Writes the register, and the next root as far as the keys at hand can sign it.
    fn finish(self) -> anyhow::Result<Outcome> {
        let Place { folder, env, keys } = self.place;
        let scope = Scope { repository: &self.site.name, environment: env };
        let mut roots = Roots::load(&folder.site, &scope)?;
        self.register.write()?;
        for path in &self.made {
            anstream::println!("made {}: never commit it, and keep a copy in a safe place", path.display());
        }
        let ring = Ring::of_next_root(&folder.site, &scope, &roots, &self.register, keys)?;
        let signers = ring.signers(Role::Root);
        let (site, path) = (folder.site.display(), roots.path(roots.next()));
        if signers.is_empty() {
            anstream::println!(
                "no key of the root is at hand, so nothing counts yet. Commit trust/, then with a root key: selvedge keys rotate {site} --env {env}"
            );
            return Ok(Outcome::Clean);
        }
        let now_s = u64::try_from(now_ms(None)? / SECOND)?;
        roots.draft(&scope, &self.register, &self.site.approvals, &signers, now_s)?;
        tell(&roots, &path, &site.to_string(), env);
        Ok(Outcome::Clean)
    }
}

/// Says whether the root that was just signed counts.
pub(in crate::cli) fn tell(roots: &Roots, path: &Path, site: &str, environment: &str) {
    match &roots.draft {
        Some((_, why)) => anstream::println!(
            "{} does not count yet: {why}. Commit trust/, then on the machine with the missing key: selvedge sign {site} --env {environment}",
            path.display()
        ),
        None => {
            let Some((root, bytes)) = &roots.newest else { return };
            let digest = hex(&crate::trust::native::sha256(bytes));
            anstream::println!(
                "root {} of `{environment}` expires {}. Commit trust/. A Worker pins it with ROOT_VERSION={} and ROOT_SHA256={digest}",
                root.version(),
                format_rfc3339(root.expires_ms()),
                root.version(),
            );
        }
    }
}

/// A site, if it has this environment and development is not meant.
pub(in crate::cli) fn site_with(folder: &Path, environment: &str) -> anyhow::Result<Site> {
    let (site, ..) = open::site(folder)?;
    open::environment(&site, Some(environment))?;
    anyhow::ensure!(
        environment != DEVELOPMENT,
        Usage(format!(
            "`{DEVELOPMENT}` has keys of its own, which a build makes; name another environment of {}",
            site.name
        ))
    );
    Ok(site)
}

fn list(args: &List) -> anyhow::Result<Outcome> {
    let site = site_with(&args.folder.site, &args.env)?;
    let scope = Scope { repository: &site.name, environment: &args.env };
    let (register, roots) = (Register::load(&args.folder.site, &args.env)?, Roots::load(&args.folder.site, &scope)?);
    anyhow::ensure!(
        !register.is_empty(),
        "`{env}` has no keys yet; make them: selvedge keys new {site} --env {env}",
        env = args.env,
        site = args.folder.site.display()
    );
    let counts = |role: Role, key: &[u8; 32]| {
        let policy = roots.newest.as_ref().and_then(|(root, _)| root.policy(role));
        policy.is_some_and(|(_, keys)| keys.contains(key))
    };
    let is_here = |name: &str| ring::files(&args.folder.site, &args.env, name)[0].exists();
    if args.json {
        let roles: serde_json::Map<String, serde_json::Value> = register.roles.iter().map(|(role, entry)| {
            let keys: Vec<_> = entry.keys.iter().map(|(name, key)| {
                json!({"name": name, "id": hex(&key_id(key)), "public": hex(key), "counts": counts(*role, key), "here": is_here(name)})
            }).collect();
            (role.name().to_owned(), json!({"threshold": entry.threshold, "keys": keys}))
        }).collect();
        let root = roots
            .newest
            .as_ref()
            .map(|(root, _)| json!({"version": root.version(), "expires": format_rfc3339(root.expires_ms())}));
        anstream::println!(
            "{}",
            json!({"environment": args.env, "root": root, "draft": roots.draft.is_some(), "roles": roles})
        );
        return Ok(Outcome::Clean);
    }
    for (role, entry) in &register.roles {
        anstream::println!("{role}: {} of {} must sign", entry.threshold, entry.keys.len());
        for (name, key) in &entry.keys {
            let here = if is_here(name) { ", its file is here" } else { "" };
            let say = if counts(*role, key) { "" } else { ", not in a signed root yet" };
            anstream::println!("  {name}  {}{here}{say}", hex(&key_id(key)));
        }
    }
    for (class, roles) in roots.newest.iter().flat_map(|(root, _)| root.classes()) {
        let roles: Vec<&str> = roles.iter().map(|role| role.name()).collect();
        anstream::println!("{class} must be approved by {}", roles.join(" and "));
    }
    tell(&roots, &roots.path(roots.next()), &args.folder.site.display().to_string(), &args.env);
    Ok(Outcome::Clean)
}

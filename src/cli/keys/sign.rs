//! `selvedge sign`: one person's signatures, on their own machine.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::register::{ROLES, Register};
use super::ring::{KeyArgs, Ring};
use super::roots::Roots;
use super::{Signing as _, is_known, verb};
use crate::cli::open::Refused;
use crate::cli::{Outcome, SiteFolder, files, now_ms, publish};
use crate::compile::compile;
use crate::trust::{ROOT_BYTES_MAX, Role, Scope};
use crate::words::time::SECOND;

#[derive(clap::Args)]
#[command(after_help = "\
Signs what waits for signatures: the next root in trust/ENVIRONMENT/root, with --release the proposal in a built folder, and with --overlay an
order to pause or stop, or a list of withdrawals. A key signs for the role that the root gives it. A release is signed only if this checkout builds
the same bytes. What an overlay changes is printed: `selvedge verify` prints the same and signs nothing. When the last signature is there, and
the key of the timestamp is at hand, the proposal or the overlay comes into the head. The exit code is 1 while signatures are missing.

Examples:
  SELVEDGE_PASSPHRASE=correct-horse selvedge sign examples/storefront --env production
  SELVEDGE_PASSPHRASE=correct-horse selvedge build examples/storefront --env production --out dist/production
  SELVEDGE_PASSPHRASE=correct-horse selvedge sign examples/storefront --env production --release dist/production
  SELVEDGE_PASSPHRASE=correct-horse selvedge sign examples/storefront --env production --overlay dist/production")]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    folder: SiteFolder,
    /// The environment to sign for
    #[arg(long, value_name = "NAME")]
    env: String,
    /// The built folder with the proposal; a copy of it will do
    #[arg(long, value_name = "DIR")]
    release: Option<PathBuf>,
    /// The built folder with the overlay that waits; a copy of it will do
    #[arg(long, value_name = "DIR", conflicts_with = "release")]
    overlay: Option<PathBuf>,
    #[command(flatten)]
    keys: KeyArgs,
}

pub(in crate::cli) fn run(args: &Args) -> anyhow::Result<Outcome> {
    // Orders are given when something is wrong, so the sources may be broken.
    if let Some(folder) = &args.overlay {
        return sign_overlay(args, folder);
    }
    let site = verb::site_with(&args.folder.site, &args.env)?;
    let scope = Scope { repository: &site.name, environment: &args.env };
    let now_s = u64::try_from(now_ms(None)? / SECOND)?;
    let Some(folder) = &args.release else { return sign_root(args, &scope) };

    let roles: Vec<Role> = ROLES.into_iter().filter(|role| *role != Role::Root).collect();
    let keys = Ring::open(&args.folder.site, &scope, &roles, &args.keys)?;
    let Some(lacks) = publish::sign_proposal(folder, &scope, &compile(&site), &keys, now_s)? else {
        anstream::println!("no release of `{}` waits for a signature in {}", args.env, folder.display());
        return Ok(Outcome::Clean);
    };
    if lacks.is_empty() {
        anstream::println!("every signature is there: {} holds the new release for `{}`", folder.display(), args.env);
        return Ok(Outcome::Clean);
    }
    anstream::println!("signed. Missing signatures: {}", lacks.join(", "));
    Ok(Outcome::Findings)
}

fn sign_overlay(args: &Args, folder: &Path) -> anyhow::Result<Outcome> {
    let environment = &args.env;
    let root = publish::root_file(folder, environment)?;
    let root = files::read_bounded(&root, ROOT_BYTES_MAX as u64).with_context(|| root.display().to_string())?;
    let repository = publish::repository(folder, environment)?;
    let scope = Scope { repository: &repository, environment };
    if !is_known(&args.folder.site, &scope, &root)? {
        return Err(Refused::Integrity(anyhow::anyhow!(
            "the root in {} is not one of this site, so nothing was signed. The roots that count are in {}/trust/{environment}/root",
            folder.display(),
            args.folder.site.display()
        ))
        .into());
    }
    let waits = publish::waiting(folder, environment)?;
    let Some(lines) = waits else {
        anstream::println!("no overlay of `{environment}` waits for a signature in {}", folder.display());
        return Ok(Outcome::Clean);
    };
    anstream::println!("this overlay changes what `{environment}` shows:");
    lines.iter().for_each(|line| anstream::println!("  {line}"));
    let keys = Ring::open(&args.folder.site, &scope, &[Role::Overlay, Role::Timestamp], &args.keys)?;
    let now_s = u64::try_from(now_ms(None)? / SECOND)?;
    let lacks = publish::sign_waiting(folder, environment, &keys, now_s)?.unwrap_or_default();
    if lacks.is_empty() {
        anstream::println!(
            "every signature is there: the head in {} has the overlay. Upload the folder's head",
            folder.display()
        );
        return Ok(Outcome::Clean);
    }
    anstream::println!("signed. Missing signatures: {}", lacks.join(", "));
    Ok(Outcome::Findings)
}

fn sign_root(args: &Args, scope: &Scope<'_>) -> anyhow::Result<Outcome> {
    let site = &args.folder.site;
    let mut roots = Roots::load(site, scope)?;
    if roots.draft.is_none() {
        anstream::println!("no root of `{}` waits for a signature", args.env);
        return Ok(Outcome::Clean);
    }
    let register = Register::load(site, &args.env)?;
    let ring = Ring::of_next_root(site, scope, &roots, &register, &args.keys)?;
    let path = roots.path(roots.next());
    roots.sign(scope, &roots.signing_keys(&register), &ring.signers(Role::Root))?;
    verb::tell(&roots, &path, &site.display().to_string(), &args.env);
    Ok(if roots.draft.is_some() { Outcome::Findings } else { Outcome::Clean })
}

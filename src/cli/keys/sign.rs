//! `selvedge sign`: one person's signatures, on their own machine.

use std::path::PathBuf;

use super::register::{ROLES, Register};
use super::ring::{KeyArgs, Ring};
use super::roots::Roots;
use super::{Signing as _, verb};
use crate::cli::{Outcome, SiteFolder, now_ms, publish};
use crate::compile::compile;
use crate::trust::{Role, Scope};
use crate::words::time::SECOND;

#[derive(clap::Args)]
#[command(after_help = "\
Signs what waits for signatures: the next root in trust/ENVIRONMENT/root, and with --release the proposal in a built folder. A key signs for the
role that the root gives it. A release is signed only if this checkout builds the same bytes. When the last signature is there, and the key of
the timestamp is at hand, the proposal becomes the head. The exit code is 1 while signatures are missing.

Examples:
  SELVEDGE_PASSPHRASE=correct-horse selvedge sign examples/storefront --env production
  SELVEDGE_PASSPHRASE=correct-horse selvedge build examples/storefront --env production --out dist/production
  SELVEDGE_PASSPHRASE=correct-horse selvedge sign examples/storefront --env production --release dist/production")]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    folder: SiteFolder,
    /// The environment to sign for
    #[arg(long, value_name = "NAME")]
    env: String,
    /// The built folder with the proposal; a copy of it will do
    #[arg(long, value_name = "DIR")]
    release: Option<PathBuf>,
    #[command(flatten)]
    keys: KeyArgs,
}

pub(in crate::cli) fn run(args: &Args) -> anyhow::Result<Outcome> {
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

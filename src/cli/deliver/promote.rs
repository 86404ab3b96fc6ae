//! `selvedge promote`: the release of one environment for another one, byte for byte.

use std::path::PathBuf;

use anyhow::Context as _;
use serde_json::json;

use super::again::{Again, Goal};
use super::{environment_of, source::Source};
use crate::cli::change::{Facts, New, earlier};
use crate::cli::keys::{self, KeyArgs};
use crate::cli::open::Refused;
use crate::cli::publish::journeys::Past;
use crate::cli::store::{CREDENTIALS, Place, Reach};
use crate::cli::{Outcome, Usage, build, now_ms, open};
use crate::report::ChangeKind;
use crate::trust::{Kind, Scope};
use crate::words::hex;
use crate::words::time::format_rfc3339;

#[derive(clap::Args)]
#[command(after_help = help())]
pub(in crate::cli) struct Args {
    /// The place of the release: a built folder or a store. With --in, an environment
    from: String,
    /// The goal: a built folder or a store. With --in, an environment
    to: String,
    /// Both are environments of this folder or store
    #[arg(long = "in", value_name = "PLACE", conflicts_with_all = ["from_env", "env"])]
    inside: Option<String>,
    /// The environment of the source; its only one by default
    #[arg(long = "from", value_name = "NAME")]
    from_env: Option<String>,
    /// The environment to promote to
    #[arg(long, value_name = "NAME", required_unless_present = "inside")]
    env: Option<String>,
    /// The site's folder: the one with selvedge.toml, with the keys and roots of both environments
    #[arg(long, value_name = "DIR", default_value = ".")]
    site: PathBuf,
    /// Why, for the change record
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Promote a release whose timestamp has expired, too. Check first that it is the right one
    #[arg(long)]
    expired: bool,
    /// The address of a running Worker: publish only what it says it can read (may be repeated)
    #[arg(long = "for", value_name = "URL")]
    readers: Vec<String>,
    #[command(flatten)]
    keys: KeyArgs,
    #[command(flatten)]
    reach: Reach,
    /// Print what was done as JSON
    #[arg(long)]
    json: bool,
}

fn help() -> String {
    format!(
        "Nothing is built again: each payload keeps its bytes and its SHA-256. What is signed names the environment, so the release gets new \
         signatures, and each role approves again for the new environment. In a folder, a release that lacks signatures is a proposal for \
         `selvedge sign`. A store gets the release only when every signature is there. A folder to which somebody has published is a store.\n\n{CREDENTIALS}\n\n\
         Examples:\n  SELVEDGE_PASSPHRASE=correct-horse selvedge promote dist/storefront dist/live --env production --site examples/storefront\n  \
         selvedge build examples/storefront --out dist/both\n  \
         SELVEDGE_PASSPHRASE=correct-horse selvedge promote development production --in dist/both --site examples/storefront"
    )
}

pub(in crate::cli) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let (site, ..) = open::site(&args.site)?;
    let place = |store: &str| Place::at(store.to_owned(), args.reach.clone());
    let [from, to] = [&args.from, &args.to].map(|one| place(args.inside.as_ref().unwrap_or(one)));
    let target = if args.inside.is_some() { Some(args.to.as_str()) } else { args.env.as_deref() };
    let target = open::environment(&site, target)?;

    let (source, environment) = {
        let store = from.open(false)?;
        let named = if args.inside.is_some() { Some(args.from.as_str()) } else { args.from_env.as_deref() };
        let environment = environment_of(&*store, named)?;
        (Source::live(&*store, &environment)?, environment)
    };
    anyhow::ensure!(
        environment != target || from.store != to.store,
        Usage(format!("the release of `{environment}` in {} is there already", from.store))
    );
    check(args, &source, &site.name)?;

    let scope = Scope { repository: &site.name, environment: target };
    let keys = keys::of(&args.site, &scope, &keys::building(), &args.keys, true)?;
    let (folder, again) = (args.site.display(), "dist/promoted");
    let again = Again {
        scope,
        source: &source,
        // Each role says again what it approves, for this environment.
        approvals: Vec::new(),
        past: Past::Kept,
        keys: &*keys,
        issued_s: build::issued_seconds()?,
        readers: &args.readers,
        collect: format!(
            "Promote to a folder, let each person sign there, and publish the folder: selvedge promote {} {again} --env {target} --site {folder}; selvedge sign {folder} --env {target} --release {again}; selvedge publish {again} {}",
            args.from, to.store
        ),
    };
    let goal = Goal::of(&to);
    let is_there = match &goal {
        Goal::Folder(folder) if !folder.is_dir() => false,
        _ => again.is_live(&*to.open(false)?)?,
    };
    let program = source.bytes_of(Kind::Program).context("the release names no program")?;
    let record = source.record();
    let told = match is_there {
        true => None,
        false => Some(again.release(&goal, || New {
            kind: ChangeKind::Promote,
            reason: args.reason.as_deref(),
            of: Some(earlier(&source.release)),
            program,
            facts: Facts::of_record(record.as_ref()),
            site: &args.site,
        })?),
    };

    let same = source.targets().filter(|target| target.kind != Kind::Journeys);
    let payloads: Vec<(Kind, String)> = same.map(|target| (target.kind, hex(&target.sha256))).collect();
    let lacks = told.as_ref().map(|told| told.lacks.clone()).unwrap_or_default();
    if args.json {
        let payloads: Vec<_> =
            payloads.iter().map(|(kind, digest)| json!({"kind": kind.name(), "sha256": digest})).collect();
        let told = json!({
            "site": site.name, "from": environment, "environment": target, "place": to.store, "was_there": is_there,
            "release": told.as_ref().map(|told| hex(&told.release)), "version": told.as_ref().map(|told| told.version),
            "expires": told.as_ref().and_then(|told| told.expires_ms).map(format_rfc3339), "lacks": lacks, "payloads": payloads,
        });
        anstream::println!("{told}");
    } else {
        let how = if is_there { "is there already" } else { "promoted" };
        anstream::println!("{how}: {} from {environment} to {target} in {}", site.name, to.store);
        for (kind, digest) in &payloads {
            anstream::println!("  same bytes: {kind} {digest}");
        }
        if let Some(told) = &told {
            anstream::println!("release {}", hex(&told.release));
        }
    }
    if !lacks.is_empty() {
        anstream::eprintln!(
            "warning: this release is a proposal, and hosts do not see it yet. Missing signatures: {}. On the machine of each signer, in a checkout of the revision that was built: selvedge sign {folder} --env {target} --release {}",
            lacks.join(", "),
            to.store
        );
    }
    Ok(Outcome::Clean)
}

/// The source is of this site, by signatures that count here, and is not too old.
fn check(args: &Args, source: &Source, site: &str) -> anyhow::Result<()> {
    let release = &source.release;
    let (theirs, environment) = (release.repository(), release.environment());
    anyhow::ensure!(
        theirs == site,
        Usage(format!("{} has a release of the site `{theirs}`, and {} is `{site}`", args.from, args.site.display()))
    );
    let scope = Scope { repository: site, environment };
    if !keys::is_known(&args.site, &scope, &source.root)? {
        let what = match environment {
            "development" => "its keys are in .selvedge/keys of the site that was built".to_owned(),
            _ => format!("the roots that count are in {}/trust/{environment}/root", args.site.display()),
        };
        return Err(Refused::Integrity(anyhow::anyhow!(
            "the root of `{environment}` in {} is not one of this site, so its signatures prove nothing here: {what}. Check the address, or use a checkout that has the root",
            args.from
        ))
        .into());
    }
    let expires_ms = release.expires_ms();
    if !args.expired && release.stale(now_ms(None)?) {
        return Err(Refused::Integrity(anyhow::anyhow!(
            "the release of `{environment}` expired on {}, so somebody may have put an old one there. Look whether {} of {} is the right one. Then add --expired, or renew it first",
            format_rfc3339(expires_ms),
            hex(release.digest()),
            format_rfc3339(release.issued_ms())
        ))
        .into());
    }
    Ok(())
}

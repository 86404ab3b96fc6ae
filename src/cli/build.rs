//! `selvedge build`: compile and sign a site into a folder.

use std::path::PathBuf;

use anyhow::Context as _;
use serde_json::json;

use super::change::{self, Before, Facts, New};
use super::deliver::take_over;
use super::keys::{self, KeyArgs};
use super::store::{Place, Reach};
use super::{Outcome, SiteFolder, files, now_ms, open, publish, render, revoke};
use crate::author::points::LOCK;
use crate::author::site::Site;
use crate::bundle::Program;
use crate::compile::compile;
use crate::report::ChangeKind;
use crate::trust::Scope;
use crate::words::hex;
use crate::words::time::{SECOND, format_rfc3339};

#[derive(clap::Args)]
#[command(
    after_help = "The same sources and the same time of issue give the same bytes in a new folder. The time of issue is \
    SOURCE_DATE_EPOCH if that is set, else now. In the folder of an earlier build, each build that differs gets a higher version, so that \
    no host goes back to the earlier one.\n\nA build expires 48 hours after its time of issue. A host that starts later refuses it. A \
    scheduled `selvedge renew` keeps a published one alive for 90 days.\n\nThe environment `development` has keys of its own, which the first build makes. Any other environment needs keys that were made on purpose: \
    `selvedge keys new`. Where the root asks for signatures that are not at hand, the build is a proposal for `selvedge sign`.\n\nselvedge.lock in the site's folder records which visitors see which \
    arm, so that a change of shares moves as few of them as possible. A build updates it and prints how many visitors move. Commit the file. \
    Build with --locked where nobody can commit.\n\nExamples:\n  selvedge build examples/storefront --out dist/storefront\n  \
    SOURCE_DATE_EPOCH=1796083200 selvedge build examples/storefront --out dist/december"
)]
pub(super) struct Args {
    #[command(flatten)]
    folder: SiteFolder,
    /// The folder to write; new, empty, or an earlier build
    #[arg(long)]
    out: PathBuf,
    /// The environment to build for; the site's first by default
    #[arg(long)]
    env: Option<String>,
    #[command(flatten)]
    keys: KeyArgs,
    /// The data payload that `selvedge feed import` made; feeds.data in the site's folder by default
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// The release that this one replaces, if it is not in the folder: a store, or another built folder. Its version, its approvals
    /// and its list of withdrawals count, and the change record compares with it
    #[arg(long, value_name = "PLACE")]
    since: Option<String>,
    /// Why, for the change record
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Write nothing and end with exit code 1 if selvedge.lock is not up to date
    #[arg(long)]
    locked: bool,
    /// Print what was built as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let (site, diagnostics, sources) = open::site(&args.folder.site)?;
    let is_draft = diagnostics.iter().any(|found| found.code == "SV5201");
    render::tell(&diagnostics, &sources);
    let stale = site.laid.findings();
    if args.locked && !stale.is_empty() {
        render::tell(&stale, &sources);
        anstream::eprintln!(
            "error: {LOCK} is not up to date, and --locked forbids to change it, so nothing was built. Run `selvedge build` without it, and commit {LOCK}"
        );
        return Ok(Outcome::Findings);
    }
    if is_draft {
        anstream::eprintln!(
            "error: the site is a draft, so nothing was built: it uses a purpose that legal has not classified"
        );
        return Ok(Outcome::Findings);
    }
    let environment = open::environment(&site, args.env.as_deref())?;
    let issued = issued_seconds()?;
    let scope = Scope { repository: &site.name, environment };
    let keys = keys::of(&args.folder.site, &scope, &keys::building(), &args.keys, true)?;
    // A build that no reader would open is not published.
    let opened = open::compiled(&site, environment, i64::try_from(issued)? * 1_000)?;
    let mut built = compile(&site);
    built.data = match &args.data {
        Some(file) => Some(publish::data::read(file)?),
        None => publish::data::of_site(&site.folder)?,
    };
    if let Some(payload) = &built.data {
        publish::data::check(&Program::open(built.program.clone())?, payload)?;
    }
    // This comes before the release is visible. Without these points, the next build would move more visitors than
    // necessary.
    lock(&site)?;
    if let Some(place) = &args.since {
        take_over(&Place::at(place.clone(), Reach::default()), environment, &args.out)?;
    }
    let before = Before::of(&args.out, environment);
    let mut published = publish::publish(&args.out, &site.name, environment, &built, &*keys, issued)?;
    let new = New {
        kind: ChangeKind::Build,
        reason: args.reason.as_deref(),
        of: None,
        program: &built.program,
        facts: Facts::of_site(&site, &sources, &opened, published.issued_ms)?,
        site: &args.folder.site,
    };
    published.files.push(change::record(&args.out, &scope, &published, before.as_ref(), new, &*keys)?);

    if !published.has_overlay && args.folder.site.join(revoke::LIST).exists() {
        let (site, out) = (args.folder.site.display(), args.out.display());
        anstream::eprintln!(
            "warning: {site} has a list of withdrawals on other devices, but this build does not include it. Add it: selvedge revoke {site} --publish {out}"
        );
    }

    let content: usize = built.chunks.iter().map(Vec::len).sum();
    if args.json {
        let files: Vec<String> = published.files.iter().map(|file| file.display().to_string()).collect();
        let summary = json!({
            "site": site.name, "environment": environment, "release": hex(&published.release),
            "expires": published.expires_ms.map(format_rfc3339), "renewable_until": format_rfc3339(published.release_expires_ms), "lacks": published.lacks, "program_bytes": built.program.len(), "index_bytes": built.index.len(), "content_bytes": content, "files": files,
            "moves": site.laid.moves.iter().map(|moved| &moved.what).collect::<Vec<_>>(),
        });
        anstream::println!("{summary}");
    } else {
        let (name, out, program, chunks) = (&site.name, args.out.display(), built.program.len(), built.chunks.len());
        let (experiences, items, release) = (site.experiences.len(), site.content.len(), hex(&published.release));
        anstream::println!(
            "built {name} for {environment} into {out}: {experiences} experiences, {items} content items; \
             program {program} bytes, content {content} bytes in {chunks} chunks\nrelease {release}"
        );
        if let Some(expires_ms) = published.expires_ms {
            anstream::println!(
                "live until {}: after `selvedge publish`, `selvedge renew` prolongs that, until {}",
                format_rfc3339(expires_ms),
                format_rfc3339(published.release_expires_ms)
            );
        }
    }
    if !published.lacks.is_empty() {
        let (site, out) = (args.folder.site.display(), args.out.display());
        anstream::eprintln!(
            "warning: this release is a proposal, and hosts do not see it yet. Missing signatures: {}. On the machine of each signer, in a checkout of this revision: selvedge sign {site} --env {environment} --release {out}",
            published.lacks.join(", ")
        );
    }
    Ok(Outcome::Clean)
}

/// Brings the lock file up to date, and says who moves.
fn lock(site: &Site) -> anyhow::Result<()> {
    for moved in &site.laid.moves {
        anstream::eprintln!("moves: {}", moved.what);
    }
    if let Some(text) = site.laid.lock.as_deref().filter(|_| site.laid.is_out_of_date()) {
        let path = site.folder.join(LOCK);
        files::replace(&path, text.as_bytes())?;
        anstream::eprintln!("updated {}: commit it", path.display());
    }
    Ok(())
}

/// When the build counts as issued, in Unix seconds.
pub(super) fn issued_seconds() -> anyhow::Result<u64> {
    match std::env::var("SOURCE_DATE_EPOCH") {
        Ok(text) => text
            .parse()
            .with_context(|| format!("SOURCE_DATE_EPOCH is `{text}`; it must be a whole number of seconds since 1970")),
        Err(_) => Ok(u64::try_from(now_ms(None)? / SECOND)?),
    }
}

//! `selvedge build`: compile and sign a site into a folder.

use std::path::PathBuf;

use anyhow::Context as _;
use serde_json::json;

use super::keys::DevKeys;
use super::{Outcome, SiteFolder, now_ms, open, publish, render, revoke};
use crate::compile::compile;
use crate::words::hex;
use crate::words::time::DAY;

#[derive(clap::Args)]
#[command(
    after_help = "The same sources and the same time give the same bytes. The time of issue is SOURCE_DATE_EPOCH if \
    that is set, else the start of today in UTC.\n\nExamples:\n  selvedge build examples/storefront --out dist/storefront\n  \
    SOURCE_DATE_EPOCH=1796083200 selvedge build . --out dist --env production"
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
    /// Print what was built as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let (site, diagnostics, sources) = open::site(&args.folder.site)?;
    let is_draft = diagnostics.iter().any(|found| found.code == "SV5201");
    render::tell(&diagnostics, &sources);
    if is_draft {
        anstream::eprintln!(
            "error: the site is a draft: a purpose that it uses is not classified, so nothing is built"
        );
        return Ok(Outcome::Findings);
    }
    let environment = open::environment(&site, args.env.as_deref())?;
    let issued = issued_seconds()?;
    let keys = DevKeys::load_or_create(&args.folder.site)?;
    if !keys.made.is_empty() {
        anstream::eprintln!("made development keys in {} (never commit them)", keys.folder.display());
    }
    // What no reader would open is not published.
    open::compiled(&site, environment, i64::try_from(issued)? * 1_000)?;
    let built = compile(&site);
    let published = publish::publish(&args.out, &site.name, environment, &built, &keys, issued)?;

    if !published.has_overlay && args.folder.site.join(revoke::LIST).exists() {
        let (site, out) = (args.folder.site.display(), args.out.display());
        anstream::eprintln!(
            "warning: {site} has a list of people who withdrew on other devices, and this build comes without it: \
             selvedge revoke {site} --publish {out}"
        );
    }

    let content: usize = built.chunks.iter().map(Vec::len).sum();
    if args.json {
        let files: Vec<String> = published.files.iter().map(|file| file.display().to_string()).collect();
        let summary = json!({
            "site": site.name, "environment": environment, "release": hex(&published.release),
            "program_bytes": built.program.len(), "index_bytes": built.index.len(), "content_bytes": content, "files": files,
        });
        anstream::println!("{summary}");
    } else {
        let (name, out, program, chunks) = (&site.name, args.out.display(), built.program.len(), built.chunks.len());
        let (experiences, items, release) = (site.experiences.len(), site.content.len(), hex(&published.release));
        anstream::println!(
            "built {name} for {environment} into {out}: {experiences} experiences, {items} content items; \
             program {program} bytes, content {content} bytes in {chunks} chunks\nrelease {release}"
        );
    }
    Ok(Outcome::Clean)
}

/// When the build counts as issued, in Unix seconds.
fn issued_seconds() -> anyhow::Result<u64> {
    match std::env::var("SOURCE_DATE_EPOCH") {
        Ok(text) => text
            .parse()
            .with_context(|| format!("SOURCE_DATE_EPOCH is `{text}`; it must be a whole number of seconds since 1970")),
        // The start of the day, so that two builds of a day are the same without anybody setting a variable.
        Err(_) => Ok(u64::try_from(now_ms(None)? / DAY * DAY / 1_000)?),
    }
}

//! `selvedge check`: every fault of a site's files, in one run.

use std::path::{Component, Path, PathBuf};

use super::log::overdue_keys;
use super::render::{self, Format};
use super::report::visits;
use super::why::no_rule;
use super::{Outcome, SiteFolder, fit, now_ms, open};
use crate::author::diagnostic::{Diagnostic, Severity};
use crate::author::site::Site;
use crate::author::{self, Sources, prove, rules};
use crate::report::{VISITS_MIN, audiences};

#[derive(clap::Args)]
#[command(after_help = "\
`selvedge why CODE` explains a rule.

Examples:
  selvedge check examples/storefront
  selvedge check examples/storefront --deny unused-attribute --deny SV2215
  selvedge check examples/storefront --format sarif > findings.sarif
  selvedge check examples/storefront --format github")]
pub(super) struct Args {
    #[command(flatten)]
    folder: SiteFolder,
    /// How findings are written
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// The same as --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// The time for reviews, schedules, expiry and the age of the region table; now by default
    #[arg(long)]
    as_of: Option<String>,
    /// End with exit code 1 for warnings too
    #[arg(long)]
    deny_warnings: bool,
    /// Treat warnings of this rule as errors. Give its code or name, as in SV1207 or unused-attribute; may be repeated
    #[arg(long, value_name = "RULE")]
    deny: Vec<String>,
    /// Visits to measure audiences with, one context a line (- is standard input); the site's sample visitors by default
    #[arg(long, value_name = "FILE")]
    corpus: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let denied = args.deny.iter().map(|rule| rules::find(rule).ok_or_else(|| no_rule(rule)));
    let denied = denied.collect::<Result<Vec<_>, _>>()?;
    let (site, mut diagnostics, sources) = author::load(&args.folder.site);
    if let Some(site) = site {
        diagnostics.extend(broad(&site, args.corpus.as_deref())?);
        diagnostics.extend(fit::misfits(&site));
        diagnostics.extend(prove::findings(&site));
        diagnostics.extend(site.laid.findings());
        let now_ms = now_ms(args.as_of.as_deref())?;
        diagnostics.extend(author::table_age(&site, &sources, now_ms));
        diagnostics.extend(author::overdue(&site, now_ms));
        diagnostics.extend(overdue_keys(&site, &sources, &args.folder.site, now_ms)?);
        diagnostics.sort_by(|a, b| (&a.place.file, a.place.span.start).cmp(&(&b.place.file, b.place.span.start)));
    }
    for diagnostic in diagnostics.iter_mut().filter(|diagnostic| denied.contains(&diagnostic.code)) {
        diagnostic.severity = Severity::Error;
    }
    let format = if args.json { Format::Json } else { args.format };
    let (diagnostics, sources) = match format {
        Format::Sarif | Format::Github => from_here(&args.folder.site, diagnostics, &sources),
        Format::Human | Format::Json => (diagnostics, sources),
    };
    anstream::print!("{}", render::render(&diagnostics, &sources, format, true));
    let counts = |severity| diagnostics.iter().any(|diagnostic| diagnostic.severity == severity);
    let found = counts(Severity::Error) || (args.deny_warnings && counts(Severity::Warning));
    Ok(if found { Outcome::Findings } else { Outcome::Clean })
}

/// Audiences of nearly everybody or nearly nobody, if there are enough visits to judge by.
fn broad(site: &Site, file: Option<&Path>) -> anyhow::Result<Vec<Diagnostic>> {
    let visits = visits(site, file)?;
    if visits.len() < VISITS_MIN {
        return Ok(Vec::new());
    }
    let now_ms = now_ms(None)?;
    let opened = open::compiled(site, open::environment(site, None)?, now_ms)?;
    Ok(audiences(site, &opened.bundle, opened.debug()?, visits, now_ms).findings(site))
}

/// The same with paths from the current folder, not from the site's: a review tool starts at the repository.
fn from_here(site: &Path, mut diagnostics: Vec<Diagnostic>, sources: &Sources) -> (Vec<Diagnostic>, Sources) {
    let here = std::env::current_dir().unwrap_or_default();
    let site = site.strip_prefix(&here).unwrap_or(site);
    let parts = site.components().filter(|part| !matches!(part, Component::CurDir));
    let prefix: String = parts.map(|part| format!("{}/", part.as_os_str().to_string_lossy())).collect();
    // The root of an absolute path is a part of its own.
    let prefix = prefix.replace("//", "/");
    let moved = |file: &str| format!("{prefix}{file}");
    diagnostics.iter_mut().for_each(|found| found.place.file = moved(&found.place.file));
    (diagnostics, sources.iter().map(|(file, text)| (moved(file), text.clone())).collect())
}

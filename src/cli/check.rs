//! `selvedge check`: every fault of a site's files, in one run.

use clap::ValueEnum;

use super::render::{self, Format};
use super::{Outcome, SiteFolder};
use crate::author;
use crate::author::diagnostic::Severity;
use crate::author::prove;

/// Find every fault of a site's files.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  selvedge check examples/storefront\n  selvedge check . --format sarif > findings.sarif"
)]
pub(super) struct Args {
    #[command(flatten)]
    folder: SiteFolder,
    /// How findings are written
    #[arg(long, value_enum, default_value_t = Shape::Human)]
    format: Shape,
    /// The same as --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// Warnings end with exit code 1 too
    #[arg(long)]
    deny_warnings: bool,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Shape {
    Human,
    Json,
    Sarif,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let (site, mut diagnostics, sources) = author::load(&args.folder.site);
    if let Some(site) = site {
        diagnostics.extend(prove::findings(&site));
        diagnostics.sort_by(|a, b| (&a.place.file, a.place.span.start).cmp(&(&b.place.file, b.place.span.start)));
    }
    let format = match args.format {
        Shape::Json => Format::Json,
        Shape::Sarif => Format::Sarif,
        Shape::Human if args.json => Format::Json,
        Shape::Human => Format::Human,
    };
    anstream::print!("{}", render::render(&diagnostics, &sources, format, true));
    let counts = |severity| diagnostics.iter().any(|diagnostic| diagnostic.severity == severity);
    let found = counts(Severity::Error) || (args.deny_warnings && counts(Severity::Warning));
    Ok(if found { Outcome::Findings } else { Outcome::Clean })
}

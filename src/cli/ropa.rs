//! `selvedge ropa`: the record of processing activities, from the site's own files.

mod csv;
mod markdown;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::ValueEnum;
use serde_json::json;

use super::{Outcome, SiteFolder, files, open, say};
use crate::report::{Ropa, ropa, ropa_diff};

#[derive(clap::Subcommand)]
#[command(after_help = "\
The register has one activity for each purpose in use, with the fields (a) to (g) of GDPR Art. 30(1). It repeats what the site's files
say and helps you keep it up to date; whether it is complete is for counsel. The same sources give the same bytes.

Examples:
  selvedge ropa export examples/storefront
  selvedge ropa export . --format json > ropa.json
  selvedge ropa diff ropa.json .            what changed since, in words; exit code 1 if anything did")]
pub(super) enum Verb {
    /// Print the register
    Export(ExportArgs),
    /// Say how two registers differ
    Diff(DiffArgs),
}

#[derive(clap::Args)]
pub(super) struct ExportArgs {
    #[command(flatten)]
    folder: SiteFolder,
    /// How it is written
    #[arg(long, value_enum, default_value_t = Shape::Md)]
    format: Shape,
}

#[derive(clap::Args)]
pub(super) struct DiffArgs {
    /// The older one: a site's folder, or a register as JSON
    old: PathBuf,
    /// The newer one
    new: PathBuf,
    /// Print the changes as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Shape {
    /// Markdown
    Md,
    /// One line for each purpose and class of data
    Csv,
    /// JSON; `selvedge schema ropa` prints its form
    Json,
}

pub(super) fn run(verb: &Verb) -> anyhow::Result<Outcome> {
    match verb {
        Verb::Export(args) => export(args),
        Verb::Diff(args) => diff(args),
    }
}

fn export(args: &ExportArgs) -> anyhow::Result<Outcome> {
    let register = ropa(&open::site(&args.folder.site)?.0);
    match args.format {
        Shape::Md => anstream::print!("{}", markdown::write(&register)),
        Shape::Csv => anstream::print!("{}", csv::write(&register)),
        Shape::Json => anstream::println!("{}", serde_json::to_string_pretty(&register)?),
    }
    Ok(Outcome::Clean)
}

fn diff(args: &DiffArgs) -> anyhow::Result<Outcome> {
    let changes = ropa_diff(&read(&args.old)?, &read(&args.new)?);
    let text = if changes.is_empty() { "nothing changed".to_owned() } else { changes.join("\n") };
    say(args.json, format_args!("{:#}", json!({ "changes": changes })), text + "\n");
    Ok(if changes.is_empty() { Outcome::Clean } else { Outcome::Findings })
}

/// A site's register, or one that was exported.
fn read(path: &Path) -> anyhow::Result<Ropa> {
    if open::is_site(path) {
        return Ok(ropa(&open::site(path)?.0));
    }
    anyhow::ensure!(!path.is_dir(), "{} has no selvedge.toml: it is not a site", path.display());
    let unlike = || format!("{} is not a register; `selvedge ropa export --format json` writes one", path.display());
    serde_json::from_str(&files::text(path)?).with_context(unlike)
}

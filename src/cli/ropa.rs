//! `selvedge ropa`: the record of processing activities, from the site's own files.

mod csv;
mod markdown;
mod processor;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::ValueEnum;
use serde::Serialize;
use serde_json::json;

use super::{Outcome, SiteFolder, Usage, files, open, say};
use crate::report::{Item, Ropa, processor_ropa, ropa, ropa_diff};

#[derive(clap::Subcommand)]
#[command(after_help = "\
The register has one activity for each purpose in use, with the fields (a) to (g) of GDPR Art. 30(1). It then lists cookies,
identifiers, events, consent signals and the log. Other keys of the site's files follow, if they are about persons, law,
recipients, security or time.

The register repeats what the site's files say. Ask counsel whether it is complete. The same sources give the same bytes.

`diff` prints in words what changed, and ends with exit code 1 if anything did.

Examples:
  selvedge ropa export examples/storefront
  selvedge ropa export examples/storefront --format json > ropa.json
  selvedge ropa export examples/storefront --processor 'Kentmere CRM Ltd'
  selvedge ropa diff ropa.json examples/storefront")]
pub(super) enum Verb {
    /// Print the register
    Export(ExportArgs),
    /// Print in words how two registers differ
    Diff(DiffArgs),
}

#[derive(clap::Args)]
pub(super) struct ExportArgs {
    #[command(flatten)]
    folder: SiteFolder,
    /// The format of the register
    #[arg(long, value_enum, default_value_t = Shape::Md)]
    format: Shape,
    /// The register of this processor (Art. 30(2)): a recipient with role = "processor"
    #[arg(long, value_name = "NAME")]
    processor: Option<String>,
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
    let (site, _, sources) = open::site(&args.folder.site)?;
    let register = ropa(&site, &sources);
    let Some(name) = &args.processor else { return print(args.format, &register, markdown::write, csv::write) };
    let register = processor_ropa(&site, &register, name).map_err(|known| {
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        Usage(format!(
            "the site has no processor `{name}`; its processors are {known}: [[recipients]] with role = \"processor\""
        ))
    })?;
    print(args.format, &register, processor::markdown, processor::csv)
}

fn print<R: Serialize>(
    format: Shape,
    register: &R,
    markdown: fn(&R) -> String,
    csv: fn(&R) -> String,
) -> anyhow::Result<Outcome> {
    match format {
        Shape::Md => anstream::print!("{}", markdown(register)),
        Shape::Csv => anstream::print!("{}", csv(register)),
        Shape::Json => anstream::println!("{}", serde_json::to_string_pretty(register)?),
    }
    Ok(Outcome::Clean)
}

/// Things that the register lists in one table.
struct List<'r> {
    title: &'static str,
    /// The name of one of them.
    entry: &'static str,
    /// The heading of the last column.
    used_by: &'static str,
    items: &'r [Item],
}

fn lists(register: &Ropa) -> [List<'_>; 6] {
    let list = |title, entry, used_by, items| List { title, entry, used_by, items };
    [
        list("(c) Cookies", "cookie", "used by", &register.cookies),
        list("(c) Identifiers", "identifier", "experiments", &register.identifiers),
        list("(c) Events", "event", "used by", &register.events),
        list("(b) Consent signals", "signal", "what its parts stand for", &register.signals),
        list("(b) Objection", "right", "used by", &register.rights),
        list("(d) Tests of other tools", "test elsewhere", "decided by", &register.elsewhere),
    ]
}

/// `1 day`, `90 days`.
fn days(count: u32) -> String {
    format!("{count} day{}", if count == 1 { "" } else { "s" })
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
        let (site, _, sources) = open::site(path)?;
        return Ok(ropa(&site, &sources));
    }
    anyhow::ensure!(!path.is_dir(), "{} is not a site: it has no selvedge.toml", path.display());
    let unlike = || format!("{} is not a register; `selvedge ropa export --format json` writes one", path.display());
    serde_json::from_str(&files::text(path)?).with_context(unlike)
}

//! `selvedge schema`: what an editor needs to complete and check a site's files.

use std::path::{Path, PathBuf};

use clap::builder::{PossibleValue, PossibleValuesParser};

use super::{Outcome, Usage, dsar, files};
use crate::author::format::WIDTH;
use crate::author::schema::{FileKind, json};
use crate::report::Document;
use crate::report::analysis::ANALYSIS_SCHEMA;

#[derive(clap::Args)]
#[command(after_help = "\
The schemas are draft-07. Editors with the language server Taplo (Even Better TOML in VS Code) read a site's .taplo.toml.
`selvedge init` writes that file. --write adds it to a site that has none, and updates the schemas.

`personalization` is the schema of the answer of /.well-known/personalization.

Examples:
  selvedge schema experiences
  selvedge schema personalization
  selvedge schema --write examples/storefront
  selvedge schema --taplo > .taplo.toml")]
pub(super) struct Args {
    /// The kind of file or document; without it, the kinds are listed
    #[arg(value_parser = PossibleValuesParser::new(kinds().map(|(name, about)| PossibleValue::new(name).help(about))))]
    kind: Option<String>,
    /// Check whether this file (- is standard input) is such a document
    #[arg(long, value_name = "FILE", requires = "kind")]
    validate: Option<PathBuf>,
    /// Print the .taplo.toml that says which schema is for which file
    #[arg(long, conflicts_with_all = ["kind", "write"])]
    taplo: bool,
    /// Write every schema and .taplo.toml into this site
    #[arg(long, value_name = "SITE", conflicts_with = "kind")]
    write: Option<PathBuf>,
}

const ANSWER: &str = "answer";
const ANALYSIS: &str = "analysis";
const FOLDER: &str = ".taplo";

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    if let Some(site) = &args.write {
        anyhow::ensure!(site.is_dir(), Usage(format!("{} is not a folder", site.display())));
        for path in write(site)? {
            anstream::println!("{path}");
        }
    } else if args.taplo {
        anstream::print!("{}", taplo());
    } else if let Some(kind) = &args.kind {
        return of_kind(kind, args.validate.as_deref());
    } else {
        kinds().for_each(|(name, about)| anstream::println!("{name:15} {about}"));
    }
    Ok(Outcome::Clean)
}

fn of_kind(kind: &str, text: Option<&Path>) -> anyhow::Result<Outcome> {
    let files = FileKind::ALL.iter().find(|files| files.name() == kind);
    let document = Document::ALL.iter().find(|document| document.name() == kind);
    match (files, document, text) {
        (Some(files), _, None) => anstream::println!("{:#}", json(*files)),
        (_, Some(document), None) => anstream::print!("{}", document.schema()),
        (_, Some(document), Some(path)) => {
            if let Err(why) = document.check(&files::text(path)?) {
                anstream::println!("not valid: {why}");
                return Ok(Outcome::Findings);
            }
            anstream::println!("valid");
        }
        (_, None, None) if kind == ANALYSIS => anstream::print!("{ANALYSIS_SCHEMA}"),
        (_, None, None) => anstream::print!("{}", dsar::SCHEMA),
        (None, _, _) => anyhow::bail!(Usage(format!(
            "any validator of JSON Schema says whether a file is valid: give it `selvedge schema {kind}`"
        ))),
        (_, None, _) => anyhow::bail!(Usage("`selvedge check` says whether a site's files are valid".into())),
    }
    Ok(Outcome::Clean)
}

/// Writes every schema, and `.taplo.toml` unless the site has one of its own; gives the paths that were written.
pub(super) fn write(site: &Path) -> anyhow::Result<Vec<String>> {
    let mut written = Vec::new();
    fs_err::create_dir_all(site.join(FOLDER))?;
    for kind in FileKind::ALL {
        let path = schema_path(*kind);
        fs_err::write(site.join(&path), format!("{:#}\n", json(*kind)))?;
        written.push(path);
    }
    let path = site.join(".taplo.toml");
    if !path.exists() {
        fs_err::write(path, taplo())?;
        written.push(".taplo.toml".into());
    }
    Ok(written)
}

fn schema_path(kind: FileKind) -> String {
    format!("{FOLDER}/{}.json", kind.name())
}

fn taplo() -> String {
    let rule = |kind: &FileKind| {
        let (pattern, path) = (kind.pattern(), schema_path(*kind));
        format!("\n[[rule]]\ninclude = [\"{pattern}\"]\n[rule.schema]\npath = \"{path}\"\n")
    };
    let rules: String = FileKind::ALL.iter().map(rule).collect();
    format!(
        "# The schema of each file. `selvedge schema --write .` updates them.\n{rules}\n\
         # The same width as in `selvedge fmt`.\n[formatting]\ncolumn_width = {WIDTH}\n"
    )
}

/// The name of every document with a schema, and its description.
fn kinds() -> impl Iterator<Item = (&'static str, &'static str)> {
    let files = FileKind::ALL.iter().map(|kind| (kind.name(), kind.pattern()));
    let files = files
        .chain([(ANSWER, "answer.json in a package of selvedge dsar export"), (ANALYSIS, "selvedge analyze --json")]);
    files.chain(Document::ALL.iter().map(|document| (document.name(), document.about())))
}

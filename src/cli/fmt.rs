//! `selvedge fmt`: every file of a site in its canonical form.
//!
//! A file is replaced as a whole, by a rename, and only by text that says the same. A file that cannot be read is not
//! touched.

use std::io::Read as _;

use anyhow::Context as _;
use serde_json::json;
use similar::TextDiff;

use super::{Outcome, SiteFolder, Usage, files, render};
use crate::author::diagnostic::Diagnostic;
use crate::author::format::format;
use crate::author::{Entry, Files, check, normal};

#[derive(clap::Args)]
#[command(after_help = "\
Every value and every comment stays. Keys get their usual order where no comment would lose its key. A row stays as it is
if it is not valid CEL, or if it has a comment of its own.

--check prints a diff and ends with exit code 1 if a file is not in canonical form.

Examples:
  selvedge fmt examples/storefront
  selvedge fmt examples/storefront --check
  selvedge fmt --stdin --path slots.toml < examples/storefront/slots.toml")]
pub(super) struct Args {
    #[command(flatten)]
    folder: SiteFolder,
    /// Write nothing; print what would change, and end with exit code 1 if anything would
    #[arg(long, conflicts_with = "stdin")]
    check: bool,
    /// Read one file from standard input and write it to standard output
    #[arg(long)]
    stdin: bool,
    /// Print in JSON which files changed, or would change, and which were not touched
    #[arg(long, conflicts_with = "stdin")]
    json: bool,
    /// The path in the site of the file on standard input, which tells its keys and rows
    #[arg(long, value_name = "PATH", requires = "stdin")]
    path: Option<String>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    if args.stdin {
        return from_stdin(args.path.as_deref().unwrap_or("-"));
    }
    let folder = &args.folder.site;
    anyhow::ensure!(folder.is_dir(), Usage(format!("{} is not a folder", folder.display())));
    let files = Files::read(folder);
    let is_site = files.entries.contains_key("selvedge.toml");
    anyhow::ensure!(is_site, Usage(format!("{} is not a site: it has no selvedge.toml", folder.display())));
    let (mut changed, mut left): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    for (path, entry) in files.entries.iter().filter(|(path, _)| path.ends_with(".toml")) {
        let text = match entry {
            Entry::Bytes(bytes) => std::str::from_utf8(bytes).ok(),
            Entry::TooLarge(_) | Entry::Unreadable(_) | Entry::Folder => None,
        };
        let Some((text, tidy)) = text.and_then(|text| Some((text, format(path, text)?))) else {
            left.push(path);
            continue;
        };
        if tidy == text {
            continue;
        }
        changed.push(path);
        if args.check && !args.json {
            anstream::print!("{}", diff(path, text, &tidy));
        } else if !args.check {
            // A link stays a link: its target is replaced.
            files::replace(&fs_err::canonicalize(folder.join(path))?, tidy.as_bytes())?;
            if !args.json {
                anstream::println!("{path}");
            }
        }
    }
    if args.json {
        anstream::println!("{:#}", json!({ "changed": changed, "left": left }));
    }
    if !left.is_empty() {
        say_why(&files);
    }
    Ok(if !left.is_empty() || args.check && !changed.is_empty() { Outcome::Findings } else { Outcome::Clean })
}

fn from_stdin(path: &str) -> anyhow::Result<Outcome> {
    let mut text = String::new();
    std::io::stdin().lock().read_to_string(&mut text).context("standard input is not UTF-8")?;
    let plain = String::from_utf8(normal(text.clone().into_bytes())).unwrap_or_default();
    match format(path, &plain) {
        Some(tidy) => anstream::print!("{tidy}"),
        // An editor that replaces its buffer by what comes back must not lose it.
        None => {
            anstream::print!("{text}");
            anstream::eprintln!("error: this is not TOML, so nothing was changed");
            return Ok(Outcome::Findings);
        }
    }
    Ok(Outcome::Clean)
}

/// The findings about the files that were not touched, from the check, which cannot read them either.
fn say_why(files: &Files) {
    const UNREADABLE: [&str; 5] = ["SV9002", "SV9003", "SV9004", "SV9009", "SV9015"];
    let (_, findings, sources) = check(files);
    let is_left = |path: &str| match files.entries.get(path) {
        Some(Entry::Bytes(bytes)) => std::str::from_utf8(bytes).ok().and_then(|text| format(path, text)).is_none(),
        _ => true,
    };
    let about = |finding: &Diagnostic| UNREADABLE.contains(&finding.code) && is_left(&finding.place.file);
    let findings: Vec<Diagnostic> = findings.into_iter().filter(about).collect();
    render::tell(&findings, &sources);
}

/// What changes in a file, as a unified diff.
pub(super) fn diff(path: &str, before: &str, after: &str) -> String {
    let diff = TextDiff::from_lines(before, after);
    diff.unified_diff().context_radius(2).header(&format!("a/{path}"), &format!("b/{path}")).to_string()
}

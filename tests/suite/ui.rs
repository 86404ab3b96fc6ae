//! What authors see: every folder of `tests/ui` is a little site with mistakes, and `expected.txt` what is said of it.
//!
//! `BLESS=1 cargo test --test suite` writes the files anew; the diff is what reviewers read.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use selvedge::author;
use selvedge::author::diagnostic::{Diagnostic, Severity};
use selvedge::author::prove;
use selvedge::author::rules;
use selvedge::author::site::Site;
use selvedge::cli::fit::misfits;
use selvedge::cli::render::{Format, render};

#[test]
fn every_bad_site_gets_the_expected_findings() {
    let bless = std::env::var_os("BLESS").is_some();
    let mut wrong = Vec::new();
    for folder in folders() {
        let (site, mut diagnostics, sources) = author::load(&folder);
        assert_eq!(
            site.is_none(),
            diagnostics.iter().any(|found| found.severity == Severity::Error),
            "{}",
            folder.display()
        );
        diagnostics.extend(site.iter().flat_map(of_site));
        let said = render(&diagnostics, &sources, Format::Human, false);
        let file = folder.join("expected.txt");
        if bless {
            fs::write(&file, &said).expect("expected.txt can be written");
        } else if fs::read_to_string(&file).unwrap_or_default() != said {
            wrong.push(format!("{} differs; now it is:\n{said}", file.display()));
        }
    }
    assert!(wrong.is_empty(), "{}\nBLESS=1 accepts this", wrong.join("\n"));
}

#[test]
fn the_bad_sites_show_most_rules_and_only_known_codes() {
    let found: BTreeSet<&str> =
        folders().iter().flat_map(|folder| every_finding(folder)).map(|diagnostic| diagnostic.code).collect();
    let strangers: Vec<&&str> = found.iter().filter(|code| rules::title(code).is_none()).collect();
    assert!(strangers.is_empty(), "not in the table of rules: {strangers:?}");
    let hidden: Vec<&str> = rules::all().map(|(code, _)| code).filter(|code| !found.contains(code)).collect();
    assert!(hidden.len() * 10 <= rules::all().count(), "no bad site shows {hidden:?}");
}

/// What `check` says of a site.
fn every_finding(folder: &Path) -> Vec<Diagnostic> {
    let (site, mut diagnostics, _) = author::load(folder);
    diagnostics.extend(site.iter().flat_map(of_site));
    diagnostics
}

/// What its pages and proofs find, and what a lock file that is there says of the site.
fn of_site(site: &Site) -> Vec<Diagnostic> {
    let old = site.laid.found.iter().flat_map(|_| site.laid.findings());
    misfits(site).into_iter().chain(prove::findings(site)).chain(old).collect()
}

fn folders() -> Vec<PathBuf> {
    let listing = fs::read_dir(Path::new("tests/ui")).expect("tests run in the package's folder");
    let mut folders: Vec<PathBuf> = listing.map(|entry| entry.expect("a readable entry").path()).collect();
    folders.sort();
    assert!(folders.len() >= 15, "the bad sites are gone");
    folders
}

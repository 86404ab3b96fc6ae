//! `selvedge test`: the site's own expectations.

use serde_json::json;

use super::render::escaped;
use super::{Outcome, SiteFolder, open};
use crate::author::site::{Case, Site};
use crate::page::{Asked, Scratch, Who, begin};

#[derive(clap::Args)]
#[command(after_help = "Examples:\n  selvedge test examples/storefront\n  selvedge test examples/storefront --json")]
pub(super) struct Args {
    #[command(flatten)]
    folder: SiteFolder,
    /// Print the results as JSON
    #[arg(long)]
    json: bool,
}

/// A slot whose decision is not the expected one.
#[derive(serde::Serialize)]
pub(super) struct Miss {
    pub(super) slot: String,
    expected: String,
    pub(super) found: String,
    because: String,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let (site, _, opened) = open::compiled_site(&args.folder.site)?;
    let results: Vec<(&Case, Vec<Miss>)> = site.tests.iter().map(|case| (case, misses(&site, &opened, case))).collect();
    let failed = results.iter().filter(|(_, misses)| !misses.is_empty()).count();
    let passed = results.len() - failed;

    if args.json {
        let cases: Vec<_> = results.iter().map(|(case, misses)| case_json(case, misses)).collect();
        anstream::println!("{}", json!({"passed": passed, "failed": failed, "cases": cases}));
    } else {
        for (Case { name, place, .. }, misses) in results.iter().filter(|(_, misses)| !misses.is_empty()) {
            anstream::println!("FAILED {name} ({}:{}:{})", escaped(&place.file), place.line, place.column);
            for Miss { slot, expected, found, because } in misses {
                anstream::println!("  {slot}: expected {expected}, found {found} ({because})");
            }
        }
        anstream::println!("{passed} passed, {failed} failed");
    }
    Ok(if failed > 0 { Outcome::Findings } else { Outcome::Clean })
}

/// How many cases pass, and the names of those that do not.
pub(super) fn results(site: &Site, opened: &open::Opened) -> (usize, Vec<String>) {
    let failing = site.tests.iter().filter(|case| !misses(site, opened, case).is_empty());
    let failing: Vec<String> = failing.map(|case| case.name.clone()).collect();
    (site.tests.len() - failing.len(), failing)
}

/// The slots of a case that are not as it expects.
pub(super) fn misses(site: &Site, opened: &open::Opened, case: &Case) -> Vec<Miss> {
    let bundle = &opened.bundle;
    let program = bundle.program();
    let Some(visitor) = site.visitors.get(case.visitor) else { return Vec::new() };
    let position = |name: &String| program.slot_position(name).map(|slot| slot as u32);
    let slots: Vec<Option<u32>> = case.expect.keys().map(position).collect();
    let asked = Asked { slots: Some(&slots), ..Asked::of(Who::Visit(&visitor.visit, case.now_ms)) };
    let mut scratch = Scratch::default();
    let page = begin(bundle, &asked, &mut scratch).page();
    let name = |content: Option<&str>| content.unwrap_or("control").to_owned();
    let pairs = case.expect.iter().zip(&page.decisions);
    let differs = pairs.filter_map(|((slot, expected), decision)| {
        let found = decision.content.map(|content| program.content_name(content));
        (found != expected.as_deref()).then(|| Miss {
            slot: slot.clone(),
            expected: name(expected.as_deref()),
            found: name(found),
            because: match decision.detail {
                Some(detail) => format!("{}, {detail}", decision.reason),
                None => decision.reason.to_string(),
            },
        })
    });
    differs.collect()
}

fn case_json(case: &Case, misses: &[Miss]) -> serde_json::Value {
    json!({"name": case.name, "file": case.place.file, "line": case.place.line, "passed": misses.is_empty(), "misses": misses})
}

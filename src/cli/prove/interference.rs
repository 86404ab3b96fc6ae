//! `selvedge prove SITE non-interference`: random visitors and their twins, and whether anything tells them apart.

mod words;

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use self::words::words;
use super::Host;
use crate::author::site::Site;
use crate::cli::meter::{Meter, Unit};
use crate::cli::serve::pages;
use crate::cli::{Outcome, now_ms, open};
use crate::report::interference::{Maker, Plan, Report, search};
use crate::words::time::format_rfc3339;

/// How much to try.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Visitors with their twins
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    pairs: u64,
    /// The seed: the same seed, site and time try the same pairs
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Threads; all there are by default
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// The time around which visits happen; this machine's clock by default
    #[arg(long)]
    as_of: Option<String>,
}

pub(super) fn run(site: &Site, args: &Args, as_json: bool) -> anyhow::Result<Outcome> {
    let now_ms = now_ms(args.as_of.as_deref())?;
    let environment = open::environment(site, None)?;
    let opened = open::compiled(site, environment, super::super::now_ms(None)?)?;
    let pages = pages(site);
    let paths: Vec<String> = pages.keys().cloned().collect();
    let host = Host::new(&opened, environment, pages);
    let threads = args.threads.or_else(|| std::thread::available_parallelism().map(Into::into).ok()).unwrap_or(1);
    let plan = Plan { pairs: args.pairs, seed: args.seed, threads };

    let meter = Meter::new(args.pairs, Unit::Pairs);
    let report = search(&Maker::new(site, &paths, now_ms), &host, plan, &|done| meter.tick(done));
    let seconds = meter.finish();
    if as_json {
        anstream::println!("{}", data(&report, plan, now_ms, seconds));
    } else {
        let again = |pairs| {
            let (folder, now) = (site.folder.display(), format_rfc3339(now_ms));
            format!("selvedge prove {folder} non-interference --seed {} --pairs {pairs} --as-of {now}", args.seed)
        };
        anstream::print!("{}", words(&report, plan, seconds, again));
    }
    Ok(if report.found.is_some() { Outcome::Findings } else { Outcome::Clean })
}

/// The site's own pages by path; none if they live elsewhere.
fn pages(site: &Site) -> BTreeMap<String, String> {
    site.pages.iter().flat_map(|pages| pages::all(&site.folder.join(pages))).collect()
}

fn data(report: &Report, plan: Plan, now_ms: i64, seconds: f64) -> Json {
    let found = report.found.as_ref().map(|found| {
        json!({
            "pair": found.pair,
            "output": found.output.0,
            "values": found.output.1,
            "visitor": found.visitor.json(),
            "twin": found.twin.json(),
            "hidden": found.hidden.iter().map(|(fact, why)| json!({ "fact": fact.to_string(), "why": why })).collect::<Vec<_>>(),
            "past_needed": found.past,
        })
    });
    json!({
        "pairs": report.pairs,
        "requests": report.requests,
        "hidden_facts_differing": report.differing,
        "outputs_compared": report.outputs,
        "seed": plan.seed,
        "now_ms": now_ms,
        "seconds": seconds,
        "counterexample": found,
    })
}

//! `selvedge report`: what the rules mean for data and visitors.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::context::{self, Strangers};
use super::table::Table;
use super::{Outcome, SiteFolder, Usage, assign, distance, files, now_ms, open, render, say};
use crate::author::site::Site;
use crate::report::{Audiences, MinimumData, Twins, VISITS_MIN, audiences, minimum_data};
use crate::words::Visit;

#[derive(clap::Subcommand)]
#[command(
    after_help = "Examples:\n  selvedge report audiences examples/storefront --corpus visits.jsonl\n  selvedge report minimum-data examples/storefront --slot home.hero\n  selvedge report assign examples/storefront --ids 20000\n  selvedge report markets examples/storefront"
)]
pub(super) enum About {
    /// Which experiences use each audience, the share of visits it reaches, and near duplicates
    Audiences(AudienceArgs),
    /// Which attributes each slot reads, and which attributes and content nothing uses
    MinimumData(DataArgs),
    /// Test shares and independence of all draws, and count who moves
    Assign(assign::Args),
    /// How far each market departs from the whole site, by the parts that experiences let it override
    Markets(distance::Args),
}

#[derive(clap::Args)]
pub(super) struct AudienceArgs {
    #[command(flatten)]
    folder: SiteFolder,
    /// Visits to count, one context a line (- is standard input); the site's sample visitors by default
    #[arg(long, value_name = "FILE")]
    corpus: Option<PathBuf>,
    /// The time of visits without `now`; this machine's clock by default
    #[arg(long)]
    as_of: Option<String>,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
pub(super) struct DataArgs {
    #[command(flatten)]
    folder: SiteFolder,
    /// Only this slot
    #[arg(long, alias = "decision")]
    slot: Option<String>,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(about: &About) -> anyhow::Result<Outcome> {
    match about {
        About::Audiences(args) => about_audiences(args),
        About::MinimumData(args) => about_data(args),
        About::Assign(args) => assign::run(args),
        About::Markets(args) => distance::run(args),
    }
}

fn about_audiences(args: &AudienceArgs) -> anyhow::Result<Outcome> {
    let (site, sources, opened) = open::compiled_site(&args.folder.site)?;
    let visits = visits(&site, args.corpus.as_deref())?;
    let report = audiences(&site, &opened.bundle, opened.debug()?, visits, now_ms(args.as_of.as_deref())?);
    let findings = report.findings(&site);
    say(args.json, serde_json::to_string_pretty(&report)?, audience_table(&report));
    render::tell(&findings, &sources);
    Ok(if findings.is_empty() { Outcome::Clean } else { Outcome::Findings })
}

/// The visits of a corpus, or of the site's own sample visitors. A corpus has one context per line, and a line that is none is named.
pub(super) fn visits(site: &Site, corpus: Option<&Path>) -> anyhow::Result<Vec<Visit>> {
    let Some(path) = corpus else { return Ok(site.visitors.iter().map(|visitor| visitor.visit.clone()).collect()) };
    let text = files::text(path)?;
    let mut strangers = Strangers::new(site.attributes.iter().map(|attribute| attribute.name.as_str()));
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let visits = lines.map(|(number, line)| {
        let visit = context::read(line.as_bytes());
        let visit = visit.with_context(|| format!("{}:{}: not a context", path.display(), number + 1))?;
        strangers.tell(&visit);
        Ok(visit)
    });
    visits.collect()
}

fn audience_table(report: &Audiences) -> String {
    let mut table = Table::new(["audience", "inside", "outside", "unknown", "used by"]);
    let share = |count: usize| match report.visits {
        0 => "-".to_owned(),
        visits => format!("{:.1} %", 100.0 * count as f64 / visits as f64),
    };
    for audience in &report.audiences {
        let used_by = if audience.used_by.is_empty() { "nobody".into() } else { audience.used_by.join(", ") };
        let [inside, outside, unknown] = [audience.inside, audience.outside, audience.unknown].map(share);
        table.row([audience.name.clone(), inside, outside, unknown, used_by]);
    }
    let mut text = table.text();
    for twins in &report.twins {
        let Twins { one, other, both, either } = twins;
        text += &format!("nearly the same: {one} and {other} share {both} of {either} visits\n");
    }
    text += &format!("{} visits", report.visits);
    text += if report.visits < VISITS_MIN { ", too few to judge shares by\n" } else { "\n" };
    text
}

fn about_data(args: &DataArgs) -> anyhow::Result<Outcome> {
    let (_, _, opened) = open::compiled_site(&args.folder.site)?;
    let mut report = minimum_data(&opened.bundle);
    if let Some(slot) = &args.slot {
        report.slots.retain(|reads| reads.slot == *slot);
        anyhow::ensure!(!report.slots.is_empty(), Usage(format!("the site has no slot `{slot}`")));
    }
    say(args.json, serde_json::to_string_pretty(&report)?, data_table(&report, args.slot.is_some()));
    Ok(Outcome::Clean)
}

fn data_table(report: &MinimumData, one_slot: bool) -> String {
    let list = |names: &[String]| if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
    let mut table = Table::new(["slot", "depth", "reads", "shows"]);
    for slot in &report.slots {
        table.row([slot.slot.clone(), slot.depth.to_owned(), list(&slot.reads), list(&slot.shows)]);
    }
    let mut text = table.text();
    if !one_slot {
        text += &format!("\nread by no rule: {}\nshown by no rule: {}\n", list(&report.unread), list(&report.unshown));
    }
    text
}

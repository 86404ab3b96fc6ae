//! `selvedge report markets`: how far each market departs from the whole site.

use super::table::Table;
use super::{Outcome, SiteFolder, open, say};
use crate::report::{Distance, distance};

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    folder: SiteFolder,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let (site, ..) = open::site(&args.folder.site)?;
    let report = distance(&site);
    say(args.json, serde_json::to_string_pretty(&report)?, text(&report));
    Ok(Outcome::Clean)
}

fn text(report: &Distance) -> String {
    if report.markets.is_empty() {
        return "The site has no markets.\n".into();
    }
    let mut table = Table::new(["market", "points", "distance", "content", "rules", "otherwise"]);
    for market in &report.markets {
        let each = market.overrides.iter().map(|one| format!("{} ({})", one.experience, one.points.join(", ")));
        let otherwise =
            if market.overrides.is_empty() { "nothing".into() } else { each.collect::<Vec<_>>().join("; ") };
        table.row([
            market.market.clone(),
            format!("{} of {}", market.overridden, report.declared),
            format!("{} %", market.percent),
            market.contents.to_string(),
            market.rules.to_string(),
            otherwise,
        ]);
    }
    let mut text = table.text();
    if report.experiences.is_empty() {
        return text + "\nNo experience lets markets override anything.\n";
    }
    let mut table = Table::new(["experience", "owner", "markets may override", "digest"]);
    for one in &report.experiences {
        let owner = one.owner.clone().unwrap_or_else(|| "nobody".into());
        table.row([one.experience.clone(), owner, one.points.join(", "), one.digest.clone()]);
    }
    text += "\n";
    text + &table.text()
}

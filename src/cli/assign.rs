//! `selvedge report assign`: whether draws keep their shares and are independent, and how few people move.

use std::path::PathBuf;

use super::table::Table;
use super::{Outcome, SiteFolder, open, say};
use crate::report::{Assign, assign};

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    folder: SiteFolder,
    /// How many ids to draw
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    ids: u32,
    /// What the ids begin with: PREFIX0, PREFIX1 and so on
    #[arg(long, default_value = "u-")]
    prefix: String,
    /// The same site before a change, to count who moves
    #[arg(long, value_name = "FOLDER")]
    before: Option<PathBuf>,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let (site, ..) = open::site(&args.folder.site)?;
    let before = args.before.as_deref().map(open::site).transpose()?;
    let report = assign(&site, before.as_ref().map(|(site, ..)| site), &args.prefix, args.ids);
    let alarms = report.alarms();
    say(args.json, serde_json::to_string_pretty(&report)?, text(&report));
    alarms.iter().for_each(|alarm| anstream::eprintln!("warning: {alarm}"));
    Ok(if alarms.is_empty() { Outcome::Clean } else { Outcome::Findings })
}

fn text(report: &Assign) -> String {
    let mut table = Table::new(["draw", "owner", "share", "ids", "found", "p"]);
    for draw in &report.draws {
        for (nth, owner) in draw.owners.iter().enumerate() {
            let found = f64::from(owner.found) / f64::from(report.ids) * 100.0;
            let p = if nth == 0 { format!("{:.3}", draw.test.p) } else { String::new() };
            let name = if nth == 0 { draw.draw.as_str() } else { "" };
            let share = format!("{} %", f64::from(owner.points) / 100.0);
            table.row([name, &owner.owner, &share, &owner.found.to_string(), &format!("{found:.3} %"), &p]);
        }
    }
    let mut text = table.text();
    if !report.pairs.is_empty() {
        let mut table = Table::new(["independent", "of", "chi-square", "p"]);
        for pair in &report.pairs {
            let [one, other] = &pair.draws;
            let value = format!("{:.1} ({})", pair.test.value, pair.test.freedom);
            table.row([one.as_str(), other, &value, &format!("{:.3}", pair.test.p)]);
        }
        text += "\n";
        text += &table.text();
    }
    for moved in &report.moves {
        let share = f64::from(moved.ids) / f64::from(report.ids) * 100.0;
        text += &format!(
            "\n{}: {} of 10,000 points move, the least is {}; {} ids, {share:.3} %\n",
            moved.draw, moved.points, moved.least, moved.ids
        );
    }
    text += &format!("\n{} ids; a p below {:.5} is an alarm\n", report.ids, report.alarm_below);
    text
}

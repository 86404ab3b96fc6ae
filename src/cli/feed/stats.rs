//! `selvedge feed stats`: what a data payload holds.

use std::path::PathBuf;

use anyhow::Context as _;
use serde_json::json;

use super::import::span;
use crate::bundle::data::Data;
use crate::cli::table::Table;
use crate::cli::{Outcome, now_ms, publish};
use crate::words::time::{SECOND, format_rfc3339};

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  selvedge feed import --map examples/stock/maps/stock.toml examples/stock/exports/stock.csv --out stock.data
  selvedge feed stats stock.data")]
pub(in crate::cli) struct Args {
    /// The payload that `selvedge feed import` wrote
    file: PathBuf,
    /// The time to tell ages by; this machine's clock by default
    #[arg(long, value_name = "TIME")]
    as_of: Option<String>,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let bytes = publish::data::read(&args.file)?;
    let data = Data::open(&bytes).context("the payload cannot be read")?;
    let now_ms = now_ms(args.as_of.as_deref())?;
    if args.json {
        let feeds: Vec<_> = data
            .feeds
            .iter()
            .map(|feed| {
                let tables = feed.tables.iter();
                let tables = tables.map(|table| {
                    json!({"attribute": table.attribute, "keys": table.ends.len(), "values": table.values.len()})
                });
                json!({
                    "feed": feed.name, "rows": feed.rows, "taken": format_rfc3339(feed.taken_ms),
                    "age_seconds": (now_ms - feed.taken_ms) / SECOND, "attributes": tables.collect::<Vec<_>>(),
                })
            })
            .collect();
        let learned: Vec<&str> = data.learned.iter().map(|learned| learned.name.as_str()).collect();
        anstream::println!("{}", json!({"bytes": bytes.len(), "feeds": feeds, "learned": learned}));
        return Ok(Outcome::Clean);
    }
    let mut table = Table::new(["feed", "attribute", "rows", "keys", "values", "taken", "age"]);
    for feed in &data.feeds {
        for facts in &feed.tables {
            table.row([
                feed.name.clone(),
                facts.attribute.clone(),
                feed.rows.to_string(),
                facts.ends.len().to_string(),
                facts.values.len().to_string(),
                format_rfc3339(feed.taken_ms),
                span((now_ms - feed.taken_ms) / SECOND),
            ]);
        }
    }
    anstream::print!("{}", table.text());
    anstream::println!(
        "{} bytes, {} feeds, {} entries of what was learned",
        bytes.len(),
        data.feeds.len(),
        data.learned.len()
    );
    Ok(Outcome::Clean)
}

//! `selvedge log scan`: how many lines are older than they may be.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::files::{lines, logs};
use super::row::Row;
use super::{RETENTION, day, day_ms, days_ms};
use crate::cli::Outcome;

/// Count lines that are older than this.
#[derive(clap::Args)]
pub(super) struct Args {
    /// A log, or a folder of logs
    #[arg(default_value = "log")]
    log: PathBuf,
    /// How old
    #[arg(long, value_name = "DAYS", default_value = RETENTION)]
    older_than: String,
    /// The day to count from; today by default
    #[arg(long, value_name = "DATE")]
    as_of: Option<String>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let before_ms = day_ms(args.as_of.as_deref())?.saturating_sub(days_ms(&args.older_than)?);
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    let mut without_time = 0;
    for log in logs(&args.log)? {
        let bytes = fs_err::read(&log)?;
        for row in lines(&bytes).into_iter().map(|range| Row::read(&bytes[range])).filter(|row| !row.is_tombstone()) {
            match row.at_ms() {
                Some(at) if at < before_ms => *kinds.entry(row.kind).or_default() += 1,
                Some(_) => {}
                None => without_time += 1,
            }
        }
    }
    let total: usize = kinds.values().sum();
    anstream::println!("{total} rows older than {}", day(before_ms));
    kinds.iter().for_each(|(kind, count)| anstream::println!("  {kind}: {count}"));
    if without_time > 0 {
        anstream::eprintln!("note: {without_time} lines say no time, so their age is not known");
    }
    Ok(if total == 0 { Outcome::Clean } else { Outcome::Findings })
}

//! `selvedge log scan`: how many lines are older than they may be.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::files::{each_line, logs};
use super::retention::{days_ms, read_days};
use super::row::Row;
use crate::cli::{Outcome, now_ms};
use crate::log::RETENTION_DAYS;
use crate::words::time::format_day;

#[derive(clap::Args)]
pub(in crate::cli) struct Args {
    /// A log, or a folder of logs
    #[arg(default_value = "log")]
    log: PathBuf,
    /// How old; 395 days by default
    #[arg(long, value_name = "DAYS")]
    older_than: Option<String>,
    /// The day to count from; today by default
    #[arg(long, value_name = "DATE")]
    as_of: Option<String>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let age_ms = args.older_than.as_deref().map_or(Ok(days_ms(RETENTION_DAYS)), read_days)?;
    let before_ms = now_ms(args.as_of.as_deref())?.saturating_sub(age_ms);
    let mut kinds: BTreeMap<String, u64> = BTreeMap::new();
    let mut without_time: u64 = 0;
    each_line(&logs(&args.log)?, |_, line| {
        let row = Row::read(line.bytes).unwrap_or_default();
        match row.at_ms() {
            _ if row.is_tombstone() => {}
            Some(at) if at < before_ms => *kinds.entry(row.kind).or_default() += 1,
            Some(_) => {}
            None => without_time += 1,
        }
        Ok(())
    })?;
    let total: u64 = kinds.values().sum();
    anstream::println!("{total} rows older than {}", format_day(before_ms));
    kinds.iter().for_each(|(kind, count)| anstream::println!("  {kind}: {count}"));
    if without_time > 0 {
        anstream::eprintln!("note: {without_time} lines say no time, so their age is not known");
    }
    Ok(if total == 0 { Outcome::Clean } else { Outcome::Findings })
}

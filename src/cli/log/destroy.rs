//! `selvedge log destroy`: the secrets of an epoch, gone for good.
//!
//! It is noted in the operators' journal before anything goes. The newest epoch stays: a host makes records with it.

use std::path::PathBuf;

use serde_json::json;

use super::epochs::{Scheduled, schedule};
use super::journal::Operator;
use super::retention::Retention;
use crate::cli::keyring::{KEYRING, Keyring, day_text};
use crate::cli::{Outcome, Usage, now_ms};
use crate::words::time::DAY;

#[derive(clap::Args)]
pub(in crate::cli) struct Args {
    /// The epoch
    epoch: u32,
    /// A log, a folder of logs, or a site, whose logs are in its folder `log`
    #[arg(long, default_value = "log")]
    log: PathBuf,
    /// The site whose consent.toml says how long records are kept; the one in this folder if it is a site
    #[arg(long, value_name = "SITE")]
    site: Option<PathBuf>,
    /// The secrets of the audit log
    #[arg(long, value_name = "FILE", default_value = KEYRING)]
    keys: PathBuf,
    /// The day to count from; today by default
    #[arg(long, value_name = "DATE")]
    as_of: Option<String>,
    /// Destroy them although records of the epoch are still kept
    #[arg(long)]
    early: bool,
    #[command(flatten)]
    operator: Operator,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let today = now_ms(args.as_of.as_deref())?.div_euclid(DAY);
    let (log, retention) = Retention::read(&args.log, args.site.as_deref(), &[])?;
    let mut keyring = Keyring::to_change(&args.keys)?;
    let schedule = schedule(&keyring, &retention, &log)?;
    let found = schedule.iter().find(|one| one.epoch == args.epoch);
    let Some(Scheduled { records, destroy_from, is_newest, .. }) = found else {
        return Err(Usage(format!("{} holds no key of epoch {}", args.keys.display(), args.epoch)).into());
    };
    if *is_newest {
        let why = "records are made with the newest epoch; begin another one first, with `selvedge log rotate`";
        return Err(Usage(why.into()).into());
    }
    if destroy_from.is_none_or(|from| today < from) && !args.early {
        let from = destroy_from.map_or("a day that nobody knows".into(), day_text);
        let why = format!(
            "epoch {} has {records} records in the log, and they are kept: until {from} an answer to a person needs its secrets; --early \
             destroys them all the same",
            args.epoch
        );
        return Err(Usage(why).into());
    }
    let what = json!({ "epoch": args.epoch, "records": records, "early": args.early });
    args.operator.note(&log, &args.keys, "log destroy", None, &what)?;
    keyring.destroy(args.epoch)?;
    anstream::println!("the secrets of epoch {} are destroyed; {records} records of it are in the log", args.epoch);
    Ok(Outcome::Clean)
}

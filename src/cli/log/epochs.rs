//! `selvedge log keys`: the epochs of the audit log's secrets, from their beginning to their destruction.
//!
//! An epoch's secrets are needed as long as records of it are kept: without them nobody finds a person's records. After that they
//! are only a risk. It prints no secret, unless it is asked for the one of a Worker.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::json;

use super::retention::{Retention, values_days};
use super::{Row, each_line, logs, of_site};
use crate::author::diagnostic::Diagnostic;
use crate::author::site::Site;
use crate::author::{Sources, log_place};
use crate::cli::keyring::{KEYRING, Keyring, day_text};
use crate::cli::table::Table;
use crate::cli::{Outcome, now_ms, say};
use crate::log::LogClass;
use crate::words::time::DAY;

/// Days that an epoch makes records, before another one is due.
const SEALS_DAYS: i64 = 365;

/// Days that a ratchet may be behind, before somebody is told.
const BEHIND_DAYS: i64 = 7;

#[derive(clap::Args)]
#[command(after_help = "\
A new epoch is due every 365 days. The secrets of an old one can be destroyed when the last record that was made with them has expired:
then no person needs them to be found. Ends with exit code 1 if something is overdue.")]
pub(in crate::cli) struct Args {
    /// A log, a folder of logs, or a site, whose logs are in its folder `log`
    #[arg(default_value = "log")]
    log: PathBuf,
    /// The site whose files say how long records and values are kept; the one in this folder if it is a site
    #[arg(long, value_name = "SITE")]
    site: Option<PathBuf>,
    /// The secrets of the audit log; by default .selvedge/keys/audit.keys, beside the folder of logs or here
    #[arg(long, value_name = "FILE")]
    keys: Option<PathBuf>,
    /// The day to count from; today by default
    #[arg(long, value_name = "DATE")]
    as_of: Option<String>,
    /// Print the newest secrets as of the day, for a Worker's secret AUDIT_KEY, and nothing else
    #[arg(long, conflicts_with = "json")]
    worker: bool,
    /// Print the epochs as JSON
    #[arg(long)]
    json: bool,
}

/// The days of one epoch, counted from 1970-01-01; `None` is a day that nobody knows.
#[derive(Clone, Debug)]
pub(super) struct Scheduled {
    pub(super) epoch: u32,
    pub(super) is_newest: bool,
    began: Option<i64>,
    /// The day on which it makes no more records: another epoch began, or is due.
    stops: Option<i64>,
    /// The last day on which a sealed value can be opened; without a ratchet it is that of the secrets themselves.
    values_end: Option<i64>,
    pub(super) destroy_from: Option<i64>,
    /// The day of its ratchet.
    ratchet: Option<i64>,
    pub(super) records: u64,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let today = now_ms(args.as_of.as_deref())?.div_euclid(DAY);
    let (log, retention) = Retention::read(&args.log, args.site.as_deref(), &[])?;
    let mut keyring = Keyring::kept(&of_site(args.keys.as_deref(), &log, KEYRING))?;
    keyring.newest()?;
    if args.worker {
        keyring.move_on(today);
        anstream::println!("{}", keyring.of_worker()?);
        return Ok(Outcome::Clean);
    }
    let all = schedule(&keyring, &retention, &log)?;
    let due: Vec<Due> = all.iter().flat_map(|one| one.due(today)).collect();
    say(args.json, json!({ "epochs": all.iter().map(Scheduled::json).collect::<Vec<_>>(), "due": due }), table(&all));
    due.iter().for_each(|due| anstream::eprintln!("warning: {}; {}", due.what, due.help));
    Ok(if due.is_empty() { Outcome::Clean } else { Outcome::Findings })
}

/// Every epoch, oldest first.
pub(super) fn schedule(keyring: &Keyring, retention: &Retention, log: &Path) -> anyhow::Result<Vec<Scheduled>> {
    let mut found: BTreeMap<u64, (u64, i64)> = BTreeMap::new();
    let logs = if log.exists() { logs(log)? } else { Vec::new() };
    each_line(&logs, |_, line| {
        let row = Row::read(line.bytes).ok().filter(Row::is_audit);
        if let Some((epoch, at_ms)) = row.and_then(|row| row.key.zip(row.at_ms())) {
            let (count, last) = found.entry(epoch).or_insert((0, i64::MIN));
            *count += 1;
            *last = (*last).max(at_ms.div_euclid(DAY));
        }
        Ok(())
    })?;
    Ok(scheduled(keyring, retention.of(LogClass::Audit.name()) / DAY, retention.values_days, &found))
}

fn scheduled(
    keyring: &Keyring,
    records_days: i64,
    values_days: u32,
    found: &BTreeMap<u64, (u64, i64)>,
) -> Vec<Scheduled> {
    let mut all: Vec<Scheduled> = Vec::new();
    let mut after: Option<Option<i64>> = None;
    for one in keyring.epochs().rev() {
        let (records, last) = found.get(&u64::from(one.key.epoch())).copied().unwrap_or((0, i64::MIN));
        let stops = after.unwrap_or_else(|| one.began.map(|began| began + SEALS_DAYS));
        // A Worker may have had the old secrets for longer.
        let last = stops.map(|stops| stops.max(last));
        let ratchet = one.key.ratchet().map(crate::log::ratchet::Ratchet::day);
        all.push(Scheduled {
            epoch: one.key.epoch(),
            is_newest: after.is_none(),
            began: one.began,
            stops,
            values_end: last.filter(|_| ratchet.is_some()).map(|last| last + i64::from(values_days)),
            destroy_from: last.map(|last| last + records_days + 1),
            ratchet,
            records,
        });
        after = Some(one.began);
    }
    all.reverse();
    all
}

/// Something that somebody has to do.
#[derive(Serialize)]
struct Due {
    code: &'static str,
    what: String,
    help: String,
}

impl Scheduled {
    fn due(&self, today: i64) -> Vec<Due> {
        let epoch = self.epoch;
        let mut due = Vec::new();
        let mut say = |code, what: String, help: &str| due.push(Due { code, what, help: help.to_owned() });
        if self.is_newest && self.ratchet.is_none() {
            let what = format!("epoch {epoch} of the audit log has no ratchet, so its sealed values never expire");
            say("SV5043", what, "begin another epoch with `selvedge log rotate`, and set the Worker's AUDIT_KEY");
        } else if let Some(stops) = self.stops.filter(|stops| self.is_newest && *stops <= today) {
            let what = format!("epoch {epoch} of the audit log was to end on {}", day_text(stops));
            say("SV5040", what, "begin another epoch with `selvedge log rotate`, and set the Worker's AUDIT_KEY");
        }
        if let Some(from) = self.destroy_from.filter(|from| !self.is_newest && *from <= today) {
            let what = format!(
                "the secrets of epoch {epoch} of the audit log are needed for nothing since {}",
                day_text(from)
            );
            say("SV5041", what, &format!("destroy them with `selvedge log destroy {epoch}`"));
        }
        if let Some(day) = self.ratchet.filter(|day| day + BEHIND_DAYS < today) {
            let what = format!(
                "values of epoch {epoch} of the audit log that expired since {} can still be opened",
                day_text(day)
            );
            say("SV5042", what, "run `selvedge log expire`, best every day");
        }
        due
    }

    /// The loss that its destruction brings.
    fn loses(&self) -> String {
        let values = if self.ratchet.is_some() { "its values that have not expired" } else { "every value of it" };
        match self.records {
            0 => "nothing: the log has no record of it".to_owned(),
            count => format!("nobody finds a person's records among {count}, and {values} cannot be opened or proved"),
        }
    }

    fn json(&self) -> serde_json::Value {
        json!({
            "epoch": self.epoch, "newest": self.is_newest, "began": self.began.map(day_text), "stops": self.stops.map(day_text),
            "values_end": self.values_end.map(day_text), "destroy_from": self.destroy_from.map(day_text),
            "ratchet": self.ratchet.map(day_text), "records": self.records, "destroying_loses": self.loses(),
        })
    }
}

fn table(all: &[Scheduled]) -> String {
    let head = ["epoch", "began", "makes records until", "last value ends", "destroy from", "ratchet", "records"];
    let mut table = Table::new(head);
    for one in all {
        let day = |day: Option<i64>, none: &str| day.map_or(none.to_owned(), day_text);
        table.row([
            one.epoch.to_string(),
            day(one.began, "unknown"),
            day(one.stops, "unknown"),
            day(one.values_end, if one.ratchet.is_some() { "unknown" } else { "with its secrets" }),
            day(one.destroy_from, "unknown"),
            day(one.ratchet, "none"),
            one.records.to_string(),
        ]);
    }
    let losses = all.iter().map(|one| format!("Destroying epoch {} loses: {}.\n", one.epoch, one.loses()));
    table.text() + "\n" + &losses.collect::<String>()
}

/// Findings about the secrets in a site's folder, for `selvedge check`. It reads no log.
pub(in crate::cli) fn overdue_keys(
    site: &Site,
    sources: &Sources,
    folder: &Path,
    now_ms: i64,
) -> anyhow::Result<Vec<Diagnostic>> {
    let keyring = Keyring::kept(&folder.join(KEYRING))?;
    let days = i64::from(site.consent.records.log.days(LogClass::Audit));
    let all = scheduled(&keyring, days, values_days(site), &BTreeMap::new());
    let due = all.iter().flat_map(|one| one.due(now_ms.div_euclid(DAY)));
    let finding = |due: Due| {
        let fault = Diagnostic::error(due.code, log_place(sources), due.what).warning();
        fault.why("a secret that is kept too long opens what nobody may read any more").help(due.help)
    };
    Ok(due.map(finding).collect())
}

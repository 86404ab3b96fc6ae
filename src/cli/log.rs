//! `selvedge log`: what a log must stand, from its first line to its last.
//!
//! Takes logs of JSON lines as a sink wrote them; closes them under a signature, checks them, and takes out what is past its time or
//! whose person asked for it. It never reads a value, and never writes a line of its own but tombstones.

mod close;
mod files;
mod locate;
mod remove;
mod row;
mod scan;
mod segments;
mod verify;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use ed25519_dalek::SigningKey;

pub(super) use files::{lines, logs};
pub(super) use row::Row;

use super::keyring::{KEYRING, Keyring};
use super::{Outcome, Usage, keys, now_ms};
use crate::bundle::words::Unit;
use crate::log::segment::Why;
use crate::time::{DAY, format_rfc3339};
use crate::trust::layout::hex;
use remove::{Reason, remove};

/// Where the key is that signs manifests, unless `--key` says otherwise.
const SIGNING_KEY: &str = ".selvedge/keys/log.pem";
/// How long lines are kept unless `--retain` says otherwise: 13 months, which is what European regulators allow a measurement
/// cookie, and within the 25 months that they allow its data.
const RETENTION: &str = "395d";

/// Close, check, shorten and search logs of decisions.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  selvedge log close log/2026-12-01.ndjson
  selvedge log verify log/
  selvedge log expire log/ --as-of 2027-12-31 --retain audit=730d
  selvedge log scan log/ --older-than 395d
  selvedge log erase log/ --subject v1
  selvedge log rotate")]
pub(super) struct Args {
    #[command(subcommand)]
    task: Task,
}

#[derive(clap::Subcommand)]
enum Task {
    /// Sign what a finished log holds, chained to the log that was closed before it
    Close(close::Args),
    /// Check every signature, the chain and every line; an altered byte is found at its position (exit code 4)
    Verify(verify::Args),
    /// Take out lines that are past the retention of their kind
    Expire(ExpireArgs),
    /// Take out the lines about one person
    Erase(EraseArgs),
    /// Count lines that are older than this
    Scan(scan::Args),
    /// Begin an epoch with a new secret for pseudonyms, digests and sealed values
    Rotate(RotateArgs),
}

#[derive(clap::Args)]
struct ExpireArgs {
    /// A log, or a folder of logs
    #[arg(default_value = "log")]
    log: PathBuf,
    /// The day to count from; today by default
    #[arg(long, value_name = "DATE")]
    as_of: Option<String>,
    /// How long a kind of line is kept (`audit=730d`), or every kind (`395d`)
    #[arg(long, value_name = "[KIND=]DAYS", default_value = RETENTION)]
    retain: Vec<String>,
    /// The key that signs what is taken out of a closed log
    #[arg(long, value_name = "PEM", default_value = SIGNING_KEY)]
    key: PathBuf,
}

#[derive(clap::Args)]
struct EraseArgs {
    /// A log, or a folder of logs
    #[arg(default_value = "log")]
    log: PathBuf,
    /// The person's id: of the visitor's device, or of the account
    #[arg(long)]
    subject: String,
    /// The day that tombstones name; today by default
    #[arg(long, value_name = "DATE")]
    as_of: Option<String>,
    /// The secrets of the audit log: one for every epoch that the log has lines of
    #[arg(long, value_name = "FILE", default_value = KEYRING)]
    keys: PathBuf,
    /// The key that signs what is taken out of a closed log
    #[arg(long, value_name = "PEM", default_value = SIGNING_KEY)]
    key: PathBuf,
}

#[derive(clap::Args)]
struct RotateArgs {
    /// The secrets of the audit log
    #[arg(long, value_name = "FILE", default_value = KEYRING)]
    keys: PathBuf,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    match &args.task {
        Task::Close(args) => close::run(args),
        Task::Verify(args) => verify::run(args),
        Task::Expire(args) => expire(args),
        Task::Erase(args) => erase(args),
        Task::Scan(args) => scan::run(args),
        Task::Rotate(args) => {
            let secret = Keyring::load(&args.keys)?.rotate()?;
            anstream::eprintln!(
                "note: the secret is in {}; a Worker takes it as its secret AUDIT_KEY:",
                args.keys.display()
            );
            anstream::println!("{secret}");
            Ok(Outcome::Clean)
        }
    }
}

fn expire(args: &ExpireArgs) -> anyhow::Result<Outcome> {
    let now_ms = day_ms(args.as_of.as_deref())?;
    let retention = Retention::read(&args.retain)?;
    let reason = Reason { why: Why::Expired, on: day(now_ms), whom: None };
    let mut signing = Signing::new(&args.key);
    let mut total = 0;
    for log in logs(&args.log)? {
        let is_old = |row: &Row| row.at_ms().is_some_and(|at| at < now_ms.saturating_sub(retention.of(&row.kind)));
        let count = remove(&log, &reason, &mut signing, is_old)?;
        if count > 0 {
            anstream::eprintln!("{}: {count} lines taken out", log.display());
        }
        total += count;
    }
    anstream::println!("{total} lines were past their retention on {}", day(now_ms));
    Ok(Outcome::Clean)
}

fn erase(args: &EraseArgs) -> anyhow::Result<Outcome> {
    let now_ms = day_ms(args.as_of.as_deref())?;
    let keyring = Keyring::load(&args.keys)?;
    let pseudonyms = pseudonyms(&keyring, &args.subject);
    let whom = keyring.newest().ok().map(|key| key.erased(&args.subject));
    let reason = Reason { why: Why::Erased, on: day(now_ms), whom };
    let mut signing = Signing::new(&args.key);
    let mut total = 0;
    for log in logs(&args.log)? {
        let count = remove(&log, &reason, &mut signing, |row| row.is_about(&args.subject, &pseudonyms))?;
        if count > 0 {
            anstream::eprintln!("{}: {count} lines taken out", log.display());
        }
        total += count;
    }
    if pseudonyms.is_empty() {
        anstream::eprintln!("note: {} holds no key, so audit records could not be searched", args.keys.display());
    }
    anstream::println!("{total} lines were about this person; tombstones stand in their place");
    Ok(Outcome::Clean)
}

/// A person's pseudonyms in every epoch, as visitor and as account.
pub(super) fn pseudonyms(keyring: &Keyring, subject: &str) -> Vec<String> {
    let of = |unit: Unit| keyring.all().map(move |key| hex(&key.pseudonym(unit, subject)));
    of(Unit::Visitor).chain(of(Unit::Account)).collect()
}

/// The key that signs, read when it is needed first.
struct Signing<'a> {
    path: &'a Path,
    key: Option<SigningKey>,
}

impl<'a> Signing<'a> {
    fn new(path: &'a Path) -> Self {
        Self { path, key: None }
    }

    fn key(&mut self) -> anyhow::Result<&SigningKey> {
        let key = match self.key.take() {
            Some(key) => key,
            None => {
                let (key, is_new) = keys::load_or_create(self.path)?;
                if is_new {
                    let public = hex(&key.verifying_key().to_bytes());
                    anstream::eprintln!("note: made the key {public} that signs logs in {}", self.path.display());
                }
                key
            }
        };
        Ok(self.key.insert(key))
    }
}

/// How long each kind of line is kept, in milliseconds.
struct Retention {
    kinds: Vec<(String, i64)>,
    others: i64,
}

impl Retention {
    fn read(texts: &[String]) -> anyhow::Result<Self> {
        let mut retention = Self { kinds: Vec::new(), others: days_ms(RETENTION)? };
        for text in texts {
            match text.split_once('=') {
                Some((kind, days)) => retention.kinds.push((kind.to_owned(), days_ms(days)?)),
                None => retention.others = days_ms(text)?,
            }
        }
        Ok(retention)
    }

    fn of(&self, kind: &str) -> i64 {
        self.kinds.iter().find(|(known, _)| known == kind).map_or(self.others, |(_, ms)| *ms)
    }
}

/// `395d` in milliseconds.
fn days_ms(text: &str) -> anyhow::Result<i64> {
    let days: Option<u32> = text.strip_suffix('d').and_then(|days| days.parse().ok());
    let days = days.with_context(|| Usage(format!("`{text}` is not a number of days, as in 395d")))?;
    Ok(i64::from(days) * DAY)
}

/// A day (its first moment in UTC), a time with its offset, or now.
fn day_ms(text: Option<&str>) -> anyhow::Result<i64> {
    match text {
        Some(day) if day.len() == 10 => now_ms(Some(&format!("{day}T00:00:00Z"))),
        other => now_ms(other),
    }
}

/// The day of a time, in UTC.
fn day(ms: i64) -> String {
    format_rfc3339(ms).chars().take(10).collect()
}

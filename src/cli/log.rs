//! `selvedge log`: what a log must stand, from its first line to its last.
//!
//! It never reads a value, and never writes a line of its own but tombstones.

mod anchor;
mod chain;
mod check;
mod close;
mod destroy;
mod epochs;
mod files;
pub(super) mod journal;
mod leaves;
mod lines;
mod linked;
mod locate;
mod order;
mod remove;
mod removed;
mod retention;
mod row;
mod scan;
mod search;
mod stamp;
mod verify;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use ed25519_dalek::SigningKey;
use serde_json::json;

pub(super) use chain::{Problem, altered};
pub(super) use epochs::overdue_keys;
pub(super) use files::{Progress, each_line, logs};
pub(super) use row::Row;
pub(super) use search::{Search, Whom};

use super::files::folder_of;
use super::keyring::{KEYRING, Keyring, day_text};
use super::measuring::{self, MEASURING};
use super::{Outcome, counted, keys, now_ms};
use crate::log::segment::Why;
use crate::words::hex;
use crate::words::time::{DAY, format_day};
use journal::Operator;
use remove::{Candidate, Reason, remove};
use retention::Retention;

/// Where the key is that signs manifests, unless `--key` says otherwise.
const SIGNING_KEY: &str = ".selvedge/keys/log.pem";

#[derive(clap::Subcommand)]
#[command(after_help = "\
Examples:
  selvedge log close log/2026-12-01.ndjson
  selvedge log anchor log/ --anchor exec:/opt/stamp
  selvedge log verify log/
  selvedge log expire log/ --site examples/storefront
  selvedge log expire log/ --as-of 2027-12-31 --retain audit=730d
  selvedge log scan log/ --older-than 395d
  selvedge log erase log/ --subject v1 --why 'request 2026-31'
  selvedge log journal log/
  selvedge log rotate-measurement
  selvedge log rotate
  selvedge log keys log/ --site examples/storefront
  selvedge log destroy 1 --log log/ --why 'its last record has expired'")]
pub(super) enum Task {
    /// Mix the lines of a finished log, so that none tells which one it arrived with; sign them, chained to the log that was closed before
    Close(close::Args),
    /// Have the newest closed log anchored outside: stamped by an authority, or entered in a transparency log
    Anchor(anchor::Args),
    /// Check every signature, the chain and every line; an altered byte is found at its position (exit code 4)
    Verify(verify::Args),
    /// Take out lines that are past the retention of their kind, and make sealed values that have expired unreadable
    Expire(ExpireArgs),
    /// Take out the lines about one person
    Erase(EraseArgs),
    /// Count lines that are older than this
    Scan(scan::Args),
    /// Check and print who ran `dsar`, `log erase`, `log destroy` and `replay` on a log, when and for what
    Journal(journal::Args),
    /// Add a secret for measuring: from then on the log names everybody as somebody new
    RotateMeasurement {
        /// The secrets that lines of what was shown and done are pseudonymous by
        #[arg(long, value_name = "FILE", default_value = MEASURING)]
        measurement_keys: PathBuf,
    },
    /// Begin an epoch with new secrets for pseudonyms, digests and sealed values
    Rotate {
        /// The secrets of the audit log
        #[arg(long, value_name = "FILE", default_value = KEYRING)]
        keys: PathBuf,
        /// The day on which it begins; today by default
        #[arg(long, value_name = "DATE")]
        as_of: Option<String>,
    },
    /// Say of each epoch when it began, when its values end, and when its secrets can be destroyed
    Keys(epochs::Args),
    /// Destroy the secrets of an epoch: nobody can name the people of its records again
    Destroy(destroy::Args),
}

#[derive(clap::Args)]
#[command(after_help = "\
How long each class of lines is kept stands in the site's consent.toml, and in the register and the notice that are made from it:

  [log]
  audit = \"730d\"
  exposure = \"395d\"

A class that it does not name, and a log without a site, is kept for 395 days. --retain goes before both.

A sealed value is kept as long as its attribute. The ratchet of every epoch moves on to the day, and the file of secrets is written
over: what expired before that day cannot be opened again, by anybody.")]
pub(super) struct ExpireArgs {
    /// A log, a folder of logs, or a site, whose logs are in its folder `log`
    #[arg(default_value = "log")]
    log: PathBuf,
    /// The site whose consent.toml says how long lines are kept; the one in this folder if it is a site
    #[arg(long, value_name = "SITE")]
    site: Option<PathBuf>,
    /// The day to count from; today by default
    #[arg(long, value_name = "DATE")]
    as_of: Option<String>,
    /// Keeps a class of lines this long (`audit=730d`), or every class (`395d`), in place of the site's own periods
    #[arg(long, value_name = "[CLASS=]DAYS")]
    retain: Vec<String>,
    /// The secrets of the audit log; by default .selvedge/keys/audit.keys, beside the folder of logs or here
    #[arg(long, value_name = "FILE")]
    keys: Option<PathBuf>,
    /// The key that closed the log, which signs what is taken out of it; by default .selvedge/keys/log.pem, beside the folder of logs or here
    #[arg(long, value_name = "PEM")]
    key: Option<PathBuf>,
}

#[derive(clap::Args)]
pub(super) struct EraseArgs {
    /// A log, or a folder of logs
    #[arg(default_value = "log")]
    log: PathBuf,
    #[command(flatten)]
    whom: Whom,
    #[command(flatten)]
    operator: Operator,
    /// The day that tombstones name; today by default
    #[arg(long, value_name = "DATE")]
    as_of: Option<String>,
    /// The secrets of the audit log: one for every epoch that the log has lines of
    #[arg(long, value_name = "FILE", default_value = KEYRING)]
    keys: PathBuf,
    /// The key that closed the log, which signs what is taken out of it; by default .selvedge/keys/log.pem, beside the folder of logs or here
    #[arg(long, value_name = "PEM")]
    key: Option<PathBuf>,
}

pub(super) fn run(task: &Task) -> anyhow::Result<Outcome> {
    match task {
        Task::Close(args) => close::run(args),
        Task::Anchor(args) => anchor::run(args),
        Task::Verify(args) => verify::run(args),
        Task::Expire(args) => expire(args),
        Task::Erase(args) => erase(args),
        Task::Scan(args) => scan::run(args),
        Task::Journal(args) => journal::run(args),
        Task::RotateMeasurement { measurement_keys } => {
            let (secret, file) = (measuring::rotate(measurement_keys)?, measurement_keys.display());
            anstream::eprintln!("note: the secret is in {file}; a Worker takes it as its secret MEASUREMENT_KEY:");
            anstream::println!("{secret}");
            Ok(Outcome::Clean)
        }
        Task::Rotate { keys, as_of } => {
            let mut keyring = Keyring::to_change(keys)?;
            keyring.rotate(now_ms(as_of.as_deref())?.div_euclid(DAY))?;
            let file = keys.display();
            anstream::eprintln!("note: the secrets are in {file}; a Worker takes them as its secret AUDIT_KEY:");
            anstream::println!("{}", keyring.of_worker()?);
            Ok(Outcome::Clean)
        }
        Task::Keys(args) => epochs::run(args),
        Task::Destroy(args) => destroy::run(args),
    }
}

fn expire(args: &ExpireArgs) -> anyhow::Result<Outcome> {
    let now_ms = now_ms(args.as_of.as_deref())?;
    let (folder, retention) = Retention::read(&args.log, args.site.as_deref(), &args.retain)?;
    let reason = Reason { why: Why::Expired, on_ms: first_moment(now_ms), whom: None };
    let signing = Signing::new(args.key.as_deref(), &folder);
    let (keys, day) = (of_site(args.keys.as_deref(), &folder, KEYRING), now_ms.div_euclid(DAY));
    if keys.exists() && Keyring::kept(&keys)?.move_on(day) {
        let mut keyring = Keyring::to_change(&keys)?;
        keyring.move_on(day);
        keyring.write()?;
        let (keys, day) = (keys.display(), day_text(day));
        anstream::eprintln!("note: {keys}: sealed values that ended before {day} can be opened by nobody");
    }
    let mut ageless: u64 = 0;
    let is_old = |candidate: &Candidate<'_>| {
        // A line that says no time is no younger than the closing of its log.
        let at = candidate.row.and_then(Row::at_ms).or(candidate.closed_ms);
        ageless += u64::from(at.is_none());
        let kind = candidate.row.map_or("", |row| &row.kind);
        at.is_some_and(|at| at < now_ms.saturating_sub(retention.of(kind)))
    };
    let total = take_out(&folder, &reason, &signing, is_old)?;
    if ageless > 0 {
        anstream::eprintln!(
            "note: {ageless} lines say no time, so their age is not known; once their log is closed, that is the time they go by"
        );
    }
    let lines = counted(total, "line was past its", "lines were past their");
    anstream::println!("{lines} retention on {}", format_day(now_ms));
    Ok(Outcome::Clean)
}

fn erase(args: &EraseArgs) -> anyhow::Result<Outcome> {
    let whom_asked = args.whom.linked()?;
    let on_ms = first_moment(now_ms(args.as_of.as_deref())?);
    let keyring = Keyring::load(&args.keys)?;
    // Whose lines there are is known before any of them goes.
    let mut search = Search::new(&keyring, &whom_asked)?;
    let mut found: u64 = 0;
    each_line(&logs(&args.log)?, |_, line| {
        found += u64::from(search.finds(Row::read(line.bytes).ok().as_ref()));
        Ok(())
    })?;
    search.ambiguous()?;
    let whom = keyring.newest().ok().zip(whom_asked.subjects.first()).map(|(key, id)| key.erased(id));
    let what = json!({ "lines": found, "of_other_accounts": search.of_others });
    args.operator.note(&args.log, &args.keys, "log erase", whom.as_ref(), &what)?;
    let reason = Reason { why: Why::Erased, on_ms, whom };
    let signing = Signing::new(args.key.as_deref(), &args.log);
    let mut again = Search::new(&keyring, &whom_asked)?;
    let total = take_out(&args.log, &reason, &signing, |candidate| again.finds(candidate.row))?;
    let said = [
        "line was about this person; a tombstone stands in its place",
        "lines were about this person; tombstones stand in their place",
    ];
    anstream::println!("{}", counted(total, said[0], said[1]));
    let missed: Vec<String> = search.missed(&args.keys).into_iter().chain(search.apart()).collect();
    missed.iter().for_each(|missed| anstream::eprintln!("warning: {missed}"));
    Ok(if missed.is_empty() { Outcome::Clean } else { Outcome::Findings })
}

/// Takes lines out of every log, and gives how many those were.
fn take_out(
    path: &Path,
    reason: &Reason,
    signing: &Signing,
    mut goes: impl FnMut(&Candidate<'_>) -> bool,
) -> anyhow::Result<u64> {
    let logs = logs(path)?;
    let mut progress = Progress::over(&logs);
    let mut gone = Vec::new();
    for log in &logs {
        let count = remove(log, reason, signing, &mut progress, &mut goes)?;
        gone.extend((count > 0).then_some((log, count)));
    }
    progress.finish();
    gone.iter().for_each(|(log, count)| {
        anstream::eprintln!("{}: {} taken out", log.display(), counted(*count, "line", "lines"));
    });
    Ok(gone.iter().map(|(_, count)| count).sum())
}

/// The file of the key that signs logs.
///
/// The key that closed a log signs its removals. Under another key, nobody could verify the log, and its lines would be
/// gone.
struct Signing(PathBuf);

impl Signing {
    /// The key in a file, or that of the site which a log or a folder of logs is in.
    fn new(path: Option<&Path>, logs: &Path) -> Self {
        Self(of_site(path, logs, SIGNING_KEY))
    }

    /// The key, made where there is none.
    fn own(&self) -> anyhow::Result<SigningKey> {
        let (key, is_new) = keys::load_or_create(&self.0)?;
        if is_new {
            let public = hex(key.verifying_key().as_bytes());
            anstream::eprintln!("note: made the key {public} that signs logs in {}", self.0.display());
        }
        Ok(key)
    }

    /// The key, if it is the one with this public half.
    fn of(&self, signer: &[u8; 32]) -> anyhow::Result<SigningKey> {
        keys::read(&self.0)?.filter(|key| key.verifying_key().as_bytes() == signer).with_context(|| {
            let (path, key) = (self.0.display(), hex(signer));
            format!("{path}: not the key {key} that closed the log, which must sign what is taken out of it: give it with --key")
        })
    }
}

/// A file that was named, or that of the site which a log or a folder of logs is in, or the one here.
fn of_site(named: Option<&Path>, logs: &Path, usual: &str) -> PathBuf {
    let folder = if logs.is_dir() { logs.to_owned() } else { folder_of(logs) };
    let of_site = Some(folder_of(&folder).join(usual)).filter(|path| path.is_file());
    named.map(Path::to_owned).or(of_site).unwrap_or_else(|| usual.into())
}

/// The first moment of the day of a time, in UTC.
fn first_moment(ms: i64) -> i64 {
    ms.div_euclid(DAY) * DAY
}

//! `selvedge replay`: logged decisions, made again.
//!
//! It never changes a log, and never guesses a value: what is missing is named.

mod again;
mod archive;
mod keys;
mod recorded;
mod tally;
mod tell;
mod values;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::json;

pub(super) use again::{Again, Verdict};
pub(super) use archive::Archive;
pub(super) use keys::{Gone, RecordKeys};
use recorded::SealedPart;
pub(super) use recorded::{Recorded, Slot, hex_bytes};
use tally::Tally;
use tell::text;
pub(super) use tell::{Told, told};
pub(super) use values::{Supplied, Values, as_json};

use super::dsar::Package;
use super::keyring::{KEYRING, Keyring};
use super::log::journal::Operator;
use super::log::{Row, altered, each_line, logs};
use super::open::Opened;
use super::{Outcome, Usage, files, now_ms, seal};
use crate::log::key::Key;

#[derive(clap::Args)]
#[command(after_help = "\
Values come from the sealed parts of each record, or from --values:
  {\"record\": \"0f…\", \"at\": \"2026-12-01T09:12:00.120Z\", \"inputs\": {\"visitor.visits_30d\": 6}, \"ids\": {\"visitor\": \"v1\"}}
Without \"record\" a line is for every record. The digests of a record tell whether they are the values that were read.

The lines of a closed log are checked against its manifest first. A record names the engine that made it; one of another build is made
again all the same, and that is said.

Ends with exit code 4 if a record comes out differently, does not open, or its bundle is not in the archive, 3 if values or keys are
missing or a line is no record. Values that have expired are no fault: their records are counted, and what expired is named.

Examples:
  selvedge replay log/2026-12-01.ndjson --archive dist/storefront
  selvedge replay log --explain
  selvedge replay v1.zip --archive dist/storefront")]
pub(super) struct Args {
    /// A log, a folder of logs, or a package of `selvedge dsar export`
    log: PathBuf,
    #[command(flatten)]
    means: Means,
    #[command(flatten)]
    operator: Operator,
    /// Only the record with this id
    #[arg(long, value_name = "ID")]
    record: Option<String>,
    /// Say in plain words what was shown, why, and what would have changed it
    #[arg(long)]
    explain: bool,
    /// Print one line of JSON for each record
    #[arg(long)]
    json: bool,
}

/// What records are made again with.
#[derive(Clone, clap::Args)]
pub(super) struct Means {
    /// Built folders, or folders of them, that hold the bundles of the log's time
    #[arg(long, value_name = "DIST", num_args = 1.., default_value = "dist")]
    archive: Vec<PathBuf>,
    /// The secrets of the audit log
    #[arg(long, value_name = "FILE", default_value = KEYRING)]
    pub(super) keys: PathBuf,
    /// Values of records that hold none, which the controller supplies: one line each
    #[arg(long, value_name = "FILE")]
    values: Option<PathBuf>,
}

impl Means {
    /// The same with the secrets of a site's folder, where no other file is named and this folder has none.
    pub(super) fn of_site(&self, site: Option<&Path>) -> Self {
        Self { keys: files::of_site(&self.keys, KEYRING, site), ..self.clone() }
    }

    pub(super) fn open(&self) -> anyhow::Result<(Archive, Keyring, Supplied)> {
        let archive = Archive::open(&self.archive, now_ms(None)?)?;
        let supplied = self.values.as_deref().map(Supplied::read).transpose()?.unwrap_or_default();
        Ok((archive, Keyring::load(&self.keys)?, supplied))
    }
}

pub(super) enum Replayed<'a> {
    Compared(Verdict, Box<(Again<'a>, &'a Opened, Values)>),
    /// Values that it needs have expired; these are left.
    Expired(Vec<Gone>, Values),
    /// It could not be made again: the verdict in a word, and what is missing.
    Not(&'static str, String),
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let (archive, keyring, supplied) = args.means.open()?;
    let package = Package::read(&args.log)?;
    // A person's own package has no journal beside it.
    if package.is_none() {
        let what = json!({ "record": args.record, "explained": args.explain });
        args.operator.note(&args.log, &args.means.keys, "replay", None, &what)?;
    }
    let mut desk = Desk { args, archive, package: package.as_ref(), keyring, supplied, tally: Tally::new(args.json) };
    match &package {
        Some(package) => {
            for (at, line) in package.records.lines().enumerate() {
                desk.line(&format!("{}: record {}", args.log.display(), at + 1), line.as_bytes());
            }
        }
        None => desk.logs(&logs(&args.log)?)?,
    }
    if let Some(wanted) = args.record.as_ref().filter(|_| desk.tally.total() == 0) {
        return Err(Usage(format!("{} has no record {wanted}", args.log.display())).into());
    }
    Ok(desk.tally.finish())
}

/// Makes records again, with the bundles, keys and values that there are.
struct Desk<'a> {
    args: &'a Args,
    archive: Archive,
    package: Option<&'a Package>,
    keyring: Keyring,
    supplied: Supplied,
    tally: Tally,
}

impl Desk<'_> {
    fn logs(&mut self, logs: &[PathBuf]) -> anyhow::Result<()> {
        for log in logs {
            altered(log)?.iter().for_each(|problem| self.tally.altered(problem));
        }
        each_line(logs, |log, line| {
            self.line(&format!("{}:{}", log.display(), line.number + 1), line.text());
            Ok(())
        })
    }

    /// Makes the record of a line again, if it is one.
    fn line(&mut self, place: &str, line: &[u8]) {
        let row = match Row::read(line) {
            Err(error) => {
                let cause = if error.is_eof() { "it was cut off" } else { "it was altered, or is of another program" };
                let (what, column) = (error.to_string(), error.column());
                let what = what.split(" at line ").next().unwrap_or_default();
                let why = format!("not JSON from byte {column} of the line on ({what}): {cause}");
                return self.tally.note(place, "", "unreadable", &why);
            }
            Ok(row) => row,
        };
        if !row.is_audit() || self.args.record.as_ref().is_some_and(|wanted| row.id.as_ref() != Some(wanted)) {
            return;
        }
        let id = row.id.unwrap_or_default();
        let read = std::str::from_utf8(line).context("it is not UTF-8");
        if let Err(error) = read.and_then(|line| self.record(place, line)) {
            self.tally.note(place, &id, "unreadable", &format!("{error:#}"));
        }
    }

    fn record(&mut self, place: &str, line: &str) -> anyhow::Result<()> {
        let mut recorded = Recorded::read(line)?;
        let id = &*recorded.id.clone();
        let (keys, supplied) = match self.package {
            Some(package) => (package.keys(&recorded)?, package.values.of(id)),
            None => (self.keyring.record(&recorded)?, self.supplied.of(id)),
        };
        self.tally.made_by(&recorded.engine);
        let replayed = replay(&mut recorded, line, &self.archive, &keys, supplied)?;
        let (verdict, why) = match &replayed {
            Replayed::Compared(Verdict::Same, _) => ("same", String::new()),
            Replayed::Compared(Verdict::OtherValues(names), _) => {
                ("other-values", format!("{}: not what was read", names.join(", ")))
            }
            Replayed::Compared(Verdict::Different { logged, found }, _) => {
                ("different", tell::difference(&recorded, logged, found))
            }
            Replayed::Expired(gone, _) => ("expired", expired(gone)),
            Replayed::Not(verdict, why) => (*verdict, why.clone()),
        };
        self.tally.note(place, id, verdict, &why);
        if let (true, Replayed::Compared(_, made)) = (self.args.explain, &replayed) {
            let (again, opened, values) = &**made;
            anstream::print!("{}", text(&recorded, opened, values, &told(again, opened)));
        }
        Ok(())
    }
}

/// The line, without its sealed part, that comes out when a record is made again from its sealed values.
///
/// # Errors
/// The line is no record, holds no values, or they do not open.
pub fn remade(line: &str, opened: &Opened, key: &Key) -> anyhow::Result<String> {
    let mut recorded = Recorded::read(line)?;
    let keys = RecordKeys::new(key, &recorded)?;
    let parts = recorded.parts()?.context("it holds no values")?;
    let values = unsealed(&mut recorded, line, &parts, &keys, opened)?;
    let gone = keys.gone(&recorded, &opened.bundle)?;
    anyhow::ensure!(gone.is_empty(), "{}", expired(&gone));
    let again = Again::new(&recorded, opened, &values)?;
    let again = again.map_err(|missing| anyhow::anyhow!("it needs {}", missing.join(", ")))?;
    again.line(&recorded, &keys)
}

/// The exact time of a record, if its ids can still be opened; else the hour.
pub(super) fn exact_time(line: &str, keyring: &Keyring) -> anyhow::Result<String> {
    let recorded = Recorded::read(line)?;
    let key = keyring.record(&recorded).ok().and_then(|keys| keys.of(None).cloned());
    let ids = recorded.parts()?.into_iter().flatten().find(|(days, _)| days.is_none() && recorded.is_split());
    let Some((key, (_, sealed))) = key.zip(ids) else { return Ok(recorded.at) };
    let text = seal::unseal(&key, &recorded.open_line(line)?, &sealed)?;
    let ids: serde_json::Value = serde_json::from_str(&text)?;
    Ok(ids.get("at").and_then(serde_json::Value::as_str).map_or(recorded.at, str::to_owned))
}

/// Opens what can still be opened. The record then has its exact time, and what its line leaves out.
fn unsealed(
    recorded: &mut Recorded,
    line: &str,
    parts: &[SealedPart],
    keys: &RecordKeys,
    opened: &Opened,
) -> anyhow::Result<Values> {
    let open = recorded.open_line(line)?;
    let (mut values, mut is_revealed) = (Values::default(), false);
    for (days, sealed) in parts {
        let Some(key) = keys.of(*days) else { continue };
        let text = seal::unseal(key, &open, sealed)?;
        values.add_sealed(&text, &opened.bundle)?;
        is_revealed |= recorded.reveal(&text)?;
    }
    recorded.supply(&values, is_revealed);
    Ok(values)
}

/// The words for a record whose values have expired.
fn expired(gone: &[Gone]) -> String {
    let gone = gone.iter().map(Gone::words).collect::<Vec<_>>().join(", ");
    format!("nobody can open {gone}: the decision cannot be made again, and the closed log still proves the line")
}

pub(super) fn replay<'a>(
    recorded: &mut Recorded,
    line: &str,
    archive: &'a Archive,
    keys: &RecordKeys,
    supplied: Values,
) -> anyhow::Result<Replayed<'a>> {
    let bundle = &recorded.bundle;
    let Some(opened) = archive.get(bundle) else {
        let why = "no folder of the archive holds bundle";
        let why = format!("{why} {bundle}; name the folder that was built then with --archive");
        return Ok(Replayed::Not("no-bundle", why));
    };
    let values = match recorded.parts()? {
        Some(parts) => match unsealed(recorded, line, &parts, keys, opened) {
            Ok(values) => values,
            Err(error) => return Ok(Replayed::Not("sealed", format!("{error:#}"))),
        },
        None if recorded.is_hidden() && supplied == Values::default() => {
            let why = "its line holds a digest of what was decided, and no sealed part; supply the person's values with --values";
            return Ok(Replayed::Not("no-values", why.into()));
        }
        None => {
            recorded.supply(&supplied, false);
            supplied
        }
    };
    let gone = keys.gone(recorded, &opened.bundle)?;
    if !gone.is_empty() {
        return Ok(Replayed::Expired(gone, values));
    }
    match Again::new(recorded, opened, &values)? {
        Err(missing) => {
            let why = format!("it needs {}; supply them with --values", missing.join(", "));
            Ok(Replayed::Not("no-values", why))
        }
        Ok(again) => {
            let verdict = again.compare(recorded, line, keys)?;
            Ok(Replayed::Compared(verdict, Box::new((again, opened, values))))
        }
    }
}

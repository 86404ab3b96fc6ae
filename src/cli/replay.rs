//! `selvedge replay`: logged decisions, made again.
//!
//! Takes a log, or a package that a person was given, with the archive of bundles; makes every audit record again from its values
//! and compares it byte for byte. It never changes a log, and never guesses a value: what is missing is named.

mod again;
mod archive;
mod recorded;
mod tell;
mod values;

use std::path::PathBuf;

use anyhow::Context as _;
use serde_json::json;

pub(super) use again::{Again, Verdict};
pub(super) use archive::Archive;
pub(super) use recorded::Recorded;
pub(super) use tell::{explanations, text};
pub(super) use values::{Supplied, Values, as_json};

use super::dsar::Package;
use super::keyring::{KEYRING, Keyring};
use super::log::{Row, lines, logs};
use super::open::Opened;
use super::{Outcome, now_ms, refused, seal};
use crate::log::key::RecordKey;

/// Make logged decisions again.
#[derive(clap::Args)]
#[command(after_help = "\
Values come from the sealed part of each record, or from --values:
  {\"record\": \"0f…\", \"inputs\": {\"visitor.visits_30d\": 6}, \"ids\": {\"visitor\": \"v1\"}}
Without \"record\" a line is for every record. The digests of a record tell whether they are the values that were read.

Ends with exit code 4 if a record comes out differently or its bundle is not in the archive, 3 if values or keys are missing.

Examples:
  selvedge replay log/2026-12-01.ndjson --archive dist/storefront
  selvedge replay log --archive archive/ --explain --record 0f3c…
  selvedge replay s1.zip --archive dist/storefront")]
pub(super) struct Args {
    /// A log, a folder of logs, or a package of `selvedge dsar export`
    log: PathBuf,
    /// Built folders, or folders of them, that hold the bundles of the log's time
    #[arg(long, value_name = "DIST", num_args = 1.., default_value = "dist")]
    archive: Vec<PathBuf>,
    /// The secrets of the audit log
    #[arg(long, value_name = "FILE", default_value = KEYRING)]
    keys: PathBuf,
    /// Values that the controller supplies, one line each
    #[arg(long, value_name = "FILE")]
    values: Option<PathBuf>,
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

/// Where the lines, keys and values of a replay come from.
struct Source {
    lines: Vec<(String, String)>,
    package: Option<Package>,
    keyring: Keyring,
    supplied: Supplied,
}

/// What became of a record.
pub(super) enum Replayed<'a> {
    Compared(Verdict, Box<(Again<'a>, &'a Opened, Values)>),
    NoBundle(String),
    NoValues(Vec<String>),
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let archive = match Archive::open(&args.archive, now_ms(None)?) {
        Ok(archive) => archive,
        Err(why) => return Ok(refused(why)),
    };
    let source = Source::read(args)?;
    let mut tally = Tally::default();
    for (place, line) in &source.lines {
        let recorded = match Recorded::read(line) {
            Ok(recorded) if args.record.as_ref().is_some_and(|wanted| *wanted != recorded.id) => continue,
            Ok(recorded) => recorded,
            Err(error) => {
                tally.note(args, place, "", "unreadable", &format!("{error:#}"));
                continue;
            }
        };
        let id = recorded.id.as_str();
        match source.replay(&recorded, line, &archive) {
            Err(error) => tally.note(args, place, id, "unreadable", &format!("{error:#}")),
            Ok(Replayed::NoBundle(digest)) => {
                tally.note(args, place, id, "no-bundle", &format!("no folder of the archive holds bundle {digest}"));
            }
            Ok(Replayed::NoValues(names)) => {
                tally.note(args, place, id, "no-values", &format!("it needs {}", names.join(", ")));
            }
            Ok(Replayed::Compared(verdict, made)) => {
                let (again, opened, values) = *made;
                match verdict {
                    Verdict::Same => tally.note(args, place, id, "same", ""),
                    Verdict::OtherValues(names) => {
                        let why = format!("{}: not what was read", names.join(", "));
                        tally.note(args, place, id, "other-values", &why);
                    }
                    Verdict::Different { logged, found } => {
                        tally.note(args, place, id, "different", &difference(&recorded, &logged, &found));
                    }
                }
                if args.explain {
                    anstream::print!("{}", text(&recorded, opened, &values, &explanations(&again, opened)));
                }
            }
        }
    }
    Ok(tally.finish(args))
}

impl Source {
    fn read(args: &Args) -> anyhow::Result<Self> {
        let supplied = args.values.as_deref().map(Supplied::read).transpose()?.unwrap_or_default();
        let keyring = Keyring::load(&args.keys)?;
        if let Some(package) = Package::read(&args.log)? {
            let lines = package.records.lines().enumerate();
            let lines = lines.map(|(at, line)| (format!("{}: record {}", args.log.display(), at + 1), line.to_owned()));
            return Ok(Self { lines: lines.collect(), package: Some(package), keyring, supplied });
        }
        let mut all = Vec::new();
        for log in logs(&args.log)? {
            let bytes = fs_err::read(&log)?;
            for (number, range) in lines(&bytes).into_iter().enumerate() {
                let line = &bytes[range];
                if Row::read(line).kind == "audit" {
                    let line = std::str::from_utf8(line).context("a record is not UTF-8")?;
                    all.push((format!("{}:{}", log.display(), number + 1), line.to_owned()));
                }
            }
        }
        Ok(Self { lines: all, package: None, keyring, supplied })
    }

    fn replay<'a>(&self, recorded: &Recorded, line: &str, archive: &'a Archive) -> anyhow::Result<Replayed<'a>> {
        let (key, supplied) = match &self.package {
            Some(package) => (package.key(&recorded.id)?, package.values.of(&recorded.id)),
            None => {
                let key = self.keyring.of(recorded.key)?.record(&recorded.id_bytes()?);
                (key, self.supplied.of(&recorded.id))
            }
        };
        replay(recorded, line, archive, &key, supplied)
    }
}

/// The line, without its sealed part, that comes out when a record is made again from its sealed values.
///
/// # Errors
/// The line is no record, holds no values, or they do not open.
pub fn remade(line: &str, opened: &Opened, key: &RecordKey) -> anyhow::Result<String> {
    let recorded = Recorded::read(line)?;
    let sealed = recorded.sealed()?.context("it holds no values")?;
    let text = seal::unseal(key, &recorded.open_line(line)?, &sealed)?;
    let values = Values::from_sealed(&text, &opened.bundle)?;
    let again = Again::new(&recorded, opened, &values)?;
    let again = again.map_err(|missing| anyhow::anyhow!("it needs {}", missing.join(", ")))?;
    again.line(&recorded, key)
}

/// Makes one record again.
pub(super) fn replay<'a>(
    recorded: &Recorded,
    line: &str,
    archive: &'a Archive,
    key: &RecordKey,
    supplied: Values,
) -> anyhow::Result<Replayed<'a>> {
    let Some(opened) = archive.get(&recorded.bundle) else { return Ok(Replayed::NoBundle(recorded.bundle.clone())) };
    let values = match recorded.sealed()? {
        Some(sealed) => Values::from_sealed(&seal::unseal(key, &recorded.open_line(line)?, &sealed)?, &opened.bundle)?,
        None => supplied,
    };
    match Again::new(recorded, opened, &values)? {
        Err(missing) => Ok(Replayed::NoValues(missing)),
        Ok(again) => {
            let verdict = again.compare(recorded, line, key)?;
            Ok(Replayed::Compared(verdict, Box::new((again, opened, values))))
        }
    }
}

/// Where two records part, and which engine made the first.
fn difference(recorded: &Recorded, logged: &str, found: &str) -> String {
    let same = logged.bytes().zip(found.bytes()).take_while(|(logged, found)| logged == found).count();
    let from = |line: &str| line.get(same.saturating_sub(24)..).unwrap_or(line).chars().take(80).collect::<String>();
    let engine = if recorded.engine == crate::log::audit::ENGINE {
        String::new()
    } else {
        format!("; it was made by engine {}, and this one is {}", recorded.engine, crate::log::audit::ENGINE)
    };
    format!("from byte {same} on: logged `{}`, found `{}`{engine}", from(logged), from(found))
}

/// What became of all records.
#[derive(Default)]
struct Tally {
    total: usize,
    same: usize,
    broken: usize,
}

impl Tally {
    fn note(&mut self, args: &Args, place: &str, record: &str, verdict: &str, why: &str) {
        self.total += 1;
        self.same += usize::from(verdict == "same");
        self.broken += usize::from(matches!(verdict, "different" | "no-bundle" | "other-values"));
        if args.json {
            anstream::println!("{}", json!({"record": record, "verdict": verdict, "why": why, "place": place}));
        } else if verdict != "same" {
            anstream::eprintln!("error: {place}: {why}");
        }
    }

    fn finish(&self, args: &Args) -> Outcome {
        let Self { total, same, broken } = *self;
        if !args.json {
            anstream::println!("{total} records, {same} made again byte for byte, {} not", total - same);
        }
        match total - same {
            0 => Outcome::Clean,
            _ if broken > 0 => Outcome::Integrity,
            _ => Outcome::Input,
        }
    }
}

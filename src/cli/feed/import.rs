//! `selvedge feed import`: an export becomes facts.
//!
//! Each row is accepted or rejected, and both are counted. The file of rejects names the line, the field and what is wrong, and shows
//! no value.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::{Value, json};

use super::map::{self, Format, Mapped, Mapping};
use super::payload::{self, Facts};
use super::{csv, json as lines, parquet, values};
use crate::author::site::Site;
use crate::bundle::data::Data;
use crate::cli::publish::data::FILE;
use crate::cli::{Outcome, Usage, files, now_ms, open};
use crate::words::time::{self, SECOND, format_rfc3339, parse_rfc3339};

/// The largest export.
const EXPORT_BYTES_MAX: u64 = 256 << 20;
/// The longest key in bytes.
const KEY_BYTES_MAX: usize = 256;

#[derive(clap::Args)]
#[command(after_help = "\
The mapping file names the feed and says which column is which attribute:
  feed = \"stock\"
  key = \"sku\"

  [attributes]
  \"product.stock\" = \"on_hand\"
  \"stock.jumper\" = { row = \"herdwick-jumper\", column = \"on_hand\" }

A row with a fault is rejected whole. OUT.rejects names its line, its field and what is wrong, and shows no value. Rows with a key that
came before are rejected; of Segment's messages the latest counts. Other feeds in OUT stay as they are. The same export and mapping give
the same bytes: the feed is as old as its file.

Examples:
  selvedge feed import --map examples/stock/maps/stock.toml examples/stock/exports/stock.csv --out stock.data
  selvedge feed import --map examples/stock/maps/stock.toml examples/stock/exports/stock.csv --out stock.data --json")]
pub(in crate::cli) struct Args {
    /// The mapping file
    #[arg(long, value_name = "FILE")]
    map: PathBuf,
    /// The export: CSV, lines of JSON, or Parquet if this was built with it
    export: PathBuf,
    /// The payload to write, or to put the feed into; feeds.data in the site's folder by default
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The site's folder; the one that the mapping file is in by default
    #[arg(long, value_name = "DIR")]
    site: Option<PathBuf>,
    /// When the export was taken; the time of its file by default
    #[arg(long, value_name = "TIME")]
    taken: Option<String>,
    /// End with exit code 1 if a row was rejected
    #[arg(long)]
    strict: bool,
    /// Print what was done as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let folder = args.site.clone().map_or_else(|| map::site_of(&args.map), Ok)?;
    let (site, ..) = open::site(&folder)?;
    let out = args.out.clone().unwrap_or_else(|| folder.join(FILE));
    let taken_ms = match &args.taken {
        Some(text) => parse_rfc3339(text).with_context(|| {
            Usage(format!("--taken {text}: write a time with its offset, as in 2026-12-01T09:00:00Z"))
        })?,
        None => written_ms(&args.export)?,
    };
    let done = import(&site, &args.map, &args.export, &out, taken_ms)?;
    done.tell(args.json, &out)?;
    Ok(if args.strict && done.rejected() > 0 { Outcome::Findings } else { Outcome::Clean })
}

/// When a file was written, to the second.
pub(super) fn written_ms(file: &Path) -> anyhow::Result<i64> {
    let written = fs_err::metadata(file)?.modified()?.duration_since(std::time::UNIX_EPOCH)?;
    Ok(i64::try_from(written.as_secs())?.saturating_mul(SECOND))
}

/// What an import did.
pub(super) struct Done {
    feed: String,
    taken_ms: i64,
    max_age_seconds: u32,
    rows: usize,
    accepted: usize,
    keys: usize,
    bytes: usize,
    rejects: Vec<Reject>,
}

/// A row that was not taken.
struct Reject {
    line: usize,
    field: Option<String>,
    kind: &'static str,
    why: String,
}

/// Imports an export into a payload.
pub(super) fn import(site: &Site, map: &Path, export: &Path, out: &Path, taken_ms: i64) -> anyhow::Result<Done> {
    anyhow::ensure!(
        taken_ms <= now_ms(None)? + time::DAY,
        "the export is of {}, which is in the future: hosts would take it for stale. Give the right time with --taken",
        format_rfc3339(taken_ms)
    );
    let mapping = map::read(map, site, export)?;
    let place = || export.display().to_string();
    let mut taking = Taking::new(&mapping);
    match mapping.format {
        Format::Csv => taking.csv(&text(export)?).with_context(place)?,
        Format::Ndjson | Format::Segment => taking.lines(&text(export)?),
        Format::Parquet => taking.parquet(export).with_context(place)?,
    }
    let Taking { facts, rejects, rows, seen, .. } = taking;
    let accepted = rows - rejects.len();
    anyhow::ensure!(
        accepted > 0 || rows == 0,
        "{}: every one of {rows} rows is rejected, so nothing was written. The first: line {} {}",
        export.display(),
        rejects[0].line,
        rejects[0].told()
    );
    let count = u32::try_from(accepted).context("there are too many rows")?;
    let feed = payload::feed(&mapping.feed.name, taken_ms, count, facts);
    let before = match out.exists() {
        true => Data::open(&crate::cli::publish::data::read(out)?).context("the payload cannot be read")?,
        false => Data::default(),
    };
    if let Some(newer) = before.feeds.iter().find(|one| one.name == feed.name && one.taken_ms > taken_ms) {
        anstream::eprintln!(
            "warning: {} has `{}` of {}, which is newer than this export of {}",
            out.display(),
            newer.name,
            format_rfc3339(newer.taken_ms),
            format_rfc3339(taken_ms)
        );
    }
    let bytes = payload::bytes(&payload::with(before, feed))?;
    files::replace(out, &bytes)?;
    write_rejects(&files::beside(out, "rejects"), &rejects)?;
    Ok(Done {
        feed: mapping.feed.name,
        taken_ms,
        max_age_seconds: mapping.feed.max_age_seconds,
        rows,
        accepted,
        keys: seen.len(),
        bytes: bytes.len(),
        rejects,
    })
}

/// The text of an export.
fn text(export: &Path) -> anyhow::Result<String> {
    let bytes = files::read_bounded(export, EXPORT_BYTES_MAX).with_context(|| export.display().to_string())?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        anyhow::anyhow!("{}: byte {at} is not UTF-8. Export it as UTF-8", export.display())
    })?;
    Ok(text.strip_prefix(files::MARK).map(str::to_owned).unwrap_or(text))
}

/// Rows on their way into facts.
struct Taking<'m> {
    mapping: &'m Mapping,
    facts: BTreeMap<String, Facts>,
    /// The line of each key, and the time of its message.
    seen: BTreeMap<String, (usize, Option<i64>)>,
    rows: usize,
    rejects: Vec<Reject>,
}

impl<'m> Taking<'m> {
    fn new(mapping: &'m Mapping) -> Self {
        let facts = mapping.columns.iter().map(|one| (one.attribute.name.clone(), Facts::new())).collect();
        Self { mapping, facts, seen: BTreeMap::new(), rows: 0, rejects: Vec::new() }
    }

    fn csv(&mut self, text: &str) -> anyhow::Result<()> {
        let mut rows = csv::rows(text, self.mapping.delimiter).into_iter();
        let head =
            rows.next().and_then(|(_, head)| head.ok()).context("there is no line with the names of the columns")?;
        let wanted = self.mapping.columns.iter().map(|one| &one.column).chain(&self.mapping.key);
        for column in wanted {
            anyhow::ensure!(
                head.iter().any(|name| name == column),
                "there is no column `{column}`; the columns are {}",
                head.join(", ")
            );
        }
        for (line, fields) in rows {
            let row = match fields {
                Err(why) => Err(why.to_owned()),
                Ok(fields) if fields.len() != head.len() => {
                    Err(format!("has {} fields, and the first line names {}", fields.len(), head.len()))
                }
                Ok(fields) => {
                    Ok(Value::Object(head.iter().cloned().zip(fields.into_iter().map(Value::from)).collect()))
                }
            };
            self.row(line, row, &|row, column| row.get(column));
        }
        Ok(())
    }

    fn parquet(&mut self, export: &Path) -> anyhow::Result<()> {
        let length = fs_err::metadata(export)?.len();
        anyhow::ensure!(length <= EXPORT_BYTES_MAX, "it has {length} bytes, which is more than the limit");
        let mapping = self.mapping;
        let columns = mapping.columns.iter().map(|one| &one.column).chain(&mapping.key);
        let columns: Vec<&str> = columns.map(String::as_str).collect();
        parquet::rows(export, &columns, |line, row| self.row(line, Ok(row), &|row, name| lines::column(row, name)))
    }

    fn lines(&mut self, text: &str) {
        let is_segment = self.mapping.format == Format::Segment;
        let column = if is_segment { lines::of_message } else { lines::column };
        for (line, text) in (1..).zip(text.lines()).filter(|(_, text)| !text.trim().is_empty()) {
            let row = match serde_json::from_str::<Value>(text) {
                Ok(row) if !row.is_object() => Err("is no object of JSON".to_owned()),
                Ok(row) => match lines::is_no_message(&row).filter(|_| is_segment) {
                    Some(why) => Err(why.to_owned()),
                    None => Ok(row),
                },
                Err(error) => Err(format!("is not JSON, at character {}", error.column())),
            };
            self.row(line, row, &|row, name| column(row, name));
        }
    }

    fn row<F>(&mut self, line: usize, row: Result<Value, String>, column: &F)
    where
        F: for<'v> Fn(&'v Value, &str) -> Option<&'v Value>,
    {
        self.rows += 1;
        let taken = match row {
            Err(why) => Err(Reject { line, field: None, kind: "row", why }),
            Ok(row) => self.take(line, &row, column),
        };
        self.rejects.extend(taken.err());
    }

    fn take<F>(&mut self, line: usize, row: &Value, column: &F) -> Result<(), Reject>
    where
        F: for<'v> Fn(&'v Value, &str) -> Option<&'v Value>,
    {
        let reject = |field: &str, value: &Value, why: String| Reject {
            line,
            field: Some(field.to_owned()),
            kind: lines::kind(value),
            why,
        };
        let key = match &self.mapping.key {
            None => String::new(),
            Some(name) => {
                let value = column(row, name).unwrap_or(&Value::Null);
                let text = match value {
                    Value::String(text) => text.trim().to_owned(),
                    Value::Number(number) => number.to_string(),
                    _ => String::new(),
                };
                if text.is_empty() || text.len() > KEY_BYTES_MAX {
                    return Err(reject(name, value, format!("is no key: a text of 1 to {KEY_BYTES_MAX} bytes")));
                }
                text
            }
        };
        let mut found = Vec::new();
        for Mapped { attribute, column: name, row: only } in &self.mapping.columns {
            if only.as_ref().is_some_and(|only| *only != key) {
                continue;
            }
            let field = column(row, name).unwrap_or(&Value::Null);
            let value = values::value(field, attribute).map_err(|why| reject(name, field, why))?;
            // A value of one row is for everybody.
            found.push((&attribute.name, if only.is_some() { "" } else { key.as_str() }, value));
        }
        let at = row.get("timestamp").and_then(Value::as_str).and_then(parse_rfc3339);
        let is_message = self.mapping.format == Format::Segment;
        let field = self.mapping.key.as_deref().unwrap_or("row");
        match self.seen.get(&key) {
            Some((before, _)) if !is_message => {
                let why = match &self.mapping.key {
                    Some(_) => format!("stands in line {before} already"),
                    None => format!("is a second row after line {before}, and a feed without a key has one"),
                };
                return Err(Reject { line, field: Some(field.to_owned()), kind: "text", why });
            }
            // An older message says nothing new.
            Some((_, then)) if at < *then => return Ok(()),
            _ => {}
        }
        for (attribute, key, value) in found {
            let facts = self.facts.entry(attribute.clone()).or_default();
            match value {
                Some(value) => drop(facts.insert(key.to_owned(), value)),
                // A message that does not speak of an attribute leaves it as it was.
                None if is_message => {}
                None => drop(facts.remove(key)),
            }
        }
        self.seen.insert(key, (line, at));
        Ok(())
    }
}

impl Reject {
    fn told(&self) -> String {
        match &self.field {
            Some(field) => format!("`{field}` ({}) {}", self.kind, self.why),
            None => self.why.clone(),
        }
    }
}

/// The rejects, a line each; no file if there are none.
fn write_rejects(file: &Path, rejects: &[Reject]) -> anyhow::Result<()> {
    if rejects.is_empty() {
        if file.exists() {
            fs_err::remove_file(file)?;
        }
        return Ok(());
    }
    let mut text = Vec::new();
    for Reject { line, field, kind, why } in rejects {
        writeln!(text, "{}", json!({"line": line, "field": field, "kind": kind, "why": why}))?;
    }
    files::replace(file, &text)
}

impl Done {
    pub(super) fn rejected(&self) -> usize {
        self.rejects.len()
    }

    pub(super) fn tell(&self, as_json: bool, out: &Path) -> anyhow::Result<()> {
        let Self { feed, rows, accepted, keys, bytes, .. } = self;
        let rejected = self.rejected();
        let taken = format_rfc3339(self.taken_ms);
        let old_ms = now_ms(None)? - self.taken_ms;
        let is_stale = old_ms >= i64::from(self.max_age_seconds) * SECOND;
        let file = files::beside(out, "rejects");
        if as_json {
            let rejects = (rejected > 0).then(|| file.display().to_string());
            let told = json!({
                "feed": feed, "out": out.display().to_string(), "rows": rows, "accepted": accepted, "rejected": rejected, "keys": keys,
                "bytes": bytes, "taken": taken, "stale": is_stale, "rejects": rejects,
            });
            anstream::println!("{told}");
        } else {
            anstream::println!(
                "{feed}: {rows} rows, {accepted} accepted, {rejected} rejected; {keys} keys in {} ({bytes} bytes)\ntaken {taken}",
                out.display()
            );
            for reject in self.rejects.iter().take(3) {
                anstream::eprintln!("rejected: line {} {}", reject.line, reject.told());
            }
            if rejected > 0 {
                anstream::eprintln!("{} has all rejects", file.display());
            }
        }
        if is_stale {
            anstream::eprintln!(
                "warning: `{feed}` is {} old, and may be at most {}. Hosts treat it as stale",
                span(old_ms / SECOND),
                span(self.max_age_seconds.into())
            );
        }
        Ok(())
    }
}

/// A length of time in its largest whole unit: `3h`.
pub(super) fn span(seconds: i64) -> String {
    match seconds {
        ..0 => "0s".into(),
        0..120 => format!("{seconds}s"),
        120..7_200 => format!("{}m", seconds / 60),
        7_200..172_800 => format!("{}h", seconds / 3_600),
        _ => format!("{}d", seconds / 86_400),
    }
}

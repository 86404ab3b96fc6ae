//! `selvedge analyze`: what a log says about each experiment and each holdout.

mod parts;
mod read;

use std::path::PathBuf;

use anyhow::Context as _;
use clap::builder::PossibleValuesParser;

use super::{Outcome, Usage, now_ms, open, say};
use crate::measure::verdict::What;
use crate::report::analysis::{Analysis, Language, Reader, Study, Totals, page, sql, text};
use crate::words::time::DAY;
use parts::Parts;

#[derive(clap::Args)]
#[command(after_help = "\
A LOG is a file of lines (.ndjson, .jsonl, .log, also .gz), a folder of such files, or - for standard input. Events of a server
are lines of the same form: {\"name\": \"order-placed\", \"at\": \"2026-12-01\", \"epoch\": 1, \"key\": 1, \"id\": \"PSEUDONYM\", \"event_id\": \"…\", \"detail\": {…}}

The exit code is 1 if an experiment is to be stopped, or nothing can be told of it.

Examples:
  selvedge analyze demo-shop demo-shop/log --html results
  selvedge analyze demo-shop demo-shop/log/month-1.ndjson.gz --language de
  selvedge analyze demo-shop --sql --as-of 2026-09-01 > sums.sql")]
pub(super) struct Args {
    /// A site's folder
    site: PathBuf,
    /// Logs: files or folders (- is standard input)
    #[arg(value_name = "LOG", required_unless_present = "sql")]
    logs: Vec<PathBuf>,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
    /// The language of the answer
    #[arg(long, default_value = "en", value_parser = PossibleValuesParser::new(["en", "de"]))]
    language: String,
    /// The last day that counts; the last day of the log by default
    #[arg(long)]
    as_of: Option<String>,
    /// Also write a page of HTML for each experiment and each holdout into this folder
    #[arg(long, value_name = "DIR")]
    html: Option<PathBuf>,
    /// Print the query that computes the same sums in a warehouse
    #[arg(long, conflicts_with_all = ["json", "logs", "html"])]
    sql: bool,
    /// Megabytes of memory for lines; what does not fit waits in temporary files
    #[arg(long, value_name = "MB", default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..=65_536))]
    memory: u32,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let (site, ..) = open::site(&args.site)?;
    let place = args.site.display();
    let goals = site.goals.as_ref().with_context(|| {
        Usage(format!(
            "{place} has no goals.toml, so nothing says what success is; add one with a [goal.NAME] and its event"
        ))
    })?;
    let studies = Study::of(&site);
    let now = i32::try_from(now_ms(args.as_of.as_deref())?.div_euclid(DAY))?;
    if args.sql {
        anstream::print!("{}", sql(&studies, goals, now + 1));
        return Ok(Outcome::Clean);
    }
    let kinds = site.events.as_ref().map(|events| events.kinds.as_slice()).unwrap_or_default();
    let mut reader = Reader::new(&studies, goals, kinds.iter().map(|kind| kind.name.as_str()).collect(), now);
    let mut parts = Parts::within(u64::from(args.memory) << 20)?;
    read::each_line(&args.logs, |line, at| {
        let mut kept = Ok(());
        reader.line(line, at, &mut |record| {
            if kept.is_ok() {
                kept = parts.keep(record);
            }
        });
        kept
    })?;
    let counts = reader.counts;
    let last = counts.days.map_or(now, |(_, last)| last);
    let today = 1 + if args.as_of.is_some() { now } else { last };
    let mut totals = Totals::new(&studies);
    parts.each(|records| Ok(totals.add_units(records, &studies, goals, today)?))?;
    let analysis = Analysis::new(&counts, &totals, &studies, goals, today);
    let language = Language::from_name(&args.language).unwrap_or_default();
    if let Some(folder) = &args.html {
        fs_err::create_dir_all(folder)?;
        for study in &analysis.studies {
            fs_err::write(folder.join(format!("{}.html", study.name)), page(&analysis, study, language))?;
        }
    }
    say(args.json, serde_json::to_string_pretty(&analysis)?, text(&analysis, language));
    let bad = |what: What| matches!(what, What::Stop | What::CannotTell);
    let mut verdicts = analysis.studies.iter().flat_map(|study| &study.results).map(|result| result.verdict.what);
    Ok(if verdicts.any(bad) { Outcome::Findings } else { Outcome::Clean })
}

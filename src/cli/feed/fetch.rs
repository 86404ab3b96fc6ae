//! `selvedge feed fetch`: asks the addresses of feeds, and imports what they answer.
//!
//! An address that gave an ETag or a date is asked if anything changed since. The answer that nothing changed makes the feed as young as
//! a new one. Requests are counted by day, and a feed that has used up its budget is not asked.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use super::import;
use crate::author::site::Feed;
use crate::cli::publish::data::FILE;
use crate::cli::{Outcome, SiteFolder, Usage, files, now_ms, open};
use crate::words::time::DAY;

/// The largest answer.
const ANSWER_BYTES_MAX: u64 = 256 << 20;
/// One request, from the connection to the last byte.
const TRY_MAX: Duration = Duration::from_secs(120);

#[derive(clap::Args)]
#[command(after_help = "\
Each feed with a `url` and a `map` is asked. A name in `${…}` in its address is the name of an environment variable, so that no secret
stands in a file. What came is kept in SITE/.selvedge/feeds. A feed that fails leaves its facts as they were, and the others are asked all
the same (exit code 3).

Examples:
  selvedge feed fetch examples/stock
  selvedge feed fetch examples/stock --feed stock --out stock.data")]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    folder: SiteFolder,
    /// Only this feed (may be repeated)
    #[arg(long = "feed", value_name = "NAME")]
    feeds: Vec<String>,
    /// The payload to write; feeds.data in the site's folder by default
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print what was done as JSON, a line for each feed
    #[arg(long)]
    json: bool,
}

/// The memory of an address.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Memory {
    etag: Option<String>,
    last_modified: Option<String>,
    /// The day of the requests, counted from 1970-01-01.
    day: i64,
    requests: u32,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let folder = &args.folder.site;
    let (site, ..) = open::site(folder)?;
    let out = args.out.clone().unwrap_or_else(|| folder.join(FILE));
    for name in &args.feeds {
        let known = || site.feeds.iter().map(|feed| feed.name.as_str()).collect::<Vec<_>>().join(", ");
        let is_known = site.feeds.iter().any(|feed| feed.name == *name);
        anyhow::ensure!(is_known, Usage(format!("there is no feed `{name}`; feeds.toml has {}", known())));
    }
    let wanted = site.feeds.iter().filter(|feed| args.feeds.is_empty() || args.feeds.contains(&feed.name));
    let (mut asked, mut failed) = (0, 0);
    for feed in wanted {
        let (Some(url), Some(map)) = (&feed.url, &feed.map) else { continue };
        asked += 1;
        let done = ask(folder, feed, url).and_then(|(file, is_new)| {
            if !is_new && !args.json {
                anstream::println!("{}: nothing changed", feed.name);
            }
            let taken_ms = import::written_ms(&file)?;
            let map = folder.join(map);
            import::import(&site, &map, &file, &out, taken_ms)?.tell(args.json, &out)
        });
        if let Err(error) = done {
            failed += 1;
            anstream::eprintln!("error: `{}` was not fetched, and its facts stay as they were: {error:#}", feed.name);
        }
    }
    if asked == 0 {
        anstream::println!("no feed has a `url` and a `map`, so nothing was asked");
    }
    Ok(if failed > 0 { Outcome::Input } else { Outcome::Clean })
}

/// The file with the newest answer, and whether it changed.
fn ask(folder: &Path, feed: &Feed, url: &str) -> anyhow::Result<(PathBuf, bool)> {
    let kept = folder.join(".selvedge").join("feeds");
    fs_err::create_dir_all(&kept)?;
    let ending = url.split(['?', '#']).next().and_then(|path| path.rsplit_once('.')).map(|(_, ending)| ending);
    let ending = ending.filter(|ending| matches!(*ending, "csv" | "tsv" | "ndjson" | "jsonl")).unwrap_or("feed");
    let (file, state) = (kept.join(format!("{}.{ending}", feed.name)), kept.join(format!("{}.json", feed.name)));
    let mut memory: Memory =
        files::text_if_there(&state)?.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    let today = now_ms(None)? / DAY;
    if memory.day != today {
        (memory.day, memory.requests) = (today, 0);
    }
    if let Some(budget) = feed.budget.filter(|budget| memory.requests >= *budget) {
        anyhow::bail!("its budget of {budget} requests a day is used up; it is asked again tomorrow (UTC)");
    }
    memory.requests += 1;
    let remember = |memory: &Memory| files::replace(&state, serde_json::to_string(memory)?.as_bytes());
    remember(&memory)?;

    let config = ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(TRY_MAX));
    let agent: ureq::Agent = config.user_agent(concat!("selvedge/", env!("CARGO_PKG_VERSION"))).build().into();
    let mut request = agent.get(&filled(url)?);
    if file.exists() {
        if let Some(etag) = &memory.etag {
            request = request.header("if-none-match", etag);
        }
        if let Some(date) = &memory.last_modified {
            request = request.header("if-modified-since", date);
        }
    }
    // The error of a request could show the address with what was filled in.
    let mut answer = request.call().map_err(|error| anyhow::anyhow!("{url} does not answer: {}", plain(&error)))?;
    match answer.status().as_u16() {
        200 => {
            let mut bytes = Vec::new();
            answer.body_mut().as_reader().take(ANSWER_BYTES_MAX + 1).read_to_end(&mut bytes)?;
            anyhow::ensure!(
                bytes.len() as u64 <= ANSWER_BYTES_MAX,
                "{url} answers with more than {} MB",
                ANSWER_BYTES_MAX >> 20
            );
            let header =
                |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok().map(str::to_owned));
            (memory.etag, memory.last_modified) = (header("etag"), header("last-modified"));
            files::replace(&file, &bytes)?;
            remember(&memory)?;
            Ok((file, true))
        }
        304 if file.exists() => {
            File::options().write(true).open(&file)?.set_modified(SystemTime::now())?;
            Ok((file, false))
        }
        status => anyhow::bail!("{url} answers {status}; open it with curl, and check the address and who may read it"),
    }
}

/// The address with its variables.
fn filled(url: &str) -> anyhow::Result<String> {
    let (mut filled, mut rest) = (String::new(), url);
    while let Some((before, after)) = rest.split_once("${") {
        let (name, after) = after.split_once('}').with_context(|| format!("{url} has a `${{` that does not end"))?;
        let value = std::env::var(name).ok().filter(|value| !value.is_empty());
        let value =
            value.with_context(|| Usage(format!("{url} needs the environment variable {name}, which is not set")))?;
        filled.push_str(before);
        filled.push_str(&value);
        rest = after;
    }
    Ok(filled + rest)
}

fn plain(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Io(error) => error.to_string(),
        ureq::Error::Timeout(_) => format!("no answer within {} seconds", TRY_MAX.as_secs()),
        ureq::Error::HostNotFound => "the host is not found".to_owned(),
        ureq::Error::ConnectionFailed => "no connection".to_owned(),
        _ => "the request failed".to_owned(),
    }
}

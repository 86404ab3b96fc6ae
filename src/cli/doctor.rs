//! `selvedge doctor`: looks at a running edge as a browser does, and says what is wrong.
//!
//! Takes the address of a page. It asks a handful of times, sets no cookie, and calls itself a bot, so that nobody is counted as
//! exposed. What it cannot see is no good news: it says so.

mod ask;
mod clock;
mod markup;
mod page;
mod policy;
mod release;
mod slots;

use std::path::PathBuf;

use anyhow::Context as _;
use serde_json::json;

use super::{Outcome, Usage, now_ms, render};
use ask::Asking;
use page::Block;

#[derive(clap::Args)]
#[command(after_help = "\
It looks at the page twice, as a visitor who never answered. It also asks for the health of the Worker, the signed release, and the files
of the browser. It checks every signature and hash of the release.

  ok       as it should be
  warning  works, and will hurt
  fault    visitors do not get what was decided, or get what they should not
  unknown  could not be seen from here

The exit code is 0 if all is ok, and 1 with anything else. It is 3 if nothing answers.

Examples:
  selvedge doctor http://127.0.0.1:8787/
  selvedge doctor http://127.0.0.1:8787/ --site examples/storefront --json")]
pub(super) struct Args {
    /// The address of a page that has slots
    url: String,
    /// The site's folder, to compare its slots with those of the page
    #[arg(long, value_name = "DIR")]
    site: Option<PathBuf>,
    /// Print the findings as JSON
    #[arg(long)]
    json: bool,
}

/// How a thing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Ok,
    Warning,
    Fault,
    Unknown,
}

impl Level {
    const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Fault => "fault",
            Self::Unknown => "unknown",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug)]
struct Finding {
    level: Level,
    what: String,
    /// The way to put it right; empty if it is.
    fix: String,
}

/// What was found so far.
#[derive(Debug, Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn ok(&mut self, what: impl Into<String>) {
        self.add(Level::Ok, what, "");
    }

    fn warning(&mut self, what: impl Into<String>, fix: impl Into<String>) {
        self.add(Level::Warning, what, fix);
    }

    fn fault(&mut self, what: impl Into<String>, fix: impl Into<String>) {
        self.add(Level::Fault, what, fix);
    }

    fn unknown(&mut self, what: impl Into<String>, fix: impl Into<String>) {
        self.add(Level::Unknown, what, fix);
    }

    fn add(&mut self, level: Level, what: impl Into<String>, fix: impl Into<String>) {
        self.0.push(Finding { level, what: what.into(), fix: fix.into() });
    }
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let asking = Asking::of(&args.url)?;
    let site = args.site.as_deref().map(super::open::site).transpose();
    let site = site.map_err(|refused| Usage(format!("--site: {refused}; `selvedge check` says which")))?;
    let findings = look(&asking, site.as_ref().map(|(site, ..)| site), now_ms(None)?)?;
    tell(args.json, &findings);
    Ok(if findings.0.iter().all(|finding| finding.level == Level::Ok) { Outcome::Clean } else { Outcome::Findings })
}

/// What the Worker at an address says of itself.
///
/// # Errors
/// No Worker answers.
pub(super) fn health_of(url: &str) -> anyhow::Result<serde_json::Value> {
    release::asked_health(&Asking::of(url)?).context("/__selvedge/health does not answer as a Worker does")
}

/// The release by which the page at an address is decided. Its own root vouches for it.
///
/// # Errors
/// Nothing answers, it is no page of Selvedge, or its release does not open.
pub(super) fn release_at(url: &str, now_ms: i64) -> anyhow::Result<super::open::Opened> {
    let asking = Asking::of(url)?;
    let first = asking.page()?;
    let block = page::block(&first, &markup::read(&first.text()), &mut Findings::default());
    let block = block.with_context(|| format!("{url} has no data block of Selvedge, so it names no release"))?;
    let environment = block.text("environment");
    let root = release::root(&asking, environment, block.text("root"));
    let root = root.with_context(|| format!("{url}: the root that the page trusts is not in the store"))?;
    release::fetched(&asking, &root, environment, now_ms)
}

fn look(asking: &Asking, site: Option<&crate::author::site::Site>, now_ms: i64) -> anyhow::Result<Findings> {
    let mut findings = Findings::default();
    let first = asking.page()?;
    let markup = markup::read(&first.text());
    let block = page::block(&first, &markup, &mut findings);
    clock::check(&first, now_ms, &mut findings);
    policy::check(&first, &markup, &mut findings);
    page::loader(asking, &markup, block.as_ref().is_some_and(Block::is_of_edge), &mut findings);
    if let Some(block) = &block {
        page::headers(&first, block, &asking.page()?, &mut findings);
    }
    let release = release::check(asking, block.as_ref(), now_ms, &mut findings);
    if let (Some(block), Some(release)) = (&block, &release) {
        slots::on_page(block, &release.bundle, asking.path(), &first.body, &mut findings);
        if let Some(site) = site {
            slots::of_files(block, &release.bundle, site, asking.path(), &mut findings);
        }
    }
    Ok(findings)
}

fn tell(as_json: bool, findings: &Findings) {
    if as_json {
        let all = findings.0.iter().map(|Finding { level, what, fix }| {
            json!({"level": level.name(), "what": what, "fix": (!fix.is_empty()).then_some(fix)})
        });
        anstream::println!("{}", json!({"findings": all.collect::<Vec<_>>()}));
        return;
    }
    for Finding { level, what, fix } in &findings.0 {
        // A page can send any text.
        anstream::println!("{:<8} {}", level.name(), render::clean(what));
        if !fix.is_empty() {
            anstream::println!("         {}", render::clean(fix));
        }
    }
    let count = |level, one: &str, many: &str| match findings.0.iter().filter(|finding| finding.level == level).count()
    {
        1 => format!("1 {one}"),
        count => format!("{count} {many}"),
    };
    anstream::println!(
        "\n{}, {}, {}, {}",
        count(Level::Ok, "ok", "ok"),
        count(Level::Warning, "warning", "warnings"),
        count(Level::Fault, "fault", "faults"),
        count(Level::Unknown, "unknown", "unknown")
    );
}

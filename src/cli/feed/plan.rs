//! `selvedge feed plan`: how often each feed is asked for, and how old its values get.

use serde_json::json;

use super::import::span;
use crate::author::requests_a_day;
use crate::author::site::Feed;
use crate::cli::table::Table;
use crate::cli::{Outcome, SiteFolder, open};

/// How long a published change takes until every host has it: a Worker looks every 120 seconds, and Workers KV shows a change after 60.
const SPREADING_SECONDS: u32 = 180;

#[derive(clap::Args)]
#[command(after_help = "\
The worst age is the time between two refreshes, and 3 minutes until every host has what was published. A feed whose worst age is over its
`max_age` is stale now and then (exit code 1).

Examples:
  selvedge feed plan examples/stock
  selvedge feed plan examples/stock --json")]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    folder: SiteFolder,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

/// The cost of a feed, and how old it gets.
struct Planned<'f> {
    feed: &'f Feed,
    requests: Option<u32>,
    worst_seconds: Option<u32>,
}

impl<'f> Planned<'f> {
    fn new(feed: &'f Feed) -> Self {
        let requests = feed.refresh_seconds.filter(|_| feed.url.is_some()).map(requests_a_day);
        let worst_seconds = feed.refresh_seconds.map(|refresh| refresh.saturating_add(SPREADING_SECONDS));
        Self { feed, requests, worst_seconds }
    }

    fn is_fine(&self) -> bool {
        self.worst_seconds.is_none_or(|worst| worst <= self.feed.max_age_seconds)
            && self.requests.is_none_or(|requests| self.feed.budget.is_none_or(|budget| requests <= budget))
    }
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let (site, ..) = open::site(&args.folder.site)?;
    let planned: Vec<Planned<'_>> = site.feeds.iter().map(Planned::new).collect();
    if args.json {
        let feeds: Vec<_> = planned
            .iter()
            .map(|Planned { feed, requests, worst_seconds }| {
                json!({
                    "feed": feed.name, "refresh_seconds": feed.refresh_seconds, "requests_a_day": requests, "budget": feed.budget,
                    "worst_age_seconds": worst_seconds, "max_age_seconds": feed.max_age_seconds, "on_stale": feed.on_stale.name(),
                    "persons": feed.persons,
                })
            })
            .collect();
        anstream::println!("{}", json!(feeds));
    } else if planned.is_empty() {
        anstream::println!("the site has no feeds: there is no feeds.toml");
    } else {
        let mut table =
            Table::new(["feed", "from", "refresh", "requests a day", "budget", "worst age", "max age", "on stale"]);
        let or = |value: Option<String>, other: &str| value.unwrap_or_else(|| other.to_owned());
        for Planned { feed, requests, worst_seconds } in &planned {
            let from = match (&feed.url, &feed.file) {
                _ if feed.persons => "your own code",
                (Some(_), _) => "url",
                (None, Some(_)) => "file",
                (None, None) => "a job of yours",
            };
            table.row([
                feed.name.clone(),
                from.to_owned(),
                or(feed.refresh_seconds.map(|seconds| span(seconds.into())), "not said"),
                or(requests.map(|requests| requests.to_string()), "0"),
                or(feed.budget.map(|budget| budget.to_string()), "none"),
                or(worst_seconds.map(|seconds| span(seconds.into())), "not known"),
                span(feed.max_age_seconds.into()),
                feed.on_stale.name().to_owned(),
            ]);
        }
        anstream::print!("{}", table.text());
    }
    let mut outcome = Outcome::Clean;
    for one in planned.iter().filter(|one| !one.is_fine()) {
        let (name, age) = (&one.feed.name, span(one.feed.max_age_seconds.into()));
        anstream::eprintln!(
            "finding: `{name}` gets older than its max_age of {age} before every host has the next one. Refresh it more often, or let it be older"
        );
        outcome = Outcome::Findings;
    }
    Ok(outcome)
}

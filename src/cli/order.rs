//! `selvedge pause`, `resume` and `stop`: taking something back from a release that is out, without a new one.
//!
//! Each is an order in the signed overlay beside the release. Hosts apply it when they look at the head next.

use std::path::PathBuf;

use anyhow::Context as _;

use super::keys::{self, KeyArgs};
use super::publish::{self, Change};
use super::{Outcome, Usage, now_ms, open};
use crate::author::site::Site;
use crate::trust::{Action, Order, Role, Scope};
use crate::words::time::{self, SECOND, format_rfc3339, parse_time_or_day};

#[derive(clap::Args)]
struct Place {
    /// The built folder that is published
    #[arg(long, value_name = "DIR")]
    publish: PathBuf,
    /// The site's folder: the one with selvedge.toml
    #[arg(long, default_value = ".")]
    site: PathBuf,
    /// The environment; the folder's only one by default
    #[arg(long, value_name = "NAME")]
    env: Option<String>,
    #[command(flatten)]
    keys: KeyArgs,
}

#[derive(clap::Args)]
struct Giving {
    /// Why, for everybody who asks later
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// The end: a day that starts in UTC, or a time with its offset. Without it, the order holds until it is taken back
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
}

#[derive(clap::Args)]
#[command(after_help = "\
A paused experience decides nothing: a slot goes on to the next one, or shows the origin's own content with the reason DISABLED and the
detail PAUSED. The release stays as it is. This needs the keys of overlay and timestamp. Upload the folder's `head` afterwards. Hosts apply the order when
they look at the head next. A value in Workers KV is visible after 60 seconds or more. While signatures of other people are missing, the order waits
in the folder for `selvedge sign --overlay`, and the exit code is 1.

Examples:
  selvedge pause banner-place --site examples/storefront --publish dist/storefront --reason 'wrong price'
  selvedge pause banner-place --site examples/storefront --publish dist/storefront --reason 'wrong price' --until 2099-01-01")]
pub(super) struct Pause {
    /// The experience
    experience: String,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    giving: Giving,
}

#[derive(clap::Args)]
#[command(after_help = "\
A stopped experiment assigns nobody: visitors who would take part see the origin's own content, with the reason DISABLED and the detail STOPPED.
`selvedge resume` takes the order back.

Examples:
  selvedge stop first-shelf --site examples/storefront --publish dist/storefront --reason 'guardrail crossed'")]
pub(super) struct Stop {
    /// The experiment
    experiment: String,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    giving: Giving,
}

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  selvedge resume banner-place --site examples/storefront --publish dist/storefront
  selvedge resume first-shelf --stopped --site examples/storefront --publish dist/storefront")]
pub(super) struct Resume {
    /// The experience, or the experiment
    name: String,
    /// It is an experiment that was stopped
    #[arg(long)]
    stopped: bool,
    #[command(flatten)]
    place: Place,
}

pub(super) fn pause(args: &Pause) -> anyhow::Result<Outcome> {
    give(&args.place, Action::Pause, &args.experience, &args.giving)
}

pub(super) fn stop(args: &Stop) -> anyhow::Result<Outcome> {
    give(&args.place, Action::Stop, &args.experiment, &args.giving)
}

pub(super) fn resume(args: &Resume) -> anyhow::Result<Outcome> {
    let action = if args.stopped { Action::Stop } else { Action::Pause };
    let change = change(&args.place, Change::Take(action, args.name.clone()))?;
    Ok(change.tell(&format!("`{}` is no longer {}", args.name, past(action))))
}

fn give(place: &Place, action: Action, name: &str, giving: &Giving) -> anyhow::Result<Outcome> {
    let (site, ..) = open::site(&place.site)?;
    let known = named(&site, action);
    // The release that is out may be older than these sources.
    if !known.contains(&name) {
        let what = if action == Action::Pause { "experience" } else { "experiment" };
        let all = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        return Err(Usage(format!("`{}` has no {what} `{name}`; it has {all}", site.name)).into());
    }
    let until_ms = giving.until.as_deref().map(|text| {
        let at = parse_time_or_day(text);
        at.with_context(|| Usage(format!("--until {text}: write a day, as in 2026-12-01, or a time with its offset")))
    });
    let until_ms = until_ms.transpose()?;
    if let Some(until_ms) = until_ms {
        anyhow::ensure!(
            until_ms > now_ms(None)?,
            Usage("--until is over already, so the order would change nothing".to_owned())
        );
    }
    let reason = giving.reason.trim();
    anyhow::ensure!((1..=200).contains(&reason.chars().count()), Usage("--reason has 1 to 200 characters".to_owned()));
    let order =
        Order { action, name: name.to_owned(), until_ms: until_ms.unwrap_or(time::MAX), reason: reason.to_owned() };
    let change = change(place, Change::Give(order))?;
    let until =
        until_ms.map_or("until it is resumed".to_owned(), |until_ms| format!("until {}", format_rfc3339(until_ms)));
    Ok(change.tell(&format!("`{name}` is {} {until}", past(action))))
}

/// A change of an overlay that was made.
struct Made {
    /// The overlay in words.
    overlay: String,
    lacks: Vec<String>,
    /// The command for the other signers.
    sign: String,
}

impl Made {
    /// Says whether it holds or waits. A script that pauses something must notice that hosts do not see it yet.
    fn tell(&self, what: &str) -> Outcome {
        if self.lacks.is_empty() {
            anstream::println!("{what}: {}. Upload the folder's head", self.overlay);
            return Outcome::Clean;
        }
        anstream::println!("{what} as soon as every signature is there: {}", self.overlay);
        anstream::eprintln!(
            "warning: hosts do not see it yet. Missing signatures: {}. On the machine of each signer: {}",
            self.lacks.join(", "),
            self.sign
        );
        Outcome::Findings
    }
}

/// Signs the change with the keys at hand, and says which overlay it made.
fn change(place: &Place, what: Change) -> anyhow::Result<Made> {
    let environment = open::built_environment(&place.publish, place.env.as_deref())?;
    let (site, ..) = open::site(&place.site)?;
    let scope = Scope { repository: &site.name, environment: &environment };
    let keys = keys::of(&place.site, &scope, &[Role::Overlay, Role::Timestamp], &place.keys, false)?;
    let now_s = u64::try_from(now_ms(None)? / SECOND)?;
    let changed = publish::change_orders(&place.publish, &environment, what, &*keys, now_s)?;
    let (version, expires) = (changed.version, format_rfc3339(changed.expires_ms));
    let (folder, out) = (place.site.display(), place.publish.display());
    Ok(Made {
        overlay: format!("overlay {version} for `{environment}`, expires {expires}"),
        lacks: changed.lacks,
        sign: format!("selvedge sign {folder} --env {environment} --overlay {out}"),
    })
}

/// What can be paused or stopped.
fn named(site: &Site, action: Action) -> Vec<&str> {
    match action {
        Action::Pause => site.experiences.iter().map(|experience| experience.name.as_str()).collect(),
        Action::Stop => {
            let rules = site.experiences.iter().flat_map(|experience| &experience.rules);
            rules.filter_map(|rule| rule.split()).map(|split| split.experiment.as_str()).collect()
        }
    }
}

fn past(action: Action) -> &'static str {
    match action {
        Action::Pause => "paused",
        Action::Stop => "stopped",
    }
}

//! `selvedge diff`: what changes for whom, from one site, revision, release or environment to another.

mod side;
mod text;

use std::path::PathBuf;

use super::open::Opened;
use super::report::visits;
use super::serve::pages;
use super::store::Reach;
use super::{Outcome, now_ms, say};
use crate::author::site::Site;
use crate::report::interference::{Maker, visitors};
use crate::report::{Crowd, Side, release_diff};
use side::{Found, Places};

#[derive(clap::Args)]
#[command(after_help = "\
A and B are each one of:
  a site's folder          the sources as they are
  a built folder           its release
  a store                  the live release: a folder, s3://…, r2://…, kv://…
  http://… or https://…    the release by which a page is decided
  a revision of git        the site's folder (--site) as it was: main, HEAD~3, v1
  an environment           of the folder or store that --in names
A..B is the same as two arguments: selvedge diff main..HEAD --site SITE. Without B, the other one is the site's folder.

Shares are counted over the site's sample visitors and over random ones. Random visitors try every rule. Their share is no share of your
traffic: give your own visits with --corpus. The register of processing is compared where both sides are sources.

The exit code is 0 if nothing changes, and 1 if anything does.

Examples:
  selvedge diff examples/storefront examples/storefront
  selvedge diff dist/storefront live --site examples/storefront --random 500 --json
  selvedge diff development production --in dist/both --site examples/storefront")]
pub(super) struct Args {
    /// The one before
    a: String,
    /// The one after; the site's folder by default
    b: Option<String>,
    /// A and B are environments of this folder or store
    #[arg(long = "in", value_name = "PLACE")]
    inside: Option<String>,
    /// The environment of a folder or store that has several
    #[arg(long, value_name = "NAME")]
    env: Option<String>,
    /// The site's folder, for revisions of git, and for visitors where both sides are releases
    #[arg(long, value_name = "DIR", default_value = ".")]
    site: PathBuf,
    /// Visits to count beside the sample visitors, one context a line (- is standard input)
    #[arg(long, value_name = "FILE")]
    corpus: Option<PathBuf>,
    /// How many random visitors to ask
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    random: u64,
    /// The seed of the random visitors
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// The time of visits without `now`; this machine's clock by default
    #[arg(long)]
    as_of: Option<String>,
    #[command(flatten)]
    reach: Reach,
    /// Print the answer as one JSON object: `selvedge schema diff` prints its form
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let now_ms = now_ms(args.as_of.as_deref())?;
    let places = Places::of(args);
    let site = args.site.display().to_string();
    let (a, b) = match (&args.b, args.a.split_once("..")) {
        (Some(b), _) => (args.a.as_str(), b.as_str()),
        (None, Some((a, b))) if !std::path::Path::new(&args.a).exists() => (or_head(a), or_head(b)),
        (None, _) => (args.a.as_str(), site.as_str()),
    };
    let (old, new) = (places.find(a)?, places.find(b)?);
    let of_site = match (&new.site, &old.site) {
        (None, None) if super::open::is_site(&args.site) => Some(super::open::site(&args.site)?.0),
        _ => None,
    };
    let site = new.site.as_ref().or(old.site.as_ref()).map(|(site, _)| site).or(of_site.as_ref());
    let crowds = site.map(|site| crowds(args, site, now_ms)).transpose()?.unwrap_or_default();
    let approvals = new.approvals.clone().or_else(|| site.map(|site| site.approvals.clone())).unwrap_or_default();
    let diff = release_diff(of(&old), of(&new), &crowds, &approvals);
    let same = diff.same;
    say(args.json, serde_json::to_string_pretty(&diff)?, text::text(&diff, [a, b]));
    Ok(if same { Outcome::Clean } else { Outcome::Findings })
}

fn or_head(revision: &str) -> &str {
    if revision.is_empty() { "HEAD" } else { revision }
}

fn of(found: &Found) -> Side<'_> {
    let Opened { bundle, chunks, debug, release, .. } = &found.opened;
    let register = found.site.as_ref().map(|(_, register)| register);
    Side { bundle, chunks, debug: debug.as_ref(), targets: release.targets(), register }
}

fn crowds(args: &Args, site: &Site, now_ms: i64) -> anyhow::Result<Vec<Crowd>> {
    let sample = site.visitors.iter().map(|visitor| (Some(visitor.name.clone()), visitor.visit.clone(), now_ms));
    let mut crowds = vec![Crowd { of: "sample visitors".into(), seed: None, visits: sample.collect() }];
    if args.corpus.is_some() {
        let visits = visits(site, args.corpus.as_deref())?.into_iter();
        let visits = visits.map(|visit| (None, visit.clone(), visit.now.map_or(now_ms, |now| now.0)));
        crowds.push(Crowd { of: "visits of the corpus".into(), seed: None, visits: visits.collect() });
    }
    let paths = site.pages.iter().flat_map(|pages| pages::all(&site.folder.join(pages))).map(|(path, _)| path);
    let maker = Maker::new(site, &paths.collect::<Vec<_>>(), now_ms);
    let random = visitors(&maker, args.seed, args.random).map(|case| (None, case.visit(), case.now_ms()));
    crowds.push(Crowd { of: "random visitors".into(), seed: Some(args.seed), visits: random.collect() });
    crowds.retain(|crowd| !crowd.visits.is_empty());
    Ok(crowds)
}

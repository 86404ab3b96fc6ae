//! `selvedge graduate`: the winner of an experiment becomes what everybody sees, and a small share keeps what was there.

use std::collections::BTreeMap;

use super::{Outcome, SiteFolder, Usage, counted, files, fmt, now_ms, open, render, test};
use crate::author::graduate::{Edited, Wish, expecting, graduate, moved};
use crate::author::points::LOCK;
use crate::author::site::Site;
use crate::author::{Entry, Files, check};
use crate::words::time::{DAY, format_day, parse_time_or_day};

/// How long until the owner looks at it again, unless `--review-by` says otherwise.
const REVIEW_DAYS: i64 = 180;

#[derive(clap::Args)]
#[command(after_help = "\
The split becomes what everybody sees, but for a small share that keeps the origin's own content. By that share `selvedge analyze`
can say next year what the change is still worth. Whoever keeps the origin's own content was in control before, as far as control
was large enough. The goals, the points in selvedge.lock and the tests of the site follow, and the experience gets a day of review.
--keep 0 leaves nobody out, and needs a holdout that covers the slot.

Nothing here judges: look at `selvedge analyze` first. Then look at the diff, build, and commit.

Examples:
  selvedge graduate winter-hero examples/storefront --winner hero/winter --dry-run
  selvedge graduate winter-hero examples/storefront --winner hero/winter --keep 2 --dry-run")]
pub(super) struct Args {
    /// The experiment that ends
    experiment: String,
    #[command(flatten)]
    folder: SiteFolder,
    /// The arm that everybody sees from now on
    #[arg(long, value_name = "CONTENT")]
    winner: String,
    /// Percent of the visitors who keep the origin's own content
    #[arg(long, value_name = "PERCENT", default_value_t = 5, value_parser = clap::value_parser!(u8).range(0..=50))]
    keep: u8,
    /// The name of what is left of the experiment; EXPERIMENT-kept by default
    #[arg(long, value_name = "NAME")]
    kept_as: Option<String>,
    /// The day by which the owner looks at it again; half a year from now by default
    #[arg(long, value_name = "DAY")]
    review_by: Option<String>,
    /// Print what would change, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Work as at this time: 2026-12-01, or 2026-12-01T09:00:00Z
    #[arg(long, value_name = "TIME")]
    as_of: Option<String>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let now = now_ms(args.as_of.as_deref())?;
    let review_by = match &args.review_by {
        Some(day) if parse_time_or_day(day).is_some_and(|at| at > now && format_day(at) == *day) => day.clone(),
        Some(day) => anyhow::bail!(Usage(format!("--review-by {day}: write a day to come, as in 2027-06-01"))),
        None => format_day(now + REVIEW_DAYS * DAY),
    };
    let kept_as = args.kept_as.clone().unwrap_or_else(|| format!("{}-kept", args.experiment));
    let (experiment, winner) = (&*args.experiment, &*args.winner);
    let wish = Wish { experiment, winner, keep: args.keep, kept_as: &kept_as, review_by: &review_by };

    let folder = &args.folder.site;
    let files = Files::read(folder);
    let (site, _, before) = open::compiled_site(folder)?;
    let mut edited = graduate(&files, &site, &wish).map_err(Usage)?;
    let (after, findings, sources) = check(&with(&files, &edited));
    let Some(after) = after else {
        render::tell(&findings, &sources);
        anstream::eprintln!("error: with this edit the site would have these faults, so nothing was written");
        return Ok(Outcome::Findings);
    };
    edited.extend(after.laid.lock.clone().map(|lock| (LOCK.to_owned(), lock)));
    let opened = open::compiled(&after, open::environment(&after, None)?, now)?;
    let tests = follow(&files, (&site, &before), (&after, &opened));
    let followed: usize = tests.values().map(|(_, cases)| cases).sum();
    edited.extend(tests.into_iter().map(|(path, (text, _))| (path, text)));

    tell(&wish, &site, &after, followed);
    for (path, text) in &edited {
        anstream::print!("{}", fmt::diff(path, text_of(&files, path), text));
    }
    if !args.dry_run {
        for (path, text) in &edited {
            // A link stays a link: its target is replaced.
            let path = folder.join(path);
            files::replace(&fs_err::canonicalize(&path).unwrap_or(path), text.as_bytes())?;
        }
    }
    Ok(Outcome::Clean)
}

fn with(files: &Files, edited: &Edited) -> Files {
    let mut files = files.clone();
    files.entries.extend(edited.iter().map(|(path, text)| (path.clone(), Entry::Bytes(text.clone().into_bytes()))));
    files
}

fn text_of<'f>(files: &'f Files, path: &str) -> &'f str {
    match files.entries.get(path) {
        Some(Entry::Bytes(bytes)) => std::str::from_utf8(bytes).unwrap_or_default(),
        _ => "",
    }
}

/// The files of tests that expect what is decided now, with how many cases follow. A case that failed before stays as it is.
fn follow(
    files: &Files,
    before: (&Site, &open::Opened),
    after: (&Site, &open::Opened),
) -> BTreeMap<String, (String, usize)> {
    let mut misses: BTreeMap<String, Vec<(usize, test::Miss)>> = BTreeMap::new();
    for (was, is) in before.0.tests.iter().zip(&after.0.tests) {
        let position = is.name.rsplit_once('#').and_then(|(_, at)| at.parse::<usize>().ok());
        if let Some(at) = position.filter(|_| test::misses(before.0, before.1, was).is_empty()) {
            let of_file = misses.entry(is.place.file.to_string()).or_default();
            of_file.extend(test::misses(after.0, after.1, is).into_iter().map(|miss| (at - 1, miss)));
        }
    }
    misses.retain(|_, misses| !misses.is_empty());
    let expected = misses.into_iter().map(|(path, misses)| {
        let found: Vec<_> = misses.iter().map(|(at, miss)| (*at, &*miss.slot, &*miss.found)).collect();
        let mut cases: Vec<usize> = misses.iter().map(|(at, _)| *at).collect();
        cases.dedup();
        let text = expecting(text_of(files, &path), &found);
        (path, (text, cases.len()))
    });
    expected.collect()
}

fn tell(wish: &Wish<'_>, before: &Site, after: &Site, followed: usize) {
    let Wish { experiment, winner, keep, kept_as, review_by } = wish;
    if *keep == 0 {
        anstream::eprintln!("{experiment} ends: whoever no holdout holds back sees `{winner}`");
    } else {
        anstream::eprintln!(
            "{experiment} ends: everybody sees `{winner}`, but {keep} % who keep the origin's own content"
        );
        anstream::eprintln!("  `selvedge analyze` judges them as {kept_as}");
    }
    let splits = |site: &Site, name: &str| {
        let splits = site.experiences.iter().flat_map(|one| one.splits());
        splits.filter(|split| split.experiment == name).cloned().collect::<Vec<_>>()
    };
    for (was, is) in splits(before, experiment).iter().zip(splits(after, kept_as)) {
        let (moved, losing) = moved(was, &is, winner);
        let loses = if losing == 0 { "nobody loses it".into() } else { format!("{losing} of them lose it") };
        anstream::eprintln!("  {moved} of 10,000 points see something else; {loses}");
    }
    for experience in before.experiences.iter().filter(|one| one.splits().any(|split| split.experiment == *experiment))
    {
        if experience.schedule.as_ref().is_some_and(|schedule| schedule.default.until_ms < i64::MAX) {
            anstream::eprintln!("  {} still ends with its [schedule]: remove `until` to keep it", experience.name);
        }
    }
    if followed > 0 {
        anstream::eprintln!("  {} expects what is decided now", counted(followed as u64, "test", "tests"));
    }
    anstream::eprintln!("  its owner looks at it again by {review_by}");
}

//! `selvedge compact`: fewer ranges of points in `selvedge.lock`, and how many visitors that moves.

use std::path::Path;

use anyhow::Context as _;

use super::{Outcome, SiteFolder, Usage, counted, files, render};
use crate::author::points::{LOCK, compact};

#[derive(clap::Args)]
#[command(after_help = "\
Every change of shares can split a range of points. A build refuses a draw with more than 64 ranges. `compact` swaps points
between arms, so that shares stay and ranges become few. It says how many visitors see something else then: more than a
change of shares moves. Commit the file and build.

Examples:
  selvedge compact examples/storefront --dry-run
  selvedge compact examples/storefront --ranges 16 --dry-run")]
pub(super) struct Args {
    #[command(flatten)]
    folder: SiteFolder,
    /// The most ranges that a layer or an experiment keeps
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = clap::value_parser!(u8).range(2..=64))]
    ranges: u8,
    /// Print what would move, and write nothing
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let path = args.folder.site.join(LOCK);
    let text = files::text_if_there(&path)?;
    let text = text.with_context(|| Usage(format!("{} has no {LOCK}", Path::display(&args.folder.site))))?;
    let (new, done) = match compact(&text, usize::from(args.ranges)) {
        Ok(compacted) => compacted,
        Err((findings, sources)) => {
            render::tell(&findings, &sources);
            return Ok(Outcome::Findings);
        }
    };
    if done.is_empty() {
        anstream::println!("no draw has more than {}", counted(args.ranges, "range", "ranges"));
        return Ok(Outcome::Clean);
    }
    for draw in &done {
        let share = f64::from(draw.moved) / 100.0;
        anstream::println!(
            "{}: {} ranges become {}; {} of 10,000 points move, {share} % of its visitors",
            draw.draw,
            draw.before,
            draw.after,
            draw.moved
        );
    }
    if !args.dry_run {
        files::replace(&path, new.as_bytes())?;
    }
    Ok(Outcome::Clean)
}

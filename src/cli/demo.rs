//! `selvedge demo`: an example shop with three months of a log, and the truth that is planted in it.
//!
//! The dice are seeded, so one seed always gives the same files.

mod shop;
mod visitors;

use std::path::PathBuf;

use anyhow::Context as _;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::{BufWriter, Write as _};

use super::Outcome;
use super::files::included;
use visitors::DAYS;

#[derive(clap::Args)]
#[command(after_help = "Examples:\n  selvedge demo demo-shop\n  selvedge demo small-shop --visitors 1000 --seed 7")]
pub(super) struct Args {
    /// The folder to make; new or empty
    folder: PathBuf,
    /// How many visitors come in the three months
    #[arg(long, value_name = "N", default_value_t = 60_000, value_parser = clap::value_parser!(u32).range(1..=5_000_000))]
    visitors: u32,
    /// Another seed gives other visitors with the same truth
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

const FILES: &[(&str, &str)] = included!("demo": "selvedge.toml" "consent.toml" "slots.toml" "events.toml" "goals.toml"
    "content/hero/winter.toml" "content/banner/easy.toml" "content/shelf/new.toml"
    "experiences/hero.toml" "experiences/banner.toml" "experiences/shelf.toml");

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let folder = &args.folder;
    if folder.exists() {
        let mut entries = fs_err::read_dir(folder)?;
        anyhow::ensure!(entries.next().is_none(), "{} is not empty; name a new folder", folder.display());
    }
    for (path, text) in FILES {
        let path = folder.join(path);
        fs_err::create_dir_all(path.parent().context("a file of the shop has no folder")?)?;
        fs_err::write(path, text)?;
    }
    fs_err::write(folder.join("truth.json"), format!("{:#}\n", shop::truth()))?;
    let days = visitors::days(args.visitors, args.seed);
    fs_err::create_dir_all(folder.join("log"))?;
    for month in 0..3 {
        let name = folder.join(format!("log/month-{}.ndjson.gz", month + 1));
        let file = GzEncoder::new(BufWriter::new(fs_err::File::create(name)?), Compression::fast());
        let mut file = BufWriter::new(file);
        for lines in days.iter().skip(month * DAYS / 3).take(DAYS / 3) {
            file.write_all(lines.as_bytes())?;
        }
        file.into_inner()?.finish()?.flush()?;
    }
    let shown = folder.display();
    anstream::println!(
        "made a shop with {} visitors in {shown}; next:\n  selvedge analyze {shown} {shown}/log",
        args.visitors
    );
    Ok(Outcome::Clean)
}

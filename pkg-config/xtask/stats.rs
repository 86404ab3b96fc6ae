//! The statistics beside references that we did not write, and beside dice whose truth is known.
//!
//! Takes how many cases, or `--simulate`; installs the references on first use and prints what was compared. `--write` makes the few cases that
//! every test run compares.

use std::fs::File;
use std::path::PathBuf;

use anyhow::{Context as _, bail, ensure};

use crate::process::{cargo, command, path};
use crate::tools;

/// The comparison and the simulations, by their names in the suite.
const COMPARISON: &str = "measure::numbers_are_those_of_the_references";
const SIMULATIONS: [&str; 2] = ["measure::simulations::", "measure::planted::"];

/// How many cases of each kind the repository keeps, and where their dice start.
const KEPT: (u64, u64) = (8, 17);

/// Runs `[--cases N] [--seed S]`, `--simulate [--experiments N] [--seed S]`, or `--write`.
pub(crate) fn run(options: &[&str]) -> anyhow::Result<bool> {
    if options == ["--write"] {
        let folder = path("tests/vectors/stats");
        return cases(KEPT.0, KEPT.1, &folder).map(|_| true);
    }
    let (simulate, options) = match options {
        ["--simulate", rest @ ..] => (true, rest),
        _ => (false, options),
    };
    let (mut count, mut seed) = (if simulate { 2_000 } else { 200 }, 1);
    for option in options.chunks(2) {
        let (place, number) = match (simulate, option) {
            (false, ["--cases", number]) | (true, ["--experiments", number]) => (&mut count, number),
            (_, ["--seed", number]) => (&mut seed, number),
            _ => bail!("`stats` takes --cases N, --seed S, --simulate with --experiments N, or --write"),
        };
        *place = number.parse::<u64>().with_context(|| format!("`{number}` is not a whole number"))?;
    }
    println!("seed {seed}");
    let mut tests = cargo();
    tests.args(["test", "--quiet", "--locked", "--test", "suite"]);
    if simulate {
        tests
            .args(["--release", "--"])
            .args(SIMULATIONS)
            .args(["--test-threads", "1"])
            .env("SELVEDGE_EXPERIMENTS", count.to_string());
        tests.env("SELVEDGE_SEED", seed.to_string());
    } else {
        let folder = path("target/stats");
        std::fs::create_dir_all(&folder)?;
        tests
            .args(["--", "--exact", COMPARISON])
            .env("SELVEDGE_STATS", std::env::join_paths(cases(count, seed, &folder)?)?);
    }
    Ok(tests.arg("--nocapture").status()?.success())
}

/// Has both scripts compute so many cases of each kind; gives their files.
fn cases(count: u64, seed: u64, folder: &std::path::Path) -> anyhow::Result<Vec<PathBuf>> {
    let scripts = [("gbstats", tools::gbstats()?), ("others", tools::statisticians()?)];
    let made = scripts.into_iter().map(|(name, python)| {
        let file = folder.join(format!("{name}.ndjson"));
        let mut script = command(python);
        script.arg(path(&format!("tests/stats/{name}_cases.py"))).args([count.to_string(), seed.to_string()]);
        // More threads than cores only wait for each other.
        script.env("OPENBLAS_NUM_THREADS", "1").env("PYTHONDONTWRITEBYTECODE", "1").stdout(File::create(&file)?);
        ensure!(script.status()?.success(), "the cases of {name} could not be computed");
        Ok(file)
    });
    made.collect()
}

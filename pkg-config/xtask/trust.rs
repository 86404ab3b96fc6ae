//! Trust in JavaScript beside the native one: every attack of the suite, and random documents signed by the right keys.
//!
//! Takes how many random heads to try and where to start, gives whether the script of pages and the native code gave the same verdict on all of
//! them. The cases are made by tests/suite/trust, the comparison is tests/host/trust. `dist/browser` must be built.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, bail};

use crate::process::{cargo, command, path};

/// The comparison of every test run, with the suite's own seed.
pub(crate) const FIXED: [&str; 4] = ["--cases", "300", "--seed", "1"];

/// Random heads that are made, and then compared, at once: 60 MB of them.
const ROUND: u64 = 20_000;

/// Runs `[--cases N] [--seed S]` and prints the verdicts.
pub(crate) fn run(options: &[&str]) -> anyhow::Result<bool> {
    let (mut cases, mut seed) = (100_000, SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs());
    for option in options.chunks(2) {
        let (place, number) = match option {
            ["--cases", number] => (&mut cases, number),
            ["--seed", number] => (&mut seed, number),
            _ => bail!("`trust` takes --cases N and --seed S, not `{}`", option.join(" ")),
        };
        *place = number.parse::<u64>().with_context(|| format!("`{number}` is no whole number"))?;
    }
    println!("seed {seed}");
    let file = path("target/trust").join("cases");
    std::fs::create_dir_all(path("target/trust"))?;
    let mut done = 0;
    while done < cases {
        if file.exists() {
            std::fs::remove_file(&file)?;
        }
        let count = ROUND.min(cases - done);
        let mut tests = cargo();
        // Every attack once, and random documents in every round.
        let which = if done == 0 { "trust::" } else { "trust::script::random_documents_are_judged_alike" };
        tests.args(["test", "--quiet", "--locked", "--test", "suite", "--", which]);
        tests.env("SELVEDGE_TRUST_CASES", &file).env("SELVEDGE_CASES", count.to_string());
        tests.env("SELVEDGE_SEED", (seed + done).to_string());
        if !tests.output().context("could not start cargo")?.status.success() {
            bail!("the native suite failed: run `cargo test --test suite trust::`");
        }
        let compared = command("node").arg("tests/host/trust/compare.mjs").arg(&file).status()?;
        if !compared.success() {
            return Ok(false);
        }
        done += count;
    }
    std::fs::remove_file(&file)?;
    Ok(true)
}

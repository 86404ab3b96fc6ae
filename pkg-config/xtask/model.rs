//! The engine beside its reference model, on as many random sites and visits as one likes.
//!
//! Takes how many cases to try and where to start, gives whether every answer was the same. The model and the comparison are
//! tests/suite/model; this runs them optimised, with their progress on the terminal.

use anyhow::{Context as _, bail};

use crate::process::cargo;

/// The comparison, by its name in the suite.
const TEST: &str = "model::the_engine_decides_as_the_model_does";

/// Runs `[--cases N] [--seed S]`.
pub(crate) fn run(options: &[&str]) -> anyhow::Result<bool> {
    let (mut cases, mut seed) = (1_000_000, 1);
    for option in options.chunks(2) {
        let (place, number) = match option {
            ["--cases", number] => (&mut cases, number),
            ["--seed", number] => (&mut seed, number),
            _ => bail!("`model` takes --cases N and --seed S, not `{}`", option.join(" ")),
        };
        *place = number.parse::<u64>().with_context(|| format!("`{number}` is no whole number"))?;
    }
    let mut tests = cargo();
    tests.args(["test", "--quiet", "--locked", "--release", "--test", "suite", "--", "--exact", TEST, "--nocapture"]);
    tests.env("SELVEDGE_CASES", cases.to_string()).env("SELVEDGE_SEED", seed.to_string());
    Ok(tests.status()?.success())
}

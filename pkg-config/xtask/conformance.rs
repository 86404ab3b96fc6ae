//! The profile of CEL beside what others wrote: the official tests of the language, and another implementation of it.
//!
//! Takes how many random pairs of expression and context to try and where to start, installs the npm package, builds the other
//! implementation, gives whether all of it holds. The comparison itself is tests/cel.

use anyhow::{Context as _, bail};

use crate::process::{cargo, command, output, path, run as finish};
use crate::tools;

/// What runs it, as `cargo` takes it.
pub(crate) const ARGUMENTS: [&str; 6] = ["test", "--quiet", "--locked", "--no-fail-fast", "--test", "conformance"];

/// Runs `[--pairs N] [--seed S]` and prints the tables.
pub(crate) fn run(options: &[&str]) -> anyhow::Result<bool> {
    let mut tests = cargo();
    for option in options.chunks(2) {
        let (name, number) = match option {
            ["--pairs", number] => ("SELVEDGE_CASES", number),
            ["--seed", number] => ("SELVEDGE_SEED", number),
            _ => bail!("`conformance` takes --pairs N and --seed S, not `{}`", option.join(" ")),
        };
        number.parse::<u64>().with_context(|| format!("`{number}` is no whole number"))?;
        tests.env(name, number);
    }
    prepare()?;
    tests.args(ARGUMENTS).args(["--", "--nocapture", "--test-threads=1"]);
    Ok(tests.status()?.success())
}

/// Puts everything in place that the tests read.
pub(crate) fn prepare() -> anyhow::Result<()> {
    tools::npm_packages("tests/cel")?;
    std::fs::create_dir_all(path("target/cel"))?;
    output(command("node").args(["tests/cel/export.mjs", "target/cel/official.json"]))?;
    let oracle = ["build", "--quiet", "--locked", "--release", "--manifest-path", "tests/cel/oracle/Cargo.toml"];
    finish(cargo().args(oracle).args(["--target-dir", "target/cel/oracle"]))
}

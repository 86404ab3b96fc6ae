//! The profile of CEL beside what others wrote: the official tests of the language.
//!
//! Takes options, installs the npm package and writes its tests as JSON, gives whether all of it holds. The comparison itself is
//! tests/cel.

use crate::process::{cargo, command, output, path};
use crate::tools;

/// What runs it, as `cargo` takes it.
pub(crate) const ARGUMENTS: [&str; 6] = ["test", "--quiet", "--locked", "--no-fail-fast", "--test", "conformance"];

/// Prints the tables.
pub(crate) fn run(options: &[&str]) -> anyhow::Result<bool> {
    anyhow::ensure!(options.is_empty(), "`conformance` takes no `{}`", options.join(" "));
    prepare()?;
    let mut tests = cargo();
    tests.args(ARGUMENTS).args(["--", "--nocapture", "--test-threads=1"]);
    Ok(tests.status()?.success())
}

/// Puts everything in place that the tests read.
pub(crate) fn prepare() -> anyhow::Result<()> {
    tools::npm_packages("tests/cel")?;
    std::fs::create_dir_all(path("target/cel"))?;
    output(command("node").args(["tests/cel/export.mjs", "target/cel/official.json"]))?;
    Ok(())
}

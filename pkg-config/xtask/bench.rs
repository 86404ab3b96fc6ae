//! The engine beside its peers, on the same rules and visitors.
//!
//! Takes the bench's own options, builds what is measured, and hands over to tests/bench/run.mjs; gives whether it came to its end. It
//! asserts no time: what is too slow is a line in a table.

use std::path::Path;

use anyhow::Context as _;

use crate::process::{cargo, command, path, run as finish};
use crate::{page, parity, tools, wasm};

/// Where the tables go; the picture goes to [`PICTURE`] too.
const OUT: &str = "target/bench";

/// The picture above the table.
const PICTURE: &str = "www/bench.svg";

/// Builds, measures, prints.
pub(crate) fn run(options: &[&str]) -> anyhow::Result<bool> {
    let esbuild = tools::node_modules()?.join(".bin/esbuild");
    tools::npm_packages("tests/bench")?;
    let selvedge = parity::selvedge()?;
    yggdrasil();
    wasm::build(&[wasm::Part::Browser])?;
    let out = path(OUT);
    std::fs::create_dir_all(&out)?;
    let mut bench = command("node");
    bench.arg("tests/bench/run.mjs").args(options);
    bench.arg("--selvedge").arg(selvedge).arg("--esbuild").arg(esbuild).arg("--out").arg(&out);
    if !bench.status().context("could not start node")?.success() {
        return Ok(false);
    }
    // A part of the engines, or of the sizes, is not the picture that the page explains.
    if options.iter().all(|option| !option.starts_with("--quick") && !option.starts_with("--engines")) {
        publish(&out)?;
    }
    Ok(true)
}

/// Puts the picture and the table where people read them.
fn publish(out: &Path) -> anyhow::Result<()> {
    std::fs::copy(out.join("bench.svg"), path(PICTURE)).with_context(|| format!("could not write {PICTURE}"))?;
    page::put(page::BENCHMARKS, "bench", &std::fs::read_to_string(out.join("table.md"))?)
}

/// The peer that is a crate. Without it the bench says why, and goes on.
fn yggdrasil() {
    let mut build = cargo();
    build.current_dir(path("tests/bench/yggdrasil")).args([
        "build",
        "--quiet",
        "--locked",
        "--release",
        "--target-dir",
    ]);
    if let Err(error) = tools::target(tools::WASM_TARGET).and_then(|()| finish(build.arg(path("target/yggdrasil")))) {
        eprintln!("Unleash Yggdrasil is left out: {error:#}");
    }
}

//! The engine beside its peers, on the same rules and visitors.
//!
//! Takes the bench's own options, builds what is measured, and hands over to tests/bench/run.mjs; gives whether it came to its end. It
//! asserts no time: what is too slow is a line in a table.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::process::{cargo, command, path, run as finish};
use crate::{tools, wasm};

/// Where the tables go; the picture goes to [`PICTURE`] too.
const OUT: &str = "target/bench";

/// The picture that README shows.
const PICTURE: &str = "www/bench.svg";

/// Builds, measures, prints.
pub(crate) fn run(options: &[&str]) -> anyhow::Result<bool> {
    let esbuild = tools::node_modules()?.join(".bin/esbuild");
    tools::npm_packages("tests/bench")?;
    let selvedge = selvedge()?;
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
    // A part of the engines, or of the sizes, is not the picture that README explains.
    if options.iter().all(|option| !option.starts_with("--quick") && !option.starts_with("--engines")) {
        std::fs::copy(out.join("bench.svg"), path(PICTURE)).with_context(|| format!("could not write {PICTURE}"))?;
    }
    Ok(true)
}

/// The command line tool as it is released: ten thousand rules are built with it.
fn selvedge() -> anyhow::Result<PathBuf> {
    finish(cargo().args(["build", "--quiet", "--locked", "--release", "--bin", "selvedge"]))?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| path("target"), PathBuf::from);
    Ok(Path::new(crate::process::root()).join(target).join("release/selvedge"))
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
    if let Err(error) = tools::wasm_target().and_then(|()| finish(build.arg(path("target/yggdrasil")))) {
        eprintln!("Unleash Yggdrasil is left out: {error:#}");
    }
}

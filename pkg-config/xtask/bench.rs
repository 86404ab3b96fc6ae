//! The engine beside its peers, on the same rules and visitors; and the Worker beside its peers, on the same pages.
//!
//! Takes the bench's own options, builds what is measured, and hands over to tests/bench/run.mjs and tests/bench/pages/run.mjs. Gives
//! whether both came to their end. It asserts no time: what is too slow is a line in a table. `--only engines` or `--only pages` measures
//! one of them.

use std::process::Command;

use anyhow::Context as _;

use crate::process::{cargo, command, path, run as finish};
use crate::{page, parity, tools, wasm};

/// Where the tables go; the picture goes to [`PICTURE`] too.
const OUT: &str = "target/bench";

/// Builds, measures, prints.
pub(crate) fn run(options: &[&str]) -> anyhow::Result<bool> {
    let (engines, pages, options) = match options {
        ["--only", "engines", options @ ..] => (true, false, options),
        ["--only", "pages", options @ ..] => (false, true, options),
        options => (true, true, options),
    };
    tools::npm_packages("tests/bench")?;
    std::fs::create_dir_all(path(OUT))?;
    Ok((!engines || run_engines(options)?) && (!pages || run_pages(options)?))
}

fn run_engines(options: &[&str]) -> anyhow::Result<bool> {
    let esbuild = tools::node_modules()?.join(".bin/esbuild");
    let selvedge = parity::selvedge()?;
    yggdrasil();
    wasm::build(&[wasm::Part::Browser])?;
    let mut bench = command("node");
    bench.arg("tests/bench/run.mjs").args(options);
    bench.arg("--selvedge").arg(selvedge).arg("--esbuild").arg(esbuild).arg("--out").arg(path(OUT));
    measured(&mut bench, options, &Table { name: "bench", markdown: "table.md", picture: "bench.svg" })
}

fn run_pages(options: &[&str]) -> anyhow::Result<bool> {
    let modules = tools::node_modules()?;
    let selvedge = parity::selvedge()?;
    wasm::build(&[wasm::Part::Edge])?;
    let mut bench = command("node");
    bench.arg("tests/bench/pages/run.mjs").args(options.iter().filter(|option| **option == "--quick"));
    bench.arg("--selvedge").arg(selvedge).arg("--modules").arg(modules);
    bench.arg("--edge").arg(wasm::Part::Edge.folder()).arg("--out").arg(path(OUT));
    measured(&mut bench, options, &Table { name: "pages", markdown: "pages.md", picture: "pages.svg" })
}

/// What a bench writes: a table of the page of measurements, and the picture above it.
struct Table {
    name: &'static str,
    markdown: &'static str,
    picture: &'static str,
}

/// Measures, and puts the picture and the table where people read them.
fn measured(bench: &mut Command, options: &[&str], table: &Table) -> anyhow::Result<bool> {
    if !bench.status().context("could not start node")?.success() {
        return Ok(false);
    }
    // A part of the engines, or of the sizes, is not the picture that the page explains.
    if options.iter().all(|option| !option.starts_with("--quick") && !option.starts_with("--engines")) {
        let picture = format!("www/{}", table.picture);
        std::fs::copy(path(OUT).join(table.picture), path(&picture))
            .with_context(|| format!("could not write {picture}"))?;
        page::put(page::BENCHMARKS, table.name, &std::fs::read_to_string(path(OUT).join(table.markdown))?)?;
    }
    Ok(true)
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

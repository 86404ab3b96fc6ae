//! The engine beside its peers, on the same rules and visitors; and the Worker beside its peers, on the same pages.
//!
//! Takes the bench's own options, builds what is measured, and hands over to tests/bench/run.mjs and tests/bench/pages/run.mjs. Gives
//! whether both came to their end. It asserts no time: what is too slow is a line in a table. `--only engines`, `--only pages` or `--only shop`
//! measures one of them. `--only memory` alone asks whether memory goes on growing over a million pages and a million visitors.

use std::process::Command;

use anyhow::Context as _;

use crate::process::{cargo, command, lines, path, run as finish};
use crate::{page, parity, tools, wasm};

/// Where the tables go; the picture goes to [`PICTURE`] too.
const OUT: &str = "target/bench";

/// Builds, measures, prints.
pub(crate) fn run(options: &[&str]) -> anyhow::Result<bool> {
    if let ["--only", "memory", options @ ..] = options {
        return run_memory(options);
    }
    let (only, options) = match options {
        ["--only", only @ ("engines" | "pages" | "shop"), options @ ..] => (Some(*only), options),
        options => (None, options),
    };
    let is_asked = |name| only.is_none_or(|only| only == name);
    tools::npm_packages("tests/bench")?;
    std::fs::create_dir_all(path(OUT))?;
    Ok((!is_asked("engines") || run_engines(options)?)
        && (!is_asked("pages") || run_pages(options)?)
        && (!is_asked("shop") || run_shop(options)?))
}

fn run_engines(options: &[&str]) -> anyhow::Result<bool> {
    let esbuild = tools::node_modules()?.join(".bin/esbuild");
    let selvedge = parity::selvedge()?;
    yggdrasil();
    wasm::build(&[wasm::Part::Browser])?;
    let mut bench = command("node");
    bench.arg("tests/bench/run.mjs").args(options);
    bench.arg("--selvedge").arg(selvedge).arg("--esbuild").arg(esbuild).arg("--out").arg(path(OUT));
    measured(&mut bench, options, &Table { name: "bench", markdown: "table.md", picture: Some("bench.svg") })
}

fn run_pages(options: &[&str]) -> anyhow::Result<bool> {
    let modules = tools::node_modules()?;
    let selvedge = parity::selvedge()?;
    wasm::build(&[wasm::Part::Edge])?;
    let mut bench = command("node");
    bench.arg("tests/bench/pages/run.mjs").args(options.iter().filter(|option| **option == "--quick"));
    bench.arg("--selvedge").arg(selvedge).arg("--modules").arg(modules);
    bench.arg("--edge").arg(wasm::Part::Edge.folder()).arg("--out").arg(path(OUT));
    measured(&mut bench, options, &Table { name: "pages", markdown: "pages.md", picture: Some("pages.svg") })
}

fn run_shop(options: &[&str]) -> anyhow::Result<bool> {
    let modules = tools::node_modules()?;
    let selvedge = parity::selvedge()?;
    parity::publish(&selvedge)?;
    wasm::build(&wasm::Part::ALL)?;
    let mut bench = command("node");
    bench.arg("tests/bench/shop/run.mjs").args(options.iter().filter(|option| **option == "--quick"));
    bench.arg("--selvedge").arg(selvedge).arg("--modules").arg(modules).env("CHROMIUM", tools::chromium()?);
    bench.arg("--bundle").arg(parity::bundle("storefront")).arg("--out").arg(path(OUT));
    measured(&mut bench, options, &Table { name: "shop", markdown: "shop.md", picture: None })
}

/// The Worker over a million pages, and each engine for browsers over a million visitors: `--pages N` and `--visitors N` say how many.
fn run_memory(options: &[&str]) -> anyhow::Result<bool> {
    let (mut pages, mut visitors) = ("1000000", "1000000");
    for option in options.chunks(2) {
        match option {
            ["--pages", count] => pages = count,
            ["--visitors", count] => visitors = count,
            other => anyhow::bail!("there is no option `{}`", other.join(" ")),
        }
    }
    let modules = tools::node_modules()?;
    let selvedge = parity::selvedge()?;
    parity::publish(&selvedge)?;
    wasm::build(&wasm::Part::ALL)?;
    std::fs::create_dir_all(path(OUT))?;
    let mut engine = command("node");
    engine.arg("tests/bench/memory/engine.mjs").arg("--modules").arg(&modules);
    engine.arg("--dist").arg(wasm::Part::Browser.folder()).arg("--bundle").arg(parity::bundle("storefront"));
    engine.arg("--site").arg(path("examples/storefront")).arg("--visitors").arg(visitors);
    let engine = lines(&mut engine, |line| println!("{line}"))?;
    let mut worker = command("node");
    worker.arg("tests/bench/memory/worker.mjs").arg("--selvedge").arg(selvedge).arg("--modules").arg(modules);
    worker.arg("--edge").arg(wasm::Part::Edge.folder()).arg("--out").arg(path(OUT)).arg("--pages").arg(pages);
    Ok(lines(&mut worker, |line| println!("{line}"))? && engine)
}

/// The files that a bench writes: a table of the page of measurements, and perhaps a picture above it.
struct Table {
    name: &'static str,
    markdown: &'static str,
    picture: Option<&'static str>,
}

/// Measures, and puts the picture and the table where people read them.
fn measured(bench: &mut Command, options: &[&str], table: &Table) -> anyhow::Result<bool> {
    if !bench.status().context("could not start node")?.success() {
        return Ok(false);
    }
    // A part of the engines, or of the sizes, is not the picture that the page explains.
    if options.iter().all(|option| !option.starts_with("--quick") && !option.starts_with("--engines")) {
        if let Some(name) = table.picture {
            let picture = format!("www/{name}");
            std::fs::copy(path(OUT).join(name), path(&picture))
                .with_context(|| format!("could not write {picture}"))?;
        }
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

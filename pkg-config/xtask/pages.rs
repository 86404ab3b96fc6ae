//! Pages through the Worker and through the preview: whatever a page is, it arrives whole, and alike.
//!
//! Takes how many, and a seed or the clock's; gives whether every page less what was put in is the origin's, byte for byte, on both
//! hosts. Half of them are HTML files of npm packages, which are fetched by name, as they are and changed at random; the others are drawn.
//! The campaign itself is tests/host/pages.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;

use crate::process::{command, lines, path};
use crate::wasm::{self, Part};
use crate::{parity, tools};

/// How many, unless `--pages` says otherwise.
const PAGES: u32 = 20_000;

pub(crate) fn run(options: &[&str]) -> anyhow::Result<bool> {
    let clock = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.subsec_nanos());
    let (mut pages, mut seed) = (PAGES, clock);
    for option in options.chunks(2) {
        match option {
            ["--pages", count] => pages = count.parse().context("--pages takes a number")?,
            ["--seed", number] => seed = number.parse().context("--seed takes a number")?,
            other => anyhow::bail!("there is no option `{}`", other.join(" ")),
        }
    }
    tools::node_modules()?;
    let selvedge = parity::selvedge()?;
    parity::publish(&selvedge)?;
    wasm::build(&[Part::Edge])?;
    compare(&selvedge, pages, seed, |line| println!("{line}"))
}

/// Compares, with everything built.
pub(crate) fn compare(
    selvedge: &std::path::Path,
    pages: u32,
    seed: u32,
    mut each: impl FnMut(&str),
) -> anyhow::Result<bool> {
    let folder = path("target/pages");
    std::fs::create_dir_all(&folder)?;
    let mut node = command("node");
    node.arg("tests/host/pages/run.mjs").arg(selvedge).arg(folder).arg(seed.to_string()).arg(pages.to_string());
    let is_whole = lines(&mut node, &mut each)?;
    Ok(lines(command("node").arg("tests/host/pages/memory.mjs"), each)? && is_whole)
}

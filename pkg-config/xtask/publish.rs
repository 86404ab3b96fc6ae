//! Releases on their way: `selvedge publish`, killed at random points, and a Worker whose releases are swapped.
//!
//! Takes how many points or requests and a seed, prints what a reader saw. The campaigns are tests/host/publish-kills.mjs and
//! tests/host/worker-swaps.mjs; a small part of each is in `cargo xtask test`.

use crate::process::command;
use crate::{parity, tools, wasm};

/// Runs `[--points N] [--seed S] [--store folder|s3]`.
pub(crate) fn kills(options: &[&str]) -> anyhow::Result<bool> {
    tools::node_modules()?;
    let mut node = command("node");
    node.arg("tests/host/publish-kills.mjs").args(options);
    node.env("SELVEDGE", parity::selvedge()?).env("MOTO_SERVER", tools::moto()?);
    Ok(node.status()?.success())
}

/// Runs `[--requests N] [--swaps N] [--seed S]`.
pub(crate) fn swaps(options: &[&str]) -> anyhow::Result<bool> {
    tools::node_modules()?;
    wasm::build(&[wasm::Part::Edge])?;
    let mut node = command("node");
    node.arg("tests/host/worker-swaps.mjs").args(options).env("SELVEDGE", parity::selvedge()?);
    let folder = parity::bundle("storefront");
    if !folder.exists() {
        parity::publish(&parity::selvedge()?)?;
    }
    Ok(node.env("SELVEDGE_BUNDLE", folder).status()?.success())
}

//! `selvedge publish`, killed at random points.
//!
//! Takes how many points, a seed and a store, prints what a reader saw. The campaign itself is tests/host/publish-kills.mjs; a few of its
//! points are part of `cargo xtask test`.

use crate::process::command;
use crate::{parity, tools};

/// Runs `[--points N] [--seed S] [--store folder|s3]`.
pub(crate) fn kills(options: &[&str]) -> anyhow::Result<bool> {
    tools::node_modules()?;
    let mut node = command("node");
    node.arg("tests/host/publish-kills.mjs").args(options);
    node.env("SELVEDGE", parity::selvedge()?).env("MOTO_SERVER", tools::moto()?);
    Ok(node.status()?.success())
}

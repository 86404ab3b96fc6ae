//! Every switch around every change of every zone's clocks, as the engine makes it and as Python reads the same zones.
//!
//! Takes nothing, installs the zones for Python, prints what each says; gives whether both agree.

use std::process::Stdio;

use anyhow::Context as _;

use crate::parity::selvedge;
use crate::process::{command, path};
use crate::tools;

/// The years whose changes are tried.
const YEARS: [&str; 2] = ["2026", "2028"];

pub(crate) fn run() -> anyhow::Result<bool> {
    let python = tools::zones()?;
    let selvedge = selvedge()?;
    let years = YEARS.join("-");
    let task = ["release", "simulate", "--tz", "all", "--around", "dst", "--years", &years];
    let own = command(&selvedge).args(task).status()?.success();
    let mut switches = command(&selvedge).args(task).arg("--json").stdout(Stdio::piped()).spawn()?;
    let lines = switches.stdout.take().context("the switches cannot be read")?;
    let agrees = command(python).arg(path("tests/zones/verify.py")).args(YEARS).stdin(lines).status()?.success();
    Ok(own && switches.wait()?.success() && agrees)
}

//! Logged decisions, made again: the shop's visitors by dice, their audit records by the command, then once more by the command from
//! what the log holds, and by the Wasm from the visits.
//!
//! Takes how many, and a seed or the clock's; gives whether every record was the same, byte for byte. The comparison itself is
//! tests/host/parity/replay.mjs.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;

use crate::process::{command, lines, path};
use crate::wasm::{self, Part};
use crate::{parity, tools};

/// How many, unless `--records` says otherwise.
const RECORDS: u32 = 10_000;

/// Makes them and compares.
pub(crate) fn run(options: &[&str]) -> anyhow::Result<bool> {
    let clock = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.subsec_nanos());
    let (mut records, mut seed) = (RECORDS, clock);
    for option in options.chunks(2) {
        match option {
            ["--records", count] => records = count.parse().context("--records takes a number")?,
            ["--seed", number] => seed = number.parse().context("--seed takes a number")?,
            other => anyhow::bail!("there is no option `{}`", other.join(" ")),
        }
    }
    tools::node_modules()?;
    let selvedge = parity::selvedge()?;
    parity::publish(&selvedge)?;
    wasm::build(&[Part::Replay])?;
    let mut node = command("node");
    node.arg("tests/host/parity/replay.mjs").arg(seed.to_string()).arg(records.to_string());
    node.arg(&selvedge).arg(path("examples/storefront")).arg(parity::bundle("storefront")).arg(Part::Replay.folder());
    lines(&mut node, |line| println!("{line}"))
}

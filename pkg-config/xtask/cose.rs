//! The signatures of `tests/vectors/trust`, verified by what others wrote: pycose, and coset with ed25519-compact.
//!
//! Takes nothing, installs and builds both, prints what each says; gives whether both agree with the hosts.

use crate::process::{cargo, command, path, run as finish};
use crate::tools;

/// Runs both.
pub(crate) fn run() -> anyhow::Result<bool> {
    let vectors = path("tests/vectors/trust");
    let python = command(tools::pycose()?).arg(path("tests/cose/verify.py")).arg(&vectors).status()?.success();
    let target = path("target/cose");
    let build = ["build", "--quiet", "--locked", "--manifest-path", "tests/cose/coset/Cargo.toml", "--target-dir"];
    finish(cargo().args(build).arg(&target))?;
    let rust = command(target.join("debug/cose-oracle")).arg(&vectors).status()?.success();
    Ok(python && rust)
}

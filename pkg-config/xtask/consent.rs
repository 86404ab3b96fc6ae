//! The decoders of consent strings beside the official libraries of those who specify them.
//!
//! Takes how many random strings to try and where to start, installs the libraries, builds the decoders natively and as Wasm, gives
//! whether every field is the same. The comparison itself is tests/consent.

use std::path::PathBuf;

use anyhow::{Context as _, bail};

use crate::process::{cargo, command, path, run as finish};
use crate::{parity, tools, wasm};

/// The comparison of every test run: the seed is fixed, so that it fails for one reason only.
pub(crate) const FIXED: [&str; 8] = ["--tc", "2000", "--gpp", "20000", "--mutations", "6000", "--seed", "1"];

/// What is asked without options: a fresh seed.
const FULL: [(&str, &str); 3] = [("--tc", "50000"), ("--gpp", "200000"), ("--mutations", "100000")];

/// Runs `[--tc N] [--gpp N] [--mutations N] [--seed S]` and prints the table.
pub(crate) fn run(options: &[&str]) -> anyhow::Result<bool> {
    Ok(comparison(options)?.status()?.success())
}

/// The comparison as a command that has not run yet.
pub(crate) fn comparison(options: &[&str]) -> anyhow::Result<std::process::Command> {
    let mut seed = std::process::id().to_string();
    let mut numbers: Vec<(String, String)> =
        FULL.iter().map(|(name, number)| ((*name).to_owned(), (*number).to_owned())).collect();
    for option in options.chunks(2) {
        let [name, number] = option else { bail!("`{}` needs a number", option.join(" ")) };
        number.parse::<u64>().with_context(|| format!("`{number}` is no whole number"))?;
        match numbers.iter_mut().find(|(known, _)| known == name) {
            Some((_, default)) => *default = (*number).to_owned(),
            None if *name == "--seed" => seed = (*number).to_owned(),
            None => bail!("`consent` takes --tc N, --gpp N, --mutations N and --seed S, not `{name}`"),
        }
    }
    tools::npm_packages("tests/consent")?;
    let (selvedge, fields, statements) = (parity::selvedge()?, module(true)?, module(false)?);
    let mut node = command("node");
    node.arg("tests/consent/main.mjs").arg("--selvedge").arg(selvedge);
    node.arg("--wasm").arg(fields).arg("--statements").arg(statements);
    node.args(numbers.iter().flat_map(|(name, number)| [name, number])).args(["--seed", &seed]);
    Ok(node)
}

/// The decoders as Wasm: with every field printed, or, shrunk, what the engine needs of them.
pub(crate) fn module(with_fields: bool) -> anyhow::Result<PathBuf> {
    tools::target(tools::WASM_TARGET)?;
    let mut build = cargo();
    build.args(["build", "--quiet", "--locked", "--release", "--manifest-path", "tests/consent/wasm/Cargo.toml"]);
    build.args(["--target", tools::WASM_TARGET]).arg("--target-dir").arg(path("target/consent"));
    build.args(with_fields.then_some(["--features", "fields"]).into_iter().flatten());
    finish(&mut build)?;
    let built = path("target/consent").join(tools::WASM_TARGET).join("release/selvedge_consent_wasm.wasm");
    // Both are built under one name.
    let kept = path("target/consent").join(if with_fields { "fields.wasm" } else { "statements.wasm" });
    if with_fields {
        std::fs::copy(&built, &kept)?;
    } else {
        wasm::shrink(&built, &kept, &wasm::RULES, &[])?;
    }
    Ok(kept)
}

//! Fuzzing: the parser, the bundle reader, the trust documents and everything that a visit passes through.
//!
//! Takes minutes and targets, runs libFuzzer on each with a seed that it prints, gives whether nothing crashed. What it finds goes into
//! target/fuzz; the kept corpus in tests/fuzz/corpus is read and never changed.

use std::path::PathBuf;

use anyhow::{Context as _, bail, ensure};

use crate::process::{command, exists, path, run as finish};

/// Minutes of a run without `--minutes`, shared by the targets.
const MINUTES: u64 = 5;
/// A single input that takes longer is a finding.
const INPUT_SECONDS_MAX: u64 = 20;
/// Memory that a run may take before that is a finding: hundreds of times what opening the largest base takes.
const MEMORY_MB_MAX: u64 = 3_000;

struct Options {
    minutes: u64,
    seed: u32,
    targets: Vec<String>,
}

/// Runs `[--minutes N] [--target T]… [--seed S]`.
pub(crate) fn run(options: &[&str]) -> anyhow::Result<bool> {
    let options = read(options)?;
    tools()?;
    let (folder, built) = (path("tests/fuzz"), path("target/fuzz/build"));
    let mut build = command("cargo");
    build.args(["+nightly", "fuzz", "build", "--fuzz-dir"]).arg(&folder).arg("--target-dir").arg(&built).arg("-O");
    finish(&mut build)?;

    let seconds = (options.minutes * 60 / options.targets.len() as u64).max(1);
    let mut clean = true;
    for target in &options.targets {
        let outcome = one(target, seconds, options.seed)?;
        println!("{target}: {outcome}");
        clean &= outcome.crashes == 0;
    }
    Ok(clean)
}

/// What a run came to.
struct Outcome {
    seed: u32,
    executed: u64,
    seconds: u64,
    coverage: u64,
    crashes: usize,
    findings: PathBuf,
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { seed, executed, seconds, coverage, crashes, findings } = self;
        write!(f, "{executed} inputs in {seconds} s with seed {seed}, {coverage} edges covered, {crashes} crashes")?;
        if *crashes > 0 { write!(f, ": see {}", findings.display()) } else { Ok(()) }
    }
}

fn one(target: &str, seconds: u64, seed: u32) -> anyhow::Result<Outcome> {
    let (grown, findings) = (path("target/fuzz/corpus").join(target), path("target/fuzz/findings").join(target));
    for folder in [&grown, &findings] {
        std::fs::create_dir_all(folder)?;
    }
    let program = path("target/fuzz/build").join(host()?).join("release").join(target);
    let mut fuzzer = command(program);
    // The first folder is where new inputs go; the kept corpus is only read.
    fuzzer.arg(&grown).arg(path("tests/fuzz/corpus").join(target));
    fuzzer.args([
        format!("-max_total_time={seconds}"),
        format!("-timeout={INPUT_SECONDS_MAX}"),
        format!("-rss_limit_mb={MEMORY_MB_MAX}"),
        format!("-seed={seed}"),
        "-print_final_stats=1".to_owned(),
        format!("-artifact_prefix={}/", findings.display()),
    ]);
    let output = fuzzer.output().with_context(|| format!("could not start the fuzzer of {target}"))?;
    let log = String::from_utf8_lossy(&output.stderr);
    std::fs::write(path("target/fuzz").join(format!("{target}.log")), log.as_bytes())?;
    let after = |word: &str| log.rsplit(word).next().and_then(|rest| rest.split_whitespace().next());
    let number = |word: &str| after(word).and_then(|number| number.parse().ok()).unwrap_or(0);
    let executed = number("stat::number_of_executed_units:");
    ensure!(executed > 0 || !output.status.success(), "the fuzzer of {target} tried nothing:\n{log}");
    Ok(Outcome {
        seed,
        executed,
        seconds,
        coverage: number("cov:"),
        crashes: usize::from(!output.status.success()),
        findings,
    })
}

fn read(options: &[&str]) -> anyhow::Result<Options> {
    let known = targets()?;
    let mut read = Options { minutes: MINUTES, seed: std::process::id(), targets: Vec::new() };
    for pair in options.chunks(2) {
        match pair {
            ["--minutes", minutes] => read.minutes = minutes.parse().context("--minutes takes a whole number")?,
            ["--seed", seed] => read.seed = seed.parse().context("--seed takes a whole number")?,
            ["--target", target] => {
                ensure!(known.iter().any(|name| name == target), "there is no target {target}: {}", known.join(", "));
                read.targets.push((*target).to_owned());
            }
            _ => bail!("`fuzz` takes --minutes N, --target T and --seed S, not `{}`", pair.join(" ")),
        }
    }
    if read.targets.is_empty() {
        read.targets = known;
    }
    Ok(read)
}

/// The targets there are: one file each.
fn targets() -> anyhow::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(path("tests/fuzz/targets"))? {
        names.extend(entry?.path().file_stem().map(|name| name.to_string_lossy().into_owned()));
    }
    names.sort();
    Ok(names)
}

/// libFuzzer needs a nightly compiler and cargo-fuzz.
fn tools() -> anyhow::Result<()> {
    let nightly = command("cargo").args(["+nightly", "--version"]).output().is_ok_and(|output| output.status.success());
    ensure!(nightly, "a nightly toolchain is needed: rustup toolchain install nightly");
    if !exists("cargo-fuzz") {
        eprintln!("installing cargo-fuzz");
        finish(command("cargo").args(["+nightly", "install", "cargo-fuzz", "--locked"]))?;
    }
    Ok(())
}

/// The triple of this machine, which cargo-fuzz names its folder by.
fn host() -> anyhow::Result<String> {
    let version = crate::process::output(command("rustc").args(["+nightly", "-vV"]))?;
    let line = version.lines().find_map(|line| line.strip_prefix("host: "));
    line.map(str::to_owned).context("rustc names no host")
}

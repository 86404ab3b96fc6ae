//! Every test on every host.
//!
//! Takes nothing, streams one line a stage, sums up what passed and failed. Nothing is skipped: a stage that cannot run has failed.

use std::ffi::OsString;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::counts::Counts;
use crate::process::{cargo, command, lines, path, run as finish};
use crate::{instructions, parity, replay, tools, wasm};

/// A file of tests ends with its last test, even if a server is still open. After ten minutes it is stopped: the longest file needs a fraction
/// of that on a busy machine.
const BOUNDED: [&str; 2] = ["--test-force-exit", "--test-timeout=600000"];

/// Files whose tests run in Firefox, too.
const IN_FIREFOX: [&str; 5] = ["browser", "browser-static", "browser-consent", "browser-attacks", "frameworks"];

/// Runs the tests of pages in Firefox. Without Firefox it is an error: nothing was tested then.
pub(crate) fn in_firefox() -> anyhow::Result<bool> {
    let firefox = tools::firefox()?;
    wasm::build(&wasm::Part::ALL)?;
    let files = IN_FIREFOX.map(|name| path(&format!("tests/host/{name}.test.mjs")));
    let counts = of_hosts(&files, &[("BROWSER", "firefox".into()), ("FIREFOX", firefox.into_os_string())])?;
    println!("Firefox: {counts}");
    Ok(counts.is_clean() && counts.passed > 0)
}

/// Runs everything; the last line is the sum.
pub(crate) fn run() -> anyhow::Result<bool> {
    let mut total = Counts::default();
    let mut stage = |name: &str, run: &dyn Fn() -> anyhow::Result<Counts>| {
        println!("{name} …");
        let begun = Instant::now();
        let counts = run().unwrap_or_else(|error| {
            println!("error: {error:#}");
            Counts::FAILURE
        });
        // A stage without a test proves nothing.
        let counts = if counts.passed + counts.failed == 0 { Counts::FAILURE } else { counts };
        println!("{name}: {counts} in {:.1} s", begun.elapsed().as_secs_f64());
        total.add(counts);
        counts.is_clean()
    };

    stage("native", &|| native(&["test", "--locked", "--no-fail-fast"]));
    stage("official tests of CEL", &|| {
        crate::conformance::prepare()?;
        native(&crate::conformance::ARGUMENTS)
    });
    stage("official libraries for consent strings", &official_consent);
    stage("signed documents by other libraries of COSE", &|| {
        Ok(if crate::cose::run()? { Counts { passed: 2, failed: 0 } } else { Counts::FAILURE })
    });
    stage("the core, built where there is no std", &bare);
    stage("instructions of opening, permitting and deciding", &|| {
        let within = instructions::run(false)?;
        Ok(if within { Counts { passed: 1, failed: 0 } } else { Counts::FAILURE })
    });
    let is_built = stage("Wasm, built", &|| wasm::build(&wasm::Part::ALL).map(|()| Counts { passed: 2, failed: 0 }));
    // What is not the Worker's alone needs a browser.
    let in_wasm: [(&str, &dyn Fn() -> anyhow::Result<Counts>); 5] = [
        ("trust in JavaScript beside the native one", &|| {
            let same = crate::trust::run(&crate::trust::FIXED)?;
            Ok(if same { Counts { passed: 1, failed: 0 } } else { Counts::FAILURE })
        }),
        ("workerd", &|| hosts(true)),
        ("Chromium and stores", &|| hosts(false)),
        ("parity on native, Node's Wasm, workerd and Chromium", &compared),
        ("logged decisions, made again natively and in Wasm", &replayed),
    ];
    for (name, run) in in_wasm {
        // Hundreds of tests would each wait for what cannot come.
        let without = || anyhow::bail!("cannot run: the Wasm files were not built");
        stage(name, if is_built { run } else { &without });
    }
    println!("{total}");
    Ok(total.is_clean())
}

fn native(arguments: &[&str]) -> anyhow::Result<Counts> {
    let mut counts = Counts::default();
    let mut cargo = cargo();
    let passed = lines(cargo.args(arguments), |line| {
        counts.read(line);
        let is_passing = line.ends_with("... ok") || line.starts_with("running ") || line.is_empty();
        if !is_passing {
            println!("  {line}");
        }
    })?;
    // It may fail before a test runs, or after the last.
    Ok(if passed || counts.failed > 0 { counts } else { Counts { failed: counts.failed + 1, ..counts } })
}

/// Our decoders beside the official ones, with a fixed seed.
fn official_consent() -> anyhow::Result<Counts> {
    let mut counts = Counts::default();
    let mut comparison = crate::consent::comparison(&crate::consent::FIXED)?;
    let passed = lines(&mut comparison, |line| {
        counts.read(line);
        println!("  {line}");
    })?;
    Ok(if passed || counts.failed > 0 { counts } else { Counts { failed: counts.failed + 1, ..counts } })
}

/// Builds the core for a target that has no `std`.
fn bare() -> anyhow::Result<Counts> {
    tools::target(tools::BARE_TARGET)?;
    let arguments = ["build", "--quiet", "--locked", "--no-default-features", "--lib", "--target", tools::BARE_TARGET];
    finish(cargo().args(arguments))?;
    Ok(Counts { passed: 1, failed: 0 })
}

/// Node's test runner over the files whose names begin like this.
fn hosts(is_worker: bool) -> anyhow::Result<Counts> {
    let mut variables = vec![("CHROMIUM", tools::chromium()?.into_os_string())];
    if !is_worker {
        variables.push(("MOTO_SERVER", tools::moto()?.into()));
    }
    of_hosts(&files(&path("tests/host"), is_worker)?, &variables)
}

fn of_hosts(files: &[PathBuf], variables: &[(&str, OsString)]) -> anyhow::Result<Counts> {
    tools::node_modules()?;
    let selvedge = parity::selvedge()?;
    parity::publish(&selvedge)?;
    let mut node = command("node");
    // Tests of hosts wait more than they compute: one file more than there are cores keeps these busy.
    let at_once = std::thread::available_parallelism().map_or(1, NonZero::get) + 1;
    node.args(["--test", "--test-reporter=tap"]).arg(format!("--test-concurrency={at_once}")).args(BOUNDED).args(files);
    node.env("SELVEDGE", selvedge).env("SELVEDGE_BUNDLE", parity::bundle("storefront"));
    node.envs(variables.iter().map(|(name, value)| (name, value)));

    let mut counts = Counts::default();
    let mut failing = false;
    let passed = lines(&mut node, |line| {
        counts.read(line);
        let text = line.trim_start();
        if text.starts_with("not ok ") || text.starts_with("ok ") || text.starts_with("# Subtest") {
            failing = text.starts_with("not ok ");
        }
        if failing {
            println!("  {line}");
        }
    })?;
    Ok(if passed || counts.failed > 0 { counts } else { Counts { failed: counts.failed + 1, ..counts } })
}

fn files(folder: &Path, is_worker: bool) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?.path();
        let name = entry.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with("worker-") == is_worker && name.ends_with(".test.mjs") {
            files.push(entry);
        }
    }
    files.sort();
    Ok(files)
}

/// One test for each pair of site and host, and the comparison as a whole.
fn compared() -> anyhow::Result<Counts> {
    let selvedge = parity::selvedge()?;
    parity::publish(&selvedge)?;
    let mut counts = Counts::default();
    let same = parity::compare(&selvedge, None, |line| {
        println!("  {line}");
        if let Some((_, differing)) = line.split_once(" answers on ") {
            let same = differing.contains(", 0 differ");
            counts.add(if same { Counts { passed: 1, failed: 0 } } else { Counts::FAILURE });
        }
    })?;
    counts.add(if same { Counts { passed: 1, failed: 0 } } else { Counts::FAILURE });
    Ok(counts)
}

/// A log of the shop, small enough to be made with every run.
fn replayed() -> anyhow::Result<Counts> {
    let same = replay::run(&["--records", "1000"])?;
    Ok(if same { Counts { passed: 1, failed: 0 } } else { Counts::FAILURE })
}

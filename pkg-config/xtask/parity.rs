//! One engine everywhere: random visits over these sites, answered natively and by each engine for browsers on three hosts, compared byte
//! for byte.
//!
//! Takes a seed, or draws one and prints it; gives whether every answer was the same. The comparison itself is tests/host/parity.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::process::{cargo, command, lines, path, run as finish};
use crate::{tools, wasm};

/// The sites: a folder for the build, and the sources. The second and the third are as awkward as the rules allow, and the fourth has plain
/// rules. The others have a page plan, a contact policy, markets with links, and a feed.
const SITES: [(&str, &str); 8] = [
    ("storefront", "examples/storefront"),
    ("awkward", "tests/host/awkward"),
    ("hostile", "tests/vectors/hostile"),
    ("changes", "tests/host/browser/site"),
    ("planned", "tests/host/planned"),
    ("letters", "examples/letters"),
    ("markets", "examples/markets"),
    ("stock", "examples/stock"),
];
/// When the facts of the last one were taken. `tests/host/parity/generate.mjs` asks around this time.
const TAKEN: &str = "2026-06-01T00:00:00Z";

/// Builds what is needed and compares.
pub(crate) fn run(seed: Option<u32>) -> anyhow::Result<bool> {
    let selvedge = selvedge()?;
    wasm::build(&[wasm::Part::Browser])?;
    publish(&selvedge)?;
    compare(&selvedge, seed, |line| println!("{line}"))
}

/// The command line tool, built as the tests use it.
pub(crate) fn selvedge() -> anyhow::Result<PathBuf> {
    finish(cargo().args(["build", "--quiet", "--locked", "--bin", "selvedge"]))?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| path("target"), PathBuf::from);
    Ok(crate::process::root().join(target).join("debug/selvedge"))
}

/// Builds and signs the sites of the host tests.
pub(crate) fn publish(selvedge: &PathBuf) -> anyhow::Result<()> {
    for (name, sources) in SITES {
        // A folder may hold several environments; one that an earlier build left would make the choice unclear.
        if bundle(name).exists() {
            std::fs::remove_dir_all(bundle(name))?;
        }
        let mut build = command(selvedge);
        build.args(["build", "--locked", sources, "--out"]).arg(bundle(name));
        if path(sources).join("feeds.toml").exists() {
            let facts = bundle(name).with_extension("data");
            let mut import = command(selvedge);
            import.args(["feed", "import", "--map", &format!("{sources}/maps/{name}.toml")]);
            import.args([&format!("{sources}/exports/{name}.csv"), "--taken", TAKEN, "--out"]).arg(&facts);
            crate::process::output(&mut import)?;
            build.arg("--data").arg(facts);
        }
        crate::process::output(&mut build)?;
    }
    Ok(())
}

/// Where the built site of this name is.
pub(crate) fn bundle(name: &str) -> PathBuf {
    path("target/hosts").join(name)
}

/// Compares, with everything built.
pub(crate) fn compare(selvedge: &PathBuf, seed: Option<u32>, each: impl FnMut(&str)) -> anyhow::Result<bool> {
    let clock = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.subsec_nanos());
    let mut node = command("node");
    node.arg("tests/host/parity/run.mjs").arg(seed.unwrap_or_else(clock).to_string()).arg(selvedge);
    node.arg(tools::chromium()?);
    for (name, sources) in SITES {
        node.arg(format!("{name}={}={}", path(sources).display(), bundle(name).display()));
    }
    lines(&mut node, each)
}

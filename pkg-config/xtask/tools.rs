//! What the tasks need beside a Rust toolchain, installed when it is missing.
//!
//! Takes nothing, gives the place of each tool, or says in one sentence what to install by hand.

use std::path::PathBuf;

use anyhow::{Context as _, bail, ensure};

use crate::process::{command, exists, output, path, run};

/// The target that both Wasm files are built for.
pub(crate) const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// A target whose toolchain has `core` and `alloc` and no `std` at all: whatever asks for it does not build.
pub(crate) const BARE_TARGET: &str = "wasm32v1-none";

/// Makes sure that the libraries of a target are there.
pub(crate) fn target(name: &str) -> anyhow::Result<()> {
    let libraries = output(command("rustc").args(["--print", "target-libdir", "--target", name]))?;
    if PathBuf::from(libraries.trim()).is_dir() {
        return Ok(());
    }
    ensure!(
        exists("rustup"),
        "the libraries for {name} are missing, and there is no rustup to add them; install them with your toolchain"
    );
    eprintln!("adding the Rust target {name}");
    run(command("rustup").args(["target", "add", name]))
}

/// Makes sure that the npm packages of the host tests are there; gives their folder.
pub(crate) fn node_modules() -> anyhow::Result<PathBuf> {
    npm_packages("tests/host")
}

/// Makes sure that the npm packages of a folder are there, exactly as its lock file says; gives where they are.
pub(crate) fn npm_packages(folder: &str) -> anyhow::Result<PathBuf> {
    ensure!(exists("node") && exists("npm"), "Node 20.3 or newer with npm is needed; install it and try again");
    let (modules, lock) = (path(folder).join("node_modules"), path(folder).join("package-lock.json"));
    // npm leaves its own copy of the lock when it is done: older than ours, it belongs to another one.
    let age = |file: PathBuf| std::fs::metadata(file).and_then(|data| data.modified()).ok();
    let done = age(modules.join(".package-lock.json"));
    if done.is_none() || done < age(lock) {
        eprintln!("installing the npm packages of {folder}");
        // No package here needs its install script; workerd's only checks what npm has already put in place.
        let install = ["ci", "--prefix", folder, "--ignore-scripts", "--no-audit", "--no-fund"];
        run(command("npm").args(install))?;
    }
    Ok(modules)
}

/// The Chromium that the tests drive: `$CHROMIUM`, or one on the path, or a new one on a Debian that we may change.
pub(crate) fn chromium() -> anyhow::Result<PathBuf> {
    if let Some(named) = std::env::var_os("CHROMIUM") {
        ensure!(exists(&named), "$CHROMIUM is {}, which does not start", named.to_string_lossy());
        return Ok(named.into());
    }
    if let Some(found) = find_chromium() {
        return Ok(found);
    }
    if apt_get("chromium")
        && let Some(found) = find_chromium()
    {
        return Ok(found);
    }
    bail!("no Chromium was found; install `chromium`, or name one in $CHROMIUM")
}

/// Makes sure that there is a Firefox, and gives its program: what `$FIREFOX` names, or one on the path.
pub(crate) fn firefox() -> anyhow::Result<PathBuf> {
    const NAMES: [&str; 2] = ["firefox-esr", "firefox"];
    if let Some(named) = std::env::var_os("FIREFOX") {
        ensure!(exists(&named), "$FIREFOX is {}, which does not start", named.to_string_lossy());
        return Ok(named.into());
    }
    find(&NAMES)
        .or_else(|| apt_get("firefox-esr").then(|| find(&NAMES)).flatten())
        .context("no Firefox was found, so nothing was tested; install `firefox-esr`, or name one in $FIREFOX")
}

/// The S3 server of the tests, from PyPI.
const MOTO: &str = "moto[server,s3]==5.2.5";

/// Another implementation of COSE, from PyPI. It cannot use later versions of the reader of CBOR.
const PYCOSE: &str = "pycose==1.1.0 cbor2==5.9.0";

/// A database with SQL, from PyPI.
const DUCKDB: &str = "duckdb==2.0.1";

/// Makes sure that the S3 server of the tests is there, in an environment of its own; gives its program.
pub(crate) fn moto() -> anyhow::Result<PathBuf> {
    if let Some(named) = std::env::var_os("MOTO_SERVER") {
        return Ok(named.into());
    }
    Ok(python(MOTO, "the S3 server of the tests")?.join("bin/moto_server"))
}

/// The time zones for Python, of the same release as those of the builder.
const TZDATA: &str = "tzdata==2026.5";

/// A Python that has these time zones.
pub(crate) fn zones() -> anyhow::Result<PathBuf> {
    Ok(python(TZDATA, "the time zones of another reader")?.join("bin/python"))
}

/// A Python that has pycose.
pub(crate) fn pycose() -> anyhow::Result<PathBuf> {
    Ok(python(PYCOSE, "another implementation of COSE")?.join("bin/python"))
}

/// A Python that has DuckDB.
pub(crate) fn duckdb() -> anyhow::Result<PathBuf> {
    Ok(python(DUCKDB, "counting draws by SQL")?.join("bin/python"))
}

/// The statistics of GrowthBook, from PyPI. They need an older pandas than the others.
const GBSTATS: &str = "gbstats==0.8.0 pandas==1.5.3 numpy==1.26.4 scipy==1.17.1";

/// Other statistics, from PyPI. savvi imports matplotlib.
const STATISTICIANS: &str =
    "scipy==1.17.1 statsmodels==0.15.0 fairlearn==0.15.0 savvi==0.3.1 matplotlib spotify-confidence==4.1.0";

/// A Python that has the statistics of GrowthBook.
pub(crate) fn gbstats() -> anyhow::Result<PathBuf> {
    Ok(python(GBSTATS, "the statistics of GrowthBook")?.join("bin/python"))
}

/// A Python that has the other statistics.
pub(crate) fn statisticians() -> anyhow::Result<PathBuf> {
    Ok(python(STATISTICIANS, "other statistics")?.join("bin/python"))
}

/// Makes sure that these packages are there, in an environment of their own; gives its folder.
fn python(packages: &str, what: &str) -> anyhow::Result<PathBuf> {
    // The folder names the versions, so that newer ones are installed beside it.
    let folder = path("target/tools").join(packages.replace(['[', ']', ',', '=', ' '], "-"));
    let done = folder.join("installed");
    if !done.exists() {
        ensure!(exists("python3"), "Python 3.10 or newer with pip is needed for {what}; install it and try again");
        eprintln!("installing {packages}");
        run(command("python3").args(["-m", "venv"]).arg(&folder))?;
        let install = ["install", "--quiet", "--disable-pip-version-check"];
        run(command(folder.join("bin/pip")).args(install).args(packages.split(' ')))?;
        std::fs::write(&done, "")?;
    }
    Ok(folder)
}

/// Makes sure that valgrind is there, which counts instructions.
pub(crate) fn valgrind() -> anyhow::Result<()> {
    ensure!(
        exists("valgrind") || (apt_get("valgrind") && exists("valgrind")),
        "no valgrind was found, so no instruction was counted; install `valgrind`"
    );
    Ok(())
}

/// Installs a package, on a Debian that we may change; gives whether that worked.
fn apt_get(package: &str) -> bool {
    let is_root = output(command("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    if !is_root || !exists("apt-get") {
        return false;
    }
    eprintln!("installing {package}");
    let mut apt = command("apt-get");
    apt.env("DEBIAN_FRONTEND", "noninteractive").args(["install", "-y", "--no-install-recommends", package]);
    run(&mut apt).is_ok() || (run(command("apt-get").arg("update")).is_ok() && run(&mut apt).is_ok())
}

/// Its whole path: what drives it does not search for it.
fn find_chromium() -> Option<PathBuf> {
    find(&["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"])
}

/// The first of these programs that is on the path and starts.
fn find(names: &[&str]) -> Option<PathBuf> {
    let folders: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH")?).collect();
    let mut places = names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    places.find(|place| exists(place))
}

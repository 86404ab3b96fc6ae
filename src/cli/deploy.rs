//! `selvedge deploy`: the configuration of a Worker for a built folder, as wrangler reads it.
//!
//! Everything in it follows from the build: the site, the environment, and the digest of the root that the Worker trusts. It writes one
//! file, and touches neither the store nor the platform.

use std::path::{Component, Path, PathBuf};

use anyhow::Context as _;
use serde_json::json;

use super::files::{self, read_bounded};
use super::publish::{self, verify};
use super::{Outcome, Usage, now_ms, open};
use crate::trust::{ROOT_BYTES_MAX, native};
use crate::words::hex;

/// The day whose behaviour of the platform the Worker was tested with.
const COMPATIBILITY: &str = "2026-04-01";
/// The entry of the Worker's folder.
const ENTRY: &str = "shim.mjs";

#[derive(clap::Args)]
#[command(after_help = "\
The file has no secrets, so commit it. Run this again after the root changed: the Worker trusts the root that it pins, and no other.
The Worker's folder is what `cargo xtask wasm` builds in dist/edge.

Examples:
  selvedge deploy dist/storefront --kv 0123456789abcdef0123456789abcdef --origin https://shop.example --worker edge --out wrangler.toml
  selvedge deploy dist/storefront --kv 0123456789abcdef0123456789abcdef --pages examples/storefront/pages --worker edge --out wrangler.toml")]
pub(super) struct Args {
    /// The built folder
    built: PathBuf,
    /// The id of the KV namespace that `selvedge publish` fills
    #[arg(long, value_name = "ID")]
    kv: String,
    /// The folder with the Worker
    #[arg(long, value_name = "DIR", default_value = "dist/edge")]
    worker: PathBuf,
    /// The address of the origin. Without it and --pages, it is the server behind the Worker's route
    #[arg(long, value_name = "URL", conflicts_with = "pages")]
    origin: Option<String>,
    /// The folder of the site's own pages, which go along and are the origin
    #[arg(long, value_name = "DIR")]
    pages: Option<PathBuf>,
    /// The name of the Worker; selvedge-SITE by default
    #[arg(long)]
    name: Option<String>,
    /// The environment; the folder's only one by default
    #[arg(long, value_name = "NAME")]
    env: Option<String>,
    /// The file to write
    #[arg(long, value_name = "FILE", default_value = "wrangler.toml")]
    out: PathBuf,
    /// Write over a file that this command did not write
    #[arg(long)]
    force: bool,
    /// Print what was done as JSON
    #[arg(long)]
    json: bool,
}

/// The first line of every file that this writes.
const MARK: &str = "# Written by `selvedge deploy`";

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let environment = open::built_environment(&args.built, args.env.as_deref())?;
    let report = verify(&args.built, Some(&environment), None, now_ms(None)?).map_err(|problems| {
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        let why = format!("{} is not deployed: {}", args.built.display(), lines.join("\n  "));
        anyhow::Error::from(open::Refused::Integrity(anyhow::anyhow!("{why}")))
    })?;
    let checked = report.environments.first().context("there is no such environment")?;
    let is_id = args.kv.len() == 32 && args.kv.bytes().all(|byte| byte.is_ascii_hexdigit());
    anyhow::ensure!(
        is_id,
        Usage(format!(
            "--kv {}: the id of a namespace has 32 hexadecimal digits; `wrangler kv namespace create BUNDLES` prints it",
            args.kv
        ))
    );
    let entry = args.worker.join(ENTRY);
    anyhow::ensure!(
        entry.is_file(),
        "{} has no {ENTRY}, so it is not the Worker. Build it: cargo xtask wasm",
        args.worker.display()
    );
    if let Some(pages) = &args.pages {
        anyhow::ensure!(pages.is_dir(), "{} is not a folder of pages", pages.display());
    }
    if let Some(text) = files::text_if_there(&args.out)? {
        anyhow::ensure!(
            args.force || text.starts_with(MARK),
            "{} is there and was not written by this command, so it stays. Name another file with --out, or give --force",
            args.out.display()
        );
    }
    let root = read_bounded(&publish::root_file(&args.built, &environment)?, ROOT_BYTES_MAX as u64)?;
    let pin = hex(&native::sha256(&root));
    let site = checked.release.repository();
    let name = args.name.clone().unwrap_or_else(|| format!("selvedge-{site}"));
    let from = files::folder_of(&args.out);
    let origin = match (&args.origin, &args.pages) {
        (Some(url), _) => format!("\nORIGIN_URL = {}", quoted(url)),
        _ => String::new(),
    };
    let pages = match &args.pages {
        Some(pages) => format!(
            "\n# The site's own pages are the origin.\n[assets]\nbinding = \"ORIGIN\"\ndirectory = {}\nrun_worker_first = true\n",
            quoted(&relative(&from, pages)?)
        ),
        None => String::new(),
    };
    let text = format!(
        "{MARK}. Run it again after the root changed; docs/edge.md has every setting.\nname = {}\nmain = {}\ncompatibility_date = \"{COMPATIBILITY}\"\n\n\
         [[rules]]\ntype = \"CompiledWasm\"\nglobs = [\"**/*.wasm\"]\nfallthrough = true\n{pages}\n\
         # What `selvedge publish` fills.\n[[kv_namespaces]]\nbinding = \"BUNDLES\"\nid = {}\n\n\
         [vars]\nSITE = {}\nENVIRONMENT = {}\n# The only root that this Worker trusts.\nROOT_SHA256 = \"{pin}\"\nROOT_VERSION = \"{}\"\n# A new isolate takes nothing older than this release.\nVERSION_FLOOR = \"{}\"{origin}\n",
        quoted(&name),
        quoted(&relative(&from, &entry)?),
        quoted(&args.kv),
        quoted(site),
        quoted(&environment),
        checked.root_version,
        checked.release.floor().to_text(),
    );
    files::replace(&args.out, text.as_bytes())?;
    let out = args.out.display();
    if args.json {
        anstream::println!(
            "{}",
            json!({"file": out.to_string(), "name": name, "site": site, "environment": environment, "root": pin, "root_version": checked.root_version})
        );
    } else {
        anstream::println!("wrote {out}: the Worker {name} for {site} in {environment}\nit trusts the root {pin}");
        anstream::println!("next: npx wrangler deploy --config {out}");
    }
    Ok(Outcome::Clean)
}

/// A text of TOML. One of JSON is one too.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A path as seen from a folder.
fn relative(from: &Path, to: &Path) -> anyhow::Result<String> {
    fs_err::create_dir_all(from)?;
    let (from, to) = (fs_err::canonicalize(from)?, fs_err::canonicalize(to)?);
    let common = from.components().zip(to.components()).take_while(|(one, two)| one == two).count();
    let up = from.components().skip(common).map(|_| Component::ParentDir);
    let path: PathBuf = up.chain(to.components().skip(common)).collect();
    path.to_str().map(str::to_owned).with_context(|| format!("{} is not UTF-8", to.display()))
}

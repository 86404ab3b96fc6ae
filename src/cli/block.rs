//! `selvedge block`: what a page needs that no edge rewrites, to decide on the device.

use std::path::PathBuf;

use super::markup::html;
use super::{Outcome, Usage, now_ms, open};
use crate::page::{Deployment, static_block};
use crate::trust::Kind;

#[derive(clap::Args)]
#[command(after_help = "\
Put these lines into the head of every page that has slots. Publish the built folder to the address of --base, with the files of the
npm package. Never publish its folder `debug`.

The same lines serve every visitor. The device decides, and nothing is stored on it or read from it before the visitor permits
that. Print the lines again after every change of attributes, consent.toml or region, and when the root changes. `selvedge doctor`
compares the lines of a page with the release.

Keep the release alive with `selvedge renew`.

Examples:
  selvedge build examples/storefront --out dist/storefront
  selvedge publish dist/storefront public/__selvedge
  selvedge block dist/storefront
  selvedge block dist/storefront --region DE --base https://static.example/selvedge/")]
pub(super) struct Args {
    /// The built folder
    folder: PathBuf,
    /// The environment; only needed if the folder holds several
    #[arg(long)]
    env: Option<String>,
    /// The region of every visitor, as in `DE` or `US-CA`; without it, the strictest law applies
    #[arg(long, value_name = "CODE")]
    region: Option<String>,
    /// The address of the folder with `loader.js` and `v1/`
    #[arg(long, default_value = "/__selvedge/", value_name = "URL")]
    base: String,
    /// The time at which the law is read; this machine's clock by default
    #[arg(long)]
    as_of: Option<String>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let now_ms = now_ms(args.as_of.as_deref())?;
    let opened = open::built(&args.folder, args.env.as_deref(), None, now_ms)?;
    let regions = &opened.bundle.program().manifest().regions;
    if let Some(code) = &args.region {
        let country = code.split('-').next().unwrap_or_default();
        let known = regions.codes.iter().any(|(known, _)| known == code || known == country);
        anyhow::ensure!(known, Usage(format!("the release has no region `{code}`")));
    }
    let environment = opened.release.environment();
    let deployment = Deployment {
        environment,
        root: &opened.root,
        root_version: opened.release.floor().root,
        cookie: None,
        nonce: "",
    };
    let base = html(args.base.trim_end_matches('/'));
    // Every decision needs these files, so pages need not wait for the engine's script, and for the head, to name them.
    let needed = [Kind::Program, Kind::Index].into_iter().flat_map(|kind| opened.release.targets_of(kind));
    let needed = needed.filter_map(|at| Some(opened.release.path(at)?.trim_start_matches('/').to_owned()));
    let wasm = format!("{}.wasm", opened.bundle.program().engine());
    let ahead: Vec<String> = std::iter::once(wasm).chain(needed).collect();
    let block = static_block(&opened.bundle, args.region.as_deref(), &ahead, &deployment, now_ms);
    // The first decision waits for what a platform knows, so its ears come with the first files, too.
    let ears = block.contains(",\"signals\":{").then_some("cmp.js");
    for script in core::iter::once("engine.js").chain(ears) {
        anstream::println!("<link rel=\"modulepreload\" href=\"{base}/{script}\">");
    }
    anstream::println!("<script type=\"module\" src=\"{base}/loader.js\"></script>");
    anstream::println!("{block}");
    Ok(Outcome::Clean)
}

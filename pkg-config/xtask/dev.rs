//! The Worker on this machine, in front of the example shop.
//!
//! Takes nothing, builds everything, fills the local KV as a deployment would, and hands over to wrangler. The pin of the development
//! root is given on the command line: the keys, and so the root, are each developer's own.

use std::path::Path;

use anyhow::Context as _;
use sha2::{Digest as _, Sha256};

use crate::process::{command, path, run as finish};
use crate::{parity, tools, wasm};

/// Starts the Worker; ends when it does.
pub(crate) fn run() -> anyhow::Result<bool> {
    wasm::build(&wasm::Part::ALL)?;
    parity::publish(&parity::selvedge()?)?;
    let wrangler = tools::node_modules()?.join("wrangler/bin/wrangler.js");
    let bundle = parity::bundle("storefront");
    let root = bundle.join("v1/development/root/1.cose");
    let root = std::fs::read(&root).with_context(|| format!("{} was not built", root.display()))?;

    for (key, file) in published(&bundle)? {
        let mut put = command("node");
        put.arg(&wrangler).args(["kv", "key", "put", "--local", "--binding", "BUNDLES", &key, "--path"]).arg(file);
        crate::process::output(quiet(&mut put))?;
        eprintln!("put {key}");
    }
    let mut dev = command("node");
    let pin = format!("ROOT_SHA256:{}", sha256(&root));
    finish(quiet(dev.arg(wrangler).args(["dev", "--local", "--var", &pin, "--var", "ALLOW_OVERRIDES:true"])))?;
    Ok(true)
}

/// No telemetry, and no address of this machine looked up elsewhere.
fn quiet(command: &mut std::process::Command) -> &mut std::process::Command {
    command.env("WRANGLER_SEND_METRICS", "false").env("CLOUDFLARE_CF_FETCH_ENABLED", "false")
}

/// Every key of KV with its file: what was built for the environment, and the SDK.
fn published(bundle: &Path) -> anyhow::Result<Vec<(String, std::path::PathBuf)>> {
    let mut files = Vec::new();
    for folder in ["v1/development", "v1/development/root", "v1/development/b"] {
        for entry in std::fs::read_dir(bundle.join(folder))? {
            let file = entry?.path();
            if file.is_file() {
                files.push((format!("{folder}/{}", name(&file)), file));
            }
        }
    }
    for entry in std::fs::read_dir(path("dist/browser"))? {
        let file = entry?.path();
        if matches!(file.extension().and_then(|extension| extension.to_str()), Some("js" | "wasm")) {
            files.push((format!("assets/{}", name(&file)), file));
        }
    }
    files.sort();
    Ok(files)
}

fn name(file: &Path) -> String {
    file.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

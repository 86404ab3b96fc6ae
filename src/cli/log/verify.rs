//! `selvedge log verify`: every signature, the chain, and every line.

use std::path::PathBuf;

use serde_json::json;

use super::chain::{Problem, chain};
use super::check::check;
use super::files::{self, Progress, logs};
use crate::cli::files::folder_of;
use crate::cli::{Outcome, Usage};
use crate::log::merkle::Hash;
use crate::log::segment::Manifest;
use crate::words::{hex, parse_hex};

#[derive(clap::Args)]
#[command(after_help = "\
The chain begins with the folder's first manifest and ends with its last. Taking away the last logs together with their manifests
leaves a whole, shorter chain: keep what `selvedge log close` prints somewhere else, and give it with --head.")]
pub(in crate::cli) struct Args {
    /// A log, or a folder of logs
    #[arg(default_value = "log")]
    log: PathBuf,
    /// A public key that may sign, 64 hexadecimal digits; without one the first manifest's is trusted
    #[arg(long, value_name = "KEY")]
    signer: Vec<String>,
    /// The SHA-256 of a manifest that must be in the chain: what was printed when a log was closed
    #[arg(long, value_name = "SHA-256")]
    head: Option<String>,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let signers: Option<Vec<[u8; 32]>> = args.signer.iter().map(|text| parse_hex(text)).collect();
    let signers = signers.ok_or_else(|| Usage("--signer: a public key has 64 hexadecimal digits".into()))?;
    let is_folder = args.log.is_dir();
    let folder = if is_folder { args.log.clone() } else { folder_of(&args.log) };
    anyhow::ensure!(folder.is_dir(), "{}: there is no such folder", folder.display());

    let mut found = chain(&folder, &signers)?;
    if let Some(head) = args.head.as_deref().filter(|head| !found.links.iter().any(|(_, _, hash)| hex(hash) == **head))
    {
        found.problems.push(Problem::of_file(&folder, format!("the manifest {head} is not in the chain")));
    }
    let of_log =
        |(path, manifest, _): &(PathBuf, Manifest, Hash)| (path.with_file_name(&manifest.file), manifest.clone());
    let closed = found.links.iter().map(of_log);
    let closed: Vec<(PathBuf, Manifest)> =
        closed.filter(|(log, _)| is_folder || log.file_name() == args.log.file_name()).collect();
    let mut progress = Progress::over(closed.iter().map(|(log, _)| log));
    let (mut lines, mut tombstones) = (0, 0);
    for (log, manifest) in &closed {
        let checked = check(log, manifest, &signers, &mut progress)?;
        lines += checked.lines;
        tombstones += checked.tombstones;
        found.problems.extend(checked.problems);
    }
    progress.finish();
    anyhow::ensure!(
        is_folder || args.log.is_file() || !closed.is_empty(),
        "{}: there is no such log, and no manifest of one",
        args.log.display()
    );
    let closed = closed.len();
    let bereft = files::bereft(&folder)?.into_iter().filter(|log| is_folder || log.file_name() == args.log.file_name());
    found.problems.extend(bereft.map(|log| Problem::of_file(&log, "it was closed once, and its manifest is missing")));
    let open: Vec<PathBuf> = if args.log.exists() { logs(&args.log)? } else { Vec::new() };
    let open: Vec<PathBuf> = open.into_iter().filter(|log| !files::manifest_of(log).exists()).collect();
    if args.json {
        let report = json!({
            "ok": found.problems.is_empty() && closed > 0, "logs": closed, "lines": lines, "tombstones": tombstones,
            "open": open, "problems": found.problems,
        });
        anstream::println!("{report}");
    } else {
        found.problems.iter().for_each(|problem| anstream::eprintln!("error: {problem}"));
        open.iter()
            .for_each(|log| anstream::eprintln!("note: {}: not closed, so nothing vouches for it", log.display()));
        if let (true, Some((_, first, _))) = (signers.is_empty(), found.links.first()) {
            anstream::eprintln!(
                "note: trusted the key {} that the first manifest names; pin it with --signer",
                hex(&first.signer)
            );
        }
        if found.problems.is_empty() && closed == 0 {
            anstream::println!("nothing to verify: no log here is closed; `selvedge log close` signs one");
        } else if found.problems.is_empty() {
            anstream::println!(
                "ok: {closed} logs, {lines} lines, {tombstones} of them tombstones; every signature and line holds"
            );
        }
    }
    Ok(match (found.problems.is_empty(), closed) {
        (false, _) => Outcome::Integrity,
        // What nobody vouches for is not whole, only unread.
        (true, 0) => Outcome::Findings,
        (true, _) => Outcome::Clean,
    })
}

//! `selvedge log verify`: every signature, the chain, and every line.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::anchor::Check;
use super::chain::{Chain, Problem, chain};
use super::check::check;
use super::files::{self, Progress, logs};
use super::journal;
use crate::cli::files::folder_of;
use crate::cli::{Outcome, Usage, counted};
use crate::log::segment::Manifest;
use crate::words::{hex, parse_hex};

#[derive(clap::Args)]
#[command(after_help = "\
The chain begins with the folder's first manifest and ends with its last. Taking away the last logs together with their manifests
leaves a whole, shorter chain: keep what `selvedge log close` prints somewhere else, and give it with --head.

Who holds the signing key can rewrite every log and sign the chain again. Anchors show that: with --tsa, a rewritten log is one whose
anchor is missing, is of another manifest, or is of a later day. Nothing shows what was rewritten before the first anchor.")]
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
    #[command(flatten)]
    anchors: Check,
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

    let is_asked = |log: &Path| is_folder || log.file_name() == args.log.file_name();
    let Chain { links, mut problems } = chain(&folder, &signers)?;
    if let Some(head) = args.head.as_ref().filter(|head| !links.iter().any(|(_, _, hash)| hex(hash) == **head)) {
        problems.push(Problem::of_file(&folder, format!("the manifest {head} is not in the chain")));
    }
    let anchors = args.anchors.run(&folder, &links)?;
    problems.extend(anchors.problems);
    let closed = links.iter().map(|(path, manifest, _)| (path.with_file_name(&manifest.file), manifest));
    let of_journal = |(path, line, why)| Problem { path, line: Some(line), offset: None, why };
    problems.extend(journal::problems(&folder)?.into_iter().map(of_journal));
    let closed: Vec<(PathBuf, &Manifest)> = closed.filter(|(log, _)| is_asked(log)).collect();
    let mut progress = Progress::over(closed.iter().map(|(log, _)| log));
    let (mut lines, mut tombstones) = (0, 0);
    for (log, manifest) in &closed {
        let checked = check(log, manifest, &signers, &mut progress)?;
        lines += checked.lines;
        tombstones += checked.tombstones;
        problems.extend(checked.problems);
    }
    progress.finish();
    let is_there = is_folder || args.log.is_file() || !closed.is_empty();
    anyhow::ensure!(is_there, "{}: there is no such log, and no manifest of one", args.log.display());
    let closed = closed.len();
    let bereft = files::bereft(&folder)?.into_iter().filter(|log| is_asked(log));
    problems.extend(bereft.map(|log| Problem::of_file(&log, "it was closed once, and its manifest is missing")));
    let mut open = if args.log.exists() { logs(&args.log)? } else { Vec::new() };
    open.retain(|log| !files::manifest_of(log).exists());
    let outcome = match (problems.is_empty(), closed) {
        (false, _) => Outcome::Integrity,
        // A part that nobody signed is unread, not whole.
        (true, 0) => Outcome::Findings,
        (true, _) if !anchors.warnings.is_empty() => Outcome::Findings,
        (true, _) => Outcome::Clean,
    };
    if args.json {
        let report = json!({
            "ok": outcome == Outcome::Clean, "logs": closed, "lines": lines, "tombstones": tombstones,
            "open": open, "problems": problems,
            "anchors": anchors.told, "warnings": anchors.warnings,
        });
        anstream::println!("{report}");
        return Ok(outcome);
    }
    problems.iter().for_each(|problem| anstream::eprintln!("error: {problem}"));
    open.iter().for_each(|log| anstream::eprintln!("note: {}: not closed, so nothing vouches for it", log.display()));
    if let (true, Some((_, Manifest { signer, .. }, _))) = (signers.is_empty(), links.first()) {
        let key = hex(signer);
        anstream::eprintln!("note: trusted the key {key} that the first manifest names; pin it with --signer");
    }
    anchors.notes.iter().for_each(|note| anstream::eprintln!("note: {note}"));
    anchors.warnings.iter().for_each(|warning| anstream::eprintln!("warning: {warning}"));
    if outcome != Outcome::Integrity {
        anchors.newest.iter().for_each(|newest| anstream::println!("{newest}"));
    }
    match outcome {
        Outcome::Clean | Outcome::Findings if closed > 0 => {
            let (logs, lines) = (counted(closed as u64, "log", "logs"), counted(lines, "line", "lines"));
            let tombstones = counted(tombstones, "of them a tombstone", "of them tombstones");
            anstream::println!("ok: {logs}, {lines}, {tombstones}; every signature and line holds");
        }
        Outcome::Findings => {
            anstream::println!("nothing to verify: no log here is closed; `selvedge log close` signs one");
        }
        _ => {}
    }
    Ok(outcome)
}

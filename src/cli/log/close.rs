//! `selvedge log close`: a finished log is put in an order that tells nothing, signed, and chained to the one that was closed before it.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::Signing;
use super::anchor::{Hook, anchor};
use super::chain::chain;
use super::files::{self, Progress};
use super::leaves::NewLeaves;
use super::order::put_in_order;
use super::row::Row;
use crate::cli::files::{Replacement, folder_of, name};
use crate::cli::{Outcome, now_ms, unsigned};
use crate::log::merkle::Tree;
use crate::log::segment::Manifest;
use crate::trust::native::sha256;
use crate::trust::sign::Signer;
use crate::words::hex;
use crate::words::time::{format_day, format_rfc3339, parse_rfc3339};

#[derive(clap::Args)]
pub(in crate::cli) struct Args {
    /// Logs that nobody writes to any longer, oldest first
    #[arg(required = true)]
    logs: Vec<PathBuf>,
    /// The key that signs, and is made where there is none; by default .selvedge/keys/log.pem, beside the folder of logs or here
    #[arg(long, value_name = "PEM")]
    key: Option<PathBuf>,
    /// The time of closing; this machine's clock by default
    #[arg(long)]
    as_of: Option<String>,
    #[command(flatten)]
    hook: Hook,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let closed = format_rfc3339(now_ms(args.as_of.as_deref())?);
    let signing = Signing::new(args.key.as_deref(), args.logs.first().map_or(Path::new("."), PathBuf::as_path));
    let exec = args.hook.exec()?;
    let mut progress = Progress::over(&args.logs);
    for log in &args.logs {
        let path = files::manifest_of(log);
        anyhow::ensure!(!path.exists(), "{} is closed already: {} is there", log.display(), path.display());
        let before = chain(&folder_of(log), &[])?;
        if let Some(problem) = before.problems.first() {
            anstream::eprintln!("error: {problem}; nothing was closed");
            return Ok(Outcome::Integrity);
        }
        let last = before.links.last();
        let is_later = |time: &str| parse_rfc3339(&closed) < parse_rfc3339(time);
        if let Some((path, Manifest { closed: then, .. }, _)) = last.filter(|(_, last, _)| is_later(&last.closed)) {
            let path = path.display();
            anstream::eprintln!("note: {path} was closed at {then}, which is later than {closed}: a clock went back");
        }
        // From here on nothing tells in which order lines of different people arrived.
        put_in_order(log)?;
        // The leaf hashes first: the manifest is what makes the log a closed one.
        let held = held(log, &mut progress)?;
        let key = signing.own()?;
        let manifest = Manifest {
            number: last.map_or(1, |(_, manifest, _)| manifest.number + 1),
            previous: last.map(|(_, _, hash)| *hash),
            file: name(log),
            count: held.tree.count(),
            root: held.tree.root(),
            whole: None,
            // No more than the day: this stays when the line goes.
            first: held.first.map(format_day),
            last: held.last.map(format_day),
            closed: closed.clone(),
            signer: key.verifying_key().to_bytes(),
        };
        let signed = manifest.sign(&Signer::local(&key)).map_err(unsigned)?;
        held.leaves.place()?;
        let mut file = Replacement::of(&path)?;
        file.write_all(&signed)?;
        file.place_for_good()?;
        let (log, Manifest { count, number, .. }, hash) = (log.display(), manifest, hex(&sha256(&signed)));
        anstream::println!("{log}: {count} lines, number {number} of the chain, manifest {hash}");
    }
    progress.finish();
    // A log that is closed stays closed, with an anchor or without.
    let folders: BTreeSet<PathBuf> = args.logs.iter().map(|log| folder_of(log)).collect();
    let outcomes = exec.iter().flat_map(|exec| folders.iter().map(|folder| anchor(folder, exec)));
    Ok(outcomes.max_by_key(|outcome| *outcome as u8).unwrap_or(Outcome::Clean))
}

struct Held {
    tree: Tree,
    leaves: NewLeaves,
    /// The earliest time of a line, in Unix milliseconds.
    first: Option<i64>,
    /// The latest.
    last: Option<i64>,
}

fn held(log: &Path, progress: &mut Progress) -> anyhow::Result<Held> {
    let (mut tree, mut leaves) = (Tree::default(), NewLeaves::of(log)?);
    let (mut first, mut last) = (None, None);
    progress.lines(log, |line| {
        tree.push(leaves.push(line.bytes)?);
        if let Some(at) = Row::read(line.bytes).ok().and_then(|row| row.at_ms()) {
            first = Some(first.map_or(at, |first: i64| first.min(at)));
            last = last.max(Some(at));
        }
        Ok(())
    })?;
    Ok(Held { tree, leaves, first, last })
}

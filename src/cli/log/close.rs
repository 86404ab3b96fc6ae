//! `selvedge log close`: a finished log is signed, and chained to the one that was closed before it.

use std::path::PathBuf;

use super::files::{self, folder_of, lines, name, replace};
use super::row::Row;
use super::segments::chain;
use super::{SIGNING_KEY, Signing};
use crate::cli::{Outcome, now_ms};
use crate::log::merkle::{self, Hash, leaf};
use crate::log::segment::Manifest;
use crate::time::{format_rfc3339, parse_rfc3339};
use crate::trust::layout::hex;
use crate::trust::native::sha256;
use crate::trust::sign::Signer;

/// Sign what a finished log holds.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Logs that nobody writes to any longer, oldest first
    #[arg(required = true)]
    logs: Vec<PathBuf>,
    /// The key that signs; one is made where there is none
    #[arg(long, value_name = "PEM", default_value = SIGNING_KEY)]
    key: PathBuf,
    /// The time of closing; this machine's clock by default
    #[arg(long)]
    as_of: Option<String>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let closed = format_rfc3339(now_ms(args.as_of.as_deref())?);
    let mut signing = Signing::new(&args.key);
    for log in &args.logs {
        let bytes = fs_err::read(log)?;
        let path = files::manifest_of(log);
        anyhow::ensure!(!path.exists(), "{} is closed already: {} is there", log.display(), path.display());
        anyhow::ensure!(
            bytes.is_empty() || bytes.ends_with(b"\n"),
            "{} ends in the middle of a line: somebody is writing to it, or it was cut off",
            log.display()
        );
        let before = chain(&folder_of(log), &[])?;
        if let Some(problem) = before.problems.first() {
            anstream::eprintln!("error: {problem}");
            return Ok(Outcome::Integrity);
        }
        let last = before.links.last();
        let key = signing.key()?;
        let ranges = lines(&bytes);
        let leaves: Vec<Hash> = ranges.iter().map(|range| leaf(&bytes[range.clone()])).collect();
        let rows = ranges.iter().map(|range| Row::read(&bytes[range.clone()]));
        let mut times: Vec<String> = rows.filter_map(|row| row.at().map(ToOwned::to_owned)).collect();
        times.retain(|time| parse_rfc3339(time).is_some());
        times.sort_by_key(|time| parse_rfc3339(time));
        let manifest = Manifest {
            number: last.map_or(1, |(_, manifest, _)| manifest.number + 1),
            previous: last.map(|(_, _, hash)| *hash),
            file: name(log),
            count: leaves.len() as u64,
            root: merkle::root(&leaves),
            length: bytes.len() as u64,
            sha256: sha256(&bytes),
            first: times.first().cloned(),
            last: times.last().cloned(),
            closed: closed.clone(),
            signer: key.verifying_key().to_bytes(),
        };
        let signed =
            manifest.sign(&Signer::local(key)).map_err(|reason| anyhow::anyhow!("signing failed: {reason}"))?;
        // The leaf hashes first: the manifest is what makes the log a closed one.
        replace(&files::leaves_of(log), leaves.as_flattened())?;
        replace(&path, &signed)?;
        anstream::println!(
            "{}: {} lines, number {} of the chain, manifest {}",
            log.display(),
            manifest.count,
            manifest.number,
            hex(&sha256(&signed))
        );
    }
    Ok(Outcome::Clean)
}

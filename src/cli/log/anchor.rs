//! The head of the chain, stamped by somebody else: an authority for time stamps, or a transparency log.
//!
//! The holder of the key can rewrite every log and sign it again. An anchor is held against that: it says that a manifest, and so
//! every log before it in the chain, stood like this at that time. `LOG.anchor` lies beside the log whose manifest it is of.

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::chain::{Chain, Problem, chain};
use super::files::anchor_of;
use super::stamp::Stamp;
use crate::cli::exec::{Exec, SECONDS_MAX};
use crate::cli::files::{Replacement, folder_of, read_if_there};
use crate::cli::{Outcome, Usage};
use crate::log::merkle::Hash;
use crate::log::segment::Manifest;
use crate::words::hex;
use crate::words::time::{DAY, SECOND, format_rfc3339, parse_rfc3339};

/// The program that `--anchor` names, unless it is given.
const PROGRAM: &str = "SELVEDGE_ANCHOR";
/// How far two clocks may be apart.
const CLOCKS_MS_MAX: i64 = 300 * SECOND;

#[derive(clap::Args)]
pub(super) struct Hook {
    /// The program that anchors the newest manifest; by default SELVEDGE_ANCHOR. Its input is the SHA-256: 64 digits and a newline. Its
    /// output is the anchor: an RFC 3161 time stamp, or a file of another kind
    #[arg(long, value_name = "exec:PROGRAM")]
    anchor: Option<String>,
    /// How long the program may take
    #[arg(long, value_name = "SECONDS", default_value_t = SECONDS_MAX)]
    anchor_seconds: u64,
}

#[derive(clap::Args)]
pub(in crate::cli) struct Args {
    /// A log, or a folder of logs
    #[arg(default_value = "log")]
    log: PathBuf,
    #[command(flatten)]
    hook: Hook,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let missing = || Usage(format!("name the program that anchors, with --anchor exec:PROGRAM or in {PROGRAM}"));
    let exec = args.hook.exec()?.ok_or_else(missing)?;
    let folder = if args.log.is_dir() { args.log.clone() } else { folder_of(&args.log) };
    Ok(anchor(&folder, &exec))
}

impl Hook {
    /// The program, if one is named.
    pub(super) fn exec(&self) -> anyhow::Result<Option<Exec>> {
        let of_environment = || std::env::var(PROGRAM).ok().filter(|text| !text.is_empty());
        let text = self.anchor.clone().or_else(of_environment);
        text.map(|text| Exec::parse(&text, self.anchor_seconds)).transpose()
    }
}

/// Anchors the newest manifest of a folder. The log stays closed if that fails, and the operator is told why.
pub(super) fn anchor(folder: &Path, exec: &Exec) -> Outcome {
    match anchored(folder, exec) {
        Ok(said) => {
            anstream::println!("{said}");
            Outcome::Clean
        }
        Err(error) => {
            let folder = folder.display();
            anstream::eprintln!(
                "error: {error:#}; the log is closed and not anchored: try again with selvedge log anchor {folder}"
            );
            Outcome::Findings
        }
    }
}

fn anchored(folder: &Path, exec: &Exec) -> anyhow::Result<String> {
    let Chain { links, problems } = chain(folder, &[])?;
    if let Some(problem) = problems.first() {
        anyhow::bail!("{problem}");
    }
    let Some((path, manifest, hash)) = links.last() else {
        anyhow::bail!("{}: no log here is closed", folder.display())
    };
    let log = path.with_file_name(&manifest.file);
    let (path, log) = (anchor_of(&log), log.display());
    if path.exists() {
        return Ok(format!("{log}: anchored already"));
    }
    let answer = exec.run::<&OsStr>(&[], format!("{}\n", hex(hash)).as_bytes())?.map_err(anyhow::Error::msg)?;
    anyhow::ensure!(!answer.is_empty(), "the program answered nothing");
    let stamp = Stamp::read(&answer).map_err(anyhow::Error::msg)?;
    anyhow::ensure!(stamp.as_ref().is_none_or(|stamp| stamp.digest == *hash), "the program answered with {OF_ANOTHER}");
    let mut file = Replacement::of(&path)?;
    file.write_all(&answer)?;
    file.place_for_good()?;
    let when = stamp.map_or_else(|| "by a file that is no RFC 3161 time stamp".to_owned(), |stamp| stamp.at());
    Ok(format!("{log}: anchored, {when}; keep a copy of {} elsewhere", path.display()))
}

const OF_ANOTHER: &str = "a time stamp of another manifest";

#[derive(clap::Args)]
pub(super) struct Check {
    /// Certificates (PEM) that time stamps must be signed under: at least one anchor must be there and hold. Runs `openssl ts -verify`
    #[arg(long, value_name = "PEM")]
    tsa: Option<PathBuf>,
    /// A program that checks anchors, for those that are no time stamps: it gets the manifest's SHA-256 and, as its argument, the file.
    /// It ends with 0 if the anchor holds, and may answer with its time (RFC 3339)
    #[arg(long, value_name = "exec:PROGRAM")]
    check_anchor: Option<String>,
    /// A time stamp that was kept elsewhere: its manifest must be in the chain
    #[arg(long, value_name = "FILE")]
    anchor: Vec<PathBuf>,
    /// The number of the first log that had to be anchored when it was closed
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    anchored_from: u64,
    /// How many days after its closing a log may be anchored
    #[arg(long, value_name = "DAYS", default_value_t = 1)]
    anchored_within: u32,
    /// How long a program may take to check one anchor
    #[arg(long, value_name = "SECONDS", default_value_t = SECONDS_MAX)]
    anchor_seconds: u64,
}

/// The findings about the anchors of a chain.
#[derive(Default)]
pub(super) struct Anchors {
    pub(super) problems: Vec<Problem>,
    pub(super) warnings: Vec<String>,
    pub(super) notes: Vec<String>,
    /// For machines: number, time, whether a signature was checked.
    pub(super) told: Vec<Value>,
    /// The newest one that holds, in words.
    pub(super) newest: Option<String>,
}

/// An anchor that holds, as far as it was checked.
#[derive(Clone, Copy)]
struct Held {
    at_ms: Option<i64>,
    is_checked: bool,
}

type Link = (PathBuf, Manifest, Hash);

impl Check {
    pub(super) fn run(&self, folder: &Path, links: &[Link]) -> anyhow::Result<Anchors> {
        let mut found = Anchors::default();
        let mut held: Vec<Option<Held>> = vec![None; links.len()];
        for ((path, manifest, hash), held) in links.iter().zip(&mut held) {
            let path = anchor_of(&path.with_file_name(&manifest.file));
            let Some(bytes) = read_if_there(&path)? else { continue };
            match self.judge(&path, &bytes, hash)? {
                Ok(holds) => *held = Some(holds),
                Err(why) => found.problems.push(Problem::of_file(&path, why)),
            }
        }
        for path in &self.anchor {
            let bytes = fs_err::read(path)?;
            let of = |stamp: Stamp| links.iter().position(|(_, _, hash)| *hash == stamp.digest);
            let judged = match Stamp::read(&bytes) {
                Ok(None) => {
                    Err("it is no RFC 3161 time stamp, and nothing else says which manifest it is of".to_owned())
                }
                Ok(Some(stamp)) => match of(stamp).and_then(|at| links.get(at).zip(held.get_mut(at))) {
                    Some(((_, _, hash), held)) => self.judge(path, &bytes, hash)?.map(|holds| *held = Some(holds)),
                    None => {
                        Err("its manifest is not in the chain: the logs were rewritten, or others are meant".to_owned())
                    }
                },
                Err(why) => Err(why),
            };
            found.problems.extend(judged.err().map(|why| Problem::of_file(path, why)));
        }
        let is_asked = self.tsa.is_some() || self.check_anchor.is_some();
        if is_asked && !held.iter().flatten().any(|held| held.is_checked) && found.problems.is_empty() {
            found
                .problems
                .push(Problem::of_file(folder, "no log is anchored, so who holds the key can rewrite all of them"));
        }
        self.tell(links, &held, &mut found);
        Ok(found)
    }

    /// Judges one anchor.
    fn judge(&self, path: &Path, bytes: &[u8], hash: &Hash) -> anyhow::Result<Result<Held, String>> {
        let stamp = match Stamp::read(bytes) {
            Ok(stamp) => stamp,
            Err(why) => return Ok(Err(why)),
        };
        let mut held = Held { at_ms: stamp.as_ref().map(|stamp| stamp.at_ms), is_checked: false };
        if stamp.as_ref().is_some_and(|stamp| stamp.digest != *hash) {
            return Ok(Err(format!("it is {OF_ANOTHER}")));
        }
        match (&self.tsa, &stamp) {
            (Some(tsa), Some(stamp)) => {
                if let Err(why) = self.is_signed_under(tsa, path, stamp)? {
                    return Ok(Err(format!("its signature does not hold under {}: {why}", tsa.display())));
                }
                held.is_checked = true;
            }
            (Some(_), None) if self.check_anchor.is_none() => {
                return Ok(Err("it is no RFC 3161 time stamp, so --tsa cannot check it; --check-anchor can".into()));
            }
            _ => {}
        }
        if let Some(program) = &self.check_anchor {
            let exec = Exec::parse(program, self.anchor_seconds)?;
            match exec.run(&[path], format!("{}\n", hex(hash)).as_bytes())? {
                Ok(answer) => {
                    let time = String::from_utf8_lossy(&answer);
                    held = Held { at_ms: held.at_ms.or_else(|| parse_rfc3339(time.trim())), is_checked: true };
                }
                Err(why) => return Ok(Err(format!("it does not hold: {why}"))),
            }
        }
        Ok(Ok(held))
    }

    /// Asks OpenSSL. A certificate that has run out since is no fault: it counts when it signed.
    fn is_signed_under(&self, tsa: &Path, path: &Path, stamp: &Stamp) -> anyhow::Result<Result<Vec<u8>, String>> {
        anyhow::ensure!(tsa.is_file(), "{}: there is no such file of certificates", tsa.display());
        let (digest, at) = (hex(&stamp.digest), stamp.at_ms.div_euclid(1_000).to_string());
        let (path, tsa) = (path.as_os_str(), tsa.as_os_str());
        let texts = ["ts", "-verify", "-digest", &digest, "-partial_chain", "-attime", &at, "-CAfile"].map(OsStr::new);
        let files = [tsa, OsStr::new("-untrusted"), tsa, OsStr::new("-in"), path];
        let form = [OsStr::new("-token_in")];
        let form: &[&OsStr] = if stamp.is_response { &[] } else { &form };
        Exec::of("openssl", self.anchor_seconds).run(&[&texts[..], &files, form].concat(), b"")
    }

    /// Says what is anchored, since when, and what is not.
    fn tell(&self, links: &[Link], held: &[Option<Held>], found: &mut Anchors) {
        if held.iter().all(Option::is_none) {
            return;
        }
        let (mut next, mut late, mut bare) = (None, Vec::new(), 0);
        for ((_, manifest, _), held) in links.iter().zip(held).rev() {
            if let Some(held) = held {
                let at = held.at_ms.map(format_rfc3339);
                found.told.push(json!({ "number": manifest.number, "at": at, "checked": held.is_checked }));
                let since = at.map(|at| format!(" since {at}")).unwrap_or_default();
                let checked =
                    if held.is_checked { "" } else { " (signature not checked: give --tsa or --check-anchor)" };
                let newest =
                    format!("anchored: up to number {} nothing was rewritten{since}{checked}", manifest.number);
                found.newest.get_or_insert(newest);
                next = Some(held);
            }
            let closed = parse_rfc3339(&manifest.closed);
            match next.map(|next| closed.zip(next.at_ms)) {
                None => bare += 1,
                Some(Some((closed, at))) if manifest.number >= self.anchored_from => {
                    let is_late = at - closed > i64::from(self.anchored_within) * DAY;
                    late.extend(is_late.then_some((manifest, at)));
                    if held.is_some() && closed - at > CLOCKS_MS_MAX {
                        let (number, closed, at) = (manifest.number, &manifest.closed, format_rfc3339(at));
                        found.warnings.push(format!(
                            "number {number} was anchored on {at}, before it was closed on {closed}: a clock is wrong"
                        ));
                    }
                }
                Some(_) => {}
            }
        }
        found.told.reverse();
        if let (Some((last, _)), Some((first, at))) = (late.first(), late.last()) {
            let (from, closed, at) = (first.number, &first.closed, format_rfc3339(*at));
            let which = match late.len() {
                1 => format!("log number {from} was"),
                count => format!("{count} logs, numbers {from} to {}, were", last.number),
            };
            found.warnings.push(format!(
                "{which} anchored late: number {from} was closed on {closed}, and its first anchor is of \
                 {at}. Until then who held the key could rewrite it. --anchored-from names the first log that had to be anchored"
            ));
        }
        if bare > 0 {
            let which = match bare {
                1 => "the last log of the chain is".to_owned(),
                several => format!("the last {several} logs of the chain are"),
            };
            found.notes.push(format!("{which} closed and not anchored yet"));
        }
    }
}

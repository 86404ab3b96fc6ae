//! `selvedge prune`: removes what no head names any longer.

use anyhow::Context as _;
use serde_json::json;

use super::live::Live;
use super::{check_clock, environment_of, folder, opened};
use crate::cli::change;
use crate::cli::publish::{CHANGES, HEADS};
use crate::cli::store::{CREDENTIALS, Listed, Place, Store};
use crate::cli::{Outcome, now_ms};
use crate::trust::HEAD_BYTES_MAX;
use crate::words::time::{DAY, SECOND, format_rfc3339};

#[derive(clap::Args)]
#[command(after_help = help())]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    place: Place,
    /// The environment to prune; the store's only one by default
    #[arg(long, value_name = "NAME")]
    env: Option<String>,
    /// Keep what a head named that was live within so many days
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(3..=3650))]
    days: u32,
    /// Remove the files. Without this option they are only listed
    #[arg(long)]
    remove: bool,
    /// Print what was found as JSON
    #[arg(long)]
    json: bool,
}

fn help() -> String {
    format!(
        "A host that has not looked at the head yet still reads the files of the release before. So they stay until no head can name them: \
         no live one, and none that was live in the last days. Files of releases that a journey may still end with stay, too. Files that are younger stay, too, as another publisher may be about to name \
         them. Roots, change records, the browser's files and files that Selvedge did not write always stay.\n\n{CREDENTIALS}\n\n\
         Examples:\n  selvedge prune live\n  selvedge prune live --days 60 --remove"
    )
}

/// What is in the folder of an environment.
#[derive(Default)]
struct Found {
    outdated: Vec<Listed>,
    kept: usize,
    young: usize,
    foreign: Vec<String>,
}

pub(in crate::cli) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let store = args.place.open(false)?;
    let environment = environment_of(&*store, args.env.as_deref())?;
    let found = look(&*store, &environment, args.days)?;
    let keys: Vec<String> = found.outdated.iter().map(|one| one.key.clone()).collect();
    if args.remove && !keys.is_empty() {
        store.remove(&keys)?;
    }
    let bytes: u64 = found.outdated.iter().filter_map(|one| one.length).sum();
    let Found { kept, young, foreign, .. } = &found;
    if args.json {
        let told = json!({"environment": environment, "removed": args.remove, "files": keys, "bytes": bytes, "kept": kept, "young": young, "foreign": foreign});
        anstream::println!("{told}");
        return Ok(Outcome::Clean);
    }
    keys.iter().for_each(|key| anstream::println!("{}", store.place(key)));
    foreign.iter().for_each(|key| anstream::eprintln!("note: {} is no file of Selvedge, and stays", store.place(key)));
    let count = keys.len();
    let done = match (args.remove, count) {
        (_, 0) => "nothing to remove".to_owned(),
        (true, _) => format!("removed {count} files"),
        (false, _) => format!("{count} files can go; remove them with --remove"),
    };
    anstream::println!("{done}; {kept} are in use, {young} are younger than {} days", args.days);
    Ok(Outcome::Clean)
}

fn look(store: &dyn Store, environment: &str, days: u32) -> anyhow::Result<Found> {
    let prefix = folder(environment);
    let live = Live::of(store, environment)?
        .with_context(|| format!("{}: nothing is live here, so nothing can be told apart", store.place(&prefix)))?;
    check_clock(store)?;
    let now = now_ms(None)?;
    anyhow::ensure!(
        !live.release.stale(now),
        "{}: the live release expired on {}, so nothing was removed. Renew it or publish a new one first; if that is not so, set this machine's clock, which says {}",
        store.place(&prefix),
        format_rfc3339(live.release.expires_ms()),
        format_rfc3339(now)
    );
    let oldest = now - i64::from(days) * DAY;
    let listed = store.list(&prefix)?;

    let heads = format!("{prefix}{HEADS}/");
    // A head of before a change of keys is signed by keys of an earlier root.
    let roots = super::root_documents(store, environment)?;
    let mut named = super::payloads(&live.release);
    // A journey may be with an earlier release for longer than `--days` says.
    named.extend(super::journeys::payloads(store, &live)?);
    named.insert(format!("{prefix}head"));
    for one in listed.iter().filter(|one| one.key.starts_with(&heads)) {
        let Some(expires_ms) = expiry(&one.key, &heads).filter(|expires| *expires >= oldest) else { continue };
        let place = store.place(&one.key);
        let Some(head) = store.get(&one.key, HEAD_BYTES_MAX as u64)? else { continue };
        // Nobody knows what it named, so nothing may go before its time is over.
        let by = |root: &Vec<u8>| opened(root, &head.bytes, environment).ok();
        let release = roots.iter().find_map(by).with_context(|| {
            let day = crate::words::time::format_day(expires_ms);
            format!("{place} cannot be read, and was live until {day}, so nothing was removed. Publish again, then remove this file by hand")
        })?;
        named.extend(super::payloads(&release));
        named.insert(one.key.clone());
    }

    let mut found = Found::default();
    for one in listed {
        let rest = one.key.strip_prefix(&prefix).unwrap_or_default();
        let is_payload = rest
            .strip_prefix("b/")
            .is_some_and(|name| name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let is_head = expiry(&one.key, &heads).is_some();
        if named.contains(&one.key) || rest.starts_with("root/") || is_record(rest) {
            found.kept += 1;
        } else if !is_payload && !is_head {
            found.foreign.push(one.key);
        } else if is_head || one.written_ms.is_some_and(|written| written < oldest) {
            found.outdated.push(one);
        } else {
            found.young += 1;
        }
    }
    Ok(found)
}

/// True for the change record of a release. Records stay for as long as the store: each says how its release came to be.
fn is_record(rest: &str) -> bool {
    let name = rest.strip_prefix(CHANGES).and_then(|rest| rest.strip_prefix('/'));
    name.is_some_and(|name| change::version_of(name).is_some())
}

/// Until when a head that was kept lived, in Unix milliseconds.
fn expiry(key: &str, heads: &str) -> Option<i64> {
    let (seconds, digest) = key.strip_prefix(heads)?.split_once('-')?;
    let is_digest = digest.len() == 16 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    seconds.parse::<i64>().ok().filter(|_| is_digest)?.checked_mul(SECOND)
}

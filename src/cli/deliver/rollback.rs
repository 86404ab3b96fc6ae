//! `selvedge rollback`: a new version of a release over payloads that were live before.
//!
//! Hosts do not go back to an older version, so the old payloads get a new one. An approval is of a digest. So the approvals of then
//! are good again, and only the keys of `release` and `timestamp` sign.

use std::path::PathBuf;

use anyhow::Context as _;
use serde_json::json;

use super::again::{Again, Goal, take_over};
use super::live::{Live, root_documents};
use super::source::Source;
use super::{check_clock, environment_of, folder, opened, payloads};
use crate::cli::change::{self, Facts, Filed, New, earlier};
use crate::cli::keys::{self, KeyArgs};
use crate::cli::publish::HEADS;
use crate::cli::publish::journeys::Past;
use crate::cli::store::{CREDENTIALS, Place, Store};
use crate::cli::table::Table;
use crate::cli::{Outcome, Usage, build};
use crate::report::ChangeKind;
use crate::trust::{HEAD_BYTES_MAX, Kind, Release, Role, Scope, Target, sign};
use crate::words::hex;
use crate::words::time::format_rfc3339;

#[derive(clap::Args)]
#[command(after_help = help())]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    place: Place,
    /// The environment; the store's only one by default
    #[arg(long, value_name = "NAME")]
    env: Option<String>,
    /// List the releases that can be live again
    #[arg(long, conflicts_with_all = ["to", "reason", "out"])]
    list: bool,
    /// The version, or the first digits of the digest; the release before the live one by default
    #[arg(long, value_name = "RELEASE")]
    to: Option<String>,
    /// Why, for the change record and everybody who asks later
    #[arg(long, value_name = "TEXT", required_unless_present = "list")]
    reason: Option<String>,
    /// The site's folder: the one with selvedge.toml and the keys
    #[arg(long, value_name = "DIR", default_value = ".")]
    site: PathBuf,
    /// Write into this folder, and publish nothing: for signatures that are missing
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// The address of a running Worker: publish only what it says it can read (may be repeated)
    #[arg(long = "for", value_name = "URL")]
    readers: Vec<String>,
    #[command(flatten)]
    keys: KeyArgs,
    /// Print what was done, or the list, as JSON
    #[arg(long)]
    json: bool,
}

fn help() -> String {
    format!(
        "The old payloads are in the store until `selvedge prune` removes them, 30 days after they were live last. They get a new version, as \
         hosts never go back to an older one. Withdrawals and orders to pause stay as they are now.\n\n\
         To the release before: selvedge rollback STORE --site SITE --reason TEXT\n\n\
         An approval is of a digest, so those of then are good again. The keys of `release` and `timestamp` are enough, and one person \
         can have both.\n\n{CREDENTIALS}\n\n\
         Examples:\n  selvedge rollback live --list\n  \
         selvedge rollback live --list --env development --json"
    )
}

/// A release that was live.
struct Former {
    release: Release,
    root: Vec<u8>,
    head: Vec<u8>,
    is_live: bool,
    /// True if every payload is still there.
    is_whole: bool,
    record: Option<Filed>,
}

pub(in crate::cli) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let store = args.place.open(false)?;
    let environment = environment_of(&*store, args.env.as_deref())?;
    let live = Live::of(&*store, &environment)?.with_context(|| {
        format!(
            "{}: nothing is published here, so there is nothing to go back from",
            store.place(&folder(&environment))
        )
    })?;
    check_clock(&*store)?;
    let former = all(&*store, &environment, &live)?;
    if args.list {
        list(args, &environment, &former);
        return Ok(Outcome::Clean);
    }
    let reason = args.reason.as_deref().unwrap_or_default().trim();
    anyhow::ensure!((1..=200).contains(&reason.chars().count()), Usage("--reason has 1 to 200 characters".to_owned()));
    let chosen = choose(args, &former)?;
    let source = Source::of(&*store, chosen.release.clone(), chosen.root.clone())?;
    drop(store);

    // The sources may be broken: the keys alone count.
    let name = live.release.repository().to_owned();
    let scope = Scope { repository: &name, environment: &environment };
    let keys = keys::of(&args.site, &scope, &keys::building(), &args.keys, false)?;
    let (folder, place, version) = (args.site.display(), &args.place.store, chosen.release.version());
    let again = Again {
        scope,
        source: &source,
        approvals: sign::approvals_of_head(&chosen.head),
        past: Past::Dropped,
        keys: &*keys,
        issued_s: build::issued_seconds()?,
        readers: &args.readers,
        collect: format!(
            "Write a proposal, let each person sign it in a checkout of the old revision, and publish it: selvedge rollback {place} --to {version} --reason '…' --site {folder} --out dist/back; selvedge sign {folder} --env {environment} --release dist/back; selvedge publish dist/back {place}"
        ),
    };
    let goal = args.out.as_deref().map_or(Goal::Store(&args.place), Goal::Folder);
    if let Goal::Folder(out) = &goal {
        take_over(&args.place, &environment, out)?;
    }
    let program = source.bytes_of(Kind::Program).context("the release names no program")?;
    let record = source.record();
    let done = again.release(&goal, || New {
        kind: ChangeKind::Rollback,
        reason: Some(reason),
        of: Some(earlier(&chosen.release)),
        program,
        facts: Facts::of_record(record.as_ref()),
        site: &args.site,
    })?;

    let (old, to) = (live.release.version(), format_rfc3339(chosen.release.issued_ms()));
    if args.json {
        let told = json!({
            "site": name, "environment": environment, "from": old, "to": version, "version": done.version, "release": hex(&done.release),
            "place": args.out.as_ref().map_or(place.clone(), |out| out.display().to_string()), "lacks": done.lacks, "reason": reason,
            "expires": done.expires_ms.map(format_rfc3339),
        });
        anstream::println!("{told}");
        return Ok(Outcome::Clean);
    }
    let where_to = args.out.as_ref().map_or(place.clone(), |out| out.display().to_string());
    anstream::println!(
        "rolled back {} for {environment} in {where_to}: version {} has the payloads of version {version} of {to}, in place of {old}\nrelease {}",
        name,
        done.version,
        hex(&done.release)
    );
    if done.lacks.is_empty() {
        anstream::eprintln!(
            "note: the sources are as they were, so the next build brings the change back: revert it in git"
        );
    } else {
        anstream::eprintln!(
            "warning: this release is a proposal, and hosts do not see it yet. Missing signatures: {}",
            done.lacks.join(", ")
        );
    }
    Ok(Outcome::Clean)
}

/// Every release that the heads of an environment name, the newest first.
fn all(store: &dyn Store, environment: &str, live: &Live) -> anyhow::Result<Vec<Former>> {
    let there: std::collections::BTreeSet<String> =
        store.list(&format!("{}b/", folder(environment)))?.into_iter().map(|one| one.key).collect();
    let roots = root_documents(store, environment)?;
    let mut found: Vec<Former> = Vec::new();
    let mut add = |release: Release, root: &[u8], head: Vec<u8>| {
        if found.iter().any(|known| known.release.version() == release.version()) {
            return;
        }
        let is_live = release.digest() == live.release.digest();
        // KV lists late, so what is there shows when it is read.
        let own = |key: &String| there.contains(key) || !store.is_consistent();
        let is_whole = payloads(&release).iter().filter(|key| key.contains("/b/")).all(own);
        found.push(Former { release, root: root.to_vec(), head, is_live, is_whole, record: None });
    };
    add(live.release.clone(), &live.root, live.head.bytes.clone());
    for one in store.list(&format!("{}{HEADS}/", folder(environment)))? {
        let Some(head) = store.get(&one.key, HEAD_BYTES_MAX as u64)? else { continue };
        let opened = roots.iter().find_map(|root| Some((root, opened(root, &head.bytes, environment).ok()?)));
        match opened {
            Some((root, release)) => add(release, root, head.bytes),
            None => anstream::eprintln!("note: {} cannot be read, and is left out", store.place(&one.key)),
        }
    }
    found.sort_by_key(|one| std::cmp::Reverse(one.release.version()));
    for one in &mut found {
        let key = super::key(&change::path(environment, one.release.version()));
        let object = store.get(&key, change::RECORD_BYTES_MAX)?;
        one.record = object.and_then(|object| Filed::read(&object.bytes).ok());
    }
    Ok(found)
}

/// The release that was named, or the one before the live one that has other payloads.
fn choose<'f>(args: &Args, former: &'f [Former]) -> anyhow::Result<&'f Former> {
    let own = |one: &Former| -> Vec<Target> {
        let is_own = |target: &&Target| target.kind.role() == Role::Release && target.kind != Kind::Journeys;
        one.release.targets().iter().filter(is_own).copied().collect()
    };
    let live = former.iter().find(|one| one.is_live).context("the live release is not among the heads")?;
    let list = format!("selvedge rollback {} --list", args.place.store);
    let chosen = match &args.to {
        None => {
            let earlier = |one: &&Former| one.release.version() < live.release.version() && own(one) != own(live);
            former.iter().find(|one| earlier(one) && one.is_whole).with_context(|| {
                format!("no release that was live before is left in {}. See what there is: {list}", args.place.store)
            })?
        }
        Some(name) => {
            let is_named = |one: &&Former| {
                one.release.version().to_string() == *name
                    || (name.len() >= 8 && hex(one.release.digest()).starts_with(name.as_str()))
            };
            let mut named = former.iter().filter(is_named);
            let one = named.next().with_context(|| {
                Usage(format!(
                    "{} has no release `{name}`; give a version, or eight digits of a digest or more: {list}",
                    args.place.store
                ))
            })?;
            anyhow::ensure!(named.next().is_none(), Usage(format!("several releases begin with `{name}`: {list}")));
            one
        }
    };
    anyhow::ensure!(
        own(chosen) != own(live),
        Usage(format!("version {} has the payloads that are live", chosen.release.version()))
    );
    anyhow::ensure!(
        chosen.is_whole,
        "the payloads of version {} are no longer in {}: `selvedge prune` removes them 30 days after they were live. Build its revision again",
        chosen.release.version(),
        args.place.store
    );
    Ok(chosen)
}

fn list(args: &Args, environment: &str, former: &[Former]) {
    let state = |one: &Former| match (one.is_live, one.is_whole) {
        (true, _) => "live",
        (_, true) => "can be live again",
        (_, false) => "payloads are gone",
    };
    let said = |one: &Former| one.record.as_ref().and_then(|filed| filed.claimed().ok());
    if args.json {
        let one = |one: &Former| {
            json!({
                "version": one.release.version(), "release": hex(one.release.digest()), "issued": format_rfc3339(one.release.issued_ms()),
                "live": one.is_live, "whole": one.is_whole, "change": said(one),
            })
        };
        let all: Vec<_> = former.iter().map(one).collect();
        anstream::println!("{}", json!({"environment": environment, "releases": all}));
        return;
    }
    let mut table = Table::new(["version", "release", "issued", "state", "change"]);
    for one in former {
        let change = said(one).map_or("no record".to_owned(), |record| change::in_short(&record));
        let digest = hex(one.release.digest()).get(..16).unwrap_or_default().to_owned();
        table.row([
            one.release.version().to_string(),
            digest,
            format_rfc3339(one.release.issued_ms()),
            state(one).into(),
            change,
        ]);
    }
    anstream::print!("{}", table.text());
}

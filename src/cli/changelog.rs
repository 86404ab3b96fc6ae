//! `selvedge changelog`: the change records of a place, each proved by its signatures.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use serde_json::{Value, json};

use super::change::{Filed, Proved, RECORD_BYTES_MAX, in_short, version_of};
use super::deliver::{environment_of, root_documents};
use super::publish::CHANGES;
use super::store::{CREDENTIALS, Place, Reach};
use super::table::Table;
use super::{Outcome, Usage, files, say};
use crate::report::{ChangeKind, ChangeRecord, Earlier};
use crate::trust::{ROOT_BYTES_MAX, Root, Scope, claimed_scope, native, sign};
use crate::words::hex;

#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = false, after_help = help())]
pub(super) struct Args {
    #[command(subcommand)]
    task: Option<Task>,
    /// The place: a built folder, or a store that hosts read
    #[arg(long = "in", value_name = "PLACE", global = true, default_value = ".")]
    place: String,
    /// The environment; the place's only one by default
    #[arg(long, value_name = "NAME", global = true)]
    env: Option<String>,
    /// A root document that you trust; without it, the place's own roots are trusted
    #[arg(long, value_name = "FILE", global = true)]
    root: Option<PathBuf>,
    #[command(flatten)]
    reach: Reach,
    /// Print the records as JSON: `selvedge schema change` prints the form of each
    #[arg(long, global = true)]
    json: bool,
}

#[derive(clap::Subcommand)]
enum Task {
    /// Show one record: author, approvals, tests, conflicts, consent and register
    Show {
        /// The version of the release, or the first eight digits of its digest or more; the newest by default
        release: Option<String>,
    },
}

fn help() -> String {
    format!(
        "Each release has a record beside it: who wrote the revision, who approved, which tests ran, which experiments conflict, and what \
         changes for consent and for the register of processing. A key of `release` signs it. The exit code is 4 if a signature of a record \
         does not hold.\n\n{CREDENTIALS}\n\n\
         Examples:\n  selvedge changelog --in live\n  selvedge changelog show --in live --json"
    )
}

/// A record in its file.
struct Entry {
    version: u64,
    digest: String,
    claimed: ChangeRecord,
    proof: anyhow::Result<Proved>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let place = Place::at(args.place.clone(), args.reach.clone());
    let store = place.open(false)?;
    let environment = environment_of(&*store, args.env.as_deref())?;
    let documents = match &args.root {
        Some(path) => {
            vec![files::read_bounded(path, ROOT_BYTES_MAX as u64).with_context(|| path.display().to_string())?]
        }
        None => root_documents(&*store, &environment)?,
    };
    let site = documents.iter().find_map(|bytes| claimed_scope(bytes).ok()).map(|(site, _)| site);
    let site = site.with_context(|| format!("{}: there is no root here", store.place("v1/")))?;
    let scope = Scope { repository: &site, environment: &environment };
    let roots: Vec<Root> = documents.iter().filter_map(|bytes| native::root(bytes, &scope).ok()).collect();

    let folder = format!("v1/{environment}/{CHANGES}/");
    let mut entries = Vec::new();
    for one in store.list(&folder)? {
        let Some(version) = one.key.strip_prefix(&folder).and_then(version_of) else { continue };
        let Some(object) = store.get(&one.key, RECORD_BYTES_MAX)? else { continue };
        let place = store.place(&one.key);
        let filed = Filed::read(&object.bytes).map_err(|error| broken(&place, error))?;
        let claimed = filed.claimed().map_err(|error| broken(&place, error))?;
        let proof = filed.prove(&roots, &scope, version);
        entries.push(Entry { version, digest: filed.digest(), claimed, proof });
    }
    entries.sort_by_key(|one| std::cmp::Reverse(one.version));
    match &args.task {
        None => list(args, &environment, &entries),
        Some(Task::Show { release }) => show(args, release.as_deref(), &entries),
    }
}

fn broken(place: &str, error: anyhow::Error) -> anyhow::Error {
    super::open::Refused::Integrity(error.context(place.to_owned())).into()
}

fn list(args: &Args, environment: &str, entries: &[Entry]) -> anyhow::Result<Outcome> {
    let mut table = Table::new(["version", "release", "issued", "signed by", "change"]);
    for one in entries {
        let by = one.proof.as_ref().map_or("does not hold".to_owned(), |proved| key(&proved.signer));
        let digest = one.digest.get(..16).unwrap_or_default().to_owned();
        table.row([one.version.to_string(), digest, one.claimed.issued.clone(), by, in_short(&one.claimed)]);
    }
    let all: Vec<Value> = entries.iter().map(as_json).collect();
    let text = if table.is_empty() { "no release has a record here\n".to_owned() } else { table.text() };
    say(args.json, json!({"environment": environment, "records": all}), text);
    let mut outcome = Outcome::Clean;
    for one in entries {
        if let Err(error) = &one.proof {
            anstream::eprintln!("error: the record of version {}: {error:#}", one.version);
            outcome = Outcome::Integrity;
        }
    }
    Ok(outcome)
}

fn show(args: &Args, release: Option<&str>, entries: &[Entry]) -> anyhow::Result<Outcome> {
    let is_named = |one: &&Entry| {
        release.is_none_or(|release| {
            one.version.to_string() == release || (release.len() >= 8 && one.digest.starts_with(release))
        })
    };
    let one = entries.iter().find(is_named).with_context(|| {
        let name = release.unwrap_or("any release");
        Usage(format!("there is no record of `{name}`; give a version, or eight digits of a digest or more: selvedge changelog --in {}", args.place))
    })?;
    match &one.proof {
        Ok(proved) => {
            say(args.json, as_json(one), told(one, proved));
            Ok(Outcome::Clean)
        }
        Err(error) => {
            say(args.json, as_json(one), "");
            anstream::eprintln!("error: the record of version {} is not proved: {error:#}", one.version);
            Ok(Outcome::Integrity)
        }
    }
}

fn as_json(one: &Entry) -> Value {
    let signed = one.proof.as_ref().ok().map(|proved| {
        let approved = proved.approved.iter().map(|(class, role, keys)| {
            json!({"class": class.name(), "role": role.name(), "keys": keys.iter().map(key).collect::<Vec<_>>()})
        });
        json!({
            "record": key(&proved.signer), "release": proved.release.iter().map(key).collect::<Vec<_>>(),
            "approvals": approved.collect::<Vec<_>>(),
        })
    });
    let why = one.proof.as_ref().err().map(|error| format!("{error:#}"));
    json!({"version": one.version, "digest": one.digest, "proved": why.is_none(), "why_not": why, "signed_by": signed, "change": one.claimed})
}

/// The record in words, with its six parts.
fn told(one: &Entry, proved: &Proved) -> String {
    let record = &proved.record;
    let mut out = String::new();
    let earlier = |of: &Earlier| format!("version {} of {}", of.version, of.environment);
    let _ = writeln!(
        out,
        "release {}\n{} for {}: version {} of {}",
        one.digest, record.site, record.environment, record.version, record.issued
    );
    let of = record.of.as_ref().map(earlier);
    let _ = match record.kind {
        ChangeKind::Build => writeln!(out, "built from sources"),
        ChangeKind::Promote => writeln!(out, "promoted: the payloads of {}", of.unwrap_or_default()),
        ChangeKind::Rollback => writeln!(out, "rolled back: the payloads of {}", of.unwrap_or_default()),
    };
    if let Some(before) = &record.before {
        let _ = writeln!(out, "in place of {}", earlier(before));
    }
    if let Some(reason) = &record.reason {
        let _ = writeln!(out, "reason: {reason}");
    }
    let mut part = |title: &str, lines: Vec<String>| {
        let _ = writeln!(out, "\n{title}");
        lines.iter().for_each(|line| {
            let _ = writeln!(out, "  {line}");
        });
    };
    part(
        "Author",
        match &record.author {
            None => vec!["not known: the sources were in no git repository".into()],
            Some(author) => {
                let mut lines = vec![
                    format!("{}: {}", author.name, author.summary),
                    format!("{} of {}", author.commit, author.time),
                ];
                lines.extend(author.uncommitted.then(|| "with changes that are in no commit".to_owned()));
                lines
            }
        },
    );
    let mut approvals = vec![format!("release: signed by {}", names(&proved.release))];
    for (class, role, keys) in &proved.approved {
        let is_new = record.approvals.iter().any(|need| need.class == class.name() && need.changed);
        let kept = if is_new { "" } else { ", unchanged since an earlier release" };
        approvals.push(format!("{class}: approved as {role} by {}{kept}", names(keys)));
    }
    if record.approvals.is_empty() {
        approvals.push("the root names no class that somebody must approve".into());
    }
    part("Approvals", approvals);
    let unknown = || vec!["not known: the release before has no record of it".to_owned()];
    part(
        "Tests",
        record.tests.as_ref().map_or_else(unknown, |tests| {
            let count = format!("{} passed, {} failed", tests.passed, tests.failed);
            std::iter::once(count).chain(tests.failing.iter().map(|name| format!("failed: {name}"))).collect()
        }),
    );
    part(
        "Conflicts",
        record.conflicts.as_ref().map_or_else(unknown, |conflicts| {
            let open = conflicts.found.len() + conflicts.unlisted;
            let count = format!("{} pairs of experiments compared, {open} in conflict", conflicts.pairs);
            let more = [(conflicts.unlisted, "more"), (conflicts.unknown, "more pairs were not compared")];
            let more = more.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}"));
            std::iter::once(count).chain(conflicts.found.iter().cloned()).chain(more).collect()
        }),
    );
    let has_before = record.before.is_some();
    part("Consent", record.consent.said(has_before));
    part("Register of processing", record.register.said(has_before));
    let _ = writeln!(out, "\nThe record is signed by {} as release. Every signature holds.", key(&proved.signer));
    out
}

fn names(keys: &[[u8; 32]]) -> String {
    keys.iter().map(key).collect::<Vec<_>>().join(", ")
}

/// A key by the digits that `selvedge keys list` prints.
fn key(key: &[u8; 32]) -> String {
    hex(&sign::key_id(key))
}

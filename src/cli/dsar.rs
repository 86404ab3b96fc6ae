//! `selvedge dsar`: a person asks what was decided about them, and why.
//!
//! One package holds the person's records, values and explanations. No line about anybody else is ever in it.

mod package;

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::Context as _;
use serde_json::{Map, json};

pub(super) use package::Package;

use super::Outcome;
use super::keyring::Keyring;
use super::log::{Row, Search, each_line, logs};
use super::replay::{Means, Recorded, Replayed, Verdict, as_json, replay, text, told};
use crate::log::key::RecordKey;
use crate::words::hex;

#[derive(clap::Subcommand)]
#[command(after_help = "Examples:\n  selvedge dsar export --subject v1 -o v1.zip\n  selvedge replay v1.zip")]
pub(super) enum Task {
    /// Write everything that the log holds about one person into a package: records, values, and why, in plain words and as JSON
    Export(ExportArgs),
}

#[derive(clap::Args)]
pub(super) struct ExportArgs {
    /// The person's id: of the visitor's device, or of the account
    #[arg(long)]
    subject: String,
    /// Where to write: a .zip file, or a new folder
    #[arg(short, long, value_name = "FILE")]
    out: PathBuf,
    /// A log, or a folder of logs
    #[arg(long, default_value = "log")]
    log: PathBuf,
    #[command(flatten)]
    means: Means,
}

pub(super) fn run(task: &Task) -> anyhow::Result<Outcome> {
    let Task::Export(args) = task;
    export(args)
}

#[derive(Default)]
struct Found {
    records: Vec<String>,
    /// Lines of other kinds.
    others: Vec<String>,
    tombstones: Vec<String>,
    missed: Vec<String>,
}

fn export(args: &ExportArgs) -> anyhow::Result<Outcome> {
    let (archive, keyring, supplied) = args.means.open()?;
    anyhow::ensure!(
        keyring.all().next().is_some(),
        "{} holds no key of the audit log, so nobody's records can be found",
        args.means.keys.display()
    );
    let found = find(args, &keyring)?;

    let mut package = Package::default();
    let mut out = String::new();
    let mut reports = Vec::new();
    let mut bundles = BTreeSet::new();
    let mut outcome = if found.missed.is_empty() { Outcome::Clean } else { Outcome::Input };
    found.missed.iter().for_each(|missed| anstream::eprintln!("error: {missed}"));
    for line in &found.records {
        let mut recorded = Recorded::read(line)?;
        let key: RecordKey = keyring.of(recorded.key)?.record(&recorded.id_bytes()?);
        bundles.insert(recorded.bundle.clone());
        package.add(line, &recorded.id, &key);
        let values = supplied.of(&recorded.id);
        let replayed = replay(&mut recorded, line, &archive, &key, values)?;
        let mut problem = |why: String, worst: Outcome| {
            anstream::eprintln!("error: record {}: {why}", recorded.id);
            out += &format!("{} (record {})\n  {why}\n\n", recorded.at, recorded.id);
            reports.push(json!({"record": recorded.id, "at": recorded.at, "verdict": why}));
            outcome = if outcome == Outcome::Integrity { outcome } else { worst };
        };
        match replayed {
            Replayed::Not("no-values", why) => problem(why, Outcome::Input),
            Replayed::Not(_, why) => problem(why, Outcome::Integrity),
            Replayed::Compared(verdict, made) => {
                let (again, opened, values) = *made;
                let word = if verdict == Verdict::Same { "same" } else { "different" };
                if verdict != Verdict::Same {
                    problem("made again, it is not the one that was logged".into(), Outcome::Integrity);
                }
                package.add_values(&values, &recorded.id);
                let explained = told(&again, opened);
                out += &(text(&recorded, opened, &values, &explained) + "\n");
                let inputs = values.inputs.iter().map(|(name, value)| (name.clone(), as_json(value)));
                let slots = recorded.slots.iter().map(|slot| json!({"slot": slot.slot, "decision": slot.decision}));
                reports.push(json!({
                    "record": recorded.id, "at": recorded.at, "bundle": recorded.bundle, "verdict": word,
                    "values": inputs.collect::<Map<_, _>>(), "ids": values.ids, "slots": slots.collect::<Vec<_>>(),
                    "explanations": explained.explanations, "without_history": explained.without_history,
                }));
            }
        }
    }
    let report = json!({
        "subject": args.subject, "records": reports, "other_lines": found.others.len(), "bundles": bundles,
        "tombstones": found.tombstones.len(),
    });
    package.report = serde_json::to_string_pretty(&report).context("the report is not JSON")? + "\n";
    package.told = preface(args, &found, &bundles) + &out;
    package.others = joined(&found.others);
    package.tombstones = joined(&found.tombstones);
    package.write(&args.out)?;
    let (records, others, tombstones) = (found.records.len(), found.others.len(), found.tombstones.len());
    anstream::println!("{}: {records} records, {others} other lines, {tombstones} tombstones", args.out.display());
    Ok(outcome)
}

fn find(args: &ExportArgs, keyring: &Keyring) -> anyhow::Result<Found> {
    let erased: Vec<String> = keyring.all().map(|key| hex(&key.erased(&args.subject))).collect();
    let mut search = Search::new(keyring, &args.subject);
    let mut found = Found::default();
    each_line(&logs(&args.log)?, |_, line| {
        let row = Row::read(line.bytes).ok();
        let is_about = search.finds(row.as_ref());
        let Some(row) = row else { return Ok(()) };
        let list = match row.is_tombstone() {
            true if row.whom.as_ref().is_some_and(|whom| erased.contains(whom)) => &mut found.tombstones,
            false if is_about && row.is_audit() => &mut found.records,
            false if is_about => &mut found.others,
            _ => return Ok(()),
        };
        list.push(String::from_utf8(line.text().to_vec()).context("a line of the log is not UTF-8")?);
        Ok(())
    })?;
    found.missed = search.missed(&args.means.keys);
    Ok(found)
}

fn preface(args: &ExportArgs, found: &Found, bundles: &BTreeSet<String>) -> String {
    let Found { records, others, tombstones, .. } = found;
    let mut out = format!("What was decided about {}\n\n", args.subject);
    out += &format!("{} decisions are on record, and {} other lines.\n", records.len(), others.len());
    if !tombstones.is_empty() {
        let days = tombstones.iter().filter_map(|line| Row::read(line.as_bytes()).ok()?.on);
        let days = days.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(", ");
        out += &format!("{} lines were erased on request ({days}); nothing is left of them.\n", tombstones.len());
    }
    out.extend(bundles.iter().map(|bundle| format!("Rules that decided: bundle {bundle}.\n")));
    out + "\n`selvedge replay` makes every decision here again from these rules, and shows that it comes out the same.\n\n"
}

fn joined(lines: &[String]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

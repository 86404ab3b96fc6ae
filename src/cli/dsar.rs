//! `selvedge dsar`: a person asks what is held about them, and is answered.
//!
//! The package has a page that a lay person reads, a copy for machines, and the records with which both can be checked. No line about
//! anybody else is ever in it: what an account did on a device is the account's.

mod answer;
mod chosen;
mod consents;
mod content;
mod cover;
mod decision;
mod kinds;
mod lang;
mod lines;
mod made;
mod markup;
mod missing;
mod names;
mod package;
mod page;
mod value;
mod visit;
mod visits;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::json;

pub(super) use package::Package;

use super::keyring::Keyring;
use super::log::journal::Operator;
use super::log::{Row, Search, Whom, each_line, logs};
use super::open;
use super::replay::{Archive, Means, Recorded, Replayed, Supplied, Told, Values, Verdict, exact_time, replay, told};
use super::{Outcome, counted, now_ms};
use crate::author::site::Site;
use crate::bundle::format::key_double;
use crate::bundle::manifest::DefaultValue;
use crate::words::time::format_day;
use crate::words::{Source, Value, hex};
use answer::{Answer, Erased, Subject};
use lang::Lang;
use made::{Made, Teller};

/// The form of answer.json, as a JSON Schema (draft-07).
pub(super) const SCHEMA: &str = include_str!("dsar/answer.schema.json");

#[derive(clap::Subcommand)]
#[command(after_help = "\
Examples:
  selvedge dsar export --subject v1 -o v1.zip --site examples/storefront --why 'request 2026-31'
  selvedge dsar export --subject v1 --subject anna -o anna --lang de
  selvedge replay v1.zip")]
pub(super) enum Task {
    /// Answer one person: a page to read and to print, a copy for machines, and the records behind both
    Export(ExportArgs),
}

#[derive(Clone, clap::Args)]
#[command(after_help = "\
The package:
  answer.html   what is held, what for, from where, for how long, who receives it, rights, what is missing and why; then every visit
  answer.json   the same for machines, with every value and every reason (Art. 20); answer.schema.json says what its fields mean
  proof/        the records, their values and keys, for `selvedge replay`

A record of a device while an account was signed in belongs to that account: it is left out unless the account is asked for too. Ends
with exit code 1 if such records were left out, 3 or 4 if something could not be read or made again. The package says the same.")]
pub(super) struct ExportArgs {
    #[command(flatten)]
    whom: Whom,
    /// The package to write: a .zip file, or a new folder. Its owner alone may read it
    #[arg(short, long, value_name = "FILE")]
    out: PathBuf,
    /// A log, or a folder of logs
    #[arg(long, default_value = "log")]
    log: PathBuf,
    /// The site, whose files say who answers and what purposes and data mean; the one in this folder if it is a site
    #[arg(long, value_name = "SITE")]
    site: Option<PathBuf>,
    /// The language of the answer; the site's own by default, if it is one of these
    #[arg(long, value_enum)]
    lang: Option<Lang>,
    /// The person's name, which the page begins with
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// The address of the site's pages, as in https://shop.example. On paper a path alone leads nowhere. Its `origin`
    /// by default
    #[arg(long, value_name = "URL")]
    address: Option<String>,
    #[command(flatten)]
    means: Means,
    #[command(flatten)]
    operator: Operator,
}

pub(super) fn run(task: &Task) -> anyhow::Result<Outcome> {
    let Task::Export(args) = task;
    export(&ExportArgs { whom: args.whom.linked()?, ..args.clone() })
}

/// The lines of the log about the person.
#[derive(Default)]
struct Found {
    records: Vec<String>,
    /// Lines of other kinds.
    others: Vec<String>,
    tombstones: Vec<String>,
    /// Lines of anybody that were past their retention.
    expired: u64,
}

/// Everything that records are told with.
struct Desk<'a> {
    teller: Teller<'a>,
    archive: &'a Archive,
    keyring: &'a Keyring,
    supplied: &'a Supplied,
    /// Accounts that nobody asked for were signed in on the device.
    is_shared: bool,
    answer: Answer,
    package: Package,
    outcome: Outcome,
    /// Bundles that are not there, and how many records need them.
    lost: BTreeMap<String, usize>,
    /// Records that did not open or came out otherwise, and those whose values were not kept.
    broken: usize,
    without_values: usize,
    /// The days after which values could no longer be opened, by attribute; `None` is the exact time and the ids.
    expired: BTreeMap<Option<String>, Vec<String>>,
    /// How many records those are of.
    of_expired: u64,
    /// Records and other lines that data of an account chose, where others sign in.
    withheld: [u64; 2],
}

fn export(args: &ExportArgs) -> anyhow::Result<Outcome> {
    let site = site(args)?;
    let means = &args.means.of_site(args.site.as_deref());
    let (archive, keyring, supplied) = means.open()?;
    let of_site = site.as_ref().filter(|site| site.locales.default.starts_with("de")).map(|_| Lang::De);
    let lang = args.lang.or(of_site).unwrap_or(Lang::En);
    let mut search = Search::new(&keyring, &args.whom.of_site(args.site.as_deref()))?;
    anyhow::ensure!(
        keyring.all().next().is_some() || search.measures(),
        "{} holds no key of the audit log, so nobody's records can be found",
        means.keys.display()
    );
    let found = find(args, &keyring, &mut search)?;
    search.ambiguous()?;
    let what = json!({ "records": found.records.len(), "other_lines": found.others.len(), "of_other_accounts": search.of_others });
    let whom = keyring.newest().ok().zip(args.whom.subjects.first()).map(|(key, id)| key.erased(id));
    args.operator.note(&args.log, &means.keys, "dsar export", whom.as_ref(), &what)?;

    let made = format_day(now_ms(None)?);
    let mut answer = Answer::new(lang, args.name.clone(), made);
    answer.subjects =
        args.whom.subjects.iter().map(|id| Subject { id: id.clone(), unit: search.unit_of(id) }).collect();
    let mut desk = Desk {
        teller: Teller { lang, site: site.as_ref() },
        archive: &archive,
        keyring: &keyring,
        supplied: &supplied,
        is_shared: search.of_others > 0,
        answer,
        package: Package::default(),
        outcome: Outcome::Clean,
        lost: BTreeMap::new(),
        broken: 0,
        without_values: 0,
        expired: BTreeMap::new(),
        of_expired: 0,
        withheld: [0; 2],
    };
    for line in &found.records {
        desk.record(line)?;
    }
    let others: Vec<String> = found.others.iter().filter(|line| desk.is_of_the_device(line)).cloned().collect();
    desk.withheld[1] += (found.others.len() - others.len()) as u64;
    desk.warn(args, &search, &means.keys);
    let [records, others] = desk.finish(args, &search, &found, others)?;
    let [records, others, tombstones] = [
        counted(records, "record", "records"),
        counted(others, "other line", "other lines"),
        counted(found.tombstones.len() as u64, "tombstone", "tombstones"),
    ];
    anstream::println!("{}: {records}, {others}, {tombstones}", args.out.display());
    Ok(desk.outcome)
}

fn site(args: &ExportArgs) -> anyhow::Result<Option<Site>> {
    let here = PathBuf::from(".");
    let folder = args.site.as_ref().or_else(|| Some(&here).filter(|here| open::is_site(here)));
    Ok(folder.map(|folder| open::site(folder)).transpose()?.map(|(site, ..)| site))
}

fn find(args: &ExportArgs, keyring: &Keyring, search: &mut Search) -> anyhow::Result<Found> {
    let erased: BTreeSet<String> =
        keyring.all().flat_map(|key| args.whom.subjects.iter().map(|id| hex(&key.erased(id)))).collect();
    let mut found = Found::default();
    each_line(&logs(&args.log)?, |_, line| {
        let row = Row::read(line.bytes).ok();
        let is_about = search.finds(row.as_ref());
        let Some(row) = row else { return Ok(()) };
        found.expired += u64::from(row.is_tombstone() && row.why.as_deref() == Some("expired"));
        let list = match row.is_tombstone() {
            true if row.whom.as_ref().is_some_and(|whom| erased.contains(whom)) => &mut found.tombstones,
            false if is_about && row.is_audit() => &mut found.records,
            false if is_about => &mut found.others,
            _ => return Ok(()),
        };
        list.push(String::from_utf8(line.text().to_vec()).context("a line of the log is not UTF-8")?);
        Ok(())
    })?;
    // A line tells the hour, and logs come as they are named.
    found.records.sort_by_cached_key(|line| exact_time(line, keyring).unwrap_or_default());
    Ok(found)
}

impl Desk<'_> {
    fn worst(&mut self, outcome: Outcome) {
        if outcome as u8 > self.outcome as u8 {
            self.outcome = outcome;
        }
    }

    /// Tells one record, and makes it again.
    fn record(&mut self, line: &str) -> anyhow::Result<()> {
        let mut recorded = Recorded::read(line)?;
        let keys = self.keyring.record(&recorded)?;
        let (archive, values) = (self.archive, self.supplied.of(&recorded.id));
        let replayed = replay(&mut recorded, line, archive, &keys, values)?;
        if self.is_shared && !recorded.has_account() && holds_account_data(&recorded, &replayed, archive) {
            self.withheld[0] += 1;
            return Ok(());
        }
        self.package.add(line, &recorded, &keys);
        let opened = archive.get(&recorded.bundle);
        let made = Made { recorded: &recorded, opened, values: &Values::default(), gone: &[], explained: &[] };
        let decision = match &replayed {
            Replayed::Not(code, why) => {
                anstream::eprintln!("error: record {}: {why}", recorded.id);
                match *code {
                    "no-bundle" => *self.lost.entry(recorded.bundle.clone()).or_default() += 1,
                    "no-values" => self.without_values += 1,
                    _ => self.broken += 1,
                }
                self.worst(if *code == "no-values" { Outcome::Input } else { Outcome::Integrity });
                self.answer.add(self.teller, &made);
                json!({"record": recorded.id, "at": recorded.at, "verdict": code, "why": why})
            }
            Replayed::Expired(gone, values) => {
                self.package.add_values(values, &recorded.id);
                let made = Made { values, gone, ..made };
                self.answer.add(self.teller, &made);
                self.of_expired += 1;
                gone.iter()
                    .for_each(|one| self.expired.entry(one.attribute.clone()).or_default().push(one.until.clone()));
                decision::expired(&made)
            }
            Replayed::Compared(verdict, again) => {
                let (again, opened, values) = &**again;
                let is_same = *verdict == Verdict::Same;
                if !is_same {
                    anstream::eprintln!("error: record {}: made again, it is not the one that was logged", recorded.id);
                    self.broken += 1;
                    self.worst(Outcome::Integrity);
                }
                // Values that were supplied, and are not the ones that were read, are nobody's.
                let mut values = values.clone();
                if let Verdict::OtherValues(names) = verdict {
                    values.inputs.retain(|name, _| !names.contains(&format!("`{name}`")));
                }
                let values = &values;
                self.package.add_values(values, &recorded.id);
                // What is made again explains a record only if it is that record.
                let told = if is_same { told(again, opened) } else { Told::default() };
                let made = Made { values, explained: &told.explanations, ..made };
                self.answer.add(self.teller, &made);
                decision::again(self.teller, &made, &told, is_same)
            }
        };
        self.answer.decisions.push(decision);
        Ok(())
    }

    /// A line with the device's id alone may go to the person who has the device. Content that data of an account chose may not, where
    /// others sign in on it.
    fn is_of_the_device(&self, line: &str) -> bool {
        if !self.is_shared {
            return true;
        }
        let line: serde_json::Value = serde_json::from_str(line).unwrap_or_default();
        let text = |key: &str| line.get(key).and_then(serde_json::Value::as_str);
        let Some(experience) = text("experience") else { return text("kind") != Some("exposure") };
        let Some(opened) = text("bundle").and_then(|bundle| self.archive.get(bundle)) else { return false };
        let program = opened.bundle.program();
        let at = (0..program.experiences()).find(|at| program.experience(*at).name == experience);
        let rules = at.map(|at| program.rulebook().plan(at).rules).unwrap_or_default();
        let mut reads = rules.flat_map(|rule| program.rulebook().support(rule));
        at.is_some()
            && !reads.any(|read| program.attribute(usize::from(read)).is_some_and(|one| is_account(one.source())))
    }

    /// Tells the operator what the package does not hold.
    fn warn(&mut self, args: &ExportArgs, search: &Search, keys: &Path) {
        search.missed(keys).iter().for_each(|missed| anstream::eprintln!("error: {missed}"));
        for id in args.whom.subjects.iter().filter(|id| search.is_of_nobody(id)) {
            anstream::eprintln!(
                "warning: no record and no line names `{id}`: check that the id is written as the log has it"
            );
        }
        let [records, lines] = [search.of_others + self.withheld[0], self.withheld[1]];
        if records + lines > 0 {
            let (records, lines) = (counted(records, "record", "records"), counted(lines, "other line", "other lines"));
            let accounts = counted(search.accounts().max(1) as u64, "account", "accounts");
            anstream::eprintln!(
                "warning: {records} and {lines} of this device are an account's (at least {accounts}): they are left out; who proves to be \
                 that account gives its id with --subject"
            );
            self.worst(Outcome::Findings);
        }
        if self.of_expired > 0 {
            let records = counted(self.of_expired, "record", "records");
            anstream::eprintln!(
                "warning: values of {records} are past their time, and nobody can read them; the package names them"
            );
        }
        let url = self.teller.site.and_then(|site| site.consent.records.objection.as_ref()?.url.as_deref());
        if let Some(url) = url.filter(|url| url.starts_with('/') && self.address(args).is_none()) {
            anstream::eprintln!(
                "warning: the page says `{url}`, which leads nowhere on paper; say where the site's pages are with --address, or make \
                 `objection.url` in consent.toml a whole address"
            );
        }
        if !(search.closed() + &search.unmeasured()).is_empty() || search.unreadable > 0 {
            self.worst(Outcome::Input);
        }
    }

    /// Where the site's pages are.
    fn address<'s>(&'s self, args: &'s ExportArgs) -> Option<&'s str> {
        args.address.as_deref().or(self.teller.site?.origin.as_deref())
    }

    /// Says what is missing, and writes the package; gives how many records and other lines are in it.
    fn finish(
        &mut self,
        args: &ExportArgs,
        search: &Search,
        found: &Found,
        others: Vec<String>,
    ) -> anyhow::Result<[u64; 2]> {
        let (teller, archive) = (self.teller, self.archive);
        self.answer.lines = answer::parsed(&others);
        self.answer.noted = self.answer.lines.iter().map(|line| lines::noted(teller, archive, line)).collect();
        let mut erased = BTreeMap::<String, usize>::new();
        let days = found.tombstones.iter().filter_map(|line| Row::read(line.as_bytes()).ok()?.on);
        days.for_each(|on| *erased.entry(on).or_default() += 1);
        self.answer.erased = erased.into_iter().map(|(on, lines)| Erased { on, lines }).collect();
        let address = self.address(args).map(str::to_owned);
        self.answer.complete(teller, address.as_deref());
        self.missing(search, found.expired);
        self.package.page = page::write(&self.answer, teller.lang);
        self.package.answer = serde_json::to_string_pretty(&self.answer).context("the answer is not JSON")? + "\n";
        let joined = |lines: &[String]| lines.iter().map(|line| format!("{line}\n")).collect();
        self.package.others = joined(&others);
        self.package.tombstones = joined(&found.tombstones);
        self.package.write(&args.out)?;
        Ok([self.package.records.lines().count() as u64, others.len() as u64])
    }
}

fn is_account(source: Source) -> bool {
    matches!(source, Source::Account | Source::Feed)
}

/// True if a record without an account holds an account's data all the same. A default value is no person's data. A record whose values
/// are not known counts as an account's.
fn holds_account_data(recorded: &Recorded, replayed: &Replayed<'_>, archive: &Archive) -> bool {
    let Some(opened) = archive.get(&recorded.bundle) else { return true };
    if recorded.is_hidden() && !matches!(replayed, Replayed::Compared(..)) {
        return true;
    }
    let attributes = &opened.bundle.program().manifest().attributes;
    let of_account = attributes.iter().filter(|one| is_account(one.source()));
    let mut read = of_account.filter(|one| recorded.inputs.get(&one.name).is_some_and(|shown| shown != "absent"));
    read.any(|one| match replayed {
        Replayed::Not(..) | Replayed::Expired(..) => true,
        Replayed::Compared(_, made) => {
            let value = made.2.inputs.get(&one.name);
            !value.zip(one.default.as_ref()).is_some_and(|(value, default)| is_default(value, default))
        }
    })
}

fn is_default(value: &Value, default: &DefaultValue) -> bool {
    match (value, default) {
        (Value::Bool(value), DefaultValue::Bool(default)) => value == default,
        (Value::Int(value), DefaultValue::Number(default)) => value == default,
        (Value::Double(value), DefaultValue::Number(default)) => *value == key_double(*default),
        (Value::Text(value), DefaultValue::Text(default)) => value == default,
        (Value::List(value), DefaultValue::List(default)) => value == default,
        _ => false,
    }
}

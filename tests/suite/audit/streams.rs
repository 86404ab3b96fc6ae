//! Who joins the streams of a log: a reader of every line, without any key, who wants to know which pseudonym of the audit log is which
//! one of the exposures.
//!
//! Two thousand pages of a hundred persons in thirty days, every decision recorded. `docs/what-a-log-tells.md` admits what the reader
//! finds, in the same numbers.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Stdio;

use selvedge::consent::grants;
use selvedge::engine::{Workspace, all_slots, decide, permit};
use selvedge::log::measure::MeasureKey;
use selvedge::words::time::{DAY, format_day};
use selvedge::words::{Unit, Visit, hex};
use serde_json::{Value, json};

use super::Desk;
use crate::sites::dice::Dice;

const PERSONS: usize = 100;
const PAGES: usize = 2_000;
const DAYS: i64 = 30;
/// 2026-12-01.
const BEGIN: i64 = 1_796_083_200_000;
/// How long a record of the Worker waits for others.
const WAIT_MS: i64 = 20_000;

/// A page: who asked for it and when, and the lines that it left.
struct Page {
    person: usize,
    at: i64,
    record: String,
    exposures: Vec<String>,
}

/// One sight of somebody in a stream: which log it is in, under which pseudonym, what experiments decided as far as the line tells it, how
/// long the line is, and when it arrived.
struct Sight {
    log: String,
    who: String,
    marks: BTreeSet<String>,
    length: usize,
    at: i64,
}

/// Which pseudonyms belong to which person: of the audit log, and of the exposures.
#[derive(Default)]
struct Truth {
    records: BTreeMap<String, usize>,
    exposures: BTreeMap<String, usize>,
}

/// The log of a month, or of one hour.
fn pages(desk: &Desk, span_ms: i64, truth: &mut Truth) -> Vec<Page> {
    let dice = &mut Dice::new(2_026);
    // Some come often, some once.
    let mut asked: Vec<(i64, usize)> = (0..PAGES)
        .map(|_| {
            let person = dice.below(PERSONS).min(dice.below(PERSONS)).min(dice.below(PERSONS));
            (BEGIN + (dice.next() % span_ms as u64) as i64, person)
        })
        .collect();
    asked.sort_unstable();
    let key = MeasureKey::parse(desk.text(".selvedge/keys/measurement.keys").trim(), ' ').expect("a key");
    let (site, _, _) = selvedge::cli::open::site(super::SHOP.as_ref()).expect("is a site");
    let opened = crate::sites::opened(&site);
    let context = |(at, person): &(i64, usize)| {
        let purposes = ["functional", "analytics", "personalization", "storage", "sensitive"];
        // Records of half of them tell no outcome.
        let grants: BTreeMap<&str, bool> =
            purposes.into_iter().map(|purpose| (purpose, purpose != "sensitive" || person % 2 == 0)).collect();
        json!({
            "attributes": {
                "request.country": "DE", "request.language": "de", "visitor.visits_30d": person % 2,
                "visitor.last_category": "home", "profile.health_interest": person % 2 == 0,
            },
            "region": "DE", "locale": "de-DE", "grants": grants,
            "identity": {"visitor": format!("v{person}"), "page": format!("p{at}")}, "now": at,
        })
    };
    let contexts: Vec<Value> = asked.iter().map(context).collect();
    let records = decided(desk, &contexts);
    let mut pages = Vec::new();
    for ((context, record), (at, person)) in contexts.iter().zip(records).zip(asked) {
        let visit: Visit = serde_json::from_value(context.clone()).expect("is a visit");
        let grants = grants(&opened.bundle.program().manifest().regions, &visit, at);
        let permitted = permit(&opened.bundle, &visit, &grants, at);
        let page = decide(&opened.bundle, &permitted, &all_slots(&opened.bundle), &mut Workspace::default());
        let lines = selvedge::log::lines(&opened.bundle, &permitted, &page, Some(&key), at);
        truth.exposures.insert(hex(&key.pseudonym(Unit::Visitor, &format!("v{person}"))), person);
        truth.records.insert(json_of(&record)["visitor"].as_str().expect("a pseudonym").to_owned(), person);
        pages.push(Page { person, at, record, exposures: lines[1..].to_vec() });
    }
    pages
}

/// The records of these visits.
fn decided(desk: &Desk, contexts: &[Value]) -> Vec<String> {
    let text: String = contexts.iter().map(|context| format!("{context}\n")).collect();
    desk.write("contexts.jsonl", text);
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_selvedge"))
        .args(["decide", "dist", "--context", "-", "--audit", "--values"])
        .current_dir(&desk.0)
        .stdin(std::fs::File::open(desk.path("contexts.jsonl")).expect("is there"))
        .stderr(Stdio::inherit())
        .output()
        .expect("runs");
    assert!(output.status.success());
    let records: Vec<String> = String::from_utf8(output.stdout).expect("is UTF-8").lines().map(str::to_owned).collect();
    assert_eq!(records.len(), contexts.len());
    records
}

fn json_of(line: &str) -> Value {
    serde_json::from_str(line).expect("is JSON")
}

/// What a record and an exposure both say of a decision by an experiment.
fn mark(bundle: &Value, epoch: &Value, decision: &Value, slot: &Value) -> Option<String> {
    let fields = ["experiment", "arm", "unit", "content", "experience", "reason"].map(|name| &decision[name]);
    decision["experiment"].is_string().then(|| format!("{bundle} {epoch} {slot} {fields:?}"))
}

/// What a line shows of somebody.
fn sight(log: &str, line: &str, at: i64) -> Option<Sight> {
    let row = json_of(line);
    let (who, marks) = match row["kind"].as_str()? {
        "audit" => {
            let slots = row["slots"].as_array().into_iter().flatten();
            let marks = slots
                .filter_map(|slot| mark(&row["bundle"], &row["grants"]["epoch"], &slot["decision"], &slot["slot"]));
            (&row["visitor"], marks.collect())
        }
        "exposure" => (&row["id"], mark(&row["bundle"], &row["epoch"], &row, &row["slot"]).into_iter().collect()),
        _ => return None,
    };
    Some(Sight { log: log.to_owned(), who: who.as_str()?.to_owned(), marks, length: line.len(), at })
}

/// Everything that a folder of logs shows, in the order of its lines.
fn read(desk: &Desk, folder: &str) -> Vec<Sight> {
    let mut logs: Vec<_> =
        std::fs::read_dir(desk.path(folder)).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    logs.sort();
    let logs = logs.iter().filter(|path| path.extension().is_some_and(|ending| ending == "ndjson"));
    logs.flat_map(|path| {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let text = std::fs::read_to_string(path).expect("a log");
        text.lines().filter_map(|line| sight(&name, line, 0)).collect::<Vec<_>>()
    })
    .collect()
}

/// How often each pseudonym of the audit log was taken for each one of the exposures.
#[derive(Default)]
struct Guesses(BTreeMap<String, BTreeMap<String, usize>>);

impl Guesses {
    fn vote(&mut self, record: &str, exposure: &str) {
        *self.0.entry(record.to_owned()).or_default().entry(exposure.to_owned()).or_default() += 1;
    }

    /// How many are right, each taken for the one that it was most often taken for.
    fn right(&self, truth: &Truth) -> usize {
        let best = |votes: &BTreeMap<String, usize>| {
            let most = votes.values().max().copied().unwrap_or_default();
            let mut best = votes.iter().filter(|(_, count)| **count == most).map(|(who, _)| who.clone());
            best.next().filter(|_| best.next().is_none())
        };
        let of = |(record, votes): (&String, &BTreeMap<String, usize>)| {
            Some(truth.records.get(record)? == truth.exposures.get(&best(votes)?)?)
        };
        self.0.iter().filter_map(of).filter(|is_right| *is_right).count()
    }
}

/// By what stands at the same place of its log.
fn by_order(records: &[Sight], exposures: &[Sight]) -> Guesses {
    let mut guesses = Guesses::default();
    let grouped = |sights: &'_ [Sight]| {
        let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
        sights.iter().for_each(|sight| groups.entry(sight.log.clone()).or_default().push(sight.who.clone()));
        groups
    };
    let others = grouped(exposures);
    for (group, records) in grouped(records) {
        let Some(exposures) = others.get(&group) else { continue };
        for (at, record) in records.iter().enumerate() {
            guesses.vote(record, &exposures[at * exposures.len() / records.len()]);
        }
    }
    guesses
}

/// By length: the one with the longest lines is the one with the longest lines.
fn by_size(records: &[Sight], exposures: &[Sight]) -> Guesses {
    let ranked = |sights: &[Sight]| {
        let mut all: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for sight in sights {
            let (bytes, count) = all.entry(&sight.who).or_default();
            (*bytes, *count) = (*bytes + sight.length, *count + 1);
        }
        let mut all: Vec<(usize, String)> =
            all.iter().map(|(who, (bytes, count))| (1_000 * bytes / count, (*who).to_owned())).collect();
        all.sort();
        all
    };
    let mut guesses = Guesses::default();
    for ((_, record), (_, exposure)) in ranked(records).iter().zip(ranked(exposures).iter()) {
        guesses.vote(record, exposure);
    }
    guesses
}

/// By the day that the lines are of, and with `content` by what was decided too: where only one is possible.
fn by_one(records: &[Sight], exposures: &[Sight], content: bool) -> Guesses {
    let mut there: BTreeMap<&str, BTreeMap<&str, BTreeSet<&String>>> = BTreeMap::new();
    for sight in exposures {
        there.entry(&sight.log).or_default().entry(&sight.who).or_default().extend(&sight.marks);
    }
    let mut guesses = Guesses::default();
    for record in records {
        let fits = |marks: &BTreeSet<&String>| !content || record.marks.iter().all(|mark| marks.contains(mark));
        let candidates = there.get(&*record.log).into_iter().flatten().filter(|(_, marks)| fits(marks));
        if let [(only, _)] = candidates.collect::<Vec<_>>()[..] {
            guesses.vote(&record.who, only);
        }
    }
    guesses
}

/// What is seen of somebody on each day: how many pages, and what was decided.
type History = BTreeMap<String, (usize, BTreeSet<String>)>;

fn histories(sights: &[Sight], logs: &[String]) -> BTreeMap<String, History> {
    let mut counts: BTreeMap<(&str, &str, &BTreeSet<String>), usize> = BTreeMap::new();
    for sight in sights.iter().filter(|sight| logs.contains(&sight.log)) {
        *counts.entry((&sight.who, &sight.log, &sight.marks)).or_default() += 1;
    }
    let mut all: BTreeMap<String, History> = BTreeMap::new();
    for ((who, log, marks), count) in counts {
        let day = all.entry(who.to_owned()).or_default().entry(log.to_owned()).or_default();
        // An experiment is on a page once.
        day.0 = day.0.max(count);
        day.1.extend(marks.iter().cloned());
    }
    all
}

/// By the whole history of somebody: on which days, how many pages, and what was decided. It takes the one that differs least. `days` is how
/// long a pseudonym of the audit log stays. Gives the guesses, and how many pseudonyms there are.
fn by_history(records: &[Sight], exposures: &[Sight], days: usize) -> (Guesses, usize) {
    let logs: BTreeSet<String> = records.iter().map(|sight| sight.log.clone()).collect();
    let logs: Vec<String> = logs.into_iter().collect();
    let (mut guesses, mut pseudonyms) = (Guesses::default(), 0);
    for (number, period) in logs.chunks(days).enumerate() {
        let exposures = histories(exposures, period);
        for (record, history) in histories(records, period) {
            pseudonyms += 1;
            let differs = |other: &History| -> usize {
                let nothing = Default::default();
                let of = |log: &String| {
                    let ((pages, marks), (others, known)) =
                        (history.get(log).unwrap_or(&nothing), other.get(log).unwrap_or(&nothing));
                    pages.abs_diff(*others) + marks.difference(known).count()
                };
                period.iter().map(of).sum()
            };
            let mut ranked: Vec<(usize, &String)> =
                exposures.iter().map(|(who, other)| (differs(other), who)).collect();
            ranked.sort();
            match ranked[..] {
                [(least, only), ..] if ranked.get(1).is_none_or(|(next, _)| *next > least) => {
                    // With a new key the same person has another pseudonym.
                    guesses.vote(&format!("{number}:{record}"), only);
                }
                _ => {}
            }
        }
    }
    (guesses, pseudonyms)
}

/// By what arrives while a record waits.
fn by_arrival(records: &[Sight], exposures: &[Sight]) -> Guesses {
    let mut guesses = Guesses::default();
    for record in records {
        let from = exposures.partition_point(|sight| sight.at < record.at - WAIT_MS);
        let beside = exposures[from..].iter().take_while(|sight| sight.at <= record.at);
        let fits = |sight: &&Sight| record.marks.is_empty() || sight.marks.is_subset(&record.marks);
        let beside: BTreeSet<&str> = beside.filter(fits).map(|sight| &*sight.who).collect();
        beside.iter().for_each(|exposure| guesses.vote(&record.who, exposure));
    }
    guesses
}

/// What arrives at the service that keeps logs: each exposure with its page, records in the batches of `company.mjs`.
fn arriving(pages: &[Page]) -> [Vec<Sight>; 2] {
    let exposures = pages.iter().flat_map(|page| page.exposures.iter().filter_map(|line| sight("raw", line, page.at)));
    let (mut records, mut batch): (Vec<Sight>, Vec<&Page>) = (Vec::new(), Vec::new());
    let dice = &mut Dice::new(7);
    let mut leave = |batch: &mut Vec<&Page>| {
        let Some(first) = batch.first() else { return };
        let at = first.at + WAIT_MS;
        while !batch.is_empty() {
            let page = batch.swap_remove(dice.below(batch.len()));
            records.extend(sight("raw", &page.record, at));
        }
    };
    for page in pages {
        if batch.first().is_some_and(|first| page.at > first.at + WAIT_MS) {
            leave(&mut batch);
        }
        batch.push(page);
    }
    leave(&mut batch);
    [records, exposures.collect()]
}

/// Everything closed, a log a day, the two streams apart.
fn close(desk: &Desk, pages: &[Page]) {
    let mut logs: BTreeMap<String, String> = BTreeMap::new();
    for page in pages {
        let day = format_day(page.at);
        *logs.entry(format!("audit/{day}.ndjson")).or_default() += &format!("{}\n", page.record);
        *logs.entry(format!("pages/{day}.ndjson")).or_default() += &(page.exposures.join("\n") + "\n");
    }
    for (name, text) in &logs {
        std::fs::create_dir_all(desk.path(name).parent().expect("a folder")).expect("a folder");
        desk.write(name, text);
    }
    for folder in ["audit/", "pages/"] {
        let names: Vec<&str> = logs.keys().filter(|name| name.starts_with(folder)).map(String::as_str).collect();
        desk.clean(&[&["log", "close", "--key", "log.pem", "--as-of", "2027-01-05"], &names[..]].concat());
    }
}

/// Exposures that tell the point of their draw, which records do.
fn exposures_with_points(pages: &[Page]) -> usize {
    pages.iter().flat_map(|page| &page.exposures).filter(|line| line.contains("point")).count()
}

/// How many persons' records tell points that no other person's do: those are joined from one key to the next. Of how many.
fn points_of_records(pages: &[Page]) -> (usize, usize) {
    let mut points: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
    for page in pages {
        let row = json_of(&page.record);
        for slot in row["slots"].as_array().into_iter().flatten() {
            let decision = &slot["decision"];
            if decision["experiment"].is_string() {
                let point = format!("{} {}", decision["experiment"], decision["point"]);
                points.entry(page.person).or_default().extend(decision["point"].is_u64().then_some(point));
            }
        }
    }
    let is_alone = |(person, own): &(&usize, &BTreeSet<String>)| {
        own.iter().any(|point| points.iter().all(|(other, points)| other == *person || !points.contains(point)))
    };
    (points.iter().filter(is_alone).count(), points.len())
}

/// What the reader tried, and how many pseudonyms of how many it found.
struct Table(Vec<(String, usize, usize)>);

impl Table {
    fn row(&mut self, tried: &str, found: usize, of: usize) {
        println!("| {tried} | {found} of {of} |");
        self.0.push((tried.to_owned(), found, of));
    }

    /// The page admits as much.
    fn is_admitted(&self) {
        let page =
            std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/what-a-log-tells.md")).expect("a page");
        for (tried, found, of) in &self.0 {
            let row = page
                .lines()
                .find(|line| line.starts_with(&format!("| {tried} |")))
                .unwrap_or_else(|| panic!("the page has no row `{tried}`"));
            let admitted = row.split('|').nth(2).and_then(|cell| cell.trim().split_once(" of "));
            let admitted: (usize, usize) =
                admitted.map(|(found, of)| (found.parse().expect(row), of.parse().expect(row))).expect(row);
            assert_eq!(admitted.1, *of, "{row}");
            // Where chance decides, it seldom finds more than this.
            let is_chance = tried.contains("order") || tried.contains("length");
            assert!(*found == admitted.0 || is_chance && *found < admitted.0, "found {found} of {of}: {row}");
        }
    }
}

#[test]
fn the_streams_of_a_log_are_joined_no_further_than_the_page_says() {
    let desk = Desk::with_shop("streams");
    desk.clean(&["log", "rotate-measurement"]);
    let (mut truth, mut table) = (Truth::default(), Table(Vec::new()));
    let month = pages(&desk, DAYS * DAY, &mut truth);
    let hour = pages(&desk, DAY / 24, &mut truth);
    let all = truth.records.len();

    for (name, pages) in [("a quiet site", &month), ("2,000 pages in one hour", &hour)] {
        let [records, exposures] = arriving(pages);
        let seen: BTreeSet<&str> = records.iter().map(|sight| &*sight.who).collect();
        table.row(
            &format!("raw intake of {name}: what arrives while a record waits"),
            by_arrival(&records, &exposures).right(&truth),
            seen.len(),
        );
        if name.starts_with('2') {
            table.row(
                "raw intake of 2,000 pages in one hour: the order alone",
                by_order(&records, &exposures).right(&truth),
                seen.len(),
            );
        }
    }

    close(&desk, &month);
    let (records, exposures) = (read(&desk, "audit"), read(&desk, "pages"));
    let found: BTreeSet<&str> = records.iter().map(|sight| &*sight.who).collect();
    assert!(found.len() > 80 && found.len() <= all, "{} of {all}", found.len());
    table.row("closed: the order of lines", by_order(&records, &exposures).right(&truth), found.len());
    table.row("closed: the length of lines", by_size(&records, &exposures).right(&truth), found.len());
    table.row("closed: the time alone", by_one(&records, &exposures, false).right(&truth), found.len());
    table.row("closed: one decision on one day", by_one(&records, &exposures, true).right(&truth), found.len());
    for days in [30, 7, 1] {
        let (guesses, of) = by_history(&records, &exposures, days);
        let truth = Truth {
            records: guesses
                .0
                .keys()
                .map(|key| (key.clone(), truth.records[key.split_once(':').expect("a period").1]))
                .collect(),
            exposures: truth.exposures.clone(),
        };
        table.row(&format!("closed: the days of a history, pseudonyms of {days} days"), guesses.right(&truth), of);
    }

    let points = exposures_with_points(&month);
    table.row("closed: the point of a draw, which records of an open outcome tell", points, found.len());
    let (alone, open) = points_of_records(&month);
    table.row("two keys of the audit log: the point of a draw, of those whose outcome is open", alone, open);

    // Ten persons are erased.
    let erased: Vec<usize> = (0..10).map(|at| at * 7).collect();
    for person in &erased {
        for folder in ["audit", "pages"] {
            let subject = format!("v{person}");
            desk.clean(&["log", "erase", folder, "--key", "log.pem", "--subject", &subject, "--as-of", "2027-01-06"]);
        }
    }
    for folder in ["audit", "pages"] {
        let key = desk.clean(&["log", "verify", folder]);
        assert!(key.starts_with("ok"), "{key}");
    }
    let (records, exposures) = (read(&desk, "audit"), read(&desk, "pages"));
    let of_erased = |sights: &[Sight], known: &BTreeMap<String, usize>| {
        sights.iter().filter(|sight| erased.contains(&known[&sight.who])).count()
    };
    let left = of_erased(&records, &truth.records) + of_erased(&exposures, &truth.exposures);
    table.row("erased persons: lines that are left", left, 10);
    let whom = |folder: &str| -> BTreeSet<String> {
        let logs = std::fs::read_dir(desk.path(folder)).expect("a folder").map(|entry| entry.expect("an entry").path());
        let texts = logs.filter_map(|path| std::fs::read_to_string(path).ok()).collect::<String>();
        let stones = texts.lines().filter(|line| line.contains("\"kind\":\"tombstone\""));
        stones.filter_map(|line| json_of(line)["whom"].as_str().map(str::to_owned)).collect()
    };
    let joined = whom("audit").intersection(&whom("pages")).count();
    table.row("erased persons: on which days they had lines in both streams, by their tombstones", joined, 10);
    // What none of it needs a key for is in the open: none of the ids.
    let texts = month.iter().flat_map(|page| page.exposures.iter().chain([&page.record]));
    let texts: Vec<&String> = texts.collect();
    let ids = (0..PERSONS).filter(|person| texts.iter().any(|line| line.contains(&format!("\"v{person}\"")))).count();
    table.row("ids in any line", ids, PERSONS);
    assert!(month.iter().any(|page| erased.contains(&page.person)));
    table.is_admitted();
}

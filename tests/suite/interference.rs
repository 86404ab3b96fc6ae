//! Non-interference, tried on every output: the real host tells nothing that consent hides, and hosts that tell something are found out.

mod leaks;
mod shop;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::Command;

use selvedge::author::{Entry, Files};
use selvedge::cli::prove::Host;
use selvedge::report::interference::{Asked, Fact, Maker, Outputs, Plan, Report, System, search};

use crate::model::first_seed;
use crate::sites::dice::Dice;
use crate::sites::{self, NOW_MS, random};

/// Pairs on each random site.
const PAIRS: usize = 250;

fn quiet(_: u64) {}

fn plan(pairs: usize) -> Plan {
    let threads = std::thread::available_parallelism().map_or(1, Into::into);
    Plan { pairs: pairs as u64, seed: first_seed(), threads }
}

fn assert_clean(name: &str, report: &Report) {
    if let Some(found) = &report.found {
        let differing: Vec<String> = found.visitor.differing(&found.twin).map(Fact::to_string).collect();
        panic!(
            "{name}, pair {}: {} tells {differing:?}\n{}\n--- twin\n{}\n--- outputs\n{}\n---\n{}",
            found.pair,
            found.output.0,
            found.visitor.json(),
            found.twin.json(),
            found.output.1[0],
            found.output.1[1],
        );
    }
}

#[test]
fn nothing_tells_what_is_hidden_in_the_example_shop() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/storefront");
    let site = selvedge::author::load(&folder).0.expect("the example shop is sound");
    let opened = sites::opened(&site);
    let pages =
        shop::pages_of(&folder.join("pages"), &["/", "/knitwear/", "/cart/", "/help/", "/products/fell-beanie/"]);
    let paths: Vec<String> = pages.keys().cloned().collect();
    let host = Host::new(&opened, "development", pages);
    let report = search(&Maker::new(&site, &paths, NOW_MS), &host, plan(sites::cases(300)), &quiet);
    println!("{} pairs, {} differing facts, {} outputs", report.pairs, report.differing, report.outputs);
    assert_clean("storefront", &report);
    assert!(report.differing > 3 * report.pairs && report.requests * 3 > report.pairs, "the twins are too alike");
}

#[test]
fn nothing_tells_what_is_hidden_on_random_sites() {
    let count = sites::cases(1_000);
    let (mut total, mut shown) = (Report::default(), 0);
    for seed in (first_seed()..).take(count.div_ceil(PAIRS)) {
        let dice = &mut Dice::new(seed);
        let site = sites::checked(&placed(random::site(dice), dice));
        // Facts are the same for everybody. The key by which a page has one may still be hidden.
        let facts = sites::feeds::facts(dice, &site);
        let opened = sites::opened_with(&site, facts.as_ref());
        let ids: String =
            site.slots.iter().map(|slot| format!("<p {}>as it was</p>", shop::selected(&slot.selector))).collect();
        let pages = BTreeMap::from([("/".to_owned(), format!("<!doctype html><body>{ids}</body>"))]);
        let host = Counting { host: Host::new(&opened, "development", pages), shown: Default::default() };
        let report = search(&Maker::new(&site, &["/".into()], NOW_MS), &host, plan(PAIRS), &quiet);
        assert_clean(&format!("random site {seed}"), &report);
        total.pairs += report.pairs;
        total.requests += report.requests;
        total.differing += report.differing;
        total.outputs += report.outputs;
        shown += host.shown.into_inner();
    }
    println!(
        "{} pairs, {} requests, {} differing facts, {} outputs, content shown to {shown}",
        total.pairs, total.requests, total.differing, total.outputs
    );
    assert!(shown * 10 > total.pairs, "hardly anybody is shown anything: {shown} of {}", total.pairs);
}

/// The site, with some of its attributes in headers, queries and cookies of their own, where a request brings them.
fn placed(mut files: Files, dice: &mut Dice) -> Files {
    let mut catalogue = String::new();
    for (number, line) in sites::text(&files, "attributes.toml").lines().enumerate() {
        let _ = writeln!(catalogue, "{line}");
        let place = match line {
            "source = \"request\"" if dice.percent(40) => format!("header:x-{number}"),
            "source = \"request\"" if dice.percent(60) => format!("query:q{number}"),
            "source = \"device\"" if dice.percent(40) => format!("cookie:c{number}"),
            _ => continue,
        };
        let _ = writeln!(catalogue, "from = \"{place}\"");
    }
    files.entries.insert("attributes.toml".into(), Entry::Bytes(catalogue.into_bytes()));
    files
}

/// Counts the visitors to whom something is shown.
struct Counting<'o> {
    host: Host<'o>,
    shown: std::sync::atomic::AtomicU64,
}

impl System for Counting<'_> {
    type Room = <Host<'static> as System>::Room;

    fn outputs(&self, room: &mut Self::Room, asked: &Asked<'_>) -> Outputs {
        let outputs = self.host.outputs(room, asked);
        let has_edits = outputs.iter().any(|(name, text)| *name == "edits" && !text.is_empty());
        self.shown.fetch_add(u64::from(has_edits), std::sync::atomic::Ordering::Relaxed);
        outputs
    }
}

/// Whoever asks again with the seed and number of threads of another machine gets the same answer.
#[test]
fn threads_change_nothing() {
    let shop = shop::Shop::new();
    let leaky = leaks::Leaky { host: shop.host(), shop: &shop, leak: &leaks::LEAKS[0] };
    let found = |threads| {
        let report = search(&shop.maker(), &leaky, Plan { pairs: 5_000, seed: 3, threads }, &quiet);
        let found = report.found.expect("it leaks");
        (found.pair, found.visitor, found.twin, found.output)
    };
    assert_eq!(found(1), found(4));
}

#[test]
fn the_command_says_what_it_tried() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/storefront");
    let prove = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_selvedge"));
        command.args([
            "prove",
            folder,
            "non-interference",
            "--pairs",
            "30",
            "--seed",
            "5",
            "--as-of",
            "2026-11-22T00:00:00Z",
        ]);
        let output = command.args(more).output().expect("starts");
        (output.status.code(), String::from_utf8(output.stdout).expect("is UTF-8"))
    };
    let (code, text) = prove(&[]);
    assert_eq!(code, Some(0), "{text}");
    assert!(
        text.starts_with("30 pairs from seed 5, ") && text.ends_with("no output shows what consent hides\n"),
        "{text}"
    );
    let answers = ["1", "3"].map(|threads| {
        let (code, text) = prove(&["--json", "--threads", threads]);
        assert_eq!(code, Some(0), "{text}");
        let mut answer: serde_json::Value = serde_json::from_str(&text).expect("is JSON");
        assert!(answer["seconds"].take().is_f64() && answer["counterexample"].is_null(), "{answer}");
        assert_eq!((&answer["pairs"], &answer["seed"]), (&30.into(), &5.into()));
        answer
    });
    assert_eq!(answers[0], answers[1], "threads change what is tried");
}

//! The engine against its reference model: every decision on random sites and visits, through the whole path.
//!
//! `SELVEDGE_CASES` sets how many (site, visit) pairs are tried, `SELVEDGE_SEED` where they start; `cargo xtask model` sets both.

mod asked;
mod contact;
mod exhaustive;
mod fed;
mod grants;
mod hostile;
mod identity;
mod logic;
mod plan;
pub(crate) mod reference;
mod signals;
mod theorems;
mod values;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

pub(crate) use grants::Permission;
pub(crate) use logic::{State, Truth, World};

use selvedge::author::site::Site;
use selvedge::cli::open::Opened;
use selvedge::consent::{Basis, grants};
use selvedge::engine::{Workspace, all_slots, decide, permit, write_page};
use selvedge::words::Visit;
use selvedge::words::{Purpose, Unit};
use serde_json::Value as Json;

use crate::sites::dice::Dice;
use crate::sites::{self, NOW_MS, random, visits};

/// Visits tried on each site.
const VISITS: usize = 100;

/// The engine's answer for every slot, as every host writes it.
pub(crate) fn answer(opened: &Opened, visit: &Visit, workspace: &mut Workspace) -> String {
    let bundle = &opened.bundle;
    let now_ms = visit.now.map_or(NOW_MS, |now| now.0);
    let grants = grants(&bundle.program().manifest().regions, visit, now_ms);
    let permitted = permit(bundle, visit, &grants, now_ms);
    let page = decide(bundle, &permitted, &all_slots(bundle), workspace);
    let mut answer = String::new();
    write_page(&mut answer, bundle, &permitted, &page, &[]);
    answer
}

/// The first seed of a campaign.
pub(crate) fn first_seed() -> u64 {
    std::env::var("SELVEDGE_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1)
}

#[test]
fn the_engine_decides_as_the_model_does() {
    let sites = sites::cases(8_000).div_ceil(VISITS);
    let Tally { pairs, matched, seen, bases } = campaign(first_seed(), sites);
    println!("{pairs} pairs on {sites} sites, 0 differ; content shown {matched} times: {seen:?}");
    // A model that is never asked proves nothing: every way out was taken.
    let reasons = ["STATIC", "TARGETING_MATCH", "SPLIT", "DEFAULT", "DISABLED"];
    let details = [
        "CONSENT_WITHHELD",
        "CONSENT_WITHDRAWN",
        "DATA_QUALITY",
        "SCHEDULED",
        "EXPIRED",
        "NO_IDENTITY",
        "STALE_FEED",
        "OUT_OF_STOCK",
    ];
    let contact = ["SUPPRESSED", "GOAL_REACHED", "DISMISSED", "CAPPED", "TOO_SOON", "QUIET_HOURS", "HISTORY_MISSING"];
    for word in reasons.iter().chain(&details).chain(&contact) {
        assert!(seen.keys().any(|key| key.contains(word)), "{word} never came up");
    }
    for basis in Basis::all().map(Basis::name) {
        assert!(bases.contains(basis), "no permission came from {basis}");
    }
}

/// What a campaign came to.
#[derive(Default)]
struct Tally {
    pairs: usize,
    /// Slots that showed content.
    matched: usize,
    /// Reasons with their details.
    seen: BTreeMap<String, usize>,
    /// Whom permissions came from.
    bases: BTreeSet<&'static str>,
}

/// Compares on so many sites, on every thread there is. Each site has its own seed: the number of threads changes nothing.
fn campaign(first: u64, sites: usize) -> Tally {
    let (next, total, begun) = (AtomicUsize::new(0), Mutex::new(Tally::default()), Instant::now());
    let threads = std::thread::available_parallelism().map_or(1, Into::into);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut shown = Instant::now();
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    if at >= sites {
                        return;
                    }
                    let one = on_site(first + at as u64);
                    let mut total = total.lock().expect("no thread failed");
                    total.pairs += one.pairs;
                    total.matched += one.matched;
                    total.bases.extend(one.bases);
                    one.seen.into_iter().for_each(|(key, count)| *total.seen.entry(key).or_default() += count);
                    if shown.elapsed() > PROGRESS {
                        shown = Instant::now();
                        let rate = total.pairs as f64 / begun.elapsed().as_secs_f64();
                        eprintln!("{} of {} pairs, {rate:.0} a second", total.pairs, sites * VISITS);
                    }
                }
            });
        }
    });
    total.into_inner().expect("no thread failed")
}

/// Between two lines of a long campaign.
const PROGRESS: Duration = Duration::from_secs(20);

fn on_site(seed: u64) -> Tally {
    let mut tally = Tally::default();
    let dice = &mut Dice::new(seed);
    let files = random::site(dice);
    let site = sites::checked(&files);
    let facts = sites::feeds::facts(dice, &site);
    let opened = sites::opened_with(&site, facts.as_ref());
    let mut workspace = Workspace::default();
    for number in 0..VISITS {
        let json = visits::visit(dice, &site);
        let visit: Visit = serde_json::from_value(json.clone()).expect("a made visit is one");
        let now_ms = visit.now.expect("a made visit has a time").0;
        let permission = assert_same_grants(&site, &visit, now_ms, &format!("seed {seed}, visit {number}: {json}"));
        tally.bases.extend(permission.basis.values());
        let expected = reference::decide_with(&site, facts.as_ref(), &visit, now_ms);
        let mut actual: Json = serde_json::from_str(&answer(&opened, &visit, &mut workspace)).expect("JSON");
        actual.as_object_mut().expect("an object").remove("bundle");
        if actual != expected {
            report(seed, number, &json, &expected, &actual, &files);
        }
        tally.pairs += 1;
        for decision in expected["decisions"].as_object().expect("an object").values() {
            tally.matched += usize::from(!decision["content"].is_null());
            let key = format!("{} {}", decision["reason"], decision["detail"]);
            *tally.seen.entry(key).or_default() += 1;
        }
    }
    tally
}

/// What is permitted, whom that comes from and since when, and by which ids.
fn assert_same_grants(site: &Site, visit: &Visit, now_ms: i64, whom: &str) -> Permission {
    let (model, engine) = (Permission::new(site, visit, now_ms), grants(&site.regions, visit, now_ms));
    for purpose in Purpose::ALL {
        let of_engine = (
            engine.allows(*purpose),
            engine.allows_by_name(*purpose),
            engine.allows_by_parent(*purpose),
            engine.denies(*purpose),
            engine.basis(*purpose).name(),
            engine.day(*purpose),
        );
        let of_model = (
            model.granted.contains(purpose),
            model.by_name.contains(purpose),
            model.by_parent.contains(purpose),
            model.denied.contains(purpose),
            model.basis[purpose],
            model.day.get(purpose).copied(),
        );
        assert_eq!(of_engine, of_model, "the engine's {purpose}, and the model's: {whom}");
    }
    for unit in Unit::ALL {
        assert_eq!(engine.allows_unit(*unit), model.covers(*unit), "{unit}: {whom}");
    }
    let of_engine = (engine.epoch, engine.depth, engine.without_consent(), engine.regime);
    let of_model = (model.epoch, model.depth, model.without_consent, model.law);
    assert_eq!(of_engine, of_model, "epoch, depth, rung without consent and law: {whom}");
    model
}

/// Fails with everything that is needed to look at one difference.
fn report(
    seed: u64,
    number: usize,
    visit: &Json,
    expected: &Json,
    actual: &Json,
    files: &selvedge::author::Files,
) -> ! {
    let mut text = format!("seed {seed}, visit {number}\nvisit {visit}\n");
    for (slot, wanted) in expected["decisions"].as_object().expect("an object") {
        let got = &actual["decisions"][slot];
        if got != wanted {
            text += &format!("{slot}\n  model  {wanted}\n  engine {got}\n");
        }
    }
    text += &format!("cache: model {}, engine {}\n", expected["cache"], actual["cache"]);
    for path in files.entries.keys().filter(|path| !path.starts_with("content/")) {
        text += &format!("--- {path}\n{}\n", sites::text(files, path));
    }
    panic!("the engine differs from the model\n{text}");
}

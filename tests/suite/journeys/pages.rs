//! Which release decides which slot of a page, beside a slow reading of the cookie; and what leaves a host because of it.

use std::collections::BTreeMap;

use selvedge::author::site::Site;
use selvedge::author::{Entry, Files};
use selvedge::bundle::journeys::{Earlier, Journeys, mark};
use selvedge::cli::open::Opened;
use selvedge::cli::prove::Host;
use selvedge::cli::{replay, seal};
use selvedge::consent::grants;
use selvedge::log::audit::Which;
use selvedge::log::key::Key;
use selvedge::log::measure::MeasureKey;
use selvedge::log::ratchet::Ratchet;
use selvedge::page::{
    self, Asked, Begun, Course, Deployment, JOURNEY_COOKIE, Pins, Recording, Scratch, Who, begin, join,
};
use selvedge::report::interference::{Maker, Plan, search};
use selvedge::words::{Purpose, Visit};
use serde_json::Value as Json;

use crate::model::{Permission, first_seed, reference};
use crate::sites::dice::Dice;
use crate::sites::{self, NOW_MS, random, visits};

const DAY: i64 = 86_400_000;
const VISITS: usize = 50;

/// A site of two releases.
struct Releases {
    sites: [Site; 2],
    opened: [Opened; 2],
    journeys: Journeys,
}

/// A journey of random slots of pages. Where a plan may decide slots together, it is all of them.
fn with_journeys(dice: &mut Dice, mut files: Files) -> Files {
    let settings = sites::text(&files, "selvedge.toml").to_owned();
    let is_web = |name: &&str| name.starts_with("home.s") || *name == "home.nobody";
    let slots = sites::text(&files, "slots.toml").to_owned();
    let slots: Vec<&str> =
        slots.lines().filter_map(|line| line.strip_prefix('[')?.strip_suffix(']')).filter(is_web).collect();
    let is_planned = settings.contains("[plan]")
        || files.entries.values().any(
            |entry| matches!(entry, Entry::Bytes(bytes) if String::from_utf8_lossy(bytes).contains("conflicts_with")),
        );
    let split = if is_planned { slots.len() } else { dice.below(slots.len() + 1) };
    let mut text = settings;
    for (name, own) in [("checkout", &slots[..split]), ("returns", &slots[split..])] {
        if !own.is_empty() {
            let list: Vec<String> = own.iter().map(|slot| format!("\"{slot}\"")).collect();
            let days = dice.between(1, 3);
            let ends = dice.pick(&["", "ends = [\"/done/\"]\n"]);
            text += &format!("[journeys.{name}]\nslots = [{}]\n{ends}days = {days}\n", list.join(", "));
        }
    }
    files.entries.insert("selvedge.toml".into(), Entry::Bytes(text.into_bytes()));
    files
}

/// The same site after somebody worked on it: other content in some rules, and some experiences gone.
fn changed(dice: &mut Dice, files: &Files) -> Files {
    let mut changed = files.clone();
    let names: Vec<String> = files.entries.keys().filter(|path| path.starts_with("experiences/")).cloned().collect();
    for name in &names[1..] {
        let text = sites::text(files, name);
        if dice.percent(25) && !names.iter().any(|other| sites::text(files, other).contains("conflicts_with")) {
            changed.entries.remove(name);
        } else if dice.percent(60) {
            let other = text
                .replace("show = \"html/c1\"", "show = \"html/c2\"")
                .replace("show = \"html/c0\"", "show = \"control\"");
            changed.entries.insert(name.clone(), Entry::Bytes(other.into_bytes()));
        }
    }
    changed
}

fn releases(dice: &mut Dice) -> Option<Releases> {
    let files = random::site(dice);
    let files = with_journeys(dice, files);
    let other = changed(dice, &files);
    let read = |files: &Files| selvedge::author::check(files).0;
    // A policy or a layer may name what is gone; such a pair is none.
    let sites = [read(&files)?, read(&other)?];
    let opened = [sites::opened(&sites[0]), sites::opened(&sites[1])];
    let marks = opened.each_ref().map(|one| mark(one.release.targets()));
    let mut journeys = opened[1].journeys.clone().expect("the site has journeys");
    let until_ms = NOW_MS + dice.pick(&[10 * DAY, DAY, 0]);
    journeys.earlier = vec![Earlier { mark: marks[0], until_ms, head: Vec::new() }];
    (marks[0] != marks[1]).then_some(Releases { sites, opened, journeys })
}

/// A cookie as devices, people and other sites may leave it.
fn cookie(dice: &mut Dice, all: &Releases, now_ms: i64) -> String {
    let marks = all.opened.each_ref().map(|one| hex(&mark(one.release.targets())));
    let entry = |dice: &mut Dice| {
        let name = dice.pick(&["checkout", "returns", "checkout", "gone", ""]);
        let mark = match dice.below(8) {
            0 => marks[1].clone(),
            1 => "0011223344556677".to_owned(),
            2 => "zz".to_owned(),
            _ => marks[0].clone(),
        };
        let day = now_ms.div_euclid(DAY) - dice.pick(&[0, 0, 1, 2, 3, -1, 400]);
        match dice.below(12) {
            0 => format!("{name}={mark}"),
            1 => format!("{name}={mark}~x"),
            _ => format!("{name}={mark}~{day}"),
        }
    };
    let entries: Vec<String> = (0..dice.below(4)).map(|_| entry(dice)).collect();
    entries.join("&")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The entries of a cookie that count: by journey, the release and its day.
fn counted(all: &Releases, cookie: &str, has_storage: bool, now_ms: i64) -> BTreeMap<String, (usize, i64)> {
    let mut counted = BTreeMap::new();
    if !has_storage {
        return counted;
    }
    for entry in cookie.split('&') {
        let parts: Vec<&str> = entry.split(['=', '~']).collect();
        let [name, found, day] = parts[..] else { continue };
        let Some(journey) = all.journeys.journeys.iter().find(|journey| journey.name == name) else { continue };
        let Ok(day) = day.parse::<i64>() else { continue };
        let age = now_ms.div_euclid(DAY) - day;
        let which = (0..2).find(|at| hex(&mark(all.opened[*at].release.targets())) == found);
        let is_listed = which == Some(1) || now_ms < all.journeys.earlier[0].until_ms;
        if let Some(which) = which.filter(|_| is_listed && age >= 0 && age < i64::from(journey.days)) {
            counted.entry(name.to_owned()).or_insert((which, day));
        }
    }
    counted
}

fn key() -> Key {
    Key::new(3, [7; 32]).with_ratchet(Ratchet::new(18_262, [8; 32]))
}

#[test]
fn a_slot_is_decided_by_the_release_that_its_journey_began_with() {
    let (mut pairs, mut pinned, mut began, mut ended, mut both, mut seed) = (0, 0, 0, 0, 0, first_seed() + 500_000);
    let (wanted, secret) = (sites::cases(1_000), key());
    while pairs < wanted {
        let dice = &mut Dice::new(seed);
        seed += 1;
        let Some(all) = releases(dice) else { continue };
        let own = mark(all.opened[1].release.targets());
        for number in 0..VISITS {
            let visit: Visit = serde_json::from_value(visits::visit(dice, &all.sites[1])).expect("a made visit is one");
            let now_ms = visit.now.expect("a made visit has a time").0;
            if now_ms < NOW_MS / 2 {
                continue;
            }
            pairs += 1;
            let whom = format!("seed {}, visit {number}", seed - 1);
            let permission = Permission::new(&all.sites[1], &visit, now_ms);
            let has_storage = permission.granted.contains(&Purpose::Storage);
            let text = cookie(dice, &all, now_ms);
            let pins_before = counted(&all, &text, has_storage, now_ms);
            let path = dice.pick(&["/", "/done/"]);

            // What a host does.
            let bundles = all.opened.each_ref().map(|one| &one.bundle);
            let grants = grants(&bundles[1].program().manifest().regions, &visit, now_ms);
            let course = Course { journeys: &all.journeys, own, now_ms };
            let pins = Pins::read(&course, &format!("a=b; {JOURNEY_COOKIE}={text}; c=d"), &grants);
            let slots = page::slots_at(bundles[1], path);
            let (current, shares) = pins.shares(&course, bundles[1], &slots, path, &|_| Some(bundles[0]));
            let mut scratches = [Scratch::default(), Scratch::default()];
            let [old, new] = &mut scratches;
            let asked = |slots| Asked { slots: Some(slots), ..Asked::of(Who::Visit(&visit, now_ms)) };
            let own_part = begin(bundles[1], &asked(&current), new);
            let earlier: Vec<Begun<'_>> =
                shares.first().map(|(_, slots)| begin(bundles[0], &asked(slots), old)).into_iter().collect();

            // What the model says.
            let expected = all.sites.each_ref().map(|site| reference::decide(site, &visit, now_ms));
            let release_of = |name: &str| {
                let journey =
                    all.journeys.journeys.iter().find(|journey| journey.slots.iter().any(|slot| slot == name));
                journey.and_then(|journey| pins_before.get(&journey.name)).map_or(1, |(which, _)| *which)
            };
            let deployment =
                Deployment { environment: "development", root: "", root_version: 1, cookie: None, nonce: "0" };
            let recording = Recording { which: Which::All, key: &secret, id: [5; 16] };
            let measure = MeasureKey::new(1, [8; 32]);
            let host = page::Host { deployment, recording: Some(recording), key: Some(&measure) };
            let answers = [(1, &own_part)].into_iter().chain(earlier.iter().map(|one| (0, one)));
            let mut answers: Vec<_> = answers
                .map(|(which, begun)| {
                    let opened = &all.opened[which];
                    let body = |chunk: usize| opened.chunks.get(chunk).map(Vec::as_slice);
                    let answer = begun.finish(&body, &host).expect("its content is there");
                    // Each record names the release that decided, and is made again by it.
                    for draft in &answer.records {
                        let line = seal::seal(draft).expect("seals");
                        let again = replay::remade(&line, opened, &secret)
                            .unwrap_or_else(|error| panic!("{whom}: {error:#}\n{line}"));
                        assert_eq!(again, draft.line(), "{whom}");
                    }
                    (begun, answer)
                })
                .collect();
            let decided: Vec<&Begun<'_>> = answers.iter().map(|(begun, _)| *begun).collect();
            let set = pins.cookie(&course, path, &decided);
            let first = answers.remove(0);
            let answer = join(first, answers, &deployment, set.clone());
            let block =
                answer.block.split("id=\"selvedge-page\">").nth(1).and_then(|rest| rest.strip_suffix("</script>"));
            let block: Json = serde_json::from_str(block.expect("a block")).expect("JSON");
            let found = block["page"]["decisions"].as_object().expect("decisions");
            assert_eq!(found.len(), slots.len(), "{whom}: every slot once");
            for (name, decision) in found {
                let which = release_of(name);
                let has_slot = all.sites[0].slots.iter().any(|slot| slot.name == *name);
                let which = if has_slot { which } else { 1 };
                let mut wanted = expected[which]["decisions"][name].clone();
                if which == 0 {
                    wanted["bundle"] = hex(bundles[0].digest()).into();
                    pinned += 1;
                }
                // Slots that only one page has are decided apart from others, so what a group has read can differ: the page was asked alone.
                if all.sites[which].plan.is_none() {
                    assert_eq!(*decision, wanted, "{whom}, {name} by {which}: {text}");
                }
            }
            both += usize::from(!earlier.is_empty() && !current.is_empty());
            let names: Vec<&str> = answer.changes.iter().map(|change| change.slot.name).collect();
            let shown = found.iter().filter(|(_, decision)| !decision["content"].is_null()).count();
            assert!(names.len() <= shown && names.iter().all(|name| found.contains_key(*name)), "{whom}");

            // The cookie afterwards.
            let mut after = pins_before.clone();
            for journey in &all.journeys.journeys {
                if journey.ends.iter().any(|end| end == path) {
                    ended += usize::from(after.remove(&journey.name).is_some());
                } else if journey
                    .slots
                    .iter()
                    .any(|slot| found.get(slot).is_some_and(|one| !one["content"].is_null() || !one["arm"].is_null()))
                {
                    after.entry(journey.name.clone()).or_insert_with(|| {
                        began += 1;
                        (1, now_ms.div_euclid(DAY))
                    });
                }
            }
            match set {
                None => {
                    let says_more = text.split('&').filter(|entry| !entry.is_empty()).count() != pins_before.len();
                    assert!(
                        !has_storage || (after == pins_before && !says_more),
                        "{whom}: {text} stays, and should be {after:?}"
                    );
                }
                Some(set) => {
                    assert!(has_storage, "{whom}: a pin needs storage");
                    assert_eq!(counted(&all, &set.value, true, now_ms), after, "{whom}: {text} became {}", set.value);
                    assert_eq!(set.max_age_seconds == 0, after.is_empty(), "{whom}");
                    assert!(set.max_age_seconds <= 7 * 86_400 && set.value.len() < 512, "{whom}");
                }
            }
        }
    }
    println!(
        "{pairs} pairs, {pinned} slots by the earlier release, {both} pages by both, {began} began, {ended} ended"
    );
    assert!(pinned * 20 > pairs && both > 0 && began > 20 && ended > 3, "hardly any journey");
}

#[test]
fn nothing_on_a_journey_tells_what_is_hidden() {
    let (mut total, mut seed) = (0, first_seed() + 550_000);
    let wanted = sites::cases(400) as u64;
    while total < wanted {
        let dice = &mut Dice::new(seed);
        seed += 1;
        let Some(all) = releases(dice) else { continue };
        let [old, new] = &all.opened;
        let pages = BTreeMap::from([("/".to_owned(), "<!doctype html><body></body>".to_owned())]);
        let host = Host::new(new, "development", pages).with_earlier(old);
        let marks = all.opened.each_ref().map(|one| mark(one.release.targets()));
        let maker = Maker::new(&all.sites[1], &["/".into()], NOW_MS).with_marks(&marks);
        let report = search(&maker, &host, Plan { pairs: 250, seed, threads: 1 }, &|_| ());
        if let Some(found) = &report.found {
            let differing: Vec<String> = found.visitor.differing(&found.twin).map(ToString::to_string).collect();
            panic!(
                "seed {}: {} tells {differing:?}\n{}\n{}",
                seed - 1,
                found.output.0,
                found.output.1[0],
                found.output.1[1]
            );
        }
        total += report.pairs;
    }
    println!("{total} pairs, 0 differ");
}

#[test]
fn without_storage_the_cookie_is_not_read_and_goes() {
    let mut count = 0;
    for seed in 0..40 {
        let dice = &mut Dice::new(600_000 + seed);
        let Some(all) = releases(dice) else { continue };
        let bundle = &all.opened[1].bundle;
        for _ in 0..50 {
            let now_ms = NOW_MS;
            let cookies = [cookie(dice, &all, now_ms), cookie(dice, &all, now_ms)];
            let outcome = cookies.map(|text| {
                let header = |name: &str| (name == "cookie").then(|| format!("{JOURNEY_COOKIE}={text}"));
                let request = page::Request {
                    path: "/",
                    query: "",
                    country: Some("DE"),
                    region: Some("DE"),
                    header: &header,
                    now_ms,
                    randomness: "0123456789abcdef0123456789abcdef",
                    edit: None,
                };
                let (arrived, _) = page::arrive(bundle, &request, None);
                let course = Course { journeys: &all.journeys, own: mark(all.opened[1].release.targets()), now_ms };
                let pins = Pins::read(&course, &header("cookie").expect("is there"), &arrived.grants);
                (arrived.grants.allows(Purpose::Storage), pins, arrived.cookies(false))
            });
            let [(has_storage, pins, set), (_, other, other_set)] = outcome;
            if !has_storage {
                count += 1;
                assert_eq!((&pins, &set), (&other, &other_set), "seed {seed}");
                assert_eq!(pins, Pins::default());
                let gone = set.iter().find(|cookie| cookie.name == JOURNEY_COOKIE).expect("it is removed");
                assert_eq!(gone.max_age_seconds, 0);
            }
        }
    }
    assert!(count > 200, "{count}");
}

//! The page plan: nothing twice, nothing beside what it conflicts with, no limit passed, and a named cause for each loss.
//!
//! The reference model has a planner of its own, and is compared with the engine in `model`. Here the promises themselves are checked.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use selvedge::author::site::{ContactClass, Site};
use selvedge::bundle::plan::Plan;
use selvedge::cli::open::Opened;
use selvedge::engine::{Decision, Page, Workspace, all_slots, decide};
use selvedge::words::{Choice, Detail, Purpose, PurposeKey, Value, Visit};
use serde_json::Value as Json;

use super::with_permitted;
use crate::model::{answer, reference};
use crate::sites::dice::Dice;
use crate::sites::{self, NOW_MS};

const SETTINGS: &str = "name = \"shop\"\n[locales]\ndefault = \"en\"\n";
const SLOTS: [&str; 4] = ["a.one", "b.two", "c.three", "d.four"];

/// A site with four slots of one page, and contents `w`, `x`, `y` and `z`.
fn opened(settings: &str, more: &[(&str, &str)]) -> Opened {
    let slots: Vec<String> =
        SLOTS.iter().map(|slot| format!("[{slot}]\nselector = \"#{}\"\nchange = \"text\"\n", &slot[..1])).collect();
    let (slots, settings) = (slots.concat(), format!("{SETTINGS}{settings}"));
    let text = "[locale.en]\ntext = \"t\"\n";
    let mut files: Vec<(&str, String)> = vec![("selvedge.toml", settings), ("slots.toml", slots)];
    for content in ["content/w.toml", "content/x.toml", "content/y.toml", "content/z.toml"] {
        if more.iter().all(|(path, _)| *path != content) {
            files.push((content, text.to_owned()));
        }
    }
    files.extend(more.iter().map(|(path, text)| (*path, (*text).to_owned())));
    sites::opened(&sites::checked(&sites::files(files)))
}

fn experience(slot: &str, more: &str, shows: &[&str]) -> String {
    let rules: Vec<String> = shows.iter().map(|shown| format!("[[rule]]\nshow = \"{shown}\"\n")).collect();
    format!("slot = \"{slot}\"\npurpose = \"contextual\"\n{more}{}", rules.concat())
}

/// What each slot shows, and what gave way: `SLOT CONTENT`, or `SLOT CONTENT < EXPERIENCE WHY SLOT`.
fn told(opened: &Opened, visit: &Visit) -> Vec<String> {
    let answer: Json = serde_json::from_str(&super::effects(opened, visit).0).expect("is JSON");
    let told = |slot: &&str| {
        let decision = &answer["decisions"][*slot];
        let word = |value: &Json| value.as_str().unwrap_or("-").to_owned();
        let content = if decision["holdout"].is_string() {
            format!("({})", word(&decision["would"]))
        } else {
            word(&decision["content"])
        };
        let way = &decision["gave_way"];
        let gave = format!(" < {} {} {}", word(&way["experience"]), word(&way["why"]), word(&way["to"]));
        format!("{} {content}{}", &slot[..1], if way.is_null() { "" } else { &gave })
    };
    SLOTS.iter().map(told).collect()
}

#[test]
fn content_is_shown_once_and_its_slot_goes_on() {
    let (first, second) = (experience("a.one", "", &["x"]), experience("b.two", "", &["x", "y"]));
    let third = experience("c.three", "priority = 300\n", &["y"]);
    let files = [("experiences/e.toml", &*first), ("experiences/f.toml", &second), ("experiences/g.toml", &third)];
    let visit = Visit::default();
    let alone = opened("", &files);
    assert_eq!(told(&alone, &visit), ["a x", "b x", "c y", "d -"]);
    assert!(!alone.bundle.program().has_plan(), "a site that declares nothing has no plan");
    let planned = opened("[plan]\n", &files);
    assert_eq!(told(&planned, &visit), ["a x", "b - < f repeat a.one", "c y", "d -"]);
    let ordered = opened("[plan]\norder = [\"b.two\"]\n", &files);
    assert_eq!(told(&ordered, &visit), ["a - < e repeat b.two", "b x", "c y", "d -"]);
    let repeats = opened("[plan]\nrepeats = true\n", &files);
    assert_eq!(told(&repeats, &visit), ["a x", "b x", "c y", "d -"]);
}

#[test]
fn conflicts_and_limits_have_a_named_cause() {
    let one = experience("a.one", "", &["w"]);
    let two = experience("b.two", "conflicts_with = [\"e\"]\n", &["x"]);
    let three = experience("c.three", "class = \"service\"\n", &["y"]);
    let four = experience("d.four", "priority = 101\n", &["z"]);
    let files = [
        ("experiences/e.toml", &*one),
        ("experiences/f.toml", &two),
        ("experiences/g.toml", &three),
        ("experiences/h.toml", &four),
    ];
    let visit = Visit::default();
    assert_eq!(told(&opened("", &files), &visit), ["a w", "b - < f conflict a.one", "c y", "d z"]);
    let limited = opened("[plan]\nlimits = { promotional = 1 }\n", &files);
    assert_eq!(told(&limited, &visit), ["a - < e class d.four", "b - < f class d.four", "c y", "d z"]);
    let short = opened("[plan]\nchanges = 2\n", &files);
    assert_eq!(told(&short, &visit), ["a w", "b - < f conflict a.one", "c - < g changes a.one", "d z"]);
    let content = ("content/w.toml", "conflicts_with = [\"z\"]\n[locale.en]\ntext = \"t\"\n");
    let of_content = opened("", &[&files[..], &[content]].concat());
    assert_eq!(told(&of_content, &visit), ["a - < e conflict d.four", "b x", "c y", "d z"]);
}

/// A slot that is asked about alone is a page of its own, and one that is asked about twice has one place.
#[test]
fn the_slots_of_a_call_are_one_page() {
    let files = [
        ("experiences/e.toml", &*experience("a.one", "", &["x"])),
        ("experiences/f.toml", &experience("b.two", "", &["x"])),
    ];
    let opened = opened("[plan]\n", &files);
    let shown = |slots: &[u32]| {
        let slots: Vec<Option<u32>> = slots.iter().copied().map(Some).collect();
        with_permitted(&opened, &Visit::default(), |permitted| {
            let page = decide(&opened.bundle, permitted, &slots, &mut Workspace::default());
            page.decisions.iter().map(|decision| decision.content.is_some()).collect::<Vec<_>>()
        })
    };
    assert_eq!(shown(&[1]), [true]);
    assert_eq!(shown(&[1, 1]), [true, true]);
    assert_eq!(shown(&[1, 0, 1]), [false, true, false]);
}

fn counted(id: &str) -> Visit {
    let mut visit = Visit::default();
    visit.identity.visitor = Some(id.into());
    for purpose in [Purpose::Analytics, Purpose::Storage] {
        visit.grants.insert(PurposeKey(purpose), Some(Choice::Granted));
    }
    visit
}

/// All arms of a split give way together, control too: what is shown elsewhere must not decide who counts in which arm.
#[test]
fn a_split_gives_way_as_a_whole() {
    let split = "slot = \"b.two\"\npurpose = \"contextual\"\n[[rule]]\n\
        split = { experiment = \"s\", arms = { \"x\" = 50, control = 50 } }\n[[rule]]\nshow = \"y\"\n";
    let files = [("experiences/e.toml", &*experience("a.one", "", &["x"])), ("experiences/s.toml", split)];
    let (planned, alone) = (opened("[plan]\n", &files), opened("", &files));
    let mut arms = BTreeSet::new();
    for number in 0..40 {
        let visit = counted(&format!("u-{number}"));
        assert_eq!(told(&planned, &visit)[1], "b y < s repeat a.one", "{number}");
        arms.insert(told(&alone, &visit)[1].clone());
    }
    assert_eq!(arms.into_iter().collect::<Vec<_>>(), ["b -", "b x"]);
}

/// What is held back takes its place among what is held back, so a ghost is what would have been shown; it takes none from a service.
#[test]
fn what_is_held_back_takes_no_place_from_what_is_shown() {
    let files = [
        ("experiences/e.toml", &*experience("a.one", "", &["x"])),
        ("experiences/f.toml", &experience("b.two", "", &["x", "y"])),
        ("experiences/g.toml", &experience("c.three", "class = \"service\"\n", &["x"])),
    ];
    let opened = opened("[plan]\n[holdouts.all]\nshare = 50\n", &files);
    let mut seen = BTreeSet::new();
    for number in 0..40 {
        seen.insert(told(&opened, &counted(&format!("u-{number}"))).join(", "));
    }
    let seen: Vec<String> = seen.into_iter().collect();
    assert_eq!(
        seen,
        ["a (x), b (y) < f repeat a.one, c x, d -", "a x, b y < f repeat a.one, c - < g repeat a.one, d -"]
    );
}

/// A site of one page whose slots want the same few items.
fn crowded(dice: &mut Dice) -> Site {
    let (slots, mut texts) = (dice.between(4, 9), Vec::new());
    let mut settings = format!("{SETTINGS}[plan]\n");
    settings += dice.pick(&["", "", "repeats = true\n"]);
    settings += dice.pick(&["", "changes = 2\n", "changes = 3\n"]);
    settings += dice.pick(&["", "limits = { promotional = 1 }\n", "limits = { promotional = 2, service = 1 }\n"]);
    settings += dice.pick(&["", "order = [\"p.s3\", \"p.s1\"]\n"]);
    settings += dice.pick(&["", "", "[holdouts.all]\nshare = 50\n"]);
    texts.push(("selvedge.toml".to_owned(), settings));
    let slot = |at: usize| format!("[p.s{at}]\nselector = \"#s{at}\"\nchange = \"text\"\n");
    texts.push(("slots.toml".into(), (0..slots).map(slot).collect()));
    texts.push((
        "attributes.toml".into(),
        "[request.n]\ntype = \"int\"\nsource = \"request\"\nrange = [0, 100]\npurposes = [\"contextual\"]\n".into(),
    ));
    for item in 0..8 {
        let conflict = if item > 0 && dice.percent(30) {
            format!("conflicts_with = [\"c{}\"]\n", dice.below(item))
        } else {
            String::new()
        };
        texts.push((format!("content/c{item}.toml"), conflict + "[locale.en]\ntext = \"t\"\n"));
    }
    for number in 0..slots * 2 {
        let mut text = format!("slot = \"p.s{}\"\npurpose = \"contextual\"\n", number / 2);
        let _ = writeln!(text, "priority = {}", dice.pick(&["50", "100", "100", "150"]));
        text += dice.pick(&["", "class = \"promotional\"\n", "class = \"service\"\n", "class = \"legal\"\n"]);
        if number > 0 && dice.percent(25) {
            let _ = writeln!(text, "conflicts_with = [\"e{}\"]", dice.below(number));
        }
        for rule in 0..dice.between(1, 3) {
            let (from, item) = (dice.below(100), dice.below(8));
            let other = (item + 1 + dice.below(7)) % 8;
            let effect = match dice.below(6) {
                0 => "show = \"control\"".to_owned(),
                1 => format!(
                    "split = {{ experiment = \"x{number}-{rule}\", arms = {{ c{item} = 40, c{other} = 40, control = 20 }} }}"
                ),
                _ => format!("show = \"c{item}\""),
            };
            let _ = writeln!(text, "[[rule]]\nall = ['request.n >= {from}']\n{effect}");
        }
        texts.push((format!("experiences/e{number}.toml"), text));
    }
    sites::checked(&sites::files(texts))
}

/// The promises, for 10,000 visits of crowded pages, each beside the planner of the reference model.
#[test]
fn no_page_breaks_its_plan() {
    let mut lost = BTreeMap::<&str, usize>::new();
    for seed in 1..=100 {
        let mut dice = Dice::new(seed);
        let site = crowded(&mut dice);
        let opened = sites::opened(&site);
        let program = opened.bundle.program();
        let (slots, mut workspace) = (all_slots(&opened.bundle), Workspace::default());
        for _ in 0..100 {
            let mut visit = counted(&format!("u-{}", dice.below(10_000)));
            visit.attributes.insert("request.n".into(), Value::Int(dice.below(101) as i64));
            let answer: Json = serde_json::from_str(&answer(&opened, &visit, &mut workspace)).expect("is JSON");
            let expected = reference::decide(&site, &visit, NOW_MS);
            assert_eq!(answer["decisions"], expected["decisions"], "seed {seed}");
            with_permitted(&opened, &visit, |permitted| {
                let page = decide(&opened.bundle, permitted, &slots, &mut workspace);
                keeps(program.plan(), &page);
                for (slot, decision) in slots.iter().zip(&page.decisions) {
                    let alone = decide(&opened.bundle, permitted, &[*slot], &mut Workspace::default());
                    let before = &alone.decisions[0];
                    if (before.content, before.rule) == (decision.content, decision.rule) {
                        continue;
                    }
                    // Whoever would be shown something else gave way to a slot that has its place.
                    let way = decision.gave_way.unwrap_or_else(|| panic!("seed {seed}: {slot:?} lost without a cause"));
                    let to = &page.decisions[way.to as usize];
                    assert!(to.content.is_some() || to.held().is_some_and(|held| held.would.is_some()), "seed {seed}");
                    assert_eq!((Some(way.experience), Some(way.rule)), (before.experience, before.rule), "seed {seed}");
                    *lost.entry(way.why.name()).or_default() += 1;
                }
            });
        }
    }
    println!("10000 visits, 0 differ from the naive planner; gave way: {lost:?}");
    for why in ["repeat", "conflict", "changes", "class"] {
        assert!(lost.get(why).is_some_and(|count| *count > 500), "{why} hardly came up: {lost:?}");
    }
}

/// Checks what is shown, group by group, without a look at how it was planned.
fn keeps(plan: &Plan, page: &Page) {
    let of = |decision: &&Decision| decision.slot.map_or(0, |slot| plan.group(slot));
    for group in 1..=plan.groups.iter().copied().max().unwrap_or(0) {
        let shown: Vec<&Decision> =
            page.decisions.iter().filter(|one| of(one) == group && one.content.is_some()).collect();
        for (nth, one) in shown.iter().enumerate() {
            for other in &shown[nth + 1..] {
                let (a, b) = (one.content.expect("is shown"), other.content.expect("is shown"));
                assert!(plan.repeats || a != b, "shown twice");
                assert!(!Plan::conflict(&plan.contents, a, b), "content conflicts");
                let (a, b) = (one.experience.expect("decided"), other.experience.expect("decided"));
                assert!(!Plan::conflict(&plan.experiences, a, b), "experiences conflict");
            }
        }
        assert!(plan.changes == 0 || shown.len() <= usize::from(plan.changes), "too many changes");
        for class in ContactClass::ALL {
            let count =
                shown.iter().filter(|one| one.experience.is_some_and(|at| plan.classes[at as usize] == *class as u8));
            let limit = plan.limits[*class as usize];
            assert!(limit == 0 || count.count() <= usize::from(limit), "too much of a class");
        }
    }
    for decision in &page.decisions {
        assert!(decision.detail != Some(Detail::PagePlan) || decision.gave_way.is_some(), "a loss without a cause");
    }
}

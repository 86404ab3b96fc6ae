//! Holdouts: who is held back, from what, and that nothing else changes.

use selvedge::author::Files;
use selvedge::cli::open::Opened;
use selvedge::engine::{Workspace, all_slots, decide};
use selvedge::words::{Choice, Purpose, PurposeKey, Visit};
use serde_json::Value as Json;

use super::with_permitted;
use crate::sites;

const SETTINGS: &str = "name = \"shop\"\n[locales]\ndefault = \"en\"\n[layers.home]\nshares = { other = 20, winter-hero = 40 }\n\
    [channels.email]\n[holdouts.email-2027q1]\nshare = 10\nchannel = \"email\"\n[holdouts.global-2027q1]\nshare = 5\n";
const SLOTS: &str = "[letter.hero]\nchannel = \"email\"\nchange = \"text\"\n[page.hero]\nselector = \"#a\"\nchange = \"text\"\n\
    [page.help]\nselector = \"#b\"\nchange = \"text\"\n[page.plain]\nselector = \"#c\"\nchange = \"text\"\n";

fn opened() -> Opened {
    let split = |slot: &str| {
        format!(
            "slot = \"{slot}\"\npurpose = \"contextual\"\n[[rule]]\nsplit = {{ experiment = \"winter-hero\", layer = \"home\", \
             arms = {{ \"a\" = 50, control = 50 }} }}\n"
        )
    };
    let plain = |slot: &str, class: &str| {
        format!("slot = \"{slot}\"\npurpose = \"contextual\"\nclass = \"{class}\"\n[[rule]]\nshow = \"a\"\n")
    };
    let files = Files::from([
        ("selvedge.toml", SETTINGS),
        ("slots.toml", SLOTS),
        ("content/a.toml", "[locale.en]\ntext = \"a\"\n"),
        ("experiences/page.toml", &split("page.hero")),
        ("experiences/letter.toml", &split("letter.hero")),
        ("experiences/help.toml", &plain("page.help", "service")),
        ("experiences/plain.toml", &plain("page.plain", "promotional")),
    ]);
    sites::opened(&sites::checked(&files))
}

/// Somebody who may be counted.
fn visit(id: &str) -> Visit {
    let mut visit = Visit::default();
    visit.identity.visitor = Some(id.into());
    visit.identity.page = Some("p".into());
    for purpose in [Purpose::Analytics, Purpose::Storage] {
        visit.grants.insert(PurposeKey(purpose), Some(Choice::Granted));
    }
    visit
}

/// The decisions of a visit: `SLOT: content, or the holdout and what it holds back, and the arm`.
fn told(opened: &Opened, visit: &Visit, slot: &str) -> String {
    let answer: Json = serde_json::from_str(&super::effects(opened, visit).0).expect("is JSON");
    let decision = &answer["decisions"][slot];
    let word = |key: &str| decision[key].as_str().unwrap_or("-").to_owned();
    match decision["holdout"].as_str() {
        Some(holdout) => {
            assert_eq!(
                (word("content"), word("reason"), word("detail")),
                ("-".into(), "SPLIT".into(), "HOLDOUT".into())
            );
            format!("{holdout} holds back {} of {}", word("would"), word("arm"))
        }
        None => format!("{} of {}", word("content"), word("arm")),
    }
}

/// The points were computed with Python's hashlib: holdout, layer and arm of each id are drawn by salts of their own.
#[test]
fn holdouts_layers_and_arms_are_nested() {
    let opened = opened();
    for (id, page, letter) in [
        ("u-7", "a of a", "a of a"),
        ("u-1", "- of control", "email-2027q1 holds back - of control"),
        ("u-456", "global-2027q1 holds back a of a", "global-2027q1 holds back a of a"),
        // In both; the one for every channel counts.
        ("u-1290", "global-2027q1 holds back - of control", "global-2027q1 holds back - of control"),
    ] {
        let visit = visit(id);
        assert_eq!(told(&opened, &visit, "page.hero"), page, "{id}");
        assert_eq!(told(&opened, &visit, "letter.hero"), letter, "{id}");
        // Nobody is to miss a service; other content is held back with no arm.
        assert_eq!(told(&opened, &visit, "page.help"), "a of -", "{id}");
        let plain = told(&opened, &visit, "page.plain");
        let is_held = page.starts_with("global");
        assert_eq!(plain, if is_held { "global-2027q1 holds back a of -" } else { "a of -" }, "{id}");
    }
}

/// Somebody who gave no permission to be counted, or has no id that lasts, is in no group, and sees what everybody sees.
#[test]
fn only_an_id_that_consent_covers_is_drawn() {
    let opened = opened();
    let mut silent = visit("u-456");
    silent.grants = [].into_iter().collect();
    assert_eq!(told(&opened, &silent, "page.plain"), "a of -");
    let mut brief = visit("u-456");
    brief.grants.insert(PurposeKey(Purpose::Storage), Some(Choice::Denied));
    assert_eq!(told(&opened, &brief, "page.plain"), "a of -");
}

/// Counts of the ids `u-0` to `u-19999`, computed with Python's hashlib: in the whole holdout, in that of email alone; and how those whom
/// neither holds back, and those of each, fall into the layer's experiment and its arms.
#[test]
fn shares_are_kept_and_arms_are_drawn_alike_within_and_without() {
    let opened = opened();
    let slots = all_slots(&opened.bundle);
    let program = opened.bundle.program();
    let letter = program.slot_position("letter.hero").expect("is a slot");
    // By holdout (or none), then by arm: a, control, not in the experiment (those come to no draw of a holdout in this slot).
    let mut counts = [[0_u32; 3]; 3];
    let (mut held, mut workspace) = (0, Workspace::default());
    let plain = program.slot_position("page.plain").expect("is a slot");
    for number in 0..20_000 {
        with_permitted(&opened, &visit(&format!("u-{number}")), |permitted| {
            let page = decide(&opened.bundle, permitted, &slots, &mut workspace);
            let decision = &page.decisions[letter];
            let arm = decision.assignment.map_or(2, |assignment| assignment.arm as usize);
            let holdout = decision.held().map_or(2, |held| held.holdout as usize);
            counts[holdout][arm] += 1;
            held += u32::from(page.decisions[plain].held().is_some());
        });
    }
    assert_eq!(held, 1_024);
    assert_eq!(counts, [[182, 198, 0], [395, 372, 0], [3_424, 3_417, 644 + 1_089 + 10_279]]);
}

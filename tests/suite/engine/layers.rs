//! A layer gives each of its experiments visitors of its own, and what is left to nobody.

use std::collections::BTreeMap;

use selvedge::author::Files;
use selvedge::engine::{Workspace, all_slots, decide};
use selvedge::words::Purpose;
use selvedge::words::Visit;
use selvedge::words::{Choice, PurposeKey};

use super::with_permitted;
use crate::sites;

const SETTINGS: &str = "name = \"shop\"\n[locales]\ndefault = \"en\"\n[layers.other]\nshares = { x = 100 }\n\
    [layers.heroes]\nshares = { winter = 30, spring = 45.5 }\n";
const SLOTS: &str =
    "[home.hero]\nselector = \"#hero\"\nchange = \"text\"\n[home.claim]\nselector = \"#claim\"\nchange = \"text\"\n";

fn experience(slot: &str, experiment: &str) -> String {
    format!(
        "slot = \"home.{slot}\"\npurpose = \"contextual\"\n[[rule]]\nsplit = {{ experiment = \"{experiment}\", \
         layer = \"heroes\", unit = \"page\", arms = {{ control = 50, c = 50 }} }}\n"
    )
}

/// Somebody who may be counted, by the randomness of the page.
fn visit(number: usize) -> Visit {
    let mut visit = Visit::default();
    visit.identity.page = Some(format!("p{number}"));
    visit.grants.insert(PurposeKey(Purpose::Analytics), Some(Choice::Granted));
    visit
}

#[test]
fn nobody_is_in_two_experiments_of_a_layer_and_every_share_is_kept() {
    let (winter, spring) = (experience("hero", "winter"), experience("claim", "spring"));
    let files = Files::from([
        ("selvedge.toml", SETTINGS),
        ("slots.toml", SLOTS),
        ("content/c.toml", "[locale.en]\ntext = \"c\"\n"),
        ("experiences/winter.toml", &winter),
        ("experiences/spring.toml", &spring),
    ]);
    let opened = sites::opened(&sites::checked(&files));
    const VISITS: usize = 20_000;
    let mut counts: BTreeMap<(String, u32), usize> = BTreeMap::new();
    for number in 0..VISITS {
        let visit = visit(number);
        let assigned: Vec<(String, u32)> = with_permitted(&opened, &visit, |permitted| {
            let page = decide(&opened.bundle, permitted, &all_slots(&opened.bundle), &mut Workspace::default());
            let assigned = page.decisions.iter().filter_map(|decision| decision.assignment);
            let name = |split: u32| opened.bundle.program().split(split as usize).experiment.to_owned();
            assigned.map(|assignment| (name(assignment.split), assignment.arm)).collect()
        });
        assert!(assigned.len() <= 1, "p{number} is in {assigned:?}");
        assigned.into_iter().for_each(|one| *counts.entry(one).or_default() += 1);
    }
    // Each arm has half of its experiment's share, within five standard deviations of a draw of this size.
    for (experiment, share) in [("winter", 0.30), ("spring", 0.455)] {
        for arm in [0, 1] {
            let (count, expected) = (counts[&(experiment.to_owned(), arm)] as f64, VISITS as f64 * share / 2.0);
            assert!((count - expected).abs() < 5.0 * expected.sqrt(), "{experiment} {arm}: {count} of {expected}");
        }
    }
}

#[test]
fn a_decision_names_the_layer_that_it_was_drawn_in() {
    let winter = experience("hero", "winter");
    let files = Files::from([
        ("selvedge.toml", SETTINGS),
        ("slots.toml", SLOTS),
        ("content/c.toml", "[locale.en]\ntext = \"c\"\n"),
        ("experiences/winter.toml", &winter),
    ]);
    let opened = sites::opened(&sites::checked(&files));
    let answers: Vec<String> = (0..50).map(|number| super::effects(&opened, &visit(number)).0).collect();
    let drawn = |answer: &&String| answer.contains("\"experiment\":\"winter\"");
    assert!((5..30).contains(&answers.iter().filter(drawn).count()), "about 15 of 50 are drawn");
    assert!(answers.iter().all(|answer| drawn(&answer) == answer.contains("\"layer\":\"heroes\"")));
}

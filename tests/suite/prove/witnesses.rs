//! Visitors that commands print: the engine decides each as it is said of them.

use std::collections::BTreeSet;

use selvedge::author::points::LOCK;
use selvedge::author::prove::{Budget, Conflict, Prover, Verdict, Witness, conflicts, measured, meetings};
use selvedge::author::site::{Effect, Site};
use selvedge::author::{Entry, Files};
use selvedge::engine::{Workspace, all_slots, decide, permit_said};

use super::visit;
use crate::sites::dice::Dice;
use crate::sites::{self, NOW_MS};

const SETTINGS: &str = "name = \"shop\"\nlocales = { default = \"en\" }\n\
    [markets.dach]\nzone = \"Europe/Berlin\"\nregions = [\"DE\", \"AT\"]\n\
    [markets.na]\nzone = \"America/New_York\"\nregions = [\"US\"]\n\
    [layers.home]\nshares = { e0 = 30, e1 = 30 }\n[layers.cart]\nshares = { e2 = 20 }\n";
const ATTRIBUTES: &str = "[request.country]\ntype = \"symbol\"\nvalues = [\"AT\", \"DE\", \"US\"]\nsource = \"request\"\npurposes = [\"contextual\"]\n\
    [visitor.visits]\ntype = \"int\"\nrange = [0, 9]\nsource = \"device\"\npurposes = [\"personalization\"]\nretention = \"30d\"\ndefault = 0\n";
const SLOTS: &str =
    "[home.hero]\nselector = \"#a\"\nchange = \"text\"\n[home.claim]\nselector = \"#b\"\nchange = \"text\"\n";

#[test]
fn every_visitor_in_two_experiments_is_in_both_by_the_engine() {
    let (mut apart, mut taken, mut together) = (0, 0, 0);
    for seed in (crate::model::first_seed()..).take(sites::cases(150)) {
        let mut files = world(&mut Dice::new(seed));
        // The arms have the points that other shares left them.
        let before = sites::checked(&world(&mut Dice::new(!seed)));
        files.entries.extend(before.laid.lock.map(|lock| (LOCK.to_owned(), Entry::Bytes(lock.into()))));
        let site = sites::checked(&files);
        let mut prover = Prover::new(&site);
        let all = measured(&mut prover);
        let (found, _) = conflicts(&mut prover, &all, i64::MIN, &mut Budget::PATIENT.clone(), usize::MAX);
        for Conflict { pair, takes, verdict, .. } in &found {
            let names = [all[pair.0].name, all[pair.1].name];
            let Verdict::Holds(witness) = verdict else {
                apart += usize::from(*verdict == Verdict::Never);
                continue;
            };
            let told = format!("seed {seed}: {names:?} {}", witness.line());
            match takes {
                None => {
                    together += 1;
                    assert!(names.iter().all(|name| assigned(&site, witness).contains(*name)), "{told}");
                }
                Some(first) => {
                    taken += 1;
                    let other = if *first == pair.0 { pair.1 } else { pair.0 };
                    taken_from(&site, witness, all[*first].name, all[other].name, &told);
                }
            }
            is_a_file(&files, witness, &told);
        }
        for meeting in meetings(&mut prover, true, &mut Budget::PATIENT.clone()).0 {
            let Verdict::Holds(witness) = &meeting.verdict else { continue };
            let [first, second] = [meeting.first, meeting.second].map(|(at, rule)| {
                let Effect::Split(split) = &site.experiences[at].rules[rule].effect else { panic!("no split") };
                split.experiment.as_str()
            });
            let told = format!("seed {seed}: {first} and {second} {}", witness.line());
            if meeting.same_slot {
                taken_from(&site, witness, first, second, &told);
            } else {
                assert!([first, second].iter().all(|name| assigned(&site, witness).contains(*name)), "{told}");
            }
        }
    }
    println!("{together} in both, {taken} taken from the other, {apart} apart");
    assert!(together > 50 && taken > 50 && apart > 50, "one kind hardly came up: {together}, {taken}, {apart}");
}

/// The experiments that a visitor is in.
fn assigned(site: &Site, witness: &Witness) -> BTreeSet<String> {
    let (opened, visit) = (sites::opened(site), visit(witness));
    let now_ms = visit.now.map_or(NOW_MS, |now| now.0);
    let permitted = permit_said(&opened.bundle, &visit, now_ms);
    let page = decide(&opened.bundle, &permitted, &all_slots(&opened.bundle), &mut Workspace::default());
    let splits = page.decisions.iter().filter_map(|decision| decision.assignment.as_ref());
    splits.map(|one| opened.bundle.program().split(one.split as usize).experiment.to_owned()).collect()
}

/// The first experiment has the visitor, and the second would without it.
fn taken_from(site: &Site, witness: &Witness, first: &str, second: &str, told: &str) {
    let now = assigned(site, witness);
    assert!(now.contains(first) && !now.contains(second), "{told}: {now:?}");
    let is_first = |effect: &Effect| matches!(effect, Effect::Split(split) if split.experiment == first);
    let mut without = site.clone();
    without.experiences.retain(|experience| !experience.rules.iter().any(|rule| is_first(&rule.effect)));
    assert!(assigned(&without, witness).contains(second), "{told}: not without the first");
}

/// What is printed is a file of `visitors/`, and the same visit.
fn is_a_file(files: &Files, witness: &Witness, told: &str) {
    let mut files = files.clone();
    files.entries.extend(sites::files([("visitors/shown.toml", witness.toml())]).entries);
    let read = sites::checked(&files).visitors.pop().expect("a visitor").visit;
    let mut expected = visit(witness);
    expected.now = None;
    assert_eq!(read, expected, "{told}");
}

fn world(dice: &mut Dice) -> Files {
    let mut texts = vec![
        ("selvedge.toml".to_owned(), SETTINGS.to_owned()),
        ("attributes.toml".into(), ATTRIBUTES.into()),
        ("slots.toml".into(), SLOTS.into()),
        ("content/c.toml".into(), "[locale.en]\ntext = \"c\"\n".into()),
    ];
    for number in 0..4 {
        let rows = [
            "request.country == \"DE\"",
            "visitor.visits > 3",
            "visitor.visits < 6",
            "request.country != \"US\"",
            "has(request.country)",
            "now.getHours() < 12",
        ];
        let row = |dice: &mut Dice| format!("all = ['{}']\n", dice.pick(&rows));
        let slot = dice.pick(&["home.hero", "home.claim"]);
        let mut text = format!("slot = \"{slot}\"\npurpose = \"personalization\"\npriority = {}\n", dice.below(3));
        if dice.percent(40) {
            text += &format!("[[rule]]\n{}show = \"control\"\n", row(dice));
        }
        let more = match number {
            3 => "salt = \"shared\", traffic = 40, ".into(),
            _ if dice.percent(30) => format!("layer = \"{}\", ", ["home", "home", "cart"][number]),
            2 => "salt = \"shared\", traffic = 20, ".into(),
            _ => format!("traffic = {}, ", dice.pick(&["100", "50", "10", "0"])),
        };
        let unit = if number < 2 { "visitor" } else { dice.pick(&["visitor", "page", "session", "account"]) };
        let unit = if more.starts_with("layer") { "visitor" } else { unit };
        let arms = dice.pick(&["control = 50, c = 50", "control = 10, c = 20"]);
        text += &format!(
            "[[rule]]\n{}split = {{ experiment = \"e{number}\", {more}unit = \"{unit}\", arms = {{ {arms} }} }}\n",
            row(dice)
        );
        if dice.percent(50) {
            let from = dice.pick(&["2026-12-01T08:00:00", "2027-01-10T08:00:00"]);
            let until = dice.pick(&["2027-01-10T12:00:00", "2027-03-01T00:00:00"]);
            let zone = dice.pick(&["market", "Europe/Berlin"]);
            text += &format!("[schedule]\nfrom = {from}\nuntil = {until}\nzone = \"{zone}\"\n");
        }
        texts.push((format!("experiences/e{number}.toml"), text));
    }
    sites::files(texts)
}

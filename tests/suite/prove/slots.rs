//! Rules that nobody reaches: what is proved of random slots is what the engine does with every visit and every consent.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use selvedge::author::Files;
use selvedge::author::prove::{Budget, Prover, shadows};
use selvedge::engine::{Workspace, all_slots};
use selvedge::words::Purpose;
use selvedge::words::{Choice, Map, PurposeKey, Value, Visit};

use super::winners;
use crate::sites::dice::Dice;
use crate::sites::{self, write};

const SLOTS: usize = 10;

#[test]
fn a_rule_is_shadowed_if_and_only_if_the_engine_never_takes_it() {
    let sites = sites::cases(2_000).div_ceil(SLOTS * 10);
    let visits = every_visit();
    let (mut free, mut lost) = (0, 0);
    for seed in (crate::model::first_seed()..).take(sites) {
        let dice = &mut Dice::new(seed);
        let files = world(dice);
        let site = sites::checked(&files);
        let opened = sites::opened(&site);
        let program = opened.bundle.program();
        let mut reached: BTreeSet<(String, u32)> = BTreeSet::new();
        let (slots, mut workspace) = (all_slots(&opened.bundle), Workspace::default());
        for visit in &visits {
            for (experience, rule) in winners(&opened, visit, &slots, &mut workspace).into_iter().flatten() {
                reached.insert((program.experience(experience as usize).name.to_owned(), rule));
            }
        }
        let mut budget = Budget::PATIENT;
        let (found, tally) = shadows(&mut Prover::new(&site), &mut budget);
        assert_eq!(tally.open, 0, "seed {seed}");
        let proved: BTreeSet<(usize, usize)> = found.iter().map(|shadow| shadow.rule).collect();
        for (at, experience) in site.experiences.iter().enumerate() {
            for number in 0..experience.rules.len() {
                let is_reached = reached.contains(&(experience.name.clone(), number as u32));
                let said = found.iter().find(|shadow| shadow.rule == (at, number));
                assert_eq!(
                    is_reached,
                    !proved.contains(&(at, number)),
                    "seed {seed}, rule {number} of {}: {said:?}\n{}",
                    experience.name,
                    site.experiences
                        .iter()
                        .filter(|other| other.slot == experience.slot)
                        .map(|other| format!("--- {}\n{}", other.name, sites::text(&files, &other.place.file)))
                        .collect::<String>()
                );
                if is_reached { free += 1 } else { lost += 1 }
            }
        }
    }
    println!("{free} rules reached, {lost} never");
    assert!(free > lost / 4 && lost > free / 20, "one kind hardly ever came up: {free} and {lost}");
}

/// Every visit: each attribute with each value, absent and unknown, under every consent that can matter.
fn every_visit() -> Vec<Visit> {
    let text = |text: &str| Some(Value::Text(text.into()));
    let domains: [(&str, Vec<Option<Value>>); 3] = [
        ("request.colour", vec![text("red"), text("green"), text("blue"), Some(Value::Null), None]),
        ("visitor.flag", vec![Some(Value::Bool(true)), Some(Value::Bool(false)), Some(Value::Null), None]),
        ("profile.n", vec![Some(Value::Int(0)), Some(Value::Int(1)), Some(Value::Int(2)), None]),
    ];
    let gates = [Purpose::Contextual, Purpose::Personalization, Purpose::Advertising];
    let mut visits = Vec::new();
    for consent in 0..1_u32 << gates.len() {
        let mut grants: Map<PurposeKey, Option<Choice>> =
            Map::from([(PurposeKey(Purpose::Storage), Some(Choice::Granted))]);
        grants.extend(
            gates
                .iter()
                .enumerate()
                .map(|(bit, purpose)| (PurposeKey(*purpose), Some((consent >> bit & 1 == 1).into()))),
        );
        for colour in &domains[0].1 {
            for flag in &domains[1].1 {
                for n in &domains[2].1 {
                    let mut visit = Visit { grants: grants.clone(), ..Visit::default() };
                    for ((name, _), value) in domains.iter().zip([colour, flag, n]) {
                        match value {
                            Some(value) => drop(visit.attributes.insert((*name).into(), value.clone())),
                            None => visit.unknown.push((*name).into()),
                        }
                    }
                    visits.push(visit);
                }
            }
        }
    }
    visits
}

fn world(dice: &mut Dice) -> Files {
    let mut texts: Vec<(String, String)> = vec![
        ("selvedge.toml".into(), "name = \"slots\"\nlocales = { default = \"en\" }\n".into()),
        ("attributes.toml".into(), ATTRIBUTES.into()),
    ];
    let mut slots = String::new();
    for slot in 0..SLOTS {
        let _ = writeln!(slots, "[slot.s{slot}]\nselector = \"#s{slot}\"\nchange = \"inner\"");
        for number in 0..dice.between(1, 3) {
            let purpose = dice.pick(&["personalization", "personalization", "advertising", "contextual", "necessary"]);
            let mut text =
                format!("slot = \"slot.s{slot}\"\npurpose = \"{purpose}\"\npriority = {}\n", dice.between(1, 3));
            for _ in 0..dice.between(1, 4) {
                let rows: Vec<String> = (0..dice.between(0, 2)).map(|_| row(dice)).collect();
                text.push_str("[[rule]]\n");
                if !rows.is_empty() {
                    let _ =
                        writeln!(text, "{} = {}", dice.pick(&["all", "all", "any", "none"]), write::toml_list(&rows));
                }
                text.push_str("show = \"control\"\n");
            }
            texts.push((format!("experiences/e{slot}-{number}.toml"), text));
        }
    }
    texts.push(("slots.toml".into(), slots));
    sites::files(texts)
}

fn row(dice: &mut Dice) -> String {
    let atom = dice.pick(ATOMS);
    match dice.below(6) {
        0 => format!("!({atom})"),
        1 => format!("{atom} || {}", dice.pick(ATOMS)),
        2 => format!("{atom} && {}", dice.pick(ATOMS)),
        _ => atom.to_owned(),
    }
}

const ATOMS: &[&str] = &[
    "request.colour == \"red\"",
    "request.colour in [\"red\", \"green\"]",
    "request.colour != \"blue\"",
    "has(request.colour)",
    "visitor.flag",
    "has(visitor.flag)",
    "visitor.flag == true",
    "profile.n >= 1",
    "profile.n < 1",
    "profile.n == 2",
];

const ATTRIBUTES: &str = r#"[request.colour]
type = "symbol"
values = ["red", "green", "blue"]
source = "request"
purposes = ["contextual", "personalization"]
[visitor.flag]
type = "bool"
source = "device"
purposes = ["personalization", "advertising"]
retention = "30d"
[profile.n]
type = "int"
range = [0, 2]
source = "feed:crm"
purposes = ["personalization"]
retention = "30d"
required = true
"#;

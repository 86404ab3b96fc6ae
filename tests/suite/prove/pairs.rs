//! Random pairs of conditions: what is proved is what trying every visit of a small world finds, and what is shown the engine
//! confirms.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use selvedge::author::Files;
use selvedge::author::expr::mentions;
use selvedge::author::prove::{Prover, Verdict};
use selvedge::author::site::{Literal, Site};

use super::holds;
use crate::model::{State, Truth, World};
use crate::sites::dice::Dice;
use crate::sites::{self, write};

const AUDIENCES: usize = 50;

/// Audiences in a row that read the same few attributes.
const THEME: usize = 10;

/// The most visits that are tried for one pair.
const VISITS_MAX: usize = 150;

#[test]
fn every_verdict_on_random_pairs_is_what_trying_every_visit_finds() {
    let pairs = sites::cases(4_000);
    let sites = pairs.div_ceil(AUDIENCES);
    let (mut asked, mut held, mut never) = (0, 0, 0);
    for seed in (crate::model::first_seed()..).take(sites) {
        let dice = &mut Dice::new(seed);
        let files = world(dice);
        let site = sites::checked(&files);
        let opened = sites::opened(&site);
        let prover = Prover::new(&site);
        for first in 0..AUDIENCES {
            let second = first / THEME * THEME + (first + 1) % THEME;
            let told = |what: &str| {
                let row = |at: usize| {
                    format!("{:?}", site.audiences[at].rows.all.iter().map(|row| &row.text).collect::<Vec<_>>())
                };
                format!("seed {seed}: {what}\n  {}\n  {}", row(first), row(second))
            };
            let truths = every_visit(&site, first, second);
            let [one, other] = [first, second].map(|at| prover.audience(at).expect("a checked audience"));
            let some = |wanted: &dyn Fn(Truth, Truth) -> bool| truths.iter().any(|(a, b)| wanted(*a, *b));
            let cases = [
                (
                    "can both hold",
                    prover.can_hold(&[one, other]),
                    some(&|a, b| a == Some(true) && b == Some(true)),
                    [true, true],
                ),
                ("can the first hold", prover.can_hold(&[one]), some(&|a, _| a == Some(true)), [true, false]),
                ("can the first fail", prover.can_fail(one), some(&|a, _| a != Some(true)), [false, false]),
                (
                    "can they be told apart",
                    prover.can_separate(one, other),
                    some(&|a, b| a == Some(true) && b != Some(true)),
                    [true, false],
                ),
            ];
            for (number, (question, verdict, expected, hold)) in cases.into_iter().enumerate() {
                asked += 1;
                match verdict {
                    Verdict::Holds(witness) => {
                        held += 1;
                        assert!(expected, "{} of which there is no visit: {}", told(question), witness.line());
                        assert_eq!(holds(&opened, &witness, first), hold[0], "{}: {}", told(question), witness.line());
                        if number == 0 || number == 3 {
                            assert_eq!(
                                holds(&opened, &witness, second),
                                hold[1],
                                "{}: {}",
                                told(question),
                                witness.line()
                            );
                        }
                    }
                    Verdict::Never => {
                        never += 1;
                        assert!(!expected, "{}, and yet there is a visit", told(question));
                    }
                    Verdict::CannotTell(reason) => panic!("{}: cannot tell: {reason}", told(question)),
                }
            }
        }
    }
    println!("{asked} questions on {} pairs: {held} with a visitor, {never} with a proof", sites * AUDIENCES);
    assert!(
        held * 20 > asked && never * 20 > asked,
        "one kind of answer hardly ever came up: {held} and {never} of {asked}"
    );
}

/// What both audiences come to for every visit of what they read.
fn every_visit(site: &Site, first: usize, second: usize) -> Vec<(Truth, Truth)> {
    let rows = [first, second].map(|at| &site.audiences[at].rows);
    let mut read: Vec<usize> = rows
        .iter()
        .flat_map(|rows| rows.all.iter().chain(&rows.any).chain(&rows.none))
        .flat_map(|row| mentions(&row.condition).0)
        .collect();
    read.sort_unstable();
    read.dedup();
    let domains: Vec<Vec<State>> = read.iter().map(|at| domain(&site.attributes[*at].name)).collect();
    let mut world = World {
        site,
        states: vec![State::Unknown; site.attributes.len()],
        audiences: RefCell::default(),
        now_ms: crate::sites::NOW_MS,
    };
    let mut truths = Vec::new();
    let mut choice = vec![0; read.len()];
    loop {
        for (number, at) in read.iter().enumerate() {
            world.states[*at] = domains[number][choice[number]].clone();
        }
        world.audiences = RefCell::new(BTreeMap::new());
        truths.push((world.rows(rows[0]), world.rows(rows[1])));
        let Some(next) = (0..read.len()).find(|number| choice[*number] + 1 < domains[*number].len()) else {
            return truths;
        };
        choice[..next].fill(0);
        choice[next] += 1;
    }
}

/// Everything that an attribute of the world can be.
fn domain(name: &str) -> Vec<State> {
    let is = |literal: Literal| State::Known(literal);
    let text = |text: &str| is(Literal::Text(text.into()));
    let ints = |numbers: std::ops::RangeInclusive<i64>| numbers.map(|number| is(Literal::Int(number)));
    match name {
        "request.flag" => vec![is(Literal::Bool(true)), is(Literal::Bool(false)), State::Absent],
        "request.sure" => vec![is(Literal::Bool(true)), is(Literal::Bool(false))],
        "request.colour" | "visitor.colour" => vec![text("red"), text("green"), text("blue"), State::Absent],
        "request.n" => ints(0..=5).chain([State::Absent]).collect(),
        "visitor.m" => ints(0..=3).collect(),
        "request.x" => {
            // Constants are whole: halves stand for what lies between.
            (-1..=9).map(|halves| is(Literal::Double(f64::from(halves) / 2.0))).chain([State::Absent]).collect()
        }
        // Two constants and two fresh texts, as two may be compared.
        "request.text" | "request.other" => ["a", "b", "z", "y"].map(text).into_iter().chain([State::Absent]).collect(),
        "page.tags" => lists().into_iter().map(|list| is(Literal::List(list))).chain([State::Absent]).collect(),
        other => panic!("no domain for {other}"),
    }
}

/// Every list of at most three of three items, but for their order.
fn lists() -> Vec<Vec<String>> {
    let mut lists = vec![Vec::new()];
    for length in 1..=3_usize {
        for mut number in 0..3_usize.pow(length as u32) {
            let mut list = Vec::new();
            for _ in 0..length {
                list.push(["red", "green", "blue"][number % 3].to_owned());
                number /= 3;
            }
            if list.is_sorted() {
                lists.push(list);
            }
        }
    }
    lists
}

/// A site of random audiences, each deciding a slot of its own.
fn world(dice: &mut Dice) -> Files {
    let mut texts: Vec<(String, String)> = vec![
        ("selvedge.toml".into(), "name = \"pairs\"\nlocales = { default = \"en\" }\n".into()),
        ("attributes.toml".into(), ATTRIBUTES.into()),
    ];
    let (mut audiences, mut slots) = (String::new(), String::new());
    let mut atoms = Vec::new();
    for number in 0..AUDIENCES {
        if number % THEME == 0 {
            atoms = theme(dice);
        }
        let rows: Vec<String> = (0..dice.between(1, 3)).map(|_| row(dice, &atoms, 2)).collect();
        let _ = writeln!(audiences, "[a{number:02}]\nall = {}", write::toml_list(&rows));
        let _ = writeln!(slots, "[slot.s{number:02}]\nselector = \"#s{number}\"\nchange = \"inner\"");
        let experience = format!(
            "slot = \"slot.s{number:02}\"\naudit = \"full\"\n[[rule]]\nall = ['audience.a{number:02}']\nshow = \"control\"\n"
        );
        texts.push((format!("experiences/e{number:02}.toml"), experience));
    }
    texts.push(("audiences/all.toml".into(), audiences));
    texts.push(("slots.toml".into(), slots));
    sites::files(texts)
}

/// Atoms about few attributes: conditions that never touch are told apart by anybody.
fn theme(dice: &mut Dice) -> Vec<&'static str> {
    let mut atoms: Vec<&str> = Vec::new();
    for _ in 0..40 {
        let atom = dice.pick(ATOMS);
        let visits: usize = NAMES
            .iter()
            .filter(|name| atoms.iter().chain([&atom]).any(|atom| atom.contains(*name)))
            .map(|name| domain(name).len())
            .product();
        if visits <= VISITS_MAX && !atoms.contains(&atom) {
            atoms.push(atom);
        }
    }
    atoms
}

const NAMES: [&str; 10] = [
    "request.flag",
    "request.sure",
    "request.colour",
    "visitor.colour",
    "request.n",
    "visitor.m",
    "request.x",
    "request.text",
    "request.other",
    "page.tags",
];

fn row(dice: &mut Dice, atoms: &[&str], depth: usize) -> String {
    let atom = |dice: &mut Dice| dice.pick(atoms);
    if depth == 0 || dice.percent(25) {
        return atom(dice).to_owned();
    }
    let (one, other) = (row(dice, atoms, depth - 1), row(dice, atoms, depth - 1));
    match dice.below(7) {
        0 | 1 => format!("({one} && {other})"),
        2 | 3 => format!("({one} || {other})"),
        4 => format!("!({one})"),
        5 => format!("(({one}) ? ({other}) : ({}))", atom(dice)),
        _ => format!("(({one}) == ({other}))"),
    }
}

const ATOMS: &[&str] = &[
    "request.colour == \"red\"",
    "request.colour in [\"red\", \"green\"]",
    "has(request.colour)",
    "request.flag",
    "request.n > 3",
    "request.n < 4",
    "request.sure",
    "has(request.flag)",
    "request.n >= 2",
    "request.n == 2",
    "request.n in [1, 5]",
    "request.n != 0",
    "request.n > 2.5",
    "has(request.n)",
    "visitor.m <= 1",
    "visitor.m == 3",
    "request.n < visitor.m",
    "request.n == visitor.m",
    "visitor.m >= request.n",
    "visitor.colour != \"blue\"",
    "request.colour == visitor.colour",
    "has(visitor.colour)",
    "request.x > 3.0",
    "request.x < 4.0",
    "request.x <= 0.0",
    "request.x == 2.0",
    "request.text == \"a\"",
    "request.text in [\"a\", \"b\"]",
    "request.text == request.other",
    "request.other != \"b\"",
    "\"red\" in page.tags",
    "\"blue\" in page.tags",
    "\"green\" in page.tags",
    "size(page.tags) > 1",
    "size(page.tags) == 3",
    "page.tags.size() == 0",
    "(request.sure ? request.n : visitor.m) > 1",
    "(request.flag ? \"red\" : request.colour) == \"red\"",
];

const ATTRIBUTES: &str = r#"[request.flag]
type = "bool"
source = "request"
purposes = ["contextual"]
[request.sure]
type = "bool"
source = "request"
purposes = ["contextual"]
required = true
[request.colour]
type = "symbol"
values = ["red", "green", "blue"]
source = "request"
purposes = ["contextual"]
[visitor.colour]
type = "symbol"
values = ["red", "green", "blue"]
source = "device"
purposes = ["personalization"]
retention = "30d"
[request.n]
type = "int"
range = [0, 5]
source = "request"
purposes = ["contextual"]
[visitor.m]
type = "int"
range = [0, 3]
source = "device"
purposes = ["personalization", "advertising", "sensitive"]
retention = "30d"
sensitive = true
default = 1
[request.x]
type = "double"
range = [-0.5, 4.5]
source = "request"
purposes = ["contextual"]
[request.text]
type = "string"
max_length = 5
source = "request"
purposes = ["contextual"]
[request.other]
type = "string"
max_length = 5
source = "feed:crm"
purposes = ["personalization"]
retention = "30d"
[page.tags]
type = "list"
values = ["red", "green", "blue"]
max_length = 3
source = "page"
purposes = ["contextual"]
"#;

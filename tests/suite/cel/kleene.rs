//! The tables of `kleene.txt`, through the whole path, with each unknown tried in every way there is.

use std::collections::{BTreeMap, BTreeSet};

use selvedge::engine::explain::Verdict;
use selvedge::words::Visit;
use serde_json::{Map, Value as Json, json};

use super::panel::{NOW_MS, Panel, refusals};

const TABLES: &str = include_str!("kleene.txt");

/// Name, type, limits, a value that is fine, and one that is not.
const ATTRIBUTES: &[(&str, &str, &str, &str, &str)] = &[
    ("a", "bool", "", "true", "\"true\""),
    ("b", "bool", "", "false", "1"),
    ("c", "bool", "", "true", "[]"),
    ("n", "int", "range = [-1000, 1000]", "6", "1001"),
    ("m", "int", "range = [-1000, 1000]", "6", "1.5"),
    ("d", "double", "range = [-10.0, 10.0]", "0.5", "10.5"),
    ("s", "string", "max_length = 8", "\"x\"", "\"nine char\""),
    ("t", "string", "", "\"x\"", "{}"),
    ("y", "symbol", "values = [\"green\", \"red\"]", "\"red\"", "\"blue\""),
    ("w", "timestamp", "", "0", "\"soon\""),
    ("l", "list", "max_length = 3", "[\"x\"]", "[\"x\", \"x\", \"x\", \"x\"]"),
];

/// How something can be unknown. The first letter of an attribute's name says which rules it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// `h.n`: it is there, and its purpose is not granted.
    Hidden,
    /// `v.n`: out of range or of another type.
    Unfit,
    /// `v.n`: nobody could look it up.
    NotFetched,
    /// `v.n`: past its retention.
    TooOld,
    /// `q.n`: required, and not there.
    Missing,
}

const WAYS: [Way; 5] = [Way::Hidden, Way::Unfit, Way::NotFetched, Way::TooOld, Way::Missing];

/// One case: what each attribute is, and what the expression then comes to.
struct Case {
    expression: String,
    states: Vec<(String, String)>,
    expected: Verdict,
}

#[test]
fn every_construct_has_the_truth_of_its_table() {
    let cases = cases();
    let asked: Vec<(String, Json, &Case)> = cases.iter().flat_map(|case| variants(case)).collect();
    let expressions: BTreeSet<String> = asked.iter().map(|(expression, ..)| expression.clone()).collect();
    let expressions: Vec<String> = expressions.into_iter().collect();
    let mut panel = Panel::new(&catalogue(), &expressions);
    for (expression, refusal) in expressions.iter().zip(panel.refusals()) {
        assert_eq!(*refusal, None, "{expression}");
    }
    let mut seen: BTreeMap<String, Vec<Verdict>> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (expression, visit, case) in &asked {
        let truths = seen.entry(visit.to_string()).or_insert_with(|| {
            panel.truths(&serde_json::from_value::<Visit>(visit.clone()).expect("a made visit is one"))
        });
        let truth = truths[expressions.binary_search(expression).expect("it was asked")];
        if truth != case.expected {
            wrong.push(format!("{expression} is {truth:?}, not {:?}, for {visit}", case.expected));
        }
    }
    println!("{} expressions, {} cases, {} ways to ask them", expressions.len(), cases.len(), asked.len());
    assert!(wrong.is_empty(), "{} of {} are wrong:\n{}", wrong.len(), asked.len(), wrong.join("\n"));
}

#[test]
fn what_may_be_absent_is_asked_about_before_it_is_ordered() {
    let cases = [
        ("o.n > 5", Some("SV2005")),
        ("!(o.n > 5)", Some("SV2005")),
        ("o.n > 5 || has(o.n)", Some("SV2005")),
        ("has(o.n) && o.n > 5", None),
        ("!has(o.n) || o.n > 5", None),
        ("o.n == 5 && o.n > 4", None),
        ("has(o.n) ? o.n > 5 : false", None),
        ("has(v.n) && o.n > 5", Some("SV2005")),
        ("o.n == 5", None),
        ("o.n in [5]", None),
    ];
    let catalogue = catalogue().replace("[q.", "[o.").replace("required = true", "optional = true");
    let refused = refusals(&catalogue, &cases.map(|(row, _)| row.to_owned()));
    for ((row, expected), refusal) in cases.iter().zip(refused) {
        assert_eq!(refusal.map(|refusal| refusal.code), *expected, "{row}");
    }
}

/// Every way to ask a case: the expression with the attributes that can be unknown in that way, and the visit.
fn variants(case: &Case) -> Vec<(String, Json, &Case)> {
    let unknown: Vec<&str> = case.states.iter().filter(|(_, is)| is == "?").map(|(name, _)| name.as_str()).collect();
    let count = WAYS.len().pow(unknown.len() as u32);
    let variant = |number: usize| {
        let way = |position: usize| WAYS[number / WAYS.len().pow(position as u32) % WAYS.len()];
        let (mut expression, mut attributes) = (case.expression.clone(), Map::new());
        let (mut observed, mut not_fetched) = (Map::new(), Vec::new());
        for (name, is) in &case.states {
            let (_, _, _, fine, unfit) = ATTRIBUTES.iter().find(|it| it.0 == &name[2..]).expect("a declared name");
            let value = |text: &str| serde_json::from_str::<Json>(text).expect("a value is JSON");
            let mut called = name.clone();
            match unknown.iter().position(|unknown| unknown == name).map(way) {
                Some(Way::Hidden) => {
                    called = name.replacen("v.", "h.", 1);
                    attributes.insert(called.clone(), value(fine));
                }
                Some(Way::Unfit) => drop(attributes.insert(called.clone(), value(unfit))),
                Some(Way::NotFetched) => {
                    not_fetched.push(name.clone());
                    attributes.insert(called.clone(), value(fine));
                }
                Some(Way::TooOld) => {
                    observed.insert(called.clone(), json!(NOW_MS - 60_001));
                    attributes.insert(called.clone(), value(fine));
                }
                Some(Way::Missing) => called = name.replacen("v.", "q.", 1),
                None if is == "-" => {}
                None => drop(attributes.insert(called.clone(), value(is))),
            }
            expression = expression.replace(name.as_str(), &called);
        }
        let visit = json!({
            "attributes": attributes, "observed": observed, "unknown": not_fetched,
            "grants": { "personalization": false, "contextual": true },
        });
        (expression, visit, case)
    };
    (0..count).map(variant).collect()
}

/// Each attribute three times: as hosts can see it, hidden, required.
fn catalogue() -> String {
    let mut text = String::new();
    for (name, of, limits, ..) in ATTRIBUTES {
        let common = format!("type = \"{of}\"\n{limits}\nsource = \"request\"\nretention = \"60s\"\n");
        text += &format!("[v.{name}]\n{common}purposes = [\"contextual\"]\n");
        text += &format!("[h.{name}]\n{common}purposes = [\"personalization\"]\n");
        text += &format!("[q.{name}]\n{common}purposes = [\"contextual\"]\nrequired = true\n");
    }
    text
}

fn cases() -> Vec<Case> {
    let (mut cases, mut expression) = (Vec::new(), "");
    for line in TABLES.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
        let Some(row) = line.strip_prefix("    ") else {
            expression = line;
            continue;
        };
        let case = |states: Vec<(String, String)>, truth: &str| Case {
            expression: expression.to_owned(),
            states,
            expected: match truth {
                "T" => Verdict::True,
                "F" => Verdict::False,
                "U" => Verdict::Unknown,
                other => panic!("{expression}: `{other}` is no truth"),
            },
        };
        match row.strip_prefix("grid ") {
            Some(grid) => {
                let (names, truths) = grid.split_once(": ").expect("a grid has names and truths");
                let names: Vec<&str> = names.split(' ').collect();
                let truths: Vec<char> = truths.chars().filter(|truth| *truth != ' ').collect();
                assert_eq!(truths.len(), 3_usize.pow(names.len() as u32), "{expression}");
                for (number, truth) in truths.iter().enumerate() {
                    let state = |(position, name): (usize, &&str)| {
                        let turn = 3_usize.pow((names.len() - 1 - position) as u32);
                        ((*name).to_owned(), ["true", "false", "?"][number / turn % 3].to_owned())
                    };
                    cases.push(case(names.iter().enumerate().map(state).collect(), &truth.to_string()));
                }
            }
            None => {
                for written in row.split("; ") {
                    let (states, truth) = written.rsplit_once(' ').expect("a case has a truth");
                    let states = states.split(", v.").map(|state| {
                        let (name, value) = state.split_once('=').expect("a state has a value");
                        (format!("v.{}", name.trim_start_matches("v.")), value.to_owned())
                    });
                    cases.push(case(states.collect(), truth));
                }
            }
        }
    }
    cases
}

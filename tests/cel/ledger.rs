//! `passed.txt`: the official tests that hold, by name, so that none falls out of the profile unnoticed.

use std::collections::BTreeMap;
use std::fs;

use crate::official::Test;
use crate::run::{Class, Outcome};

/// Compares what holds now with the ledger, both ways. `BLESS=1` writes it anew.
pub(crate) fn compare(tests: &[Test], results: &[Outcome]) {
    let file = crate::below("tests/cel/passed.txt");
    let now: BTreeMap<&str, String> =
        tests.iter().zip(results).filter_map(|(test, outcome)| Some((test.name.as_str(), entry(outcome)?))).collect();
    if std::env::var_os("BLESS").is_some() {
        let lines: String = now.iter().map(|(name, entry)| format!("{name}: {entry}\n")).collect();
        fs::write(&file, lines).expect("the ledger can be written");
        return;
    }
    let text = fs::read_to_string(&file).expect("the ledger is there");
    let before: BTreeMap<&str, &str> = text.lines().filter_map(|line| line.rsplit_once(": ")).collect();
    let mut changed = Vec::new();
    for (name, entry) in &before {
        match now.get(name) {
            None => changed.push(format!("{name} held ({entry}) and does no more")),
            Some(other) if other != entry => changed.push(format!("{name} was {entry} and is {other}")),
            Some(_) => {}
        }
    }
    changed.extend(now.keys().filter(|name| !before.contains_key(**name)).map(|name| format!("{name} holds now")));
    assert!(changed.is_empty(), "the ledger differs; BLESS=1 accepts this\n{}", changed.join("\n"));
}

/// `constant`, `rejected`, and how many literals were lifted; `None` for a test outside the profile.
fn entry(outcome: &Outcome) -> Option<String> {
    let constant = match outcome.constant {
        Class::Passed => Some("constant".to_owned()),
        Class::Rejected => Some("rejected".to_owned()),
        Class::Outside(_) | Class::Failed(_) => None,
    };
    let lifted = match outcome.lifted {
        Some((count, Class::Passed)) => Some(format!("lifted {count}")),
        _ => None,
    };
    let parts: Vec<String> = constant.into_iter().chain(lifted).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

//! cel-go's own parser and checker tests: what it parses we parse, what it refuses we refuse, and every finding lies in the text.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use selvedge::author::diagnostic::Severity;
use selvedge::author::expr::{Scope, check_row, sentence};

use crate::official::{Stated, Test};
use crate::panel::Refusal;
use crate::run::{Class, SLIP, checked, reason};

/// Where cel-go refuses what is sound CEL, for reasons of its own.
const OF_CEL_GO_ALONE: [(&str, &str); 2] = [
    (
        "max recursion depth exceeded",
        "the test runs its parser with a lower limit than the 32 repetitions that CEL asks for",
    ),
    (
        "iteration variable overwrites accumulator variable",
        "its macros expand into a variable that rows cannot clash with",
    ),
];

/// Runs every test.
pub(crate) fn run(tests: &[Test]) -> Vec<Class> {
    let stated = tests.iter().enumerate().map(|(number, test)| test.stated(&format!("t{number}")));
    let stated: Vec<Result<Stated, String>> = stated.collect();
    let writable = stated.iter().enumerate().filter_map(|(number, stated)| Some((number, stated.clone().ok()?)));
    let writable: Vec<(usize, Stated)> = writable.collect();
    let mut classes: Vec<Class> = stated.into_iter().map(|it| Class::Outside(it.err().unwrap_or_default())).collect();
    for ((number, _), refusal) in writable.iter().zip(checked(&writable)) {
        classes[*number] = classify(&tests[*number], refusal);
    }
    let alone = tests.iter().zip(classes).map(|(test, class)| alone(test).unwrap_or(class));
    alone.collect()
}

/// What is wrong with the row by itself, whatever it may name: a finding outside of the text, a slip that is none.
fn alone(test: &Test) -> Option<Class> {
    let text = test.expression();
    let scope = Scope { attributes: &[], audiences: &[] };
    let (condition, findings) = check_row(text, &scope);
    if let Some(finding) = findings.iter().find(|finding| text.get(finding.place.clone()).is_none()) {
        return Some(Class::Failed(format!("a finding is not in the text: {finding:?}")));
    }
    let mut errors = findings.iter().filter(|finding| finding.severity == Severity::Error);
    match (&condition, errors.next()) {
        (Some(condition), None) if sentence(condition, &scope).is_empty() => {
            Some(Class::Failed("it has no sentence".to_owned()))
        }
        (None, None) | (Some(_), Some(_)) => Some(Class::Failed("either a condition or an error was due".to_owned())),
        (None, Some(error)) if test.parses && error.code == SLIP && errors.all(|error| error.code == SLIP) => {
            Some(Class::Failed(format!("valid CEL is refused as a slip: {}", error.what)))
        }
        _ => None,
    }
}

fn classify(test: &Test, refusal: Option<Refusal>) -> Class {
    // The parser's tests declare none of their names, so cel-go's checker refuses most of what its parser took.
    let refused_by_checker = test.suite == "checking" && test.error.is_some();
    let error = test.error.as_deref().unwrap_or_default();
    let is_its_own = OF_CEL_GO_ALONE.iter().any(|(words, _)| error.contains(words));
    match refusal {
        None if is_its_own => Class::Passed,
        None if !test.parses => Class::Failed("cel-go cannot parse it, and it is taken".to_owned()),
        None if refused_by_checker => Class::Failed(format!("cel-go refuses it: {}", error)),
        None => Class::Passed,
        Some(_) if !test.parses || refused_by_checker => Class::Rejected,
        Some(refusal) => Class::Outside(reason(&refusal)),
    }
}

/// A table by suite, and one of the reasons for being outside the profile.
pub(crate) fn table(tests: &[Test], results: &[Class]) -> String {
    let mut suites: BTreeMap<&str, [usize; 5]> = BTreeMap::new();
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for (test, class) in tests.iter().zip(results) {
        let counts = suites.entry(&test.suite).or_default();
        counts[0] += 1;
        counts[match class {
            Class::Passed => 1,
            Class::Rejected => 2,
            Class::Outside(_) => 3,
            Class::Failed(_) => 4,
        }] += 1;
        if let Class::Outside(reason) = class {
            *reasons.entry(reason).or_default() += 1;
        }
    }
    let mut text =
        format!("{:<18}{:>7}{:>8}{:>10}{:>9}{:>8}\n", "suite", "tests", "taken", "rejected", "outside", "failed");
    for (suite, [tests, taken, refused, outside, failed]) in suites {
        let _ = writeln!(text, "{suite:<18}{tests:>7}{taken:>8}{refused:>10}{outside:>9}{failed:>8}");
    }
    text += "\nparsed and outside the profile, by reason\n";
    let mut reasons: Vec<(&str, usize)> = reasons.into_iter().collect();
    reasons.sort_by_key(|(reason, count)| (std::cmp::Reverse(*count), *reason));
    for (reason, count) in reasons {
        let _ = writeln!(text, "{count:>6}  {reason}");
    }
    text
}

/// Fails with every test that did.
pub(crate) fn assert_clean(tests: &[Test], results: &[Class]) {
    let failed: Vec<String> = tests
        .iter()
        .zip(results)
        .filter_map(|(test, class)| match class {
            Class::Failed(why) => Some(format!("{}: {:?}\n    {why}", test.name, test.expression())),
            _ => None,
        })
        .collect();
    assert!(failed.is_empty(), "{} official tests fail:\n{}", failed.len(), failed.join("\n"));
}

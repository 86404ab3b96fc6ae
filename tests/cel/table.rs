//! What the conformance tests came to, as tables.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::official::Test;
use crate::run::{Class, Outcome};

/// Counts of one file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    tests: usize,
    passed: usize,
    rejected: usize,
    outside: usize,
    failed: usize,
    /// Passed or rejected as they are, and passed with literals in attributes; how many literals those were.
    lifted: usize,
    literals: usize,
}

impl Counts {
    fn add(&mut self, outcome: &Outcome) {
        self.tests += 1;
        match outcome.class() {
            Class::Passed => self.passed += 1,
            Class::Rejected => self.rejected += 1,
            Class::Outside(_) => self.outside += 1,
            Class::Failed(_) => self.failed += 1,
        }
        if let Some((count, Class::Passed)) = &outcome.lifted {
            self.lifted += 1;
            self.literals += count;
        }
    }
}

/// A table by file, and one of the reasons for being outside the profile.
pub(crate) fn table(tests: &[Test], results: &[Outcome]) -> String {
    let mut files: BTreeMap<&str, Counts> = BTreeMap::new();
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    let mut sum = Counts::default();
    for (test, outcome) in tests.iter().zip(results) {
        files.entry(&test.file).or_default().add(outcome);
        sum.add(outcome);
        if let Class::Outside(reason) = outcome.class() {
            *reasons.entry(reason).or_default() += 1;
        }
    }
    let mut text = format!(
        "{:<18}{:>7}{:>8}{:>10}{:>9}{:>8}   {:>8}{:>10}\n",
        "file", "tests", "passed", "rejected", "outside", "failed", "lifted", "literals"
    );
    for (file, counts) in files.into_iter().chain([("all", sum)]) {
        let Counts { tests, passed, rejected, outside, failed, lifted, literals } = counts;
        let _ = writeln!(
            text,
            "{file:<18}{tests:>7}{passed:>8}{rejected:>10}{outside:>9}{failed:>8}   {lifted:>8}{literals:>10}"
        );
    }
    assert_eq!(sum.tests, sum.passed + sum.rejected + sum.outside + sum.failed, "a test is not in the table");
    text += "\noutside the profile, by reason\n";
    let mut reasons: Vec<(&str, usize)> = reasons.into_iter().collect();
    reasons.sort_by_key(|(reason, count)| (std::cmp::Reverse(*count), *reason));
    for (reason, count) in reasons {
        let _ = writeln!(text, "{count:>6}  {reason}");
    }
    text
}

/// Fails with every test that did.
pub(crate) fn assert_clean(tests: &[Test], results: &[Outcome]) {
    assert_eq!(tests.len(), results.len());
    let mut failed = Vec::new();
    for (test, outcome) in tests.iter().zip(results) {
        if let Class::Failed(why) = &outcome.constant {
            failed.push(format!("{}: {}\n    {why}", test.name, test.expression()));
        }
        if let Some((count, Class::Failed(why))) = &outcome.lifted {
            failed.push(format!("{}, {count} lifted: {}\n    {why}", test.name, test.expression()));
        }
    }
    assert!(failed.is_empty(), "{} official tests fail:\n{}", failed.len(), failed.join("\n"));
}

//! The profile of CEL, held to what others wrote: the official tests, and another implementation.
//!
//! Run by `cargo xtask conformance`, which installs the npm package and builds the other implementation; it is no part of
//! `cargo test`, so that a fresh clone tests without a network. `BLESS=1` writes the ledger of passed tests anew.
#![cfg(feature = "cli")]

#[path = "../suite/sites/dice.rs"]
mod dice;
mod generate;
mod grammar;
mod ledger;
mod official;
mod pairs;
#[path = "../suite/cel/panel.rs"]
mod panel;
mod run;
mod scan;
mod table;

use std::path::{Path, PathBuf};

use official::Test;

#[test]
fn the_official_conformance_tests_hold() {
    let tests = of_suite("conformance");
    let results = run::run(&tests);
    println!("{}", table::table(&tests, &results));
    table::assert_clean(&tests, &results);
    ledger::compare(&tests, &results);
}

#[test]
fn the_official_parser_and_checker_tests_hold() {
    let tests = ["parsing", "checking", "comprehension"].map(of_suite).concat();
    let results = grammar::run(&tests);
    println!("{}", grammar::table(&tests, &results));
    grammar::assert_clean(&tests, &results);
}

#[test]
fn the_crate_cel_answers_the_same() {
    let number = |name: &str| std::env::var(name).ok().and_then(|number| number.parse().ok());
    pairs::compare(number("SELVEDGE_CASES").unwrap_or(50_000) as usize, number("SELVEDGE_SEED").unwrap_or(1));
}

#[test]
fn the_deviations_that_are_named_are_there() {
    pairs::deviations_stand();
}

fn of_suite(name: &str) -> Vec<Test> {
    let tests = official::read(&below("target/cel/official.json"));
    let tests: Vec<Test> = tests.into_iter().filter(|test| test.suite == name).collect();
    assert!(!tests.is_empty(), "the package has no {name}");
    tests
}

fn below(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

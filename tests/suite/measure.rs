//! The statistics beside references that we did not write, and beside dice whose truth is known.
//!
//! `tests/stats/*.py` makes random aggregates and has gbstats, scipy, statsmodels, savvi, spotify-confidence and fairlearn compute. A few
//! of these cases are kept in `tests/vectors/stats`; `cargo xtask stats` makes as many new ones as one likes.

mod answers;
mod dice;
mod planted;
mod simulations;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use answers::answers;

#[test]
fn numbers_are_those_of_the_references() {
    let files: Vec<PathBuf> = match std::env::var_os("SELVEDGE_STATS") {
        Some(files) => std::env::split_paths(&files).collect(),
        None => ["gbstats", "others"].map(|name| vectors().join(format!("{name}.ndjson"))).to_vec(),
    };
    let mut table = Table::default();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        text.lines().for_each(|line| table.compare(&serde_json::from_str(line).expect("a case in JSON")));
    }
    println!("{}", table.text());
    assert!(table.lines.len() > 40, "only {} kinds of numbers were compared", table.lines.len());
    assert!(table.refused * 20 <= table.cases, "{} of {} cases gave no number", table.refused, table.cases);
    assert_eq!(table.faults, [] as [String; 0]);
}

fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/stats")
}

/// What was compared, by reference, kind of case and number.
#[derive(Default)]
struct Table {
    lines: BTreeMap<(String, String, String), Line>,
    cases: u32,
    refused: u32,
    faults: Vec<String>,
}

#[derive(Default)]
struct Line {
    cases: u32,
    largest: f64,
    tolerance: f64,
}

impl Table {
    fn compare(&mut self, case: &Value) {
        let (of, reference) = (text(case, "of"), text(case, "reference"));
        self.cases += 1;
        let found = match answers(of, &case["in"]) {
            Ok(found) => found,
            // The references divide by a control that may as well be zero; we do not.
            Err(_) => return self.refused += 1,
        };
        for (name, expected) in case["out"].as_object().expect("numbers") {
            let Some(found) = found.get(name.as_str()) else {
                self.faults.push(format!("{of}: nothing answers `{name}`"));
                continue;
            };
            let kind = name.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == ' ');
            let expected = expected.as_f64().expect("a number");
            let (difference, tolerance) = difference(kind, *found, expected, &case["out"]);
            let line = self.lines.entry((reference.to_owned(), of.to_owned(), kind.to_owned())).or_default();
            line.cases += 1;
            line.tolerance = tolerance;
            line.largest = line.largest.max(difference);
            // What is not a number is no agreement.
            if difference > tolerance || difference.is_nan() {
                self.faults.push(format!("{reference}, {of}, {name}: {found}, not {expected}, of {}", case["in"]));
            }
        }
    }

    fn text(&self) -> String {
        let mut text = format!(
            "{:<27}{:<16}{:<20}{:>6} {:>10} {:>10}\n",
            "reference", "case", "number", "cases", "largest", "allowed"
        );
        for ((reference, of, name), line) in &self.lines {
            text += &format!(
                "{reference:<27}{of:<16}{name:<20}{:>6} {:>10.1e} {:>10.0e}\n",
                line.cases, line.largest, line.tolerance
            );
        }
        text + &format!("{} cases, {} of them without a number of ours", self.cases, self.refused)
    }
}

/// How far a number is from that of the reference, and how far it may be.
fn difference(kind: &str, found: f64, expected: f64, all: &Value) -> (f64, f64) {
    let apart = (found - expected).abs();
    let relative = |scale: f64| if apart == 0.0 { 0.0 } else { apart / scale };
    match kind {
        // Bounds are found by a search; that of the reference stops early.
        "bound" => (apart, 5e-4),
        // References compute small p-values as 1 - cdf, which loses digits: 1e-9 apart is equal.
        "p" | "p_above" | "always_p" | "chance_to_win" | "power" | "chance" => {
            (relative(expected.abs()).min(10.0 * apart), 1e-8)
        }
        // An end near zero is the difference of two larger numbers.
        "low" | "high" | "lower" | "always_low" | "always_high" => {
            let estimate = all["estimate"].as_f64().unwrap_or_default().abs();
            (relative(expected.abs().max(estimate)), 1e-8)
        }
        "loss_if_kept" | "loss_if_chosen" => {
            let estimate = all["estimate"].as_f64().unwrap_or_default().abs();
            (relative(expected.abs().max(estimate * 1e-6)), 1e-8)
        }
        "ln_factor" => (apart / expected.abs().max(1.0), 1e-8),
        "divergence" | "index" => (relative(expected.abs().max(1e-6)), 1e-8),
        "share_low" | "share_high" | "ratio_low" | "ratio_high" | "by_chance" | "smallest" => {
            (relative(expected.abs().max(1e-9)), 1e-8)
        }
        _ => (relative(expected.abs()), 1e-10),
    }
}

fn text<'c>(case: &'c Value, name: &str) -> &'c str {
    case[name].as_str().expect("a text")
}

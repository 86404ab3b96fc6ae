//! Rows and their findings, kept in text files that people can read:
//!
//! ```text
//! request.country = "DE"
//!     SV2001 at `=`: `=` is not an operator
//!         help: write `==`
//!         mended: request.country == "DE"
//! ```
//!
//! A row that is accepted shows its sentence. `UPDATE_ROWS=1 cargo test rows` writes the present findings; read the
//! difference.

use std::fmt::Write as _;
use std::path::Path;

use super::super::{check_row, mentions, sentence};
use super::Catalogue;
use crate::author::diagnostic::Severity;

const FILES_WITH_FAULTS: [&str; 9] =
    ["syntax", "names", "types", "guards", "refused", "arithmetic", "times", "macros", "libraries"];

#[test]
fn what_is_said_is_what_the_files_say() {
    FILES_WITH_FAULTS.into_iter().chain(["accepted"]).for_each(check);
}

/// If a row has one fault and a fixed text, the fixed row is accepted.
#[test]
fn what_is_mended_is_accepted() {
    let catalogue = Catalogue::new();
    let mut tried = 0;
    for file in FILES_WITH_FAULTS {
        for row in read(file).lines().filter_map(row) {
            let (_, before) = check_row(&row, &catalogue.scope());
            let [only] = before.as_slice() else { continue };
            let Some(mended) = &only.mended else { continue };
            let mut text = row.clone();
            text.replace_range(only.place.clone(), mended);
            let (condition, after) = check_row(&text, &catalogue.scope());
            assert!(condition.is_some(), "{row}\nmended to\n{text}\nhas {after:?}");
            tried += 1;
        }
    }
    assert!(tried > 40, "only {tried} rows had one finding with a mended text");
}

#[test]
fn a_condition_names_its_attributes_and_audiences() {
    let catalogue = Catalogue::new();
    let row = "audience.returning && (has(profile.age) ? size(page.tags) > 1 : request.country in [\"DE\"])";
    let (condition, _) = check_row(row, &catalogue.scope());
    let (attributes, audiences) = mentions(&condition.expect("the row is right"));
    let names: Vec<&str> = attributes.iter().map(|found| catalogue.attributes[*found].name.as_str()).collect();
    assert_eq!(names, ["page.tags", "profile.age", "request.country"]);
    assert_eq!(audiences.into_iter().collect::<Vec<_>>(), [2]);
}

/// Longer than a decision may look, and yet false.
#[test]
fn long_constants_are_worked_out() {
    let row = format!("\"{}\".contains(\"{}b\")", "a".repeat(8_000), "a".repeat(4_000));
    let (condition, _) = check_row(&row, &Catalogue::new().scope());
    assert_eq!(condition, Some(super::super::Condition::Const(false)));
}

fn check(file: &str) {
    let expected = read(file);
    let kept = expected.lines().filter(|line| !line.starts_with("    "));
    let actual: String = kept.map(|line| row(line).map_or_else(|| format!("{line}\n"), |row| said(&row))).collect();
    if std::env::var_os("UPDATE_ROWS").is_some() {
        return std::fs::write(path(file), &actual).expect("the folder of the tests is writable");
    }
    for (line, (expected, actual)) in expected.lines().zip(actual.lines()).enumerate() {
        assert_eq!(actual, expected, "{file}.txt:{}", line + 1);
    }
    assert_eq!(actual, expected);
}

/// A row and its findings.
fn said(row: &str) -> String {
    let catalogue = Catalogue::new();
    let (condition, findings) = check_row(row, &catalogue.scope());
    let mut said = format!("{}\n", row.replace('\n', "⏎"));
    for finding in &findings {
        let level = if finding.severity == Severity::Warning { "warning " } else { "" };
        let at = &row[finding.place.clone()];
        let _ = writeln!(said, "    {level}{} at `{}`: {}", finding.code, at.replace('\n', "⏎"), finding.what);
        for (label, text) in [("why", &finding.why), ("help", &finding.help), ("mended", &finding.mended)] {
            if let Some(text) = text {
                let mut shown = text.clone();
                if label == "mended" {
                    shown = row.to_owned();
                    shown.replace_range(finding.place.clone(), text);
                }
                let _ = writeln!(said, "        {label}: {}", shown.replace('\n', "⏎"));
            }
        }
    }
    if let Some(condition) = condition {
        let _ = writeln!(said, "    ok: {}", sentence(&condition, &catalogue.scope()));
    }
    said
}

/// The row of a line. A finding, which is indented, a comment and an empty line have none. `⏎` is a line end.
fn row(line: &str) -> Option<String> {
    (!line.is_empty() && !line.starts_with("# ") && !line.starts_with("    ")).then(|| line.replace('⏎', "\n"))
}

fn read(file: &str) -> String {
    std::fs::read_to_string(path(file)).expect("the file is beside this one")
}

fn path(file: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/author/expr/tests/{file}.txt"))
}

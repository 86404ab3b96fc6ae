//! A row as an author writes it: any text. What is accepted has a sentence, compiles, opens and decides.

use std::sync::LazyLock;

use selvedge::author::diagnostic::Severity;
use selvedge::author::expr::{Scope, check_row, sentence};
use selvedge::author::site::{Row, Rows, Site};
use selvedge::author::{Entry, Files, check};

use super::ground::{base, exercise, visits};

/// A catalogue with everything that a row can ask for, and an experience to put the row into.
static SITE: LazyLock<Site> = LazyLock::new(|| {
    let common = "source = \"request\"\npurposes = [\"contextual\"]\n";
    let kinds = [
        ("b", "bool", ""),
        ("i", "int", "range = [-100, 100]"),
        ("d", "double", ""),
        ("s", "string", ""),
        ("y", "symbol", "values = [\"a\", \"b\"]"),
        ("l", "list", ""),
        ("t", "timestamp", ""),
        ("c", "list", "values = [\"a\", \"b\"]"),
    ];
    let mut catalogue = String::new();
    for (name, of, limit) in kinds {
        catalogue += &format!("[v.{name}]\ntype = \"{of}\"\n{limit}\n{common}");
        catalogue += &format!("[o.{name}]\ntype = \"{of}\"\n{limit}\noptional = true\n{common}");
    }
    let texts = [
        ("selvedge.toml", "name = \"shop\"\nlocales = { default = \"en\" }\n"),
        ("attributes.toml", &catalogue),
        ("slots.toml", "[home.hero]\nselector = \"#hero\"\nchange = \"inner\"\n"),
        ("audiences/a.toml", "[fans]\nall = ['v.b']\n"),
        ("content/c.toml", "[locale.en]\nhtml = \"c\"\n"),
        ("experiences/e.toml", "slot = \"home.hero\"\n[[rule]]\nall = ['v.b']\nshow = \"c\"\n"),
    ];
    let entries = texts.map(|(path, text)| (path.to_owned(), Entry::Bytes(text.into())));
    check(&Files { entries: entries.into(), ..Files::default() }).0.expect("this site is sound")
});

/// Checks a row.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let audiences = ["fans".to_owned()];
    let scope = Scope { attributes: &SITE.attributes, audiences: &audiences };
    let (condition, findings) = check_row(text, &scope);
    for finding in &findings {
        assert!(text.get(finding.place.clone()).is_some(), "a finding is not in the text: {finding:?}");
    }
    let failed = findings.iter().any(|finding| finding.severity == Severity::Error);
    assert_eq!(condition.is_none(), failed, "either a condition or an error was due: {findings:?}");
    let Some(condition) = condition else { return };
    assert!(!sentence(&condition, &scope).is_empty(), "a condition without words");
    let mut site = SITE.clone();
    let place = site.experiences[0].place.clone();
    let row = Row { text: text.to_owned(), condition, place };
    let rule = &mut site.experiences[0].rules[0];
    rule.rows = Rows { all: vec![row.clone()], any: vec![row.clone()], none: vec![row] };
    let base = base(&site);
    visits(&base.bundle).iter().for_each(|visit| exercise(&base.bundle, visit));
}

//! The facts of a region table for people: names, sources, dates, confidence, scopes.
//!
//! Takes the text of a table, gives each region's facts, completed with those of its parents. The models that decide are not
//! here: [`super::regions`] resolves them together with the site's overrides.

use std::collections::BTreeMap;

use serde::Serialize;
use toml::de::DeTable;

use super::regions::{self, DEFAULT, LINE_MAX, day, text, texts};
use crate::consent::table::RegionTable;

/// The facts of one region in a table, without its models.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Law {
    /// Its name.
    #[serde(skip)]
    pub name: String,
    /// `required`, `recommended` or `none`: whether Global Privacy Control must be recognised.
    pub gpc: String,
    /// The scope of the model for known children, in words.
    #[serde(skip)]
    pub child_scope: Option<String>,
    /// The same of known teens.
    #[serde(skip)]
    pub teen_scope: Option<String>,
    /// The age up to which the law counts a person as a teen.
    #[serde(skip)]
    pub teen_age_max: Option<u8>,
    /// The day from which the row holds.
    #[serde(skip)]
    pub effective_from: Option<String>,
    /// The day from which the law itself holds, where the row is ahead of it.
    pub statutory_from: Option<String>,
    /// How sure it is: `high`, `medium`, `low`.
    pub confidence: String,
    /// How it was looked up.
    pub verified: String,
    /// Where.
    pub sources: Vec<String>,
    /// A further remark.
    pub note: Option<String>,
}

/// Every region of a table in the form of the shipped one, with `default`.
pub fn laws(table: &str) -> BTreeMap<String, Law> {
    let table = DeTable::parse_recoverable(table).0.into_inner();
    let rows = table.get("regions").and_then(|rows| rows.get_ref().as_table());
    let codes = rows.into_iter().flat_map(|rows| rows.keys()).map(|code| code.get_ref().to_string());
    codes.chain([DEFAULT.to_owned()]).map(|code| (code.clone(), law(&table, &code))).collect()
}

/// A table's models as it has them, without a change by any site.
pub fn unchanged(table: &str) -> RegionTable {
    let table = DeTable::parse_recoverable(table).0.into_inner();
    regions::resolved(&table, &Default::default(), &Default::default())
}

fn law(table: &DeTable<'_>, code: &str) -> Law {
    let line = line(table, code);
    let first = |key: &str| line.iter().find_map(|row| text(row, key)).unwrap_or_default();
    let own = |key: &str| line.first().and_then(|row| text(row, key));
    let day = |key: &str| line.first().and_then(|row| day(row, key));
    // A scope belongs to the row that has the model.
    let scope = |model: &str, scope: &str| {
        let row = line.iter().find(|row| row.contains_key(model));
        row.and_then(|row| text(row, scope)).map(str::to_owned)
    };
    let whole = |key: &str| line.iter().find_map(|row| row.get(key)?.get_ref().as_integer()?.as_str().parse().ok());
    Law {
        name: own("name").unwrap_or_default().to_owned(),
        gpc: first("gpc").to_owned(),
        child_scope: scope("child", "child_scope"),
        teen_scope: scope("teen", "teen_scope"),
        teen_age_max: whole("teen_max_age"),
        effective_from: day("effective_from"),
        statutory_from: day("statutory_from"),
        confidence: first("conf").to_owned(),
        verified: first("verified").to_owned(),
        sources: line.first().into_iter().flat_map(|row| texts(row, "sources")).map(str::to_owned).collect(),
        note: own("note").map(str::to_owned),
    }
}

/// The rows of a region, its parents and the default, nearest first.
fn line<'t>(table: &'t DeTable<'_>, code: &str) -> Vec<&'t DeTable<'t>> {
    let rows = table.get("regions").and_then(|rows| rows.get_ref().as_table());
    let find = |code: &str| rows?.get(code)?.get_ref().as_table();
    let line = std::iter::successors(find(code), |row| text(row, "parent").and_then(find)).take(LINE_MAX);
    line.chain(table.get(DEFAULT).and_then(|row| row.get_ref().as_table())).collect()
}

#[cfg(test)]
mod tests {
    use super::super::REGIONS;
    use super::*;

    #[test]
    fn facts_are_inherited_and_scopes_are_not_mixed_up() {
        let laws = laws(REGIONS);
        let scope = |code: &str| laws[code].teen_scope.clone();
        assert_eq!((scope("US-CA").as_deref(), laws["US-CA"].teen_age_max), (Some("sale/sharing 13-15"), Some(15)));
        assert_eq!(scope("US-TX"), None);
        assert_eq!((laws["US-CA"].gpc.as_str(), laws["CN"].gpc.as_str()), ("required", "none"));
        assert_eq!(laws["US-OK"].effective_from.as_deref(), Some("2027-01-01"));
        assert!(laws.iter().all(|(code, law)| code == DEFAULT || !law.sources.is_empty()));
        assert!(laws.values().all(|law| !law.confidence.is_empty() && !law.verified.is_empty()));
    }
}

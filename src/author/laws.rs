//! What a region table says for people: names, sources, dates, confidence, minors.
//!
//! Takes the text of a table, gives each region's facts with whatever it leaves out taken from its parents. The models of the
//! purposes are not here: they are resolved with the site's overrides, in [`super::regions`].

use std::collections::BTreeMap;

use toml::de::{DeTable, DeValue};

use super::regions::{self, DEFAULT, LINE_MAX, day, text, texts};
use crate::consent::table::RegionTable;

/// What a table says of one region beside its models.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Law {
    /// Its name.
    pub name: String,
    /// `required`, `recommended` or `none`: whether Global Privacy Control must be recognised.
    pub gpc: String,
    /// What holds for known minors, in words.
    pub minors: String,
    /// How long a grant holds, in days.
    pub grant_days_max: Option<i64>,
    /// What a split may assign by without consent: `none`, `page`, `session_memory`, `first_party_id`.
    pub experiments: String,
    /// The day from which the row holds.
    pub effective_from: Option<String>,
    /// The day from which the law itself holds, where the row is ahead of it.
    pub statutory_from: Option<String>,
    /// How sure it is: `high`, `medium`, `low`.
    pub confidence: String,
    /// How it was looked up.
    pub verified: String,
    /// Where.
    pub sources: Vec<String>,
    /// What else there is to say.
    pub note: Option<String>,
}

/// Every region of a table in the form of the shipped one, with `default`.
#[must_use]
pub fn laws(table: &str) -> BTreeMap<String, Law> {
    let table = DeTable::parse_recoverable(table).0.into_inner();
    let rows = table.get("regions").and_then(|rows| rows.get_ref().as_table());
    let codes = rows.into_iter().flat_map(|rows| rows.keys()).map(|code| code.get_ref().to_string());
    codes.chain([DEFAULT.to_owned()]).map(|code| (code.clone(), law(&table, &code))).collect()
}

/// A table's models as it has them, without a change by any site.
#[must_use]
pub fn unchanged(table: &str) -> RegionTable {
    let table = DeTable::parse_recoverable(table).0.into_inner();
    regions::resolved(&table, &Default::default(), &Default::default())
}

fn law(table: &DeTable<'_>, code: &str) -> Law {
    let line = line(table, code);
    let first = |key: &str| line.iter().find_map(|row| text(row, key)).unwrap_or_default();
    let own = |key: &str| line.first().and_then(|row| text(row, key));
    let day = |key: &str| line.first().and_then(|row| day(row, key));
    let whole = |key: &str| line.iter().find_map(|row| row.get(key)?.get_ref().as_integer()?.as_str().parse().ok());
    Law {
        name: own("name").unwrap_or_default().to_owned(),
        gpc: first("gpc").to_owned(),
        minors: minors(&line),
        grant_days_max: whole("max_grant_age_days"),
        experiments: experiments(table, code),
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
    let (mut line, mut next) = (Vec::new(), find(code));
    while let Some(row) = next.filter(|_| line.len() < LINE_MAX) {
        line.push(row);
        next = text(row, "parent").and_then(find);
    }
    line.extend(table.get(DEFAULT).and_then(|row: &toml::Spanned<DeValue<'_>>| row.get_ref().as_table()));
    line
}

/// `up to 12: parental; 13 to 15: opt_in (sale/sharing 13-15)`.
fn minors(line: &[&DeTable<'_>]) -> String {
    let first = |key: &str| line.iter().find_map(|row| text(row, key));
    let age =
        |key: &str| line.iter().find_map(|row| row.get(key)?.get_ref().as_integer()?.as_str().parse::<i64>().ok());
    // A scope belongs to the row that has the model.
    let scope = |model: &str, scope: &str| {
        let row = line.iter().find(|row| row.contains_key(model));
        row.and_then(|row| text(row, scope)).map(|scope| format!(" ({scope})")).unwrap_or_default()
    };
    let child = age("child_max_age").unwrap_or(0);
    let mut bands = Vec::new();
    if let Some(model) = first("child") {
        bands.push(format!("up to {child}: {model}{}", scope("child", "child_scope")));
    }
    if let (Some(model), Some(teen)) = (first("teen"), age("teen_max_age").filter(|teen| *teen > child)) {
        bands.push(format!("{} to {teen}: {model}{}", child + 1, scope("teen", "teen_scope")));
    }
    bands.join("; ")
}

/// The site's rung is its country's, a union's, or the default one.
fn experiments(table: &DeTable<'_>, code: &str) -> String {
    let all = table.get("experiments").and_then(|all| all.get_ref().as_table());
    let of = |code: &str| {
        let key = code.to_ascii_lowercase();
        text(all?.get(key.as_str())?.get_ref().as_table()?, "assignment_without_consent").map(str::to_owned)
    };
    let country = code.split('-').next().unwrap_or_default();
    of(code).or_else(|| of(country)).or_else(|| of(DEFAULT)).unwrap_or_else(|| "none".to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::REGIONS;
    use super::*;

    #[test]
    fn facts_are_inherited_and_scopes_are_not_mixed_up() {
        let laws = laws(REGIONS);
        assert_eq!(laws["US-CA"].minors, "up to 12: parental; 13 to 15: opt_in (sale/sharing 13-15)");
        assert_eq!(laws["US-TX"].minors, "up to 12: parental");
        assert_eq!((laws["US-CA"].gpc.as_str(), laws["CN"].gpc.as_str()), ("required", "none"));
        assert_eq!(laws["DE"].grant_days_max, Some(395));
        assert_eq!((laws["FR"].experiments.as_str(), laws["DE"].experiments.as_str()), ("page", "none"));
        assert_eq!(laws["US-OK"].effective_from.as_deref(), Some("2027-01-01"));
        assert!(laws.iter().all(|(code, law)| code == DEFAULT || !law.sources.is_empty()));
        assert!(laws.values().all(|law| !law.confidence.is_empty() && !law.verified.is_empty()));
    }
}

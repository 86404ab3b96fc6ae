//! A site that asks for less than the shipped region table, and who answers for that.
//!
//! Takes the site's own table, which is sound, and reports each cell that asks for less than the shipped one, with the source of the
//! shipped value. A row, and an override, may name counsel and their reason: an [`Answer`]. It never changes the table.

use std::collections::{BTreeMap, BTreeSet};

use toml::de::DeTable;

use super::diagnostic::Diagnostic;
use super::keys::{Field, Table};
use super::laws::laws;
use super::regions::{self, DEFAULT, REGIONS, age_word};
use crate::consent::table::{AgeRule, Regime, RegionTable};
use crate::words::Purpose;
use crate::words::time::{format_day, parse_rfc3339};

/// Reports the cells of `own` that are looser than the shipped ones, once where each is written.
pub(crate) fn check(own: Table<'_>) {
    let resolved = |table: &DeTable<'_>| regions::resolved(table, &BTreeSet::new(), &BTreeMap::new());
    let tables = Tables { own, mine: resolved(own.entries), shipped: resolved(&regions::shipped()) };
    let mut found: BTreeMap<(String, &'static str), Found> = BTreeMap::new();
    for time in tables.times() {
        for code in tables.codes() {
            tables.compare(code, time, &mut found);
        }
    }
    for ((row, key), found) in &found {
        tables.report(row, key, found);
    }
    for code in tables.codes() {
        if let Some(row) = tables.row(code) {
            let is_needed = found.keys().any(|(row, _)| row == code);
            Answer { is_needed, ..Answer::of(row) }.check(row, code);
        }
    }
}

/// The person who answers for a looser reading of the law than the shipped one: the name and the reason, in the table with
/// that reading.
pub(super) struct Answer {
    is_there: bool,
    /// Something in the table is looser.
    is_needed: bool,
}

impl Answer {
    pub(super) fn of(table: Table<'_>) -> Self {
        Self { is_there: ANSWER.iter().any(|key| table.has(key)), is_needed: false }
    }

    /// A value of an override is looser than the shipped one, which must not be published without a warning.
    pub(super) fn for_looser(&mut self, field: Field<'_>, what: String) {
        self.is_needed = true;
        if !self.is_there {
            let fault = field.error("SV5011", what);
            let fault =
                fault.why("the shipped table reads the law conservatively; a person must answer for another reading");
            field.report(fault.help("use the shipped value, or write beside it who answers for it and why: counsel = \"…\" and reason = \"…\""));
        }
    }

    /// Reports half of an answer, and one that answers for nothing.
    pub(super) fn check(&self, table: Table<'_>, code: &str) {
        let is_said = |key: &str| table.text(key).is_some_and(|text| !text.text.trim().is_empty());
        if !self.is_there {
            return;
        }
        if let Some(missing) = ANSWER.iter().find(|key| !is_said(key)) {
            let what = format!("the answer for {code} has no `{missing}`");
            let fault = table.error("SV5030", table.place(), what);
            let fault = fault.why("somebody may ask later who answers for this, and on what grounds");
            return table.report(fault.help(format!("write {missing} = \"…\" into the table of {code}")));
        }
        if !self.is_needed {
            let what = format!("counsel answers for {code}, but nothing there is looser than the shipped table");
            let fault = table.error("SV5031", table.place(), what).warning();
            let fault = fault.why("an answer that stays here would cover the next change without a review");
            table.report(fault.help("remove `counsel` and `reason`"));
        }
    }
}

/// The keys of an answer.
const ANSWER: [&str; 2] = ["counsel", "reason"];

struct Tables<'a> {
    own: Table<'a>,
    mine: RegionTable,
    shipped: RegionTable,
}

/// A cell that is looser, and the regions in which it is.
struct Found {
    mine: String,
    shipped: String,
    /// The row that the shipped table has instead.
    law: String,
    from_ms: i64,
    regions: Vec<String>,
}

impl Tables<'_> {
    /// The day on which the law was reviewed, and each later day on which it changes.
    fn times(&self) -> BTreeSet<i64> {
        let looked = self.looked();
        let rows = self.mine.rows.iter().chain(&self.shipped.rows).map(|row| row.effective_from_ms);
        rows.filter(|from| *from > looked).chain([looked]).collect()
    }

    /// The day on which the law was reviewed.
    fn looked(&self) -> i64 {
        parse_rfc3339(&format!("{}T00:00:00Z", self.mine.version)).unwrap_or(0)
    }

    fn codes(&self) -> BTreeSet<&str> {
        let codes = self.mine.codes.iter().chain(&self.shipped.codes).map(|(code, _)| code.as_str());
        codes.chain([DEFAULT]).collect()
    }

    fn compare(&self, code: &str, time: i64, found: &mut BTreeMap<(String, &'static str), Found>) {
        let region = Some(code).filter(|code| *code != DEFAULT);
        let rows = (
            self.mine.rows.get(self.mine.regime(region, time)),
            self.shipped.rows.get(self.shipped.regime(region, time)),
        );
        let (Some(mine), Some(shipped)) = rows else { return };
        // A region without a row of the site is one whose law the site does not know. Its default has its own finding.
        if mine.code == DEFAULT && code != DEFAULT {
            return;
        }
        for (key, of_mine, of_shipped) in looser(mine, shipped) {
            let written = self.written(mine, key);
            // Storage without a key of its own follows the other purposes, which are told.
            if written.is_none() && key == Purpose::Storage.name() {
                continue;
            }
            let row = written.unwrap_or_else(|| mine.code.clone());
            let found = found.entry((row, key)).or_insert_with(|| Found {
                mine: of_mine,
                shipped: of_shipped,
                law: shipped.code.clone(),
                from_ms: time,
                regions: Vec::new(),
            });
            if !found.regions.iter().any(|known| known == code) {
                found.regions.push(code.to_owned());
            }
        }
    }

    /// The row that has the key: the region's own, or the first that it inherits from.
    fn written(&self, row: &Regime, key: &str) -> Option<String> {
        let line = std::iter::successors(Some(row), |row| self.mine.rows.get(usize::from(row.parent)));
        let mut line = line.take(self.mine.rows.len());
        line.find(|row| self.row(&row.code).is_some_and(|table| table.has(key))).map(|row| row.code.clone())
    }

    fn row(&self, code: &str) -> Option<Table<'_>> {
        match code {
            DEFAULT => self.own.get(DEFAULT)?.table(),
            code => self.own.get("regions")?.table()?.get(code)?.table(),
        }
    }

    fn report(&self, row: &str, key: &str, found: &Found) {
        let Some(table) = self.row(row) else { return };
        if Answer::of(table).is_there {
            return;
        }
        let place = table.get(key).map_or_else(|| table.place(), |field| field.place());
        let regions = match found.regions.as_slice() {
            [one] => one.clone(),
            [one, more @ ..] => format!("{one} and {} more", more.len()),
            [] => row.to_owned(),
        };
        let is_later = found.from_ms > self.looked();
        let from = if is_later { format!(" from {}", format_day(found.from_ms)) } else { String::new() };
        let what = format!("{} is looser than the shipped table for {regions}{from}", found.mine);
        let law = laws(REGIONS).remove(&found.law).unwrap_or_default();
        let source = law.sources.into_iter().next().or(law.note).unwrap_or_default();
        let fault = Diagnostic::error("SV5105", place, what);
        let fault = fault.why(format!("its row of {} has {}: {source}", found.law, found.shipped));
        table.source.report(fault.help(format!(
            "use the shipped value, or write into the row of {row} who answers for it and why: counsel = \"…\" and reason = \"…\""
        )));
    }
}

/// The cells in which one row asks for less than another: the key, what one has, what the other.
fn looser(mine: &Regime, shipped: &Regime) -> Vec<(&'static str, String, String)> {
    let mut cells = Vec::new();
    for purpose in Purpose::ALL {
        let (own, law) = (mine.model(*purpose), shipped.model(*purpose));
        if own < law {
            cells.push((purpose.name(), format!("`{own}` for {purpose}"), format!("`{law}`")));
        }
    }
    let left_out = shipped.gpc_off().and(!mine.gpc_off());
    if let Some(first) = left_out.iter().next() {
        cells.push(("gpc_off", format!("`gpc_off` without {first}"), format!("{first} in it")));
    }
    if mine.grant_days_max > shipped.grant_days_max {
        let days = |row: &Regime| format!("{} days", row.grant_days_max);
        cells.push(("max_grant_age_days", format!("a grant that holds {}", days(mine)), days(shipped)));
    }
    for (key, own, law) in [("child", mine.child, shipped.child), ("teen", mine.teen, shipped.teen)] {
        let less = Purpose::ALL.iter().find(|purpose| own.model(**purpose) < law.model(**purpose));
        if let Some(purpose) = less {
            let word = |rule: AgeRule| age_word(rule.model(*purpose));
            cells.push((key, format!("`{}` for {purpose} of a {key}", word(own)), format!("`{}`", word(law))));
        }
    }
    if mine.child_age_max < shipped.child_age_max {
        let years = |row: &Regime| format!("{} years", row.child_age_max);
        cells.push(("child_max_age", format!("childhood up to {}", years(mine)), years(shipped)));
    }
    cells
}

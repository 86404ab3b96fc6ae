//! The law of each region for each purpose as a site has it, and the effect of each signal. Takes the resolved region table
//! that the engine decides by, and the text that names its sources; gives lines for a table. A row that starts later is
//! beside the row until then. The table helps people to review the rules. It does not say whether a site complies with a
//! law.

mod ages;

use std::collections::BTreeMap;

use serde::Serialize;

pub use ages::{AgeBand, AgeRow};

use crate::author::{Law, REGIONS, age_word, laws, rung_word, unchanged};
use crate::consent::table::{Model, Regime, RegionTable};
use crate::words::time::format_day as day;
use crate::words::{Age, Purpose};

/// Every region's line.
#[derive(Clone, Debug, Serialize)]
pub struct ConsentMatrix {
    /// The version of the region table.
    pub table_version: String,
    /// The day at which it was asked.
    pub as_of: String,
    /// True if the site is made for children: then what holds for them holds for everybody whose age is not known.
    pub child_directed: bool,
    /// The purposes, in the order of the cells.
    pub purposes: Vec<&'static str>,
    /// By code; `default` first.
    pub regions: Vec<RegionLine>,
}

/// One region at one time.
#[derive(Clone, Debug, Serialize)]
pub struct RegionLine {
    /// Its code.
    pub code: String,
    /// Its name, if the table has one.
    pub name: String,
    /// Other codes that share the row.
    pub covers: Vec<String>,
    /// True if the line holds at the day asked.
    pub in_force: bool,
    /// The day from which it holds.
    pub from: Option<String>,
    /// The day from which another does.
    pub until: Option<String>,
    /// The row that holds until then, where the region's own is not in force.
    pub held_by: Option<String>,
    /// By purpose.
    pub cells: Vec<Cell>,
    /// What it switches off.
    pub gpc_off: Vec<&'static str>,
    /// The rules for visitors who are known to be children or teenagers.
    pub minors: Vec<AgeBand>,
    /// How many days a grant holds.
    pub grant_days_max: u16,
    /// The unit that a split may assign by without consent, in the words of `regions.toml`.
    pub experiments: &'static str,
    /// Which of `gpc_off`, `grant_days_max` and `experiments` are not as shipped.
    pub by_site: Vec<&'static str>,
    /// The facts of the table about this law.
    #[serde(flatten)]
    pub law: Law,
}

/// The requirement for one purpose in one region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Cell {
    /// The purpose.
    pub purpose: &'static str,
    /// The model that a visitor of unknown age falls under.
    pub model: &'static str,
    /// The permission while the visitor has not answered.
    pub when_silent: &'static str,
    /// True if `Sec-GPC: 1` switches it off.
    pub gpc_off: bool,
    /// True if the shipped table has another model here.
    pub by_site: bool,
}

/// The matrix of `table` at `as_of_ms`; `text` is the region table that it was resolved from. `only` keeps these codes; empty keeps all.
pub fn consent_matrix(table: &RegionTable, text: &str, as_of_ms: i64, only: &[String]) -> ConsentMatrix {
    let source = Source { table, shipped: unchanged(REGIONS), laws: laws(text), as_of_ms };
    let mut sharing: BTreeMap<u16, Vec<&str>> = BTreeMap::from([(0, vec!["default"])]);
    for (code, row) in table.codes.iter().filter(|(_, row)| *row > 0) {
        sharing.entry(*row).or_default().push(code);
    }
    let wanted = |codes: &[&str]| only.is_empty() || codes.iter().any(|code| only.iter().any(|one| one == code));
    let mut groups: Vec<(u16, Vec<&str>)> = sharing.into_iter().filter(|(_, codes)| wanted(codes)).collect();
    groups.sort_by_key(|(row, _)| (*row > 0, table.rows.get(usize::from(*row)).map(|row| &row.code)));
    let regions = groups.iter().flat_map(|(row, codes)| source.lines(usize::from(*row), codes)).collect();
    ConsentMatrix {
        table_version: table.version.clone(),
        as_of: day(as_of_ms),
        child_directed: table.child_directed,
        purposes: Purpose::ALL.iter().map(|purpose| purpose.name()).collect(),
        regions,
    }
}

/// The permission under a model while the visitor has not answered.
pub fn when_silent(model: Model) -> &'static str {
    match model {
        Model::Exempt => "allowed",
        Model::Notice | Model::OptOut => "allowed until objection",
        Model::OptIn => "denied until agreement",
        Model::OptInExplicit => "denied until agreement to exactly this",
        Model::StrictlyRequired => "only what the visitor asked for",
        Model::Prohibited => "never",
    }
}

struct Source<'t> {
    table: &'t RegionTable,
    shipped: RegionTable,
    laws: BTreeMap<String, Law>,
    as_of_ms: i64,
}

/// A row of the table, and the time in which it holds for a region.
struct Span<'t> {
    row: &'t Regime,
    from_ms: i64,
    until_ms: Option<i64>,
}

impl<'t> Source<'t> {
    /// The lines of a row: the law on the day asked, then the law of each later day, in order.
    fn lines(&self, row: usize, codes: &[&str]) -> Vec<RegionLine> {
        let Some(own) = self.table.rows.get(row) else { return Vec::new() };
        self.spans(own).iter().map(|span| self.line(own, span, codes)).collect()
    }

    /// Until a row holds its parent does, as in [`RegionTable::regime`].
    fn spans(&self, own: &'t Regime) -> Vec<Span<'t>> {
        let mut spans: Vec<Span<'t>> = Vec::new();
        let mut next = Some(own);
        let mut until_ms = None;
        while let Some(row) = next.filter(|_| spans.len() < self.table.rows.len()) {
            // A parent that starts after its part never holds for it.
            if until_ms.is_none_or(|until| row.effective_from_ms < until) {
                spans.push(Span { row, from_ms: row.effective_from_ms, until_ms });
                until_ms = Some(row.effective_from_ms);
            }
            let is_over = row.effective_from_ms <= self.as_of_ms;
            next = if is_over { None } else { self.table.rows.get(usize::from(row.parent)) };
        }
        spans.reverse();
        spans
    }

    fn line(&self, own: &Regime, span: &Span<'_>, codes: &[&str]) -> RegionLine {
        let held = span.row;
        let when_ms = span.from_ms.max(self.as_of_ms);
        let law = self.law(held);
        let shipped = self.shipped.regime(codes.first().copied().filter(|code| *code != "default"), when_ms);
        let shipped = self.shipped.rows.get(shipped).unwrap_or(held);
        let differs = [
            ("gpc_off", held.gpc_off != shipped.gpc_off),
            ("grant_days_max", held.grant_days_max != shipped.grant_days_max),
            ("experiments", held.without_consent != shipped.without_consent),
        ];
        RegionLine {
            code: own.code.clone(),
            name: self.laws.get(&own.code).map(|law| law.name.clone()).unwrap_or_default(),
            covers: codes.iter().filter(|code| **code != own.code).map(|code| (*code).to_owned()).collect(),
            in_force: span.from_ms <= self.as_of_ms,
            from: (span.from_ms > 0).then(|| day(span.from_ms)),
            until: span.until_ms.map(day),
            held_by: (own.code != held.code).then(|| held.code.clone()),
            cells: Purpose::ALL.iter().map(|purpose| self.cell(held, shipped, *purpose)).collect(),
            gpc_off: held.gpc_off().iter().map(Purpose::name).collect(),
            minors: ages::minors(held, shipped, &law),
            grant_days_max: held.grant_days_max,
            experiments: rung_word(held.without_consent()),
            by_site: differs.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect(),
            law,
        }
    }

    /// The facts of the text about a row. A row that only the site's overrides make has the facts of the row above.
    fn law(&self, row: &Regime) -> Law {
        let mut row = row;
        for _ in 0..self.table.rows.len() {
            if let Some(law) = self.laws.get(&row.code) {
                return law.clone();
            }
            row = self.table.rows.get(usize::from(row.parent)).unwrap_or(row);
        }
        Law::default()
    }

    fn cell(&self, held: &Regime, shipped: &Regime, purpose: Purpose) -> Cell {
        // A visitor of unknown age on a site for children counts as a child.
        let age = self.table.child_directed.then_some(Age::Child);
        let model = held.model(purpose).max(held.model_of_age(age, purpose));
        let (word, when_silent) = match held.asks_parent(age, purpose) {
            true => (age_word(model), "denied until a parent agrees"),
            false => (model.name(), when_silent(model)),
        };
        Cell {
            purpose: purpose.name(),
            model: word,
            when_silent,
            gpc_off: held.gpc_off().has(purpose),
            by_site: model != shipped.model(purpose),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::author::{Override, regions};
    use crate::words::Purposes;
    use crate::words::time::parse_rfc3339;

    fn lines(table: &RegionTable, day: &str, code: &str) -> Vec<RegionLine> {
        let at = parse_rfc3339(&format!("{day}T00:00:00Z")).expect("a day");
        consent_matrix(table, REGIONS, at, &[code.to_owned()]).regions
    }

    #[test]
    fn every_cell_is_what_the_engine_decides_by() {
        let change = Override {
            models: BTreeMap::from([(Purpose::Analytics, Model::Prohibited)]),
            gpc_off: Some(Purposes::NONE.with(Purpose::Analytics)),
            child: (Some(Model::Prohibited), Some(Purposes::NONE.with(Purpose::Analytics))),
            grant_days_max: Some(30),
            ..Override::default()
        };
        // No row of its own in the shipped table: it is one of the union's.
        let table = regions(&BTreeSet::new(), &BTreeMap::from([("AT".to_owned(), change)]));
        let austria = lines(&table, "2026-11-22", "AT").remove(0);
        assert_eq!((austria.code.as_str(), austria.grant_days_max), ("AT", 30));
        let analytics = austria.cells[Purpose::Analytics as usize];
        assert_eq!((analytics.model, analytics.gpc_off, analytics.by_site), ("prohibited", true, true));
        assert!(!austria.cells[Purpose::Advertising as usize].by_site);
        assert_eq!(austria.by_site, ["gpc_off", "grant_days_max"]);
        assert_eq!(austria.minors[0].words(), "child, up to 15: prohibited for analytics, advertising");
        assert!(austria.minors[0].by_site);
        assert!(austria.law.sources[0].contains("ePrivacy"), "the union's, as the row has none: {:?}", austria.law);
    }

    #[test]
    fn every_rule_for_minors_that_the_engine_applies_is_shown() {
        let table = regions(&BTreeSet::new(), &BTreeMap::new());
        for row in &table.rows {
            for line in lines(&table, "2027-06-01", &row.code) {
                let held = table.rows.iter().find(|held| line.held_by.as_ref().unwrap_or(&line.code) == &held.code);
                for (age, purpose) in
                    [Age::Child, Age::Teen].iter().flat_map(|age| Purpose::ALL.iter().map(move |one| (age, *one)))
                {
                    let band = line.minors.iter().find(|band| band.age == age.name());
                    let shown =
                        band.and_then(|band| band.rows.iter().find(|row| row.purposes.contains(&purpose.name())));
                    let model = held.map(|held| held.model_of_age(Some(*age), purpose)).unwrap_or(Model::Exempt);
                    let model = (model != Model::Exempt).then(|| age_word(model));
                    assert_eq!(shown.map(|row| row.model), model, "{} {age} {purpose}", line.code);
                }
            }
        }
        let virginia = lines(&table, "2026-11-30", "US-VA").remove(0);
        assert_eq!(virginia.minors.len(), 1, "no law of Virginia speaks of teens");
        let arkansas = |day| lines(&table, day, "US-AR").remove(0).minors.get(1).map(super::AgeBand::words);
        assert_eq!(arkansas("2026-06-30"), None);
        let now = arkansas("2026-11-30").expect("a rule for teens");
        assert!(now.starts_with("teen, up to 16: prohibited for advertising (targeted ads"));
    }

    #[test]
    fn a_site_for_children_shows_what_holds_for_them() {
        let mut table = regions(&BTreeSet::new(), &BTreeMap::new());
        table.child_directed = true;
        let line = lines(&table, "2026-11-22", "US-CA").remove(0);
        let advertising = line.cells[Purpose::Advertising as usize];
        assert_eq!((advertising.model, advertising.when_silent), ("parental", "denied until a parent agrees"));
        let sensitive = line.cells[Purpose::Sensitive as usize];
        assert_eq!(sensitive.model, "parental");
        // A prohibition stays.
        let germany = lines(&table, "2026-11-22", "DE").remove(0);
        let word = |purpose: Purpose| germany.cells[purpose as usize].model;
        assert_eq!((word(Purpose::Advertising), word(Purpose::Sensitive)), ("prohibited", "parental"));
    }

    #[test]
    fn each_law_in_a_line_of_laws_has_its_own_days() {
        let mut table = regions(&BTreeSet::new(), &BTreeMap::new());
        let ms = |day: &str| parse_rfc3339(&format!("{day}T00:00:00Z")).expect("a day");
        let oklahoma = usize::from(table.codes.iter().find(|(code, _)| code == "US-OK").expect("a row").1);
        // A row between the last one and the country's.
        let own = table.rows[oklahoma].clone();
        let between = Regime { code: "US-OK".into(), effective_from_ms: ms("2026-12-01"), ..own.clone() };
        table.rows[oklahoma].parent = u16::try_from(table.rows.len()).expect("few rows");
        table.rows.push(between);
        let days = |as_of| {
            let lines = lines(&table, as_of, "US-OK");
            lines.into_iter().map(|line| (line.in_force, line.from, line.until)).collect::<Vec<_>>()
        };
        let [december, january] = ["2026-12-01", "2027-01-01"].map(|day| Some(day.to_owned()));
        let middle = |is_in_force| (is_in_force, december.clone(), january.clone());
        let last = |is_in_force| (is_in_force, january.clone(), None);
        assert_eq!(days("2026-11-22"), [(true, None, december.clone()), middle(false), last(false)]);
        assert_eq!(days("2026-12-24"), [middle(true), last(false)]);
        assert_eq!(days("2027-01-02"), [last(true)]);
    }
}

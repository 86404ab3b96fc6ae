//! What the law of each region, as a site has it, makes of each purpose and each signal.
//!
//! Takes a region table with a site's overrides and the text that it came from, gives lines for a table. A row that starts later
//! stands beside what holds until then. It helps people to look; it says nothing of whether a site keeps a law.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::author::{Law, laws, unchanged};
use crate::bundle::words::Purpose;
use crate::consent::table::{Model, Regime, RegionTable};
use crate::time::format_rfc3339;

/// Every region's line.
#[derive(Clone, Debug, Serialize)]
pub struct ConsentMatrix {
    /// The version of the region table.
    pub table_version: String,
    /// The day at which it was asked.
    pub as_of: String,
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
    /// Whether the line holds at the day asked.
    pub in_force: bool,
    /// The day from which it holds.
    pub from: Option<String>,
    /// The day from which another does.
    pub until: Option<String>,
    /// The row that holds until then, where the region's own is not in force.
    pub held_by: Option<String>,
    /// By purpose.
    pub cells: Vec<Cell>,
    /// Whether Global Privacy Control must be recognised.
    pub gpc: String,
    /// What it switches off.
    pub gpc_off: Vec<&'static str>,
    /// What holds for known minors.
    pub minors: String,
    /// How long a grant holds, in days.
    pub grant_days_max: Option<i64>,
    /// What a split may assign by without consent.
    pub experiments: String,
    /// The day from which the law itself holds, where the row is ahead of it.
    pub statutory_from: Option<String>,
    /// How sure it is.
    pub confidence: String,
    /// How it was looked up.
    pub verified: String,
    /// Where.
    pub sources: Vec<String>,
    /// What else there is to say.
    pub note: Option<String>,
}

/// What one purpose needs in one region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Cell {
    /// The purpose.
    pub purpose: &'static str,
    /// The model.
    pub model: &'static str,
    /// What holds as long as the visitor is silent.
    pub when_silent: &'static str,
    /// Whether `Sec-GPC: 1` switches it off.
    pub gpc_off: bool,
    /// Whether the site changed it.
    pub by_site: bool,
}

/// The matrix of `table`, which comes from `text` and a site's overrides, at `as_of_ms`. `only` keeps these codes; empty keeps all.
#[must_use]
pub fn consent_matrix(table: &RegionTable, text: &str, as_of_ms: i64, only: &[String]) -> ConsentMatrix {
    let source = Source { table, before: unchanged(text), laws: laws(text), as_of_ms };
    let mut sharing: BTreeMap<u16, Vec<&str>> = BTreeMap::new();
    for (code, row) in &table.codes {
        sharing.entry(*row).or_default().push(code);
    }
    let wanted = |codes: &[&str]| only.is_empty() || codes.iter().any(|code| only.iter().any(|one| one == code));
    let mut regions = Vec::new();
    if wanted(&["default"]) {
        regions.extend(source.lines(0, &["default"]));
    }
    let mut groups: Vec<(u16, Vec<&str>)> =
        sharing.into_iter().filter(|(row, codes)| *row > 0 && wanted(codes)).collect();
    groups.sort_by_key(|(row, _)| table.rows.get(usize::from(*row)).map(|row| row.code.clone()));
    for (row, codes) in groups {
        regions.extend(source.lines(usize::from(row), &codes));
    }
    ConsentMatrix {
        table_version: table.version.clone(),
        as_of: day(as_of_ms),
        purposes: Purpose::ALL.iter().map(|purpose| purpose.name()).collect(),
        regions,
    }
}

/// What holds of a model while the visitor says nothing.
#[must_use]
pub fn when_silent(model: Model) -> &'static str {
    match model {
        Model::Exempt => "allowed",
        Model::Notice | Model::OptOut => "allowed until objection",
        Model::OptIn => "denied until agreement",
        Model::OptInExplicit => "denied until agreement by name",
        Model::StrictlyRequired => "only what was asked for",
        Model::Prohibited => "never",
    }
}

struct Source<'t> {
    table: &'t RegionTable,
    before: RegionTable,
    laws: BTreeMap<String, Law>,
    as_of_ms: i64,
}

impl Source<'_> {
    /// The lines of a row: what holds now, and the row itself if it starts later.
    fn lines(&self, row: usize, codes: &[&str]) -> Vec<RegionLine> {
        let Some(own) = self.table.rows.get(row) else { return Vec::new() };
        if own.effective_from_ms <= self.as_of_ms {
            let since = (own.effective_from_ms > 0).then(|| day(own.effective_from_ms));
            return vec![self.line(own, own, codes, true, since, None)];
        }
        let start = Some(day(own.effective_from_ms));
        let now = self.table.regime(codes.first().copied(), self.as_of_ms);
        let held = self.table.rows.get(now).unwrap_or(own);
        vec![self.line(own, held, codes, true, None, start.clone()), self.line(own, own, codes, false, start, None)]
    }

    fn line(
        &self,
        own: &Regime,
        held: &Regime,
        codes: &[&str],
        in_force: bool,
        from: Option<String>,
        until: Option<String>,
    ) -> RegionLine {
        let law = self.laws.get(&held.code).or_else(|| self.laws.get("default")).cloned().unwrap_or_default();
        let when_ms = if in_force { self.as_of_ms } else { own.effective_from_ms };
        let name = self.laws.get(&own.code).map(|law| law.name.clone()).unwrap_or_default();
        RegionLine {
            code: own.code.clone(),
            name,
            covers: codes.iter().filter(|code| **code != own.code).map(|code| (*code).to_owned()).collect(),
            in_force,
            from,
            until,
            held_by: (own.code != held.code).then(|| held.code.clone()),
            cells: Purpose::ALL.iter().map(|purpose| self.cell(held, codes, *purpose, when_ms)).collect(),
            gpc: law.gpc,
            gpc_off: held.gpc_off().iter().map(Purpose::name).collect(),
            minors: law.minors,
            grant_days_max: law.grant_days_max,
            experiments: law.experiments,
            statutory_from: law.statutory_from,
            confidence: law.confidence,
            verified: law.verified,
            sources: law.sources,
            note: law.note,
        }
    }

    fn cell(&self, row: &Regime, codes: &[&str], purpose: Purpose, when_ms: i64) -> Cell {
        let model = row.model(purpose);
        let before = self.before.regime(codes.first().copied().filter(|code| *code != "default"), when_ms);
        let before = self.before.rows.get(before).map(|row| row.model(purpose));
        Cell {
            purpose: purpose.name(),
            model: model.name(),
            when_silent: when_silent(model),
            gpc_off: row.gpc_off().has(purpose),
            by_site: before.is_some_and(|before| before != model),
        }
    }
}

fn day(ms: i64) -> String {
    format_rfc3339(ms).chars().take(10).collect()
}

//! `regions.toml`: a site's own region table, in place of the shipped one.
//!
//! Takes the file, says whether it can stand for the law: every word known, every parent there, no circle, a source and a
//! confidence in every row. It resolves nothing and compares with no law.

use std::collections::BTreeSet;

use super::diagnostic::Diagnostic;
use super::regions::{LINE_MAX, RUNGS};
use super::site::{Place, Site};
use super::source::Sources;
use super::table::{Field, Table, Text};
use super::times;
use crate::consent::table::Model;
use crate::words::Purpose;
use crate::words::time;
use crate::words::time::DAY;

/// Keys of the whole table.
pub(super) const KEYS: [&str; 8] =
    ["schema", "table_version", "strictness", "purposes", "default", "regions", "overlays", "experiments"];
/// Keys of one region that are models of law.
pub(super) const MODELS: [&str; 15] = [
    "necessary",
    "contextual",
    "functional",
    "functional_user_requested",
    "analytics",
    "personalization",
    "personalization_high_risk",
    "personalization_identified",
    "advertising",
    "advertising_identified",
    "advertising_third_party_linkage",
    "sensitive",
    "engine_sensitive",
    "storage",
    "teen",
];
/// Its sentences and names.
pub(super) const TEXTS: [&str; 7] =
    ["name", "parent", "sensitive_label", "price_disclosure", "child_scope", "teen_scope", "note"];
/// Its lists of sentences and names.
pub(super) const LISTS: [&str; 4] = ["members", "functional_conditions", "analytics_conditions", "sources"];
/// What holds or does not.
pub(super) const FLAGS: [&str; 7] = [
    "gpc_confirm_display",
    "withdrawal_must_be_live",
    "non_personalised_option",
    "must_offer_non_personalised",
    "no_price_discrimination",
    "profiling_right_to_question",
    "consent_manager",
];
/// Its days, in quotes.
pub(super) const DAYS: [&str; 3] = ["effective_from", "statutory_from", "adm_disclosure_from"];
/// Its numbers, and the most that each can be.
pub(super) const NUMBERS: [(&str, i64); 3] =
    [("max_grant_age_days", 3_650), ("child_max_age", 25), ("teen_max_age", 25)];
/// Words of lists of their own.
pub(super) const WORDS: [&str; 7] = ["gpc", "gpc_off", "child", "child_purposes", "teen_purposes", "conf", "verified"];
pub(super) const EXPERIMENT_KEYS: [&str; 3] = ["assignment_without_consent", "exposure_output", "note"];
/// What recognises a browser's signal.
pub(super) const GPC: [&str; 3] = ["required", "recommended", "none"];
/// How sure somebody is.
pub(super) const CONFIDENCE: [&str; 3] = ["high", "medium", "low"];
/// Where a row was looked up.
pub(super) const VERIFIED: [&str; 3] = ["search", "prior", "counsel"];
/// A parent agrees for a child: not a model of its own.
pub(super) const PARENTAL: &str = "parental";

/// Whether the table can be resolved. Whatever is wrong is reported.
pub(crate) fn is_sound(top: Table<'_>) -> bool {
    let faults = std::cell::Cell::new(false);
    let checker = Checker { faults: &faults };
    checker.top(top);
    !faults.get()
}

/// Days after which law has moved on: half a year.
const AGE_MAX_DAYS: i64 = 183;

/// The finding that the site's table was looked at too long ago.
#[must_use]
pub fn table_age(site: &Site, sources: &Sources, now_ms: i64) -> Option<Diagnostic> {
    let day = &site.regions.version;
    let written_ms = time::parse_rfc3339(&format!("{day}T00:00:00Z"))?;
    let days = now_ms.saturating_sub(written_ms) / DAY;
    if days <= AGE_MAX_DAYS {
        return None;
    }
    let is_own = sources.contains_key(FILE);
    let file = if is_own { FILE } else { "selvedge.toml" };
    let text = sources.get(file).map_or("", String::as_str);
    let key = if is_own { "table_version" } else { "name" };
    // The key itself, not a comment that speaks of it.
    let mut lines = text.split_inclusive('\n').scan(0, |end, line| Some((*end, line, *end += line.len())));
    let start = lines.find(|(_, line, ())| line.trim_start().starts_with(key)).map_or(0, |(start, ..)| start);
    let start = start + text.get(start..).and_then(|rest| rest.find(key)).unwrap_or(0);
    let line = text.get(..start).map_or(1, |before| before.matches('\n').count() + 1);
    let length = if text.is_empty() { 0 } else { key.len() };
    let line = u32::try_from(line).unwrap_or(u32::MAX);
    let place = Place { file: file.to_owned(), span: start..start + length, line, column: 1 };
    let what = format!("the region table is of {day}, {days} days ago");
    let fault =
        Diagnostic::error("SV5101", place, what).warning().why("law changes; nobody has looked for half a year");
    Some(if is_own {
        fault.help("go through regions.toml with counsel, and write the new day into `table_version`")
    } else {
        fault.help("bring Selvedge up to date, or keep a table of your own: `selvedge consent regions > regions.toml`")
    })
}

/// Every key of a region's row.
pub(super) fn row_keys() -> Vec<&'static str> {
    let numbers = NUMBERS.iter().map(|(key, _)| *key);
    [&MODELS[..], &TEXTS, &LISTS, &FLAGS, &DAYS, &WORDS].concat().into_iter().chain(numbers).collect()
}

fn purposes() -> Vec<&'static str> {
    Purpose::ALL.iter().map(|purpose| purpose.name()).collect()
}

/// Where a site keeps its own table.
pub(super) const FILE: &str = "regions.toml";

struct Checker<'c> {
    faults: &'c std::cell::Cell<bool>,
}

impl Checker<'_> {
    fn top(&self, top: Table<'_>) {
        self.only(top, &KEYS);
        match top.need("table_version", "write the day on which the law was looked at") {
            Some(field) => self.day(field),
            None => self.fail(),
        }
        match top.need("default", "say what holds in a region that is not known").and_then(Field::table) {
            Some(row) => self.default(row),
            None => self.fail(),
        }
        let codes: BTreeSet<&str> = self.rows(top).map(|field| field.key).collect();
        for field in self.rows(top) {
            if let Some(row) = field.table() {
                self.region(row, field.key, top, &codes);
            } else {
                self.fail();
            }
        }
        self.extras(top);
    }

    /// What stands beside the rows.
    fn extras(&self, top: Table<'_>) {
        let models: Vec<&'static str> = Model::ALL.iter().map(|model| model.name()).collect();
        self.words(top, "strictness", &models);
        self.words(top, "purposes", &purposes());
        if top.get("schema").is_some_and(|field| field.whole_within(1, 1).is_none()) {
            self.fail();
        }
        let overlays = top.get("overlays").and_then(Field::table).into_iter().flat_map(Table::fields);
        for overlay in overlays.filter_map(Field::table) {
            for field in overlay.fields() {
                if field.value.is_array() { self.texts(overlay, field.key) } else { self.sentence(overlay, field.key) }
            }
        }
        for field in top.get("experiments").and_then(Field::table).into_iter().flat_map(Table::fields) {
            let Some(table) = field.table() else { continue };
            self.only(table, &EXPERIMENT_KEYS);
            self.text(table, "assignment_without_consent")
                .into_iter()
                .for_each(|text| self.word(text, &RUNGS.map(|(word, _)| word)));
            ["exposure_output", "note"].iter().for_each(|key| self.sentence(table, key));
        }
    }

    fn rows<'a>(&self, top: Table<'a>) -> impl Iterator<Item = Field<'a>> {
        top.get("regions").and_then(Field::table).into_iter().flat_map(Table::fields)
    }

    /// What is not said here is prohibited, so everything must be.
    fn default(&self, row: Table<'_>) {
        for purpose in Purpose::ALL.iter().filter(|purpose| **purpose != Purpose::Storage) {
            if row.get(purpose.name()).is_none() {
                let fault = row.error("SV5104", row.place(), format!("the default row says nothing of {purpose}"));
                self.report(
                    row,
                    fault.help(format!("add {purpose} = \"opt_in\", or what else holds where nothing is known")),
                );
            }
        }
        self.row(row);
    }

    fn region(&self, row: Table<'_>, code: &str, top: Table<'_>, codes: &BTreeSet<&str>) {
        self.row(row);
        for (key, what) in [("sources", "no source"), ("conf", "no confidence")] {
            if row.get(key).is_none_or(|field| field.value.as_array().is_some_and(|items| items.is_empty())) {
                let fault = row.error("SV5102", row.place(), format!("the row of {code} has {what}"));
                let fault = fault.why("whoever is asked why this holds must be able to answer");
                self.report(row, fault.help("write where it was looked up, and how sure that is: high, medium or low"));
            }
        }
        if let Some(parent) = row.text("parent") {
            self.parent(parent, code, top, codes);
        }
    }

    fn parent(&self, parent: Text<'_>, code: &str, top: Table<'_>, codes: &BTreeSet<&str>) {
        if !codes.contains(parent.text) {
            self.fail();
            return parent.unknown("SV5103", format!("there is no region `{}`", parent.text), codes.iter().copied());
        }
        let above = |code: &str| {
            let rows = top.get("regions").and_then(Field::table)?;
            rows.get(code)?.value.as_table()?.get("parent")?.get_ref().as_str()
        };
        let mut line = vec![code];
        let mut next = Some(parent.text);
        while let Some(code) = next {
            line.push(code);
            if line[0] == code || line.len() > LINE_MAX {
                let fault = parent.error("SV5103", format!("{} inherits from itself or too deeply", line[0]));
                self.fail();
                return parent
                    .report(fault.why(format!("the line is {}", line.join(" → "))).help("leave out a parent"));
            }
            next = above(code);
        }
    }

    /// What a row of a region and the default one share.
    fn row(&self, row: Table<'_>) {
        self.only(row, &row_keys());
        let models: Vec<&'static str> = Model::ALL.iter().map(|model| model.name()).collect();
        for text in MODELS.iter().filter(|key| **key != "teen").filter_map(|key| self.text(row, key)) {
            self.word(text, &models);
        }
        let for_minors: Vec<&'static str> = models.iter().copied().chain([PARENTAL]).collect();
        ["child", "teen"].iter().filter_map(|key| self.text(row, key)).for_each(|text| self.word(text, &for_minors));
        self.text(row, "gpc").into_iter().for_each(|text| self.word(text, &GPC));
        self.text(row, "conf").into_iter().for_each(|text| self.word(text, &CONFIDENCE));
        self.text(row, "verified").into_iter().for_each(|text| self.word(text, &VERIFIED));
        ["gpc_off", "child_purposes", "teen_purposes"].iter().for_each(|key| self.words(row, key, &purposes()));
        LISTS.iter().for_each(|key| self.texts(row, key));
        TEXTS.iter().for_each(|key| self.sentence(row, key));
        DAYS.iter().filter_map(|key| row.get(key)).for_each(|field| self.day(field));
        let is_no_flag = |key: &&str| row.get(key).is_some_and(|field| field.flag().is_none());
        let is_no_number =
            |(key, most): &(&str, i64)| row.get(key).is_some_and(|field| field.whole_within(0, *most).is_none());
        if FLAGS.iter().filter(|key| is_no_flag(key)).count() + NUMBERS.iter().filter(|all| is_no_number(all)).count()
            > 0
        {
            self.fail();
        }
    }

    fn sentence(&self, row: Table<'_>, key: &str) {
        let _: Option<Text<'_>> = self.text(row, key);
    }

    fn texts(&self, row: Table<'_>, key: &str) {
        let items = row.get(key).and_then(|field| field.value.as_array());
        if row.get(key).is_some() && row.texts(key).len() != items.map_or(usize::MAX, |items| items.len()) {
            self.fail();
        }
    }

    fn words(&self, row: Table<'_>, key: &str, words: &[&'static str]) {
        self.texts(row, key);
        row.texts(key).into_iter().for_each(|text| self.word(text, words));
    }

    fn text<'a>(&self, row: Table<'a>, key: &str) -> Option<Text<'a>> {
        let field = row.get(key)?;
        let text = field.text();
        if text.is_none() {
            self.fail();
        }
        text
    }

    fn word(&self, text: Text<'_>, words: &[&'static str]) {
        if text.word(words, |word| word).is_none() {
            self.fail();
        }
    }

    /// A day, in quotes as the shipped table has it, or as a date.
    fn day(&self, field: Field<'_>) {
        if field.value.is_datetime() {
            return if times::day(field).is_none() {
                self.fail()
            };
        }
        let Some(text) = field.text() else { return self.fail() };
        if text.text.len() != 10 || time::parse_rfc3339(&format!("{}T00:00:00Z", text.text)).is_none() {
            self.fail();
            text.report(
                text.error("SV7011", format!("`{}` is not a day", text.text)).help("write it as in \"2027-01-01\""),
            );
        }
    }

    fn only(&self, table: Table<'_>, known: &[&str]) {
        if table.fields().any(|field| !known.contains(&field.key)) {
            self.fail();
        }
        table.only(known);
    }

    fn report(&self, table: Table<'_>, fault: Diagnostic) {
        self.fail();
        table.source.report(fault);
    }

    fn fail(&self) {
        self.faults.set(true);
    }
}

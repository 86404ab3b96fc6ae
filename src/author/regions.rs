//! The region table: from the shipped regimes and a site's overrides to resolved rows.
//!
//! Takes `consent/regions.toml` and the site's changes, gives a [`RegionTable`] in which nothing is inherited any more. It
//! knows no law of its own. A purpose that the data does not mention is prohibited.

use std::collections::{BTreeMap, BTreeSet};

use toml::de::{DeTable, DeValue};

use super::keys::{AGE_MODELS, RUNGS};
use super::signals::shipped as shipped_signals;
use crate::consent::table::{AgeRule, Model, Regime, RegionTable};
use crate::words::{Purpose, Purposes, Unit, time};

/// The shipped regimes.
pub const REGIONS: &str = include_str!("../consent/regions.toml");

/// The changes of a site for one region.
#[derive(Clone, Debug, Default)]
pub struct Override {
    /// Models by purpose.
    pub models: BTreeMap<Purpose, Model>,
    /// The purposes that `Sec-GPC: 1` switches off.
    pub gpc_off: Option<Purposes>,
    /// The model for known children, and its purposes.
    pub child: Band,
    /// The model for known teens, and its purposes.
    pub teen: Band,
    /// How many days a grant lasts.
    pub grant_days_max: Option<u16>,
}

/// The model for an age band, and the purposes that it holds for.
pub type Band = (Option<Model>, Option<Purposes>);

/// A site's changes, by region.
pub(super) type Overrides = BTreeMap<String, Override>;

/// The table with a site's overrides. `only` keeps these regions, with their parts and members; empty keeps all.
pub fn regions(only: &BTreeSet<String>, overrides: &Overrides) -> RegionTable {
    resolved(&shipped(), only, overrides)
}

/// Makes a table fit a site for children. A visitor of unknown age is then a child. The shipped overlay for such sites
/// applies to children, unless the site has its own model for them.
pub(crate) fn direct_at_children(table: &mut RegionTable, written: &DeTable<'_>, overrides: &Overrides) {
    let overlay = written.get("overlays").and_then(|all| all.get_ref().as_table()?.get("child_directed_site"));
    let overlay = overlay.and_then(|overlay| overlay.get_ref().as_table());
    let stricter = |purpose: Purpose| Some((purpose, Model::from_name(text(overlay?, purpose.name())?)?));
    let stricter: Vec<(Purpose, Model)> = Purpose::ALL.iter().filter_map(|purpose| stricter(*purpose)).collect();
    let is_own = |code: &str| overrides.get(code).is_some_and(|changed| changed.child.0.is_some());
    for row in table.rows.iter_mut().filter(|row| !is_own(&row.code) && !is_own(DEFAULT)) {
        for (purpose, model) in &stricter {
            row.child.model = row.child.model.max(*model as u8);
            row.child.purposes = Purposes::from_bits(row.child.purposes).with(*purpose).bits();
        }
    }
    table.child_directed = true;
}

/// The model that a word for an age band means. A parent's permission is one that is given by name.
pub(crate) fn age_model(word: &str) -> Option<Model> {
    AGE_MODELS.iter().find(|(_, name)| *name == word).map(|(model, _)| *model)
}

/// The word for a model of an age band; of a model that no band can be given, its own.
pub fn age_word(model: Model) -> &'static str {
    AGE_MODELS.iter().find(|(known, _)| *known == model).map_or(model.name(), |(_, word)| word)
}

/// The same of any table in the form of the shipped one. No line of its parents may be a circle.
pub(crate) fn resolved(table: &DeTable<'_>, only: &BTreeSet<String>, overrides: &Overrides) -> RegionTable {
    Builder::new(table, overrides).build(only)
}

/// The shipped table, as it is written.
pub(crate) fn shipped() -> DeTable<'static> {
    DeTable::parse_recoverable(REGIONS).0.into_inner()
}

/// The model of a purpose that the shipped table has for a region, to compare an override with.
pub(crate) fn shipped_model(table: &RegionTable, code: &str, purpose: Purpose) -> Model {
    row(table, code).map_or(Model::Prohibited, |row| row.model(purpose))
}

/// The regime of a region, its country's or the default one.
pub(crate) fn row<'t>(table: &'t RegionTable, code: &str) -> Option<&'t Regime> {
    let find = |code: &str| table.codes.binary_search_by(|(known, _)| known.as_str().cmp(code)).ok();
    let country = code.split('-').next().unwrap_or_default();
    let at =
        find(code).or_else(|| find(country)).and_then(|at| table.codes.get(at)).map_or(0, |(_, row)| usize::from(*row));
    table.rows.get(at)
}

struct Builder<'a> {
    version: String,
    default: Option<&'a DeTable<'a>>,
    regions: BTreeMap<&'a str, &'a DeTable<'a>>,
    experiments: BTreeMap<String, &'a str>,
    /// Member → the region whose row it shares.
    members: BTreeMap<&'a str, &'a str>,
    overrides: &'a Overrides,
}

impl<'a> Builder<'a> {
    fn new(shipped: &'a DeTable<'a>, overrides: &'a Overrides) -> Self {
        let table = |key: &str| shipped.get(key).and_then(|value| value.get_ref().as_table());
        let tables = |key: &str| table(key).into_iter().flat_map(|table| table.iter());
        let regions: BTreeMap<&str, &DeTable<'_>> =
            tables("regions").filter_map(|(code, row)| Some((&**code.get_ref(), row.get_ref().as_table()?))).collect();
        let mut members = BTreeMap::new();
        for (code, row) in &regions {
            for member in texts(row, "members").filter(|member| !regions.contains_key(member)) {
                members.insert(member, *code);
            }
        }
        let rung = |row: &'a DeValue<'a>| text(row.as_table()?, "assignment_without_consent");
        let experiments = tables("experiments")
            .filter_map(|(code, row)| Some((code.get_ref().to_ascii_uppercase(), rung(row.get_ref())?)))
            .collect();
        let version = day(shipped, "table_version").unwrap_or_default();
        Self { version, default: table("default"), regions, experiments, members, overrides }
    }

    fn build(&self, only: &BTreeSet<String>) -> RegionTable {
        let is_kept = |code: &str| self.line(Some(code)).any(|code| only.contains(code));
        let kept: BTreeSet<&str> =
            self.all_codes().into_iter().filter(|code| only.is_empty() || is_kept(code)).collect();
        // The rows of the kept codes and of all that applies before them.
        let mut own: BTreeSet<&str> = BTreeSet::new();
        for code in &kept {
            let mut next = self.row_of(code);
            while let Some(code) = next.filter(|code| own.insert(code)) {
                next = self.parent(code);
            }
        }
        let position: BTreeMap<&str, u16> = own.iter().zip(1..).map(|(code, at)| (*code, at)).collect();
        let parent = |code: &str| self.parent(code).and_then(|parent| position.get(parent)).copied().unwrap_or(0);
        let mut rows = vec![self.regime("default", None, 0)];
        rows.extend(own.iter().map(|code| self.regime(code, Some(code), parent(code))));
        self.override_what_came_before(&mut rows);
        let row_of = |code: &str| self.row_of(code).and_then(|row| position.get(row)).copied().unwrap_or(0);
        let codes = kept.iter().map(|code| ((*code).to_owned(), row_of(code))).collect();
        RegionTable { version: self.version.clone(), rows, codes, child_directed: false, signals: shipped_signals() }
    }

    fn all_codes(&self) -> BTreeSet<&str> {
        let rows = self.regions.keys().chain(self.members.keys()).copied();
        rows.chain(self.overrides.keys().map(String::as_str)).filter(|code| *code != DEFAULT).collect()
    }

    /// The region whose row a code has: its own, or the one that it is a member of.
    fn row_of<'c>(&'c self, code: &'c str) -> Option<&'c str> {
        let own = self.regions.contains_key(code) || self.overrides.contains_key(code);
        if own { Some(code) } else { self.members.get(code).copied() }
    }

    /// The region that one inherits from: as its row says, else the union it is a member of, else its country.
    fn parent(&self, code: &str) -> Option<&str> {
        let written = self.regions.get(code).and_then(|row| text(row, "parent"));
        let country =
            || code.split_once('-').and_then(|(country, _)| self.regions.get_key_value(country)).map(|(code, _)| *code);
        written.or_else(|| self.members.get(code).copied()).or_else(country)
    }

    fn regime(&self, name: &str, code: Option<&str>, parent: u16) -> Regime {
        let mut models = [Model::Prohibited as u8; 8];
        for (model, purpose) in models.iter_mut().zip(Purpose::ALL) {
            *model = self.model(code, *purpose) as u8;
        }
        let effective = code.and_then(|code| self.regions.get(code)).and_then(|row| day(row, "effective_from"));
        Regime {
            code: name.to_owned(),
            models,
            gpc_off: self.gpc_off(code).bits(),
            without_consent: self.rung(code).map(|unit| unit as u8),
            child: self.age_rule(code, "child", |changed| changed.child),
            teen: self.age_rule(code, "teen", |changed| changed.teen),
            // Without a limit, everybody under age counts as a child.
            child_age_max: self.number(code, "child_max_age").unwrap_or(17),
            grant_days_max: self.grant_days_max(code),
            effective_from_ms: effective.and_then(|day| time::parse_rfc3339(&format!("{day}T00:00:00Z"))).unwrap_or(0),
            parent,
        }
    }

    fn model(&self, code: Option<&str>, purpose: Purpose) -> Model {
        let changed = |code: Option<&str>| {
            self.overrides.get(code.unwrap_or(DEFAULT)).and_then(|all| all.models.get(&purpose)).copied()
        };
        if let Some(model) = changed(code) {
            return model;
        }
        if let Some(model) = self.own(code, purpose) {
            // A value of the site for a union or a country also applies to its parts, unless their own law is stricter.
            let above = self.line(code).skip(1).find_map(|above| changed(Some(above)));
            return above.map_or(model, |above| above.max(model));
        }
        if purpose == Purpose::Storage
            && self.line(code).all(|code| self.own(Some(code), purpose).is_none() && changed(Some(code)).is_none())
        {
            let kin = [Purpose::Functional, Purpose::Analytics, Purpose::Personalization];
            let strictest = kin.into_iter().map(|purpose| self.model(code, purpose)).max().unwrap_or(Model::Prohibited);
            return changed(None).map_or(strictest, |site| site.max(strictest));
        }
        code.map_or(Model::Prohibited, |code| self.model(self.parent(code), purpose))
    }

    /// The model of a purpose in the region's own row.
    fn own(&self, code: Option<&str>, purpose: Purpose) -> Option<Model> {
        let row = code.map_or(self.default, |code| self.regions.get(code).copied())?;
        let engine = if purpose == Purpose::Sensitive { text(row, "engine_sensitive") } else { None };
        engine.or_else(|| text(row, purpose.name())).and_then(Model::from_name)
    }

    /// A region and all that it inherits from.
    fn line<'c>(&'c self, code: Option<&'c str>) -> impl Iterator<Item = &'c str> {
        std::iter::successors(code, |code| self.parent(code)).take(LINE_MAX)
    }

    fn gpc_off(&self, code: Option<&str>) -> Purposes {
        if let Some(off) = self.changes(code).find_map(|changed| changed.gpc_off) {
            return off;
        }
        let rows: Vec<&DeTable<'_>> = self.rows(code).collect();
        // A region that says `gpc = "none"` does not know the signal.
        if rows.iter().find_map(|row| text(row, "gpc")) == Some("none") {
            return Purposes::NONE;
        }
        let off = rows.into_iter().find(|row| row.contains_key("gpc_off"));
        off.into_iter().flat_map(|row| texts(row, "gpc_off")).filter_map(Purpose::from_name).collect()
    }

    /// The model for an age band and its purposes, each from the first that has it: the site, the row, the parents of the
    /// row.
    fn age_rule(&self, code: Option<&str>, band: &str, changed: fn(&Override) -> Band) -> AgeRule {
        let key = format!("{band}_purposes");
        let changes = || self.changes(code).map(changed);
        let word = self.rows(code).find_map(|row| text(row, band));
        let model = changes().find_map(|(model, _)| model).or_else(|| age_model(word?));
        let row = self.rows(code).find(|row| row.contains_key(key.as_str()));
        let shipped = || row.map(|row| texts(row, &key).filter_map(Purpose::from_name).collect::<Purposes>());
        let purposes = changes().find_map(|(_, purposes)| purposes).or_else(shipped);
        AgeRule {
            model: model.unwrap_or(Model::Prohibited) as u8,
            purposes: purposes.unwrap_or(!Purposes::NONE).bits(),
        }
    }

    fn grant_days_max(&self, code: Option<&str>) -> u16 {
        let mut changes = self.changes(code).filter_map(|changed| changed.grant_days_max);
        changes.next().or_else(|| self.number(code, "max_grant_age_days")).unwrap_or(0)
    }

    /// The site's changes of a region, of those it inherits from, and of all.
    fn changes<'c>(&'c self, code: Option<&'c str>) -> impl Iterator<Item = &'c Override> {
        self.line(code).chain([DEFAULT]).filter_map(|code| self.overrides.get(code))
    }

    /// The rows that a region's key is looked for in: its own, those it inherits from, the default.
    fn rows<'c>(&'c self, code: Option<&'c str>) -> impl Iterator<Item = &'a DeTable<'a>> + use<'a, 'c> {
        self.line(code).filter_map(|code| self.regions.get(code).copied()).chain(self.default)
    }

    fn number<N: TryFrom<i64>>(&self, code: Option<&str>, key: &str) -> Option<N> {
        let number = self.rows(code).find_map(|row| {
            let number = row.get(key)?.get_ref().as_integer()?;
            i64::from_str_radix(number.as_str(), number.radix()).ok()
        });
        N::try_from(number?).ok()
    }

    fn rung(&self, code: Option<&str>) -> Option<Unit> {
        let written = self.line(code).find_map(|code| self.experiments.get(code));
        let word = *written.or_else(|| self.experiments.get("DEFAULT"))?;
        RUNGS.iter().find(|(known, _)| *known == word).and_then(|(_, unit)| *unit)
    }

    /// A site's override holds today, also where the law of the row starts later: then the row before it is the parent's with
    /// the override.
    fn override_what_came_before(&self, rows: &mut Vec<Regime>) {
        for at in 1..rows.len() {
            let row = &rows[at];
            let Some(changed) = self.overrides.get(&row.code).filter(|_| row.effective_from_ms > 0) else { continue };
            let Some(parent) = rows.get(usize::from(row.parent)) else { continue };
            let mut before = Regime { code: row.code.clone(), ..parent.clone() };
            for (purpose, model) in &changed.models {
                before.models[*purpose as usize] = *model as u8;
            }
            if !changed.models.contains_key(&Purpose::Storage) {
                let kin = [Purpose::Functional, Purpose::Analytics, Purpose::Personalization, Purpose::Storage];
                let strictest = kin.into_iter().map(|purpose| before.model(purpose)).max();
                before.models[Purpose::Storage as usize] = strictest.unwrap_or(Model::Prohibited) as u8;
            }
            before.gpc_off = changed.gpc_off.map_or(before.gpc_off, Purposes::bits);
            before.grant_days_max = changed.grant_days_max.unwrap_or(before.grant_days_max);
            for (rule, (model, purposes)) in [(&mut before.child, changed.child), (&mut before.teen, changed.teen)] {
                rule.model = model.map_or(rule.model, |model| model as u8);
                rule.purposes = purposes.map_or(rule.purposes, Purposes::bits);
            }
            if let Ok(position) = u16::try_from(rows.len()) {
                rows[at].parent = position;
                rows.push(before);
            }
        }
    }
}

/// The word for the unit that a split may assign by without consent.
pub fn rung_word(unit: Option<Unit>) -> &'static str {
    RUNGS.iter().find(|(_, known)| *known == unit).map_or("none", |(word, _)| word)
}

/// The name of row 0 in overrides.
pub(crate) const DEFAULT: &str = "default";
/// Union, country, subdivision: a longer line of inheritance is a circle in the data.
pub(super) const LINE_MAX: usize = 8;

pub(super) fn text<'a>(table: &'a DeTable<'_>, key: &str) -> Option<&'a str> {
    table.get(key).and_then(|value| value.get_ref().as_str())
}

/// A day, in quotes or not.
pub(super) fn day(table: &DeTable<'_>, key: &str) -> Option<String> {
    match table.get(key)?.get_ref() {
        DeValue::Datetime(day) => Some(day.to_string()),
        value => value.as_str().map(str::to_owned),
    }
}

pub(super) fn texts<'a>(table: &'a DeTable<'_>, key: &str) -> impl Iterator<Item = &'a str> {
    let items = table.get(key).and_then(|value| value.get_ref().as_array()).into_iter().flat_map(|items| items.iter());
    items.filter_map(|item| item.get_ref().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use Model::{Exempt, Notice, OptIn, OptInExplicit, OptOut, StrictlyRequired};

    fn shipped() -> RegionTable {
        regions(&BTreeSet::new(), &BTreeMap::new())
    }

    fn models(table: &RegionTable, code: &str) -> Vec<Model> {
        let row = row(table, code).expect(code);
        Purpose::ALL.iter().map(|purpose| row.model(*purpose)).collect()
    }

    #[test]
    fn the_shipped_data_is_toml_and_keeps_to_its_vocabulary() {
        assert!(DeTable::parse(REGIONS).is_ok() && DeTable::parse(super::super::signals::SIGNALS).is_ok());
        let table = shipped();
        assert_eq!(table.version, "2026-11-30");
        assert!(table.codes.is_sorted());
        // Nothing in the data is prohibited: a row that is would come from a word that is not in the vocabulary.
        assert!(
            table.rows.iter().all(|row| Purpose::ALL.iter().all(|purpose| row.model(*purpose) < Model::Prohibited))
        );
        assert_eq!(table.rows[0].code, "default");
        assert!(table.rows.iter().all(|row| usize::from(row.parent) < table.rows.len()));
        assert!(table.codes.iter().all(|(_, row)| usize::from(*row) < table.rows.len() && *row > 0));
    }

    #[test]
    fn rows_by_hand() {
        let table = shipped();
        // necessary, contextual, functional, analytics, personalization, advertising, sensitive, storage
        let strict = [Exempt, Notice, OptIn, OptIn, OptIn, OptIn, OptInExplicit, OptIn];
        assert_eq!(models(&table, "DE"), strict);
        assert_eq!(models(&table, "AT"), strict);
        assert_eq!(models(&table, "CA-QC"), strict);
        assert_eq!(models(&table, "FR"), [Exempt, Notice, OptIn, OptOut, OptIn, OptIn, OptInExplicit, OptIn]);
        assert_eq!(models(&table, "GB"), [Exempt, Notice, OptOut, OptOut, OptIn, OptIn, OptInExplicit, OptIn]);
        assert_eq!(models(&table, "US-CA"), [Exempt, Notice, Notice, Notice, OptOut, OptOut, OptIn, OptOut]);
        assert_eq!(models(&table, "US-MD"), [Exempt, Notice, Notice, Notice, OptOut, OptOut, StrictlyRequired, OptOut]);
        assert_eq!(models(&table, "ZZ"), models(&table, "default"));
        assert_eq!(row(&table, "AT").map(|row| row.code.as_str()), Some("EU"));
        assert_eq!(row(&table, "US-WY").map(|row| row.code.as_str()), Some("US"));
    }

    #[test]
    fn signals_and_rungs() {
        let table = shipped();
        let get = |code| row(&table, code).expect(code);
        assert_eq!(get("US-CA").gpc_off(), Purposes::NONE.with(Purpose::Advertising));
        assert_eq!(get("CN").gpc_off(), Purposes::NONE);
        assert_eq!(get("DE").without_consent(), None);
        assert_eq!(get("FR").without_consent(), Some(Unit::Page));
        assert_eq!(get("GB").without_consent(), Some(Unit::Page));
        assert_eq!(get("US-CA").without_consent(), Some(Unit::Visitor));
    }

    #[test]
    fn a_law_that_starts_later_points_at_what_holds_until_then() {
        let table = shipped();
        let oklahoma = row(&table, "US-OK").expect("a row");
        assert_eq!(Some(oklahoma.effective_from_ms), time::parse_rfc3339("2027-01-01T00:00:00Z"));
        assert_eq!(table.rows[usize::from(oklahoma.parent)].code, "US");
        let britain = row(&table, "GB").expect("a row");
        assert_eq!(table.rows[usize::from(britain.parent)].code, "EU");
    }

    #[test]
    fn only_some_regions_keep_their_parts_members_and_parents() {
        let only = BTreeSet::from(["EU".to_owned(), "US-CA".to_owned()]);
        let table = regions(&only, &BTreeMap::new());
        let codes: Vec<&str> = table.codes.iter().map(|(code, _)| code.as_str()).collect();
        assert!(["AT", "EU", "FR", "GB", "US-CA"].iter().all(|code| codes.contains(code)));
        assert!(!codes.contains(&"US") && !codes.contains(&"JP"));
        assert_eq!(table.rows[usize::from(row(&table, "US-CA").expect("kept").parent)].code, "US");
    }

    #[test]
    fn overrides_reach_parts_but_never_loosen_their_own_law() {
        let change = |purpose, model| Override { models: BTreeMap::from([(purpose, model)]), ..Override::default() };
        let overrides = BTreeMap::from([
            ("EU".to_owned(), change(Purpose::Analytics, OptInExplicit)),
            ("AT".to_owned(), change(Purpose::Functional, Exempt)),
            ("US".to_owned(), change(Purpose::Sensitive, Exempt)),
            ("US-OK".to_owned(), change(Purpose::Analytics, OptIn)),
        ]);
        let table = regions(&BTreeSet::new(), &overrides);
        let model = |code, purpose| shipped_model(&table, code, purpose);
        assert_eq!(model("DE", Purpose::Analytics), OptInExplicit);
        assert_eq!(model("FR", Purpose::Analytics), OptInExplicit);
        assert_eq!(model("FR", Purpose::Storage), OptInExplicit);
        assert_eq!(model("AT", Purpose::Functional), Exempt);
        assert_eq!(model("AT", Purpose::Analytics), OptInExplicit);
        assert_eq!(model("DE", Purpose::Functional), OptIn);
        assert_eq!(model("US-WA", Purpose::Sensitive), OptInExplicit);
        let before = &table.rows[usize::from(row(&table, "US-OK").expect("a row").parent)];
        assert_eq!((before.code.as_str(), before.model(Purpose::Analytics)), ("US-OK", OptIn));
        assert_eq!(table.rows[usize::from(before.parent)].code, "default");
    }
}

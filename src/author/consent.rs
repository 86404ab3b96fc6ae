//! `consent.toml`: how a site keeps consent, what its purposes say, and where it differs from the shipped regimes.
//!
//! Takes the file, gives the settings and the resolved region table. A stricter override is silent, a looser one is not.

use std::collections::{BTreeMap, BTreeSet};

use toml::de::DeTable;

use super::closed_sets;
use super::names;
use super::records;
use super::regions::{self, AGE_MODELS, Override, shipped_model};
use super::settings::purpose;
use super::signals;
use super::site::{ConsentSettings, Records};
use super::table::{Field, Table, Text};
use crate::consent::table::{Model, RegionTable};
use crate::page;
use crate::words::{Purpose, Purposes};

/// The name of the consent cookie unless the site says otherwise.
const COOKIE: &str = "selvedge-consent";

pub(super) const KEYS: [&str; 13] = [
    "cookie",
    "child_directed",
    "regions",
    "signals",
    "gpc",
    "controller",
    "objection",
    "security",
    "recipients",
    "transfers",
    "log",
    "purposes",
    "overrides",
];

/// Reads the file; a site without one has the regimes of `table`: its own, or the shipped ones.
pub(crate) fn consent(top: Option<Table<'_>>, table: &DeTable<'_>) -> (ConsentSettings, RegionTable) {
    let before = regions::resolved(table, &BTreeSet::new(), &BTreeMap::new());
    let Some(top) = top else {
        let (texts, classes, records) = (BTreeMap::new(), BTreeMap::new(), Records::default());
        return (ConsentSettings { cookie: COOKIE.to_owned(), texts, classes, records }, before);
    };
    top.only(&KEYS);
    let known: Vec<String> = before.codes.iter().map(|(code, _)| code.clone()).collect();
    let only = top.texts("regions").into_iter().filter_map(|code| region(code, code.text, &known)).collect();
    let overrides = overrides(top, &before, &known);
    let mut resolved = regions::resolved(table, &only, &overrides);
    if top.get("child_directed").and_then(Field::flag) == Some(true) {
        regions::direct_at_children(&mut resolved, table, &overrides);
    }
    let (texts, classes) = records::purposes(top);
    let settings = ConsentSettings { cookie: cookie(top), texts, classes, records: records::records(top) };
    let own = [settings.cookie.as_str(), page::ID_COOKIE, page::STATE_COOKIE];
    resolved.signals = signals::signals(top.get("signals").and_then(Field::table), &own);
    (settings, resolved)
}

fn cookie(top: Table<'_>) -> String {
    let Some(name) = top.text("cookie") else { return COOKIE.to_owned() };
    cookie_name(name);
    name.text.to_owned()
}

/// Reports what cannot be the name of a cookie.
pub(super) fn cookie_name(name: Text<'_>) {
    // RFC 6265: a cookie's name is a token.
    let token = |c: char| c.is_ascii_graphic() && !"()<>@,;:\\\"/[]?={}".contains(c);
    if name.text.is_empty() || !name.text.chars().all(token) {
        let fault = name.error("SV5010", format!("`{}` cannot be the name of a cookie", name.text));
        name.report(fault.help("use letters, digits, - and _"));
    }
}

fn overrides(top: Table<'_>, shipped: &RegionTable, known: &[String]) -> BTreeMap<String, Override> {
    let mut all = BTreeMap::new();
    for field in top.get("overrides").and_then(Field::table).into_iter().flat_map(Table::fields) {
        let Some(table) = field.table() else { continue };
        let code = if field.key == regions::DEFAULT { Some(field.key.to_owned()) } else { region_key(field, known) };
        let mut change = Override::default();
        for inner in table.fields() {
            if override_key(inner, field.key, &mut change, shipped) {
            } else if let Some(purpose) = known_purpose(inner, Purpose::ALL)
                && let Some(text) = inner.text()
                && let Some(model) = text.word(Model::ALL, Model::name)
            {
                warn_if_looser(text, field.key, purpose, model, shipped);
                change.models.insert(purpose, model);
            }
        }
        all.extend(code.map(|code| (code, change)));
    }
    all
}

/// Reads a key of an override that is not a purpose; `false` if it must be one.
fn override_key(field: Field<'_>, code: &str, change: &mut Override, shipped: &RegionTable) -> bool {
    let law = regions::row(shipped, code).cloned().unwrap_or_default();
    let purposes = || field.texts().into_iter().filter_map(purpose).collect::<Purposes>();
    let (place, places, rule) = match field.key {
        "gpc_off" => {
            change.gpc_off = Some(purposes());
            return true;
        }
        "max_grant_age_days" => {
            change.grant_days_max = field.whole_within(1, 3_650).and_then(|days| u16::try_from(days).ok());
            if let Some(days) = change.grant_days_max.filter(|days| *days > law.grant_days_max) {
                looser(field, format!("{days} days for a grant are more than the {} of {code}", law.grant_days_max));
            }
            return true;
        }
        "child" | "child_purposes" => (&mut change.child, &mut change.child_purposes, law.child),
        "teen" | "teen_purposes" => (&mut change.teen, &mut change.teen_purposes, law.teen),
        _ => return false,
    };
    if field.key.ends_with("_purposes") {
        let named = purposes();
        let left_out = Purposes::from_bits(rule.purposes).and(!named);
        if let Some(first) = left_out.iter().next() {
            looser(field, format!("`{}` without {first} is looser than the one of {code}", field.key));
        }
        *places = Some(named);
    } else if let Some(text) = field.text() {
        let word = text.word(&AGE_MODELS, |(_, name)| name);
        if let Some((model, name)) = word.filter(|(model, _)| (*model as u8) < rule.model) {
            let of_law = AGE_MODELS.iter().find(|(known, _)| *known as u8 == rule.model);
            let of_law = of_law.map_or(model.name(), |(_, name)| name);
            looser(field, format!("`{name}` for a {} is looser than the `{of_law}` of {code}", field.key));
        }
        *place = word.map(|(model, _)| model);
    }
    true
}

fn warn_if_looser(text: Text<'_>, code: &str, purpose: Purpose, model: Model, shipped: &RegionTable) {
    let law = shipped_model(shipped, code, purpose);
    if model < law {
        looser(text.field, format!("`{model}` for {purpose} is looser than the `{law}` of {code}"));
    }
}

fn looser(field: Field<'_>, what: String) {
    let fault = field.error("SV5011", what).warning();
    let fault =
        fault.why("the shipped table reads the law conservatively; somebody must answer for reading it otherwise");
    field.report(fault.help("have counsel confirm it, and write the reason in a comment beside it"));
}

/// The purpose that a key names, or a diagnostic.
pub(super) fn known_purpose(field: Field<'_>, purposes: &[Purpose]) -> Option<Purpose> {
    let purpose = Purpose::from_name(field.key).filter(|purpose| purposes.contains(purpose));
    if purpose.is_none() {
        unknown_purpose(field);
    }
    purpose
}

/// Reports a key that should be a purpose.
pub(crate) fn unknown_purpose(field: Field<'_>) {
    let names = Purpose::ALL.iter().map(|purpose| purpose.name());
    let fault = field.table.error("SV5012", field.key_place(), format!("there is no purpose `{}`", field.key));
    field.report(match names::closest(field.key, names.clone()) {
        Some(meant) => fault.help(format!("did you mean `{meant}`?")).mended(meant),
        None => fault.help(format!("the purposes are {}", names::listed(names))),
    });
}

fn region(text: Text<'_>, code: &str, known: &[String]) -> Option<String> {
    if is_known(code, known) {
        return Some(code.to_owned());
    }
    let fault = text.error("SV5003", format!("there is no region `{code}`"));
    text.report(match meant(code, known) {
        Some(meant) => fault.help(format!("did you mean `{meant}`?")).mended(format!("\"{meant}\"")),
        None => fault.help(REGION_HELP),
    });
    None
}

fn region_key(field: Field<'_>, known: &[String]) -> Option<String> {
    if is_known(field.key, known) {
        return Some(field.key.to_owned());
    }
    let fault = field.table.error("SV5003", field.key_place(), format!("there is no region `{}`", field.key));
    field.report(match meant(field.key, known) {
        Some(meant) => fault.help(format!("did you mean `{meant}`?")).mended(meant),
        None => fault.help(REGION_HELP),
    });
    None
}

const REGION_HELP: &str = "use ISO 3166 codes, as in `DE` or `US-CA`, or `EU` for all its members";

fn is_known(code: &str, known: &[String]) -> bool {
    known.iter().any(|region| region == code) || closed_sets::is_region(code)
}

fn meant<'k>(code: &str, known: &'k [String]) -> Option<&'k str> {
    let usual = closed_sets::usual_mistake(code).and_then(|meant| known.iter().find(|region| *region == meant));
    usual.map(String::as_str).or_else(|| names::closest(code, known.iter().map(String::as_str)))
}

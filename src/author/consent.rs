//! `consent.toml`: how a site keeps consent, what its purposes say, and where it differs from the shipped regimes. Takes the
//! file, gives the settings and the resolved region table. A stricter override needs nothing more. A looser one needs
//! counsel and a reason.

use std::collections::{BTreeMap, BTreeSet};

use toml::de::DeTable;

use super::keys::{AGE_MODELS, Field, FileKind, Table, seconds};
use super::looser::Answer;
use super::regions::{self, Band, Override, Overrides, shipped_model};
use super::site::{ConsentSettings, Linking};
use super::{closed_sets, names, records, signals};
use crate::consent::table::{AgeRule, Model, RegionTable};
use crate::page;
use crate::words::{Purpose, Purposes};

/// Reads the file. A site without it has the regimes of `table`, which is its own table or the shipped one.
pub(crate) fn consent(top: Option<Table<'_>>, table: &DeTable<'_>) -> (ConsentSettings, RegionTable) {
    let before = regions::resolved(table, &BTreeSet::new(), &BTreeMap::new());
    let Some(top) = top else {
        let cookie = FileKind::Consent.default("cookie").to_owned();
        return (ConsentSettings { cookie, ..ConsentSettings::default() }, before);
    };
    let known: Vec<String> = before.codes.iter().map(|(code, _)| code.clone()).collect();
    let only = top.texts("regions").into_iter().filter_map(|code| region(code.field, code.text, false, &known));
    let only = only.collect();
    let overrides = overrides(top, &before, &known);
    let mut resolved = regions::resolved(table, &only, &overrides);
    if top.flag("child_directed") {
        regions::direct_at_children(&mut resolved, table, &overrides);
    }
    let (texts, classes) = records::purposes(top);
    let cookie = top.string("cookie").unwrap_or_default();
    resolved.signals =
        signals::signals(top.table("signals"), &[&cookie, page::ID_COOKIE, page::STATE_COOKIE, page::CONTACT_COOKIE]);
    let linking = top.table("linking").and_then(linking);
    (ConsentSettings { cookie, texts, classes, records: records::records(top), linking }, resolved)
}

fn linking(table: Table<'_>) -> Option<Linking> {
    let texts = table.inside("texts").filter_map(|field| Some((field.key.to_owned(), field.text()?.text.to_owned())));
    Some(Linking {
        text: table.string("text")?,
        texts: texts.collect(),
        kept_seconds: seconds(&table.string("retention")?)?,
    })
}

fn overrides(top: Table<'_>, shipped: &RegionTable, known: &[String]) -> Overrides {
    let mut all = BTreeMap::new();
    for (field, table) in top.named("overrides") {
        let is_default = field.key == regions::DEFAULT;
        let code = if is_default { Some(field.key.to_owned()) } else { region(field, field.key, true, known) };
        let law = regions::row(shipped, field.key).cloned().unwrap_or_default();
        let mut answer = Answer::of(table);
        let mut change = Override {
            gpc_off: table.has("gpc_off").then(|| table.purposes("gpc_off")),
            grant_days_max: table.whole("max_grant_age_days"),
            child: band(table, field.key, "child", "child_purposes", law.child, &mut answer),
            teen: band(table, field.key, "teen", "teen_purposes", law.teen, &mut answer),
            ..Override::default()
        };
        if let (Some(days), Some(inner)) = (change.grant_days_max, table.get("max_grant_age_days"))
            && days > law.grant_days_max
        {
            answer.for_looser(
                inner,
                format!("a grant for {days} days lasts longer than the {} of {}", law.grant_days_max, field.key),
            );
        }
        if let (Some(named), Some(inner)) = (change.gpc_off, table.get("gpc_off"))
            && let Some(first) = law.gpc_off().and(!named).iter().next()
        {
            answer.for_looser(inner, format!("`gpc_off` without {first} is looser than the one of {}", field.key));
        }
        for inner in table.fields() {
            if let Some(purpose) = Purpose::from_name(inner.key)
                && let Some(text) = inner.text()
                && let Some(model) = Model::from_name(text.text)
            {
                let law = shipped_model(shipped, field.key, purpose);
                if model < law {
                    answer.for_looser(
                        text.field,
                        format!("`{model}` for {purpose} is looser than the `{law}` of {}", field.key),
                    );
                }
                change.models.insert(purpose, model);
            }
        }
        answer.check(table, field.key);
        all.extend(code.map(|code| (code, change)));
    }
    all
}

/// An override of an age band: a model, and its purposes.
fn band(table: Table<'_>, code: &str, key: &str, of: &str, law: AgeRule, answer: &mut Answer) -> Band {
    let word = table.text(key).and_then(|text| AGE_MODELS.iter().find(|(_, name)| *name == text.text));
    if let (Some((model, name)), Some(field)) = (word, table.get(key))
        && (*model as u8) < law.model
    {
        let of_law = AGE_MODELS.iter().find(|(known, _)| *known as u8 == law.model);
        let of_law = of_law.map_or(model.name(), |(_, name)| name);
        answer.for_looser(field, format!("`{name}` for a {key} is looser than the `{of_law}` of {code}"));
    }
    let named = table.get(of).map(|field| (field, table.purposes(of)));
    if let Some((field, named)) = named
        && let Some(first) = Purposes::from_bits(law.purposes).and(!named).iter().next()
    {
        answer.for_looser(field, format!("`{of}` without {first} is looser than the one of {code}"));
    }
    (word.map(|(model, _)| *model), named.map(|(_, named)| named))
}

/// The region with this code, which is a key or a value, or a diagnostic.
fn region(field: Field<'_>, code: &str, is_key: bool, known: &[String]) -> Option<String> {
    if known.iter().any(|region| region == code) || closed_sets::is_region(code) {
        return Some(code.to_owned());
    }
    let what = format!("there is no region `{code}`");
    let fault = if is_key { field.key_error("SV5003", what) } else { field.error("SV5003", what) };
    field.report(match meant(code, known) {
        Some(meant) if is_key => fault.meant(meant, meant),
        Some(meant) => fault.meant(meant, format!("\"{meant}\"")),
        None => fault.help("use ISO 3166 codes, as in `DE` or `US-CA`, or `EU` for all its members"),
    });
    None
}

fn meant<'k>(code: &str, known: &'k [String]) -> Option<&'k str> {
    let usual = closed_sets::usual_mistake(code).and_then(|meant| known.iter().find(|region| *region == meant));
    usual.map(String::as_str).or_else(|| names::closest(code, known.iter().map(String::as_str)))
}

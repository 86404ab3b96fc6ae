//! The difference of two bundles in what consent depends on, in words. This is the catalogue of data, the law of each region, events,
//! locales and markets.
//!
//! There is one sentence for each change. A change that no sentence tells is told as such, so that no difference is silent.

use std::collections::BTreeSet;

use super::retention;
use crate::bundle::manifest::{AttributeEntry, Manifest};
use crate::consent::table::Regime;
use crate::words::time::format_day;
use crate::words::{Depth, Purpose, Purposes, Source};

/// What changed.
pub fn consent_diff(old: &Manifest, new: &Manifest) -> Vec<String> {
    if old == new {
        return Vec::new();
    }
    let mut said = Vec::new();
    let find = |of: &'_ Manifest, name: &str| of.attributes.iter().position(|one| one.name == name);
    for one in &old.attributes {
        if find(new, &one.name).is_none() {
            said.push(format!("the attribute `{}` is gone", one.name));
        }
    }
    for one in &new.attributes {
        match find(old, &one.name).and_then(|at| old.attributes.get(at)) {
            None => said.push(format!("the attribute `{}` is new: {}", one.name, described(one))),
            Some(before) => attribute(before, one, &mut said),
        }
    }
    law(old, new, &mut said);
    let events = |of: &Manifest| -> BTreeSet<String> {
        of.events.iter().flat_map(|rules| &rules.kinds).map(|kind| kind.name.clone()).collect()
    };
    members("event", &events(old), &events(new), &mut said);
    if old.events != new.events && events(old) == events(new) {
        said.push("the rules for events changed".into());
    }
    let set = |texts: &[String]| texts.iter().cloned().collect::<BTreeSet<_>>();
    members("locale", &set(&old.locales), &set(&new.locales), &mut said);
    let mut value = |what: &str, before: &str, now: &str| {
        if before != now {
            said.push(format!("{what} is {now}, no longer {before}"));
        }
    };
    value("the default locale", &old.default_locale, &new.default_locale);
    value("the consent cookie", &old.cookie, &new.cookie);
    let stale = |of: &Manifest| if of.keep_when_stale { "keep" } else { "control" };
    value("`on_stale`", stale(old), stale(new));
    if old.markets != new.markets {
        said.push("the markets changed".into());
    }
    if old.fallback != new.fallback {
        said.push("the locales that stand in for others changed".into());
    }
    if old.regions.signals != new.regions.signals {
        said.push("the consent signals that are read changed".into());
    }
    if said.is_empty() {
        said.push("a detail of the catalogue of data or of the law changed".into());
    }
    said
}

fn described(one: &AttributeEntry) -> String {
    let kept = one.retention_seconds.map_or(String::new(), |seconds| format!(", kept {}", retention(seconds)));
    let sensitive = if one.sensitive { ", sensitive" } else { "" };
    format!("for {}, {}, from the {}{sensitive}{kept}", purposes(one.purposes), depth(one), source(one))
}

fn attribute(old: &AttributeEntry, new: &AttributeEntry, said: &mut Vec<String>) {
    let before = said.len();
    let name = &new.name;
    let gone = Purposes::from_bits(old.purposes & !new.purposes);
    let came = Purposes::from_bits(new.purposes & !old.purposes);
    said.extend(named(came).map(|purpose| format!("`{name}` may be used for {purpose} now")));
    said.extend(named(gone).map(|purpose| format!("`{name}` may no longer be used for {purpose}")));
    let mut value = |what: &str, old: String, new: String| {
        if old != new {
            said.push(format!("the {what} of `{name}` is {new}, no longer {old}"));
        }
    };
    value("source", source(old), source(new));
    value("depth", depth(old), depth(new));
    let kept = |one: &AttributeEntry| one.retention_seconds.map_or("without end".to_owned(), retention);
    value("retention", kept(old), kept(new));
    let sensitive = |one: &AttributeEntry| if one.sensitive { "sensitive" } else { "not sensitive" }.to_owned();
    value("sensitivity", sensitive(old), sensitive(new));
    if said.len() == before && old != new {
        said.push(format!("the form, quality rules or default of `{name}` changed"));
    }
}

/// The regions whose law changed; those that changed alike are told together.
fn law(old: &Manifest, new: &Manifest, said: &mut Vec<String>) {
    let codes = |of: &Manifest| of.regions.codes.iter().map(|(code, _)| code.clone()).collect::<Vec<_>>();
    let codes: BTreeSet<String> = codes(old).into_iter().chain(codes(new)).chain(["default".into()]).collect();
    let row = |of: &'_ Manifest, code: &str| -> Option<Regime> {
        let at = match of.regions.codes.iter().find(|(known, _)| known == code) {
            Some((_, row)) => usize::from(*row),
            None if code == "default" => 0,
            None => return None,
        };
        of.regions.rows.get(at).cloned()
    };
    let mut told: Vec<(Vec<String>, Vec<String>)> = Vec::new();
    for code in codes {
        let changes = match (row(old, &code), row(new, &code)) {
            (Some(old), Some(new)) => of_region(&old, &new),
            (None, Some(_)) => vec!["it has a law of its own now".into()],
            (Some(_), None) => vec!["it no longer has a law of its own".into()],
            (None, None) => continue,
        };
        match told.iter_mut().find(|(_, known)| *known == changes) {
            _ if changes.is_empty() => {}
            Some((codes, _)) => codes.push(code),
            None => told.push((vec![code], changes)),
        }
    }
    for (codes, changes) in told {
        let all = codes.join(", ");
        said.extend(changes.into_iter().map(|change| format!("the law of {all}: {change}")));
    }
    if old.regions.child_directed != new.regions.child_directed {
        let is = if new.regions.child_directed { "is" } else { "is no longer" };
        said.push(format!("the site {is} made for children"));
    }
    if old.regions.version != new.regions.version {
        said.push(format!("the table of laws is of {}, no longer of {}", new.regions.version, old.regions.version));
    }
}

fn of_region(old: &Regime, new: &Regime) -> Vec<String> {
    let mut said = Vec::new();
    for purpose in Purpose::ALL.iter().copied() {
        let (before, now) = (old.model(purpose), new.model(purpose));
        if before != now {
            said.push(format!("{purpose} is {now}, no longer {before}"));
        }
    }
    if old.gpc_off != new.gpc_off {
        said.push(format!("Global Privacy Control switches off {}", purposes(new.gpc_off)));
    }
    if old.grant_days_max != new.grant_days_max {
        said.push(format!("a grant lasts {} days, no longer {}", new.grant_days_max, old.grant_days_max));
    }
    if (old.child, old.teen, old.child_age_max) != (new.child, new.teen, new.child_age_max) {
        said.push("the rules for minors changed".into());
    }
    if old.without_consent != new.without_consent {
        said.push("what an experiment may use without consent changed".into());
    }
    if old.effective_from_ms != new.effective_from_ms {
        said.push(format!("it applies from {}", format_day(new.effective_from_ms)));
    }
    said
}

fn members(what: &str, old: &BTreeSet<String>, new: &BTreeSet<String>, said: &mut Vec<String>) {
    said.extend(old.difference(new).map(|one| format!("the {what} `{one}` is gone")));
    said.extend(new.difference(old).map(|one| format!("the {what} `{one}` is new")));
}

fn named(purposes: Purposes) -> impl Iterator<Item = Purpose> {
    Purpose::ALL.iter().copied().filter(move |purpose| purposes.has(*purpose))
}

fn purposes(bits: u8) -> String {
    let all: Vec<&str> = named(Purposes::from_bits(bits)).map(Purpose::name).collect();
    if all.is_empty() { "nothing".into() } else { all.join(", ") }
}

fn depth(one: &AttributeEntry) -> String {
    Depth::from_byte(one.depth).map_or("of unknown depth".into(), |depth| depth.to_string())
}

fn source(one: &AttributeEntry) -> String {
    Source::from_byte(one.source).map_or("unknown".into(), |source| source.to_string())
}

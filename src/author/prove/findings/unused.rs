//! Attributes that no row reads or no host fills, and content that no visitor can see.
//!
//! Takes a site and the rules that no visit reaches, reports what could go. Data that is not used need not be collected.

use std::collections::{BTreeMap, BTreeSet};

use super::super::shadow::Shadow;
use super::super::slots::rules;
use crate::author::diagnostic::Diagnostic;
use crate::author::expr::mentions;
use crate::author::site::{Attribute, Rows, Site};
use crate::bundle::manifest::From;
use crate::words::{Source, ValueType};

pub(super) fn check(site: &Site, shadows: &[Shadow], found: &mut Vec<Diagnostic>) {
    attributes(site, found);
    content(site, shadows, found);
}

fn attributes(site: &Site, found: &mut Vec<Diagnostic>) {
    let mut read: BTreeSet<usize> = site.rows().flat_map(Rows::attributes).collect();
    let key_of = |at: &usize| match &site.attributes.get(*at)?.from {
        From::Feed(place) => place.key.map(usize::from),
        _ => None,
    };
    let keys: Vec<usize> = read.iter().filter_map(key_of).collect();
    read.extend(keys);
    // A suppression is read, also where no experience is of its class.
    read.extend(site.contact.suppressions.iter().flat_map(|one| mentions(&one.row.condition).0));
    read.extend(site.contact.quiet.iter().filter_map(|quiet| quiet.zone));
    for (at, attribute) in site.attributes.iter().enumerate() {
        if read.contains(&at) {
            found.extend(unfilled(site, attribute));
            continue;
        }
        let what = format!("nobody reads `{}`", attribute.name);
        let why = "no audience and no rule reads it; do not collect data that is not used";
        let fault = Diagnostic::error("SV1207", attribute.place.clone(), what).warning().why(why);
        found.push(fault.help("remove it, or use it in a row"));
    }
}

/// The finding that a rule of a page reads what no host finds anywhere.
fn unfilled(site: &Site, attribute: &Attribute) -> Option<Diagnostic> {
    let Attribute { name, source, .. } = attribute;
    let is_of_page = *source == Source::Page;
    let is_found = attribute.from != From::Host || !(is_of_page || *source == Source::Request);
    if is_found || site.slots.iter().all(|slot| slot.channel != "web") {
        return None;
    }
    let fault = Diagnostic::error("SV5025", attribute.place.clone(), format!("no host fills `{name}`")).warning();
    let fault = fault.why(match attribute.default {
        Some(_) => "the attribute does not say where its value is found, so every page gets the default",
        None => "the attribute does not say where its value is found, so it is missing on every page",
    });
    let end = name.rsplit(['.', '_']).next().unwrap_or_default();
    let is_time = attribute.value_type == ValueType::Timestamp
        || ["hour", "minute", "day", "weekday", "month", "time", "date"].contains(&end);
    Some(fault.help(match is_of_page {
        _ if is_time => "remove the attribute, and use the time of the decision in the row, as in now.getHours(\"Europe/Berlin\") >= 9",
        true => "write which pages have which value, as in paths = { \"/products/*\" = \"…\" }, or name a place: from = \"query:NAME\"",
        false => "name the place: from = \"header:NAME\", \"query:NAME\", country, region, language or device",
    }))
}

fn content(site: &Site, shadows: &[Shadow], found: &mut Vec<Diagnostic>) {
    let lost: BTreeSet<_> = shadows.iter().map(|shadow| shadow.rule).collect();
    // Content → whether some rule that shows it can be reached.
    let mut shown: BTreeMap<usize, bool> = BTreeMap::new();
    for (at, _, rule) in rules(site) {
        for item in rule.effect.contents() {
            *shown.entry(item).or_default() |= !lost.contains(&at);
        }
    }
    for (at, content) in site.content.iter().enumerate() {
        let name = &content.name;
        let fault = match shown.get(&at) {
            Some(true) => continue,
            Some(false) => {
                Diagnostic::error("SV4013", content.place.clone(), format!("no visitor can ever see `{name}`"))
                    .why("no rule that shows it can be reached")
                    .help("fix those rules, or remove the content")
            }
            None => Diagnostic::error("SV4014", content.place.clone(), format!("no rule shows `{name}`"))
                .help("show it in a rule, or remove it"),
        };
        found.push(Diagnostic { owner: content.owner.clone(), ..fault.warning() });
    }
}

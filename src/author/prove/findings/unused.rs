//! Attributes that nobody reads, and content that nobody can see.
//!
//! Takes a site and the rules that no visit reaches, reports what could go. Data that is not used need not be collected.

use std::collections::{BTreeMap, BTreeSet};

use super::super::shadow::Shadow;
use super::super::slots::rules;
use crate::author::diagnostic::Diagnostic;
use crate::author::site::{Rows, Site};

pub(super) fn check(site: &Site, shadows: &[Shadow], found: &mut Vec<Diagnostic>) {
    attributes(site, found);
    content(site, shadows, found);
}

fn attributes(site: &Site, found: &mut Vec<Diagnostic>) {
    let read: BTreeSet<usize> = site.rows().flat_map(Rows::attributes).collect();
    for (_, attribute) in site.attributes.iter().enumerate().filter(|(at, _)| !read.contains(at)) {
        let what = format!("nobody reads `{}`", attribute.name);
        let why = "no audience and no rule asks for it; data that is not used need not be collected";
        let fault = Diagnostic::error("SV1207", attribute.place.clone(), what).warning().why(why);
        found.push(fault.help("remove it, or use it in a row"));
    }
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
                    .why("every rule that shows it can never be reached")
                    .help("mend those rules, or remove the content")
            }
            None => Diagnostic::error("SV4014", content.place.clone(), format!("no rule shows `{name}`"))
                .help("show it in a rule, or remove it"),
        };
        found.push(Diagnostic { owner: content.owner.clone(), ..fault.warning() });
    }
}

//! The cookies that a site's pages set or read, with their lifetimes: the register and the notice list the same ones.

use serde::{Deserialize, Serialize};

use crate::author::site::{Attribute, Effect, Experience, Site};
use crate::bundle::manifest::From;
use crate::engine::contact::STATE_SECONDS as CONTACT_SECONDS;
use crate::page::{
    CONSENT_SECONDS, CONTACT_COOKIE, ID_COOKIE, ID_SECONDS_MAX, JOURNEY_COOKIE, STATE_COOKIE, STATE_SECONDS,
};
use crate::words::{Purpose, Purposes, Signal, Source, Unit};

/// One cookie.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cookie {
    /// Its name.
    pub name: String,
    /// Its content, and whether it is set or read.
    pub about: String,
    /// The purposes that it serves.
    pub purposes: Vec<String>,
    /// How long it stays, in seconds. A cookie that others set has the lifetime that they give it.
    pub lifetime_seconds: Option<u32>,
    /// The experiments or attributes that use it.
    pub used_by: Vec<String>,
}

/// Every cookie of a site.
pub fn cookies(site: &Site) -> Vec<Cookie> {
    let choice = "set: the visitor's choice for each purpose, and its day";
    let mut all = vec![cookie(&site.consent.cookie, choice, &[Purpose::Necessary], Some(CONSENT_SECONDS))];
    let drawn = drawn_by(site, Unit::Visitor);
    if !drawn.is_empty() {
        let what =
            "set: a random id of the device, only if an experiment or a holdout draws by it and `storage` is permitted";
        let id = cookie(ID_COOKIE, what, &[Purpose::Analytics], Some(ID_SECONDS_MAX));
        all.push(Cookie { used_by: drawn, ..id });
    }
    let on_device = |one: &&Attribute| one.source == Source::Device && one.from == From::Host;
    let kept: Vec<&Attribute> = site.attributes.iter().filter(on_device).collect();
    if !kept.is_empty() {
        let purposes = kept.iter().fold(Purposes::NONE, |all, one| all.or(one.purposes));
        let what =
            "set and read: values of the device, each with its day. A value is removed when its own retention ends";
        let state = cookie(STATE_COOKIE, what, &purposes.iter().collect::<Vec<_>>(), Some(STATE_SECONDS));
        all.push(Cookie { used_by: kept.iter().map(|one| one.name.clone()).collect(), ..state });
    }
    let is_page = |one: &&Experience| site.slots.get(one.slot).is_some_and(|slot| slot.channel == "web");
    if site.contact.has_history() && site.experiences.iter().any(|one| is_page(&one)) {
        let what = "set and read: when this device was shown what the contact policy limits, and what was dismissed, only if \
                    `storage` is permitted";
        let state = cookie(CONTACT_COOKIE, what, &[Purpose::Necessary], Some(CONTACT_SECONDS));
        let names = site.contact.caps.iter().map(|cap| cap.name.clone());
        all.push(Cookie { used_by: names.collect(), ..state });
    }
    let days = site.journeys.iter().map(|journey| u32::from(journey.days)).max();
    if let Some(days) = days {
        let what = "set and read: with which version of the personalization a journey began, and on which day, only if `storage` is \
                    permitted. It is removed when the journey ends";
        let pins = cookie(JOURNEY_COOKIE, what, &[Purpose::Necessary], Some(days * 86_400));
        all.push(Cookie { used_by: site.journeys.iter().map(|journey| journey.name.clone()).collect(), ..pins });
    }
    for attribute in &site.attributes {
        if let From::Cookie(name) = &attribute.from {
            let purposes: Vec<Purpose> = attribute.purposes.iter().collect();
            let own = cookie(name, "read: a cookie that the site sets itself", &purposes, None);
            all.push(Cookie { used_by: vec![attribute.name.clone()], ..own });
        }
    }
    for source in site.regions.signals.used.iter().filter(|source| !source.cookie.is_empty()) {
        let signal = Signal::from_byte(source.signal).map(Signal::name).unwrap_or_default();
        let what = format!("read: the visitor's choice in {signal}, which sets it");
        all.push(cookie(&source.cookie, &what, &[Purpose::Necessary], None));
    }
    all
}

/// The experiments and holdouts that draw by this unit.
pub(crate) fn drawn_by(site: &Site, unit: Unit) -> Vec<String> {
    let rules = site.experiences.iter().flat_map(|experience| &experience.rules);
    let splits = rules.filter_map(|rule| if let Effect::Split(split) = &rule.effect { Some(split) } else { None });
    let drawn = splits.filter(|split| split.unit == unit).map(|split| split.experiment.clone());
    let held = site.holdouts.iter().filter(|holdout| holdout.unit == unit).map(|holdout| holdout.name.clone());
    let names: std::collections::BTreeSet<String> = drawn.chain(held).collect();
    names.into_iter().collect()
}

fn cookie(name: &str, about: &str, purposes: &[Purpose], lifetime_seconds: Option<u32>) -> Cookie {
    let purposes = purposes.iter().map(|purpose| purpose.name().to_owned()).collect();
    Cookie { name: name.to_owned(), about: about.to_owned(), purposes, lifetime_seconds, used_by: Vec::new() }
}

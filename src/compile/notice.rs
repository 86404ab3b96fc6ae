//! What `/.well-known/personalization` tells visitors: purposes, data, retention, experiments, how to object.
//!
//! Takes a checked site, gives the document. Its sentences are those of `consent.toml`, the same that the register has; nothing is
//! said here that the rules do not do.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::author::purpose_text;
use crate::author::site::{Attribute, Controller, Experience, Site};
use crate::log::LogClass;
use crate::words::Purpose;
use crate::words::time::DAY;

/// The version of the document's form.
pub const PERSONALIZATION_VERSION: u32 = 1;

/// The document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Personalization {
    /// The version of its form: [`PERSONALIZATION_VERSION`].
    pub version: u32,
    /// The site.
    pub site: String,
    /// Who answers for the data.
    pub controller: Option<Answerable>,
    /// What data is used for.
    pub purposes: Vec<Use>,
    /// What can be seen differently by different people.
    pub experiences: Vec<Seen>,
    /// What is measured by showing people different versions.
    pub experiments: Vec<Measured>,
    /// How long lines of the log are kept.
    pub log: Vec<Kept>,
    /// How to object.
    pub objection: Objecting,
}

/// One class of lines of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// The class: `audit`, `exposure`, …
    pub class: String,
    /// What such a line holds.
    pub about: String,
    /// How many days it is kept.
    pub retention_days: u32,
}

/// Who answers for the data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answerable {
    /// The name.
    pub name: String,
    /// Where letters about privacy arrive.
    pub email: Option<String>,
}

/// One purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Use {
    /// Its name.
    pub purpose: String,
    /// What it means on this site.
    pub text: String,
    /// The lawful basis, as the site classified it.
    pub basis: Option<String>,
    /// The data that serves it.
    pub data: Vec<Used>,
}

/// One class of data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Used {
    /// The attribute: decisions list what they read by this name.
    pub attribute: String,
    /// What it is.
    pub description: String,
    /// Where it comes from: `request`, `page`, `device`, `account`, `feed`.
    pub source: String,
    /// How personal it is.
    pub depth: String,
    /// Whether it is of a special category.
    pub sensitive: bool,
    /// How old it may be, in days, rounded up.
    pub retention_days: Option<u32>,
}

/// Something that people can see differently.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seen {
    /// The experience: decisions name it.
    pub experience: String,
    /// The place on the page.
    pub slot: String,
    /// What it serves.
    pub purpose: String,
    /// What the visitor gains.
    pub benefit: Option<String>,
}

/// An experiment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// Its name.
    pub experiment: String,
    /// What it assigns: `page`, `session`, `visitor`, `account`.
    pub unit: String,
    /// How many versions there are.
    pub versions: u32,
}

/// How to object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Objecting {
    /// In words.
    pub text: String,
    /// A page where it can be done.
    pub url: Option<String>,
    /// Whether the site says that it abides by Global Privacy Control.
    pub gpc: bool,
}

/// How to object where a site says nothing of its own: what its pages do anyway.
const OBJECTION: &str = "Change your choice on this site at any time: what you take back is not used from then on.";

/// The document of a site.
pub fn personalization(site: &Site) -> Personalization {
    let records = &site.consent.records;
    let objection = records.objection.clone().unwrap_or_default();
    let answerable = |one: &Controller| Answerable { name: one.name.clone(), email: one.email.clone() };
    Personalization {
        version: PERSONALIZATION_VERSION,
        site: site.name.clone(),
        controller: records.controller.as_ref().map(answerable),
        purposes: Purpose::ALL.iter().filter_map(|purpose| used_for(site, *purpose)).collect(),
        experiences: site.experiences.iter().map(|experience| seen(site, experience)).collect(),
        experiments: experiments(site),
        log: kept(site),
        objection: Objecting {
            text: objection.text.unwrap_or_else(|| OBJECTION.to_owned()),
            url: objection.url,
            gpc: records.gpc.as_ref().is_some_and(|gpc| gpc.honoured),
        },
    }
}

/// How long each class of lines is kept.
pub(crate) fn kept(site: &Site) -> Vec<Kept> {
    let one = |(class, days): (LogClass, u32)| Kept {
        class: class.name().to_owned(),
        about: class.about().to_owned(),
        retention_days: days,
    };
    site.consent.records.log.all().map(one).collect()
}

/// The file of a release that hosts answer from: what `gpc.json` says, or nothing, on the first line; the document below it.
pub fn notice(site: &Site) -> Vec<u8> {
    let gpc = site.consent.records.gpc.as_ref().map(|gpc| {
        // The two members of the specification, and no other.
        serde_json::json!({ "gpc": gpc.honoured, "lastUpdate": gpc.last_update }).to_string()
    });
    // Plain structs of strings and numbers always serialize.
    let document = serde_json::to_string(&personalization(site)).unwrap_or_default();
    format!("{}\n{document}\n", gpc.unwrap_or_default()).into_bytes()
}

fn used_for(site: &Site, purpose: Purpose) -> Option<Use> {
    let data: Vec<Used> = site.attributes.iter().filter(|one| one.purposes.has(purpose)).map(used).collect();
    let is_served = site.experiences.iter().any(|experience| experience.purpose == purpose);
    let is_told = site.consent.texts.contains_key(&purpose);
    if data.is_empty() && !is_served && !is_told {
        return None;
    }
    let basis = site.consent.classes.get(&purpose).and_then(|class| class.basis);
    Some(Use {
        purpose: purpose.name().to_owned(),
        text: purpose_text(site, purpose).unwrap_or_default(),
        basis: basis.map(|basis| basis.name().to_owned()),
        data,
    })
}

fn used(attribute: &Attribute) -> Used {
    let days = |seconds: u32| u32::try_from((i64::from(seconds) * 1_000 + DAY - 1) / DAY).unwrap_or(u32::MAX);
    Used {
        attribute: attribute.name.clone(),
        description: attribute.description.clone(),
        source: attribute.source.name().to_owned(),
        depth: attribute.depth.name().to_owned(),
        sensitive: attribute.sensitive,
        retention_days: attribute.retention_seconds.map(days),
    }
}

fn seen(site: &Site, experience: &Experience) -> Seen {
    Seen {
        experience: experience.name.clone(),
        slot: site.slots.get(experience.slot).map(|slot| slot.name.clone()).unwrap_or_default(),
        purpose: experience.purpose.name().to_owned(),
        benefit: experience.benefit.clone(),
    }
}

fn experiments(site: &Site) -> Vec<Measured> {
    let rules = site.experiences.iter().flat_map(|experience| &experience.rules);
    let splits = rules.filter_map(|rule| rule.split());
    let all: BTreeSet<(String, &str, usize)> =
        splits.map(|split| (split.experiment.clone(), split.unit.name(), split.arms.len())).collect();
    let measured = |(experiment, unit, arms): (String, &str, usize)| Measured {
        experiment,
        unit: unit.to_owned(),
        versions: u32::try_from(arms).unwrap_or(u32::MAX),
    };
    all.into_iter().map(measured).collect()
}

//! The notice at `/.well-known/personalization` tells visitors who answers, purposes, data, recipients, cookies, retention and rights.
//!
//! Takes a checked site, gives the document. Its sentences are those of `consent.toml`, the same that the register has. It
//! claims nothing that the rules do not do. Each sentence of the site stands with its translations.

mod cookies;
mod rights;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::author::purpose_text;
use crate::author::site::{Attribute, Controller, Experience, Linking, Recipient, Site, Transfer};
use crate::log::LogClass;
use crate::words::time::DAY;
use crate::words::{Purpose, Purposes};

pub(crate) use cookies::drawn_by;
pub use cookies::{Cookie, cookies};
pub use rights::Right;

/// A sentence by locale.
type Texts = BTreeMap<String, String>;

/// The version of the document's form.
pub const PERSONALIZATION_VERSION: u32 = 2;

/// The document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Personalization {
    /// The version of its form: [`PERSONALIZATION_VERSION`].
    pub version: u32,
    /// The site.
    pub site: String,
    /// The language of sentences that stand without a translation.
    pub locale: String,
    /// The controller of the data.
    pub controller: Option<Answerable>,
    /// The uses of data.
    pub purposes: Vec<Use>,
    /// The recipients of data.
    pub recipients: Vec<Given>,
    /// Transfers outside of the controller's own legal area.
    pub transfers: Vec<Sent>,
    /// Cookies that pages set or read.
    pub cookies: Vec<Cookie>,
    /// The experiences that different people may see differently.
    pub experiences: Vec<Seen>,
    /// The experiments that show people different versions.
    pub experiments: Vec<Measured>,
    /// The people who are held back from everything, so that it can be measured. Not there on a site without any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holdouts: Vec<HeldBack>,
    /// Links between devices and the account of a person. Not there on a site without any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub linking: Option<Linked>,
    /// How long lines of the log are kept.
    pub log: Vec<Kept>,
    /// The rights of a person against the site.
    pub rights: Vec<Right>,
    /// How to object.
    pub objection: Objecting,
}

/// The terms on which a person's devices are linked to their account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Linked {
    /// The sentence that a person agrees to.
    pub text: String,
    /// The same by locale.
    pub texts: BTreeMap<String, String>,
    /// How long a link holds, in seconds.
    pub lifetime_seconds: u32,
}

/// One class of lines of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// The class: `audit`, `exposure`, …
    pub class: String,
    /// The contents of such a line.
    pub about: String,
    /// How many days it is kept.
    pub retention_days: u32,
}

/// The controller of the data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answerable {
    /// The name.
    pub name: String,
    /// Where post arrives.
    pub address: Option<String>,
    /// The email address for letters about privacy.
    pub email: Option<String>,
    /// The representative in the Union.
    pub representative: Option<String>,
    /// The data protection officer.
    pub officer: Option<String>,
    /// The supervisory authority that persons can complain to.
    pub authority: Option<String>,
    /// Controllers who decide together with this one.
    pub joint: Vec<String>,
}

/// A recipient of data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Given {
    /// The name.
    pub name: String,
    /// What for.
    pub what: Option<String>,
    /// The same by locale.
    pub texts: Texts,
    /// The recipient's role: `processor`, `controller`, `joint`.
    pub role: Option<String>,
    /// How to reach them.
    pub contact: Option<String>,
    /// The purposes whose data they get.
    pub purposes: Vec<String>,
}

/// A transfer to another country or an international organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sent {
    /// The country (ISO 3166) or the organisation.
    pub to: String,
    /// The recipient there.
    pub recipient: Option<String>,
    /// What protects it there.
    pub safeguard: String,
    /// The same by locale.
    pub texts: Texts,
    /// The purposes whose data goes there.
    pub purposes: Vec<String>,
}

/// One purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Use {
    /// Its name.
    pub purpose: String,
    /// Its meaning on this site.
    pub text: String,
    /// The same by locale.
    pub texts: Texts,
    /// The lawful basis, as the site classified it.
    pub basis: Option<String>,
    /// The condition for data of a special category.
    pub condition: Option<String>,
    /// When data without a retention of its own is erased.
    pub erasure: Option<String>,
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
    /// The same by locale.
    pub texts: Texts,
    /// The source: `request`, `page`, `device`, `account`, `feed`.
    pub source: String,
    /// How personal it is.
    pub depth: String,
    /// True if it is of a special category.
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
    /// The assigned unit: `page`, `session`, `visitor`, `account`.
    pub unit: String,
    /// How many versions there are.
    pub versions: u32,
}

/// People who always see the usual content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeldBack {
    /// The name of their group.
    pub holdout: String,
    /// The unit that is drawn: `visitor`, `account`.
    pub unit: String,
    /// How many of 10,000.
    pub basis_points: u32,
    /// The channel that it is about; without one it is about all.
    pub channel: Option<String>,
}

/// How to object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Objecting {
    /// In words.
    pub text: String,
    /// The same by locale.
    pub texts: Texts,
    /// A page where it can be done.
    pub url: Option<String>,
    /// True if the site says that it abides by Global Privacy Control.
    pub gpc: bool,
}

/// How to object where a site says nothing of its own: what its pages do anyway.
const OBJECTION: &str =
    "Change your choice on this site at any time. Data for a purpose that you withdraw is no longer used.";

/// The document of a site.
pub fn personalization(site: &Site) -> Personalization {
    let records = &site.consent.records;
    let objection = records.objection.clone().unwrap_or_default();
    let purposes: Vec<Use> = Purpose::ALL.iter().filter_map(|purpose| used_for(site, *purpose)).collect();
    // A recipient without purposes is given data of each.
    let named = |of: Purposes| -> Vec<String> {
        let names = purposes.iter().map(|one| one.purpose.as_str());
        let is_meant = |name: &&str| of.is_empty() || Purpose::from_name(name).is_some_and(|purpose| of.has(purpose));
        names.filter(is_meant).map(str::to_owned).collect()
    };
    Personalization {
        version: PERSONALIZATION_VERSION,
        site: site.name.clone(),
        locale: site.locales.default.clone(),
        controller: records.controller.as_ref().map(answerable),
        recipients: records.recipients.iter().map(|one| given(one, named(one.purposes))).collect(),
        transfers: records.transfers.iter().map(|one| sent(one, named(one.purposes))).collect(),
        cookies: cookies(site),
        experiences: site.experiences.iter().map(|experience| seen(site, experience)).collect(),
        experiments: experiments(site),
        holdouts: holdouts(site),
        linking: site.consent.linking.clone().map(|Linking { text, texts, kept_seconds }| Linked {
            text,
            texts,
            lifetime_seconds: kept_seconds,
        }),
        log: kept(site),
        rights: rights::rights(site),
        purposes,
        objection: Objecting {
            text: objection.text.unwrap_or_else(|| OBJECTION.to_owned()),
            texts: objection.texts,
            url: objection.url,
            gpc: records.gpc.as_ref().is_some_and(|gpc| gpc.honoured),
        },
    }
}

fn answerable(one: &Controller) -> Answerable {
    let Controller { name, address, email, representative, officer, authority, joint } = one.clone();
    Answerable { name, address, email, representative, officer, authority, joint }
}

fn given(one: &Recipient, purposes: Vec<String>) -> Given {
    let Recipient { name, what, texts, role, contact, .. } = one.clone();
    Given { name, what, texts, role: role.map(|role| role.name().to_owned()), contact, purposes }
}

fn sent(one: &Transfer, purposes: Vec<String>) -> Sent {
    let Transfer { to, recipient, safeguard, texts, .. } = one.clone();
    Sent { to, recipient, safeguard, texts, purposes }
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

/// The file of a release that hosts answer from. The first line is the text of `gpc.json`, or empty. The document is below
/// it.
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
    let class = site.consent.classes.get(&purpose).cloned().unwrap_or_default();
    Some(Use {
        purpose: purpose.name().to_owned(),
        text: purpose_text(site, purpose).unwrap_or_default(),
        texts: class.texts,
        basis: class.basis.map(|basis| basis.name().to_owned()),
        condition: class.condition.map(|condition| condition.name().to_owned()),
        erasure: class.erasure,
        data,
    })
}

fn used(attribute: &Attribute) -> Used {
    let days = |seconds: u32| u32::try_from((i64::from(seconds) * 1_000 + DAY - 1) / DAY).unwrap_or(u32::MAX);
    Used {
        attribute: attribute.name.clone(),
        description: attribute.description.clone(),
        texts: attribute.texts.clone(),
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

fn holdouts(site: &Site) -> Vec<HeldBack> {
    let held = site.holdouts.iter().map(|holdout| HeldBack {
        holdout: holdout.name.clone(),
        unit: holdout.unit.name().to_owned(),
        basis_points: holdout.share,
        channel: holdout.channel.clone(),
    });
    held.collect()
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

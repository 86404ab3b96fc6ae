//! The record of processing activities: one activity for each purpose in use, with what GDPR Art. 30(1) lists under (a) to (g).
//!
//! Takes a checked site and the shipped names of purposes elsewhere, gives a register in a stable order. It repeats what the site's
//! files say and leaves blank what they do not: whether that is enough is for counsel.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use toml::de::DeTable;

use crate::author::site::{Attribute, Audit, Controller, Effect, Experience, Recipient, Site, Split};
use crate::author::{SIGNALS, purpose_text};
use crate::compile::notice::{Kept, kept};
use crate::words::{Purpose, Purposes};

/// The version of the register's form.
pub const ROPA_SCHEMA: u32 = 1;
/// Whose data it is where legal says nothing else.
const PERSONS: &str = "visitors of the site";

/// A whole register.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ropa {
    /// The version of its form: [`ROPA_SCHEMA`].
    pub schema: u32,
    /// The site.
    pub site: String,
    /// (a) Who answers for the data.
    pub controller: Option<Controller>,
    /// The activities, in the order of the list of purposes.
    pub activities: Vec<Activity>,
    /// (f) How long lines of the log are kept. A register from before there was such a list has none.
    #[serde(default)]
    pub log: Vec<Kept>,
}

/// One processing activity: everything that is done for one purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Activity {
    /// (b) The purpose.
    pub purpose: String,
    /// (b) The purpose in the words that visitors read.
    pub text: Option<String>,
    /// The purpose in the terms of the Data Privacy Vocabulary, as IRIs.
    pub dpv: Vec<String>,
    /// The lawful basis, as legal classified it.
    pub basis: Option<String>,
    /// (c) Categories of persons.
    pub persons: Vec<String>,
    /// (c) Categories of personal data.
    pub data: Vec<Datum>,
    /// What visitors are shown for it.
    pub experiences: Vec<Shown>,
    /// (d) Recipients.
    pub recipients: Vec<String>,
    /// (e) Transfers.
    pub transfers: Vec<String>,
    /// (f) When data without a retention of its own is erased.
    pub erasure: Option<String>,
    /// (g) Security measures.
    pub security: Vec<String>,
}

/// (c, f) One category of data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Datum {
    /// The attribute.
    pub attribute: String,
    /// What it is.
    pub description: String,
    /// Where it comes from.
    pub source: String,
    /// How personal it is.
    pub depth: String,
    /// Whether it is of a special category.
    pub sensitive: bool,
    /// Other purposes that it serves too.
    pub also_for: Vec<String>,
    /// How long it may be used, in seconds.
    pub retention_seconds: Option<u32>,
}

/// An experience that the activity is done for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shown {
    /// Its name.
    pub experience: String,
    /// The slot.
    pub slot: String,
    /// The accountable team.
    pub owner: Option<String>,
    /// What the visitor gains.
    pub benefit: Option<String>,
    /// Whether every decision is kept in full.
    pub fully_audited: bool,
    /// Experiments that measure it.
    pub experiments: Vec<String>,
}

/// The register of a site.
pub fn ropa(site: &Site) -> Ropa {
    let in_use: BTreeSet<Purpose> = data(site)
        .flat_map(|(_, attribute)| attribute.purposes.iter().collect::<Vec<_>>())
        // What was shown is counted, with an experiment or without.
        .chain(site.experiences.iter().flat_map(|experience| [experience.purpose, Purpose::Analytics]))
        .collect();
    let activities = in_use.into_iter().map(|purpose| activity(site, purpose)).collect();
    Ropa {
        schema: ROPA_SCHEMA,
        site: site.name.clone(),
        controller: site.consent.records.controller.clone(),
        activities,
        log: kept(site),
    }
}

fn activity(site: &Site, purpose: Purpose) -> Activity {
    let (consent, records) = (&site.consent, &site.consent.records);
    let class = consent.classes.get(&purpose).cloned().unwrap_or_default();
    let concerns = |purposes: Purposes| purposes.is_empty() || purposes.has(purpose);
    let recipients = records.recipients.iter().filter(|recipient| concerns(recipient.purposes));
    let transfers = records.transfers.iter().filter(|transfer| concerns(transfer.purposes));
    Activity {
        purpose: purpose.name().to_owned(),
        text: purpose_text(site, purpose),
        dpv: dpv(purpose),
        basis: class.basis.map(|basis| basis.name().to_owned()),
        persons: if class.persons.is_empty() { vec![PERSONS.to_owned()] } else { class.persons },
        data: data(site)
            .filter(|(_, attribute)| attribute.purposes.has(purpose))
            .map(|(is_panel, attribute)| datum(attribute, purpose, is_panel))
            .collect(),
        experiences: site
            .experiences
            .iter()
            // A split counts who saw what, and counting is analytics for an experience of any purpose.
            .filter(|one| one.purpose == purpose || purpose == Purpose::Analytics && splits(one).next().is_some())
            .map(|experience| shown(site, experience))
            .collect(),
        recipients: recipients
            .map(|Recipient { name, what, .. }| match what {
                Some(what) => format!("{name}: {what}"),
                None => name.clone(),
            })
            .collect(),
        transfers: transfers
            .map(|transfer| {
                let who = transfer.recipient.as_ref().map(|who| format!(" ({who})")).unwrap_or_default();
                format!("{}{who}: {}", transfer.to, transfer.safeguard)
            })
            .collect(),
        erasure: class.erasure,
        security: records.security.clone(),
    }
}

/// Every attribute, and whether it is panel data.
fn data(site: &Site) -> impl Iterator<Item = (bool, &Attribute)> {
    let own = site.attributes.iter().map(|attribute| (false, attribute));
    own.chain(site.panel.iter().map(|column| (true, column)))
}

fn datum(attribute: &Attribute, purpose: Purpose, is_panel: bool) -> Datum {
    let source = match &attribute.feed {
        _ if is_panel => "panel".to_owned(),
        Some(feed) => format!("feed:{feed}"),
        None => attribute.source.name().to_owned(),
    };
    Datum {
        attribute: attribute.name.clone(),
        description: attribute.description.clone(),
        source,
        depth: attribute.depth.name().to_owned(),
        sensitive: attribute.sensitive,
        also_for: attribute.purposes.without(purpose).iter().map(|other| other.name().to_owned()).collect(),
        retention_seconds: attribute.retention_seconds,
    }
}

fn splits(experience: &Experience) -> impl Iterator<Item = &Split> {
    experience.rules.iter().filter_map(|rule| if let Effect::Split(split) = &rule.effect { Some(split) } else { None })
}

fn shown(site: &Site, experience: &Experience) -> Shown {
    let experiments: BTreeSet<&String> = splits(experience).map(|split| &split.experiment).collect();
    Shown {
        experience: experience.name.clone(),
        slot: site.slots.get(experience.slot).map(|slot| slot.name.clone()).unwrap_or_default(),
        owner: experience.owner.clone(),
        benefit: experience.benefit.clone(),
        fully_audited: experience.audit == Audit::Full,
        experiments: experiments.into_iter().cloned().collect(),
    }
}

/// The IRIs of a purpose in the Data Privacy Vocabulary, version 2, of the W3C community group.
fn dpv(purpose: Purpose) -> Vec<String> {
    let table = DeTable::parse_recoverable(SIGNALS).0.into_inner();
    let terms = table.get("dpv").and_then(|dpv| dpv.get_ref().as_table()?.get(purpose.name())?.get_ref().as_array());
    let terms = terms.into_iter().flat_map(|terms| terms.iter()).filter_map(|term| term.get_ref().as_str());
    terms.map(|term| term.replacen("dpv:", "https://w3id.org/dpv#", 1)).collect()
}

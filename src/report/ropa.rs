//! The record of processing activities: one activity for each purpose in use, with what GDPR Art. 30(1) lists under (a) to
//! (g). Takes a checked site and the text of its files, gives a register in a stable order. It repeats what the files say
//! and leaves the rest blank. Counsel must judge if that is enough. Each value of a file is in an activity, in one of the
//! [`Item`]s or among the [`Setting`]s, unless its key touches no person. The table in `keys.rs` says which.

mod items;
mod keys;
pub(super) mod processor;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use toml::de::DeTable;

use crate::author::order::audience_order;
use crate::author::reads::Reads;
use crate::author::site::{Attribute, Audit, Controller, Effect, Experience, Recipient, Site, Split};
use crate::author::{SIGNALS, Sources, declared, purpose_text};
use crate::log::LogClass;
use crate::words::{Purpose, Purposes};

pub use items::Item;
pub use keys::{Holds, holds};

/// The version of the register's form.
pub const ROPA_SCHEMA: u32 = 2;
/// Whose data it is where legal says nothing else.
const PERSONS: &str = "visitors of the site";
/// The purpose of the record of decisions where the site states none.
const RECORD: &str = "To show later what was decided about a person, from which data and with which permission.";
/// The purpose of lines without any person.
const COUNTED: &str = "To see whether the site works. No personal data.";

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
    /// (c, f) Cookies that are set or read. A register of the first form has none of these lists.
    #[serde(default)]
    pub cookies: Vec<Item>,
    /// (c) The values that tell one person from another.
    #[serde(default)]
    pub identifiers: Vec<Item>,
    /// (c) What pages send about what a person does.
    #[serde(default)]
    pub events: Vec<Item>,
    /// (b) The consent signals that are read.
    #[serde(default)]
    pub signals: Vec<Item>,
    /// (b) How persons object.
    #[serde(default)]
    pub rights: Vec<Item>,
    /// (d) Tests that other tools run on the same pages.
    #[serde(default)]
    pub elsewhere: Vec<Item>,
    /// (b, f) The log: what each class of lines is for, and how long it is kept.
    #[serde(default)]
    pub log: Vec<Logged>,
    /// Every value of a file that touches persons, law, recipients, security or time.
    #[serde(default)]
    pub settings: Vec<Setting>,
}

/// (b, f) One class of lines of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Logged {
    /// The class: `audit`, `exposure`, …
    pub class: String,
    /// The content of such a line.
    pub about: String,
    /// Its purpose: one of the site's, or a sentence.
    #[serde(default)]
    pub purpose: String,
    /// The lawful basis.
    #[serde(default)]
    pub basis: Option<String>,
    /// How many days it is kept.
    pub retention_days: u32,
}

/// A value of one of the site's files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// The file.
    pub file: String,
    /// The key, as it stands there.
    pub key: String,
    /// The field of Art. 30(1), `a` to `g`.
    pub field: char,
    /// The value: the items of an array, or one.
    pub value: Vec<String>,
    /// True if another part of the register has it too.
    pub is_told: bool,
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
    /// The condition for special categories of data (Art. 9(2)).
    #[serde(default)]
    pub condition: Option<String>,
    /// (c) Categories of persons.
    pub persons: Vec<String>,
    /// (c) Categories of personal data.
    pub data: Vec<Datum>,
    /// The content that visitors are shown for it.
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
    /// True if it is of a special category.
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
    /// True if every decision is kept in full.
    pub fully_audited: bool,
    /// Experiments that measure it.
    pub experiments: Vec<String>,
    /// (c) The data that decides who sees it, also through audiences.
    #[serde(default)]
    pub reads: Vec<String>,
}

/// The register of a site, from its checked form and the text of its files.
pub fn ropa(site: &Site, sources: &Sources) -> Ropa {
    let declared = declared(sources);
    let reads = Reads::new(&site.audiences, &audience_order(&site.audiences));
    let in_use: BTreeSet<Purpose> = data(site)
        .flat_map(|(_, attribute)| attribute.purposes.iter().collect::<Vec<_>>())
        // Every showing is counted, with an experiment or without.
        .chain(site.experiences.iter().flat_map(|experience| [experience.purpose, Purpose::Analytics]))
        .collect();
    let activities = in_use.into_iter().map(|purpose| activity(site, &reads, purpose)).collect();
    Ropa {
        schema: ROPA_SCHEMA,
        site: site.name.clone(),
        controller: site.consent.records.controller.clone(),
        activities,
        cookies: items::cookies(site),
        identifiers: items::identifiers(site),
        events: items::events(site, &declared),
        signals: items::signals(site),
        rights: items::rights(site),
        elsewhere: items::elsewhere(site),
        log: site.consent.records.log.all().map(|(class, days)| logged(site, class, days)).collect(),
        settings: declared
            .into_iter()
            .filter_map(|one| {
                let (field, is_told) = keys::field(&one)?;
                Some(Setting { file: one.file, key: one.written, field, value: one.value, is_told })
            })
            .collect(),
    }
}

fn logged(site: &Site, class: LogClass, retention_days: u32) -> Logged {
    let (consent, records) = (&site.consent, &site.consent.records);
    let (purpose, basis) = match class {
        LogClass::Audit => (records.log_purpose.clone().unwrap_or_else(|| RECORD.to_owned()), records.log_basis),
        LogClass::Exposure | LogClass::Event => {
            let basis = consent.classes.get(&Purpose::Analytics).and_then(|class| class.basis);
            (Purpose::Analytics.name().to_owned(), basis)
        }
        LogClass::Reasons | LogClass::Refused | LogClass::Failure => (COUNTED.to_owned(), None),
    };
    let (class, about) = (class.name().to_owned(), class.about().to_owned());
    Logged { class, about, purpose, basis: basis.map(|basis| basis.name().to_owned()), retention_days }
}

fn activity(site: &Site, reads: &Reads, purpose: Purpose) -> Activity {
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
        condition: class.condition.map(|condition| condition.name().to_owned()),
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
            .map(|experience| shown(site, reads, experience))
            .collect(),
        recipients: recipients
            .map(|Recipient { name, what, role, .. }| {
                let role = role.map(|role| format!(" ({role})")).unwrap_or_default();
                let what = what.as_ref().map(|what| format!(": {what}")).unwrap_or_default();
                format!("{name}{role}{what}")
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

fn shown(site: &Site, reads: &Reads, experience: &Experience) -> Shown {
    let read: BTreeSet<usize> = experience.rows().flat_map(|rows| reads.rows(rows)).collect();
    let experiments: BTreeSet<&String> = splits(experience).map(|split| &split.experiment).collect();
    Shown {
        experience: experience.name.clone(),
        slot: site.slots.get(experience.slot).map(|slot| slot.name.clone()).unwrap_or_default(),
        owner: experience.owner.clone(),
        benefit: experience.benefit.clone(),
        fully_audited: experience.audit == Audit::Full,
        experiments: experiments.into_iter().cloned().collect(),
        reads: read.into_iter().filter_map(|at| site.attributes.get(at)).map(|one| one.name.clone()).collect(),
    }
}

/// The IRIs of a purpose in the Data Privacy Vocabulary, version 2, of the W3C community group.
fn dpv(purpose: Purpose) -> Vec<String> {
    let table = DeTable::parse_recoverable(SIGNALS).0.into_inner();
    let terms = table.get("dpv").and_then(|dpv| dpv.get_ref().as_table()?.get(purpose.name())?.get_ref().as_array());
    let terms = terms.into_iter().flat_map(|terms| terms.iter()).filter_map(|term| term.get_ref().as_str());
    terms.map(|term| term.replacen("dpv:", "https://w3id.org/dpv#", 1)).collect()
}

/// A length of time in the largest unit that fits.
pub fn retention(seconds: u32) -> String {
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")];
    let fits = units.into_iter().find(|(length, _)| seconds.is_multiple_of(*length));
    let (length, unit) = fits.unwrap_or((1, "second"));
    let count = seconds / length;
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

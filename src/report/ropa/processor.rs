//! The register of a processor (GDPR Art. 30(2)): what one recipient does on behalf of the site's controller.

use serde::{Deserialize, Serialize};

use super::Ropa;
use crate::author::site::{Controller, Recipient, Role, Site};
use crate::words::Purpose;

/// The version of the register's form.
pub const PROCESSOR_SCHEMA: u32 = 1;

/// The register.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProcessorRopa {
    /// The version of its form: [`PROCESSOR_SCHEMA`].
    pub schema: u32,
    /// The site.
    pub site: String,
    /// (a) The processor's name.
    pub processor: String,
    /// (a) How to reach it.
    pub contact: Option<String>,
    /// (a) On whose behalf it acts, with their representative and data protection officer.
    pub controller: Option<Controller>,
    /// (b) Categories of processing.
    pub processing: Vec<Processing>,
    /// (c) Transfers.
    pub transfers: Vec<String>,
    /// (d) Security measures.
    pub security: Vec<String>,
}

/// (b) What the processor does for one purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Processing {
    /// The purpose.
    pub purpose: String,
    /// The purpose in the words that visitors read.
    pub text: Option<String>,
    /// What the processor does.
    pub what: Option<String>,
    /// Categories of persons.
    pub persons: Vec<String>,
    /// Categories of personal data.
    pub data: Vec<String>,
}

/// The register of the recipient with this name; the names of the site's processors if it is none of them.
///
/// # Errors
/// No such processor.
pub fn processor_ropa(site: &Site, register: &Ropa, name: &str) -> Result<ProcessorRopa, Vec<String>> {
    let records = &site.consent.records;
    let is_processor = |one: &&Recipient| one.role == Some(Role::Processor);
    let all = || records.recipients.iter().filter(is_processor);
    let Some(recipient) = all().find(|one| one.name == name) else {
        return Err(all().map(|one| one.name.clone()).collect());
    };
    let concerns = |purpose: &str| {
        let purpose = Purpose::from_name(purpose);
        recipient.purposes.is_empty() || purpose.is_some_and(|purpose| recipient.purposes.has(purpose))
    };
    let activities = register.activities.iter().filter(|activity| concerns(&activity.purpose));
    let transfers = records.transfers.iter().filter(|transfer| transfer.recipient.as_deref() == Some(name));
    Ok(ProcessorRopa {
        schema: PROCESSOR_SCHEMA,
        site: site.name.clone(),
        processor: recipient.name.clone(),
        contact: recipient.contact.clone(),
        controller: records.controller.clone(),
        processing: activities
            .map(|activity| Processing {
                purpose: activity.purpose.clone(),
                text: activity.text.clone(),
                what: recipient.what.clone(),
                persons: activity.persons.clone(),
                data: activity.data.iter().map(|datum| datum.attribute.clone()).collect(),
            })
            .collect(),
        transfers: transfers.map(|transfer| format!("{}: {}", transfer.to, transfer.safeguard)).collect(),
        security: records.security.clone(),
    })
}

//! A site's answers for the people who keep its records: legal's classification of each purpose, and the facts of the
//! controller.
//!
//! Takes nothing; `author::records` fills it. It never reaches a bundle: no decision depends on it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::log::{LogClass, RETENTION_DAYS};
use crate::words::vocabulary;

vocabulary! {
    /// Why data may be processed at all: the six of GDPR Art. 6(1), in its order.
    LawfulBasis {
        /// The person agreed (a).
        Consent = "consent",
        /// A contract with the person needs it (b).
        Contract = "contract",
        /// A law demands it (c).
        LegalObligation = "legal_obligation",
        /// It is needed to save a life (d).
        VitalInterests = "vital_interests",
        /// A public task needs it (e).
        PublicTask = "public_task",
        /// An interest that the person's own does not outweigh (f).
        LegitimateInterests = "legitimate_interests",
    }
}

vocabulary! {
    /// Why data of a special category may be processed at all: the ten of GDPR Art. 9(2), in its order.
    SpecialBasis {
        /// The person agreed explicitly (a).
        ExplicitConsent = "explicit_consent",
        /// Employment, social security or social protection law needs it (b).
        EmploymentLaw = "employment_law",
        /// It is needed to save a life, and the person cannot agree (c).
        VitalInterests = "vital_interests",
        /// A body without profit aim, of its own members (d).
        NonProfit = "non_profit",
        /// The person made it public (e).
        MadePublic = "made_public",
        /// Legal claims (f).
        LegalClaims = "legal_claims",
        /// A substantial public interest, by law (g).
        PublicInterest = "public_interest",
        /// Health or social care (h).
        HealthCare = "health_care",
        /// Public health (i).
        PublicHealth = "public_health",
        /// Archives, research or statistics (j).
        Research = "research",
    }
}

vocabulary! {
    /// The role of a recipient.
    Role {
        /// For this controller, by contract (Art. 28).
        Processor = "processor",
        /// For itself.
        Controller = "controller",
        /// Together with this controller (Art. 26).
        Joint = "joint",
    }
}

vocabulary! {
    /// How much is kept of a decision.
    Audit {
        /// What reports need.
        Standard = "standard",
        /// Everything that is needed to reconstruct it.
        Full = "full",
    }
}

/// Legal's classification of one purpose, beside the sentence that visitors read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Classification {
    /// The lawful basis.
    pub basis: Option<LawfulBasis>,
    /// The condition for special categories.
    pub condition: Option<SpecialBasis>,
    /// The sentence that visitors read, by locale.
    pub texts: BTreeMap<String, String>,
    /// Whose data it is: `visitors`, `customers`. Empty is the visitors of the site.
    pub persons: Vec<String>,
    /// When data without a retention of its own is erased.
    pub erasure: Option<String>,
}

/// The facts of the controller, as `consent.toml` has them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Records {
    /// The controller: it decides why and how data is processed.
    pub controller: Option<Controller>,
    /// The recipients of data.
    pub recipients: Vec<Recipient>,
    /// Transfers of data outside the controller's own legal area.
    pub transfers: Vec<Transfer>,
    /// The security measures, technical and organisational.
    pub security: Vec<String>,
    /// How a person objects.
    pub objection: Option<Objection>,
    /// The site's statement about Global Privacy Control.
    pub gpc: Option<GpcStatement>,
    /// How long lines of the log are kept.
    pub log: LogRetention,
    /// The purpose of the record of decisions.
    pub log_purpose: Option<String>,
    /// The lawful basis of that record.
    pub log_basis: Option<LawfulBasis>,
}

/// How long lines of the log are kept. Hosts, registers and notices use this one setting.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogRetention(pub BTreeMap<LogClass, u32>);

impl LogRetention {
    /// Days that lines of a class are kept: the site's setting, or [`RETENTION_DAYS`].
    pub fn days(&self, class: LogClass) -> u32 {
        self.0.get(&class).copied().unwrap_or(RETENTION_DAYS)
    }

    /// The same of every class.
    pub fn all(&self) -> impl Iterator<Item = (LogClass, u32)> {
        LogClass::ALL.iter().map(|class| (*class, self.days(*class)))
    }
}

/// The controller: it decides why and how data is processed. The register of processing has it in this form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Controller {
    /// The name.
    pub name: String,
    /// Where post arrives.
    pub address: Option<String>,
    /// The email address for letters about privacy.
    pub email: Option<String>,
    /// The representative in the Union, if the controller is outside of it.
    pub representative: Option<String>,
    /// The data protection officer.
    pub officer: Option<String>,
    /// The supervisory authority that persons can complain to. A register from before there was such a field has none.
    #[serde(default)]
    pub authority: Option<String>,
    /// Controllers who decide together with this one.
    pub joint: Vec<String>,
}

/// A recipient of data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recipient {
    /// The name.
    pub name: String,
    /// What for, in words.
    pub what: Option<String>,
    /// The same by locale.
    pub texts: BTreeMap<String, String>,
    /// The recipient's role.
    pub role: Option<Role>,
    /// How to reach them.
    pub contact: Option<String>,
    /// The purposes whose data they get, in order of the list of purposes; empty is all of them.
    pub purposes: crate::words::Purposes,
}

/// A transfer to another country or an international organisation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transfer {
    /// The country (ISO 3166) or the organisation.
    pub to: String,
    /// The recipient there.
    pub recipient: Option<String>,
    /// The protection there: an adequacy decision, standard clauses.
    pub safeguard: String,
    /// The same by locale.
    pub texts: BTreeMap<String, String>,
    /// The purposes whose data goes there; empty is all of them.
    pub purposes: crate::words::Purposes,
}

/// How a person objects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Objection {
    /// In words.
    pub text: Option<String>,
    /// The same by locale.
    pub texts: BTreeMap<String, String>,
    /// A page where it can be done.
    pub url: Option<String>,
}

/// A site's own statement about Global Privacy Control, as `/.well-known/gpc.json` makes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GpcStatement {
    /// True if the site abides by it.
    pub honoured: bool,
    /// The day of the statement (ISO 8601).
    pub last_update: String,
}

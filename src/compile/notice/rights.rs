//! The rights that a person has against a site, as its own lawful bases give them (GDPR Art. 7 and 15 to 22).

use serde::{Deserialize, Serialize};

use crate::author::site::{LawfulBasis, Site};

/// One right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Right {
    /// Its name: `access`, `rectification`, …
    pub right: String,
    /// The article of the GDPR.
    pub article: String,
    /// The sentence that says it.
    pub text: String,
}

/// A right, its article, its sentence, and the bases that give it. Without a basis everybody has it.
type Row = (&'static str, &'static str, &'static str, &'static [LawfulBasis]);

const RIGHTS: [Row; 8] = [
    ("access", "Art. 15", "You can ask which data about you is used, and get a copy.", &[]),
    ("rectification", "Art. 16", "You can have wrong data corrected.", &[]),
    ("erasure", "Art. 17", "You can have your data erased.", &[]),
    ("restriction", "Art. 18", "You can have the use of your data restricted.", &[]),
    (
        "portability",
        "Art. 20",
        "You can get your data in a form that machines read.",
        &[LawfulBasis::Consent, LawfulBasis::Contract],
    ),
    (
        "objection",
        "Art. 21",
        "You can object to a use of your data that you did not agree to.",
        &[LawfulBasis::LegitimateInterests, LawfulBasis::PublicTask],
    ),
    ("withdrawal", "Art. 7(3)", "You can take back your consent at any time.", &[LawfulBasis::Consent]),
    ("complaint", "Art. 77", "You can complain to a supervisory authority.", &[]),
];

/// The rights of a person against this site.
pub(super) fn rights(site: &Site) -> Vec<Right> {
    let consent = &site.consent;
    let has = |basis: &LawfulBasis| {
        consent.classes.values().any(|class| class.basis == Some(*basis)) || consent.records.log_basis == Some(*basis)
    };
    let given = RIGHTS.iter().filter(|(.., bases)| bases.is_empty() || bases.iter().any(has));
    let right = |(right, article, text, _): &Row| Right {
        right: (*right).to_owned(),
        article: (*article).to_owned(),
        text: (*text).to_owned(),
    };
    given.map(right).collect()
}

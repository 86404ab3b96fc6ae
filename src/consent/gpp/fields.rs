//! Which fields each section of the United States has, in which order.
//!
//! Facts of the specifications as data: nine orders of fields, and for each section how many codes its two lists have. Everything
//! but the version, six bits, is a code of two bits or a list of them.

use crate::words::vocabulary;
use orders::*;

vocabulary! {
    /// The fields of the sections of the United States, by the names of their specifications. An opt-out says whether the visitor
    /// opted out.
    #[expect(missing_docs, reason = "most names say what their specification says")]
    Field {
        /// The version of the section's specification.
        Version = "Version",
        /// The version of the industry's agreement, the Multi-State Privacy Agreement.
        MspaVersion = "MspaVersion",
        MspaCoveredTransaction = "MspaCoveredTransaction",
        MspaMode = "MspaMode",
        MspaOptOutOptionMode = "MspaOptOutOptionMode",
        MspaServiceProviderMode = "MspaServiceProviderMode",
        SharingNotice = "SharingNotice",
        ProcessingNotice = "ProcessingNotice",
        SaleOptOutNotice = "SaleOptOutNotice",
        SharingOptOutNotice = "SharingOptOutNotice",
        TargetedAdvertisingOptOutNotice = "TargetedAdvertisingOptOutNotice",
        SensitiveDataProcessingOptOutNotice = "SensitiveDataProcessingOptOutNotice",
        /// Notice of the right to opt out of processing of sensitive data in Iowa.
        SensitiveDataOptOutNotice = "SensitiveDataOptOutNotice",
        SensitiveDataLimitUseNotice = "SensitiveDataLimitUseNotice",
        SaleOptOut = "SaleOptOut",
        SharingOptOut = "SharingOptOut",
        TargetedAdvertisingOptOut = "TargetedAdvertisingOptOut",
        /// The visitor's choice for each category of sensitive data.
        SensitiveDataProcessing = "SensitiveDataProcessing",
        /// Consents for visitors who are known to be minors.
        KnownChildSensitiveDataConsents = "KnownChildSensitiveDataConsents",
        /// Consent to processing beyond what was disclosed.
        AdditionalDataProcessingConsent = "AdditionalDataProcessingConsent",
        /// Consent to processing that does not fit the purpose of collection.
        PersonalDataConsents = "PersonalDataConsents",
    }
}

/// The part that may follow the core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subsection {
    None,
    /// Its type, two bits, and whether Global Privacy Control is on.
    Gpc,
    /// The list of sensitive data, which the core then does not have.
    Sensitive,
}

/// The form of one section.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// The prefix of the section in the platform's interfaces. The national one has another letter.
    pub(super) prefix: &'static [u8; 4],
    pub(super) fields: &'static [Field],
    /// How many codes the list of sensitive data has.
    pub(super) sensitive: u8,
    /// How many codes the list of known minors has.
    pub(super) minors: u8,
    pub(super) subsection: Subsection,
}

pub(super) fn layout(id: u16) -> Option<&'static Layout> {
    SECTIONS.get(usize::from(id).checked_sub(usize::from(FIRST))?)
}

/// The prefix of a section in the platform's interfaces: `usca`.
pub fn prefix(id: u16) -> Option<&'static str> {
    match id {
        2 => Some("tcfeuv2"),
        5 => Some("tcfcav1"),
        6 => Some("uspv1"),
        FIRST => Some("usnat"),
        _ => core::str::from_utf8(layout(id)?.prefix).ok(),
    }
}

/// The number of the first of [`SECTIONS`], the national one; those of the states follow.
pub(super) const FIRST: u16 = 7;

static SECTIONS: [Layout; 21] = [
    form(b"usna", NATIONAL, [16, 3], Subsection::Gpc),
    form(b"usca", CALIFORNIA, [9, 2], Subsection::Gpc),
    form(b"usva", SHARING, [8, 1], Subsection::None),
    form(b"usco", SHARING, [7, 1], Subsection::Gpc),
    form(b"usut", UTAH, [8, 1], Subsection::None),
    form(b"usct", SHARING, [8, 3], Subsection::Gpc),
    form(b"usfl", PROCESSING, [8, 3], Subsection::None),
    form(b"usmt", MONTANA, [8, 3], Subsection::Gpc),
    form(b"usor", PROCESSING, [11, 3], Subsection::Gpc),
    form(b"ustx", PROCESSING, [8, 1], Subsection::Gpc),
    form(b"usde", PROCESSING, [9, 5], Subsection::Gpc),
    form(b"usia", IOWA, [8, 1], Subsection::Gpc),
    form(b"usne", PROCESSING, [8, 1], Subsection::Gpc),
    form(b"usnh", PROCESSING, [8, 3], Subsection::Gpc),
    form(b"usnj", PROCESSING, [10, 5], Subsection::Gpc),
    form(b"ustn", PROCESSING, [8, 1], Subsection::Gpc),
    form(b"usmn", PROCESSING, [8, 1], Subsection::Gpc),
    form(b"usmd", MARYLAND, [0, 0], Subsection::Gpc),
    form(b"usin", AGREEMENT, [8, 1], Subsection::Sensitive),
    form(b"usky", AGREEMENT, [8, 1], Subsection::Sensitive),
    form(b"usri", AGREEMENT, [8, 1], Subsection::Sensitive),
];

const fn form(prefix: &'static [u8; 4], fields: &'static [Field], lists: [u8; 2], subsection: Subsection) -> Layout {
    let [sensitive, minors] = lists;
    Layout { prefix, fields, sensitive, minors, subsection }
}

/// The orders of fields: a paragraph for each, which is read more easily than a column.
#[rustfmt::skip]
mod orders {
    use super::Field::{self, *};

    pub(super) static NATIONAL: &[Field] = &[
        Version, SharingNotice, SaleOptOutNotice, SharingOptOutNotice, TargetedAdvertisingOptOutNotice,
        SensitiveDataProcessingOptOutNotice, SensitiveDataLimitUseNotice, SaleOptOut, SharingOptOut,
        TargetedAdvertisingOptOut, SensitiveDataProcessing, KnownChildSensitiveDataConsents, PersonalDataConsents,
        MspaCoveredTransaction, MspaOptOutOptionMode, MspaServiceProviderMode,
    ];
    pub(super) static CALIFORNIA: &[Field] = &[
        Version, SaleOptOutNotice, SharingOptOutNotice, SensitiveDataLimitUseNotice, SaleOptOut, SharingOptOut,
        SensitiveDataProcessing, KnownChildSensitiveDataConsents, PersonalDataConsents, MspaCoveredTransaction,
        MspaOptOutOptionMode, MspaServiceProviderMode,
    ];
    pub(super) static SHARING: &[Field] = &[
        Version, SharingNotice, SaleOptOutNotice, TargetedAdvertisingOptOutNotice, SaleOptOut,
        TargetedAdvertisingOptOut, SensitiveDataProcessing, KnownChildSensitiveDataConsents, MspaCoveredTransaction,
        MspaOptOutOptionMode, MspaServiceProviderMode,
    ];
    pub(super) static UTAH: &[Field] = &[
        Version, SharingNotice, SaleOptOutNotice, TargetedAdvertisingOptOutNotice,
        SensitiveDataProcessingOptOutNotice, SaleOptOut, TargetedAdvertisingOptOut, SensitiveDataProcessing,
        KnownChildSensitiveDataConsents, MspaCoveredTransaction, MspaOptOutOptionMode, MspaServiceProviderMode,
    ];
    pub(super) static MONTANA: &[Field] = &[
        Version, SharingNotice, SaleOptOutNotice, TargetedAdvertisingOptOutNotice, SaleOptOut,
        TargetedAdvertisingOptOut, SensitiveDataProcessing, KnownChildSensitiveDataConsents,
        AdditionalDataProcessingConsent, MspaCoveredTransaction, MspaOptOutOptionMode, MspaServiceProviderMode,
    ];
    pub(super) static PROCESSING: &[Field] = &[
        Version, ProcessingNotice, SaleOptOutNotice, TargetedAdvertisingOptOutNotice, SaleOptOut,
        TargetedAdvertisingOptOut, SensitiveDataProcessing, KnownChildSensitiveDataConsents,
        AdditionalDataProcessingConsent, MspaCoveredTransaction, MspaOptOutOptionMode, MspaServiceProviderMode,
    ];
    pub(super) static IOWA: &[Field] = &[
        Version, ProcessingNotice, SaleOptOutNotice, TargetedAdvertisingOptOutNotice, SensitiveDataOptOutNotice,
        SaleOptOut, TargetedAdvertisingOptOut, SensitiveDataProcessing, KnownChildSensitiveDataConsents,
        MspaCoveredTransaction, MspaOptOutOptionMode, MspaServiceProviderMode,
    ];
    pub(super) static MARYLAND: &[Field] = &[
        MspaVersion, MspaCoveredTransaction, MspaMode, ProcessingNotice, SaleOptOutNotice,
        TargetedAdvertisingOptOutNotice, SaleOptOut, TargetedAdvertisingOptOut, AdditionalDataProcessingConsent,
    ];
    pub(super) static AGREEMENT: &[Field] = &[
        MspaVersion, MspaCoveredTransaction, MspaMode, ProcessingNotice, SaleOptOutNotice,
        TargetedAdvertisingOptOutNotice, SaleOptOut, TargetedAdvertisingOptOut, KnownChildSensitiveDataConsents,
        AdditionalDataProcessingConsent,
    ];
}

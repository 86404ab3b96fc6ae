//! A string of the Global Privacy Platform under the names of its sections.
//!
//! The shapes are those of the official library. Small sets of a transparency string are truth values, and codes of two bits
//! are numbers. A missing part has the values of a visitor who gave no answer.

use super::json::us_privacy;
use super::tcf::country;
use super::write::Json;
use crate::consent::bits::Restrictions;
use crate::consent::gpp::{Field, GppString, Section, Us, prefix};
use crate::consent::tcf::TcString;

/// The header, and every section that is known.
pub(super) fn string(json: &mut Json<'_>, string: &GppString<'_>) {
    json.name("header");
    json.within(['{', '}'], |json| {
        json.field("Id", 3);
        json.field("Version", 1);
        json.ids("SectionIds", Some(string.section_ids()).into_iter());
    });
    string.sections(|id, section| {
        let Some(prefix) = prefix(id) else { return };
        json.name(prefix);
        json.within(['{', '}'], |json| match section {
            Section::TcfEurope(string) => europe(json, &string),
            Section::TcfCanada(section) => canada(json, &section),
            Section::Usp(string) => us_privacy(json, string),
            Section::Us(section) => us(json, id, &section),
            Section::Unknown => {}
        });
    });
}

/// The fields that both forms begin with.
fn head(json: &mut Json<'_>, string: &TcString<'_>) {
    json.field("Version", string.version());
    json.moment("Created", string.created_ms());
    json.moment("LastUpdated", string.last_updated_ms());
    json.field("CmpId", string.cmp_id());
    json.field("CmpVersion", string.cmp_version());
    json.field("ConsentScreen", string.consent_screen());
    json.text_field("ConsentLanguage", string.consent_language().as_str());
    json.field("VendorListVersion", string.vendor_list_version());
}

fn europe(json: &mut Json<'_>, string: &TcString<'_>) {
    let publisher = string.publisher_tc().unwrap_or_default();
    let customs = publisher.num_custom_purposes();
    head(json, string);
    json.field("PolicyVersion", string.tcf_policy_version());
    json.field("IsServiceSpecific", string.is_service_specific());
    json.field("UseNonStandardStacks", string.use_non_standard_texts());
    json.truths("SpecialFeatureOptins", string.special_feature_optins(), 12);
    json.truths("PurposeConsents", string.purpose_consents(), 24);
    json.truths("PurposeLegitimateInterests", string.purpose_legitimate_interests(), 24);
    json.field("PurposeOneTreatment", string.purpose_one_treatment());
    country(json, "PublisherCountryCode", string);
    json.ids("VendorConsents", Some(string.vendor_consents()).into_iter());
    json.ids("VendorLegitimateInterests", Some(string.vendor_legitimate_interests()).into_iter());
    restrictions(json, "PublisherRestrictions", string.publisher_restrictions());
    json.field("PublisherPurposesSegmentType", 3);
    json.truths("PublisherConsents", publisher.consents(), 24);
    json.truths("PublisherLegitimateInterests", publisher.legitimate_interests(), 24);
    json.field("NumCustomPurposes", customs);
    json.truths("PublisherCustomConsents", publisher.custom_consents(), customs);
    json.truths("PublisherCustomLegitimateInterests", publisher.custom_legitimate_interests(), customs);
    json.field("VendorsAllowedSegmentType", 2);
    json.ids("VendorsAllowed", string.vendors_allowed().into_iter());
    json.field("VendorsDisclosedSegmentType", 1);
    json.ids("VendorsDisclosed", string.vendors_disclosed().into_iter());
}

fn canada(json: &mut Json<'_>, string: &TcString<'_>) {
    let publisher = string.publisher_tc().unwrap_or_default();
    let customs = publisher.num_custom_purposes();
    head(json, string);
    json.field("TcfPolicyVersion", string.tcf_policy_version());
    json.field("UseNonStandardStacks", string.use_non_standard_texts());
    json.truths("SpecialFeatureExpressConsent", string.special_feature_optins(), 12);
    json.truths("PurposesExpressConsent", string.purpose_consents(), 24);
    json.truths("PurposesImpliedConsent", string.purpose_legitimate_interests(), 24);
    json.ids("VendorExpressConsent", Some(string.vendor_consents()).into_iter());
    json.ids("VendorImpliedConsent", Some(string.vendor_legitimate_interests()).into_iter());
    restrictions(json, "PubRestrictions", string.publisher_restrictions());
    json.field("PubPurposesSegmentType", 3);
    json.truths("PubPurposesExpressConsent", publisher.consents(), 24);
    json.truths("PubPurposesImpliedConsent", publisher.legitimate_interests(), 24);
    json.field("NumCustomPurposes", customs);
    json.truths("CustomPurposesExpressConsent", publisher.custom_consents(), customs);
    json.truths("CustomPurposesImpliedConsent", publisher.custom_legitimate_interests(), customs);
    json.field("DisclosedVendorsSegmentType", 1);
    json.ids("DisclosedVendors", string.vendors_disclosed().into_iter());
}

/// The entries as they stand, one for each of the string.
fn restrictions(json: &mut Json<'_>, name: &str, restrictions: Restrictions<'_>) {
    json.list(name, restrictions, |json, entry| {
        json.within(['{', '}'], |json| {
            json.field("key", entry.purpose);
            json.field("type", entry.kind);
            json.ids("ids", Some(entry.vendors).into_iter());
        });
    });
}

fn us(json: &mut Json<'_>, id: u16, section: &Us<'_>) {
    if section.has_header {
        json.field("SectionID", id);
        json.field("Version", 1);
    }
    for (field, codes) in section.fields() {
        match field {
            Field::Version | Field::MspaVersion => json.field(field.name(), codes.version()),

            Field::SensitiveDataProcessing | Field::KnownChildSensitiveDataConsents if codes.count() > 1 => {
                json.list(field.name(), codes.iter(), |json, code| json.plain(code));
            }
            _ => json.field(field.name(), codes.iter().next().unwrap_or(0)),
        }
    }
    if section.may_have_gpc() {
        json.field("GpcSegmentType", 1);
        json.field("GpcSegmentIncluded", section.gpc().is_some());
        json.field("Gpc", section.gpc().unwrap_or(false));
    }
    if let Some(included) = section.has_sensitive_part() {
        json.field("SensitiveDataConsentSegmentIncluded", included);
    }
}

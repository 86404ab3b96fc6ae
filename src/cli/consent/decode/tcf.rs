//! A TC string under the names of its official model.

use super::write::Json;
use crate::consent::bits::Restrictions;
use crate::consent::tcf::TcString;

pub(super) fn string(json: &mut Json<'_>, string: &TcString<'_>) {
    let publisher = string.publisher_tc().unwrap_or_default();
    let segments = [
        ("core", true),
        ("vendorsDisclosed", string.vendors_disclosed().is_some()),
        ("vendorsAllowed", string.vendors_allowed().is_some()),
        ("publisherTC", string.publisher_tc().is_some()),
    ];
    let there = segments.iter().filter(|(_, is_there)| *is_there);
    json.list("segments", there, |json, (name, _)| json.text(name));
    json.field("version", 2);
    json.moment("created", string.created_ms());
    json.moment("lastUpdated", string.last_updated_ms());
    json.field("cmpId", string.cmp_id());
    json.field("cmpVersion", string.cmp_version());
    json.field("consentScreen", string.consent_screen());
    json.text_field("consentLanguage", string.consent_language().as_str());
    json.field("vendorListVersion", string.vendor_list_version());
    // The specification's name, and that of the official model.
    json.field("tcfPolicyVersion", string.tcf_policy_version());
    json.field("policyVersion", string.tcf_policy_version());
    json.field("isServiceSpecific", string.is_service_specific());
    json.field("useNonStandardTexts", string.use_non_standard_texts());
    json.flags("specialFeatureOptins", string.special_feature_optins());
    json.flags("purposeConsents", string.purpose_consents());
    json.flags("purposeLegitimateInterests", string.purpose_legitimate_interests());
    json.field("purposeOneTreatment", string.purpose_one_treatment());
    country(json, "publisherCountryCode", string);
    json.ids("vendorConsents", Some(string.vendor_consents()).into_iter());
    json.ids("vendorLegitimateInterests", Some(string.vendor_legitimate_interests()).into_iter());
    restrictions(json, string.publisher_restrictions());
    json.ids("vendorsDisclosed", string.vendors_disclosed().into_iter());
    json.ids("vendorsAllowed", string.vendors_allowed().into_iter());
    json.flags("publisherConsents", publisher.consents());
    json.flags("publisherLegitimateInterests", publisher.legitimate_interests());
    json.field("numCustomPurposes", publisher.num_custom_purposes());
    json.flags("publisherCustomConsents", publisher.custom_consents());
    json.flags("publisherCustomLegitimateInterests", publisher.custom_legitimate_interests());
}

/// The country whose law the publisher is under, if the string has one.
pub(super) fn country(json: &mut Json<'_>, name: &str, string: &TcString<'_>) {
    if let Some(country) = string.publisher_country_code() {
        json.text_field(name, country.as_str());
    }
}

/// The publisher's restrictions, gathered by purpose and type. An entry without a vendor has no effect.
fn restrictions(json: &mut Json<'_>, restrictions: Restrictions<'_>) {
    let mut kinds = [0_u64; 4];
    for entry in restrictions.clone().filter(|entry| !entry.vendors.is_empty()) {
        kinds[usize::from(entry.kind & 3)] |= 1 << (entry.purpose & 63);
    }
    let pairs = (1..64).flat_map(|purpose| (0..4).map(move |kind| (purpose, kind)));
    let there = pairs.filter(|(purpose, kind)| kinds[usize::from(*kind)] >> purpose & 1 == 1);
    json.list("publisherRestrictions", there, |json, (purpose, kind): (u8, u8)| {
        json.within(['{', '}'], |json| {
            json.field("purposeId", purpose);
            json.field("restrictionType", kind);
            let of_pair = restrictions.clone().filter(|entry| (entry.purpose, entry.kind) == (purpose, kind));
            json.ids("vendors", of_pair.map(|entry| entry.vendors));
        });
    });
}

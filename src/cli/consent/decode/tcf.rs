//! A TC string under the names of its official model.

use super::write::Json;
use crate::consent::bits::Restrictions;
use crate::consent::tcf::TcString;

/// Every field of the string.
pub(super) fn string(json: &mut Json<'_>, string: &TcString<'_>) {
    let core = &string.core;
    let publisher = string.publisher_tc.unwrap_or_default();
    let segments = [
        ("core", true),
        ("vendorsDisclosed", string.vendors_disclosed.is_some()),
        ("vendorsAllowed", string.vendors_allowed.is_some()),
        ("publisherTC", string.publisher_tc.is_some()),
    ];
    let there = segments.iter().filter(|(_, is_there)| *is_there);
    json.list("segments", there, |json, (name, _)| json.text(name));
    json.field("version", 2);
    json.moment("created", core.created_ms());
    json.moment("lastUpdated", core.last_updated_ms());
    json.field("cmpId", core.cmp_id());
    json.field("cmpVersion", core.cmp_version());
    json.field("consentScreen", core.consent_screen());
    json.text_field("consentLanguage", core.consent_language().as_str());
    json.field("vendorListVersion", core.vendor_list_version());
    // The specification's name, and that of the official model.
    json.field("tcfPolicyVersion", core.tcf_policy_version());
    json.field("policyVersion", core.tcf_policy_version());
    json.field("isServiceSpecific", core.is_service_specific());
    json.field("useNonStandardTexts", core.use_non_standard_texts());
    json.flags("specialFeatureOptins", core.special_feature_optins());
    json.flags("purposeConsents", core.purpose_consents());
    json.flags("purposeLegitimateInterests", core.purpose_legitimate_interests());
    json.field("purposeOneTreatment", core.purpose_one_treatment());
    json.text_field("publisherCountryCode", core.publisher_country_code().as_str());
    json.ids("vendorConsents", Some(core.vendor_consents).into_iter());
    json.ids("vendorLegitimateInterests", Some(core.vendor_legitimate_interests).into_iter());
    restrictions(json, core.publisher_restrictions);
    json.ids("vendorsDisclosed", string.vendors_disclosed.into_iter());
    json.ids("vendorsAllowed", string.vendors_allowed.into_iter());
    json.flags("publisherConsents", publisher.consents());
    json.flags("publisherLegitimateInterests", publisher.legitimate_interests());
    json.field("numCustomPurposes", publisher.num_custom_purposes());
    json.flags("publisherCustomConsents", publisher.custom_consents());
    json.flags("publisherCustomLegitimateInterests", publisher.custom_legitimate_interests());
}

/// What the publisher forbids, gathered by purpose and type; an entry without a vendor says nothing.
fn restrictions(json: &mut Json<'_>, restrictions: Restrictions<'_>) {
    let mut kinds = [0_u64; 4];
    for entry in restrictions.iter().filter(|entry| !entry.vendors.is_empty()) {
        kinds[usize::from(entry.kind & 3)] |= 1 << (entry.purpose & 63);
    }
    let pairs = (1..64).flat_map(|purpose| (0..4).map(move |kind| (purpose, kind)));
    let there = pairs.filter(|(purpose, kind)| kinds[usize::from(*kind)] >> purpose & 1 == 1);
    json.list("publisherRestrictions", there, |json, (purpose, kind): (u8, u8)| {
        json.within(['{', '}'], |json| {
            json.field("purposeId", purpose);
            json.field("restrictionType", kind);
            let of_pair = restrictions.iter().filter(|entry| (entry.purpose, entry.kind) == (purpose, kind));
            json.ids("vendors", of_pair.map(|entry| entry.vendors));
        });
    });
}

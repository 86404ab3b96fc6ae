//! One JSON object for each string.

use alloc::string::String;

use super::write::Json;
use super::{gpp, tcf, words};
use crate::consent::kind::{Kind, kind};
use crate::consent::usp::{self, Usp};

pub(super) fn line(text: &str, out: &mut String) {
    let kind = kind(text);
    let object = |out: &mut String, inside: &dyn Fn(&mut Json<'_>)| {
        Json::new(out).within(['{', '}'], |json| {
            json.text_field("format", kind.name());
            inside(json);
        });
    };
    let decoded = match kind {
        Kind::Tcf => crate::consent::tcf::decode(text).map(|string| object(out, &|json| tcf::string(json, &string))),
        Kind::Gpp => crate::consent::gpp::decode(text).map(|string| object(out, &|json| gpp::string(json, &string))),
        Kind::Usp => usp::decode(text).map(|string| object(out, &|json| us_privacy(json, string))),
    };
    if let Err(malformed) = decoded {
        object(out, &|json| {
            json.text_field("error", malformed.name());
            json.text_field("message", words::sentence(malformed));
        });
    }
    out.push('\n');
}

/// The fields of a US Privacy string under the names that they have as a section of GPP.
pub(super) fn us_privacy(json: &mut Json<'_>, string: Usp) {
    json.field("Version", 1);
    json.text_field("Notice", string.notice.name());
    json.text_field("OptOutSale", string.opt_out_sale.name());
    json.text_field("LspaCovered", string.lspa_covered.name());
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::line;

    fn object(text: &str) -> Value {
        let mut out = String::new();
        line(text, &mut out);
        serde_json::from_str(out.strip_suffix('\n').expect("one line")).expect("one object")
    }

    #[test]
    fn a_transparency_string_has_every_field() {
        let text = "COrEAV4OrXx94ACABBENAHCIAD-AAAAAAACAAxAAAAgAIAwgAgAAAAEAgQAAAAAEAYQAQAAAACAAAABAAA\
                    .IBAgAAAgAIAwgAgAAAAEAAAACA.QAagAQAgAIAwgA";
        // The official library gives the same answer.
        let expected = json!({
            "format": "tcf", "segments": ["core", "vendorsDisclosed", "vendorsAllowed"], "version": 2,
            "created": "2019-12-04T18:53:00.000Z", "lastUpdated": "2019-12-10T18:53:00.000Z",
            "cmpId": 2, "cmpVersion": 1, "consentLanguage": "EN",
            "vendorConsents": [23, 37, 47, 48, 53, 65, 98], "vendorsDisclosed": [23, 37, 47, 48, 53, 65, 98, 129],
            "vendorsAllowed": [12, 23, 37, 47, 48, 53], "numCustomPurposes": 0, "publisherRestrictions": [],
        });
        let object = object(text);
        for (field, value) in expected.as_object().expect("an object") {
            assert_eq!(&object[field], value, "{field}");
        }
        assert_eq!(object.as_object().map(serde_json::Map::len), Some(29));
    }

    #[test]
    fn sections_have_the_names_of_their_specifications() {
        let expected = json!({
            "format": "gpp",
            "header": { "Id": 3, "Version": 1, "SectionIds": [8] },
            "usca": {
                "Version": 1, "SaleOptOutNotice": 1, "SharingOptOutNotice": 1, "SensitiveDataLimitUseNotice": 1,
                "SaleOptOut": 1, "SharingOptOut": 1, "SensitiveDataProcessing": [2, 1, 0, 2, 1, 0, 2, 1, 0],
                "KnownChildSensitiveDataConsents": [2, 1], "PersonalDataConsents": 1, "MspaCoveredTransaction": 1,
                "MspaOptOutOptionMode": 1, "MspaServiceProviderMode": 2,
                "GpcSegmentType": 1, "GpcSegmentIncluded": true, "Gpc": true,
            },
        });
        assert_eq!(object("DBABBg~BVWSSSVY.YA"), expected);
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let expected = json!({
            "format": "tcf", "error": "version", "message": "it has a version that is not supported",
        });
        assert_eq!(object("BO2e4qiO2e4qiB9ABADEDS-AAAAxKABgACBiQA"), expected);
        assert_eq!(object("")["error"], "empty");
        assert_eq!(object("DBABMA")["error"], "section");
        assert_eq!(object("1YNN")["OptOutSale"], "N");
    }
}

//! Closed sets that authors name instead of writing them out.
//!
//! Takes a name, gives the sorted members. The lists are the standards' own; nothing here is looked up at run time.

/// The members of the set called `name`.
pub(crate) fn members(name: &str) -> Option<Vec<String>> {
    let list = match name {
        "iso-3166-1" => COUNTRIES,
        "iso-639-1" => LANGUAGES,
        "iso-4217" => CURRENCIES,
        _ => return None,
    };
    Some(list.split_ascii_whitespace().map(str::to_owned).collect())
}

/// The names there are.
pub(crate) const NAMES: [&str; 3] = ["iso-3166-1", "iso-639-1", "iso-4217"];

/// True if `code` is a country, or a country and a subdivision of it (`US-CA`).
pub(crate) fn is_region(code: &str) -> bool {
    let (country, part) = code.split_once('-').map_or((code, None), |(country, part)| (country, Some(part)));
    let part_ok = part.is_none_or(|part| {
        (1..=3).contains(&part.len()) && part.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
    });
    part_ok && countries().any(|known| known == country)
}

/// Every ISO 3166-1 alpha-2 code.
pub(crate) fn countries() -> impl Iterator<Item = &'static str> + Clone {
    COUNTRIES.split_ascii_whitespace()
}

/// Codes that people write when they mean another one.
pub(crate) fn usual_mistake(code: &str) -> Option<&'static str> {
    Some(match code.to_ascii_uppercase().as_str() {
        "UK" | "EN" | "GBR" => "GB",
        "EL" | "GRC" => "GR",
        "USA" => "US",
        "DEU" | "GER" => "DE",
        "AUT" => "AT",
        "CHE" | "SUI" => "CH",
        "FRA" => "FR",
        "JAP" | "JPN" => "JP",
        "DNK" => "DK",
        _ => return countries().find(|known| known.eq_ignore_ascii_case(code)),
    })
}

/// ISO 3166-1 alpha-2.
const COUNTRIES: &str = "\
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ \
    CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO \
    FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE \
    JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO \
    MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW \
    PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM \
    TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

/// ISO 639-1.
const LANGUAGES: &str = "\
    aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en \
    eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja \
    jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb \
    nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq \
    sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu";

/// ISO 4217: currencies and funds, without metals and test codes.
const CURRENCIES: &str = "\
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE \
    CHF CHW CLF CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ \
    GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL \
    LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR \
    PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY \
    TTD TWD TZS UAH UGX USD USN UYI UYU UYW UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_sorted_and_of_the_right_size() {
        for (name, size) in [("iso-3166-1", 249), ("iso-639-1", 183), ("iso-4217", 165)] {
            let members = members(name).expect(name);
            assert_eq!(members.len(), size, "{name}");
            assert!(members.is_sorted() && members.iter().all(|code| code.len() == members[0].len()), "{name}");
        }
    }

    #[test]
    fn regions_are_countries_and_their_parts() {
        assert!(is_region("DE") && is_region("US-CA") && is_region("GB-ENG"));
        assert!(!is_region("UK") && !is_region("de") && !is_region("US-") && !is_region("US-CALI") && !is_region("EU"));
        assert_eq!(usual_mistake("UK"), Some("GB"));
        assert_eq!(usual_mistake("de"), Some("DE"));
    }
}

//! Time zones that were probably meant.
//!
//! Takes what is written, gives a name of the IANA database. An abbreviation such as `IST` is of three countries, and gives none.

use super::names::closest;

/// How zones are named.
pub(crate) const HELP: &str = "write a zone by a place, as in \"Europe/Berlin\", or \"UTC\"";

/// Why a zone without summer time is probably not meant.
pub(crate) const WITHOUT_SUMMER: &str = "it has no summer time, so it is an hour off for half of the year";

/// The zone that was probably meant: one of that place, or a name with a slip of the keyboard.
pub(crate) fn meant(name: &str) -> Option<String> {
    let all: Vec<String> = jiff::tz::db().available().map(|zone| zone.to_string()).collect();
    let places = || all.iter().filter(|zone| zone.contains('/')).map(String::as_str);
    let place = |zone: &str| zone.rsplit('/').next().unwrap_or_default().replace('_', " ");
    let name = name.trim();
    let written = name.replace('_', " ");
    let exact = all.iter().find(|zone| zone.eq_ignore_ascii_case(name)).map(String::as_str);
    let city = || places().find(|zone| place(zone).eq_ignore_ascii_case(&written));
    // Short words are all similar.
    let slip = || if name.contains('/') { closest(name, places()) } else { None };
    let city_slip = || {
        let cities: Vec<String> = places().map(place).collect();
        let city = Some(&written)
            .filter(|name| name.len() > 4)
            .and_then(|name| closest(name, cities.iter().map(String::as_str)))?;
        places().find(|zone| place(zone) == city)
    };
    exact.or_else(city).or_else(slip).or_else(city_slip).map(str::to_owned)
}

/// The place for a zone that is one offset all year, where clocks of people are not.
pub(crate) fn without_summer(name: &str) -> Option<&'static str> {
    match name {
        "EST" => Some("America/New_York"),
        "MST" => Some("America/Denver"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::meant;

    #[test]
    fn a_place_or_nothing() {
        let cases = [
            ("Berlin", Some("Europe/Berlin")),
            ("new york", Some("America/New_York")),
            ("europe/berlin", Some("Europe/Berlin")),
            ("Europe/Berlim", Some("Europe/Berlin")),
            ("Berlim", Some("Europe/Berlin")),
            ("utc", Some("UTC")),
            ("PST", None),
            ("BST", None),
            ("IST", None),
            ("CEST", None),
            ("AEDT", None),
        ];
        for (written, expected) in cases {
            assert_eq!(meant(written).as_deref(), expected, "{written}");
        }
    }
}

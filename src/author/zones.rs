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
    if name.contains(['+', '-']) && help(name) != HELP {
        // `Etc/GMT+1` is the name of UTC-1: never what is meant.
        return None;
    }
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

/// Why a zone is probably not the one that was meant, and the place that was, where that is known.
pub(crate) fn doubt(name: &str) -> Option<(String, Option<&'static str>)> {
    let place = match name {
        "EST" => "America/New_York",
        "MST" => "America/Denver",
        "Factory" => return Some(("it is the name for a clock that nobody has set".into(), None)),
        _ => {
            let (sign, hours) = signed(name.strip_prefix("Etc/GMT")?)?;
            let sign = if sign == '+' { '-' } else { '+' };
            let why = format!("its sign is the other way round: it is UTC{sign}{hours}, also in summer");
            return (hours > 0).then_some((why, None));
        }
    };
    Some((WITHOUT_SUMMER.into(), Some(place)))
}

/// How to write what is no zone: the zone of the offset of `GMT+1`, whose sign the database turns round, or a place.
pub(crate) fn help(name: &str) -> String {
    let offset = ["GMT", "UTC", "UT", ""].iter().find_map(|zone| {
        let (sign, hours) = signed(name.trim().to_ascii_uppercase().strip_prefix(zone)?)?;
        (1..=12)
            .contains(&hours)
            .then(|| if sign == '+' { format!("Etc/GMT-{hours}") } else { format!("Etc/GMT+{hours}") })
    });
    offset.map_or_else(|| HELP.into(), |zone| format!("{HELP}; the offset alone, without summer time, is \"{zone}\""))
}

/// The sign and the whole hours of an offset: `+1`, `+01:00`, `+0100`.
fn signed(offset: &str) -> Option<(char, u32)> {
    let (sign, digits) = offset.chars().next().filter(|c| "+-".contains(*c)).zip(offset.get(1..))?;
    let hours =
        digits.strip_suffix(":00").or(digits.strip_suffix("00").filter(|hours| hours.len() == 2)).unwrap_or(digits);
    let is_number = (1..=2).contains(&hours.len()) && hours.bytes().all(|byte| byte.is_ascii_digit());
    Some((sign, hours.parse().ok().filter(|_| is_number)?))
}

#[cfg(test)]
mod tests {
    use super::{HELP, doubt, help, meant};

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
            ("GMT+1", None),
            ("UTC-05:00", None),
        ];
        for (written, expected) in cases {
            assert_eq!(meant(written).as_deref(), expected, "{written}");
        }
    }

    #[test]
    fn an_offset_is_told_with_the_sign_that_the_database_gives_it() {
        for (written, zone) in
            [("GMT+1", "-1"), ("UTC+01:00", "-1"), ("utc-5", "+5"), ("+02:00", "-2"), ("-0300", "+3")]
        {
            assert!(help(written).ends_with(&format!("\"Etc/GMT{zone}\"")), "{}", help(written));
        }
        assert_eq!([help("PST"), help("GMT+25")], [HELP, HELP]);
        let why = |name| doubt(name).map(|(why, _)| why).unwrap_or_default();
        assert!(
            why("Etc/GMT+5").contains("UTC-5") && why("Etc/GMT-14").contains("UTC+14") && !why("Factory").is_empty()
        );
        assert_eq!(
            ["UTC", "Etc/GMT", "Etc/GMT0", "Etc/GMT+0", "Europe/Berlin", "America/Port-au-Prince"].map(why),
            [""; 6]
        );
    }
}

//! The pieces against other people's: `semver`, the standard library, `jiff`.

use core::cmp::Ordering;
use core::net::IpAddr;

use proptest::prelude::*;

use super::text::{Case, Shape, Text};
use super::{FUEL, Fuel, address, calendar, version};
use crate::bundle::Part;

fn fuel() -> Fuel {
    Fuel(FUEL)
}

fn shape(open_start: bool, open_end: bool, stars: bool) -> Shape {
    Shape { open_start, open_end, stars }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn a_version_is_what_semver_reads(text in "(0|[1-9][0-9]{0,2}|00?|-)(\\.(0|[1-9]|01|x)){1,3}(-[0a.1-]{0,5})?(\\+[0a.1-]{0,5})?") {
        let theirs = semver::Version::parse(&text);
        prop_assert_eq!(version::is_version(text.as_bytes()), theirs.is_ok(), "{}", text);
        if let Ok(theirs) = theirs {
            for (position, number) in [theirs.major, theirs.minor, theirs.patch].into_iter().enumerate() {
                prop_assert_eq!(version::number(text.as_bytes(), position), i64::try_from(number).ok());
            }
        }
    }

    #[test]
    fn precedence_is_that_of_semver(one in version_text(), other in version_text()) {
        let theirs = semver::Version::parse(&one).unwrap().cmp_precedence(&semver::Version::parse(&other).unwrap());
        prop_assert_eq!(version::precedence(Text::new(&one), Text::new(&other)), theirs, "{} {}", one, other);
        let lowered = (one.to_ascii_lowercase(), other.to_ascii_lowercase());
        let theirs = version::precedence(Text::new(&lowered.0), Text::new(&lowered.1));
        let ours = version::precedence(Text::new(&one).cased(Case::Lower), Text::new(&other).cased(Case::Lower));
        prop_assert_eq!(ours, theirs, "{} {} in lower case", one, other);
    }

    #[test]
    fn an_address_is_what_the_standard_library_reads(text in address_text()) {
        prop_assert_eq!(address::parse(text.as_bytes()), expected_address(&text), "{}", text);
    }

    #[test]
    fn written_addresses_come_back(bits: u128, hidden in 0_u32..128, is_short: bool) {
        // Runs of zeros are what the short form is about.
        let bits = if is_short { bits >> hidden } else { bits << hidden };
        let text = core::net::Ipv6Addr::from(bits).to_string();
        prop_assert_eq!(address::parse(text.as_bytes()), expected_address(&text), "{}", text);
        let text = core::net::Ipv4Addr::from(bits as u32).to_string();
        prop_assert_eq!(address::parse(text.as_bytes()), expected_address(&text), "{}", text);
    }

    #[test]
    fn cased_texts_are_their_copies(text in "[aAzZ@\\[`{éÉ*0]{0,6}", pattern in "[aAzZéÉ*0]{0,3}") {
        for case in [Case::Kept, Case::Lower, Case::Upper] {
            let copy = |text: &str| match case {
                Case::Kept => text.to_owned(),
                Case::Lower => text.to_ascii_lowercase(),
                Case::Upper => text.to_ascii_uppercase(),
            };
            let (ours, wanted) = (Text::new(&text).cased(case), Text::new(&pattern));
            let theirs = copy(&text);
            prop_assert_eq!(ours.compare(wanted), theirs.as_str().cmp(&pattern));
            prop_assert_eq!(wanted.compare(ours), pattern.as_str().cmp(&theirs));
            prop_assert_eq!(ours.size(), theirs.chars().count() as i64);
            let matches = |shape| ours.matches(wanted, shape, &mut fuel()).unwrap();
            prop_assert_eq!(matches(shape(false, true, false)), theirs.starts_with(&pattern));
            prop_assert_eq!(matches(shape(true, false, false)), theirs.ends_with(&pattern));
            prop_assert_eq!(matches(shape(true, true, false)), theirs.contains(&pattern));
            prop_assert_eq!(matches(shape(false, false, false)), theirs == pattern);
            prop_assert_eq!(matches(shape(false, false, true)), crate::page::matches(&pattern, &theirs));
        }
    }
}

fn version_text() -> impl Strategy<Value = String> {
    let identifier = "(0|[1-9][0-9]{0,2}|[aBb-][0aAB-]{0,2})";
    let pattern = format!(
        "(0|1|2|10)\\.(0|1|9|10)\\.(0|1|18446744073709551615)(-{identifier}(\\.{identifier}){{0,2}})?(\\+[0a]{{1,2}})?"
    );
    proptest::string::string_regex(&pattern).unwrap()
}

fn address_text() -> impl Strategy<Value = String> {
    let number = "(0|1|9|00|01|255|256|1000|a|)";
    let group = "(0|1|ffff|FFFF|00001|g|:|)";
    let four = format!("{number}(\\.{number}){{2,4}}");
    let six = format!("{group}(:{group}){{0,9}}(:(1\\.2\\.3\\.4|1\\.2\\.3|::|%eth0))?");
    prop_oneof![proptest::string::string_regex(&four).unwrap(), proptest::string::string_regex(&six).unwrap()]
}

/// The standard library's reading; the place of mapped addresses is taken by version 4 alone.
fn expected_address(text: &str) -> Option<u128> {
    match text.parse().ok()? {
        IpAddr::V4(address) => Some(u128::from(address.to_ipv6_mapped())),
        IpAddr::V6(address) => address.to_ipv4_mapped().is_none().then(|| u128::from(address)),
    }
}

#[test]
fn versions_that_are_none() {
    for text in "|1|1.2|1.2.3.4|v1.2.3|1.2.3-|1.2.3+|1.2.3-a..b|1.2.3-a_b|1.2.-3|1.2.3-01|01.2.3| 1.2.3|1.2.é|1.2.3-é"
        .split('|')
    {
        assert!(!version::is_version(text.as_bytes()), "{text}");
    }
    for text in ["0.0.0", "1.2.3-0a.1+001.--", "1.2.3--", "99999999999999999999999.0.0"] {
        assert!(version::is_version(text.as_bytes()), "{text}");
    }
    assert_eq!(version::number(b"9223372036854775807.0.0", 0), Some(i64::MAX));
    assert_eq!(version::number(b"9223372036854775808.0.0", 0), None);
    let long = |text| Text::new(text);
    let ordering = version::precedence(long("99999999999999999999998.0.0"), long("100000000000000000000000.0.0"));
    assert_eq!(ordering, Ordering::Less);
}

#[test]
fn precedence_is_that_of_the_specification() {
    let rising = "0.0.0-0 < 0.9.9 < 1.0.0-alpha < 1.0.0-alpha.1 < 1.0.0-alpha.beta < 1.0.0-beta < 1.0.0-beta.2 < 1.0.0-beta.11 \
        < 1.0.0-rc.1 < 1.0.0+build < 1.0.1-0 < 1.0.1 < 1.2.0 < 1.10.0 < 99999999999999999999999.0.0 < \
        100000000000000000000000.0.0";
    let rising: Vec<&str> = rising.split(" < ").collect();
    for (position, one) in rising.iter().enumerate() {
        for (other_position, other) in rising.iter().enumerate() {
            let ordering = version::precedence(Text::new(one), Text::new(other));
            assert_eq!(ordering, position.cmp(&other_position), "{one} {other}");
        }
    }
    assert_eq!(version::precedence(Text::new("1.0.0"), Text::new("1.0.0+x")), Ordering::Equal);
}

#[test]
fn networks_hold_their_own_version() {
    let parse = |text: &str| address::parse(text.as_bytes()).unwrap();
    let cases = [
        ("10.1.2.3", "10.0.0.0", 96 + 8, true),
        ("11.1.2.3", "10.0.0.0", 96 + 8, false),
        ("10.1.2.3", "10.1.2.3", 128, true),
        ("10.1.2.4", "10.1.2.3", 128, false),
        ("255.0.0.1", "0.0.0.0", 96, true),
        ("2001:db8::1", "2001:db8::", 32, true),
        ("2001:db9::1", "2001:db8::", 32, false),
        ("::1", "::", 0, true),
        ("10.1.2.3", "::", 0, false),
        ("10.1.2.3", "::", 80, false),
        ("::1", "0.0.0.0", 96, false),
    ];
    for (address, network, prefix, expected) in cases {
        let is_within = address::is_within(parse(address), parse(network), prefix);
        assert_eq!(is_within, expected, "{address} in {network}/{prefix}");
    }
}

#[test]
fn patterns_that_go_back_forever_run_out_of_fuel() {
    let (text, pattern) = ("a".repeat(65_535), "a".repeat(30_000) + "b");
    let mut fuel = fuel();
    assert_eq!(Text::new(&text).matches(Text::new(&pattern), shape(true, true, false), &mut fuel), None);
    assert_eq!(fuel.0, 0, "nothing is left");
    assert_eq!(fuel.spend(1), None);
}

#[test]
fn every_part_of_a_time_is_that_of_jiff() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for number in 0..100_000 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let span = crate::words::time::MAX - crate::words::time::TIMESTAMP_MIN;
        let ms = crate::words::time::TIMESTAMP_MIN + (state >> 8) as i64 % span;
        let theirs = jiff::Timestamp::from_millisecond(ms.clamp(-62_135_596_800_000, 253_402_207_200_000)).unwrap();
        let (ms, theirs) = (theirs.as_millisecond(), theirs.to_zoned(jiff::tz::TimeZone::UTC));
        let expected = [
            (Part::FullYear, i64::from(theirs.year())),
            (Part::Month, i64::from(theirs.month()) - 1),
            (Part::Date, i64::from(theirs.day())),
            (Part::DayOfMonth, i64::from(theirs.day()) - 1),
            (Part::DayOfWeek, i64::from(theirs.weekday().to_sunday_zero_offset())),
            (Part::DayOfYear, i64::from(theirs.day_of_year()) - 1),
            (Part::Hours, i64::from(theirs.hour())),
            (Part::Minutes, i64::from(theirs.minute())),
            (Part::Seconds, i64::from(theirs.second())),
            (Part::Milliseconds, i64::from(theirs.millisecond())),
        ];
        for (part, value) in expected {
            assert_eq!(calendar::part(part, ms), Some(value), "{part} of {theirs}, instant {number}");
        }
    }
}

#[test]
fn parts_of_durations_are_cut_toward_zero() {
    let parts = |ms| {
        [Part::Hours, Part::Minutes, Part::Seconds, Part::Milliseconds].map(|part| calendar::part_of_duration(part, ms))
    };
    assert_eq!(parts(10_000_321), [Some(2), Some(166), Some(10_000), Some(321)]);
    assert_eq!(parts(-1_500), [Some(0), Some(0), Some(-1), Some(-500)]);
    assert_eq!(calendar::part_of_duration(Part::Date, 0), None);
}

//! Values as CEL calculates them: numbers, times, versions and addresses.
//!
//! Takes values, gives values; what CEL calls an error is unknown. It never looks at a compiled program.

use std::cmp::Ordering;
use std::net::IpAddr;

use jiff::tz::{Offset, TimeZone};
use selvedge::author::expr::{Arithmetic, Case, Part, Zone};
use selvedge::author::site::Literal;

/// What a term comes to.
pub(crate) enum Value {
    Unknown,
    Absent,
    One(Literal),
    Many(Vec<Literal>),
    Version(Version),
    Ip(IpAddr),
}

/// Years 1 to 9999 in milliseconds.
const TIMESTAMPS: std::ops::RangeInclusive<i128> = -62_135_596_800_000..=253_402_300_799_999;
/// What nanoseconds in 64 bits can hold, in milliseconds.
const DURATIONS: std::ops::RangeInclusive<i128> = -9_223_372_036_854..=9_223_372_036_854;
/// 2070-01-01T00:00:00Z
const ZONES_END: i64 = 3_155_760_000_000;
const INTS: std::ops::RangeInclusive<i128> = i64::MIN as i128..=i64::MAX as i128;

fn within(range: std::ops::RangeInclusive<i128>, number: i128, literal: fn(i64) -> Literal) -> Value {
    if range.contains(&number) { Value::One(literal(number as i64)) } else { Value::Unknown }
}

pub(crate) fn calculated(by: Arithmetic, left: Value, right: Value) -> Value {
    use Arithmetic::{Add, Divide, Modulo, Multiply, Subtract};
    use Literal::{Double, Duration, Int, Timestamp};
    let (Value::One(left), Value::One(right)) = (left, right) else { return Value::Unknown };
    match (by, left, right) {
        (Divide | Modulo, Int(_), Int(0)) => Value::Unknown,
        (by, Int(left), Int(right)) => {
            let (left, right) = (i128::from(left), i128::from(right));
            // A quotient that does not fit takes its remainder with it.
            if by == Modulo && !INTS.contains(&(left / right)) {
                return Value::Unknown;
            }
            let result = match by {
                Add => left + right,
                Subtract => left - right,
                Multiply => left * right,
                Divide => left / right,
                Modulo => left % right,
            };
            within(INTS, result, Int)
        }
        (Add, Double(left), Double(right)) => Value::One(Double(left + right)),
        (Subtract, Double(left), Double(right)) => Value::One(Double(left - right)),
        (Multiply, Double(left), Double(right)) => Value::One(Double(left * right)),
        (Divide, Double(left), Double(right)) => Value::One(Double(left / right)),
        (Subtract, Timestamp(left), Timestamp(right)) => {
            within(DURATIONS, i128::from(left) - i128::from(right), Duration)
        }
        (Add, Timestamp(left), Duration(right)) | (Add, Duration(left), Timestamp(right)) => {
            within(TIMESTAMPS, i128::from(left) + i128::from(right), Timestamp)
        }
        (Subtract, Timestamp(left), Duration(right)) => {
            within(TIMESTAMPS, i128::from(left) - i128::from(right), Timestamp)
        }
        (Add, Duration(left), Duration(right)) => within(DURATIONS, i128::from(left) + i128::from(right), Duration),
        (Subtract, Duration(left), Duration(right)) => {
            within(DURATIONS, i128::from(left) - i128::from(right), Duration)
        }
        other => panic!("CEL has no {other:?}"),
    }
}

pub(crate) fn negated(value: Value) -> Value {
    match value {
        Value::One(Literal::Int(number)) => within(INTS, -i128::from(number), Literal::Int),
        Value::One(Literal::Double(number)) => Value::One(Literal::Double(-number)),
        Value::One(Literal::Duration(ms)) => Value::One(Literal::Duration(-ms)),
        _ => Value::Unknown,
    }
}

/// Cut toward zero; both ends of the ints are out of range. A time is its last whole second.
pub(crate) fn to_int(value: Value) -> Value {
    let edge = 2.0_f64.powi(63);
    match value {
        Value::One(Literal::Double(number)) if -edge < number && number < edge => {
            Value::One(Literal::Int(number.trunc() as i64))
        }
        Value::One(Literal::Timestamp(ms)) => Value::One(Literal::Int(ms.div_euclid(1_000))),
        _ => Value::Unknown,
    }
}

pub(crate) fn cased(case: Case, value: Value) -> Value {
    let Value::One(Literal::Text(text)) = value else { return Value::Unknown };
    let letters = text.chars().map(|letter| match (case, letter) {
        (Case::Lower, 'A'..='Z') => (letter as u8 + 32) as char,
        (Case::Upper, 'a'..='z') => (letter as u8 - 32) as char,
        _ => letter,
    });
    Value::One(Literal::Text(letters.collect()))
}

pub(crate) fn part(part: Part, zone: &Zone, value: Value) -> Value {
    let int = |number: i64| Value::One(Literal::Int(number));
    match (part, value) {
        // Nobody knows the laws of places so far ahead.
        (_, Value::One(Literal::Timestamp(ms))) if matches!(zone, Zone::Named(_)) && ms >= ZONES_END => Value::Unknown,
        (_, Value::One(Literal::Timestamp(ms))) => int(part_of_clock(part, zone, ms)),
        (Part::Hours, Value::One(Literal::Duration(ms))) => int(ms / 3_600_000),
        (Part::Minutes, Value::One(Literal::Duration(ms))) => int(ms / 60_000),
        (Part::Seconds, Value::One(Literal::Duration(ms))) => int(ms / 1_000),
        (Part::Milliseconds, Value::One(Literal::Duration(ms))) => int(ms % 1_000),
        (Part::Family, Value::Ip(address)) => int(if address.is_ipv4() { 4 } else { 6 }),
        (Part::Major, Value::Version(version)) => version.numbers[0].parse().map_or(Value::Unknown, int),
        (Part::Minor, Value::Version(version)) => version.numbers[1].parse().map_or(Value::Unknown, int),
        (Part::Patch, Value::Version(version)) => version.numbers[2].parse().map_or(Value::Unknown, int),
        _ => Value::Unknown,
    }
}

fn part_of_clock(part: Part, zone: &Zone, ms: i64) -> i64 {
    let zone = match zone {
        Zone::Utc => TimeZone::UTC,
        Zone::Offset(seconds) => TimeZone::fixed(Offset::from_seconds(*seconds).expect("a checked offset")),
        Zone::Named(name) => TimeZone::get(name).expect("a checked zone"),
    };
    // The library ends a day before time does, and local clocks of that day may show the year 10000: the same day 400 years
    // earlier has the same month, weekday and length of year.
    const LAST: i64 = 253_402_207_200_000;
    const CENTURIES: i64 = 146_097 * 86_400_000;
    let at = |ms: i64| jiff::Timestamp::from_millisecond(ms).expect("within the years 1 to 9999");
    let offset = zone.to_offset(at(ms.min(LAST)));
    let (earlier, years) = if ms > 0 { (ms - CENTURIES, 400) } else { (ms, 0) };
    let clock = offset.to_datetime(at(earlier));
    match part {
        Part::FullYear => i64::from(clock.year()) + years,
        Part::Month => i64::from(clock.month()) - 1,
        Part::Date => clock.day().into(),
        Part::DayOfMonth => i64::from(clock.day()) - 1,
        Part::DayOfWeek => clock.weekday().to_sunday_zero_offset().into(),
        Part::DayOfYear => i64::from(clock.day_of_year()) - 1,
        Part::Hours => clock.hour().into(),
        Part::Minutes => clock.minute().into(),
        Part::Seconds => clock.second().into(),
        Part::Milliseconds => clock.millisecond().into(),
        other => panic!("a time has no {other}"),
    }
}

/// A semantic version as semver.org has it.
#[derive(Clone)]
pub(crate) struct Version {
    numbers: [String; 3],
    pre_release: Option<Vec<String>>,
}

impl Version {
    pub(crate) fn read(text: &str) -> Option<Self> {
        let number = |text: &str| {
            text.chars().all(|digit| digit.is_ascii_digit())
                && !text.is_empty()
                && (text == "0" || !text.starts_with('0'))
        };
        let word = |text: &str| !text.is_empty() && text.chars().all(|c| c == '-' || c.is_ascii_alphanumeric());
        let (text, build) = match text.split_once('+') {
            Some((text, build)) => (text, Some(build)),
            None => (text, None),
        };
        let (core, pre_release) = match text.split_once('-') {
            Some((core, pre_release)) => (core, Some(pre_release)),
            None => (text, None),
        };
        let numbers: Vec<String> = core.split('.').map(str::to_owned).collect();
        let pre_release = pre_release.map(|words| words.split('.').map(str::to_owned).collect::<Vec<_>>());
        let right = numbers.iter().all(|text| number(text))
            && build.iter().flat_map(|build| build.split('.')).all(word)
            && pre_release
                .iter()
                .flatten()
                .all(|text| word(text) && (text.contains(|c: char| !c.is_ascii_digit()) || number(text)));
        if right { Some(Self { numbers: numbers.try_into().ok()?, pre_release }) } else { None }
    }

    /// Numbers by value, and a pre-release before its release; the build does not count.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        let by_number = |one: &String, other: &String| one.len().cmp(&other.len()).then(one.cmp(other));
        for (one, other) in self.numbers.iter().zip(&other.numbers) {
            if one != other {
                return by_number(one, other);
            }
        }
        let (one, other) = match (&self.pre_release, &other.pre_release) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Greater,
            (Some(_), None) => return Ordering::Less,
            (Some(one), Some(other)) => (one, other),
        };
        for (one, other) in one.iter().zip(other) {
            let digits = |text: &String| text.chars().all(|digit| digit.is_ascii_digit());
            let order = match (digits(one), digits(other)) {
                (true, true) => by_number(one, other),
                (true, false) => Ordering::Less,
                (false, true) => Ordering::Greater,
                (false, false) => one.as_bytes().cmp(other.as_bytes()),
            };
            if order != Ordering::Equal {
                return order;
            }
        }
        one.len().cmp(&other.len())
    }
}

/// An address as CEL's network library takes one: no zone, and no IPv4 address in the form of an IPv6 one.
pub(crate) fn address(text: &str) -> Option<IpAddr> {
    match text.parse().ok()? {
        IpAddr::V6(address) if address.to_ipv4_mapped().is_some() => None,
        address => Some(address),
    }
}

/// Bit by bit.
pub(crate) fn is_within(address: IpAddr, first: IpAddr, prefix: u8) -> bool {
    let bytes = |address: IpAddr| match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    };
    let (address, first) = (bytes(address), bytes(first));
    let bit = |bytes: &[u8], at: usize| bytes[at / 8] >> (7 - at % 8) & 1;
    address.len() == first.len() && (0..usize::from(prefix)).all(|at| bit(&address, at) == bit(&first, at))
}

/// `*` is any run of characters: tried one after the other.
pub(crate) fn glob(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|text| {
            text.char_indices().map(|(at, _)| at).chain([text.len()]).any(|at| glob(rest, &text[at..]))
        }),
    }
}

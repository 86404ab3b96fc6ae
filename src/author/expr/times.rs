//! Times, durations and zones as CEL writes them in texts.
//!
//! Takes text, gives milliseconds or what is wrong with it. CEL counts nanoseconds; this profile counts milliseconds, and refuses
//! what is finer rather than cut it. It never asks a clock.

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

use super::{Part, Zone};
use crate::words::time;

/// The first moment of year 1: CEL has no earlier one.
pub(super) const TIMESTAMP_MIN: i64 = -62_135_596_800_000;
/// The last moment of year 9999.
pub(super) const TIMESTAMP_MAX: i64 = time::MAX;
/// The longest duration in milliseconds: CEL holds one as nanoseconds in 64 bits.
pub(super) const DURATION_MAX: i64 = i64::MAX / 1_000_000;

/// 146,097 days, after which the calendar repeats.
const FOUR_CENTURIES: i64 = 146_097 * time::DAY;

/// Why a text is no time or duration of this profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unread {
    /// It is not written as CEL writes it.
    Form,
    /// It has parts of a millisecond.
    TooFine,
    /// CEL has none so large or small.
    OutOfRange,
}

/// Unix milliseconds of an RFC 3339 time, as strict as CEL is: a capital `T`, an offset, no leap second.
pub(super) fn timestamp(text: &str) -> Result<i64, Unread> {
    let strict = text.is_ascii() && text.as_bytes().get(10) == Some(&b'T') && !text.ends_with('z');
    if !strict || text.get(17..19) == Some("60") {
        return Err(Unread::Form);
    }
    let ms = time::parse_rfc3339(text).ok_or(Unread::Form)?;
    let fraction = text.get(20..).filter(|_| text.as_bytes().get(19) == Some(&b'.')).unwrap_or_default();
    if fraction.bytes().take_while(u8::is_ascii_digit).skip(3).any(|digit| digit != b'0') {
        return Err(Unread::TooFine);
    }
    in_timestamps(ms).ok_or(Unread::OutOfRange)
}

/// Milliseconds of `72h3m0.5s`: a sign, then numbers with a unit of h, m, s, ms, us or ns.
pub(super) fn duration(text: &str) -> Result<i64, Unread> {
    let (negative, mut rest) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    if rest == "0" {
        return Ok(0);
    }
    let mut nanoseconds = 0_i128;
    if rest.is_empty() {
        return Err(Unread::Form);
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !(c.is_ascii_digit() || c == '.')).ok_or(Unread::Form)?;
        let (number, after) = rest.split_at(digits);
        let letters = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at(letters);
        let scale = UNITS.iter().find(|(name, _)| *name == unit).map(|(_, scale)| *scale).ok_or(Unread::Form)?;
        nanoseconds = nanoseconds.checked_add(scaled(number, scale)?).ok_or(Unread::OutOfRange)?;
        rest = after;
    }
    if nanoseconds % 1_000_000 != 0 {
        return Err(Unread::TooFine);
    }
    let milliseconds = i64::try_from(nanoseconds / 1_000_000).map_err(|_| Unread::OutOfRange)?;
    in_durations(if negative { -milliseconds } else { milliseconds }).ok_or(Unread::OutOfRange)
}

/// The units of a duration in nanoseconds.
const UNITS: &[(&str, i128)] = &[
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("µs", 1_000),
    ("ns", 1),
];

/// A decimal number of a unit, in nanoseconds.
fn scaled(number: &str, scale: i128) -> Result<i128, Unread> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.len() + fraction.len() == 0 || fraction.contains('.') {
        return Err(Unread::Form);
    }
    // Longer numbers are out of range, and longer fractions finer than a millisecond.
    const DIGITS_MAX: usize = 20;
    let fraction = fraction.trim_end_matches('0');
    if whole.trim_start_matches('0').len() > DIGITS_MAX {
        return Err(Unread::OutOfRange);
    }
    if fraction.len() > DIGITS_MAX {
        return Err(Unread::TooFine);
    }
    let value = |digits: &str| if digits.is_empty() { Ok(0_i128) } else { digits.parse().map_err(|_| Unread::Form) };
    let parts = value(fraction)? * scale;
    let unit = 10_i128.pow(u32::try_from(fraction.len()).unwrap_or(0));
    if parts % unit != 0 {
        return Err(Unread::TooFine);
    }
    Ok(value(whole)? * scale + parts / unit)
}

/// The moment itself if CEL has it.
pub(super) fn in_timestamps(ms: i64) -> Option<i64> {
    (TIMESTAMP_MIN..=TIMESTAMP_MAX).contains(&ms).then_some(ms)
}

/// The duration itself if CEL has it.
pub(super) fn in_durations(ms: i64) -> Option<i64> {
    (-DURATION_MAX..=DURATION_MAX).contains(&ms).then_some(ms)
}

/// A zone by its name in the IANA database or its offset; `02:00` without a sign is east, as in CEL.
pub(super) fn zone(text: &str) -> Option<Zone> {
    if let Some(seconds) = offset(text) {
        return Some(if seconds == 0 { Zone::Utc } else { Zone::Offset(seconds) });
    }
    match text {
        "UTC" => Some(Zone::Utc),
        _ => jiff::tz::db().available().any(|known| known.as_str() == text).then(|| Zone::Named(text.to_owned())),
    }
}

fn offset(text: &str) -> Option<i32> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (hours, minutes) = digits.split_once(':')?;
    let two = |digits: &str| {
        (digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| digits.parse::<i32>().ok())?
    };
    let seconds = two(hours).filter(|hours| *hours < 24)? * 3_600 + two(minutes).filter(|minutes| *minutes < 60)? * 60;
    Some(if negative { -seconds } else { seconds })
}

/// What a clock in the zone shows at a moment.
pub(super) fn part_of_timestamp(part: Part, zone: &Zone, ms: i64) -> Option<i64> {
    let zone = match zone {
        Zone::Utc => TimeZone::UTC,
        Zone::Offset(seconds) => TimeZone::fixed(Offset::from_seconds(*seconds).ok()?),
        Zone::Named(name) => TimeZone::get(name).ok()?,
    };
    // jiff ends some hours before year 10000 does: the day 400 years earlier has the same date and weekday.
    let at = |ms: i64| Timestamp::from_millisecond(ms).ok();
    let offset = zone.to_offset(at(ms.min(Timestamp::MAX.as_millisecond()))?);
    let (earlier, years) = if ms > 0 { (ms - FOUR_CENTURIES, 400) } else { (ms, 0) };
    let local = offset.to_datetime(at(earlier)?);
    Some(match part {
        Part::FullYear => i64::from(local.year()) + years,
        Part::Month => i64::from(local.month()) - 1,
        Part::Date => local.day().into(),
        Part::DayOfMonth => i64::from(local.day()) - 1,
        Part::DayOfWeek => local.weekday().to_sunday_zero_offset().into(),
        Part::DayOfYear => i64::from(local.day_of_year()) - 1,
        Part::Hours => local.hour().into(),
        Part::Minutes => local.minute().into(),
        Part::Seconds => local.second().into(),
        Part::Milliseconds => local.millisecond().into(),
        Part::Major | Part::Minor | Part::Patch | Part::Family => return None,
    })
}

/// The whole of a duration in a unit; of milliseconds what is left of the last second.
pub(super) fn part_of_duration(part: Part, ms: i64) -> Option<i64> {
    Some(match part {
        Part::Hours => ms / 3_600_000,
        Part::Minutes => ms / 60_000,
        Part::Seconds => ms / 1_000,
        Part::Milliseconds => ms % 1_000,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_cel_reads_them() {
        let cases = [
            ("72h3m0.5s", Ok(259_380_500)),
            ("-1.5h", Ok(-5_400_000)),
            ("+.5s", Ok(500)),
            ("1.s", Ok(1_000)),
            ("0", Ok(0)),
            ("1000us", Ok(1)),
            ("1000µs2000000ns", Ok(3)),
            ("1ns", Err(Unread::TooFine)),
            ("0.0001s", Err(Unread::TooFine)),
            ("9223372036s", Ok(9_223_372_036_000)),
            ("9223372037s", Err(Unread::OutOfRange)),
            ("-320000000000s", Err(Unread::OutOfRange)),
            ("99999999999999999999999999999999999999999h", Err(Unread::OutOfRange)),
            ("", Err(Unread::Form)),
            ("-", Err(Unread::Form)),
            ("1", Err(Unread::Form)),
            ("1d", Err(Unread::Form)),
            ("1 h", Err(Unread::Form)),
            ("h", Err(Unread::Form)),
            (".s", Err(Unread::Form)),
            ("1.2.3s", Err(Unread::Form)),
            ("1H", Err(Unread::Form)),
        ];
        for (text, expected) in cases {
            assert_eq!(duration(text), expected, "{text}");
        }
    }

    #[test]
    fn timestamps_are_read_as_cel_reads_them() {
        let cases = [
            ("2009-02-13T23:31:30Z", Ok(1_234_567_890_000)),
            ("2009-02-13T23:31:30.250+02:00", Ok(1_234_560_690_250)),
            ("2009-02-13T23:31:30.2500000Z", Ok(1_234_567_890_250)),
            ("2009-02-13T23:31:30.2501Z", Err(Unread::TooFine)),
            ("0001-01-01T00:00:00Z", Ok(TIMESTAMP_MIN)),
            ("0001-01-01T00:00:00+00:01", Err(Unread::OutOfRange)),
            ("0000-01-01T00:00:00Z", Err(Unread::OutOfRange)),
            ("10000-01-01T00:00:00Z", Err(Unread::Form)),
            ("9999-12-31T23:59:59.999Z", Ok(TIMESTAMP_MAX)),
            ("2009-02-13t23:31:30Z", Err(Unread::Form)),
            ("2009-02-13 23:31:30Z", Err(Unread::Form)),
            ("2009-02-13T23:31:60Z", Err(Unread::Form)),
            ("2009-02-13T23:31:30", Err(Unread::Form)),
            ("2009-02-13", Err(Unread::Form)),
            ("2009-02-30T00:00:00Z", Err(Unread::Form)),
        ];
        for (text, expected) in cases {
            assert_eq!(timestamp(text), expected, "{text}");
        }
    }

    /// The tests of CEL's specification for zones.
    #[test]
    fn zones_are_those_of_the_specification() {
        let evening = 1_234_567_890_000;
        let night = timestamp("2009-02-13T02:00:00Z").expect("a time");
        let cases = [
            (Part::Date, "Australia/Sydney", evening, 14),
            (Part::DayOfMonth, "US/Central", evening, 12),
            (Part::DayOfMonth, "+11:00", evening, 13),
            (Part::DayOfMonth, "-02:30", night, 11),
            (Part::DayOfMonth, "America/St_Johns", night, 11),
            (Part::DayOfWeek, "UTC", evening, 5),
            (Part::DayOfYear, "US/Central", evening, 43),
            (Part::FullYear, "-09:30", evening, 2009),
            (Part::Hours, "02:00", evening, 1),
            (Part::Minutes, "Asia/Kathmandu", evening, 16),
            (Part::Month, "UTC", evening, 1),
            (Part::Seconds, "-00:00", evening, 30),
        ];
        for (part, name, ms, expected) in cases {
            let zone = zone(name).expect(name);
            assert_eq!(part_of_timestamp(part, &zone, ms), Some(expected), "{part} {name}");
        }
        for name in ["", "Europe/berlin", "europe/Berlin", "+2:00", "24:00", "+02:60", "Mars/Base", "Local", "+02"] {
            assert_eq!(zone(name), None, "{name}");
        }
    }
}

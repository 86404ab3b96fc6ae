//! Times, durations and zones as CEL writes them in texts.
//!
//! Takes text, gives milliseconds or what is wrong with it. CEL counts nanoseconds; this profile counts milliseconds, and refuses
//! what is finer rather than cut it. It never asks a clock.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Zone;
use crate::words::time;

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
    let (sign, mut rest) = signed(text);
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(Unread::Form);
    }
    let mut nanoseconds = 0_i128;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !(c.is_ascii_digit() || c == '.')).ok_or(Unread::Form)?;
        let (number, after) = rest.split_at(digits);
        let letters = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at(letters);
        let scale = OF_CEL.iter().find(|(name, _)| *name == unit).map(|(_, scale)| *scale).ok_or(Unread::Form)?;
        nanoseconds = nanoseconds.checked_add(scaled(number, scale)?).ok_or(Unread::OutOfRange)?;
        rest = after;
    }
    if nanoseconds % 1_000_000 != 0 {
        return Err(Unread::TooFine);
    }
    let milliseconds = i64::try_from(nanoseconds / 1_000_000).map_err(|_| Unread::OutOfRange)?;
    in_durations(i64::from(sign) * milliseconds).ok_or(Unread::OutOfRange)
}

/// The sign in front, as a factor, and what stands behind it.
fn signed(text: &str) -> (i32, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    }
}

/// The units of a duration in CEL, in nanoseconds.
const OF_CEL: &[(&str, i128)] = &[
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

/// The units of lengths of time: the name of one, what people call it for short, its milliseconds.
pub(super) const UNITS: [(&str, &[&str], i64); 6] = [
    ("week", &["w"], 604_800_000),
    ("day", &["d"], 86_400_000),
    ("hour", &["h"], 3_600_000),
    ("minute", &["m", "min", "mins"], 60_000),
    ("second", &["s", "sec", "secs"], 1_000),
    ("millisecond", &["ms"], 1),
];

/// Milliseconds of a unit by its name, as in `day` and `days`.
pub(super) fn unit(name: &str) -> Option<i64> {
    let one = name.strip_suffix('s').unwrap_or(name);
    UNITS.iter().find(|(unit, ..)| *unit == one).map(|(.., ms)| *ms)
}

/// `30d`, `2 weeks`, `P30D` and `PT12H` as CEL writes them.
pub(super) fn meant_duration(text: &str) -> Option<String> {
    let lower = text.trim().to_ascii_lowercase();
    let plain = match lower.strip_prefix('p') {
        Some(iso) => iso.replacen('t', "", 1),
        None => lower,
    };
    let (number, name) = plain.split_at(plain.bytes().take_while(u8::is_ascii_digit).count());
    let name = name.trim();
    let short = || UNITS.iter().find(|(_, short, _)| short.contains(&name)).map(|(.., ms)| *ms);
    let ms = number.parse::<i64>().ok()?.checked_mul(unit(name).or_else(short)?)?;
    in_durations(ms).map(|ms| written(ms.into()))
}

/// A duration as CEL reads it, in the largest unit that is whole.
pub(super) fn written(ms: i128) -> String {
    let units = [("h", 3_600_000), ("m", 60_000), ("s", 1_000)];
    let (unit, scale) = units.into_iter().find(|(_, scale)| ms % scale == 0).unwrap_or(("ms", 1));
    format!("{}{unit}", ms / scale)
}

/// The moment itself if CEL has it.
pub(super) fn in_timestamps(ms: i64) -> Option<i64> {
    (time::TIMESTAMP_MIN..=time::MAX).contains(&ms).then_some(ms)
}

/// The duration itself if CEL has it.
pub(super) fn in_durations(ms: i64) -> Option<i64> {
    (-time::DURATION_MAX..=time::DURATION_MAX).contains(&ms).then_some(ms)
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
    let (sign, digits) = signed(text);
    let (hours, minutes) = digits.split_once(':')?;
    let two = |digits: &str| {
        (digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| digits.parse::<i32>().ok())?
    };
    let seconds = two(hours).filter(|hours| *hours < 24)? * 3_600 + two(minutes).filter(|minutes| *minutes < 60)? * 60;
    Some(sign * seconds)
}

/// How many seconds a zone is east of UTC at a moment.
pub(super) fn offset_at(zone: &Zone, ms: i64) -> Option<i32> {
    match zone {
        Zone::Utc => Some(0),
        Zone::Offset(seconds) => Some(*seconds),
        Zone::Named(name) => {
            // jiff ends some hours before year 10000 does, in which no zone changes.
            let second = ms.div_euclid(time::SECOND).min(Timestamp::MAX.as_second());
            Some(TimeZone::get(name).ok()?.to_offset(Timestamp::from_second(second).ok()?).seconds())
        }
    }
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
        ];
        for text in ["", "-", "1", "1d", "1 h", "h", ".s", "1.2.3s", "1H"] {
            assert_eq!(duration(text), Err(Unread::Form), "{text}");
        }
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
            ("0001-01-01T00:00:00Z", Ok(time::TIMESTAMP_MIN)),
            ("0001-01-01T00:00:00+00:01", Err(Unread::OutOfRange)),
            ("0000-01-01T00:00:00Z", Err(Unread::OutOfRange)),
            ("10000-01-01T00:00:00Z", Err(Unread::Form)),
            ("9999-12-31T23:59:59.999Z", Ok(time::MAX)),
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
}

//! Times as Unix milliseconds.
//!
//! Takes and gives RFC 3339 text; the days-to-date formulas are Howard Hinnant's `days_from_civil` and `civil_from_days`.
//! It never asks a clock and knows no zone but an offset.

use alloc::string::String;

/// One second in milliseconds.
pub const SECOND: i64 = 1_000;
/// Milliseconds of a minute.
pub const MINUTE: i64 = 60 * SECOND;
/// One hour in milliseconds.
pub const HOUR: i64 = 3_600 * SECOND;
/// One day in milliseconds.
pub const DAY: i64 = 86_400 * SECOND;
/// The first moment that RFC 3339 can write: 0000-01-01T00:00:00Z.
pub const MIN: i64 = -62_167_219_200_000;
/// The last moment that RFC 3339 can write: 9999-12-31T23:59:59.999Z.
pub const MAX: i64 = 253_402_300_799_999;

/// The first moment of CEL's timestamps, which end at [`MAX`]: 0001-01-01T00:00:00Z.
pub const TIMESTAMP_MIN: i64 = -62_135_596_800_000;
/// The longest of CEL's durations, either way: what 64 bits of nanoseconds hold, about 292 years.
pub const DURATION_MAX: i64 = 9_223_372_036_854;
/// The end of the known laws of places: 2070-01-01T00:00:00Z. The clocks of a named zone are unknown from there on.
pub const ZONES_END: i64 = 3_155_760_000_000;

/// The moment itself if RFC 3339 can write it.
pub fn in_range(ms: i64) -> Option<i64> {
    (MIN..=MAX).contains(&ms).then_some(ms)
}

/// Reads an RFC 3339 time, whose offset is not optional. Fractions are cut to milliseconds; a leap second (`:60`) counts as
/// the second before it.
pub fn parse_rfc3339(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let number = |range: core::ops::Range<usize>| -> Option<i64> {
        bytes
            .get(range)?
            .iter()
            .try_fold(0_i64, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0')))
    };
    let is = |position: usize, wanted: &[u8]| bytes.get(position).is_some_and(|byte| wanted.contains(byte));

    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
    if !(is(4, b"-") && is(7, b"-") && is(10, b"Tt ") && is(13, b":") && is(16, b":")) {
        return None;
    }
    if !(1..=12).contains(&month)
        || day < 1
        || day > days_in_month(year, month)
        || hour > 23
        || minute > 59
        || second > 60
    {
        return None;
    }

    let (millis, offset) = match bytes.get(19..)? {
        [b'.', rest @ ..] => {
            let (fraction, offset) = rest.split_at(rest.iter().take_while(|byte| byte.is_ascii_digit()).count());
            let digit = |at: usize| fraction.get(at).map_or(0, |byte| i64::from(byte - b'0'));
            (!fraction.is_empty()).then(|| (digit(0) * 100 + digit(1) * 10 + digit(2), offset))?
        }
        offset => (0, offset),
    };
    let offset_minutes = match offset {
        [b'Z' | b'z'] => 0,
        [sign @ (b'+' | b'-'), _, _, b':', _, _] => {
            let end = bytes.len();
            let (hours, minutes) = (number(end - 5..end - 3)?, number(end - 2..end)?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            if *sign == b'+' { hours * 60 + minutes } else { -(hours * 60 + minutes) }
        }
        _ => return None,
    };

    let seconds = (hour * 60 + minute - offset_minutes) * 60 + second.min(59);
    in_range(days_from_civil(year, month, day) * DAY + seconds * SECOND + millis)
}

/// The Unix milliseconds of a time, or of the beginning of a day in UTC, as in `2026-12-01`.
pub fn parse_time_or_day(text: &str) -> Option<i64> {
    parse_rfc3339(text).or_else(|| parse_rfc3339(&alloc::format!("{text}T00:00:00Z")))
}

/// Writes the day of a moment in UTC: `2026-12-01`.
pub fn format_day(ms: i64) -> String {
    let mut text = format_rfc3339(ms);
    text.truncate(10);
    text
}

/// Writes a moment as RFC 3339 in UTC, with milliseconds only where there are any.
pub fn format_rfc3339(ms: i64) -> String {
    let ms = ms.clamp(MIN, MAX);
    let (days, rest) = (ms.div_euclid(DAY), ms.rem_euclid(DAY));
    let (year, month, day) = civil_from_days(days);
    let (seconds, millis) = (rest / SECOND, rest % SECOND);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let mut text = String::with_capacity(24);
    let parts = [("", year, 4), ("-", month, 2), ("-", day, 2), ("T", hour, 2), (":", minute, 2), (":", second, 2)];
    let fraction = (millis > 0).then_some((".", millis, 3));
    for (before, number, width) in parts.into_iter().chain(fraction) {
        text.push_str(before);
        for place in (0..width).rev() {
            text.push(char::from(b'0' + (number / 10_i64.pow(place) % 10) as u8));
        }
    }
    text.push('Z');
    text
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 to a day of the Gregorian calendar.
pub(crate) fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// Year, month from 1 and day from 1.
pub(crate) fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day_of_year - (153 * shifted + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_rfc_3339_allows() {
        let cases = [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2026-12-01T09:00:00+01:00", Some(1_796_112_000_000)),
            ("2026-12-01t08:00:00.25z", Some(1_796_112_000_250)),
            ("2024-02-29T23:59:60Z", Some(1_709_251_199_000)),
            ("2026-12-01T09:00:00", None),
            ("2026-02-29T00:00:00Z", None),
            ("2026-12-01T24:00:00Z", None),
            ("2026-12-01T09:00:00+0100", None),
            ("2026-12-01T09:00:00.Z", None),
            ("0000-01-01T00:00:00+00:01", None),
            ("2026-12-01T09:00:00Zjunk", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_rfc3339(text), expected, "{text}");
        }
    }

    #[cfg(feature = "author")]
    #[test]
    fn agrees_with_jiff_on_every_ninth_day() {
        for day in (MIN / DAY..=MAX / DAY).step_by(9) {
            let ms = day * DAY + 12_345_678;
            let text = format_rfc3339(ms);
            assert_eq!(parse_rfc3339(&text), Some(ms), "{text}");
            if let Ok(theirs) = jiff::Timestamp::from_millisecond(ms) {
                assert_eq!(theirs.to_string(), text);
            }
        }
    }
}

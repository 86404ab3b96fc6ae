//! Dates and times as authors write them.
//!
//! Takes TOML dates and times, gives Unix milliseconds or says what is missing. It never asks a clock, and never guesses a zone.

use jiff::civil;
use jiff::tz::{AmbiguousOffset, TimeZone};
use toml::value::{Datetime, Offset};

use super::keys::{Field, Text};
use super::zones;
use crate::words::time;

/// A moment, or a local time that still needs a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    /// Unix milliseconds.
    Moment(i64),
    /// A time as a clock on the wall shows it.
    Local(civil::DateTime),
    /// A day.
    Day(civil::Date),
}

/// The date or time in a field, or a diagnostic.
pub(crate) fn when(field: Field<'_>) -> Option<When> {
    let read = read(*field.value.as_datetime()?);
    if read.is_none() {
        field.report(field.error("SV7011", format!("`{}` is not a date that exists, or has no date", field.key)));
    }
    read
}

/// The moment in a field: a time with its offset and nothing else.
pub(crate) fn moment(field: Field<'_>) -> Option<i64> {
    match when(field)? {
        When::Moment(ms) => Some(ms),
        When::Local(_) | When::Day(_) => {
            let help = "write the offset after the time, as in 2026-12-01T09:00:00+01:00";
            field.refuse("SV7006", format!("`{}` has no offset from UTC", field.key), help);
            None
        }
    }
}

/// When something begins: the start of a day in UTC, or a moment.
pub(crate) fn start(field: Field<'_>) -> Option<i64> {
    in_utc(field, false, "begins in UTC")
}

/// When something is over: the end of a day in UTC, or a moment.
pub(crate) fn end(field: Field<'_>) -> Option<i64> {
    in_utc(field, true, "counts until its end in UTC")
}

fn in_utc(field: Field<'_>, is_end: bool, counts: &str) -> Option<i64> {
    let when = when(field)?;
    if let When::Local(_) = when {
        let help = format!("write a date, which {counts}, or add the offset, as in +01:00");
        field.refuse("SV7006", format!("`{}` is a local time without an offset", field.key), help);
        return None;
    }
    when.ms(&TimeZone::UTC, is_end)
}

impl When {
    /// Unix milliseconds on the clocks of a zone. A day counts from its start, and until its end.
    pub(crate) fn ms(self, zone: &TimeZone, is_end: bool) -> Option<i64> {
        match self {
            Self::Moment(ms) => Some(ms),
            Self::Local(_) | Self::Day(_) => in_zone(self.on_the_wall(is_end)?, zone),
        }
    }

    /// The local time that a clock on the wall has to show; `None` for a moment.
    pub(crate) fn on_the_wall(self, is_end: bool) -> Option<civil::DateTime> {
        match self {
            Self::Moment(_) => None,
            Self::Local(local) => Some(local),
            Self::Day(day) => Some(if is_end { day.tomorrow().ok()? } else { day }.at(0, 0, 0, 0)),
        }
    }
}

/// A date and nothing else, as ISO 8601.
pub(crate) fn day(field: Field<'_>) -> Option<String> {
    match when(field)? {
        When::Day(day) => Some(day.to_string()),
        When::Moment(_) | When::Local(_) => {
            field.report(field.error("SV9006", format!("`{}` is a date without a time, as in 2027-03-01", field.key)));
            None
        }
    }
}

/// The zone with this IANA name, or a diagnostic.
pub(crate) fn zone(name: Text<'_>) -> Option<TimeZone> {
    let zone = TimeZone::get(name.text).ok();
    if zone.is_none() {
        let fault = name.error("SV7008", format!("`{}` is not an IANA time zone", name.text));
        name.report(match zones::meant(name.text) {
            Some(meant) => fault.meant(&meant, format!("\"{meant}\"")),
            None => fault.help(zones::help(name.text)),
        });
    } else if let Some((why, place)) = zones::doubt(name.text) {
        let fault = name.error("SV7015", format!("`{}` is one offset from UTC all year", name.text)).warning();
        let fault = fault.why(why);
        name.report(match place {
            Some(place) => fault.meant(place, format!("\"{place}\"")),
            None => fault.help(zones::HELP),
        });
    }
    zone
}

/// The two moments that a local time may mean, if a clock change skips it or repeats it.
pub(crate) fn readings(when: When, zone: &TimeZone) -> Option<(bool, [i64; 2])> {
    let When::Local(local) = when else { return None };
    let (is_skipped, before, after) = match zone.to_ambiguous_timestamp(local).offset() {
        AmbiguousOffset::Unambiguous { .. } => return None,
        AmbiguousOffset::Gap { before, after } => (true, before, after),
        AmbiguousOffset::Fold { before, after } => (false, before, after),
    };
    let mut moments = [before.to_timestamp(local).ok()?, after.to_timestamp(local).ok()?].map(|at| at.as_millisecond());
    moments.sort_unstable();
    Some((is_skipped, moments))
}

/// Unix milliseconds of a local time: one that a clock change skips moves forward, of one that happens twice the first.
fn in_zone(local: civil::DateTime, zone: &TimeZone) -> Option<i64> {
    zone.to_ambiguous_timestamp(local).compatible().ok().map(jiff::Timestamp::as_millisecond)
}

fn read(value: Datetime) -> Option<When> {
    let date = value.date?;
    let day =
        civil::Date::new(i16::try_from(date.year).ok()?, date.month.cast_signed(), date.day.cast_signed()).ok()?;
    let Some(clock) = value.time else { return Some(When::Day(day)) };
    // A leap second counts as the second before it, as everywhere in this crate.
    let second = clock.second.unwrap_or(0).min(59).cast_signed();
    let nanosecond = clock.nanosecond.unwrap_or(0).cast_signed();
    let clock = civil::Time::new(clock.hour.cast_signed(), clock.minute.cast_signed(), second, nanosecond).ok()?;
    let local = day.to_datetime(clock);
    let minutes = match value.offset {
        None => return Some(When::Local(local)),
        Some(Offset::Z) => 0,
        Some(Offset::Custom { minutes }) => i64::from(minutes),
    };
    let ms = in_zone(local, &TimeZone::UTC)? - minutes * 60 * time::SECOND;
    time::in_range(ms).map(When::Moment)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Option<When> {
        read(text.parse().expect(text))
    }

    #[test]
    fn agrees_with_the_reader_of_the_core() {
        for text in ["2026-12-01T09:00:00+01:00", "1970-01-01T00:00:00Z", "2026-12-01T08:00:00.25-05:30"] {
            assert_eq!(read_text(text), time::parse_rfc3339(text).map(When::Moment), "{text}");
        }
    }

    #[test]
    fn a_skipped_local_time_moves_forward_and_a_double_one_is_the_first() {
        let berlin = TimeZone::get("Europe/Berlin").expect("bundled");
        let at = |text: &str| in_zone(text.parse().expect(text), &berlin);
        assert_eq!(at("2026-03-29T02:30:00"), time::parse_rfc3339("2026-03-29T03:30:00+02:00"));
        assert_eq!(at("2026-10-25T02:30:00"), time::parse_rfc3339("2026-10-25T02:30:00+02:00"));
    }
}

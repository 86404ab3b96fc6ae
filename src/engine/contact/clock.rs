//! Local days and quiet hours, by the zones of a bundle.
//!
//! A local time may come twice or not at all. Quiet hours then begin at the earliest reading and end at the latest, so that they are one
//! stretch.

use crate::bundle::Program;
use crate::bundle::contact::Quiet;
use crate::words::time::{DAY, MINUTE, SECOND};

/// The local time in a zone, in milliseconds after 1970-01-01T00:00 there. `None` where the rules of the zone are not known any more.
fn local(program: &Program, zone: u32, ms: i64) -> Option<i64> {
    Some(ms + i64::from(program.zone_offset(zone, ms)?) * SECOND)
}

/// The number of the local period of so many days that a moment is in. A week begins on Monday.
pub(super) fn period(program: &Program, zone: u32, days: u8, ms: i64) -> Option<i64> {
    let day = local(program, zone, ms)?.div_euclid(DAY);
    // 1970-01-01 was a Thursday.
    Some(if days == 7 { (day + 3).div_euclid(7) } else { day })
}

/// The first moment of the next local period.
pub(super) fn next_period(program: &Program, zone: u32, days: u8, ms: i64) -> Option<i64> {
    let now = period(program, zone, days, ms)?;
    let midnight = (if days == 7 { (now + 1) * 7 - 3 } else { now + 1 }) * DAY;
    // A day that begins with a change of clocks begins at one of two readings, or at a time that no clock shows.
    let (early, late) = readings(program, zone, midnight)?;
    let begins = |at: i64| period(program, zone, days, at).is_some_and(|one| one > now);
    Some(if begins(early) { early } else { late })
}

/// The earliest and the latest reading of a local time. One that no clock shows is read with the offsets before and after the change.
fn readings(program: &Program, zone: u32, local_ms: i64) -> Option<(i64, i64)> {
    let with = |near: i64| {
        let offset = i64::from(program.zone_offset(zone, local_ms + near)?) * SECOND;
        let at = local_ms - offset;
        Some((at, local(program, zone, at)? == local_ms))
    };
    let (before, after) = (with(-DAY)?, with(DAY)?);
    Some(match (before, after) {
        ((one, true), (_, false)) | ((_, false), (one, true)) => (one, one),
        ((one, _), (other, _)) => (one.min(other), one.max(other)),
    })
}

/// When quiet hours end that a moment is in; `None` outside of them. A zone whose rules are not known any more is quiet for a day.
pub(super) fn quiet_until(program: &Program, quiet: &Quiet, zone: u32, ms: i64) -> Option<i64> {
    let Some(today) = local(program, zone, ms).map(|local| local.div_euclid(DAY)) else { return Some(ms + DAY) };
    let crosses = i64::from(quiet.until <= quiet.from);
    let mut end = None;
    // A stretch that began yesterday may still last, and a change of clocks may begin one of tomorrow today.
    for day in today - 1..=today + 1 {
        let at = |day: i64, minutes: u16| readings(program, zone, day * DAY + i64::from(minutes) * MINUTE);
        let Some(((start, _), (_, until))) = at(day, quiet.from).zip(at(day + crosses, quiet.until)) else {
            return Some(ms + DAY);
        };
        if (start..until).contains(&ms) {
            end = end.max(Some(until));
        }
    }
    end
}

//! Parts of local times and of durations, as CEL counts them.

use crate::bundle::Part;
use crate::words::time::{DAY, SECOND, civil_from_days, days_from_civil};

const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// A part of the time that a clock on the wall shows `local_ms` milliseconds after 1970-01-01T00:00.
pub(super) fn part(part: Part, local_ms: i64) -> Option<i64> {
    let (days, rest) = (local_ms.div_euclid(DAY), local_ms.rem_euclid(DAY));
    let (year, month, day) = civil_from_days(days);
    Some(match part {
        Part::FullYear => year,
        Part::Month => month - 1,
        Part::Date => day,
        Part::DayOfMonth => day - 1,
        // 1970-01-01 was a Thursday.
        Part::DayOfWeek => (days + 4).rem_euclid(7),
        Part::DayOfYear => days - days_from_civil(year, 1, 1),
        Part::Hours => rest / HOUR,
        Part::Minutes => rest / MINUTE % 60,
        Part::Seconds => rest / SECOND % 60,
        Part::Milliseconds => rest % SECOND,
        Part::Major | Part::Minor | Part::Patch | Part::Family => return None,
    })
}

/// A part of a duration: all of its hours, minutes or seconds, but only the milliseconds that are left of a second.
pub(super) fn part_of_duration(part: Part, ms: i64) -> Option<i64> {
    Some(match part {
        Part::Hours => ms / HOUR,
        Part::Minutes => ms / MINUTE,
        Part::Seconds => ms / SECOND,
        Part::Milliseconds => ms % SECOND,
        _ => return None,
    })
}

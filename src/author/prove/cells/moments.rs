//! Times that stand for all others as far as their parts are asked for: hours, weekdays, months, years.
//!
//! Takes parts in one zone, gives a time for every combination that is promised. It never reads a clock.

use std::collections::BTreeSet;

use crate::author::expr::evaluate::part_of_moment;
use crate::author::expr::{Part, Zone};
use crate::words::time::{self, DAY, SECOND};

/// 2026-11-02T00:00:00Z, a Monday in a week in which few zones move their clocks.
const MONDAY: i64 = 1_793_577_600_000;
const HOUR: i64 = 3_600 * SECOND;
/// Hours of a week, and a day on either side for zones.
const WEEK: std::ops::Range<i64> = -24..192;
/// 2028-01-01T12:00:00Z: a leap year.
const LEAP_YEAR: i64 = 1_830_340_800_000;

/// Times in which the parts differ as far as these numbers tell, and whether every combination is there.
pub(super) fn moments(asked: &[(Part, &Zone, i64)], near: &[i64]) -> (Vec<i64>, bool) {
    let mut times = BTreeSet::new();
    let parts: BTreeSet<Part> = asked.iter().map(|(part, ..)| *part).collect();
    let zones: BTreeSet<&Zone> = asked.iter().map(|(_, zone, _)| *zone).collect();
    let week = |from: i64| WEEK.map(move |hour| from + hour * HOUR);
    for part in &parts {
        match part {
            Part::Hours | Part::DayOfWeek => times.extend(week(MONDAY)),
            Part::Minutes => times.extend((0..60).map(|minute| MONDAY + minute * 60 * SECOND)),
            Part::Seconds => times.extend((0..60).map(|second| MONDAY + second * SECOND)),
            Part::Month | Part::Date | Part::DayOfMonth | Part::DayOfYear => {
                times.extend((-1..367).map(|day| LEAP_YEAR + day * DAY));
            }
            Part::Milliseconds => {
                let marks = asked.iter().filter(|(other, ..)| other == part);
                times.extend(marks.flat_map(|(_, _, mark)| {
                    [-1, 0, 1].map(|step| MONDAY + mark.saturating_add(step).rem_euclid(1_000))
                }));
            }
            Part::FullYear => {
                let years = asked
                    .iter()
                    .filter(|(other, ..)| other == part)
                    .flat_map(|(_, _, year)| [-1, 0, 1].map(|step| year.saturating_add(step)));
                // The middle of a year is in that year in every zone.
                times.extend(years.filter(|year| (1..=9_999).contains(year)).map(middle_of));
                // At the ends of the calendar some clocks show a year more or less than there is.
                times.extend([time::TIMESTAMP_MIN, time::MAX]);
            }
            _ => {}
        }
    }
    if parts.contains(&Part::Hours) || parts.contains(&Part::DayOfWeek) {
        times.extend(near.iter().flat_map(|from| week(*from)));
    }
    if zones.iter().any(|zone| matches!(zone, Zone::Named(_))) {
        // From here on, the clocks of a place are unknown. Just before, some show the next year.
        times.extend([time::ZONES_END - 1, time::ZONES_END]);
    }
    // One time for each combination, the friendliest first.
    let mut seen = BTreeSet::new();
    let vector = |ms: &i64| -> Vec<Option<i64>> {
        asked.iter().map(|(part, zone, _)| part_of_moment(*part, zone, *ms)).collect()
    };
    let kept = times.into_iter().filter(|ms| !near.is_empty() || seen.insert(vector(ms))).collect();
    let hours_of_week = parts.iter().all(|part| matches!(part, Part::Hours | Part::DayOfWeek));
    (kept, near.is_empty() && zones.len() == 1 && (parts.len() == 1 || hours_of_week))
}

/// The first of July of a year, by the proleptic Gregorian calendar.
fn middle_of(year: i64) -> i64 {
    let before = year - 1;
    let days = before * 365 + before.div_euclid(4) - before.div_euclid(100) + before.div_euclid(400);
    // Day 0 is 0001-01-01; 719,162 days later is 1970-01-01.
    (days - 719_162 + 181) * DAY
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_hour_of_every_weekday_is_there_in_every_zone() {
        for zone in [
            Zone::Utc,
            Zone::Named("Europe/Berlin".into()),
            Zone::Offset(-12 * 3_600),
            Zone::Named("Pacific/Kiritimati".into()),
        ] {
            let asked = [(Part::Hours, &zone, 9), (Part::DayOfWeek, &zone, 0)];
            let (times, complete) = moments(&asked, &[]);
            assert!(complete);
            let unknown = usize::from(matches!(zone, Zone::Named(_)));
            assert_eq!(times.len(), 24 * 7 + unknown, "{zone:?}");
            let (days, complete) = moments(&[(Part::DayOfYear, &zone, 3)], &[]);
            assert_eq!((days.len(), complete), (366 + unknown, true), "{zone:?}");
            let (months, _) = moments(&[(Part::Month, &zone, 3)], &[]);
            assert_eq!(months.len(), 12 + unknown);
        }
        assert_eq!(crate::words::time::format_rfc3339(middle_of(2026)), "2026-07-01T00:00:00Z");
        assert_eq!(crate::words::time::format_rfc3339(LEAP_YEAR), "2028-01-01T12:00:00Z");
        assert_eq!(part_of_moment(Part::DayOfWeek, &Zone::Utc, MONDAY), Some(1));
    }
}

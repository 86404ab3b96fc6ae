//! The time zones that a program names, as the transitions of their offsets.
//!
//! Takes zones of the database that the builder holds, gives bytes: the same for the same version of the database. It never
//! asks the machine's own database or clock.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::encode::Sections;
use crate::author::expr::Zone;
use crate::bundle::format::Section;

/// The end of a zone's transitions. Laws change every few years, so a database can only guess about later times. Each
/// further decade costs a program about 240 bytes. A part of a later local time is unknown.
const UNTIL_MS: i64 = crate::words::time::ZONES_END;

/// Writes the zones, and the transitions of all of them.
pub(super) fn sections(zones: &[Zone], sections: &mut Sections) {
    for zone in zones {
        let (first, until, transitions) = match zone {
            Zone::Utc => (0, i64::MAX, Vec::new()),
            Zone::Offset(seconds) => (*seconds, i64::MAX, Vec::new()),
            Zone::Named(name) => {
                let (first, transitions) = transitions(name);
                (first, UNTIL_MS, transitions)
            }
        };
        sections.of(Section::Zones).i64(until).i32(first).u32(transitions.len());
        for (from_ms, offset) in transitions {
            sections.of(Section::Transitions).i64(from_ms).i32(offset);
        }
    }
}

/// The first offset of a zone, and its later offsets with their times. A name was checked when the row was: an unknown one
/// is UTC.
fn transitions(name: &str) -> (i32, Vec<(i64, i32)>) {
    let zone = TimeZone::get(name).unwrap_or(TimeZone::UTC);
    let first = zone.to_offset(Timestamp::MIN).seconds();
    let mut last = first;
    let mut transitions = Vec::new();
    for transition in zone.following(Timestamp::MIN) {
        let (from_ms, offset) = (transition.timestamp().as_millisecond(), transition.offset().seconds());
        if from_ms >= UNTIL_MS {
            break;
        }
        // Some change only the name or whether it is called summer time.
        if offset != last {
            transitions.push((from_ms, offset));
            last = offset;
        }
    }
    (first, transitions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_where_the_database_says() {
        let (first, changes) = transitions("Europe/Berlin");
        assert_eq!(first, 53 * 60 + 28, "the local mean time of Berlin");
        let summer = changes.iter().find(|(from, _)| *from > 1_767_225_600_000);
        assert_eq!(summer, Some(&(1_774_746_000_000, 7_200)), "2026-03-29T01:00:00Z");
        assert!(changes.is_sorted() && changes.windows(2).all(|pair| pair[0].1 != pair[1].1));
        assert!(changes.last().is_some_and(|(from, _)| *from > UNTIL_MS - 100 * 86_400_000), "up to the end");
        assert_eq!(transitions("Asia/Kathmandu").1.last(), Some(&(504_901_800_000, 20_700)), "1986 to this day");
    }
}

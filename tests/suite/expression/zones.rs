//! The zones in a program against the database that they were taken from.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use selvedge::bundle::{Operator, Program};

use super::site;
use crate::sites;
use crate::sites::dice::Dice;

/// Zones with every habit: summer time north and south, none, half hours, whole days left out, four changes a year.
const ZONES: [&str; 20] = [
    "Europe/Berlin",
    "Europe/Dublin",
    "Europe/London",
    "Europe/Istanbul",
    "America/New_York",
    "America/St_Johns",
    "America/Sao_Paulo",
    "America/Caracas",
    "America/Phoenix",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Asia/Tokyo",
    "Asia/Tehran",
    "Asia/Gaza",
    "Africa/Casablanca",
    "Africa/Monrovia",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Antarctica/Troll",
];
/// 2070-01-01T00:00:00Z
const UNTIL_MS: i64 = 3_155_760_000_000;

fn program() -> Program {
    let rows: Vec<String> = ZONES.iter().map(|zone| format!("v.t.getHours(\"{zone}\") == 0")).collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    sites::opened(&site(&rows)).bundle.program().clone()
}

#[test]
fn every_offset_is_that_of_the_database() {
    let program = program();
    let dice = &mut Dice::new(20);
    for (zone, name) in ZONES.iter().enumerate() {
        let theirs = TimeZone::get(name).expect("a zone");
        for number in 0..100_000 {
            // Half of them in the years that visits are about.
            let from_ms = if number % 2 == 0 { -62_135_596_800_000 } else { -315_619_200_000 };
            let ms = from_ms + (dice.next() % (UNTIL_MS - from_ms) as u64) as i64;
            let expected = theirs.to_offset(Timestamp::from_millisecond(ms).expect("in range")).seconds();
            assert_eq!(program.zone_offset(zone as u32, ms), Some(expected), "{name} at {ms}");
        }
        assert_eq!(program.zone_offset(zone as u32, UNTIL_MS), None, "{name} after its end");
        assert_eq!(program.zone_offset(zone as u32, i64::MIN), program.zone_offset(zone as u32, -62_135_596_800_000));
    }
}

#[test]
fn both_sides_of_every_change_are_those_of_the_database() {
    let program = program();
    for (zone, name) in ZONES.iter().enumerate() {
        let theirs = TimeZone::get(name).expect("a zone");
        let changes = theirs.following(Timestamp::MIN).map(|change| change.timestamp().as_millisecond());
        for at in changes.take_while(|at| *at < UNTIL_MS - 1) {
            for ms in [at - 1, at, at + 1] {
                let expected = theirs.to_offset(Timestamp::from_millisecond(ms).expect("in range")).seconds();
                assert_eq!(program.zone_offset(zone as u32, ms), Some(expected), "{name} at {ms}");
            }
        }
    }
}

#[test]
fn a_zone_is_stored_once() {
    let rows = [
        "v.t.getHours(\"Europe/Berlin\") == 0",
        "v.t.getHours(\"Europe/Berlin\") == 0 || now.getDate(\"Europe/Berlin\") == 1",
    ];
    let opened = sites::opened(&site(&rows));
    let program = opened.bundle.program();
    let terms: Vec<_> = (0..).map_while(|position| program.term(position)).collect();
    let parts: Vec<u32> = terms.iter().filter(|term| term.operator == Operator::Part).map(|term| term.right).collect();
    assert_eq!(parts, [0, 0], "the shared part is stored once too");
}

//! The clocks of the server and of this machine: signatures and consent go by them.

use super::Findings;
use super::ask::Seen;
use crate::words::time::{DAY, SECOND};

/// Certificates and logs stand a few minutes.
const APART_MAX_MS: i64 = 300 * SECOND;

pub(super) fn check(seen: &Seen, now_ms: i64, findings: &mut Findings) {
    let date = seen.header("date");
    let Some(there_ms) = jiff::fmt::rfc2822::parse(date).ok().map(|zoned| zoned.timestamp().as_millisecond()) else {
        return findings.unknown("the server does not tell its time", "compare its clock by other means");
    };
    let apart_ms = there_ms - now_ms;
    let what = || {
        format!(
            "the server says {date}: {} seconds {} this machine",
            apart_ms.abs() / 1_000,
            if apart_ms > 0 { "ahead of" } else { "behind" }
        )
    };
    match apart_ms.abs() {
        0..=APART_MAX_MS => findings.ok("its clock agrees with this machine's"),
        apart if apart > DAY => findings.fault(what(), "set the clock that is wrong: releases are refused by it"),
        _ => findings.warning(what(), "set the clock that is wrong: schedules and retention go by it"),
    }
}
